// types.h - what maps are measured with: one description for each pair of key and value.
//
// A description names the pair, its types, where its keys come from, and how a value is made from a number and read back:
// values are numbered so that every result of a lookup can be checked.
#ifndef BENCH_TYPES_H
#define BENCH_TYPES_H

#include "keys.h"

namespace bench {

struct U64ToU64 {
    static constexpr const char *name = "u64_u64";
    using Key = uint64_t;
    using Value = uint64_t;
    using Keys = RandomIntegers<uint64_t>;
    static Value value(uint64_t number) {
        return number;
    }
    static uint64_t number(const Value &value) {
        return value;
    }
};

struct StrToU64 {
    static constexpr const char *name = "str_u64";
    using Key = swiss_slice;
    using Value = uint64_t;
    using Keys = Words;
    static Value value(uint64_t number) {
        return number;
    }
    static uint64_t number(const Value &value) {
        return value;
    }
};

} // namespace bench

#endif
