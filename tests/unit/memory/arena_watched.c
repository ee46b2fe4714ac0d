/* AddressSanitizer and Valgrind's memcheck report what touches memory of an arena that is not handed out, and nothing
 * else. */
#ifndef _WIN32
#    define _DEFAULT_SOURCE
#endif
#include "tests/support.h"
#include <swiss/arena.h>

#if defined(__linux__) && !UNDER_TSAN
#    if UNDER_ASAN
#        define SEEN 1
#    elif defined(__has_include)
#        if __has_include(<valgrind/memcheck.h>)
#            define SEEN 1
#        endif
#    endif
#endif

#ifdef SEEN
#    include <sys/wait.h>
#    include <unistd.h>

static volatile int sum;

static void read_one(const void *block, size_t offset) {
    sum += *((const volatile char *)block + offset);
}

/* Writes and reads every byte of many blocks, in every way that they come by, and leaves the caller's memory usable. */
static void do_nothing_wrong(void) {
    char room[2000];
    swiss_arena arena;
    for (int round = 0; round < 3; ++round) {
        swiss_arena_init(&arena, &(swiss_arena_options){.first = room, .first_size = sizeof room});
        swiss_arena_mark mark = swiss_arena_mark_here(&arena);
        for (size_t size = 1; size < 10000; size += size / 7 + 1) {
            char *block = swiss_arena_alloc(&arena, size, 1);
            memset(block, 1, size);
            if (size % 5 == 0)
                swiss_arena_free_block(&arena, block, size, 1);
            else {
                block = swiss_arena_resize(&arena, block, size, size * 3 / 2, 1);
                memset(block, 1, size * 3 / 2);
                block = swiss_arena_resize(&arena, block, size * 3 / 2, size / 2 + 1, 1);
                memset(block, 1, size / 2 + 1);
                read_one(swiss_arena_new(&arena, long double, 1), sizeof(long double) - 1);
            }
            if (size % 11 == 0 && !swiss_arena_rewind(&arena, mark))
                _exit(8);
        }
        read_one(swiss_arena_printf(&arena, "%d", 12345), 4);
        if (round)
            swiss_arena_reset(&arena, SIZE_MAX);
        memset(swiss_arena_alloc(&arena, 1000, 1), 1, 1000);
        swiss_arena_free(&arena);
        memset(room, 1, sizeof room);
    }
}

/* What the tools look at. */
static int misuse(const char *which) {
    swiss_arena arena = {0};
    char *first = swiss_arena_alloc_zeroed(&arena, 21, 1), *second = swiss_arena_alloc_zeroed(&arena, 100, 1);
    swiss_arena_mark mark = swiss_arena_mark_here(&arena);
    char *third = swiss_arena_alloc_zeroed(&arena, 50, 1);
    if (strcmp(which, "beyond") == 0)
        read_one(first, 21);
    if (strcmp(which, "before") == 0)
        read_one(second - 1, 0);
    if (strcmp(which, "beyond the last") == 0)
        read_one(third, 50);
    if (strcmp(which, "freed") == 0)
        swiss_arena_free_block(&arena, second, 100, 1), read_one(second, 50);
    if (strcmp(which, "freed the last") == 0)
        swiss_arena_free_block(&arena, third, 50, 1), read_one(third, 0);
    if (strcmp(which, "shrunk") == 0)
        second = swiss_arena_resize(&arena, second, 100, 10, 1), read_one(second, 10);
    if (strcmp(which, "shrunk the last") == 0)
        third = swiss_arena_resize(&arena, third, 50, 10, 1), read_one(third, 10);
    if (strcmp(which, "moved") == 0)
        swiss_arena_resize(&arena, first, 21, 200, 1) ? read_one(first, 0) : (void)0;
    if (strcmp(which, "rewound") == 0)
        swiss_arena_rewind(&arena, mark), read_one(third, 5);
    if (strcmp(which, "reset") == 0)
        swiss_arena_reset(&arena, SIZE_MAX), read_one(first, 0);
    if (strcmp(which, "oversize") == 0)
        first = swiss_arena_alloc_zeroed(&arena, 5000, 1), read_one(first, 5000);
    if (strcmp(which, "undefined") == 0 && *(volatile char *)swiss_arena_alloc(&arena, 10, 1))
        ++sum;
    if (strcmp(which, "nothing") == 0)
        do_nothing_wrong();
    swiss_arena_free(&arena);
    return 0;
}

/* Runs this program's misuse(), watched, and returns true if nothing was reported. */
static bool passes(const char *which) {
    int status;
    fflush(NULL);
    pid_t child = fork();
    if (!child) {
        char self[4096] = {0};
        unsetenv("SWISS_HARDENED");
        if (!freopen("/dev/null", "w", stderr) || readlink("/proc/self/exe", self, sizeof self - 1) <= 0)
            _exit(77);
        if (UNDER_ASAN)
            execl(self, self, which, (char *)NULL);
        else
            execlp("valgrind", "valgrind", "--error-exitcode=9", "--leak-check=full", self, which, (char *)NULL);
        _exit(77);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip(); /* no Valgrind here */
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void what_is_not_handed_out(void **state) {
    (void)state;
    static const char *const wrong[] = {"beyond",         "before",  "beyond the last", "freed",
                                        "freed the last", "shrunk",  "shrunk the last", "moved",
                                        "reset",          "rewound", "oversize"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i)
        if (passes(wrong[i]))
            fail_msg("%s was not seen", wrong[i]);
}

static void what_was_never_written(void **state) {
    (void)state;
    assert_int_equal(passes("undefined"), UNDER_ASAN); /* which does not look for that */
}

static void nothing_wrong(void **state) {
    (void)state;
    assert_true(passes("nothing"));
}

int main(int count, char **arguments) {
    if (count > 1)
        return misuse(arguments[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_handed_out),
        cmocka_unit_test(what_was_never_written),
        cmocka_unit_test(nothing_wrong),
    };
    return RUN_TESTS(tests);
}

#else

int main(void) {
    return 0;
}

#endif
