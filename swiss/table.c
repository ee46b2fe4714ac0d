/* table.c - all of a table that no hot path needs: its block, growing, rehashing, copying, measuring; and the run-time
 * typed operations, which are the core of detail/probe.h with a type that the compiler cannot see through. The terms
 * and the picture are there.
 *
 * A table that needs room takes the first of these ways that does:
 * 1. It has no block: allocate the first one.
 * 2. It has several groups, and 3 of 32 slots or more are retired: rehash in place.
 * 3. Take a block of twice the capacity. From one group to one group entries keep their control bytes (pack); from one
 *    to two groups and on each group is split (detail/grow.h). A large block is resized, so that half of the entries
 *    stay where they are, and there are never two tables.
 * 4. There is no memory: rehash in place if any slot is retired.
 */
#include "swiss/table.h"
#include "swiss/align.h"
#include <limits.h>
#include <string.h>

enum {
    GROUP = SWISS_GROUP_WIDTH,
    SMALLEST = 4,           /* slots */
    FIRST_SLOTS_SIZE = 256, /* bytes of the slots of a first block, if that makes no more than a group */
#ifdef SWISS_VALIDATE
    IN_PLACE_FROM = 1 << 12, /* bytes of the block of a table that doubles in it: less, so that tests come to it */
#else
    IN_PLACE_FROM = 1 << 20,
#endif
    FETCHED_AHEAD = 8,       /* groups, by a rehash in place */
    CLEAR_AT_ONCE = 1 << 16, /* slots of a table of a bounded type that clear gives back: to clear them takes long */
    SPARSE_FROM = 4096,      /* slots of a table that clear gives back if less than a sixteenth is in use */
};

/* Sizes --------------------------------------------------------------------------------------------------------- */

/* Returns the number of entries that a table of `capacity` slots may hold: all if it is one group, where a search ends
 * anyhow; else 7 of 8. */
size_t swiss_table_max_load_(size_t capacity) {
    return capacity <= GROUP ? capacity : capacity - capacity / 8;
}

/* Returns the least capacity that may hold `size` entries, or 0 if there is none. */
static size_t capacity_for(size_t size) {
    size_t capacity = SMALLEST;
    while (swiss_table_max_load_(capacity) < size) {
        if (capacity > SIZE_MAX / 4)
            return 0;
        capacity *= 2;
    }
    return capacity;
}

static size_t mask_of(size_t capacity) {
    return capacity <= GROUP ? 0 : capacity - GROUP;
}

/* Returns the number of overflow bytes of a table of `capacity` slots. */
static size_t overflow_size(size_t capacity) {
    return capacity <= GROUP ? 0 : capacity / GROUP;
}

/* Returns the bytes behind the control bytes: the overflow bytes, the away lanes, and where pop goes on. */
static size_t size_behind_control(size_t capacity) {
    return capacity <= GROUP ? 0 : 3 * overflow_size(capacity) + SWISS_POP_PLACE_SIZE_;
}

size_t swiss_table_align_(const swiss_table_type *type) {
    return type->slot_align > GROUP ? type->slot_align : GROUP;
}

/* Returns the bytes from the start of a block of `capacity` slots to the control bytes: the slots, and padding. */
static size_t control_offset(const swiss_table_type *type, size_t capacity) {
    return swiss_round_up(capacity * type->slot_size, GROUP);
}

/* Returns the bytes of a block of `capacity` slots. */
static size_t block_size(const swiss_table_type *type, size_t capacity) {
    return control_offset(type, capacity) + mask_of(capacity) + GROUP + size_behind_control(capacity);
}

/* True if a block of `capacity` slots, a power of two, has no more bytes than an object may have. */
static bool is_possible(const swiss_table_type *type, size_t capacity) {
    size_t limit = PTRDIFF_MAX, others = mask_of(capacity) + 2 * GROUP + size_behind_control(capacity);
    return others <= limit && type->slot_size <= (limit - others) >> swiss_count_trailing_zeros(capacity);
}

/* True if the control bytes of a table have an allocation of their own: that of bounded.c. */
static bool is_apart(const swiss_table_type *type, size_t capacity) {
    return type->bounded && capacity >= SWISS_BLOCK_;
}

static void free_block(swiss_table *table, const swiss_table_type *type) {
    if (is_apart(type, swiss_table_capacity(table)))
        type->bounded->free(table, type);
    else if (table->control)
        swiss_allocator_free(table->allocator, table->slots, block_size(type, swiss_table_capacity(table)),
                             swiss_table_align_(type));
}

/* Its second byte is the overflow byte of every table of one group, which nothing ever goes past; the others, its away
 * lanes. */
static _Alignas(uint16_t) uint8_t no_overflow[4];

/* Lets *table have `block`, of `capacity` slots. */
static void set_block(swiss_table *table, const swiss_table_type *type, char *block, size_t capacity) {
    table->slots = block;
    table->control = (uint8_t *)block + control_offset(type, capacity);
    table->overflow = capacity <= GROUP ? no_overflow + 1 : table->control + capacity;
    table->mask = mask_of(capacity);
    table->capacity_small = (uint8_t)(capacity < GROUP ? capacity : 0);
}

/* Makes all slots of a table EMPTY. A memset of no bytes is not free: in glibc 2.36 it may be a masked store, which is
 * slow where the page has never been touched. */
static void mark_empty(swiss_table *table) {
    if (table->mask == 0) {
        memset(table->control, SWISS_EMPTY, GROUP);
    } else {
        memset(table->control, SWISS_EMPTY, table->mask + GROUP);
        memset(table->overflow, 0, size_behind_control(table->mask + GROUP));
    }
    table->size = 0;
    table->growth_left = swiss_table_max_load_(swiss_table_capacity(table));
}

/* Gives *table, whose block is forgotten, a fresh block. Returns false when out of memory: *table is as it was. */
static bool allocate_block(swiss_table *table, const swiss_table_type *type, size_t capacity) {
    if (!is_possible(type, capacity))
        return false;
    if (is_apart(type, capacity))
        return type->bounded->allocate(table, type, capacity);
    char *block = swiss_allocator_allocate(table->allocator, block_size(type, capacity), swiss_table_align_(type));
    if (block == NULL)
        return false;
    SWISS_ASSERT(swiss_is_aligned(block, swiss_table_align_(type)) &&
                 "swiss: the allocator's block is not aligned as asked");
    set_block(table, type, block, capacity);
    return true;
}

/* Returns the number where the generations of a table with a new block begin: another for each, so that an iterator of
 * a table is also found stale when another has come in its place, by swap, move, clone or init. */
static uint32_t first_generation(const swiss_table *table) {
    uint64_t number = table->seed ^ (uintptr_t)table->control / GROUP;
    return (uint32_t)(number * SWISS_GOLDEN >> 32); /* far apart, also for blocks side by side */
}

/* Tables that have been rebuilt are validated in builds with SWISS_VALIDATE: those of the developers and the fuzzer. */
#ifdef SWISS_VALIDATE
bool swiss_validates_ = true;
#    define VALIDATE_TABLE(table, type) SWISS_ASSERT(!swiss_validates_ || swiss_table_validate(table, type) == NULL)
#else
#    define VALIDATE_TABLE(table, type) ((void)0)
#endif

void swiss_table_rebuilt_(const swiss_table *table, const swiss_table_type *type) {
    (void)table, (void)type;
    VALIDATE_TABLE(table, type);
}

static size_t retired(const swiss_table *table) {
    return table->control ? swiss_table_max_load_(swiss_table_capacity(table)) - table->size - table->growth_left : 0;
}

/* As swiss_table_next, but not inlined: where that takes little of the time. */
static SWISS_NOINLINE void *next_entry(swiss_table_iter *iter, const swiss_table_type *type) {
    return swiss_table_next(iter, type);
}

/* Rehashing ----------------------------------------------------------------------------------------------------- */

/* Takes the first free slot on the way of `hash`, from step `step` on, and marks the groups that it passes, and the
 * slot's lane if it passes any. Returns its index. Looks no further than `end` steps; returns SIZE_MAX if there is
 * none. */
SWISS_NOINLINE size_t swiss_table_settle_(swiss_table *table, uint64_t hash, size_t step, size_t end) {
    uint8_t *const control = table->control;
    const size_t mask = table->mask, home = swiss_h1_(hash, mask);
    size_t position = step ? swiss_way_(hash, home, step, mask) : home;
    for (;;) {
        swiss_mask free = swiss_group_match_free(swiss_group_load(control + position));
        if (SWISS_LIKELY(free)) {
            const unsigned lane = swiss_mask_lowest(free);
            control[position + lane] = (uint8_t)swiss_h2(hash);
            if (position != home)
                *swiss_away_(table->overflow, mask, position) |= (uint16_t)(1u << lane);
            return position + lane;
        }
        *swiss_overflow_byte_(table->overflow, position) |= (uint8_t)swiss_overflow_bit_(swiss_h2(hash));
        if (++step == end)
            return SIZE_MAX;
        position = swiss_way_(hash, home, step, mask);
    }
}

/* Moves an entry to the first free slot on its way in *to, which has room and no equal key. */
static void reinsert(swiss_table *to, const swiss_table_type *type, const char *slot) {
    memcpy(swiss_table_slot_(to, type, swiss_table_settle_(to, swiss_table_hash_(to, type, slot), 0, SIZE_MAX)), slot,
           type->slot_size);
}

/* Returns the step at which the way of `hash` from the group at `home` comes into the block of groups at `base`, in a
 * table of `capacity` slots: what the strides from block to block are multiplied by, modulo a power of two. */
size_t swiss_table_step_into_(uint64_t hash, size_t home, size_t base, size_t capacity) {
    const size_t stride = swiss_far_stride_(hash),
                 blocks = (home ^ base) & (capacity - 1) & ~(size_t)(SWISS_BLOCK_ - 1);
    if (blocks == 0)
        return 0;
    size_t inverse = stride; /* its lowest three bits are right; each turn of Newton's method doubles that */
    for (unsigned right = 3; right < sizeof inverse * CHAR_BIT; right *= 2)
        inverse *= 2 - stride * inverse;
    return (blocks * inverse & (capacity - 1)) / GROUP;
}

/* Sends the entries that are away in the group at `position` on their ways again, and tells of each that moves, if
 * `moved` is not NULL, after it has. If `half` is not 0 the group is in the block of groups that begins at `base`, or
 * `half` slots above, and they begin and end where their ways come into that block and leave it. A key that has another
 * hash each time, as a NaN, may find no free slot there, and stays. */
static SWISS_NOINLINE void send_home(swiss_table *table, const swiss_table_type *type, size_t position, size_t base,
                                     size_t half, void (*moved)(void *context, size_t from, size_t to), void *context) {
    const size_t steps = SWISS_BLOCK_ / GROUP;
    uint16_t *const lanes = swiss_away_(table->overflow, table->mask, position);
    uint32_t away = *lanes;
    for (*lanes = 0; away; away &= away - 1) {
        const size_t from = position + swiss_count_trailing_zeros(away);
        const uint8_t h2 = table->control[from];
        if (h2 == SWISS_EMPTY)
            continue;
        const char *const slot = swiss_table_slot_(table, type, from);
        const uint64_t hash = swiss_table_hash_(table, type, slot);
        const size_t home = swiss_h1_(hash, table->mask);
        if (home == position)
            continue;
        const size_t step = half ? swiss_table_step_into_(hash, home, base, half) : 0;
        table->control[from] = SWISS_EMPTY;
        const swiss_mask free = step ? 0 : swiss_group_match_free(swiss_group_load(table->control + home));
        size_t to;
        if (SWISS_LIKELY(free)) {
            to = home + swiss_mask_lowest(free);
            table->control[to] = h2;
        } else {
            to = swiss_table_settle_(table, hash, step, half ? step + steps : SIZE_MAX);
        }
        if (to == SIZE_MAX)
            table->control[from] = h2;
        if (to == SIZE_MAX || to == from)
            continue;
        memcpy(swiss_table_slot_(table, type, to), slot, type->slot_size);
        if (moved)
            moved(context, from, to);
    }
}

void swiss_table_send_home_(swiss_table *table, const swiss_table_type *type, size_t position, size_t base,
                            size_t half) {
    send_home(table, type, position, base, half, NULL, NULL);
}

/* The same for all groups of the block that begins at `position`, which is `base`, or `half` slots above. */
static void send_all_home(swiss_table *table, const swiss_table_type *type, size_t position, size_t base, size_t half) {
    const uint16_t *away = swiss_away_(table->overflow, table->mask, position);
    const size_t end = position + (half < SWISS_BLOCK_ ? half : SWISS_BLOCK_);
    for (; position < end; position += GROUP)
        if (*away++)
            send_home(table, type, position, base, half, NULL, NULL);
}

/* Clears the overflow bits of a block of 128 groups, or of the two that it has been split into, sets those that are
 * needed, and sends the entries that are away home, or nearer. Of the classes `may_stay` those keep their bits that all
 * groups of the block have: entries may have gone to other blocks. Returns them. */
SWISS_NOINLINE uint8_t swiss_table_tidy_(swiss_table *table, const swiss_table_type *type, size_t half, size_t base,
                                         unsigned halves, uint8_t may_stay) {
    const size_t groups = SWISS_BLOCK_ / GROUP;
    uint8_t left = 0;
    for (unsigned up = 0; up < halves; ++up) {
        uint8_t *const overflow = swiss_overflow_byte_(table->overflow, base + up * half);
        uint8_t gone = half > SWISS_BLOCK_ ? may_stay : 0;
        for (size_t g = 0; g < groups && gone; ++g)
            gone &= overflow[g];
        memset(overflow, gone, groups);
        left |= gone;
    }
    for (unsigned up = 0; up < halves; ++up)
        send_all_home(table, type, base + up * half, base, half);
    return left;
}

/* Splits the groups of *from. *table has got a block of twice its capacity, of which nothing is written yet, or only
 * where *from is. */
static void split(swiss_table *table, const swiss_table_type *type, const swiss_table *from) {
    const size_t half = from->mask + GROUP, block = half < SWISS_BLOCK_ ? half : SWISS_BLOCK_;
    swiss_split split = {from->slots, from->control, swiss_away_(from->overflow, from->mask, 0), half, 0, block};
    uint8_t left = 0;
    memset(swiss_pop_place_(table->overflow, table->mask), 0, SWISS_POP_PLACE_SIZE_);
    if (half <= SWISS_BLOCK_) {
        type->split(table, type, &split);
        memset(table->overflow, 0, 2 * half / GROUP);
        send_all_home(table, type, half, 0, half);
        return;
    }
    memcpy(table->overflow, from->overflow, half / GROUP);
    memcpy(table->overflow + half / GROUP, from->overflow, half / GROUP);
    for (; split.base < half; split.base = split.end, split.end += block) {
        type->split(table, type, &split);
        left |= swiss_table_tidy_(table, type, half, split.base, 2, UINT8_MAX);
    }
    if (left)
        swiss_table_rehash_(table, type);
}

/* Moves the entries of one group to another, which has room for them. They keep their control bytes: nothing is
 * hashed. */
static void pack(swiss_table *to, const swiss_table *from, const swiss_table_type *type) {
    size_t old_capacity = swiss_table_capacity(from), index = 0;
    if (old_capacity <= swiss_table_capacity(to)) {
        memcpy(to->control, from->control, GROUP);
        memcpy(to->slots, from->slots, old_capacity * type->slot_size);
        return;
    }
    for (swiss_mask full = swiss_group_match_full(swiss_group_load(from->control)); full;
         full = swiss_mask_next(full)) {
        unsigned lane = swiss_mask_lowest(full);
        to->control[index] = from->control[lane];
        memcpy(swiss_table_slot_(to, type, index++), swiss_table_slot_(from, type, lane), type->slot_size);
    }
}

/* True if a block is so large that to extend it, or to move it page by page, takes less than to copy it. */
static bool resizes_well(const swiss_table *table, const swiss_table_type *type) {
    return !is_apart(type, 2 * swiss_table_capacity(table)) &&
           block_size(type, swiss_table_capacity(table)) >= IN_PLACE_FROM &&
           (table->allocator == NULL || table->allocator->resize != NULL);
}

/* Doubles a table of several groups in the block that it has, which is resized. Returns false when out of memory: the
 * table is as it was. */
static bool double_in_place(swiss_table *table, const swiss_table_type *type) {
    const size_t half = table->mask + GROUP, align = swiss_table_align_(type);
    char *block = swiss_allocator_resize(table->allocator, table->slots, block_size(type, half),
                                         block_size(type, 2 * half), align);
    if (block == NULL)
        return false;
    SWISS_ASSERT(swiss_is_aligned(block, align));
    const uint8_t *const control = (uint8_t *)block + control_offset(type, half);
    set_block(table, type, block, 2 * half);
    /* The old away lanes come to be where those of the upper groups are going to be. */
    swiss_table from = {.slots = block, .control = table->control, .mask = half - GROUP};
    from.overflow = table->overflow + 3 * overflow_size(half);
    memmove(from.overflow, control + half, 3 * overflow_size(half));
    memmove(from.control, control, half);
    split(table, type, &from);
    return true;
}

/* Moves the entries to a block of `capacity` slots, enough for them. Returns false when out of memory: the table is as
 * it was. */
static bool resize(swiss_table *table, const swiss_table_type *type, size_t capacity) {
    size_t old_capacity = swiss_table_capacity(table);
    if (old_capacity == 0) {
        if (!allocate_block(table, type, capacity))
            return false;
        mark_empty(table);
        swiss_table_draw_seed_(table);
        table->generation += first_generation(table);
        return true;
    }
    if (capacity == 2 * old_capacity && is_apart(type, old_capacity))
        return type->bounded->grow(table, type);
    const bool doubles = type->split && old_capacity >= GROUP && capacity == 2 * old_capacity;
    if (doubles && old_capacity > GROUP && is_possible(type, capacity) && resizes_well(table, type)) {
        if (!double_in_place(table, type))
            return false;
    } else {
        swiss_table from = *table;
        if (!allocate_block(table, type, capacity))
            return false;
        if (doubles) {
            split(table, type, &from);
        } else {
            mark_empty(table);
            if (old_capacity <= GROUP && capacity <= GROUP) {
                pack(table, &from, type);
            } else {
                for (size_t base = 0; base <= from.mask; base += SWISS_WINDOW_)
                    for (uint64_t rest = swiss_table_full_(&from, base); rest; rest &= rest - 1)
                        reinsert(table, type, swiss_table_slot_(&from, type, base + swiss_masks_lowest(rest)));
            }
            table->size = from.size;
        }
        free_block(&from, type);
    }
    table->growth_left = swiss_table_max_load_(capacity) - table->size;
    table->generation++;
    VALIDATE_TABLE(table, type);
    return true;
}

/* Clears all overflow bits and sets those that are needed, and, where an entry moves twice, one or two that are not. An
 * entry that is not in the group where its search begins goes to the first free lane on its way, which may be the one
 * that it is in. The others are not read, nor their keys, which may be strings far away. */
static void rehash_moving(swiss_table *table, const swiss_table_type *type,
                          void (*moved)(void *context, size_t from, size_t to), void *context) {
    const size_t mask = table->mask;
    memset(table->overflow, 0, overflow_size(mask + GROUP));
    for (size_t position = 0; position <= mask; position += GROUP) {
        const size_t ahead = position + FETCHED_AHEAD * GROUP;
        uint32_t away = ahead <= mask ? *swiss_away_(table->overflow, mask, ahead) : 0;
        for (; away; away &= away - 1)
            SWISS_PREFETCH(swiss_table_slot_(table, type, ahead + swiss_count_trailing_zeros(away)));
        send_home(table, type, position, 0, 0, moved, context);
    }
    table->growth_left = swiss_table_max_load_(mask + GROUP) - table->size;
    table->generation++;
    VALIDATE_TABLE(table, type);
}

/* If rehashing in place wins at least 3/32 of the slots, its cost is shared by the removals that retired them. So a
 * table that is at most 25/32 full, and only churns, never grows; a fuller one doubles, once. The bound is abseil's. */
bool swiss_table_gains_by_rehash_(const swiss_table *table) {
    const size_t capacity = swiss_table_capacity(table);
    return capacity > GROUP && retired(table) >= capacity / 32 * 3;
}

void swiss_table_rehash_(swiss_table *table, const swiss_table_type *type) {
    rehash_moving(table, type, NULL, NULL);
}

bool swiss_table_step(swiss_table *table, const swiss_table_type *type) {
    SWISS_ASSERT_LIVES_(table);
    return is_apart(type, swiss_table_capacity(table)) && type->bounded->step(table, type);
}

/* Lets the table end what it does bit by bit, before an operation on the whole of it. */
static void finish(swiss_table *table, const swiss_table_type *type) {
    if (type->bounded)
        while (swiss_table_step(table, type))
            ;
}

bool swiss_table_rehash_moving_(swiss_table *table, const swiss_table_type *type,
                                void (*moved)(void *context, size_t from, size_t to), void *context) {
    if (!swiss_table_gains_by_rehash_(table))
        return false;
    rehash_moving(table, type, moved, context);
    return true;
}

bool swiss_table_make_room_(swiss_table *table, const swiss_table_type *type) {
    size_t capacity = swiss_table_capacity(table);
    if (capacity == 0) {
        capacity = GROUP;
        while (capacity > SMALLEST && capacity * type->slot_size > FIRST_SLOTS_SIZE)
            capacity /= 2;
        return resize(table, type, capacity);
    }
    if (swiss_table_rehash_moving_(table, type, NULL, NULL))
        return true;
    if (capacity <= SIZE_MAX / 2 && resize(table, type, 2 * capacity))
        return true;
    /* The room of an entry that was removed is there for another, though it may cost a rehash each time. */
    if (retired(table) == 0)
        return false;
    swiss_table_rehash_(table, type);
    return true;
}

uint64_t swiss_table_still_full_(const swiss_table *table, size_t base, unsigned lane_bits) {
    if (table->size == 0)
        return 0;
    if (lane_bits == SWISS_LANE_BITS_)
        return swiss_table_full_(table, base);
    uint64_t full = 0; /* the caller's backend is another */
    for (unsigned bit = 0; bit < 64 && base <= table->mask; bit += GROUP * lane_bits, base += GROUP) {
        swiss_mask lanes = swiss_group_match_full(swiss_group_load(table->control + base));
        for (; lanes; lanes = swiss_mask_next(lanes))
            full |= ((UINT64_C(1) << lane_bits) - 1) << (bit + swiss_mask_lowest(lanes) * lane_bits);
    }
    return full;
}

void swiss_table_release_slot_(swiss_table *table, const swiss_table_type *type, const void *slot) {
    if (swiss_table_grows_(table, type))
        type->bounded->release(table, type, slot);
    else
        swiss_table_release_(table, swiss_table_index_(table, type, slot));
}

void *swiss_table_add_further_(swiss_table *table, const swiss_table_type *type, uint64_t hash, const void *key) {
    const bool is_first = table->control == NULL;
    if (is_apart(type, swiss_table_capacity(table)))
        return type->bounded->add(table, type, hash);
    if (table->growth_left == 0 && !swiss_table_make_room_(table, type))
        return NULL;
    if (is_first)
        hash = swiss_table_hash_(table, type, key);
    table->growth_left -= 1;
    table->size += 1;
    SWISS_TOUCH_(table);
    return swiss_table_slot_(table, type, swiss_table_settle_(table, hash, 0, SIZE_MAX));
}

static void *find(const swiss_table *table, const swiss_table_type *type, uint64_t hash, const void *key) {
    if (table->control == NULL)
        return NULL;
    void *slot = swiss_table_find_first_(table, type, hash, type->equal, key, SWISS_FETCH_MATCHING_, NULL);
    if (slot == NULL && SWISS_UNLIKELY(swiss_table_goes_further_(table, hash)))
        slot = swiss_table_find_further_(table, type, hash, type->equal, key);
    return slot;
}

void swiss_table_fetch_slots_(const swiss_table *table, const swiss_table_type *type, const uint64_t *ring,
                              size_t begin, size_t end, bool filling) {
    for (size_t i = begin; i < end; ++i) {
        uint64_t hash = ring[i % SWISS_BATCH_RING_];
        size_t position = swiss_h1_(hash, table->mask);
        swiss_group group = swiss_group_load(table->control + position);
        swiss_mask lanes = swiss_group_match(group, hash);
        if (lanes == 0 && filling)
            lanes = swiss_group_match_free(group);
        if (lanes)
            SWISS_PREFETCH(swiss_table_slot_(table, type, position + swiss_mask_lowest(lanes)));
    }
}

/* The life of a table ------------------------------------------------------------------------------------------- */

static uint64_t hash_key_bytes(const void *key, uint64_t seed, const swiss_table_type *type) {
    return swiss_hash_bytes(key, type->key_size, seed);
}

static bool equal_key_bytes(const void *stored, const void *key, const swiss_table_type *type) {
    return memcmp(stored, key, type->key_size) == 0;
}

static void split_any(const swiss_table *table, const swiss_table_type *type, swiss_split *split) {
    swiss_table_split_(table, type, split);
}

bool swiss_table_type_init(swiss_table_type *type, size_t key_size, size_t key_align, size_t value_size,
                           size_t value_align, swiss_hash_function hash, swiss_equal_function equal) {
    if (value_size == 0)
        value_align = 1;
    if (key_size == 0 || !swiss_is_power_of_two(key_align) || !swiss_is_power_of_two(value_align) ||
        key_size % key_align != 0 || value_size % value_align != 0)
        return false;
    size_t align = key_align > value_align ? key_align : value_align, limit = PTRDIFF_MAX;
    if (align > limit / 4 || key_size > limit / 4 || value_size > limit / 4)
        return false;
    swiss_table_type made = {0};
    made.key_size = key_size;
    made.value_offset = swiss_round_up(key_size, value_align);
    made.value_size = value_size;
    made.slot_size = swiss_round_up(made.value_offset + value_size, align);
    made.slot_align = align;
    made.hash = hash ? hash : hash_key_bytes;
    made.equal = equal ? equal : equal_key_bytes;
    made.split = split_any;
    made.avalanches = hash == NULL;
    *type = made;
    return true;
}

bool swiss_table_init(swiss_table *table, const swiss_table_type *type, const swiss_options *options) {
    memset(table, 0, sizeof *table);
    if (options == NULL)
        return true;
    table->allocator = options->allocator;
    table->seed = options->seed;
    return swiss_table_reserve(table, type, options->reserve);
}

static void drop_all(swiss_table *table, const swiss_table_type *type) {
    if (type->drop == NULL || table->size == 0)
        return;
    if (swiss_table_grows_(table, type)) {
        type->bounded->drop(table, type);
        return;
    }
    for (size_t base = 0; base <= table->mask; base += SWISS_WINDOW_)
        for (uint64_t rest = swiss_table_full_(table, base); rest; rest &= rest - 1)
            type->drop(swiss_table_slot_(table, type, base + swiss_masks_lowest(rest)), type);
}

/* Makes *table as if it had never had a block. */
static void forget_block(swiss_table *table) {
    table->control = NULL;
    table->slots = NULL;
    table->overflow = NULL;
    table->mask = table->size = table->growth_left = 0;
    table->capacity_small = 0;
    table->generation++;
}

void swiss_table_free(swiss_table *table, const swiss_table_type *type) {
    SWISS_ASSERT_LIVES_(table);
    drop_all(table, type);
    free_block(table, type);
    forget_block(table);
    table->freed = true;
}

bool swiss_table_reserve(swiss_table *table, const swiss_table_type *type, size_t size) {
    SWISS_ASSERT_LIVES_(table);
    if (size <= table->size)
        return true;
    finish(table, type);
    if (size - table->size <= table->growth_left)
        return true;
    if (size <= swiss_table_max_load_(swiss_table_capacity(table))) /* retired slots are in the way */
        return swiss_table_make_room_(table, type);
    size_t capacity = capacity_for(size);
    return capacity != 0 && resize(table, type, capacity);
}

bool swiss_table_shrink(swiss_table *table, const swiss_table_type *type) {
    SWISS_ASSERT_LIVES_(table);
    finish(table, type);
    if (table->size == 0) {
        free_block(table, type);
        forget_block(table);
        return true;
    }
    size_t capacity = capacity_for(table->size);
    if (capacity < swiss_table_capacity(table))
        return resize(table, type, capacity);
    if (retired(table) != 0)
        swiss_table_rehash_(table, type);
    return true;
}

void swiss_table_clear_keep(swiss_table *table, const swiss_table_type *type) {
    SWISS_ASSERT_LIVES_(table);
    table->generation++;
    if (table->control == NULL)
        return;
    finish(table, type);
    drop_all(table, type);
    mark_empty(table);
}

void swiss_table_clear(swiss_table *table, const swiss_table_type *type) {
    bool sparse = table->mask >= SPARSE_FROM && table->size < swiss_table_capacity(table) / 16;
    if (!sparse && !(type->bounded && table->mask >= CLEAR_AT_ONCE)) {
        swiss_table_clear_keep(table, type);
        return;
    }
    drop_all(table, type);
    free_block(table, type);
    forget_block(table);
}

/* Clones the entries of *from into the block of *to, which has the same capacity. Returns false when the type's clone
 * does: then the entries already cloned are dropped again. */
static bool clone_entries(swiss_table *to, const swiss_table *from, const swiss_table_type *type) {
    swiss_table_iter iter = swiss_table_iterate(from);
    for (const void *slot; (slot = next_entry(&iter, type));) {
        if (!type->clone(swiss_table_slot_(to, type, iter.current), slot, type)) {
            drop_all(to, type);
            return false;
        }
        to->control[iter.current] = from->control[iter.current];
        to->size += 1;
    }
    return true;
}

/* The same from a table that grows, to one of twice the capacity. */
static bool clone_growing(swiss_table *to, const swiss_table *from, const swiss_table_type *type) {
    swiss_table_iter iter = swiss_table_iterate(from);
    for (const void *slot; (slot = next_entry(&iter, type));) {
        const size_t index = swiss_table_settle_(to, swiss_table_hash_(to, type, slot), 0, SIZE_MAX);
        void *const copy = swiss_table_slot_(to, type, index);
        if (type->clone == NULL) {
            memcpy(copy, slot, type->slot_size);
        } else if (!type->clone(copy, slot, type)) {
            to->control[index] = SWISS_EMPTY;
            drop_all(to, type);
            return false;
        }
        to->size += 1;
    }
    to->growth_left = swiss_table_max_load_(swiss_table_capacity(to)) - to->size;
    to->generation = first_generation(to);
    VALIDATE_TABLE(to, type);
    return true;
}

bool swiss_table_clone(swiss_table *to, const swiss_table *from, const swiss_table_type *type) {
    SWISS_ASSERT_LIVES_(from);
    SWISS_ASSERT(to != from && "swiss: a map cannot be cloned into itself");
    swiss_table made = {0};
    made.allocator = from->allocator;
    made.seed = from->seed;
    *to = made;
    if (from->size == 0)
        return true;
    const bool grows = swiss_table_grows_(from, type);
    if (!allocate_block(&made, type, swiss_table_capacity(from) << grows))
        return false;
    mark_empty(&made);
    if (grows) {
        if (clone_growing(&made, from, type)) {
            *to = made;
            return true;
        }
        free_block(&made, type);
        return false;
    }
    if (type->clone == NULL) {
        memcpy(made.slots, from->slots, swiss_table_capacity(from) * type->slot_size);
    } else if (!clone_entries(&made, from, type)) {
        free_block(&made, type);
        return false;
    }
    memcpy(made.control, from->control, made.mask + GROUP);
    memcpy(made.overflow, from->overflow, 3 * overflow_size(swiss_table_capacity(from)));
    made.size = from->size;
    made.growth_left = from->growth_left;
    made.generation = first_generation(&made);
    *to = made;
    VALIDATE_TABLE(to, type);
    return true;
}

swiss_table swiss_table_move(swiss_table *from) {
    SWISS_ASSERT_LIVES_(from);
    swiss_table moved = *from;
    forget_block(from);
    return moved;
}

bool swiss_table_merge(swiss_table *to, swiss_table *from, const swiss_table_type *type) {
    SWISS_ASSERT_LIVES_(from);
    if (to == from || from->size == 0)
        return true;
    finish(from, type);
    if (from->size > SIZE_MAX - to->size || !swiss_table_reserve(to, type, to->size + from->size))
        return false;
    swiss_table_iter iter = swiss_table_iterate(from);
    for (void *slot; (slot = next_entry(&iter, type));) {
        uint64_t hash = swiss_table_hash_(to, type, slot);
        if (find(to, type, hash, slot) == NULL) {
            memcpy(swiss_table_add_(to, type, hash), slot, type->slot_size);
            swiss_table_release_(from, iter.current);
            iter.size -= 1;
        }
    }
    VALIDATE_TABLE(to, type);
    VALIDATE_TABLE(from, type);
    return true;
}

size_t swiss_table_retain(swiss_table *table, const swiss_table_type *type, bool (*keep)(void *slot, void *context),
                          void *context) {
    SWISS_ASSERT_LIVES_(table);
    const size_t before = table->size;
    finish(table, type);
    for (size_t base = 0; before != 0 && base <= table->mask; base += SWISS_WINDOW_)
        for (uint64_t rest = swiss_table_full_(table, base); rest; rest &= rest - 1) {
            const size_t index = base + swiss_masks_lowest(rest);
            void *slot = swiss_table_slot_(table, type, index);
            if (keep(slot, context))
                continue;
            if (type->drop)
                type->drop(slot, type);
            swiss_table_release_(table, index);
        }
    return before - table->size;
}

bool swiss_table_equal(const swiss_table *a, const swiss_table *b, const swiss_table_type *type,
                       bool (*equal)(const void *value_a, const void *value_b, void *context), void *context) {
    if (a->size != b->size)
        return false;
    swiss_table_iter iter = swiss_table_iterate(a);
    for (void *slot; (slot = next_entry(&iter, type));) {
        void *other = swiss_table_find(b, type, slot);
        if (other == NULL || (equal && !equal(swiss_table_value(type, slot), swiss_table_value(type, other), context)))
            return false;
    }
    return true;
}

/* Statistics ---------------------------------------------------------------------------------------------------- */

/* Returns the number of groups that a search for `hash` visits, from the group at `position` up to that of slot `end`,
 * or, if `end` is SIZE_MAX, up to where a search in vain ends. 0 if the search ends before it is there: for a NaN,
 * which has another hash each time. */
static size_t probe_length(const swiss_table *table, size_t position, uint64_t hash, size_t end) {
    const size_t home = position, most = table->mask / GROUP + 1;
    size_t length = 1;
    for (; length < most && position / GROUP != end / GROUP; ++length) {
        if (!swiss_overflowed_(table->overflow, position, hash))
            return end == SIZE_MAX ? length : 0;
        position = swiss_way_(hash, home, length, table->mask);
    }
    return length;
}

/* Fills in the bytes by kind. */
static void measure_block(const swiss_table *table, const swiss_table_type *type, swiss_table_stats *stats) {
    stats->bytes =
        is_apart(type, stats->capacity) ? type->bounded->bytes(table, type) : block_size(type, stats->capacity);
    stats->entry_bytes = stats->size * type->slot_size;
    stats->unused_bytes = (stats->capacity - stats->size) * type->slot_size;
    stats->control_bytes = mask_of(stats->capacity) + GROUP;
    stats->overflow_bytes = overflow_size(stats->capacity);
    stats->other_bytes =
        stats->bytes - stats->capacity * type->slot_size - stats->control_bytes - stats->overflow_bytes;
}

static void count_probe(size_t probes[SWISS_TABLE_PROBES], size_t length) {
    probes[length < SWISS_TABLE_PROBES ? length : SWISS_TABLE_PROBES - 1] += 1;
}

swiss_table_stats swiss_table_get_stats(const swiss_table *table, const swiss_table_type *type) {
    SWISS_ASSERT_LIVES_(table);
    swiss_table_stats stats = {0};
    stats.header_bytes = sizeof *table;
    if (table->control == NULL)
        return stats;
    stats.size = table->size;
    stats.capacity = swiss_table_capacity(table);
    stats.retired = retired(table);
    stats.groups = table->mask / GROUP + 1;
    stats.load_factor = (double)stats.size / (double)stats.capacity;
    if (swiss_table_grows_(table, type)) {
        type->bounded->measure(table, type, &stats);
        return stats;
    }
    measure_block(table, type, &stats);
    size_t hits = 0, misses = 0;
    swiss_table_iter iter = swiss_table_iterate(table);
    for (const void *slot; (slot = next_entry(&iter, type));) {
        uint64_t hash = swiss_table_hash_(table, type, slot);
        size_t length = probe_length(table, swiss_h1_(hash, table->mask), hash, iter.current);
        hits += length;
        count_probe(stats.probe_hits, length);
        stats.max_probe = length > stats.max_probe ? length : stats.max_probe;
    }
    for (size_t home = 0; home <= table->mask; home += GROUP) {
        for (uint64_t class = 0; class < 8; ++class) {
            size_t length = probe_length(table, home, class << 61, SIZE_MAX);
            misses += length;
            count_probe(stats.probe_misses, length);
            stats.overflow_bits += swiss_overflowed_(table->overflow, home, class << 61);
            stats.max_probe = length > stats.max_probe ? length : stats.max_probe;
        }
    }
    const size_t found = stats.size - stats.probe_hits[0];
    stats.mean_probe_hit = found ? (double)hits / (double)found : 0;
    stats.mean_probe_miss = (double)misses / (8 * (double)stats.groups);
    return stats;
}

/* Validating ---------------------------------------------------------------------------------------------------- */

/* Each returns what does not hold, or NULL. The first looks at the members alone. */
static const char *broken_members(const swiss_table *table, const swiss_table_type *type) {
    if (table->freed)
        return "the table is used after it was freed";
    if (table->control == NULL) {
        bool empty = !table->slots && !table->overflow && !table->mask && !table->size && !table->growth_left &&
                     !table->capacity_small;
        return empty ? NULL : "a table without a block has entries or room";
    }
    size_t capacity = swiss_table_capacity(table);
    if (!swiss_is_power_of_two(capacity) || capacity < SMALLEST || mask_of(capacity) != table->mask)
        return "the capacity is no power of two, or the mask is not that of the capacity";
    if ((uintptr_t)table->control % GROUP != 0 ||
        (!is_apart(type, capacity) &&
         table->control != (const uint8_t *)table->slots + control_offset(type, capacity)) ||
        (capacity > GROUP && table->overflow != table->control + capacity))
        return "the parts of the block are not where the capacity puts them";
    size_t popped = 0;
    if (capacity > GROUP)
        memcpy(&popped, swiss_pop_place_(table->overflow, table->mask), sizeof popped);
    if ((popped & ~table->mask) != 0 || table->popped >= GROUP)
        return "where pop goes on is no group of the table";
    return table->seed != 0 ? NULL : "a table with a block has no seed";
}

/* Looks at the counts, and at bytes that do not depend on the entries. */
static const char *broken_counts(const swiss_table *table, const swiss_table_type *type) {
    size_t capacity = swiss_table_capacity(table), full = 0;
    unsigned overflowed = 0;
    for (size_t i = 0; i < capacity; ++i)
        full += table->control[i] != SWISS_EMPTY;
    for (size_t i = capacity; i < GROUP; ++i)
        if (table->control[i] != SWISS_EMPTY)
            return "a lane without a slot is not EMPTY";
    for (size_t i = 0; i < capacity; i += GROUP)
        overflowed |= *swiss_overflow_byte_(table->overflow, i);
    if (capacity <= GROUP && overflowed)
        return "a table of one group has overflowed";
    if (table->size != full)
        return "the size is not the number of full control bytes";
    if (full > swiss_table_max_load_(capacity) || table->growth_left > swiss_table_max_load_(capacity) - full)
        return "there are more entries, or there is more room, than the capacity allows";
    if (!overflowed && retired(table) != 0 && !swiss_table_moves_(table, type))
        return "slots are retired, but no group has overflowed";
    return NULL;
}

/* Looks at one entry and the way to it. */
static const char *broken_entry(const swiss_table *table, const swiss_table_type *type, size_t index) {
    const void *slot = swiss_table_slot_(table, type, index);
    if (!type->equal(slot, slot, type))
        return NULL; /* nothing finds it, and its hash may be another each time */
    uint64_t hash = swiss_table_hash_(table, type, slot);
    if (table->control[index] != swiss_h2(hash))
        return "a control byte is not the h2 of its entry";
    const size_t home = swiss_h1_(hash, table->mask);
    for (size_t step = 0, position = home; position / GROUP != index / GROUP;) {
        if (!swiss_overflowed_(table->overflow, position, hash))
            return "an overflow bit is missing on the way to an entry";
        position = swiss_way_(hash, home, ++step, table->mask);
    }
    if (index / GROUP != home / GROUP && !swiss_is_away_(table, index))
        return "an entry that is not at home is not known to be away";
    return find(table, type, hash, slot) == slot ? NULL : "a key is there twice";
}

const char *swiss_table_validate(const swiss_table *table, const swiss_table_type *type) {
    const char *wrong = broken_members(table, type);
    if (wrong || table->control == NULL)
        return wrong;
    if (swiss_table_grows_(table, type))
        return type->bounded->validate(table, type);
    wrong = broken_counts(table, type);
    for (size_t i = 0; !wrong && i < swiss_table_capacity(table); ++i)
        if (table->control[i] != SWISS_EMPTY)
            wrong = broken_entry(table, type, i);
    return wrong;
}

/* Run-time typed operations ------------------------------------------------------------------------------------- */

uint64_t swiss_table_hash(swiss_table *table, const swiss_table_type *type, const void *key) {
    SWISS_ASSERT_LIVES_(table);
    swiss_table_draw_seed_(table);
    return swiss_table_hash_(table, type, key);
}

/* Asserts that `hash`, which the caller has known, is that of *key; a key may have another each time, as a NaN. */
#define ASSERT_HASH(table, type, hash, key)                                                                            \
    SWISS_ASSERT_LIVES_(table);                                                                                        \
    SWISS_ASSERT(((hash) == swiss_table_hash_(table, type, key) ||                                                     \
                  swiss_table_hash_(table, type, key) != swiss_table_hash_(table, type, key)) &&                       \
                 "swiss: this hash is not that of the key in this map: ask NAME_hash for it")

void swiss_table_prefetch(const swiss_table *table, const swiss_table_type *type, uint64_t hash) {
    swiss_table_prefetch_home_(table, type, hash);
}

static void *value_in(const swiss_table_type *type, void *slot) {
    return slot ? swiss_table_value(type, slot) : NULL;
}

void *swiss_table_find(const swiss_table *table, const swiss_table_type *type, const void *key) {
    SWISS_ASSERT_LIVES_(table);
    return find(table, type, swiss_table_hash_(table, type, key), key);
}

void *swiss_table_find_hashed(const swiss_table *table, const swiss_table_type *type, uint64_t hash, const void *key) {
    ASSERT_HASH(table, type, hash, key);
    return find(table, type, hash, key);
}

bool swiss_table_contains(const swiss_table *table, const swiss_table_type *type, const void *key) {
    return swiss_table_find(table, type, key) != NULL;
}

bool swiss_table_contains_hashed(const swiss_table *table, const swiss_table_type *type, uint64_t hash,
                                 const void *key) {
    return swiss_table_find_hashed(table, type, hash, key) != NULL;
}

void *swiss_table_get(const swiss_table *table, const swiss_table_type *type, const void *key) {
    return value_in(type, swiss_table_find(table, type, key));
}

void *swiss_table_get_hashed(const swiss_table *table, const swiss_table_type *type, uint64_t hash, const void *key) {
    return value_in(type, swiss_table_find_hashed(table, type, hash, key));
}

/* `value` may point into the slot. */
static void fill(void *slot, const swiss_table_type *type, const void *key, const void *value) {
    memmove(slot, key, type->key_size);
    if (value)
        memmove(swiss_table_value(type, slot), value, type->value_size);
    else
        memset(swiss_table_value(type, slot), 0, type->value_size);
}

/* True if `pointer` points into the table's block. */
static bool points_into(const swiss_table *table, const swiss_table_type *type, const void *pointer) {
    if (pointer && is_apart(type, swiss_table_capacity(table)))
        return type->bounded->holds(table, type, pointer, true);
    uintptr_t offset = (uintptr_t)pointer - (uintptr_t)table->slots;
    return pointer && table->control && offset < block_size(type, swiss_table_capacity(table));
}

/* Adds an entry to a table that is full, while `key` or `value` points to an entry that moves when it grows: from a
 * copy. NULL: out of memory. */
static void *add_aliased(swiss_table *table, const swiss_table_type *type, uint64_t hash, const void *key,
                         const void *value) {
    void *copy = swiss_allocator_allocate(table->allocator, type->slot_size, type->slot_align);
    if (copy == NULL)
        return NULL;
    fill(copy, type, key, value);
    void *slot = swiss_table_add_(table, type, hash);
    if (slot)
        memcpy(slot, copy, type->slot_size);
    swiss_allocator_free(table->allocator, copy, type->slot_size, type->slot_align);
    return slot;
}

/* The insertions, by the hash of *key. */
static swiss_table_result insert(swiss_table *table, const swiss_table_type *type, uint64_t hash, const void *key,
                                 const void *value) {
    swiss_table_result result = {NULL, false};
    if (!swiss_table_prepare_(table, type))
        return result;
    swiss_table_prefetch_(table, swiss_table_slot_(table, type, swiss_h1_(hash, table->mask)), type);
    result.slot = find(table, type, hash, key);
    if (result.slot)
        return result;
    if ((table->growth_left == 0 || swiss_table_moves_(table, type)) &&
        (points_into(table, type, key) || points_into(table, type, value))) {
        result.slot = add_aliased(table, type, hash, key, value);
    } else {
        result.slot = swiss_table_add_(table, type, hash);
        if (result.slot)
            fill(result.slot, type, key, value);
    }
    result.inserted = result.slot != NULL;
    return result;
}

/* Replaces the key and the value of the entry in `slot`, unless their bytes are the same. */
static void overwrite(void *slot, const swiss_table_type *type, const void *key, const void *value) {
    if (type->drop) {
        bool same_key = memcmp(slot, key, type->key_size) == 0;
        if (same_key &&
            (type->value_size == 0 || (value && memcmp(swiss_table_value(type, slot), value, type->value_size) == 0)))
            return;
        if (same_key && type->drop_value)
            type->drop_value(slot, type);
        else
            type->drop(slot, type);
    }
    fill(slot, type, key, value);
}

static swiss_table_result put(swiss_table *table, const swiss_table_type *type, uint64_t hash, const void *key,
                              const void *value) {
    swiss_table_result result = insert(table, type, hash, key, value);
    if (result.slot && !result.inserted)
        overwrite(result.slot, type, key, value);
    return result;
}

static swiss_table_result replace(swiss_table *table, const swiss_table_type *type, uint64_t hash, const void *key,
                                  const void *value, void *old) {
    swiss_table_result result = insert(table, type, hash, key, value);
    if (result.slot && !result.inserted) {
        if (old)
            memcpy(old, result.slot, type->slot_size);
        fill(result.slot, type, key, value);
    }
    return result;
}

swiss_table_result swiss_table_insert(swiss_table *table, const swiss_table_type *type, const void *key,
                                      const void *value) {
    return insert(table, type, swiss_table_hash(table, type, key), key, value);
}

swiss_table_result swiss_table_insert_hashed(swiss_table *table, const swiss_table_type *type, uint64_t hash,
                                             const void *key, const void *value) {
    ASSERT_HASH(table, type, hash, key);
    return insert(table, type, hash, key, value);
}

swiss_table_result swiss_table_put(swiss_table *table, const swiss_table_type *type, const void *key,
                                   const void *value) {
    return put(table, type, swiss_table_hash(table, type, key), key, value);
}

swiss_table_result swiss_table_put_hashed(swiss_table *table, const swiss_table_type *type, uint64_t hash,
                                          const void *key, const void *value) {
    ASSERT_HASH(table, type, hash, key);
    return put(table, type, hash, key, value);
}

swiss_table_result swiss_table_replace(swiss_table *table, const swiss_table_type *type, const void *key,
                                       const void *value, void *old) {
    return replace(table, type, swiss_table_hash(table, type, key), key, value, old);
}

swiss_table_result swiss_table_replace_hashed(swiss_table *table, const swiss_table_type *type, uint64_t hash,
                                              const void *key, const void *value, void *old) {
    ASSERT_HASH(table, type, hash, key);
    return replace(table, type, hash, key, value, old);
}

void *swiss_table_get_or_insert(swiss_table *table, const swiss_table_type *type, const void *key, const void *value) {
    return value_in(type, swiss_table_insert(table, type, key, value).slot);
}

void *swiss_table_get_or_insert_hashed(swiss_table *table, const swiss_table_type *type, uint64_t hash, const void *key,
                                       const void *value) {
    return value_in(type, swiss_table_insert_hashed(table, type, hash, key, value).slot);
}

/* The removals, of an entry that was found, or NULL. */
static bool take_found(swiss_table *table, const swiss_table_type *type, void *found, void *slot) {
    if (found == NULL)
        return false;
    if (slot)
        memcpy(slot, found, type->slot_size);
    swiss_table_release_slot_(table, type, found);
    return true;
}

static bool remove_found(swiss_table *table, const swiss_table_type *type, void *found) {
    if (found && type->drop)
        type->drop(found, type);
    return take_found(table, type, found, NULL);
}

bool swiss_table_take(swiss_table *table, const swiss_table_type *type, const void *key, void *slot) {
    return take_found(table, type, swiss_table_find(table, type, key), slot);
}

bool swiss_table_take_hashed(swiss_table *table, const swiss_table_type *type, uint64_t hash, const void *key,
                             void *slot) {
    return take_found(table, type, swiss_table_find_hashed(table, type, hash, key), slot);
}

bool swiss_table_remove(swiss_table *table, const swiss_table_type *type, const void *key) {
    return remove_found(table, type, swiss_table_find(table, type, key));
}

bool swiss_table_remove_hashed(swiss_table *table, const swiss_table_type *type, uint64_t hash, const void *key) {
    return remove_found(table, type, swiss_table_find_hashed(table, type, hash, key));
}

void swiss_table_remove_entry(swiss_table *table, const swiss_table_type *type, void *slot) {
    SWISS_ASSERT_HOLDS_(table, type, slot);
    remove_found(table, type, slot);
}

bool swiss_table_pop(swiss_table *table, const swiss_table_type *type, void *slot) {
    return swiss_table_pop_(table, type, slot);
}

/* Many keys ----------------------------------------------------------------------------------------------------- */

void swiss_table_find_many(const swiss_table *table, const swiss_table_type *type, const void *keys, size_t count,
                           void **slots) {
    SWISS_ASSERT_LIVES_(table);
    bool large = swiss_table_gains_by_batches_(table, type);
    uint64_t ring[SWISS_BATCH_RING_];
    const swiss_batch_keys_ batch = {keys, type->key_size, count, type->hash};
    const char *key = keys;
    for (size_t i = 0; i < count; ++i, key += type->key_size) {
        if (large && i % SWISS_BATCH_ == 0)
            swiss_table_fetch_ahead_(table, type, ring, &batch, i, false);
        slots[i] = find(table, type, large ? ring[i % SWISS_BATCH_RING_] : swiss_table_hash_(table, type, key), key);
    }
}

size_t swiss_table_insert_many_marked(swiss_table *table, const swiss_table_type *type, const void *keys,
                                      const void *values, size_t count, bool *inserted) {
    uint64_t ring[SWISS_BATCH_RING_];
    swiss_batch_keys_ batch = {keys, type->key_size, 0, type->hash};
    size_t single = 0; /* keys before the batch */
    const char *key = keys, *value = values;
    for (size_t i = 0; i < count; ++i, key += type->key_size) {
        if (batch.count == 0 && swiss_table_gains_by_batches_(table, type)) {
            batch.keys = key;
            batch.count = count - i;
            single = i;
        }
        if (batch.count && (i - single) % SWISS_BATCH_ == 0)
            swiss_table_fetch_ahead_(table, type, ring, &batch, i - single, true);
        uint64_t hash = batch.count ? ring[(i - single) % SWISS_BATCH_RING_] : swiss_table_hash(table, type, key);
        swiss_table_result result = insert(table, type, hash, key, value ? value + i * type->value_size : NULL);
        if (result.slot == NULL)
            return i;
        if (inserted)
            inserted[i] = result.inserted;
    }
    return count;
}

size_t swiss_table_insert_many(swiss_table *table, const swiss_table_type *type, const void *keys, const void *values,
                               size_t count) {
    return swiss_table_insert_many_marked(table, type, keys, values, count, NULL);
}

size_t swiss_table_remove_many(swiss_table *table, const swiss_table_type *type, const void *keys, size_t count) {
    SWISS_ASSERT_LIVES_(table);
    bool large = swiss_table_gains_by_batches_(table, type);
    uint64_t ring[SWISS_BATCH_RING_];
    const swiss_batch_keys_ batch = {keys, type->key_size, count, type->hash};
    const size_t before = table->size;
    const char *key = keys;
    for (size_t i = 0; i < count; ++i, key += type->key_size) {
        if (large && i % SWISS_BATCH_ == 0)
            swiss_table_fetch_ahead_(table, type, ring, &batch, i, false);
        uint64_t hash = large ? ring[i % SWISS_BATCH_RING_] : swiss_table_hash_(table, type, key);
        remove_found(table, type, find(table, type, hash, key));
    }
    return before - table->size;
}
