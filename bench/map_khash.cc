// map_khash.cc - khash of klib, as htslib ships it.
#include "adapter.h"
#include "memory.h"
#include "suites.h"

#include <malloc.h>

#include <cstdlib>

// khash asks for its memory through macros. Whether it is counted is known only at run time, which costs nothing: khash
// allocates when it grows and at no other time.
namespace {

bool counting = false;

size_t counted(void *block) {
    return counting ? malloc_usable_size(block) : 0;
}

void *count_in(void *block) {
    bench::count_in(counted(block));
    return block;
}

[[maybe_unused]] void *khash_malloc(size_t size) {
    return count_in(std::malloc(size));
}

[[maybe_unused]] void *khash_calloc(size_t count, size_t size) {
    return count_in(std::calloc(count, size));
}

[[maybe_unused]] void *khash_realloc(void *block, size_t size) {
    const size_t before = counted(block);
    void *const resized = count_in(std::realloc(block, size)); // as if both had been there: whether is malloc's secret
    bench::count_out(before);
    return resized;
}

[[maybe_unused]] void khash_free(void *block) {
    bench::count_out(counted(block));
    std::free(block);
}

} // namespace

#define kmalloc(size) khash_malloc(size)
#define kcalloc(count, size) khash_calloc(count, size)
#define krealloc(block, size) khash_realloc(block, size)
#define kfree(block) khash_free(block)
#include <htslib/khash.h>

namespace {

// khash takes 32 bits of hash. Its own function for integers, two shifts and xors, leaves patterns; it has none for
// slices.
khint_t hash_of(uint64_t key) {
    return static_cast<khint_t>(swiss_hash_u64(key, 0));
}

khint_t hash_of(swiss_slice key) {
    return static_cast<khint_t>(swiss_hash_slice(key, 0));
}

} // namespace

#define equal_integers(a, b) ((a) == (b))
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion" // khash's own, expanded here
KHASH_INIT(u32_u32, uint32_t, uint32_t, 1, hash_of, equal_integers)
KHASH_INIT(u64_u64, uint64_t, uint64_t, 1, hash_of, equal_integers)
KHASH_INIT(u64_56B, uint64_t, bench::Bytes56, 1, hash_of, equal_integers)
KHASH_INIT(str_u64, swiss_slice, uint64_t, 1, hash_of, swiss_slice_equal)
#pragma GCC diagnostic pop

namespace bench {

namespace {

// The functions of one instance of khash, under the same names for every instance.
template <class Types> struct Api;

#define KHASH_API(instance, types)                                                                                     \
    template <> struct Api<types> {                                                                                    \
        using Table = khash_t(instance);                                                                               \
        static constexpr auto init = kh_init_##instance;                                                               \
        static constexpr auto destroy = kh_destroy_##instance;                                                         \
        static constexpr auto resize = kh_resize_##instance;                                                           \
        static constexpr auto get = kh_get_##instance;                                                                 \
        static constexpr auto put = kh_put_##instance;                                                                 \
        static constexpr auto del = kh_del_##instance;                                                                 \
    };
KHASH_API(u32_u32, U32ToU32)
KHASH_API(u64_u64, U64ToU64)
KHASH_API(u64_56B, U64To56B)
KHASH_API(str_u64, StrToU64)
// The common hash is what integers have anyway.
template <class Types> struct Api<WithCommonHash<Types>> : Api<Types> {};

template <class Types, class Memory> class KhashMap : public Loops<KhashMap<Types, Memory>, Types> {
  public:
    using Key = typename Types::Key;
    using Value = typename Types::Value;

    KhashMap() {
        counting = Memory::counted;
        table_ = Api<Types>::init();
    }
    ~KhashMap() {
        Api<Types>::destroy(table_);
        counting = false;
    }

    void reserve(size_t entries) {
        // The least number of buckets that khash's load factor of 0.77 allows.
        Api<Types>::resize(table_, static_cast<khint_t>(static_cast<double>(entries) / __ac_HASH_UPPER) + 1);
    }
    void insert(Key key, const Value &value) {
        int added;
        const khint_t at = Api<Types>::put(table_, key, &added);
        if (added)
            table_->vals[at] = value;
    }
    const Value *find(Key key) const {
        const khint_t at = Api<Types>::get(table_, key);
        return at == kh_end(table_) ? nullptr : &table_->vals[at];
    }
    void put(Key key, const Value &value) {
        int added;
        table_->vals[Api<Types>::put(table_, key, &added)] = value;
    }
    bool remove(Key key) {
        const khint_t at = Api<Types>::get(table_, key);
        if (at == kh_end(table_))
            return false;
        Api<Types>::del(table_, at);
        return true;
    }
    void count(Key key) {
        int added;
        const khint_t at = Api<Types>::put(table_, key, &added);
        if (added)
            table_->vals[at] = 0;
        ++table_->vals[at];
    }
    uint64_t sum() const {
        uint64_t sum = 0;
        for (khint_t at = kh_begin(table_); at != kh_end(table_); ++at)
            if (kh_exist(table_, at))
                sum += Types::number(table_->vals[at]);
        return sum;
    }
    size_t size() const {
        return kh_size(table_);
    }

  private:
    typename Api<Types>::Table *table_;
};

} // namespace

void add_khash(Plan &plan) {
    add_map_of_any_hash<KhashMap>(plan, {"khash", "khash " AC_VERSION_KHASH_H " of htslib",
                                         "integers: swiss_hash_u64; strings: swiss_hash_slice", "malloc"});
}

} // namespace bench
