/* stats.c - a heap's statistics: the numbers, and their text and JSON.
 *
 *     each cache, each central: blocks allocated and freed      each share: spans, large blocks      page heap: pages
 *                                   \______________________________|______________________________/
 *     get_stats, while spans are stopped:               swiss_heap_stats  --> waste, fragmentation, text, JSON
 *
 * Get. Adds up what the owners have counted, while no span is made or ended.
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

SWISS_STATIC_ASSERT(SWISS_HEAP_CLASSES == SWISS_CLASS_COUNT, "the statistics have an entry for each size class");

/* Adds up what the owners have counted of a class. Spans are stopped. */
static void count_class(swiss_heap *heap, unsigned size_class, uint64_t *mallocs, uint64_t *frees) {
    const swiss_central *central = swiss_heap_central(heap, size_class);
    if (!size_class) {
        *mallocs = atomic_load_explicit(&heap->share.large_mallocs, memory_order_relaxed);
        *frees = *mallocs - heap->share.alive[0];
        return;
    }
    *frees = central ? atomic_load_explicit(&central->tally.frees, memory_order_acquire) : 0;
    *mallocs = central ? atomic_load_explicit(&central->tally.mallocs, memory_order_relaxed) : 0;
    if (swiss_heap_is_main(heap))
        swiss_cache_count(&swiss_heap_main.caches, size_class, mallocs, frees);
}

/* Fills in the numbers of each class. Threads allocate meanwhile, and a thread's frees are only known from what it has
 * cached. So there could seem to be more frees than mallocs, a negative number of frees, or more live blocks than
 * slots; the numbers are kept within what is possible. Spans are stopped. */
static void count_blocks(swiss_heap *heap, swiss_heap_stats *stats) {
    for (unsigned i = 0; i < SWISS_CLASS_COUNT; ++i) {
        swiss_heap_class_stats *of_class = &stats->classes[i];
        const size_t size = swiss_class_size[i], bytes = swiss_class_pages[i] * SWISS_PAGE_SIZE;
        uint64_t mallocs, frees;
        count_class(heap, i, &mallocs, &frees);
        of_class->block_size = size;
        of_class->spans = heap->share.alive[i];
        const uint64_t slots = of_class->spans * (i ? bytes / size : 1), most = mallocs < slots ? mallocs : slots;
        uint64_t alive = (int64_t)(mallocs - frees) < 0 ? 0 : mallocs - frees;
        alive = alive < most ? alive : most;
        of_class->mallocs = mallocs;
        of_class->frees = mallocs - alive;
        stats->mallocs += mallocs;
        stats->frees += of_class->frees;
        stats->in_use_bytes -= of_class->spans * bytes; /* from all bytes of spans and large blocks */
        stats->in_use_bytes += (size_t)alive * size;
    }
}

/* Counts the free pages for the default heap, whichever heap uses them next. Pages in thread caches are not in use, and
 * not idle before they are touched. */
static void count_free(swiss_share *share, swiss_heap_stats *stats) {
    const swiss_spans *spans = share->spans;
    const swiss_pages *pages = &spans->pages;
    const size_t kept = spans->mappings.kept.size;
    size_t untouched, at_hand = swiss_spans_count(share, &untouched), used = pages->used_pages - at_hand;
    stats->span_bytes -= at_hand * SWISS_PAGE_SIZE;
    stats->idle_bytes = (pages->touched_pages - untouched - used) * SWISS_PAGE_SIZE + kept;
    stats->committed_bytes += (pages->committed_pages - pages->used_pages) * SWISS_PAGE_SIZE + kept;
    stats->reserved_bytes +=
        (swiss_pages_reserved(pages) - pages->used_pages) * SWISS_PAGE_SIZE + swiss_segment_huge_reserved(kept);
    stats->metadata_bytes += swiss_pages_metadata(pages) + spans->records.bytes;
    stats->free_bytes = pages->tree.count * SWISS_SEGMENT_SIZE - used * SWISS_PAGE_SIZE;
    stats->longest_bytes = swiss_pages_longest(pages) * SWISS_PAGE_SIZE;
}

void swiss_heap_get_stats(const swiss_heap *asked, swiss_heap_stats *stats) {
    swiss_heap *heap = swiss_heap_or_default(asked);
    swiss_share *share = &heap->share;
    memset(stats, 0, sizeof *stats);
    swiss_os_lock_acquire(&swiss_heap_main.caches.lock, SWISS_RANK_REGISTRY);
    swiss_spans_stop(share->spans);
    const swiss_held held = swiss_share_held(share);
    stats->span_bytes = held.pages * SWISS_PAGE_SIZE + held.huge_bytes;
    stats->committed_bytes = stats->span_bytes;
    stats->reserved_bytes = held.pages * SWISS_PAGE_SIZE + held.huge_reserved;
    stats->metadata_bytes = swiss_registry_bytes(heap);
    if (share->main)
        count_free(share, stats);
    for (swiss_cache *cache = swiss_heap_is_main(heap) ? swiss_heap_main.caches.all : NULL; cache; cache = cache->next)
        stats->metadata_bytes += swiss_cache_size();
    stats->in_use_bytes = stats->span_bytes; /* all of the large blocks, and of the small ones' spans what is live */
    count_blocks(heap, stats);
    swiss_spans_go(share->spans);
    swiss_os_lock_release(&swiss_heap_main.caches.lock, SWISS_RANK_REGISTRY);
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

/* Adds a rate, without the decimal comma of some locales. */
static void add_rate(report *to, const char *format, const char *name, double rate) {
    unsigned millionths = (unsigned)(rate * 1e6 + 0.5);
    add(to, format, name, millionths / 1000000, millionths % 1000000);
}

static void add_totals(report *to, const swiss_heap_stats *stats, const char *format, const char *rate) {
    const struct {
        const char *name;
        uint64_t value;
    } totals[] = {
        {"mallocs", stats->mallocs},
        {"frees", stats->frees},
        {"in_use_bytes", stats->in_use_bytes},
        {"span_bytes", stats->span_bytes},
        {"idle_bytes", stats->idle_bytes},
        {"committed_bytes", stats->committed_bytes},
        {"reserved_bytes", stats->reserved_bytes},
        {"metadata_bytes", stats->metadata_bytes},
        {"free_bytes", stats->free_bytes},
        {"longest_bytes", stats->longest_bytes},
    };
    for (size_t i = 0; i < sizeof totals / sizeof *totals; ++i)
        add(to, format, totals[i].name, totals[i].value);
    add_rate(to, rate, "waste", swiss_heap_waste(stats));
    add_rate(to, rate, "fragmentation", swiss_heap_fragmentation(stats));
}

static void add_classes(report *to, const swiss_heap_stats *stats, const char *first, const char *others) {
    for (unsigned i = 0; i < SWISS_HEAP_CLASSES; ++i) {
        const swiss_heap_class_stats *of_class = &stats->classes[i];
        if (!of_class->mallocs && !of_class->spans)
            continue;
        add(to, first, (uint64_t)of_class->block_size, of_class->mallocs, of_class->frees,
            of_class->mallocs - of_class->frees, (uint64_t)of_class->spans);
        first = others;
    }
}

size_t swiss_heap_format_text(const swiss_heap_stats *stats, char *buffer, size_t size) {
    report to = {buffer, size, 0};
    add_totals(&to, stats, "%-16s %20" PRIu64 "\n", "%-16s %13u.%06u\n");
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
