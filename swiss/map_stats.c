/* map_stats.c - the numbers of a map or a cache as text and as JSON. They come from table.c and cache.c; here they are
 * only written, into the caller's buffer, without stdio, which the map half does without. */
#include "swiss/map_stats.h"
#include "swiss/detail/cache_core.h"
#include "swiss/table.h"

enum {
    NAME_WIDTH = 16,
    NUMBER_WIDTH = 20, /* the digits of UINT64_MAX */
    BAR_WIDTH = 40,
};

/* The caller's buffer, and the length of the text so far, also of what no longer fits. */
typedef struct stats_text {
    char *buffer;
    size_t size, length;
    bool json;
} stats_text;

static void write_char(stats_text *to, char one) {
    if (to->length < to->size)
        to->buffer[to->length] = one;
    to->length += 1;
}

static void write_chars(stats_text *to, char one, size_t count) {
    while (count--)
        write_char(to, one);
}

static void write_words(stats_text *to, const char *text) {
    while (*text)
        write_char(to, *text++);
}

/* Writes a text, at the beginning of `width` columns. */
static void write_padded(stats_text *to, const char *text, size_t width) {
    const size_t end = to->length + width;
    write_words(to, text);
    write_chars(to, ' ', end - to->length);
}

/* Writes a number, to the right of `width` columns. */
static void write_digits(stats_text *to, uint64_t value, size_t width, char before) {
    char digits[NUMBER_WIDTH];
    size_t count = 0;
    do
        digits[count++] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    write_chars(to, before, width > count ? width - count : 0);
    while (count)
        write_char(to, digits[--count]);
}

/* The beginning of a line, or of a member. */
static void write_name(stats_text *to, const char *name) {
    if (to->json) {
        write_words(to, to->length > 1 ? ",\"" : "\"");
        write_words(to, name);
        write_words(to, "\":");
    } else {
        write_padded(to, name, NAME_WIDTH);
    }
}

static void write_count(stats_text *to, const char *name, uint64_t value) {
    write_name(to, name);
    write_digits(to, value, to->json ? 0 : NUMBER_WIDTH, ' ');
    if (!to->json)
        write_char(to, '\n');
}

/* Writes a rate or a mean, whole and millionths: no locale has a part in it. */
static void write_rate(stats_text *to, const char *name, double value) {
    const bool is_known = value >= 0 && value < 1e12; /* what stats says is */
    const uint64_t millionths = is_known ? (uint64_t)(value * 1e6 + 0.5) : 0;
    write_name(to, name);
    write_digits(to, millionths / 1000000, to->json ? 0 : NUMBER_WIDTH - 7, ' ');
    write_char(to, '.');
    write_digits(to, millionths % 1000000, 6, '0');
    if (!to->json)
        write_char(to, '\n');
}

static void write_list(stats_text *to, const char *name, const size_t probes[SWISS_TABLE_PROBES]) {
    write_name(to, name);
    for (size_t i = 0; i < SWISS_TABLE_PROBES; ++i) {
        write_char(to, i ? ',' : '[');
        write_digits(to, probes[i], 0, ' ');
    }
    write_char(to, ']');
}

static stats_text begin_stats(char *buffer, size_t size, bool json) {
    stats_text to = {buffer, size, 0, json};
    if (json)
        write_char(&to, '{');
    return to;
}

static size_t end_stats(stats_text *to) {
    if (to->json)
        write_char(to, '}');
    if (to->size)
        to->buffer[to->length < to->size ? to->length : to->size - 1] = 0;
    return to->length;
}

static void write_table(stats_text *to, const swiss_table_stats *stats) {
    write_count(to, "size", stats->size);
    write_count(to, "capacity", stats->capacity);
    write_rate(to, "load_factor", stats->load_factor);
    write_count(to, "retired", stats->retired);
    write_count(to, "groups", stats->groups);
    write_count(to, "overflow_bits", stats->overflow_bits);
    write_count(to, "bytes", stats->bytes);
    write_count(to, "entry_bytes", stats->entry_bytes);
    write_count(to, "unused_bytes", stats->unused_bytes);
    write_count(to, "control_bytes", stats->control_bytes);
    write_count(to, "overflow_bytes", stats->overflow_bytes);
    write_count(to, "other_bytes", stats->other_bytes);
    write_count(to, "header_bytes", stats->header_bytes);
    write_rate(to, "mean_probe_hit", stats->mean_probe_hit);
    write_rate(to, "mean_probe_miss", stats->mean_probe_miss);
    write_count(to, "max_probe", stats->max_probe);
}

/* A line for each number of groups. The bar is the part of the entries, and not empty if there is one. */
static void write_histogram(stats_text *to, const swiss_table_stats *stats) {
    write_words(to, "groups visited               entries    searches in vain\n");
    for (size_t i = 0; i < SWISS_TABLE_PROBES; ++i) {
        const size_t hits = stats->probe_hits[i], misses = stats->probe_misses[i];
        if (hits == 0 && misses == 0)
            continue;
        write_digits(to, i, NAME_WIDTH - 2, ' ');
        write_words(to, i == SWISS_TABLE_PROBES - 1 ? "+ " : "  ");
        write_digits(to, hits, NUMBER_WIDTH, ' ');
        write_digits(to, misses, NUMBER_WIDTH, ' ');
        if (hits) {
            const double part = (double)hits / (double)(hits > stats->size ? hits : stats->size);
            write_words(to, "  ");
            write_chars(to, '#', 1 + (size_t)(part * (BAR_WIDTH - 1)));
        }
        write_char(to, '\n');
    }
}

size_t swiss_table_format_text(const swiss_table_stats *stats, char *buffer, size_t size) {
    stats_text to = begin_stats(buffer, size, false);
    write_table(&to, stats);
    write_histogram(&to, stats);
    return end_stats(&to);
}

size_t swiss_table_format_json(const swiss_table_stats *stats, char *buffer, size_t size) {
    stats_text to = begin_stats(buffer, size, true);
    write_table(&to, stats);
    write_list(&to, "probe_hits", stats->probe_hits);
    write_list(&to, "probe_misses", stats->probe_misses);
    return end_stats(&to);
}

static size_t format_cache(const swiss_cache_stats *stats, char *buffer, size_t size, bool json) {
    const double hits = (double)stats->hits, asked = hits + (double)stats->misses;
    stats_text to = begin_stats(buffer, size, json);
    write_count(&to, "entries", stats->entries);
    write_count(&to, "pinned", stats->pinned);
    write_count(&to, "weak", stats->weak);
    write_count(&to, "cost", stats->cost);
    write_count(&to, "capacity", stats->capacity);
    write_count(&to, "hits", stats->hits);
    write_count(&to, "misses", stats->misses);
    write_rate(&to, "hit_rate", asked > 0 ? hits / asked : 0);
    write_count(&to, "insertions", stats->insertions);
    write_count(&to, "replacements", stats->replacements);
    write_count(&to, "evictions", stats->evictions);
    write_count(&to, "expirations", stats->expirations);
    write_count(&to, "removals", stats->removals);
    write_count(&to, "refusals", stats->refusals);
    write_count(&to, "loads", stats->loads);
    write_count(&to, "failures", stats->failures);
    write_count(&to, "revivals", stats->revivals);
    return end_stats(&to);
}

size_t swiss_cache_format_text(const swiss_cache_stats *stats, char *buffer, size_t size) {
    return format_cache(stats, buffer, size, false);
}

size_t swiss_cache_format_json(const swiss_cache_stats *stats, char *buffer, size_t size) {
    return format_cache(stats, buffer, size, true);
}
