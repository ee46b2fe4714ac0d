/* group_sse2.h - a group as one SSE2 register: each question is one compare and one movemask. Bit i of a mask is lane
 * i. group.h says what each function does.
 *
 * A target without SSE2 gets it from SIMDe (package libsimde-dev).
 */
#ifndef SWISS_DETAIL_GROUP_SSE2_H
#define SWISS_DETAIL_GROUP_SSE2_H

#include "control.h"

#if defined(__SSE2__) && defined(__GNUC__)
/* The few operations that are needed of <emmintrin.h>, which takes a compiler longer than the map does. */
typedef long long swiss_group __attribute__((vector_size(16), may_alias));
typedef swiss_group swiss_group_anywhere_ __attribute__((aligned(1)));
typedef char swiss_bytes_ __attribute__((vector_size(16)));
typedef int swiss_words_ __attribute__((vector_size(16)));
#    define SWISS_MM_(operation) swiss_mm_##operation##_
#    define swiss_mm_load_si128_(address) (*(address))
#    define swiss_mm_loadu_si128_(address) (*(const swiss_group_anywhere_ *)(address))
#    define swiss_mm_store_si128_(address, group) ((void)(*(address) = (group)))
#    define swiss_mm_or_si128_(a, b) ((a) | (b))
#    define swiss_mm_and_si128_(a, b) ((a) & (b))
#    define swiss_mm_andnot_si128_(a, b) (~(a) & (b))
#    define swiss_mm_cmpeq_epi8_(a, b) ((swiss_bytes_)(a) == (swiss_bytes_)(b))
#    define swiss_mm_movemask_epi8_(bytes) __builtin_ia32_pmovmskb128((swiss_bytes_)(bytes))
#elif defined(__SSE2__) || defined(_M_X64)
#    include <emmintrin.h>
#    define SWISS_MM_(operation) _mm_##operation
typedef __m128i swiss_group;
#else
#    include <simde/x86/sse2.h>
#    define SWISS_MM_(operation) simde_mm_##operation
typedef simde__m128i swiss_group;
#endif
typedef uint32_t swiss_mask;
#define SWISS_MASK_BITS 16

SWISS_BEGIN_C

#ifdef swiss_mm_load_si128_
SWISS_ALWAYS_INLINE swiss_group swiss_mm_setzero_si128_(void) {
    const swiss_group zero = {0, 0};
    return zero;
}

SWISS_ALWAYS_INLINE swiss_group swiss_mm_set1_epi32_(int word) {
    const swiss_words_ words = {word, word, word, word};
    return (swiss_group)words;
}
#endif

SWISS_ALWAYS_INLINE swiss_group swiss_group_load(const uint8_t *control) {
    return SWISS_MM_(load_si128)((const swiss_group *)(const void *)control);
}

/* With a table it takes three instructions to have h2 in all lanes. Multiplying the byte by 0x01010101, and then taking
 * the larger of each lane and 1, takes five: hits among 1,000 entries took 1.09, misses 1.15 times as long. */
SWISS_ALWAYS_INLINE swiss_mask swiss_group_match(swiss_group group, uint64_t hash) {
    swiss_group h2 = SWISS_MM_(set1_epi32)((int)swiss_h2_words_[hash >> 56]);
    return (swiss_mask)SWISS_MM_(movemask_epi8)(SWISS_MM_(cmpeq_epi8)(group, h2));
}

SWISS_ALWAYS_INLINE swiss_mask swiss_group_match_free(swiss_group group) {
    return (swiss_mask)SWISS_MM_(movemask_epi8)(SWISS_MM_(cmpeq_epi8)(group, SWISS_MM_(setzero_si128)()));
}

SWISS_ALWAYS_INLINE swiss_mask swiss_group_match_full(swiss_group group) {
    return swiss_group_match_free(group) ^ 0xFFFFu;
}

SWISS_ALWAYS_INLINE swiss_group swiss_group_lane_(unsigned lane) {
    return SWISS_MM_(loadu_si128)((const swiss_group *)(const void *)(swiss_one_lane_ + 15 - lane));
}

SWISS_ALWAYS_INLINE void swiss_group_fill(uint8_t *control, swiss_group group, unsigned lane, uint64_t hash) {
    swiss_group h2 = SWISS_MM_(set1_epi32)((int)swiss_h2_words_[hash >> 56]);
    group = SWISS_MM_(or_si128)(group, SWISS_MM_(and_si128)(h2, swiss_group_lane_(lane)));
    SWISS_MM_(store_si128)((swiss_group *)(void *)control, group);
}

SWISS_ALWAYS_INLINE void swiss_group_empty(uint8_t *control, swiss_group group, unsigned lane) {
    group = SWISS_MM_(andnot_si128)(swiss_group_lane_(lane), group);
    SWISS_MM_(store_si128)((swiss_group *)(void *)control, group);
}

SWISS_END_C

#endif
