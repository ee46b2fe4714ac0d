/* Under Valgrind, memcheck sees the blocks of the heap as it sees malloc's, and the other tools see the heap as it is.
 * */
#ifndef _WIN32
#    define _DEFAULT_SOURCE
#endif
#include "tests/support.h"
#include <swiss/heap.h>

#if defined(__has_include) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#    if __has_include(<valgrind/memcheck.h>)
#        define SEEN 1
#        include <sys/wait.h>
#        include <unistd.h>
#    endif
#endif

#ifdef SEEN

static volatile int sum;

static void read_one(const void *block, size_t offset) {
    sum += *((const volatile char *)block + offset);
}

/* What runs under Valgrind. */
static int misuse(const char *which) {
    char *block = swiss_heap_alloc_zeroed(NULL, 1, 100);
    switch (*which) {
    case 'b': /* beyond */
        read_one(block, 100);
        break;
    case 'f': /* freed */
        swiss_heap_free(NULL, block);
        read_one(block, 10);
        return 0;
    case 'u': /* undefined */
        swiss_heap_free(NULL, block);
        block = swiss_heap_alloc(NULL, 64);
        if (*(volatile char *)block)
            ++sum;
        break;
    case 'w': /* written when it was free already, which the heap need not find once more at exit */
        swiss_heap_free(NULL, block);
        *(volatile char *)block = 1;
        return 0;
    case 'p': /* plain */
        return swiss_heap_usable_size(NULL, block) == 112 ? 0 : 9;
    case 'n': /* nothing */
        block = swiss_heap_resize(NULL, block, 1000);
        for (size_t i = 0; i < 100; ++i)
            read_one(block, i);
        break;
    }
    swiss_heap_free(NULL, block);
    swiss_heap_trim(NULL);
    return 0;
}

/* Runs this program's misuse() under a tool of Valgrind's, reads what it reports into `text`, and returns how it ended.
 * */
static int run_under(const char *tool, const char *option, const char *which, char *text, size_t size) {
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (!child) {
        dup2(ends[1], 2);
        unsetenv("SWISS_HARDENED");
        char self[4096] = {0};
        if (readlink("/proc/self/exe", self, sizeof self - 1) > 0)
            execlp("valgrind", "valgrind", tool, option, "--error-exitcode=9", self, which, (char *)NULL);
        _exit(77);
    }
    close(ends[1]);
    size_t length = 0;
    for (ssize_t got; (got = read(ends[0], text + length, size - 1 - length)) > 0;)
        length += (size_t)got;
    text[length] = 0;
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip(); /* no Valgrind here */
    return WEXITSTATUS(status);
}

/* Runs misuse() under memcheck, and expects its report to hold the text. */
static void assert_said(const char *which, const char *expected) {
    static char text[20000];
    int status = run_under("--tool=memcheck", "--leak-check=full", which, text, sizeof text);
    if (!strstr(text, expected))
        print_message("%s\n", text);
    assert_non_null(strstr(text, expected));
    assert_int_equal(status, *which == 'n' ? 0 : 9);
}

static void reads_beyond_the_end(void **state) {
    (void)state;
    assert_said("beyond", "is 0 bytes after a block of size 100 alloc'd");
}

static void reads_after_free(void **state) {
    (void)state;
    assert_said("freed", "is 10 bytes inside a block of size 100 free'd");
}

static void undefined_contents(void **state) {
    (void)state;
    assert_said("undefined", "Conditional jump or move depends on uninitialised value");
}

static void nothing_wrong(void **state) {
    (void)state;
    assert_said("nothing", "All heap blocks were freed -- no leaks are possible");
}

static void writes_after_free(void **state) {
    (void)state;
    assert_said("written", "is 0 bytes inside a block of size 100 free'd");
}

/* What counts and measures is to count the heap that runs without Valgrind. */
static void other_tools_see_the_plain_heap(void **state) {
    (void)state;
    static char text[20000];
    const char *const tools[][2] = {{"--tool=callgrind", "--callgrind-out-file=/dev/null"},
                                    {"--tool=cachegrind", "--cachegrind-out-file=/dev/null"},
                                    {"--tool=massif", "--massif-out-file=/dev/null"}};
    for (size_t i = 0; i < sizeof tools / sizeof *tools; ++i)
        assert_int_equal(run_under(tools[i][0], tools[i][1], "plain", text, sizeof text), 0);
}

int main(int count, char **arguments) {
    if (count > 1)
        return misuse(arguments[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_beyond_the_end), cmocka_unit_test(reads_after_free),
        cmocka_unit_test(undefined_contents),   cmocka_unit_test(writes_after_free),
        cmocka_unit_test(nothing_wrong),        cmocka_unit_test(other_tools_see_the_plain_heap),
    };
    return RUN_TESTS(tests);
}

#else

int main(void) {
    return 0;
}

#endif
