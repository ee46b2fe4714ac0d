/* Seeds that are fixed from outside, for an order that comes again: what the environment may say, and what it may not.
 * Without an argument it runs itself with each value; with one it prints the seeds of two threads and of a map. The
 * same for a build that has a seed, SWISS_SEED. */
#define _DEFAULT_SOURCE 1 /* popen */
#include "tests/support.h"
#include <math.h>
#include <pthread.h>
#include <swiss/hash.h>

#define SWISS_NAME numbers
#define SWISS_KEY double
#include <swiss/set.h>

static const char *program;

static void *draw(void *seed) {
    *(uint64_t *)seed = swiss_seed();
    return NULL;
}

static int print_seeds(void) {
    uint64_t seeds[3] = {swiss_seed(), swiss_seed(), 0};
    pthread_t thread;
    if (pthread_create(&thread, NULL, draw, &seeds[2]) != 0 || pthread_join(thread, NULL) != 0)
        return 1;
    numbers set = {0}, own;
    const swiss_options options = {NULL, 5, 1};
    uint64_t (*volatile nan)(void) = swiss_hash_nan_; /* which compilers take for one without side effects */
    if (!numbers_init(&own, &options) || nan() == nan())
        return 1;
    for (int i = 0; i < 100; ++i)
        numbers_insert(&set, i % 3 ? i : (double)NAN);
    printf("%llu %llu %llu %llu %llu", (unsigned long long)seeds[0], (unsigned long long)seeds[1],
           (unsigned long long)seeds[2], (unsigned long long)set.table.seed, (unsigned long long)own.table.seed);
    numbers_iter iter = numbers_iterate(&set); /* NaNs come in an order, too */
    for (numbers_entry *entry; (entry = numbers_next(&iter));)
        printf(" %g", entry->key);
    numbers_free(&set);
    numbers_free(&own);
    return 0;
}

/* Returns what a run of this program prints under a variable. */
static const char *run(const char *value, unsigned long long seeds[5]) {
    static char text[2][4096];
    static int next;
    char command[1024], *to = text[next++ % 2];
#ifdef _WIN32 /* which has no empty variables: that is as if it were not there */
    assert_int_equal(_putenv_s("SWISS_SEED", value), 0);
    snprintf(command, sizeof command, "%s print", program); /* Wine's shell takes quotes for a part of it */
#else
    snprintf(command, sizeof command, "SWISS_SEED='%s' '%s' print", value, program);
#endif
    FILE *output = popen(command, "r");
    assert_non_null(output);
    size_t size = fread(to, 1, sizeof text[0] - 1, output);
    assert_int_equal(pclose(output), 0);
    to[size] = 0;
    assert_int_equal(sscanf(to, "%llu %llu %llu %llu %llu", seeds, seeds + 1, seeds + 2, seeds + 3, seeds + 4), 5);
    assert_true(seeds[4] == 5); /* a map's own seed is its own */
    return to;
}

static void a_number_is_every_seed(void **state) {
    (void)state;
    static const char *const given[] = {"42", "1", "007", "18446744073709551615"};
    unsigned long long seeds[5];
    for (size_t i = 0; i < sizeof given / sizeof *given; ++i) {
        const unsigned long long number = strtoull(given[i], NULL, 10);
        const char *first = run(given[i], seeds);
        for (size_t n = 0; n < 4; ++n)
            assert_true(seeds[n] == number);
        assert_string_equal(first, run(given[i], seeds));
    }
}

#ifdef SWISS_SEED
enum { BUILT = 1 };
#else
#    define SWISS_SEED 0
enum { BUILT = 0 };
#endif

static void anything_else_is_ignored(void **state) {
    (void)state;
    static const char *const others[] = {
        "", "x", "-1", "+1", " 1", "1 ", "1k", "0x10", "18446744073709551616", "18446744073709551617", "0"};
    const size_t count = sizeof others / sizeof *others;
    unsigned long long seeds[5];
    for (size_t i = 0; i < count; ++i) {
        const bool is_fresh = !BUILT || i == count - 1; /* 0 is said, and stands for fresh seeds */
        run(others[i], seeds);
        for (size_t n = 0; n < 4; ++n) {
            assert_int_equal(seeds[n] == SWISS_SEED, !is_fresh);
            for (size_t m = 0; m < n; ++m)
                assert_int_equal(seeds[n] != seeds[m], is_fresh);
        }
    }
}

int main(int count, char **arguments) {
    program = arguments[0];
    if (count > 1)
        return print_seeds();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_every_seed),
        cmocka_unit_test(anything_else_is_ignored),
    };
    return RUN_TESTS(tests);
}
