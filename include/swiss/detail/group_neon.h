/* group_neon.h - a group as one NEON register. group.h says what each function does.
 *
 * NEON has no movemask. A narrowing shift by 4 turns the 16 bytes of a compare, each 0 or FF, into the 16 nibbles of a
 * 64-bit word:
 *
 *     compare   00 FF 00 00 FF ...       lane i is byte i
 *     shift     0  F  0  0  F  ...       lane i is nibble i
 *     mask      0  8  0  0  8  ...       one bit per lane: to clear the lowest set bit is to go to the next lane
 *
 * The shift is the idea of D. Kutenin, "Porting x86 vector bitmask optimizations to Arm NEON", 2022. A target without
 * NEON gets it from SIMDe (package libsimde-dev).
 */
#ifndef SWISS_DETAIL_GROUP_NEON_H
#define SWISS_DETAIL_GROUP_NEON_H

#include "control.h"

#if defined(__ARM_NEON)
#    include <arm_neon.h>
#    define SWISS_NEON_(operation) operation
typedef uint8x16_t swiss_group;
#else
#    include <simde/arm/neon/and.h>
#    include <simde/arm/neon/bic.h>
#    include <simde/arm/neon/ceq.h>
#    include <simde/arm/neon/dup_n.h>
#    include <simde/arm/neon/get_lane.h>
#    include <simde/arm/neon/ld1.h>
#    include <simde/arm/neon/orr.h>
#    include <simde/arm/neon/reinterpret.h>
#    include <simde/arm/neon/shrn_n.h>
#    include <simde/arm/neon/st1.h>
#    include <simde/arm/neon/tst.h>
#    define SWISS_NEON_(operation) simde_##operation
typedef simde_uint8x16_t swiss_group;
#endif
typedef uint64_t swiss_mask;
#define SWISS_MASK_BITS 64

SWISS_BEGIN_C

SWISS_ALWAYS_INLINE swiss_mask swiss_neon_mask_(swiss_group lanes) {
    return SWISS_NEON_(vget_lane_u64)(
               SWISS_NEON_(vreinterpret_u64_u8)(SWISS_NEON_(vshrn_n_u16)(SWISS_NEON_(vreinterpretq_u16_u8)(lanes), 4)),
               0) &
           UINT64_C(0x8888888888888888);
}

SWISS_ALWAYS_INLINE swiss_group swiss_group_load(const uint8_t *control) {
    return SWISS_NEON_(vld1q_u8)(control);
}

SWISS_ALWAYS_INLINE swiss_mask swiss_group_match(swiss_group group, uint64_t hash) {
    return swiss_neon_mask_(SWISS_NEON_(vceqq_u8)(group, SWISS_NEON_(vdupq_n_u8)((uint8_t)swiss_h2(hash))));
}

SWISS_ALWAYS_INLINE swiss_mask swiss_group_match_free(swiss_group group) {
    return swiss_neon_mask_(SWISS_NEON_(vceqq_u8)(group, SWISS_NEON_(vdupq_n_u8)(SWISS_EMPTY)));
}

SWISS_ALWAYS_INLINE swiss_mask swiss_group_match_full(swiss_group group) {
    return swiss_neon_mask_(SWISS_NEON_(vtstq_u8)(group, group));
}

SWISS_ALWAYS_INLINE swiss_group swiss_group_lane_(unsigned lane) {
    return SWISS_NEON_(vld1q_u8)(swiss_one_lane_ + 15 - lane);
}

SWISS_ALWAYS_INLINE void swiss_group_fill(uint8_t *control, swiss_group group, unsigned lane, uint64_t hash) {
    swiss_group h2 = SWISS_NEON_(vdupq_n_u8)((uint8_t)swiss_h2(hash));
    SWISS_NEON_(vst1q_u8)(control, SWISS_NEON_(vorrq_u8)(group, SWISS_NEON_(vandq_u8)(h2, swiss_group_lane_(lane))));
}

SWISS_ALWAYS_INLINE void swiss_group_empty(uint8_t *control, swiss_group group, unsigned lane) {
    SWISS_NEON_(vst1q_u8)(control, SWISS_NEON_(vbicq_u8)(group, swiss_group_lane_(lane)));
}

SWISS_END_C

#endif
