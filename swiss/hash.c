/* hash.c - the hash of long keys, SipHash, and seeds. */
#include "swiss/hash.h"

/* Long keys ----------------------------------------------------------------------------------------------------- */

/* Returns eight bytes in the order of the machine. */
static uint64_t word_at(const char *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Mixes 16 bytes into `state`. */
static uint64_t absorb(uint64_t state, const char *bytes, uint64_t factor) {
    return swiss_mul_mix(word_at(bytes) ^ state, word_at(bytes + 8) ^ factor);
}

/* One state takes up 16 bytes after the other, the last 16 at the end, where they may overlap those before. Each step
 * is a product of two words, one xor-ed with the state, the other with a secret made of the seed. More than 64 bytes
 * begin with four states side by side, for a product waits for the one before it. (The lanes are as in W. Yi's wyhash.
 * doc/experiments.md: "Long keys".) */
uint64_t swiss_hash_long_(const void *data, size_t size, uint64_t seed) {
    if (size <= 16)
        return swiss_hash_bytes(data, size, seed);
    const char *at = data, *const last = at + (size - 16);
    const uint64_t factor = swiss_factor_(seed);
    uint64_t state = seed;
    if (size > 64) {
        /* Multiples of the seed, so that nobody knows by what two of them differ. */
        uint64_t lane1 = seed * UINT64_C(0xA0761D6478BD642F), lane2 = seed * UINT64_C(0xE7037ED1A0B428DB),
                 lane3 = seed * UINT64_C(0x8EBC6AF09C88C6E3);
        do {
            state = absorb(state, at, factor);
            lane1 = absorb(lane1, at + 16, factor);
            lane2 = absorb(lane2, at + 32, factor);
            lane3 = absorb(lane3, at + 48, factor);
            at += 64;
        } while (last - at > 48);
        state = swiss_mul_mix(state ^ factor, lane1) ^ swiss_mul_mix(lane2 ^ seed, lane3);
    }
    for (; at < last; at += 16)
        state = absorb(state, at, factor);
    return (absorb(state, last, factor) + size) * factor;
}

/* SipHash ------------------------------------------------------------------------------------------------------- */

static uint64_t rotate(uint64_t word, unsigned bits) {
    return word << bits | word >> (64 - bits);
}

static void sip_round(uint64_t v[4]) {
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32) + v[3];
    v[2] += v[1];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

/* Returns up to eight bytes, the first of them the lowest on every machine. */
static uint64_t little_endian_at(const char *bytes, size_t size) {
    uint64_t word = 0;
    for (size_t i = 0; i < size; ++i)
        word |= (uint64_t)(unsigned char)bytes[i] << 8 * i;
    return word;
}

uint64_t swiss_siphash(const void *data, size_t size, uint64_t key0, uint64_t key1) {
    uint64_t v[4] = {key0 ^ UINT64_C(0x736F6D6570736575), key1 ^ UINT64_C(0x646F72616E646F6D),
                     key0 ^ UINT64_C(0x6C7967656E657261), key1 ^ UINT64_C(0x7465646279746573)};
    const char *at = data;
    for (size_t left = size;; left -= 8, at += 8) {
        const bool ends = left < 8;
        const uint64_t word = ends ? little_endian_at(at, left) | (uint64_t)size << 56 : little_endian_at(at, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
        if (ends)
            break;
    }
    v[2] ^= 0xFF;
    for (int i = 0; i < 3; ++i)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The second half of the key is a product so that it has no simple relation to the first. There are no more keys than
 * seeds. */
uint64_t swiss_hash_keyed(const void *data, size_t size, uint64_t seed) {
    return swiss_siphash(data, size, seed, swiss_factor_(seed));
}

/* Seeds --------------------------------------------------------------------------------------------------------- */

/* The system that seeds come from: one that has randomness, one that has a clock, or none. */
#if defined(__STDC_HOSTED__) && !__STDC_HOSTED__
#    define SWISS_SEEDS_ALONE
#elif defined(__linux__) || defined(__APPLE__) || defined(__FreeBSD__) || defined(__OpenBSD__) ||                      \
    defined(__NetBSD__) || defined(__wasi__)
/* Declared here, because <unistd.h> does so only if a macro asked for it before the first header of the system. */
int getentropy(void *buffer, size_t size);
#    define SWISS_SEEDS_RANDOM
#elif defined(SWISS_NO_HEAP) && !defined(_WIN32) && !defined(__unix__)
#    define SWISS_SEEDS_ALONE
#endif
#if !defined(SWISS_SEEDS_ALONE) && !defined(__wasi__)
#    include <time.h>
#    define SWISS_SEEDS_CLOCK
#endif

/* Each thread has its own numbers, where there may be several and the compiler knows variables of a thread's own. */
#if (defined(SWISS_SEEDS_CLOCK) || defined(_REENTRANT)) && !defined(__TINYC__)
#    define SWISS_SEEDS_LOCAL _Thread_local
#else
#    define SWISS_SEEDS_LOCAL
#endif

/* The seed of every table, unless the environment names another; 0: each has its own. */
#ifndef SWISS_SEED
#    define SWISS_SEED 0
#endif

#if defined(SWISS_SEEDS_ALONE) || defined(__TINYC__)

static uint64_t fixed_seed(void) {
    return SWISS_SEED;
}

#else

#    include <stdatomic.h>
#    include <stdlib.h>
#    if defined(__linux__)
#        include <sys/auxv.h>
#    elif defined(SWISS_SEEDS_RANDOM) && !defined(__wasi__)
/* Declared here as getentropy is. */
int issetugid(void);
#    endif

/* True if the program has more rights than the user who started it, and who may have chosen its environment. */
static bool is_privileged(void) {
#    if defined(__linux__)
    return getauxval(AT_SECURE) != 0;
#    elif defined(SWISS_SEEDS_RANDOM) && !defined(__wasi__)
    return issetugid() != 0;
#    else
    return false;
#    endif
}

/* Returns the number that the environment gives as SWISS_SEED, or that of the build. Functions of stdlib would look at
 * the locale, and take signs and spaces. */
static uint64_t read_seed(void) {
    const char *at = is_privileged() ? NULL : getenv("SWISS_SEED");
    if (at == NULL || *at == 0)
        return SWISS_SEED;
    uint64_t seed = 0;
    for (; *at; ++at) {
        const uint64_t digit = (uint64_t)(unsigned char)*at - '0';
        if (digit > 9 || seed > (UINT64_MAX - digit) / 10)
            return SWISS_SEED;
        seed = seed * 10 + digit;
    }
    return seed;
}

/* Returns what read_seed has returned first. Threads that come at the same time may each read it. */
static uint64_t fixed_seed(void) {
    static atomic_int progress; /* 1: a thread stores what it has read; 2: it is there */
    static uint64_t read;
    if (atomic_load_explicit(&progress, memory_order_acquire) == 2)
        return read;
    const uint64_t seed = read_seed();
    int nobody = 0;
    if (atomic_compare_exchange_strong(&progress, &nobody, 1)) {
        read = seed;
        atomic_store_explicit(&progress, 2, memory_order_release);
    }
    return seed;
}

#endif

static SWISS_SEEDS_LOCAL struct {
    uint64_t state; /* 0: this thread has drawn no seed yet */
    uint64_t mask;
    uint64_t fixed; /* what every table gets instead; 0: nothing */
} seeds;

/* Draws the numbers that a thread's seeds are made of: the system's randomness, or, where there is none, the clock and
 * the address of a variable of this thread, which differ between threads and, where addresses are randomised, between
 * processes. */
static void start_seeds(void) {
    uint64_t start[2] = {0, 0};
    seeds.fixed = fixed_seed();
    if (seeds.fixed) { /* then the hashes of NaNs come again in each run, too */
        seeds.state = seeds.fixed;
        return;
    }
#ifdef SWISS_SEEDS_RANDOM
    if (getentropy(start, sizeof start) != 0)
        start[0] = 0;
#endif
    if (start[0] == 0) {
        start[0] = (uint64_t)(uintptr_t)&seeds;
#ifdef SWISS_SEEDS_CLOCK
        start[0] = swiss_hash_u64((uint64_t)clock(), swiss_hash_u64(start[0], (uint64_t)time(NULL)));
#endif
        start[0] |= 1;
        start[1] = swiss_hash_u64(start[0], (uint64_t)(uintptr_t)&seeds);
    }
    seeds.state = start[0];
    seeds.mask = start[1];
}

static uint64_t draw_number(void) {
    uint64_t seed;
    do {
        if (seeds.state == 0)
            start_seeds();
        /* An odd step walks through all 2^64 states, and multiplying by an odd constant and xor-ing a shift or a mask
         * lose none of them: no seed comes twice from one thread. (Step and mix are S. Vigna's SplitMix64.) All but the
         * mask can be undone: with a known one, one seed would tell all others. */
        seeds.state += SWISS_GOLDEN;
        seed = seeds.state;
        seed = (seed ^ (seed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
        seed = (seed ^ (seed >> 27)) * UINT64_C(0x94D049BB133111EB);
        seed ^= seed >> 31 ^ seeds.mask;
    } while (seed == 0);
    return seed;
}

uint64_t swiss_seed(void) {
    if (seeds.state == 0)
        start_seeds();
    return seeds.fixed ? seeds.fixed : draw_number();
}

uint64_t swiss_hash_nan_(void) {
    return draw_number();
}
