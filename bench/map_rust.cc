// map_rust.cc - HashMap of Rust's standard library, run by Rust.
#include "adapter.h"
#include "suites.h"

#include "rust/rust_map.h"

namespace bench {

namespace {

// The functions for one pair of types, under the same names for every pair.
template <class Types> struct Api;

#define RUST_API(types, description)                                                                                   \
    template <> struct Api<description> {                                                                              \
        static constexpr auto make = rust_map_##types##_new;                                                           \
        static constexpr auto free = rust_map_##types##_free;                                                          \
        static constexpr auto size = rust_map_##types##_size;                                                          \
        static constexpr auto insert = rust_map_##types##_insert;                                                      \
        static constexpr auto find = rust_map_##types##_find;                                                          \
        static constexpr auto find_chain = rust_map_##types##_find_chain;                                              \
        static constexpr auto remove = rust_map_##types##_remove;                                                      \
        static constexpr auto churn = rust_map_##types##_churn;                                                        \
        static constexpr auto sum = rust_map_##types##_sum;                                                            \
        static constexpr auto small_lives = rust_map_##types##_small_lives;                                            \
    };
RUST_API(u32_u32, U32ToU32)
RUST_API(u64_u64, U64ToU64)
RUST_API(u64_56B, U64To56B)
RUST_API(str_u64, StrToU64)

// Whole batches, whose loops are Rust's: a single operation behind a call would not be inlined, as it is in a Rust
// program.
template <class Types, class Memory> class RustMap : public Common<RustMap<Types, Memory>, Types> {
    using Call = Api<Types>;

  public:
    using Key = typename Types::Key;

    ~RustMap() {
        if (map_)
            Call::free(map_);
    }

    void reserve(size_t entries) {
        room_ = entries;
    }
    void insert_all(const Key *keys, size_t count) {
        Call::insert(map(), keys, count);
    }
    uint64_t find_all(const Key *keys, size_t count) {
        return Call::find(map(), keys, count);
    }
    uint64_t find_chain(const Key *keys, size_t count, uint64_t zero) {
        return Call::find_chain(map(), keys, count, zero);
    }
    void put_all(const Key *keys, size_t count) {
        Call::insert(map(), keys, count);
    }
    size_t remove_all(const Key *keys, size_t count) {
        return Call::remove(map(), keys, count);
    }
    size_t churn(const Key *removed, const Key *inserted, size_t count) {
        return Call::churn(map(), removed, inserted, count);
    }
    static uint64_t small_lives(const Key *keys, const uint8_t *sizes, size_t maps) {
        return Call::small_lives(keys, sizes, maps);
    }
    uint64_t sum_all() {
        return Call::sum(map());
    }
    WordCount count_words(const std::string &text) {
        WordCount counted;
        counted.distinct =
            rust_map_wordcount(reinterpret_cast<const uint8_t *>(text.data()), text.size(), &counted.words);
        return counted;
    }
    size_t size() const {
        return map_ ? Call::size(map_) : 0;
    }
    static Footprint footprint(const Key *keys, size_t count) {
        rust_map_mark();
        const size_t before = rust_map_bytes();
        RustMap map;
        map.insert_all(keys, count);
        return {rust_map_bytes() - before, rust_map_most_bytes() - before};
    }

  private:
    // Made with the first call, when it is known whether room was asked for.
    rust_map *map() {
        if (!map_)
            map_ = Call::make(room_);
        return map_;
    }

    size_t room_ = 0;
    rust_map *map_ = nullptr;
};

} // namespace

void add_rust(Plan &plan) {
    add_map<RustMap>(plan, {"rust",
                            "HashMap of Rust's standard library, rustc " SWISS_BENCH_RUST_VERSION ", called in batches",
                            "its default, SipHash 1-3", "malloc"});
}

} // namespace bench
