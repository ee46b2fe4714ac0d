/* control.h - the control byte of a slot: what a group's backends share.
 *
 *     0          EMPTY: the slot is free
 *     1 to 255   h2: the top byte of the hash of the entry in the slot, where 0 becomes 1
 */
#ifndef SWISS_DETAIL_CONTROL_H
#define SWISS_DETAIL_CONTROL_H

#include "../base.h"

#define SWISS_GROUP_WIDTH 16
#define SWISS_EMPTY UINT8_C(0) /* the control byte of a free slot */

SWISS_BEGIN_C

/* Returns h2, the control byte of an entry whose key has this hash. */
SWISS_ALWAYS_INLINE uint32_t swiss_h2(uint64_t hash) {
    uint32_t top = (uint32_t)(hash >> 56);
    return top + (top == 0);
}

/* The control byte for each top byte of a hash, four times side by side. */
extern SWISS_API const uint32_t swiss_h2_words_[256];
/* From the byte 15 - i on: 16 bytes of which the i-th is 255 and the others are 0. */
extern SWISS_API const uint8_t swiss_one_lane_[31];

SWISS_END_C

#endif
