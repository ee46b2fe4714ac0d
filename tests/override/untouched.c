/* errno stays what it was over calls that succeed, whatever the system refuses meanwhile: from the first call on, over
 * large blocks, moved ones, frees that unmap, other threads, and where address space is scarce. Exits with the number
 * of calls that changed it, after a line about each. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

void free_sized(void *block, size_t size) __attribute__((weak)); /* there only with the preloaded library */

#define MARK 1234
#define MIB ((size_t)1 << 20)

static int changed;
static void *volatile block;
static const char *when = "at first";

/* Written without stdio, so that what runs before the first call allocates nothing. */
static void look(const char *call, int line) {
    if (errno == MARK)
        return;
    char text[200];
    int length = snprintf(text, sizeof text, "untouched.c:%d: %s: %s: errno is %d\n", line, when, call, errno);
    (void)!write(1, text, (size_t)length);
    ++changed;
    errno = MARK;
}

#define UNTOUCHED(call)                                                                                                \
    do {                                                                                                               \
        errno = MARK;                                                                                                  \
        call;                                                                                                          \
        look(#call, __LINE__);                                                                                         \
    } while (0)

static void all_calls(void) {
    const size_t sizes[] = {0, 1, 8, 24, 100, 5000, 32768, 40000, 1 * MIB, 5 * MIB, 20 * MIB, 65 * MIB};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        size_t size = sizes[i];
        for (int j = 0; j < 3; ++j) {
            void *made = NULL;
            UNTOUCHED(block = malloc(size));
            memset(block, 1, size);
            UNTOUCHED(block = realloc(block, size + 1));
            UNTOUCHED(block = realloc(block, size * 2 + 1));
            UNTOUCHED(block = realloc(block, size / 2 + 1));
            UNTOUCHED(free(block));
            UNTOUCHED(block = calloc(1, size));
            UNTOUCHED((void)malloc_usable_size(block));
            UNTOUCHED(block = reallocarray(block, 2, size + 1));
            UNTOUCHED(free(block));
            UNTOUCHED((void)posix_memalign(&made, 64, size));
            UNTOUCHED(free(made));
            UNTOUCHED((void)posix_memalign(&made, 4096, size));
            UNTOUCHED(free(made));
            UNTOUCHED(block = aligned_alloc(4 * MIB, size));
            UNTOUCHED(free(block));
            UNTOUCHED(block = memalign(128 * MIB, size));
            UNTOUCHED(free(block));
        }
        UNTOUCHED((void)malloc_trim(0));
    }
}

static void *in_thread(void *argument) {
    UNTOUCHED(block = malloc(50));
    UNTOUCHED(free(block));
    UNTOUCHED(block = malloc(40 * MIB));
    UNTOUCHED(free(block));
    return argument;
}

/* So little address space that large blocks come and go with their address space, and that some calls fail. */
static int scarce(void) {
    static char *kept[5000];
    size_t count = 0;
    struct rlimit limit = {200 * MIB, 200 * MIB};
    (void)setrlimit(RLIMIT_AS, &limit);
    when = "with little address space";
    errno = MARK;
    for (size_t size = 8; count < 5000; size = size * 3 % (3 * MIB) + 8) {
        errno = MARK;
        if (!(kept[count] = malloc(size)))
            break;
        look("malloc(size)", __LINE__);
        ++count;
    }
    while (count > 0)
        UNTOUCHED(free(kept[--count]));
    for (size_t size = MIB; size < 60 * MIB; size += 7 * MIB) {
        UNTOUCHED(block = malloc(size));
        UNTOUCHED(block = realloc(block, size + MIB));
        UNTOUCHED(free(block));
    }
    return changed < 100 ? changed : 100;
}

int main(void) {
    UNTOUCHED(block = malloc(10));
    UNTOUCHED(free(block));
    UNTOUCHED(free(NULL));
    UNTOUCHED(block = malloc(3 * MIB));
    UNTOUCHED(free(block));
    when = "later";
    all_calls();
    when = "in a thread";
    for (int i = 0; i < 3; ++i) {
        pthread_t thread;
        (void)pthread_create(&thread, NULL, in_thread, NULL);
        (void)pthread_join(thread, NULL);
    }
    when = "after a fork";
    pid_t child = fork();
    if (!child) {
        all_calls();
        _exit(free_sized ? scarce() : 0); /* glibc's own does not keep to it there */
    }
    int status;
    (void)waitpid(child, &status, 0);
    changed += WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    return changed < 100 ? changed : 100;
}
