/* hash.h - hash functions, and the seeds of tables.
 *
 *     static uint64_t file_hash(const file *f, uint64_t seed) {
 *         uint64_t hash = swiss_hash_string(f->name, seed);
 *         hash = swiss_hash_combine(hash, f->device);                                // an integer as it is
 *         return swiss_hash_combine(hash, swiss_hash_string(f->owner, seed));        // all else by its hash
 *     }
 *     #define SWISS_HASH file_hash
 *     #define SWISS_HASH_AVALANCHES
 *
 * Every hash here avalanches in its bits from 28 up: each of them depends on the whole key and on the seed. A table
 * takes the home group and h2 from those.
 *
 * There are two kinds:
 * - swiss_hash_u64, _bytes, _string and _slice are the default, and fast. Keys chosen by someone who knows this file
 *   but not the seed are searched as fast as random keys, as far as is known: both factors of each product depend on
 *   the seed, and no product forgets a factor. That is a design tested by attacks (tests/unit/hash_flood.c) and no
 *   proof. Whoever knows the seed can choose keys that collide, and whoever sees hashes or the order of an iteration,
 *   or measures a table's times, may find the seed out.
 * - swiss_hash_keyed is for keys from strangers who gain by slowing the program down. It is SipHash-1-3, a pseudorandom
 *   function (J.-P. Aumasson and D. J. Bernstein, 2012) that no published attack tells from random. It takes two to
 *   three times as long. SWISS_HASH_KEYED makes it the default hash of a map (map.h).
 */
#ifndef SWISS_HASH_H
#define SWISS_HASH_H

#include "base.h"
#include <string.h>
#if defined(_MSC_VER) && !defined(__clang__)
#    include <intrin.h>
#endif

SWISS_BEGIN_C

/* Bytes with their length, not owned, not NUL-terminated: a key that carries its length. `data` may be NULL if `size`
 * is 0. */
typedef struct swiss_slice {
    const char *data;
    size_t size; /* in bytes */
} swiss_slice;

/* Returns the hash of more than 16 bytes, for swiss_hash_bytes. O(size). */
SWISS_API SWISS_PURE uint64_t swiss_hash_long_(const void *data, size_t size, uint64_t seed);

/* Returns the SipHash-1-3 of `size` bytes under the 128-bit key `key0`, `key1`: the same on every machine. O(size). */
SWISS_API SWISS_PURE uint64_t swiss_siphash(const void *data, size_t size, uint64_t key0, uint64_t key1);

/* Returns the hash of `size` bytes for keys from strangers: their SipHash-1-3 under a key made of the seed. As the hash
 * of a key it avalanches. O(size). */
SWISS_API SWISS_PURE uint64_t swiss_hash_keyed(const void *data, size_t size, uint64_t seed);

/* Returns a seed for a table: never 0, and no two alike from one thread. It is unpredictable, as far as the system has
 * randomness, and one seed tells no other; whoever knows several of a thread may work out the rest. Thread-safe. After
 * fork() parent and child draw the same seeds. O(1).
 *
 * Windows gives it a clock and an address instead of randomness. Without a system (gcc -ffreestanding, newlib) seeds
 * are the same in each run: give a table one of your own (swiss_options), if the machine has a source of random
 * numbers. There, and if tcc compiles swiss, two threads that draw one at once may get the same.
 *
 * For an order of iteration that comes again in each run, SWISS_SEED=NUMBER in the environment makes every seed that
 * number; likewise -DSWISS_SEED=NUMBER when hash.c is compiled (in CMake an option), which the environment overrules.
 * 0 stands for fresh seeds. What is not a number in decimal digits, below 2^64, counts as not said, and so does all
 * that the environment says in a program with the rights of another user (setuid). It is read once. Tables that are
 * given a seed (swiss_options) keep it. With a known seed keys can be chosen that collide: not for keys from
 * strangers. */
SWISS_API uint64_t swiss_seed(void);

/* Returns a hash for a key that equals none: another at each call, so that many such keys do not crowd. It is declared
 * pure because the call may as well be left out, and because searches read the members of a table anew after a call
 * that may change something. */
SWISS_API SWISS_PURE uint64_t swiss_hash_nan_(void);

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

/* Returns the 128-bit product of `a` and `b`, its two halves xor-ed. Each bit of the result depends on every bit of `a`
 * and `b`, unless one of them is 0. (The "mum" of V. Makarov's mum-hash, 2016, as in wyhash.) */
SWISS_ALWAYS_INLINE uint64_t swiss_mul_fold(uint64_t a, uint64_t b) {
    uint64_t high, low = swiss_multiply(a, b, &high);
    return low ^ high;
}

/* Returns `word` with its halves exchanged. */
SWISS_ALWAYS_INLINE uint64_t swiss_turn(uint64_t word) {
    return word << 32 | word >> 32;
}

/* As swiss_mul_fold, but the factors are added to the halves: if one factor is 0 the other is left, and nothing is
 * forgotten. W. Yi's wyhash xors them instead (doc/experiments.md: "Adding or xor-ing the factors"). The lower half is
 * turned for the reason that swiss_hash_u64 gives. */
SWISS_ALWAYS_INLINE uint64_t swiss_mul_mix(uint64_t a, uint64_t b) {
    uint64_t high, low = swiss_multiply(a, b, &high);
    return swiss_turn(low + a) ^ (high + b);
}

/* 2^64 divided by the golden ratio. */
#define SWISS_GOLDEN UINT64_C(0x9E3779B97F4A7C15)

/* Returns an odd multiplier made of the seed. In a table that is a multiplication which does not wait for the key. */
SWISS_ALWAYS_INLINE uint64_t swiss_factor_(uint64_t seed) {
    return (2 * seed + 1) * SWISS_GOLDEN;
}

/* Returns the hash of an integer or a pointer: good in its bits from 28 up, which are those that a table looks at.
 * O(1).
 *
 * First product: the key, xor-ed with the seed, times an odd number made of the seed, which is never 0. By a random odd
 * multiplier any two keys get the same upper b bits of a product with a probability of at most 2 / 2^b (M.
 * Dietzfelbinger, T. Hagerup, J. Katajainen and M. Penttonen, 1997), so that no keys are bad for more than a few
 * multipliers.
 *
 * The odd number: SWISS_GOLDEN is odd, and 2 * seed even. Their sum is one instruction where swiss_factor_ is a
 * multiplication, which loops that store repeat for every key, as they read the seed of the table anew. Both make every
 * odd number of two of the 2^64 seeds (doc/experiments.md: "The factor of an integer").
 *
 * Second product: one alone maps evenly spaced keys to evenly spaced hashes, which crowd into few groups in one table
 * of 50. So the halves of the product are xor-ed and multiplied again. Keys that differ only in their uppermost bits
 * have lower halves that do so too. Turned, these differ in the middle, and the second product spreads that
 * (doc/experiments.md: "Evenly spaced keys"). */
SWISS_ALWAYS_INLINE uint64_t swiss_hash_u64(uint64_t key, uint64_t seed) {
    const uint64_t factor = SWISS_GOLDEN + 2 * seed;
    uint64_t high, low = swiss_multiply(key ^ seed, factor, &high);
    return (swiss_turn(low) ^ high) * factor;
}

/* Returns four bytes in the order of the machine. */
SWISS_ALWAYS_INLINE uint64_t swiss_word_at_(const char *bytes) {
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Returns the hash of `size` bytes, which depends on the order of bytes in the machine. O(size).
 *
 * Up to 16 bytes are hashed in place, in two words, which overlap if there are fewer: with keys of 3 to 16 bytes that
 * takes two thirds of the time of a call. (The words are read as in W. Yi's wyhash.) Each word is xor-ed with something
 * made of the seed. The size is added after the product: if it were xor-ed to a word, the bytes could make up for it,
 * as in "bccccccc" and "bcccccccc". */
SWISS_ALWAYS_INLINE uint64_t swiss_hash_bytes(const void *data, size_t size, uint64_t seed) {
    if (size > 16)
        return swiss_hash_long_(data, size, seed);
    const char *bytes = (const char *)data;
    uint64_t first = 0, last = 0;
    if (SWISS_LIKELY(size >= 4)) {
        const char *end = bytes + size - 4;
        size_t second = size / 8 * 4;
        first = swiss_word_at_(bytes) << 32 | swiss_word_at_(bytes + second);
        last = swiss_word_at_(end) << 32 | swiss_word_at_(end - second);
    } else if (size > 0) {
        first = (uint64_t)(unsigned char)bytes[0] << 16 | (uint64_t)(unsigned char)bytes[size / 2] << 8 |
                (unsigned char)bytes[size - 1];
    }
    const uint64_t factor = swiss_factor_(seed);
    return (swiss_mul_mix(first ^ seed, last ^ factor) + size) * factor;
}

/* Returns a hash that avalanches, made of one that need not. The seed is turned, because `hash` may have been xor-ed
 * with it. O(1). */
SWISS_ALWAYS_INLINE uint64_t swiss_hash_mix(uint64_t hash, uint64_t seed) {
    return swiss_hash_u64(hash, swiss_turn(seed));
}

/* Returns the hash of a key of several members: `hash` is that of the members before, or the seed, and `next` the next
 * member, if that is an integer, or else its hash by the same seed. The order of the members counts. It avalanches as
 * the others do. O(1).
 *
 * The products are those of swiss_hash_u64, with `hash` for the seed and the factor: nobody knows it who does not know
 * the seed. The second factor is a constant, because the halves that it spreads are a secret already. `hash` is turned
 * so that two equal members do not cancel out. */
SWISS_ALWAYS_INLINE uint64_t swiss_hash_combine(uint64_t hash, uint64_t next) {
    uint64_t high, low = swiss_multiply(next ^ swiss_turn(hash), hash | 1, &high);
    return (swiss_turn(low) ^ high) * SWISS_GOLDEN;
}

/* Returns the slice of a NUL-terminated string: its bytes without the NUL. O(its length). */
SWISS_ALWAYS_INLINE swiss_slice swiss_slice_of(const char *string) {
    const swiss_slice slice = {string, strlen(string)};
    return slice;
}

/* Returns the hash of a NUL-terminated string. O(its length). */
SWISS_ALWAYS_INLINE uint64_t swiss_hash_string(const char *string, uint64_t seed) {
    return swiss_hash_bytes(string, strlen(string), seed);
}

/* Returns the hash of a slice. O(its size). */
SWISS_ALWAYS_INLINE uint64_t swiss_hash_slice(swiss_slice slice, uint64_t seed) {
    return swiss_hash_bytes(slice.data, slice.size, seed);
}

/* True if two slices hold the same bytes. O(size). */
SWISS_ALWAYS_INLINE bool swiss_slice_equal(swiss_slice a, swiss_slice b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* The defaults by key type ----------------------------------------------------------------------------------------- */

/* The hash and the comparison that a map has if it is given none:
 *
 *     swiss_default_hash(pointer to key, seed)
 *     swiss_default_hash_keyed(pointer to key, seed)            by swiss_hash_keyed
 *     swiss_default_equal(pointer to key, pointer to key)
 *     swiss_has_default(type)                                   true for the types below
 *     swiss_hashed_alike(type, type)                            true if values of the two types that are equal, in
 *                                                               C's sense or as strings, have the same hash
 *
 * - Strings (`char *`, `const char *`) and slices: by their bytes.
 * - Integers, enumerations and bool: by value, whatever their size.
 * - float, double, and a long double that is as double: by value. 0.0 and -0.0 are alike, and a NaN equals none.
 *   Compiler options that loosen the rules of floating point change nothing in this.
 * - Other pointers: by address. A pointer to other characters (unsigned char, wchar_t, char16_t ...) has no default,
 *   because it could mean a string or an address. In C these are the pointers to the integers that those types are. */

enum { /* the kinds of key types: those of equal upper digit are hashed alike */
       SWISS_KIND_NONE_ = 0,
       SWISS_KIND_CHARACTERS_ = 1,
       SWISS_KIND_SIGNED_ = 0x10,
       SWISS_KIND_UNSIGNED_ = 0x11, /* pointers too */
       SWISS_KIND_FLOAT_ = 0x20,
       SWISS_KIND_DOUBLE_ = 0x21,
       SWISS_KIND_STRING_ = 0x30,
       SWISS_KIND_SLICE_ = 0x31
};

/* In what follows `keyed`, a constant: by swiss_hash_keyed. */
SWISS_ALWAYS_INLINE uint64_t swiss_hash_number_(uint64_t bits, uint64_t seed, bool keyed) {
    return keyed ? swiss_hash_keyed(&bits, sizeof bits, seed) : swiss_hash_u64(bits, seed);
}

SWISS_ALWAYS_INLINE uint64_t swiss_hash_text_(const char *data, size_t size, uint64_t seed, bool keyed) {
    return keyed ? swiss_hash_keyed(data, size, seed) : swiss_hash_bytes(data, size, seed);
}

/* The value of an integer of `size` bytes, extended to 64 bits by its sign. */
SWISS_ALWAYS_INLINE uint64_t swiss_signed_(const void *key, size_t size) {
    int8_t of_1;
    int16_t of_2;
    int32_t of_4;
    uint64_t of_8;
    switch (size) {
    case 1:
        memcpy(&of_1, key, 1);
        return (uint64_t)of_1;
    case 2:
        memcpy(&of_2, key, 2);
        return (uint64_t)of_2;
    case 4:
        memcpy(&of_4, key, 4);
        return (uint64_t)of_4;
    default:
        memcpy(&of_8, key, 8);
        return of_8;
    }
}

/* The value of an unsigned integer or a pointer of `size` bytes. */
SWISS_ALWAYS_INLINE uint64_t swiss_unsigned_(const void *key, size_t size) {
    return swiss_signed_(key, size) & UINT64_MAX >> (64 - 8 * size);
}

/* Floating point is looked at as bits: where compilers take it that there is no NaN or that zeros have no sign, or
 * where the machine takes tiny numbers for 0, its comparisons say otherwise from case to case. */
SWISS_ALWAYS_INLINE uint64_t swiss_double_bits_(const void *key) {
    uint64_t bits;
    memcpy(&bits, key, sizeof bits);
    return bits;
}

SWISS_ALWAYS_INLINE bool swiss_is_nan_(uint64_t bits) {
    return bits << 1 > UINT64_C(0x7FF) << 53;
}

/* The bits of the double that equals a float. */
SWISS_ALWAYS_INLINE uint64_t swiss_float_bits_(const void *key) {
    uint32_t bits;
    memcpy(&bits, key, sizeof bits);
    const uint64_t sign = (uint64_t)(bits >> 31) << 63;
    double wide;
    if (bits << 1 >> 24 == 0) { /* below the least normal number: as a multiple of 2^-149 */
        wide = (double)(bits & 0x7FFFFF) * 1.4012984643248171e-45;
    } else {
        float value;
        memcpy(&value, key, sizeof value);
        wide = (double)value;
    }
    return swiss_double_bits_(&wide) | sign;
}

SWISS_ALWAYS_INLINE uint64_t swiss_hash_double_bits_(uint64_t bits, uint64_t seed, bool keyed, bool apart) {
    if (SWISS_UNLIKELY((bits << 1) - 1 >= UINT64_C(0x7FF) << 53)) { /* 0.0, -0.0 or a NaN */
        if (bits << 1 == 0)
            bits = 0;
        else if (apart)
            return swiss_hash_nan_();
    }
    return swiss_hash_number_(bits, seed, keyed);
}

SWISS_ALWAYS_INLINE bool swiss_equal_double_bits_(uint64_t a, uint64_t b) {
    return SWISS_LIKELY(a == b) ? !swiss_is_nan_(a) : (a | b) << 1 == 0;
}

SWISS_ALWAYS_INLINE bool swiss_equal_float_(const void *a, const void *b) {
    uint32_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return SWISS_LIKELY(x == y) ? x << 1 <= UINT32_C(0xFF) << 24 : (x | y) << 1 == 0;
}

SWISS_ALWAYS_INLINE uint64_t swiss_hash_slice_at_(const void *key, uint64_t seed, bool keyed) {
    const swiss_slice *slice = (const swiss_slice *)key;
    return swiss_hash_text_(slice->data, slice->size, seed, keyed);
}

SWISS_ALWAYS_INLINE uint64_t swiss_hash_string_at_(const void *key, uint64_t seed, bool keyed) {
    const char *string = *(const char *const *)key;
    return swiss_hash_text_(string, strlen(string), seed, keyed);
}

/* The default hash of a key of this kind, a constant, and size. `apart`, a constant: a NaN gets another at each call.
 * No search finds it, so that nothing else matters than that many of them do not crowd, as in Go's maps. This and the
 * next are macros so that in a map the compiler looks at one kind only: with the functions below, which have all kinds
 * inside, a file with one map took 1.06 times as long to compile. */
#define SWISS_HASH_OF_KIND_(kind, key, size, seed, keyed, apart)                                                       \
    ((int)(kind) == SWISS_KIND_STRING_   ? swiss_hash_string_at_(key, seed, keyed)                                     \
     : (int)(kind) == SWISS_KIND_SLICE_  ? swiss_hash_slice_at_(key, seed, keyed)                                      \
     : (int)(kind) == SWISS_KIND_FLOAT_  ? swiss_hash_double_bits_(swiss_float_bits_(key), seed, keyed, apart)         \
     : (int)(kind) == SWISS_KIND_DOUBLE_ ? swiss_hash_double_bits_(swiss_double_bits_(key), seed, keyed, apart)        \
     : (int)(kind) == SWISS_KIND_SIGNED_ ? swiss_hash_number_(swiss_signed_(key, size), seed, keyed)                   \
                                         : swiss_hash_number_(swiss_unsigned_(key, size), seed, keyed))

SWISS_ALWAYS_INLINE bool swiss_equal_string_(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b) == 0;
}

SWISS_ALWAYS_INLINE bool swiss_equal_slice_(const void *a, const void *b) {
    return swiss_slice_equal(*(const swiss_slice *)a, *(const swiss_slice *)b);
}

#define SWISS_EQUAL_OF_KIND_(kind, a, b, size)                                                                         \
    ((int)(kind) == SWISS_KIND_STRING_   ? swiss_equal_string_(a, b)                                                   \
     : (int)(kind) == SWISS_KIND_SLICE_  ? swiss_equal_slice_(a, b)                                                    \
     : (int)(kind) == SWISS_KIND_FLOAT_  ? swiss_equal_float_(a, b)                                                    \
     : (int)(kind) == SWISS_KIND_DOUBLE_ ? swiss_equal_double_bits_(swiss_double_bits_(a), swiss_double_bits_(b))      \
                                         : swiss_signed_(a, size) == swiss_signed_(b, size))

/* The same as functions: so swiss_default_hash, in a hook that is a macro, expands to one call and not to all that is
 * above. */
SWISS_ALWAYS_INLINE uint64_t swiss_default_hash_(int kind, const void *key, size_t size, uint64_t seed, bool keyed) {
    return SWISS_HASH_OF_KIND_(kind, key, size, seed, keyed, false);
}

SWISS_ALWAYS_INLINE bool swiss_default_equal_(int kind, const void *a, const void *b, size_t size) {
    return SWISS_EQUAL_OF_KIND_(kind, a, b, size);
}

SWISS_END_C

/* SWISS_KIND_(value): the kind of its type. */
#ifdef __cplusplus
#    include <type_traits>

template <class T> struct swiss_kind_of_ {
    typedef typename std::remove_cv<typename std::remove_reference<T>::type>::type type;
    typedef typename std::remove_cv<typename std::remove_pointer<type>::type>::type target;
    template <class U, bool = std::is_enum<U>::value> struct integer { typedef U type; };
    template <class U> struct integer<U, true> { typedef typename std::underlying_type<U>::type type; };
    template <class U> static constexpr bool is() {
        return std::is_same<type, U>::value;
    }
    template <class U> static constexpr bool points_to() {
        return std::is_pointer<type>::value && std::is_same<target, U>::value;
    }
    static constexpr bool is_characters = points_to<unsigned char>() || points_to<signed char>() ||
                                          points_to<wchar_t>() || points_to<char16_t>() || points_to<char32_t>();
    static constexpr bool is_other = !std::is_scalar<type>::value || std::is_floating_point<type>::value;
    static constexpr bool is_signed = std::is_signed<typename integer<type>::type>::value;
    static constexpr int value = is<char *>() || is<const char *>()  ? SWISS_KIND_STRING_
                                 : is<swiss_slice>()                 ? SWISS_KIND_SLICE_
                                 : is<float>()                       ? SWISS_KIND_FLOAT_
                                 : is<double>() || is<long double>() ? SWISS_KIND_DOUBLE_
                                 : is_characters                     ? SWISS_KIND_CHARACTERS_
                                 : is_other                          ? SWISS_KIND_NONE_
                                 : is_signed                         ? SWISS_KIND_SIGNED_
                                                                     : SWISS_KIND_UNSIGNED_;
};
#    define SWISS_KIND_(expression) swiss_kind_of_<decltype(expression)>::value
#    define SWISS_KIND_OF_(type) swiss_kind_of_<type>::value

/* For template/hooks.h, which may be in a namespace. */
struct swiss_void_pointer_ {
    operator void *() const;
};

#else

#    define SWISS_KIND_CHAR_ ((char)-1 < 0 ? SWISS_KIND_SIGNED_ : SWISS_KIND_UNSIGNED_)
/* A type that is not named below is a pointer, or has no default. Class 5 of GCC's builtin is pointers. A float would
 * become a double for it, of which compilers may warn. */
#    if defined(__GNUC__)
#        define SWISS_KIND_OTHER_(value)                                                                               \
            (__builtin_classify_type(SWISS_NO_FLOAT_(value)) == 5 ? SWISS_KIND_UNSIGNED_ : SWISS_KIND_NONE_)
#        define SWISS_NO_FLOAT_(value) _Generic((value), float : 0, default : (value))
#    else
#        define SWISS_KIND_OTHER_(value) SWISS_KIND_UNSIGNED_
#    endif
#    define SWISS_KIND_(value)                                                                                         \
        _Generic((value),                                                                                              \
            char *: SWISS_KIND_STRING_,                                                                                \
            const char *: SWISS_KIND_STRING_,                                                                          \
            swiss_slice: SWISS_KIND_SLICE_,                                                                            \
            float: SWISS_KIND_FLOAT_,                                                                                  \
            double: SWISS_KIND_DOUBLE_,                                                                                \
            long double: SWISS_KIND_DOUBLE_,                                                                           \
            char: SWISS_KIND_CHAR_,                                                                                    \
            signed char: SWISS_KIND_SIGNED_,                                                                           \
            short: SWISS_KIND_SIGNED_,                                                                                 \
            int: SWISS_KIND_SIGNED_,                                                                                   \
            long: SWISS_KIND_SIGNED_,                                                                                  \
            long long: SWISS_KIND_SIGNED_,                                                                             \
            _Bool: SWISS_KIND_UNSIGNED_,                                                                               \
            unsigned char: SWISS_KIND_UNSIGNED_,                                                                       \
            unsigned short: SWISS_KIND_UNSIGNED_,                                                                      \
            unsigned int: SWISS_KIND_UNSIGNED_,                                                                        \
            unsigned long: SWISS_KIND_UNSIGNED_,                                                                       \
            unsigned long long: SWISS_KIND_UNSIGNED_,                                                                  \
            default: SWISS_KIND_POINTER_(value))
/* Two of these types may be one, which may not be named twice. */
#    define SWISS_KIND_POINTER_(value)                                                                                 \
        _Generic((value),                                                                                              \
            unsigned char *: SWISS_KIND_CHARACTERS_,                                                                   \
            const unsigned char *: SWISS_KIND_CHARACTERS_,                                                             \
            signed char *: SWISS_KIND_CHARACTERS_,                                                                     \
            const signed char *: SWISS_KIND_CHARACTERS_,                                                               \
            uint_least16_t *: SWISS_KIND_CHARACTERS_,                                                                  \
            const uint_least16_t *: SWISS_KIND_CHARACTERS_,                                                            \
            uint_least32_t *: SWISS_KIND_CHARACTERS_,                                                                  \
            const uint_least32_t *: SWISS_KIND_CHARACTERS_,                                                            \
            default: _Generic((value),                                                                                 \
                wchar_t *: SWISS_KIND_CHARACTERS_,                                                                     \
                const wchar_t *: SWISS_KIND_CHARACTERS_,                                                               \
                default: SWISS_KIND_OTHER_(value)))
#    define SWISS_KIND_OF_(type) SWISS_KIND_(*(type *)0)

#endif

/* Returns the default hash of the key that `key` points to. */
#define swiss_default_hash(key, seed) swiss_default_hash_(SWISS_KIND_(*(key)), (key), sizeof *(key), (seed), false)
/* Returns its hash for keys from strangers, by swiss_hash_keyed. */
#define swiss_default_hash_keyed(key, seed) swiss_default_hash_(SWISS_KIND_(*(key)), (key), sizeof *(key), (seed), true)
/* Returns true if the default comparison calls the keys that `a` and `b` point to equal. */
#define swiss_default_equal(a, b) swiss_default_equal_(SWISS_KIND_(*(a)), (a), (b), sizeof *(a))

#define SWISS_KIND_HAS_DEFAULT_(kind, type)                                                                            \
    ((kind) >= SWISS_KIND_SIGNED_ && sizeof(type) <= ((kind) == SWISS_KIND_SLICE_ ? sizeof(swiss_slice) : 8))
/* True if keys of the type have a default hash and comparison. A constant. */
#define swiss_has_default(type) SWISS_KIND_HAS_DEFAULT_(SWISS_KIND_OF_(type), type)
/* -1 equals the greatest unsigned int, and of a greater type only -1 extended: then C converts by value. */
#define SWISS_WRAPS_(a, b)                                                                                             \
    (SWISS_KIND_OF_(a) == SWISS_KIND_UNSIGNED_ && SWISS_KIND_OF_(b) == SWISS_KIND_SIGNED_ &&                           \
     sizeof(a) == sizeof(int) && sizeof(b) <= sizeof(int))
/* True if values of the types `a` and `b` that are equal have the same hash. A constant. */
#define swiss_hashed_alike(a, b)                                                                                       \
    (SWISS_KIND_OF_(a) >> 4 == SWISS_KIND_OF_(b) >> 4 && !SWISS_WRAPS_(a, b) && !SWISS_WRAPS_(b, a))

#endif
