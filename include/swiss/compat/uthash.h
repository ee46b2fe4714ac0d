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
 * - Memory comes from the bundled heap, unless uthash_malloc or uthash_free are defined before the include: then from
 *   these, which align to 16 bytes.
 * - When memory is out, uthash_fatal is called, which exits unless the program defines it; with HASH_NONFATAL_OOM 1 the
 *   element is not added, its hh.tbl is NULL, and uthash_nonfatal_oom is called, also where the table could not grow.
 * - HASH_BLOOM, HASH_EMIT_KEYS, HASH_DEBUG and uthash_noexpand_fyi are ignored. hh.tbl has the members num_items, tail
 *   and hho, and no buckets.
 *
 * It needs __typeof, as gcc and clang have it, or C++. It may not be included after uthash's own header, whose names
 * these are. After this one the other is empty, so a header of the program that includes it gets these.
 */
#if defined(UTHASH_H) && !defined(SWISS_COMPAT_UTHASH_H)
#    error "swiss: uthash.h is included already: swiss/compat/uthash.h takes its place and cannot stand beside it"
#    define SWISS_COMPAT_UTHASH_H /* one error is enough: the rest is left out */
#endif
#ifndef SWISS_COMPAT_UTHASH_H
#    define SWISS_COMPAT_UTHASH_H
#    define UTHASH_H
#    define UTHASH_VERSION 2.3.0

#    include "../table.h"
#    include <stddef.h>
#    include <stdlib.h>
#    include <string.h>

#    ifndef SWISS_UTHASH_SEED
#        define SWISS_UTHASH_SEED 1
#    endif

#    ifndef DECLTYPE
#        define DECLTYPE(x) (__typeof(x))
#    endif
#    define DECLTYPE_ASSIGN(dst, src)                                                                                  \
        do {                                                                                                           \
            (dst) = DECLTYPE(dst)(src);                                                                                \
        } while (0)

#    ifndef uthash_strlen
#        define uthash_strlen(s) strlen(s)
#    endif
#    if !defined(uthash_malloc) && !defined(uthash_free)
#        define uthash_malloc(size) swiss_allocator_allocate(NULL, size, 16)
#        define uthash_free(block, size) swiss_allocator_free(NULL, block, size, 16)
#    endif
#    ifndef uthash_malloc
#        define uthash_malloc(size) malloc(size)
#    endif
#    ifndef uthash_free
#        define uthash_free(block, size) free(block)
#    endif
#    ifndef uthash_expand_fyi
#        define uthash_expand_fyi(tbl) /* a program may define it, to be told that a table has grown */
#    endif
#    ifndef HASH_KEYCMP
#        ifdef uthash_memcmp
#            define HASH_KEYCMP(a, b, n) uthash_memcmp(a, b, n)
#        else
#            define HASH_KEYCMP(a, b, n) memcmp(a, b, n)
#        endif
#    endif
#    ifndef HASH_FUNCTION
#        define HASH_FUNCTION(keyptr, keylen, hashv) HASH_JEN(keyptr, keylen, hashv)
#    endif
#    define HASH_JEN(keyptr, keylen, hashv)                                                                            \
        do {                                                                                                           \
            (hashv) = swiss_uthash_hash_(keyptr, (size_t)(keylen));                                                    \
        } while (0)
#    define HASH_BER HASH_JEN
#    define HASH_SAX HASH_JEN
#    define HASH_FNV HASH_JEN
#    define HASH_OAT HASH_JEN
#    define HASH_SFH HASH_JEN

#    ifndef HASH_NONFATAL_OOM
#        define HASH_NONFATAL_OOM 0
#    endif
#    if HASH_NONFATAL_OOM
#        ifndef uthash_nonfatal_oom
#            define uthash_nonfatal_oom(obj)                                                                           \
                do {                                                                                                   \
                } while (0)
#        endif
#        define SWISS_UTHASH_OOM_(obj) uthash_nonfatal_oom(obj)
#    else
#        ifndef uthash_fatal
#            define uthash_fatal(msg) exit(-1)
#        endif
#        define SWISS_UTHASH_OOM_(obj) uthash_fatal("out of memory")
#    endif

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

/* A block that a table is given, or gives back. */
typedef struct swiss_uthash_block_ {
    void *block;
    size_t size;
} swiss_uthash_block_;

#    define ELMT_FROM_HH(tbl, hhp) ((void *)((char *)(hhp) - (tbl)->hho))
#    define HH_FROM_ELMT(tbl, elp) ((UT_hash_handle *)(void *)((char *)(elp) + (tbl)->hho))

SWISS_BEGIN_C

/* The table -------------------------------------------------------------------------------------------------------- */

/* What a program defines, uthash_malloc, HASH_FUNCTION, HASH_KEYCMP and so on, counts as it is where an operation is
 * written, and may use what is declared only there: so the macros call it, and no function here does. A table that
 * needs memory says how much, and is given it. */

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

/* True if a slot holds a handle. */
static inline bool swiss_uthash_equal_(const void *stored, const void *handle, const swiss_table_type *type) {
    (void)type;
    return ((const swiss_uthash_slot_ *)stored)->handle == handle;
}

static void swiss_uthash_split_(const swiss_table *table, const swiss_table_type *type, swiss_split *split);

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
                                                    swiss_uthash_split_,
                                                    NULL,
                                                    true,
                                                    NULL};

static void swiss_uthash_split_(const swiss_table *table, const swiss_table_type *type, swiss_split *split) {
    (void)type;
    swiss_table_split_(table, &swiss_uthash_type_, split);
}

/* Finding ---------------------------------------------------------------------------------------------------------- */

/* A search for the handles of one hash. */
typedef struct swiss_uthash_search_ {
    const swiss_table *table;
    uint64_t hash;
    size_t position, step; /* the group at hand, and its number on the way */
    const char *slots;     /* of this group */
    swiss_mask match;      /* its lanes that are still to be looked at */
    unsigned hashv;
} swiss_uthash_search_;

SWISS_ALWAYS_INLINE void swiss_uthash_look_(swiss_uthash_search_ *search) {
    const swiss_group group = swiss_group_load(search->table->control + search->position);
    search->slots = swiss_table_slot_(search->table, &swiss_uthash_type_, search->position);
    search->match = swiss_group_match(group, search->hash);
}

SWISS_ALWAYS_INLINE swiss_uthash_search_ swiss_uthash_search_for_(const UT_hash_table *tbl, unsigned hashv) {
    swiss_uthash_search_ search = {&tbl->table, swiss_uthash_mix_(hashv, tbl->table.seed), 0, 0, NULL, 0, hashv};
    search.position = swiss_h1_(search.hash, search.table->mask);
    swiss_uthash_look_(&search);
    if (search.match)
        swiss_table_prefetch_(search.table, search.slots, &swiss_uthash_type_);
    return search;
}

/* Returns the next handle of the hash, or NULL. */
SWISS_ALWAYS_INLINE UT_hash_handle *swiss_uthash_next_(swiss_uthash_search_ *search) {
    for (;;) {
        while (search->match) {
            const swiss_uthash_slot_ *slot = (const swiss_uthash_slot_ *)(const void *)swiss_lane_slot_(
                (char *)(uintptr_t)search->slots, swiss_mask_lowest(search->match), sizeof(swiss_uthash_slot_));
            search->match = swiss_mask_next(search->match);
            if (SWISS_LIKELY(slot->hashv == search->hashv))
                return slot->handle;
        }
        ++search->step;
        if (SWISS_LIKELY(!swiss_overflowed_(search->table->overflow, search->position, search->hash)) ||
            search->step > search->table->mask / SWISS_GROUP_WIDTH)
            return NULL;
        search->position =
            swiss_way_(search->hash, swiss_h1_(search->hash, search->table->mask), search->step, search->table->mask);
        swiss_uthash_look_(search);
    }
}

/* Memory ----------------------------------------------------------------------------------------------------------- */

/* An allocator that has the block which `context` says, or none, and keeps the one that it is given back. */
static void *swiss_uthash_take_(void *context, size_t size, size_t alignment) {
    swiss_uthash_block_ *memory = (swiss_uthash_block_ *)context;
    void *block = memory->block;
    SWISS_ASSERT((uintptr_t)block % alignment == 0);
    (void)alignment;
    memory->block = NULL;
    memory->size = size;
    return block;
}

static void swiss_uthash_give_(void *context, void *block, size_t size, size_t alignment) {
    const swiss_uthash_block_ memory = {block, size};
    *(swiss_uthash_block_ *)context = memory;
    (void)alignment;
}

/* Makes a table twice as large, in *memory, or of four slots. Returns false, and sets memory->size to the bytes that it
 * needs, if memory->block is NULL. Afterwards memory->block is the one that it no longer needs, or NULL. */
static SWISS_NOINLINE bool swiss_uthash_reserve_(swiss_table *table, swiss_uthash_block_ *memory) {
    const swiss_allocator allocator = {swiss_uthash_take_, NULL, swiss_uthash_give_, memory};
    table->allocator = &allocator;
    const bool grown = swiss_table_reserve(table, &swiss_uthash_type_, swiss_table_capacity(table) + 1);
    table->allocator = NULL;
    return grown;
}

/* Returns the bytes that a table without room needs to grow; 0: it has found room. */
static SWISS_NOINLINE size_t swiss_uthash_need_(swiss_table *table) {
    swiss_uthash_block_ memory = {NULL, 0};
    if (!table->control || !swiss_table_rehash_moving_(table, &swiss_uthash_type_, NULL, NULL))
        (void)swiss_uthash_reserve_(table, &memory);
    return memory.size;
}

/* Has a table grow in `block` (NULL: out of memory; it makes what room there is). Returns the block to be freed. */
static SWISS_NOINLINE swiss_uthash_block_ swiss_uthash_grow_(swiss_table *table, void *block) {
    swiss_uthash_block_ memory = {block, 0};
    if (!swiss_uthash_reserve_(table, &memory) && table->control) {
        const swiss_allocator allocator = {swiss_uthash_take_, NULL, swiss_uthash_give_, &memory};
        table->allocator = &allocator;
        (void)swiss_table_make_room_(table, &swiss_uthash_type_);
        table->allocator = NULL;
    }
    return memory;
}

/* Frees what a table has. Returns the block to be freed. */
static inline swiss_uthash_block_ swiss_uthash_close_(swiss_table *table) {
    swiss_uthash_block_ memory = {NULL, 0};
    const swiss_allocator allocator = {swiss_uthash_take_, NULL, swiss_uthash_give_, &memory};
    table->allocator = &allocator;
    swiss_table_free(table, &swiss_uthash_type_);
    return memory;
}

static inline void swiss_uthash_init_(UT_hash_table *tbl, ptrdiff_t hho) {
    const swiss_options options = {NULL, SWISS_UTHASH_SEED, 0};
    (void)swiss_table_init(&tbl->table, &swiss_uthash_type_, &options);
    tbl->tail = NULL;
    tbl->hho = hho;
    tbl->num_items = 0;
}

#    define SWISS_UTHASH_FREE_(memory)                                                                                 \
        do {                                                                                                           \
            if ((memory).block)                                                                                        \
                uthash_free((memory).block, (memory).size);                                                            \
        } while (0)

#    define SWISS_UTHASH_DROP_(from_tbl)                                                                               \
        do {                                                                                                           \
            const swiss_uthash_block_ swiss_old_ = swiss_uthash_close_(&(from_tbl)->table);                            \
            SWISS_UTHASH_FREE_(swiss_old_);                                                                            \
            uthash_free(from_tbl, sizeof(UT_hash_table));                                                              \
        } while (0)

/* Adds an element before `before` (NULL: at the end) to the table in the variable `to` (NULL: a new one). When out of
 * memory the tbl of its handle is NULL. */
#    define SWISS_UTHASH_PUT_(to, element, handle, before)                                                             \
        do {                                                                                                           \
            (handle)->tbl = NULL;                                                                                      \
            if (!(to)) {                                                                                               \
                (to) = (UT_hash_table *)uthash_malloc(sizeof(UT_hash_table));                                          \
                if (to)                                                                                                \
                    swiss_uthash_init_(to, (char *)(handle) - (char *)(element));                                      \
            }                                                                                                          \
            if (to) {                                                                                                  \
                const size_t swiss_need_ = (to)->table.growth_left ? 0 : swiss_uthash_need_(&(to)->table);             \
                if (SWISS_UNLIKELY(swiss_need_ != 0)) {                                                                \
                    const swiss_uthash_block_ swiss_old_ =                                                             \
                        swiss_uthash_grow_(&(to)->table, uthash_malloc(swiss_need_));                                  \
                    SWISS_UTHASH_FREE_(swiss_old_);                                                                    \
                    uthash_expand_fyi(to);                                                                             \
                }                                                                                                      \
                if (SWISS_LIKELY((to)->table.growth_left != 0))                                                        \
                    swiss_uthash_add_(to, element, handle, before);                                                    \
                else if ((to)->num_items == 0)                                                                         \
                    SWISS_UTHASH_DROP_(to);                                                                            \
            }                                                                                                          \
        } while (0)

/* Adding and removing ---------------------------------------------------------------------------------------------- */

/* Adds an element, before `next` (NULL: at the end), to a table that has room. */
static inline void swiss_uthash_add_(UT_hash_table *tbl, void *element, UT_hash_handle *handle, void *next) {
    const swiss_uthash_slot_ entry = {handle, handle->hashv};
    void *slot = swiss_table_add_(&tbl->table, &swiss_uthash_type_, swiss_uthash_mix_(handle->hashv, tbl->table.seed));
    memcpy(slot, &entry, sizeof entry);
    handle->tbl = tbl;
    handle->next = next;
    handle->prev = next ? HH_FROM_ELMT(tbl, next)->prev : tbl->tail ? ELMT_FROM_HH(tbl, tbl->tail) : NULL;
    if (handle->prev)
        HH_FROM_ELMT(tbl, handle->prev)->next = element;
    if (next)
        HH_FROM_ELMT(tbl, next)->prev = element;
    else
        tbl->tail = handle;
    ++tbl->num_items;
}

/* Takes an element out, which is not the only one. Returns the first of those that are left. */
static inline void *swiss_uthash_remove_(UT_hash_table *tbl, const UT_hash_handle *handle, void *head) {
    const uint64_t hash = swiss_uthash_mix_(handle->hashv, tbl->table.seed);
    SWISS_PREFETCH(tbl->table.control + swiss_h1_(hash, tbl->table.mask)); /* while the neighbours are on their way */
    if (handle->next)
        HH_FROM_ELMT(tbl, handle->next)->prev = handle->prev;
    else
        tbl->tail = HH_FROM_ELMT(tbl, handle->prev);
    if (handle->prev)
        HH_FROM_ELMT(tbl, handle->prev)->next = handle->next;
    --tbl->num_items;
    swiss_found_ found;
    if (SWISS_LIKELY(swiss_table_find_first_(&tbl->table, &swiss_uthash_type_, hash, swiss_uthash_equal_, handle,
                                             SWISS_FETCH_EARLY_, &found) != NULL)) {
        swiss_table_release_found_(&tbl->table, &found, hash);
    } else {
        const void *slot =
            swiss_table_find_further_(&tbl->table, &swiss_uthash_type_, hash, swiss_uthash_equal_, handle);
        SWISS_ASSERT(slot && "HASH_DELETE: the element is not in the hash");
        if (slot)
            swiss_table_release_(&tbl->table, swiss_table_index_(&tbl->table, &swiss_uthash_type_, slot));
    }
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

#    define HASH_VALUE(keyptr, keylen, hashv)                                                                          \
        do {                                                                                                           \
            HASH_FUNCTION(keyptr, keylen, hashv);                                                                      \
        } while (0)

#    define HASH_FIND_BYHASHVALUE(hh, head, keyptr, keylen_in, hashval, out)                                           \
        do {                                                                                                           \
            void *swiss_out_ = NULL;                                                                                   \
            if (head) {                                                                                                \
                swiss_uthash_search_ swiss_search_ = swiss_uthash_search_for_((head)->hh.tbl, (unsigned)(hashval));    \
                for (const UT_hash_handle *swiss_at_; (swiss_at_ = swiss_uthash_next_(&swiss_search_)) != NULL;) {     \
                    if (swiss_at_->keylen == (keylen_in) && HASH_KEYCMP(swiss_at_->key, keyptr, keylen_in) == 0) {     \
                        swiss_out_ = ELMT_FROM_HH((head)->hh.tbl, swiss_at_);                                          \
                        break;                                                                                         \
                    }                                                                                                  \
                }                                                                                                      \
            }                                                                                                          \
            DECLTYPE_ASSIGN(out, swiss_out_);                                                                          \
        } while (0)

#    define HASH_FIND(hh, head, keyptr, keylen_in, out)                                                                \
        do {                                                                                                           \
            if (head) {                                                                                                \
                unsigned swiss_hashv_;                                                                                 \
                HASH_VALUE(keyptr, keylen_in, swiss_hashv_);                                                           \
                HASH_FIND_BYHASHVALUE(hh, head, keyptr, keylen_in, swiss_hashv_, out);                                 \
            } else {                                                                                                   \
                (out) = NULL;                                                                                          \
            }                                                                                                          \
        } while (0)

#    define SWISS_UTHASH_ADD_(hh, head, keyptr, keylen_in, hashval, add, before)                                       \
        do {                                                                                                           \
            void *const swiss_before_ = (before);                                                                      \
            UT_hash_table *swiss_tbl_ = (head) ? (head)->hh.tbl : NULL;                                                \
            (add)->hh.key = (keyptr);                                                                                  \
            (add)->hh.keylen = (unsigned)(keylen_in);                                                                  \
            (add)->hh.hashv = (unsigned)(hashval);                                                                     \
            SWISS_UTHASH_PUT_(swiss_tbl_, add, &(add)->hh, swiss_before_);                                             \
            if (!(add)->hh.tbl)                                                                                        \
                SWISS_UTHASH_OOM_(add);                                                                                \
            else if (!(add)->hh.prev)                                                                                  \
                (head) = (add);                                                                                        \
        } while (0)

#    define HASH_ADD_KEYPTR_BYHASHVALUE(hh, head, keyptr, keylen_in, hashval, add)                                     \
        SWISS_UTHASH_ADD_(hh, head, keyptr, keylen_in, hashval, add, NULL)

#    define HASH_ADD_KEYPTR(hh, head, keyptr, keylen_in, add)                                                          \
        do {                                                                                                           \
            unsigned swiss_hashv_;                                                                                     \
            HASH_VALUE(keyptr, keylen_in, swiss_hashv_);                                                               \
            HASH_ADD_KEYPTR_BYHASHVALUE(hh, head, keyptr, keylen_in, swiss_hashv_, add);                               \
        } while (0)

#    define HASH_ADD_BYHASHVALUE(hh, head, fieldname, keylen_in, hashval, add)                                         \
        HASH_ADD_KEYPTR_BYHASHVALUE(hh, head, &((add)->fieldname), keylen_in, hashval, add)
#    define HASH_ADD(hh, head, fieldname, keylen_in, add) HASH_ADD_KEYPTR(hh, head, &((add)->fieldname), keylen_in, add)

/* In an order: before the first element that cmpfcn says is greater. */
#    define HASH_ADD_KEYPTR_BYHASHVALUE_INORDER(hh, head, keyptr, keylen_in, hashval, add, cmpfcn)                     \
        do {                                                                                                           \
            void *swiss_at_ = (void *)(head);                                                                          \
            while (swiss_at_ && cmpfcn(DECLTYPE(head)(swiss_at_), add) <= 0)                                           \
                swiss_at_ = HH_FROM_ELMT((head)->hh.tbl, swiss_at_)->next;                                             \
            SWISS_UTHASH_ADD_(hh, head, keyptr, keylen_in, hashval, add, swiss_at_);                                   \
        } while (0)

#    define HASH_ADD_KEYPTR_INORDER(hh, head, keyptr, keylen_in, add, cmpfcn)                                          \
        do {                                                                                                           \
            unsigned swiss_hashv_;                                                                                     \
            HASH_VALUE(keyptr, keylen_in, swiss_hashv_);                                                               \
            HASH_ADD_KEYPTR_BYHASHVALUE_INORDER(hh, head, keyptr, keylen_in, swiss_hashv_, add, cmpfcn);               \
        } while (0)

#    define HASH_ADD_BYHASHVALUE_INORDER(hh, head, fieldname, keylen_in, hashval, add, cmpfcn)                         \
        HASH_ADD_KEYPTR_BYHASHVALUE_INORDER(hh, head, &((add)->fieldname), keylen_in, hashval, add, cmpfcn)
#    define HASH_ADD_INORDER(hh, head, fieldname, keylen_in, add, cmpfcn)                                              \
        HASH_ADD_KEYPTR_INORDER(hh, head, &((add)->fieldname), keylen_in, add, cmpfcn)

#    define HASH_REPLACE_BYHASHVALUE(hh, head, fieldname, keylen_in, hashval, add, replaced)                           \
        do {                                                                                                           \
            HASH_FIND_BYHASHVALUE(hh, head, &((add)->fieldname), keylen_in, hashval, replaced);                        \
            if (replaced)                                                                                              \
                HASH_DELETE(hh, head, replaced);                                                                       \
            HASH_ADD_KEYPTR_BYHASHVALUE(hh, head, &((add)->fieldname), keylen_in, hashval, add);                       \
        } while (0)

#    define HASH_REPLACE(hh, head, fieldname, keylen_in, add, replaced)                                                \
        do {                                                                                                           \
            unsigned swiss_replaced_;                                                                                  \
            HASH_VALUE(&((add)->fieldname), keylen_in, swiss_replaced_);                                               \
            HASH_REPLACE_BYHASHVALUE(hh, head, fieldname, keylen_in, swiss_replaced_, add, replaced);                  \
        } while (0)

#    define HASH_REPLACE_BYHASHVALUE_INORDER(hh, head, fieldname, keylen_in, hashval, add, replaced, cmpfcn)           \
        do {                                                                                                           \
            HASH_FIND_BYHASHVALUE(hh, head, &((add)->fieldname), keylen_in, hashval, replaced);                        \
            if (replaced)                                                                                              \
                HASH_DELETE(hh, head, replaced);                                                                       \
            HASH_ADD_KEYPTR_BYHASHVALUE_INORDER(hh, head, &((add)->fieldname), keylen_in, hashval, add, cmpfcn);       \
        } while (0)

#    define HASH_REPLACE_INORDER(hh, head, fieldname, keylen_in, add, replaced, cmpfcn)                                \
        do {                                                                                                           \
            unsigned swiss_replaced_;                                                                                  \
            HASH_VALUE(&((add)->fieldname), keylen_in, swiss_replaced_);                                               \
            HASH_REPLACE_BYHASHVALUE_INORDER(hh, head, fieldname, keylen_in, swiss_replaced_, add, replaced, cmpfcn);  \
        } while (0)

#    define HASH_DELETE(hh, head, delptr) HASH_DELETE_HH(hh, head, &(delptr)->hh)
#    define HASH_DELETE_HH(hh, head, delptrhh)                                                                         \
        do {                                                                                                           \
            const UT_hash_handle *const swiss_gone_ = (delptrhh);                                                      \
            if (swiss_gone_->prev || swiss_gone_->next) {                                                              \
                DECLTYPE_ASSIGN(head, swiss_uthash_remove_(swiss_gone_->tbl, swiss_gone_, (void *)(head)));            \
            } else {                                                                                                   \
                SWISS_UTHASH_DROP_(swiss_gone_->tbl);                                                                  \
                (head) = NULL;                                                                                         \
            }                                                                                                          \
        } while (0)

#    define HASH_FIND_STR(head, findstr, out) HASH_FIND(hh, head, findstr, (unsigned)uthash_strlen(findstr), out)
#    define HASH_ADD_STR(head, strfield, add)                                                                          \
        HASH_ADD_KEYPTR(hh, head, &((add)->strfield[0]), (unsigned)uthash_strlen((add)->strfield), add)
#    define HASH_REPLACE_STR(head, strfield, add, replaced)                                                            \
        HASH_REPLACE(hh, head, strfield[0], (unsigned)uthash_strlen((add)->strfield), add, replaced)
#    define HASH_FIND_INT(head, findint, out) HASH_FIND(hh, head, findint, sizeof(int), out)
#    define HASH_ADD_INT(head, intfield, add) HASH_ADD(hh, head, intfield, sizeof(int), add)
#    define HASH_REPLACE_INT(head, intfield, add, replaced) HASH_REPLACE(hh, head, intfield, sizeof(int), add, replaced)
#    define HASH_FIND_PTR(head, findptr, out) HASH_FIND(hh, head, findptr, sizeof(void *), out)
#    define HASH_ADD_PTR(head, ptrfield, add) HASH_ADD(hh, head, ptrfield, sizeof(void *), add)
#    define HASH_REPLACE_PTR(head, ptrfield, add, replaced)                                                            \
        HASH_REPLACE(hh, head, ptrfield, sizeof(void *), add, replaced)
#    define HASH_DEL(head, delptr) HASH_DELETE(hh, head, delptr)

/* Sorts the elements by cmpfcn; equal ones stay in their order. A merge sort: bins[i] is empty, or a sorted list of 2^i
 * elements, and each further element is merged with the lists before the first empty bin. O(n log n). */
#    define HASH_SORT(head, cmpfcn) HASH_SRT(hh, head, cmpfcn)
#    define HASH_SRT(hh, head, cmpfcn)                                                                                 \
        do {                                                                                                           \
            UT_hash_table *const swiss_tbl_ = (head) ? (head)->hh.tbl : NULL;                                          \
            void *swiss_bins_[sizeof(unsigned) * 8 + 1] = {NULL}, *swiss_left_ = (void *)(head), *swiss_list_ = NULL;  \
            int swiss_more_ = swiss_tbl_ != NULL;                                                                      \
            while (swiss_more_) {                                                                                      \
                unsigned swiss_bin_ = 0;                                                                               \
                swiss_list_ = swiss_left_;                                                                             \
                swiss_more_ = swiss_left_ != NULL;                                                                     \
                if (swiss_more_) {                                                                                     \
                    swiss_left_ = HH_FROM_ELMT(swiss_tbl_, swiss_list_)->next;                                         \
                    HH_FROM_ELMT(swiss_tbl_, swiss_list_)->next = NULL;                                                \
                }                                                                                                      \
                for (; swiss_more_ ? swiss_bins_[swiss_bin_] != NULL : swiss_bin_ <= sizeof(unsigned) * 8;             \
                     ++swiss_bin_) {                                                                                   \
                    void *swiss_a_ = swiss_bins_[swiss_bin_], *swiss_b_ = swiss_list_, *swiss_last_ = NULL;            \
                    if (!swiss_a_)                                                                                     \
                        continue;                                                                                      \
                    swiss_bins_[swiss_bin_] = NULL;                                                                    \
                    while (swiss_a_ || swiss_b_) {                                                                     \
                        void *swiss_next_;                                                                             \
                        if (!swiss_b_ ||                                                                               \
                            (swiss_a_ && cmpfcn(DECLTYPE(head)(swiss_a_), DECLTYPE(head)(swiss_b_)) <= 0)) {           \
                            swiss_next_ = swiss_a_;                                                                    \
                            swiss_a_ = HH_FROM_ELMT(swiss_tbl_, swiss_a_)->next;                                       \
                        } else {                                                                                       \
                            swiss_next_ = swiss_b_;                                                                    \
                            swiss_b_ = HH_FROM_ELMT(swiss_tbl_, swiss_b_)->next;                                       \
                        }                                                                                              \
                        if (swiss_last_)                                                                               \
                            HH_FROM_ELMT(swiss_tbl_, swiss_last_)->next = swiss_next_;                                 \
                        else                                                                                           \
                            swiss_list_ = swiss_next_;                                                                 \
                        swiss_last_ = swiss_next_;                                                                     \
                    }                                                                                                  \
                }                                                                                                      \
                if (swiss_more_)                                                                                       \
                    swiss_bins_[swiss_bin_] = swiss_list_;                                                             \
            }                                                                                                          \
            if (swiss_tbl_)                                                                                            \
                DECLTYPE_ASSIGN(head, swiss_uthash_relink_(swiss_tbl_, swiss_list_));                                  \
        } while (0)

/* Adds the elements of `src` for which cond(element) is true to `dst`, by another handle. */
#    define HASH_SELECT(hh_dst, dst, hh_src, src, cond)                                                                \
        do {                                                                                                           \
            const ptrdiff_t swiss_hho_ = (char *)(&(dst)->hh_dst) - (char *)(dst);                                     \
            void *swiss_next_;                                                                                         \
            for (void *swiss_elt_ = (void *)(src); swiss_elt_; swiss_elt_ = swiss_next_) {                             \
                const UT_hash_handle *const swiss_src_ = HH_FROM_ELMT((src)->hh_src.tbl, swiss_elt_);                  \
                UT_hash_handle *const swiss_dst_ = (UT_hash_handle *)(void *)((char *)swiss_elt_ + swiss_hho_);        \
                swiss_next_ = swiss_src_->next;                                                                        \
                if (!(cond(swiss_elt_)))                                                                               \
                    continue;                                                                                          \
                UT_hash_table *swiss_tbl_ = (dst) ? (dst)->hh_dst.tbl : NULL;                                          \
                swiss_dst_->key = swiss_src_->key;                                                                     \
                swiss_dst_->keylen = swiss_src_->keylen;                                                               \
                swiss_dst_->hashv = swiss_src_->hashv;                                                                 \
                SWISS_UTHASH_PUT_(swiss_tbl_, swiss_elt_, swiss_dst_, NULL);                                           \
                if (!swiss_dst_->tbl)                                                                                  \
                    SWISS_UTHASH_OOM_(swiss_elt_);                                                                     \
                else if (!(dst))                                                                                       \
                    DECLTYPE_ASSIGN(dst, swiss_elt_);                                                                  \
            }                                                                                                          \
        } while (0)

#    define HASH_CLEAR(hh, head)                                                                                       \
        do {                                                                                                           \
            if (head) {                                                                                                \
                SWISS_UTHASH_DROP_((head)->hh.tbl);                                                                    \
                (head) = NULL;                                                                                         \
            }                                                                                                          \
        } while (0)

#    define HASH_OVERHEAD(hh, head)                                                                                    \
        ((head) ? (head)->hh.tbl->num_items * sizeof(UT_hash_handle) + sizeof(UT_hash_table) +                         \
                      swiss_table_capacity(&(head)->hh.tbl->table) * (sizeof(swiss_uthash_slot_) + 1)                  \
                : 0U)

#    define HASH_ITER(hh, head, el, tmp)                                                                               \
        for (((el) = (head)), ((tmp) = DECLTYPE(el)((head) ? (head)->hh.next : NULL)); (el) != NULL;                   \
             ((el) = (tmp)), ((tmp) = DECLTYPE(el)((tmp) ? (tmp)->hh.next : NULL)))

#    define HASH_COUNT(head) HASH_CNT(hh, head)
#    define HASH_CNT(hh, head) ((head) ? (head)->hh.tbl->num_items : 0U)

#endif
