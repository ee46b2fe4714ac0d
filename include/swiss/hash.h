/* hash.h - the hash functions that swiss offers, and the seeds.
 *
 * All of them avalanche in the upper bits, from 28 up: each depends on the whole key and on the seed. A table takes its group
 * and its h2 from those.
 *
 *     static uint64_t point_hash(const point *p, uint64_t seed) {
 *         return swiss_hash_u64(p->y, swiss_hash_u64(p->x, seed));
 *     }
 *     #define SWISS_HASH point_hash
 *     #define SWISS_HASH_AVALANCHES
 *
 * None is a cipher: whoever knows the seed can choose keys that collide.
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

/* The hash of `size` bytes by XXH3 of xxHash: what swiss_hash_bytes does with more than 16. O(size). */
SWISS_API SWISS_PURE uint64_t swiss_hash_long(const void *data, size_t size, uint64_t seed);

/* A seed for a table. Never 0; no two alike from one thread; unpredictable, as far as the system has randomness. Thread-safe.
 * After fork() parent and child draw the same ones. */
SWISS_API uint64_t swiss_seed(void);

/* The 128-bit product of `a` and `b`, its two halves xor-ed: each bit of the result depends on every bit of
 * `a` and `b`. The "mum" of V. Makarov's mum-hash (2016), as in wyhash. */
SWISS_ALWAYS_INLINE uint64_t swiss_mul_fold(uint64_t a, uint64_t b) {
#if defined(__SIZEOF_INT128__)
    __extension__ typedef unsigned __int128 swiss_u128;
    swiss_u128 product = (swiss_u128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
#elif defined(_MSC_VER) && defined(_M_X64)
    uint64_t high;
    uint64_t low = _umul128(a, b, &high);
    return low ^ high;
#else
    uint64_t a0 = a & 0xFFFFFFFFu, a1 = a >> 32, b0 = b & 0xFFFFFFFFu, b1 = b >> 32;
    uint64_t p00 = a0 * b0, p01 = a0 * b1, p10 = a1 * b0, p11 = a1 * b1;
    uint64_t middle = (p00 >> 32) + (p01 & 0xFFFFFFFFu) + (p10 & 0xFFFFFFFFu);
    return (a * b) ^ (p11 + (p01 >> 32) + (p10 >> 32) + (middle >> 32));
#endif
}

/* A multiply-fold and a multiplication. One multiplication alone maps evenly spaced keys to evenly spaced hashes, which for
 * some spacings crowd into few groups: up to 7.8 times the groups per search that random keys need were seen. After the
 * second no spacing was found that does worse than random keys. (Tried in its place: a shift and an xor, a rotation or a
 * byte swap between two simple multiplications, and one product of two sums with the key: all left spacings that need 1.2 to
 * 9 times as many.) The multiplier is the fraction of the square root of 3. */
SWISS_ALWAYS_INLINE uint64_t swiss_hash_words(uint64_t a, uint64_t b) {
    return swiss_mul_fold(a, b) * UINT64_C(0xBB67AE8584CAA73B);
}

/* 2^64 divided by the golden ratio. */
#define SWISS_GOLDEN UINT64_C(0x9E3779B97F4A7C15)

/* The hash of an integer or a pointer: good in its upper bits, from 28 up, which are those that a table looks at. */
SWISS_ALWAYS_INLINE uint64_t swiss_hash_u64(uint64_t key, uint64_t seed) {
    return swiss_hash_words(key ^ seed, SWISS_GOLDEN);
}

/* Four bytes in the order of the machine. */
SWISS_ALWAYS_INLINE uint64_t swiss_word_at(const char *bytes) {
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* The hash of `size` bytes. Up to 16 are hashed in place, in two words that overlap if there are fewer, by a multiply-fold:
 * among keys of 3 to 16 bytes that takes two thirds of the time of calling XXH3. (The reading of the words is W. Yi's, of
 * wyhash.) It depends on the order of bytes in the machine. O(size). */
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
    return swiss_hash_words(first ^ seed, last ^ SWISS_GOLDEN ^ size);
}

/* A hash that avalanches, made of one that need not. The seed is turned, for `hash` may have been xor-ed with it. */
SWISS_ALWAYS_INLINE uint64_t swiss_hash_mix(uint64_t hash, uint64_t seed) {
    return swiss_hash_u64(hash, seed << 32 | seed >> 32);
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
