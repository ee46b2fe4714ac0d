// jobs.h - a whole job: how often does each word occur in a text of 12 MB? And the two measurements that quick
// comparisons of maps are made of, kept to compare with those: sequential keys, looked up in their order, and a walk
// over all entries. They flatter maps that leave such keys in order.
#ifndef BENCH_JOBS_H
#define BENCH_JOBS_H

#include "adapter.h"
#include "operations.h"
#include "text.h"

#include <numeric>
#include <vector>

namespace bench {

// Time per word of the text, cutting the text into words included.
template <class Map> void count_words(benchmark::State &state) {
    Map::settle();
    while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(text_words()))) {
        std::optional<Map> map;
        const WordCount counted = timed(state, [&] {
            map.emplace();
            return map->count_words(text());
        });
        check(state, counted.words == text_words() && counted.distinct == distinct_words().size());
    }
}

// A map of the keys 0 to `entries` - 1, each its own value.
template <class Map> void fill_sequentially(Map &map, size_t entries) {
    std::vector<uint64_t> keys(entries);
    std::iota(keys.begin(), keys.end(), uint64_t{0});
    map.insert_all(keys.data(), entries);
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
        const uint64_t sum = timed(state, [&] { return map.find_all(keys.data(), keys.size()); });
        check(state, sum == expected);
    }
}

template <class Map> void iterate_sequential(benchmark::State &state, size_t entries) {
    Map map;
    fill_sequentially(map, entries);
    Map::settle();
    while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(entries))) {
        const uint64_t sum = timed(state, [&] { return map.sum_all(); });
        check(state, sum == uint64_t{entries} * (entries - 1) / 2);
    }
}

} // namespace bench

#endif
