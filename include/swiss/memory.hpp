/* memory.hpp - where the maps of map.hpp have their memory from, and how their entries move in it. C++17.
 *
 *     swiss_arena arena = {};
 *     swiss::map<int, int> map(swiss::allocator<>(swiss_arena_allocator(&arena)));    // a swiss_allocator for C++
 *
 *     template <> struct swiss::is_trivially_relocatable<handle> : std::true_type {};     // moved by memcpy from now
 */
#ifndef SWISS_MEMORY_HPP
#define SWISS_MEMORY_HPP

#include "allocator.h"
#include "hash.hpp"
#include <array>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <vector>

/* Without exceptions, as with -fno-exceptions, what would be thrown ends the program. */
#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
#    define SWISS_TRY_ try
#    define SWISS_CATCH_ catch (...)
#    define SWISS_THROW_(exception) throw exception
#    define SWISS_RETHROW_ throw
#else
#    define SWISS_TRY_ if (true)
#    define SWISS_CATCH_ else
#    define SWISS_THROW_(exception) std::abort()
#    define SWISS_RETHROW_ std::abort()
#endif

SWISS_BEGIN_QUIET_
namespace SWISS_NAMESPACE_ {

/* A swiss_allocator as the standard's containers want theirs. It does not own the swiss_allocator, which outlives all
 * that has memory from it. */
template <class T = unsigned char> class allocator {
    /* That of a set is what the compiler comes to first. */
    static_assert(!std::is_reference_v<T>, "swiss: a key type is neither volatile nor a reference");

  public:
    using value_type = T;
    using propagate_on_container_move_assignment = std::true_type;
    using propagate_on_container_swap = std::true_type;
    using is_always_equal = std::false_type;

    /* By default the default allocator of swiss, which is the bundled heap (allocator.h). */
    constexpr allocator() noexcept = default;
    constexpr allocator(const swiss_allocator *source) noexcept : source_(source) {}
    template <class U> constexpr allocator(const allocator<U> &other) noexcept : source_(other.source()) {}

    /* Returns room for `count` objects. Throws std::bad_alloc. */
    [[nodiscard]] T *allocate(std::size_t count) {
        if (count > PTRDIFF_MAX / sizeof(T))
            SWISS_THROW_(std::bad_array_new_length());
        if (count == 0)
            count = 1;
        void *block = swiss_allocator_allocate(source_, count * sizeof(T), alignof(T));
        if (block == nullptr)
            SWISS_THROW_(std::bad_alloc());
        return static_cast<T *>(block);
    }

    void deallocate(T *block, std::size_t count) noexcept {
        swiss_allocator_free(source_, block, (count ? count : 1) * sizeof(T), alignof(T));
    }

    /* Returns the swiss_allocator; nullptr is the default one. */
    constexpr const swiss_allocator *source() const noexcept {
        return source_;
    }

    template <class U> friend bool operator==(const allocator &a, const allocator<U> &b) noexcept {
        return a.source() == b.source();
    }
    template <class U> friend bool operator!=(const allocator &a, const allocator<U> &b) noexcept {
        return a.source() != b.source();
    }

  private:
    const swiss_allocator *source_ = nullptr;
};

/* True if an object may be moved to another place by memcpy, and its old place be forgotten without a destructor: as if
 * it were moved and the old one destroyed. It is known for types that are moved so by the compiler, and for the
 * templates below. Another type that has no pointer into itself, and that nobody knows by its address, may say so by a
 * specialisation: then maps move it faster. In libstdc++ std::string is not such a type: short strings point into
 * themselves. */
template <class T>
struct is_trivially_relocatable
    : std::bool_constant<std::is_trivially_move_constructible_v<T> && std::is_trivially_destructible_v<T>> {};
template <class T> struct is_trivially_relocatable<const T> : is_trivially_relocatable<T> {};
template <class A, class B>
struct is_trivially_relocatable<std::pair<A, B>>
    : std::bool_constant<is_trivially_relocatable<A>::value && is_trivially_relocatable<B>::value> {};
template <class... Ts>
struct is_trivially_relocatable<std::tuple<Ts...>> : std::bool_constant<(is_trivially_relocatable<Ts>::value && ...)> {
};
template <class T, std::size_t N> struct is_trivially_relocatable<std::array<T, N>> : is_trivially_relocatable<T> {};
template <class T> struct is_trivially_relocatable<std::optional<T>> : is_trivially_relocatable<T> {};
template <class T> struct is_trivially_relocatable<std::unique_ptr<T>> : std::true_type {};
template <class T> struct is_trivially_relocatable<std::shared_ptr<T>> : std::true_type {};
template <class T> struct is_trivially_relocatable<std::weak_ptr<T>> : std::true_type {};
#if (defined(__GLIBCXX__) && !defined(_GLIBCXX_DEBUG)) || defined(_LIBCPP_VERSION)
template <class T> struct is_trivially_relocatable<std::vector<T, std::allocator<T>>> : std::true_type {};
template <class T> struct is_trivially_relocatable<std::vector<T, allocator<T>>> : std::true_type {};
#endif

namespace detail_ {

template <class A> inline constexpr bool is_swiss_allocator_ = false;
template <class T> inline constexpr bool is_swiss_allocator_<allocator<T>> = true;

/* The alignment of a block, as a type to allocate. */
template <std::size_t Alignment> struct alignas(Alignment) chunk_ { unsigned char bytes_[Alignment]; };

/* An allocator of the standard's kind as a swiss_allocator, for one call of the core. What it throws waits here until
 * the core, which is C, has returned. */
template <class Allocator, std::size_t Alignment> class bridge_ {
    using chunk = chunk_<Alignment>;
    using own = typename std::allocator_traits<Allocator>::template rebind_alloc<chunk>;
    using traits = std::allocator_traits<own>;

  public:
    explicit bridge_(const Allocator &allocator) noexcept
        : allocator_(allocator), calls_{allocate, resize, free, this} {}
    bridge_(const bridge_ &) = delete;
    bridge_ &operator=(const bridge_ &) = delete;

    const swiss_allocator *get() const noexcept {
        return &calls_;
    }

    /* Throws what the allocator has thrown, or std::bad_alloc if it was not even asked. */
    [[noreturn]] void fail() {
#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
        if (error_)
            std::rethrow_exception(error_);
#endif
        SWISS_THROW_(std::bad_alloc());
    }

  private:
    static std::size_t chunks(std::size_t size) noexcept {
        return (size + Alignment - 1) / Alignment;
    }

    static void *allocate(void *context, std::size_t size, std::size_t) noexcept {
        bridge_ *bridge = static_cast<bridge_ *>(context);
        SWISS_TRY_ {
            return std::addressof(*traits::allocate(bridge->allocator_, chunks(size)));
        }
        SWISS_CATCH_ {
#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
            bridge->error_ = std::current_exception();
#endif
        }
        return nullptr;
    }

    static void *resize(void *, void *, std::size_t, std::size_t, std::size_t) noexcept {
        return nullptr; /* the core never asks */
    }

    static void free(void *context, void *block, std::size_t size, std::size_t) noexcept {
        bridge_ *bridge = static_cast<bridge_ *>(context);
        traits::deallocate(bridge->allocator_,
                           std::pointer_traits<typename traits::pointer>::pointer_to(*static_cast<chunk *>(block)),
                           chunks(size));
    }

    own allocator_;
    swiss_allocator calls_;
#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
    std::exception_ptr error_;
#endif
};

/* A swiss_allocator needs no bridge. */
template <class T, std::size_t Alignment> class bridge_<allocator<T>, Alignment> {
  public:
    explicit bridge_(const allocator<T> &allocator) noexcept : source_(allocator.source()) {}

    const swiss_allocator *get() const noexcept {
        return source_;
    }

    [[noreturn]] void fail() {
        SWISS_THROW_(std::bad_alloc());
    }

  private:
    const swiss_allocator *source_;
};

} // namespace detail_
} // namespace SWISS_NAMESPACE_
SWISS_END_QUIET_

#endif
