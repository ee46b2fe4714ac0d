// bad.h - keys that a hash table does not like: searches may become as long as the table, never longer, and they end.
//
// Chosen against swiss, whose table says where a hash goes (swiss_h1_, swiss_h2); the others are given the same keys
// with the same hashes, which are as bad for them, or not.
#ifndef BENCH_BAD_H
#define BENCH_BAD_H

#include "operations.h"
#include "types.h"

#include <vector>

namespace bench {

enum class Bad {
    constant,     // all keys have one hash
    one_group,    // all searches begin at the same group
    one_h2,       // all control bytes are alike
    known_seed,   // as one_group, by keys that were chosen for the hash function with a seed that has become known
    unknown_seed, // the same keys, and the maps as they are: swiss with a seed of its own
};
constexpr const char *bad_names[] = {"constant", "one_group", "one_h2", "known_seed", "unknown_seed"};

constexpr uint64_t known_seed = UINT64_C(0x5EED5EED5EED5EED);

// Which keys the maps at hand have: their hash function depends on it.
inline Bad bad_keys_are = Bad::constant;

inline uint64_t bad_hash(uint64_t key) {
    if (bad_keys_are == Bad::constant)
        return 42;
    return bad_keys_are == Bad::known_seed ? swiss_hash_u64(key, known_seed) : key;
}

// Pairs whose keys are hashed by bad_hash, and pairs whose swiss map has the known seed.
template <class Types> struct WithBadHash : Types {};
template <class Types> struct WithKnownSeed : Types {};

template <class Types, class Own> struct HashOf<WithBadHash<Types>, Own> {
    struct Type {
        using is_avalanching = void; // Boost: not to be mixed
        size_t operator()(typename Types::Key key) const {
            return bad_hash(key);
        }
    };
};

// `count` different keys of a kind, for maps of `entries` entries. (map_swiss.cc)
std::vector<uint64_t> bad_keys(Bad kind, size_t entries, size_t count, Random &random);

// The keys of a map, and as many that are not in it.
class BadKeys {
  public:
    BadKeys(Bad kind, size_t entries)
        : random_(next_seed()), keys_(bad_keys(kind, entries, 2 * entries, random_)), entries_(entries) {
        bad_keys_are = kind;
    }
    // Either half, as it lies.
    const uint64_t *half(bool there) const {
        return keys_.data() + (there ? 0 : entries_);
    }
    // The same, newly shuffled.
    const uint64_t *shuffled(bool there) {
        random_.shuffle(keys_.data() + (there ? 0 : entries_), entries_, entries_);
        return half(there);
    }

  private:
    Random random_;
    std::vector<uint64_t> keys_;
    size_t entries_;
};

// Filling a map, one key at a time.
template <class Map> void bad_insert(benchmark::State &state, Bad kind, size_t entries) {
    BadKeys keys(kind, entries);
    while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(entries))) {
        Map map;
        timed(state, [&] { map.insert_all(keys.shuffled(true), entries); });
        check(state, map.size() == entries);
    }
}

// Looking up all keys of a map, or as many that are as bad and not there.
template <class Map> void bad_find(benchmark::State &state, Bad kind, size_t entries, bool there) {
    BadKeys keys(kind, entries);
    Map map;
    map.insert_all(keys.half(true), entries);
    const uint64_t expected = there ? uint64_t{entries} * (entries - 1) / 2 : 0;
    while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(entries))) {
        const uint64_t *const looked_up = keys.shuffled(there);
        const uint64_t sum = timed(state, [&] { return map.find_all(looked_up, entries); });
        check(state, sum == expected);
    }
}

// Adds a map's cells for keys of one kind.
template <class Map> void add_bad_cells(Plan &plan, const char *contender, Bad kind) {
    if (plan.effort == Effort::quick)
        return;
    std::vector<size_t> sizes = {400, 1600};
    if (plan.effort == Effort::full)
        sizes.push_back(6400);
    for (const size_t size : sizes) {
        const auto add = [&](const char *operation, std::function<void(benchmark::State &)> run) {
            plan.benchmarks.push_back(
                {"bad", bad_names[static_cast<int>(kind)], operation, size, contender, size, run});
        };
        add("insert", [=](benchmark::State &state) { bad_insert<Map>(state, kind, size); });
        add("find_hit", [=](benchmark::State &state) { bad_find<Map>(state, kind, size, true); });
        add("find_miss", [=](benchmark::State &state) { bad_find<Map>(state, kind, size, false); });
    }
}

// All kinds, of a map that can be given any hash function. Swiss, which has seeds, adds its own.
template <template <class Types, class Memory> class Adapter> void add_bad(Plan &plan, const char *contender) {
    for (const Bad kind : {Bad::constant, Bad::one_group, Bad::one_h2, Bad::known_seed})
        add_bad_cells<Adapter<WithBadHash<U64ToU64>, DefaultMemory>>(plan, contender, kind);
    add_bad_cells<Adapter<U64ToU64, DefaultMemory>>(plan, contender, Bad::unknown_seed);
}

} // namespace bench

#endif
