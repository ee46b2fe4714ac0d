/* align.h - rounding of sizes and addresses, and types that share no cache line.
 *
 *     size_t room = swiss_round_up(size, 16);         // the next multiple of 16
 *     char *first = swiss_align_up(block, 64);        // the next address at a multiple of 64
 *     SWISS_PADDED(atomic_long) counters[THREADS];    // each thread counts in a cache line of its own:
 *     ++counters[me].value;
 *
 * Two threads that write to one cache line take it from each other again and again, though they write to different
 * variables. What one thread writes often therefore lies in lines of its own.
 *
 * A unit or an alignment is a power of two: debug builds fail an assertion if it is not. All functions are O(1).
 */
#ifndef SWISS_ALIGN_H
#define SWISS_ALIGN_H

#include "base.h"

/* The bytes that processors hand each other at once, or more. Those of x86 fetch lines of 64 in pairs, so two threads
 * that write side by side may want SWISS_CACHE_LINE_PAIR between them. */
#if defined(__s390x__)
#    define SWISS_CACHE_LINE 256
#elif defined(__powerpc64__) || (defined(__APPLE__) && defined(__aarch64__))
#    define SWISS_CACHE_LINE 128
#else
#    define SWISS_CACHE_LINE 64
#endif
#define SWISS_CACHE_LINE_PAIR (SWISS_CACHE_LINE > 128 ? SWISS_CACHE_LINE : 128)

/* Stands before a variable or a member: SWISS_ALIGNED(SWISS_CACHE_LINE) char buffer[256]; a structure with such a
 * member is aligned like it, and its size is a multiple of that. */
#if defined(__cplusplus)
#    define SWISS_ALIGNED(alignment) alignas(alignment)
#elif defined(__TINYC__)
#    define SWISS_ALIGNED(alignment) __attribute__((aligned(alignment)))
#else
#    define SWISS_ALIGNED(alignment) _Alignas(alignment)
#endif

/* A type whose member `value` has cache lines of its own. Memory for it must be allocated with its alignment: malloc
 * does not, swiss_heap_alloc_aligned does. */
#define SWISS_PADDED(type)                                                                                             \
    struct {                                                                                                           \
        SWISS_ALIGNED(SWISS_CACHE_LINE_PAIR) type value;                                                               \
    }

/* Stands before a function that looks at an address and not at what is there. Else gcc takes what has just been
 * allocated for read before it is written. */
#define SWISS_ADDRESS_ALONE_
#ifdef __has_attribute
#    if __has_attribute(access)
#        undef SWISS_ADDRESS_ALONE_
#        define SWISS_ADDRESS_ALONE_ __attribute__((access(none, 1)))
#    endif
#endif

SWISS_BEGIN_C

/* Returns true if `n` is 1, 2, 4, ... */
static inline bool swiss_is_power_of_two(size_t n) {
    return n != 0 && (n & (n - 1)) == 0;
}

/* Returns the largest multiple of `unit` that is at most `n`. */
static inline size_t swiss_round_down(size_t n, size_t unit) {
    SWISS_ASSERT(swiss_is_power_of_two(unit));
    return n & ~(unit - 1);
}

/* Returns the least multiple of `unit` that is at least `n`; 0 if that would be more than SIZE_MAX. */
static inline size_t swiss_round_up(size_t n, size_t unit) {
    SWISS_ASSERT(swiss_is_power_of_two(unit));
    return (n + (unit - 1)) & ~(unit - 1);
}

/* Returns the least power of two that is at least `n`, 1 for 0; 0 if that would be more than SIZE_MAX. */
static inline size_t swiss_round_up_to_power(size_t n) {
    size_t power = 1;
#if defined(__GNUC__)
    if (n > SIZE_MAX / 2 + 1)
        return 0;
    if (n > 1)
        power <<= 64 - __builtin_clzll((unsigned long long)(n - 1));
#else
    while (power != 0 && power < n)
        power <<= 1;
#endif
    return power;
}

/* Returns true if `address` is a multiple of `alignment`. */
SWISS_ADDRESS_ALONE_ static inline bool swiss_is_aligned(const void *address, size_t alignment) {
    SWISS_ASSERT(swiss_is_power_of_two(alignment));
    return ((uintptr_t)address & (alignment - 1)) == 0;
}

/* Returns the last multiple of `alignment` that is not behind `address`, in the same block of memory. */
SWISS_ADDRESS_ALONE_ static inline void *swiss_align_down(const void *address, size_t alignment) {
    SWISS_ASSERT(swiss_is_power_of_two(alignment));
    return (char *)(uintptr_t)address - ((uintptr_t)address & (alignment - 1));
}

/* Returns the first multiple of `alignment` that is not before `address`: at most `alignment` - 1 bytes behind it,
 * which the caller has. */
SWISS_ADDRESS_ALONE_ static inline void *swiss_align_up(const void *address, size_t alignment) {
    SWISS_ASSERT(swiss_is_power_of_two(alignment));
    return (char *)(uintptr_t)address + ((0 - (uintptr_t)address) & (alignment - 1));
}

SWISS_END_C

#endif
