/* hash.c - XXH3 over bytes, and seeds. */
#if defined(__linux__) || defined(__APPLE__) || defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__NetBSD__)
#    ifndef _DEFAULT_SOURCE
#        define _DEFAULT_SOURCE 1
#    endif
#    define _DARWIN_C_SOURCE 1
#    include <unistd.h>
#    if defined(__APPLE__)
#        include <sys/random.h>
#    endif
#    define SWISS_HAS_GETENTROPY 1
#endif
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "swiss/hash.h"
#include <time.h>

uint64_t swiss_hash_long(const void *data, size_t size, uint64_t seed) {
    return XXH3_64bits_withSeed(data, size, seed);
}

static _Thread_local uint64_t seed_state; /* 0: this thread has drawn no seed yet */

/* Where a thread's seeds start: the system's randomness, or, where there is none, the clock and the address
 * of a variable of this thread, which differ between threads and, where addresses are randomised, between
 * processes. */
static uint64_t seed_start(void) {
    uint64_t start = 0;
#ifdef SWISS_HAS_GETENTROPY
    if (getentropy(&start, sizeof start) == 0 && start != 0)
        return start;
#endif
    start = swiss_hash_u64((uint64_t)(uintptr_t)&seed_state, (uint64_t)time(NULL));
    start = swiss_hash_u64((uint64_t)clock(), start);
    return start ? start : 1;
}

uint64_t swiss_seed(void) {
    uint64_t seed;
    do {
        if (seed_state == 0)
            seed_state = seed_start();
        /* An odd step walks through all 2^64 states, and multiplying by an odd constant and xor-ing a shift
         * lose none of them: no seed comes twice from one thread. (Step and mix are S. Vigna's SplitMix64.)
         */
        seed_state += UINT64_C(0x9E3779B97F4A7C15);
        seed = seed_state;
        seed = (seed ^ (seed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
        seed = (seed ^ (seed >> 27)) * UINT64_C(0x94D049BB133111EB);
        seed ^= seed >> 31;
    } while (seed == 0);
    return seed;
}
