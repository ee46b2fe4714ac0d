/* The page heap: where runs come from, that freed ones join, and random runs against a plain map of pages: that the
 * summaries at every level say what the bitmaps do, and that the first fit is the first. */
#include "tests/support.h"
#include "swiss/heap/pages.h"

static char *alloc(swiss_pages *pages, size_t count, size_t alignment, bool expect_zeroed) {
    bool zeroed = false;
    char *run = swiss_pages_alloc(pages, count, alignment, alignment, &zeroed);
    assert_non_null(run);
    assert_int_equal(zeroed, expect_zeroed);
    assert_int_equal((uintptr_t)run % (alignment * SWISS_PAGE_SIZE), 0);
    return run;
}

static void test_first_fit_by_address(void **state) {
    (void)state;
    swiss_pages pages = {0};
    char *runs[10];
    for (size_t i = 0; i < 10; ++i) {
        runs[i] = alloc(&pages, 8, 1, true);
        assert_ptr_equal(runs[i], runs[0] + i * 8 * SWISS_PAGE_SIZE);
    }
    swiss_pages_free(&pages, runs[6], 8);
    swiss_pages_free(&pages, runs[2], 8);
    assert_ptr_equal(alloc(&pages, 3, 1, false), runs[2]);
    assert_ptr_equal(alloc(&pages, 3, 1, false), runs[2] + 3 * SWISS_PAGE_SIZE);
    assert_ptr_equal(alloc(&pages, 3, 1, false), runs[6]); /* only 2 pages are left of the lower hole */
    assert_ptr_equal(alloc(&pages, 2, 1, false), runs[2] + 6 * SWISS_PAGE_SIZE);
    assert_ptr_equal(alloc(&pages, 6, 1, true), runs[9] + 8 * SWISS_PAGE_SIZE); /* 5 pages are left of the upper */
}

static void test_freed_runs_join(void **state) {
    (void)state;
    swiss_pages pages = {0};
    char *runs[64];
    for (size_t i = 0; i < 64; ++i)
        runs[i] = alloc(&pages, 3, 1, true);
    for (size_t i = 1; i < 63; i += 2)
        swiss_pages_free(&pages, runs[i], 3);
    char *beyond = alloc(&pages, 4, 1, true); /* no hole is larger than 3 */
    for (size_t i = 2; i < 63; i += 2)
        swiss_pages_free(&pages, runs[i], 3);
    assert_ptr_equal(alloc(&pages, 62 * 3, 1, false), runs[1]);
    swiss_pages_free(&pages, beyond, 4);
    /* The last run in use: what is freed joins the untouched pages behind it, and is not known to be zero. */
    swiss_pages_free(&pages, runs[63], 3);
    assert_ptr_equal(alloc(&pages, 100, 1, false), runs[63]);
    assert_int_equal(pages.used_pages, 1 * 3 + 62 * 3 + 100);
    assert_int_equal(pages.touched_pages, pages.used_pages);
}

static void test_alignment(void **state) {
    (void)state;
    swiss_pages pages = {0};
    alloc(&pages, 1, 1, true);
    char *aligned = alloc(&pages, 1, 64, true);
    char *skipped = alloc(&pages, 63, 1, false); /* the pages that the alignment skipped */
    assert_ptr_equal(skipped + 63 * SWISS_PAGE_SIZE, aligned);
    for (size_t alignment = 1; alignment <= SWISS_SEGMENT_PAGES; alignment *= 2)
        for (size_t count = 1; count <= 3; ++count) {
            bool zeroed;
            char *run = swiss_pages_alloc(&pages, count, alignment, alignment, &zeroed);
            assert_non_null(run);
            assert_int_equal((uintptr_t)run % (alignment * SWISS_PAGE_SIZE), 0);
        }
}

static void test_whole_segments(void **state) {
    (void)state;
    swiss_pages pages = {0};
    char *whole = alloc(&pages, SWISS_SEGMENT_PAGES, 1, true);
    char *more = alloc(&pages, SWISS_SEGMENT_PAGES, 1, true);
    assert_int_equal(pages.tree.count, 2);
    assert_true(pages.tree.segments[0]->base < pages.tree.segments[1]->base);
    whole[SWISS_SEGMENT_SIZE - 1] = more[SWISS_SEGMENT_SIZE - 1] = 1;
    swiss_pages_free(&pages, whole, SWISS_SEGMENT_PAGES);
    swiss_pages_free(&pages, more, SWISS_SEGMENT_PAGES);
    assert_ptr_equal(alloc(&pages, 1, 1, false), pages.tree.segments[0]->base);
    assert_ptr_equal(alloc(&pages, SWISS_SEGMENT_PAGES, 1, false), pages.tree.segments[1]->base);
    assert_int_equal(pages.tree.count, 2);
    assert_int_equal(pages.touched_pages, 2 * SWISS_SEGMENT_PAGES);
}

static void test_grow_and_shrink_in_place(void **state) {
    (void)state;
    swiss_pages pages = {0};
    char *first = alloc(&pages, 4, 1, true), *second = alloc(&pages, 4, 1, true), *last = alloc(&pages, 4, 1, true);
    assert_false(swiss_pages_grow(&pages, first, 4, 5));
    swiss_pages_free(&pages, second + 2 * SWISS_PAGE_SIZE, 2); /* the tail */
    assert_true(swiss_pages_grow(&pages, second, 2, 3));
    assert_false(swiss_pages_grow(&pages, second, 3, 5));
    assert_true(swiss_pages_grow(&pages, last, 4, SWISS_SEGMENT_PAGES - 8)); /* all fresh pages */
    last[(SWISS_SEGMENT_PAGES - 8) * SWISS_PAGE_SIZE - 1] = 1;
    assert_false(swiss_pages_grow(&pages, last, SWISS_SEGMENT_PAGES - 8, SWISS_SEGMENT_PAGES));
    assert_int_equal(pages.used_pages, SWISS_SEGMENT_PAGES - 1);
    assert_int_equal(pages.tree.count, 1);
}

/* A run too large for all that is idle takes fresh pages, and the idle ones go back. */
static void test_growth_gives_idle_runs_back(void **state) {
    (void)state;
#ifdef _WIN32 /* which takes no memory back that stays usable */
    skip();
#endif
    swiss_pages pages = {0};
    char *last = NULL;
    size_t previous = 0;
    for (size_t count = 64; count <= 4096; count *= 2) {
        char *next = alloc(&pages, count, 1, true);
        memset(next, 1, count * SWISS_PAGE_SIZE);
        assert_int_equal(pages.touched_pages, count + previous);
        if (last)
            swiss_pages_free(&pages, last, previous);
        last = next;
        previous = count;
    }
    swiss_pages_free(&pages, last, previous);
    char *little = alloc(&pages, 63, 1, true); /* released pages are zero */
    for (size_t i = 0; i < 63 * SWISS_PAGE_SIZE; ++i)
        assert_int_equal(little[i], 0);
    swiss_pages_free(&pages, little, 63);
    swiss_pages_destroy(&pages);
}

/* The free end of a segment goes back 4 MiB at a time, but for the first 4 MiB, and is reserved again when it is
 * wanted. */
static void test_free_ends_are_unreserved(void **state) {
    (void)state;
    swiss_pages pages = {0};
    char *first = alloc(&pages, SWISS_SEGMENT_PAGES, 1, true), *second = alloc(&pages, SWISS_SEGMENT_PAGES, 1, true);
    assert_false(swiss_pages_unreserve(&pages)); /* none is free */
    char *low = first < second ? first : second, *high = first < second ? second : first;
    memset(low, 1, SWISS_SEGMENT_SIZE);
    const size_t kept = SWISS_CHUNK_PAGES + 10; /* so that its chunk stays */
    swiss_pages_free(&pages, low + kept * SWISS_PAGE_SIZE, SWISS_SEGMENT_PAGES - kept);
    (void)swiss_pages_release(&pages); /* what was given back cannot be again */
    swiss_pages_free(&pages, high, SWISS_SEGMENT_PAGES);
    size_t chunks = 0;
    while (swiss_pages_unreserve(&pages))
        ++chunks;
#ifdef _WIN32 /* all of a reservation goes, or none of it */
    assert_int_equal(chunks, 0);
#else
    assert_int_equal(chunks, 2 * SWISS_SEGMENT_PAGES / SWISS_CHUNK_PAGES - 3);
    assert_int_equal(swiss_pages_reserved(&pages), 3 * SWISS_CHUNK_PAGES);
    assert_int_equal(pages.committed_pages, 3 * SWISS_CHUNK_PAGES);
    assert_int_equal(pages.tree.segments[0]->top, 2 * SWISS_CHUNK_PAGES);
    assert_int_equal(pages.tree.segments[1]->top, SWISS_CHUNK_PAGES);
    assert_int_equal(pages.touched_pages, kept + SWISS_CHUNK_PAGES);
    assert_ptr_equal(alloc(&pages, SWISS_SEGMENT_PAGES - kept, 1, true), low + kept * SWISS_PAGE_SIZE);
    assert_ptr_equal(alloc(&pages, SWISS_SEGMENT_PAGES, 1, true),
                     high); /* what was idle went back for the run before */
    for (size_t i = 0; i < SWISS_SEGMENT_SIZE; ++i)
        assert_int_equal(low[i], i < kept * SWISS_PAGE_SIZE);
    assert_int_equal(pages.touched_pages, 2 * SWISS_SEGMENT_PAGES);
    assert_int_equal(pages.used_pages, 2 * SWISS_SEGMENT_PAGES);
    assert_int_equal(pages.committed_pages, 2 * SWISS_SEGMENT_PAGES);
#endif
    swiss_pages_destroy(&pages);
}

struct run {
    char *address;
    size_t count;
};

static bool is_reusable(const swiss_segment *segment, size_t page) {
    return page < segment->top && segment->free[page / 64] >> (page % 64) & 1;
}

/* The first run that fits and is reusable, found page by page; NULL if there is none. */
static char *first_fit(const swiss_pages *pages, size_t count, size_t alignment) {
    for (size_t i = 0; i < pages->tree.count; ++i) {
        const swiss_segment *segment = pages->tree.segments[i];
        for (size_t page = 0, run = 0; page < segment->top; ++page) {
            run = is_reusable(segment, page) ? run + 1 : 0;
            if (run >= count && (page + 1 - count) % alignment == 0)
                return segment->base + (page + 1 - count) * SWISS_PAGE_SIZE;
        }
    }
    return NULL;
}

/* The summary of each chunk, the longest reusable run, and the free tail are what the bitmap says. Counts the pages in
 * use. */
static void check_segment(const swiss_pages *pages, const swiss_segment *segment, size_t *marked) {
    uint32_t longest = 0, run = 0, tail = 0;
    for (uint32_t chunk = 0; chunk < SWISS_SEGMENT_PAGES / SWISS_CHUNK_PAGES; ++chunk) {
        uint32_t start = 0, inside = 0, end = 0; /* of the chunk */
        for (uint32_t page = chunk * SWISS_CHUNK_PAGES; page < (chunk + 1) * SWISS_CHUNK_PAGES; ++page) {
            bool is_free = segment->free[page / 64] >> (page % 64) & 1;
            assert_true(is_free || page < segment->top);
            *marked += !is_free;
            tail = is_free ? tail + 1 : 0;
            run = is_reusable(segment, page) ? run + 1 : 0;
            end = is_reusable(segment, page) ? end + 1 : 0;
            start += end == page % SWISS_CHUNK_PAGES + 1;
            longest = run > longest ? run : longest;
            inside = end > inside ? end : inside;
            if (end)
                assert_true((uintptr_t)segment->base + page * SWISS_PAGE_SIZE >= pages->hint);
        }
        assert_int_equal(segment->summaries[chunk], start | inside << 10 | end << 20);
    }
    assert_int_equal(swiss_longest_get(&pages->tree, segment, SWISS_LONGEST_REUSABLE), longest);
    assert_int_equal(swiss_longest_get(&pages->tree, segment, SWISS_LONGEST_TAIL), tail);
}

/* Each node above the first level is the longest of the 16 below, and those without segments are empty. */
static void check_radix(const swiss_longest *tree) {
    size_t count = tree->height ? (size_t)1 << SWISS_LONGEST_SHIFT * tree->height : 0;
    for (size_t i = tree->count; i < count; ++i)
        for (unsigned kind = 0; kind < SWISS_LONGEST_KINDS; ++kind)
            assert_int_equal(tree->levels[0][i].longest[kind], 0);
    for (unsigned level = 1; level < tree->height; ++level) {
        count >>= SWISS_LONGEST_SHIFT;
        for (size_t i = 0; i < count; ++i)
            for (unsigned kind = 0; kind < SWISS_LONGEST_KINDS; ++kind) {
                uint16_t longest = 0;
                for (size_t below = i * SWISS_LONGEST_FANOUT; below < (i + 1) * SWISS_LONGEST_FANOUT; ++below)
                    if (longest < tree->levels[level - 1][below].longest[kind])
                        longest = tree->levels[level - 1][below].longest[kind];
                assert_int_equal(tree->levels[level][i].longest[kind], longest);
            }
    }
}

/* Bitmaps, summaries, and counters say what the list of live runs says. */
static void check(const swiss_pages *pages, const struct run *runs, size_t live) {
    size_t used = 0, marked = 0, longest = 0;
    for (size_t i = 0; i < live; ++i) {
        used += runs[i].count;
        const swiss_segment *segment = swiss_segment_of(runs[i].address);
        assert_ptr_equal(swiss_pages_find(pages, runs[i].address), segment);
        size_t first = (size_t)(runs[i].address - segment->base) / SWISS_PAGE_SIZE;
        for (size_t page = first; page < first + runs[i].count; ++page)
            assert_false(segment->free[page / 64] >> (page % 64) & 1);
    }
    assert_int_equal(pages->used_pages, used);
    for (size_t i = 0; i < pages->tree.count; ++i) {
        const swiss_segment *segment = pages->tree.segments[i];
        assert_int_equal(segment->index, i);
        assert_true(i == 0 || pages->tree.segments[i - 1]->base < segment->base);
        assert_true(segment->top <= segment->committed);
        check_segment(pages, segment, &marked);
        for (unsigned kind = 0; kind < SWISS_LONGEST_KINDS; ++kind)
            if (longest < pages->tree.levels[0][i].longest[kind])
                longest = pages->tree.levels[0][i].longest[kind];
    }
    assert_int_equal(marked, used);
    assert_int_equal(swiss_pages_longest(pages), longest);
    check_radix(&pages->tree);
}

/* Takes a run, which is the first reusable one that fits if there is one. */
static char *alloc_first(swiss_pages *pages, size_t count, size_t alignment) {
    char *expected = first_fit(pages, count, alignment);
    bool zeroed;
    char *run = swiss_pages_alloc(pages, count, alignment, alignment, &zeroed);
    assert_non_null(run);
    assert_int_equal((uintptr_t)run % (alignment * SWISS_PAGE_SIZE), 0);
    if (expected)
        assert_ptr_equal(run, expected);
    if (zeroed)
        assert_true(run[0] == 0 && run[count * SWISS_PAGE_SIZE - 1] == 0);
    run[0] = run[count * SWISS_PAGE_SIZE - 1] = 1;
    return run;
}

static void test_random_runs(void **state) {
    (void)state;
    enum { LIVE = 400, STEPS = 20000 };
    static struct run runs[LIVE];
    swiss_pages pages = {0};
    size_t live = 0;
    uint64_t random = 1;
    for (size_t step = 0; step < STEPS; ++step) {
        size_t pick = live ? random_below(&random, live) : 0;
        size_t operation = random_below(&random, 8);
        if (live < LIVE && operation < 4) {
            size_t count = random_below(&random, random_below(&random, 50) ? 30 : 3000) + 1,
                   alignment = random_below(&random, 4) ? 1 : (size_t)1 << random_below(&random, 12);
            runs[live++] = (struct run){alloc_first(&pages, count, alignment), count};
        } else if (live && operation < 5) {
            size_t more = runs[pick].count + random_below(&random, 20) + 1;
            if (swiss_pages_grow(&pages, runs[pick].address, runs[pick].count, more))
                runs[pick].count = more;
        } else if (live && operation < 6 && runs[pick].count > 1) {
            size_t tail = random_below(&random, runs[pick].count - 1) + 1;
            runs[pick].count -= tail;
            swiss_pages_free(&pages, runs[pick].address + runs[pick].count * SWISS_PAGE_SIZE, tail);
        } else if (live) {
            swiss_pages_free(&pages, runs[pick].address, runs[pick].count);
            runs[pick] = runs[--live];
        }
        if (step % 100 == 0)
            (void)swiss_pages_unreserve(&pages);
        if (step % 700 == 0)
            (void)swiss_pages_release(&pages);
        if (step % 500 == 0)
            check(&pages, runs, live);
    }
    while (live) {
        --live;
        swiss_pages_free(&pages, runs[live].address, runs[live].count);
    }
    check(&pages, runs, 0);
    swiss_pages_destroy(&pages);
}

/* A run that begins in one chunk, takes up others, and ends in yet another, whatever the place of its ends. */
static void test_runs_cross_chunks(void **state) {
    (void)state;
    swiss_pages pages = {0};
    char *base = alloc(&pages, SWISS_SEGMENT_PAGES, 1, true);
    for (size_t begin = 0; begin <= SWISS_CHUNK_PAGES; begin += 64)
        for (size_t count = 1; count <= 3 * SWISS_CHUNK_PAGES; count += 73) {
            char *run = base + (SWISS_CHUNK_PAGES - 3 + begin) * SWISS_PAGE_SIZE;
            swiss_pages_free(&pages, run, count);
            const struct run rest[] = {
                {base, (size_t)(run - base) / SWISS_PAGE_SIZE},
                {run + count * SWISS_PAGE_SIZE, SWISS_SEGMENT_PAGES - count - (size_t)(run - base) / SWISS_PAGE_SIZE}};
            check(&pages, rest, 2);
            assert_ptr_equal(alloc(&pages, count, 1, false), run);
        }
    swiss_pages_destroy(&pages);
}

/* Enough segments for three levels, a few of them with reusable runs. */
static void test_many_segments(void **state) {
    (void)state;
    enum { SEGMENTS = sizeof(void *) == 8 ? 300 : 20, STEPS = 300 };
    swiss_pages pages = {0};
    struct run runs[SEGMENTS];
    for (size_t i = 0; i < SEGMENTS; ++i)
        runs[i] = (struct run){alloc(&pages, 100, SWISS_SEGMENT_PAGES, true), 100};
    assert_int_equal(pages.tree.count, SEGMENTS);
    check(&pages, runs, SEGMENTS);
    uint64_t random = 2;
    for (size_t step = 0; step < STEPS; ++step) {
        size_t pick = random_below(&random, SEGMENTS), tail = random_below(&random, runs[pick].count);
        if (tail) { /* what is reusable now lies in runs of all lengths in all segments */
            runs[pick].count -= tail;
            swiss_pages_free(&pages, runs[pick].address + runs[pick].count * SWISS_PAGE_SIZE, tail);
        }
        size_t count = random_below(&random, 100) + 1;
        char *run = alloc_first(&pages, count, 1);
        if (random_below(&random, 2))
            swiss_pages_free(&pages, run, count);
    }
    check_radix(&pages.tree);
    assert_null(swiss_pages_find(&pages, &pages));
    for (size_t i = 0; i < SEGMENTS; ++i) {
        assert_ptr_equal(swiss_pages_find(&pages, runs[i].address), swiss_segment_of(runs[i].address));
        assert_ptr_equal(swiss_pages_find(&pages, runs[i].address + SWISS_SEGMENT_SIZE - 1),
                         swiss_segment_of(runs[i].address));
    }
    swiss_pages_destroy(&pages);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_fit_by_address),
        cmocka_unit_test(test_freed_runs_join),
        cmocka_unit_test(test_alignment),
        cmocka_unit_test(test_whole_segments),
        cmocka_unit_test(test_grow_and_shrink_in_place),
        cmocka_unit_test(test_growth_gives_idle_runs_back),
        cmocka_unit_test(test_free_ends_are_unreserved),
        cmocka_unit_test(test_random_runs),
        cmocka_unit_test(test_runs_cross_chunks),
        cmocka_unit_test(test_many_segments),
    };
    return RUN_TESTS(tests);
}
