/* hash.h - the hash functions that swiss offers, and the seeds.
 *
 *     static uint64_t point_hash(const point *p, uint64_t seed) {
 *         return swiss_hash_u64(p->y, swiss_hash_u64(p->x, seed));
 *     }
 *     #define SWISS_HASH point_hash
 *     #define SWISS_HASH_AVALANCHES
 *
 * All of them avalanche in the upper bits, from 28 up: each depends on the whole key and on the seed. A table takes its group
 * and its h2 from those.
 *
 * Both factors of each of their products depend on the seed, and no product forgets a factor: keys chosen by someone who knows this file but not
 * the seed are searched as fast as random keys, as far as is known. (Where one factor is known it can be made 0, or equal in
 * many keys, and they collide under every seed: so fell rapidhash (its issues 10 and 25), V8 with it (CVE-2025-27209), and
 * absl::Hash (abseil's issue 2171).) That is a design, tested by attacks, and no proof: none of them is a cipher. Whoever
 * knows the seed can choose keys that collide, and who can see hashes, the order of an iteration, or measure a table's times
 * again and again may find the seed out.
 */
#ifndef SWISS_HASH_H
#define SWISS_HASH_H

#include "base.h"
#include <string.h>
#if defined(_MSC_VER) && !defined(__clang__)
#    include <intrin.h>
#endif

SWISS_BEGIN_C

/* Bytes with their length, not owned, not NUL-terminated: a key that carries its length. `data` may be NULL
 * if `size` is 0. */
typedef struct swiss_slice {
    const char *data;
    size_t size; /* in bytes */
} swiss_slice;

/* The hash of more than 16 bytes: what swiss_hash_bytes does with so many. O(size). */
SWISS_API SWISS_PURE uint64_t swiss_hash_long(const void *data, size_t size, uint64_t seed);

/* A seed for a table. Never 0; no two alike from one thread; unpredictable, as far as the system has randomness, and by
 * one alone no other can be told. Who knows several of a thread may work out the rest. Thread-safe. After fork() parent and
 * child draw the same ones. */
SWISS_API uint64_t swiss_seed(void);

/* Returns the lower half of the 128-bit product of `a` and `b`, and the upper one in *high. */
SWISS_ALWAYS_INLINE uint64_t swiss_multiply(uint64_t a, uint64_t b, uint64_t *high) {
#if defined(__SIZEOF_INT128__)
    __extension__ typedef unsigned __int128 swiss_u128;
    swiss_u128 product = (swiss_u128)a * b;
    *high = (uint64_t)(product >> 64);
    return (uint64_t)product;
#elif defined(_MSC_VER) && defined(_M_X64)
    return _umul128(a, b, high);
#else
    uint64_t a0 = a & 0xFFFFFFFFu, a1 = a >> 32, b0 = b & 0xFFFFFFFFu, b1 = b >> 32;
    uint64_t p00 = a0 * b0, p01 = a0 * b1, p10 = a1 * b0, p11 = a1 * b1;
    uint64_t middle = (p00 >> 32) + (p01 & 0xFFFFFFFFu) + (p10 & 0xFFFFFFFFu);
    *high = p11 + (p01 >> 32) + (p10 >> 32) + (middle >> 32);
    return a * b;
#endif
}

/* The 128-bit product of `a` and `b`, its two halves xor-ed: each bit of the result depends on every bit of
 * `a` and `b`, unless one of them is 0. The "mum" of V. Makarov's mum-hash (2016), as in wyhash. */
SWISS_ALWAYS_INLINE uint64_t swiss_mul_fold(uint64_t a, uint64_t b) {
    uint64_t high, low = swiss_multiply(a, b, &high);
    return low ^ high;
}

/* `word` with its halves exchanged. */
SWISS_ALWAYS_INLINE uint64_t swiss_turn(uint64_t word) {
    return word << 32 | word >> 32;
}

/* As swiss_mul_fold, but where one factor is 0 the other is left: nothing is forgotten. (W. Yi's wyhash xors the factors to
 * the halves where it is compiled for that. Adding them takes as long, and besides parts those that are each
 * other's complement: xor-ed halves of the products of a random number with x and with ~x are alike once in 2^27 times,
 * xxHash's issue 1127.) The lower half is turned for what swiss_hash_u64 says. */
SWISS_ALWAYS_INLINE uint64_t swiss_mul_mix(uint64_t a, uint64_t b) {
    uint64_t high, low = swiss_multiply(a, b, &high);
    return swiss_turn(low + a) ^ (high + b);
}

/* 2^64 divided by the golden ratio. */
#define SWISS_GOLDEN UINT64_C(0x9E3779B97F4A7C15)

/* An odd multiplier made of the seed. For a table that is a multiplication which does not wait for the key. */
SWISS_ALWAYS_INLINE uint64_t swiss_factor_(uint64_t seed) {
    return (2 * seed + 1) * SWISS_GOLDEN;
}

/* The hash of an integer or a pointer: good in its upper bits, from 28 up, which are those that a table looks at.
 *
 * The key, xor-ed with the seed, is multiplied by an odd number made of the seed, never by 0. By a random odd multiplier any
 * two keys get the same upper b bits of a product with a probability of at most 2 / 2^b (M. Dietzfelbinger, T. Hagerup, J.
 * Katajainen and M. Penttonen, 1997), so that no keys are bad for more than a few multipliers.
 *
 * One multiplication alone maps evenly spaced keys to evenly spaced hashes, which crowd into few groups in one table of 50: up to
 * 5 times the groups per search that random keys need were seen. So the halves of the product are xor-ed and multiplied
 * again. Keys that differ in their uppermost bits only differ in the uppermost bits of the lower half; turned, in its middle, from
 * where the second product spreads them. Of 60,000 tables of evenly spaced keys, each with a spacing and a seed of its own,
 * one then needed more than 1.1 times the groups that random keys do (1.104); where the half is not turned it was one in
 * 400, and 2.7 times. */
SWISS_ALWAYS_INLINE uint64_t swiss_hash_u64(uint64_t key, uint64_t seed) {
    const uint64_t factor = swiss_factor_(seed);
    uint64_t high, low = swiss_multiply(key ^ seed, factor, &high);
    return (swiss_turn(low) ^ high) * factor;
}

/* Four bytes in the order of the machine. */
SWISS_ALWAYS_INLINE uint64_t swiss_word_at(const char *bytes) {
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* The hash of `size` bytes. Up to 16 are hashed in place, in two words that overlap if there are fewer: among keys
 * of 3 to 16 bytes that takes two thirds of the time of a call. (The reading of the words is W. Yi's, of wyhash.) Each word is
 * xor-ed with something made of the seed. The size comes in after them: xor-ed to a word it could be made up for
 * by the bytes, as in "bccccccc" and "bcccccccc". It depends on the order of bytes in the machine. O(size). */
SWISS_ALWAYS_INLINE uint64_t swiss_hash_bytes(const void *data, size_t size, uint64_t seed) {
    if (size > 16)
        return swiss_hash_long(data, size, seed);
    const char *bytes = (const char *)data;
    uint64_t first = 0, last = 0;
    if (SWISS_LIKELY(size >= 4)) {
        const char *end = bytes + size - 4;
        size_t second = size / 8 * 4;
        first = swiss_word_at(bytes) << 32 | swiss_word_at(bytes + second);
        last = swiss_word_at(end) << 32 | swiss_word_at(end - second);
    } else if (size > 0) {
        first = (uint64_t)(unsigned char)bytes[0] << 16 | (uint64_t)(unsigned char)bytes[size / 2] << 8 |
                (unsigned char)bytes[size - 1];
    }
    const uint64_t factor = swiss_factor_(seed);
    return (swiss_mul_mix(first ^ seed, last ^ factor) + size) * factor;
}

/* A hash that avalanches, made of one that need not. The seed is turned, for `hash` may have been xor-ed with it. */
SWISS_ALWAYS_INLINE uint64_t swiss_hash_mix(uint64_t hash, uint64_t seed) {
    return swiss_hash_u64(hash, swiss_turn(seed));
}

/* The hash of a NUL-terminated string. O(its length). */
SWISS_ALWAYS_INLINE uint64_t swiss_hash_string(const char *string, uint64_t seed) {
    return swiss_hash_bytes(string, strlen(string), seed);
}

/* The hash of a slice. O(its size). */
SWISS_ALWAYS_INLINE uint64_t swiss_hash_slice(swiss_slice slice, uint64_t seed) {
    return swiss_hash_bytes(slice.data, slice.size, seed);
}

/* True if two slices hold the same bytes. O(size). */
SWISS_ALWAYS_INLINE bool swiss_slice_equal(swiss_slice a, swiss_slice b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

SWISS_END_C

/* The defaults by key type.
 *
 * swiss_default_hash(pointer to key, seed) and swiss_default_equal(pointer to key, pointer to key): strings
 * (`char *`, `const char *`) and slices by their bytes, float and double by value (0.0 and -0.0 alike), other
 * scalars by their bits. swiss_has_default(type) is true for these types. */

#ifdef __cplusplus
#    include <type_traits>

template <class T> inline uint64_t swiss_default_hash(const T *key, uint64_t seed) {
    if (sizeof(T) == 8) {
        uint64_t bits = 0;
        memcpy(&bits, key, sizeof *key);
        return swiss_hash_u64(bits, seed);
    }
    uint32_t bits = 0;
    memcpy(&bits, key, sizeof(T) > 4 ? 4 : sizeof(T));
    return swiss_hash_u64(bits, seed);
}
inline uint64_t swiss_default_hash(const double *key, uint64_t seed) {
    const double value = *key == 0 ? 0 : *key;
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return swiss_hash_u64(bits, seed);
}
inline uint64_t swiss_default_hash(const float *key, uint64_t seed) {
    const double value = static_cast<double>(*key);
    return swiss_default_hash(&value, seed);
}
inline uint64_t swiss_default_hash(const char *const *key, uint64_t seed) {
    return swiss_hash_string(*key, seed);
}
inline uint64_t swiss_default_hash(char *const *key, uint64_t seed) {
    return swiss_hash_string(*key, seed);
}
inline uint64_t swiss_default_hash(const swiss_slice *key, uint64_t seed) {
    return swiss_hash_slice(*key, seed);
}

template <class T> inline bool swiss_default_equal(const T *a, const T *b) {
    return *a == *b;
}
inline bool swiss_default_equal(const char *const *a, const char *const *b) {
    return strcmp(*a, *b) == 0;
}
inline bool swiss_default_equal(char *const *a, char *const *b) {
    return strcmp(*a, *b) == 0;
}
inline bool swiss_default_equal(const swiss_slice *a, const swiss_slice *b) {
    return swiss_slice_equal(*a, *b);
}

#    define swiss_has_default(type)                                                                                    \
        ((std::is_scalar<type>::value && sizeof(type) <= 8) || std::is_same<type, swiss_slice>::value)

#else

SWISS_ALWAYS_INLINE uint64_t swiss_hash_scalar_(const void *key, size_t size, uint64_t seed) {
    if (size == 8) {
        uint64_t bits;
        memcpy(&bits, key, 8);
        return swiss_hash_u64(bits, seed);
    }
    uint32_t bits = 0;
    memcpy(&bits, key, size > 4 ? 4 : size);
    return swiss_hash_u64(bits, seed);
}

SWISS_ALWAYS_INLINE uint64_t swiss_hash_double_(const void *key, size_t size, uint64_t seed) {
    double value = size == sizeof(float) ? (double)*(const float *)key : *(const double *)key;
    if (value == 0)
        value = 0; /* -0.0 too */
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return swiss_hash_u64(bits, seed);
}

SWISS_ALWAYS_INLINE uint64_t swiss_hash_string_(const void *key, size_t size, uint64_t seed) {
    (void)size;
    return swiss_hash_string(*(const char *const *)key, seed);
}

SWISS_ALWAYS_INLINE uint64_t swiss_hash_slice_(const void *key, size_t size, uint64_t seed) {
    (void)size;
    return swiss_hash_slice(*(const swiss_slice *)key, seed);
}

SWISS_ALWAYS_INLINE bool swiss_equal_scalar_(const void *a, const void *b, size_t size) {
    return memcmp(a, b, size > 8 ? 8 : size) == 0;
}

SWISS_ALWAYS_INLINE bool swiss_equal_double_(const void *a, const void *b, size_t size) {
    return size == sizeof(float) ? *(const float *)a == *(const float *)b : *(const double *)a == *(const double *)b;
}

SWISS_ALWAYS_INLINE bool swiss_equal_string_(const void *a, const void *b, size_t size) {
    (void)size;
    return strcmp(*(const char *const *)a, *(const char *const *)b) == 0;
}

SWISS_ALWAYS_INLINE bool swiss_equal_slice_(const void *a, const void *b, size_t size) {
    (void)size;
    return swiss_slice_equal(*(const swiss_slice *)a, *(const swiss_slice *)b);
}

#    define SWISS_BY_KEY_TYPE_(key, what)                                                                              \
        _Generic(*(key),                                                                                               \
            char *: swiss_##what##_string_,                                                                            \
            const char *: swiss_##what##_string_,                                                                      \
            swiss_slice: swiss_##what##_slice_,                                                                        \
            float: swiss_##what##_double_,                                                                             \
            double: swiss_##what##_double_,                                                                            \
            default: swiss_##what##_scalar_)
#    define swiss_default_hash(key, seed) SWISS_BY_KEY_TYPE_(key, hash)((key), sizeof *(key), (seed))
#    define swiss_default_equal(a, b) SWISS_BY_KEY_TYPE_(a, equal)((a), (b), sizeof *(a))

/* Classes 12 and 13 of GCC's builtin are struct and union. */
#    if defined(__GNUC__)
#        define SWISS_IS_SCALAR_(type)                                                                                 \
            (__builtin_classify_type(*(type *)0) != 12 && __builtin_classify_type(*(type *)0) != 13)
#    else
#        define SWISS_IS_SCALAR_(type) 1
#    endif
#    define swiss_has_default(type)                                                                                    \
        _Generic(*(type *)0, swiss_slice : 1, default : SWISS_IS_SCALAR_(type) && sizeof(type) <= 8)

#endif

#endif
