/* Spans: each class's slots are taken once, freed ones are reused, and what is not a taken slot is known as such. Also the
 * tier above, the central lists: which spans they keep and which they give back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "swiss/heap/central.h"
#include "swiss/heap/os.h"

static swiss_spans spans;

static void test_every_slot_of_every_class(void **state) {
    (void)state;
    for (unsigned size_class = 1; size_class < SWISS_CLASS_COUNT; ++size_class) {
        swiss_span *span = swiss_span_create(&spans, size_class);
        assert_non_null(span);
        size_t bytes = swiss_class_pages[size_class] * SWISS_PAGE_SIZE;
        assert_int_equal(span->slots, bytes / swiss_class_size[size_class]);
        assert_int_equal(span->free, span->slots);
        for (uint32_t slot = 0; slot < span->slots; ++slot) {
            assert_false(swiss_span_is_taken(span, slot));
            char *block = swiss_span_take(span);
            assert_ptr_equal(block, span->base + slot * span->size); /* a new span is used from its start */
            assert_true(block + span->size <= span->base + bytes);
            assert_true(swiss_span_is_taken(span, slot));
            assert_int_equal(swiss_span_slot(span, block), slot);
            assert_int_equal(swiss_span_slot(span, block + 1), UINT32_MAX);
            assert_int_equal(swiss_span_slot(span, block + span->size / 2), UINT32_MAX);
            assert_ptr_equal(swiss_segment_find(block + span->size - 1), span);
        }
        assert_int_equal(span->free, 0);
        /* The tail behind the last slot is no slot. */
        for (size_t offset = span->slots * span->size; offset < bytes; ++offset)
            assert_int_equal(swiss_span_slot(span, span->base + offset), UINT32_MAX);
        swiss_span_destroy(&spans, span);
    }
    assert_int_equal(spans.pages.used_pages, 0);
}

static void test_random_slots(void **state) {
    (void)state;
    static bool taken[SWISS_SPAN_SLOTS_MAX];
    srand(2);
    for (unsigned size_class = 1; size_class < SWISS_CLASS_COUNT; ++size_class) {
        swiss_span *span = swiss_span_create(&spans, size_class);
        assert_non_null(span);
        memset(taken, 0, sizeof taken);
        unsigned count = 0;
        for (int step = 0; step < 5000; ++step) {
            /* Fills and empties in turns. */
            bool filling = step / 1000 % 2 == 0;
            uint32_t slot = (uint32_t)rand() % span->slots;
            if (taken[slot] && (!filling || rand() % 4 == 0)) {
                swiss_span_give(span, slot);
                taken[slot] = false;
                --count;
            } else if (count < span->slots) {
                slot = swiss_span_slot(span, swiss_span_take(span));
                assert_true(slot < span->slots);
                assert_false(taken[slot]);
                taken[slot] = true;
                ++count;
            }
            assert_int_equal(span->free, span->slots - count);
        }
        for (uint32_t slot = 0; slot < span->slots; ++slot)
            assert_int_equal(swiss_span_is_taken(span, slot), taken[slot]);
        swiss_span_destroy(&spans, span);
    }
}

static void test_a_freed_slot_is_reused_at_once(void **state) {
    (void)state;
    swiss_span *span = swiss_span_create(&spans, swiss_class_of(8));
    while (span->free)
        (void)swiss_span_take(span);
    for (uint32_t slot = 0; slot < span->slots; ++slot) { /* in the cache, or in any word beside it */
        swiss_span_give(span, slot);
        assert_int_equal(swiss_span_slot(span, swiss_span_take(span)), slot);
    }
    swiss_span_destroy(&spans, span);
}

static void test_large_spans(void **state) {
    (void)state;
    bool zeroed;
    swiss_span *span = swiss_span_create_large(&spans, 100000, 1, &zeroed);
    assert_non_null(span);
    assert_int_equal(span->size, 13 * SWISS_PAGE_SIZE);
    assert_int_equal(span->size_class, 0);
    assert_false(swiss_span_is_huge(span));
    assert_int_equal(swiss_span_slot(span, span->base), 0);
    assert_true(swiss_span_is_taken(span, 0));
    assert_int_equal(swiss_span_slot(span, span->base + SWISS_PAGE_SIZE), UINT32_MAX);
    assert_true(swiss_span_resize_large(&spans, span, 200000));
    assert_int_equal(span->size, 25 * SWISS_PAGE_SIZE);
    assert_true(swiss_span_resize_large(&spans, span, 50000));
    assert_int_equal(span->size, 7 * SWISS_PAGE_SIZE);
    assert_false(swiss_span_resize_large(&spans, span, SWISS_SEGMENT_SIZE + 1));
    assert_int_equal(spans.pages.used_pages, 7);
    swiss_span_destroy(&spans, span);
    assert_int_equal(spans.pages.used_pages, 0);

    span = swiss_span_create_large(&spans, SWISS_SEGMENT_SIZE + 1, SWISS_SEGMENT_SIZE, &zeroed);
    assert_non_null(span);
    assert_true(zeroed && swiss_span_is_huge(span));
    assert_int_equal(spans.huge_bytes, span->size);
    assert_int_equal(spans.huge_reserved, 2 * SWISS_SEGMENT_SIZE);
    assert_true(swiss_span_resize_large(&spans, span, 2 * SWISS_SEGMENT_SIZE));
    span->base[2 * SWISS_SEGMENT_SIZE - 1] = 1;
    assert_false(swiss_span_resize_large(&spans, span, 2 * SWISS_SEGMENT_SIZE + 1));
    assert_false(swiss_span_resize_large(&spans, span, SWISS_SEGMENT_SIZE));
    assert_true(swiss_span_resize_large(&spans, span, SWISS_SEGMENT_SIZE + 1));
    char *base = span->base;
    swiss_span_destroy(&spans, span);
    swiss_os_release(base, 2 * SWISS_SEGMENT_SIZE);
    assert_int_equal(spans.huge_bytes, 0);
    assert_int_equal(spans.huge_reserved, 0);
    assert_null(swiss_span_create_large(&spans, SIZE_MAX, 1, &zeroed));
}

static void *central_alloc(swiss_central *central, unsigned size_class) {
    void *block = swiss_central_take(central);
    if (!block) {
        assert_true(swiss_central_grow(central, &spans, size_class));
        block = swiss_central_take(central);
    }
    assert_non_null(block);
    return block;
}

static void central_free(swiss_central *central, void *block) {
    swiss_span *span = swiss_segment_find(block);
    assert_non_null(span);
    swiss_central_give(central, &spans, span, swiss_span_slot(span, block));
}

static void test_central_keeps_one_empty_span(void **state) {
    (void)state;
    enum { SPANS = 5 };
    static void *blocks[SPANS * SWISS_SPAN_SLOTS_MAX];
    for (unsigned size_class = 1; size_class < SWISS_CLASS_COUNT; ++size_class) {
        swiss_central central = {0};
        size_t slots = swiss_class_pages[size_class] * SWISS_PAGE_SIZE / swiss_class_size[size_class];
        for (size_t i = 0; i < SPANS * slots; ++i)
            blocks[i] = central_alloc(&central, size_class);
        assert_int_equal(central.spans, SPANS);
        assert_null(central.first); /* all are full */
        assert_null(central.last);
        for (size_t i = 0; i < SPANS * slots; ++i) {
            central_free(&central, blocks[i]);
            assert_int_equal(central.spans, i + 1 < 2 * slots ? SPANS : SPANS + 1 - (i + 1) / slots);
        }
        assert_int_equal(central.spans, 1);
        assert_ptr_equal(central.first, central.empty);
        assert_ptr_equal(central.last, central.empty);
        assert_int_equal(central.mallocs, SPANS * slots);
        assert_int_equal(central.frees, SPANS * slots);
        assert_int_equal(spans.pages.used_pages, swiss_class_pages[size_class]);
        swiss_central_trim(&central, &spans);
        swiss_central_trim(&central, &spans);
        assert_null(central.first);
        assert_int_equal(central.spans, 0);
        assert_int_equal(spans.pages.used_pages, 0);
    }
}

/* One block allocated and freed again and again where one span ends: no span is made or given back. */
static void test_central_does_not_thrash(void **state) {
    (void)state;
    unsigned size_class = swiss_class_of(1024);
    swiss_central central = {0};
    for (int i = 0; i < 8; ++i)
        (void)central_alloc(&central, size_class);
    void *block = central_alloc(&central, size_class);
    swiss_span *span = swiss_segment_find(block);
    for (int i = 0; i < 100; ++i) {
        central_free(&central, block);
        assert_int_equal(central.spans, 2);
        block = central_alloc(&central, size_class);
        assert_ptr_equal(swiss_segment_find(block), span);
    }
}

static void test_central_random(void **state) {
    (void)state;
    enum { LIVE = 3000, STEPS = 200000 };
    static void *blocks[LIVE];
    unsigned size_class = swiss_class_of(400);
    swiss_central central = {0};
    size_t live = 0;
    srand(3);
    for (int step = 0; step < STEPS; ++step) {
        bool growing = step / 20000 % 2 == 0;
        if (live < LIVE && (!live || rand() % 4 < (growing ? 3 : 1))) {
            blocks[live++] = central_alloc(&central, size_class);
        } else {
            size_t pick = (size_t)rand() % live;
            central_free(&central, blocks[pick]);
            blocks[pick] = blocks[--live];
        }
        assert_int_equal(central.mallocs - central.frees, live);
        if (step % 1000)
            continue;
        size_t free_slots = 0, empty = 0;
        for (swiss_span *span = central.first; span; span = span->next) {
            assert_true(span->free > 0);
            assert_true(span->next ? span->next->prev == span : central.last == span);
            free_slots += span->free;
            if (span->free == span->slots && span != central.first)
                ++empty;
        }
        assert_true(empty <= 1);
        assert_int_equal(free_slots + live, central.spans * (SWISS_PAGE_SIZE / swiss_class_size[size_class]));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_slot_of_every_class),
        cmocka_unit_test(test_random_slots),
        cmocka_unit_test(test_a_freed_slot_is_reused_at_once),
        cmocka_unit_test(test_large_spans),
        cmocka_unit_test(test_central_keeps_one_empty_span),
        cmocka_unit_test(test_central_does_not_thrash),
        cmocka_unit_test(test_central_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
