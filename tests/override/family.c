/* What malloc's whole family returns, and what it does to errno. Exits with the number of expectations that failed,
 * after a line about each. Runs with glibc's malloc too, without what only the preloaded library has: so both are held
 * to the same. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void free_sized(void *block, size_t size) __attribute__((weak));
void free_aligned_sized(void *block, size_t alignment, size_t size) __attribute__((weak));
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

static int failed;

#define EXPECT(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            ++failed;                                                                                                  \
            printf("family.c:%d: not so: %s\n", __LINE__, #condition);                                                 \
        }                                                                                                              \
    } while (0)

#define MIB ((size_t)1 << 20)
#define GIB ((size_t)1 << 30)

/* Compilers know malloc, and what cannot be. */
static void *volatile block;
static volatile size_t most = SIZE_MAX;

static int is_aligned(const void *address, size_t alignment) {
    return address && (uintptr_t)address % alignment == 0;
}

static void alignments(int preloaded) {
    const size_t top = preloaded ? 16 * GIB : 64 * MIB; /* glibc maps all of it, which the machine may refuse */
    for (size_t alignment = sizeof(void *); alignment <= top; alignment *= 2)
        for (size_t size = 0; size <= 3000; size = size * 3 + 1) {
            void *made = NULL;
            EXPECT(posix_memalign(&made, alignment, size) == 0 && is_aligned(made, alignment));
            EXPECT(size <= 8 || is_aligned(made, 16));
            memset(made, 1, size);
            free(made);
            block = aligned_alloc(alignment, size);
            EXPECT(is_aligned(block, alignment));
            memset(block, 1, size);
            free(block);
            block = memalign(alignment - 1, size);
            EXPECT(is_aligned(block, alignment));
            block = realloc(block, size + 100);
            EXPECT(is_aligned(block, 16) && malloc_usable_size(block) >= size + 100);
            free(block);
        }
    for (size_t alignment = 0; alignment <= 16; ++alignment) {
        block = memalign(alignment, 100);
        EXPECT(is_aligned(block, 16));
        free(block);
    }
    block = memalign(24, 100);
    EXPECT(is_aligned(block, 32));
    free(block);
    block = memalign(4097, 1);
    EXPECT(is_aligned(block, 8192));
    free(block);
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    block = valloc(1);
    EXPECT(is_aligned(block, page));
    free(block);
    block = pvalloc(page + 1);
    EXPECT(is_aligned(block, page) && malloc_usable_size(block) >= 2 * page);
    free(block);
}

static void errors(int preloaded) {
    void *made = &failed;
    const size_t wrong[] = {0, 1, 2, 4, 3, 12, 24, sizeof(void *) + 1, SIZE_MAX};
    errno = 1234;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i)
        EXPECT(posix_memalign(&made, wrong[i], 100) == EINVAL);
    if (preloaded) { /* glibc's own sets errno, which POSIX leaves open */
        EXPECT(posix_memalign(&made, 16, most) == ENOMEM);
        EXPECT(posix_memalign(&made, 4096, most / 2) == ENOMEM);
        EXPECT(posix_memalign(&made, most / 2 + 1, 100) == ENOMEM);
        EXPECT(posix_memalign(&made, most / 4 + 1, 100) == ENOMEM);
        EXPECT(errno == 1234);
    }
    EXPECT(made == &failed);
#define REFUSED(call, error) EXPECT((errno = 1234, (call) == NULL && errno == (error)))
    REFUSED(malloc(most), ENOMEM);
    REFUSED(malloc(most / 2 + 1), ENOMEM);
    REFUSED(calloc(most / 2, 3), ENOMEM);
    REFUSED(realloc(NULL, most), ENOMEM);
    REFUSED(memalign(most / 2 + 2, 1), EINVAL);
    REFUSED(memalign(most / 2 + 1, 1), ENOMEM);
    REFUSED(aligned_alloc(16, most), ENOMEM);
    REFUSED(valloc(most), ENOMEM);
    REFUSED(pvalloc(most), ENOMEM);
    if (preloaded) { /* glibc from 2.38 on */
        REFUSED(aligned_alloc(0, 16), EINVAL);
        REFUSED(aligned_alloc(24, 24), EINVAL);
    }
    char *kept = malloc(100);
    strcpy(kept, "kept");
    REFUSED(realloc(kept, most), ENOMEM);
    REFUSED(reallocarray(kept, most / 2, 3), ENOMEM);
    EXPECT(!strcmp(kept, "kept"));
    free(kept);
}

/* What is resized to the size that it has, or to less than that in the same class, stays. */
static void resizes(void) {
    for (int i = 0; i < 40; ++i)
        for (size_t size = 1; size <= 200; ++size) {
            void *made = malloc(size);
            uintptr_t place = (uintptr_t)made;
            for (int again = 0; again < 2; ++again) {
                made = realloc(made, size);
                EXPECT((uintptr_t)made == place);
            }
            for (size_t less = size; size <= 8 && less > 0; --less) {
                made = realloc(made, less);
                EXPECT((uintptr_t)made == place);
            }
            free(made);
            EXPECT(posix_memalign(&made, 8, size) == 0);
            place = (uintptr_t)made;
            made = realloc(made, size);
            EXPECT((uintptr_t)made == place);
            free(made);
        }
}

static void sized(void) {
    free_sized(NULL, 10);
    free_aligned_sized(NULL, 64, 10);
    malloc_trim(0); /* a hardened heap holds freed blocks back */
    struct mallinfo2 before = mallinfo2();
    for (size_t size = 0; size < 200000; size = size * 2 + 1) {
        free_sized(malloc(size), size);
        free_sized(calloc(3, size), 3 * size);
        free_sized(realloc(malloc(10), size + 1), size + 1);
        free_aligned_sized(aligned_alloc(64, size), 64, size);
        free_aligned_sized(aligned_alloc(65536, size), 65536, size);
    }
    malloc_trim(0);
    struct mallinfo2 after = mallinfo2();
    EXPECT(after.uordblks == before.uordblks);
}

static void other_names(void) {
    block = __libc_malloc(100);
    EXPECT(block && malloc_usable_size(block) >= 100);
    block = realloc(block, 1000);
    __libc_free(block);
    block = __libc_memalign(4096, 10);
    EXPECT(is_aligned(block, 4096));
    free(block);
    block = __libc_calloc(10, 10);
    EXPECT(block && !*(char *)block);
    block = __libc_realloc(block, 5000);
    struct mallinfo2 before = mallinfo2();
    free(block);
    malloc_trim(0);
    EXPECT(mallinfo2().uordblks < before.uordblks);
}

/* The number behind `name="` in the last element that begins with `element`. */
static size_t number(const char *text, const char *element, const char *name) {
    const char *found = NULL;
    for (const char *at = text; (at = strstr(at, element)); ++at)
        found = at;
    found = found ? strstr(found, name) : NULL;
    return found ? strtoull(found + strlen(name) + 2, NULL, 10) : SIZE_MAX;
}

static void numbers(int preloaded) {
    static char text[100000];
    static void *kept[1000];
    struct mallinfo2 before = mallinfo2();
    for (size_t i = 0; i < 1000; ++i)
        kept[i] = malloc(5000);
    struct mallinfo2 info = mallinfo2();
    struct mallinfo narrow = mallinfo();
    EXPECT(info.uordblks - before.uordblks >= 5000000 && info.uordblks - before.uordblks < 8000000);
    EXPECT(info.arena == info.uordblks + info.fordblks);
    EXPECT((size_t)narrow.uordblks == info.uordblks && (size_t)narrow.arena == info.arena);
    for (size_t i = 0; i < 1000; i += 2)
        free(kept[i]);
    FILE *stream = tmpfile();
    EXPECT(malloc_info(1, stream) == EINVAL && ftell(stream) == 0);
    EXPECT(malloc_info(0, stream) == 0);
    fflush(stream);
    rewind(stream);
    text[fread(text, 1, sizeof text - 1, stream)] = 0;
    fclose(stream);
    EXPECT(!strncmp(text, "<malloc version=\"1\">\n<heap nr=\"0\">\n<sizes>\n", 42));
    EXPECT(strlen(text) > 200 && !strcmp(text + strlen(text) - 10, "</malloc>\n"));
    size_t free_bytes = number(text, "<total type=\"rest\"", "size"),
           all = number(text, "<system type=\"current\"", "size");
    EXPECT(free_bytes != SIZE_MAX && all != SIZE_MAX && free_bytes < all && all - free_bytes > 2500000);
    if (preloaded) {
        info = mallinfo2();
        EXPECT(all - free_bytes > info.uordblks - 20000 && all - free_bytes < info.uordblks + 20000);
        EXPECT(number(text, "<size from=\"4865\" to=\"5376\"", "count") >= (getenv("SWISS_HARDENED") ? 0 : 400));
        EXPECT(mallopt(M_MMAP_THRESHOLD, 1 << 20) == 0); /* which it does not have */
    }
    for (size_t i = 1; i < 1000; i += 2)
        free(kept[i]);
}

/* malloc_stats prints to stderr, as it is asked to. */
static void printing(int preloaded) {
    static char text[100000];
    FILE *file = tmpfile();
    int kept = dup(2);
    dup2(fileno(file), 2);
    malloc_stats();
    dup2(kept, 2);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    EXPECT(strstr(text, preloaded ? "in_use_bytes " : "in use bytes "));
    EXPECT(text[0] && text[strlen(text) - 1] == '\n');
}

int main(void) {
    int preloaded = free_sized != NULL;
    if (!getenv("SWISS_HARDENED")) /* which moves every block */
        resizes();
    alignments(preloaded);
    errors(preloaded);
    if (preloaded)
        sized();
    other_names();
    numbers(preloaded);
    printing(preloaded);
    return failed < 100 ? failed : 100;
}
