/* Blocks with a mapping of their own: found at each address, grown in place within their segments, counted, and one
 * that lived shortly kept for the next of as many segments. */
#include "tests/support.h"
#include "swiss/heap/mapping.h"
#include "swiss/os/os.h"
#include "swiss/heap/span.h"

#define MIB ((size_t)1 << 20)
#define SEGMENT SWISS_SEGMENT_SIZE

enum { RECORDS = 5 };

/* Records as spans.c would make them, of blocks without slots. */
static union record {
    swiss_span span;
    char room[256];
    max_align_t align;
} records[RECORDS];
static swiss_mappings mappings;

static swiss_span *record(size_t i) {
    return &records[i].span;
}

/* A block of `size` bytes; the record's number is `i`. */
static swiss_span *map(size_t i, size_t size, size_t alignment, bool zeroed) {
    swiss_span *span = record(i);
    memset(&records[i], 0, sizeof records[i]);
    bool zero = !zeroed;
    size = swiss_mapping_size(size);
    char *base = swiss_mapping_make(&mappings, size, alignment, span, &zero);
    assert_non_null(base);
    assert_int_equal(zero, zeroed);
    assert_int_equal((uintptr_t)base % SEGMENT, 0);
    assert_int_equal((uintptr_t)base % alignment, 0);
    span->base = base;
    span->size = size;
    return span;
}

/* Ends it: its record is empty then. */
static swiss_mapping end_mapping(swiss_span *span) {
    swiss_mapping mapping = {span->base, span->size};
    span->base = NULL;
    return swiss_mapping_end(&mappings, mapping);
}

static bool resize(swiss_span *span, size_t size) {
    if (!swiss_mapping_resize(&mappings, (swiss_mapping){span->base, span->size}, swiss_mapping_size(size), span))
        return false;
    span->size = swiss_mapping_size(size);
    return true;
}

static int begin(void **state) {
    (void)state;
    memset(&mappings, 0, sizeof mappings);
    return 0;
}

static int end(void **state) {
    (void)state;
    for (size_t i = 0; i < RECORDS; ++i)
        if (record(i)->base)
            swiss_mapping_release(end_mapping(record(i)));
    swiss_mapping_release(swiss_mapping_drop(&mappings));
    return mappings.bytes || mappings.reserved;
}

/* So that what was made last has lived long. */
static void grow_old(void) {
    mappings.last_made -= 2000;
}

static void test_sizes(void **state) {
    (void)state;
    size_t page = swiss_os_page_size() > SWISS_PAGE_SIZE ? swiss_os_page_size() : SWISS_PAGE_SIZE;
    assert_int_equal(swiss_mapping_size(1), page);
    assert_int_equal(swiss_mapping_size(page), page);
    assert_int_equal(swiss_mapping_size(70 * MIB + 1), 70 * MIB + page);
}

static void test_every_address_is_found(void **state) {
    (void)state;
    const size_t sizes[] = {SEGMENT + 1, 3 * SEGMENT, 1}, alignments[] = {1, SEGMENT, 4 * SEGMENT};
    for (size_t i = 0; i < 3; ++i) {
        swiss_span *span = map(i, sizes[i], alignments[i], true);
        memset(span->base, 1, 4096);
        memset(span->base + span->size - 4096, 1, 4096);
        assert_int_equal((uintptr_t)span->base % SEGMENT, 0);
    }
    size_t bytes = 0, reserved = 0;
    for (size_t i = 0; i < 3; ++i) {
        const char *base = record(i)->base;
        size_t size = record(i)->size, whole = (size + SEGMENT - 1) / SEGMENT * SEGMENT;
        for (size_t at = 0; at < whole; at += SEGMENT / 2)
            assert_ptr_equal(swiss_segment_find(base + at), record(i));
        assert_ptr_equal(swiss_segment_find(base + whole - 1), record(i));
        assert_ptr_not_equal(swiss_segment_find(base + whole), record(i));
        assert_ptr_not_equal(swiss_segment_find(base - 1), record(i));
        bytes += size;
        reserved += whole;
    }
    assert_int_equal(mappings.bytes, bytes);
    assert_int_equal(mappings.reserved, reserved);
}

static void test_removed_in_any_order(void **state) {
    (void)state;
    const size_t orders[][3] = {{0, 1, 2}, {1, 0, 2}, {2, 1, 0}, {1, 2, 0}};
    for (size_t order = 0; order < sizeof orders / sizeof *orders; ++order) {
        for (size_t i = 0; i < 3; ++i)
            map(i, (i + 1) * SEGMENT, 1, true);
        for (size_t n = 0; n < 3; ++n) {
            swiss_span *span = record(orders[order][n]);
            const char *base = span->base;
            grow_old();
            swiss_mapping mapping = end_mapping(span);
            assert_ptr_equal(mapping.base, base);
            assert_int_equal(mapping.size, span->size);
            swiss_mapping_release(mapping);
            assert_null(swiss_segment_find(base));
        }
        assert_int_equal(mappings.bytes + mappings.reserved, 0);
        assert_null(mappings.kept.base);
    }
}

static void test_resize_stays_in_its_segments(void **state) {
    (void)state;
    swiss_span *span = map(0, SEGMENT + MIB, 1, true);
    memset(span->base + SEGMENT, 1, MIB);
    assert_true(resize(span, 2 * SEGMENT));
    assert_int_equal(span->size, 2 * SEGMENT);
    assert_int_equal(mappings.bytes, 2 * SEGMENT);
    span->base[2 * SEGMENT - 1] = 2;
    assert_int_equal(span->base[SEGMENT + MIB - 1], 1);
    assert_false(resize(span, 2 * SEGMENT + 1));
    assert_false(resize(span, SEGMENT));
    assert_int_equal(span->size, 2 * SEGMENT);
    assert_true(resize(span, SEGMENT + 1));
    assert_int_equal(mappings.bytes, swiss_mapping_size(SEGMENT + 1));
    assert_int_equal(mappings.reserved, 2 * SEGMENT);
    /* What it gave back is zero when it is there again. */
    assert_true(resize(span, 2 * SEGMENT));
    assert_int_equal(span->base[SEGMENT + MIB - 1], 0);
    assert_int_equal(span->base[2 * SEGMENT - 1], 0);
}

static void test_one_of_a_short_life_is_kept(void **state) {
    (void)state;
    swiss_span *span = map(0, SEGMENT + MIB, 1, true);
    const char *base = span->base;
    span->base[0] = 7;
    assert_null(end_mapping(span).base); /* kept: there is nothing to give back */
    assert_ptr_equal(mappings.kept.base, base);
    assert_int_equal(mappings.bytes + mappings.reserved, 0);
    assert_null(swiss_segment_find(base));

    span = map(1, SEGMENT + 2 * MIB, 1, false); /* as many segments: the same memory, as it was */
    assert_ptr_equal(span->base, base);
    assert_int_equal(span->base[0], 7);
    assert_null(mappings.kept.base);
    assert_ptr_equal(swiss_segment_find(base + SEGMENT), span);
    span->base[SEGMENT + 2 * MIB - 1] = 1;

    assert_null(end_mapping(span).base);
    span = map(2, 2 * SEGMENT + MIB, 1, true); /* a longer one: what was kept has gone */
    assert_null(mappings.kept.base);

    grow_old();
    swiss_mapping mapping = end_mapping(span); /* a long life: not kept */
    assert_non_null(mapping.base);
    swiss_mapping_release(mapping);
    assert_null(mappings.kept.base);
}

static int calls, refuse_at;

static bool refuse(void) {
    return calls++ >= refuse_at;
}

static void write_to(swiss_span *span) {
    for (size_t at = 0; at < span->size; at += 4096)
        span->base[at] = 9;
}

/* A block that needs less takes the first part of what is kept. When it ends both are one again. */
static void test_kept_is_shared(void **state) {
    (void)state;
    const size_t sizes[] = {SEGMENT + MIB, 3 * SEGMENT + 4096, 3 * SEGMENT + MIB, 4 * SEGMENT};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        const size_t whole = 3 * SEGMENT + MIB, size = swiss_mapping_size(sizes[i]),
                     end = (size + SEGMENT - 1) / SEGMENT * SEGMENT;
        swiss_span *span = map(0, whole, 1, true);
        char *base = span->base;
        write_to(span);
        assert_null(end_mapping(span).base);
        const uint64_t given_back = mappings.given_back;
        if (end < whole && !swiss_os_releases_parts()) {
            map(1, size, 1, true);
            assert_null(mappings.kept.base);
            continue;
        }
        span = map(1, size, 1, false);
        assert_ptr_equal(span->base, base);
        assert_int_equal(mappings.kept.size, size < whole ? whole - size : 0);
        assert_ptr_equal(mappings.kept.base, size < whole ? base + size : NULL);
        const size_t kept_end = end == 4 * SEGMENT ? whole : 4 * SEGMENT;
        assert_int_equal(swiss_mappings_kept_reserved(&mappings), size < whole ? kept_end - size : 0);
        assert_int_equal(mappings.reserved, end);
        assert_ptr_equal(swiss_segment_find(base + end - 1), span);
        assert_null(swiss_segment_find(base + end));
        write_to(span);
        assert_null(end_mapping(span).base);
        assert_ptr_equal(mappings.kept.base, base);
        assert_int_equal(mappings.kept.size, size > whole ? size : whole);
        assert_int_equal(mappings.given_back, given_back);
        swiss_mapping_release(swiss_mapping_drop(&mappings));
    }
}

/* What is kept behind a block goes without it, but for the segment that both are in. */
static void test_kept_goes_before_the_block(void **state) {
    (void)state;
    const size_t sizes[] = {SEGMENT + MIB, 3 * SEGMENT + 4096, 3 * SEGMENT};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes && swiss_os_releases_parts(); ++i) {
        const size_t size = swiss_mapping_size(sizes[i]), end = (size + SEGMENT - 1) / SEGMENT * SEGMENT;
        swiss_span *span = map(0, 3 * SEGMENT + MIB, 1, true);
        write_to(span);
        assert_null(end_mapping(span).base);
        span = map(1, size, 1, false);
        const uint64_t given_back = mappings.given_back;
        swiss_mapping rest = swiss_mapping_drop(&mappings);
        assert_ptr_equal(rest.base, end < 3 * SEGMENT + MIB ? span->base + end : NULL);
        swiss_mapping_release(rest);
        assert_int_equal(mappings.given_back - given_back, 3 * SEGMENT + MIB - size);
        write_to(span);
        if (size < end) {
            assert_true(resize(span, end));
            assert_int_equal(span->base[size], 0);
        }
        assert_false(resize(span, end + 1));
        grow_old();
        swiss_mapping_release(end_mapping(span));
        assert_null(mappings.kept.base);
    }
}

static void test_grows_into_what_is_kept(void **state) {
    (void)state;
    if (!swiss_os_releases_parts())
        return;
    swiss_span *span = map(0, 4 * SEGMENT + MIB, 1, true);
    char *base = span->base;
    write_to(span);
    assert_null(end_mapping(span).base);
    span = map(1, SEGMENT + MIB, 1, false);
    grow_old();
    assert_true(resize(span, 3 * SEGMENT - MIB)); /* one segment more, but for a part */
    assert_int_equal(base[SEGMENT + MIB], 9);
    assert_int_equal(base[3 * SEGMENT - MIB - 4096], 9);
    assert_int_equal(mappings.bytes, 3 * SEGMENT - MIB);
    assert_int_equal(mappings.reserved, 3 * SEGMENT);
    assert_ptr_equal(mappings.kept.base, base + 3 * SEGMENT - MIB);
    assert_int_equal(mappings.kept.size, SEGMENT + 2 * MIB);
    assert_ptr_equal(swiss_segment_find(base + 3 * SEGMENT - 1), span);
    assert_null(swiss_segment_find(base + 3 * SEGMENT));
    assert_true(resize(span, 2 * SEGMENT + MIB)); /* what it gives up is kept */
    assert_int_equal(mappings.kept.size, 2 * SEGMENT);
    assert_int_equal(mappings.given_back, 0);
    assert_false(resize(span, 6 * SEGMENT));
    assert_true(resize(span, 5 * SEGMENT)); /* to the end: beyond what was committed */
    assert_null(mappings.kept.base);
    write_to(span);
    assert_ptr_equal(swiss_segment_find(base + 5 * SEGMENT - 1), span);
    assert_null(end_mapping(span).base); /* it grew as if made anew: its life was short */
    assert_int_equal(mappings.kept.size, 5 * SEGMENT);

    span = map(2, SEGMENT + MIB, 1, false);
    calls = refuse_at = 0;
    swiss_os_refuse = refuse;
    assert_false(resize(span, 2 * SEGMENT + MIB));
    swiss_os_refuse = NULL;
    assert_int_equal(span->size, SEGMENT + MIB);
    assert_int_equal(mappings.kept.size, 4 * SEGMENT - MIB);
    assert_true(resize(span, 2 * SEGMENT + MIB));
    write_to(span);
}

/* Only the block made last is taken to be one of many, and one mapping is kept, the last. */
static void test_one_is_kept(void **state) {
    (void)state;
    swiss_span *first = map(0, SEGMENT + MIB, 1, true), *last = map(1, SEGMENT + MIB, 1, true);
    const char *base = last->base;
    const char *base_of_first = first->base;
    swiss_mapping mapping = end_mapping(first);
    assert_ptr_equal(mapping.base, base_of_first);
    swiss_mapping_release(mapping);
    assert_null(end_mapping(last).base);
    assert_ptr_equal(mappings.kept.base, base);
    mapping = swiss_mapping_drop(&mappings);
    assert_ptr_equal(mapping.base, base);
    assert_null(swiss_mapping_drop(&mappings).base);
    swiss_mapping_release(mapping);
    swiss_mapping_release((swiss_mapping){NULL, 0});
}

/* What is kept serves no alignment that it does not have. */
static void test_kept_is_not_aligned(void **state) {
    (void)state;
    swiss_span *span = map(0, SEGMENT + MIB, 1, true);
    size_t alignment = SEGMENT;
    while (!((uintptr_t)span->base & alignment))
        alignment *= 2; /* the least that it lacks is twice this */
    assert_null(end_mapping(span).base);
    if (alignment >> 30 > 64) /* by chance it has nearly every alignment */
        return;
    map(1, SEGMENT + MIB, 2 * alignment, true);
    assert_null(mappings.kept.base);
}

static void test_no_memory(void **state) {
    (void)state;
    swiss_os_refuse = refuse;
    for (refuse_at = 0;; ++refuse_at) {
        bool zeroed;
        calls = 0;
        char *base = swiss_mapping_make(&mappings, SEGMENT + MIB, 1, record(0), &zeroed);
        if (base) {
            grow_old();
            swiss_mapping_release(swiss_mapping_end(&mappings, (swiss_mapping){base, SEGMENT + MIB}));
            break;
        }
        assert_int_equal(mappings.bytes + mappings.reserved, 0);
    }
    swiss_os_refuse = NULL;
    assert_true(refuse_at >= 2); /* to reserve, and to commit */

    swiss_span *span = map(1, SEGMENT + MIB, 1, true);
    calls = refuse_at = 0;
    swiss_os_refuse = refuse;
    assert_false(resize(span, 2 * SEGMENT));
    assert_int_equal(span->size, SEGMENT + MIB);
    assert_int_equal(mappings.bytes, SEGMENT + MIB);
    swiss_os_refuse = NULL;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test_setup_teardown(test_every_address_is_found, begin, end),
        cmocka_unit_test_setup_teardown(test_removed_in_any_order, begin, end),
        cmocka_unit_test_setup_teardown(test_resize_stays_in_its_segments, begin, end),
        cmocka_unit_test_setup_teardown(test_one_of_a_short_life_is_kept, begin, end),
        cmocka_unit_test_setup_teardown(test_kept_is_shared, begin, end),
        cmocka_unit_test_setup_teardown(test_kept_goes_before_the_block, begin, end),
        cmocka_unit_test_setup_teardown(test_grows_into_what_is_kept, begin, end),
        cmocka_unit_test_setup_teardown(test_one_is_kept, begin, end),
        cmocka_unit_test_setup_teardown(test_kept_is_not_aligned, begin, end),
        cmocka_unit_test_setup_teardown(test_no_memory, begin, end),
    };
    return RUN_TESTS(tests);
}
