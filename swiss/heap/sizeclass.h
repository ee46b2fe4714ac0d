/* sizeclass.h - the sizes that small blocks are rounded up to. The rules are at the top of sizeclass.c. */
#ifndef SWISS_HEAP_SIZECLASS_H
#define SWISS_HEAP_SIZECLASS_H

#include "bits.h"
#include "swiss/base.h"

SWISS_BEGIN_HIDDEN

#define SWISS_CLASS_COUNT 69      /* class 0, large blocks, included */
#define SWISS_SMALL_MAX 32768     /* the largest size that has a class, in bytes */
#define SWISS_CLASS_FINE_MAX 1024 /* up to here classes are looked up in steps of 4 bytes, above in steps of 128 */
#define SWISS_SPAN_SLOTS_MAX 2048 /* the most slots of a span: 8 KiB of 4-byte blocks */
#define SWISS_SPAN_PAGES_MAX 10   /* the most pages of a span of small blocks */

#define SWISS_LARGE_CLASSES 52 /* of large blocks, which come behind the others: */
#define SWISS_CLASS_END (SWISS_CLASS_COUNT + SWISS_LARGE_CLASSES)
#define SWISS_LARGE_MAX ((size_t)4 << 20)                              /* the largest size that has one, in bytes */
#define SWISS_LARGE_FIRST (SWISS_CLASS_COUNT - SWISS_SMALL_MAX / 8192) /* what the class of one page would be */

extern const uint16_t swiss_class_size[SWISS_CLASS_COUNT];       /* bytes of a block */
extern const uint8_t swiss_class_pages[SWISS_CLASS_COUNT];       /* 8 KiB pages of a span */
extern const uint32_t swiss_class_reciprocal[SWISS_CLASS_COUNT]; /* 2^32 / size, rounded up */
extern const uint8_t swiss_class_fine[SWISS_CLASS_FINE_MAX / 4 + 1];
extern const uint8_t swiss_class_fine_16[SWISS_CLASS_FINE_MAX / 8 + 1]; /* for malloc: without 4 and 24 */
extern const uint8_t swiss_class_coarse[(SWISS_SMALL_MAX - SWISS_CLASS_FINE_MAX) / 128 + 1];

/* Returns the smallest class for blocks of `size` bytes, 1 to SWISS_SMALL_MAX; for 0, that of 8 bytes. */
SWISS_ALWAYS_INLINE unsigned swiss_class_of(size_t size) {
    if (SWISS_LIKELY(size <= SWISS_CLASS_FINE_MAX))
        return swiss_class_fine[(size + 3) >> 2];
    return swiss_class_coarse[(size - SWISS_CLASS_FINE_MAX + 127) >> 7];
}

/* Returns the smallest class of large blocks of `size` bytes, more than SWISS_SMALL_MAX and at most SWISS_LARGE_MAX: by
 * the number of its last page, of which the four highest bits count. */
SWISS_ALWAYS_INLINE unsigned swiss_class_of_large(size_t size) {
    const uint32_t last = (uint32_t)((size - 1) >> 13);
    const unsigned shift = swiss_bits_highest(last | 8) - 3;
    return (last >> shift) + 8 * shift + SWISS_LARGE_FIRST;
}

/* Returns the bytes of a block of a class of large blocks. */
SWISS_ALWAYS_INLINE size_t swiss_class_large_size(unsigned size_class) {
    const unsigned number = size_class - SWISS_LARGE_FIRST, shift = number < 16 ? 0 : number / 8 - 1;
    return (size_t)(number - 8 * shift + 1) << shift << 13;
}

/* Returns the alignment of every block for `size` bytes: that of its class, 16 at most. Only the sizes of the smallest
 * classes, and 24, are no multiples of 16. */
SWISS_ALWAYS_INLINE size_t swiss_class_alignment(size_t size) {
    if (size <= 4)
        return 4;
    return size <= 8 || (size > 16 && size <= 24) ? 8 : 16;
}

/* Returns offset / swiss_class_size[size_class], for every offset into a span of that class. The product of an offset
 * below 2^17 with the rounded-up reciprocal is too large by less than the offset, which never carries into the
 * quotient: the unit test tries every class and offset. */
SWISS_ALWAYS_INLINE uint32_t swiss_class_divide(uint32_t offset, uint32_t reciprocal) {
    return (uint32_t)(((uint64_t)offset * reciprocal) >> 32);
}

SWISS_END_HIDDEN

#endif
