/* slots.h - where things are in the block of a table: slots, what is kept of each group, and where pop goes on.
 *
 *     slots, 16 a group          | control bytes, 16 a group | overflow bytes | away lanes | the place of pop
 *     s s s ... s    s s s ... s | c c c ... c   c c c ... c | o o            | aa aa      | p
 *     group 0        group 1     | group 0       group 1     |                |            |
 *
 * The slots come first: so they stay where they are when the block grows in its place. The block of a table of one
 * group ends with its control bytes. probe.h says what the bytes mean.
 */
#ifndef SWISS_DETAIL_SLOTS_H
#define SWISS_DETAIL_SLOTS_H

#include "control.h"

SWISS_BEGIN_C

/* Returns the slot number `index`. */
SWISS_ALWAYS_INLINE char *swiss_slot_at_(char *slots, size_t index, size_t slot_size) {
    return slots + index * slot_size;
}

/* Returns the slot in `lane`, below 64, of groups whose slots begin at `group_slots`. The product of 32 bits saves
 * extending the lane's number to 64; a slot too large for that has its own way. */
SWISS_ALWAYS_INLINE char *swiss_lane_slot_(char *group_slots, unsigned lane, size_t slot_size) {
    if (slot_size <= UINT32_MAX / 64)
        return group_slots + lane * (uint32_t)slot_size;
    return group_slots + lane * slot_size;
}

/* Returns the overflow byte of the group that the slot number `index` is in. */
SWISS_ALWAYS_INLINE uint8_t *swiss_overflow_byte_(uint8_t *overflow, size_t index) {
    return overflow + index / SWISS_GROUP_WIDTH;
}

/* Returns the away lanes of that group, in a table of several. */
SWISS_ALWAYS_INLINE uint16_t *swiss_away_(uint8_t *overflow, size_t mask, size_t index) {
    return (uint16_t *)(void *)(overflow + mask / SWISS_GROUP_WIDTH + 1) + index / SWISS_GROUP_WIDTH;
}

/* Returns where a table of several groups keeps the place of pop, not aligned: a size_t, the first slot of a group, and
 * the lanes of the group that are still to come. */
SWISS_ALWAYS_INLINE uint8_t *swiss_pop_place_(uint8_t *overflow, size_t mask) {
    return overflow + 3 * (mask / SWISS_GROUP_WIDTH + 1);
}
enum { SWISS_POP_PLACE_SIZE_ = sizeof(size_t) + sizeof(uint64_t) };

/* Returns the overflow bit of the entries with this h2: one of eight classes, by the upper three bits. */
SWISS_ALWAYS_INLINE uint32_t swiss_overflow_bit_(uint32_t h2) {
    return 1u << (h2 >> 5);
}

SWISS_END_C

/* Debug builds compare generations, which find stale iterators; others do not keep them. */
#if !defined(NDEBUG) || defined(SWISS_CHECK_ITERATORS)
#    define SWISS_TOUCH_(table) ((void)++(table)->generation)
#else
#    define SWISS_TOUCH_(table) ((void)0)
#endif

#endif
