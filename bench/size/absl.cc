// absl.cc - absl::flat_hash_map, for bench/codesize.
#include <absl/container/flat_hash_map.h>
#include <absl/strings/string_view.h>

#define MAP absl::flat_hash_map
#define STRING_VIEW absl::string_view
#include "cpp.h"
