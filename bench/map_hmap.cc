// map_hmap.cc - hmap, the mirror of Go's map in C.
#include "adapter.h"
#include "memory.h"
#include "suites.h"

#include "hmap/hmap.h"

namespace bench {

namespace {

// hmap's functions for one pair of types, under the same names for every pair.
template <class Types> struct Api;

#define HMAP_API(types, key, make_type)                                                                                \
    template <> struct Api<types> {                                                                                    \
        static const hmap_type *type() {                                                                               \
            static const hmap_type made = make_type(types::Value);                                                     \
            return &made;                                                                                              \
        }                                                                                                              \
        static constexpr auto find = hmap_find_##key;                                                                  \
        static constexpr auto assign = hmap_assign_##key;                                                              \
        static constexpr auto remove = hmap_delete_##key;                                                              \
    };
HMAP_API(U32ToU32, u32, HMAP_TYPE_U32)
HMAP_API(U64ToU64, u64, HMAP_TYPE_U64)
HMAP_API(U64To56B, u64, HMAP_TYPE_U64)
HMAP_API(StrToU64, str, HMAP_TYPE_STR)
// The common hash is the map's own.
template <class Types> struct Api<WithCommonHash<Types>> : Api<Types> {};

template <class Types, class Memory> class HmapMap : public Loops<HmapMap<Types, Memory>, Types> {
    using Call = Api<Types>;

  public:
    using Key = typename Types::Key;
    using Value = typename Types::Value;

    HmapMap() {
        init(0);
    }
    ~HmapMap() {
        hmap_free(&map_);
    }

    // As in Go, only a map that is being made can be told how many entries will come.
    void reserve(size_t entries) {
        hmap_free(&map_);
        init(entries);
    }
    void insert(Key key, const Value &value) {
        put(key, value);
    }
    const Value *find(Key key) const {
        return static_cast<const Value *>(Call::find(&map_, key));
    }
    void put(Key key, const Value &value) {
        if (void *const elem = Call::assign(&map_, key))
            *static_cast<Value *>(elem) = value;
    }
    bool remove(Key key) {
        return Call::remove(&map_, key);
    }
    void count(Key key) {
        if (void *const elem = Call::assign(&map_, key))
            ++*static_cast<Value *>(elem);
    }
    uint64_t sum() {
        uint64_t sum = 0;
        hmap_iter at;
        for (hmap_iter_init(&at, &map_); hmap_iter_next(&at);)
            sum += Types::number(*static_cast<const Value *>(at.elem));
        return sum;
    }
    size_t size() const {
        return hmap_count(&map_);
    }

  private:
    void init(size_t hint) {
        const swiss_allocator *const counting = Memory::swiss();
        hmap_init(&map_, Call::type(), hint, counting ? counting : swiss_allocator_heap());
    }

    hmap map_;
};

} // namespace

void add_hmap(Plan &plan) {
    add_map_of_any_hash<HmapMap>(plan, {"hmap", "Go's map up to 1.23 in C",
                                        "integers: swiss_hash_u64; strings: swiss_hash_slice", "the bundled heap"});
}

} // namespace bench
