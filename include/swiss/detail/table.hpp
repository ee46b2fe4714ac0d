/* table.hpp - what the maps and sets of map.hpp share: a swiss_table whose entries are objects of C++.
 *
 * Finding, inserting and removing are the core of probe.h, inlined, with the hash and the comparison of the map. What
 * the core does out of line is compiled as C, and nothing is thrown through it. So there are two ways to grow:
 *
 *   by the core   entries are trivially relocatable (memory.hpp) and their hash is noexcept. The core calls the hash
 *                 and moves the bytes (grow.h, table.c).
 *   rebuild_      all others. A second table is filled and takes the place of the first. If something is thrown on the
 *                 way the first is as it was:
 *                   relocatable     their bytes are copied; the old ones are forgotten at the end
 *                   moved nothrow   all are hashed, if the hash may throw, and then moved
 *                   others          are copied, and the old ones destroyed at the end. What cannot be copied is moved,
 *                                   and a move that throws leaves the table empty.
 *
 * An entry for which there is no room is constructed before the table grows: what it is made of may lie in the table.
 */
#ifndef SWISS_DETAIL_TABLE_HPP
#define SWISS_DETAIL_TABLE_HPP

#include "entry.hpp"
#include <cstring>
#include <initializer_list>
#include <limits>
#include <stdexcept>

SWISS_BEGIN_QUIET_
namespace SWISS_NAMESPACE_ {
namespace detail_ {

template <class Entry, class Hash, class Equal, class Allocator>
class table_ : box_<Hash, 0>, box_<Equal, 1>, box_<Allocator, 2> {
    using value_ = typename Entry::value;
    using movable_ = typename Entry::movable;
    using own_ = typename std::allocator_traits<Allocator>::template rebind_alloc<value_>;
    using traits_ = std::allocator_traits<own_>;

  public:
    using key_type = typename Entry::key;
    using value_type = value_;
    using size_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using hasher = Hash;
    using key_equal = Equal;
    using allocator_type = Allocator;
    using reference = value_type &;
    using const_reference = const value_type &;
    using pointer = typename traits_::pointer;
    using const_pointer = typename traits_::const_pointer;
    using const_iterator = iterator_<const value_>;
    using iterator = std::conditional_t<Entry::is_map, iterator_<value_>, const_iterator>;
    using node_type = std::conditional_t<Entry::is_map, map_node_<Entry, Allocator>, set_node_<Entry, Allocator>>;
    using insert_return_type = insert_return_<iterator, node_type>;

    static_assert(std::is_same_v<bare_<key_type>, key_type>, "swiss: a key type is neither volatile nor a reference");

    /* Making, assigning, ending ------------------------------------------------------------------------------------ */

    table_() = default;
    explicit table_(size_type size, const Hash &hash = Hash(), const Equal &equal = Equal(),
                    const Allocator &allocator = Allocator())
        : box_<Hash, 0>(hash), box_<Equal, 1>(equal), box_<Allocator, 2>(allocator) {
        if (size)
            allocate_(table_of_, size);
    }
    table_(size_type size, const Allocator &allocator) : table_(size, Hash(), Equal(), allocator) {}
    table_(size_type size, const Hash &hash, const Allocator &allocator) : table_(size, hash, Equal(), allocator) {}
    explicit table_(const Allocator &allocator) : table_(0, Hash(), Equal(), allocator) {}

    template <class Iterator, class = typename std::iterator_traits<Iterator>::iterator_category>
    table_(Iterator first, Iterator last, size_type size = 0, const Hash &hash = Hash(), const Equal &equal = Equal(),
           const Allocator &allocator = Allocator())
        : table_(size, hash, equal, allocator) {
        insert(first, last);
    }
    template <class Iterator, class = typename std::iterator_traits<Iterator>::iterator_category>
    table_(Iterator first, Iterator last, const Allocator &allocator)
        : table_(first, last, 0, Hash(), Equal(), allocator) {}
    template <class Iterator, class = typename std::iterator_traits<Iterator>::iterator_category>
    table_(Iterator first, Iterator last, size_type size, const Allocator &allocator)
        : table_(first, last, size, Hash(), Equal(), allocator) {}
    template <class Iterator, class = typename std::iterator_traits<Iterator>::iterator_category>
    table_(Iterator first, Iterator last, size_type size, const Hash &hash, const Allocator &allocator)
        : table_(first, last, size, hash, Equal(), allocator) {}

    table_(std::initializer_list<value_> values, size_type size = 0, const Hash &hash = Hash(),
           const Equal &equal = Equal(), const Allocator &allocator = Allocator())
        : table_(values.begin(), values.end(), size, hash, equal, allocator) {}
    table_(std::initializer_list<value_> values, const Allocator &allocator)
        : table_(values, 0, Hash(), Equal(), allocator) {}
    table_(std::initializer_list<value_> values, size_type size, const Allocator &allocator)
        : table_(values, size, Hash(), Equal(), allocator) {}
    table_(std::initializer_list<value_> values, size_type size, const Hash &hash, const Allocator &allocator)
        : table_(values, size, hash, Equal(), allocator) {}

    table_(const table_ &other)
        : table_(other, std::allocator_traits<Allocator>::select_on_container_copy_construction(other.allocator_())) {}
    table_(const table_ &other, const Allocator &allocator) : table_(0, other.hash_(), other.equal_(), allocator) {
        copy_(other);
    }
    /* The hash and the comparison are copied: *other stays fit for use. */
    table_(table_ &&other) noexcept(
        std::is_nothrow_copy_constructible_v<Hash> &&std::is_nothrow_copy_constructible_v<Equal>)
        : box_<Hash, 0>(other.hash_()), box_<Equal, 1>(other.equal_()), box_<Allocator, 2>(other.allocator_()) {
        table_of_ = swiss_table_move(&other.table_of_);
    }
    table_(table_ &&other, const Allocator &allocator) : table_(0, other.hash_(), other.equal_(), allocator) {
        if (is_equal_(other))
            table_of_ = swiss_table_move(&other.table_of_);
        else
            take_all_(other);
    }

    ~table_() {
        if (table_of_.control)
            free_(table_of_, true);
    }

    table_ &operator=(const table_ &other) {
        if (this == std::addressof(other))
            return *this;
        constexpr bool goes_along = std::allocator_traits<Allocator>::propagate_on_container_copy_assignment::value;
        table_ made(other, goes_along ? other.allocator_() : allocator_());
        assign_functions_(made); /* before anything changes: this may throw */
        std::swap(table_of_, made.table_of_);
        if constexpr (goes_along)
            std::swap(allocator_(), made.allocator_());
        return *this;
    }
    table_ &operator=(table_ &&other) noexcept(
        (std::allocator_traits<Allocator>::is_always_equal::value ||
         std::allocator_traits<Allocator>::propagate_on_container_move_assignment::value) &&
        (std::is_empty_v<Hash> ||
         std::is_nothrow_copy_assignable_v<Hash>)&&(std::is_empty_v<Equal> ||
                                                    std::is_nothrow_copy_assignable_v<Equal>)) {
        if (this == std::addressof(other))
            return *this;
        constexpr bool goes_along = std::allocator_traits<Allocator>::propagate_on_container_move_assignment::value;
        if (goes_along || is_equal_(other)) {
            assign_functions_(other);
            if (table_of_.control)
                free_(table_of_, true);
            table_of_ = swiss_table_move(&other.table_of_);
            if constexpr (goes_along)
                allocator_() = std::move(other.allocator_());
        } else {
            table_ made(std::move(other), allocator_());
            assign_functions_(made);
            std::swap(table_of_, made.table_of_);
        }
        return *this;
    }

    void swap(table_ &other) noexcept((std::is_empty_v<Hash> ||
                                       std::is_nothrow_swappable_v<Hash>)&&(std::is_empty_v<Equal> ||
                                                                            std::is_nothrow_swappable_v<Equal>)) {
        using std::swap;
        if constexpr (!std::is_empty_v<Hash>)
            swap(hash_(), other.hash_());
        if constexpr (!std::is_empty_v<Equal>)
            swap(equal_(), other.equal_());
        if constexpr (std::allocator_traits<Allocator>::propagate_on_container_swap::value)
            swap(allocator_(), other.allocator_());
        else
            SWISS_ASSERT(is_equal_(other));
        std::swap(table_of_, other.table_of_);
    }

    allocator_type get_allocator() const noexcept {
        return allocator_();
    }
    hasher hash_function() const {
        return hash_();
    }
    key_equal key_eq() const {
        return equal_();
    }

    /* Size and room ------------------------------------------------------------------------------------------------ */

    [[nodiscard]] bool empty() const noexcept {
        return table_of_.size == 0;
    }
    size_type size() const noexcept {
        return table_of_.size;
    }
    size_type max_size() const noexcept {
        return static_cast<size_type>(std::numeric_limits<difference_type>::max()) / (sizeof(value_) + 2) / 2;
    }
    size_type capacity() const noexcept {
        return swiss_table_capacity(&table_of_);
    }
    size_type bucket_count() const noexcept {
        return capacity();
    }
    float load_factor() const noexcept {
        return capacity() ? static_cast<float>(size()) / static_cast<float>(capacity()) : 0.0f;
    }
    float max_load_factor() const noexcept {
        return capacity() == 0 ? 0.875f : static_cast<float>(max_load_()) / static_cast<float>(capacity());
    }
    void max_load_factor(float) noexcept {}

    void reserve(size_type size) {
        if (size <= table_of_.size || size - table_of_.size <= table_of_.growth_left)
            return;
        if constexpr (grows_by_core_()) {
            by_core_([size](swiss_table *table, const swiss_table_type *type) {
                return swiss_table_reserve(table, type, size);
            });
        } else if (table_of_.size == 0) { /* moves nothing: so it is for the core */
            rebuild_empty_(size);
        } else {
            rebuild_(size < max_load_() ? max_load_() : size);
        }
    }
    void rehash(size_type slots) {
        if (slots == 0)
            shrink_to_fit();
        else
            reserve(slots <= SWISS_GROUP_WIDTH ? slots : slots - slots / 8);
    }
    void shrink_to_fit() {
        if constexpr (!grows_by_core_()) {
            if (table_of_.size) {
                size_type least = 4;
                while (max_load_of_(least) < table_of_.size)
                    least *= 2;
                if (least < capacity() || table_of_.size + table_of_.growth_left != max_load_())
                    rebuild_(table_of_.size);
                return;
            }
        }
        by_core_([](swiss_table *table, const swiss_table_type *type) { return swiss_table_shrink(table, type); });
    }

    /* Iterating ---------------------------------------------------------------------------------------------------- */

    iterator begin() noexcept {
        return first_<iterator>();
    }
    const_iterator begin() const noexcept {
        return first_<const_iterator>();
    }
    const_iterator cbegin() const noexcept {
        return first_<const_iterator>();
    }
    iterator end() noexcept {
        return iterator();
    }
    const_iterator end() const noexcept {
        return const_iterator();
    }
    const_iterator cend() const noexcept {
        return const_iterator();
    }

    /* Finding ------------------------------------------------------------------------------------------------------ */

  protected:
    /* A key of a second type, by a transparent hash and comparison. */
    template <class Q>
    using if_lookup_ =
        std::enable_if_t<is_transparent_<Hash> && is_transparent_<Equal> && !std::is_same_v<bare_<Q>, key_type> &&
                             !std::is_convertible_v<Q, iterator> && !std::is_convertible_v<Q, const_iterator> &&
                             std::is_invocable_v<const Hash &, const bare_<Q> &>,
                         int>;

  public:
    SWISS_INLINE_ iterator find(const key_type &key) {
        return find_by_<iterator>(key);
    }
    SWISS_INLINE_ const_iterator find(const key_type &key) const {
        return find_by_<const_iterator>(key);
    }
    SWISS_INLINE_ bool contains(const key_type &key) const {
        return find_entry_(key) != nullptr;
    }
    SWISS_INLINE_ size_type count(const key_type &key) const {
        return contains(key);
    }
    std::pair<iterator, iterator> equal_range(const key_type &key) {
        return range_of_(find(key));
    }
    std::pair<const_iterator, const_iterator> equal_range(const key_type &key) const {
        return range_of_(find(key));
    }
    template <class Q, if_lookup_<const Q &> = 0> iterator find(const Q &key) {
        return find_by_<iterator>(key);
    }
    template <class Q, if_lookup_<const Q &> = 0> const_iterator find(const Q &key) const {
        return find_by_<const_iterator>(key);
    }
    template <class Q, if_lookup_<const Q &> = 0> bool contains(const Q &key) const {
        return find_entry_(key) != nullptr;
    }
    template <class Q, if_lookup_<const Q &> = 0> size_type count(const Q &key) const {
        return contains(key);
    }
    template <class Q, if_lookup_<const Q &> = 0> std::pair<iterator, iterator> equal_range(const Q &key) {
        return range_of_(find(key));
    }
    template <class Q, if_lookup_<const Q &> = 0>
    std::pair<const_iterator, const_iterator> equal_range(const Q &key) const {
        return range_of_(find(key));
    }

    /* Inserting ---------------------------------------------------------------------------------------------------- */

    SWISS_INLINE_ std::pair<iterator, bool> insert(movable_ &&value) {
        return insert_value_(std::move(value));
    }
    SWISS_INLINE_ std::pair<iterator, bool> insert(const movable_ &value) {
        return insert_value_(value);
    }
    template <class P, std::enable_if_t<Entry::is_map && !std::is_same_v<bare_<P>, movable_> &&
                                            std::is_constructible_v<value_, P &&>,
                                        int> = 0>
    std::pair<iterator, bool> insert(P &&value) {
        return emplace(std::forward<P>(value));
    }
    iterator insert(const_iterator, movable_ &&value) {
        return insert_value_(std::move(value)).first;
    }
    iterator insert(const_iterator, const movable_ &value) {
        return insert_value_(value).first;
    }
    template <class P, std::enable_if_t<Entry::is_map && !std::is_same_v<bare_<P>, movable_> &&
                                            std::is_constructible_v<value_, P &&>,
                                        int> = 0>
    iterator insert(const_iterator, P &&value) {
        return emplace(std::forward<P>(value)).first;
    }
    template <class Iterator, class = typename std::iterator_traits<Iterator>::iterator_category>
    void insert(Iterator first, Iterator last) {
        for (; first != last; ++first)
            emplace(*first);
    }
    /* Inserts copies of the elements of a range, or moves them there if it is a view of things to move. */
    template <class Range> void insert_range(Range &&range) {
        for (auto &&value : range)
            emplace(std::forward<decltype(value)>(value));
    }
    void insert(std::initializer_list<value_> values) {
        insert(values.begin(), values.end());
    }

    /* As the standard has it; but if the key can be seen among the arguments nothing is made of them when it is there
     * already. */
    template <class... Args> SWISS_INLINE_ std::pair<iterator, bool> emplace(Args &&...args) {
        if constexpr (is_value_<Args...>()) {
            return insert_value_(std::forward<Args>(args)...);
        } else if constexpr (is_key_and_value_<Args...>()) {
            return insert_parts_(std::forward<Args>(args)...);
        } else {
            temporary_ made(*this);
            made.fill([&](value_ *to) { construct_(to, std::forward<Args>(args)...); });
            return made.insert();
        }
    }
    template <class... Args> iterator emplace_hint(const_iterator, Args &&...args) {
        return emplace(std::forward<Args>(args)...).first;
    }

    insert_return_type insert(node_type &&node) {
        if (node.empty())
            return {end(), false, node_type()};
        SWISS_ASSERT(*node.allocator_ == allocator_());
        value_ *entry = node.entry_();
        auto made = insert_into_room_(Entry::key_of(*entry), [&](value_ *to) { move_(to, *entry); });
        if (!made.second)
            return {made.first, false, std::move(node)};
        node.reset_();
        return {made.first, true, node_type()};
    }
    iterator insert(const_iterator, node_type &&node) {
        insert_return_type result = insert(std::move(node));
        node = std::move(result.node);
        return result.position;
    }

    /* Moves here each entry of `source`, which may have another hash and comparison, whose key is not here. */
    template <class H, class E> void merge(table_<Entry, H, E, Allocator> &source) {
        if (static_cast<void *>(std::addressof(source)) == static_cast<void *>(this))
            return;
        SWISS_ASSERT(allocator_() == source.allocator_());
        for (auto i = source.begin(); i != source.end(); ++i) {
            value_ &entry = const_cast<value_ &>(*i);
            const auto move = [&](value_ *to) { source.move_out_(to, entry); };
            if (insert_into_room_(Entry::key_of(entry), move).second)
                source.erase_at_(std::addressof(entry));
        }
    }
    template <class H, class E> void merge(table_<Entry, H, E, Allocator> &&source) {
        merge(source);
    }

    /* Removing ----------------------------------------------------------------------------------------------------- */

    /* Returns the place after the entry, which costs nothing if it is not looked at. */
    iterator erase(const_iterator place) {
        iterator after = mutable_(place);
        ++after;
        erase_at_(const_cast<value_ *>(place.entry_()));
        return after;
    }
    template <bool IsMap = Entry::is_map, std::enable_if_t<IsMap, int> = 0> iterator erase(iterator place) {
        return erase(const_iterator(place));
    }
    iterator erase(const_iterator first, const_iterator last) {
        if (first != last) /* looks at the lanes now: `last` may have been inserted after `first` went on */
            first = at_<const_iterator>(const_cast<value_ *>(first.entry_()));
        while (first != last)
            first = erase(first);
        return mutable_(last);
    }
    SWISS_INLINE_ size_type erase(const key_type &key) {
        return erase_by_(key);
    }
    template <class Q, if_lookup_<Q &&> = 0> size_type erase(Q &&key) {
        return erase_by_(key);
    }
    node_type extract(const_iterator place) {
        node_type node;
        move_out_(node.room_(), const_cast<value_ &>(*place));
        node.allocator_.emplace(allocator_());
        erase_at_(const_cast<value_ *>(place.entry_()));
        return node;
    }
    node_type extract(const key_type &key) {
        const const_iterator place = find(key);
        return place == end() ? node_type() : extract(place);
    }
    template <class Q, if_lookup_<Q &&> = 0> node_type extract(Q &&key) {
        const const_iterator place = find(key);
        return place == end() ? node_type() : extract(place);
    }
    void clear() noexcept {
        if (table_of_.control == nullptr)
            return;
        destroy_all_(table_of_);
        by_core_([](swiss_table *table, const swiss_table_type *type) {
            swiss_table_clear(table, type);
            return true;
        });
    }

    /* Measures the table (table.h). Hashes every key: std::terminate if that throws. O(capacity). */
    swiss_table_stats stats() const noexcept {
        const swiss_table_type type = typed_();
        return swiss_table_get_stats(&table_of_, &type);
    }
    /* Returns nullptr if the table holds all that it promises about itself, or else a sentence that says what does not
     * (table.h). For debugging: std::terminate if the hash or the comparison throws. O(capacity). */
    const char *validate() const noexcept {
        swiss_table_type type = typed_();
        type.equal = equal_stored_;
        return swiss_table_validate(&table_of_, &type);
    }

  protected:
    /* For map ------------------------------------------------------------------------------------------------------ */

    /* Returns the entry of `key`, or nullptr. */
    template <class Q> SWISS_INLINE_ value_ *find_entry_(const Q &key) const {
        if constexpr (is_light_<Q>())
            return find_entry_inlined_(key);
        else
            return find_entry_called_(key);
    }

    /* Inserts an entry of `key`, if there is none, made of the key and the arguments of a value. These may refer to
     * something in the table: a key or value that is light is copied first, for the rest see insert_. */
    template <class Q, class... Args> SWISS_INLINE_ std::pair<iterator, bool> try_emplace_(Q &&key, Args &&...args) {
        if constexpr (is_own_key_<Q>() && sizeof...(Args) == 0) {
            const key_type own = key;
            return insert_into_room_(own, [&](value_ *to) {
                construct_(to, std::piecewise_construct, std::tuple<const key_type &>(own), std::tuple<>());
            });
        } else if constexpr (is_own_key_<Q>() && sizeof...(Args) == 1 && (is_own_value_<Args>() && ...)) {
            return insert_parts_(std::forward<Q>(key), std::forward<Args>(args)...);
        } else {
            return insert_(key, [&](value_ *to) {
                construct_(to, std::piecewise_construct, std::forward_as_tuple(std::forward<Q>(key)),
                           std::forward_as_tuple(std::forward<Args>(args)...));
            });
        }
    }

    /* Takes over the entries of a table with the same functions and an equal allocator. */
    void take_table_(table_ &made) noexcept {
        std::swap(table_of_, made.table_of_);
    }

    /* Compares two keys that key_eq has called equal. */
    static bool is_same_key_(const key_type &a, const key_type &b) {
        if constexpr (std::is_same_v<Equal, equal_to<key_type>> || std::is_same_v<Equal, std::equal_to<key_type>>)
            return true;
        else
            return static_cast<bool>(a == b);
    }

    iterator mutable_(const_iterator place) const noexcept {
        iterator found;
        found.slots_ = place.slots_;
        found.offset_ = place.offset_;
        found.window_ = place.window_;
        found.end_ = place.end_;
        found.rest_ = place.rest_;
        return found;
    }

  private:
    template <class, class, class, class> friend class table_;

    /* The parts ---------------------------------------------------------------------------------------------------- */

    Hash &hash_() noexcept {
        return box_<Hash, 0>::get();
    }
    const Hash &hash_() const noexcept {
        return box_<Hash, 0>::get();
    }
    Equal &equal_() noexcept {
        return box_<Equal, 1>::get();
    }
    const Equal &equal_() const noexcept {
        return box_<Equal, 1>::get();
    }
    Allocator &allocator_() noexcept {
        return box_<Allocator, 2>::get();
    }
    const Allocator &allocator_() const noexcept {
        return box_<Allocator, 2>::get();
    }
    /* Takes over the functions of another table, both or, if something throws, none. If they cannot be exchanged
     * without an exception the entries end before: they could be found by none of the two. What is empty, as a lambda,
     * need not be assignable. */
    void assign_functions_(const table_ &other) {
        using std::swap;
        if constexpr (!(std::is_empty_v<Hash> || std::is_nothrow_swappable_v<Hash>) ||
                      !(std::is_empty_v<Equal> || std::is_nothrow_swappable_v<Equal>))
            clear();
        [[maybe_unused]] Hash hash(other.hash_());
        [[maybe_unused]] Equal equal(other.equal_());
        if constexpr (!std::is_empty_v<Hash>)
            swap(hash_(), hash);
        if constexpr (!std::is_empty_v<Equal>)
            swap(equal_(), equal);
    }
    bool is_equal_(const table_ &other) const noexcept {
        if constexpr (std::allocator_traits<Allocator>::is_always_equal::value)
            return true;
        else
            return allocator_() == other.allocator_();
    }

    /* Hashing and comparing ---------------------------------------------------------------------------------------- */

    /* True if the hash takes a seed. What else takes two arguments has another result: a comparison, for one. */
    template <class Q> static constexpr bool is_seeded_() {
        if constexpr (std::is_invocable_v<const Hash &, const Q &, std::uint64_t>)
            return std::is_same_v<std::invoke_result_t<const Hash &, const Q &, std::uint64_t>, std::uint64_t>;
        else
            return false;
    }
    static constexpr bool is_hash_nothrow_() {
        if constexpr (is_seeded_<key_type>())
            return std::is_nothrow_invocable_v<const Hash &, const key_type &, std::uint64_t>;
        else
            return std::is_nothrow_invocable_v<const Hash &, const key_type &>;
    }
    /* True if a NaN equals none and so may have another hash each time, lest many of them crowd (hash.h). */
    static constexpr bool is_nan_apart_() {
        return std::is_same_v<Hash, hash<key_type>> && is_float_<key_type> &&
               (std::is_same_v<Equal, equal_to<key_type>> || std::is_same_v<Equal, std::equal_to<key_type>> ||
                std::is_same_v<Equal, std::equal_to<>>);
    }

    /* True if any Hash is as good as that of the table: then the core is given no table. */
    static constexpr bool is_stateless_() {
        return std::is_empty_v<Hash> && std::is_nothrow_default_constructible_v<Hash>;
    }

    template <class Q> SWISS_INLINE_ static std::uint64_t hash_by_(const Hash &hash, const Q &key, std::uint64_t seed) {
        constexpr bool is_hash = is_seeded_<Q>() || std::is_invocable_r_v<std::size_t, const Hash &, const Q &>;
        static_assert(is_hash, "swiss: the hash needs std::size_t operator()(const KEY &) const");
        if constexpr (is_nan_apart_() && std::is_same_v<Q, key_type>)
            return SWISS_HASH_OF_KIND_(SWISS_KIND_OF_(key_type), &key, sizeof key, seed, false, true);
        else if constexpr (is_seeded_<Q>())
            return hash(key, seed);
        else if constexpr (is_hash) /* lest one error is followed by others */
            return swiss_hash_mix(static_cast<std::uint64_t>(hash(key)), seed);
        else
            return seed;
    }
    template <class Q> std::uint64_t hash_of_(const Q &key) const {
        return hash_by_(hash_(), key, table_of_.seed);
    }

    /* A key to be compared, as the core takes it. */
    template <class Q> struct query_ {
        const Equal *equal;
        const Q *key;
    };
    template <class Q> static bool equal_query_(const void *slot, const void *query, const swiss_table_type *) {
        constexpr bool is_comparison = std::is_invocable_r_v<bool, const Equal &, const key_type &, const Q &>;
        static_assert(is_comparison, "swiss: the comparison needs bool operator()(const KEY &, const KEY &) const");
        [[maybe_unused]] const query_<Q> *by = static_cast<const query_<Q> *>(query);
        if constexpr (is_comparison)
            return static_cast<bool>((*by->equal)(Entry::key_of(*static_cast<const value_ *>(slot)), *by->key));
        else
            return slot != nullptr;
    }

    /* For the core: */
    static const table_ &table_in_(const swiss_table_type *type) noexcept {
        return *static_cast<const table_ *>(type->context);
    }
    static std::uint64_t hash_stored_(const void *slot, std::uint64_t seed, const swiss_table_type *type) noexcept {
        const value_ &entry = *static_cast<const value_ *>(slot);
        if constexpr (is_stateless_())
            return hash_by_(Hash(), Entry::key_of(entry), seed);
        else
            return hash_by_(table_in_(type).hash_(), Entry::key_of(entry), seed);
    }
    static bool equal_stored_(const void *a, const void *b, const swiss_table_type *type) noexcept {
        return static_cast<bool>(table_in_(type).equal_()(Entry::key_of(*static_cast<const value_ *>(a)),
                                                          Entry::key_of(*static_cast<const value_ *>(b))));
    }
    /* The core compares entries only where it validates a table. That might throw in the middle of C. */
    static bool equal_none_(const void *, const void *, const swiss_table_type *) noexcept {
        return false;
    }
    static void split_(const swiss_table *table, const swiss_table_type *type, swiss_split *split) noexcept {
        if constexpr (is_stateless_()) {
            swiss_table_split_(table, &type_, split);
        } else {
            swiss_table_type own = type_;
            own.context = type->context;
            swiss_table_split_(table, &own, split);
        }
    }

    static constexpr swiss_table_type type_ = {
        sizeof(value_), 0,       0,       sizeof(value_), alignof(value_), hash_stored_, equal_none_,
        nullptr,        nullptr, nullptr, split_,         nullptr,         true,         nullptr,
    };
    swiss_table_type typed_() const noexcept {
        swiss_table_type type = type_;
        type.context = const_cast<table_ *>(this);
        return type;
    }

    /* Objects ------------------------------------------------------------------------------------------------------ */

    /* True if entries are moved by memcpy. An allocator that constructs in its own way may count on being asked. */
    static constexpr bool is_relocatable_() {
        return Entry::is_relocatable() && is_plain_<own_, value_>;
    }
    static constexpr bool is_destroyed_trivially_() {
        return std::is_trivially_destructible_v<value_> && is_plain_<own_, value_>;
    }
    static constexpr bool grows_by_core_() {
        return is_relocatable_() && is_hash_nothrow_();
    }

    template <class... Args> void construct_(value_ *to, Args &&...args) {
        own_ own(allocator_());
        traits_::construct(own, to, std::forward<Args>(args)...);
    }
    void destroy_(value_ *entry) noexcept {
        own_ own(allocator_());
        traits_::destroy(own, entry);
    }
    /* Makes an object of another, which stays to be destroyed. */
    void move_(value_ *to, value_ &from) {
        own_ own(allocator_());
        if constexpr (Entry::is_movable())
            Entry::template construct_moved<traits_>(own, to, from);
    }
    /* The same with an entry of this table that is to be removed. If it can only be moved, and that throws, nobody
     * knows what is left of it: it is removed. */
    void move_out_(value_ *to, value_ &entry) {
        if constexpr (Entry::is_nothrow_movable() || Entry::is_copyable()) {
            move_(to, entry);
        } else {
            SWISS_TRY_ {
                move_(to, entry);
            }
            SWISS_CATCH_ {
                erase_at_(std::addressof(entry));
                SWISS_RETHROW_;
            }
        }
    }
    /* Makes an object of another and ends that. */
    void relocate_(value_ *to, value_ *from) noexcept {
        move_(to, *from);
        destroy_(from);
    }
    void destroy_all_(const swiss_table &table) noexcept {
        if constexpr (!is_destroyed_trivially_())
            for_each_(table, [this](value_ *entry) { destroy_(entry); });
    }
    template <class F> static void for_each_(const swiss_table &table, F f) {
        swiss_table_iter iter = swiss_table_iterate(&table);
        while (void *slot = swiss_table_next(&iter, &type_))
            f(static_cast<value_ *>(slot));
    }

    /* Blocks ------------------------------------------------------------------------------------------------------- */

    struct bridge : bridge_<Allocator, (alignof(value_) > SWISS_GROUP_WIDTH ? alignof(value_) : SWISS_GROUP_WIDTH)> {
        using bridge_<Allocator, (alignof(value_) > SWISS_GROUP_WIDTH ? alignof(value_) : SWISS_GROUP_WIDTH)>::bridge_;
    };

    /* Calls the core, which may allocate and free; it hashes only if grows_by_core_. Throws if it returns false. */
    template <class F> void by_core_(F f) {
        bridge allocator(allocator_());
        const swiss_table_type type = typed_();
        table_of_.allocator = allocator.get();
        const bool is_done = f(&table_of_, &type);
        table_of_.allocator = nullptr;
        if (SWISS_UNLIKELY(!is_done))
            allocator.fail();
    }
    /* Gives an empty table without a block room for so many entries. Throws. */
    void allocate_(swiss_table &table, size_type size) {
        bridge allocator(allocator_());
        table.allocator = allocator.get();
        const bool is_done = swiss_table_reserve(&table, &type_, size);
        table.allocator = nullptr;
        if (SWISS_UNLIKELY(!is_done))
            allocator.fail();
    }
    /* Frees the block of a table, whose entries are destroyed before, if `destroys`. */
    void free_(swiss_table &table, bool destroys) noexcept {
        if (destroys)
            destroy_all_(table);
        bridge allocator(allocator_());
        table.allocator = allocator.get();
        swiss_table_free(&table, &type_);
        table.allocator = nullptr;
    }

    /* Entries in a table that is being made. They and its block go again if it is not kept. */
    struct fresh_ {
        fresh_(table_ &owner, size_type size) : owner_(owner) {
            table_of_.seed = owner.table_of_.seed;
            owner.allocate_(table_of_, size);
        }
        ~fresh_() {
            if (table_of_.control)
                owner_.free_(table_of_, destroys_);
        }
        fresh_(const fresh_ &) = delete;
        fresh_ &operator=(const fresh_ &) = delete;

        table_ &owner_;
        swiss_table table_of_ = {};
        bool destroys_ = true;
    };

    void rebuild_empty_(size_type size) {
        fresh_ fresh(*this, size);
        std::swap(table_of_, fresh.table_of_);
    }

    /* Moves all entries to a block with room for `size`, at least those that there are: see above. */
    void rebuild_(size_type size) {
        fresh_ fresh(*this, size);
        if constexpr (is_relocatable_()) {
            fresh.destroys_ = false;
            for_each_(table_of_, [&](value_ *entry) {
                const std::uint64_t hash = hash_of_(Entry::key_of(*entry));
                std::memcpy(static_cast<void *>(add_(fresh.table_of_, hash)), static_cast<void *>(entry),
                            sizeof(value_));
            });
        } else if constexpr (Entry::is_nothrow_movable()) {
            if constexpr (is_hash_nothrow_()) {
                for_each_(table_of_, [&](value_ *entry) {
                    relocate_(add_(fresh.table_of_, hash_of_(Entry::key_of(*entry))), entry);
                });
            } else {
                std::vector<std::uint64_t> hashes;
                hashes.reserve(table_of_.size);
                for_each_(table_of_, [&](value_ *entry) { hashes.push_back(hash_of_(Entry::key_of(*entry))); });
                const std::uint64_t *hash = hashes.data();
                for_each_(table_of_, [&](value_ *entry) { relocate_(add_(fresh.table_of_, *hash++), entry); });
            }
            fresh.destroys_ = false;
        } else if constexpr (Entry::is_copyable()) {
            for_each_(table_of_, [&](value_ *entry) {
                const std::uint64_t hash = hash_of_(Entry::key_of(*entry));
                claim_ claimed(fresh.table_of_, add_(fresh.table_of_, hash));
                construct_(claimed.entry_, static_cast<const value_ &>(*entry));
                claimed.keep();
            });
        } else {
            SWISS_TRY_ {
                for_each_(table_of_, [&](value_ *entry) {
                    const std::uint64_t hash = hash_of_(Entry::key_of(*entry));
                    claim_ claimed(fresh.table_of_, add_(fresh.table_of_, hash));
                    move_(claimed.entry_, *entry);
                    claimed.keep();
                });
            }
            SWISS_CATCH_ {
                clear(); /* some of the keys have gone */
                SWISS_RETHROW_;
            }
        }
        std::swap(table_of_, fresh.table_of_); /* the old entries end with `fresh`, if they are objects still */
    }

    static constexpr size_type max_load_of_(size_type capacity) {
        return capacity <= SWISS_GROUP_WIDTH ? capacity : capacity - capacity / 8;
    }
    size_type max_load_() const noexcept {
        return max_load_of_(capacity());
    }

    /* Makes room for one more entry in a table that has none; the first block, too. Throws. */
    SWISS_NOINLINE void make_room_() {
        static_assert(Entry::is_movable(),
                      "swiss: keys and values move when the table grows: write a move constructor, "
                      "or keep a std::unique_ptr to what cannot move");
        if constexpr (!grows_by_core_()) {
            if (table_of_.control) {
                const size_type retired = max_load_() - table_of_.size; /* table.c has the reason of the bound */
                const bool is_worth_it = capacity() > SWISS_GROUP_WIDTH && retired >= capacity() / 32 * 3;
                rebuild_(is_worth_it ? max_load_() : max_load_() + 1);
                return;
            }
        }
        by_core_([](swiss_table *table, const swiss_table_type *type) { return swiss_table_make_room_(table, type); });
    }

    /* Takes a slot for an entry of this hash in a table that has room. */
    static value_ *add_(swiss_table &table, std::uint64_t hash) noexcept {
        return static_cast<value_ *>(swiss_table_add_(&table, &type_, hash));
    }

    /* A slot that is given back unless an entry has been made in it. */
    struct claim_ {
        claim_(swiss_table &table, value_ *entry) : table_of_(&table), entry_(entry) {}
        ~claim_() {
            if (table_of_)
                swiss_table_release_(table_of_, swiss_table_index_(table_of_, &type_, entry_));
        }
        claim_(const claim_ &) = delete;
        claim_ &operator=(const claim_ &) = delete;
        void keep() {
            table_of_ = nullptr;
        }

        swiss_table *table_of_;
        value_ *entry_;
    };

    /* Finding and inserting ---------------------------------------------------------------------------------------- */

    const std::uint8_t *control_end_() const noexcept {
        return table_of_.control + table_of_.mask + SWISS_GROUP_WIDTH;
    }
    template <class Iterator> Iterator at_(value_ *entry, size_type index) const noexcept {
        return Iterator(entry, table_of_.control + index, control_end_());
    }
    template <class Iterator> Iterator at_(value_ *entry) const noexcept {
        return at_<Iterator>(entry, swiss_table_index_(&table_of_, &type_, entry));
    }
    template <class Iterator> Iterator first_() const noexcept {
        if (table_of_.size == 0)
            return Iterator();
        return Iterator::first_(table_of_.slots, table_of_.control, control_end_());
    }
    template <class Iterator> static std::pair<Iterator, Iterator> range_of_(Iterator place) noexcept {
        Iterator after = place;
        if (after != Iterator())
            ++after;
        return {place, after};
    }

    /* True if to compare keys is to compare numbers: then a compiler may keep the members of the table over it. */
    template <class Q> static constexpr bool is_number_equal_() {
        return std::is_scalar_v<key_type> && std::is_same_v<Q, key_type> &&
               (std::is_same_v<Equal, equal_to<key_type>> || std::is_same_v<Equal, std::equal_to<key_type>>);
    }
    SWISS_NOINLINE SWISS_PURE value_ *find_number_further_(std::uint64_t hash, key_type key) const {
        const query_<key_type> query = {std::addressof(equal_()), std::addressof(key)};
        return static_cast<value_ *>(
            swiss_table_find_further_(&table_of_, &type_, hash, equal_query_<key_type>, &query));
    }
    template <class Q> SWISS_INLINE_ value_ *find_further_(std::uint64_t hash, handed_<Q> key) const {
        if constexpr (is_number_equal_<Q>())
            return find_number_further_(hash, key);
        else
            return find_other_further_<Q>(hash, key);
    }
    template <class Q> SWISS_NOINLINE value_ *find_other_further_(std::uint64_t hash, handed_<Q> key) const {
        const query_<Q> query = {std::addressof(equal_()), std::addressof(key)};
        return static_cast<value_ *>(swiss_table_find_further_(&table_of_, &type_, hash, equal_query_<Q>, &query));
    }

    template <class Q> SWISS_INLINE_ value_ *find_entry_inlined_(const Q &key) const {
        if (SWISS_UNLIKELY(table_of_.control == nullptr))
            return nullptr;
        const std::uint64_t hash = hash_of_(key);
        const query_<Q> query = {std::addressof(equal_()), std::addressof(key)};
        void *slot =
            swiss_table_find_first_(&table_of_, &type_, hash, equal_query_<Q>, &query, SWISS_FETCH_MATCHING_, nullptr);
        if (slot == nullptr && SWISS_UNLIKELY(swiss_table_goes_further_(&table_of_, hash)))
            slot = find_further_<Q>(hash, key);
        return static_cast<value_ *>(slot);
    }
    template <class Q> value_ *find_entry_called_(const Q &key) const {
        return find_entry_inlined_(key);
    }

    template <class Iterator, class Q> SWISS_INLINE_ Iterator find_by_(const Q &key) const {
        if constexpr (is_light_<Q>())
            return find_inlined_<Iterator>(key);
        else
            return find_called_<Iterator>(key);
    }
    template <class Iterator, class Q> Iterator find_called_(const Q &key) const {
        return find_inlined_<Iterator>(key);
    }
    template <class Iterator, class Q> SWISS_INLINE_ Iterator find_inlined_(const Q &key) const {
        if (SWISS_UNLIKELY(table_of_.control == nullptr))
            return Iterator();
        const std::uint64_t hash = hash_of_(key);
        const query_<Q> query = {std::addressof(equal_()), std::addressof(key)};
        swiss_found_ found;
        void *slot =
            swiss_table_find_first_(&table_of_, &type_, hash, equal_query_<Q>, &query, SWISS_FETCH_MATCHING_, &found);
        if (SWISS_LIKELY(slot != nullptr))
            return at_<Iterator>(static_cast<value_ *>(slot), found.position + found.lane);
        if (SWISS_UNLIKELY(swiss_table_goes_further_(&table_of_, hash)))
            if (value_ *entry = find_further_<Q>(hash, key))
                return at_<Iterator>(entry);
        return Iterator();
    }

    template <class Q> SWISS_INLINE_ size_type erase_by_(const Q &key) {
        if constexpr (is_light_<Q>())
            return erase_inlined_(key);
        else
            return erase_called_(key);
    }
    template <class Q> size_type erase_called_(const Q &key) {
        return erase_inlined_(key);
    }
    template <class Q> SWISS_INLINE_ size_type erase_inlined_(const Q &key) {
        if (SWISS_UNLIKELY(table_of_.control == nullptr))
            return 0;
        const std::uint64_t hash = hash_of_(key);
        const query_<Q> query = {std::addressof(equal_()), std::addressof(key)};
        swiss_found_ found;
        void *slot =
            swiss_table_find_first_(&table_of_, &type_, hash, equal_query_<Q>, &query, SWISS_FETCH_MATCHING_, &found);
        if (SWISS_LIKELY(slot != nullptr)) {
            destroy_(static_cast<value_ *>(slot));
            if constexpr (is_destroyed_trivially_())
                swiss_table_release_found_(&table_of_, &found, hash);
            else /* which may have removed others */
                swiss_table_release_(&table_of_, found.position + found.lane);
            return 1;
        }
        if (SWISS_UNLIKELY(swiss_table_goes_further_(&table_of_, hash)))
            if (value_ *entry = find_further_<Q>(hash, key)) {
                destroy_(entry);
                swiss_table_release_slot_(&table_of_, &type_, entry);
                return 1;
            }
        return 0;
    }

    void erase_at_(value_ *entry) noexcept {
        SWISS_ASSERT(swiss_table_holds_(&table_of_, &type_, entry));
        destroy_(entry);
        swiss_table_release_(&table_of_, swiss_table_index_(&table_of_, &type_, entry));
    }

    /* An entry, or a slot for it. */
    struct place_ {
        value_ *entry;
        bool is_new;
    };

    /* Does the work of insert_ if the home group is not enough. */
    template <class Q> SWISS_NOINLINE place_ claim_further_(std::uint64_t hash, handed_<Q> key) {
        if (swiss_table_goes_further_(&table_of_, hash))
            if (value_ *entry = find_further_<Q>(hash, key))
                return {entry, false};
        if (table_of_.growth_left == 0)
            make_room_();
        return {add_(table_of_, hash), true};
    }

    /* Inserts the entry of `key` that `make` constructs in a slot, unless there is one. Neither refers to anything in
     * the table. `make` is called at most once, when there is room. */
    template <class Q, class Make>
    SWISS_INLINE_ std::pair<iterator, bool> insert_into_room_(const Q &key, const Make &make) {
        if (SWISS_UNLIKELY(table_of_.control == nullptr))
            make_room_();
        const std::uint64_t hash = hash_of_(key);
        const query_<Q> query = {std::addressof(equal_()), std::addressof(key)};
        swiss_found_ found;
        void *slot =
            swiss_table_find_first_(&table_of_, &type_, hash, equal_query_<Q>, &query, SWISS_FETCH_EARLY_, &found);
        if (slot)
            return {at_<iterator>(static_cast<value_ *>(slot), found.position + found.lane), false};
        if (SWISS_LIKELY(!swiss_table_goes_further_(&table_of_, hash)))
            slot = swiss_table_add_first_(&table_of_, &type_, hash);
        if (SWISS_UNLIKELY(slot == nullptr)) {
            const place_ place = claim_further_<Q>(hash, key);
            if (!place.is_new)
                return {at_<iterator>(place.entry), false};
            slot = place.entry;
        }
        claim_ claimed(table_of_, static_cast<value_ *>(slot));
        make(claimed.entry_);
        claimed.keep();
        return {at_<iterator>(claimed.entry_), true};
    }

    /* The same where the two may refer to things in the table: if it has to grow the entry is made first. */
    template <class Q, class Make> std::pair<iterator, bool> insert_(const Q &key, const Make &make) {
        if (SWISS_UNLIKELY(table_of_.growth_left == 0))
            return insert_and_grow_(key, make);
        return insert_into_room_(key, make);
    }
    template <class Q, class Make>
    SWISS_NOINLINE std::pair<iterator, bool> insert_and_grow_(const Q &key, const Make &make) {
        if (value_ *entry = find_entry_(key))
            return {at_<iterator>(entry), false};
        temporary_ made(*this);
        made.fill(make);
        return made.insert();
    }

    /* An entry that is made before its key is looked up. */
    class temporary_ {
      public:
        explicit temporary_(table_ &owner) noexcept : owner_(owner) {}
        ~temporary_() {
            if (is_full_)
                owner_.destroy_(entry_());
        }
        temporary_(const temporary_ &) = delete;
        temporary_ &operator=(const temporary_ &) = delete;

        template <class Make> void fill(const Make &make) {
            make(reinterpret_cast<value_ *>(bytes_));
            is_full_ = true;
        }
        std::pair<iterator, bool> insert() {
            value_ *entry = entry_();
            return owner_.insert_into_room_(Entry::key_of(*entry), [&](value_ *to) { owner_.move_(to, *entry); });
        }

      private:
        value_ *entry_() noexcept {
            return std::launder(reinterpret_cast<value_ *>(bytes_));
        }

        table_ &owner_;
        bool is_full_ = false;
        alignas(value_) unsigned char bytes_[sizeof(value_)];
    };

    /* True if the arguments of emplace are one that has the key in it: in a map, a pair; in a set, the key. */
    template <class... Args> static constexpr bool is_value_() {
        if constexpr (sizeof...(Args) != 1)
            return false;
        else if constexpr (!Entry::is_map)
            return (std::is_same_v<bare_<Args>, key_type> && ...);
        else if constexpr ((is_pair_<bare_<Args>> && ...))
            return (std::is_same_v<bare_<decltype(std::declval<Args>().first)>, key_type> && ...);
        else
            return false;
    }
    /* True if they are a key and something else. */
    template <class... Args> static constexpr bool is_key_and_value_() {
        if constexpr (sizeof...(Args) != 2 || !Entry::is_map)
            return false;
        else
            return std::is_same_v<bare_<std::tuple_element_t<0, std::tuple<Args...>>>, key_type>;
    }

    /* True if it is a light key, or value, of the table's own type. Of another type may be made what refers to it. */
    template <class Q> static constexpr bool is_own_key_() {
        return std::is_same_v<bare_<Q>, key_type> && is_light_<Q>();
    }
    template <class Q> static constexpr bool is_own_value_() {
        if constexpr (Entry::is_map)
            return std::is_same_v<bare_<Q>, typename Entry::mapped> && is_light_<Q>();
        else
            return false;
    }

    template <class Value> SWISS_INLINE_ std::pair<iterator, bool> insert_value_(Value &&value) {
        if constexpr (Entry::is_map)
            return insert_parts_(std::forward<Value>(value).first, std::forward<Value>(value).second);
        else
            return insert_key_(std::forward<Value>(value));
    }
    template <class K> SWISS_INLINE_ std::pair<iterator, bool> insert_key_(K &&key) {
        if constexpr (is_own_key_<K>()) {
            const key_type own = key;
            return insert_into_room_(own, [&](value_ *to) { construct_(to, own); });
        } else {
            return insert_(key, [&](value_ *to) { construct_(to, std::forward<K>(key)); });
        }
    }
    template <class K, class V> SWISS_INLINE_ std::pair<iterator, bool> insert_parts_(K &&key, V &&value) {
        if constexpr (is_own_key_<K>() && is_own_value_<V>()) {
            const key_type own_key = key;
            const bare_<V> own_value = value;
            return insert_into_room_(own_key, [&](value_ *to) { construct_(to, own_key, own_value); });
        } else {
            return insert_(key, [&](value_ *to) { construct_(to, std::forward<K>(key), std::forward<V>(value)); });
        }
    }

    /* Whole tables ------------------------------------------------------------------------------------------------- */

    /* A copy under way: the core calls back for each entry, and nothing is thrown through it. */
    struct copying_ {
        table_ *to;
#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
        std::exception_ptr error;
#endif
    };
    static bool copy_entry_(void *to, const void *from, const swiss_table_type *type) noexcept {
        copying_ *copying = static_cast<copying_ *>(type->context);
        SWISS_TRY_ {
            copying->to->construct_(static_cast<value_ *>(to), *static_cast<const value_ *>(from));
            return true;
        }
        SWISS_CATCH_ {
#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
            copying->error = std::current_exception();
#endif
        }
        return false;
    }
    static void drop_copy_(void *entry, const swiss_table_type *type) noexcept {
        static_cast<copying_ *>(type->context)->to->destroy_(static_cast<value_ *>(entry));
    }
    /* Fills this table, which is empty and has no block, with copies. Throws, and is as it was. */
    void copy_(const table_ &other) {
        if (other.empty())
            return;
        bridge allocator(allocator_());
        swiss_table from = other.table_of_; /* the other one is only read */
        from.allocator = allocator.get();
        copying_ copying = {this, {}};
        swiss_table_type type = type_;
        if constexpr (!Entry::is_copied_by_bytes() || !is_plain_<own_, value_>) {
            type.context = &copying;
            type.clone = copy_entry_;
            type.drop = drop_copy_;
        }
        swiss_table made;
        const bool is_done = swiss_table_clone(&made, &from, &type);
        made.allocator = nullptr;
        table_of_ = made;
        if (is_done)
            return;
#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
        if (copying.error)
            std::rethrow_exception(copying.error);
#endif
        allocator.fail();
    }

    /* Moves all entries of another table, whose allocator has other memory, into this one, which is empty. */
    void take_all_(table_ &other) {
        reserve(other.size());
        for_each_(other.table_of_, [this](value_ *entry) {
            insert_into_room_(Entry::key_of(*entry), [&](value_ *to) { move_(to, *entry); });
        });
        other.clear();
    }

    swiss_table table_of_ = {};
};

template <class Table, class F> std::size_t erase_if_(Table &from, F &accepts) {
    const std::size_t before = from.size();
    for (auto i = from.begin(); i != from.end();)
        if (accepts(*i))
            i = from.erase(i);
        else
            ++i;
    return before - from.size();
}

/* For the deduction of the types of a map. */
template <class I> using value_at_ = typename std::iterator_traits<I>::value_type;
template <class I> using key_at_ = std::remove_const_t<typename value_at_<I>::first_type>;
template <class I> using mapped_at_ = typename value_at_<I>::second_type;
template <class A, class = void> inline constexpr bool is_allocator_ = false;
template <class A>
inline constexpr bool
    is_allocator_<A, std::void_t<typename A::value_type, decltype(std::declval<A &>().allocate(std::size_t()))>> = true;
template <class A> using if_allocator_ = std::enable_if_t<is_allocator_<A>>;
template <class H, class E, class A>
using if_functions_ =
    std::enable_if_t<!is_allocator_<H> && !is_allocator_<E> && !std::is_integral_v<H> && is_allocator_<A>>;

} // namespace detail_
} // namespace SWISS_NAMESPACE_
SWISS_END_QUIET_

#endif
