// map_rust.cc - HashMap of Rust's standard library, run by Rust.
#include "adapter.h"
#include "suites.h"

#include "rust/rust_map.h"

namespace bench {

namespace {

// The functions for one pair of types.
template <class Types> struct Calls;

#define RUST_CALLS(types, description)                                                                                 \
    template <> struct Calls<description> {                                                                            \
        using Handle = rust_map *;                                                                                     \
        static constexpr auto make = rust_map_##types##_new;                                                           \
        static constexpr auto free = rust_map_##types##_free;                                                          \
        static constexpr auto call = rust_map_##types##_call;                                                          \
        static constexpr auto insert_timed = rust_map_##types##_insert_timed;                                          \
        static constexpr auto small_lives = rust_map_##types##_small_lives;                                            \
    };
RUST_CALLS(u32_u32, U32ToU32)
RUST_CALLS(u64_u64, U64ToU64)
RUST_CALLS(u64_56B, U64To56B)
RUST_CALLS(str_u64, StrToU64)

template <class Types, class Memory> class RustMap : public Afar<RustMap<Types, Memory>, Types, Calls<Types>> {
  public:
    WordCount count_words(const std::string &text) {
        WordCount counted;
        counted.distinct =
            rust_map_wordcount(reinterpret_cast<const uint8_t *>(text.data()), text.size(), &counted.words);
        return counted;
    }
    static Footprint footprint(const typename Types::Key *keys, size_t count) {
        rust_map_mark();
        const size_t before = rust_map_bytes();
        RustMap map;
        map.insert_all(keys, count);
        return {rust_map_bytes() - before, rust_map_most_bytes() - before};
    }
};

} // namespace

void add_rust(Plan &plan) {
    add_map<RustMap>(plan, {"rust",
                            "HashMap of Rust's standard library, rustc " SWISS_BENCH_RUST_VERSION ", called in batches",
                            "its default, SipHash 1-3", "malloc"});
}

} // namespace bench
