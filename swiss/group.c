/* group.c - the constants of group.h: h2 in all four bytes of a word, and a window that selects one lane. */
#include "swiss/detail/control.h"

#define H2_WORD(top) ((top) ? (top)*UINT32_C(0x01010101) : UINT32_C(0x01010101))
#define H2_4(top) H2_WORD(top), H2_WORD((top) + 1), H2_WORD((top) + 2), H2_WORD((top) + 3)
#define H2_16(top) H2_4(top), H2_4((top) + 4), H2_4((top) + 8), H2_4((top) + 12)
#define H2_64(top) H2_16(top), H2_16((top) + 16), H2_16((top) + 32), H2_16((top) + 48)

const uint32_t swiss_h2_words_[256] = {H2_64(0u), H2_64(64u), H2_64(128u), H2_64(192u)};

const uint8_t swiss_one_lane_[31] = {[15] = 0xFF};
