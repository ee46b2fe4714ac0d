// boost.cc - boost::unordered_flat_map, for bench/codesize.
#include <boost/unordered/unordered_flat_map.hpp>
#include <string_view>

#define MAP boost::unordered_flat_map
#define STRING_VIEW std::string_view
#include "cpp.h"
