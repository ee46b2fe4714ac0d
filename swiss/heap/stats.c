/* stats.c - a heap's statistics: the numbers, and their text, JSON and Prometheus's form.
 *
 *     each cache, each central: blocks allocated and freed      each share: spans, large blocks      page heap: pages
 *                                   \______________________________|______________________________/
 *     get_stats, while spans are stopped:               swiss_heap_stats  --> waste, fragmentation, text, ...
 *
 * Get. Adds up what the owners have counted, while no span is made or ended. Nothing is counted for statistics alone
 * where blocks are allocated and freed: bytes are numbers of blocks times their size, and peaks are those of pages.
 *
 * Format. Uses nothing but a swiss_heap_stats and the caller's buffer, so that it can be called where the heap
 * cannot.
 */
#include "swiss/heap_stats.h"
#include "large.h"
#include "registry.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

SWISS_STATIC_ASSERT(SWISS_HEAP_CLASSES == SWISS_CLASS_COUNT, "the statistics have an entry for each size class");

/* Adds up what the owners have counted of a class. Spans are stopped. */
static void count_class(swiss_heap *heap, unsigned size_class, const swiss_large_sums *large, uint64_t *mallocs,
                        uint64_t *frees) {
    const swiss_central *central = swiss_heap_central(heap, size_class);
    if (!size_class) {
        *mallocs = atomic_load_explicit(&heap->share.large_mallocs, memory_order_relaxed);
        *mallocs += large->mallocs;
        *frees = *mallocs - heap->share.alive[0] + large->cached;
        return;
    }
    *frees = central ? atomic_load_explicit(&central->tally.frees, memory_order_acquire) : 0;
    *mallocs = central ? atomic_load_explicit(&central->tally.mallocs, memory_order_relaxed) : 0;
    if (swiss_heap_is_main(heap))
        swiss_cache_count(&swiss_heap_main.caches, size_class, mallocs, frees);
}

/* Lets a count of frees in the thread caches not become less than it was. A thread that moves blocks meanwhile may be
 * seen half way, and a counter that goes back is taken for one that began anew. Spans are stopped, and the lock of all
 * caches is held. */
static uint64_t never_less(unsigned size_class, uint64_t mallocs, uint64_t frees) {
    static uint64_t told[SWISS_CLASS_COUNT];
    if (told[size_class] > mallocs) /* all caches were forgotten */
        told[size_class] = 0;
    if ((int64_t)frees > 0 && told[size_class] < frees) /* below 0 between two stores of a thread */
        told[size_class] = frees < mallocs ? frees : mallocs;
    return told[size_class];
}

/* Fills in the numbers of each class. Threads allocate meanwhile, and a thread's frees are only known from what it has
 * cached. So there could seem to be more frees than mallocs, a negative number of frees, or more live blocks than
 * slots; the numbers are kept within what is possible. Spans are stopped. */
static void count_blocks(swiss_heap *heap, const swiss_large_sums *large, swiss_heap_stats *stats) {
    for (unsigned i = 0; i < SWISS_CLASS_COUNT; ++i) {
        swiss_heap_class_stats *of_class = &stats->classes[i];
        const size_t size = swiss_class_size[i], bytes = swiss_class_pages[i] * SWISS_PAGE_SIZE;
        uint64_t mallocs, frees;
        count_class(heap, i, large, &mallocs, &frees);
        if (swiss_heap_is_main(heap))
            frees = never_less(i, mallocs, frees);
        of_class->block_size = size;
        of_class->spans = heap->share.alive[i] - (i ? 0 : (size_t)large->cached);
        const uint64_t slots = of_class->spans * (i ? bytes / size : 1), most = mallocs < slots ? mallocs : slots;
        uint64_t alive = (int64_t)(mallocs - frees) < 0 ? 0 : mallocs - frees;
        alive = alive < most ? alive : most;
        of_class->mallocs = mallocs;
        of_class->frees = mallocs - alive;
        stats->mallocs += mallocs;
        stats->frees += of_class->frees;
        stats->allocated_bytes += mallocs * size;
        stats->in_use_bytes -= of_class->spans * bytes; /* from all bytes of spans and large blocks */
        stats->in_use_bytes += (size_t)alive * size;
    }
}

/* Counts the free pages for the default heap, whichever heap uses them next. Pages in thread caches, also those of
 * large blocks, are not in use, and not idle before they are touched. */
static void count_free(swiss_share *share, size_t cached_pages, swiss_heap_stats *stats) {
    const swiss_spans *spans = share->spans;
    const swiss_pages *pages = &spans->pages;
    const size_t kept = spans->mappings.kept.size;
    size_t untouched, at_hand = swiss_spans_count(share, &untouched) + cached_pages, used = pages->used_pages - at_hand;
    stats->span_bytes -= at_hand * SWISS_PAGE_SIZE;
    stats->idle_bytes = (pages->touched_pages - untouched - used) * SWISS_PAGE_SIZE + kept;
    stats->committed_bytes += (pages->committed_pages - pages->used_pages) * SWISS_PAGE_SIZE + kept;
    stats->reserved_bytes += (swiss_pages_reserved(pages) - pages->used_pages) * SWISS_PAGE_SIZE +
                             swiss_mappings_kept_reserved(&spans->mappings);
    stats->metadata_bytes += swiss_pages_metadata(pages) + spans->records.bytes;
    stats->free_bytes = pages->tree.count * SWISS_SEGMENT_SIZE - used * SWISS_PAGE_SIZE;
    stats->longest_bytes = swiss_pages_longest(pages) * SWISS_PAGE_SIZE;
    stats->peak_memory_bytes = spans->peak;
    stats->given_back_bytes = pages->given_back * SWISS_PAGE_SIZE + spans->mappings.given_back;
    stats->scavenges = pages->scavenges;
}

static void copy_limits(const swiss_limits *limits, swiss_heap_stats *stats) {
    stats->soft_limit_bytes = limits->soft_limit;
    stats->hard_limit_bytes = limits->hard_limit;
    stats->soft_limit_hits = limits->soft_hits;
    stats->hard_limit_hits = limits->hard_hits;
}

/* Returns the time of day when the clock that never goes back showed `at`. Called without a lock: a library that lets
 * programs see another time may allocate. */
static uint64_t seconds_of(uint64_t at) {
    return (uint64_t)time(NULL) - (swiss_os_milliseconds() - at) / 1000;
}

void swiss_heap_get_stats(const swiss_heap *asked, swiss_heap_stats *stats) {
    swiss_heap *heap = swiss_heap_or_default(asked);
    swiss_share *share = &heap->share;
    memset(stats, 0, sizeof *stats);
    swiss_os_lock_acquire(&swiss_heap_main.caches.lock, SWISS_RANK_REGISTRY);
    swiss_spans_stop(share->spans);
    swiss_large_sums large = {0, 0, 0, 0};
    if (swiss_heap_is_main(heap))
        large = swiss_cache_count_large(&swiss_heap_main.caches);
    const swiss_held held = swiss_share_held(share);
    stats->span_bytes = held.pages * SWISS_PAGE_SIZE + held.huge_bytes;
    stats->committed_bytes = stats->span_bytes;
    stats->reserved_bytes = held.pages * SWISS_PAGE_SIZE + held.huge_reserved;
    stats->metadata_bytes = swiss_registry_bytes(heap);
    stats->peak_span_bytes = stats->peak_memory_bytes = share->peak;
    stats->allocated_bytes = share->large_bytes + large.malloc_bytes;
    stats->failures = atomic_load_explicit(&share->failures, memory_order_relaxed);
    copy_limits(swiss_limits_know(&share->limits), stats);
    const uint64_t gave_at = share->spans->pages.gave_at;
    if (share->main)
        count_free(share, (size_t)large.cached_bytes >> SWISS_PAGE_SHIFT, stats);
    for (swiss_cache *cache = swiss_heap_is_main(heap) ? swiss_heap_main.caches.all : NULL; cache; cache = cache->next)
        stats->metadata_bytes += swiss_cache_size();
    stats->in_use_bytes = stats->span_bytes; /* all of the large blocks, and of the small ones' spans what is live */
    count_blocks(heap, &large, stats);
    stats->freed_bytes = stats->allocated_bytes - stats->in_use_bytes;
    swiss_spans_go(share->spans);
    swiss_os_lock_release(&swiss_heap_main.caches.lock, SWISS_RANK_REGISTRY);
    if (stats->scavenges)
        stats->last_scavenge = seconds_of(gave_at);
}

double swiss_heap_waste(const swiss_heap_stats *stats) {
    return stats->span_bytes ? 1.0 - (double)stats->in_use_bytes / (double)stats->span_bytes : 0.0;
}

double swiss_heap_fragmentation(const swiss_heap_stats *stats) {
    return stats->free_bytes ? 1.0 - (double)stats->longest_bytes / (double)stats->free_bytes : 0.0;
}

/* The caller's buffer, and the length of the text so far, also of what no longer fits. */
typedef struct report {
    char *buffer;
    size_t size, length;
} report;

#ifdef __GNUC__
__attribute__((format(printf, 2, 3)))
#endif
static void
add(report *to, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    bool fits = to->length < to->size;
    int length = vsnprintf(fits ? to->buffer + to->length : NULL, fits ? to->size - to->length : 0, format, arguments);
    va_end(arguments);
    to->length += length > 0 ? (size_t)length : 0;
}

/* The form of a number in Prometheus's text. */
typedef enum number_kind { NUMBER_GAUGE, NUMBER_COUNTER, NUMBER_TIME } number_kind;

typedef struct heap_number {
    const char *name;
    number_kind kind;
    uint64_t value;
    const char *help;
} heap_number;

/* A rate, which is written as whole and millionths, without the decimal comma of some locales. */
typedef struct heap_rate {
    const char *name;
    double value;
    const char *help;
} heap_rate;

#define HEAP_NUMBERS 23
#define HEAP_RATES 2

/* The numbers of a heap but for those of its classes, in the order in which each form has them. */
static void number_all(const swiss_heap_stats *stats, heap_number list[HEAP_NUMBERS]) {
    const heap_number all[HEAP_NUMBERS] = {
        {"mallocs", NUMBER_COUNTER, stats->mallocs, "Blocks allocated."},
        {"frees", NUMBER_COUNTER, stats->frees, "Blocks freed."},
        {"live", NUMBER_GAUGE, stats->mallocs - stats->frees, "Blocks allocated and not freed."},
        {"in_use_bytes", NUMBER_GAUGE, stats->in_use_bytes, "Usable bytes of the live blocks."},
        {"span_bytes", NUMBER_GAUGE, stats->span_bytes, "Pages in spans and in large blocks."},
        {"idle_bytes", NUMBER_GAUGE, stats->idle_bytes, "Free pages that still have memory."},
        {"committed_bytes", NUMBER_GAUGE, stats->committed_bytes, "Memory that may be touched."},
        {"reserved_bytes", NUMBER_GAUGE, stats->reserved_bytes, "Address space for blocks."},
        {"metadata_bytes", NUMBER_GAUGE, stats->metadata_bytes, "Records of the heap itself."},
        {"free_bytes", NUMBER_GAUGE, stats->free_bytes, "Free pages, with memory or without."},
        {"longest_bytes", NUMBER_GAUGE, stats->longest_bytes, "The longest run of free pages."},
        {"allocated_bytes", NUMBER_COUNTER, stats->allocated_bytes, "Usable bytes of all blocks allocated."},
        {"freed_bytes", NUMBER_COUNTER, stats->freed_bytes, "Usable bytes of all blocks freed."},
        {"peak_span_bytes", NUMBER_GAUGE, stats->peak_span_bytes, "The most that span_bytes was."},
        {"peak_memory_bytes", NUMBER_GAUGE, stats->peak_memory_bytes, "The most that span_bytes and idle_bytes were."},
        {"given_back_bytes", NUMBER_COUNTER, stats->given_back_bytes, "Memory that went back to the system."},
        {"scavenges", NUMBER_COUNTER, stats->scavenges, "Times that memory went back after a while."},
        {"last_scavenge", NUMBER_TIME, stats->last_scavenge, "When it last did, 0 for never."},
        {"soft_limit_bytes", NUMBER_GAUGE, stats->soft_limit_bytes,
         "Limit beyond which idle memory goes back, 0 for none."},
        {"hard_limit_bytes", NUMBER_GAUGE, stats->hard_limit_bytes,
         "Limit beyond which there is no memory, 0 for none."},
        {"soft_limit_hits", NUMBER_COUNTER, stats->soft_limit_hits, "Times that more was needed than the soft limit."},
        {"hard_limit_hits", NUMBER_COUNTER, stats->hard_limit_hits, "Times that the hard limit refused memory."},
        {"failures", NUMBER_COUNTER, stats->failures, "Times that a block was not to be had."},
    };
    memcpy(list, all, sizeof all);
}

static void rate_all(const swiss_heap_stats *stats, heap_rate list[HEAP_RATES]) {
    list[0] = (heap_rate){"waste", swiss_heap_waste(stats), "Part of span_bytes that no live block uses."};
    list[1] =
        (heap_rate){"fragmentation", swiss_heap_fragmentation(stats), "Part of free_bytes outside the longest run."};
}

static void add_rate(report *to, const char *format, const heap_rate *of) {
    unsigned millionths = (unsigned)(of->value * 1e6 + 0.5);
    add(to, format, of->name, millionths / 1000000, millionths % 1000000);
}

static void add_totals(report *to, const swiss_heap_stats *stats, const char *format, const char *rate_format) {
    heap_number numbers[HEAP_NUMBERS];
    heap_rate rates[HEAP_RATES];
    number_all(stats, numbers);
    rate_all(stats, rates);
    for (size_t i = 0; i < HEAP_NUMBERS; ++i)
        add(to, format, numbers[i].name, numbers[i].value);
    for (size_t i = 0; i < HEAP_RATES; ++i)
        add_rate(to, rate_format, &rates[i]);
}

/* Returns true if the class ever had anything. */
static bool class_counts(const swiss_heap_class_stats *of_class) {
    return of_class->mallocs || of_class->spans;
}

static void add_classes(report *to, const swiss_heap_stats *stats, const char *first, const char *others) {
    for (unsigned i = 0; i < SWISS_HEAP_CLASSES; ++i) {
        const swiss_heap_class_stats *of_class = &stats->classes[i];
        if (!class_counts(of_class))
            continue;
        add(to, first, (uint64_t)of_class->block_size, of_class->mallocs, of_class->frees,
            of_class->mallocs - of_class->frees, (uint64_t)of_class->spans);
        first = others;
    }
}

size_t swiss_heap_format_text(const swiss_heap_stats *stats, char *buffer, size_t size) {
    report to = {buffer, size, 0};
    add_totals(&to, stats, "%-17s %20" PRIu64 "\n", "%-17s %13u.%06u\n");
    add(&to, "%12s %16s %16s %16s %12s\n", "block_size", "mallocs", "frees", "live", "spans");
    const char *line = "%12" PRIu64 " %16" PRIu64 " %16" PRIu64 " %16" PRIu64 " %12" PRIu64 "\n";
    add_classes(&to, stats, line, line);
    return to.length;
}

#define JSON_CLASS                                                                                                     \
    "{\"block_size\":%" PRIu64 ",\"mallocs\":%" PRIu64 ",\"frees\":%" PRIu64 ",\"live\":%" PRIu64                      \
    ",\"spans\":%" PRIu64 "}"

size_t swiss_heap_format_json(const swiss_heap_stats *stats, char *buffer, size_t size) {
    report to = {buffer, size, 0};
    add(&to, "{");
    add_totals(&to, stats, "\"%s\":%" PRIu64 ",", "\"%s\":%u.%06u,");
    add(&to, "\"classes\":[");
    add_classes(&to, stats, JSON_CLASS, "," JSON_CLASS);
    add(&to, "]}");
    return to.length;
}

static void add_head(report *to, const char *name, const char *ending, const char *help, const char *type) {
    add(to, "# HELP swiss_heap_%s%s %s\n", name, ending, help);
    add(to, "# TYPE swiss_heap_%s%s %s\n", name, ending, type);
}

static void add_numbers(report *to, const swiss_heap_stats *stats) {
    static const char *const endings[] = {
        [NUMBER_GAUGE] = "", [NUMBER_COUNTER] = "_total", [NUMBER_TIME] = "_timestamp_seconds"};
    heap_number numbers[HEAP_NUMBERS];
    heap_rate rates[HEAP_RATES];
    number_all(stats, numbers);
    rate_all(stats, rates);
    for (size_t i = 0; i < HEAP_NUMBERS; ++i) {
        const heap_number *of = &numbers[i];
        add_head(to, of->name, endings[of->kind], of->help, of->kind == NUMBER_COUNTER ? "counter" : "gauge");
        add(to, "swiss_heap_%s%s %" PRIu64 "\n", of->name, endings[of->kind], of->value);
    }
    for (size_t i = 0; i < HEAP_RATES; ++i) {
        add_head(to, rates[i].name, "_ratio", rates[i].help, "gauge");
        add_rate(to, "swiss_heap_%s_ratio %u.%06u\n", &rates[i]);
    }
}

/* Adds one of the numbers that each class has: the lines of one name stand together. */
static void add_class_numbers(report *to, const swiss_heap_stats *stats, const char *name, unsigned which) {
    for (unsigned i = 0; i < SWISS_HEAP_CLASSES; ++i) {
        const swiss_heap_class_stats *of_class = &stats->classes[i];
        const uint64_t values[] = {of_class->mallocs, of_class->frees, of_class->spans};
        if (!class_counts(of_class))
            continue;
        if (of_class->block_size)
            add(to, "swiss_heap_%s{class=\"%" PRIu64 "\"} %" PRIu64 "\n", name, (uint64_t)of_class->block_size,
                values[which]);
        else
            add(to, "swiss_heap_%s{class=\"large\"} %" PRIu64 "\n", name, values[which]);
    }
}

size_t swiss_heap_format_prometheus(const swiss_heap_stats *stats, char *buffer, size_t size) {
    report to = {buffer, size, 0};
    add_numbers(&to, stats);
    add_head(&to, "class_mallocs", "_total", "Blocks of the class allocated.", "counter");
    add_class_numbers(&to, stats, "class_mallocs_total", 0);
    add_head(&to, "class_frees", "_total", "Blocks of the class freed.", "counter");
    add_class_numbers(&to, stats, "class_frees_total", 1);
    add_head(&to, "class_spans", "", "Spans of the class.", "gauge");
    add_class_numbers(&to, stats, "class_spans", 2);
    return to.length;
}
