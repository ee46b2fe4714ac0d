/* The baseline map: its buckets, its growing, its deleting, its iterators, and what it does without memory. */
#include "tests/support.h"
#include "bench/hmap/hmap.h"

/* A hash that is the key itself: a test chooses the bucket by the low bits and the tophash by the top byte. */
static uint64_t hash_as_is(const void *key, uint64_t seed) {
    (void)seed;
    return *(const uint64_t *)key;
}

typedef struct wide_key {
    uint64_t number;
    char padding[HMAP_MAX_INLINE];
} wide_key;

typedef struct wide_elem {
    uint64_t number;
    char padding[2 * HMAP_MAX_INLINE];
} wide_elem;

static wide_key wide(uint64_t number) {
    wide_key key = {number, {0}};
    return key;
}

static uint64_t random_state = 1;

static uint64_t hash_double(const void *key, uint64_t seed) {
    double d = *(const double *)key;
    if (d != d)
        return next_random(&random_state); /* as in Go: so that NaNs do not pile up */
    return swiss_hash_u64((uint64_t)(int64_t)(d * 1024), seed);
}

static bool equal_double(const void *a, const void *b) {
    return *(const double *)a == *(const double *)b;
}

static const hmap_type u32_type = HMAP_TYPE_U32(uint32_t);
static const hmap_type u64_type = HMAP_TYPE_U64(uint64_t);
static const hmap_type str_type = HMAP_TYPE_STR(uint64_t);
static const hmap_type as_is_type = HMAP_TYPE(uint64_t, uint64_t, hash_as_is, hmap_equal_u64, 0);
static const hmap_type wide_type = HMAP_TYPE(wide_key, wide_elem, hmap_hash_u64, hmap_equal_u64, 0);
static const hmap_type double_type =
    HMAP_TYPE(double, uint64_t, hash_double, equal_double, HMAP_IRREFLEXIVE | HMAP_KEY_UPDATE);

/* A map and its memory. */
typedef struct fixture {
    memory memory;
    hmap map;
} fixture;

static void begin(fixture *f, const hmap_type *type, size_t hint) {
    memory_begin(&f->memory);
    assert_true(hmap_init(&f->map, type, hint, &f->memory.allocator));
}

static void end(fixture *f) {
    hmap_free(&f->map);
    assert_int_equal(hmap_count(&f->map), 0);
    memory_end(&f->memory);
}

static void put(hmap *h, uint64_t key, uint64_t elem) {
    uint64_t *place = hmap_assign(h, &key);
    assert_non_null(place);
    *place = elem;
}

/* The elem of `key`, or `none`. */
static uint64_t get(const hmap *h, uint64_t key, uint64_t none) {
    const uint64_t *place = hmap_find(h, &key);
    return place ? *place : none;
}

static hmap_bucket *next_in_chain(const hmap *h, hmap_bucket *b) {
    return *(hmap_bucket **)(void *)((char *)b + h->type->bucket_size - sizeof(hmap_bucket *));
}

static hmap_bucket *first_in_chain(const hmap *h, size_t bucket) {
    return (hmap_bucket *)(void *)((char *)h->buckets + bucket * h->type->bucket_size);
}

static size_t chain_length(const hmap *h, size_t bucket) {
    size_t n = 0;
    for (hmap_bucket *b = first_in_chain(h, bucket); b; b = next_in_chain(h, b))
        n++;
    return n;
}

/* The tophash of the n-th cell of a bucket and its chain. */
static unsigned tophash_at(const hmap *h, size_t bucket, size_t n) {
    hmap_bucket *b = first_in_chain(h, bucket);
    for (; n >= HMAP_BUCKET_CELLS; n -= HMAP_BUCKET_CELLS)
        b = next_in_chain(h, b);
    return b->tophash[n];
}

/* Layout and making ------------------------------------------------------------------------------------------------ */

static void bucket_sizes_are_those_of_go(void **state) {
    (void)state;
    static const hmap_type set = HMAP_TYPE_SIZED(4, 0, hmap_hash_u32, hmap_equal_u32, 0);
    static const hmap_type inline_type = HMAP_TYPE_SIZED(128, 128, hmap_hash_u64, hmap_equal_u64, 0);
    static const hmap_type indirect_type = HMAP_TYPE_SIZED(129, 129, hmap_hash_u64, hmap_equal_u64, 0);
    const size_t pointer = sizeof(void *);
    assert_int_equal(u32_type.bucket_size, 8 + 8 * 4 + 8 * 4 + pointer);
    assert_int_equal(u64_type.bucket_size, 8 + 8 * 8 + 8 * 8 + pointer);
    assert_int_equal(str_type.bucket_size, 8 + 8 * sizeof(swiss_slice) + 8 * 8 + pointer);
    assert_int_equal(set.bucket_size, 8 + 8 * 4 + pointer);
    assert_int_equal(inline_type.bucket_size, 8 + 8 * 128 + 8 * 128 + pointer);
    assert_int_equal(indirect_type.bucket_size, 8 + 8 * pointer + 8 * pointer + pointer);
}

static void empty_map_owns_nothing(void **state) {
    (void)state;
    fixture f;
    begin(&f, &u64_type, 8);
    assert_int_equal(f.memory.calls, 0);
    assert_null(hmap_find_u64(&f.map, 1));
    assert_null(hmap_find(&f.map, &(uint64_t){1}));
    assert_false(hmap_delete_u64(&f.map, 1));
    hmap_clear(&f.map);
    hmap_iter it;
    hmap_iter_init(&it, &f.map);
    assert_false(hmap_iter_next(&it));
    assert_int_equal(f.memory.calls, 0);
    end(&f);
    begin(&f, &str_type, 0);
    assert_null(hmap_find_str(&f.map, (swiss_slice){"", 0}));
    end(&f);
}

static void hint_makes_room(void **state) {
    (void)state;
    static const struct {
        size_t hint;
        unsigned B;
    } cases[] = {{8, 0}, {9, 1}, {13, 1}, {14, 2}, {26, 2}, {27, 3}, {104, 4}, {105, 5}, {100000, 14}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fixture f;
        begin(&f, &u64_type, cases[i].hint);
        assert_int_equal(f.map.B, cases[i].B);
        for (uint64_t key = 0; key < cases[i].hint; key++)
            put(&f.map, key, key);
        assert_int_equal(f.map.B, cases[i].B);
        assert_null(f.map.oldbuckets);
        end(&f);
    }
    fixture f;
    begin(&f, &u64_type, SIZE_MAX);
    assert_int_equal(f.map.B, 0);
    end(&f);
}

/* Entries ---------------------------------------------------------------------------------------------------------- */

static void new_elems_are_zero(void **state) {
    (void)state;
    fixture f;
    begin(&f, &u64_type, 0);
    for (uint64_t round = 0; round < 3; round++) {
        for (uint64_t key = 0; key < 100; key++) {
            uint64_t *elem = hmap_assign_u64(&f.map, key);
            assert_int_equal(*elem, 0);
            *elem = ~key;
        }
        for (uint64_t key = 0; key < 100; key++)
            assert_true(hmap_delete_u64(&f.map, key));
    }
    end(&f);
    begin(&f, &wide_type, 0);
    for (uint64_t round = 0; round < 3; round++) {
        wide_key key = wide(5);
        wide_elem *elem = hmap_assign(&f.map, &key);
        for (size_t i = 0; i < sizeof elem->padding; i++)
            assert_int_equal(elem->padding[i], 0);
        memset(elem, 7, sizeof *elem);
        assert_true(hmap_delete(&f.map, &key));
    }
    end(&f);
}

static void u64_path_agrees_with_the_generic_one(void **state) {
    (void)state;
    fixture f;
    begin(&f, &u64_type, 0);
    for (uint64_t n = 0; n < 3000; n++) {
        uint64_t key = n * n * n;
        assert_null(hmap_find_u64(&f.map, key));
        *(uint64_t *)hmap_assign_u64(&f.map, key) = n;
        assert_ptr_equal(hmap_assign(&f.map, &key), hmap_find_u64(&f.map, key));
        assert_ptr_equal(hmap_find(&f.map, &key), hmap_find_u64(&f.map, key));
        assert_int_equal(get(&f.map, key, 0), n);
    }
    assert_int_equal(hmap_count(&f.map), 3000);
    for (uint64_t n = 0; n < 3000; n++) {
        uint64_t key = n * n * n;
        assert_true(n % 2 ? hmap_delete_u64(&f.map, key) : hmap_delete(&f.map, &key));
        assert_false(hmap_delete_u64(&f.map, key));
        assert_null(hmap_find(&f.map, &key));
    }
    end(&f);
}

static void u32_path_agrees_with_the_generic_one(void **state) {
    (void)state;
    fixture f;
    begin(&f, &u32_type, 0);
    for (uint32_t key = 0; key < 3000; key++) {
        assert_null(hmap_find_u32(&f.map, key));
        *(uint32_t *)hmap_assign_u32(&f.map, key) = key + 1;
        assert_ptr_equal(hmap_find(&f.map, &key), hmap_find_u32(&f.map, key));
        assert_int_equal(*(uint32_t *)hmap_find_u32(&f.map, key / 2), key / 2 + 1);
    }
    for (uint32_t key = 0; key < 3000; key++) {
        assert_true(key % 2 ? hmap_delete_u32(&f.map, key) : hmap_delete(&f.map, &key));
        assert_false(hmap_delete_u32(&f.map, key));
    }
    assert_int_equal(hmap_count(&f.map), 0);
    end(&f);
}

static void str_path_agrees_with_the_generic_one(void **state) {
    (void)state;
    static char text[2000];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + i % 2);
    fixture f;
    begin(&f, &str_type, 0);
    for (size_t size = 0; size < sizeof text; size++) {
        swiss_slice key = {text, size};
        assert_null(hmap_find_str(&f.map, key));
        *(uint64_t *)hmap_assign_str(&f.map, key) = size;
        assert_ptr_equal(hmap_find(&f.map, &key), hmap_find_str(&f.map, key));
        assert_int_equal(*(uint64_t *)hmap_find_str(&f.map, (swiss_slice){text + 2 * (size == 2), size / 2}), size / 2);
    }
    for (size_t size = 0; size < sizeof text; size++) {
        swiss_slice key = {text, size};
        assert_true(size % 2 ? hmap_delete_str(&f.map, key) : hmap_delete(&f.map, &key));
        assert_false(hmap_delete_str(&f.map, key));
    }
    end(&f);
}

/* In one bucket, long strings of one size are told apart by their first and last four bytes; then by hash. */
static void long_strings_in_one_bucket(void **state) {
    (void)state;
    static const char *const texts[] = {
        "abcd-----------------------------wxyz", "abcd.............................wxyz",
        "abce-----------------------------wxyz", "abcd-----------------------------wxyy",
        "abcd                             wxyz",
    };
    for (size_t stored = 1; stored <= 5; stored++) {
        fixture f;
        begin(&f, &str_type, 0);
        for (size_t i = 0; i < stored; i++)
            *(uint64_t *)hmap_assign_str(&f.map, (swiss_slice){texts[i], 37}) = i;
        for (size_t i = 0; i < 5; i++) {
            char copy[37];
            memcpy(copy, texts[i], sizeof copy);
            const uint64_t *elem = hmap_find_str(&f.map, (swiss_slice){copy, sizeof copy});
            assert_true(i < stored ? elem && *elem == i : !elem);
        }
        assert_true(hmap_delete_str(&f.map, (swiss_slice){texts[0], 37}));
        assert_null(hmap_find_str(&f.map, (swiss_slice){texts[0], 37}));
        end(&f);
    }
}

static void assigning_a_string_replaces_its_bytes(void **state) {
    (void)state;
    char first[] = "same", second[] = "same";
    fixture f;
    begin(&f, &str_type, 0);
    *(uint64_t *)hmap_assign_str(&f.map, (swiss_slice){first, 4}) = 1;
    *(uint64_t *)hmap_assign_str(&f.map, (swiss_slice){second, 4}) = 2;
    memset(first, 'x', 4);
    assert_int_equal(hmap_count(&f.map), 1);
    assert_int_equal(*(uint64_t *)hmap_find_str(&f.map, (swiss_slice){"same", 4}), 2);
    end(&f);
}

static void equal_keys_with_other_bytes_are_updated(void **state) {
    (void)state;
    fixture f;
    begin(&f, &double_type, 0);
    assert_non_null(hmap_assign(&f.map, &(double){0.0}));
    assert_non_null(hmap_assign(&f.map, &(double){-0.0}));
    assert_int_equal(hmap_count(&f.map), 1);
    hmap_iter it;
    hmap_iter_init(&it, &f.map);
    assert_true(hmap_iter_next(&it));
    assert_true(1 / *(const double *)it.key < 0);
    assert_false(hmap_iter_next(&it));
    end(&f);
}

static void wide_keys_and_elems_have_blocks_of_their_own(void **state) {
    (void)state;
    fixture f;
    begin(&f, &wide_type, 1000);
    const size_t blocks = f.memory.blocks;
    for (uint64_t n = 0; n < 500; n++) {
        wide_key key = wide(n);
        ((wide_elem *)hmap_assign(&f.map, &key))->number = n;
        assert_ptr_equal(hmap_assign(&f.map, &key), hmap_find(&f.map, &key));
    }
    assert_int_equal(f.memory.blocks, blocks + 1000);
    for (uint64_t n = 0; n < 500; n += 2) {
        wide_key key = wide(n);
        assert_true(hmap_delete(&f.map, &key));
    }
    assert_int_equal(f.memory.blocks, blocks + 500);
    for (uint64_t n = 0; n < 500; n++) {
        wide_key key = wide(n);
        const wide_elem *elem = hmap_find(&f.map, &key);
        assert_true(n % 2 ? elem && elem->number == n : !elem);
    }
    hmap_clear(&f.map);
    assert_int_equal(f.memory.blocks, blocks);
    end(&f);
}

static void keys_and_elems_of_128_bytes_live_in_the_bucket(void **state) {
    (void)state;
    typedef struct block {
        uint64_t words[HMAP_MAX_INLINE / 8];
    } block;
    static const hmap_type type = HMAP_TYPE(block, block, hmap_hash_u64, hmap_equal_u64, 0);
    fixture f;
    begin(&f, &type, 100);
    const size_t blocks = f.memory.blocks;
    for (uint64_t n = 0; n < 16; n++) {
        const block key = {{n}};
        block *elem = hmap_assign(&f.map, &key);
        for (size_t i = 0; i < HMAP_MAX_INLINE / 8; i++)
            elem->words[i] = n + i;
    }
    assert_int_equal(f.memory.blocks, blocks);
    for (uint64_t n = 0; n < 16; n++) {
        const block key = {{n}};
        const block *elem = hmap_find(&f.map, &key);
        for (size_t i = 0; i < HMAP_MAX_INLINE / 8; i++)
            assert_int_equal(elem->words[i], n + i);
    }
    end(&f);
}

static void keys_unequal_to_themselves(void **state) {
    (void)state;
    const double nan = strtod("nan", NULL);
    fixture f;
    begin(&f, &double_type, 0);
    for (uint64_t n = 0; n < 1000; n++) {
        *(uint64_t *)hmap_assign(&f.map, &nan) = n;
        assert_null(hmap_find(&f.map, &nan));
        assert_false(hmap_delete(&f.map, &nan));
        assert_int_equal(hmap_count(&f.map), n + 1);
    }
    hmap_iter it;
    uint64_t sum = 0;
    for (hmap_iter_init(&it, &f.map); hmap_iter_next(&it);)
        sum += *(uint64_t *)it.elem;
    assert_int_equal(sum, 999 * 1000 / 2);
    hmap_clear(&f.map);
    assert_int_equal(hmap_count(&f.map), 0);
    end(&f);
}

/* Growing ---------------------------------------------------------------------------------------------------------- */

static void grows_over_six_and_a_half_entries_per_bucket(void **state) {
    (void)state;
    fixture f;
    begin(&f, &u64_type, 0);
    unsigned B = 0;
    for (uint64_t n = 1; n <= 5000; n++) {
        *(uint64_t *)hmap_assign_u64(&f.map, n) = n;
        if (n > 8 && n > 13 * ((UINT64_C(1) << B) / 2))
            B++;
        assert_int_equal(f.map.B, B);
        uint64_t *elem = hmap_find_u64(&f.map, 1 + n * 7 % n);
        assert_non_null(elem);
        assert_int_equal(*elem, 1 + n * 7 % n);
    }
    for (uint64_t n = 1; n <= 5000; n++)
        assert_int_equal(get(&f.map, n, 0), n);
    end(&f);
}

static size_t evacuated(const hmap *h, size_t noldbuckets) {
    size_t n = 0;
    for (size_t i = 0; i < noldbuckets; i++) {
        const uint8_t *tophash = (const uint8_t *)h->oldbuckets + i * h->type->bucket_size;
        n += tophash[0] >= 2 && tophash[0] <= 4;
    }
    return n;
}

static void growing_moves_one_or_two_buckets_at_a_time(void **state) {
    (void)state;
    enum { OLD = 64 };
    fixture f;
    begin(&f, &u64_type, 0);
    uint64_t key = 0;
    while (f.map.B < 7)
        put(&f.map, key++, 1);
    assert_non_null(f.map.oldbuckets);
    size_t done = evacuated(&f.map, OLD), steps = 0;
    assert_true(done >= 1 && done <= 2);
    for (; f.map.oldbuckets; steps++) {
        if (steps % 2)
            put(&f.map, key++, 1);
        else
            assert_true(hmap_delete_u64(&f.map, steps));
        size_t now = f.map.oldbuckets ? evacuated(&f.map, OLD) : OLD;
        assert_true(now >= done + 1 && now <= done + 2);
        done = now;
    }
    assert_true(steps >= OLD / 2 - 1 && steps < OLD);
    assert_int_equal(f.memory.blocks, 1 + f.map.extra.overflow.count + (f.map.extra.overflow.items != NULL));
    end(&f);
}

/* Fills one bucket after the other with nine keys, then deletes the first eight: as many overflow buckets as buckets,
 * with one entry each. */
static void thin_out(hmap *h, size_t buckets) {
    for (uint64_t bucket = 0; bucket < buckets; bucket++) {
        for (uint64_t n = 1; n <= 9; n++)
            put(h, n << 56 | bucket, n);
        for (uint64_t n = 1; n <= 8; n++)
            assert_true(hmap_delete(h, &(uint64_t){n << 56 | bucket}));
    }
}

static void growing_to_the_same_size_packs(void **state) {
    (void)state;
    fixture f;
    begin(&f, &as_is_type, 100);
    assert_int_equal(f.map.B, 4);
    thin_out(&f.map, 16);
    assert_int_equal(f.map.noverflow, 16);
    assert_int_equal(f.map.flags & HMAP_SAME_SIZE_GROW, 0);
    const size_t blocks = f.memory.blocks;
    put(&f.map, UINT64_C(1) << 56, 1);
    assert_int_equal(f.map.flags & HMAP_SAME_SIZE_GROW, HMAP_SAME_SIZE_GROW);
    for (uint64_t bucket = 0; bucket < 16; bucket++)
        assert_int_equal(get(&f.map, UINT64_C(9) << 56 | bucket, 0), 9);
    for (uint64_t bucket = 0; f.map.oldbuckets; bucket++)
        put(&f.map, UINT64_C(9) << 56 | bucket, 10);
    assert_int_equal(f.map.flags & HMAP_SAME_SIZE_GROW, 0);
    assert_int_equal(f.map.B, 4);
    assert_int_equal(f.map.noverflow, 0);
    assert_int_equal(f.map.count, 17);
    for (uint64_t bucket = 0; bucket < 16; bucket++) {
        assert_int_equal(chain_length(&f.map, bucket), 1);
        assert_true(get(&f.map, UINT64_C(9) << 56 | bucket, 0) >= 9);
    }
    assert_true(f.memory.blocks < blocks);
    assert_int_equal(f.memory.blocks, 1);
    end(&f);
}

static void overflow_buckets_come_with_the_array_first(void **state) {
    (void)state;
    fixture f;
    begin(&f, &as_is_type, 200); /* B = 5: 32 buckets and two more */
    assert_int_equal(f.memory.bytes, 34 * as_is_type.bucket_size);
    for (uint64_t n = 0; n < 24; n++)
        put(&f.map, n << 56 | 3, n);
    assert_int_equal(f.memory.blocks, 1);
    assert_int_equal(f.map.noverflow, 2);
    put(&f.map, UINT64_C(24) << 56 | 3, 24);
    assert_int_equal(f.memory.blocks, 3); /* the bucket, and the list that it is on */
    assert_int_equal(f.map.noverflow, 3);
    assert_int_equal(chain_length(&f.map, 3), 4);
    for (uint64_t n = 0; n < 25; n++)
        assert_int_equal(get(&f.map, n << 56 | 3, 99), n);
    hmap_clear(&f.map);
    assert_int_equal(f.memory.blocks, 1);
    assert_int_equal(chain_length(&f.map, 3), 1);
    for (uint64_t n = 0; n < 24; n++)
        put(&f.map, n << 56 | 5, n);
    assert_int_equal(f.memory.blocks, 1);
    end(&f);
}

static void overflow_buckets_of_large_tables_are_estimated(void **state) {
    (void)state;
    enum { OVERFLOW_BUCKETS = 400 };
    fixture f;
    begin(&f, &as_is_type, 6 << 16);
    assert_int_equal(f.map.B, 16);
    for (uint64_t n = 0; n < 8 * (OVERFLOW_BUCKETS + 1); n++)
        put(&f.map, n << 20 | 77, n);
    assert_int_equal(chain_length(&f.map, 77), OVERFLOW_BUCKETS + 1);
    assert_in_range(f.map.noverflow, OVERFLOW_BUCKETS / 2 - 100, OVERFLOW_BUCKETS / 2 + 100); /* ten sigmas */
    end(&f);
}

/* Deleting --------------------------------------------------------------------------------------------------------- */

enum { EMPTY_REST = 0, EMPTY_ONE = 1 };

static void assert_cells(const hmap *h, size_t bucket, size_t from, size_t to, unsigned tophash) {
    for (size_t n = from; n < to; n++)
        assert_int_equal(tophash_at(h, bucket, n), tophash);
}

static void deleting_marks_what_nothing_follows(void **state) {
    (void)state;
    fixture f;
    begin(&f, &as_is_type, 100);
    uint64_t keys[20]; /* in bucket 3: 8, 8 and 4 cells */
    for (uint64_t n = 0; n < 20; n++)
        put(&f.map, keys[n] = (n + 100) << 56 | 3, n);
    assert_int_equal(chain_length(&f.map, 3), 3);

    assert_true(hmap_delete(&f.map, &keys[17]));
    assert_cells(&f.map, 3, 17, 18, EMPTY_ONE);
    assert_true(hmap_delete(&f.map, &keys[19]));
    assert_cells(&f.map, 3, 19, 24, EMPTY_REST);
    assert_true(hmap_delete(&f.map, &keys[18])); /* and 17 before it */
    assert_cells(&f.map, 3, 17, 24, EMPTY_REST);
    assert_int_equal(tophash_at(&f.map, 3, 16), 116);

    for (size_t n = 8; n < 16; n++)
        assert_true(hmap_delete(&f.map, &keys[n]));
    assert_cells(&f.map, 3, 8, 16, EMPTY_ONE);
    assert_true(hmap_delete(&f.map, &keys[16])); /* back over a whole bucket */
    assert_cells(&f.map, 3, 8, 24, EMPTY_REST);
    assert_int_equal(tophash_at(&f.map, 3, 7), 107);

    for (size_t n = 1; n < 8; n++)
        assert_true(hmap_delete(&f.map, &keys[n]));
    assert_cells(&f.map, 3, 1, 24, EMPTY_REST);
    assert_int_equal(get(&f.map, keys[0], 99), 0);
    assert_true(hmap_delete(&f.map, &keys[0]));
    assert_cells(&f.map, 3, 0, 24, EMPTY_REST);
    assert_int_equal(chain_length(&f.map, 3), 3);
    end(&f);
}

static void empty_cells_are_filled_first(void **state) {
    (void)state;
    fixture f;
    begin(&f, &as_is_type, 100);
    for (uint64_t n = 0; n < 12; n++)
        put(&f.map, n << 56 | 3, n);
    assert_true(hmap_delete(&f.map, &(uint64_t){UINT64_C(5) << 56 | 3}));
    assert_true(hmap_delete(&f.map, &(uint64_t){UINT64_C(9) << 56 | 3}));
    put(&f.map, UINT64_C(200) << 56 | 3, 200);
    assert_int_equal(tophash_at(&f.map, 3, 5), 200);
    put(&f.map, UINT64_C(11) << 56 | 3, 11); /* is there, behind an empty cell */
    assert_int_equal(hmap_count(&f.map), 11);
    assert_int_equal(tophash_at(&f.map, 3, 9), EMPTY_ONE);
    end(&f);
}

static void empty_maps_draw_a_new_seed(void **state) {
    (void)state;
    fixture f;
    begin(&f, &u64_type, 0);
    uint32_t seed = f.map.hash0;
    put(&f.map, 1, 1);
    put(&f.map, 2, 2);
    assert_true(hmap_delete_u64(&f.map, 1));
    assert_int_equal(f.map.hash0, seed);
    assert_true(hmap_delete_u64(&f.map, 2));
    assert_int_not_equal(f.map.hash0, seed);
    put(&f.map, 1, 1);
    seed = f.map.hash0;
    hmap_clear(&f.map);
    assert_int_not_equal(f.map.hash0, seed);
    end(&f);
}

static void clearing_while_growing(void **state) {
    (void)state;
    fixture f;
    begin(&f, &wide_type, 0);
    uint64_t n = 0;
    while (f.map.B < 6) {
        wide_key key = wide(n++);
        assert_non_null(hmap_assign(&f.map, &key));
    }
    assert_non_null(f.map.oldbuckets);
    hmap_clear(&f.map);
    assert_null(f.map.oldbuckets);
    assert_int_equal(f.map.B, 6);
    assert_int_equal(f.memory.blocks, 1);
    for (uint64_t i = 0; i < n; i++) {
        wide_key key = wide(i);
        assert_null(hmap_find(&f.map, &key));
        assert_non_null(hmap_assign(&f.map, &key));
    }
    assert_int_equal(hmap_count(&f.map), n);
    end(&f);
}

/* Iterating -------------------------------------------------------------------------------------------------------- */

enum { ENTRIES = 500 };

static void fill(hmap *h) {
    for (uint64_t key = 0; key < ENTRIES; key++)
        put(h, key, key);
}

static void iterating_starts_anywhere(void **state) {
    (void)state;
    fixture f;
    begin(&f, &u64_type, 0);
    fill(&f.map);
    size_t firsts[ENTRIES] = {0}, different = 0;
    for (size_t round = 0; round < 100; round++) {
        size_t seen[ENTRIES] = {0};
        hmap_iter it;
        hmap_iter_init(&it, &f.map);
        for (size_t n = 0; hmap_iter_next(&it); n++) {
            const uint64_t key = *(const uint64_t *)it.key;
            assert_int_equal(*(uint64_t *)it.elem, key);
            different += n == 0 && firsts[key]++ == 0;
            seen[key]++;
        }
        for (size_t key = 0; key < ENTRIES; key++)
            assert_int_equal(seen[key], 1);
        assert_false(hmap_iter_next(&it));
    }
    assert_true(different > 50);
    end(&f);
}

static void one_bucket_is_entered_at_any_cell(void **state) {
    (void)state;
    fixture f;
    begin(&f, &u64_type, 0);
    for (uint64_t key = 0; key < 8; key++)
        put(&f.map, key, key);
    unsigned firsts = 0;
    for (size_t round = 0; round < 300; round++) {
        hmap_iter it;
        hmap_iter_init(&it, &f.map);
        assert_true(hmap_iter_next(&it));
        firsts |= 1u << *(const uint64_t *)it.key;
        hmap_iter_done(&it);
        hmap_iter_done(&it);
    }
    assert_int_equal(firsts, 255);
    assert_int_equal(f.map.extra.iterators, 0);
    end(&f);
}

/* The map grows many times under the iterator: the entries from before come once each, those from after once or not. */
static void iterating_survives_growing(void **state) {
    (void)state;
    for (uint64_t before = 1; before < ENTRIES; before += 7) {
        fixture f;
        begin(&f, &u64_type, 0);
        for (uint64_t key = 0; key < before; key++)
            put(&f.map, key, key);
        size_t seen[20 * ENTRIES] = {0};
        uint64_t next = before;
        hmap_iter it;
        for (hmap_iter_init(&it, &f.map); hmap_iter_next(&it);) {
            const uint64_t key = *(const uint64_t *)it.key;
            assert_int_equal(*(uint64_t *)it.elem, key);
            seen[key]++;
            for (size_t n = 0; n < 17 && next < 20 * ENTRIES; n++, next++)
                put(&f.map, next, next);
        }
        for (uint64_t key = 0; key < next; key++)
            assert_true(seen[key] == 1 || (key >= before && seen[key] == 0));
        assert_null(f.map.extra.retired);
        end(&f);
    }
}

static void deleted_entries_do_not_come(void **state) {
    (void)state;
    fixture f;
    begin(&f, &wide_type, 0);
    for (uint64_t n = 0; n < ENTRIES; n++) {
        wide_key key = wide(n);
        ((wide_elem *)hmap_assign(&f.map, &key))->number = n;
    }
    bool gone[2 * ENTRIES] = {false};
    uint64_t next = ENTRIES;
    size_t came = 0;
    hmap_iter it;
    for (hmap_iter_init(&it, &f.map); hmap_iter_next(&it);) {
        const uint64_t n = ((const wide_key *)it.key)->number;
        assert_int_equal(((wide_elem *)it.elem)->number, n);
        assert_false(gone[n]);
        came += n < ENTRIES;
        gone[n] = true;
        assert_true(hmap_delete(&f.map, it.key));
        if (n < ENTRIES) { /* and the entry of which it is half of a pair */
            wide_key pair = wide(n ^ 1);
            gone[n ^ 1] = true;
            (void)hmap_delete(&f.map, &pair);
        }
        for (size_t k = 0; k < 3 && next < 2 * ENTRIES; k++, next++) {
            wide_key key = wide(next);
            ((wide_elem *)hmap_assign(&f.map, &key))->number = next;
        }
    }
    assert_int_equal(came, ENTRIES / 2);
    assert_null(f.map.extra.retired_keys);
    end(&f);
}

/* Opened when half of the buckets have been evacuated, and left alone or not: the table may finish growing under it. */
static void iterating_from_the_middle_of_growing(void **state) {
    (void)state;
    for (size_t deletes = 0; deletes < 40; deletes++) {
        fixture f;
        begin(&f, &u64_type, 0);
        uint64_t count = 0;
        while (f.map.B < 6)
            put(&f.map, count, count), count++;
        while (f.map.nevacuate < 16)
            put(&f.map, count, count), count++;
        assert_non_null(f.map.oldbuckets);
        size_t seen[ENTRIES] = {0};
        bool gone[ENTRIES] = {false};
        uint64_t victim = 0;
        hmap_iter it;
        for (hmap_iter_init(&it, &f.map); hmap_iter_next(&it);) {
            seen[*(const uint64_t *)it.key]++;
            for (size_t n = 0; n < deletes && victim < count / 2; n++, victim++) {
                assert_true(hmap_delete_u64(&f.map, victim));
                gone[victim] = true;
            }
        }
        for (uint64_t key = 0; key < count; key++)
            assert_true(seen[key] == 1 || (gone[key] && seen[key] == 0));
        end(&f);
    }
}

static void iterating_while_packing(void **state) {
    (void)state;
    for (size_t steps = 0; steps < 20; steps++) {
        fixture f;
        begin(&f, &as_is_type, 100);
        thin_out(&f.map, 16);
        size_t came = 0;
        hmap_iter it;
        hmap_iter_init(&it, &f.map);
        for (size_t n = 0; hmap_iter_next(&it); n++) {
            came += *(const uint64_t *)it.key >> 56 == 9;
            if (n >= steps / 2)
                put(&f.map, UINT64_C(1) << 56 | (n * 5) % 16, 1);
        }
        assert_int_equal(came, 16);
        end(&f);
    }
}

/* Such entries cannot be looked up when they have moved; and their hashes do not come out the same twice. */
static void iterating_over_keys_unequal_to_themselves(void **state) {
    (void)state;
    const double nan = strtod("nan", NULL);
    for (uint64_t before = 1; before < ENTRIES; before += 3) {
        fixture f;
        begin(&f, &double_type, 0);
        uint64_t count = 0;
        for (; count < before; count++)
            *(uint64_t *)hmap_assign(&f.map, &nan) = count;
        size_t seen[4 * ENTRIES] = {0};
        hmap_iter it;
        for (hmap_iter_init(&it, &f.map); hmap_iter_next(&it);) {
            assert_int_equal(seen[*(uint64_t *)it.elem]++, 0);
            for (size_t n = 0; n < 5 && count < 4 * ENTRIES; n++, count++)
                *(uint64_t *)hmap_assign(&f.map, &nan) = count;
        }
        for (uint64_t n = 0; n < before; n++)
            assert_int_equal(seen[n], 1);
        end(&f);
    }
}

static void clearing_ends_what_iterators_find(void **state) {
    (void)state;
    fixture f;
    begin(&f, &wide_type, 0);
    for (uint64_t n = 0; n < ENTRIES; n++) {
        wide_key key = wide(n);
        assert_non_null(hmap_assign(&f.map, &key));
    }
    hmap_iter early, late;
    hmap_iter_init(&early, &f.map);
    assert_true(hmap_iter_next(&early));
    uint64_t n = ENTRIES;
    for (const unsigned B = f.map.B; f.map.B < B + 2u; n++) { /* the first generation is retired by now */
        wide_key key = wide(n);
        assert_non_null(hmap_assign(&f.map, &key));
    }
    assert_non_null(f.map.oldbuckets);
    hmap_iter_init(&late, &f.map);
    assert_true(hmap_iter_next(&late));
    hmap_clear(&f.map);
    for (uint64_t i = 0; i < 10; i++) {
        wide_key key = wide(i);
        ((wide_elem *)hmap_assign(&f.map, &key))->number = i;
    }
    assert_int_equal(hmap_count(&f.map), 10);
    while (hmap_iter_next(&early))
        assert_true(((const wide_key *)early.key)->number < 10);
    while (hmap_iter_next(&late))
        assert_true(((const wide_key *)late.key)->number < 10);
    end(&f);
}

static void outgrown_arrays_are_kept_until_iterators_are_done(void **state) {
    (void)state;
    fixture f;
    begin(&f, &u64_type, 0);
    fill(&f.map);
    hmap_iter first, second;
    hmap_iter_init(&first, &f.map);
    assert_true(hmap_iter_next(&first));
    for (uint64_t key = ENTRIES; key < 4 * ENTRIES; key++)
        put(&f.map, key, key);
    assert_non_null(f.map.extra.retired);
    hmap_iter_init(&second, &f.map);
    assert_true(hmap_iter_next(&second));
    hmap_iter_done(&first);
    assert_non_null(f.map.extra.retired);
    const size_t bytes = f.memory.bytes;
    hmap_iter_done(&second);
    assert_null(f.map.extra.retired);
    assert_true(f.memory.bytes < bytes);
    for (uint64_t key = 0; key < 4 * ENTRIES; key++)
        assert_int_equal(get(&f.map, key, 0), key);
    hmap_iter_init(&first, &f.map); /* left open: freeing the map ends it */
    assert_true(hmap_iter_next(&first));
    for (uint64_t key = 4 * ENTRIES; key < 16 * ENTRIES; key++)
        put(&f.map, key, key);
    end(&f);
}

static void elems_are_written_through_the_iterator(void **state) {
    (void)state;
    fixture f;
    begin(&f, &u64_type, 0);
    fill(&f.map);
    hmap_iter it;
    for (hmap_iter_init(&it, &f.map); hmap_iter_next(&it);)
        *(uint64_t *)it.elem += 1;
    for (uint64_t key = 0; key < ENTRIES; key++)
        assert_int_equal(get(&f.map, key, 0), key + 1);
    end(&f);
}

/* Out of memory ---------------------------------------------------------------------------------------------------- */

/* Enters a key with itself as elem into a map of any type here whose key begins with a number. False: no memory. */
static bool enter(hmap *h, uint64_t number) {
    wide_key key = wide(number);
    uint64_t *elem = hmap_assign(h, &key);
    if (elem)
        *elem = number;
    return elem != NULL;
}

static void assert_holds(hmap *h, uint64_t (*key_of)(uint64_t), uint64_t from, uint64_t to) {
    assert_int_equal(hmap_count(h), to - from);
    for (uint64_t n = from; n < to; n++) {
        wide_key key = wide(key_of(n));
        const uint64_t *elem = hmap_find(h, &key);
        assert_non_null(elem);
        assert_int_equal(*elem, key.number);
    }
    size_t came = 0;
    hmap_iter it;
    for (hmap_iter_init(&it, h); hmap_iter_next(&it);)
        came++;
    assert_int_equal(came, to - from);
}

/* Enters `count` keys, then deletes them, with the allocation number `fail_at` failing; whatever fails is tried again.
 * Returns false if nothing failed. */
static bool run_out(const hmap_type *type, uint64_t (*key_of)(uint64_t), uint64_t count, bool iterator,
                    size_t fail_at) {
    fixture f;
    memory_begin(&f.memory);
    f.memory.fail_at = fail_at;
    if (!hmap_init(&f.map, type, 20, &f.memory.allocator))
        assert_int_equal(f.memory.failures, 1);
    hmap_iter it = {0};
    for (uint64_t n = 0; n < count; n++) {
        if (!enter(&f.map, key_of(n))) {
            assert_int_equal(f.memory.failures, 1);
            wide_key key = wide(key_of(n));
            assert_null(hmap_find(&f.map, &key));
            assert_holds(&f.map, key_of, 0, n);
            assert_true(enter(&f.map, key_of(n)));
        }
        if (iterator && n == 30)
            hmap_iter_init(&it, &f.map);
    }
    assert_holds(&f.map, key_of, 0, count);
    for (uint64_t n = 0; n < count; n++) {
        wide_key key = wide(key_of(n));
        assert_true(hmap_delete(&f.map, &key));
        if (n % 64 == 0)
            assert_holds(&f.map, key_of, n + 1, count);
    }
    hmap_iter_done(&it);
    const bool failed = f.memory.failures > 0;
    end(&f);
    return failed;
}

static uint64_t spread(uint64_t n) {
    return n;
}

/* Four chains, however large the table. */
static uint64_t collide(uint64_t n) {
    return n << 40 | (n & 3);
}

/* Four chains in a small table, eight in one of twice the size, and so on: each chain is split when it moves. */
static uint64_t collide_less(uint64_t n) {
    return n << 40 | (n & 3) | ((n >> 2 & 7) << 4);
}

static void every_allocation_fails_once(void **state) {
    (void)state;
    static const struct {
        const hmap_type *type;
        uint64_t (*key_of)(uint64_t);
        uint64_t count;
    } cases[] = {
        {&u64_type, spread, 700},
        {&as_is_type, collide, 300},
        {&as_is_type, collide_less, 300},
        {&wide_type, spread, 120},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int iterator = 0; iterator < 2; iterator++) {
            size_t fail_at = 0;
            while (run_out(cases[i].type, cases[i].key_of, cases[i].count, iterator, fail_at))
                fail_at++;
            assert_true(fail_at >= 6); /* the arrays alone */
        }
    }
}

/* No memory at all for a while, in the middle of growing: entries can still be found, deleted and iterated over. */
static void nothing_but_assigning_needs_memory(void **state) {
    (void)state;
    fixture f;
    begin(&f, &as_is_type, 0);
    uint64_t count = 0, deleted = 0;
    while (f.map.B < 5)
        assert_true(enter(&f.map, collide_less(count++)));
    assert_non_null(f.map.oldbuckets);
    f.map.extra.next_overflow_count = 0; /* as if used up */
    const size_t failures = f.memory.failures;
    for (size_t n = 0; n < 40; n++) {
        f.memory.fail_at = f.memory.calls;
        wide_key key = wide(collide_less(deleted));
        assert_true(hmap_delete(&f.map, &key));
        f.memory.fail_at = NEVER;
        deleted++;
        assert_holds(&f.map, collide_less, deleted, count);
    }
    assert_true(f.memory.failures > failures);
    while (count < 400)
        assert_true(enter(&f.map, collide_less(count++)));
    assert_holds(&f.map, collide_less, deleted, count);
    end(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bucket_sizes_are_those_of_go),
        cmocka_unit_test(empty_map_owns_nothing),
        cmocka_unit_test(hint_makes_room),
        cmocka_unit_test(new_elems_are_zero),
        cmocka_unit_test(u64_path_agrees_with_the_generic_one),
        cmocka_unit_test(u32_path_agrees_with_the_generic_one),
        cmocka_unit_test(str_path_agrees_with_the_generic_one),
        cmocka_unit_test(long_strings_in_one_bucket),
        cmocka_unit_test(assigning_a_string_replaces_its_bytes),
        cmocka_unit_test(equal_keys_with_other_bytes_are_updated),
        cmocka_unit_test(wide_keys_and_elems_have_blocks_of_their_own),
        cmocka_unit_test(keys_and_elems_of_128_bytes_live_in_the_bucket),
        cmocka_unit_test(keys_unequal_to_themselves),
        cmocka_unit_test(grows_over_six_and_a_half_entries_per_bucket),
        cmocka_unit_test(growing_moves_one_or_two_buckets_at_a_time),
        cmocka_unit_test(growing_to_the_same_size_packs),
        cmocka_unit_test(overflow_buckets_come_with_the_array_first),
        cmocka_unit_test(overflow_buckets_of_large_tables_are_estimated),
        cmocka_unit_test(deleting_marks_what_nothing_follows),
        cmocka_unit_test(empty_cells_are_filled_first),
        cmocka_unit_test(empty_maps_draw_a_new_seed),
        cmocka_unit_test(clearing_while_growing),
        cmocka_unit_test(iterating_starts_anywhere),
        cmocka_unit_test(one_bucket_is_entered_at_any_cell),
        cmocka_unit_test(iterating_survives_growing),
        cmocka_unit_test(deleted_entries_do_not_come),
        cmocka_unit_test(iterating_from_the_middle_of_growing),
        cmocka_unit_test(iterating_while_packing),
        cmocka_unit_test(iterating_over_keys_unequal_to_themselves),
        cmocka_unit_test(clearing_ends_what_iterators_find),
        cmocka_unit_test(outgrown_arrays_are_kept_until_iterators_are_done),
        cmocka_unit_test(elems_are_written_through_the_iterator),
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(nothing_but_assigning_needs_memory),
    };
    return RUN_TESTS(tests);
}
