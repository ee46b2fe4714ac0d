/* map.hpp - swiss::map and swiss::set: the tables of swiss with the names of std::unordered_map and std::unordered_set.
 * C++17.
 *
 *     #include <swiss/map.hpp>
 *
 *     swiss::map<std::string, int> words;
 *     ++words["cat"];                                          // a literal is looked up as it is: no string is made
 *     words.try_emplace("dog", 2);
 *     if (auto found = words.find("cat"); found != words.end()) found->second = 5;
 *     for (const auto &[word, count] : words) std::cout << word << ' ' << count << '\n';
 *     erase_if(words, [](const auto &entry) { return entry.second > 3; });
 *     swiss::set<int> primes = {2, 3, 5, 7};
 *
 * The members do what the standard says of those of the unordered containers, but for this:
 *
 * - Entries lie in the table itself. They move, and references, pointers and iterators to them end, when an insertion
 *   makes the table grow, and by reserve, rehash, shrink_to_fit and merge (into the table). A reserve before keeps them
 *   where they are. erase ends those to the entry alone, swap and a move of the whole map none: an iterator goes along.
 *   clear ends all.
 * - So keys and values are movable. They are moved by memcpy if they may be (is_trivially_relocatable in memory.hpp),
 *   and else by their move constructors; by copying, if these may throw. A node handle has its entry in itself: extract
 *   and insert move it.
 * - A reference taken before and used after the table has grown is stale, as in `map[b] = map[a]`, if map[a] is looked
 *   up first. As arguments of an insertion entries of the map itself are fine: map.emplace(b, map.at(a)).
 * - There are slots, not buckets: bucket_count is the number of slots (capacity). max_load_factor cannot be changed.
 * - erase(iterator) returns the next place. begin() is O(capacity), and so is a whole iteration. One that has begun may
 *   miss what is inserted meanwhile, and must not have that as its end.
 * - The hash of a default map is that of hash.hpp, with a seed for each map: the order of iteration is another each
 *   time. Any other hash is mixed with the seed.
 *
 * Exceptions. Out of memory is std::bad_alloc, or what the allocator throws. If anything throws while one entry is
 * inserted or room is made, the map has the entries that it had; it may have grown. But if entries can only be moved,
 * and that throws while the map grows, the map is empty. Who inserts several has those before the one that threw. A
 * copy that throws leaves nothing behind. A hash that is noexcept makes growing faster.
 *
 * Allocators. The default, swiss::allocator, is a pointer to a swiss_allocator (memory.hpp), by default to the bundled
 * heap. Any allocator of the standard's kind does as well: std::allocator, std::pmr::polymorphic_allocator.
 *
 * Distinct maps may be used in distinct threads, and one map may be read by several as long as none changes it. Without
 * exceptions (-fno-exceptions) what would be thrown ends the program. detail/table.hpp says how it is done.
 */
#ifndef SWISS_MAP_HPP
#define SWISS_MAP_HPP

#include "detail/table.hpp"

SWISS_BEGIN_QUIET_
namespace SWISS_NAMESPACE_ {

template <class K, class V, class Hash = hash<std::remove_const_t<K>>, class Equal = equal_to<std::remove_const_t<K>>,
          class Allocator = allocator<std::pair<const K, V>>>
class map : public detail_::table_<detail_::map_entry_<std::remove_const_t<K>, V>, Hash, Equal, Allocator> {
    using table = detail_::table_<detail_::map_entry_<std::remove_const_t<K>, V>, Hash, Equal, Allocator>;
    template <class Q> using if_lookup_ = typename table::template if_lookup_<Q>;

  public:
    using mapped_type = V;
    using typename table::const_iterator;
    using typename table::iterator;
    using typename table::key_type;
    using typename table::value_type;

    map() = default;
    using table::table;
    /* A constructor of its own, because gcc 12 else does not deduce the types of a list. */
    map(std::initializer_list<std::pair<const K, V>> values, std::size_t size = 0, const Hash &hash = Hash(),
        const Equal &equal = Equal(), const Allocator &allocator = Allocator())
        : table(values, size, hash, equal, allocator) {}
    map &operator=(std::initializer_list<std::pair<const K, V>> values) {
        map made(values, 0, this->hash_function(), this->key_eq(), this->get_allocator());
        this->take_table_(made);
        return *this;
    }

    /* Return the value of a key. Throw std::out_of_range if it is not there. O(1) expected. */
    SWISS_INLINE_ V &at(const key_type &key) {
        return value_at_(key);
    }
    SWISS_INLINE_ const V &at(const key_type &key) const {
        return value_at_(key);
    }
    template <class Q, if_lookup_<const Q &> = 0> V &at(const Q &key) {
        return value_at_(key);
    }
    template <class Q, if_lookup_<const Q &> = 0> const V &at(const Q &key) const {
        return value_at_(key);
    }

    /* Return the value of a key, which is inserted with V() if it is not there. O(1) expected and amortised. */
    SWISS_INLINE_ V &operator[](const key_type &key) {
        return this->try_emplace_(key).first->second;
    }
    SWISS_INLINE_ V &operator[](key_type &&key) {
        return this->try_emplace_(std::move(key)).first->second;
    }
    template <class Q, if_lookup_<Q &&> = 0> V &operator[](Q &&key) {
        return this->try_emplace_(std::forward<Q>(key)).first->second;
    }

    /* Insert V(args...) unless the key is there: then neither it nor the arguments are touched. */
    template <class... Args> SWISS_INLINE_ std::pair<iterator, bool> try_emplace(const key_type &key, Args &&...args) {
        return this->try_emplace_(key, std::forward<Args>(args)...);
    }
    template <class... Args> SWISS_INLINE_ std::pair<iterator, bool> try_emplace(key_type &&key, Args &&...args) {
        return this->try_emplace_(std::move(key), std::forward<Args>(args)...);
    }
    template <class Q, class... Args, if_lookup_<Q &&> = 0>
    std::pair<iterator, bool> try_emplace(Q &&key, Args &&...args) {
        return this->try_emplace_(std::forward<Q>(key), std::forward<Args>(args)...);
    }
    template <class... Args> iterator try_emplace(const_iterator, const key_type &key, Args &&...args) {
        return this->try_emplace_(key, std::forward<Args>(args)...).first;
    }
    template <class... Args> iterator try_emplace(const_iterator, key_type &&key, Args &&...args) {
        return this->try_emplace_(std::move(key), std::forward<Args>(args)...).first;
    }
    template <class Q, class... Args, if_lookup_<Q &&> = 0>
    iterator try_emplace(const_iterator, Q &&key, Args &&...args) {
        return this->try_emplace_(std::forward<Q>(key), std::forward<Args>(args)...).first;
    }

    /* Insert the key with the value, or assign the value to the one that is there. */
    template <class W> std::pair<iterator, bool> insert_or_assign(const key_type &key, W &&value) {
        return insert_or_assign_(key, std::forward<W>(value));
    }
    template <class W> std::pair<iterator, bool> insert_or_assign(key_type &&key, W &&value) {
        return insert_or_assign_(std::move(key), std::forward<W>(value));
    }
    template <class Q, class W, if_lookup_<Q &&> = 0> std::pair<iterator, bool> insert_or_assign(Q &&key, W &&value) {
        return insert_or_assign_(std::forward<Q>(key), std::forward<W>(value));
    }
    template <class W> iterator insert_or_assign(const_iterator, const key_type &key, W &&value) {
        return insert_or_assign_(key, std::forward<W>(value)).first;
    }
    template <class W> iterator insert_or_assign(const_iterator, key_type &&key, W &&value) {
        return insert_or_assign_(std::move(key), std::forward<W>(value)).first;
    }
    template <class Q, class W, if_lookup_<Q &&> = 0> iterator insert_or_assign(const_iterator, Q &&key, W &&value) {
        return insert_or_assign_(std::forward<Q>(key), std::forward<W>(value)).first;
    }

    /* True if both have the same keys with equal values: as key_eq finds them, and by ==. O(capacity). */
    friend bool operator==(const map &a, const map &b) {
        if (a.size() != b.size())
            return false;
        for (const value_type &entry : a) {
            const value_type *other = b.find_entry_(entry.first);
            if (other == nullptr || !table::is_same_key_(entry.first, other->first) || !(entry.second == other->second))
                return false;
        }
        return true;
    }
    friend bool operator!=(const map &a, const map &b) {
        return !(a == b);
    }
    friend void swap(map &a, map &b) noexcept(noexcept(a.swap(b))) {
        a.swap(b);
    }

  private:
    template <class Q> SWISS_INLINE_ V &value_at_(const Q &key) const {
        value_type *entry = this->find_entry_(key);
        if (SWISS_UNLIKELY(entry == nullptr))
            SWISS_THROW_(std::out_of_range("swiss::map::at: the key is not there"));
        return entry->second;
    }
    template <class Q, class W> std::pair<iterator, bool> insert_or_assign_(Q &&key, W &&value) {
        auto result = this->try_emplace_(std::forward<Q>(key), std::forward<W>(value));
        if (!result.second)
            result.first->second = std::forward<W>(value);
        return result;
    }
};

template <class K, class Hash = hash<std::remove_const_t<K>>, class Equal = equal_to<std::remove_const_t<K>>,
          class Allocator = allocator<std::remove_const_t<K>>>
class set : public detail_::table_<detail_::set_entry_<std::remove_const_t<K>>, Hash, Equal, Allocator> {
    using table = detail_::table_<detail_::set_entry_<std::remove_const_t<K>>, Hash, Equal, Allocator>;

  public:
    set() = default;
    using table::table;
    /* A constructor of its own, because gcc 12 else does not deduce the types of a list. */
    set(std::initializer_list<std::remove_const_t<K>> values, std::size_t size = 0, const Hash &hash = Hash(),
        const Equal &equal = Equal(), const Allocator &allocator = Allocator())
        : table(values, size, hash, equal, allocator) {}
    set &operator=(std::initializer_list<std::remove_const_t<K>> values) {
        set made(values, 0, this->hash_function(), this->key_eq(), this->get_allocator());
        this->take_table_(made);
        return *this;
    }

    /* True if both have the same keys: as key_eq finds them, and by ==. O(capacity). */
    friend bool operator==(const set &a, const set &b) {
        if (a.size() != b.size())
            return false;
        for (const K &key : a) {
            const K *other = b.find_entry_(key);
            if (other == nullptr || !table::is_same_key_(key, *other))
                return false;
        }
        return true;
    }
    friend bool operator!=(const set &a, const set &b) {
        return !(a == b);
    }
    friend void swap(set &a, set &b) noexcept(noexcept(a.swap(b))) {
        a.swap(b);
    }
};

/* Remove the entries for which `accepts` returns true. Return the number of them. O(capacity). */
template <class K, class V, class H, class E, class A, class F>
std::size_t erase_if(map<K, V, H, E, A> &from, F accepts) {
    return detail_::erase_if_(from, accepts);
}
template <class K, class H, class E, class A, class F> std::size_t erase_if(set<K, H, E, A> &from, F accepts) {
    return detail_::erase_if_(from, accepts);
}

/* A map, or set, of what its arguments are: `swiss::set primes = {2, 3, 5}`. */

template <class I, class H = hash<detail_::key_at_<I>>, class E = equal_to<detail_::key_at_<I>>,
          class A = allocator<std::pair<const detail_::key_at_<I>, detail_::mapped_at_<I>>>,
          class = detail_::if_functions_<H, E, A>>
map(I, I, std::size_t = 0, H = H(), E = E(), A = A()) -> map<detail_::key_at_<I>, detail_::mapped_at_<I>, H, E, A>;
template <class K, class V, class H = hash<K>, class E = equal_to<K>, class A = allocator<std::pair<const K, V>>,
          class = detail_::if_functions_<H, E, A>>
map(std::initializer_list<std::pair<K, V>>, std::size_t = 0, H = H(), E = E(), A = A()) -> map<K, V, H, E, A>;
template <class I, class A, class = detail_::if_allocator_<A>>
map(I, I, A)
    -> map<detail_::key_at_<I>, detail_::mapped_at_<I>, hash<detail_::key_at_<I>>, equal_to<detail_::key_at_<I>>, A>;
template <class I, class A, class = detail_::if_allocator_<A>>
map(I, I, std::size_t, A)
    -> map<detail_::key_at_<I>, detail_::mapped_at_<I>, hash<detail_::key_at_<I>>, equal_to<detail_::key_at_<I>>, A>;
template <class I, class H, class A, class = detail_::if_functions_<H, H, A>>
map(I, I, std::size_t, H, A) -> map<detail_::key_at_<I>, detail_::mapped_at_<I>, H, equal_to<detail_::key_at_<I>>, A>;
template <class K, class V, class A, class = detail_::if_allocator_<A>>
map(std::initializer_list<std::pair<K, V>>, A) -> map<K, V, hash<K>, equal_to<K>, A>;
template <class K, class V, class A, class = detail_::if_allocator_<A>>
map(std::initializer_list<std::pair<K, V>>, std::size_t, A) -> map<K, V, hash<K>, equal_to<K>, A>;
template <class K, class V, class H, class A, class = detail_::if_functions_<H, H, A>>
map(std::initializer_list<std::pair<K, V>>, std::size_t, H, A) -> map<K, V, H, equal_to<K>, A>;

template <class I, class H = hash<detail_::value_at_<I>>, class E = equal_to<detail_::value_at_<I>>,
          class A = allocator<detail_::value_at_<I>>, class = detail_::if_functions_<H, E, A>>
set(I, I, std::size_t = 0, H = H(), E = E(), A = A()) -> set<detail_::value_at_<I>, H, E, A>;
template <class K, class H = hash<K>, class E = equal_to<K>, class A = allocator<K>,
          class = detail_::if_functions_<H, E, A>>
set(std::initializer_list<K>, std::size_t = 0, H = H(), E = E(), A = A()) -> set<K, H, E, A>;
template <class I, class A, class = detail_::if_allocator_<A>>
set(I, I, A) -> set<detail_::value_at_<I>, hash<detail_::value_at_<I>>, equal_to<detail_::value_at_<I>>, A>;
template <class I, class A, class = detail_::if_allocator_<A>>
set(I, I, std::size_t, A)
    -> set<detail_::value_at_<I>, hash<detail_::value_at_<I>>, equal_to<detail_::value_at_<I>>, A>;
template <class I, class H, class A, class = detail_::if_functions_<H, H, A>>
set(I, I, std::size_t, H, A) -> set<detail_::value_at_<I>, H, equal_to<detail_::value_at_<I>>, A>;
template <class K, class A, class = detail_::if_allocator_<A>>
set(std::initializer_list<K>, A) -> set<K, hash<K>, equal_to<K>, A>;
template <class K, class A, class = detail_::if_allocator_<A>>
set(std::initializer_list<K>, std::size_t, A) -> set<K, hash<K>, equal_to<K>, A>;
template <class K, class H, class A, class = detail_::if_functions_<H, H, A>>
set(std::initializer_list<K>, std::size_t, H, A) -> set<K, H, equal_to<K>, A>;

} // namespace SWISS_NAMESPACE_
SWISS_END_QUIET_

#endif
