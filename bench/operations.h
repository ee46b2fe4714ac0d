// operations.h - what is measured of a map: one function template for each operation.
//
// Only the operation itself is timed, many of it under one reading of the clock. Lookups get keys drawn anew from all
// keys of a map, never the same order twice; what fills, empties or walks a map gets maps and keys made anew, except
// that maps of 100,000 entries and more, whose order no branch predictor remembers, are walked several times. Every
// result is checked.
#ifndef BENCH_OPERATIONS_H
#define BENCH_OPERATIONS_H

#include "batch.h"
#include "keys.h"
#include "lookups.h"
#include "memory.h"
#include "plan.h"
#include "random.h"

#include <benchmark/benchmark.h>

#include <map>

namespace bench {

// Of how many entries at most memory is measured, and how many are removed: to fill a map once more, or to empty it,
// would take the slower contenders long, and tell nothing new.
constexpr size_t most_weighed = 2000000, most_removed = 1000000;

inline void check(benchmark::State &state, bool right) {
    if (!right)
        state.SkipWithError("wrong result");
}

// The bytes per entry of maps of `entries` entries that were filled one by one, and at most while they were; measured
// once in a run.
template <class Counted> std::pair<double, double> bytes_per_entry(size_t entries) {
    static std::map<size_t, std::pair<double, double>> known;
    const auto found = known.find(entries);
    if (found != known.end())
        return found->second;
    const auto keys = make_keys<typename Counted::Description::Keys>(entries * maps_at_once(entries));
    size_t bytes = 0, peaks = 0;
    for (size_t first = 0; first < keys->total(); first += entries) {
        const Footprint one = Counted::footprint(keys->stored() + first, entries);
        bytes += one.bytes;
        peaks += one.peak;
    }
    const double total = keys->total();
    return known[entries] = {static_cast<double>(bytes) / total, static_cast<double>(peaks) / total};
}

// Filling an empty map: one key at a time; when it was told how many entries will come; by a function that takes many
// keys at once, where there is one.
enum class Filling { growing, reserved, many };

// Fills maps that are not measured, a few times, for it takes as many to bring their memory into the third-level cache.
// There the contenders that share malloc's memory would find it at once, left by the one before. Larger maps do not
// fit.
template <class Map, Filling filling> void warm_up(size_t entries) {
    constexpr size_t most_cached = 200000;
    for (int time = 0; time < 4 && entries <= most_cached; ++time)
        Map::within([&] { Batch<Map>(entries).build(filling == Filling::reserved); });
}

template <class Map, Filling filling> void fill_maps(benchmark::State &state, size_t entries) {
    Map::settle();
    warm_up<Map, filling>(entries);
    std::unique_ptr<Batch<Map>> batch;
    while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(entries * maps_at_once(entries)))) {
        batch.reset();
        batch = std::make_unique<Batch<Map>>(entries);
        Map::within([&] {
            const Stopwatch watch(state);
            for (size_t which = 0; which < batch->maps(); ++which) {
                batch->open(which);
                if (filling == Filling::reserved)
                    batch->reserve(which);
                if (filling == Filling::many)
                    batch->fill_many(which);
                else
                    batch->fill(which);
            }
            benchmark::ClobberMemory();
        });
        check(state, batch->complete());
    }
    SharedBatch<Map>::give(std::move(batch), filling == Filling::reserved);
}

// Filling an empty map. `Counted` is the same contender with counted memory.
template <class Map, class Counted> void insert(benchmark::State &state, size_t entries) {
    fill_maps<Map, Filling::growing>(state, entries);
    if (entries > most_weighed)
        return;
    const auto [bytes, peak] = bytes_per_entry<Counted>(entries);
    state.counters["bytes_per_entry"] = bytes;
    if (peak > 0)
        state.counters["peak_bytes_per_entry"] = peak;
}

// Rows of lookups: `draw` draws `count` keys for map `which` and returns the sum of their values, `look` looks them up.
template <class Map, class Draw, class Look>
void look_up(benchmark::State &state, size_t entries, const Draw &draw, const Look &look) {
    Batch<Map> &batch = SharedBatch<Map>::get(entries);
    Lookups<Map> lookups;
    const size_t count = lookups.count_for(entries);
    for (size_t row = 0; state.KeepRunningBatch(static_cast<benchmark::IterationCount>(count)); ++row) {
        const size_t which = row % batch.maps();
        const uint64_t expected = draw(lookups, batch, which, count);
        const uint64_t sum = timed(state, [&] { return look(batch.map(which), lookups.keys(), count); });
        check(state, sum == expected);
    }
}

template <class Map>
constexpr auto hits = [](Lookups<Map> &lookups, const Batch<Map> &batch, size_t which, size_t count) {
    return lookups.draw_hits(batch, which, count);
};
template <class Map>
constexpr auto one_by_one =
    [](Map &map, const typename Map::Key *keys, size_t count) { return map.find_all(keys, count); };

template <class Map> void find_hit(benchmark::State &state, size_t entries) {
    look_up<Map>(state, entries, hits<Map>, one_by_one<Map>);
}

// Each lookup waits for what the one before found.
template <class Map> void find_hit_dep(benchmark::State &state, size_t entries) {
    const volatile uint64_t zero = 0;
    look_up<Map>(state, entries, hits<Map>, [&](Map &map, const typename Map::Key *keys, size_t count) {
        return map.find_chain(keys, count, zero);
    });
}

// As find_hit, by a function that takes many keys at once, where there is one.
template <class Map> void find_many(benchmark::State &state, size_t entries) {
    look_up<Map>(state, entries, hits<Map>,
                 [](Map &map, const typename Map::Key *keys, size_t count) { return map.find_many(keys, count); });
}

template <class Map> void find_miss(benchmark::State &state, size_t entries) {
    const auto misses = [](Lookups<Map> &lookups, const Batch<Map> &batch, size_t, size_t count) {
        lookups.draw_misses(batch, count);
        return uint64_t{0};
    };
    look_up<Map>(state, entries, misses, one_by_one<Map>);
}

// Hits and misses, half of each, in random order.
template <class Map> void mixed(benchmark::State &state, size_t entries) {
    const auto either = [](Lookups<Map> &lookups, const Batch<Map> &batch, size_t which, size_t count) {
        return lookups.draw_mixed(batch, which, count);
    };
    look_up<Map>(state, entries, either, one_by_one<Map>);
}

// Overwriting the values of keys that are there. Spoils the shared batch's values: runs after those that check them.
template <class Map> void put(benchmark::State &state, size_t entries) {
    Batch<Map> &batch = SharedBatch<Map>::get(entries);
    Lookups<Map> lookups;
    const size_t count = lookups.count_for(entries);
    for (size_t row = 0; state.KeepRunningBatch(static_cast<benchmark::IterationCount>(count)); ++row) {
        Map &map = batch.map(row % batch.maps());
        lookups.draw_lasting_hits(batch, row % batch.maps(), count);
        timed(state, [&] {
            map.put_all(lookups.keys(), count);
            benchmark::ClobberMemory();
        });
        check(state, map.size() == entries && map.find_all(lookups.keys() + count - 1, 1) == count - 1);
    }
}

// Removing an entry and inserting another, in maps that were told their size when they were made. Per such pair.
template <class Map> void churn(benchmark::State &state, size_t entries) {
    const std::unique_ptr<Batch<Map>> batch = SharedBatch<Map>::take(entries, true);
    Replacements<Map> replacements(*batch);
    const size_t count = Lookups<Map>::count_for(entries);
    for (size_t row = 0; state.KeepRunningBatch(static_cast<benchmark::IterationCount>(count)); ++row) {
        const size_t which = row % batch->maps();
        replacements.draw(*batch, which, count);
        const size_t removed = timed(
            state, [&] { return batch->map(which).churn(replacements.removed(), replacements.inserted(), count); });
        check(state, removed == count && batch->map(which).size() == entries);
    }
}

// Removing all entries of full maps, or `most_removed` of each, in random order; with `many` by a function that takes
// many keys at once, where there is one.
template <class Map, bool many> void empty_maps(benchmark::State &state, size_t entries) {
    std::unique_ptr<Batch<Map>> batch = SharedBatch<Map>::take(entries);
    Lookups<Map> lookups;
    const size_t count = std::min(entries, most_removed);
    while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(count * maps_at_once(entries)))) {
        if (!batch) {
            batch = std::make_unique<Batch<Map>>(entries);
            batch->build();
        }
        lookups.draw_each(*batch, count);
        size_t removed = 0;
        Map::within([&] {
            const Stopwatch watch(state);
            for (size_t which = 0; which < batch->maps(); ++which) {
                const auto *const keys = lookups.keys() + which * count;
                removed +=
                    many ? batch->map(which).remove_many(keys, count) : batch->map(which).remove_all(keys, count);
            }
        });
        check(state, removed == count * batch->maps() && batch->map(0).size() == entries - count);
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
            const Stopwatch watch(state);
            for (size_t which = 0; which < batch->maps(); ++which)
                sum += batch->map(which).sum_all();
        });
        check(state, sum == batch->sum());
        if (entries < large_map) {
            fresh = std::make_unique<Batch<Map>>(entries);
            fresh->build();
            batch = fresh.get();
        }
    }
}

// The lives of small maps: each is made, filled with 1 to `most` entries, asked for each of them, and freed. Per map.
template <class Map> void small_life(benchmark::State &state, size_t most) {
    constexpr size_t lives = 1536; // in a row
    Random random(next_seed());
    std::vector<uint8_t> sizes(lives);
    size_t entries = 0;
    uint64_t expected = 0;
    for (size_t i = 0; i < lives; ++i) { // each size as often as any other
        const size_t size = i % most + 1;
        sizes[i] = static_cast<uint8_t>(size);
        entries += size;
        expected += size * (size - 1) / 2;
    }
    while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(lives))) {
        const auto keys = make_keys<typename Map::Description::Keys>(entries);
        random.shuffle(sizes.data(), lives, lives);
        uint64_t sum = 0;
        Map::within([&] {
            const Stopwatch watch(state);
            sum = Map::small_lives(keys->stored(), sizes.data(), lives);
        });
        check(state, sum == expected);
    }
}

} // namespace bench

#endif
