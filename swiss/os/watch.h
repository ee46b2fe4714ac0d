/* watch.h - sanitizers and Valgrind: which of them watch, and what they are told. */
#ifndef SWISS_OS_WATCH_H
#define SWISS_OS_WATCH_H

#include "swiss/base.h"

/* Defined where a sanitizer keeps a shadow of memory, and must see what is mapped and moved. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#    define SWISS_WATCHED_MEMORY
#elif defined(__has_feature)
#    if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#        define SWISS_WATCHED_MEMORY
#    endif
#endif

/* True if AddressSanitizer is part of the program. The weak references tell also if only the program is compiled with
 * it. */
#if defined(__GNUC__) && defined(__ELF__) && __STDC_HOSTED__
void __asan_poison_memory_region(const volatile void *address, size_t size) __attribute__((weak));
void __asan_unpoison_memory_region(const volatile void *address, size_t size) __attribute__((weak));
#    define SWISS_WATCHED_BY_ASAN (__asan_poison_memory_region != NULL && __asan_unpoison_memory_region != NULL)
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer)
#        include <sanitizer/asan_interface.h>
#        define SWISS_WATCHED_BY_ASAN true
#    endif
#endif

#if defined(__has_include) && defined(__GNUC__)
#    if __has_include(<valgrind/memcheck.h>)
#        define SWISS_WATCHED_BY_VALGRIND
#        include <valgrind/memcheck.h>
#    endif
#endif

SWISS_BEGIN_HIDDEN

/* Returns true if AddressSanitizer is part of the program. */
SWISS_ALWAYS_INLINE bool swiss_watch_asan(void) {
#ifdef SWISS_WATCHED_BY_ASAN
    return SWISS_WATCHED_BY_ASAN;
#else
    return false;
#endif
}

/* Returns true under Valgrind's memcheck: the only one of its tools that answers this request. The others count or time
 * what a program does, and must see the heap as it is without them. */
SWISS_ALWAYS_INLINE bool swiss_watch_memcheck(void) {
#ifdef SWISS_WATCHED_BY_VALGRIND
    char byte = 0;
    (void)byte; /* the request is nothing on a processor that Valgrind does not know */
    return VALGRIND_MAKE_MEM_DEFINED(&byte, 1) != 0;
#else
    return false;
#endif
}

/* Forbids the program to touch memory, where a tool watches. */
SWISS_ALWAYS_INLINE void swiss_watch_hide(const void *address, size_t size) {
    (void)address, (void)size;
#ifdef SWISS_WATCHED_BY_ASAN
    if (SWISS_WATCHED_BY_ASAN)
        __asan_poison_memory_region(address, size);
#endif
#ifdef SWISS_WATCHED_BY_VALGRIND
    VALGRIND_MAKE_MEM_NOACCESS(address, size);
#endif
}

/* Allows it again. */
SWISS_ALWAYS_INLINE void swiss_watch_show(const void *address, size_t size) {
    (void)address, (void)size;
#ifdef SWISS_WATCHED_BY_ASAN
    if (SWISS_WATCHED_BY_ASAN)
        __asan_unpoison_memory_region(address, size);
#endif
#ifdef SWISS_WATCHED_BY_VALGRIND
    VALGRIND_MAKE_MEM_DEFINED(address, size);
#endif
}

/* Allows it for memory that has yet to be written. */
SWISS_ALWAYS_INLINE void swiss_watch_make(const void *address, size_t size) {
    (void)address, (void)size;
#ifdef SWISS_WATCHED_BY_ASAN
    if (SWISS_WATCHED_BY_ASAN)
        __asan_unpoison_memory_region(address, size);
#endif
#ifdef SWISS_WATCHED_BY_VALGRIND
    VALGRIND_MAKE_MEM_UNDEFINED(address, size);
#endif
}

/* Tells Valgrind, which keeps records of its own, that a block begins. */
SWISS_ALWAYS_INLINE void swiss_watch_begin(const void *block, size_t size) {
    (void)block, (void)size;
#ifdef SWISS_WATCHED_BY_VALGRIND
    VALGRIND_MALLOCLIKE_BLOCK(block, size, 0, 0);
#endif
}

/* Tells Valgrind that it ends. */
SWISS_ALWAYS_INLINE void swiss_watch_end(const void *block) {
    (void)block;
#ifdef SWISS_WATCHED_BY_VALGRIND
    VALGRIND_FREELIKE_BLOCK(block, 0);
#endif
}

SWISS_END_HIDDEN

#endif
