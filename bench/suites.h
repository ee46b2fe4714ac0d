// suites.h - puts a contender into the suites.
//
// To add an operation: a function template in operations.h, a line in add_map_cells. A pair of types: a description in
// types.h, a line in add_map. A contender: an adapter in a file of its own (adapter.h), a line in contenders.h.
#ifndef BENCH_SUITES_H
#define BENCH_SUITES_H

#include "classic.h"
#include "memory.h"
#include "operations.h"
#include "plan.h"
#include "types.h"
#include "wordcount.h"

namespace bench {

// How many operations make up a repetition: enough for some 5 to 50 ms, except that a map of a million is filled once.
struct Amounts {
    explicit Amounts(Effort effort) : divisor_(effort == Effort::quick ? 4 : 1) {}
    size_t lookups(size_t entries) const {
        return (entries < large_map ? 1048576 : 524288) / divisor_;
    }
    size_t fills(size_t entries) const {
        return std::max<size_t>(entries, 200000 / divisor_);
    }
    size_t walks(size_t entries) const {
        return std::max<size_t>(entries, (entries < large_map ? 200000 : 1000000) / divisor_);
    }

  private:
    size_t divisor_;
};

inline std::vector<size_t> map_sizes(Effort effort, size_t most) {
    std::vector<size_t> sizes;
    switch (effort) {
    case Effort::quick:
        sizes = {1000, 100000, 1000000};
        break;
    case Effort::standard:
        sizes = {100, 1000, 10000, 100000, 1000000};
        break;
    case Effort::full: // with whole octaves, over which the load factor's sawtooth averages out
        sizes = {100,    1000,    10000,   100000,  125000,  150000,  175000,
                 200000, 1000000, 1250000, 1500000, 1750000, 2000000, 10000000};
        break;
    }
    sizes.erase(std::remove_if(sizes.begin(), sizes.end(), [&](size_t size) { return size > most; }), sizes.end());
    return sizes;
}

template <class Map, class Counted> void add_map_cells(Plan &plan, const char *contender, size_t most) {
    const Amounts amounts(plan.effort);
    for (const size_t size : map_sizes(plan.effort, most)) {
        const auto add = [&](const char *operation, size_t count, void (*run)(benchmark::State &, size_t)) {
            plan.benchmarks.push_back({"map", Map::Description::name, operation, size, contender, count,
                                       [run, size](benchmark::State &state) { run(state, size); }});
        };
        add("insert", amounts.fills(size), insert<Map, Counted>);
        add("insert_reserved", amounts.fills(size), insert_reserved<Map>);
        add("find_hit", amounts.lookups(size), find_hit<Map>);
        add("find_miss", amounts.lookups(size), find_miss<Map>);
        add("iterate", amounts.walks(size), iterate<Map>);
        add("put", amounts.lookups(size), put<Map>);     // spoils the values
        add("remove", amounts.fills(size), remove<Map>); // spoils the maps
    }
}

template <class Map> void add_classics(Plan &plan, const char *contender) {
    const auto add = [&](const char *operation, size_t size, size_t count, void (*run)(benchmark::State &, size_t)) {
        plan.benchmarks.push_back({"classic", Map::Description::name, operation, size, contender, count,
                                   [run, size](benchmark::State &state) { run(state, size); }});
    };
    add("find_mod", 1000000, 2000000, find_mod<Map>);
    add("iterate", 100000, 1000000, iterate_sequential<Map>);
}

template <class Map> void add_wordcount(Plan &plan, const char *contender) {
    plan.benchmarks.push_back({"wordcount", Map::Description::name, "count", distinct_words().size(), contender,
                               text_words(), count_words<Map>});
}

// Everything that a map takes part in.
template <template <class Types, class Memory> class Adapter> void add_map(Plan &plan, const Contender &contender) {
    const char *const name = contender.name.c_str();
    plan.contenders.push_back(contender);
    add_map_cells<Adapter<U64ToU64, DefaultMemory>, Adapter<U64ToU64, CountedMemory>>(plan, name, 10000000);
    add_map_cells<Adapter<StrToU64, DefaultMemory>, Adapter<StrToU64, CountedMemory>>(
        plan, name, plan.effort == Effort::quick ? 100000 : 1000000);
    add_classics<Adapter<U64ToU64, DefaultMemory>>(plan, name);
    add_wordcount<Adapter<StrToU64, DefaultMemory>>(plan, name);
}

} // namespace bench

#endif
