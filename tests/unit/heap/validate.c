/* The validators of the heap: each thing that must hold is broken on purpose, the sentence that tells of it is seen,
 * and nothing is wrong once it is mended. And that the heap calls them. */
#include "tests/support.h"

#ifdef SWISS_VALIDATE

#    include "swiss/heap/large.h"
#    include "swiss/heap/validate.h"
#    include "swiss/heap/validate_heap.h"
#    include <pthread.h>
#    ifndef _WIN32
#        include <signal.h>
#        include <sys/wait.h>
#        include <unistd.h>
#    endif

static const char *(*validate)(void); /* what is broken */

static void expect(const char *sentence) {
    const char *wrong = validate();
    assert_non_null(wrong);
    assert_string_equal(wrong, sentence);
}

/* Writes `broken` to `place`, of `type`, for one look. */
#    define BREAK(type, place, broken, sentence)                                                                       \
        do {                                                                                                           \
            type kept_ = (place);                                                                                      \
            (place) = (broken);                                                                                        \
            expect(sentence);                                                                                          \
            (place) = kept_;                                                                                           \
            assert_null(validate());                                                                                   \
        } while (0)

static swiss_spans spans = SWISS_SPANS_INITIALIZER;
static swiss_share share = SWISS_SHARE_INITIALIZER(&spans, true);
static swiss_span *span;

static void *alloc(swiss_heap *heap, size_t size) {
    void *block = swiss_heap_alloc(heap, size);
    assert_non_null(block);
    return block;
}

/* Pages ---------------------------------------------------------------------------------------------------------- */

static swiss_pages pages;

static const char *validate_pages(void) {
    return swiss_pages_validate(&pages);
}

static void *alloc_pages(size_t count) {
    bool zeroed;
    void *run = swiss_pages_alloc(&pages, count, 1, 1, &zeroed);
    assert_non_null(run);
    return run;
}

/* Two segments: the first has a hole that was given back and one that was not. */
static swiss_longest *begin_pages(void) {
    char *first = alloc_pages(100);
    (void)alloc_pages(SWISS_SEGMENT_PAGES);
    swiss_pages_free(&pages, first + 10 * SWISS_PAGE_SIZE, 16);
    (void)swiss_pages_release(&pages);
    swiss_pages_free(&pages, first + 50 * SWISS_PAGE_SIZE, 3);
    assert_int_equal(pages.tree.count, 2);
    validate = validate_pages;
    assert_null(validate());
    return &pages.tree;
}

static void end_pages(void) {
    swiss_pages_destroy(&pages);
    memset(&pages, 0, sizeof pages);
}

static void test_the_tree(void **state) {
    (void)state;
    swiss_longest *tree = begin_pages();
    BREAK(unsigned, tree->height, 0, "a tree without levels has segments");
    BREAK(unsigned, tree->height, 7, "there are more levels or segments than the tree has room for");
    BREAK(size_t, tree->count, 257, "there are more levels or segments than the tree has room for");
    BREAK(uint32_t, tree->segments[0]->index, 1, "a segment is not where its index says");
    BREAK(char *, tree->segments[0]->base, tree->segments[1]->base,
          "the segments are not in the order of their addresses");
    BREAK(uint16_t, tree->levels[0][2].longest[0], 1, "a node without a segment is not zero");
    BREAK(uint16_t, tree->levels[1][0].longest[0], 17, "a node is not the longest of those below it");
    BREAK(uint16_t, tree->levels[1][15].longest[1], 1, "a node is not the longest of those below it");
    end_pages();
}

static void test_segments(void **state) {
    (void)state;
    swiss_segment *segment = begin_pages()->segments[0];
    if (segment->top == SWISS_SEGMENT_PAGES)
        segment = pages.tree.segments[1];
    const char *ends = "a segment has more pages in use than committed, or more committed than reserved";
    BREAK(uintptr_t, swiss_segment_map[(uintptr_t)segment->base >> SWISS_SEGMENT_SHIFT], 0,
          "the address map does not lead to a segment");
    BREAK(uint32_t, segment->committed, segment->top - 1, ends);
    BREAK(uint32_t, segment->reserved, segment->committed - 1, ends);
    BREAK(uint32_t, segment->reserved, SWISS_SEGMENT_PAGES + 1, ends);
    BREAK(uint64_t, segment->free[127], 1, "a page above the top of its segment is in use");
    BREAK(uint64_t, segment->released[127], 1, "a page above the top of its segment is marked as given back");
    BREAK(uint64_t, segment->released[0], 1, "a page in use is marked as given back");
    BREAK(uint64_t, segment->free[0], segment->free[0] | 1, "a summary is not what the bitmap of its chunk says");
    BREAK(uint32_t, segment->summaries[0], 0, "a summary is not what the bitmap of its chunk says");
    swiss_longest_set(&pages.tree, segment, SWISS_LONGEST_REUSABLE, 17);
    expect("the tree does not say how long the longest reusable run of a segment is");
    swiss_longest_set(&pages.tree, segment, SWISS_LONGEST_REUSABLE, 16);
    assert_null(validate());
    uint32_t tail = swiss_longest_get(&pages.tree, segment, SWISS_LONGEST_TAIL);
    swiss_longest_set(&pages.tree, segment, SWISS_LONGEST_TAIL, tail - 1);
    expect("the tree does not say how long the free tail of a segment is");
    swiss_longest_set(&pages.tree, segment, SWISS_LONGEST_TAIL, tail);
    assert_null(validate());
    end_pages();
}

static void test_counters_of_pages(void **state) {
    (void)state;
    (void)begin_pages();
    BREAK(uintptr_t, pages.hint, UINTPTR_MAX, "a page below the hint is reusable");
    BREAK(size_t, pages.used_pages, pages.used_pages + 1, "the pages in use are not as many as the bitmaps say");
    BREAK(size_t, pages.touched_pages, pages.touched_pages + 1,
          "the touched pages are not those below the tops that were not given back");
    BREAK(size_t, pages.committed_pages, 0, "the committed pages are not those of all segments");
    BREAK(uint32_t, pages.moved_count, SWISS_PAGES_MOVED + 1, "too many runs are known to have been moved to");
    end_pages();
}

static swiss_page_cache at_hand;

static const char *validate_page_cache(void) {
    return swiss_page_cache_validate(&at_hand);
}

static void test_pages_at_hand(void **state) {
    (void)state;
    assert_true(swiss_page_cache_refill(&at_hand, &pages));
    char *taken = swiss_page_cache_take(&at_hand, 1);
    swiss_segment *segment = swiss_segment_of(taken);
    validate = validate_page_cache;
    assert_null(validate());
    BREAK(uint64_t, at_hand.zero, at_hand.zero | 1, "a page outside the page cache is known to be zero in it");
    BREAK(char *, at_hand.piece, NULL, "a page cache has pages of no piece");
    BREAK(char *, at_hand.piece, at_hand.piece + SWISS_PAGE_SIZE,
          "the piece that a thread has pages of is not 64 pages of a segment");
    BREAK(char *, at_hand.piece, (char *)(uintptr_t)(64 * SWISS_PAGE_SIZE),
          "the piece that a thread has pages of is not 64 pages of a segment");
    BREAK(uint64_t, segment->free[0], 2, "a page of a page cache is free in the page heap");
    BREAK(uint64_t, segment->owners[1], 1, "a page of a page cache belongs to a span");
    swiss_page_cache_flush(&at_hand, &pages);
    assert_null(validate());
    end_pages();
}

/* Spans ---------------------------------------------------------------------------------------------------------- */

static const char *validate_span(void) {
    return swiss_span_validate(span);
}

/* Makes `span` one of `size_class` with a window, whose first slots are alive and whose slot 1 others have freed. */
static void begin_span(unsigned size_class) {
    span = swiss_span_create(&share, NULL, size_class, NULL);
    assert_non_null(span);
    assert_true(swiss_span_load(span));
    for (int i = 0; i < 3; ++i)
        (void)swiss_span_take(span);
    assert_true(swiss_bin_give_remote(span, 1));
    validate = validate_span;
    assert_null(validate());
}

static void test_records(void **state) {
    (void)state;
    begin_span(swiss_class_of(1792)); /* of two pages */
    assert_int_equal(swiss_class_pages[span->size_class], 2);
    const char *no_class = "a record has a class that is none, or is too short for its slots";
    const char *slots = "a span has not the slots of its class";
    swiss_segment *segment = swiss_segment_of(span->base);
    _Atomic(uint64_t) *owners = &segment->owners[(size_t)(span->base - segment->base) / SWISS_PAGE_SIZE];
    BREAK(uint8_t, span->size_class, SWISS_CLASS_COUNT, no_class);
    BREAK(uint8_t, span->words, SWISS_RECORD_KINDS, no_class);
    BREAK(uint16_t, span->slots, (uint16_t)(span->words * 64 + 1), no_class);
    BREAK(char *, span->base, span->base + 16, "a span does not begin with a page");
    BREAK(size_t, span->size, span->size + 1, slots);
    BREAK(uint32_t, span->reciprocal, span->reciprocal + 1, slots);
    BREAK(uint16_t, span->slots, (uint16_t)(span->slots - 1), slots);
    BREAK(uint64_t, owners[1], 0, "a page of a span does not lead to it");
    BREAK(uint64_t, owners[1], owners[0], "a page of a span leads to another class, or another page of it");
    BREAK(uint64_t, owners[1], owners[1] + 32, "a page of a span leads to another class, or another page of it");
    swiss_span_destroy(&share, NULL, span, SIZE_MAX);
}

static void test_slots(void **state) {
    (void)state;
    begin_span(swiss_class_of(112)); /* 73 slots, 2 words */
    assert_int_equal(span->words, 2);
    _Atomic(uint64_t) *bits = swiss_span_bits(span), *freed = swiss_span_remote_of(span)->freed;
    const char *alive = "the byte of a slot that is free, or behind the last one, says that its block is alive";
    const char *window = "a slot in the window is not free";
    BREAK(uint64_t, bits[1], bits[1] | UINT64_C(1) << 63, "a slot behind the last one is free");
    BREAK(uint64_t, freed[1], UINT64_C(1) << 63, "a slot behind the last one is free");
    BREAK(uint64_t, freed[0], 8, "a slot that is free already was freed by others");
    BREAK(uint8_t, *swiss_span_state(span, 3), SWISS_SLOT_LIVE, alive);
    BREAK(uint8_t, *swiss_span_state(span, 1), SWISS_SLOT_LIVE, alive);
    BREAK(uint8_t, *swiss_span_state(span, 127), SWISS_SLOT_LIVE, alive);
    BREAK(uint64_t, span->window, span->window | 1, window);
    BREAK(uint8_t, span->cursor, 2, window);
    BREAK(uint64_t, span->window, 0, "the used slots are not all but those that are free and not in the window");
    BREAK(uint16_t, span->used, 2, "the used slots are not all but those that are free and not in the window");
    BREAK(bool, span->spare, true, "a span that is kept as empty has slots in use");
    BREAK(bool, swiss_span_remote_of(span)->waiting, true,
          "a span waits for others to free a slot, and its owner does not know");
    swiss_span_unload(span);
    BREAK(uint8_t, span->cursor, 2, window);
    swiss_span_destroy(&share, NULL, span, SIZE_MAX);
}

static void test_large_blocks(void **state) {
    (void)state;
    bool zeroed;
    const char *slot = "a large block is not one slot of whole pages";
    span = swiss_large_create(&share, 100000, 1, NULL, &zeroed);
    validate = validate_span;
    assert_null(validate());
    BREAK(uint16_t, span->slots, 2, slot);
    BREAK(uint32_t, span->reciprocal, 1, slot);
    BREAK(size_t, span->size, span->size + 1, slot);
    BREAK(size_t, span->size, 0, slot);
    BREAK(char *, span->base, span->base + SWISS_PAGE_SIZE, "a large block's first page does not lead to it");
    BREAK(size_t, span->size, span->size + SWISS_PAGE_SIZE, "a large block's first page leads to another class");
    BREAK(bool, span->spare, true, "a span that is kept as empty has slots in use");
    *swiss_span_state(span, 0) = SWISS_SLOT_FREE;
    span->used = 0;
    *swiss_span_bits(span) = 1;
    expect("a large block is free");
    span->used = 1;
    *swiss_span_bits(span) = 0;
    swiss_mapping_release(swiss_large_drop(&share, span));
}

/* Bins ----------------------------------------------------------------------------------------------------------- */

static swiss_bin bin;
static swiss_spare spare = {SWISS_SPARE_LEAST, SWISS_SPARE_LEAST, 0};
static unsigned bin_class;

static const char *validate_bin(void) {
    return swiss_bin_validate(&bin, bin_class);
}

static swiss_span *allocated_from(swiss_bin *from, void **block) {
    if (!(*block = swiss_bin_take(from)))
        assert_true(swiss_bin_next(from) || swiss_bin_grow(from, bin_class));
    if (!*block)
        *block = swiss_bin_take(from);
    assert_non_null(*block);
    return swiss_segment_find(*block);
}

/* Four spans of 8 slots: one full and announced, one listed and allocated from, one empty, one spare. */
static void begin_bin(swiss_span *of[4]) {
    void *blocks[25];
    bin_class = swiss_class_of(1024);
    bin = (swiss_bin){.share = &share, .spare = &spare};
    for (unsigned i = 0; i < 25; ++i)
        of[i / 8] = allocated_from(&bin, &blocks[i]);
    assert_true(swiss_bin_give_remote(of[0], 0));
    for (unsigned i = 8; i < 24; ++i)
        assert_true(swiss_bin_give(&bin, of[i / 8], i % 8));
    assert_true(of[0]->full && bin.announced == of[0] && bin.first == of[3] && bin.empty == of[1] && of[2]->spare);
    validate = validate_bin;
    assert_null(validate());
}

static void test_spans_of_a_bin(void **state) {
    (void)state;
    swiss_span *of[4];
    begin_bin(of);
    const char *full = "a full span has a free slot that its owner knows of";
    BREAK(swiss_share *, bin.share, NULL, "a bin without a share has spans");
    BREAK(swiss_span *, swiss_span_remote_of(of[0])->prev_owned, NULL, "the list of all spans of an owner is broken");
    BREAK(swiss_bin *, of[0]->bin, NULL, "a span is in the list of another owner than its own");
    BREAK(unsigned, bin_class, bin_class + 1, "a span is of another class than its bin");
    BREAK(uint16_t, of[3]->used, 0, "the used slots are not all but those that are free and not in the window");
    BREAK(bool, of[3]->full, true, full); /* what is left of it is in its window */
    BREAK(bool, of[1]->full, true, full);
    BREAK(bool, of[0]->armed, false, "a full span does not wait for others to free a slot");
    BREAK(swiss_spare *, bin.spare, NULL, "a span is kept as empty whose owner may keep none");
    BREAK(swiss_span *, bin.announced, of[3],
          "a span is announced that did not wait for it, or to another owner than its own");
    BREAK(bool, swiss_span_remote_of(of[0])->waiting, true,
          "a span is announced that did not wait for it, or to another owner than its own");
    swiss_bin other = {.announced = of[0]};
    assert_string_equal(swiss_bin_validate(&other, bin_class),
                        "a span is announced that did not wait for it, or to another owner than its own");
    swiss_bin_destroy(&bin);
}

static void test_listed_spans(void **state) {
    (void)state;
    swiss_span *of[4];
    begin_bin(of);
    swiss_span *last = bin.last, *before = swiss_span_remote_of(last)->prev;
    const char *empty = "the span that is kept as empty is not listed, or has slots in use";
    BREAK(swiss_span *, swiss_span_remote_of(last)->prev, NULL, "the list of spans to allocate from is broken");
    BREAK(swiss_span *, bin.last, before, "the last listed span is another one");
    swiss_span_remote_of(of[0])->prev = last; /* as if it was listed */
    BREAK(swiss_span *, swiss_span_remote_of(last)->next, of[0], "a span is listed that is full or of another owner");
    swiss_span_remote_of(before)->next = NULL;
    bin.last = before;
    expect("not all owned spans that are not full are listed, once each");
    swiss_span_remote_of(before)->next = bin.last = last;
    assert_null(validate());
    swiss_span *foreign = swiss_span_create(&share, NULL, bin_class, NULL);
    swiss_span_remote_of(foreign)->prev = last;
    BREAK(swiss_span *, swiss_span_remote_of(last)->next, foreign, "a span is listed that is full or of another owner");
    BREAK(swiss_span *, bin.empty, foreign, empty);
    swiss_span_destroy(&share, NULL, foreign, SIZE_MAX);
    BREAK(swiss_span *, bin.empty, of[3], empty); /* which is listed, and in use */
    swiss_bin_destroy(&bin);
}

/* No cache has free blocks of a heap that is not the default one. */
static void test_slots_of_a_heap_without_caches(void **state) {
    (void)state;
    swiss_share own = SWISS_SHARE_INITIALIZER(&spans, false);
    void *block;
    bin_class = swiss_class_of(1024);
    bin = (swiss_bin){.share = &own};
    swiss_span *of = allocated_from(&bin, &block);
    validate = validate_bin;
    assert_null(validate());
    BREAK(uint8_t, *swiss_span_state(of, 0), SWISS_SLOT_FREE,
          "a slot of a heap without caches is neither alive nor free");
    swiss_bin_destroy(&bin);
}

/* All spans of a page heap ---------------------------------------------------------------------------------------- */

static const char *validate_spans(void) {
    return swiss_spans_validate(&spans);
}

static void test_spans_together(void **state) {
    (void)state;
    static swiss_span_cache cache, twin;
    bool zeroed;
    const char *record = "an unused record is in the list of records of another length";
    const char *mapped = "the mappings do not have the bytes that are counted";
    swiss_spans_add_cache(&spans, &cache);
    swiss_spans_add_cache(&spans, &twin);
    swiss_span *large[2], *cached = swiss_span_create(&share, &cache, bin_class, NULL);
    for (unsigned i = 0; i < 2; ++i)
        large[i] = swiss_large_create(&share, SWISS_SEGMENT_SIZE + 1, 1, NULL, &zeroed);
    span = swiss_span_create(&share, NULL, bin_class, NULL);
    assert_true(cached && large[0] && large[1] && span && cache.pages.free);
    validate = validate_spans;
    assert_null(validate());
    BREAK(size_t, spans.pages.used_pages, 0, "the pages in use are not as many as the bitmaps say");
    BREAK(uint16_t, cached->slots, 1, "a span has not the slots of its class");
    BREAK(swiss_span *, swiss_span_remote_of(large[0])->prev, NULL, "the list of mappings is broken");
    BREAK(size_t, spans.mappings.bytes, 0, mapped);
    BREAK(size_t, spans.mappings.reserved, 0, mapped);
    BREAK(uint8_t, cache.unused[cached->words]->words, 7, record);
    BREAK(uint32_t, cache.unused_count, 0, "a thread has another number of unused records than it says");
    BREAK(uint64_t, cache.pages.zero, UINT64_MAX, "a page outside the page cache is known to be zero in it");
    swiss_mapping_release(swiss_large_drop(&share, large[0]));
    BREAK(uint8_t, large[0]->words, 7, record); /* its record is one of the page heap's now */
    twin.pages = cache.pages;
    expect("spans and threads have more pages than are in use");
    memset(&twin.pages, 0, sizeof twin.pages);
    swiss_pages_free(&spans.pages, span->base, 1);
    expect("a page of a span is free in the page heap");
    assert_ptr_equal(swiss_pages_alloc(&spans.pages, 1, 1, 1, &zeroed), span->base);
    assert_null(validate());
    large[0] = swiss_large_create(&share, SWISS_SEGMENT_SIZE, 1, NULL, &zeroed);
    BREAK(size_t, large[0]->size, SWISS_SEGMENT_SIZE + SWISS_PAGE_SIZE, "a page of a span is free in the page heap");
    swiss_mapping_release(swiss_large_drop(&share, large[0]));
    swiss_mapping_release(swiss_large_drop(&share, large[1]));
    swiss_span_destroy(&share, NULL, span, SIZE_MAX);
    swiss_span_destroy(&share, &cache, cached, SIZE_MAX);
    swiss_spans_flush(&spans);
    assert_null(validate());
    spans.caches = NULL;
}

/* Thread caches -------------------------------------------------------------------------------------------------- */

static swiss_cache *mine;

static const char *validate_cache(void) {
    return swiss_cache_validate(mine);
}

/* A stack with blocks, and one that is set aside. */
static swiss_stack *begin_cache(unsigned *size_class) {
    *size_class = swiss_class_of(64);
    void *aside = swiss_heap_alloc(NULL, 64), *other = swiss_heap_alloc(NULL, 512);
    swiss_heap_free(NULL, other);
    mine = swiss_cache_mine();
    span = swiss_segment_find(aside);
    *swiss_span_state(span, swiss_span_slot(span, aside)) = SWISS_SLOT_LIVE; /* as if another cache had handed it out */
    swiss_heap_free(NULL, aside);
    assert_true(mine->aside[*size_class] > 0 && swiss_stack_count(&mine->stacks[*size_class]) > 0);
    validate = validate_cache;
    assert_null(validate());
    return &mine->stacks[*size_class];
}

static void test_blocks_at_hand(void **state) {
    (void)state;
    unsigned size_class;
    swiss_stack *stack = begin_cache(&size_class);
    swiss_block *block = stack->blocks, *other = mine->stacks[swiss_class_of(512)].blocks;
    span = swiss_segment_find(block->address);
    uint32_t slot = swiss_span_slot(span, block->address);
    const uint64_t bit = UINT64_C(1) << slot % 64;
    _Atomic(uint64_t) *bits = &swiss_span_bits(span)[slot / 64], *freed = &swiss_span_remote_of(span)->freed[slot / 64];
    const char *begins = "a cached block does not begin at a slot, or its byte is another slot's";
    BREAK(void *, block->address, other->address, "a cached block is not of its class");
    BREAK(void *, block->address, NULL, "a cached block is not of its class");
    BREAK(void *, (stack->blocks - 1)->address, other->address, "a cached block is not of its class");
    BREAK(void *, block->address, (char *)block->address + 1, begins);
    BREAK(_Atomic(uint8_t) *, block->state, block->state + 1, begins);
    BREAK(uint8_t, *block->state, SWISS_SLOT_LIVE, "a cached block is alive");
    BREAK(uint64_t, *bits, *bits | bit, "a cached block is free in its span, too");
    BREAK(uint64_t, *freed, bit, "a cached block is free in its span, too");
}

static void test_numbers_of_a_cache(void **state) {
    (void)state;
    unsigned size_class;
    swiss_stack *stack = begin_cache(&size_class);
    swiss_bin *of = &mine->bins[size_class];
    const char *none = "a cache is none, or holds blocks of class 0", *tied = "a thread's bin is not tied to its cache";
    const char *tag = "a stack has not the tag of its cache, or the reciprocal of its class";
    const char *place = "a stack does not lie in the blocks of its cache";
    const char *hand = "a stack has more blocks than it may, or a part of a block";
    const char *limit = "a thread may keep fewer pages than all may, or more";
    BREAK(bool, mine->absent, true, none);
    BREAK(uint32_t, mine->stacks[0].reciprocal, 1, none);
    BREAK(uint64_t, mine->stacks[0].counts, 16, none);
    BREAK(swiss_span *, mine->bins[0].owned, span, none);
    BREAK(uint8_t, stack->tag, (uint8_t)(stack->tag + 1), tag);
    BREAK(uint32_t, stack->reciprocal, 1, tag);
    const uint8_t tag_before = stack->tag;
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i)
        mine->stacks[i].tag = SWISS_SLOT_LIVE;
    expect(tag);
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i)
        mine->stacks[i].tag = tag_before;
    BREAK(swiss_block *, stack->blocks, mine->blocks, place);
    BREAK(swiss_block *, stack->blocks, (swiss_block *)(void *)((char *)mine + swiss_cache_size()), place);
    BREAK(uint16_t, stack->limit, 0, place);
    BREAK(uint64_t, stack->counts, stack->counts + 1, hand);
    BREAK(uint16_t, stack->limit, (uint16_t)((uint16_t)stack->counts - SWISS_STACK_BLOCK), hand);
    BREAK(uint16_t, mine->aside[size_class], (uint16_t)(mine->aside_limits[size_class] + 1),
          "more blocks are set aside than may be");
    BREAK(uint64_t, stack->drawn, stack->drawn + 1000000,
          "more blocks were drawn from spans than are cached or were allocated");
    BREAK(struct swiss_thread *, mine->owner, NULL, "a parked cache has blocks");
    BREAK(swiss_share *, of->share, &share, tied);
    BREAK(swiss_span_cache *, of->cache, NULL, tied);
    BREAK(swiss_spare *, of->spare, &spare, tied);
    BREAK(swiss_span *, of->last, NULL, "the last listed span is another one");
    BREAK(size_t, mine->spare.limit, 0, limit);
    BREAK(size_t, mine->spare.limit, SWISS_SPARE_MOST + 1, limit);
    BREAK(size_t, mine->spare.pages, mine->spare.pages - 1, "the pages that a thread may still keep are miscounted");
}

/* What empty spans and the last growth of stacks take of the pages that a thread may keep is counted. */
static void test_kept_pages(void **state) {
    (void)state;
    static void *blocks[20000];
    mine = swiss_cache_mine();
    for (size_t size = 64; size <= 4096; size *= 4) {
        for (size_t i = 0; i < 20000; ++i)
            blocks[i] = swiss_heap_alloc(NULL, size);
        for (size_t i = 0; i < 20000; ++i) {
            swiss_heap_free(NULL, blocks[i]);
            if (i % 1000 == 0)
                assert_null(swiss_cache_validate(mine));
        }
    }
    assert_true(mine->spare.pages < mine->spare.limit);
    swiss_heap_trim(NULL);
    assert_null(swiss_cache_validate(mine));
}

static void test_large_blocks_of_a_cache(void **state) {
    (void)state;
    swiss_heap_trim(NULL);
    void *first = swiss_heap_alloc(NULL, 100000), *second = swiss_heap_alloc(NULL, 200000);
    swiss_heap_free(NULL, first);
    swiss_heap_free(NULL, second);
    mine = swiss_cache_mine();
    swiss_stack *stack = &mine->stacks[swiss_class_of_large(100000)];
    span = swiss_segment_find(first);
    validate = validate_cache;
    assert_null(validate());
    const char *room = "stacks of large blocks have more room than the thread, or that has more than it may";
    const char *limits = "the room of stacks of large blocks is miscounted";
    const char *begins = "a cached large block is not where its span begins, or its byte is another's";
    const char *of_class = "a cached large block is not of its class";
    const char *hand = "a stack has more blocks than it may, or a part of a block";
    swiss_bin foreign = {.share = &share};
    BREAK(size_t, mine->large_room, SWISS_CACHE_LARGE_BYTES + 1, room);
    BREAK(size_t, mine->large_room, mine->large_limits - 1, room);
    BREAK(size_t, mine->large_limits, mine->large_limits - 1, limits);
    BREAK(uint64_t, mine->large_roomy, mine->large_roomy - 1, limits);
    BREAK(uint16_t, stack->limit, 2 * SWISS_STACK_BLOCK, limits);
    BREAK(uint16_t, stack->limit, 0, hand);
    BREAK(uint32_t, stack->reciprocal, 2, "a stack has not the tag of its cache, or the reciprocal of its class");
    BREAK(uint8_t, *swiss_span_state(span, 0), SWISS_SLOT_LIVE, "a cached large block is alive");
    BREAK(struct swiss_bin *, span->bin, &foreign, "a cached large block is of another heap");
    BREAK(uint16_t, span->slots, 2, "a large block is not one slot of whole pages");
    BREAK(void *, stack->blocks[0].address, (char *)first + 1, begins);
    BREAK(_Atomic(uint8_t) *, stack->blocks[0].state, stack->blocks[0].state - 1, begins);
    BREAK(void *, stack->blocks[0].address, second, of_class);
    BREAK(void *, stack->blocks[0].address, (char *)first + SWISS_PAGE_SIZE, of_class);
    swiss_heap_trim(NULL);
    assert_null(validate());
}

/* The registry --------------------------------------------------------------------------------------------------- */

static void *use_the_heap(void *argument) {
    swiss_heap_free(NULL, swiss_heap_alloc(NULL, 64));
    return argument;
}

static void test_lists_of_caches(void **state) {
    (void)state;
    unsigned size_class;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, use_the_heap, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)begin_cache(&size_class);
    swiss_caches *caches = &swiss_heap_main.caches;
    swiss_cache *parked = caches->parked;
    assert_non_null(parked);
    const char *known = "a cache is not of these caches, or its spans are not known";
    const char *twice = "a parked cache has an owner, or is parked twice";
    validate = swiss_heap_validate;
    assert_null(validate());
    BREAK(swiss_caches *, mine->caches, NULL, known);
    BREAK(swiss_cache *, caches->all, caches->all->next, known);
    BREAK(swiss_cache *, caches->all, NULL, "the spans of a cache are known that is not among the caches");
    BREAK(swiss_cache *, swiss_thread_mine.owned, NULL, "a thread that owns a cache knows another one");
    BREAK(bool, mine->taken, true, "a cache was taken from a thread that still uses it");
    BREAK(swiss_cache *, caches->parked, mine, twice);
    BREAK(swiss_cache *, parked->next_parked, parked, twice);
    BREAK(uint64_t, parked->stacks[size_class].counts, 16, "a parked cache has blocks");
    BREAK(uint16_t, parked->aside[size_class], 1, "a parked cache has blocks");
    BREAK(size_t, parked->large_room, 1, "a cache that no thread uses has room for large blocks");
    BREAK(size_t, mine->spare.pages, 0, "the pages that a thread may still keep are miscounted");
    assert_string_equal(swiss_registry_validate(), "the lock of a central is not held");
}

static void test_heaps(void **state) {
    (void)state;
    swiss_heap *heap = swiss_heap_create(), *newer = swiss_heap_create();
    assert_true(heap && newer);
    const unsigned size_class = swiss_class_of(64), other_class = swiss_class_of(128);
    const char *held = "a heap does not hold what is counted for it", *lent = "heaps hold more than is lent to them";
    (void)alloc(heap, 64);
    (void)alloc(heap, 100000);
    (void)alloc(heap, SWISS_SEGMENT_SIZE + 1);
    swiss_heap_free(heap, swiss_heap_alloc(heap, 128));
    swiss_heap_trim(heap); /* of that class it has a central and no span */
    swiss_spans *all = &swiss_heap_main.spans;
    validate = swiss_heap_validate;
    assert_null(validate());
    BREAK(swiss_heap *, heap->prev, &swiss_heap_main.heap, "the list of heaps is broken");
    BREAK(swiss_share *, swiss_heap_central(heap, other_class)->bin.share, &swiss_heap_main.heap.share,
          "a central has the share of another heap");
    BREAK(swiss_share *, swiss_heap_central(heap, other_class)->bin.share, NULL,
          "a central has the share of another heap");
    BREAK(swiss_span *, swiss_heap_central(heap, size_class)->bin.last, NULL, "the last listed span is another one");
    BREAK(size_t, heap->share.held.pages, 0, held);
    BREAK(size_t, heap->share.held.huge_bytes, 0, held);
    BREAK(size_t, heap->share.held.huge_reserved, 0, held);
    BREAK(size_t, heap->share.alive[size_class], 0, "a heap has not as many spans of a class as are counted");
    BREAK(size_t, swiss_heap_main.heap.share.alive[size_class], swiss_heap_main.heap.share.alive[size_class] + 1,
          "the default heap has not as many spans of a class as are counted");
    BREAK(size_t, all->lent.pages, 0, lent);
    BREAK(size_t, all->lent.huge_bytes, 0, lent);
    BREAK(size_t, all->lent.huge_reserved, 0, lent);
    swiss_heap_destroy(newer);
    swiss_heap_destroy(heap);
}

/* Who calls them -------------------------------------------------------------------------------------------------- */

#    ifndef _WIN32

/* True if a child that breaks something and then calls the heap is aborted. */
static bool aborts(void (*call)(void)) {
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        (void)signal(SIGABRT, SIG_DFL);
        if (freopen("/dev/null", "w", stderr))
            call();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void break_default_heap(void) {
    ++swiss_heap_main.heap.share.alive[swiss_class_of(64)];
}

static void break_nothing(void) {
    for (int i = 0; i < 10000; ++i)
        swiss_heap_trim(NULL);
}

static void call_trim(void) {
    break_default_heap();
    break_nothing();
}

static void call_fork(void) {
    break_default_heap();
    (void)fork();
}

static void call_alloc(void) {
    swiss_heap *heap = swiss_heap_create();
    break_default_heap();
    for (int i = 0; i < 1000000; ++i)
        swiss_heap_free(heap, alloc(heap, 64));
}

static void call_large(void) {
    ++swiss_heap_main.spans.pages.used_pages;
    for (int i = 0; i < 10000; ++i)
        swiss_heap_free(NULL, swiss_heap_alloc(NULL, SWISS_LARGE_MAX + 1)); /* which no thread caches */
}

static void call_destroy(void) {
    swiss_heap *heap = swiss_heap_create();
    (void)alloc(heap, 64);
    swiss_heap_central(heap, swiss_class_of(64))->bin.last = NULL;
    swiss_heap_destroy(heap);
}

static void call_span_destroy(void) {
    span = swiss_span_create(&share, NULL, 1, NULL);
    span->used = 1;
    swiss_span_destroy(&share, NULL, span, SIZE_MAX);
}

static void call_lend(void) {
    swiss_span *of[4];
    begin_bin(of);
    swiss_bin other = {.share = &share};
    ++of[3]->used;
    (void)swiss_bin_lend(&bin, &other, of[3]);
}

static void call_flush(void) {
    static swiss_span_cache cache;
    (void)swiss_span_create(&share, &cache, 1, NULL);
    cache.pages.zero = UINT64_MAX;
    swiss_span_cache_flush(&spans, &cache);
}

/* A thread that forks passes all locks: then it does not look. */
static void test_none_looks_while_it_forks(void **state) {
    (void)state;
    size_t *alive = &swiss_heap_main.heap.share.alive[swiss_class_of(64)];
    use_the_heap(NULL);
    ++*alive;
    swiss_os_fork_begin();
    assert_null(swiss_heap_validate_seldom(SIZE_MAX / 4));
    swiss_os_fork_end();
    assert_non_null(swiss_heap_validate_seldom(SIZE_MAX / 4));
    --*alive;
}

static void test_the_heap_calls_them(void **state) {
    (void)state;
    static void (*const calls[])(void) = {call_trim,    call_fork,         call_alloc, call_large,
                                          call_destroy, call_span_destroy, call_lend,  call_flush};
    use_the_heap(NULL);
    assert_false(aborts(break_nothing));
    for (size_t i = 0; i < sizeof calls / sizeof *calls; ++i)
        if (!aborts(calls[i]))
            fail_msg("call %zu", i);
}

#    endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_tree),
        cmocka_unit_test(test_segments),
        cmocka_unit_test(test_counters_of_pages),
        cmocka_unit_test(test_pages_at_hand),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_slots),
        cmocka_unit_test(test_large_blocks),
        cmocka_unit_test(test_spans_of_a_bin),
        cmocka_unit_test(test_listed_spans),
        cmocka_unit_test(test_slots_of_a_heap_without_caches),
        cmocka_unit_test(test_spans_together),
        cmocka_unit_test(test_blocks_at_hand),
        cmocka_unit_test(test_numbers_of_a_cache),
        cmocka_unit_test(test_kept_pages),
        cmocka_unit_test(test_large_blocks_of_a_cache),
        cmocka_unit_test(test_lists_of_caches),
        cmocka_unit_test(test_heaps),
#    ifndef _WIN32
        cmocka_unit_test(test_none_looks_while_it_forks),
        cmocka_unit_test(test_the_heap_calls_them),
#    endif
    };
    return RUN_TESTS(tests);
}

#else

int main(void) {
    return 0; /* there is nothing to look at */
}

#endif
