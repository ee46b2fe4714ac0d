/* map_stats.h - the numbers of a map, a set or a cache as text and as JSON.
 *
 *     swiss_table_stats stats = words_stats(&words); // table.h says what they mean
 *     char text[SWISS_STATS_TEXT];
 *     swiss_table_format_text(&stats, text, sizeof text);
 *     fputs(text, stderr);
 *
 * It is a header of its own so that programs that do not print them have nothing of it.
 */
#ifndef SWISS_MAP_STATS_H
#define SWISS_MAP_STATS_H

#include "base.h"

SWISS_BEGIN_C

struct swiss_table_stats;
struct swiss_cache_stats;

/* Bytes, with the 0 at the end, that are enough for whatever is written below. */
#define SWISS_STATS_TEXT 2048

/* Writes the numbers of a map as lines of text, or as one JSON object: those of the structure under the names of its
 * members. The text ends with a histogram: how many groups finding each entry visits, and a search in vain from
 * wherever it may begin; lengths that do not occur are left out. As snprintf, each writes at most `size` bytes, the
 * last of them 0, and returns the length of the whole text in bytes. They allocate nothing, and need nothing of the C
 * library. O(1). swiss/doc/table_stats.schema.json is the JSON Schema of what swiss_table_format_json writes. */
SWISS_API size_t swiss_table_format_text(const struct swiss_table_stats *stats, char *buffer, size_t size);
SWISS_API size_t swiss_table_format_json(const struct swiss_table_stats *stats, char *buffer, size_t size);

/* The same of a cache (cache.h); and hit_rate, hits / (hits + misses), which is 0 if there were none. The schema is
 * swiss/doc/cache_stats.schema.json. */
SWISS_API size_t swiss_cache_format_text(const struct swiss_cache_stats *stats, char *buffer, size_t size);
SWISS_API size_t swiss_cache_format_json(const struct swiss_cache_stats *stats, char *buffer, size_t size);

SWISS_END_C

#endif
