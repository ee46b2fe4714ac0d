/* hash.hpp - the hashes and the comparison of the maps of map.hpp. C++17.
 *
 *     swiss::hash<K>         the default: the hashes of hash.h for integers, enumerations, pointers, float, double,
 *                            strings, string views, and pairs and tuples of what has a hash; for any other type its
 *                            std::hash
 *     swiss::keyed_hash<K>   SipHash-1-3 for numbers, pointers and strings: for keys from strangers (hash.h)
 *     swiss::equal_to<K>     the default comparison: ==
 *
 * For strings hash and equal_to are transparent: a string is looked up by a string view or a literal, and no string is
 * made. A pointer is an address, whatever it points to: a `const char *` too.
 *
 * A type of the program gets its hash in one of three ways: std::hash is specialised; the map is given a class with
 * `std::size_t operator()(const K &) const`; or swiss::hash is specialised with the seed as a second argument, which
 * saves mixing the result:
 *
 *     template <> struct swiss::hash<point> {
 *         std::uint64_t operator()(const point &p, std::uint64_t seed) const noexcept {
 *             return swiss_hash_combine(swiss_hash_u64(p.x, seed), p.y);
 *         }
 *     };
 *
 * Any hash that can be called with a seed is: a promise that every bit from 28 up depends on the key and on the seed.
 * A hash that is noexcept lets a map grow faster.
 */
#ifndef SWISS_HASH_HPP
#define SWISS_HASH_HPP

#include "hash.h"
#include <functional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#if defined(_MSVC_LANG) ? _MSVC_LANG < 201703L : __cplusplus < 201703L
#    error "swiss: hash.hpp, memory.hpp and map.hpp need C++17: compile with -std=c++17 or later"
#endif

/* The namespace: with SWISS_PREFIX (base.h) that has the prefix, too. */
#ifdef SWISS_PREFIX
#    define SWISS_NAMESPACE_ SWISS_PREFIXED_(swiss)
#else
#    define SWISS_NAMESPACE_ swiss
#endif

SWISS_BEGIN_QUIET_
namespace SWISS_NAMESPACE_ {

namespace detail_ {

/* True if a T is hashed by its value as a number, in 64 bits. */
template <class T>
inline constexpr bool is_number_ = (std::is_integral_v<T> || std::is_enum_v<T>)&&sizeof(T) <= sizeof(std::uint64_t);

/* True if a T is a float, or a double, or a long double that is as double. */
template <class T> inline constexpr bool is_float_ = std::is_floating_point_v<T> && sizeof(T) <= sizeof(std::uint64_t);

/* Returns an integer, an enumerator or a pointer in 64 bits: by value, so that integers of all sizes are alike. */
template <class T> std::uint64_t bits_of_(const T &key) noexcept {
    if constexpr (std::is_pointer_v<T>)
        return reinterpret_cast<std::uintptr_t>(key);
    else if constexpr (std::is_enum_v<T>)
        return bits_of_(static_cast<std::underlying_type_t<T>>(key));
    else if constexpr (std::is_signed_v<T>)
        return static_cast<std::uint64_t>(static_cast<std::int64_t>(key));
    else
        return static_cast<std::uint64_t>(key);
}

template <class T> constexpr bool is_hash_nothrow_() {
    if constexpr (is_number_<T> || is_float_<T> || std::is_pointer_v<T>)
        return true;
    else
        return std::is_nothrow_invocable_v<std::hash<T>, const T &>;
}

} // namespace detail_

/* The default hash of a key. */
template <class T> struct hash {
    /* Returns the hash under a seed: its bits from 28 up depend on the whole key and on the seed. */
    std::uint64_t operator()(const T &key, std::uint64_t seed) const noexcept(detail_::is_hash_nothrow_<T>()) {
        if constexpr (detail_::is_number_<T> || std::is_pointer_v<T>) {
            return swiss_hash_u64(detail_::bits_of_(key), seed);
        } else if constexpr (detail_::is_float_<T>) {
            return swiss_default_hash(&key, seed);
        } else {
            static_assert(
                std::is_default_constructible_v<std::hash<T>>,
                "swiss: this key has no hash: specialise swiss::hash or std::hash for it, or give the map one");
            if constexpr (std::is_default_constructible_v<std::hash<T>>)
                return swiss_hash_mix(static_cast<std::uint64_t>(std::hash<T>()(key)), seed);
            else
                return seed;
        }
    }

    /* Returns one that is the same in each run of the program, and so does every hash below. */
    std::size_t operator()(const T &key) const noexcept(detail_::is_hash_nothrow_<T>()) {
        return static_cast<std::size_t>((*this)(key, 0));
    }
};

/* The hash of a key by SipHash-1-3 under a key made of the seed: numbers, pointers and strings. */
template <class T> struct keyed_hash {
    static_assert(
        detail_::is_number_<T> || detail_::is_float_<T> || std::is_pointer_v<T>,
        "swiss: keyed_hash is for numbers, pointers and strings: call swiss_hash_keyed in a hash of your own");

    std::uint64_t operator()(const T &key, std::uint64_t seed) const noexcept {
        if constexpr (detail_::is_float_<T>)
            return swiss_default_hash_keyed(&key, seed);
        else
            return swiss_hash_number_(detail_::bits_of_(key), seed, true);
    }

    std::size_t operator()(const T &key) const noexcept {
        return static_cast<std::size_t>((*this)(key, 0));
    }
};

namespace detail_ {

template <class T, class = void> inline constexpr bool is_comparable_ = false;
template <class T>
inline constexpr bool is_comparable_<
    T, std::void_t<decltype(static_cast<bool>(std::declval<const T &>() == std::declval<const T &>()))>> = true;

template <class T> constexpr bool is_equal_nothrow_() {
    if constexpr (is_float_<T> || !is_comparable_<T>)
        return true;
    else
        return noexcept(static_cast<bool>(std::declval<const T &>() == std::declval<const T &>()));
}

} // namespace detail_

/* The default comparison. Floating point is compared as in hash.h. */
template <class T> struct equal_to {
    bool operator()(const T &a, const T &b) const noexcept(detail_::is_equal_nothrow_<T>()) {
        static_assert(detail_::is_comparable_<T>,
                      "swiss: this key has no operator==: write one, or give the map a comparison");
        if constexpr (detail_::is_float_<T>)
            return swiss_default_equal(&a, &b);
        else if constexpr (detail_::is_comparable_<T>)
            return static_cast<bool>(a == b);
        else
            return false;
    }
};

namespace detail_ {

/* Strings, of any allocator, and string views. */
template <bool Keyed> struct string_hash_ {
    using is_transparent = void;

    std::uint64_t operator()(std::string_view key, std::uint64_t seed) const noexcept {
        return Keyed ? swiss_hash_keyed(key.data(), key.size(), seed) : swiss_hash_bytes(key.data(), key.size(), seed);
    }

    std::size_t operator()(std::string_view key) const noexcept {
        return static_cast<std::size_t>((*this)(key, 0));
    }
};

struct string_equal_ {
    using is_transparent = void;

    bool operator()(std::string_view a, std::string_view b) const noexcept {
        return a == b;
    }
};

/* A member of a pair or a tuple, for swiss_hash_combine. */
template <class T>
std::uint64_t hash_member_(const T &member, std::uint64_t seed) noexcept(noexcept(hash<T>()(member, seed))) {
    if constexpr (std::is_integral_v<T> && is_number_<T>)
        return bits_of_(member);
    else
        return hash<T>()(member, seed);
}

template <class... Ts>
std::uint64_t hash_members_(std::uint64_t seed,
                            const Ts &...members) noexcept((noexcept(hash_member_(members, seed)) && ...)) {
    std::uint64_t hash = seed;
    ((hash = swiss_hash_combine(hash, hash_member_(members, seed))), ...);
    return hash;
}

} // namespace detail_

template <class A> struct hash<std::basic_string<char, std::char_traits<char>, A>> : detail_::string_hash_<false> {};
template <> struct hash<std::string_view> : detail_::string_hash_<false> {};
template <class A>
struct keyed_hash<std::basic_string<char, std::char_traits<char>, A>> : detail_::string_hash_<true> {};
template <> struct keyed_hash<std::string_view> : detail_::string_hash_<true> {};
template <class A> struct equal_to<std::basic_string<char, std::char_traits<char>, A>> : detail_::string_equal_ {};
template <> struct equal_to<std::string_view> : detail_::string_equal_ {};

template <class A, class B> struct hash<std::pair<A, B>> {
    std::uint64_t operator()(const std::pair<A, B> &key, std::uint64_t seed) const
        noexcept(noexcept(detail_::hash_members_(seed, key.first, key.second))) {
        return detail_::hash_members_(seed, key.first, key.second);
    }

    std::size_t operator()(const std::pair<A, B> &key) const noexcept(noexcept(hash()(key, 0))) {
        return static_cast<std::size_t>((*this)(key, 0));
    }
};

template <class... Ts> struct hash<std::tuple<Ts...>> {
    std::uint64_t operator()(const std::tuple<Ts...> &key, std::uint64_t seed) const
        noexcept((noexcept(detail_::hash_member_(std::declval<const Ts &>(), seed)) && ...)) {
        return std::apply([seed](const Ts &...members) { return detail_::hash_members_(seed, members...); }, key);
    }

    std::size_t operator()(const std::tuple<Ts...> &key) const noexcept(noexcept(hash()(key, 0))) {
        return static_cast<std::size_t>((*this)(key, 0));
    }
};

} // namespace SWISS_NAMESPACE_
SWISS_END_QUIET_

#endif
