/* khash.h - khash's interface over swiss tables: a program moves by changing an include.
 *
 *     #include <swiss/compat/khash.h>           // in the place of "khash.h"
 *     KHASH_MAP_INIT_STR(ages, int)
 *     ...
 *     khash_t(ages) *h = kh_init(ages);
 *     int absent;
 *     khint_t k = kh_put(ages, h, "Ada", &absent);
 *     kh_val(h, k) = 36;
 *     kh_destroy(ages, h);
 *
 * All that khash 0.2.8 documents is here, by the same names and with the same results. What is better, and what
 * differs:
 * - An iterator is the number of a slot, from kh_begin to below kh_end, as it is there; the order is another one. It is
 *   the same in each run, because all tables have one seed; so whoever knows it can choose keys that collide, as with
 *   khash. #define SWISS_KHASH_SEED 0 before the include gives each table a fresh one.
 * - kh_put moves entries only if the key is new, and room was not reserved; kh_del never does.
 * - kh_put returns 1 for a new key, never 2, and -1 when out of memory. kh_resize counts buckets: so many that khash
 *   would hold 0.77 of them hold as many here. A table has at most 2^31 of them.
 * - SWISS_KHASH_... hashes are used for the types that KHASH_MAP_INIT_... and KHASH_SET_INIT_... name. A hash function
 *   given to KHASH_INIT is called as it is, and its result mixed.
 * - Memory comes from the bundled heap, unless kmalloc, krealloc and kfree are all defined before the include: then
 *   from these, which align to 16 bytes.
 * - KHASH_DECLARE is for maps; a set with functions of external linkage needs KHASH_INIT2 in each file.
 * - The members of khash_t(name) are other ones: h->n_buckets is kh_n_buckets(h), h->size is kh_size(h).
 *
 * It may not be included beside khash's own header, whose names these are.
 */
#ifndef SWISS_COMPAT_KHASH_H
#define SWISS_COMPAT_KHASH_H

#if defined(__AC_KHASH_H) || defined(AC_VERSION_KHASH_H)
#    error "swiss: khash.h is included already: swiss/compat/khash.h takes its place and cannot stand beside it"
#endif
#define __AC_KHASH_H
#define AC_VERSION_KHASH_H "0.2.8"

#include "../table.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

typedef uint32_t khint32_t;
typedef uint64_t khint64_t;
typedef khint32_t khint_t;
typedef khint_t khiter_t;
typedef const char *kh_cstr_t;

#ifndef SWISS_KHASH_SEED
#    define SWISS_KHASH_SEED 1
#endif
#ifndef kh_inline
#    define kh_inline inline
#endif
#ifndef klib_unused
#    ifdef __GNUC__
#        define klib_unused __attribute__((__unused__))
#    else
#        define klib_unused
#    endif
#endif

/* Memory ----------------------------------------------------------------------------------------------------------- */

#if defined(kmalloc) && defined(krealloc) && defined(kfree)
static void *swiss_khash_allocate_(void *context, size_t size, size_t alignment) {
    (void)context;
    return alignment <= 16 ? kmalloc(size) : NULL;
}

static void *swiss_khash_resize_(void *context, void *block, size_t old_size, size_t new_size, size_t alignment) {
    (void)context;
    (void)old_size;
    (void)alignment;
    return krealloc(block, new_size);
}

static void swiss_khash_free_(void *context, void *block, size_t size, size_t alignment) {
    (void)context;
    (void)size;
    (void)alignment;
    kfree(block);
}

static const swiss_allocator swiss_khash_allocator_[1] = {
    {swiss_khash_allocate_, swiss_khash_resize_, swiss_khash_free_, NULL}};
#else
#    define swiss_khash_allocator_ NULL
#endif

#ifndef kcalloc
#    define kcalloc(count, size) calloc(count, size)
#endif
#ifndef kmalloc
#    define kmalloc(size) malloc(size)
#endif
#ifndef krealloc
#    define krealloc(block, size) realloc(block, size)
#endif
#ifndef kfree
#    define kfree(block) free(block)
#endif

/* Hashes and comparisons ------------------------------------------------------------------------------------------- */

#define kh_int_hash_func(key) ((khint32_t)(key))
#define kh_int_hash_equal(a, b) ((a) == (b))
#define kh_int64_hash_func(key) ((khint32_t)((key) >> 33 ^ (key) ^ (key) << 11))
#define kh_int64_hash_equal(a, b) ((a) == (b))
#define kh_str_hash_func(key) ((khint32_t)(swiss_hash_string(key, 1) >> 32))
#define kh_str_hash_equal(a, b) (strcmp(a, b) == 0)
#define kh_int_hash_func2(key) ((khint32_t)(swiss_hash_u64((khint32_t)(key), 1) >> 32))

/* The hashes of the types that have a name, by the seed of the table, which avalanche as they are. */
#define SWISS_KHASH_INT(key, seed) swiss_hash_u64((uint64_t)(key), seed)
#define SWISS_KHASH_STR(key, seed) swiss_hash_string(key, seed)

/* The table -------------------------------------------------------------------------------------------------------- */

#define khash_t(name) kh_##name##_t

/* An entry of a map, and of a set. */
#define SWISS_KHASH_ENTRY_1_(name, khkey_t, khval_t)                                                                   \
    typedef khval_t kh_##name##_val_t;                                                                                 \
    typedef struct kh_##name##_entry_t {                                                                               \
        khkey_t key;                                                                                                   \
        khval_t val;                                                                                                   \
    } kh_##name##_entry_t;
#define SWISS_KHASH_ENTRY_0_(name, khkey_t, khval_t)                                                                   \
    typedef struct kh_##name##_entry_t {                                                                               \
        khkey_t key;                                                                                                   \
    } kh_##name##_entry_t;
#define SWISS_KHASH_PASTE_(kh_is_map) SWISS_KHASH_ENTRY_##kh_is_map##_
#define SWISS_KHASH_ENTRY_OF_(kh_is_map) SWISS_KHASH_PASTE_(kh_is_map)
#define SWISS_KHASH_ENTRY_true_ SWISS_KHASH_ENTRY_1_ /* of C++ */
#define SWISS_KHASH_ENTRY_false_ SWISS_KHASH_ENTRY_0_

/* The table, and once more its first two members, the second with its type. */
#define SWISS_KHASH_TYPE_(name, khkey_t)                                                                               \
    typedef khkey_t kh_##name##_key_t;                                                                                 \
    typedef union kh_##name##_s {                                                                                      \
        swiss_table table;                                                                                             \
        struct {                                                                                                       \
            uint8_t *control;                                                                                          \
            kh_##name##_entry_t *entries;                                                                              \
        } typed;                                                                                                       \
    } kh_##name##_t;                                                                                                   \
    SWISS_STATIC_ASSERT(offsetof(swiss_table, slots) == sizeof(uint8_t *), "swiss: slots is the second member");

#define SWISS_KHASH_PROTOTYPES_(name, scope)                                                                           \
    scope kh_##name##_t *kh_init_##name(void);                                                                         \
    scope void kh_destroy_##name(kh_##name##_t *h);                                                                    \
    scope void kh_clear_##name(kh_##name##_t *h);                                                                      \
    scope khint_t kh_get_##name(const kh_##name##_t *h, kh_##name##_key_t key);                                        \
    scope int kh_resize_##name(kh_##name##_t *h, khint_t new_n_buckets);                                               \
    scope khint_t kh_put_##name(kh_##name##_t *h, kh_##name##_key_t key, int *ret);                                    \
    scope void kh_del_##name(kh_##name##_t *h, khint_t x);

/* The buckets from which on a table does not grow: iterators have 32 bits. */
#define SWISS_KHASH_MOST_ ((size_t)1 << 31)

/* The functions. `hash` takes a key and a seed. What is rare stands apart, and is not inlined. */
#define SWISS_KHASH_FUNCTIONS_(name, scope, hash, equal)                                                               \
    static kh_inline klib_unused uint64_t kh_hash_##name(const void *key, uint64_t seed,                               \
                                                         const swiss_table_type *type) {                               \
        (void)seed;                                                                                                    \
        (void)type;                                                                                                    \
        const kh_##name##_key_t k = *(const kh_##name##_key_t *)key;                                                   \
        return hash(k, seed);                                                                                          \
    }                                                                                                                  \
    static kh_inline klib_unused bool kh_equal_##name(const void *stored, const void *key,                             \
                                                      const swiss_table_type *type) {                                  \
        (void)type;                                                                                                    \
        const kh_##name##_key_t a = *(const kh_##name##_key_t *)stored, b = *(const kh_##name##_key_t *)key;           \
        return equal(a, b);                                                                                            \
    }                                                                                                                  \
    static klib_unused size_t kh_split_##name(swiss_table *to, swiss_table *from, const swiss_table_type *type);       \
    static const swiss_table_type kh_type_##name = {sizeof(kh_##name##_key_t),                                         \
                                                    sizeof(kh_##name##_key_t),                                         \
                                                    0,                                                                 \
                                                    sizeof(kh_##name##_entry_t),                                       \
                                                    SWISS_ALIGNOF(kh_##name##_entry_t),                                \
                                                    kh_hash_##name,                                                    \
                                                    kh_equal_##name,                                                   \
                                                    NULL,                                                              \
                                                    NULL,                                                              \
                                                    NULL,                                                              \
                                                    kh_split_##name,                                                   \
                                                    NULL,                                                              \
                                                    true};                                                             \
    static klib_unused size_t kh_split_##name(swiss_table *to, swiss_table *from, const swiss_table_type *type) {      \
        (void)type;                                                                                                    \
        return swiss_table_split_(to, from, &kh_type_##name);                                                          \
    }                                                                                                                  \
    static klib_unused SWISS_NOINLINE void *kh_find_further_##name(const swiss_table *table, uint64_t hash_of,         \
                                                                   kh_##name##_key_t key) {                            \
        return swiss_table_find_further_(table, &kh_type_##name, hash_of, kh_equal_##name, &key);                      \
    }                                                                                                                  \
    static klib_unused SWISS_NOINLINE swiss_table_result kh_put_further_##name(swiss_table *table, uint64_t hash_of,   \
                                                                               kh_##name##_key_t key) {                \
        swiss_table_result result = {NULL, false};                                                                     \
        if (table->control && swiss_table_goes_further_(table, hash_of))                                               \
            result.slot = kh_find_further_##name(table, hash_of, key);                                                 \
        if (result.slot || (table->growth_left == 0 && swiss_table_capacity(table) >= SWISS_KHASH_MOST_))              \
            return result;                                                                                             \
        result.slot = swiss_table_add_further_(table, &kh_type_##name, hash_of, &key);                                 \
        result.inserted = result.slot != NULL;                                                                         \
        return result;                                                                                                 \
    }                                                                                                                  \
    scope kh_##name##_t *kh_init_##name(void) {                                                                        \
        kh_##name##_t *h = (kh_##name##_t *)kcalloc(1, sizeof(kh_##name##_t));                                         \
        if (h) {                                                                                                       \
            swiss_options options = {NULL, SWISS_KHASH_SEED, 0};                                                       \
            options.allocator = swiss_khash_allocator_;                                                                \
            (void)swiss_table_init(&h->table, &kh_type_##name, &options);                                              \
        }                                                                                                              \
        return h;                                                                                                      \
    }                                                                                                                  \
    scope void kh_destroy_##name(kh_##name##_t *h) {                                                                   \
        if (h) {                                                                                                       \
            swiss_table_free(&h->table, &kh_type_##name);                                                              \
            kfree(h);                                                                                                  \
        }                                                                                                              \
    }                                                                                                                  \
    scope void kh_clear_##name(kh_##name##_t *h) {                                                                     \
        if (h)                                                                                                         \
            swiss_table_clear_keep(&h->table, &kh_type_##name);                                                        \
    }                                                                                                                  \
    scope khint_t kh_get_##name(const kh_##name##_t *h, kh_##name##_key_t key) {                                       \
        const swiss_table *table = &h->table;                                                                          \
        if (!table->control)                                                                                           \
            return 0;                                                                                                  \
        const uint64_t hash_of = kh_hash_##name(&key, table->seed, &kh_type_##name);                                   \
        const void *slot =                                                                                             \
            swiss_table_find_first_(table, &kh_type_##name, hash_of, kh_equal_##name, &key, true, NULL);               \
        if (!slot && SWISS_UNLIKELY(swiss_table_goes_further_(table, hash_of)))                                        \
            slot = kh_find_further_##name(table, hash_of, key);                                                        \
        return slot ? (khint_t)swiss_table_index_(table, &kh_type_##name, slot) : swiss_khash_end_(table);             \
    }                                                                                                                  \
    scope int kh_resize_##name(kh_##name##_t *h, khint_t new_n_buckets) {                                              \
        return swiss_khash_resize_table_(&h->table, &kh_type_##name, new_n_buckets);                                   \
    }                                                                                                                  \
    scope khint_t kh_put_##name(kh_##name##_t *h, kh_##name##_key_t key, int *ret) {                                   \
        swiss_table *table = &h->table;                                                                                \
        swiss_table_result result = {NULL, true};                                                                      \
        uint64_t hash_of = 0;                                                                                          \
        if (SWISS_LIKELY(table->control != NULL)) {                                                                    \
            hash_of = kh_hash_##name(&key, table->seed, &kh_type_##name);                                              \
            result.slot = swiss_table_find_first_(table, &kh_type_##name, hash_of, kh_equal_##name, &key, true, NULL); \
            result.inserted = result.slot == NULL;                                                                     \
            if (result.inserted && SWISS_LIKELY(!swiss_table_goes_further_(table, hash_of)))                           \
                result.slot = swiss_table_add_first_(table, &kh_type_##name, hash_of);                                 \
        }                                                                                                              \
        if (SWISS_UNLIKELY(!result.slot))                                                                              \
            result = kh_put_further_##name(table, hash_of, key);                                                       \
        *ret = result.inserted ? 1 : result.slot ? 0 : -1;                                                             \
        if (result.inserted)                                                                                           \
            ((kh_##name##_entry_t *)result.slot)->key = key;                                                           \
        return result.slot ? (khint_t)swiss_table_index_(table, &kh_type_##name, result.slot)                          \
                           : swiss_khash_end_(table);                                                                  \
    }                                                                                                                  \
    scope void kh_del_##name(kh_##name##_t *h, khint_t x) {                                                            \
        if (x != swiss_khash_end_(&h->table) && kh_exist(h, x))                                                        \
            swiss_table_release_(&h->table, x);                                                                        \
    }

/* Returns the number of slots. */
static kh_inline klib_unused khint_t swiss_khash_end_(const swiss_table *table) {
    return (khint_t)swiss_table_capacity(table);
}

/* Makes a table hold what khash would in `buckets`, more or less than now, unless the entries need more. Returns -1
 * when out of memory. */
static klib_unused int swiss_khash_resize_table_(swiss_table *table, const swiss_table_type *type, khint_t buckets) {
    size_t power = 4;
    while (power < buckets && power < SWISS_KHASH_MOST_)
        power <<= 1;
    const size_t room = (size_t)((double)power * 0.77 + 0.5);
    if (table->size >= room)
        return 0;
    if (swiss_table_capacity(table) > power && !swiss_table_shrink(table, type))
        return -1;
    return swiss_table_reserve(table, type, room) ? 0 : -1;
}

/* A hash function of the program's, whose result is mixed. */
#define SWISS_KHASH_INIT_(name, scope, khkey_t, khval_t, kh_is_map, hash, equal)                                       \
    SWISS_KHASH_ENTRY_OF_(kh_is_map)                                                                                   \
    (name, khkey_t, khval_t) SWISS_KHASH_TYPE_(name, khkey_t) SWISS_KHASH_FUNCTIONS_(name, scope, hash, equal)

#define KHASH_INIT2(name, SCOPE, khkey_t, khval_t, kh_is_map, hash_func, hash_equal)                                   \
    static kh_inline klib_unused uint64_t kh_hash_of_##name(khkey_t key, uint64_t seed) {                              \
        return swiss_hash_mix((uint64_t)(hash_func(key)), seed);                                                       \
    }                                                                                                                  \
    SWISS_KHASH_INIT_(name, SCOPE, khkey_t, khval_t, kh_is_map, kh_hash_of_##name, hash_equal)

#define SWISS_KHASH_SCOPE_ static kh_inline klib_unused

#define KHASH_INIT(name, khkey_t, khval_t, kh_is_map, hash_func, hash_equal)                                           \
    KHASH_INIT2(name, SWISS_KHASH_SCOPE_, khkey_t, khval_t, kh_is_map, hash_func, hash_equal)

#define KHASH_DECLARE(name, khkey_t, khval_t)                                                                          \
    SWISS_KHASH_ENTRY_1_(name, khkey_t, khval_t)                                                                       \
    SWISS_KHASH_TYPE_(name, khkey_t)                                                                                   \
    SWISS_KHASH_PROTOTYPES_(name, extern)

#define KHASH_SET_INIT_INT(name)                                                                                       \
    SWISS_KHASH_INIT_(name, SWISS_KHASH_SCOPE_, khint32_t, char, 0, SWISS_KHASH_INT, kh_int_hash_equal)
#define KHASH_MAP_INIT_INT(name, khval_t)                                                                              \
    SWISS_KHASH_INIT_(name, SWISS_KHASH_SCOPE_, khint32_t, khval_t, 1, SWISS_KHASH_INT, kh_int_hash_equal)
#define KHASH_SET_INIT_INT64(name)                                                                                     \
    SWISS_KHASH_INIT_(name, SWISS_KHASH_SCOPE_, khint64_t, char, 0, SWISS_KHASH_INT, kh_int64_hash_equal)
#define KHASH_MAP_INIT_INT64(name, khval_t)                                                                            \
    SWISS_KHASH_INIT_(name, SWISS_KHASH_SCOPE_, khint64_t, khval_t, 1, SWISS_KHASH_INT, kh_int64_hash_equal)
#define KHASH_SET_INIT_STR(name)                                                                                       \
    SWISS_KHASH_INIT_(name, SWISS_KHASH_SCOPE_, kh_cstr_t, char, 0, SWISS_KHASH_STR, kh_str_hash_equal)
#define KHASH_MAP_INIT_STR(name, khval_t)                                                                              \
    SWISS_KHASH_INIT_(name, SWISS_KHASH_SCOPE_, kh_cstr_t, khval_t, 1, SWISS_KHASH_STR, kh_str_hash_equal)

/* The operations --------------------------------------------------------------------------------------------------- */

#define kh_init(name) kh_init_##name()
#define kh_destroy(name, h) kh_destroy_##name(h)
#define kh_clear(name, h) kh_clear_##name(h)
#define kh_resize(name, h, s) kh_resize_##name(h, s)
#define kh_put(name, h, k, r) kh_put_##name(h, k, r)
#define kh_get(name, h, k) kh_get_##name(h, k)
#define kh_del(name, h, k) kh_del_##name(h, k)
#define kh_exist(h, x) ((h)->table.control[x] != 0)
#define kh_key(h, x) ((h)->typed.entries[x].key)
#define kh_val(h, x) ((h)->typed.entries[x].val)
#define kh_value(h, x) ((h)->typed.entries[x].val)
#define kh_begin(h) ((khint_t)0)
#define kh_end(h) swiss_khash_end_(&(h)->table)
#define kh_size(h) ((khint_t)(h)->table.size)
#define kh_n_buckets(h) swiss_khash_end_(&(h)->table)

#define kh_foreach(h, kvar, vvar, code)                                                                                \
    {                                                                                                                  \
        khint_t swiss_i_;                                                                                              \
        for (swiss_i_ = kh_begin(h); swiss_i_ != kh_end(h); ++swiss_i_) {                                              \
            if (!kh_exist(h, swiss_i_))                                                                                \
                continue;                                                                                              \
            (kvar) = kh_key(h, swiss_i_);                                                                              \
            (vvar) = kh_val(h, swiss_i_);                                                                              \
            code;                                                                                                      \
        }                                                                                                              \
    }

#define kh_foreach_value(h, vvar, code)                                                                                \
    {                                                                                                                  \
        khint_t swiss_i_;                                                                                              \
        for (swiss_i_ = kh_begin(h); swiss_i_ != kh_end(h); ++swiss_i_) {                                              \
            if (!kh_exist(h, swiss_i_))                                                                                \
                continue;                                                                                              \
            (vvar) = kh_val(h, swiss_i_);                                                                              \
            code;                                                                                                      \
        }                                                                                                              \
    }

#endif
