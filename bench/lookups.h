// lookups.h - the keys that operations are called with: drawn anew for each row, outside of what is timed.
#ifndef BENCH_LOOKUPS_H
#define BENCH_LOOKUPS_H

#include "batch.h"
#include "keys.h"
#include "random.h"

#include <numeric>
#include <vector>

namespace bench {

// Keys for a row of lookups in one map.
template <class Map> class Lookups {
  public:
    using Key = typename Map::Description::Key;

    Lookups() : random_(next_seed()) {}

    // Short enough to lie in the second-level cache beside a small map, long enough to outweigh the map's way back
    // there.
    static size_t count_for(size_t entries) {
        return entries < large_map ? 16384 : 65536;
    }

    // Keys of map number `which`, any of them any number of times. Returns the sum of their values.
    uint64_t draw_hits(const Batch<Map> &batch, size_t which, size_t count) {
        const uint64_t sum = pick_hits(batch, which, count);
        batch.keys().copy(picks_, copies_);
        return sum;
    }
    // Likewise, for operations that may leave the key in the map.
    void draw_lasting_hits(const Batch<Map> &batch, size_t which, size_t count) {
        pick_hits(batch, which, count);
        batch.keys().lend(picks_, copies_);
    }
    // Keys of no map.
    void draw_misses(const Batch<Map> &batch, size_t count) {
        picks_.resize(count);
        for (uint32_t &pick : picks_)
            pick = miss(batch);
        batch.keys().copy(picks_, copies_);
    }
    // Either with the same probability. Returns the sum of the values of those that are there.
    uint64_t draw_mixed(const Batch<Map> &batch, size_t which, size_t count) {
        const uint32_t first = static_cast<uint32_t>(which * batch.entries());
        uint64_t sum = pick_hits(batch, which, count);
        for (uint32_t &pick : picks_) {
            if (random_.below(2) == 0)
                continue;
            sum -= pick - first;
            pick = miss(batch);
        }
        batch.keys().copy(picks_, copies_);
        return sum;
    }
    // `count` different keys of each map, map by map, in random order.
    void draw_each(const Batch<Map> &batch, size_t count) {
        std::vector<uint32_t> all(batch.entries());
        picks_.clear();
        for (size_t which = 0; which < batch.maps(); ++which) {
            std::iota(all.begin(), all.end(), static_cast<uint32_t>(which * batch.entries()));
            random_.shuffle(all.data(), all.size(), count);
            picks_.insert(picks_.end(), all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count));
        }
        batch.keys().copy(picks_, copies_);
    }
    const Key *keys() const {
        return copies_.keys.data();
    }

  private:
    uint64_t pick_hits(const Batch<Map> &batch, size_t which, size_t count) {
        const size_t first = which * batch.entries();
        uint64_t sum = 0;
        picks_.resize(count);
        for (uint32_t &pick : picks_) {
            pick = static_cast<uint32_t>(first) + random_.below(static_cast<uint32_t>(batch.entries()));
            sum += pick - first;
        }
        return sum;
    }

    uint32_t miss(const Batch<Map> &batch) {
        return batch.keys().total() + random_.below(batch.keys().misses());
    }

    Random random_;
    std::vector<uint32_t> picks_;
    KeyCopies<Key> copies_;
};

// Keys for rows of removals and insertions by turns, which leave a map's size as it is: any entry goes, and comes a key
// that never was in the map, or, once the key set has no more of those, the one that has been gone for longest.
template <class Map> class Replacements {
  public:
    using Key = typename Map::Description::Key;

    explicit Replacements(const Batch<Map> &batch) : random_(next_seed()), live_(batch.total()) {
        std::iota(live_.begin(), live_.end(), 0u);
    }
    void draw(const Batch<Map> &batch, size_t which, size_t count) {
        removed_.resize(count);
        inserted_.resize(count);
        for (size_t i = 0; i < count; ++i) {
            uint32_t &place = live_[which * batch.entries() + random_.below(static_cast<uint32_t>(batch.entries()))];
            removed_[i] = place;
            inserted_[i] = place = replacement(batch, place);
        }
        batch.keys().copy(removed_, removed_copies_);
        batch.keys().lend(inserted_, inserted_copies_);
    }
    const Key *removed() const {
        return removed_copies_.keys.data();
    }
    const Key *inserted() const {
        return inserted_copies_.keys.data();
    }

  private:
    uint32_t replacement(const Batch<Map> &batch, uint32_t gone) {
        const size_t drawn = gone_.size(), unused = batch.keys().misses();
        gone_.push_back(gone);
        return drawn < unused ? batch.keys().total() + static_cast<uint32_t>(drawn) : gone_[drawn - unused];
    }

    Random random_;
    std::vector<uint32_t> live_; // the keys of all maps, map by map
    std::vector<uint32_t> gone_; // in the order in which they went
    std::vector<uint32_t> removed_, inserted_;
    KeyCopies<Key> removed_copies_, inserted_copies_;
};

} // namespace bench

#endif
