/* Spans: each class's slots are taken once, freed ones are reused, and what is not a taken slot is known as such; what
 * others free is collected. Also the tier above, bins: which spans they keep, which they give back, and what they learn
 * from others. */
#include "tests/support.h"
#include "swiss/heap/bin.h"
#include "swiss/heap/large.h"
#include "swiss/os/os.h"

static swiss_spans spans = SWISS_SPANS_INITIALIZER;
static swiss_share share = SWISS_SHARE_INITIALIZER(&spans, true);

static char *take(swiss_span *span) {
    if (!span->window)
        assert_true(swiss_span_load(span));
    return swiss_span_take(span);
}

static void test_every_slot_of_every_class(void **state) {
    (void)state;
    for (unsigned size_class = 1; size_class < SWISS_CLASS_COUNT; ++size_class) {
        swiss_span *span = swiss_span_create(&share, NULL, size_class, NULL);
        assert_non_null(span);
        size_t bytes = swiss_class_pages[size_class] * SWISS_PAGE_SIZE;
        assert_int_equal(span->slots, bytes / swiss_class_size[size_class]);
        for (uint32_t slot = 0; slot < span->slots; ++slot) {
            assert_false(swiss_span_is_taken(span, slot));
            char *block = take(span);
            assert_ptr_equal(block, span->base + slot * span->size); /* a new span is used from its start */
            assert_true(block + span->size <= span->base + bytes);
            assert_true(swiss_span_is_taken(span, slot));
            assert_ptr_equal(swiss_segment_find(block + span->size - 1), span);
        }
        assert_int_equal(span->used, span->slots);
        assert_false(swiss_span_load(span));
        for (size_t offset = 0; offset < bytes; ++offset) { /* the tail behind the last slot is no slot */
            size_t slot = offset / span->size;
            bool begins = offset % span->size == 0 && slot < span->slots;
            assert_int_equal(swiss_span_slot(span, span->base + offset), begins ? slot : UINT32_MAX);
        }
        swiss_span_destroy(&share, NULL, span, SIZE_MAX);
    }
    assert_int_equal(spans.pages.used_pages, 0);
}

/* Frees as another thread would that finds no one waiting. */
static void give_remote(swiss_span *span, uint32_t slot) {
    assert_true(swiss_bin_give_remote(span, slot));
    assert_false(swiss_bin_give_remote(span, slot));
}

static void test_random_slots(void **state) {
    (void)state;
    static bool taken[SWISS_SPAN_SLOTS_MAX];
    uint64_t random = 2;
    for (unsigned size_class = 1; size_class < SWISS_CLASS_COUNT; ++size_class) {
        swiss_span *span = swiss_span_create(&share, NULL, size_class, NULL);
        assert_non_null(span);
        memset(taken, 0, sizeof taken);
        unsigned count = 0;
        for (int step = 0; step < 5000; ++step) {
            /* Fills and empties in turns. */
            bool filling = step / 1000 % 2 == 0;
            uint32_t slot = (uint32_t)random_below(&random, span->slots);
            if (taken[slot] && (!filling || random_below(&random, 4) == 0)) {
                if (random_below(&random, 3))
                    assert_true(swiss_span_give(span, slot));
                else
                    give_remote(span, slot);
                taken[slot] = false;
                --count;
            } else if (count < span->slots) {
                slot = swiss_span_slot(span, take(span));
                assert_true(slot < span->slots);
                assert_false(taken[slot]);
                taken[slot] = true;
                ++count;
            }
            if (step % 100)
                continue;
            for (slot = 0; slot < span->slots; ++slot)
                assert_int_equal(swiss_span_is_taken(span, slot), taken[slot]);
        }
        swiss_span_unload(span);
        swiss_span_collect(span);
        assert_int_equal(span->used, count);
        swiss_span_destroy(&share, NULL, span, SIZE_MAX);
    }
}

static void test_a_second_free_is_noticed(void **state) {
    (void)state;
    swiss_span *span = swiss_span_create(&share, NULL, swiss_class_of(100), NULL);
    uint32_t first = swiss_span_slot(span, take(span)), second = swiss_span_slot(span, take(span));
    assert_true(swiss_span_give(span, first));
    assert_false(swiss_span_give(span, first));
    assert_false(swiss_bin_give_remote(span, first));
    assert_true(swiss_bin_give_remote(span, second));
    assert_false(swiss_bin_give_remote(span, second));
    swiss_span_collect(span);
    assert_false(swiss_bin_give_remote(span, second));
    assert_false(swiss_span_give(span, second));
    swiss_span_destroy(&share, NULL, span, SIZE_MAX);
}

static void test_large_spans(void **state) {
    (void)state;
    bool zeroed;
    swiss_span *span = swiss_large_create(&share, 100000, 1, NULL, &zeroed);
    assert_non_null(span);
    assert_int_equal(span->size, 13 * SWISS_PAGE_SIZE);
    assert_int_equal(span->size_class, 0);
    assert_false(swiss_large_is_mapped(span));
    assert_int_equal(swiss_span_slot(span, span->base), 0);
    assert_true(swiss_span_is_taken(span, 0));
    assert_int_equal(swiss_span_slot(span, span->base + SWISS_PAGE_SIZE), UINT32_MAX);
    assert_true(swiss_large_resize(&share, span, 200000));
    assert_int_equal(span->size, 26 * SWISS_PAGE_SIZE); /* rounded up to a class */
    assert_true(swiss_large_resize(&share, span, 50000));
    assert_int_equal(span->size, 7 * SWISS_PAGE_SIZE);
    assert_false(swiss_large_resize(&share, span, SWISS_SEGMENT_SIZE + 1));
    assert_int_equal(spans.pages.used_pages, 7);
    swiss_mapping_release(swiss_large_drop(&share, span));
    assert_int_equal(spans.pages.used_pages, 0);

    span = swiss_large_create(&share, SWISS_SEGMENT_SIZE + 1, SWISS_SEGMENT_SIZE, NULL, &zeroed);
    assert_non_null(span);
    assert_true(zeroed && swiss_large_is_mapped(span));
    assert_int_equal(spans.mappings.bytes, span->size);
    assert_int_equal(spans.mappings.reserved, 2 * SWISS_SEGMENT_SIZE);
    assert_true(swiss_large_resize(&share, span, 2 * SWISS_SEGMENT_SIZE));
    span->base[2 * SWISS_SEGMENT_SIZE - 1] = 1;
    assert_false(swiss_large_resize(&share, span, 2 * SWISS_SEGMENT_SIZE + 1));
    assert_false(swiss_large_resize(&share, span, SWISS_SEGMENT_SIZE));
    assert_true(swiss_large_resize(&share, span, SWISS_SEGMENT_SIZE + 1));
    assert_true(swiss_large_free(&share, NULL, span->base));
    assert_int_equal(spans.mappings.bytes, 0);
    assert_int_equal(spans.mappings.reserved, 0);
    assert_null(swiss_large_create(&share, SIZE_MAX, 1, NULL, &zeroed));
}

static void *bin_alloc(swiss_bin *bin, unsigned size_class) {
    void *block = swiss_bin_take(bin);
    if (!block) {
        assert_true(swiss_bin_next(bin) || swiss_bin_grow(bin, size_class));
        block = swiss_bin_take(bin);
    }
    assert_non_null(block);
    return block;
}

static void bin_free(swiss_bin *bin, void *block) {
    swiss_span *span = swiss_segment_find(block);
    assert_non_null(span);
    assert_true(swiss_bin_give(bin, span, swiss_span_slot(span, block)));
}

static void bin_free_remote(void *block) {
    swiss_span *span = swiss_segment_find(block);
    assert_non_null(span);
    assert_true(swiss_bin_give_remote(span, swiss_span_slot(span, block)));
}

enum { SPANS = 5 };
static void *blocks[SPANS * SWISS_SPAN_SLOTS_MAX];

static void test_bin_keeps_one_empty_span(void **state) {
    (void)state;
    for (unsigned size_class = 1; size_class < SWISS_CLASS_COUNT; ++size_class) {
        swiss_bin bin = {.share = &share};
        size_t slots = swiss_class_pages[size_class] * SWISS_PAGE_SIZE / swiss_class_size[size_class];
        for (size_t i = 0; i < SPANS * slots; ++i)
            blocks[i] = bin_alloc(&bin, size_class);
        assert_int_equal(share.alive[size_class], SPANS);
        assert_null(swiss_bin_next(&bin));
        for (size_t i = 0; i < SPANS * slots; ++i) {
            bin_free(&bin, blocks[i]);
            size_t emptied = (i + 1) / slots;
            assert_int_equal(share.alive[size_class], emptied < 2 ? SPANS : SPANS + 1 - emptied);
        }
        assert_int_equal(spans.pages.used_pages, swiss_class_pages[size_class]);
        swiss_bin_trim(&bin);
        swiss_bin_trim(&bin);
        assert_null(bin.first);
        assert_null(bin.owned);
        assert_int_equal(spans.pages.used_pages, 0);
    }
}

/* One block allocated and freed again and again where one span ends: no span is made or given back. */
static void test_bin_does_not_thrash(void **state) {
    (void)state;
    unsigned size_class = swiss_class_of(1024);
    swiss_bin bin = {.share = &share};
    for (int i = 0; i < 8; ++i)
        blocks[i] = bin_alloc(&bin, size_class);
    blocks[8] = bin_alloc(&bin, size_class);
    swiss_span *span = swiss_segment_find(blocks[8]);
    for (int i = 0; i < 100; ++i) {
        bin_free(&bin, blocks[8]);
        assert_int_equal(share.alive[size_class], 2);
        blocks[8] = bin_alloc(&bin, size_class);
        assert_ptr_equal(swiss_segment_find(blocks[8]), span);
    }
    for (int i = 0; i <= 8; ++i)
        bin_free(&bin, blocks[i]);
    swiss_bin_trim(&bin);
    assert_int_equal(share.alive[size_class], 0);
}

/* Full spans that others free slots of come back to the owner; those emptied go. */
static void test_bin_learns_of_remote_frees(void **state) {
    (void)state;
    unsigned size_class = swiss_class_of(512);
    size_t slots = SWISS_PAGE_SIZE / 512;
    swiss_bin bin = {.share = &share};
    for (int round = 0; round < 3; ++round) {
        for (size_t i = 0; i < SPANS * slots; ++i)
            blocks[i] = bin_alloc(&bin, size_class);
        assert_null(swiss_bin_next(&bin)); /* notices that the last one is full */
        assert_int_equal(share.alive[size_class], SPANS);
        bin_free_remote(blocks[slots]); /* one of the second span */
        assert_ptr_equal(bin_alloc(&bin, size_class), blocks[slots]);
        assert_null(swiss_bin_next(&bin));
        bin_free_remote(blocks[0]);
        bin_free(&bin, blocks[1]); /* of the same span: listed by the owner, and announced as well */
        assert_ptr_equal(bin_alloc(&bin, size_class), blocks[1]);
        assert_ptr_equal(bin_alloc(&bin, size_class), blocks[0]);
        assert_null(swiss_bin_next(&bin));
        for (size_t i = 0; i < SPANS * slots; ++i)
            bin_free_remote(blocks[i]);
        assert_int_equal(share.alive[size_class], SPANS);
        assert_non_null(swiss_bin_next(&bin));
        assert_true(share.alive[size_class] <= 2);
    }
    swiss_bin_trim(&bin);
    assert_int_equal(share.alive[size_class], 0);
}

/* A span that is being announced is neither destroyed nor handed over until it has arrived. */
static void test_bin_waits_for_announced_spans(void **state) {
    (void)state;
    unsigned size_class = swiss_class_of(4096);
    swiss_spare spare = {SWISS_SPARE_LEAST, SWISS_SPARE_LEAST, 0};
    swiss_bin bin = {.share = &share, .spare = &spare}, other = {.share = &share};
    for (size_t i = 0; i < 6; ++i)
        blocks[i] = bin_alloc(&bin, size_class);
    assert_null(swiss_bin_next(&bin));
    swiss_span *span = swiss_segment_find(blocks[0]);
    /* As if someone had freed a slot and claimed the span, and not yet pushed it. */
    atomic_store(&swiss_span_remote_of(span)->waiting, false);
    for (size_t i = 0; i < 6; ++i)
        bin_free(&bin, blocks[i]);
    assert_true(span->spare && spare.pages < spare.limit);
    swiss_bin_trim(&bin);
    assert_int_equal(share.alive[size_class], 1);
    assert_int_equal(spare.pages, spare.limit); /* it no longer counts as kept */
    swiss_bin_hand_over(&bin, &other);
    assert_ptr_equal(bin.owned, span);
    assert_null(other.owned);
    atomic_store(&swiss_span_remote_of(span)->announced, NULL);
    atomic_store(&bin.announced, span); /* it arrives */
    swiss_bin_trim(&bin);
    assert_int_equal(share.alive[size_class], 0);
}

/* The spans of a heap of one's own are never armed: a late look at a record, by someone who freed the last block of the
 * span that it was before, finds nothing to claim, and so the bin may go. */
static void test_own_heaps_are_not_announced_to(void **state) {
    (void)state;
    swiss_share own = SWISS_SHARE_INITIALIZER(&spans, false);
    swiss_bin bin = {.share = &own}, main_bin = {.share = &share};
    for (size_t i = 0; i < 3; ++i)
        blocks[i] = bin_alloc(&bin, swiss_class_of(4096));
    blocks[3] = bin_alloc(&main_bin, swiss_class_of(8192));
    assert_null(swiss_bin_next(&main_bin));
    assert_true(atomic_load(&swiss_span_remote_of(swiss_segment_find(blocks[3]))->waiting));
    bin_free(&main_bin, blocks[3]);
    for (size_t i = 0; i < 2; ++i) {
        swiss_span *span = swiss_segment_find(blocks[2 * i]);
        assert_true(span->full == (i == 0) && !span->armed);
        assert_false(atomic_load(&swiss_span_remote_of(span)->waiting));
    }
    swiss_bin_destroy(&bin);
    assert_int_equal(own.alive[swiss_class_of(4096)], 0);
    swiss_bin_trim(&main_bin);
    assert_int_equal(spans.pages.used_pages, 0);
}

/* What each share holds is counted, whoever else takes and gives back. */
static void check_held(const swiss_share *of, size_t pages, size_t huge_segments) {
    swiss_held held = swiss_share_held(of);
    assert_int_equal(held.pages, pages);
    assert_int_equal(held.huge_reserved, huge_segments * SWISS_SEGMENT_SIZE);
    assert_int_equal(held.huge_bytes != 0, huge_segments != 0);
}

static void test_shares(void **state) {
    (void)state;
    swiss_share own = SWISS_SHARE_INITIALIZER(&spans, false);
    bool zeroed;
    swiss_span *small = swiss_span_create(&own, NULL, swiss_class_of(32768), NULL);
    swiss_span *mains = swiss_span_create(&share, NULL, swiss_class_of(8192), NULL);
    swiss_span *large = swiss_large_create(&own, 5 * SWISS_PAGE_SIZE, 1, NULL, &zeroed);
    check_held(&own, 9, 0);
    check_held(&share, 1, 0);
    assert_true(swiss_large_resize(&own, large, 3 * SWISS_PAGE_SIZE));
    check_held(&own, 7, 0);
    assert_true(swiss_large_resize(&own, large, 50 * SWISS_PAGE_SIZE));
    check_held(&own, 54, 0);
    swiss_span *huge = swiss_large_create(&own, SWISS_SEGMENT_SIZE + 1, 1, NULL, &zeroed);
    swiss_span *main_huge = swiss_large_create(&share, 3 * SWISS_SEGMENT_SIZE, 1, NULL, &zeroed);
    assert_true(swiss_large_resize(&own, huge, 2 * SWISS_SEGMENT_SIZE));
    check_held(&own, 54, 2);
    check_held(&share, 1, 3);
    assert_int_equal(swiss_share_held(&own).huge_bytes, 2 * SWISS_SEGMENT_SIZE);
    assert_int_equal(own.alive[0], 2);
    swiss_span_destroy(&own, NULL, small, SIZE_MAX);
    swiss_mapping_release(swiss_large_drop(&own, large));
    check_held(&own, 0, 2);
    swiss_mapping_release(swiss_large_drop(&own, huge));
    check_held(&own, 0, 0);
    check_held(&share, 1, 3);
    own.limits.hard_limit = 4 * SWISS_PAGE_SIZE;
    small = swiss_span_create(&own, NULL, swiss_class_of(32768), NULL);
    assert_non_null(small);
    assert_null(swiss_span_create(&own, NULL, swiss_class_of(8192), NULL));
    swiss_span_destroy(&own, NULL, small, SIZE_MAX);
    swiss_mapping_release(swiss_large_drop(&share, main_huge));
    swiss_span_destroy(&share, NULL, mains, SIZE_MAX);
    check_held(&share, 0, 0);
    assert_int_equal(spans.pages.used_pages, 0);
}

static void test_bin_hands_over(void **state) {
    (void)state;
    unsigned size_class = swiss_class_of(1000);
    swiss_bin bin = {.share = &share}, other = {.share = &share};
    for (size_t i = 0; i < 50; ++i)
        blocks[i] = bin_alloc(&bin, size_class);
    size_t alive = share.alive[size_class];
    for (size_t i = 20; i < 40; ++i)
        bin_free_remote(blocks[i]);
    swiss_bin_hand_over(&bin, &other);
    assert_null(bin.owned);
    assert_true(share.alive[size_class] < alive); /* what had become empty is gone */
    for (size_t i = 0; i < 50; ++i)
        if (i < 20 || i >= 40)
            bin_free(&other, blocks[i]);
    swiss_bin_trim(&other);
    assert_int_equal(share.alive[size_class], 0);
}

static void test_bin_random(void **state) {
    (void)state;
    enum { LIVE = 3000, STEPS = 200000 };
    unsigned size_class = swiss_class_of(400);
    swiss_bin bin = {.share = &share};
    size_t live = 0;
    uint64_t random = 3;
    for (int step = 0; step < STEPS; ++step) {
        bool growing = step / 20000 % 2 == 0;
        if (live < LIVE && (!live || random_below(&random, 4) < (growing ? 3 : 1))) {
            blocks[live++] = bin_alloc(&bin, size_class);
        } else {
            size_t pick = random_below(&random, live);
            if (random_below(&random, 4))
                bin_free(&bin, blocks[pick]);
            else
                bin_free_remote(blocks[pick]);
            blocks[pick] = blocks[--live];
        }
        if (step % 1000)
            continue;
        size_t owned = 0;
        for (swiss_span *span = bin.owned; span; span = swiss_span_remote_of(span)->next_owned)
            ++owned;
        assert_int_equal(owned, share.alive[size_class]);
        for (swiss_span *span = bin.first, *next; span; span = next) {
            next = swiss_span_remote_of(span)->next;
            assert_false(span->full);
            assert_ptr_equal(next ? swiss_span_remote_of(next)->prev : bin.last, span);
        }
    }
    while (live)
        bin_free(&bin, blocks[--live]);
    swiss_bin_trim(&bin);
    assert_int_equal(share.alive[size_class], 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_slot_of_every_class),
        cmocka_unit_test(test_random_slots),
        cmocka_unit_test(test_a_second_free_is_noticed),
        cmocka_unit_test(test_large_spans),
        cmocka_unit_test(test_bin_keeps_one_empty_span),
        cmocka_unit_test(test_bin_does_not_thrash),
        cmocka_unit_test(test_bin_learns_of_remote_frees),
        cmocka_unit_test(test_bin_waits_for_announced_spans),
        cmocka_unit_test(test_own_heaps_are_not_announced_to),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_bin_hands_over),
        cmocka_unit_test(test_bin_random),
    };
    return RUN_TESTS(tests);
}
