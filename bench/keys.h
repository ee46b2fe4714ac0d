// keys.h - sets of distinct keys, and fresh copies of them for lookups.
//
// A key set numbers its keys from 0. The first `total` are those that maps hold, laid out in the order of insertion;
// those from `total` on are never inserted: lookups of them miss. Lookups are given copies of keys, written one after
// the other by `copy` just before, as a program has them that has just read or computed them. What may stay in a map is
// given by `lend`: the key set's own copies, at other addresses than those in `stored`, which live as long as it does.
// (Overwriting a value puts the new key in the old one's place, in swiss, in Go and in hmap.)
#ifndef BENCH_KEYS_H
#define BENCH_KEYS_H

#include "random.h"
#include "swiss/hash.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

// Room for keys, and for the bytes that they point to.
template <class Key> struct KeyCopies {
    std::vector<Key> keys;
    std::vector<char> bytes;
};

// Random integers, different for different seeds; computed, so that drawing them leaves the caches alone.
template <class Integer> class RandomIntegers {
  public:
    RandomIntegers(size_t total, uint64_t seed)
        : base_(static_cast<Integer>(scramble(seed))), total_(total), stored_(total) {
        for (size_t i = 0; i < total; ++i)
            stored_[i] = key(i);
    }

    const Integer *stored() const {
        return stored_.data();
    }
    uint32_t total() const {
        return static_cast<uint32_t>(total_);
    }
    uint32_t misses() const {
        return uint32_t{1} << 31;
    }
    void copy(const std::vector<uint32_t> &picks, KeyCopies<Integer> &to) const {
        to.keys.resize(picks.size());
        for (size_t i = 0; i < picks.size(); ++i)
            to.keys[i] = key(picks[i]);
    }
    void lend(const std::vector<uint32_t> &picks, KeyCopies<Integer> &to) const {
        copy(picks, to);
    }

  private:
    // A bijection of consecutive numbers: no two keys are alike.
    Integer key(size_t number) const {
        return scramble(static_cast<Integer>(base_ + static_cast<Integer>(number)));
    }

    Integer base_;
    size_t total_;
    std::vector<Integer> stored_;
};

// Words of the text, and where those do not suffice phrases of it; a new choice of them for every seed. The bytes of
// the stored keys lie in memory in an order that has nothing to do with the order of insertion.
class Words {
  public:
    Words(size_t total, uint64_t seed);

    const swiss_slice *stored() const {
        return stored_.data();
    }
    uint32_t total() const {
        return static_cast<uint32_t>(stored_.size());
    }
    uint32_t misses() const {
        return static_cast<uint32_t>(source_.size() - stored_.size());
    }
    void copy(const std::vector<uint32_t> &picks, KeyCopies<swiss_slice> &to) const;
    void lend(const std::vector<uint32_t> &picks, KeyCopies<swiss_slice> &to) const;

  private:
    std::vector<swiss_slice> stored_; // what maps hold
    std::vector<swiss_slice> source_; // what copies are made from: the same words at other addresses, then the misses
    std::vector<char> stored_bytes_, source_bytes_;
};

} // namespace bench

#endif
