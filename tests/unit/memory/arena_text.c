/* Copies, printing, and strings that grow in an arena; formats that fail. */
#ifndef _WIN32
#    define _DEFAULT_SOURCE
#endif
#include "tests/support.h"
#include <locale.h>
#include <swiss/arena.h>

static memory m;
static swiss_arena arena;

static int begin(void **state) {
    (void)state;
    memory_begin(&m);
    swiss_arena_init(&arena, &(swiss_arena_options){.allocator = &m.allocator});
    return 0;
}

static int end(void **state) {
    (void)state;
    assert_true(swiss_arena_free(&arena));
    memory_end(&m);
    return 0;
}

static void copies(void **state) {
    (void)state;
    const double numbers[] = {1, 2, 3};
    double *copied = swiss_arena_copy(&arena, numbers, sizeof numbers, _Alignof(double));
    assert_true(copied[0] == 1 && copied[2] == 3);
    assert_non_null(swiss_arena_copy(&arena, NULL, 0, 1));
    char text[] = "to be or not to be";
    char *string = swiss_arena_copy_string(&arena, text), *part = swiss_arena_copy_text(&arena, text + 3, 2);
    char *none = swiss_arena_copy_text(&arena, NULL, 0), *empty = swiss_arena_copy_string(&arena, "");
    memset(text, 'x', sizeof text - 1);
    assert_string_equal(string, "to be or not to be");
    assert_string_equal(part, "be");
    assert_string_equal(none, "");
    assert_string_equal(empty, "");
    assert_int_equal(swiss_arena_get_stats(&arena).used, sizeof numbers + 1 + 19 + 3 + 1 + 1);
}

static void printing(void **state) {
    (void)state;
    assert_string_equal(swiss_arena_printf(&arena, "%s", ""), "");
    size_t used = swiss_arena_get_stats(&arena).used;
    assert_string_equal(swiss_arena_printf(&arena, "%d of %s", 12, "34"), "12 of 34");
    assert_int_equal(swiss_arena_get_stats(&arena).used - used, 9);
    for (int width = 1; width < 10000; width += 13) {
        used = swiss_arena_get_stats(&arena).used;
        char *printed = swiss_arena_printf(&arena, "%*d", width, 7);
        assert_int_equal(strlen(printed), width);
        assert_int_equal(printed[width - 1], '7');
        assert_int_equal(swiss_arena_get_stats(&arena).used - used, width + 1);
    }
}

/* Without a locale a character beyond ASCII has no bytes. Windows prints them all the same. */
static void formats_that_fail(void **state) {
    (void)state;
#ifndef _WIN32
    setlocale(LC_ALL, "C");
    assert_null(swiss_arena_printf(&arena, "text %ls", L"\x20AC"));
    assert_int_equal(swiss_arena_get_stats(&arena).used, 0);
    swiss_arena_text text = {.arena = &arena};
    assert_true(swiss_arena_text_append(&text, "before "));
    assert_false(swiss_arena_text_printf(&text, "text %ls", L"\x20AC"));
    assert_int_equal(text.size, 7);
    assert_memory_equal(text.data, "before ", 7);
    assert_true(swiss_arena_text_append(&text, "after"));
    assert_null(swiss_arena_text_take(&text)); /* says that something is missing */
    assert_int_equal(swiss_arena_get_stats(&arena).used, 0);
    assert_true(swiss_arena_text_append(&text, "again"));
    assert_string_equal(swiss_arena_text_take(&text), "again");
#endif
}

static void texts_grow_in_place(void **state) {
    (void)state;
    swiss_arena_text text = {.arena = &arena};
    char *start = swiss_arena_text_reserve(&text, 1);
    for (int i = 0; i < 500; ++i)
        assert_true(swiss_arena_text_printf(&text, "%d,", i % 10));
    assert_ptr_equal(text.data, start);
    assert_int_equal(text.size, 1000);
    char *string = swiss_arena_text_take(&text);
    assert_ptr_equal(string, start);
    assert_int_equal(strlen(string), 1000);
    assert_int_equal(swiss_arena_get_stats(&arena).used, 1001);
    assert_null(text.data);
    assert_string_equal(swiss_arena_text_take(&text), "");
    assert_int_equal(swiss_arena_get_stats(&arena).used, 1002);
}

/* Two at once, so that they are in each other's way, and beyond what is oversize. */
static void texts_that_move(void **state) {
    (void)state;
    swiss_arena_text odd = {.arena = &arena}, even = {.arena = &arena};
    for (int i = 0; i < 20000; ++i)
        assert_true(swiss_arena_text_printf(i % 2 ? &odd : &even, "%d ", i));
    char *odds = swiss_arena_text_take(&odd), *evens = swiss_arena_text_take(&even);
    for (int i = 0; i < 20000; ++i)
        assert_int_equal(strtol(i % 2 ? odds : evens, i % 2 ? &odds : &evens, 10), i);
    assert_string_equal(odds, " ");
    assert_string_equal(evens, " ");
}

static void the_caller_writes(void **state) {
    (void)state;
    swiss_arena_text text = {.arena = &arena};
    for (size_t size = 0; size < 300; ++size) {
        char *room = swiss_arena_text_reserve(&text, size);
        memset(room, 'a', size);
        text.size += size / 2;
        assert_true(swiss_arena_text_append_bytes(&text, "\0b", 2));
        assert_true(swiss_arena_text_append_bytes(&text, NULL, 0));
    }
    size_t length = text.size;
    char *string = swiss_arena_text_take(&text);
    assert_int_equal(string[length], 0);
    for (size_t size = 0; size < 300; ++size, string += 2) {
        for (size_t i = 0; i < size / 2; ++i)
            assert_int_equal(*string++, 'a');
        assert_true(string[0] == 0 && string[1] == 'b');
    }
}

static void texts_that_cannot_be(void **state) {
    (void)state;
    swiss_arena_text text = {.arena = &arena};
    assert_true(swiss_arena_text_append(&text, "some"));
    assert_null(swiss_arena_text_reserve(&text, SIZE_MAX));
    assert_null(swiss_arena_text_reserve(&text, SIZE_MAX - 5));
    assert_null(swiss_arena_text_reserve(&text, PTRDIFF_MAX));
    assert_false(swiss_arena_text_append_bytes(&text, "", PTRDIFF_MAX - 4));
    assert_int_equal(text.size, 4);
    assert_null(swiss_arena_text_take(&text));
    assert_string_equal(swiss_arena_text_take(&text), "");
}

/* What has failed asks for no memory that it would only give back. */
static void failed_texts_take_nothing(void **state) {
    (void)state;
    swiss_arena_text text = {.arena = &arena};
    m.fail_at = m.calls;
    assert_null(swiss_arena_printf(&arena, "%d", 1));
    assert_int_equal(m.failures, 1);
    assert_null(swiss_arena_text_reserve(&text, SIZE_MAX));
    assert_null(swiss_arena_text_take(&text));
    assert_int_equal(m.calls, 1);
    assert_int_equal(swiss_arena_get_stats(&arena).peak, 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(copies),          TEST(printing),          TEST(formats_that_fail),    TEST(texts_grow_in_place),
        TEST(texts_that_move), TEST(the_caller_writes), TEST(texts_that_cannot_be), TEST(failed_texts_take_nothing),
    };
    return RUN_TESTS(tests);
}
