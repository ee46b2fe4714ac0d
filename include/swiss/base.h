/* base.h - linkage, assertions and hints for the compiler: shared by every header of swiss.
 *
 * A program may define, before the first swiss header:
 *   SWISS_ASSERT(condition)   deals with a broken precondition. Default: assert() of <assert.h>, so nothing if NDEBUG
 *                             is defined; and nothing without a C library (gcc -ffreestanding). The condition has no
 *                             side effects.
 *   SWISS_CHECK_ITERATORS     keeps the numbers that find stale iterators, in a build with NDEBUG and a SWISS_ASSERT of
 *                             its own.
 *
 * and for all of its files and those of swiss alike, as with -D:
 *   SWISS_NO_HEAP             leaves the bundled heap out: the map alone, over malloc. It needs no threads, no system,
 *                             and of the C library malloc, realloc, free, getentropy where a system has it, and the
 *                             functions of <string.h>.
 *   SWISS_NO_MALLOC           leaves the allocator over malloc out. The program defines swiss_allocator_default
 *                             (allocator.h) itself.
 */
#ifndef SWISS_BASE_H
#define SWISS_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The version of these headers: swiss/doc/changes.md says what is new in each. CMakeLists.txt reads it here. */
#define SWISS_VERSION_MAJOR 0
#define SWISS_VERSION_MINOR 2
#define SWISS_VERSION_PATCH 0
/* 1.2.3 is 10203, so that an #if can compare versions. */
#define SWISS_VERSION_NUMBER (SWISS_VERSION_MAJOR * 10000 + SWISS_VERSION_MINOR * 100 + SWISS_VERSION_PATCH)

#ifndef SWISS_ASSERT
#    if defined(__STDC_HOSTED__) && !__STDC_HOSTED__
#        define SWISS_ASSERT(condition) ((void)0)
#    else
#        include <assert.h>
#        define SWISS_ASSERT(condition) assert(condition)
#    endif
#endif

#ifdef __cplusplus
#    define SWISS_BEGIN_C extern "C" {
#    define SWISS_END_C }
#    define SWISS_STATIC_ASSERT(condition, message) static_assert(condition, message)
#    define SWISS_ALIGNOF(type) alignof(type)
#else
#    define SWISS_BEGIN_C
#    define SWISS_END_C
#    define SWISS_STATIC_ASSERT(condition, message) _Static_assert(condition, message)
#    define SWISS_ALIGNOF(type) _Alignof(type)
#endif

#if defined(__GNUC__)
#    define SWISS_LIKELY(condition) __builtin_expect(!!(condition), 1)
#    define SWISS_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#    define SWISS_ALWAYS_INLINE static inline __attribute__((always_inline, unused))
#    define SWISS_UNUSED __attribute__((unused))
#    define SWISS_PURE __attribute__((pure))
#    define SWISS_COLD __attribute__((cold, noinline))
#    define SWISS_NOINLINE __attribute__((noinline))
#    define SWISS_MUST_USE __attribute__((warn_unused_result)) /* who ignores the result loses data, or leaks */
#    define SWISS_PREFETCH(address) __builtin_prefetch(address)
#    define SWISS_ASSUME(condition) ((condition) ? (void)0 : __builtin_unreachable())
#else
#    define SWISS_LIKELY(condition) (condition)
#    define SWISS_UNLIKELY(condition) (condition)
#    define SWISS_ALWAYS_INLINE static inline
#    define SWISS_UNUSED
#    define SWISS_PURE
#    define SWISS_COLD
#    define SWISS_NOINLINE
#    define SWISS_MUST_USE
#    define SWISS_PREFETCH(address) ((void)(address))
#    define SWISS_ASSUME(condition) ((void)0)
#endif

/* Symbols that the shared library exports; everything else in it stays hidden. */
#if defined(_WIN32) && defined(SWISS_SHARED)
#    ifdef SWISS_BUILDING
#        define SWISS_API __declspec(dllexport)
#    else
#        define SWISS_API __declspec(dllimport)
#    endif
#elif defined(__GNUC__) && !defined(_WIN32) && !defined(SWISS_HIDDEN)
#    define SWISS_API __attribute__((visibility("default")))
#else
#    define SWISS_API
#endif

SWISS_BEGIN_C

/* Returns the SWISS_VERSION_NUMBER that the library itself was compiled with: with the shared library it may be another
 * than that of the headers. */
SWISS_API unsigned swiss_version(void);

SWISS_END_C

#endif
