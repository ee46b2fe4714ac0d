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

// Every call goes to Go and back, which takes as long as several lookups: so the loops are Go's.
template <class Types, class Memory> class GoMap : public Common<GoMap<Types, Memory>, Types> {
  public:
    using Key = typename Types::Key;

    ~GoMap() {
        if (map_)
            go_map_free(map_);
    }

    template <class Body> static void within(const Body &body) {
        go_map_within([](void *argument) { (*static_cast<const Body *>(argument))(); }, const_cast<Body *>(&body));
    }
    void reserve(size_t entries) {
        hint_ = entries;
    }
    void insert_all(const Key *keys, size_t count) {
        go_map_insert(map(), keys, count);
    }
    uint64_t find_all(const Key *keys, size_t count) {
        return go_map_find(map(), keys, count);
    }
    uint64_t find_chain(const Key *keys, size_t count, uint64_t zero) {
        return go_map_find_dep(map(), keys, count, zero);
    }
    void put_all(const Key *keys, size_t count) {
        go_map_insert(map(), keys, count);
    }
    size_t remove_all(const Key *keys, size_t count) {
        const size_t before = size();
        go_map_remove(map(), keys, count);
        return before - size();
    }
    size_t churn(const Key *removed, const Key *inserted, size_t count) {
        const size_t before = size();
        go_map_churn(map(), removed, inserted, count);
        return count - (size() - before); // each that was not there would have left the map larger by one
    }
    static uint64_t small_lives(const Key *keys, const uint8_t *sizes, size_t maps) {
        return go_map_small_lives(go_type<Types>, keys, sizes, maps);
    }
    uint64_t sum_all() {
        return go_map_iterate(map());
    }
    WordCount count_words(const std::string &text) {
        uint64_t words = 0;
        const uint64_t distinct = go_map_wordcount(reinterpret_cast<const uint8_t *>(text.data()), text.size(), &words);
        return {words, distinct};
    }
    size_t size() const {
        return map_ ? go_map_count(map_) : 0;
    }
    static Footprint footprint(const Key *keys, size_t count) {
        return {go_map_bytes(go_type<Types>, keys, count), 0};
    }
    static void settle() {
        go_map_collect();
    }

  private:
    // Made with the first call, when it is known whether room was asked for.
    go_map map() {
        if (!map_)
            map_ = go_map_new(go_type<Types>, hint_);
        return map_;
    }

    uint64_t hint_ = 0;
    go_map map_ = 0;
};

} // namespace

void add_go(Plan &plan) {
    add_map<GoMap>(plan, {"go", "Go's own map, called in batches, some 100 ns a call", "Go's, with AES instructions",
                          "Go's heap and collector"});
}

} // namespace bench
