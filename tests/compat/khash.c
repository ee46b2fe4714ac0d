/* khash.c - random operations by khash's macros, on tables of each kind. Compiled with khash's own header and with
 * ours, it prints the same. Nothing that it prints depends on the order of entries. */
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef OWN_MEMORY
/* As in programs whose functions are declared only after the include. */
#    define kcalloc(count, size) counted_calloc(count, size)
#    define kmalloc(size) counted_realloc(NULL, size)
#    define krealloc(block, size) counted_realloc(block, size)
#    define kfree(block) counted_free(block)
#endif
#include <htslib/kstring.h>
#ifdef SWISS_COMPAT
#    include <swiss/compat/khash.h>
#else
#    include <htslib/khash.h>
#endif

enum { KEYS = 5000, OPERATIONS = 200000 };

static long blocks;
static size_t requested;

static klib_unused void *counted_calloc(size_t count, size_t size) {
    ++blocks;
    requested += count * size;
    return calloc(count, size);
}

static klib_unused void *counted_realloc(void *block, size_t size) {
    blocks += block == NULL;
    requested += size;
    return realloc(block, size);
}

static klib_unused void counted_free(void *block) {
    blocks -= block != NULL;
    free(block);
}

static unsigned state = 1;

static unsigned random_below(unsigned n) {
    state = state * 1103515245u + 12345u;
    return (state >> 8) % n;
}

static char texts[KEYS][12];

/* Keys by their numbers. */
typedef struct point {
    short x, y;
    const char *label; /* does not count */
} point;

#define POINT_HASH(p) ((khint_t)((p).x * 31 + (p).y))
#define POINT_EQUAL(a, b) ((a).x == (b).x && (a).y == (b).y)

static khint_t text_hash(const char *text) {
    khint_t hash = 0;
    while (*text)
        hash = hash * 31 + (unsigned char)*text++;
    return hash;
}

static khint32_t key_of_ints(unsigned n) {
    return n * 2654435761u;
}

static khint64_t key_of_longs(unsigned n) {
    return (khint64_t)n << 40 | n;
}

static const char *key_of_texts(unsigned n) {
    return texts[n];
}

static point key_of_points(unsigned n) {
    point key = {(short)(n % 100), (short)(n / 100), n % 2 ? "odd" : "even"};
    return key;
}

KHASH_MAP_INIT_INT(ints, long)
KHASH_MAP_INIT_INT64(longs, int)
KHASH_MAP_INIT_STR(texts, unsigned)
KHASH_INIT(points, point, int, 1, POINT_HASH, POINT_EQUAL)
KHASH_INIT2(named, static klib_unused, kh_cstr_t, char, 1, text_hash, kh_str_hash_equal)
KHASH_SET_INIT_INT(int_set)
KHASH_SET_INIT_INT64(long_set)
KHASH_SET_INIT_STR(text_set)
KHASH_INIT(point_set, point, char, 0, POINT_HASH, POINT_EQUAL)

KHASH_MAP_INIT_KSTR(slices, int)
KHASH_SET_INIT_KSTR(slice_set)
KHASH_DECLARE(shared_map, kh_cstr_t, int) /* khash_shared.c has their functions */
KHASH_DECLARE(shared_set, khint64_t, char)

/* What is told of a key. */
#define NUMBER(key) ((unsigned long)(key))
#define TEXT(key) ((unsigned long)strtoul((key) + 1, NULL, 10))
#define POINT(key) ((unsigned long)((key).x * 1000 + (key).y))

#define RUN_MAP(name, value_type, key_of, tell)                                                                        \
    static void run_##name(void) {                                                                                     \
        khash_t(name) *h = kh_init(name);                                                                              \
        unsigned long seen = 0, all = 0, keys = 0;                                                                     \
        int absent;                                                                                                    \
        printf(#name ": %u %d", kh_size(h), kh_get(name, h, key_of(1)) == kh_end(h));                                  \
        for (unsigned i = 0; i < OPERATIONS; ++i) {                                                                    \
            khint_t k;                                                                                                 \
            unsigned n = random_below(KEYS);                                                                           \
            switch (random_below(8)) {                                                                                 \
            case 0:                                                                                                    \
            case 1:                                                                                                    \
            case 2:                                                                                                    \
                k = kh_put(name, h, key_of(n), &absent);                                                               \
                if (absent)                                                                                            \
                    kh_val(h, k) = 0;                                                                                  \
                kh_value(h, k) = (value_type)(kh_value(h, k) + (value_type)(i % 3));                                   \
                seen += absent != 0 ? 1 : 0;                                                                           \
                break;                                                                                                 \
            case 3:                                                                                                    \
            case 4:                                                                                                    \
                k = kh_get(name, h, key_of(n));                                                                        \
                if (k != kh_end(h) && kh_exist(h, k)) {                                                                \
                    kh_del(name, h, k);                                                                                \
                    seen += kh_exist(h, k) ? 1000 : 7;                                                                 \
                }                                                                                                      \
                kh_del(name, h, kh_end(h));                                                                            \
                break;                                                                                                 \
            default:                                                                                                   \
                k = kh_get(name, h, key_of(n));                                                                        \
                seen += k == kh_end(h) ? 1 : (unsigned long)kh_val(h, k) + tell(kh_key(h, k));                         \
            }                                                                                                          \
            if (random_below(20000) == 0)                                                                              \
                kh_clear(name, h);                                                                                     \
            if (random_below(5000) == 0)                                                                               \
                seen += kh_resize(name, h, random_below(3 * KEYS)) ? 1 : 0;                                            \
        }                                                                                                              \
        value_type value;                                                                                              \
        kh_foreach_value(h, value, all += (unsigned long)value);                                                       \
        for (khint_t k = kh_begin(h); k != kh_end(h); ++k)                                                             \
            if (kh_exist(h, k))                                                                                        \
                keys += tell(kh_key(h, k));                                                                            \
        printf(" seen %lu size %u values %lu keys %lu room %d\n", seen, kh_size(h), all, keys,                         \
               kh_n_buckets(h) >= kh_size(h));                                                                         \
        kh_destroy(name, h);                                                                                           \
        kh_destroy(name, NULL);                                                                                        \
    }

#define RUN_SET(name, key_of, tell)                                                                                    \
    static void run_##name(void) {                                                                                     \
        khash_t(name) *h = kh_init(name);                                                                              \
        unsigned long seen = 0, keys = 0;                                                                              \
        int absent;                                                                                                    \
        for (unsigned i = 0; i < OPERATIONS; ++i) {                                                                    \
            unsigned n = random_below(KEYS);                                                                           \
            khint_t k = random_below(2) ? kh_put(name, h, key_of(n), &absent) : kh_get(name, h, key_of(n));            \
            seen += k == kh_end(h) ? 1 : tell(kh_key(h, k));                                                           \
            if (k != kh_end(h) && random_below(3) == 0)                                                                \
                kh_del(name, h, k);                                                                                    \
        }                                                                                                              \
        for (khint_t k = kh_begin(h); k < kh_end(h); ++k)                                                              \
            if (kh_exist(h, k)) {                                                                                      \
                keys += tell(kh_key(h, k));                                                                            \
                if (k % 2)                                                                                             \
                    kh_del(name, h, k); /* while iterating */                                                          \
            }                                                                                                          \
        printf(#name ": seen %lu keys %lu\n", seen, keys);                                                             \
        kh_clear(name, h);                                                                                             \
        printf("%u\n", kh_size(h));                                                                                    \
        kh_destroy(name, h);                                                                                           \
    }

RUN_MAP(ints, long, key_of_ints, NUMBER)
RUN_MAP(longs, int, key_of_longs, NUMBER)
RUN_MAP(texts, unsigned, key_of_texts, TEXT)
RUN_MAP(points, int, key_of_points, POINT)
RUN_SET(int_set, key_of_ints, NUMBER)
RUN_SET(long_set, key_of_longs, NUMBER)
RUN_SET(text_set, key_of_texts, TEXT)
RUN_SET(point_set, key_of_points, POINT)

/* Keys that the caller owns, as programs do it: the key is replaced by a copy when it is new. */
static void run_owned(void) {
    khash_t(named) *h = kh_init(named);
    const char *key;
    char value;
    unsigned long sum = 0;
    for (unsigned i = 0; i < 2 * KEYS; ++i) {
        int absent;
        khint_t k = kh_put(named, h, texts[random_below(KEYS)], &absent);
        if (absent)
            kh_key(h, k) = strdup(kh_key(h, k));
        kh_val(h, k) = (char)(i % 100);
    }
    kh_foreach(h, key, value, {
        sum += TEXT(key) * (unsigned long)value;
        free((char *)(uintptr_t)key);
    });
    printf("owned: %u %lu\n", kh_size(h), sum);
    kh_destroy(named, h);
}

/* Functions of another file. */
static void run_shared(void) {
    khash_t(shared_map) *map = kh_init(shared_map);
    khash_t(shared_set) *set = kh_init(shared_set);
    unsigned long sum = 0, keys = 0;
    int absent;
    for (unsigned n = 0; n < KEYS; ++n) {
        khint_t k = kh_put(shared_map, map, texts[n / 2], &absent);
        kh_val(map, k) = absent ? 1 : kh_val(map, k) + 1;
        k = kh_put(shared_set, set, key_of_longs(n / 3), &absent);
        sum += absent ? NUMBER(kh_key(set, k)) : 1;
    }
    for (khint_t k = kh_begin(map); k != kh_end(map); ++k)
        if (kh_exist(map, k))
            sum += TEXT(kh_key(map, k)) * (unsigned long)kh_val(map, k);
    for (khint_t k = kh_begin(set); k != kh_end(set); ++k)
        if (kh_exist(set, k))
            keys += NUMBER(kh_key(set, k));
    printf("shared: %u %u %lu %lu\n", kh_size(map), kh_size(set), sum, keys);
    kh_destroy(shared_map, map);
    kh_destroy(shared_set, set);
}

/* Keys that carry their length, one of them empty. */
static void run_slices(void) {
    khash_t(slices) *map = kh_init(slices);
    khash_t(slice_set) *set = kh_init(slice_set);
    unsigned long sum = 0;
    int absent;
    for (unsigned i = 0; i < 4 * KEYS; ++i) {
        unsigned n = random_below(KEYS);
        kstring_t key = {random_below(6), 12, texts[n]};
        khint_t k = kh_put(slices, map, key, &absent);
        kh_val(map, k) = absent ? 1 : kh_val(map, k) + 1;
        k = kh_put(slice_set, set, key, &absent);
        sum += absent ? kh_key(set, k).l : 7;
    }
    for (khint_t k = kh_begin(map); k != kh_end(map); ++k)
        if (kh_exist(map, k))
            sum += (unsigned long)kh_val(map, k) * (1 + kh_key(map, k).l);
    printf("slices: %u %u %lu\n", kh_size(map), kh_size(set), sum);
    kh_destroy(slices, map);
    kh_destroy(slice_set, set);
}

/* What programs use beside the macros: members, hashes whose values are seen, the index of kh_foreach. */
static void run_habits(void) {
    khash_t(ints) *h = kh_init(ints);
    unsigned wrong = h->n_buckets != 0 || h->size != 0;
    khint_t key;
    long value;
    int absent;
    kh_resize(ints, h, 100);
    wrong += h->n_buckets < 78 || h->size != 0;
    for (khint_t n = 0; n < KEYS; ++n) {
        khint_t k = kh_put(ints, h, n, &absent);
        kh_val(h, k) = n;
        wrong +=
            h->n_buckets != kh_end(h) || h->n_buckets != kh_n_buckets(h) || h->size != n + 1 || h->n_occupied < h->size;
    }
    kh_foreach(h, key, value, {
        wrong += value != (long)key;
        if (key % 3)
            kh_del(ints, h, __i);
    });
    wrong += h->size != (KEYS + 2) / 3;
    kh_clear(ints, h);
    wrong += h->size != 0 || h->n_buckets < KEYS;
    kh_destroy(ints, h);
    unsigned long hashes = __ac_X31_hash_string("");
    for (unsigned n = 0; n < KEYS; ++n)
        hashes = hashes * 31 + (__ac_X31_hash_string(texts[n]) ^ __ac_Wang_hash(n));
    hashes = hashes * 31 + __ac_X31_hash_string("\xc3\xa9"); /* characters may be negative */
    printf("habits: wrong %u hashes %lu\n", wrong, hashes);
}

int main(void) {
    for (unsigned n = 0; n < KEYS; ++n)
        sprintf(texts[n], "k%u", n);
    run_ints();
    run_longs();
    run_texts();
    run_points();
    run_int_set();
    run_long_set();
    run_text_set();
    run_point_set();
    run_owned();
    run_shared();
    run_slices();
    run_habits();
    printf("blocks: %ld %d\n", blocks, requested > 100000);
    return 0;
}
