/* What the environment says holds although something allocates before the C library has it. */
#include "tests/support.h"
#include <unistd.h>
#include "swiss/heap_misuse.h"

static bool was_early;

static void early(void) {
    void *block = swiss_heap_alloc(NULL, 100000);
    was_early = block != NULL;
    swiss_heap_free(NULL, block);
}

__attribute__((section(".preinit_array"), used)) static void (*const call_early)(void) = early;

static void test_limit(void **state) {
    (void)state;
    assert_true(was_early);
    if (!getenv("SWISS_HARD_LIMIT"))
        skip();
    assert_string_equal(getenv("SWISS_HARD_LIMIT"), "50m");
    void *block = swiss_heap_alloc(NULL, (size_t)40 << 20);
    assert_non_null(block);
    assert_null(swiss_heap_alloc(NULL, (size_t)20 << 20));
    swiss_heap_free(NULL, block);
}

static void count(void *argument, const swiss_heap_misuse *misuse) {
    *(int *)argument += misuse->kind == SWISS_HEAP_DOUBLE_FREE;
}

static void test_hardening(void **state) {
    (void)state;
    if (!getenv("SWISS_HARDENED"))
        skip();
    assert_string_equal(getenv("SWISS_HARDENED"), "1");
    int found = 0;
    swiss_heap_set_misuse_handler(count, &found);
    void *block = swiss_heap_alloc(NULL, 24), *volatile again = block;
    swiss_heap_free(NULL, block);
    swiss_heap_free(NULL, again);
    assert_int_equal(found, 1);
}

int main(void) {
    alarm(20);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_hardening),
    };
    return RUN_TESTS(tests);
}
