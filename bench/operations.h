// operations.h - what is measured of a map: one function template for each operation.
//
// Only the operation itself is timed, many of it under one reading of the clock. Lookups get keys drawn anew from all keys
// of a map, never the same order twice; what fills, empties or walks a map gets maps and keys made anew, except that maps of
// 100,000 entries and more, whose order no branch predictor remembers, are walked several times. Every result is checked.
#ifndef BENCH_OPERATIONS_H
#define BENCH_OPERATIONS_H

#include "batch.h"
#include "keys.h"
#include "plan.h"
#include "random.h"

#include <benchmark/benchmark.h>

#include <map>
#include <numeric>

namespace bench {

// Keys for a row of lookups in one map.
template <class Map> class Lookups {
  public:
    using Key = typename Map::Description::Key;

    Lookups() : random_(next_seed()) {}

    // Short enough to lie in the second-level cache beside a small map, long enough to outweigh the map's way back there.
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
            pick = batch.keys().total() + random_.below(batch.keys().misses());
        batch.keys().copy(picks_, copies_);
    }
    // All keys of the batch, map by map, those of each map shuffled.
    void draw_all(const Batch<Map> &batch) {
        picks_.resize(batch.total());
        std::iota(picks_.begin(), picks_.end(), 0u);
        for (size_t first = 0; first < picks_.size(); first += batch.entries())
            random_.shuffle(picks_.data() + first, batch.entries(), batch.entries());
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

    Random random_;
    std::vector<uint32_t> picks_;
    KeyCopies<Key> copies_;
};

inline void check(benchmark::State &state, bool right) {
    if (!right)
        state.SkipWithError("wrong result");
}

// The bytes per entry of maps of `entries` entries that were filled one by one; measured once in a run.
template <class Counted> double bytes_per_entry(size_t entries) {
    static std::map<size_t, double> known;
    const auto found = known.find(entries);
    if (found != known.end())
        return found->second;
    const auto keys = make_keys<typename Counted::Description::Keys>(entries * maps_at_once(entries));
    size_t bytes = 0;
    for (size_t first = 0; first < keys->total(); first += entries)
        bytes += Counted::bytes(keys->stored() + first, entries);
    return known[entries] = static_cast<double>(bytes) / static_cast<double>(keys->total());
}

template <class Map, bool reserved> void fill_maps(benchmark::State &state, size_t entries) {
    Map::settle();
    while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(entries * maps_at_once(entries)))) {
        Batch<Map> batch(entries);
        Map::within([&] {
            const Stopwatch watch;
            for (size_t which = 0; which < batch.maps(); ++which) {
                Map &map = batch.open(which);
                if (reserved)
                    map.reserve(entries);
                batch.fill(which);
            }
            benchmark::ClobberMemory();
            state.SetIterationTime(watch.seconds());
        });
        check(state, batch.complete());
    }
}

// Filling an empty map. `Counted` is the same contender with counted memory.
template <class Map, class Counted> void insert(benchmark::State &state, size_t entries) {
    fill_maps<Map, false>(state, entries);
    state.counters["bytes_per_entry"] = bytes_per_entry<Counted>(entries);
}

// Filling an empty map that was told how many entries will come.
template <class Map> void insert_reserved(benchmark::State &state, size_t entries) {
    fill_maps<Map, true>(state, entries);
}

template <class Map> void find_hit(benchmark::State &state, size_t entries) {
    Batch<Map> &batch = SharedBatch<Map>::get(entries);
    Lookups<Map> lookups;
    const size_t count = lookups.count_for(entries);
    for (size_t row = 0; state.KeepRunningBatch(static_cast<benchmark::IterationCount>(count)); ++row) {
        const size_t which = row % batch.maps();
        const uint64_t expected = lookups.draw_hits(batch, which, count);
        const Stopwatch watch;
        const uint64_t sum = batch.map(which).find_all(lookups.keys(), count);
        state.SetIterationTime(watch.seconds());
        check(state, sum == expected);
    }
}

template <class Map> void find_miss(benchmark::State &state, size_t entries) {
    Batch<Map> &batch = SharedBatch<Map>::get(entries);
    Lookups<Map> lookups;
    const size_t count = lookups.count_for(entries);
    for (size_t row = 0; state.KeepRunningBatch(static_cast<benchmark::IterationCount>(count)); ++row) {
        lookups.draw_misses(batch, count);
        const Stopwatch watch;
        const uint64_t sum = batch.map(row % batch.maps()).find_all(lookups.keys(), count);
        state.SetIterationTime(watch.seconds());
        check(state, sum == 0);
    }
}

// Overwriting the values of keys that are there. Spoils the shared batch's values: runs after those that check them.
template <class Map> void put(benchmark::State &state, size_t entries) {
    Batch<Map> &batch = SharedBatch<Map>::get(entries);
    Lookups<Map> lookups;
    const size_t count = lookups.count_for(entries);
    for (size_t row = 0; state.KeepRunningBatch(static_cast<benchmark::IterationCount>(count)); ++row) {
        Map &map = batch.map(row % batch.maps());
        lookups.draw_lasting_hits(batch, row % batch.maps(), count);
        const Stopwatch watch;
        map.put_all(lookups.keys(), count);
        benchmark::ClobberMemory();
        state.SetIterationTime(watch.seconds());
        check(state, map.size() == entries && map.find_all(lookups.keys() + count - 1, 1) == count - 1);
    }
}

// Removing all entries of full maps, in random order.
template <class Map> void remove(benchmark::State &state, size_t entries) {
    std::unique_ptr<Batch<Map>> batch = SharedBatch<Map>::take(entries);
    Lookups<Map> lookups;
    while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(entries * maps_at_once(entries)))) {
        if (!batch) {
            batch = std::make_unique<Batch<Map>>(entries);
            batch->build();
        }
        lookups.draw_all(*batch);
        size_t removed = 0;
        Map::within([&] {
            const Stopwatch watch;
            for (size_t which = 0; which < batch->maps(); ++which)
                removed += batch->map(which).remove_all(lookups.keys() + which * entries, entries);
            state.SetIterationTime(watch.seconds());
        });
        check(state, removed == batch->total() && batch->map(0).size() == 0);
        batch.reset();
    }
}

// Adding up the values of maps, per entry.
template <class Map> void iterate(benchmark::State &state, size_t entries) {
    std::unique_ptr<Batch<Map>> fresh;
    Batch<Map> *batch = &SharedBatch<Map>::get(entries);
    while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(batch->total()))) {
        uint64_t sum = 0;
        Map::within([&] {
            const Stopwatch watch;
            for (size_t which = 0; which < batch->maps(); ++which)
                sum += batch->map(which).sum_all();
            state.SetIterationTime(watch.seconds());
        });
        check(state, sum == batch->sum());
        if (entries < large_map) {
            fresh = std::make_unique<Batch<Map>>(entries);
            fresh->build();
            batch = fresh.get();
        }
    }
}

} // namespace bench

#endif
