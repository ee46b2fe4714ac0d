/* hmap.c - see hmap.h for the design.
 *
 * Go has each operation four times: for any key, for 32-bit, 64-bit and string keys. Here an operation is written once
 * and inlined into four functions, each with another constant for `path`, which picks how a key is hashed, compared and
 * copied.
 *
 * From top to bottom: hashes; buckets and cells; overflow buckets; arrays and generations; evacuating; finding;
 * assigning; deleting; making, clearing and freeing; iterating.
 */
#include "hmap.h"

/* What a cell's tophash says other than 8 bits of a hash. */
enum {
    EMPTY_REST = 0,
    EMPTY_ONE = 1,
    EVACUATED_X = 2,
    EVACUATED_Y = 3, /* EVACUATED_X + 1: differs in the lowest bit */
    EVACUATED_EMPTY = 4,
    MIN_TOPHASH = 5,
};

enum {
    CELLS = HMAP_BUCKET_CELLS,
    KEYS_OFFSET = sizeof(hmap_bucket),
    BLOCK_ALIGNMENT = 8,
    LOAD_NUMERATOR = 13, /* entries for LOAD_DENOMINATOR buckets */
    LOAD_DENOMINATOR = 2,
    FIRST_B_WITH_OVERFLOW = 4, /* arrays from this B on come with overflow buckets */
};

static const size_t NO_CHECK = SIZE_MAX;

enum path { GENERIC, U32, U64, STR };

/* Hashes ----------------------------------------------------------------------------------------------------------- */

uint64_t hmap_hash_u32(const void *key, uint64_t seed) {
    return swiss_hash_u64(*(const uint32_t *)key, seed);
}

uint64_t hmap_hash_u64(const void *key, uint64_t seed) {
    return swiss_hash_u64(*(const uint64_t *)key, seed);
}

uint64_t hmap_hash_str(const void *key, uint64_t seed) {
    return swiss_hash_slice(*(const swiss_slice *)key, seed);
}

bool hmap_equal_u32(const void *a, const void *b) {
    return *(const uint32_t *)a == *(const uint32_t *)b;
}

bool hmap_equal_u64(const void *a, const void *b) {
    return *(const uint64_t *)a == *(const uint64_t *)b;
}

bool hmap_equal_str(const void *a, const void *b) {
    return swiss_slice_equal(*(const swiss_slice *)a, *(const swiss_slice *)b);
}

SWISS_ALWAYS_INLINE uint64_t hash_of(enum path path, const hmap_type *t, const void *key, uint64_t seed) {
    switch (path) {
    case U32:
        return hmap_hash_u32(key, seed);
    case U64:
        return hmap_hash_u64(key, seed);
    case STR:
        return hmap_hash_str(key, seed);
    default:
        return t->hash(key, seed);
    }
}

SWISS_ALWAYS_INLINE uint8_t tophash_of(uint64_t hash) {
    uint8_t top = (uint8_t)(hash >> 56);
    return top < MIN_TOPHASH ? (uint8_t)(top + MIN_TOPHASH) : top;
}

/* A random number, for everything but seeds. */
static uint64_t random_u64(void) {
    static _Thread_local uint64_t state;
    if (state == 0)
        state = swiss_seed();
    state += UINT64_C(0xA0761D6478BD642F);
    return swiss_mul_fold(state, state ^ UINT64_C(0xE7037ED1A0B428DB));
}

static uint32_t new_hash0(void) {
    return (uint32_t)swiss_seed();
}

/* Buckets and cells ------------------------------------------------------------------------------------------------ */

SWISS_ALWAYS_INLINE size_t bucket_count(unsigned B) {
    return (size_t)1 << B;
}

SWISS_ALWAYS_INLINE size_t bucket_mask(unsigned B) {
    return bucket_count(B) - 1;
}

SWISS_ALWAYS_INLINE hmap_bucket *bucket_at(const hmap_type *t, hmap_bucket *buckets, size_t index) {
    return (hmap_bucket *)(void *)((char *)buckets + index * t->bucket_size);
}

/* Where the overflow pointer of `b` is. */
SWISS_ALWAYS_INLINE hmap_bucket **overflow_of(const hmap_type *t, hmap_bucket *b) {
    return (hmap_bucket **)(void *)((char *)b + t->bucket_size - sizeof(hmap_bucket *));
}

SWISS_ALWAYS_INLINE bool is_empty(uint8_t tophash) {
    return tophash <= EMPTY_ONE;
}

/* True if the entries of `b`, a bucket of the old array, have moved. All cells of a chain move together. */
SWISS_ALWAYS_INLINE bool is_evacuated(const hmap_bucket *b) {
    return b->tophash[0] > EMPTY_ONE && b->tophash[0] < MIN_TOPHASH;
}

SWISS_ALWAYS_INLINE size_t key_slot(enum path path, const hmap_type *t) {
    switch (path) {
    case U32:
        return sizeof(uint32_t);
    case U64:
        return sizeof(uint64_t);
    case STR:
        return sizeof(swiss_slice);
    default:
        return t->key_slot;
    }
}

/* The key's place in cell `i`, and the elem's: they hold a pointer if the key or elem is indirect. */
SWISS_ALWAYS_INLINE void *key_cell(enum path path, const hmap_type *t, hmap_bucket *b, size_t i) {
    return (char *)b + KEYS_OFFSET + i * key_slot(path, t);
}

SWISS_ALWAYS_INLINE void *elem_cell(enum path path, const hmap_type *t, hmap_bucket *b, size_t i) {
    return (char *)b + KEYS_OFFSET + CELLS * key_slot(path, t) + i * t->elem_slot;
}

SWISS_ALWAYS_INLINE bool is_key_indirect(enum path path, const hmap_type *t) {
    return path == GENERIC && t->key_size > HMAP_MAX_INLINE;
}

SWISS_ALWAYS_INLINE bool is_elem_indirect(enum path path, const hmap_type *t) {
    return path == GENERIC && t->elem_size > HMAP_MAX_INLINE;
}

SWISS_ALWAYS_INLINE void *key_at(enum path path, const hmap_type *t, hmap_bucket *b, size_t i) {
    void *cell = key_cell(path, t, b, i);
    return is_key_indirect(path, t) ? *(void **)cell : cell;
}

SWISS_ALWAYS_INLINE void *elem_at(enum path path, const hmap_type *t, hmap_bucket *b, size_t i) {
    void *cell = elem_cell(path, t, b, i);
    return is_elem_indirect(path, t) ? *(void **)cell : cell;
}

SWISS_ALWAYS_INLINE bool same_string(const swiss_slice *a, const swiss_slice *b) {
    return a->size == b->size && (a->data == b->data || a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

/* True if cell `i` of `b` holds `key`, whose tophash is `top`. Comparing integers is as cheap as comparing tophashes,
 * so these paths compare only them. */
SWISS_ALWAYS_INLINE bool cell_holds(enum path path, const hmap_type *t, hmap_bucket *b, size_t i, const void *key,
                                    uint8_t top) {
    switch (path) {
    case U32:
        return *(const uint32_t *)key_cell(path, t, b, i) == *(const uint32_t *)key && !is_empty(b->tophash[i]);
    case U64:
        return *(const uint64_t *)key_cell(path, t, b, i) == *(const uint64_t *)key && !is_empty(b->tophash[i]);
    case STR:
        return b->tophash[i] == top && same_string(key, key_cell(path, t, b, i));
    default:
        return b->tophash[i] == top && t->equal(key, key_at(path, t, b, i));
    }
}

SWISS_ALWAYS_INLINE void copy_key(enum path path, const hmap_type *t, void *to, const void *from) {
    switch (path) {
    case U32:
        *(uint32_t *)to = *(const uint32_t *)from;
        break;
    case U64:
        *(uint64_t *)to = *(const uint64_t *)from;
        break;
    case STR:
        *(swiss_slice *)to = *(const swiss_slice *)from;
        break;
    default:
        memcpy(to, from, t->key_size);
    }
}

/* Copies the content of one key's place to another: a pointer if the key is indirect. */
SWISS_ALWAYS_INLINE void copy_key_cell(enum path path, const hmap_type *t, void *to, const void *from) {
    if (path == GENERIC)
        memcpy(to, from, t->key_slot);
    else
        copy_key(path, t, to, from);
}

/* A call of memcpy costs more than a word's copy, and elems of a word are the most frequent. */
SWISS_ALWAYS_INLINE void copy_elem_cell(const hmap_type *t, void *to, const void *from) {
    if (t->elem_slot == 8)
        memcpy(to, from, 8);
    else
        memcpy(to, from, t->elem_slot);
}

/* Blocks of indirect keys and elems
 * ------------------------------------------------------------------------------------------------
 *
 * A key's block begins with a link: blocks of deleted keys are kept while an iterator is open, because arrays that it
 * walks may still point to them. */

static void *allocate_key(hmap *h) {
    void **block = h->allocator->allocate(h->allocator->context, sizeof(void *) + h->type->key_size, BLOCK_ALIGNMENT);
    return block ? block + 1 : NULL;
}

static void free_key(hmap *h, void *key) {
    h->allocator->free(h->allocator->context, (void **)key - 1, sizeof(void *) + h->type->key_size, BLOCK_ALIGNMENT);
}

static void retire_key(hmap *h, void *key) {
    if (h->extra.iterators == 0) {
        free_key(h, key);
        return;
    }
    ((void **)key)[-1] = h->extra.retired_keys;
    h->extra.retired_keys = key;
}

static void *allocate_elem(hmap *h) {
    void *elem = h->allocator->allocate(h->allocator->context, h->type->elem_size, BLOCK_ALIGNMENT);
    if (elem)
        memset(elem, 0, h->type->elem_size);
    return elem;
}

static void free_elem(hmap *h, void *elem) {
    h->allocator->free(h->allocator->context, elem, h->type->elem_size, BLOCK_ALIGNMENT);
}

/* Overflow buckets ------------------------------------------------------------------------------------------------- */

/* Counts one more overflow bucket: exactly below 2^16 buckets, above it one in 2^(B-15), at random, so that 16 bits
 * suffice to see that there are as many as buckets. */
static void count_overflow(hmap *h) {
    if (h->B < 16 || (random_u64() & bucket_mask(h->B - 15u)) == 0)
        h->noverflow++;
}

/* Lists `b` with the generation's overflow buckets. Returns false when out of memory. */
static bool list_overflow(hmap *h, hmap_bucket *b) {
    hmap_overflow *list = &h->extra.overflow;
    if (list->count == list->capacity) {
        const swiss_allocator *a = h->allocator;
        size_t capacity = list->capacity ? list->capacity * 2 : 4;
        size_t size = capacity * sizeof *list->items;
        void *items = list->items ? a->resize(a->context, list->items, list->capacity * sizeof *list->items, size,
                                              _Alignof(hmap_bucket *))
                                  : a->allocate(a->context, size, _Alignof(hmap_bucket *));
        if (!items)
            return false;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = b;
    return true;
}

/* A new overflow bucket, empty and in no chain, or NULL when out of memory. */
static hmap_bucket *allocate_overflow(hmap *h) {
    const size_t size = h->type->bucket_size;
    hmap_bucket *b = h->allocator->allocate(h->allocator->context, size, BLOCK_ALIGNMENT);
    if (!b)
        return NULL;
    if (!list_overflow(h, b)) {
        h->allocator->free(h->allocator->context, b, size, BLOCK_ALIGNMENT);
        return NULL;
    }
    memset(b, 0, size);
    return b;
}

/* Makes sure that the next `n` calls of new_overflow succeed. Returns false when out of memory. */
static SWISS_NOINLINE bool reserve_overflow(hmap *h, size_t n) {
    while (h->extra.next_overflow_count + h->extra.spare_count < n) {
        hmap_bucket *b = allocate_overflow(h);
        if (!b)
            return false;
        *overflow_of(h->type, b) = h->extra.spare;
        h->extra.spare = b;
        h->extra.spare_count++;
    }
    return true;
}

/* Chains an overflow bucket to `b`, the last of its chain: one of the array's own, or a spare one, or a new one.
 * Returns it, or NULL when out of memory. */
static SWISS_NOINLINE hmap_bucket *new_overflow(hmap *h, hmap_bucket *b) {
    hmap_extra *extra = &h->extra;
    hmap_bucket *overflow;
    if (extra->next_overflow_count > 0) {
        overflow = extra->next_overflow;
        extra->next_overflow_count--;
        extra->next_overflow = bucket_at(h->type, overflow, 1);
    } else if (extra->spare) {
        overflow = extra->spare;
        extra->spare_count--;
        extra->spare = *overflow_of(h->type, overflow);
        *overflow_of(h->type, overflow) = NULL;
    } else {
        overflow = allocate_overflow(h);
        if (!overflow)
            return NULL;
    }
    count_overflow(h);
    *overflow_of(h->type, b) = overflow;
    return overflow;
}

/* Arrays and generations
 * ------------------------------------------------------------------------------------------------
 *
 * A generation of the table is an array and the overflow buckets that were allocated for it. */

static size_t array_buckets(unsigned B) {
    return bucket_count(B) + (B >= FIRST_B_WITH_OVERFLOW ? bucket_count(B - FIRST_B_WITH_OVERFLOW) : 0);
}

/* Sets the array's own overflow buckets out to be used, all of them. */
static void reset_overflow(hmap *h) {
    h->extra.overflow = (hmap_overflow){NULL, 0, 0};
    h->extra.next_overflow = bucket_at(h->type, h->buckets, bucket_count(h->B));
    h->extra.next_overflow_count = array_buckets(h->B) - bucket_count(h->B);
    h->extra.spare = NULL;
    h->extra.spare_count = 0;
    h->noverflow = 0;
}

/* An array of 2^B empty buckets, or NULL when out of memory. */
static hmap_bucket *allocate_array(hmap *h, unsigned B) {
    if (B >= sizeof(size_t) * 8 - 2 || array_buckets(B) > PTRDIFF_MAX / h->type->bucket_size)
        return NULL;
    size_t size = array_buckets(B) * h->type->bucket_size;
    hmap_bucket *buckets = h->allocator->allocate(h->allocator->context, size, BLOCK_ALIGNMENT);
    if (buckets)
        memset(buckets, 0, size);
    return buckets;
}

static void free_array(hmap *h, hmap_bucket *buckets, unsigned B) {
    if (buckets)
        h->allocator->free(h->allocator->context, buckets, array_buckets(B) * h->type->bucket_size, BLOCK_ALIGNMENT);
}

static void free_overflow(hmap *h, hmap_overflow *list) {
    const swiss_allocator *a = h->allocator;
    for (size_t i = 0; i < list->count; i++)
        a->free(a->context, list->items[i], h->type->bucket_size, BLOCK_ALIGNMENT);
    if (list->items)
        a->free(a->context, list->items, list->capacity * sizeof *list->items, _Alignof(hmap_bucket *));
    *list = (hmap_overflow){NULL, 0, 0};
}

static void free_retired_node(hmap *h, hmap_retired *node) {
    if (node && node != &h->extra.first_retired)
        h->allocator->free(h->allocator->context, node, sizeof *node, _Alignof(hmap_retired));
}

/* Frees all that was kept for iterators. */
static void free_retired(hmap *h) {
    for (hmap_retired *node = h->extra.retired, *next; node; node = next) {
        next = node->next;
        free_array(h, node->buckets, node->B);
        free_overflow(h, &node->overflow);
        free_retired_node(h, node);
    }
    for (void *key = h->extra.retired_keys, *next; key; key = next) {
        next = ((void **)key)[-1];
        free_key(h, key);
    }
    h->extra.retired = NULL;
    h->extra.first_retired.buckets = NULL;
    h->extra.retired_keys = NULL;
}

SWISS_ALWAYS_INLINE bool is_same_size_grow(const hmap *h) {
    return (h->flags & HMAP_SAME_SIZE_GROW) != 0;
}

static unsigned old_B(const hmap *h) {
    return is_same_size_grow(h) ? h->B : h->B - 1u;
}

/* Lets go of the old generation, which nothing lives in any more: frees it, or keeps it for the iterators. A place for
 * it on the list of what is kept was reserved if an iterator was open when the growing began. If none was, whatever had
 * been kept was freed by then, and the place inside the map is free, as this is the first of its kind since. */
static void finish_growing(hmap *h) {
    hmap_extra *extra = &h->extra;
    if (extra->iterators == 0) {
        free_array(h, h->oldbuckets, old_B(h));
        free_overflow(h, &extra->oldoverflow);
        free_retired_node(h, extra->reserved);
    } else {
        hmap_retired *node = extra->reserved ? extra->reserved : &extra->first_retired;
        SWISS_ASSERT(extra->reserved || !node->buckets);
        *node = (hmap_retired){extra->retired, h->oldbuckets, extra->oldoverflow, (uint8_t)old_B(h)};
        extra->retired = node;
    }
    extra->reserved = NULL;
    extra->oldoverflow = (hmap_overflow){NULL, 0, 0};
    h->oldbuckets = NULL;
    h->flags &= (uint8_t)~HMAP_SAME_SIZE_GROW;
}

SWISS_ALWAYS_INLINE bool is_over_load(size_t count, unsigned B) {
    return count > CELLS && count > LOAD_NUMERATOR * (bucket_count(B) / LOAD_DENOMINATOR);
}

/* True if there are about as many overflow buckets as buckets, up to 2^15 of what noverflow counts. They must be thinly
 * filled, as otherwise the table would be over load. */
SWISS_ALWAYS_INLINE bool has_many_overflow(const hmap *h) {
    return h->noverflow >= 1u << (h->B < 15 ? h->B : 15);
}

/* Starts growing, to twice the size, or to the same if what is too much are the overflow buckets. Returns false when
 * out of memory. */
static SWISS_NOINLINE bool hash_grow(hmap *h) {
    const bool bigger = is_over_load(h->count + 1, h->B);
    const unsigned B = h->B + (bigger ? 1u : 0u);
    hmap_bucket *buckets = allocate_array(h, B);
    if (!buckets)
        return false;
    if (h->extra.iterators > 0) {
        h->extra.reserved = h->allocator->allocate(h->allocator->context, sizeof(hmap_retired), _Alignof(hmap_retired));
        if (!h->extra.reserved) {
            free_array(h, buckets, B);
            return false;
        }
    }
    h->oldbuckets = h->buckets;
    h->extra.oldoverflow = h->extra.overflow;
    h->nevacuate = 0;
    if (!bigger)
        h->flags |= HMAP_SAME_SIZE_GROW;
    h->buckets = buckets;
    h->B = (uint8_t)B;
    reset_overflow(h);
    return true;
}

/* Evacuating ------------------------------------------------------------------------------------------------------- */

/* Makes sure that the chain at `b` can be moved. Its n buckets' entries, split in two, fill n + 1 buckets at most, of
 * which two are there already. */
SWISS_ALWAYS_INLINE bool reserve_for_chain(hmap *h, hmap_bucket *b) {
    size_t n = 0;
    while ((b = *overflow_of(h->type, b)))
        n++;
    return n == 0 || reserve_overflow(h, n);
}

typedef struct destination {
    hmap_bucket *b;
    size_t i; /* the next cell */
} destination;

/* Which half of the table the entry with this key goes to: 1 for the second. `top` is its tophash. */
SWISS_ALWAYS_INLINE unsigned half_of(enum path path, const hmap *h, const void *key, size_t newbit, uint8_t *top) {
    const hmap_type *t = h->type;
    uint64_t hash = hash_of(path, t, key, h->hash0);
    if (path == GENERIC && (t->flags & HMAP_IRREFLEXIVE) && h->extra.iterators > 0 && !t->equal(key, key)) {
        /* The hash of such a key need not come out the same again, but iterators must be able to tell where it
         * will go: the lowest bit of its tophash decides. A new tophash spreads these keys at the next growing.
         */
        unsigned half = *top & 1u;
        *top = tophash_of(hash);
        return half;
    }
    return (hash & newbit) != 0;
}

/* Moves the entries of the chain at `b`, the old bucket `oldbucket`. */
SWISS_ALWAYS_INLINE void move_chain(enum path path, hmap *h, hmap_bucket *b, size_t oldbucket, size_t newbit) {
    const hmap_type *t = h->type;
    const bool same_size = is_same_size_grow(h);
    destination to[2] = {{bucket_at(t, h->buckets, oldbucket), 0}, {NULL, 0}};
    if (!same_size)
        to[1].b = bucket_at(t, h->buckets, oldbucket + newbit);
    for (; b; b = *overflow_of(t, b)) {
        for (size_t i = 0; i < CELLS; i++) {
            uint8_t top = b->tophash[i];
            if (is_empty(top)) {
                b->tophash[i] = EVACUATED_EMPTY;
                continue;
            }
            SWISS_ASSERT(top >= MIN_TOPHASH);
            unsigned half = same_size ? 0 : half_of(path, h, key_at(path, t, b, i), newbit, &top);
            b->tophash[i] = (uint8_t)(EVACUATED_X + half);
            destination *d = &to[half];
            if (d->i == CELLS) {
                d->b = new_overflow(h, d->b);
                d->i = 0;
            }
            d->b->tophash[d->i] = top;
            copy_key_cell(path, t, key_cell(path, t, d->b, d->i), key_cell(path, t, b, i));
            copy_elem_cell(t, elem_cell(path, t, d->b, d->i), elem_cell(path, t, b, i));
            d->i++;
        }
    }
}

/* Moves nevacuate past the buckets that are done, but not far, so that one operation does not pay for all. */
static void advance_evacuation_mark(hmap *h, size_t noldbuckets) {
    size_t mark = h->nevacuate + 1;
    size_t stop = mark + 1024 < noldbuckets ? mark + 1024 : noldbuckets;
    while (mark != stop && is_evacuated(bucket_at(h->type, h->oldbuckets, mark)))
        mark++;
    h->nevacuate = mark;
    if (mark == noldbuckets)
        finish_growing(h);
}

/* Returns false when out of memory: then the bucket has not been evacuated. */
SWISS_ALWAYS_INLINE bool evacuate(enum path path, hmap *h, size_t oldbucket) {
    hmap_bucket *b = bucket_at(h->type, h->oldbuckets, oldbucket);
    const size_t noldbuckets = bucket_count(old_B(h));
    if (!is_evacuated(b)) {
        if (!reserve_for_chain(h, b))
            return false;
        move_chain(path, h, b, oldbucket, noldbuckets);
    }
    if (oldbucket == h->nevacuate)
        advance_evacuation_mark(h, noldbuckets);
    return true;
}

/* Evacuates the old bucket that `bucket` is filled from, and one more, for growing to come to an end. Returns false
 * when out of memory: then the former has not been evacuated. */
SWISS_ALWAYS_INLINE bool grow_work_inlined(enum path path, hmap *h, size_t bucket) {
    if (!evacuate(path, h, bucket & bucket_mask(old_B(h))))
        return false;
    if (h->oldbuckets)
        (void)evacuate(path, h, h->nevacuate);
    return true;
}

#define GROW_WORK(path, name)                                                                                          \
    static SWISS_NOINLINE bool grow_work_##name(hmap *h, size_t bucket) {                                              \
        return grow_work_inlined(path, h, bucket);                                                                     \
    }
GROW_WORK(GENERIC, generic)
GROW_WORK(U32, u32)
GROW_WORK(U64, u64)
GROW_WORK(STR, str)

SWISS_ALWAYS_INLINE bool grow_work(enum path path, hmap *h, size_t bucket) {
    switch (path) {
    case U32:
        return grow_work_u32(h, bucket);
    case U64:
        return grow_work_u64(h, bucket);
    case STR:
        return grow_work_str(h, bucket);
    default:
        return grow_work_generic(h, bucket);
    }
}

/* Finding ---------------------------------------------------------------------------------------------------------- */

/* The bucket where a key with this hash is now, if anywhere. */
SWISS_ALWAYS_INLINE hmap_bucket *live_bucket(const hmap *h, uint64_t hash) {
    const hmap_type *t = h->type;
    if (h->oldbuckets) {
        hmap_bucket *old = bucket_at(t, h->oldbuckets, (size_t)hash & bucket_mask(old_B(h)));
        if (!is_evacuated(old))
            return old;
    }
    return bucket_at(t, h->buckets, (size_t)hash & bucket_mask(h->B));
}

/* A cell; none if b is NULL. */
typedef struct cell {
    hmap_bucket *b;
    size_t i;
} cell;

SWISS_ALWAYS_INLINE cell find_in_chain(enum path path, const hmap_type *t, hmap_bucket *b, const void *key,
                                       uint8_t top) {
    for (; b; b = *overflow_of(t, b)) {
        for (size_t i = 0; i < CELLS; i++) {
            if (cell_holds(path, t, b, i, key, top))
                return (cell){b, i};
            if (path == GENERIC && b->tophash[i] == EMPTY_REST)
                return (cell){NULL, 0};
        }
    }
    return (cell){NULL, 0};
}

SWISS_ALWAYS_INLINE cell find_cell(enum path path, const hmap *h, const void *key) {
    if (h->count == 0)
        return (cell){NULL, 0};
    if ((path == U32 || path == U64) && h->B == 0)
        return find_in_chain(path, h->type, h->buckets, key, 0); /* one bucket: no need to hash */
    uint64_t hash = hash_of(path, h->type, key, h->hash0);
    return find_in_chain(path, h->type, live_bucket(h, hash), key, tophash_of(hash));
}

SWISS_ALWAYS_INLINE void *find(enum path path, const hmap *h, const void *key) {
    cell found = find_cell(path, h, key);
    return found.b ? elem_at(path, h->type, found.b, found.i) : NULL;
}

void *hmap_find(const hmap *h, const void *key) {
    return find(GENERIC, h, key);
}

void *hmap_find_u32(const hmap *h, uint32_t key) {
    return find(U32, h, &key);
}

void *hmap_find_u64(const hmap *h, uint64_t key) {
    return find(U64, h, &key);
}

/* Looks for a string in a table of one bucket, where hashing would be dearer than comparing: short ones are compared
 * with all of their size. Of long ones the size and the first and last 4 bytes are; if more than one cell could hold
 * the key after that, *hash_it is set. */
static cell find_str_in_one_bucket(const hmap_type *t, hmap_bucket *b, const swiss_slice *key, bool *hash_it) {
    size_t maybe = CELLS;
    for (size_t i = 0; i < CELLS && b->tophash[i] != EMPTY_REST; i++) {
        const swiss_slice *k = key_cell(STR, t, b, i);
        if (k->size != key->size || is_empty(b->tophash[i]))
            continue;
        if (k->data == key->data)
            return (cell){b, i};
        if (key->size < 32) {
            if (same_string(k, key))
                return (cell){b, i};
            continue;
        }
        if (memcmp(k->data, key->data, 4) != 0 || memcmp(k->data + key->size - 4, key->data + key->size - 4, 4) != 0)
            continue;
        if (maybe != CELLS) {
            *hash_it = true;
            break;
        }
        maybe = i;
    }
    if (maybe != CELLS && !*hash_it && same_string(key_cell(STR, t, b, maybe), key))
        return (cell){b, maybe};
    return (cell){NULL, 0};
}

void *hmap_find_str(const hmap *h, swiss_slice key) {
    if (h->B == 0 && h->count > 0) {
        bool hash_it = false;
        cell found = find_str_in_one_bucket(h->type, h->buckets, &key, &hash_it);
        if (!hash_it)
            return found.b ? elem_cell(STR, h->type, found.b, found.i) : NULL;
    }
    return find(STR, h, &key);
}

/* Assigning -------------------------------------------------------------------------------------------------------- */

/* What a chain says about a key that is to be assigned. */
typedef struct place {
    cell found;        /* where the key is */
    cell empty;        /* if it is nowhere: the first empty cell */
    hmap_bucket *last; /* if there is none: the last bucket */
} place;

SWISS_ALWAYS_INLINE place find_place(enum path path, const hmap_type *t, hmap_bucket *b, const void *key, uint8_t top) {
    place p = {{NULL, 0}, {NULL, 0}, NULL};
    for (; b; b = *overflow_of(t, b)) {
        p.last = b;
        for (size_t i = 0; i < CELLS; i++) {
            const uint8_t tophash = b->tophash[i];
            if (is_empty(tophash)) {
                if (!p.empty.b)
                    p.empty = (cell){b, i};
                if (tophash == EMPTY_REST)
                    return p;
            } else if (cell_holds(path, t, b, i, key, top)) {
                p.found = (cell){b, i};
                return p;
            }
        }
    }
    return p;
}

/* The blocks that a new entry needs, and an empty cell if its chain has none. Returns false when out of memory: then
 * nothing has changed. */
SWISS_ALWAYS_INLINE bool allocate_entry(enum path path, hmap *h, place *p, void **key, void **elem) {
    *key = *elem = NULL;
    const bool made = (!is_key_indirect(path, h->type) || (*key = allocate_key(h))) &&
                      (!is_elem_indirect(path, h->type) || (*elem = allocate_elem(h))) &&
                      (p->empty.b || (p->empty.b = new_overflow(h, p->last)));
    if (!made && *key)
        free_key(h, *key);
    if (!made && *elem)
        free_elem(h, *elem);
    return made;
}

/* Enters `key`, which is not there. Returns its elem, or NULL when out of memory. */
SWISS_ALWAYS_INLINE void *enter(enum path path, hmap *h, place p, const void *key, uint8_t top) {
    const hmap_type *t = h->type;
    void *key_block, *elem_block;
    if (!allocate_entry(path, h, &p, &key_block, &elem_block))
        return NULL;
    void *to_key = key_cell(path, t, p.empty.b, p.empty.i);
    void *to_elem = elem_cell(path, t, p.empty.b, p.empty.i); /* zero bytes: deleting clears */
    if (key_block) {
        *(void **)to_key = key_block;
        to_key = key_block;
    }
    if (elem_block) {
        *(void **)to_elem = elem_block;
        to_elem = elem_block;
    }
    copy_key(path, t, to_key, key);
    p.empty.b->tophash[p.empty.i] = top;
    h->count++;
    return to_elem;
}

/* The array of a map that was made without one. */
static SWISS_NOINLINE bool make_first_array(hmap *h) {
    hmap_bucket *buckets = allocate_array(h, h->B);
    if (!buckets)
        return false;
    h->buckets = buckets;
    reset_overflow(h);
    return true;
}

SWISS_ALWAYS_INLINE void *assign(enum path path, hmap *h, const void *key) {
    const hmap_type *t = h->type;
    const uint64_t hash = hash_of(path, t, key, h->hash0);
    const uint8_t top = tophash_of(hash);
    if (!h->buckets && !make_first_array(h))
        return NULL;
    for (;;) {
        const size_t bucket = (size_t)hash & bucket_mask(h->B);
        if (h->oldbuckets && !grow_work(path, h, bucket))
            return NULL;
        place p = find_place(path, t, bucket_at(t, h->buckets, bucket), key, top);
        if (p.found.b) {
            if (path == STR || (path == GENERIC && (t->flags & HMAP_KEY_UPDATE)))
                copy_key(path, t, key_at(path, t, p.found.b, p.found.i), key);
            return elem_at(path, t, p.found.b, p.found.i);
        }
        if (h->oldbuckets || (!is_over_load(h->count + 1, h->B) && !has_many_overflow(h)))
            return enter(path, h, p, key, top);
        if (!hash_grow(h))
            return NULL;
    }
}

void *hmap_assign(hmap *h, const void *key) {
    return assign(GENERIC, h, key);
}

/* Deleting --------------------------------------------------------------------------------------------------------- */

/* Marks a cell as empty, and if nothing comes after it, also the empty ones just before it as having nothing after
 * them, back to the first bucket of the chain. */
static void mark_empty(const hmap_type *t, hmap_bucket *first, cell c) {
    hmap_bucket *b = c.b;
    size_t i = c.i;
    b->tophash[i] = EMPTY_ONE;
    if (i < CELLS - 1) {
        if (b->tophash[i + 1] != EMPTY_REST)
            return;
    } else {
        hmap_bucket *next = *overflow_of(t, b);
        if (next && next->tophash[0] != EMPTY_REST)
            return;
    }
    do {
        b->tophash[i] = EMPTY_REST;
        if (i > 0) {
            i--;
            continue;
        }
        if (b == first)
            return;
        hmap_bucket *previous = first;
        while (*overflow_of(t, previous) != b)
            previous = *overflow_of(t, previous);
        b = previous;
        i = CELLS - 1;
    } while (b->tophash[i] == EMPTY_ONE);
}

/* Frees what the entry in a cell owns, and clears its elem, for the next entry to begin with zero bytes. */
SWISS_ALWAYS_INLINE void clear_cell(enum path path, hmap *h, cell c) {
    const hmap_type *t = h->type;
    if (is_key_indirect(path, t))
        retire_key(h, key_at(path, t, c.b, c.i));
    if (is_elem_indirect(path, t))
        free_elem(h, elem_at(path, t, c.b, c.i));
    if (t->elem_slot == 8)
        memset(elem_cell(path, t, c.b, c.i), 0, 8);
    else
        memset(elem_cell(path, t, c.b, c.i), 0, t->elem_slot);
}

/* If there is no memory for evacuating the key's bucket, the key is deleted where it is. */
SWISS_ALWAYS_INLINE bool delete_key(enum path path, hmap *h, const void *key) {
    if (h->count == 0)
        return false;
    const hmap_type *t = h->type;
    const uint64_t hash = hash_of(path, t, key, h->hash0);
    if (h->oldbuckets)
        (void)grow_work(path, h, (size_t)hash & bucket_mask(h->B));
    hmap_bucket *first = live_bucket(h, hash);
    cell found = find_in_chain(path, t, first, key, tophash_of(hash));
    if (!found.b)
        return false;
    clear_cell(path, h, found);
    mark_empty(t, first, found);
    if (--h->count == 0)
        h->hash0 = new_hash0(); /* whoever has found keys that collide has to begin anew */
    return true;
}

bool hmap_delete(hmap *h, const void *key) {
    return delete_key(GENERIC, h, key);
}

#define FAST_PATH(path, name, key_type)                                                                                \
    void *hmap_assign_##name(hmap *h, key_type key) {                                                                  \
        SWISS_ASSERT(h->type->key_slot == sizeof key && h->type->elem_size <= HMAP_MAX_INLINE);                        \
        return assign(path, h, &key);                                                                                  \
    }                                                                                                                  \
    bool hmap_delete_##name(hmap *h, key_type key) {                                                                   \
        return delete_key(path, h, &key);                                                                              \
    }
FAST_PATH(U32, u32, uint32_t)
FAST_PATH(U64, u64, uint64_t)
FAST_PATH(STR, str, swiss_slice)

/* Making, clearing and freeing ------------------------------------------------------------------------------------- */

bool hmap_init(hmap *h, const hmap_type *type, size_t hint, const swiss_allocator *allocator) {
    *h = (hmap){.type = type, .allocator = allocator, .hash0 = new_hash0()};
    if (hint > PTRDIFF_MAX / type->bucket_size)
        hint = 0;
    unsigned B = 0;
    while (is_over_load(hint, B))
        B++;
    if (B == 0)
        return true; /* the first assign makes the bucket */
    h->B = (uint8_t)B;
    if (make_first_array(h))
        return true;
    h->B = 0;
    return false;
}

/* Frees the blocks of all keys and elems in an array and its chains. */
static void free_blocks(hmap *h, hmap_bucket *buckets, unsigned B) {
    const hmap_type *t = h->type;
    const bool key = is_key_indirect(GENERIC, t), elem = is_elem_indirect(GENERIC, t);
    if (!buckets || (!key && !elem))
        return;
    for (size_t n = 0; n < bucket_count(B); n++) {
        for (hmap_bucket *b = bucket_at(t, buckets, n); b; b = *overflow_of(t, b)) {
            for (size_t i = 0; i < CELLS; i++) {
                if (b->tophash[i] < MIN_TOPHASH)
                    continue;
                if (key)
                    free_key(h, key_at(GENERIC, t, b, i));
                if (elem)
                    free_elem(h, elem_at(GENERIC, t, b, i));
            }
        }
    }
}

/* Empties an array in place, keeping its chains. */
static void empty_array(const hmap_type *t, hmap_bucket *buckets, unsigned B) {
    for (size_t n = 0; n < bucket_count(B); n++)
        for (hmap_bucket *b = bucket_at(t, buckets, n); b; b = *overflow_of(t, b))
            memset(b, 0, t->bucket_size - sizeof(hmap_bucket *));
}

void hmap_clear(hmap *h) {
    if (h->count == 0)
        return;
    free_blocks(h, h->buckets, h->B);
    free_blocks(h, h->oldbuckets, old_B(h));
    if (h->extra.iterators == 0) {
        if (h->oldbuckets)
            finish_growing(h);
        free_overflow(h, &h->extra.overflow);
        memset(h->buckets, 0, array_buckets(h->B) * h->type->bucket_size);
        reset_overflow(h);
    } else { /* they may stand anywhere: let them find nothing there */
        if (h->oldbuckets)
            finish_growing(h);
        for (hmap_retired *node = h->extra.retired; node; node = node->next)
            empty_array(h->type, node->buckets, node->B);
        empty_array(h->type, h->buckets, h->B);
    }
    h->count = 0;
    h->hash0 = new_hash0();
}

void hmap_free(hmap *h) {
    free_blocks(h, h->buckets, h->B);
    free_blocks(h, h->oldbuckets, old_B(h));
    h->extra.iterators = 0;
    if (h->oldbuckets)
        finish_growing(h);
    free_retired(h);
    free_overflow(h, &h->extra.overflow);
    free_array(h, h->buckets, h->B);
    *h = (hmap){.type = h->type, .allocator = h->allocator, .hash0 = h->hash0};
}

/* Iterating -------------------------------------------------------------------------------------------------------- */

void hmap_iter_init(hmap_iter *it, hmap *h) {
    *it = (hmap_iter){.buckets = h->buckets, .B = h->B, .check_bucket = NO_CHECK};
    if (h->count == 0)
        return;
    uint64_t random = random_u64();
    it->h = h;
    it->offset = (uint8_t)(random & (CELLS - 1));
    it->start_bucket = it->bucket = (size_t)(random >> 3) & bucket_mask(h->B);
    h->extra.iterators++;
}

void hmap_iter_done(hmap_iter *it) {
    if (it->h && --it->h->extra.iterators == 0)
        free_retired(it->h);
    it->h = NULL;
    it->key = NULL;
    it->elem = NULL;
}

/* Goes to the next bucket. If the iterator was opened while the table grew, and it still grows, the bucket may not have
 * been filled yet: then its entries are those of the old bucket that will go to it. */
static void enter_bucket(hmap_iter *it) {
    const hmap *h = it->h;
    const size_t bucket = it->bucket;
    it->bptr = bucket_at(h->type, it->buckets, bucket);
    it->check_bucket = NO_CHECK;
    if (h->oldbuckets && it->B == h->B) {
        hmap_bucket *old = bucket_at(h->type, h->oldbuckets, bucket & bucket_mask(old_B(h)));
        if (!is_evacuated(old)) {
            it->bptr = old;
            if (!is_same_size_grow(h))
                it->check_bucket = bucket;
        }
    }
    it->i = 0;
    if (++it->bucket == bucket_count(it->B)) {
        it->bucket = 0;
        it->wrapped = true;
    }
}

/* True if `key`, in an old bucket with this tophash, goes to the bucket that the iterator is at. */
static bool goes_here(const hmap_iter *it, const void *key, uint8_t tophash) {
    const hmap_type *t = it->h->type;
    if ((t->flags & HMAP_IRREFLEXIVE) && !t->equal(key, key))
        return it->check_bucket >> (it->B - 1) == (tophash & 1u); /* see half_of */
    return ((size_t)t->hash(key, it->h->hash0) & bucket_mask(it->B)) == it->check_bucket;
}

/* Sets the iterator's entry to that of cell `i` of its bucket, which is not empty. Returns false if it is not one that
 * the iterator shows. */
SWISS_ALWAYS_INLINE bool show_cell(hmap_iter *it, const hmap_type *t, hmap_bucket *b, size_t i) {
    const uint8_t tophash = b->tophash[i];
    const void *key = key_at(GENERIC, t, b, i);
    if (it->check_bucket != NO_CHECK && !goes_here(it, key, tophash))
        return false;
    const bool moved = tophash == EVACUATED_X || tophash == EVACUATED_Y;
    if (!moved || ((t->flags & HMAP_IRREFLEXIVE) && !t->equal(key, key))) {
        /* The entry is here; or it has moved, but could be neither changed nor deleted since, as no key equals it. */
        it->key = key;
        it->elem = elem_at(GENERIC, t, b, i);
        return true;
    }
    cell now = find_cell(GENERIC, it->h, key);
    if (!now.b)
        return false; /* deleted since */
    it->key = key_at(GENERIC, t, now.b, now.i);
    it->elem = elem_at(GENERIC, t, now.b, now.i);
    return true;
}

bool hmap_iter_next(hmap_iter *it) {
    if (!it->h)
        return false;
    const hmap_type *t = it->h->type;
    const size_t offset = it->offset;
    for (;;) {
        if (!it->bptr) {
            if (it->wrapped && it->bucket == it->start_bucket) {
                hmap_iter_done(it);
                return false;
            }
            enter_bucket(it);
        }
        hmap_bucket *b = it->bptr;
        for (size_t n = it->i; n < CELLS; n++) {
            const size_t i = (n + offset) & (CELLS - 1);
            if (is_empty(b->tophash[i]) || b->tophash[i] == EVACUATED_EMPTY)
                continue;
            if (show_cell(it, t, b, i)) {
                it->i = (uint8_t)(n + 1);
                return true;
            }
        }
        it->bptr = *overflow_of(t, b);
        it->i = 0;
    }
}
