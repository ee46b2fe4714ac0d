/* uthash.h - uthash's interface over swiss tables: a program moves by changing an include.
 *
 *     #include <swiss/compat/uthash.h>          // in the place of "uthash.h"
 *     struct user { int id; char name[10]; UT_hash_handle hh; };
 *     struct user *users = NULL, *found;
 *     ...
 *     HASH_ADD_INT(users, id, one);
 *     HASH_FIND_INT(users, &id, found);
 *     HASH_ITER(hh, users, one, tmp) printf("%s\n", one->name);  // in the order in which they were added
 *     HASH_DEL(users, found);
 *
 * Elements stay where they are, are linked in the order in which they were added, and may be in several hashes by
 * several handles, as with uthash 2.3. All that its user guide describes is here but what follows. Differences:
 * - The hash of a key is swiss's, by one seed for all hashes and runs: whoever knows it can choose keys that collide,
 *   as with uthash. A HASH_FUNCTION of the program's is called as it is, and its result mixed. HASH_JEN and the other
 *   names all stand for swiss's.
 * - To find, a search reads the table, and an element only if all 32 bits of its hash are those of the key. Growing
 *   reads no element.
 * - Memory comes from the bundled heap, unless uthash_malloc and uthash_free are both defined before the include: then
 *   from these, which align to 16 bytes. They and HASH_KEYCMP count as they are when this header is included: to
 *   redefine them afterwards does nothing.
 * - When memory is out, uthash_fatal is called, which exits unless the program defines it; with HASH_NONFATAL_OOM 1 the
 *   element is not added, its hh.tbl is NULL, and uthash_nonfatal_oom is called, also where the table could not grow.
 * - There is no HASH_BLOOM, which is ignored, no HASH_EMIT_KEYS and HASH_DEBUG, and no uthash_expand_fyi. hh.tbl has
 *   the members num_items, tail and hho, and no buckets.
 *
 * It needs __typeof, as gcc and clang have it, or C++. It may not be included beside uthash's own header, whose names
 * these are.
 */
#ifndef SWISS_COMPAT_UTHASH_H
#define SWISS_COMPAT_UTHASH_H

#if defined(UTHASH_H)
#    error "swiss: uthash.h is included already: swiss/compat/uthash.h takes its place and cannot stand beside it"
#endif
#define UTHASH_H
#define UTHASH_VERSION 2.3.0

#include "../table.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#ifndef SWISS_UTHASH_SEED
#    define SWISS_UTHASH_SEED 1
#endif

#ifndef DECLTYPE
#    define DECLTYPE(x) (__typeof(x))
#endif
#define DECLTYPE_ASSIGN(dst, src)                                                                                      \
    do {                                                                                                               \
        (dst) = DECLTYPE(dst)(src);                                                                                    \
    } while (0)

#ifndef uthash_strlen
#    define uthash_strlen(s) strlen(s)
#endif
#ifndef HASH_KEYCMP
#    define HASH_KEYCMP(a, b, n) memcmp(a, b, n)
#endif
#ifndef HASH_FUNCTION
#    define HASH_FUNCTION(keyptr, keylen, hashv) HASH_JEN(keyptr, keylen, hashv)
#endif
#define HASH_JEN(keyptr, keylen, hashv)                                                                                \
    do {                                                                                                               \
        (hashv) = swiss_uthash_hash_(keyptr, (size_t)(keylen));                                                        \
    } while (0)
#define HASH_BER HASH_JEN
#define HASH_SAX HASH_JEN
#define HASH_FNV HASH_JEN
#define HASH_OAT HASH_JEN
#define HASH_SFH HASH_JEN

#ifndef HASH_NONFATAL_OOM
#    define HASH_NONFATAL_OOM 0
#endif
#if HASH_NONFATAL_OOM
#    ifndef uthash_nonfatal_oom
#        define uthash_nonfatal_oom(obj)                                                                               \
            do {                                                                                                       \
            } while (0)
#    endif
#    define SWISS_UTHASH_OOM_(obj) uthash_nonfatal_oom(obj)
#else
#    ifndef uthash_fatal
#        define uthash_fatal(msg) exit(-1)
#    endif
#    define SWISS_UTHASH_OOM_(obj) uthash_fatal("out of memory")
#endif

/* The types -------------------------------------------------------------------------------------------------------- */

typedef struct UT_hash_handle {
    struct UT_hash_table *tbl;
    void *prev, *next; /* elements, in the order in which they were added */
    const void *key;
    unsigned keylen, hashv;
} UT_hash_handle;

typedef struct UT_hash_table {
    swiss_table table; /* of swiss_uthash_slot_ */
    UT_hash_handle *tail;
    ptrdiff_t hho; /* where in an element the handle lies */
    unsigned num_items;
} UT_hash_table;

/* What a slot holds: the hash, so that few elements are looked at, and none when the table grows. */
typedef struct swiss_uthash_slot_ {
    UT_hash_handle *handle;
    unsigned hashv;
} swiss_uthash_slot_;

/* What is looked for: a key, or a handle. */
typedef struct swiss_uthash_key_ {
    const UT_hash_handle *handle; /* NULL: the key counts */
    unsigned hashv, keylen;
    const void *key;
} swiss_uthash_key_;

#define ELMT_FROM_HH(tbl, hhp) ((void *)((char *)(hhp) - (tbl)->hho))
#define HH_FROM_ELMT(tbl, elp) ((UT_hash_handle *)(void *)((char *)(elp) + (tbl)->hho))

SWISS_BEGIN_C

/* The table -------------------------------------------------------------------------------------------------------- */

#if defined(uthash_malloc) && defined(uthash_free)
static void *swiss_uthash_allocate_(void *context, size_t size, size_t alignment) {
    (void)context;
    return alignment <= 16 ? uthash_malloc(size) : NULL;
}

static void swiss_uthash_free_block_(void *context, void *block, size_t size, size_t alignment) {
    (void)context;
    (void)size;
    (void)alignment;
    uthash_free(block, size);
}

static void *swiss_uthash_resize_(void *context, void *block, size_t old_size, size_t new_size, size_t alignment) {
    void *moved = swiss_uthash_allocate_(context, new_size, alignment);
    if (moved) {
        memcpy(moved, block, old_size < new_size ? old_size : new_size);
        swiss_uthash_free_block_(context, block, old_size, alignment);
    }
    return moved;
}

static const swiss_allocator swiss_uthash_allocator_[1] = {
    {swiss_uthash_allocate_, swiss_uthash_resize_, swiss_uthash_free_block_, NULL}};
#else
#    define swiss_uthash_allocator_ ((const swiss_allocator *)NULL)
#endif

/* Returns the hash of a key. */
static inline unsigned swiss_uthash_hash_(const void *key, size_t size) {
    return (unsigned)(swiss_hash_bytes(key, size, SWISS_UTHASH_SEED) >> 32);
}

/* Hashes a slot, or what is looked for, which both know the 32 bits that are to be mixed. */
static inline uint64_t swiss_uthash_mix_(unsigned hashv, uint64_t seed) {
    return swiss_hash_mix(hashv, seed);
}

static inline uint64_t swiss_uthash_slot_hash_(const void *slot, uint64_t seed, const swiss_table_type *type) {
    (void)type;
    return swiss_uthash_mix_(((const swiss_uthash_slot_ *)slot)->hashv, seed);
}

static inline bool swiss_uthash_equal_(const void *stored, const void *sought, const swiss_table_type *type) {
    const swiss_uthash_slot_ *slot = (const swiss_uthash_slot_ *)stored;
    const swiss_uthash_key_ *key = (const swiss_uthash_key_ *)sought;
    (void)type;
    if (key->handle)
        return slot->handle == key->handle;
    return slot->hashv == key->hashv && slot->handle->keylen == key->keylen &&
           HASH_KEYCMP(slot->handle->key, key->key, key->keylen) == 0;
}

static const swiss_table_type swiss_uthash_type_ = {sizeof(swiss_uthash_slot_),
                                                    sizeof(swiss_uthash_slot_),
                                                    0,
                                                    sizeof(swiss_uthash_slot_),
                                                    SWISS_ALIGNOF(swiss_uthash_slot_),
                                                    swiss_uthash_slot_hash_,
                                                    swiss_uthash_equal_,
                                                    NULL,
                                                    NULL,
                                                    NULL,
                                                    NULL,
                                                    NULL,
                                                    true};

/* Returns the slot of what is looked for, or NULL. */
static inline swiss_uthash_slot_ *swiss_uthash_search_(const swiss_table *table, const swiss_uthash_key_ *key) {
    const uint64_t hash = swiss_uthash_mix_(key->hashv, table->seed);
    void *slot = swiss_table_find_first_(table, &swiss_uthash_type_, hash, swiss_uthash_equal_, key, true, NULL);
    if (!slot && SWISS_UNLIKELY(swiss_table_goes_further_(table, hash)))
        slot = swiss_table_find_further_(table, &swiss_uthash_type_, hash, swiss_uthash_equal_, key);
    return (swiss_uthash_slot_ *)slot;
}

/* Returns the element of a key, or NULL. */
static inline void *swiss_uthash_find_(const UT_hash_table *tbl, const void *key, unsigned keylen, unsigned hashv) {
    const swiss_uthash_key_ sought = {NULL, hashv, keylen, key};
    const swiss_uthash_slot_ *slot = swiss_uthash_search_(&tbl->table, &sought);
    return slot ? ELMT_FROM_HH(tbl, slot->handle) : NULL;
}

/* Returns a table without elements, or NULL when out of memory. */
static SWISS_NOINLINE UT_hash_table *swiss_uthash_make_(ptrdiff_t hho) {
    UT_hash_table *tbl = (UT_hash_table *)swiss_allocator_allocate(swiss_uthash_allocator_, sizeof(UT_hash_table),
                                                                   SWISS_ALIGNOF(UT_hash_table));
    if (tbl) {
        swiss_options options = {NULL, SWISS_UTHASH_SEED, 0};
        options.allocator = swiss_uthash_allocator_;
        (void)swiss_table_init(&tbl->table, &swiss_uthash_type_, &options);
        tbl->tail = NULL;
        tbl->hho = hho;
        tbl->num_items = 0;
    }
    return tbl;
}

static SWISS_NOINLINE void swiss_uthash_drop_(UT_hash_table *tbl) {
    swiss_table_free(&tbl->table, &swiss_uthash_type_);
    swiss_allocator_free(swiss_uthash_allocator_, tbl, sizeof(UT_hash_table), SWISS_ALIGNOF(UT_hash_table));
}

/* Adds an element, before `next` (NULL: at the end), to a table (NULL: a new one). Returns false when out of memory. */
static inline bool swiss_uthash_add_(UT_hash_table *tbl, void *element, UT_hash_handle *handle, const void *key,
                                     unsigned keylen, unsigned hashv, void *next) {
    UT_hash_table *to = tbl ? tbl : swiss_uthash_make_((char *)handle - (char *)element);
    const swiss_uthash_slot_ entry = {handle, hashv};
    handle->key = key;
    handle->keylen = keylen;
    handle->hashv = hashv;
    handle->tbl = NULL;
    if (!to)
        return false;
    void *slot = NULL;
    if (swiss_table_prepare_(&to->table, &swiss_uthash_type_))
        slot = swiss_table_add_(&to->table, &swiss_uthash_type_, swiss_uthash_mix_(hashv, to->table.seed));
    if (SWISS_UNLIKELY(!slot)) {
        if (!tbl)
            swiss_uthash_drop_(to);
        return false;
    }
    memcpy(slot, &entry, sizeof entry);
    handle->tbl = to;
    handle->next = next;
    handle->prev = next ? HH_FROM_ELMT(to, next)->prev : to->tail ? ELMT_FROM_HH(to, to->tail) : NULL;
    if (handle->prev)
        HH_FROM_ELMT(to, handle->prev)->next = element;
    if (next)
        HH_FROM_ELMT(to, next)->prev = element;
    else
        to->tail = handle;
    ++to->num_items;
    return true;
}

/* Takes an element out. Returns the first of those that are left; NULL: none, and no table. */
static inline void *swiss_uthash_remove_(UT_hash_table *tbl, const UT_hash_handle *handle, void *head) {
    const swiss_uthash_key_ sought = {handle, handle->hashv, 0, NULL};
    if (!handle->prev && !handle->next) {
        swiss_uthash_drop_(tbl);
        return NULL;
    }
    swiss_uthash_slot_ *slot = swiss_uthash_search_(&tbl->table, &sought);
    SWISS_ASSERT(slot && "HASH_DELETE: the element is not in the hash");
    if (!slot)
        return head;
    swiss_table_release_(&tbl->table, swiss_table_index_(&tbl->table, &swiss_uthash_type_, slot));
    if (handle->next)
        HH_FROM_ELMT(tbl, handle->next)->prev = handle->prev;
    else
        tbl->tail = HH_FROM_ELMT(tbl, handle->prev);
    if (handle->prev)
        HH_FROM_ELMT(tbl, handle->prev)->next = handle->next;
    --tbl->num_items;
    return handle->prev ? head : handle->next;
}

/* Sets the backward links after the order has changed. Returns the first element. */
static inline void *swiss_uthash_relink_(UT_hash_table *tbl, void *first) {
    void *before = NULL;
    for (void *at = first; at; before = at, at = HH_FROM_ELMT(tbl, at)->next)
        HH_FROM_ELMT(tbl, at)->prev = before;
    tbl->tail = before ? HH_FROM_ELMT(tbl, before) : NULL;
    return first;
}

SWISS_END_C

/* The operations --------------------------------------------------------------------------------------------------- */

#define HASH_VALUE(keyptr, keylen, hashv)                                                                              \
    do {                                                                                                               \
        HASH_FUNCTION(keyptr, keylen, hashv);                                                                          \
    } while (0)

#define HASH_FIND_BYHASHVALUE(hh, head, keyptr, keylen, hashval, out)                                                  \
    do {                                                                                                               \
        void *swiss_found_ =                                                                                           \
            (head) ? swiss_uthash_find_((head)->hh.tbl, keyptr, (unsigned)(keylen), (unsigned)(hashval)) : NULL;       \
        DECLTYPE_ASSIGN(out, swiss_found_);                                                                            \
    } while (0)

#define HASH_FIND(hh, head, keyptr, keylen, out)                                                                       \
    do {                                                                                                               \
        void *swiss_out_ = NULL;                                                                                       \
        if (head) {                                                                                                    \
            unsigned swiss_hashv_;                                                                                     \
            HASH_VALUE(keyptr, keylen, swiss_hashv_);                                                                  \
            swiss_out_ = swiss_uthash_find_((head)->hh.tbl, keyptr, (unsigned)(keylen), swiss_hashv_);                 \
        }                                                                                                              \
        DECLTYPE_ASSIGN(out, swiss_out_);                                                                              \
    } while (0)

#define SWISS_UTHASH_ADD_(hh, head, keyptr, keylen_in, hashval, add, before)                                           \
    do {                                                                                                               \
        void *const swiss_before_ = (before);                                                                          \
        if (!swiss_uthash_add_((head) ? (head)->hh.tbl : NULL, add, &(add)->hh, keyptr, (unsigned)(keylen_in),         \
                               (unsigned)(hashval), swiss_before_))                                                    \
            SWISS_UTHASH_OOM_(add);                                                                                    \
        else if (!(add)->hh.prev)                                                                                      \
            (head) = (add);                                                                                            \
    } while (0)

#define HASH_ADD_KEYPTR_BYHASHVALUE(hh, head, keyptr, keylen_in, hashval, add)                                         \
    SWISS_UTHASH_ADD_(hh, head, keyptr, keylen_in, hashval, add, NULL)

#define HASH_ADD_KEYPTR(hh, head, keyptr, keylen_in, add)                                                              \
    do {                                                                                                               \
        unsigned swiss_hashv_;                                                                                         \
        HASH_VALUE(keyptr, keylen_in, swiss_hashv_);                                                                   \
        HASH_ADD_KEYPTR_BYHASHVALUE(hh, head, keyptr, keylen_in, swiss_hashv_, add);                                   \
    } while (0)

#define HASH_ADD_BYHASHVALUE(hh, head, fieldname, keylen_in, hashval, add)                                             \
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, head, &((add)->fieldname), keylen_in, hashval, add)
#define HASH_ADD(hh, head, fieldname, keylen_in, add) HASH_ADD_KEYPTR(hh, head, &((add)->fieldname), keylen_in, add)

/* In an order: before the first element that cmpfcn says is greater. */
#define HASH_ADD_KEYPTR_BYHASHVALUE_INORDER(hh, head, keyptr, keylen_in, hashval, add, cmpfcn)                         \
    do {                                                                                                               \
        void *swiss_at_ = (void *)(head);                                                                              \
        while (swiss_at_ && cmpfcn(DECLTYPE(head)(swiss_at_), add) <= 0)                                               \
            swiss_at_ = HH_FROM_ELMT((head)->hh.tbl, swiss_at_)->next;                                                 \
        SWISS_UTHASH_ADD_(hh, head, keyptr, keylen_in, hashval, add, swiss_at_);                                       \
    } while (0)

#define HASH_ADD_KEYPTR_INORDER(hh, head, keyptr, keylen_in, add, cmpfcn)                                              \
    do {                                                                                                               \
        unsigned swiss_hashv_;                                                                                         \
        HASH_VALUE(keyptr, keylen_in, swiss_hashv_);                                                                   \
        HASH_ADD_KEYPTR_BYHASHVALUE_INORDER(hh, head, keyptr, keylen_in, swiss_hashv_, add, cmpfcn);                   \
    } while (0)

#define HASH_ADD_BYHASHVALUE_INORDER(hh, head, fieldname, keylen_in, hashval, add, cmpfcn)                             \
    HASH_ADD_KEYPTR_BYHASHVALUE_INORDER(hh, head, &((add)->fieldname), keylen_in, hashval, add, cmpfcn)
#define HASH_ADD_INORDER(hh, head, fieldname, keylen_in, add, cmpfcn)                                                  \
    HASH_ADD_KEYPTR_INORDER(hh, head, &((add)->fieldname), keylen_in, add, cmpfcn)

#define HASH_REPLACE_BYHASHVALUE(hh, head, fieldname, keylen_in, hashval, add, replaced)                               \
    do {                                                                                                               \
        HASH_FIND_BYHASHVALUE(hh, head, &((add)->fieldname), keylen_in, hashval, replaced);                            \
        if (replaced)                                                                                                  \
            HASH_DELETE(hh, head, replaced);                                                                           \
        HASH_ADD_KEYPTR_BYHASHVALUE(hh, head, &((add)->fieldname), keylen_in, hashval, add);                           \
    } while (0)

#define HASH_REPLACE(hh, head, fieldname, keylen_in, add, replaced)                                                    \
    do {                                                                                                               \
        unsigned swiss_replaced_;                                                                                      \
        HASH_VALUE(&((add)->fieldname), keylen_in, swiss_replaced_);                                                   \
        HASH_REPLACE_BYHASHVALUE(hh, head, fieldname, keylen_in, swiss_replaced_, add, replaced);                      \
    } while (0)

#define HASH_REPLACE_BYHASHVALUE_INORDER(hh, head, fieldname, keylen_in, hashval, add, replaced, cmpfcn)               \
    do {                                                                                                               \
        HASH_FIND_BYHASHVALUE(hh, head, &((add)->fieldname), keylen_in, hashval, replaced);                            \
        if (replaced)                                                                                                  \
            HASH_DELETE(hh, head, replaced);                                                                           \
        HASH_ADD_KEYPTR_BYHASHVALUE_INORDER(hh, head, &((add)->fieldname), keylen_in, hashval, add, cmpfcn);           \
    } while (0)

#define HASH_REPLACE_INORDER(hh, head, fieldname, keylen_in, add, replaced, cmpfcn)                                    \
    do {                                                                                                               \
        unsigned swiss_replaced_;                                                                                      \
        HASH_VALUE(&((add)->fieldname), keylen_in, swiss_replaced_);                                                   \
        HASH_REPLACE_BYHASHVALUE_INORDER(hh, head, fieldname, keylen_in, swiss_replaced_, add, replaced, cmpfcn);      \
    } while (0)

#define HASH_DELETE(hh, head, delptr) HASH_DELETE_HH(hh, head, &(delptr)->hh)
#define HASH_DELETE_HH(hh, head, delptrhh)                                                                             \
    do {                                                                                                               \
        const UT_hash_handle *const swiss_gone_ = (delptrhh);                                                          \
        DECLTYPE_ASSIGN(head, swiss_uthash_remove_(swiss_gone_->tbl, swiss_gone_, (void *)(head)));                    \
    } while (0)

#define HASH_FIND_STR(head, findstr, out) HASH_FIND(hh, head, findstr, (unsigned)uthash_strlen(findstr), out)
#define HASH_ADD_STR(head, strfield, add)                                                                              \
    HASH_ADD_KEYPTR(hh, head, &((add)->strfield[0]), (unsigned)uthash_strlen((add)->strfield), add)
#define HASH_REPLACE_STR(head, strfield, add, replaced)                                                                \
    HASH_REPLACE(hh, head, strfield[0], (unsigned)uthash_strlen((add)->strfield), add, replaced)
#define HASH_FIND_INT(head, findint, out) HASH_FIND(hh, head, findint, sizeof(int), out)
#define HASH_ADD_INT(head, intfield, add) HASH_ADD(hh, head, intfield, sizeof(int), add)
#define HASH_REPLACE_INT(head, intfield, add, replaced) HASH_REPLACE(hh, head, intfield, sizeof(int), add, replaced)
#define HASH_FIND_PTR(head, findptr, out) HASH_FIND(hh, head, findptr, sizeof(void *), out)
#define HASH_ADD_PTR(head, ptrfield, add) HASH_ADD(hh, head, ptrfield, sizeof(void *), add)
#define HASH_REPLACE_PTR(head, ptrfield, add, replaced) HASH_REPLACE(hh, head, ptrfield, sizeof(void *), add, replaced)
#define HASH_DEL(head, delptr) HASH_DELETE(hh, head, delptr)

/* Sorts the elements by cmpfcn; equal ones stay in their order. A merge sort: bins[i] is empty, or a sorted list of 2^i
 * elements, and each further element is merged with the lists before the first empty bin. O(n log n). */
#define HASH_SORT(head, cmpfcn) HASH_SRT(hh, head, cmpfcn)
#define HASH_SRT(hh, head, cmpfcn)                                                                                     \
    do {                                                                                                               \
        UT_hash_table *const swiss_tbl_ = (head) ? (head)->hh.tbl : NULL;                                              \
        void *swiss_bins_[sizeof(unsigned) * 8 + 1] = {NULL}, *swiss_left_ = (void *)(head), *swiss_list_ = NULL;      \
        int swiss_more_ = swiss_tbl_ != NULL;                                                                          \
        while (swiss_more_) {                                                                                          \
            unsigned swiss_bin_ = 0;                                                                                   \
            swiss_list_ = swiss_left_;                                                                                 \
            swiss_more_ = swiss_left_ != NULL;                                                                         \
            if (swiss_more_) {                                                                                         \
                swiss_left_ = HH_FROM_ELMT(swiss_tbl_, swiss_list_)->next;                                             \
                HH_FROM_ELMT(swiss_tbl_, swiss_list_)->next = NULL;                                                    \
            }                                                                                                          \
            for (; swiss_more_ ? swiss_bins_[swiss_bin_] != NULL : swiss_bin_ <= sizeof(unsigned) * 8; ++swiss_bin_) { \
                void *swiss_a_ = swiss_bins_[swiss_bin_], *swiss_b_ = swiss_list_, *swiss_last_ = NULL;                \
                swiss_bins_[swiss_bin_] = NULL;                                                                        \
                while (swiss_a_ || swiss_b_) {                                                                         \
                    void *swiss_next_;                                                                                 \
                    if (!swiss_b_ || (swiss_a_ && cmpfcn(DECLTYPE(head)(swiss_a_), DECLTYPE(head)(swiss_b_)) <= 0)) {  \
                        swiss_next_ = swiss_a_;                                                                        \
                        swiss_a_ = HH_FROM_ELMT(swiss_tbl_, swiss_a_)->next;                                           \
                    } else {                                                                                           \
                        swiss_next_ = swiss_b_;                                                                        \
                        swiss_b_ = HH_FROM_ELMT(swiss_tbl_, swiss_b_)->next;                                           \
                    }                                                                                                  \
                    if (swiss_last_)                                                                                   \
                        HH_FROM_ELMT(swiss_tbl_, swiss_last_)->next = swiss_next_;                                     \
                    else                                                                                               \
                        swiss_list_ = swiss_next_;                                                                     \
                    swiss_last_ = swiss_next_;                                                                         \
                }                                                                                                      \
            }                                                                                                          \
            if (swiss_more_)                                                                                           \
                swiss_bins_[swiss_bin_] = swiss_list_;                                                                 \
        }                                                                                                              \
        if (swiss_tbl_)                                                                                                \
            DECLTYPE_ASSIGN(head, swiss_uthash_relink_(swiss_tbl_, swiss_list_));                                      \
    } while (0)

/* Adds the elements of `src` for which cond(element) is true to `dst`, by another handle. */
#define HASH_SELECT(hh_dst, dst, hh_src, src, cond)                                                                    \
    do {                                                                                                               \
        const ptrdiff_t swiss_hho_ = (char *)(&(dst)->hh_dst) - (char *)(dst);                                         \
        void *swiss_next_;                                                                                             \
        for (void *swiss_elt_ = (void *)(src); swiss_elt_; swiss_elt_ = swiss_next_) {                                 \
            const UT_hash_handle *const swiss_src_ = HH_FROM_ELMT((src)->hh_src.tbl, swiss_elt_);                      \
            UT_hash_handle *const swiss_dst_ = (UT_hash_handle *)(void *)((char *)swiss_elt_ + swiss_hho_);            \
            swiss_next_ = swiss_src_->next;                                                                            \
            if (!(cond(swiss_elt_)))                                                                                   \
                continue;                                                                                              \
            if (!swiss_uthash_add_((dst) ? (dst)->hh_dst.tbl : NULL, swiss_elt_, swiss_dst_, swiss_src_->key,          \
                                   swiss_src_->keylen, swiss_src_->hashv, NULL))                                       \
                SWISS_UTHASH_OOM_(swiss_elt_);                                                                         \
            else if (!(dst))                                                                                           \
                DECLTYPE_ASSIGN(dst, swiss_elt_);                                                                      \
        }                                                                                                              \
    } while (0)

#define HASH_CLEAR(hh, head)                                                                                           \
    do {                                                                                                               \
        if (head) {                                                                                                    \
            swiss_uthash_drop_((head)->hh.tbl);                                                                        \
            (head) = NULL;                                                                                             \
        }                                                                                                              \
    } while (0)

#define HASH_OVERHEAD(hh, head)                                                                                        \
    ((head) ? (head)->hh.tbl->num_items * sizeof(UT_hash_handle) + sizeof(UT_hash_table) +                             \
                  swiss_table_capacity(&(head)->hh.tbl->table) * (sizeof(swiss_uthash_slot_) + 1)                      \
            : 0U)

#define HASH_ITER(hh, head, el, tmp)                                                                                   \
    for (((el) = (head)), ((tmp) = DECLTYPE(el)((head) ? (head)->hh.next : NULL)); (el) != NULL;                       \
         ((el) = (tmp)), ((tmp) = DECLTYPE(el)((tmp) ? (tmp)->hh.next : NULL)))

#define HASH_COUNT(head) HASH_CNT(hh, head)
#define HASH_CNT(hh, head) ((head) ? (head)->hh.tbl->num_items : 0U)

#endif
