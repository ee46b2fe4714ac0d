// control.h - the control bytes of the layouts: a full slot's has its top bit clear, unless h2 has 8 bits. SSE2 only.
#ifndef LAYOUT_CONTROL_H
#define LAYOUT_CONTROL_H

#include "slot.h"

#include "swiss/group.h"

#include <emmintrin.h>

namespace layout {

constexpr uint8_t control_empty = 0x80, control_deleted = 0xFE;

// The lanes whose byte is `byte`.
LAYOUT_INLINE swiss_mask match_byte(__m128i group, unsigned byte) {
    const __m128i bytes = _mm_set1_epi32(static_cast<int>(byte * 0x01010101));
    return static_cast<swiss_mask>(_mm_movemask_epi8(_mm_cmpeq_epi8(group, bytes)));
}
LAYOUT_INLINE swiss_mask match_empty(__m128i group) {
    return match_byte(group, control_empty);
}
// The EMPTY and the DELETED lanes.
LAYOUT_INLINE swiss_mask match_free(__m128i group) {
    return static_cast<swiss_mask>(_mm_movemask_epi8(group));
}
LAYOUT_INLINE swiss_mask match_full(__m128i group) {
    return match_free(group) ^ 0xFFFF;
}

} // namespace layout

#endif
