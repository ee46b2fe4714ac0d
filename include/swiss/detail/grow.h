/* grow.h - how a table grows to twice its size: each group is split in two.
 *
 * When a table has twice as many groups, one more bit of the hash counts. An entry of group g goes to group g or to
 * group g + (old groups), and nobody else goes there.
 *
 *     old groups      g                       control bytes of the entries: a b c d e
 *     new groups      g            a c d      by one more bit of the hash
 *                     g + old      b e
 *
 * So entries are laid down one after the other, without a search, in two streams of memory; or, where the block of the
 * table has been extended, in one, and the others move within their group. That goes for those at home: nothing but
 * that bit is asked of them. Away lanes, which are few, go to the upper group before them, unseen, also if they are
 * EMPTY: it has room for all. The entries there are then sent on their way again by table.c: most of them go home. If
 * some may be in other blocks than their own, where one more bit of the way counts too, the whole table is then
 * rehashed in place.
 *
 * That is done by blocks of 128 groups, or all groups if there are fewer. A way stays inside its block until it has
 * passed all groups of it, so that no block depends on another.
 */
SWISS_BEGIN_C

/* A block of groups that is split. */
struct swiss_split {
    char *from;           /* the slots before: where those of the table are, or in the block that it leaves */
    uint8_t *control;     /* their control bytes */
    const uint16_t *away; /* the away lanes of their groups */
    size_t half;          /* the number of them */
    size_t base, end;     /* those of the block of groups */
};

/* Fetches what the split of the group four further on reads and writes: the processor itself stops at each page. Any
 * address may be fetched from: so those past the block do no harm. */
SWISS_ALWAYS_INLINE void swiss_split_fetch_(const char *from, const char *upper, size_t slot_size) {
    const size_t ahead = 4 * SWISS_GROUP_WIDTH * slot_size;
    for (size_t line = ahead; line < ahead + SWISS_GROUP_WIDTH * slot_size; line += 64)
        SWISS_PREFETCH((const char *)((uintptr_t)from + line));
    for (size_t line = ahead; line < ahead + SWISS_GROUP_WIDTH * slot_size * 3 / 4; line += 64)
        SWISS_PREFETCH((const char *)((uintptr_t)upper + line));
}

/* Splits one block of groups of *table, which has been given twice its capacity. */
SWISS_ALWAYS_INLINE void swiss_table_split_(const swiss_table *table, const swiss_table_type *type,
                                            swiss_split *split) {
    const size_t slot_size = type->slot_size, half = split->half, mask = table->mask;
    const unsigned bit = swiss_count_trailing_zeros(half);
    const uint64_t seed = table->seed;
    uint8_t *const control = table->control;
    char *const slots = table->slots;
    const uint16_t *const old_lanes = split->away;
    uint16_t *const lanes = swiss_away_(table->overflow, mask, 0);
    char *from = swiss_slot_at_(split->from, split->base, slot_size);
    for (size_t base = split->base, end = split->end; base < end; base += SWISS_GROUP_WIDTH) {
        uint8_t old[SWISS_GROUP_WIDTH];
        size_t upper = half + base;
        uint32_t away = old_lanes[base / SWISS_GROUP_WIDTH];
        swiss_mask full = swiss_group_match_full(swiss_group_load(split->control + base));
        if (slot_size <= 16 && half >= SWISS_PREFETCH_FROM_)
            swiss_split_fetch_(from, swiss_slot_at_(slots, upper, slot_size), slot_size);
        memcpy(old, split->control + base, sizeof old);
        memset(control + base, SWISS_EMPTY, sizeof old);
        memset(control + upper, SWISS_EMPTY, sizeof old);
        for (; away; away &= away - 1) {
            const unsigned lane = swiss_count_trailing_zeros(away);
            memcpy(swiss_slot_at_(slots, upper, slot_size), swiss_slot_at_(from, lane, slot_size), slot_size);
            control[upper++] = old[lane];
            full &= ~((((swiss_mask)1 << SWISS_LANE_BITS_) - 1) << lane * SWISS_LANE_BITS_);
        }
        lanes[base / SWISS_GROUP_WIDTH] = 0;
        lanes[(base + half) / SWISS_GROUP_WIDTH] = (uint16_t)((1u << (upper - half - base)) - 1);
        for (size_t apart = upper - base; full; full = swiss_mask_next(full)) {
            const unsigned lane = swiss_mask_lowest(full);
            const char *old_slot = swiss_lane_slot_(from, lane, slot_size);
            uint64_t hash = type->hash(old_slot, seed, type);
            if (!type->avalanches)
                hash = swiss_hash_mix(hash, seed);
            const size_t up = swiss_h1_(hash, half) >> bit;
            const size_t index = upper - (apart & (up - 1)); /* a branch would be wrong half of the time */
            upper += up;
            apart += 2 * up - 1;
            char *slot = swiss_slot_at_(slots, index, slot_size);
            if (slot_size <= 16)
                memmove(slot, old_slot, slot_size); /* without a branch that is hard to predict */
            else if (slot != old_slot)
                memcpy(slot, old_slot, slot_size);
            control[index] = old[lane];
        }
        from += SWISS_GROUP_WIDTH * slot_size;
    }
}

SWISS_END_C
