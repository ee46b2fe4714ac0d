/* What map_stats.h writes: every byte of it for known numbers, buffers of every size, and no memory taken. */
#include "tests/support.h"
#include <math.h>
#include <stdio.h>
#include <swiss/arena.h>
#include <swiss/map_stats.h>

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

#define SWISS_NAME squares
#define SWISS_KEY int
#define SWISS_VALUE int
#include <swiss/cache.h>

typedef size_t (*table_writer)(const swiss_table_stats *stats, char *buffer, size_t size);

/* Whatever the size of the buffer, what fits is written, a 0 ends it, and the length is that of the whole. */
static void check_sizes(table_writer write, const swiss_table_stats *stats) {
    char whole[SWISS_STATS_TEXT], part[SWISS_STATS_TEXT + 1];
    const size_t length = write(stats, whole, sizeof whole);
    assert_true(length < sizeof whole);
    assert_int_equal(strlen(whole), length);
    assert_int_equal(write(stats, NULL, 0), length);
    for (size_t size = 1; size <= length + 1; ++size) {
        memset(part, '!', sizeof part);
        assert_int_equal(write(stats, part, size), length);
        assert_int_equal(strlen(part), size - 1);
        assert_memory_equal(part, whole, size - 1);
        assert_int_equal(part[size], '!');
    }
}

static void known_numbers(void **state) {
    (void)state;
    const swiss_table_stats stats = {.size = 40,
                                     .capacity = 64,
                                     .retired = 7,
                                     .groups = 4,
                                     .overflow_bits = 2,
                                     .bytes = 596,
                                     .entry_bytes = 320,
                                     .unused_bytes = 192,
                                     .control_bytes = 64,
                                     .overflow_bytes = 4,
                                     .other_bytes = 16,
                                     .header_bytes = 72,
                                     .load_factor = 0.625,
                                     .mean_probe_hit = 1.8,
                                     .mean_probe_miss = 1.09375,
                                     .max_probe = 9,
                                     .probe_hits = {0, 20, 19, 0, 0, 0, 0, 1},
                                     .probe_misses = {0, 30, 1, 1}};
    char text[SWISS_STATS_TEXT];
    swiss_table_format_text(&stats, text, sizeof text);
    assert_string_equal(text, "size                              40\n"
                              "capacity                          64\n"
                              "load_factor                 0.625000\n"
                              "retired                            7\n"
                              "groups                             4\n"
                              "overflow_bits                      2\n"
                              "bytes                            596\n"
                              "entry_bytes                      320\n"
                              "unused_bytes                     192\n"
                              "control_bytes                     64\n"
                              "overflow_bytes                     4\n"
                              "other_bytes                       16\n"
                              "header_bytes                      72\n"
                              "mean_probe_hit              1.800000\n"
                              "mean_probe_miss             1.093750\n"
                              "max_probe                          9\n"
                              "groups visited               entries    searches in vain\n"
                              "             1                    20                  30  ####################\n"
                              "             2                    19                   1  ###################\n"
                              "             3                     0                   1\n"
                              "             7+                    1                   0  #\n");
    swiss_table_format_json(&stats, text, sizeof text);
    assert_string_equal(text, "{\"size\":40,\"capacity\":64,\"load_factor\":0.625000,\"retired\":7,\"groups\":4,"
                              "\"overflow_bits\":2,\"bytes\":596,\"entry_bytes\":320,\"unused_bytes\":192,"
                              "\"control_bytes\":64,\"overflow_bytes\":4,\"other_bytes\":16,\"header_bytes\":72,"
                              "\"mean_probe_hit\":1.800000,\"mean_probe_miss\":1.093750,\"max_probe\":9,"
                              "\"probe_hits\":[0,20,19,0,0,0,0,1],\"probe_misses\":[0,30,1,1,0,0,0,0]}");
    check_sizes(swiss_table_format_text, &stats);
    check_sizes(swiss_table_format_json, &stats);
}

/* The buffer that the header calls enough is, for numbers that no map has. */
static void the_largest(void **state) {
    (void)state;
    swiss_table_stats stats;
    swiss_cache_stats cache;
    char text[SWISS_STATS_TEXT];
    memset(&stats, 0xFF, sizeof stats);
    memset(&cache, 0xFF, sizeof cache);
    stats.load_factor = stats.mean_probe_hit = stats.mean_probe_miss = 999999999.5;
    assert_true(swiss_table_format_text(&stats, text, sizeof text) < sizeof text);
    assert_true(swiss_table_format_json(&stats, text, sizeof text) < sizeof text);
    assert_non_null(strstr(text, "999999999.500000"));
    stats.load_factor = HUGE_VAL; /* is none: what is written stays JSON */
    stats.mean_probe_hit = -1;
    stats.mean_probe_miss = (double)NAN;
    assert_true(swiss_table_format_json(&stats, text, sizeof text) < sizeof text);
    assert_non_null(strstr(text, "\"load_factor\":0.000000"));
    assert_non_null(strstr(text, "\"mean_probe_hit\":0.000000,\"mean_probe_miss\":0.000000"));
    assert_true(swiss_cache_format_text(&cache, text, sizeof text) < sizeof text);
    assert_true(swiss_cache_format_json(&cache, text, sizeof text) < sizeof text);
}

/* Empty maps, and a map whose block is in an arena, which has no more memory afterwards than before. */
static void maps(void **state) {
    (void)state;
    u64_map map = {0};
    swiss_table_stats stats = u64_map_stats(&map);
    char text[SWISS_STATS_TEXT];
    swiss_table_format_json(&stats, text, sizeof text);
    assert_non_null(strstr(text, "\"size\":0,\"capacity\":0,\"load_factor\":0.000000,"));
    swiss_table_format_text(&stats, text, sizeof text);
    assert_non_null(strstr(text, "groups visited               entries    searches in vain\n"));
    assert_string_equal(strstr(text, "vain\n"), "vain\n");

    swiss_arena arena = {0};
    const swiss_options options = {.allocator = swiss_arena_allocator(&arena), .seed = 1};
    assert_true(u64_map_init(&map, &options));
    for (uint64_t i = 0; i < 1000; ++i)
        assert_true(u64_map_insert(&map, i, i).inserted);
    const size_t used = swiss_arena_get_stats(&arena).used;
    stats = u64_map_stats(&map);
    swiss_table_format_text(&stats, text, sizeof text);
    assert_int_equal(swiss_arena_get_stats(&arena).used, used);
    char line[64];
    snprintf(line, sizeof line, "%-16s%20zu\n", "bytes", stats.bytes);
    assert_non_null(strstr(text, line));
    assert_non_null(strstr(text, "\n             1  "));
    swiss_arena_free(&arena);
}

static void caches(void **state) {
    (void)state;
    squares cache;
    const squares_options options = {.capacity = 2};
    assert_true(squares_init(&cache, &options));
    for (int i = 0; i < 3; ++i)
        (void)squares_put(&cache, i, i * i);
    for (int i = 0; i < 3; ++i)
        (void)squares_get(&cache, i);
    const swiss_cache_stats stats = squares_stats(&cache);
    char text[SWISS_STATS_TEXT];
    swiss_cache_format_json(&stats, text, sizeof text);
    assert_string_equal(text,
                        "{\"entries\":2,\"pinned\":0,\"weak\":0,\"cost\":2,\"capacity\":2,\"hits\":2,\"misses\":1,"
                        "\"hit_rate\":0.666667,\"insertions\":3,\"replacements\":0,\"evictions\":1,"
                        "\"expirations\":0,\"removals\":0,\"refusals\":0,\"loads\":0,\"failures\":0,"
                        "\"revivals\":0}");
    const size_t length = swiss_cache_format_text(&stats, text, sizeof text);
    assert_int_equal(strlen(text), length);
    assert_non_null(strstr(text, "hit_rate                    0.666667\n"));
    squares_free(&cache);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_numbers),
        cmocka_unit_test(the_largest),
        cmocka_unit_test(maps),
        cmocka_unit_test(caches),
    };
    return RUN_TESTS(tests);
}
