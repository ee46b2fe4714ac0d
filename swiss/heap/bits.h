/* bits.h - finds and counts the set bits of a word: the heap's bitmaps are searched with it. */
#ifndef SWISS_HEAP_BITS_H
#define SWISS_HEAP_BITS_H

#include "swiss/base.h"

/* Returns the index of the lowest set bit of `bits`, which is not 0. */
SWISS_ALWAYS_INLINE unsigned swiss_bits_lowest(uint64_t bits) {
#if defined(__GNUC__)
    return (unsigned)__builtin_ctzll(bits);
#else
    unsigned index = 0;
    for (; !(bits & 1); bits >>= 1)
        ++index;
    return index;
#endif
}

/* Returns the index of the highest set bit of `bits`, which is not 0. */
SWISS_ALWAYS_INLINE unsigned swiss_bits_highest(uint64_t bits) {
#if defined(__GNUC__)
    return 63u - (unsigned)__builtin_clzll(bits);
#else
    unsigned index = 0;
    while (bits >>= 1)
        ++index;
    return index;
#endif
}

/* Returns the number of set bits in `bits`. */
SWISS_ALWAYS_INLINE unsigned swiss_bits_count(uint64_t bits) {
#if defined(__GNUC__)
    return (unsigned)__builtin_popcountll(bits);
#else
    unsigned count = 0;
    for (; bits; bits &= bits - 1)
        ++count;
    return count;
#endif
}

/* Returns a word whose lowest `count` bits are set, 0 to 64 of them. */
SWISS_ALWAYS_INLINE uint64_t swiss_bits_low(unsigned count) {
    return count < 64 ? (UINT64_C(1) << count) - 1 : ~UINT64_C(0);
}

#endif
