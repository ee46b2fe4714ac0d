// random.h - the numbers that keys and orders are drawn from: fast, and good enough not to show in a hash table.
#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H

#include <cstddef>
#include <cstdint>
#include <utility>

namespace bench {

// A bijection of 64-bit numbers that looks random (S. Vigna's SplitMix64 finaliser): different numbers stay different.
inline uint64_t scramble(uint64_t number) {
    number = (number ^ (number >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    number = (number ^ (number >> 27)) * UINT64_C(0x94D049BB133111EB);
    return number ^ (number >> 31);
}

// Likewise of 32-bit numbers (A. Appleby's finaliser of MurmurHash3).
inline uint32_t scramble(uint32_t number) {
    number = (number ^ (number >> 16)) * UINT32_C(0x85EBCA6B);
    number = (number ^ (number >> 13)) * UINT32_C(0xC2B2AE35);
    return number ^ (number >> 16);
}

class Random {
  public:
    explicit Random(uint64_t seed) : state_(scramble(seed + UINT64_C(0x9E3779B97F4A7C15))) {}

    uint64_t next() {
        state_ += UINT64_C(0x9E3779B97F4A7C15);
        return scramble(state_);
    }

    // A number below `limit`, which is at least 1 (D. Lemire's multiplication instead of a remainder).
    uint32_t below(uint32_t limit) {
        return static_cast<uint32_t>(((next() >> 32) * limit) >> 32);
    }

    // Moves a random choice of `count` of the `size` items to the front, in random order.
    template <class Item> void shuffle(Item *items, size_t size, size_t count) {
        for (size_t i = 0; i < count && i + 1 < size; ++i)
            std::swap(items[i], items[i + below(static_cast<uint32_t>(size - i))]);
    }

  private:
    uint64_t state_;
};

} // namespace bench

#endif
