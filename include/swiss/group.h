/* group.h - sixteen control bytes at a time.
 *
 * A table keeps one control byte per slot: EMPTY, or 8 bits of the hash (h2) of the entry in a full slot. The bytes
 * come in aligned groups of 16, one for each lane. A search loads one group and asks which of its lanes may hold the
 * key:
 *
 *     swiss_group group = swiss_group_load(control + position);
 *     for (swiss_mask mask = swiss_group_match(group, hash); mask; mask = swiss_mask_next(mask))
 *         if (slots[position + swiss_mask_lowest(mask)].key == key) return found;
 *     if (swiss_group_match_free(group)) there_is_room();
 *
 * Three backends give the same answers on the same bytes: SSE2, NEON, and portable 64-bit words, each a file in
 * detail/. The target's own is chosen. To choose another define SWISS_GROUP_SSE2, SWISS_GROUP_NEON or
 * SWISS_GROUP_PORTABLE. A backend that the target lacks is translated by SIMDe (package libsimde-dev).
 *
 * A backend defines the types swiss_group and swiss_mask, and
 *
 *     swiss_group_load(control)                      the 16 bytes at `control`, which is 16-byte aligned
 *     swiss_group_match(group, hash)                 the lanes whose byte is the h2 of `hash`
 *     swiss_group_match_free(group)                  the EMPTY lanes
 *     swiss_group_match_full(group)                  the lanes that hold an entry
 *     swiss_group_fill(control, group, lane, hash)   makes the byte of an EMPTY lane the h2 of `hash`
 *     swiss_group_empty(control, group, lane)        makes the byte of a lane EMPTY
 *     SWISS_MASK_BITS                                the bits of a mask: 16, or 64 where each lane has four
 *
 * fill and empty take `group`: the bytes loaded from `control`, which have not changed since. SSE2 and NEON write it
 * back as a whole. A load of the group soon after can then be served from the store; after the store of one byte it has
 * to wait until the store has left the core. To insert 60 or 100 entries into room for them took 0.70 of the time, to
 * remove them 0.51.
 *
 * A mask holds at most one bit per lane, in lane order. The distance of the bits depends on the backend: a mask is
 * tested for zero, or taken apart with swiss_mask_lowest, swiss_mask_next and swiss_mask_count. Everything here is
 * O(1).
 */
#ifndef SWISS_GROUP_H
#define SWISS_GROUP_H

#include "base.h"
#include "detail/control.h"

#if !defined(SWISS_GROUP_SSE2) && !defined(SWISS_GROUP_NEON) && !defined(SWISS_GROUP_PORTABLE)
#    if defined(__SSE2__) || defined(_M_X64)
#        define SWISS_GROUP_SSE2
#    elif defined(__ARM_NEON) && !defined(__ARM_BIG_ENDIAN)
#        define SWISS_GROUP_NEON
#    elif defined(__wasm_simd128__) && defined(SWISS_HAS_SIMDE) /* in swiss.h, by swiss/amalgamate --with-simde */
#        define SWISS_GROUP_SSE2
#    elif defined(__wasm_simd128__) && defined(__has_include)
#        if __has_include(<simde/x86/sse2.h>)
#            define SWISS_GROUP_SSE2
#        else
#            define SWISS_GROUP_PORTABLE
#        endif
#    else
#        define SWISS_GROUP_PORTABLE
#    endif
#elif defined(SWISS_GROUP_SSE2) + defined(SWISS_GROUP_NEON) + defined(SWISS_GROUP_PORTABLE) > 1
#    error "swiss: define only one of SWISS_GROUP_SSE2, SWISS_GROUP_NEON and SWISS_GROUP_PORTABLE"
#endif

#if defined(_MSC_VER) && !defined(__clang__)
#    include <intrin.h>
#endif

SWISS_BEGIN_C

/* Returns the number of zero bits below the lowest set bit of `bits`, which is not 0. */
SWISS_ALWAYS_INLINE unsigned swiss_count_trailing_zeros(uint64_t bits) {
#if defined(__GNUC__)
    return (unsigned)__builtin_ctzll(bits);
#elif defined(_MSC_VER) && (defined(_M_X64) || defined(_M_ARM64))
    unsigned long index;
    _BitScanForward64(&index, bits);
    return (unsigned)index;
#else
    unsigned count = 0;
    for (; !(bits & 1); bits >>= 1)
        ++count;
    return count;
#endif
}

SWISS_END_C

#if defined(SWISS_GROUP_SSE2)
#    include "detail/group_sse2.h"
#elif defined(SWISS_GROUP_NEON)
#    include "detail/group_neon.h"
#else
#    include "detail/group_portable.h"
#endif

SWISS_BEGIN_C

/* Returns the lowest lane of `mask`, which is not 0. */
SWISS_ALWAYS_INLINE unsigned swiss_mask_lowest(swiss_mask mask) {
#if defined(__GNUC__) && SWISS_MASK_BITS == 16
    return (unsigned)__builtin_ctz(mask); /* 32 bits: a 64-bit count would be sign-extended once more */
#else
    return swiss_count_trailing_zeros(mask) / (SWISS_MASK_BITS / SWISS_GROUP_WIDTH);
#endif
}

/* The same for the masks of neighbouring groups side by side in 64 bits, SWISS_MASK_BITS apart: lane 16 is the first of
 * the second group. */
SWISS_ALWAYS_INLINE unsigned swiss_masks_lowest(uint64_t masks) {
    return swiss_count_trailing_zeros(masks) / (SWISS_MASK_BITS / SWISS_GROUP_WIDTH);
}

/* Returns `mask`, which is not 0, without its lowest lane. */
SWISS_ALWAYS_INLINE swiss_mask swiss_mask_next(swiss_mask mask) {
    return mask & (mask - 1);
}

/* Returns the number of lanes in `mask`, 0 to 16. */
SWISS_ALWAYS_INLINE unsigned swiss_mask_count(swiss_mask mask) {
#if defined(__GNUC__)
    return (unsigned)__builtin_popcountll(mask);
#else
    unsigned count = 0;
    for (; mask; mask = swiss_mask_next(mask))
        ++count;
    return count;
#endif
}

SWISS_END_C

#endif
