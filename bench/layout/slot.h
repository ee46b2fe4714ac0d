// slot.h - what all layouts share: slots of several sizes, and two hashes.
#ifndef LAYOUT_SLOT_H
#define LAYOUT_SLOT_H

#include "swiss/hash.h"

#include <cstddef>
#include <cstdint>

#define LAYOUT_INLINE inline __attribute__((always_inline))

namespace layout {

// A key and as much value as fills the slot. word() is what a lookup reads: the value's first word, or a set's key.
template <class KeyType, size_t Size> struct Slot {
    using Key = KeyType;
    static constexpr size_t words = Size / sizeof(Key) - 1;
    Key key;
    Key value[words];

    Key word() const {
        return value[0];
    }
    void set(Key new_key, Key new_word) {
        key = new_key;
        for (Key &each : value)
            each = new_word;
    }
};
template <class KeyType> struct Slot<KeyType, sizeof(KeyType)> {
    using Key = KeyType;
    static constexpr size_t words = 0;
    Key key;

    Key word() const {
        return key;
    }
    void set(Key new_key, Key) {
        key = new_key;
    }
};

// Two multiplications by one constant: what swiss_hash_u64 does, but for the secret factor. h1 is the bits from 7 up.
struct TwoMultiplications {
    static constexpr const char *name = "two";
    static constexpr bool top = false;
    static uint64_t hash(uint64_t key, uint64_t seed) {
        const uint64_t golden = UINT64_C(0x9E3779B97F4A7C15), product = swiss_mul_fold(key ^ seed, golden) * golden;
        return product << 32 | product >> 32;
    }
};

// The first of the two alone: h1 is the top bits.
struct OneMultiplication {
    static constexpr const char *name = "one";
    static constexpr bool top = true;
    static uint64_t hash(uint64_t key, uint64_t seed) {
        return swiss_mul_fold(key ^ seed, UINT64_C(0x9E3779B97F4A7C15));
    }
};

// Where a search begins: `bits` bits of the hash, times 2^scale. If not the top ones, then those from `low` up.
template <class Hash, unsigned scale, unsigned low = 7>
LAYOUT_INLINE size_t home_of(uint64_t hash, size_t mask, unsigned bits) {
    if constexpr (Hash::top)
        return static_cast<size_t>(hash >> (64 - scale - bits)) & ~((size_t{1} << scale) - 1);
    else if constexpr (scale <= low)
        return static_cast<size_t>(hash >> (low - scale)) & mask;
    else
        return static_cast<size_t>(hash << (scale - low)) & mask;
}

} // namespace layout

#endif
