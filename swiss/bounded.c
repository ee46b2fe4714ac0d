/* bounded.c - tables that grow, and are rehashed in place, bit by bit: those of a type with SWISS_BOUNDED (map.h), from
 * a block of 128 groups on. Nothing here is called where no type asks for it.
 *
 * A table that grows has two views. The members of the table describe the old one, `to` the new one. Groups below a
 * boundary have been split, as grow.h says, into two groups each of the new view:
 *
 *     old view     . . . . . | g g g g g g g g g g g       . is split: its control bytes EMPTY, its overflow byte 0xFF
 *     new view     g g g g g | - - - - - - - - - - -       - has never been written or read
 *                  g g g g g | - - - - - - - - - - -       the upper half
 *
 * Where a way leads to an old group below the boundary it goes on to that of the two in the new view that it would lead
 * to in a table of that size; so the ways are the same in both views, and wherever the boundary is a search meets each
 * of its groups. The first part of a search, which is inlined, knows nothing of this: in a group that is split it finds
 * nothing, and that the search goes further. The second asks (probe.h).
 *
 * An insertion that finds the table out of room allocates the new view, and it and each later one that is not done by a
 * group of the old view with room go on with the growth by one of these steps:
 * 1. Some groups are split; overflow bytes are copied to both halves. That may be more bits than are needed.
 * 2. When all 128 groups of a block are split: the entries of some of them that are not in their home groups are sent
 *    home, where now there is mostly room. Until then they are found by the bits that have been copied.
 * 3. When that is done for all: the overflow bytes of the block are made exact, by sending the few entries that are
 *    still away on their ways again.
 * A step takes about a microsecond. All are done after as many insertions as 1/40 of the old capacity, or 1/14 if slots
 * are large; 1/8 of it is free at the beginning.
 *
 * The slots of a large table on the default allocator are in one block, which is resized: the lower half stays where it
 * is. Others get a block of their own, and the old one is freed at the end.
 *
 * To sweep is to rehash in place by the same steps: entries of some groups that are away are sent home; and when that
 * is done for a block its overflow bytes are made exact. Meanwhile there is one view, in which all holds as ever.
 *
 * Exact but for bits that all groups of a block have: then entries may have gone on to other blocks, which are not
 * looked at. That is rare, unless whole runs of blocks are full (probe.h). A growth that meets such bits is followed by
 * a sweep. That sends entries to their own blocks from others; and if none is in another block now it is followed by a
 * second one, which clears those bits too.
 */
#include "swiss/allocator.h"
#include "swiss/table.h"
#include <string.h>

enum {
    BOUNDED_GROUP = SWISS_GROUP_WIDTH,
    BLOCK_GROUPS = SWISS_BLOCK_ / BOUNDED_GROUP,
    SENT_AT_ONCE = 16,  /* groups of a step of kind 2 */
    SWEPT_AT_ONCE = 4,  /* groups of a step of a sweep */
    SPLIT_BYTES = 1024, /* slots of a step of kind 1, but 1 to 4 groups */
#ifdef SWISS_VALIDATE
    SLOTS_RESIZED_FROM = 1 << 16, /* bytes of slots of a table whose block is resized: less, so that tests come to it */
#else
    SLOTS_RESIZED_FROM = 4 << 20,
#endif
};

/* A growth, or a sweep. */
struct swiss_growth_ {
    swiss_table to;     /* the new view; its size: the entries in it. Of a sweep: nothing */
    swiss_split split;  /* the old view, and the boundary, `base`. Of a sweep: `half` is the capacity, `base` the
                            beginning of the block at hand */
    size_t done;        /* groups of the block at hand that a step of kind 2, or a sweep, has been to */
    bool is_split;      /* the block below the boundary is split, and not tidy yet */
    bool has_marks;     /* in some block bits have stayed because entries may have left it */
    bool has_strangers; /* of a sweep: an entry that it has met, or that came meanwhile, is in a block not its own */
    bool is_second;     /* a sweep that clears those bits: there was no such entry */
};

static swiss_growth_ *growth_of(const swiss_table *table, const swiss_table_type *type) {
    return swiss_table_under_way_(table, type, 0);
}

static void set_under_way(swiss_table *table, unsigned which, swiss_growth_ *growth) {
    memcpy(swiss_pop_place_(table->overflow, table->mask) + SWISS_POP_PLACE_SIZE_ + which * sizeof growth, &growth,
           sizeof growth);
}

/* Memory -------------------------------------------------------------------------------------------------------- */

static size_t control_size(size_t capacity) {
    return capacity + 3 * (capacity / BOUNDED_GROUP) + SWISS_POP_PLACE_SIZE_ + SWISS_BOUNDED_SIZE_;
}

/* Gives *table control bytes, not yet written, for `capacity` slots, and nothing under way. Returns false when out of
 * memory: it is as it was. */
static bool allocate_control(swiss_table *table, size_t capacity) {
    uint8_t *control = swiss_allocator_allocate(table->allocator, control_size(capacity), BOUNDED_GROUP);
    if (control == NULL)
        return false;
    table->control = control;
    table->overflow = control + capacity;
    table->mask = capacity - BOUNDED_GROUP;
    table->capacity_small = 0;
    memset(swiss_pop_place_(table->overflow, table->mask), 0, SWISS_POP_PLACE_SIZE_ + SWISS_BOUNDED_SIZE_);
    return true;
}

static void free_control(swiss_table *table) {
    swiss_allocator_free(table->allocator, table->control, control_size(table->mask + BOUNDED_GROUP), BOUNDED_GROUP);
}

static void free_slots(swiss_table *table, const swiss_table_type *type, size_t capacity) {
    swiss_allocator_free(table->allocator, table->slots, capacity * type->slot_size, swiss_table_align_(type));
}

static void free_growth(swiss_table *table, swiss_growth_ *growth) {
    swiss_allocator_free(table->allocator, growth, sizeof *growth, _Alignof(swiss_growth_));
}

static bool bounded_allocate(swiss_table *table, const swiss_table_type *type, size_t capacity) {
    char *slots = swiss_allocator_allocate(table->allocator, capacity * type->slot_size, swiss_table_align_(type));
    if (slots == NULL)
        return false;
    swiss_table made = *table;
    made.slots = slots;
    if (!allocate_control(&made, capacity)) {
        free_slots(&made, type, capacity);
        return false;
    }
    *table = made;
    return true;
}

static void bounded_free(swiss_table *table, const swiss_table_type *type) {
    swiss_growth_ *growth = growth_of(table, type), *sweep = swiss_table_under_way_(table, type, 1);
    size_t capacity = table->mask + BOUNDED_GROUP;
    if (sweep)
        free_growth(table, sweep);
    if (growth) {
        free_control(&growth->to);
        if (growth->to.slots != table->slots)
            free_slots(&growth->to, type, 2 * capacity);
        else
            capacity *= 2;
        free_growth(table, growth);
    }
    free_slots(table, type, capacity);
    free_control(table);
}

/* Where things are ---------------------------------------------------------------------------------------------- */

/* Returns the view that has the group which step `step` of the way of `hash` leads to, and its first slot there. */
static const swiss_table *view_at(const swiss_table *table, const swiss_growth_ *growth, uint64_t hash, size_t step,
                                  size_t *position) {
    *position = swiss_way_(hash, swiss_h1_(hash, table->mask), step, table->mask);
    if (*position >= growth->split.base)
        return table;
    *position = swiss_way_(hash, swiss_h1_(hash, growth->to.mask), step, growth->to.mask);
    return &growth->to;
}

/* Returns the view that has the slot at `pointer`, and its number there; NULL if that is in neither. */
static const swiss_table *view_of(const swiss_table *table, const swiss_table_type *type, const swiss_growth_ *growth,
                                  const void *pointer, size_t *index) {
    const size_t half = growth->split.half, base = growth->split.base;
    *index = ((uintptr_t)pointer - (uintptr_t)growth->to.slots) / type->slot_size;
    if (*index < 2 * half && (*index & (half - 1)) < base)
        return &growth->to;
    *index = ((uintptr_t)pointer - (uintptr_t)table->slots) / type->slot_size;
    return *index < half && *index >= base ? table : NULL;
}

static bool bounded_holds(const swiss_table *table, const swiss_table_type *type, const void *pointer, bool anywhere) {
    const swiss_growth_ *growth = growth_of(table, type);
    size_t index = ((uintptr_t)pointer - (uintptr_t)table->slots) / type->slot_size;
    if (growth == NULL)
        return index <= table->mask + BOUNDED_GROUP - 1 && (anywhere || table->control[index] != SWISS_EMPTY);
    const swiss_table *view = view_of(table, type, growth, pointer, &index);
    return view && (anywhere || view->control[index] != SWISS_EMPTY);
}

static void *bounded_find(const swiss_table *table, const swiss_table_type *type, uint64_t hash,
                          swiss_equal_function equal, const void *key) {
    const swiss_growth_ *growth = growth_of(table, type);
    for (size_t step = 0, position; step <= table->mask / BOUNDED_GROUP; ++step) {
        const swiss_table *view = view_at(table, growth, hash, step, &position);
        void *slot = swiss_table_find_in_group_(view, type, position, hash, equal, key, SWISS_FETCH_NOTHING_, NULL);
        if (slot || !swiss_overflowed_(view->overflow, position, hash))
            return slot;
    }
    return NULL;
}

/* The steps ----------------------------------------------------------------------------------------------------- */

/* Moves the entries that are away in a group that has been split to the same group of the other half, if their ways
 * lead there: in a block that is not their own that is not told by their hashes alone. */
static void put_right(swiss_table *view, const swiss_table_type *type, size_t half, size_t position) {
    uint32_t away = *swiss_away_(view->overflow, view->mask, position);
    for (; away; away &= away - 1) {
        const size_t from = position + swiss_count_trailing_zeros(away), other = position ^ half;
        if (view->control[from] == SWISS_EMPTY)
            continue;
        const uint64_t hash = swiss_table_hash_(view, type, swiss_table_slot_(view, type, from));
        const size_t home = swiss_h1_(hash, view->mask);
        const size_t step = swiss_table_step_into_(hash, home, position, half);
        if (((swiss_way_(hash, home, step, view->mask) ^ position) & half) == 0)
            continue;
        const unsigned lane = swiss_mask_lowest(swiss_group_match_free(swiss_group_load(view->control + other)));
        memcpy(swiss_table_slot_(view, type, other + lane), swiss_table_slot_(view, type, from), type->slot_size);
        view->control[other + lane] = view->control[from];
        view->control[from] = SWISS_EMPTY;
        *swiss_away_(view->overflow, view->mask, other) |= (uint16_t)(1u << lane);
    }
}

static void split_some(swiss_table *table, const swiss_table_type *type, swiss_growth_ *growth) {
    swiss_split *split = &growth->split;
    const size_t base = split->base, half = split->half;
    size_t groups = 4;
    while (groups > 1 && groups * BOUNDED_GROUP * type->slot_size > SPLIT_BYTES)
        groups /= 2;
    split->end = base + groups * BOUNDED_GROUP;
    for (size_t at = base; at < split->end; ++at)
        growth->to.size += table->control[at] != SWISS_EMPTY;
    if (type->split)
        type->split(&growth->to, type, split);
    else
        swiss_table_split_(&growth->to, type, split);
    for (size_t at = base; at < split->end; at += BOUNDED_GROUP)
        put_right(&growth->to, type, half, at + half);
    uint8_t *const overflow = swiss_overflow_byte_(table->overflow, base);
    memcpy(swiss_overflow_byte_(growth->to.overflow, base), overflow, groups);
    memcpy(swiss_overflow_byte_(growth->to.overflow, base + half), overflow, groups);
    memset(overflow, 0xFF, groups);
    memset(table->control + base, SWISS_EMPTY, groups * BOUNDED_GROUP);
    split->base = split->end;
    growth->is_split = split->base % SWISS_BLOCK_ == 0;
    growth->done = 0;
}

/* Lets *sweep begin at the first block. No room is left until it ends, so that each insertion goes on with it. */
static void start_sweep(swiss_table *table, swiss_growth_ *sweep, bool is_second) {
    *sweep = (swiss_growth_){.split = {.half = table->mask + BOUNDED_GROUP}, .is_second = is_second};
    set_under_way(table, 1, sweep);
    table->growth_left = 0;
}

/* Lets the new view be the table's. Returns true if a sweep follows. */
static bool end_growth(swiss_table *table, const swiss_table_type *type, swiss_growth_ *growth) {
    if (growth->to.slots != table->slots)
        free_slots(table, type, growth->split.half);
    free_control(table);
    table->control = growth->to.control;
    table->slots = growth->to.slots;
    table->overflow = growth->to.overflow;
    table->mask = growth->to.mask;
    memset(swiss_pop_place_(table->overflow, table->mask), 0,
           SWISS_POP_PLACE_SIZE_); /* it was a number of bounded_pop */
    table->growth_left = swiss_table_max_load_(table->mask + BOUNDED_GROUP) - table->size;
    const bool sweeps = growth->has_marks;
    if (sweeps)
        start_sweep(table, growth, false);
    else
        free_growth(table, growth);
    return sweeps;
}

/* Does a step of a growth. Returns false if it was the last. */
static bool grow_some(swiss_table *table, const swiss_table_type *type, swiss_growth_ *growth) {
    swiss_split *split = &growth->split;
    if (!growth->is_split) {
        split_some(table, type, growth);
        return true;
    }
    const size_t base = split->base - SWISS_BLOCK_;
    if (growth->done < 2 * BLOCK_GROUPS) {
        for (unsigned i = 0; i < SENT_AT_ONCE; ++i, ++growth->done)
            swiss_table_send_home_(&growth->to, type,
                                   base + growth->done / BLOCK_GROUPS * split->half +
                                       growth->done % BLOCK_GROUPS * BOUNDED_GROUP,
                                   base, split->half);
        return true;
    }
    growth->has_marks |= swiss_table_tidy_(&growth->to, type, split->half, base, 2, UINT8_MAX) != 0;
    growth->is_split = false;
    return split->base < split->half || end_growth(table, type, growth);
}

/* Sends an entry on its way from its home group, which is in another block than it. */
static void call_home(swiss_table *table, const swiss_table_type *type, swiss_growth_ *sweep, size_t index,
                      uint64_t hash) {
    table->control[index] = SWISS_EMPTY;
    const size_t to = swiss_table_settle_(table, hash, 0, SIZE_MAX), home = swiss_h1_(hash, table->mask);
    if (to != index)
        memcpy(swiss_table_slot_(table, type, to), swiss_table_slot_(table, type, index), type->slot_size);
    sweep->has_strangers |= (to ^ home) >= SWISS_BLOCK_;
}

/* Does a step of a sweep. Returns false if it was the last. */
static bool sweep_some(swiss_table *table, const swiss_table_type *type, swiss_growth_ *sweep) {
    swiss_split *split = &sweep->split;
    if (sweep->done < BLOCK_GROUPS) {
        for (unsigned i = 0; i < SWEPT_AT_ONCE; ++i, ++sweep->done) {
            const size_t position = split->base + sweep->done * BOUNDED_GROUP;
            uint32_t away = *swiss_away_(table->overflow, table->mask, position);
            for (; away; away &= away - 1) {
                const size_t index = position + swiss_count_trailing_zeros(away);
                if (table->control[index] == SWISS_EMPTY)
                    continue;
                const uint64_t hash = swiss_table_hash_(table, type, swiss_table_slot_(table, type, index));
                if ((swiss_h1_(hash, table->mask) ^ position) >= SWISS_BLOCK_)
                    call_home(table, type, sweep, index, hash);
            }
            swiss_table_send_home_(table, type, position, split->base, split->half);
        }
        return true;
    }
    const uint8_t may_stay = sweep->is_second && !sweep->has_strangers ? 0 : UINT8_MAX;
    sweep->has_marks |= swiss_table_tidy_(table, type, split->half, split->base, 1, may_stay) != 0;
    sweep->done = 0;
    split->base += SWISS_BLOCK_;
    if (split->base < split->half)
        return true;
    if (sweep->has_marks && !sweep->has_strangers && !sweep->is_second) {
        start_sweep(table, sweep, true);
        return true;
    }
    table->growth_left = swiss_table_max_load_(split->half) - table->size;
    set_under_way(table, 1, NULL);
    free_growth(table, sweep);
    return false;
}

static bool bounded_step(swiss_table *table, const swiss_table_type *type) {
    swiss_growth_ *growth = growth_of(table, type), *sweep = swiss_table_under_way_(table, type, 1);
    bool more = false;
    if (growth)
        more = grow_some(table, type, growth);
    else if (sweep)
        more = sweep_some(table, type, sweep);
    else
        return false;
    SWISS_TOUCH_(table);
    if (!more)
        swiss_table_rebuilt_(table, type);
    return more;
}

/* The beginnings ------------------------------------------------------------------------------------------------ */

/* Finds room for the slots of the new view. */
static bool make_slots(swiss_table *table, const swiss_table_type *type, swiss_growth_ *growth) {
    const size_t half = growth->split.half, size = half * type->slot_size, align = swiss_table_align_(type);
    if (table->allocator == NULL && size >= SLOTS_RESIZED_FROM) {
        char *slots = swiss_allocator_resize(NULL, table->slots, size, 2 * size, align);
        if (slots)
            table->slots = growth->to.slots = slots;
        return slots != NULL;
    }
    growth->to.slots = swiss_allocator_allocate(table->allocator, 2 * size, align);
    return growth->to.slots != NULL;
}

/* Begins to grow. Returns false when out of memory: the table is as it was. */
static bool begin_growth(swiss_table *table, const swiss_table_type *type) {
    const size_t half = table->mask + BOUNDED_GROUP, limit = PTRDIFF_MAX;
    if (half > limit / 2 / (type->slot_size + 2))
        return false;
    swiss_growth_ *growth = swiss_allocator_allocate(table->allocator, sizeof *growth, _Alignof(swiss_growth_));
    if (growth == NULL)
        return false;
    memset(growth, 0, sizeof *growth);
    growth->to.allocator = table->allocator;
    growth->to.seed = table->seed;
    growth->split.half = half;
    if (!allocate_control(&growth->to, 2 * half)) {
        free_growth(table, growth);
        return false;
    }
    if (!make_slots(table, type, growth)) {
        free_control(&growth->to);
        free_growth(table, growth);
        return false;
    }
    growth->split.from = table->slots;
    growth->split.control = table->control;
    growth->split.away = swiss_away_(table->overflow, table->mask, 0);
    set_under_way(table, 0, growth);
    return true;
}

static bool begin_sweep(swiss_table *table) {
    swiss_growth_ *sweep = swiss_allocator_allocate(table->allocator, sizeof *sweep, _Alignof(swiss_growth_));
    if (sweep == NULL)
        return false;
    start_sweep(table, sweep, false);
    return true;
}

/* Begins to make room in a table that has none. Returns false when out of memory: the table is as it was. */
static bool begin_to_make_room(swiss_table *table, const swiss_table_type *type) {
    if (swiss_table_gains_by_rehash_(table)) {
        if (!begin_sweep(table))
            swiss_table_rehash_(table, type);
        return true;
    }
    if (begin_growth(table, type))
        return true;
    if (table->size == swiss_table_max_load_(table->mask + BOUNDED_GROUP)) /* no slot is retired */
        return false;
    swiss_table_rehash_(table, type);
    return true;
}

/* Doubles the table now. */
static bool bounded_grow(swiss_table *table, const swiss_table_type *type) {
    if (!begin_growth(table, type))
        return false;
    while (bounded_step(table, type))
        ;
    return true;
}

/* Takes the first free slot on the way of `hash`. Returns NULL if all groups are full, which they never are. */
static void *settle_growing(swiss_table *table, const swiss_table_type *type, uint64_t hash, swiss_growth_ *growth) {
    for (size_t step = 0, position; step <= table->mask / BOUNDED_GROUP; ++step) {
        const bool is_new = view_at(table, growth, hash, step, &position) != table;
        swiss_table *view = is_new ? &growth->to : table;
        const swiss_mask free = swiss_group_match_free(swiss_group_load(view->control + position));
        if (free == 0) {
            *swiss_overflow_byte_(view->overflow, position) |= (uint8_t)swiss_overflow_bit_(swiss_h2(hash));
            continue;
        }
        const size_t index = position + swiss_mask_lowest(free);
        view->control[index] = (uint8_t)swiss_h2(hash);
        if (step)
            *swiss_away_(view->overflow, view->mask, index) |= (uint16_t)(1u << index % BOUNDED_GROUP);
        growth->has_marks |= step >= BLOCK_GROUPS;
        growth->to.size += is_new;
        return swiss_table_slot_(view, type, index);
    }
    return NULL;
}

static void *bounded_add(swiss_table *table, const swiss_table_type *type, uint64_t hash) {
    const bool under_way = growth_of(table, type) || swiss_table_under_way_(table, type, 1);
    if (!under_way && table->growth_left == 0 && !begin_to_make_room(table, type))
        return NULL;
    bounded_step(table, type);
    swiss_growth_ *growth = growth_of(table, type), *sweep = swiss_table_under_way_(table, type, 1);
    char *slot = NULL;
    if (growth && (slot = settle_growing(table, type, hash, growth)) == NULL)
        while (bounded_step(table, type))
            ;
    if (slot == NULL) {
        const size_t index = swiss_table_settle_(table, hash, 0, SIZE_MAX);
        if (sweep)
            sweep->has_strangers |= (index ^ swiss_h1_(hash, table->mask)) >= SWISS_BLOCK_;
        slot = swiss_table_slot_(table, type, index);
    }
    table->growth_left -= table->growth_left != 0;
    table->size += 1;
    SWISS_TOUCH_(table);
    return slot;
}

/* Removing and iterating while it grows ------------------------------------------------------------------------- */

static void release_in(swiss_table *table, swiss_growth_ *growth, const swiss_table *view, size_t index) {
    if (view == table) {
        swiss_table_release_(table, index);
        return;
    }
    SWISS_ASSERT(growth->to.control[index] != SWISS_EMPTY);
    growth->to.control[index] = SWISS_EMPTY;
    growth->to.size -= 1;
    table->size -= 1;
}

static void bounded_release(swiss_table *table, const swiss_table_type *type, const void *slot) {
    swiss_growth_ *growth = growth_of(table, type);
    size_t index;
    const swiss_table *view = view_of(table, type, growth, slot, &index);
    if (view)
        release_in(table, growth, view, index);
}

/* An iteration goes by numbers: those of the old view, then, from twice the old capacity on, those of the new one. They
 * are in `current` and in `end`, where that goes on: no lanes are kept in `rest`. `next` says that it is so; `base`, if
 * not 0, that it has come round. */
static char *numbered(const swiss_table *table, const swiss_table_type *type, const swiss_growth_ *growth,
                      size_t number, const swiss_table **view, size_t *index) {
    const bool is_new = number >= 2 * growth->split.half;
    *view = is_new ? &growth->to : table;
    *index = is_new ? number - 2 * growth->split.half : number;
    return swiss_table_slot_(*view, type, *index);
}

/* Returns the first number, from `number` on, of a slot with an entry; 4 times the old capacity if there is none. */
static size_t next_full(const swiss_table *table, const swiss_growth_ *growth, size_t number) {
    const size_t half = growth->split.half;
    while (number < 4 * half) {
        const bool is_new = number >= 2 * half;
        const size_t index = is_new ? number - 2 * half : number, position = index / BOUNDED_GROUP * BOUNDED_GROUP;
        if (!is_new && index >= half) {
            number = 2 * half;
        } else if (is_new && (index & (half - 1)) >= growth->split.base) {
            number = index < half ? 3 * half : 4 * half;
        } else {
            const uint8_t *control = is_new ? growth->to.control : table->control;
            swiss_mask full = swiss_group_match_full(swiss_group_load(control + position));
            for (; full; full = swiss_mask_next(full))
                if (position + swiss_mask_lowest(full) >= index)
                    return number - index + position + swiss_mask_lowest(full);
            number += position + BOUNDED_GROUP - index;
        }
    }
    return number;
}

static swiss_table_iter bounded_iterate_from(const swiss_table *table, size_t hint) {
    swiss_table_iter iter = swiss_table_iterate(table);
    iter.next = SIZE_MAX;
    iter.start = iter.end = hint & (4 * (table->mask + BOUNDED_GROUP) - 1);
    return iter;
}

static void *bounded_next(swiss_table_iter *iter, const swiss_table_type *type) {
    const swiss_table *table = iter->table, *view;
    const swiss_growth_ *growth = growth_of(table, type);
    const size_t numbers = 4 * growth->split.half;
    size_t index;
    if (iter->next != SIZE_MAX) {
        iter->next = SIZE_MAX;
        iter->start = iter->end = iter->base = 0;
    }
    size_t number = next_full(table, growth, iter->end);
    if (number == numbers && iter->start != 0 && iter->base == 0) {
        iter->base = BOUNDED_GROUP;
        number = next_full(table, growth, 0);
    }
    if (number == numbers || (iter->base != 0 && number >= iter->start)) {
        iter->end = iter->base ? iter->start : numbers;
        iter->base = BOUNDED_GROUP;
        iter->current = SIZE_MAX;
        return NULL;
    }
    iter->end = number + 1;
    iter->current = number;
    return numbered(table, type, growth, number, &view, &index);
}

static void bounded_iter_remove(swiss_table *table, const swiss_table_type *type, swiss_table_iter *iter) {
    swiss_growth_ *growth = growth_of(table, type);
    const swiss_table *view = table;
    size_t index = 0;
    char *slot = NULL;
    if (iter->current != SIZE_MAX)
        slot = numbered(table, type, growth, iter->current, &view, &index);
    SWISS_ASSERT(slot && view->control[index] != SWISS_EMPTY &&
                 "swiss: next has returned no entry, or one that is removed already: call next before iter_remove");
    if (slot == NULL || view->control[index] == SWISS_EMPTY)
        return;
    if (type->drop)
        type->drop(slot, type);
    release_in(table, growth, view, index);
    iter->current = SIZE_MAX;
}

static void bounded_drop(swiss_table *table, const swiss_table_type *type) {
    swiss_table_iter iter = swiss_table_iterate(table);
    for (void *slot; (slot = bounded_next(&iter, type));)
        type->drop(slot, type);
}

/* Pops by the numbers of an iteration, which the place of pop keeps while the table grows. */
static bool bounded_pop(swiss_table *table, const swiss_table_type *type, void *taken) {
    swiss_growth_ *growth = growth_of(table, type);
    const swiss_table *view;
    uint8_t *const place = swiss_pop_place_(growth->to.overflow, growth->to.mask);
    size_t number, index;
    memcpy(&number, place, sizeof number);
    number = next_full(table, growth, number);
    if (number == 4 * growth->split.half)
        number = next_full(table, growth, 0);
    const char *slot = numbered(table, type, growth, number, &view, &index);
    if (taken)
        memcpy(taken, slot, type->slot_size);
    release_in(table, growth, view, index);
    number += 1;
    memcpy(place, &number, sizeof number);
    return true;
}

/* Looking at a table that grows --------------------------------------------------------------------------------- */

static const char *broken_growth(const swiss_table *table, const swiss_growth_ *growth) {
    const size_t half = table->mask + BOUNDED_GROUP, base = growth->split.base;
    if (growth->split.half != half || growth->to.mask != 2 * half - BOUNDED_GROUP || base > half ||
        base % BOUNDED_GROUP != 0 || growth->split.control != table->control || growth->split.from != table->slots)
        return "the growth is not one of this table";
    if (growth->to.seed != table->seed || growth->to.overflow != growth->to.control + 2 * half)
        return "the two views of a growing table do not agree";
    for (size_t i = 0; i < base; ++i)
        if (table->control[i] != SWISS_EMPTY || *swiss_overflow_byte_(table->overflow, i) != 0xFF)
            return "a group that is split is not marked so";
    size_t sizes[2] = {0, 0};
    for (size_t number = next_full(table, growth, 0); number < 4 * half; number = next_full(table, growth, number + 1))
        sizes[number >= 2 * half] += 1;
    if (sizes[1] != growth->to.size || sizes[0] + sizes[1] != table->size)
        return "the size is not the number of full control bytes";
    return NULL;
}

static const char *bounded_validate(const swiss_table *table, const swiss_table_type *type) {
    const swiss_growth_ *growth = growth_of(table, type);
    const char *wrong = broken_growth(table, growth);
    swiss_table_iter iter = swiss_table_iterate(table);
    for (const void *slot; !wrong && (slot = bounded_next(&iter, type));) {
        if (!type->equal(slot, slot, type))
            continue;
        const swiss_table *view, *at = NULL;
        const uint64_t hash = swiss_table_hash_(table, type, slot);
        size_t index, position = 0, step = 0;
        numbered(table, type, growth, iter.current, &view, &index);
        if (view->control[index] != swiss_h2(hash))
            return "a control byte is not the h2 of its entry";
        for (;; ++step) {
            at = view_at(table, growth, hash, step, &position);
            if (at == view && position == index / BOUNDED_GROUP * BOUNDED_GROUP)
                break;
            if (step > table->mask / BOUNDED_GROUP || !swiss_overflowed_(at->overflow, position, hash))
                return "an overflow bit is missing on the way to an entry";
        }
        if (bounded_find(table, type, hash, type->equal, slot) != slot)
            wrong = "a key is there twice";
        if (!wrong && step && !swiss_is_away_(view, index))
            wrong = "an entry that is not at home is not known to be away";
    }
    return wrong;
}

static void count_length(size_t probes[SWISS_TABLE_PROBES], size_t length) {
    probes[length < SWISS_TABLE_PROBES ? length : SWISS_TABLE_PROBES - 1] += 1;
}

/* Returns what the allocator has given. */
static size_t bounded_bytes(const swiss_table *table, const swiss_table_type *type) {
    const swiss_growth_ *growth = growth_of(table, type), *sweep = swiss_table_under_way_(table, type, 1);
    const size_t half = table->mask + BOUNDED_GROUP;
    size_t slots = half, bytes = control_size(half);
    if (growth || sweep)
        bytes += sizeof *growth;
    if (growth) {
        slots = growth->to.slots == table->slots ? 2 * half : 3 * half;
        bytes += control_size(2 * half);
    }
    return bytes + slots * type->slot_size;
}

/* Fills in what a growing table takes, and how long searches are; `size` and what depends on it alone is there. */
static void bounded_measure(const swiss_table *table, const swiss_table_type *type, swiss_table_stats *stats) {
    const swiss_growth_ *growth = growth_of(table, type);
    const size_t half = table->mask + BOUNDED_GROUP, most = half / BOUNDED_GROUP;
    stats->retired = 0;
    stats->groups = half / BOUNDED_GROUP + growth->split.base / BOUNDED_GROUP;
    stats->entry_bytes = stats->size * type->slot_size;
    stats->control_bytes = 3 * half;
    stats->overflow_bytes = 3 * most;
    stats->other_bytes = 6 * most + 2 * (size_t)(SWISS_POP_PLACE_SIZE_ + SWISS_BOUNDED_SIZE_) + sizeof *growth;
    stats->bytes = bounded_bytes(table, type);
    stats->unused_bytes =
        stats->bytes - stats->entry_bytes - stats->control_bytes - stats->overflow_bytes - stats->other_bytes;
    size_t hits = 0, misses = 0, found = 0, searches = 0;
    swiss_table_iter iter = swiss_table_iterate(table);
    for (const void *slot; (slot = bounded_next(&iter, type));) {
        const swiss_table *view, *at;
        const uint64_t hash = swiss_table_hash_(table, type, slot);
        size_t index, position, length = 0;
        numbered(table, type, growth, iter.current, &view, &index);
        for (size_t step = 0; step < most && length == 0; ++step) {
            at = view_at(table, growth, hash, step, &position);
            if (at == view && position == index / BOUNDED_GROUP * BOUNDED_GROUP)
                length = step + 1;
            else if (!swiss_overflowed_(at->overflow, position, hash))
                break;
        }
        hits += length;
        found += length != 0;
        count_length(stats->probe_hits, length);
        stats->max_probe = length > stats->max_probe ? length : stats->max_probe;
    }
    for (size_t home = 0; home < 2 * half; home += BOUNDED_GROUP) {
        if (home >= half + growth->split.base)
            break; /* an old group again */
        for (uint64_t class = 0; class < 8; ++class) {
            const uint64_t hash = class << 61 | (uint64_t)home << 24;
            size_t length = 0, position;
            const swiss_table *at;
            do {
                at = view_at(table, growth, hash, length++, &position);
                stats->overflow_bits += length == 1 && swiss_overflowed_(at->overflow, position, hash);
            } while (length < most && swiss_overflowed_(at->overflow, position, hash));
            misses += length;
            searches += 1;
            count_length(stats->probe_misses, length);
            stats->max_probe = length > stats->max_probe ? length : stats->max_probe;
        }
    }
    stats->mean_probe_hit = found ? (double)hits / (double)found : 0;
    stats->mean_probe_miss = (double)misses / (double)searches;
}

const swiss_bounded swiss_table_bounded = {
    .allocate = bounded_allocate,
    .free = bounded_free,
    .step = bounded_step,
    .add = bounded_add,
    .grow = bounded_grow,
    .find = bounded_find,
    .release = bounded_release,
    .holds = bounded_holds,
    .drop = bounded_drop,
    .pop = bounded_pop,
    .iterate_from = bounded_iterate_from,
    .next = bounded_next,
    .iter_remove = bounded_iter_remove,
    .validate = bounded_validate,
    .bytes = bounded_bytes,
    .measure = bounded_measure,
};
