/* table.c - what no hot path of a table needs: allocating, growing, rehashing, copying, measuring; and the
 * run-time typed operations, which are the core of table.h with a type that the compiler cannot see through.
 */
#include "swiss/table.h"
#include <string.h>

enum {
    GROUP = SWISS_GROUP_WIDTH,
    SMALLEST = 4, /* slots of a first block */
};

static const swiss_allocator *allocator_of(const swiss_table *table) {
    return table->allocator ? table->allocator : swiss_allocator_heap();
}

/* Sizes --------------------------------------------------------------------------------------------------------- */

/* How many entries a table of `capacity` slots may hold: all in one group, where a search ends anyhow; else 7
 * of 8. */
static size_t max_load(size_t capacity) {
    return capacity <= GROUP ? capacity : capacity - capacity / 8;
}

/* The least capacity that may hold `size` entries, or 0 if there is none. */
static size_t capacity_for(size_t size) {
    size_t capacity = SMALLEST;
    while (max_load(capacity) < size) {
        if (capacity > SIZE_MAX / 4)
            return 0;
        capacity *= 2;
    }
    return capacity;
}

static size_t mask_of(size_t capacity) {
    return capacity <= GROUP ? 0 : capacity - GROUP;
}

static size_t block_align(const swiss_table_type *type) {
    return type->slot_align > GROUP ? type->slot_align : GROUP;
}

/* The bytes from the start of a block of `capacity` slots to the first of them: the control bytes, and padding. */
static size_t slots_offset(const swiss_table_type *type, size_t capacity) {
    return (mask_of(capacity) + GROUP + block_align(type) - 1) & ~(block_align(type) - 1);
}

/* The bytes of a block of `capacity` slots, or 0 if they are more than an object may have. */
static size_t block_size(const swiss_table_type *type, size_t capacity) {
    size_t control = slots_offset(type, capacity);
    size_t limit = PTRDIFF_MAX;
    if (control > limit || capacity > (limit - control) / type->slot_size)
        return 0;
    return control + capacity * type->slot_size;
}

static void free_block(const swiss_table *table, const swiss_table_type *type) {
    const swiss_allocator *allocator = allocator_of(table);
    if (table->control)
        allocator->free(allocator->context, table->control, block_size(type, swiss_table_capacity(table)),
                        block_align(type));
}

/* Gives *table, whose block is forgotten, a fresh block of EMPTY slots. False when out of memory: it is as it
 * was. */
static bool allocate_block(swiss_table *table, const swiss_table_type *type, size_t capacity) {
    size_t size = block_size(type, capacity);
    const swiss_allocator *allocator = allocator_of(table);
    uint8_t *control = size ? allocator->allocate(allocator->context, size, block_align(type)) : NULL;
    if (control == NULL)
        return false;
    SWISS_ASSERT((uintptr_t)control % block_align(type) == 0);
    memset(control, SWISS_EMPTY, mask_of(capacity) + GROUP);
    table->control = control;
    table->slots = (char *)control + slots_offset(type, capacity);
    table->mask = mask_of(capacity);
    table->capacity_small = (uint8_t)(capacity < GROUP ? capacity : 0);
    table->size = 0;
    table->growth_left = max_load(capacity);
    return true;
}

static size_t tombstones(const swiss_table *table) {
    return table->control ? max_load(swiss_table_capacity(table)) - table->size - table->growth_left : 0;
}

/* Rehashing ----------------------------------------------------------------------------------------------------- */

/* The entries of one group: which lanes they are in, and their hashes. */
typedef struct {
    size_t count;
    uint8_t lanes[GROUP];
    uint64_t hashes[GROUP];
} group_hashes;

static void list_lanes(group_hashes *group, const uint8_t *control) {
    group->count = 0;
    for (swiss_mask full = swiss_group_match_full(swiss_group_load(control)); full; full = swiss_mask_next(full))
        group->lanes[group->count++] = (uint8_t)swiss_mask_lowest(full);
}

static void hash_group(group_hashes *group, const swiss_table_type *type, uint64_t seed, const uint8_t *control,
                       const char *slots) {
    list_lanes(group, control);
    if (type->hash_lanes) {
        type->hash_lanes(slots, group->lanes, group->count, seed, group->hashes, type);
    } else {
        for (size_t i = 0; i < group->count; ++i)
            group->hashes[i] = type->hash(slots + group->lanes[i] * type->slot_size, seed, type);
    }
    if (!type->avalanches)
        for (size_t i = 0; i < group->count; ++i)
            group->hashes[i] = swiss_hash_mix(group->hashes[i], seed);
}

/* Into a table twice as large go the entries that are in the group where their search begins, which nearly
 * all are. Those of group g go to group g or to group g + (old groups), by one more bit of the hash, and
 * nobody else goes there: they are laid down one after the other, without a search, in two streams of memory.
 * Each one moved is marked EMPTY in the old table. Returns how many were moved. */
SWISS_ALWAYS_INLINE size_t split_groups(swiss_table *to, const swiss_table *from, const swiss_table_type *type,
                                        const size_t slot_size) {
    uint8_t *old_control = from->control, *control = to->control;
    char *old_slots = from->slots;
    char *slots = to->slots;
    size_t old_mask = from->mask, moved = 0;
    uint64_t seed = to->seed;
    unsigned half_shift = swiss_count_trailing_zeros(old_mask + GROUP);
    group_hashes group;
    for (size_t base = 0; base <= old_mask; base += GROUP) {
        hash_group(&group, type, seed, old_control + base, old_slots + base * type->slot_size);
        uint32_t fill = 0; /* entries laid down so far: in the lower group, and, shifted by 16, in the upper one */
        for (size_t i = 0; i < group.count; ++i) {
            size_t home = (size_t)(group.hashes[i] >> 3);
            if (SWISS_UNLIKELY((home & old_mask) != base))
                continue;
            unsigned half = (unsigned)(home >> half_shift) & 1;
            size_t index = base + ((size_t)half << half_shift) + ((fill >> (16 * half)) & 0xFFFF);
            fill += UINT32_C(1) << (16 * half);
            size_t old_index = base + group.lanes[i];
            memcpy(slots + index * slot_size, old_slots + old_index * slot_size, slot_size);
            control[index] = swiss_h2(group.hashes[i]);
            old_control[old_index] = SWISS_EMPTY;
        }
        moved += (fill & 0xFFFF) + (fill >> 16);
    }
    return moved;
}

/* Compilers turn memcpy of a constant size into moves: one loop for each frequent size of a slot. */
static size_t split(swiss_table *to, const swiss_table *from, const swiss_table_type *type) {
    switch (type->slot_size) {
    case 4:
        return split_groups(to, from, type, 4);
    case 8:
        return split_groups(to, from, type, 8);
    case 16:
        return split_groups(to, from, type, 16);
    case 24:
        return split_groups(to, from, type, 24);
    case 32:
        return split_groups(to, from, type, 32);
    case 64:
        return split_groups(to, from, type, 64);
    default:
        return split_groups(to, from, type, type->slot_size);
    }
}

/* Moves what is left in *from to the first free slots of *to, which has room and no equal keys. */
static void reinsert(swiss_table *to, const swiss_table *from, const swiss_table_type *type, size_t left) {
    char *old_slots = from->slots;
    char *slots = to->slots;
    size_t slot_size = type->slot_size;
    group_hashes group;
    for (size_t base = 0; left; base += GROUP) {
        hash_group(&group, type, to->seed, from->control + base, old_slots + base * slot_size);
        left -= group.count;
        for (size_t i = 0; i < group.count; ++i) {
            size_t index = swiss_table_first_free(to->control, to->mask, group.hashes[i]);
            to->control[index] = swiss_h2(group.hashes[i]);
            memcpy(slots + index * slot_size, old_slots + (base + group.lanes[i]) * slot_size, slot_size);
        }
    }
}

/* Into one group everything goes in any order, and without a hash: the control bytes stay what they are. */
static void pack(swiss_table *to, const swiss_table *from, const swiss_table_type *type) {
    char *slots = to->slots;
    const char *old_slots = from->slots;
    group_hashes group;
    list_lanes(&group, from->control);
    for (size_t i = 0; i < group.count; ++i) {
        to->control[i] = from->control[group.lanes[i]];
        memcpy(slots + i * type->slot_size, old_slots + group.lanes[i] * type->slot_size, type->slot_size);
    }
}

/* Moves the entries to a block of `capacity` slots, enough for them. False when out of memory: the table is
 * as it was. */
static bool resize(swiss_table *table, const swiss_table_type *type, size_t capacity) {
    swiss_table to = *table;
    if (!allocate_block(&to, type, capacity))
        return false;
    size_t old_capacity = swiss_table_capacity(table), left = table->size;
    if (to.seed == 0)
        to.seed = swiss_seed(); /* the first block */
    if (left != 0 && old_capacity <= GROUP && capacity <= GROUP) {
        pack(&to, table, type);
    } else if (left != 0) {
        if (capacity == 2 * old_capacity)
            left -= split(&to, table, type);
        reinsert(&to, table, type, left);
    }
    to.size = table->size;
    to.growth_left -= to.size;
    to.generation++;
    free_block(table, type);
    *table = to;
    return true;
}

static void swap_slots(char *a, char *b, size_t size) {
    char part[64];
    for (size_t done = 0; done < size;) {
        size_t n = size - done < sizeof part ? size - done : sizeof part;
        memcpy(part, a + done, n);
        memcpy(a + done, b + done, n);
        memcpy(b + done, part, n);
        done += n;
    }
}

/* Clears the tombstones of a table of several groups without allocating. First DELETED comes to mean "an
 * entry that has not found its place": tombstones become EMPTY and full slots DELETED. Then each entry goes
 * to the first slot on its way that no placed entry holds: that is its own group, an EMPTY slot, or the slot
 * of an entry still to be placed, which changes places with it. Placed entries never move again, and what a
 * search passes is full of them. (The method of abseil's drop-deletes-without-resize.) */
static void rehash_in_place(swiss_table *table, const swiss_table_type *type) {
    uint8_t *control = table->control;
    size_t mask = table->mask, slot_size = type->slot_size, slots_in_all = mask + GROUP;
    char *slots = table->slots;
    for (size_t i = 0; i < slots_in_all; ++i)
        control[i] = control[i] < SWISS_EMPTY ? SWISS_DELETED : SWISS_EMPTY;
    for (size_t i = 0; i < slots_in_all; ++i) {
        while (control[i] == SWISS_DELETED) {
            uint64_t hash = swiss_table_hash(table, type, slots + i * slot_size);
            size_t target = swiss_table_first_free(control, mask, hash);
            if (target / GROUP == i / GROUP) {
                control[i] = swiss_h2(hash);
            } else if (control[target] == SWISS_EMPTY) {
                memcpy(slots + target * slot_size, slots + i * slot_size, slot_size);
                control[target] = swiss_h2(hash);
                control[i] = SWISS_EMPTY;
            } else {
                swap_slots(slots + i * slot_size, slots + target * slot_size, slot_size);
                control[target] = swiss_h2(hash);
            }
        }
    }
    table->growth_left = max_load(slots_in_all) - table->size;
    table->generation++;
}

bool swiss_table_make_room(swiss_table *table, const swiss_table_type *type) {
    size_t capacity = swiss_table_capacity(table);
    if (capacity == 0)
        return resize(table, type, SMALLEST);
    /* At most 25/32 full, the rest tombstones up to 28/32: rehashing in place wins at least 3/32 of the
     * slots, so that its cost is shared by that many insertions, and a table that only churns at that size
     * never grows. One that is fuller doubles, once. The bound is abseil's. */
    if (capacity > GROUP && table->size <= capacity / 32 * 25) {
        rehash_in_place(table, type);
        return true;
    }
    return capacity <= SIZE_MAX / 2 && resize(table, type, 2 * capacity);
}

/* The life of a table ------------------------------------------------------------------------------------------- */

static bool is_power_of_two(size_t n) {
    return n != 0 && (n & (n - 1)) == 0;
}

static uint64_t hash_key_bytes(const void *key, uint64_t seed, const swiss_table_type *type) {
    return swiss_hash_bytes(key, type->key_size, seed);
}

static bool equal_key_bytes(const void *stored, const void *key, const swiss_table_type *type) {
    return memcmp(stored, key, type->key_size) == 0;
}

bool swiss_table_type_init(swiss_table_type *type, size_t key_size, size_t key_align, size_t value_size,
                           size_t value_align, swiss_hash_function hash, swiss_equal_function equal) {
    if (value_size == 0)
        value_align = 1;
    if (key_size == 0 || !is_power_of_two(key_align) || !is_power_of_two(value_align) || key_size % key_align != 0 ||
        value_size % value_align != 0)
        return false;
    size_t align = key_align > value_align ? key_align : value_align, limit = PTRDIFF_MAX;
    if (align > limit / 4 || key_size > limit / 4 || value_size > limit / 4)
        return false;
    swiss_table_type made = {0};
    made.key_size = key_size;
    made.value_offset = (key_size + value_align - 1) & ~(value_align - 1);
    made.value_size = value_size;
    made.slot_size = (made.value_offset + value_size + align - 1) & ~(align - 1);
    made.slot_align = align;
    made.hash = hash ? hash : hash_key_bytes;
    made.equal = equal ? equal : equal_key_bytes;
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
    return swiss_table_reserve(table, type, options->capacity);
}

static void drop_all(swiss_table *table, const swiss_table_type *type) {
    if (type->drop == NULL || table->control == NULL)
        return;
    swiss_table_iter iter = swiss_table_iterate(table);
    for (void *slot; (slot = swiss_table_next(&iter, type));)
        type->drop(slot, type);
}

/* Makes *table as if it had never had a block. */
static void forget_block(swiss_table *table) {
    table->control = NULL;
    table->slots = NULL;
    table->mask = table->size = table->growth_left = 0;
    table->capacity_small = 0;
    table->generation++;
}

void swiss_table_free(swiss_table *table, const swiss_table_type *type) {
    SWISS_ASSERT(!table->freed);
    drop_all(table, type);
    free_block(table, type);
    forget_block(table);
    table->freed = true;
}

bool swiss_table_reserve(swiss_table *table, const swiss_table_type *type, size_t size) {
    SWISS_ASSERT(!table->freed);
    if (size <= table->size || size - table->size <= table->growth_left)
        return true;
    size_t capacity = swiss_table_capacity(table);
    if (size > max_load(capacity)) {
        capacity = capacity_for(size);
        return capacity != 0 && resize(table, type, capacity);
    }
    rehash_in_place(table, type);
    return true;
}

bool swiss_table_shrink(swiss_table *table, const swiss_table_type *type) {
    SWISS_ASSERT(!table->freed);
    if (table->size == 0) {
        free_block(table, type);
        forget_block(table);
        return true;
    }
    size_t capacity = capacity_for(table->size);
    if (capacity < swiss_table_capacity(table))
        return resize(table, type, capacity);
    if (tombstones(table) != 0)
        rehash_in_place(table, type);
    return true;
}

void swiss_table_clear(swiss_table *table, const swiss_table_type *type) {
    SWISS_ASSERT(!table->freed);
    table->generation++;
    if (table->control == NULL)
        return;
    drop_all(table, type);
    memset(table->control, SWISS_EMPTY, table->mask + GROUP);
    table->size = 0;
    table->growth_left = max_load(swiss_table_capacity(table));
}

/* Clones the entries of *from into the block of *to, which has the same capacity. False when a hook says so:
 * then those already cloned are dropped again. */
static bool clone_entries(swiss_table *to, const swiss_table *from, const swiss_table_type *type) {
    swiss_table_iter iter = swiss_table_iterate(from);
    for (const void *slot; (slot = swiss_table_next(&iter, type));) {
        if (!type->clone(swiss_table_slot(to, type, iter.current), slot, type)) {
            drop_all(to, type);
            return false;
        }
        to->control[iter.current] = from->control[iter.current];
    }
    return true;
}

bool swiss_table_clone(swiss_table *to, const swiss_table *from, const swiss_table_type *type) {
    SWISS_ASSERT(!from->freed && to != from);
    swiss_table made = {0};
    made.allocator = from->allocator;
    made.seed = from->seed;
    *to = made;
    if (from->size == 0)
        return true;
    if (!allocate_block(&made, type, swiss_table_capacity(from)))
        return false;
    if (type->clone == NULL) {
        memcpy(made.slots, from->slots, swiss_table_capacity(from) * type->slot_size);
    } else if (!clone_entries(&made, from, type)) {
        free_block(&made, type);
        return false;
    }
    memcpy(made.control, from->control, made.mask + GROUP);
    made.size = from->size;
    made.growth_left = from->growth_left;
    *to = made;
    return true;
}

swiss_table swiss_table_move(swiss_table *from) {
    SWISS_ASSERT(!from->freed);
    swiss_table moved = *from;
    forget_block(from);
    return moved;
}

bool swiss_table_merge(swiss_table *to, swiss_table *from, const swiss_table_type *type) {
    SWISS_ASSERT(!from->freed);
    if (to == from || from->size == 0)
        return true;
    if (from->size > SIZE_MAX - to->size || !swiss_table_reserve(to, type, to->size + from->size))
        return false;
    swiss_table_iter iter = swiss_table_iterate(from);
    for (void *slot; (slot = swiss_table_next(&iter, type));) {
        swiss_table_result result = swiss_table_claim(to, type, swiss_table_hash(to, type, slot), type->equal, slot);
        if (result.inserted) {
            memcpy(result.slot, slot, type->slot_size);
            swiss_table_release(from, iter.current);
            iter.generation = from->generation;
        }
    }
    return true;
}

size_t swiss_table_retain(swiss_table *table, const swiss_table_type *type, bool (*keep)(void *slot, void *context),
                          void *context) {
    size_t before = table->size;
    swiss_table_iter iter = swiss_table_iterate(table);
    for (void *slot; (slot = swiss_table_next(&iter, type));)
        if (!keep(slot, context))
            swiss_table_iter_remove(table, type, &iter);
    return before - table->size;
}

bool swiss_table_equal(const swiss_table *a, const swiss_table *b, const swiss_table_type *type,
                       bool (*equal)(const void *value_a, const void *value_b, void *context), void *context) {
    if (a->size != b->size)
        return false;
    swiss_table_iter iter = swiss_table_iterate(a);
    for (void *slot; (slot = swiss_table_next(&iter, type));) {
        void *other = swiss_table_find(b, type, slot);
        if (other == NULL || (equal && !equal(swiss_table_value(type, slot), swiss_table_value(type, other), context)))
            return false;
    }
    return true;
}

/* Statistics ---------------------------------------------------------------------------------------------------- */

/* How many groups a search that begins at the slot `position` visits: up to the group of slot `end`, or, if
 * `end` is SIZE_MAX, up to where a search in vain ends. */
static size_t probe_length(const swiss_table *table, size_t position, size_t end) {
    size_t length = 1;
    for (size_t step = GROUP; step <= table->mask; step += GROUP, ++length) {
        if (end == SIZE_MAX ? swiss_group_match_empty(swiss_group_load(table->control + position)) != 0
                            : position / GROUP == end / GROUP)
            break;
        position = (position + step) & table->mask;
    }
    return length;
}

swiss_table_stats swiss_table_get_stats(const swiss_table *table, const swiss_table_type *type) {
    SWISS_ASSERT(!table->freed);
    swiss_table_stats stats = {0};
    if (table->control == NULL)
        return stats;
    stats.size = table->size;
    stats.capacity = swiss_table_capacity(table);
    stats.tombstones = tombstones(table);
    stats.bytes = block_size(type, stats.capacity);
    stats.load_factor = (double)stats.size / (double)stats.capacity;
    size_t hits = 0, misses = 0;
    swiss_table_iter iter = swiss_table_iterate(table);
    for (const void *slot; (slot = swiss_table_next(&iter, type));) {
        size_t home = swiss_h1(swiss_table_hash(table, type, slot), table->mask);
        size_t length = probe_length(table, home, iter.current);
        hits += length;
        stats.max_probe = length > stats.max_probe ? length : stats.max_probe;
    }
    for (size_t home = 0; home <= table->mask; home += GROUP) {
        size_t length = probe_length(table, home, SIZE_MAX);
        misses += length;
        stats.max_probe = length > stats.max_probe ? length : stats.max_probe;
    }
    stats.mean_probe_hit = stats.size ? (double)hits / (double)stats.size : 0;
    stats.mean_probe_miss = (double)misses / (double)(table->mask / GROUP + 1);
    return stats;
}

/* Run-time typed operations ------------------------------------------------------------------------------------- */

void *swiss_table_find(const swiss_table *table, const swiss_table_type *type, const void *key) {
    SWISS_ASSERT(!table->freed);
    if (table->size == 0)
        return NULL;
    return swiss_table_lookup(table, type, swiss_table_hash(table, type, key), type->equal, key);
}

static void fill(void *slot, const swiss_table_type *type, const void *key, const void *value) {
    memmove(slot, key, type->key_size); /* put: the key may be the one in the slot */
    if (value)
        memcpy(swiss_table_value(type, slot), value, type->value_size);
    else
        memset(swiss_table_value(type, slot), 0, type->value_size);
}

/* True if `pointer` points into the table's block. */
static bool points_into(const swiss_table *table, const swiss_table_type *type, const void *pointer) {
    uintptr_t offset = (uintptr_t)pointer - (uintptr_t)table->control;
    return pointer && table->control && offset < block_size(type, swiss_table_capacity(table));
}

static swiss_table_result insert(swiss_table *table, const swiss_table_type *type, const void *key, const void *value) {
    swiss_table_result result = {NULL, false};
    if (!swiss_table_prepare(table, type))
        return result;
    result = swiss_table_claim(table, type, swiss_table_hash(table, type, key), type->equal, key);
    if (result.inserted)
        fill(result.slot, type, key, value);
    return result;
}

/* insert, when the entries may move and with them what `key` or `value` points to: from a copy. */
static swiss_table_result insert_aliased(swiss_table *table, const swiss_table_type *type, const void *key,
                                         const void *value) {
    swiss_table_result result = {NULL, false};
    const swiss_allocator *allocator = allocator_of(table);
    char *copy = allocator->allocate(allocator->context, type->slot_size, type->slot_align);
    if (copy == NULL)
        return result;
    fill(copy, type, key, value);
    result = insert(table, type, copy, copy + type->value_offset);
    allocator->free(allocator->context, copy, type->slot_size, type->slot_align);
    return result;
}

swiss_table_result swiss_table_insert(swiss_table *table, const swiss_table_type *type, const void *key,
                                      const void *value) {
    if (table->growth_left == 0 && (points_into(table, type, key) || points_into(table, type, value)))
        return insert_aliased(table, type, key, value);
    return insert(table, type, key, value);
}

swiss_table_result swiss_table_put(swiss_table *table, const swiss_table_type *type, const void *key,
                                   const void *value) {
    swiss_table_result result = swiss_table_insert(table, type, key, value);
    if (result.slot && !result.inserted) {
        if (type->drop)
            type->drop(result.slot, type);
        fill(result.slot, type, key, value);
    }
    return result;
}

void *swiss_table_get_or_insert(swiss_table *table, const swiss_table_type *type, const void *key, const void *value) {
    swiss_table_result result = swiss_table_insert(table, type, key, value);
    return result.slot ? swiss_table_value(type, result.slot) : NULL;
}

bool swiss_table_take(swiss_table *table, const swiss_table_type *type, const void *key, void *slot) {
    void *found = swiss_table_find(table, type, key);
    if (found == NULL)
        return false;
    if (slot)
        memcpy(slot, found, type->slot_size);
    swiss_table_release(table, swiss_table_index(table, type, found));
    return true;
}

bool swiss_table_remove(swiss_table *table, const swiss_table_type *type, const void *key) {
    void *found = swiss_table_find(table, type, key);
    if (found == NULL)
        return false;
    if (type->drop)
        type->drop(found, type);
    swiss_table_release(table, swiss_table_index(table, type, found));
    return true;
}
