// map_go.cc - Go's own map, run by Go.
#include "adapter.h"
#include "suites.h"

#include "go/go_map.h"

namespace bench {

namespace {

template <class Types> constexpr go_map_type go_type = GO_MAP_U64_U64;
template <> constexpr go_map_type go_type<U32ToU32> = GO_MAP_U32_U32;
template <> constexpr go_map_type go_type<U64To56B> = GO_MAP_U64_56B;
template <> constexpr go_map_type go_type<StrToU64> = GO_MAP_STR_U64;

template <class Types> struct Calls {
    using Handle = go_map;
    static go_map make(size_t room) {
        return go_map_new(go_type<Types>, room);
    }
    static constexpr auto free = go_map_free;
    static constexpr auto call = go_map_call;
    static constexpr auto insert_timed = go_map_insert_timed;
    static uint64_t small_lives(const void *keys, const uint8_t *sizes, size_t maps) {
        return go_map_small_lives(go_type<Types>, keys, sizes, maps);
    }
};

template <class Types, class Memory> class GoMap : public Afar<GoMap<Types, Memory>, Types, Calls<Types>> {
  public:
    template <class Body> static void within(const Body &body) {
        go_map_within([](void *argument) { (*static_cast<const Body *>(argument))(); }, const_cast<Body *>(&body));
    }
    WordCount count_words(const std::string &text) {
        uint64_t words = 0;
        const uint64_t distinct = go_map_wordcount(reinterpret_cast<const uint8_t *>(text.data()), text.size(), &words);
        return {words, distinct};
    }
    static Footprint footprint(const typename Types::Key *keys, size_t count) {
        return {go_map_bytes(go_type<Types>, keys, count), 0};
    }
    static void settle() {
        go_map_collect();
    }
    static double nanoseconds_of_tick() {
        return 1;
    }
};

} // namespace

void add_go(Plan &plan) {
    add_map<GoMap>(plan, {"go", "Go's own map, called in batches, some 100 ns a call", "Go's, with AES instructions",
                          "Go's heap and collector"});
}

} // namespace bench
