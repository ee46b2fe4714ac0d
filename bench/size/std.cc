// std.cc - std::unordered_map, for bench/codesize.
#include <string_view>
#include <unordered_map>

#define MAP std::unordered_map
#define STRING_VIEW std::string_view
#include "cpp.h"
