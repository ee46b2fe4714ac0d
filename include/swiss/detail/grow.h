/* grow.h - how a table grows to twice its size: each group is split in two.
 *
 * The home group of a key is h1 modulo the number of groups. In a table of twice as many groups one more bit of the
 * hash counts: an entry whose home group is g goes to group g or to group g + (old groups), and nobody else goes there.
 *
 *     old groups      g                       control bytes of the entries: a b c d e
 *     new groups      g            a c d      by one more bit of the hash
 *                     g + old      b e
 *
 * So the entries that are in their home group, which nearly all are, are laid down one after the other, without a
 * search, in two streams of memory. Those that are elsewhere are left to table.c, which inserts them after that.
 */
SWISS_BEGIN_C

/* After a split the first two control bytes of an old group are a mask of the lanes that are left. */
SWISS_ALWAYS_INLINE void swiss_lanes_left_set_(uint8_t *control, uint32_t lanes) {
    control[0] = (uint8_t)lanes;
    control[1] = (uint8_t)(lanes >> 8);
}

SWISS_ALWAYS_INLINE uint32_t swiss_lanes_left_(const uint8_t *control) {
    return control[0] | (uint32_t)control[1] << 8;
}

/* Moves to *to, which is empty and twice as large, the entries of *from that are in their home group. Returns the
 * number of them. Overwrites the control bytes of *from with the lanes that are left. */
SWISS_ALWAYS_INLINE size_t swiss_table_split_(swiss_table *to, swiss_table *from, const swiss_table_type *type) {
    const size_t slot_size = type->slot_size, half = from->mask + SWISS_GROUP_WIDTH, mask = to->mask;
    const uint64_t seed = to->seed;
    uint8_t *const control = to->control, *const old_control = from->control;
    char *const slots = to->slots;
    char *old_slots = from->slots;
    size_t moved = 0;
    for (size_t base = 0; base < half; base += SWISS_GROUP_WIDTH) {
        size_t next[2] = {0, 0};
        uint32_t left = 0;
        for (swiss_mask full = swiss_group_match_full(swiss_group_load(old_control + base)); full;
             full = swiss_mask_next(full)) {
            unsigned lane = swiss_mask_lowest(full);
            const char *old_slot = swiss_lane_slot_(old_slots, lane, slot_size);
            uint64_t hash = type->hash(old_slot, seed, type);
            if (!type->avalanches)
                hash = swiss_hash_mix(hash, seed);
            size_t home = swiss_h1_(hash, mask);
            if (SWISS_UNLIKELY((home & (half - 1)) != base)) {
                left |= UINT32_C(1) << lane;
                continue;
            }
            size_t index = home + next[home >= half]++;
            memcpy(swiss_slot_at_(slots, index, slot_size), old_slot, slot_size);
            control[index] = old_control[base + lane];
        }
        moved += next[0] + next[1];
        old_slots += SWISS_GROUP_WIDTH * slot_size;
        swiss_lanes_left_set_(old_control + base, left);
    }
    return moved;
}

SWISS_END_C
