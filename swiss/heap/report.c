/* report.c - a heap's statistics as rates, as text and as JSON.
 *
 * All of it is made from a swiss_heap_stats, so that it can be called where the heap cannot: the text is written to the
 * caller's buffer.
 */
#include "swiss/heap.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

double swiss_heap_waste(const swiss_heap_stats *stats) {
    return stats->span_bytes ? 1.0 - (double)stats->in_use_bytes / (double)stats->span_bytes : 0.0;
}

double swiss_heap_fragmentation(const swiss_heap_stats *stats) {
    return stats->free_bytes ? 1.0 - (double)stats->longest_bytes / (double)stats->free_bytes : 0.0;
}

/* Where the text goes on, and how long it is so far, also where it no longer fits. */
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

/* Without the decimal comma that some locales would give it. */
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
