// batch.h - the maps that a benchmark works on, and the clock it is timed with.
#ifndef BENCH_BATCH_H
#define BENCH_BATCH_H

#include "rounds.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace bench {

// Tells a benchmark how long it has lived, less what reading the clock takes by itself.
class Stopwatch {
  public:
    explicit Stopwatch(benchmark::State &state) : state_(state), start_(Clock::now()) {}
    ~Stopwatch() {
        const double elapsed = between(start_, Clock::now());
        state_.SetIterationTime(std::max(elapsed - overhead(), 1e-9));
    }
    Stopwatch(const Stopwatch &) = delete;
    Stopwatch &operator=(const Stopwatch &) = delete;

  private:
    using Clock = std::chrono::steady_clock;
    static double between(Clock::time_point from, Clock::time_point to) {
        return std::chrono::duration<double>(to - from).count();
    }
    static double overhead() {
        static const double least = [] {
            double shortest = 1;
            for (int i = 0; i < 1000; ++i) {
                const Clock::time_point start = Clock::now();
                shortest = std::min(shortest, between(start, Clock::now()));
            }
            return shortest;
        }();
        return least;
    }

    benchmark::State &state_;
    const Clock::time_point start_;
};

// Returns what `body` returns, which is what a benchmark measures.
template <class Body> auto timed(benchmark::State &state, const Body &body) {
    const Stopwatch watch(state);
    return body();
}

// Small maps are measured many at a time: one alone is done before a clock can tell, and has a layout of its own.
inline size_t maps_at_once(size_t entries) {
    return std::clamp<size_t>(10000 / entries, 1, 32);
}

// From here on a map is large: it leaves the first- and second-level caches, and no branch predictor learns its keys.
constexpr size_t large_map = 100000;

// Keys that were never used before; but large sets, which take longer to make than to use, are made once a round and
// used by all operations of all contenders in it.
template <class Keys> std::shared_ptr<const Keys> make_keys(size_t total) {
    static std::shared_ptr<const Keys> held;
    static uint64_t held_from = 0;
    if (total < large_map)
        return std::make_shared<const Keys>(total, next_seed());
    if (!held || held->total() != total || held_from != round_seed()) {
        held.reset();
        held = std::make_shared<const Keys>(total, round_seed());
        held_from = round_seed();
    }
    return held;
}

// Several maps of `entries` entries each, with keys of their own. The values number the keys of each map from 0.
template <class Map> class Batch {
  public:
    using Keys = typename Map::Description::Keys;

    explicit Batch(size_t entries)
        : entries_(entries), keys_(make_keys<Keys>(entries * maps_at_once(entries))), maps_(maps_at_once(entries)) {}

    size_t entries() const {
        return entries_;
    }
    size_t maps() const {
        return maps_.size();
    }
    size_t total() const {
        return entries_ * maps_.size();
    }
    const Keys &keys() const {
        return *keys_;
    }
    Map &map(size_t which) {
        return *maps_[which];
    }
    // Makes map number `which`, empty.
    Map &open(size_t which) {
        return maps_[which].emplace();
    }
    // Inserts into it what it is to hold.
    void fill(size_t which) {
        map(which).insert_all(keys_->stored() + which * entries_, entries_);
    }
    void fill_many(size_t which) {
        map(which).insert_many(keys_->stored() + which * entries_, entries_);
    }
    // Makes and fills all maps, which may be told how many entries will come.
    void build(bool reserved = false) {
        for (size_t which = 0; which < maps_.size(); ++which) {
            open(which);
            if (reserved)
                reserve(which);
            fill(which);
        }
    }
    void reserve(size_t which) {
        if constexpr (Map::reserves)
            map(which).reserve(entries_);
    }
    // What iterating over all maps adds up to.
    uint64_t sum() const {
        return maps_.size() * (uint64_t{entries_} * (entries_ - 1) / 2);
    }
    // True if every map has the entries it should have.
    bool complete() const {
        return std::all_of(maps_.begin(), maps_.end(), [&](const auto &map) { return map->size() == entries_; });
    }

  private:
    size_t entries_;
    std::shared_ptr<const Keys> keys_;
    std::vector<std::optional<Map>> maps_;
};

// The built batch that the operations of one turn share: built once per contender and repetition, by the operation that
// measures building if that is among them, and gone with the turn, so that no repetition inherits the luck of another's
// layout.
template <class Map> class SharedBatch {
  public:
    static Batch<Map> &get(size_t entries, bool reserved = false) {
        if (!held().batch || held().batch->entries() != entries || held().reserved != reserved) {
            held().batch.reset();
            auto built = std::make_unique<Batch<Map>>(entries);
            built->build(reserved);
            give(std::move(built), reserved);
        }
        return *held().batch;
    }

    // The same, given away, for operations that use it up.
    static std::unique_ptr<Batch<Map>> take(size_t entries, bool reserved = false) {
        get(entries, reserved);
        return std::move(held().batch);
    }

    // Shares a built batch.
    static void give(std::unique_ptr<Batch<Map>> batch, bool reserved) {
        held() = {std::move(batch), reserved};
        Map::settle();
        at_end_of_turn([] {
            held().batch.reset();
            Map::settle();
        });
    }

  private:
    struct Held {
        std::unique_ptr<Batch<Map>> batch;
        bool reserved = false;
    };
    static Held &held() {
        static Held held;
        return held;
    }
};

} // namespace bench

#endif
