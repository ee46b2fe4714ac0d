/* support.hpp - what the tests of map.hpp share: cmocka, types that watch how a map treats them, and hashes and
 * allocators that count and throw. */
#ifndef SWISS_TESTS_CXX_SUPPORT_HPP
#define SWISS_TESTS_CXX_SUPPORT_HPP

#include <swiss/map.hpp>

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>
extern "C" {
#include <cmocka.h>
}

#define assert_valid(map) assert_true((map).validate() == nullptr)

struct boom {};

/* What all objects of the types below do together. */
struct watch {
    static inline long alive = 0, copies = 0, moves = 0, hashes = 0, compares = 0;
    static inline long fuse = -1; /* so many calls until one throws; -1: never */

    static void tick() {
        if (fuse >= 0 && fuse-- == 0)
            throw boom();
    }
};

/* Is moved by its constructor, which throws nothing, and knows its own address: moved by memcpy it is found out. */
class own_address {
  public:
    own_address(int value = 0) : self_(this), value_(value) {
        ++watch::alive;
    }
    own_address(const own_address &other) : self_(this), value_(other.get()) {
        watch::tick();
        ++watch::alive, ++watch::copies;
    }
    own_address(own_address &&other) noexcept : self_(this), value_(other.get()) {
        other.value_ = -1;
        ++watch::alive, ++watch::moves;
    }
    own_address &operator=(const own_address &other) {
        watch::tick();
        value_ = other.get();
        return *this;
    }
    own_address &operator=(own_address &&other) noexcept {
        value_ = other.get();
        return *this;
    }
    ~own_address() {
        check();
        self_ = nullptr;
        --watch::alive;
    }
    int get() const {
        check();
        return value_;
    }

  private:
    void check() const {
        if (self_ != this)
            fail_msg("an object is not where it was made, or ended twice");
    }
    const own_address *self_;
    int value_;
};

/* The same, but a move may throw: a map has to copy it. */
class throwing : public own_address {
  public:
    throwing(int value = 0) : own_address(value) {}
    throwing(const throwing &) = default;
    throwing(throwing &&other) noexcept(false) : own_address((watch::tick(), std::move(other))) {}
    throwing &operator=(const throwing &) = default;
    throwing &operator=(throwing &&other) noexcept(false) {
        watch::tick();
        own_address::operator=(std::move(other));
        return *this;
    }
};

/* The same, and it cannot be copied. */
class throwing_move_only : public own_address {
  public:
    throwing_move_only(int value = 0) : own_address(value) {}
    throwing_move_only(throwing_move_only &&other) noexcept(false) : own_address((watch::tick(), std::move(other))) {}
    throwing_move_only &operator=(throwing_move_only &&other) noexcept(false) {
        watch::tick();
        own_address::operator=(std::move(other));
        return *this;
    }
};

inline bool operator==(const own_address &a, const own_address &b) {
    return a.get() == b.get();
}

class move_only : public own_address {
  public:
    move_only(int value = 0) : own_address(value) {}
    move_only(move_only &&) = default;
    move_only &operator=(move_only &&) = default;
};

/* Owns an object by a pointer, and says that it may be moved by memcpy. */
class owner {
  public:
    owner(int value = 0) : object_(new own_address(value)) {}
    owner(const owner &other) : object_(new own_address(*other.object_)) {}
    owner(owner &&other) noexcept : object_(other.object_) {
        ++watch::moves;
        other.object_ = nullptr;
    }
    owner &operator=(owner other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~owner() {
        delete object_;
    }
    int get() const {
        return object_ ? object_->get() : -1;
    }

  private:
    own_address *object_;
};
template <> struct swiss::is_trivially_relocatable<owner> : std::true_type {};

class alignas(64) aligned : public own_address {
  public:
    aligned(int value = 0) : own_address(value) {
        check();
    }
    aligned(const aligned &other) : own_address(other) {
        check();
    }
    aligned(aligned &&other) noexcept : own_address(std::move(other)) {
        check();
    }
    aligned &operator=(const aligned &) = default;
    aligned &operator=(aligned &&) = default;

  private:
    void check() const {
        assert_int_equal(reinterpret_cast<std::uintptr_t>(this) % 64, 0);
    }
};

/* An object of each type that tests use, made of a number, and the number of it. */
template <class T> T make(int number) {
    if constexpr (std::is_same_v<T, std::string>)
        return number % 2 ? std::to_string(number)
                          : "a string that is too long to lie in itself " + std::to_string(number);
    else if constexpr (std::is_same_v<T, std::unique_ptr<int>>)
        return std::make_unique<int>(number);
    else
        return T(number);
}
inline int number_of(int value) {
    return value;
}
inline int number_of(const std::string &value) {
    return std::atoi(value.c_str() + (value.rfind(' ') == std::string::npos ? 0 : value.rfind(' ') + 1));
}
inline int number_of(const std::unique_ptr<int> &value) {
    return *value;
}
template <class T> auto number_of(const T &value) -> decltype(value.get()) {
    return value.get();
}

/* Hashes and comparisons by number. The first two may throw; the hashes are bad, so that entries crowd. */
struct may_throw_hash {
    template <class T> std::size_t operator()(const T &value) const {
        ++watch::hashes;
        watch::tick();
        return static_cast<std::size_t>(number_of(value) / 4);
    }
};
struct may_throw_equal {
    template <class T> bool operator()(const T &a, const T &b) const {
        ++watch::compares;
        watch::tick();
        return number_of(a) == number_of(b);
    }
};
struct nothrow_hash {
    template <class T> std::size_t operator()(const T &value) const noexcept {
        ++watch::hashes;
        return static_cast<std::size_t>(number_of(value) / 4);
    }
};
struct by_number {
    template <class T> bool operator()(const T &a, const T &b) const noexcept {
        ++watch::compares;
        return number_of(a) == number_of(b);
    }
};

/* What a map holds, by numbers. */
template <class Map> std::map<int, int> numbers_of(const Map &map) {
    std::map<int, int> numbers;
    for (const auto &[key, value] : map)
        assert_true(numbers.emplace(number_of(key), number_of(value)).second);
    assert_int_equal(numbers.size(), map.size());
    for (const auto &[key, value] : numbers) {
        const auto place = map.find(make<typename Map::key_type>(key));
        assert_true(place != map.end() && number_of(place->second) == value);
    }
    return numbers;
}

/* The memory of all allocators with one number. */
struct pool {
    long bytes = 0, blocks = 0, objects = 0, allocations = 0;
};

/* An allocator of the standard's kind with a number, which checks that memory comes back to where it is from. */
template <class T, bool Propagates = true, bool Constructs = false> class numbered {
  public:
    using value_type = T;
    using propagate_on_container_copy_assignment = std::bool_constant<Propagates>;
    using propagate_on_container_move_assignment = std::bool_constant<Propagates>;
    using propagate_on_container_swap = std::bool_constant<Propagates>;
    template <class U> struct rebind { using other = numbered<U, Propagates, Constructs>; };

    explicit numbered(int which = 0) : number(which) {}
    template <class U> numbered(const numbered<U, Propagates, Constructs> &other) : number(other.number) {}

    T *allocate(std::size_t count) {
        watch::tick();
        pool &from = pools()[number];
        from.bytes += static_cast<long>(count * sizeof(T));
        ++from.blocks, ++from.allocations;
        return std::allocator<T>().allocate(count);
    }
    void deallocate(T *block, std::size_t count) {
        pool &from = pools()[number];
        from.bytes -= static_cast<long>(count * sizeof(T));
        --from.blocks;
        assert_true(from.bytes >= 0 && from.blocks >= 0);
        std::allocator<T>().deallocate(block, count);
    }
    template <class U, class... Args, bool Mine = Constructs, std::enable_if_t<Mine, int> = 0>
    void construct(U *at, Args &&...args) {
        ::new (static_cast<void *>(at)) U(std::forward<Args>(args)...);
        ++pools()[number].objects;
    }
    template <class U, bool Mine = Constructs, std::enable_if_t<Mine, int> = 0> void destroy(U *at) {
        --pools()[number].objects;
        at->~U();
    }
    friend bool operator==(const numbered &a, const numbered &b) {
        return a.number == b.number;
    }
    friend bool operator!=(const numbered &a, const numbered &b) {
        return a.number != b.number;
    }
    static std::map<int, pool> &pools() {
        static std::map<int, pool> all;
        return all;
    }

    int number;
};
/* All is given back. The pools of one kind of allocator are one for each type: those of blocks have another. */
template <class Map> void assert_nothing_left() {
    using chunk =
        swiss::detail_::chunk_<(alignof(typename Map::value_type) > 16 ? alignof(typename Map::value_type) : 16)>;
    using blocks = typename std::allocator_traits<typename Map::allocator_type>::template rebind_alloc<chunk>;
    using objects =
        typename std::allocator_traits<typename Map::allocator_type>::template rebind_alloc<typename Map::value_type>;
    for (const auto &[number, of] : blocks::pools())
        assert_true(of.bytes == 0 && of.blocks == 0);
    for (const auto &[number, of] : objects::pools())
        assert_true(of.objects == 0);
}

#endif
