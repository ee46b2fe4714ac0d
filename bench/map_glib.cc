// map_glib.cc - GHashTable of GLib: keys and values are pointers, or numbers in the place of pointers.
#include "adapter.h"
#include "suites.h"

#include <glib.h>
#include <malloc.h>

#include <optional>
#include <type_traits>

namespace bench {

namespace {

// A number lies in a pointer, and anything larger in a block of its own.
template <class Item> struct Pointed {
    static constexpr GDestroyNotify destroy = [](gpointer item) { delete static_cast<Item *>(item); };
    static gpointer make(const Item &item) {
        return new Item(item);
    }
    // What a key that is looked for is given as; it lives as long as the call.
    static gconstpointer lend(const Item &item) {
        return &item;
    }
    static const Item &of(gconstpointer item) {
        return *static_cast<const Item *>(item);
    }
};
template <class Number> struct InPlace {
    static_assert(sizeof(Number) <= sizeof(gpointer), "a number has to fit into a pointer");
    static constexpr GDestroyNotify destroy = nullptr;
    static gpointer make(Number number) {
        return reinterpret_cast<gpointer>(static_cast<uintptr_t>(number));
    }
    static gconstpointer lend(Number number) {
        return make(number);
    }
    static Number of(gconstpointer number) {
        return static_cast<Number>(reinterpret_cast<uintptr_t>(number));
    }
};
template <class Item> struct Lie : Pointed<Item> {};
template <> struct Lie<uint32_t> : InPlace<uint32_t> {};
template <> struct Lie<uint64_t> : InPlace<uint64_t> {};

// GLib takes 32 bits of hash. Its own functions are the integer itself and one for strings that end with NUL.
guint hash_of(uint64_t key) {
    return static_cast<guint>(common_hash(key));
}
guint hash_of(const swiss_slice &key) {
    return static_cast<guint>(swiss_hash_slice(key, 0));
}

template <class Key> GHashTable *make_table(GDestroyNotify destroy_value) {
    const GHashFunc hash = [](gconstpointer key) { return hash_of(Lie<Key>::of(key)); };
    GEqualFunc equal = nullptr; // compares the pointers
    if constexpr (!std::is_integral<Key>::value)
        equal = [](gconstpointer a, gconstpointer b) -> gboolean {
            return swiss_slice_equal(Pointed<swiss_slice>::of(a), Pointed<swiss_slice>::of(b));
        };
    return g_hash_table_new_full(hash, equal, Lie<Key>::destroy, destroy_value);
}

template <class Types, class> class GlibMap : public Loops<GlibMap<Types, DefaultMemory>, Types> {
  public:
    using Key = typename Types::Key;
    using Value = typename Types::Value;
    static constexpr bool reserves = false;

    GlibMap() : table_(make_table<Key>(Lie<Value>::destroy)) {}
    ~GlibMap() {
        g_hash_table_destroy(table_);
    }

    void insert(const Key &key, const Value &value) {
        g_hash_table_insert(table_, Lie<Key>::make(key), Lie<Value>::make(value));
    }
    // A value in place has no address.
    std::optional<Value> find(const Key &key) const {
        gpointer value;
        if (!g_hash_table_lookup_extended(table_, Lie<Key>::lend(key), nullptr, &value))
            return std::nullopt;
        return Lie<Value>::of(value);
    }
    void put(const Key &key, const Value &value) {
        insert(key, value);
    }
    bool remove(const Key &key) {
        return g_hash_table_remove(table_, Lie<Key>::lend(key));
    }
    void count(const Key &key) {
        const std::optional<Value> value = find(key);
        insert(key, value ? *value + 1 : 1);
    }
    uint64_t sum() const {
        uint64_t sum = 0;
        GHashTableIter at;
        gpointer value;
        for (g_hash_table_iter_init(&at, table_); g_hash_table_iter_next(&at, nullptr, &value);)
            sum += Types::number(Lie<Value>::of(value));
        return sum;
    }
    size_t size() const {
        return g_hash_table_size(table_);
    }
    // What malloc sets aside: GLib has no other place to ask.
    static Footprint footprint(const Key *keys, size_t count) {
        const size_t before = mallinfo2().uordblks;
        GlibMap map;
        map.insert_all(keys, count);
        return {mallinfo2().uordblks - before, 0};
    }

  private:
    GHashTable *table_;
};

} // namespace

void add_glib(Plan &plan) {
    add_map_of_any_hash<GlibMap>(plan,
                                 {"glib",
                                  "GHashTable of GLib " + std::to_string(glib_major_version) + '.' +
                                      std::to_string(glib_minor_version) + '.' + std::to_string(glib_micro_version),
                                  "integers: swiss_hash_u64; strings: swiss_hash_slice",
                                  "malloc; integers lie in the table, anything else in blocks of its own"});
}

} // namespace bench
