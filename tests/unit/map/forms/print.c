/* print KIND CASE: writes the numbers of a map or a cache as JSON, for `check`, which reads them as a consumer would.
 * KIND is table or cache; CASE is `used`, `nothing`, or `largest`, the largest numbers that there are. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <swiss/map_stats.h>

#define SWISS_NAME numbers
#define SWISS_KEY int
#define SWISS_VALUE int
#include <swiss/map.h>

#define SWISS_NAME number_cache
#define SWISS_KEY int
#define SWISS_VALUE int
#include <swiss/cache.h>

static swiss_table_stats stats_of_map(const char *which) {
    numbers map = {0};
    swiss_table_stats stats;
    for (int i = 0; strcmp(which, "used") == 0 && i < 7000; ++i)
        (void)numbers_insert(&map, i, i);
    stats = numbers_stats(&map);
    numbers_free(&map);
    if (strcmp(which, "largest") == 0) {
        memset(&stats, 0xFF, sizeof stats);
        stats.load_factor = 1;
        stats.mean_probe_hit = stats.mean_probe_miss = 999999999999;
    }
    return stats;
}

static swiss_cache_stats stats_of_cache(const char *which) {
    number_cache cache;
    const number_cache_options options = {.capacity = 100};
    swiss_cache_stats stats = {0};
    if (!number_cache_init(&cache, &options))
        return stats;
    for (int i = 0; strcmp(which, "used") == 0 && i < 1000; ++i) {
        (void)number_cache_put(&cache, i, i);
        (void)number_cache_get(&cache, i % 128);
    }
    stats = number_cache_stats(&cache);
    number_cache_free(&cache);
    if (strcmp(which, "largest") == 0)
        memset(&stats, 0xFF, sizeof stats);
    return stats;
}

int main(int count, char **words) {
    char text[SWISS_STATS_TEXT];
    size_t length;
    if (count != 3)
        return 2;
    if (strcmp(words[1], "table") == 0) {
        const swiss_table_stats stats = stats_of_map(words[2]);
        length = swiss_table_format_json(&stats, text, sizeof text);
    } else {
        const swiss_cache_stats stats = stats_of_cache(words[2]);
        length = swiss_cache_format_json(&stats, text, sizeof text);
    }
    return length < sizeof text && fwrite(text, 1, length, stdout) == length ? 0 : 1;
}
