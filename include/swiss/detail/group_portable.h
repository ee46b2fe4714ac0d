/* group_portable.h - a group as two 64-bit words, for any target. Byte i of the memory is in bits 8i to 8i+7, also on
 * big-endian machines; bit i of a mask is lane i. group.h says what each function does.
 */
#ifndef SWISS_DETAIL_GROUP_PORTABLE_H
#define SWISS_DETAIL_GROUP_PORTABLE_H

#include "control.h"
#include <string.h>

typedef struct {
    uint64_t low, high;
} swiss_group;
typedef uint32_t swiss_mask;
#define SWISS_MASK_BITS 16
#define SWISS_WORD_LSB_ UINT64_C(0x0101010101010101)
#define SWISS_WORD_MSB_ UINT64_C(0x8080808080808080)

SWISS_BEGIN_C

SWISS_ALWAYS_INLINE uint64_t swiss_word_load_(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* The top bits of the 8 bytes of `word`, gathered: every product of a set bit and one of the multiplier lands on a bit
 * of its own, those of the diagonal in the top byte. */
SWISS_ALWAYS_INLINE uint32_t swiss_word_mask_(uint64_t word) {
    return (uint32_t)((((word & SWISS_WORD_MSB_) >> 7) * UINT64_C(0x0102040810204080)) >> 56);
}

/* The top bit of each byte of `word` that is 0, without the carry into the next byte that the shorter (word - LSB) &
 * ~word lets through. */
SWISS_ALWAYS_INLINE uint64_t swiss_word_zero_(uint64_t word) {
    return ~(((word & ~SWISS_WORD_MSB_) + ~SWISS_WORD_MSB_) | word);
}

SWISS_ALWAYS_INLINE swiss_group swiss_group_load(const uint8_t *control) {
    swiss_group group;
    group.low = swiss_word_load_(control);
    group.high = swiss_word_load_(control + 8);
    return group;
}

SWISS_ALWAYS_INLINE swiss_mask swiss_group_match(swiss_group group, uint64_t hash) {
    uint64_t pattern = SWISS_WORD_LSB_ * swiss_h2(hash);
    return swiss_word_mask_(swiss_word_zero_(group.low ^ pattern)) |
           swiss_word_mask_(swiss_word_zero_(group.high ^ pattern)) << 8;
}

SWISS_ALWAYS_INLINE swiss_mask swiss_group_match_free(swiss_group group) {
    return swiss_word_mask_(swiss_word_zero_(group.low)) | swiss_word_mask_(swiss_word_zero_(group.high)) << 8;
}

SWISS_ALWAYS_INLINE swiss_mask swiss_group_match_full(swiss_group group) {
    return swiss_group_match_free(group) ^ 0xFFFFu;
}

SWISS_ALWAYS_INLINE void swiss_group_fill(uint8_t *control, swiss_group group, unsigned lane, uint64_t hash) {
    (void)group;
    control[lane] = (uint8_t)swiss_h2(hash);
}

SWISS_ALWAYS_INLINE void swiss_group_empty(uint8_t *control, swiss_group group, unsigned lane) {
    (void)group;
    control[lane] = SWISS_EMPTY;
}

SWISS_END_C

#endif
