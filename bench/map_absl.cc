// map_absl.cc - absl::flat_hash_map.
#include "bad.h"
#include "cpp_map.h"
#include "suites.h"

#include <absl/container/flat_hash_map.h>
#include <absl/strings/string_view.h>

namespace bench {

namespace {

// Debian's abseil has a string view of its own, and hashes that one as a string.
template <class Types> using Key = CppKey<absl::string_view>::For<typename Types::Key>;

template <class Types, class Memory>
using AbslMap =
    CppMap<absl::flat_hash_map<Key<Types>, typename Types::Value,
                               typename HashOf<Types, absl::container_internal::hash_default_hash<Key<Types>>>::Type,
                               absl::container_internal::hash_default_eq<Key<Types>>,
                               typename Memory::template Allocator<std::pair<const Key<Types>, typename Types::Value>>>,
           absl::string_view, Types>;

} // namespace

void add_absl(Plan &plan) {
    add_map_of_any_hash<AbslMap>(
        plan,
        {"absl", "absl::flat_hash_map of LTS " + std::to_string(ABSL_LTS_RELEASE_VERSION), "absl::Hash", "malloc"});
    add_bad<AbslMap>(plan, "absl");
}

} // namespace bench
