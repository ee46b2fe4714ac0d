/* cmocka.h - as much of cmocka's interface as the tests use, for systems that have no package of it.
 *
 * A failed assertion prints where it is and jumps out of its test. setjmp.h, stdarg.h, stddef.h and stdint.h come
 * before, as they do before cmocka's own.
 */
#ifndef SWISS_TESTS_CMOCKA_H
#define SWISS_TESTS_CMOCKA_H

#include <stdio.h>
#include <string.h>

typedef struct CMUnitTest {
    const char *name;
    void (*run)(void **state);
    int (*setup)(void **state);
    int (*teardown)(void **state);
} CMUnitTest;

#define cmocka_unit_test(run)                                                                                          \
    { #run, run, NULL, NULL }
#define cmocka_unit_test_setup(run, setup)                                                                             \
    { #run, run, setup, NULL }
#define cmocka_unit_test_setup_teardown(run, setup, teardown)                                                          \
    { #run, run, setup, teardown }

static jmp_buf cmocka_out;

static inline void cmocka_check(int right, const char *what, const char *file, int line) {
    if (right)
        return;
    printf("%s:%d: %s\n", file, line, what);
    longjmp(cmocka_out, 1);
}

#define CMOCKA_CHECK(condition) cmocka_check(!!(condition), #condition, __FILE__, __LINE__)
#define CMOCKA_NUMBER(value) ((unsigned long long)(value))
#define CMOCKA_ADDRESS(value) ((const void *)(value))

#define assert_true(condition) CMOCKA_CHECK(condition)
#define assert_false(condition) CMOCKA_CHECK(!(condition))
#define assert_null(pointer) CMOCKA_CHECK(!(pointer))
#define assert_non_null(pointer) CMOCKA_CHECK(pointer)
#define assert_int_equal(a, b) CMOCKA_CHECK(CMOCKA_NUMBER(a) == CMOCKA_NUMBER(b))
#define assert_int_not_equal(a, b) CMOCKA_CHECK(CMOCKA_NUMBER(a) != CMOCKA_NUMBER(b))
#define assert_in_range(value, least, most)                                                                            \
    CMOCKA_CHECK(CMOCKA_NUMBER(value) >= CMOCKA_NUMBER(least) && CMOCKA_NUMBER(value) <= CMOCKA_NUMBER(most))
#define assert_ptr_equal(a, b) CMOCKA_CHECK(CMOCKA_ADDRESS(a) == CMOCKA_ADDRESS(b))
#define assert_ptr_not_equal(a, b) CMOCKA_CHECK(CMOCKA_ADDRESS(a) != CMOCKA_ADDRESS(b))
#define assert_string_equal(a, b) CMOCKA_CHECK(strcmp(a, b) == 0)
#define assert_memory_equal(a, b, size) CMOCKA_CHECK(memcmp(a, b, size) == 0)
#define assert_memory_not_equal(a, b, size) CMOCKA_CHECK(memcmp(a, b, size) != 0)
#define fail() CMOCKA_CHECK(0 && "fail()")
#define fail_msg(...) (printf(__VA_ARGS__), fail())
#define skip()                                                                                                         \
    do {                                                                                                               \
        printf("skipped: %s\n", __func__);                                                                             \
        return;                                                                                                        \
    } while (0)
#define print_error(...) ((void)printf(__VA_ARGS__))
#define print_message(...) ((void)printf(__VA_ARGS__))

/* Whether a test failed. */
static inline int cmocka_run_one(const CMUnitTest *test) {
    static void *state;
    state = NULL;
    if (test->setup && test->setup(&state) != 0)
        return 1;
    int failed = setjmp(cmocka_out);
    if (failed)
        printf("FAILED: %s\n", test->name);
    else
        test->run(&state);
    if (test->teardown)
        test->teardown(&state);
    return failed;
}

static inline int cmocka_run(const CMUnitTest *tests, size_t count, int (*setup)(void **), int (*teardown)(void **)) {
    void *state = NULL;
    int failed = setup ? setup(&state) != 0 : 0;
    for (size_t i = 0; i < count; ++i)
        failed += cmocka_run_one(&tests[i]);
    if (teardown)
        teardown(&state);
    printf("%d of %d tests failed\n", failed, (int)count);
    return failed;
}

#define cmocka_run_group_tests(tests, setup, teardown)                                                                 \
    cmocka_run(tests, sizeof(tests) / sizeof *(tests), setup, teardown)

#endif
