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
 * - kh_put moves entries only if the key is new, and room was not reserved; kh_del never does. A pointer to a value
 *   (&kh_val(h, k)) is good until then, as there.
 * - kh_put returns 1 for a new key, never 2, and -1 when out of memory. kh_resize counts buckets: so many that khash
 *   would hold 0.77 of them hold as many here. A table has at most 2^31 of them.
 * - SWISS_KHASH_... hashes are used for the types that KHASH_MAP_INIT_... and KHASH_SET_INIT_... name. A hash function
 *   given to KHASH_INIT is called as it is, and its result mixed. kh_str_hash_func is another one than there;
 *   __ac_X31_hash_string and __ac_Wang_hash, from which programs draw random choices, return what they do there.
 * - Memory comes from the bundled heap, unless kmalloc, krealloc and kfree are all defined before the include: then
 *   from these, which align to 16 bytes.
 * - A set of KHASH_INIT2, which may be one of KHASH_DECLARE, keeps room for values; others do not.
 * - khash_t(name) has the members n_buckets, size and n_occupied, to be read, but not flags, keys and vals: instead of
 *   h->keys[k] write kh_key(h, k).
 *
 * It may not be included after khash's own header, whose names these are. After this one the other is empty, so a
 * header of the program that includes it gets these.
 */
#if (defined(__AC_KHASH_H) || defined(AC_VERSION_KHASH_H)) && !defined(SWISS_COMPAT_KHASH_H)
#    error "swiss: khash.h is included already: swiss/compat/khash.h takes its place and cannot stand beside it"
#    define SWISS_COMPAT_KHASH_H /* one error is enough: the rest is left out */
#endif
#ifndef SWISS_COMPAT_KHASH_H
#    define SWISS_COMPAT_KHASH_H
#    define __AC_KHASH_H
#    define AC_VERSION_KHASH_H "0.2.8"

#    include "../table.h"
#    include <limits.h>
#    include <stdlib.h>
#    include <string.h>

typedef uint32_t khint32_t;
typedef uint64_t khint64_t;
typedef khint32_t khint_t;
typedef khint_t khiter_t;
typedef const char *kh_cstr_t;

#    ifndef SWISS_KHASH_SEED
#        define SWISS_KHASH_SEED 1
#    endif
#    ifndef kh_inline
#        define kh_inline inline
#    endif
#    ifndef klib_unused
#        ifdef __GNUC__
#            define klib_unused __attribute__((__unused__))
#        else
#            define klib_unused
#        endif
#    endif

/* Memory ----------------------------------------------------------------------------------------------------------- */

/* They are called where KHASH_INIT is written, and may be declared only there. */
#    if defined(kmalloc) && defined(krealloc) && defined(kfree)
#        define SWISS_KHASH_MEMORY_(name)                                                                              \
            static kh_inline klib_unused void *kh_allocate_##name(void *context, size_t size, size_t alignment) {      \
                (void)context;                                                                                         \
                return alignment <= 16 ? kmalloc(size) : NULL;                                                         \
            }                                                                                                          \
            static kh_inline klib_unused void *kh_reallocate_##name(void *context, void *block, size_t old_size,       \
                                                                    size_t new_size, size_t alignment) {               \
                (void)context;                                                                                         \
                (void)old_size;                                                                                        \
                (void)alignment;                                                                                       \
                return krealloc(block, new_size);                                                                      \
            }                                                                                                          \
            static kh_inline klib_unused void kh_free_##name(void *context, void *block, size_t size,                  \
                                                             size_t alignment) {                                       \
                (void)context;                                                                                         \
                (void)size;                                                                                            \
                (void)alignment;                                                                                       \
                kfree(block);                                                                                          \
            }                                                                                                          \
            static const swiss_allocator kh_allocator_##name = {kh_allocate_##name, kh_reallocate_##name,              \
                                                                kh_free_##name, NULL};
#        define SWISS_KHASH_ALLOCATOR_(name) (&kh_allocator_##name)
#    else
#        define SWISS_KHASH_MEMORY_(name)
#        define SWISS_KHASH_ALLOCATOR_(name) NULL
#    endif

#    ifndef kcalloc
#        define kcalloc(count, size) calloc(count, size)
#    endif
#    ifndef kmalloc
#        define kmalloc(size) malloc(size)
#    endif
#    ifndef krealloc
#        define krealloc(block, size) realloc(block, size)
#    endif
#    ifndef kfree
#        define kfree(block) free(block)
#    endif

/* Hashes and comparisons ------------------------------------------------------------------------------------------- */

/* Returns a hash of a string: that of the sum of 31^(n - 1 - i) times its i-th of n characters. */
static kh_inline klib_unused khint_t __ac_X31_hash_string(const char *s) {
    khint_t h = 0;
    for (; *s; ++s) {
        const int c = *s;
        h = h * 31 + (khint_t)c;
    }
    return h;
}

/* Returns a hash of an integer, by Thomas Wang's function for 32 bits. */
static kh_inline klib_unused khint_t __ac_Wang_hash(khint_t key) {
    key += ~(key << 15);
    key ^= key >> 10;
    key += key << 3;
    key ^= key >> 6;
    key += ~(key << 11);
    return key ^ key >> 16;
}

#    define kh_int_hash_func(key) ((khint32_t)(key))
#    define kh_int_hash_equal(a, b) ((a) == (b))
#    define kh_int64_hash_func(key) ((khint32_t)((key) >> 33 ^ (key) ^ (key) << 11))
#    define kh_int64_hash_equal(a, b) ((a) == (b))
#    define kh_str_hash_func(key) ((khint32_t)(swiss_hash_string(key, 1) >> 32))
#    define kh_str_hash_equal(a, b) (strcmp(a, b) == 0)
#    define kh_int_hash_func2(key) __ac_Wang_hash((khint_t)(key))
#    define kh_kstr_hash_func(key) ((khint32_t)(swiss_hash_bytes((key).s, (key).l, 1) >> 32))
#    define kh_kstr_hash_equal(a, b) ((a).l == (b).l && ((a).l == 0 || memcmp((a).s, (b).s, (a).l) == 0))

/* The hashes of the types that have a name, by the seed of the table, which avalanche as they are. */
#    define SWISS_KHASH_INT(key, seed) swiss_hash_u64((uint64_t)(key), seed)
#    define SWISS_KHASH_STR(key, seed) swiss_hash_string(key, seed)
#    define SWISS_KHASH_KSTR(key, seed) swiss_hash_bytes((key).s, (key).l, seed)

/* The table -------------------------------------------------------------------------------------------------------- */

#    define khash_t(name) kh_##name##_t

/* Around unions that have structs without a name, which are of C11 but not of C++. */
#    if defined(__cplusplus) && defined(__clang__)
#        define SWISS_KHASH_QUIET_                                                                                     \
            _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wnested-anon-types\"")
#        define SWISS_KHASH_END_QUIET_ _Pragma("GCC diagnostic pop")
#    else
#        define SWISS_KHASH_QUIET_
#        define SWISS_KHASH_END_QUIET_
#    endif
#    ifdef __GNUC__
#        define SWISS_KHASH_NAMELESS_ __extension__
#    else
#        define SWISS_KHASH_NAMELESS_
#    endif

/* An entry of a map, and of a set. */
#    define SWISS_KHASH_ENTRY_1_(name, khkey_t, khval_t)                                                               \
        typedef khval_t kh_##name##_val_t;                                                                             \
        typedef struct kh_##name##_entry_t {                                                                           \
            khkey_t key;                                                                                               \
            khval_t val;                                                                                               \
        } kh_##name##_entry_t;
#    define SWISS_KHASH_ENTRY_0_(name, khkey_t, khval_t)                                                               \
        typedef struct kh_##name##_entry_t {                                                                           \
            khkey_t key;                                                                                               \
        } kh_##name##_entry_t;
#    define SWISS_KHASH_PASTE_(kh_is_map) SWISS_KHASH_ENTRY_##kh_is_map##_
#    define SWISS_KHASH_ENTRY_OF_(kh_is_map) SWISS_KHASH_PASTE_(kh_is_map)
#    define SWISS_KHASH_ENTRY_true_ SWISS_KHASH_ENTRY_1_ /* of C++ */
#    define SWISS_KHASH_ENTRY_false_ SWISS_KHASH_ENTRY_0_

/* The table, and once more its first members, by khash's names and with their types. */
#    define SWISS_KHASH_TYPE_(name, khkey_t)                                                                           \
        typedef khkey_t kh_##name##_key_t;                                                                             \
        SWISS_KHASH_QUIET_                                                                                             \
        typedef struct kh_##name##_s {                                                                                 \
            union {                                                                                                    \
                swiss_table table;                                                                                     \
                SWISS_KHASH_NAMELESS_ struct {                                                                         \
                    uint8_t *control;                                                                                  \
                    kh_##name##_entry_t *entries;                                                                      \
                    uint8_t *overflow;                                                                                 \
                    size_t mask;                                                                                       \
                    union {                                                                                            \
                        size_t size, n_occupied;                                                                       \
                    };                                                                                                 \
                };                                                                                                     \
            };                                                                                                         \
            khint_t n_buckets; /* slots */                                                                             \
        } kh_##name##_t;                                                                                               \
        SWISS_KHASH_END_QUIET_                                                                                         \
        SWISS_STATIC_ASSERT(offsetof(kh_##name##_t, entries) == offsetof(swiss_table, slots) &&                        \
                                offsetof(kh_##name##_t, size) == offsetof(swiss_table, size),                          \
                            "swiss: the members are those of a table");

#    define SWISS_KHASH_PROTOTYPES_(name, scope)                                                                       \
        scope kh_##name##_t *kh_init_##name(void);                                                                     \
        scope void kh_destroy_##name(kh_##name##_t *h);                                                                \
        scope void kh_clear_##name(kh_##name##_t *h);                                                                  \
        scope khint_t kh_get_##name(const kh_##name##_t *h, kh_##name##_key_t key);                                    \
        scope int kh_resize_##name(kh_##name##_t *h, khint_t new_n_buckets);                                           \
        scope khint_t kh_put_##name(kh_##name##_t *h, kh_##name##_key_t key, int *ret);                                \
        scope void kh_del_##name(kh_##name##_t *h, khint_t x);

/* The buckets from which on a table does not grow: iterators have 32 bits. */
#    define SWISS_KHASH_MOST_ ((size_t)1 << 31)

/* The functions. `hash` takes a key and a seed. What is rare stands apart, and is not inlined. */
#    define SWISS_KHASH_FUNCTIONS_(name, scope, hash, equal)                                                           \
        static kh_inline klib_unused uint64_t kh_hash_##name(const void *key, uint64_t seed,                           \
                                                             const swiss_table_type *type) {                           \
            (void)seed;                                                                                                \
            (void)type;                                                                                                \
            const kh_##name##_key_t k = *(const kh_##name##_key_t *)key;                                               \
            return hash(k, seed);                                                                                      \
        }                                                                                                              \
        static kh_inline klib_unused bool kh_equal_##name(const void *stored, const void *key,                         \
                                                          const swiss_table_type *type) {                              \
            (void)type;                                                                                                \
            const kh_##name##_key_t a = *(const kh_##name##_key_t *)stored, b = *(const kh_##name##_key_t *)key;       \
            return equal(a, b);                                                                                        \
        }                                                                                                              \
        static klib_unused void kh_split_##name(const swiss_table *table, const swiss_table_type *type,                \
                                                swiss_split *split);                                                   \
        static const swiss_table_type kh_type_##name = {sizeof(kh_##name##_key_t),                                     \
                                                        sizeof(kh_##name##_key_t),                                     \
                                                        0,                                                             \
                                                        sizeof(kh_##name##_entry_t),                                   \
                                                        SWISS_ALIGNOF(kh_##name##_entry_t),                            \
                                                        kh_hash_##name,                                                \
                                                        kh_equal_##name,                                               \
                                                        NULL,                                                          \
                                                        NULL,                                                          \
                                                        NULL,                                                          \
                                                        kh_split_##name,                                               \
                                                        NULL,                                                          \
                                                        true,                                                          \
                                                        NULL};                                                         \
        static klib_unused void kh_split_##name(const swiss_table *table, const swiss_table_type *type,                \
                                                swiss_split *split) {                                                  \
            (void)type;                                                                                                \
            swiss_table_split_(table, &kh_type_##name, split);                                                         \
        }                                                                                                              \
        static klib_unused SWISS_NOINLINE khint_t kh_get_further_##name(const kh_##name##_t *h, uint64_t hash_of,      \
                                                                        kh_##name##_key_t key) {                       \
            const void *slot = swiss_table_find_further_(&h->table, &kh_type_##name, hash_of, kh_equal_##name, &key);  \
            return slot ? (khint_t)swiss_table_index_(&h->table, &kh_type_##name, slot) : h->n_buckets;                \
        }                                                                                                              \
        static klib_unused SWISS_NOINLINE khint_t kh_put_further_##name(kh_##name##_t *h, uint64_t hash_of,            \
                                                                        kh_##name##_key_t key, int *ret) {             \
            swiss_table *table = &h->table;                                                                            \
            *ret = 0;                                                                                                  \
            if (h->control && swiss_table_goes_further_(table, hash_of)) {                                             \
                const khint_t x = kh_get_further_##name(h, hash_of, key);                                              \
                if (x != h->n_buckets)                                                                                 \
                    return x;                                                                                          \
            }                                                                                                          \
            void *slot = NULL;                                                                                         \
            if (table->growth_left || h->n_buckets < SWISS_KHASH_MOST_)                                                \
                slot = swiss_table_add_further_(table, &kh_type_##name, hash_of, &key);                                \
            h->n_buckets = (khint_t)swiss_table_capacity(table);                                                       \
            *ret = slot ? 1 : -1;                                                                                      \
            if (!slot)                                                                                                 \
                return h->n_buckets;                                                                                   \
            ((kh_##name##_entry_t *)slot)->key = key;                                                                  \
            return (khint_t)swiss_table_index_(table, &kh_type_##name, slot);                                          \
        }                                                                                                              \
        scope kh_##name##_t *kh_init_##name(void) {                                                                    \
            kh_##name##_t *h = (kh_##name##_t *)kcalloc(1, sizeof(kh_##name##_t));                                     \
            if (h) {                                                                                                   \
                swiss_options options = {NULL, SWISS_KHASH_SEED, 0};                                                   \
                options.allocator = SWISS_KHASH_ALLOCATOR_(name);                                                      \
                (void)swiss_table_init(&h->table, &kh_type_##name, &options);                                          \
            }                                                                                                          \
            return h;                                                                                                  \
        }                                                                                                              \
        scope void kh_destroy_##name(kh_##name##_t *h) {                                                               \
            if (h) {                                                                                                   \
                swiss_table_free(&h->table, &kh_type_##name);                                                          \
                kfree(h);                                                                                              \
            }                                                                                                          \
        }                                                                                                              \
        scope void kh_clear_##name(kh_##name##_t *h) {                                                                 \
            if (h)                                                                                                     \
                swiss_table_clear_keep(&h->table, &kh_type_##name);                                                    \
        }                                                                                                              \
        scope khint_t kh_get_##name(const kh_##name##_t *h, kh_##name##_key_t key) {                                   \
            const swiss_table *table = &h->table;                                                                      \
            if (!h->control)                                                                                           \
                return 0;                                                                                              \
            const uint64_t hash_of = kh_hash_##name(&key, table->seed, &kh_type_##name);                               \
            swiss_found_ found;                                                                                        \
            if (swiss_table_find_first_(table, &kh_type_##name, hash_of, kh_equal_##name, &key, SWISS_FETCH_MATCHING_, \
                                        &found))                                                                       \
                return (khint_t)(found.position + found.lane);                                                         \
            if (SWISS_LIKELY(!swiss_table_goes_further_(table, hash_of)))                                              \
                return h->n_buckets;                                                                                   \
            return kh_get_further_##name(h, hash_of, key);                                                             \
        }                                                                                                              \
        scope int kh_resize_##name(kh_##name##_t *h, khint_t new_n_buckets) {                                          \
            const int result = swiss_khash_resize_table_(&h->table, &kh_type_##name, new_n_buckets);                   \
            h->n_buckets = (khint_t)swiss_table_capacity(&h->table);                                                   \
            return result;                                                                                             \
        }                                                                                                              \
        scope khint_t kh_put_##name(kh_##name##_t *h, kh_##name##_key_t key, int *ret) {                               \
            swiss_table *table = &h->table;                                                                            \
            uint64_t hash_of = 0;                                                                                      \
            if (SWISS_LIKELY(h->control != NULL)) {                                                                    \
                hash_of = kh_hash_##name(&key, table->seed, &kh_type_##name);                                          \
                swiss_found_ found;                                                                                    \
                if (swiss_table_find_first_(table, &kh_type_##name, hash_of, kh_equal_##name, &key,                    \
                                            SWISS_FETCH_EARLY_, &found)) {                                             \
                    *ret = 0;                                                                                          \
                    return (khint_t)(found.position + found.lane);                                                     \
                }                                                                                                      \
                if (SWISS_LIKELY(!swiss_table_goes_further_(table, hash_of))) {                                        \
                    void *slot = swiss_table_add_first_(table, &kh_type_##name, hash_of);                              \
                    if (SWISS_LIKELY(slot != NULL)) {                                                                  \
                        *ret = 1;                                                                                      \
                        ((kh_##name##_entry_t *)slot)->key = key;                                                      \
                        return (khint_t)swiss_table_index_(table, &kh_type_##name, slot);                              \
                    }                                                                                                  \
                }                                                                                                      \
            }                                                                                                          \
            return kh_put_further_##name(h, hash_of, key, ret);                                                        \
        }                                                                                                              \
        scope void kh_del_##name(kh_##name##_t *h, khint_t x) {                                                        \
            if (x != h->n_buckets && kh_exist(h, x))                                                                   \
                swiss_table_release_(&h->table, x);                                                                    \
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

/* `layout`: 1 for an entry with a value, 0 for one without. */
#    define SWISS_KHASH_INIT_(name, scope, khkey_t, khval_t, layout, hash, equal)                                      \
        SWISS_KHASH_ENTRY_OF_(layout)                                                                                  \
        (name, khkey_t, khval_t) SWISS_KHASH_TYPE_(name, khkey_t) SWISS_KHASH_MEMORY_(name)                            \
            SWISS_KHASH_FUNCTIONS_(name, scope, hash, equal)

/* A hash function of the program's, whose result is mixed. */
#    define SWISS_KHASH_MIX_(name, khkey_t, hash_func)                                                                 \
        static kh_inline klib_unused uint64_t kh_hash_of_##name(khkey_t key, uint64_t seed) {                          \
            return swiss_hash_mix((uint64_t)(hash_func(key)), seed);                                                   \
        }

/* A set is laid out as KHASH_DECLARE lays it out, which does not know that it is one. */
#    define KHASH_INIT2(name, SCOPE, khkey_t, khval_t, kh_is_map, hash_func, hash_equal)                               \
        SWISS_KHASH_MIX_(name, khkey_t, hash_func)                                                                     \
        SWISS_KHASH_INIT_(name, SCOPE, khkey_t, khval_t, 1, kh_hash_of_##name, hash_equal)

#    define SWISS_KHASH_SCOPE_ static kh_inline klib_unused

#    define KHASH_INIT(name, khkey_t, khval_t, kh_is_map, hash_func, hash_equal)                                       \
        SWISS_KHASH_MIX_(name, khkey_t, hash_func)                                                                     \
        SWISS_KHASH_INIT_(name, SWISS_KHASH_SCOPE_, khkey_t, khval_t, kh_is_map, kh_hash_of_##name, hash_equal)

#    define KHASH_DECLARE(name, khkey_t, khval_t)                                                                      \
        SWISS_KHASH_ENTRY_1_(name, khkey_t, khval_t)                                                                   \
        SWISS_KHASH_TYPE_(name, khkey_t)                                                                               \
        SWISS_KHASH_PROTOTYPES_(name, extern)

#    define KHASH_SET_INIT_INT(name)                                                                                   \
        SWISS_KHASH_INIT_(name, SWISS_KHASH_SCOPE_, khint32_t, char, 0, SWISS_KHASH_INT, kh_int_hash_equal)
#    define KHASH_MAP_INIT_INT(name, khval_t)                                                                          \
        SWISS_KHASH_INIT_(name, SWISS_KHASH_SCOPE_, khint32_t, khval_t, 1, SWISS_KHASH_INT, kh_int_hash_equal)
#    define KHASH_SET_INIT_INT64(name)                                                                                 \
        SWISS_KHASH_INIT_(name, SWISS_KHASH_SCOPE_, khint64_t, char, 0, SWISS_KHASH_INT, kh_int64_hash_equal)
#    define KHASH_MAP_INIT_INT64(name, khval_t)                                                                        \
        SWISS_KHASH_INIT_(name, SWISS_KHASH_SCOPE_, khint64_t, khval_t, 1, SWISS_KHASH_INT, kh_int64_hash_equal)
#    define KHASH_SET_INIT_STR(name)                                                                                   \
        SWISS_KHASH_INIT_(name, SWISS_KHASH_SCOPE_, kh_cstr_t, char, 0, SWISS_KHASH_STR, kh_str_hash_equal)
#    define KHASH_MAP_INIT_STR(name, khval_t)                                                                          \
        SWISS_KHASH_INIT_(name, SWISS_KHASH_SCOPE_, kh_cstr_t, khval_t, 1, SWISS_KHASH_STR, kh_str_hash_equal)

/* Keys of kstring_t, where kstring.h is included too. */
#    define KHASH_SET_INIT_KSTR(name)                                                                                  \
        SWISS_KHASH_INIT_(name, SWISS_KHASH_SCOPE_, kstring_t, char, 0, SWISS_KHASH_KSTR, kh_kstr_hash_equal)
#    define KHASH_MAP_INIT_KSTR(name, khval_t)                                                                         \
        SWISS_KHASH_INIT_(name, SWISS_KHASH_SCOPE_, kstring_t, khval_t, 1, SWISS_KHASH_KSTR, kh_kstr_hash_equal)

/* The operations --------------------------------------------------------------------------------------------------- */

#    define kh_init(name) kh_init_##name()
#    define kh_destroy(name, h) kh_destroy_##name(h)
#    define kh_clear(name, h) kh_clear_##name(h)
#    define kh_resize(name, h, s) kh_resize_##name(h, s)
#    define kh_put(name, h, k, r) kh_put_##name(h, k, r)
#    define kh_get(name, h, k) kh_get_##name(h, k)
#    define kh_del(name, h, k) kh_del_##name(h, k)
#    define kh_exist(h, x) ((h)->control[x] != 0)
#    define kh_key(h, x) ((h)->entries[x].key)
#    define kh_val(h, x) ((h)->entries[x].val)
#    define kh_value(h, x) ((h)->entries[x].val)
#    define kh_begin(h) ((khint_t)0)
#    define kh_end(h) ((h)->n_buckets)
#    define kh_size(h) ((khint_t)(h)->size)
#    define kh_n_buckets(h) ((h)->n_buckets)

#    define kh_foreach(h, kvar, vvar, code)                                                                            \
        {                                                                                                              \
            khint_t __i;                                                                                               \
            for (__i = kh_begin(h); __i != kh_end(h); ++__i) {                                                         \
                if (!kh_exist(h, __i))                                                                                 \
                    continue;                                                                                          \
                (kvar) = kh_key(h, __i);                                                                               \
                (vvar) = kh_val(h, __i);                                                                               \
                code;                                                                                                  \
            }                                                                                                          \
        }

#    define kh_foreach_value(h, vvar, code)                                                                            \
        {                                                                                                              \
            khint_t __i;                                                                                               \
            for (__i = kh_begin(h); __i != kh_end(h); ++__i) {                                                         \
                if (!kh_exist(h, __i))                                                                                 \
                    continue;                                                                                          \
                (vvar) = kh_val(h, __i);                                                                               \
                code;                                                                                                  \
            }                                                                                                          \
        }

#endif
