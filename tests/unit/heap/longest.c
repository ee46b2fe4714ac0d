/* The tree of longest runs: it keeps segments in the order of their addresses and finds the first with room, as a plain
 * search of all of them does, in trees of two levels, three and four. */
#include "tests/support.h"
#include "swiss/os/os.h"
#include "swiss/heap/longest.h"

enum { MOST = 4200 };

/* Segments that are looked at, never touched: only their base and their place count. Their bases are two segments
 * apart. */
static swiss_segment *segments;
static uint32_t plain[MOST][SWISS_LONGEST_KINDS]; /* what the tree is to say of each */

static char *base_of(size_t i) {
    return (char *)(uintptr_t)((2 * i + 1) * SWISS_SEGMENT_SIZE);
}

static int begin(void **state) {
    (void)state;
    segments = calloc(MOST, sizeof *segments);
    return segments ? 0 : -1;
}

static int end(void **state) {
    (void)state;
    free(segments);
    return 0;
}

static void insert(swiss_longest *tree, size_t i) {
    segments[i].base = base_of(i);
    plain[i][SWISS_LONGEST_REUSABLE] = 0;
    plain[i][SWISS_LONGEST_TAIL] = SWISS_SEGMENT_PAGES;
    assert_true(swiss_longest_insert(tree, &segments[i]));
}

static void set(swiss_longest *tree, size_t i, swiss_longest_kind kind, uint32_t pages) {
    plain[i][kind] = pages;
    swiss_longest_set(tree, &segments[i], kind, pages);
}

/* The segment at index `at` of the tree, as its number here. */
static size_t number_of(const swiss_longest *tree, size_t at) {
    return (size_t)(tree->segments[at] - segments);
}

/* Everything that can be asked of the tree, and each of its nodes, against a plain search. */
static void check(const swiss_longest *tree, uint64_t *random) {
    uint32_t longest[SWISS_LONGEST_KINDS] = {0};
    for (size_t at = 0; at < tree->count; ++at) {
        size_t i = number_of(tree, at);
        assert_int_equal(segments[i].index, at);
        assert_true(at == 0 || tree->segments[at - 1]->base < tree->segments[at]->base);
        for (unsigned kind = 0; kind < SWISS_LONGEST_KINDS; ++kind) {
            assert_int_equal(swiss_longest_get(tree, &segments[i], (swiss_longest_kind)kind), plain[i][kind]);
            if (longest[kind] < plain[i][kind])
                longest[kind] = plain[i][kind];
        }
        for (unsigned level = 1; level < tree->height; ++level)
            for (unsigned kind = 0; kind < SWISS_LONGEST_KINDS; ++kind)
                assert_true(tree->levels[level][at >> SWISS_LONGEST_SHIFT * level].longest[kind] >= plain[i][kind]);
        assert_int_equal(swiss_longest_find(tree, base_of(i)), at);
        assert_int_equal(swiss_longest_find(tree, base_of(i) + SWISS_SEGMENT_SIZE - 1), at);
        assert_int_equal(swiss_longest_find(tree, base_of(i) - 1), tree->count);
        assert_int_equal(swiss_longest_find(tree, base_of(i) + SWISS_SEGMENT_SIZE), tree->count);
    }
    for (unsigned i = 0; i < 200; ++i) {
        swiss_longest_kind kind = (swiss_longest_kind)(i % SWISS_LONGEST_KINDS);
        size_t from = random_below(random, tree->count + 1);
        uint32_t count = i % 4 ? 1 + (uint32_t)random_below(random, SWISS_SEGMENT_PAGES) : longest[kind] + i % 8 / 4;
        size_t expected = from;
        while (expected < tree->count && plain[number_of(tree, expected)][kind] < count)
            ++expected;
        assert_int_equal(swiss_longest_next(tree, from, kind, count ? count : 1), count ? expected : tree->count);
    }
    for (unsigned kind = 0; kind < SWISS_LONGEST_KINDS; ++kind)
        assert_int_equal(swiss_longest_of_all(tree, (swiss_longest_kind)kind), longest[kind]);
}

static void test_none(void **state) {
    (void)state;
    swiss_longest tree = {0};
    assert_int_equal(swiss_longest_next(&tree, 0, SWISS_LONGEST_TAIL, 1), 0);
    assert_int_equal(swiss_longest_of_all(&tree, SWISS_LONGEST_TAIL), 0);
    assert_int_equal(swiss_longest_find(&tree, base_of(0)), 0);
    assert_int_equal(swiss_longest_bytes(&tree), 0);
    swiss_longest_destroy(&tree);
}

/* A new segment moves those behind it, with what they have. */
static void test_segments_come_in_any_order(void **state) {
    (void)state;
    enum { COUNT = 300 };
    swiss_longest tree = {0};
    uint64_t random = 1;
    for (size_t n = 0; n < COUNT; ++n) {
        insert(&tree, n * 77 % COUNT); /* 77 and 300 have no divisor in common */
        for (int changes = 0; changes < 3; ++changes)
            set(&tree, random_below(&random, n + 1) * 77 % COUNT, (swiss_longest_kind)random_below(&random, 2),
                (uint32_t)random_below(&random, SWISS_SEGMENT_PAGES + 1));
        check(&tree, &random);
    }
    assert_int_equal(tree.height, 3);
    swiss_longest_destroy(&tree);
}

/* Each node above is the longest of those below, and no more: also when the longest one shrinks, beside another as
 * long. */
static void test_the_longest_shrinks(void **state) {
    (void)state;
    enum { COUNT = 40 };
    swiss_longest tree = {0};
    uint64_t random = 2;
    for (size_t i = 0; i < COUNT; ++i)
        insert(&tree, i);
    for (size_t i = 0; i < COUNT; ++i)
        set(&tree, i, SWISS_LONGEST_TAIL, 5);
    set(&tree, 17, SWISS_LONGEST_TAIL, 9);
    set(&tree, 30, SWISS_LONGEST_TAIL, 9);
    assert_int_equal(swiss_longest_next(&tree, 0, SWISS_LONGEST_TAIL, 6), 17);
    set(&tree, 17, SWISS_LONGEST_TAIL, 5);
    assert_int_equal(swiss_longest_next(&tree, 0, SWISS_LONGEST_TAIL, 6), 30);
    set(&tree, 30, SWISS_LONGEST_TAIL, 7);
    assert_int_equal(swiss_longest_of_all(&tree, SWISS_LONGEST_TAIL), 7);
    set(&tree, 30, SWISS_LONGEST_TAIL, 0);
    assert_int_equal(swiss_longest_of_all(&tree, SWISS_LONGEST_TAIL), 5);
    assert_int_equal(swiss_longest_next(&tree, 0, SWISS_LONGEST_TAIL, 6), COUNT);
    for (size_t i = 0; i < COUNT; ++i)
        set(&tree, i, SWISS_LONGEST_TAIL, 0);
    assert_int_equal(swiss_longest_of_all(&tree, SWISS_LONGEST_TAIL), 0);
    check(&tree, &random);
    swiss_longest_destroy(&tree);
}

static void test_four_levels(void **state) {
    (void)state;
    swiss_longest tree = {0};
    uint64_t random = 3;
    for (size_t i = 0; i < MOST; ++i) {
        insert(&tree, i);
        set(&tree, i, SWISS_LONGEST_TAIL, 1);
    }
    assert_int_equal(tree.height, 4);
    set(&tree, MOST - 1, SWISS_LONGEST_TAIL, 2);
    assert_int_equal(swiss_longest_next(&tree, 0, SWISS_LONGEST_TAIL, 2), MOST - 1);
    for (size_t i = 0; i < MOST; ++i)
        set(&tree, random_below(&random, MOST), (swiss_longest_kind)random_below(&random, 2),
            (uint32_t)random_below(&random, 100));
    check(&tree, &random);
    swiss_longest_destroy(&tree);
}

static bool refuse(void) {
    return true;
}

static void test_no_memory(void **state) {
    (void)state;
    enum { ROOM = SWISS_LONGEST_FANOUT * SWISS_LONGEST_FANOUT };
    swiss_longest tree = {0};
    uint64_t random = 4;
    for (size_t i = 0; i <= ROOM; ++i) {
        if (i == 0 || i == ROOM) {
            swiss_longest before = tree;
            segments[i].base = base_of(i);
            swiss_os_refuse = refuse;
            assert_false(swiss_longest_insert(&tree, &segments[i]));
            swiss_os_refuse = NULL;
            assert_memory_equal(&tree, &before, sizeof tree);
            check(&tree, &random);
        }
        insert(&tree, i);
    }
    check(&tree, &random);
    assert_true(swiss_longest_bytes(&tree) >= ROOM * SWISS_LONGEST_FANOUT * sizeof(swiss_segment *));
    swiss_longest_destroy(&tree);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_segments_come_in_any_order),
        cmocka_unit_test(test_the_longest_shrinks),
        cmocka_unit_test(test_four_levels),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
