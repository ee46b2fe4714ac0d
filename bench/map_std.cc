// map_std.cc - std::unordered_map of the C++ library.
#include "bad.h"
#include "cpp_map.h"
#include "suites.h"

#include <unordered_map>

namespace bench {

namespace {

template <class Types> using Key = CppKey<std::string_view>::For<typename Types::Key>;

template <class Types, class Memory>
using StdMap =
    CppMap<std::unordered_map<Key<Types>, typename Types::Value, typename HashOf<Types, std::hash<Key<Types>>>::Type,
                              std::equal_to<Key<Types>>,
                              typename Memory::template Allocator<std::pair<const Key<Types>, typename Types::Value>>>,
           std::string_view, Types>;

} // namespace

void add_std(Plan &plan) {
    add_map_of_any_hash<StdMap>(plan, {"std", "std::unordered_map of libstdc++ " + std::to_string(_GLIBCXX_RELEASE),
                                       "std::hash (an integer is its own hash)", "malloc"});
    add_bad<StdMap>(plan, "std");
}

} // namespace bench
