// suites.h - puts a contender into the suites of maps.
#ifndef BENCH_SUITES_H
#define BENCH_SUITES_H

#include "growth.h"
#include "jobs.h"
#include "memory.h"
#include "operations.h"
#include "plan.h"
#include "types.h"

#include <type_traits>

namespace bench {

// How many operations make up a repetition: enough for some milliseconds, except that a map of a million is filled
// once.
struct Amounts {
    explicit Amounts(Effort effort) : divisor_(effort == Effort::quick ? 8 : effort == Effort::standard ? 2 : 1) {}
    size_t lookups(size_t entries) const {
        return (entries < large_map ? 1048576 : 524288) / divisor_;
    }
    size_t churns(size_t entries) const {
        return lookups(entries) / 2;
    }
    size_t fills(size_t entries) const {
        return std::max<size_t>(entries, 200000 / divisor_);
    }
    size_t walks(size_t entries) const {
        return std::max<size_t>(entries, (entries < large_map ? 200000 : 1000000) / divisor_);
    }
    size_t removals(size_t entries) const {
        return std::min(fills(entries), most_removed);
    }
    size_t lives() const {
        return 49152 / divisor_;
    }

  private:
    size_t divisor_;
};

// The sizes of maps. In a full run they are spread over the octaves, for how full a table is depends on where in its
// octave the size lies; and one octave is walked through. The largest, which take longest, are measured of few pairs.
template <class Types> std::vector<size_t> map_sizes(Effort effort) {
    constexpr bool main = std::is_same<Types, U64ToU64>::value, text = std::is_same<Types, StrToU64>::value;
    if (effort == Effort::full) {
        std::vector<size_t> sizes = {10, 60, 300, 1500, 10000, 50000, 105000, 120000, 140000, 160000, 185000, 750000};
        if (!text)
            sizes.push_back(2000000);
        if (main)
            sizes.insert(sizes.end(), {1000000, 10000000});
        return sizes;
    }
    if (effort == Effort::quick)
        return main ? std::vector<size_t>{1000, 100000, 1000000} : std::vector<size_t>{text ? 1000u : 100000u};
    if (main)
        return {100, 1000, 10000, 100000, 1000000};
    return text ? std::vector<size_t>{1000, 100000, 300000} : std::vector<size_t>{1000, 100000};
}

constexpr size_t most_in_small_map = 12;

// To fill maps once more takes long, and most contenders have no other function for many keys: a few sizes are enough.
template <class Types> bool measures_batches(Effort effort, size_t size) {
    return std::is_same<Types, U64ToU64>::value && effort == Effort::full &&
           (size == 1500 || size == 140000 || size == 2000000);
}

// Adds cells of one suite, one pair of types and one contender.
struct Cells {
    Plan &plan;
    const char *suite, *types, *contender;

    void add(const char *operation, size_t size, size_t count, void (*run)(benchmark::State &, size_t)) {
        plan.benchmarks.push_back({suite, types, operation, size, contender, count,
                                   [run, size](benchmark::State &state) { run(state, size); }});
    }
};

template <class Map, class Counted> void add_map_cells(Plan &plan, const char *contender) {
    const Amounts amounts(plan.effort);
    Cells cells = {plan, "map", Map::Description::name, contender};
    for (const size_t size : map_sizes<typename Map::Description>(plan.effort)) {
        const bool all = plan.effort != Effort::quick || size <= large_map;
        const bool many = measures_batches<typename Map::Description>(plan.effort, size);
#define OPERATION(name, function, count, when)                                                                         \
    if (when)                                                                                                          \
        cells.add(#name, size, count, function);
#include "manifest.h"
    }
    cells.add("small_life", most_in_small_map, amounts.lives(), small_life<Map>);
}

// The same hash function for all: what the tables are worth without their hashes.
template <class Map> void add_same_hash_cells(Plan &plan, const char *contender) {
    const Amounts amounts(plan.effort);
    std::vector<size_t> sizes = {1000, 100000};
    if (plan.effort == Effort::full)
        sizes = {60, 1500, 50000, 140000, 1000000, 2000000};
    Cells cells = {plan, "same", Map::Description::name, contender};
    for (const size_t size : sizes) {
        cells.add("insert", size, amounts.fills(size), fill_maps<Map, Filling::growing>);
        cells.add("find_hit", size, amounts.lookups(size), find_hit<Map>);
        cells.add("find_miss", size, amounts.lookups(size), find_miss<Map>);
    }
}

template <class Map> void add_classics(Plan &plan, const char *contender) {
    Cells cells = {plan, "classic", Map::Description::name, contender};
    if (plan.effort != Effort::quick)
        cells.add("find_mod", 1000000, 2000000, find_mod<Map>);
    cells.add("iterate", 100000, 1000000, iterate_sequential<Map>);
}

template <class Map> void add_wordcount(Plan &plan, const char *contender) {
    plan.benchmarks.push_back({"wordcount", Map::Description::name, "count", distinct_words().size(), contender,
                               text_words(), count_words<Map>});
}

// Everything that a map takes part in whose hash cannot be chosen.
template <template <class Types, class Memory> class Adapter> void add_map(Plan &plan, const Contender &contender) {
    const char *const name = contender.name.c_str();
    add_growth_cells(plan, name, grow<Adapter<U64ToU64, DefaultMemory>>);
    if (plan.grows)
        return;
    plan.contenders.push_back(contender);
    add_map_cells<Adapter<U64ToU64, DefaultMemory>, Adapter<U64ToU64, CountedMemory>>(plan, name);
    add_map_cells<Adapter<U32ToU32, DefaultMemory>, Adapter<U32ToU32, CountedMemory>>(plan, name);
    add_map_cells<Adapter<U64To56B, DefaultMemory>, Adapter<U64To56B, CountedMemory>>(plan, name);
    add_map_cells<Adapter<StrToU64, DefaultMemory>, Adapter<StrToU64, CountedMemory>>(plan, name);
    add_classics<Adapter<U64ToU64, DefaultMemory>>(plan, name);
    add_wordcount<Adapter<StrToU64, DefaultMemory>>(plan, name);
}

// Likewise, of a map that can be given any hash function.
template <template <class Types, class Memory> class Adapter>
void add_map_of_any_hash(Plan &plan, const Contender &contender) {
    add_map<Adapter>(plan, contender);
    add_same_hash_cells<Adapter<WithCommonHash<U64ToU64>, DefaultMemory>>(plan, contender.name.c_str());
}

} // namespace bench

#endif
