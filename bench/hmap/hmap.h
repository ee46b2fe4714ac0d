/* hmap.h - the baseline: Go's map as it was up to Go 1.23, in C.
 *
 *     static const hmap_type ages_type = HMAP_TYPE_STR(uint64_t);
 *     hmap ages;
 *     if (!hmap_init(&ages, &ages_type, 0, swiss_allocator_malloc()))
 *         return out_of_memory;
 *     uint64_t *age = hmap_assign_str(&ages, (swiss_slice){"Ada", 3});
 *     if (age)
 *         *age = 36;
 *     hmap_iter it;
 *     for (hmap_iter_init(&it, &ages); hmap_iter_next(&it);)
 *         print(*(const swiss_slice *)it.key, *(const uint64_t *)it.elem);
 *     hmap_free(&ages);
 *
 * Source: the Go runtime, src/runtime/map.go, map_fast32.go, map_fast64.go and map_faststr.go up to Go 1.23 (Go 1.24
 * has a Swiss table instead). The names are Go's: bucket, tophash, overflow, evacuate, elem.
 *
 * The table. 2^B buckets of 8 cells each. The low B bits of a key's hash choose the bucket; the top byte of the hash,
 * the tophash, tells the cells of a bucket apart before keys are compared. A bucket is
 *
 *     tophash[8] | 8 keys | 8 elems | pointer to an overflow bucket or NULL
 *
 * Keys and elems of more than 128 bytes live in blocks of their own, and their cells hold pointers. A ninth key of a
 * bucket goes into an overflow bucket chained to it. From B = 4 on, an array of buckets comes with 2^(B-4) more that
 * are handed out as overflow buckets one after another; later ones are allocated singly.
 *
 * tophash values below 5 are marks (a real one below 5 gets 5 added): emptyRest, this cell and all after it in the
 * bucket and its chain are empty; emptyOne, this cell is empty; evacuatedX, evacuatedY, the entry has moved to the
 * first or the second half of a larger table; evacuatedEmpty, was empty when the bucket moved.
 *
 * Growing. When an insertion would take the table over 6.5 entries per bucket, an array of twice the size is made; when
 * there are about as many overflow buckets as buckets, one of the same size, which packs what deleting has thinned.
 * Nothing moves at once: each assign and delete from then on evacuates the old bucket that it needs and one more. Until
 * its old bucket has been evacuated, a key is looked up there.
 *
 * Iterating starts at a random bucket, and at a random cell in each bucket. An iterator walks the array that it was
 * opened on, whatever happens after; entries which have left it are looked up anew. See hmap_iter.
 *
 * What is not Go's, and why:
 *   - Memory. There is no collector, so a map owns its blocks: an array and its overflow buckets are freed as soon as
 *     all has moved out of it and no iterator is open, and each generation of the table lists its singly allocated
 *     overflow buckets (Go does this too, for types without pointers).
 *   - Out of memory is a value; Go dies. Evacuating a bucket needs at most as many overflow buckets as it has, so these
 *     are made sure of before anything moves.
 *   - The hashes are swiss_hash_u64 and swiss_hash_slice, where Go has AES rounds: those that the other contenders are
 *     given.
 *   - `extra` is part of the header, not a block of its own, and strings compare tophashes before sizes.
 *   - An iterator that was opened while the table grew settles on entering a bucket whether to pick only what goes
 *     there. Go asks at each cell what kind of growing is under way, which may be another one by then.
 *   - No detection of concurrent writes. Go's bucket arrays are also rounded up to a size class, and the rest used as
 *     overflow buckets.
 *
 * Not thread-safe; several threads may look up at the same time. No function is reentrant from a type's hash or equal
 * function.
 */
#ifndef BENCH_HMAP_H
#define BENCH_HMAP_H

#include "swiss/allocator.h"
#include "swiss/hash.h"

SWISS_BEGIN_C

/* Types ------------------------------------------------------------------------------------------------------------ */

enum {
    HMAP_BUCKET_CELLS = 8, /* Go: bucketCnt */
    HMAP_MAX_INLINE = 128, /* bytes; larger keys and elems are stored as pointers. Go: maxKeySize, maxElemSize */
};

/* What a map holds: Go's maptype. Fill it with one of the HMAP_TYPE macros. It outlives the maps of this type. Keys and
 * elems need an alignment of 8 at most. */
typedef struct hmap_type {
    size_t key_size;    /* bytes of a key */
    size_t elem_size;   /* bytes of an elem; 0 for a set */
    size_t key_slot;    /* bytes of a key's place in a bucket: key_size, or that of a pointer */
    size_t elem_slot;   /* likewise */
    size_t bucket_size; /* bytes */
    unsigned flags;     /* of hmap_type_flag */
    uint64_t (*hash)(const void *key, uint64_t seed); /* avalanches */
    bool (*equal)(const void *a, const void *b);      /* equal keys have equal hashes */
} hmap_type;

enum hmap_type_flag {
    HMAP_IRREFLEXIVE = 1, /* some keys do not equal themselves, like NaN: only iterating and clearing see them */
    HMAP_KEY_UPDATE = 2,  /* equal keys may differ in their bytes: assigning overwrites the key as well */
};

#define HMAP_SLOT_(size) ((size) > HMAP_MAX_INLINE ? sizeof(void *) : (size))
#define HMAP_BUCKET_(key_slot, elem_slot) (sizeof(void *) + (1 + (key_slot) + (elem_slot)) * HMAP_BUCKET_CELLS)
#define HMAP_TYPE_SIZED(key_size, elem_size, hash, equal, flags)                                                       \
    {                                                                                                                  \
        (key_size), (elem_size), HMAP_SLOT_(key_size), HMAP_SLOT_(elem_size),                                          \
            HMAP_BUCKET_(HMAP_SLOT_(key_size), HMAP_SLOT_(elem_size)), (flags), (hash), (equal)                        \
    }

/* A map from KEY to ELEM. */
#define HMAP_TYPE(KEY, ELEM, hash, equal, flags) HMAP_TYPE_SIZED(sizeof(KEY), sizeof(ELEM), hash, equal, flags)

/* The three that have fast paths: their maps may be used by the functions for this key and by the generic ones. ELEM
 * has HMAP_MAX_INLINE bytes at most. */
#define HMAP_TYPE_U32(ELEM) HMAP_TYPE(uint32_t, ELEM, hmap_hash_u32, hmap_equal_u32, 0)
#define HMAP_TYPE_U64(ELEM) HMAP_TYPE(uint64_t, ELEM, hmap_hash_u64, hmap_equal_u64, 0)
#define HMAP_TYPE_STR(ELEM) HMAP_TYPE(swiss_slice, ELEM, hmap_hash_str, hmap_equal_str, HMAP_KEY_UPDATE)

uint64_t hmap_hash_u32(const void *key, uint64_t seed);
uint64_t hmap_hash_u64(const void *key, uint64_t seed);
uint64_t hmap_hash_str(const void *key, uint64_t seed);
bool hmap_equal_u32(const void *a, const void *b);
bool hmap_equal_u64(const void *a, const void *b);
bool hmap_equal_str(const void *a, const void *b);

/* The beginning of a bucket; keys, elems and the overflow pointer follow. Go: bmap. */
typedef struct hmap_bucket {
    uint8_t tophash[HMAP_BUCKET_CELLS];
} hmap_bucket;

/* The singly allocated overflow buckets of one generation of the table. */
typedef struct hmap_overflow {
    hmap_bucket **items;
    size_t count;
    size_t capacity;
} hmap_overflow;

/* An array that nothing lives in any more, kept for the iterators that walk it. */
typedef struct hmap_retired {
    struct hmap_retired *next;
    hmap_bucket *buckets;
    hmap_overflow overflow;
    uint8_t B;
} hmap_retired;

/* What few operations touch. Go: mapextra. */
typedef struct hmap_extra {
    hmap_overflow overflow;     /* of buckets */
    hmap_overflow oldoverflow;  /* of oldbuckets */
    hmap_bucket *next_overflow; /* the next of the array's own overflow buckets */
    size_t next_overflow_count; /* how many of them are left */
    hmap_bucket *spare;         /* overflow buckets allocated but not used yet, linked by their overflow pointers */
    size_t spare_count;
    size_t iterators;           /* how many are open */
    hmap_retired *retired;      /* freed when the last iterator is done */
    hmap_retired *reserved;     /* for oldbuckets, if an iterator was open when the growing began */
    hmap_retired first_retired; /* for oldbuckets, if none was */
    void *retired_keys;         /* blocks of deleted keys, likewise kept for the iterators */
} hmap_extra;

enum hmap_flag {
    HMAP_SAME_SIZE_GROW = 8, /* the table is growing into one of the same size */
};

/* A map. The fields are for reading: tests and reports do. */
typedef struct hmap {
    size_t count;            /* entries */
    uint8_t flags;           /* of hmap_flag */
    uint8_t B;               /* log2 of the number of buckets */
    uint16_t noverflow;      /* overflow buckets; from B = 16 on an estimate of them divided by 2^(B-15) */
    uint32_t hash0;          /* seed of the hashes */
    hmap_bucket *buckets;    /* 2^B; NULL before the first insertion without a hint */
    hmap_bucket *oldbuckets; /* what the table grows from; NULL unless it grows */
    size_t nevacuate;        /* old buckets below this one have been evacuated */
    const hmap_type *type;
    const swiss_allocator *allocator;
    hmap_extra extra;
} hmap;

/* Making and freeing ----------------------------------------------------------------------------------------------- */

/* Makes `h` an empty map that has room for `hint` entries without growing (one of more than the address space counts as
 * 0, as in Go). Up to a hint of 8 it allocates nothing. Returns false when out of memory: then `h` is a valid map with
 * no room reserved. `allocator` outlives the map. O(hint). */
bool hmap_init(hmap *h, const hmap_type *type, size_t hint, const swiss_allocator *allocator);

/* Frees all that `h` owns, and ends its iterators, which must not be used again. O(1 + overflow buckets), and
 * O(buckets) if keys or elems are stored as pointers. */
void hmap_free(hmap *h);

/* Removes all entries; the array is kept. Draws a new seed. O(buckets). Pointers to elems become invalid. */
void hmap_clear(hmap *h);

/* The number of entries. */
SWISS_ALWAYS_INLINE size_t hmap_count(const hmap *h) {
    return h->count;
}

/* Entries
 * ------------------------------------------------------------------------------------------------
 *
 * Expected O(1), or O(1 + size of the key) for strings. A pointer to an elem is valid until the next assign, delete,
 * clear or free.
 *
 * find:   the elem of `key`, or NULL if there is none.
 * assign: the elem of `key`, which is entered with an elem of zero bytes if it was not there (then the count
 *         has become one more); NULL when out of memory: then the map is as it was.
 * delete: true if `key` was there. Never fails. */

void *hmap_find(const hmap *h, const void *key);
void *hmap_assign(hmap *h, const void *key);
bool hmap_delete(hmap *h, const void *key);

/* The fast paths, for maps of type HMAP_TYPE_U32, HMAP_TYPE_U64 and HMAP_TYPE_STR. A string's bytes are not copied:
 * they outlive its entry. */

void *hmap_find_u32(const hmap *h, uint32_t key);
void *hmap_assign_u32(hmap *h, uint32_t key);
bool hmap_delete_u32(hmap *h, uint32_t key);

void *hmap_find_u64(const hmap *h, uint64_t key);
void *hmap_assign_u64(hmap *h, uint64_t key);
bool hmap_delete_u64(hmap *h, uint64_t key);

void *hmap_find_str(const hmap *h, swiss_slice key);
void *hmap_assign_str(hmap *h, swiss_slice key);
bool hmap_delete_str(hmap *h, swiss_slice key);

/* Iterating
 * ------------------------------------------------------------------------------------------------
 *
 * The map may be changed in any way between two steps, except that hmap_free ends the iterator. Every entry that is
 * there from hmap_iter_init to the end comes exactly once, with the elem that it has when it comes; one that is deleted
 * before it came does not come; one that is entered meanwhile may or may not come. The order is random, and another one
 * each time.
 *
 * An iterator is open from hmap_iter_init until hmap_iter_next has returned false or hmap_iter_done is called. While
 * one is open the map keeps arrays that it has outgrown, so leave no loop early without hmap_iter_done. */

typedef struct hmap_iter {
    const void *key; /* of the current entry; valid until the next step or change of the map */
    void *elem;      /* likewise; to be written as well */
    hmap *h;         /* NULL: done */
    hmap_bucket *buckets;
    hmap_bucket *bptr;
    size_t start_bucket;
    size_t bucket;
    size_t check_bucket;
    uint8_t offset;
    uint8_t B;
    uint8_t i;
    bool wrapped;
} hmap_iter;

/* Opens `it` before the first entry of `h`. O(1). */
void hmap_iter_init(hmap_iter *it, hmap *h);

/* Steps to the next entry. Returns false if there is none: then `it` is done. O(1) amortised over the buckets. */
bool hmap_iter_next(hmap_iter *it);

/* Ends `it` early. Nothing happens if it is done already. Frees what was kept for it, if it is the last. */
void hmap_iter_done(hmap_iter *it);

SWISS_END_C

#endif
