// classic.h - the two measurements that quick comparisons of maps are made of, kept to compare with those: sequential keys,
// looked up in their order, and a walk over all entries. They flatter maps that leave such keys in order.
#ifndef BENCH_CLASSIC_H
#define BENCH_CLASSIC_H

#include "operations.h"

#include <vector>

namespace bench {

// A map of the keys 0 to `entries` - 1, each its own value.
template <class Map> void fill_sequentially(Map &map, size_t entries) {
    const SequentialIntegers keys(entries, 0);
    map.insert_all(keys.stored(), entries);
}

// Looks up i modulo `entries` for i = 0, 1, 2, ...
template <class Map> void find_mod(benchmark::State &state, size_t entries) {
    Map map;
    fill_sequentially(map, entries);
    Map::settle();
    std::vector<uint64_t> keys(Lookups<Map>::count_for(entries));
    uint64_t next = 0;
    while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(keys.size()))) {
        uint64_t expected = 0;
        for (uint64_t &key : keys) {
            key = next++ % entries;
            expected += key;
        }
        const Stopwatch watch;
        const uint64_t sum = map.find_all(keys.data(), keys.size());
        state.SetIterationTime(watch.seconds());
        check(state, sum == expected);
    }
}

template <class Map> void iterate_sequential(benchmark::State &state, size_t entries) {
    Map map;
    fill_sequentially(map, entries);
    Map::settle();
    while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(entries))) {
        const Stopwatch watch;
        const uint64_t sum = map.sum_all();
        state.SetIterationTime(watch.seconds());
        check(state, sum == uint64_t{entries} * (entries - 1) / 2);
    }
}

} // namespace bench

#endif
