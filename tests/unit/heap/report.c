/* Statistics as rates, as text, as JSON and in Prometheus's form: made of numbers that the test chooses, so that every
 * character is known. */
#include "tests/support.h"
#include <locale.h>
#include <swiss/heap_stats.h>

/* Numbers of which each is another. */
static swiss_heap_stats make_stats(void) {
    swiss_heap_stats stats;
    memset(&stats, 0, sizeof stats);
    stats.mallocs = 12;
    stats.frees = 5;
    stats.in_use_bytes = 3000;
    stats.span_bytes = 4000;
    stats.idle_bytes = 16384;
    stats.committed_bytes = 32768;
    stats.reserved_bytes = 67108864;
    stats.metadata_bytes = 777;
    stats.free_bytes = 300;
    stats.longest_bytes = 100;
    stats.allocated_bytes = 123456;
    stats.freed_bytes = 120456;
    stats.peak_span_bytes = 40000;
    stats.peak_memory_bytes = 50000;
    stats.given_back_bytes = 81920;
    stats.scavenges = 6;
    stats.last_scavenge = 1700000000;
    stats.soft_limit_bytes = 1000000;
    stats.hard_limit_bytes = 2000000;
    stats.soft_limit_hits = 8;
    stats.hard_limit_hits = 9;
    stats.failures = 11;
    stats.classes[0] = (swiss_heap_class_stats){0, 2, 1, 1};
    stats.classes[3].block_size = 24; /* of which there never was one: left out */
    stats.classes[7] = (swiss_heap_class_stats){96, 10, 4, 2};
    stats.classes[68] = (swiss_heap_class_stats){32768, 0, 0, 3}; /* only a span */
    return stats;
}

static const char json[] =
    "{\"mallocs\":12,\"frees\":5,\"live\":7,\"in_use_bytes\":3000,\"span_bytes\":4000,\"idle_bytes\":16384,"
    "\"committed_bytes\":32768,\"reserved_bytes\":67108864,\"metadata_bytes\":777,\"free_bytes\":300,"
    "\"longest_bytes\":100,\"allocated_bytes\":123456,\"freed_bytes\":120456,\"peak_span_bytes\":40000,"
    "\"peak_memory_bytes\":50000,\"given_back_bytes\":81920,\"scavenges\":6,\"last_scavenge\":1700000000,"
    "\"soft_limit_bytes\":1000000,\"hard_limit_bytes\":2000000,\"soft_limit_hits\":8,\"hard_limit_hits\":9,"
    "\"failures\":11,"
    "\"waste\":0.250000,\"fragmentation\":0.666667,\"classes\":["
    "{\"block_size\":0,\"mallocs\":2,\"frees\":1,\"live\":1,\"spans\":1},"
    "{\"block_size\":96,\"mallocs\":10,\"frees\":4,\"live\":6,\"spans\":2},"
    "{\"block_size\":32768,\"mallocs\":0,\"frees\":0,\"live\":0,\"spans\":3}]}";

static const char text[] = "mallocs                             12\n"
                           "frees                                5\n"
                           "live                                 7\n"
                           "in_use_bytes                      3000\n"
                           "span_bytes                        4000\n"
                           "idle_bytes                       16384\n"
                           "committed_bytes                  32768\n"
                           "reserved_bytes                67108864\n"
                           "metadata_bytes                     777\n"
                           "free_bytes                         300\n"
                           "longest_bytes                      100\n"
                           "allocated_bytes                 123456\n"
                           "freed_bytes                     120456\n"
                           "peak_span_bytes                  40000\n"
                           "peak_memory_bytes                50000\n"
                           "given_back_bytes                 81920\n"
                           "scavenges                            6\n"
                           "last_scavenge               1700000000\n"
                           "soft_limit_bytes               1000000\n"
                           "hard_limit_bytes               2000000\n"
                           "soft_limit_hits                      8\n"
                           "hard_limit_hits                      9\n"
                           "failures                            11\n"
                           "waste                         0.250000\n"
                           "fragmentation                 0.666667\n"
                           "  block_size          mallocs            frees             live        spans\n"
                           "           0                2                1                1            1\n"
                           "          96               10                4                6            2\n"
                           "       32768                0                0                0            3\n";

static const char prometheus_totals[] =
    "# HELP swiss_heap_mallocs_total Blocks allocated.\n"
    "# TYPE swiss_heap_mallocs_total counter\n"
    "swiss_heap_mallocs_total 12\n"
    "# HELP swiss_heap_frees_total Blocks freed.\n"
    "# TYPE swiss_heap_frees_total counter\n"
    "swiss_heap_frees_total 5\n"
    "# HELP swiss_heap_live Blocks allocated and not freed.\n"
    "# TYPE swiss_heap_live gauge\n"
    "swiss_heap_live 7\n"
    "# HELP swiss_heap_in_use_bytes Usable bytes of the live blocks.\n"
    "# TYPE swiss_heap_in_use_bytes gauge\n"
    "swiss_heap_in_use_bytes 3000\n"
    "# HELP swiss_heap_span_bytes Pages in spans and in large blocks.\n"
    "# TYPE swiss_heap_span_bytes gauge\n"
    "swiss_heap_span_bytes 4000\n"
    "# HELP swiss_heap_idle_bytes Free pages that still have memory.\n"
    "# TYPE swiss_heap_idle_bytes gauge\n"
    "swiss_heap_idle_bytes 16384\n"
    "# HELP swiss_heap_committed_bytes Memory that may be touched.\n"
    "# TYPE swiss_heap_committed_bytes gauge\n"
    "swiss_heap_committed_bytes 32768\n"
    "# HELP swiss_heap_reserved_bytes Address space for blocks.\n"
    "# TYPE swiss_heap_reserved_bytes gauge\n"
    "swiss_heap_reserved_bytes 67108864\n"
    "# HELP swiss_heap_metadata_bytes Records of the heap itself.\n"
    "# TYPE swiss_heap_metadata_bytes gauge\n"
    "swiss_heap_metadata_bytes 777\n"
    "# HELP swiss_heap_free_bytes Free pages, with memory or without.\n"
    "# TYPE swiss_heap_free_bytes gauge\n"
    "swiss_heap_free_bytes 300\n"
    "# HELP swiss_heap_longest_bytes The longest run of free pages.\n"
    "# TYPE swiss_heap_longest_bytes gauge\n"
    "swiss_heap_longest_bytes 100\n"
    "# HELP swiss_heap_allocated_bytes_total Usable bytes of all blocks allocated.\n"
    "# TYPE swiss_heap_allocated_bytes_total counter\n"
    "swiss_heap_allocated_bytes_total 123456\n"
    "# HELP swiss_heap_freed_bytes_total Usable bytes of all blocks freed.\n"
    "# TYPE swiss_heap_freed_bytes_total counter\n"
    "swiss_heap_freed_bytes_total 120456\n"
    "# HELP swiss_heap_peak_span_bytes The most that span_bytes was.\n"
    "# TYPE swiss_heap_peak_span_bytes gauge\n"
    "swiss_heap_peak_span_bytes 40000\n"
    "# HELP swiss_heap_peak_memory_bytes The most that span_bytes and idle_bytes were.\n"
    "# TYPE swiss_heap_peak_memory_bytes gauge\n"
    "swiss_heap_peak_memory_bytes 50000\n"
    "# HELP swiss_heap_given_back_bytes_total Memory that went back to the system.\n"
    "# TYPE swiss_heap_given_back_bytes_total counter\n"
    "swiss_heap_given_back_bytes_total 81920\n"
    "# HELP swiss_heap_scavenges_total Times that memory went back after a while.\n"
    "# TYPE swiss_heap_scavenges_total counter\n"
    "swiss_heap_scavenges_total 6\n"
    "# HELP swiss_heap_last_scavenge_timestamp_seconds When it last did, 0 for never.\n"
    "# TYPE swiss_heap_last_scavenge_timestamp_seconds gauge\n"
    "swiss_heap_last_scavenge_timestamp_seconds 1700000000\n"
    "# HELP swiss_heap_soft_limit_bytes Limit beyond which idle memory goes back, 0 for none.\n"
    "# TYPE swiss_heap_soft_limit_bytes gauge\n"
    "swiss_heap_soft_limit_bytes 1000000\n"
    "# HELP swiss_heap_hard_limit_bytes Limit beyond which there is no memory, 0 for none.\n"
    "# TYPE swiss_heap_hard_limit_bytes gauge\n"
    "swiss_heap_hard_limit_bytes 2000000\n"
    "# HELP swiss_heap_soft_limit_hits_total Times that more was needed than the soft limit.\n"
    "# TYPE swiss_heap_soft_limit_hits_total counter\n"
    "swiss_heap_soft_limit_hits_total 8\n"
    "# HELP swiss_heap_hard_limit_hits_total Times that the hard limit refused memory.\n"
    "# TYPE swiss_heap_hard_limit_hits_total counter\n"
    "swiss_heap_hard_limit_hits_total 9\n"
    "# HELP swiss_heap_failures_total Times that a block was not to be had.\n"
    "# TYPE swiss_heap_failures_total counter\n"
    "swiss_heap_failures_total 11\n"
    "# HELP swiss_heap_waste_ratio Part of span_bytes that no live block uses.\n"
    "# TYPE swiss_heap_waste_ratio gauge\n"
    "swiss_heap_waste_ratio 0.250000\n"
    "# HELP swiss_heap_fragmentation_ratio Part of free_bytes outside the longest run.\n"
    "# TYPE swiss_heap_fragmentation_ratio gauge\n"
    "swiss_heap_fragmentation_ratio 0.666667\n";

static const char prometheus_classes[] = "# HELP swiss_heap_class_mallocs_total Blocks of the class allocated.\n"
                                         "# TYPE swiss_heap_class_mallocs_total counter\n"
                                         "swiss_heap_class_mallocs_total{class=\"large\"} 2\n"
                                         "swiss_heap_class_mallocs_total{class=\"96\"} 10\n"
                                         "swiss_heap_class_mallocs_total{class=\"32768\"} 0\n"
                                         "# HELP swiss_heap_class_frees_total Blocks of the class freed.\n"
                                         "# TYPE swiss_heap_class_frees_total counter\n"
                                         "swiss_heap_class_frees_total{class=\"large\"} 1\n"
                                         "swiss_heap_class_frees_total{class=\"96\"} 4\n"
                                         "swiss_heap_class_frees_total{class=\"32768\"} 0\n"
                                         "# HELP swiss_heap_class_spans Spans of the class.\n"
                                         "# TYPE swiss_heap_class_spans gauge\n"
                                         "swiss_heap_class_spans{class=\"large\"} 1\n"
                                         "swiss_heap_class_spans{class=\"96\"} 2\n"
                                         "swiss_heap_class_spans{class=\"32768\"} 3\n";

static void test_rates(void **state) {
    (void)state;
    swiss_heap_stats stats = make_stats();
    assert_true(swiss_heap_waste(&stats) == 0.25);
    assert_true(swiss_heap_fragmentation(&stats) > 0.666 && swiss_heap_fragmentation(&stats) < 0.667);
    stats.longest_bytes = stats.free_bytes;
    stats.in_use_bytes = stats.span_bytes;
    assert_true(swiss_heap_waste(&stats) == 0.0 && swiss_heap_fragmentation(&stats) == 0.0);
    stats.in_use_bytes = stats.longest_bytes = 0;
    assert_true(swiss_heap_waste(&stats) == 1.0 && swiss_heap_fragmentation(&stats) == 1.0);
    stats.span_bytes = stats.free_bytes = 0; /* no part of nothing */
    assert_true(swiss_heap_waste(&stats) == 0.0 && swiss_heap_fragmentation(&stats) == 0.0);
}

/* Into a buffer of each size: what fits, a zero behind it, nothing behind that, and the whole length as the result. */
static void check_format(size_t (*format)(const swiss_heap_stats *, char *, size_t), const char *expected) {
    static char buffer[8192];
    swiss_heap_stats stats = make_stats();
    size_t length = strlen(expected);
    assert_true(length + 10 < sizeof buffer);
    assert_int_equal(format(&stats, NULL, 0), length);
    for (size_t size = 0; size < length + 10; ++size) {
        memset(buffer, '?', sizeof buffer);
        assert_int_equal(format(&stats, buffer, size), length);
        size_t written = size == 0 ? 0 : size <= length ? size - 1 : length;
        assert_memory_equal(buffer, expected, written);
        if (size)
            assert_int_equal(buffer[written], '\0');
        for (size_t i = size ? written + 1 : 0; i < sizeof buffer; ++i)
            assert_int_equal(buffer[i], '?');
    }
}

static void check_prometheus(void) {
    char expected[sizeof prometheus_totals + sizeof prometheus_classes];
    snprintf(expected, sizeof expected, "%s%s", prometheus_totals, prometheus_classes);
    check_format(swiss_heap_format_prometheus, expected);
}

static void test_json(void **state) {
    (void)state;
    check_format(swiss_heap_format_json, json);
}

static void test_text(void **state) {
    (void)state;
    check_format(swiss_heap_format_text, text);
}

static void test_prometheus(void **state) {
    (void)state;
    check_prometheus();
}

static void test_nothing(void **state) {
    (void)state;
    swiss_heap_stats stats;
    char buffer[1024];
    memset(&stats, 0, sizeof stats);
    swiss_heap_format_json(&stats, buffer, sizeof buffer);
    assert_non_null(strstr(buffer, "\"classes\":[]}"));
}

/* The largest numbers that there can be are written whole. */
static void test_large_numbers(void **state) {
    (void)state;
    swiss_heap_stats stats = make_stats();
    char buffer[2048];
    stats.mallocs = UINT64_MAX;
    stats.classes[7].mallocs = UINT64_MAX;
    stats.classes[7].frees = 1;
    swiss_heap_format_json(&stats, buffer, sizeof buffer);
    assert_non_null(strstr(buffer, "{\"mallocs\":18446744073709551615,"));
    assert_non_null(strstr(buffer, "\"mallocs\":18446744073709551615,\"frees\":1,\"live\":18446744073709551614,"));
}

/* Some locales have a comma where JSON has a point. Which of them are installed differs: without one there is nothing
 * to see. */
static void test_a_locale_with_a_comma(void **state) {
    (void)state;
    const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8", "de_DE", "fr_FR"};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
        if (setlocale(LC_NUMERIC, names[i]))
            check_format(swiss_heap_format_json, json), check_prometheus();
    setlocale(LC_NUMERIC, "C");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_prometheus),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_large_numbers),
        cmocka_unit_test(test_a_locale_with_a_comma),
    };
    return RUN_TESTS(tests);
}
