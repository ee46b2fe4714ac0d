/* The hits of both policies against simulations with plain lists, on sequences of requests: LRU has exactly as many,
 * S3-FIFO, whose ghosts are hashes, nearly. S3-FIFO has at least as many as LRU, but on those of its worst case. */
#include "tests/support.h"
#include <math.h>

#define SWISS_NAME keys
#define SWISS_KEY int
#define SWISS_VALUE int
#include <swiss/cache.h>

#define SWISS_NAME words
#define SWISS_KEY_OWNED_STRING
#define SWISS_VALUE int
#include <swiss/map.h>

enum { REQUESTS = 300000, KEYS = 400000, MOST = 500000 };

static int requests[MOST];
static size_t count;

/* The simulations -------------------------------------------------------------------------------------------------- */

enum { NOWHERE, SMALL, MAIN, GHOST };

typedef struct key {
    int newer, older;
    int asked, where;
} key;

typedef struct list {
    int newest, oldest;
    size_t count;
} list;

static key all[KEYS];

static void begin(void) {
    memset(all, 0, sizeof all);
}

static void push(list *to, int k, int where) {
    all[k].older = to->count ? to->newest : -1;
    all[k].newer = -1;
    if (to->count)
        all[to->newest].newer = k;
    else
        to->oldest = k;
    to->newest = k;
    to->count += 1;
    all[k].where = where;
}

static int pop(list *from, int k) {
    if (all[k].newer >= 0)
        all[all[k].newer].older = all[k].older;
    else
        from->newest = all[k].older;
    if (all[k].older >= 0)
        all[all[k].older].newer = all[k].newer;
    else
        from->oldest = all[k].newer;
    from->count -= 1;
    all[k].where = NOWHERE;
    return k;
}

static size_t simulate_lru(size_t capacity) {
    list cached = {0, 0, 0};
    size_t hits = 0;
    begin();
    for (size_t i = 0; i < count; ++i) {
        const int k = requests[i];
        if (all[k].where) {
            ++hits;
            pop(&cached, k);
        } else if (cached.count == capacity) {
            pop(&cached, cached.oldest);
        }
        push(&cached, k, MAIN);
    }
    return hits;
}

static void evict_s3(list *small, list *most, list *ghosts, size_t capacity) {
    for (;;) {
        if (small->count && (small->count >= capacity / 10 || !most->count)) {
            const int k = pop(small, small->oldest);
            if (all[k].asked < 2) {
                push(ghosts, k, GHOST);
                if (ghosts->count > capacity)
                    pop(ghosts, ghosts->oldest);
                return;
            }
            all[k].asked = 0;
            push(most, k, MAIN);
        } else {
            const int k = pop(most, most->oldest);
            if (!all[k].asked--)
                return;
            push(most, k, MAIN);
        }
    }
}

static size_t simulate_s3(size_t capacity) {
    list small = {0, 0, 0}, most = {0, 0, 0}, ghosts = {0, 0, 0};
    size_t hits = 0;
    begin();
    for (size_t i = 0; i < count; ++i) {
        const int k = requests[i];
        if (all[k].where == SMALL || all[k].where == MAIN) {
            ++hits;
            all[k].asked += all[k].asked < 3;
            continue;
        }
        if (small.count + most.count == capacity)
            evict_s3(&small, &most, &ghosts, capacity);
        all[k].asked = 0;
        if (all[k].where == GHOST) {
            pop(&ghosts, k);
            push(&most, k, MAIN);
        } else {
            push(&small, k, SMALL);
        }
    }
    return hits;
}

static size_t run(size_t capacity, swiss_cache_policy policy) {
    keys cache;
    keys_options options = {0};
    options.capacity = capacity;
    options.policy = policy;
    options.seed = 7;
    assert_true(keys_init(&cache, &options));
    for (size_t i = 0; i < count; ++i) {
        const int *value = keys_get(&cache, requests[i]);
        if (value)
            assert_int_equal(*value, -requests[i]);
        else
            keys_put(&cache, requests[i], -requests[i]);
    }
    const size_t hits = (size_t)keys_stats(&cache).hits;
    assert_null(keys_validate(&cache));
    keys_free(&cache);
    return hits;
}

/* Returns the hits of S3-FIFO less those of LRU, in points of 100. */
static double compare(const char *name, size_t capacity) {
    const size_t lru = run(capacity, SWISS_CACHE_LRU), s3 = run(capacity, SWISS_CACHE_S3_FIFO);
    const size_t expected = simulate_s3(capacity);
    const double points = 100 / (double)count;
    print_message("%-24s %6zu  LRU %5.2f  S3-FIFO %5.2f  with exact ghosts %5.2f\n", name, capacity,
                  (double)lru * points, (double)s3 * points, (double)expected * points);
    assert_int_equal(lru, simulate_lru(capacity));
    assert_true(fabs((double)s3 - (double)expected) * points < 0.5);
    return ((double)s3 - (double)lru) * points;
}

/* The sequences ---------------------------------------------------------------------------------------------------- */

enum { POPULAR = 50000 };
static double shares[POPULAR]; /* of each key and those before it */

static void begin_zipf(double exponent) {
    double sum = 0;
    for (int i = 0; i < POPULAR; ++i)
        shares[i] = sum += pow(i + 1, -exponent);
    count = REQUESTS;
}

static int next_zipf(uint64_t *seed) {
    const double at = (double)(next_random(seed) >> 11) * 0x1p-53 * shares[POPULAR - 1];
    int low = 0, high = POPULAR - 1;
    while (low < high) {
        const int middle = (low + high) / 2;
        if (shares[middle] < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void zipf(void **state) {
    (void)state;
    static const double exponents[] = {0.8, 1.0, 1.2};
    uint64_t seed = 1;
    for (int e = 0; e < 3; ++e) {
        begin_zipf(exponents[e]);
        for (size_t i = 0; i < count; ++i)
            requests[i] = next_zipf(&seed);
        for (size_t capacity = 100; capacity <= 10000; capacity *= 10)
            assert_true(compare("Zipf", capacity) >= 0);
    }
}

static void scans(void **state) {
    (void)state;
    uint64_t seed = 2;
    int fresh = POPULAR;
    begin_zipf(1);
    for (size_t i = 0; i < count; ++i) /* scans of 5,000 keys between 10,000 requests */
        requests[i] = i % 15000 < 10000 ? next_zipf(&seed) : fresh++;
    for (size_t capacity = 100; capacity <= 10000; capacity *= 10)
        assert_true(compare("Zipf and scans", capacity) >= 0);
    for (size_t i = 0; i < count; ++i)
        requests[i] = i % 2 ? next_zipf(&seed) : (int)(POPULAR + i);
    assert_true(compare("Zipf and new keys", 1000) >= 0);
}

static void loops(void **state) {
    (void)state;
    static const int lengths[] = {900, 1100, 2000, 10000};
    count = REQUESTS;
    for (int l = 0; l < 4; ++l) {
        for (size_t i = 0; i < count; ++i)
            requests[i] = (int)i % lengths[l];
        assert_true(compare("loop", 1000) >= 0);
    }
}

/* The glosses of WordNet, word by word. */
static void read_words(void) {
    static const char *const files[] = {"noun", "verb", "adj", "adv"};
    words known = {0};
    count = 0;
    for (int f = 0; f < 4; ++f) {
        char path[100], line[20000];
        snprintf(path, sizeof path, "/usr/share/wordnet/data.%s", files[f]);
        FILE *file = fopen(path, "r");
        for (size_t of_file = 0; file && of_file < MOST / 4 && fgets(line, sizeof line, file);) {
            char *gloss = line[0] == ' ' ? NULL : strchr(line, '|');
            for (char *word = gloss ? strtok(gloss, " |;:,.()\"`\n") : NULL; word && of_file < MOST / 4;
                 word = strtok(NULL, " |;:,.()\"`\n")) {
                int *number = words_get_or_insert_as(&known, swiss_slice_of(word), (int)words_size(&known));
                assert_non_null(number);
                requests[count++] = *number;
                ++of_file;
            }
        }
        if (file)
            fclose(file);
    }
    words_free(&known);
}

static void words_of_a_text(void **state) {
    (void)state;
    read_words();
    if (count < MOST / 2)
        skip(); /* Debian's wordnet-base is not there */
    for (size_t capacity = 100; capacity <= 10000; capacity *= 10)
        assert_true(compare("words", capacity) >= 0);
}

/* Worst cases, for S3-FIFO: when the main queue is full, keys that are asked for twice, the second time after more than
 * a tenth of the capacity; and popularity that drifts. */
static void worst_cases(void **state) {
    (void)state;
    uint64_t seed = 3;
    count = REQUESTS;
    for (size_t i = 0; i < count; ++i) {
        const int fresh = (int)(1000 + i / 2);
        requests[i] = i < 10000 ? (int)i % 1000 : i % 2 ? fresh : fresh - 300;
    }
    assert_true(compare("twice, after a while", 1000) < -40);
    begin_zipf(1);
    for (size_t i = 0; i < count; ++i)
        requests[i] = (int)(((size_t)next_zipf(&seed) + i / 20) % KEYS);
    for (size_t capacity = 100; capacity <= 10000; capacity *= 10)
        assert_true(compare("drifting Zipf", capacity) > -6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zipf),        cmocka_unit_test(scans),
        cmocka_unit_test(loops),       cmocka_unit_test(words_of_a_text),
        cmocka_unit_test(worst_cases),
    };
    return RUN_TESTS(tests);
}
