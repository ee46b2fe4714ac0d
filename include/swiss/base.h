/* base.h - linkage, assertions and hints for the compiler: shared by every header of swiss.
 *
 * A program may define, before the first swiss header:
 *   SWISS_ASSERT(condition)   deals with a broken precondition. Default: assert() of <assert.h>, so nothing if NDEBUG
 *                             is defined; and nothing without a C library (gcc -ffreestanding). The condition has no
 *                             side effects.
 *   SWISS_CHECK_ITERATORS     keeps the numbers that find stale iterators, in a build with NDEBUG and a SWISS_ASSERT of
 *                             its own.
 *   SWISS_EXPORT              gives the functions of swiss default visibility: what they are linked into exports them.
 *                             By default only libswiss.so does, and each plugin of a program keeps to its own copy.
 *   SWISS_PREFIX=mine_        for two versions in one program, each as two files: puts mine_ before the names of
 *                             functions, variables and types. The program and swiss.c are compiled with the same.
 *
 * and for all of its files and those of swiss alike, as with -D:
 *   SWISS_NO_HEAP             leaves the bundled heap out: the map alone, over malloc. It needs no threads and no
 *                             system. Of the C library it needs malloc, realloc, free, the functions of <string.h>, for
 *                             seeds getentropy, or a clock, and getenv, and for arenas that print vsnprintf.
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
/* The number in libswiss.so.1, the name that programs look for: raised by the first change after a release that a
 * program compiled before could not run with. tests/unit/abi notices such changes. */
#define SWISS_VERSION_ABI 1
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

/* Stand around the code of these headers, which is C and C++ at once. A program may have its compiler warn of what only
 * one of the two can do without, of names that are the program's too, of functions that it does not call, and of those
 * that are declared once more where they are defined: not here. Macros that are expanded elsewhere have to do without
 * such things. */
#if !defined(__clang__) && (!defined(__GNUC__) || __GNUC__ < 5)
#    define SWISS_BEGIN_QUIET_
#    define SWISS_END_QUIET_
#else
#    ifndef __cplusplus
#        define SWISS_IGNORE_ _Pragma("GCC diagnostic ignored \"-Wdeclaration-after-statement\"")
#    elif defined(__clang__)
#        define SWISS_IGNORE_ SWISS_IGNORE_CASTS_
#    else
#        define SWISS_IGNORE_ SWISS_IGNORE_CASTS_ _Pragma("GCC diagnostic ignored \"-Wuseless-cast\"")
#    endif
#    define SWISS_IGNORE_CASTS_                                                                                        \
        _Pragma("GCC diagnostic ignored \"-Wold-style-cast\"")                                                         \
            _Pragma("GCC diagnostic ignored \"-Wzero-as-null-pointer-constant\"")
#    define SWISS_BEGIN_QUIET_                                                                                         \
        _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wshadow\"")                                  \
            _Pragma("GCC diagnostic ignored \"-Wunused-function\"")                                                    \
                _Pragma("GCC diagnostic ignored \"-Wredundant-decls\"") SWISS_IGNORE_
#    define SWISS_END_QUIET_ _Pragma("GCC diagnostic pop")
#endif

#ifdef __cplusplus
#    define SWISS_BEGIN_C SWISS_BEGIN_QUIET_ extern "C" {
#    define SWISS_END_C                                                                                                \
        }                                                                                                              \
        SWISS_END_QUIET_
#    define SWISS_STATIC_ASSERT(condition, message) static_assert(condition, message)
#    define SWISS_ALIGNOF(type) alignof(type)
#else
#    define SWISS_BEGIN_C SWISS_BEGIN_QUIET_
#    define SWISS_END_C SWISS_END_QUIET_
#    define SWISS_STATIC_ASSERT(condition, message) _Static_assert(condition, message)
#    define SWISS_ALIGNOF(type) _Alignof(type)
#endif

#if defined(__GNUC__)
#    define SWISS_LIKELY(condition) __builtin_expect(!!(condition), 1)
#    define SWISS_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#    define SWISS_ALWAYS_INLINE static inline __attribute__((always_inline))
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
#    define SWISS_PURE
#    define SWISS_COLD
#    define SWISS_NOINLINE
#    define SWISS_MUST_USE
#    define SWISS_PREFETCH(address) ((void)(address))
#    define SWISS_ASSUME(condition) ((void)0)
#endif

/* Public symbols. SWISS_SHARED: of libswiss.so, which SWISS_BUILDING is compiled for. SWISS_HIDDEN: of the static
 * library. SWISS_AMALGAMATED: of the two-file library. */
#if defined(_WIN32)
#    if defined(SWISS_SHARED) && !defined(SWISS_BUILDING)
#        define SWISS_API __declspec(dllimport)
#    elif defined(SWISS_SHARED) || defined(SWISS_EXPORT)
#        define SWISS_API __declspec(dllexport)
#    else
#        define SWISS_API
#    endif
#elif !defined(__GNUC__)
#    define SWISS_API
#elif (defined(SWISS_HIDDEN) || defined(SWISS_AMALGAMATED)) && !defined(SWISS_EXPORT)
#    define SWISS_API __attribute__((visibility("hidden")))
#else
#    define SWISS_API __attribute__((visibility("default")))
#endif

/* Around the declarations of private headers. In the two-file library these are part of a source file, in which clang
 * warns of each static function that nobody calls. */
#if defined(__GNUC__)
#    define SWISS_BEGIN_HIDDEN                                                                                         \
        _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wunused-function\"") SWISS_PUSH_HIDDEN_
#    define SWISS_END_HIDDEN SWISS_POP_HIDDEN_ _Pragma("GCC diagnostic pop")
#    ifdef _WIN32
#        define SWISS_PUSH_HIDDEN_
#        define SWISS_POP_HIDDEN_
#    else
#        define SWISS_PUSH_HIDDEN_ _Pragma("GCC visibility push(hidden)")
#        define SWISS_POP_HIDDEN_ _Pragma("GCC visibility pop")
#    endif
#else
#    define SWISS_BEGIN_HIDDEN
#    define SWISS_END_HIDDEN
#endif

#ifdef SWISS_PREFIX
#    ifndef SWISS_AMALGAMATED
#        error "swiss: SWISS_PREFIX is for the two files that swiss/amalgamate writes: include their swiss.h"
#    endif
#    define SWISS_PASTE_PREFIX_NOW_(prefix, name) prefix##name
#    define SWISS_PASTE_PREFIX_(prefix, name) SWISS_PASTE_PREFIX_NOW_(prefix, name)
#    define SWISS_PREFIXED_(name) SWISS_PASTE_PREFIX_(SWISS_PREFIX, name)
#endif

SWISS_BEGIN_C

/* Returns the SWISS_VERSION_NUMBER that the library itself was compiled with: with the shared library it may be another
 * than that of the headers. */
SWISS_API unsigned swiss_version(void);

SWISS_END_C

#endif
