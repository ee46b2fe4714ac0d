/* entry.hpp - the parts of table.hpp: entries, iterators, and nodes, which are entries without a table. */
#ifndef SWISS_DETAIL_ENTRY_HPP
#define SWISS_DETAIL_ENTRY_HPP

#include "../memory.hpp"
#include "../table.h"
#include <cstddef>
#include <iterator>

/* Operations by a light key are inlined where they are called, as those of map.h mostly are; a compiler thinks them too
 * large if it is not told to. Those by another key have a function each. */
#if defined(__GNUC__)
#    define SWISS_INLINE_ __attribute__((always_inline))
#else
#    define SWISS_INLINE_
#endif

SWISS_BEGIN_QUIET_
namespace SWISS_NAMESPACE_ {
namespace detail_ {

/* What is stored: `value` is seen by the program, `movable` is as it is inserted. */
template <class K, class V> struct map_entry_ {
    using key = K;
    using mapped = V;
    using value = std::pair<const K, V>;
    using movable = std::pair<K, V>;
    static constexpr bool is_map = true;

    static const K &key_of(const value &entry) noexcept {
        return entry.first;
    }
    static constexpr bool is_relocatable() {
        return is_trivially_relocatable<K>::value && is_trivially_relocatable<V>::value;
    }
    static constexpr bool is_movable() {
        return is_relocatable() || (std::is_move_constructible_v<K> && std::is_move_constructible_v<V>);
    }
    static constexpr bool is_copied_by_bytes() {
        return std::is_trivially_copy_constructible_v<K> && std::is_trivially_copy_constructible_v<V> &&
               std::is_trivially_destructible_v<K> && std::is_trivially_destructible_v<V>;
    }
    static constexpr bool is_copyable() {
        return std::is_copy_constructible_v<K> && std::is_copy_constructible_v<V>;
    }
    static constexpr bool is_nothrow_movable() {
        return std::is_nothrow_move_constructible_v<K> && std::is_nothrow_move_constructible_v<V>;
    }
    /* Makes an entry of one that is about to end, and whose key is not const any more: copies it if a move may throw,
     * which would leave half an entry. */
    template <class Traits, class A> static void construct_moved(A &allocator, value *to, value &from) {
        if constexpr (is_copyable() && !is_nothrow_movable())
            return Traits::construct(allocator, to, static_cast<const value &>(from));
        Traits::construct(allocator, to, std::move(const_cast<K &>(from.first)), std::move(from.second));
    }
};

template <class K> struct set_entry_ {
    using key = K;
    using value = K;
    using movable = K;
    static constexpr bool is_map = false;

    static const K &key_of(const K &entry) noexcept {
        return entry;
    }
    static constexpr bool is_relocatable() {
        return is_trivially_relocatable<K>::value;
    }
    static constexpr bool is_movable() {
        return is_relocatable() || std::is_move_constructible_v<K>;
    }
    static constexpr bool is_copied_by_bytes() {
        return std::is_trivially_copy_constructible_v<K> && std::is_trivially_destructible_v<K>;
    }
    static constexpr bool is_copyable() {
        return std::is_copy_constructible_v<K>;
    }
    static constexpr bool is_nothrow_movable() {
        return std::is_nothrow_move_constructible_v<K>;
    }
    template <class Traits, class A> static void construct_moved(A &allocator, K *to, K &from) {
        if constexpr (is_copyable() && !is_nothrow_movable())
            return Traits::construct(allocator, to, static_cast<const K &>(from));
        Traits::construct(allocator, to, std::move(from));
    }
};

/* A base class that holds a T in no room if T is empty. */
template <class T, int Number, bool = std::is_empty_v<T> && !std::is_final_v<T>> class box_ : T {
  public:
    box_() = default;
    explicit box_(const T &value) : T(value) {}
    T &get() noexcept {
        return *this;
    }
    const T &get() const noexcept {
        return *this;
    }
};
template <class T, int Number> class box_<T, Number, false> {
  public:
    box_() = default;
    explicit box_(const T &value) : value_(value) {}
    T &get() noexcept {
        return value_;
    }
    const T &get() const noexcept {
        return value_;
    }

  private:
    T value_;
};

template <class T, class = void> inline constexpr bool is_transparent_ = false;
template <class T> inline constexpr bool is_transparent_<T, std::void_t<typename T::is_transparent>> = true;

template <class T> using bare_ = std::remove_cv_t<std::remove_reference_t<T>>;

/* True if a T is better handed on by value. */
template <class T> constexpr bool is_light_() {
    if constexpr (std::is_object_v<bare_<T>> && !std::is_array_v<bare_<T>>)
        return sizeof(bare_<T>) <= 2 * sizeof(void *) && std::is_trivially_copy_constructible_v<bare_<T>> &&
               std::is_trivially_destructible_v<bare_<T>>;
    else
        return false;
}
template <class T> using handed_ = std::conditional_t<is_light_<T>(), T, const T &>;

/* True if allocator A leaves construction and destruction to the types. */
template <class A, class T, class = void> inline constexpr bool is_plain_ = true;
template <class A, class T>
inline constexpr bool
    is_plain_<A, T, std::void_t<decltype(std::declval<A &>().construct(std::declval<T *>(), std::declval<T>()))>> =
        false;
template <class U, class T> inline constexpr bool is_plain_<std::allocator<U>, T, void> = true;

template <class T> inline constexpr bool is_pair_ = false;
template <class A, class B> inline constexpr bool is_pair_<std::pair<A, B>> = true;

/* A place in a table: an entry, or the end, which has none. ++ looks at the control bytes of a window of slots at once,
 * as swiss_table_next does: then from entry to entry is one jump. With windows of one group a loop over 100,000 entries
 * took 1.5 times as long, with a look at each entry four times. So ++ looks again at the byte of the lane that it comes
 * to, whose entry may have been removed meanwhile; and it may miss an entry that is inserted meanwhile.
 *
 *     slots_, window_   the first slot of the window, and its control byte. Windows begin and end at every 64th slot,
 *                       and with the table; but one in which an entry was searched for begins with that
 *     offset_           the bytes from slots_ to the entry; apart from slots_ they save an instruction in a loop
 *     rest_             the lanes from that of the entry on that may be full */
template <class Value> class iterator_ {
  public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = std::remove_const_t<Value>;
    using difference_type = std::ptrdiff_t;
    using pointer = Value *;
    using reference = Value &;

    constexpr iterator_() noexcept = default;
    /* An iterator is also a const_iterator. */
    template <class Other, std::enable_if_t<std::is_same_v<const Other, Value> && !std::is_const_v<Other>, int> = 0>
    constexpr iterator_(const iterator_<Other> &other) noexcept
        : slots_(other.slots_), offset_(other.offset_), window_(other.window_), end_(other.end_), rest_(other.rest_) {}

    SWISS_INLINE_ reference operator*() const noexcept {
        SWISS_ASSERT(is_full_());
        return *entry_();
    }
    SWISS_INLINE_ pointer operator->() const noexcept {
        SWISS_ASSERT(is_full_());
        return entry_();
    }
    SWISS_INLINE_ iterator_ &operator++() noexcept {
        SWISS_ASSERT(slots_ != nullptr);
        unsigned lane;
        do {
            rest_ &= rest_ - 1;
            while (SWISS_UNLIKELY(rest_ == 0)) {
                const unsigned left = left_();
                slots_ += left * sizeof(Value);
                window_ += left;
                if (window_ == end_) {
                    *this = iterator_();
                    return *this;
                }
                rest_ = full_();
            }
            lane = swiss_masks_lowest(rest_);
        } while (SWISS_UNLIKELY(window_[lane] == SWISS_EMPTY));
        if constexpr (sizeof(Value) <= UINT32_MAX / 64) /* a product in 32 bits saves an instruction */
            offset_ = lane * static_cast<std::uint32_t>(sizeof(Value));
        else
            offset_ = lane * sizeof(Value);
        SWISS_ASSUME(slots_ != nullptr); /* so that a loop need not compare it */
        return *this;
    }
    SWISS_INLINE_ iterator_ operator++(int) noexcept {
        iterator_ old = *this;
        ++*this;
        return old;
    }
    SWISS_INLINE_ friend bool operator==(const iterator_ &a, const iterator_ &b) noexcept {
        if (a.slots_ == nullptr || b.slots_ == nullptr)
            return a.slots_ == b.slots_;
        return a.slots_ + a.offset_ == b.slots_ + b.offset_;
    }
    SWISS_INLINE_ friend bool operator!=(const iterator_ &a, const iterator_ &b) noexcept {
        return !(a == b);
    }

  private:
    template <class> friend class iterator_;
    template <class, class, class, class> friend class table_;

    static constexpr unsigned lanes_ = SWISS_WINDOW_;

    /* The place of an entry that was searched for. */
    iterator_(const Value *entry, const std::uint8_t *control, const std::uint8_t *end) noexcept
        : slots_(bytes_(entry)), window_(control), end_(end), rest_(every_ >> (lanes_ - left_()) * SWISS_LANE_BITS_) {}

    /* The first place of a table, which has entries. */
    static iterator_ first_(const char *slots, const std::uint8_t *control, const std::uint8_t *end) noexcept {
        iterator_ first;
        first.slots_ = slots;
        first.window_ = control;
        first.end_ = end;
        while ((first.rest_ = first.full_()) == 0) {
            first.slots_ += lanes_ * sizeof(Value);
            first.window_ += lanes_;
        }
        first.offset_ = swiss_masks_lowest(first.rest_) * sizeof(Value);
        return first;
    }
    static const char *bytes_(const Value *entry) noexcept {
        return static_cast<const char *>(static_cast<const void *>(entry));
    }
    Value *entry_() const noexcept {
        return static_cast<Value *>(static_cast<void *>(const_cast<char *>(slots_ + offset_)));
    }
    bool is_full_() const noexcept {
        return slots_ != nullptr && window_[offset_ / sizeof(Value)] != SWISS_EMPTY;
    }

    /* Returns the number of the slots of the window. */
    unsigned left_() const noexcept {
        return static_cast<unsigned>(end_ - window_ - 1) % lanes_ + 1;
    }
    /* Returns the lanes of a window that hold an entry, if it begins where it ends but for `lanes_` slots. */
    std::uint64_t full_() const noexcept {
        std::uint64_t full = 0;
        const std::uint8_t *control = window_;
        for (unsigned bits = 0; bits < 64 && control != end_; bits += SWISS_MASK_BITS, control += SWISS_GROUP_WIDTH)
            full |= static_cast<std::uint64_t>(swiss_group_match_full(swiss_group_load(control))) << bits;
        return full;
    }

    static constexpr std::uint64_t every_ = SWISS_MASK_BITS == 16 ? UINT64_MAX : 0x1111111111111111u;
    const char *slots_ = nullptr; /* of the end: nullptr */
    std::size_t offset_ = 0;
    const std::uint8_t *window_ = nullptr;
    const std::uint8_t *end_ = nullptr; /* of the control bytes */
    std::uint64_t rest_ = 0;
};

/* An entry without a table, which extract returns: it is in the handle itself. */
template <class Entry, class Allocator> class node_ {
  public:
    using allocator_type = Allocator;

    node_() noexcept = default;
    node_(node_ &&other) noexcept(Entry::is_nothrow_movable()) {
        take_(other);
    }
    node_ &operator=(node_ &&other) noexcept(Entry::is_nothrow_movable()) {
        if (this != &other) {
            reset_();
            take_(other);
        }
        return *this;
    }
    ~node_() {
        reset_();
    }

    [[nodiscard]] bool empty() const noexcept {
        return !allocator_;
    }
    explicit operator bool() const noexcept {
        return !empty();
    }
    allocator_type get_allocator() const {
        SWISS_ASSERT(!empty());
        return *allocator_;
    }
    void swap(node_ &other) {
        std::swap(*this, other);
    }
    friend void swap(node_ &a, node_ &b) {
        a.swap(b);
    }

  protected:
    typename Entry::value *entry_() const noexcept {
        SWISS_ASSERT(!empty());
        return std::launder(reinterpret_cast<typename Entry::value *>(const_cast<unsigned char *>(bytes_)));
    }

  private:
    template <class, class, class, class> friend class table_;
    using own_ = typename std::allocator_traits<Allocator>::template rebind_alloc<typename Entry::value>;
    using traits_ = std::allocator_traits<own_>;

    typename Entry::value *room_() noexcept {
        return reinterpret_cast<typename Entry::value *>(bytes_);
    }
    void take_(node_ &other) {
        if (other.empty())
            return;
        own_ own(*other.allocator_);
        Entry::template construct_moved<traits_>(own, room_(), *other.entry_());
        allocator_.emplace(*other.allocator_);
        other.reset_();
    }
    void reset_() noexcept {
        if (empty())
            return;
        own_ own(*allocator_);
        traits_::destroy(own, entry_());
        allocator_.reset();
    }

    alignas(typename Entry::value) unsigned char bytes_[sizeof(typename Entry::value)];
    std::optional<Allocator> allocator_; /* if there is an entry */
};

template <class Entry, class Allocator> class map_node_ : public node_<Entry, Allocator> {
  public:
    using key_type = typename Entry::key;
    using mapped_type = typename Entry::mapped;

    key_type &key() const noexcept {
        return const_cast<key_type &>(this->entry_()->first);
    }
    mapped_type &mapped() const noexcept {
        return this->entry_()->second;
    }
};

template <class Entry, class Allocator> class set_node_ : public node_<Entry, Allocator> {
  public:
    using value_type = typename Entry::value;

    value_type &value() const noexcept {
        return *this->entry_();
    }
};

/* The outcome of the insertion of a node. */
template <class Iterator, class Node> struct insert_return_ {
    Iterator position;
    bool inserted;
    Node node; /* if it was not inserted */
};

} // namespace detail_
} // namespace SWISS_NAMESPACE_
SWISS_END_QUIET_

#endif
