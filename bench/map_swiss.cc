// map_swiss.cc - the map of this library; compiled once more, with the headers of another tree, it is that tree's map.
#include "bad.h"
#include "adapter.h"
#include "memory.h"
#include "suites.h"
#include "swiss/heap.h"

#include <algorithm>
#include <array>

#define SWISS_NAME swiss_u32_u32
#define SWISS_KEY uint32_t
#define SWISS_VALUE uint32_t
#include "swiss/map.h"

#define SWISS_NAME swiss_u64_u64
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include "swiss/map.h"

#define SWISS_NAME swiss_u64_56B
#define SWISS_KEY uint64_t
#define SWISS_VALUE bench::Bytes56
#include "swiss/map.h"

#define SWISS_NAME swiss_str_u64
#define SWISS_KEY swiss_slice
#define SWISS_VALUE uint64_t
#include "swiss/map.h"

#ifndef SWISS_BENCH_MAP_BASE
#    define SWISS_NAME swiss_bounded_u64_u64
#    define SWISS_KEY uint64_t
#    define SWISS_VALUE uint64_t
#    define SWISS_BOUNDED
#    include "swiss/map.h"
#endif

static inline uint64_t swiss_bad_hash(const uint64_t *key, uint64_t) {
    return bench::bad_hash(*key);
}
#define SWISS_NAME swiss_bad
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#define SWISS_HASH swiss_bad_hash
#define SWISS_HASH_AVALANCHES /* a lie */
#include "swiss/map.h"

namespace bench {

namespace {

// The same types in a map that grows bit by bit.
template <class Types> struct Bounded : Types {};

// The functions of one instance of the template, under the same names for every instance.
template <class Types> struct Api;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-const-variable" // clang: not every instance needs every function
#define SWISS_API_OF(instance, types)                                                                                  \
    template <> struct Api<types> {                                                                                    \
        using Map = instance;                                                                                          \
        using Entry = instance##_entry;                                                                                \
        using Iter = instance##_iter;                                                                                  \
        static constexpr auto init = instance##_init;                                                                  \
        static constexpr auto free = instance##_free;                                                                  \
        static constexpr auto size = instance##_size;                                                                  \
        static constexpr auto reserve = instance##_reserve;                                                            \
        static constexpr auto insert = instance##_insert;                                                              \
        static constexpr auto insert_ptr = instance##_insert_ptr;                                                      \
        static constexpr auto insert_many = instance##_insert_many;                                                    \
        static constexpr auto find_many = instance##_find_many;                                                        \
        static constexpr auto remove_many = instance##_remove_many;                                                    \
        static constexpr auto get = instance##_get;                                                                    \
        static constexpr auto put = instance##_put;                                                                    \
        static constexpr auto put_ptr = instance##_put_ptr;                                                            \
        static constexpr auto remove = instance##_remove;                                                              \
        static constexpr auto get_or_insert = instance##_get_or_insert;                                                \
        static constexpr auto iterate = instance##_iterate;                                                            \
        static constexpr auto next = instance##_next;                                                                  \
    };
SWISS_API_OF(swiss_u32_u32, U32ToU32)
SWISS_API_OF(swiss_u64_u64, U64ToU64)
SWISS_API_OF(swiss_u64_56B, U64To56B)
SWISS_API_OF(swiss_str_u64, StrToU64)
SWISS_API_OF(swiss_bad, WithBadHash<U64ToU64>)
#ifndef SWISS_BENCH_MAP_BASE
SWISS_API_OF(swiss_bounded_u64_u64, Bounded<U64ToU64>)
#endif
#undef SWISS_API_OF
#pragma GCC diagnostic pop
template <> struct Api<WithKnownSeed<U64ToU64>> : Api<U64ToU64> {};
// The common hash is the map's own, and a seed costs nothing.
template <class Types> struct Api<WithCommonHash<Types>> : Api<Types> {};

// The seed that a map is given; 0: it draws one.
template <class Types> constexpr uint64_t seed_of = 0;
template <class Types> constexpr uint64_t seed_of<WithKnownSeed<Types>> = known_seed;

template <class Types, class Memory> class SwissMap : public Loops<SwissMap<Types, Memory>, Types> {
    using Call = Api<Types>;

  public:
    using Key = typename Types::Key;
    using Value = typename Types::Value;

    SwissMap() {
        swiss_options options = {};
        options.allocator = Memory::swiss();
        options.seed = seed_of<Types>;
        if (options.allocator || options.seed)
            Call::init(&map_, &options);
    }
    ~SwissMap() {
        Call::free(&map_);
    }

    void reserve(size_t entries) {
        Call::reserve(&map_, entries);
    }
    void insert(Key key, const Value &value) {
        if constexpr (is_large)
            Call::insert_ptr(&map_, &key, &value);
        else
            Call::insert(&map_, key, value);
    }
    const Value *find(Key key) const {
        return Call::get(&map_, key);
    }
    void put(Key key, const Value &value) {
        if constexpr (is_large)
            Call::put_ptr(&map_, &key, &value);
        else
            Call::put(&map_, key, value);
    }
    bool remove(Key key) {
        return Call::remove(&map_, key);
    }
    void count(Key key) {
        if (Value *const value = Call::get_or_insert(&map_, key, 0))
            ++*value;
    }
    uint64_t sum() {
        uint64_t sum = 0;
        typename Call::Iter at = Call::iterate(&map_);
        while (const typename Call::Entry *entry = Call::next(&at))
            sum += Types::number(entry->value);
        return sum;
    }
    size_t size() const {
        return Call::size(&map_);
    }

    // By the functions for batches, a thousand keys at a time: as a program has them that reads them from a file.
    BENCH_LOOP void insert_many(const Key *keys, size_t count) {
        std::array<Value, at_once> values;
        for (size_t first = 0; first < count; first += at_once) {
            const size_t some = std::min(at_once, count - first);
            for (size_t i = 0; i < some; ++i)
                values[i] = Types::value(first + i);
            Call::insert_many(&map_, keys + first, values.data(), some);
        }
    }
    BENCH_LOOP uint64_t find_many(const Key *keys, size_t count) {
        uint64_t sum = 0;
        std::array<typename Call::Entry *, at_once> found;
        for (size_t first = 0; first < count; first += at_once) {
            const size_t some = std::min(at_once, count - first);
            Call::find_many(&map_, keys + first, some, found.data());
            for (size_t i = 0; i < some; ++i)
                sum += found[i] ? Types::number(found[i]->value) : 0;
        }
        return sum;
    }
    BENCH_LOOP size_t remove_many(const Key *keys, size_t count) {
        return Call::remove_many(&map_, keys, count);
    }

  private:
    static constexpr size_t at_once = 1024;
    static constexpr bool is_large = sizeof(Value) > 16; // then by address, as the maps of C++ take it
    typename Call::Map map_ = {};
};

} // namespace

#ifndef SWISS_BENCH_MAP_BASE
namespace {

// True if a hash is of a kind, in tables with this mask.
bool is_bad(Bad kind, uint64_t hash, size_t mask) {
    return kind == Bad::constant || (kind == Bad::one_h2 ? swiss_h2(hash) == 42 : swiss_h1_(hash, mask) == 0);
}

} // namespace

std::vector<uint64_t> bad_keys(Bad kind, size_t entries, size_t count, Random &random) {
    swiss_bad map = {};
    swiss_bad_reserve(&map, entries);
    const size_t mask = map.table.mask;
    swiss_bad_free(&map);
    std::vector<uint64_t> keys;
    while (keys.size() < count) {
        const uint64_t key = random.next();
        const bool is_hash = kind != Bad::known_seed && kind != Bad::unknown_seed;
        if (is_bad(kind, is_hash ? key : swiss_hash_u64(key, known_seed), mask))
            keys.push_back(key);
    }
    return keys;
}
#endif

#ifdef SWISS_BENCH_MAP_BASE
void add_swiss_base(Plan &plan) {
    const char *const name = "swiss-base", *const version = "this library, another checkout";
    if (!plan.grows)
        swiss_heap_set_scavenging(swiss_heap_default(), 0); // its own heap, tamed as the other is
#else
void add_swiss(Plan &plan) {
    const char *const name = "swiss", *const version = "this library";
#endif
    add_map_of_any_hash<SwissMap>(
        plan, {name, version, "two multiplications by what is made of the map's seed; of strings, for each 16 bytes",
               "the bundled heap"});
    for (const Bad kind : {Bad::constant, Bad::one_group, Bad::one_h2})
        add_bad_cells<SwissMap<WithBadHash<U64ToU64>, DefaultMemory>>(plan, name, kind);
    add_bad_cells<SwissMap<WithKnownSeed<U64ToU64>, DefaultMemory>>(plan, name, Bad::known_seed);
    add_bad_cells<SwissMap<U64ToU64, DefaultMemory>>(plan, name, Bad::unknown_seed);
#ifndef SWISS_BENCH_MAP_BASE
    add_growth_cells(plan, "swiss_bounded", grow<SwissMap<Bounded<U64ToU64>, DefaultMemory>>);
    add_growth_cells(plan, "swiss_malloc", grow<SwissMap<U64ToU64, MallocMemory>>);
#endif
}

} // namespace bench
