// map_boost.cc - boost::unordered_flat_map.
#include "bad.h"
#include "cpp_map.h"
#include "suites.h"

#include <boost/unordered/unordered_flat_map.hpp>
#define XXH_INLINE_ALL
#include <xxhash.h>
#include <boost/version.hpp>

namespace bench {

namespace {

template <class Types> using Key = CppKey<std::string_view>::For<typename Types::Key>;

// Integers: boost::hash, which the map mixes. Strings: boost::hash of 1.81 takes half as long again as XXH3 on the
// words of the text (9 ns against 6), so that the map is given XXH3, inlined.
template <class Key> struct Hash : boost::hash<Key> {};
template <> struct Hash<std::string_view> {
    using is_avalanching = void;
    size_t operator()(std::string_view key) const {
        return XXH3_64bits(key.data(), key.size());
    }
};

template <class Types, class Memory>
using BoostMap = CppMap<
    boost::unordered_flat_map<Key<Types>, typename Types::Value, typename HashOf<Types, Hash<Key<Types>>>::Type,
                              std::equal_to<Key<Types>>,
                              typename Memory::template Allocator<std::pair<const Key<Types>, typename Types::Value>>>,
    std::string_view, Types>;

} // namespace

void add_boost(Plan &plan) {
    add_map_of_any_hash<BoostMap>(plan, {"boost", "boost::unordered_flat_map of " BOOST_LIB_VERSION,
                                         "boost::hash and the map's own mixing; strings: XXH3, inlined", "malloc"});
    add_bad<BoostMap>(plan, "boost");
}

} // namespace bench
