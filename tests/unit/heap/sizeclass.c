/* The size classes: the committed tables against the rules that they are made by, and every lookup. */
#include "tests/support.h"
#include "swiss/heap/pages.h"
#include "swiss/heap/sizeclass.h"

#define CLASSES_MAX 200

struct size_class {
    size_t size, pages;
};

/* Makes the classes by the rules at the top of sizeclass.c. Returns how many, class 0 included. */
static unsigned make_classes(struct size_class classes[CLASSES_MAX]) {
    unsigned count = 1;
    classes[0] = (struct size_class){0, 0};
    size_t step = 4;
    for (size_t size = 4; size <= SWISS_SMALL_MAX; size += step) {
        if (!(size & (size - 1)))
            step = size >= 2048 ? 256 : size >= 128 ? size / 8 : size >= 32 ? 16 : size >= 8 ? 8 : 4;
        size_t span = SWISS_PAGE_SIZE;
        while (span % size > span / 8)
            span += SWISS_PAGE_SIZE;
        size_t pages = span / SWISS_PAGE_SIZE;
        struct size_class *last = &classes[count - 1];
        if (count > 1 && last->pages == pages && span / last->size == span / size)
            last->size = size;
        else
            classes[count++] = (struct size_class){size, pages};
    }
    for (unsigned i = 1; i < count; ++i) {
        size_t span = classes[i].pages * SWISS_PAGE_SIZE;
        size_t raised = span / (span / classes[i].size) & ~(size_t)127;
        if (raised > classes[i].size)
            classes[i].size = raised;
    }
    return count;
}

static void test_tables_follow_the_rules(void **state) {
    (void)state;
    struct size_class classes[CLASSES_MAX];
    assert_int_equal(make_classes(classes), SWISS_CLASS_COUNT);
    for (unsigned i = 0; i < SWISS_CLASS_COUNT; ++i) {
        assert_int_equal(swiss_class_size[i], classes[i].size);
        assert_int_equal(swiss_class_pages[i], classes[i].pages);
        uint64_t power = UINT64_C(1) << 32;
        if (i)
            assert_int_equal(swiss_class_reciprocal[i], (power + classes[i].size - 1) / classes[i].size);
    }
    assert_int_equal(swiss_class_reciprocal[0], 0);
}

static void test_every_size_has_its_smallest_class(void **state) {
    (void)state;
    unsigned expected = 1;
    assert_int_equal(swiss_class_of(0), swiss_class_of(8));
    for (size_t size = 1; size <= SWISS_SMALL_MAX; ++size) {
        if (size > swiss_class_size[expected])
            ++expected;
        assert_int_equal(swiss_class_of(size), expected);
        unsigned aligned = expected;
        while (swiss_class_size[aligned] % (size > 8 ? 16 : 8))
            ++aligned;
        if (size <= SWISS_CLASS_FINE_MAX)
            assert_int_equal(swiss_class_fine_16[(size + 7) / 8], aligned);
    }
}

/* Numbers of pages up to 16, and then eighths of an octave: at most an eighth more than was asked for. */
static void test_classes_of_large_blocks(void **state) {
    (void)state;
    size_t last = SWISS_SMALL_MAX;
    for (unsigned i = SWISS_CLASS_COUNT; i < SWISS_CLASS_END; ++i) {
        const size_t size = swiss_class_large_size(i), pages = size / SWISS_PAGE_SIZE;
        assert_int_equal(size % SWISS_PAGE_SIZE, 0);
        assert_true(pages <= 16 ? size - last == SWISS_PAGE_SIZE : size - last <= last / 8);
        for (size_t asked = last + 1; asked <= size; asked += SWISS_PAGE_SIZE) {
            assert_int_equal(swiss_class_of_large(asked), i);
            assert_int_equal(swiss_class_of_large(asked + SWISS_PAGE_SIZE - 1), i);
        }
        last = size;
    }
    assert_int_equal(last, SWISS_LARGE_MAX);
    assert_true(SWISS_CLASS_END <= 128); /* the owner of a page has seven bits */
}

static void test_every_offset_has_its_slot(void **state) {
    (void)state;
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i)
        for (uint32_t offset = 0; offset < swiss_class_pages[i] * SWISS_PAGE_SIZE; ++offset)
            if (swiss_class_divide(offset, swiss_class_reciprocal[i]) != offset / swiss_class_size[i])
                fail_msg("class %u, offset %u", i, offset);
}

static void test_limits(void **state) {
    (void)state;
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i) {
        size_t span = swiss_class_pages[i] * SWISS_PAGE_SIZE, size = swiss_class_size[i], slots = span / size;
        assert_true(slots >= 1 && slots <= SWISS_SPAN_SLOTS_MAX);
        assert_true(swiss_class_pages[i] <= SWISS_SPAN_PAGES_MAX);
        assert_true(size == 4 || size == 8 || size == 24 || size % 16 == 0);
        for (size_t asked = swiss_class_size[i - 1] + 1u; asked <= size; ++asked)
            assert_int_equal(swiss_class_alignment(asked), size % 16 ? (size & -size) : 16);
        size_t lost = span - slots * (swiss_class_size[i - 1] + 1u);
        assert_true(slots % 64 || span % size == 0); /* else an offset behind the last slot had no byte of its own */
        if (i > swiss_class_of(16))
            assert_true(lost * 3 <= span);
        if (size > 80)
            assert_true(lost * 6 <= span);
    }
}

/* Of blocks of all sizes up to a limit of 128 or more, as many of each, at most an eighth of their spans is not what
 * was asked for: rounding and the spans' tails together. */
static void test_average_waste(void **state) {
    (void)state;
    for (size_t limit = 128; limit <= SWISS_SMALL_MAX; limit *= 2) {
        double asked = 0, given = 0;
        for (size_t size = 1; size <= limit; ++size) {
            unsigned size_class = swiss_class_of(size);
            size_t span = swiss_class_pages[size_class] * SWISS_PAGE_SIZE;
            asked += (double)size;
            given += (double)span / (double)(span / swiss_class_size[size_class]);
        }
        if (1 - asked / given > 0.125)
            fail_msg("%.1f%% for sizes up to %zu", 100 * (1 - asked / given), limit);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables_follow_the_rules),
        cmocka_unit_test(test_every_size_has_its_smallest_class),
        cmocka_unit_test(test_classes_of_large_blocks),
        cmocka_unit_test(test_every_offset_has_its_slot),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_average_waste),
    };
    return RUN_TESTS(tests);
}
