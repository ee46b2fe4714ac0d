// types.h - what maps are measured with: one description for each pair of key and value.
//
// A description names the pair, its types, where its keys come from, and how a value is made from a number and read
// back: values are numbered so that every result of a lookup can be checked.
#ifndef BENCH_TYPES_H
#define BENCH_TYPES_H

#include "keys.h"

namespace bench {

// Values that are numbers themselves.
template <class Number> struct NumberValues {
    using Value = Number;
    static Value value(uint64_t number) {
        return static_cast<Value>(number);
    }
    static uint64_t number(const Value &value) {
        return value;
    }
};

struct U32ToU32 : NumberValues<uint32_t> {
    static constexpr const char *name = "u32_u32";
    using Key = uint32_t;
    using Keys = RandomIntegers<uint32_t>;
};

struct U64ToU64 : NumberValues<uint64_t> {
    static constexpr const char *name = "u64_u64";
    using Key = uint64_t;
    using Keys = RandomIntegers<uint64_t>;
};

// A value that makes an entry with a key of 8 bytes a cache line.
struct Bytes56 {
    uint64_t words[7];
};

struct U64To56B {
    static constexpr const char *name = "u64_56B";
    using Key = uint64_t;
    using Value = Bytes56;
    using Keys = RandomIntegers<uint64_t>;
    static Value value(uint64_t number) {
        return {{number, number, number, number, number, number, number}};
    }
    static uint64_t number(const Value &value) {
        return value.words[0];
    }
};

struct StrToU64 : NumberValues<uint64_t> {
    static constexpr const char *name = "str_u64";
    using Key = swiss_slice;
    using Keys = Words;
};

// A pair with whose keys every contender is given the same hash function, common_hash, instead of its own.
template <class Types> struct WithCommonHash : Types {};

inline uint64_t common_hash(uint64_t key) {
    return swiss_hash_u64(key, 0);
}

// Which hash a C++ container is given: `Own`, or for WithCommonHash the common one.
template <class Types, class Own> struct HashOf { using Type = Own; };
template <class Types, class Own> struct HashOf<WithCommonHash<Types>, Own> {
    struct Type {
        using is_avalanching = void; // Boost: not to be mixed again
        size_t operator()(typename Types::Key key) const {
            return common_hash(key);
        }
    };
};

} // namespace bench

#endif
