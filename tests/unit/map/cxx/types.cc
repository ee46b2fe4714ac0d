/* map.hpp as the compiler sees it: the types and traits that the standard gives a map, what is noexcept, what is
 * deduced, what may be incomplete. */
#include "support.hpp"
#include <algorithm>
#include <functional>
#include <numeric>
#if __cplusplus >= 202002L
#    include <ranges>
#endif

/* All members compile. */
template class swiss::map<int, int>;
template class swiss::map<std::string, std::vector<int>>;
template class swiss::map<int, double, std::hash<int>, std::equal_to<int>,
                          std::allocator<std::pair<const int, double>>>;
template class swiss::set<std::string>;
template class swiss::set<int, std::hash<int>, std::equal_to<>, std::allocator<int>>;

namespace {

using map = swiss::map<std::string, int>;
using set = swiss::set<int>;

static_assert(std::is_same_v<map::value_type, std::pair<const std::string, int>>);
static_assert(std::is_same_v<map::key_type, std::string> && std::is_same_v<map::mapped_type, int>);
static_assert(std::is_same_v<map::hasher, swiss::hash<std::string>>);
static_assert(std::is_same_v<map::key_equal, swiss::equal_to<std::string>>);
static_assert(std::is_same_v<map::reference, map::value_type &> && std::is_same_v<map::size_type, std::size_t>);
static_assert(std::is_same_v<decltype(*std::declval<map>().begin()), map::value_type &>);
static_assert(std::is_same_v<decltype(*std::declval<const map>().begin()), const map::value_type &>);
static_assert(std::is_same_v<decltype(*std::declval<set>().begin()), const int &>);
static_assert(std::is_same_v<decltype(std::declval<const map &>().at("")), const int &>);

template <class I>
constexpr bool is_forward =
    std::is_same_v<typename std::iterator_traits<I>::iterator_category, std::forward_iterator_tag>
        &&std::is_default_constructible_v<I> &&std::is_trivially_copyable_v<I>;
static_assert(is_forward<map::iterator> && is_forward<map::const_iterator> && is_forward<set::iterator>);
static_assert(std::is_convertible_v<map::iterator, map::const_iterator>);
static_assert(!std::is_convertible_v<map::const_iterator, map::iterator>);
#ifdef __cpp_lib_ranges
static_assert(std::forward_iterator<map::iterator> && std::forward_iterator<map::const_iterator>);
static_assert(std::ranges::forward_range<map> && std::ranges::sized_range<set>);
#endif

static_assert(std::is_nothrow_default_constructible_v<map> && std::is_nothrow_move_constructible_v<map>);
static_assert(std::is_nothrow_move_assignable_v<map> && std::is_nothrow_destructible_v<map>);
static_assert(std::is_nothrow_swappable_v<map> && std::is_nothrow_swappable_v<set>);
static_assert(std::is_copy_constructible_v<map> && std::is_copy_assignable_v<map>);
static_assert(noexcept(std::declval<map &>().clear()) &&noexcept(std::declval<map &>().size()));
static_assert(std::is_nothrow_move_constructible_v<map::node_type> && !std::is_copy_constructible_v<map::node_type>);
static_assert(!std::is_nothrow_move_constructible_v<swiss::map<throwing, int>::node_type>);
struct hash_that_may_throw : nothrow_hash {
    hash_that_may_throw() = default;
    hash_that_may_throw(const hash_that_may_throw &other) noexcept(false) : nothrow_hash(other) {}
};
static_assert(!std::is_nothrow_move_constructible_v<swiss::map<int, int, hash_that_may_throw>>);

/* Functions and allocators without a member take no room. */
static_assert(sizeof(swiss::set<int, nothrow_hash, by_number, std::allocator<int>>) == sizeof(swiss_table));
static_assert(sizeof(map) == sizeof(swiss_table) + sizeof(void *));

static_assert(swiss::is_trivially_relocatable<int>::value &&
              swiss::is_trivially_relocatable<std::pair<int, char>>::value);
static_assert(swiss::is_trivially_relocatable<std::unique_ptr<std::string>>::value);
static_assert(swiss::is_trivially_relocatable<std::tuple<int, std::shared_ptr<int>>>::value);
static_assert(!swiss::is_trivially_relocatable<own_address>::value);
static_assert(!swiss::is_trivially_relocatable<std::optional<own_address>>::value);

/* Keys by other types only with functions that take them. */
template <class Map, class Q, class = void> constexpr bool finds = false;
template <class Map, class Q>
constexpr bool finds<Map, Q, std::void_t<decltype(std::declval<Map &>().find(std::declval<const Q &>()))>> = true;
static_assert(finds<map, std::string_view> && finds<map, const char *> && !finds<map, int>);
struct explicit_key {
    explicit explicit_key(int) {}
};
static_assert(!finds<swiss::map<explicit_key, int>, int>);

void deduces(void **) {
    const std::vector<std::pair<std::string, int>> list = {{"a", 1}};
    const swiss::map from_range(list.begin(), list.end());
    static_assert(std::is_same_v<decltype(from_range), const swiss::map<std::string, int>>);
    const swiss::map from_list = {std::pair(1, 2.5), std::pair(2, 3.5)};
    static_assert(std::is_same_v<decltype(from_list), const swiss::map<int, double>>);
    const swiss::map with_functions(list.begin(), list.end(), 10, nothrow_hash(), by_number());
    static_assert(
        std::is_same_v<decltype(with_functions), const swiss::map<std::string, int, nothrow_hash, by_number>>);
    const swiss::map with_allocator(list.begin(), list.end(), std::allocator<std::pair<const std::string, int>>());
    static_assert(
        std::is_same_v<decltype(with_allocator)::allocator_type, std::allocator<std::pair<const std::string, int>>>);
    const swiss::set primes = {2, 3, 5};
    static_assert(std::is_same_v<decltype(primes), const swiss::set<int>>);
    const swiss::set copy = primes;
    static_assert(std::is_same_v<decltype(copy), const swiss::set<int>>);
    const swiss::set ints(primes.begin(), primes.end(), 3, std::hash<int>());
    static_assert(std::is_same_v<decltype(ints), const swiss::set<int, std::hash<int>>>);
    assert_true(from_range.size() == 1 && from_list.at(2) == 3.5 && primes == copy && ints.size() == 3);
}

/* A map in the type that it maps to. */
struct tree {
    int number = 0;
    swiss::map<std::string, tree> children;
};

struct linked { /* knows its place in a map of its own kind */
    swiss::map<int, linked>::iterator place;
    swiss::set<linked>::const_iterator other;
    swiss::map<int, linked> rest;
    swiss::map<linked, int>::node_type *taken = nullptr;
};

/* A const key is as one that is not: in a map it is const anyway. */
void may_have_const_keys(void **) {
    swiss::map<const int, int> numbers = {{1, 2}, {3, 4}};
    static_assert(std::is_same_v<decltype(numbers)::value_type, std::pair<const int, int>>);
    static_assert(std::is_same_v<decltype(numbers)::key_type, int>);
    for (int i = 0; i < 100; ++i)
        ++numbers[i];
    assert_true(numbers.size() == 100 && numbers.at(3) == 5 && numbers.erase(3) == 1 && numbers.extract(1).key() == 1);
    swiss::map<const std::string, const int> words;
    const std::string cat = "cat";
    assert_true(words.emplace(cat, 1).second && words.try_emplace("dog", 2).second && !words.insert({"dog", 3}).second);
    words.reserve(1000);
    assert_true(words.at("dog") == 2 && swiss::map(words) == words);
    swiss::set<const std::string> names = {"a", "b"};
    static_assert(std::is_same_v<decltype(names)::value_type, std::string>);
    assert_true(names.contains("a") && names.insert(cat).second && names.size() == 3);
}

void inserts_ranges(void **) {
    const std::vector<std::pair<std::string, int>> list = {{"a", 1}, {"b", 2}, {"a", 3}};
    map counts;
    counts.insert_range(list);
    assert_true(counts.size() == 2 && counts.at("a") == 1 && list[1].first == "b");
    set ints;
    const int numbers[] = {1, 2, 3, 2};
    ints.insert_range(numbers);
#ifdef __cpp_lib_ranges
    ints.insert_range(std::views::iota(3, 10) | std::views::filter([](int i) { return i % 2 == 1; }));
    assert_int_equal(ints.size(), 6);
    static_assert(std::ranges::range<swiss::map<int, int>>);
    assert_true(std::ranges::find(ints, 9) == ints.find(9) && std::ranges::distance(ints) == 6);
    for (int &value : counts | std::views::values)
        value = 7;
    assert_int_equal(counts.at("b"), 7);
#else
    assert_int_equal(ints.size(), 3);
#endif
}

void may_be_of_an_incomplete_type(void **) {
    linked top;
    top.rest.try_emplace(1);
    top.place = top.rest.find(1);
    assert_true(top.place != top.rest.end() && top.place->second.rest.empty());
    tree root;
    root.children["a"].children["b"].number = 7;
    const tree copy = root;
    root.children.clear();
    assert_int_equal(copy.children.at("a").children.at("b").number, 7);
}

void works_with_algorithms(void **) {
    swiss::map<int, int> squares;
    for (int i = 0; i < 100; ++i)
        squares[i] = i * i;
    assert_int_equal(std::count_if(squares.begin(), squares.end(), [](const auto &e) { return e.second % 2; }), 50);
    const auto add = [](int sum, const auto &entry) { return sum + entry.first; };
    assert_int_equal(std::accumulate(squares.cbegin(), squares.cend(), 0, add), 4950);
    std::vector<std::pair<int, int>> sorted(squares.begin(), squares.end());
    std::sort(sorted.begin(), sorted.end());
    assert_true(sorted[9].second == 81);
    swiss::set<int> keys;
    std::transform(squares.begin(), squares.end(), std::inserter(keys, keys.end()), [](auto &e) { return e.first; });
    assert_int_equal(keys.size(), 100);
}

/* Hashes with a state, lambdas, functions, and final classes. */
struct salted final {
    explicit salted(int with) : salt(with) {}
    std::size_t operator()(int key) const {
        return static_cast<std::size_t>(key ^ salt);
    }
    int salt;
};

std::size_t hash_function(const int &key) {
    return static_cast<std::size_t>(key);
}

void takes_any_functions(void **) {
    swiss::map<int, int, salted> salty(0, salted(99)), other(0, salted(7));
    for (int i = 0; i < 1000; ++i)
        salty[i] = i, other[i] = 2 * i;
    swap(salty, other);
    assert_true(salty.hash_function().salt == 7 && other.hash_function().salt == 99 && salty.at(5) == 10);
    other = salty;
    assert_true(other.hash_function().salt == 7 && other.at(999) == 1998 && other == salty);
    other = std::move(salty);
    salty[3] = 1; /* its hash is still there */
    assert_true(other.at(4) == 8 && salty.size() == 1);

    const auto hash = [](int key) { return static_cast<std::size_t>(key) * 3; };
    const auto equal = [](int a, int b) { return a == b; };
    swiss::set<int, decltype(hash), decltype(equal)> lambdas(0, hash, equal), more(0, hash, equal);
    for (int i = 0; i < 100; ++i)
        lambdas.insert(i);
    more = lambdas; /* a lambda is not assignable in C++17 */
    more = std::move(lambdas);
    swap(more, lambdas);
    assert_true(lambdas.size() == 100 && more.empty());

    swiss::map<int, int, std::size_t (*)(const int &)> pointed(0, hash_function);
    pointed[5] = 6;
    swiss::map<int, int, std::function<std::size_t(int)>> wrapped(0, hash_function);
    for (int i = 0; i < 100; ++i)
        wrapped[i] = i;
    auto moved = std::move(wrapped);
    wrapped[1] = 2;
    assert_true(pointed.contains(5) && moved.size() == 100 && wrapped.size() == 1);
}

/* The hashes: equal keys have equal ones, and the seed counts. */
struct point {
    std::uint32_t x, y;
    bool operator==(const point &other) const {
        return x == other.x && y == other.y;
    }
};
enum class planet { earth, mars };

template <class T> void assert_hashed(const T &a, const T &equal, const T &other) {
    const swiss::hash<T> hash;
    for (std::uint64_t seed = 1; seed < 4; ++seed)
        assert_true(hash(a, seed) == hash(equal, seed) && hash(a, seed) != hash(other, seed) &&
                    hash(a, seed) != hash(a, seed + 1));
    assert_true(hash(a) == hash(equal));
    swiss::set<T> keys;
    keys.insert(a), keys.insert(equal), keys.insert(other);
    assert_true(keys.size() == 2 && keys.contains(a));
    assert_valid(keys);
}

} // namespace
template <> struct swiss::hash<point> {
    std::uint64_t operator()(const point &p, std::uint64_t seed) const noexcept {
        return swiss_hash_combine(swiss_hash_u64(p.x, seed), p.y);
    }
    std::size_t operator()(const point &p) const noexcept {
        return static_cast<std::size_t>((*this)(p, 0));
    }
};
namespace {

void hashes(void **) {
    int object = 0;
    assert_hashed(5, 5, 6);
    assert_hashed(-5, -5, 5);
    assert_hashed('a', 'a', 'b');
    assert_hashed(0.0, -0.0, 1.0);
    assert_hashed(0.5f, 0.5f, 0.25f);
    assert_hashed(1.5l, 1.5l, 2.5l);
    assert_hashed(true, true, false);
    assert_hashed(planet::mars, planet::mars, planet::earth);
    assert_hashed(&object, &object, &object + 1);
    assert_hashed<std::string>("cat", "cat", "dog");
    assert_hashed<std::string_view>("cat", "cat", "dog");
    assert_hashed<std::wstring>(L"cat", L"cat", L"dog");
    assert_hashed(std::pair(1, std::string("a")), std::pair(1, std::string("a")), std::pair(1, std::string("b")));
    assert_hashed(std::tuple(1, 2, 3), std::tuple(1, 2, 3), std::tuple(3, 2, 1));
    assert_hashed(std::optional<int>(1), std::optional<int>(1), std::optional<int>());
    assert_hashed(point{1, 2}, point{1, 2}, point{2, 1});
    assert_true(swiss::hash<short>()(-3, 9) == swiss::hash<long>()(-3, 9));
    assert_true(swiss::hash<std::string>()("cat", 9) == swiss_hash_bytes("cat", 3, 9));
    assert_true(swiss::keyed_hash<std::string>()("cat", 9) == swiss_hash_keyed("cat", 3, 9));
    swiss::map<int, int, swiss::keyed_hash<int>> keyed = {{1, 2}, {3, 4}};
    assert_true(keyed.at(3) == 4 && swiss::keyed_hash<double>()(0.0, 1) == swiss::keyed_hash<double>()(-0.0, 1));
    char one[] = "text", two[] = "text"; /* a pointer is an address */
    swiss::set<const char *> addresses = {one, two};
    assert_int_equal(addresses.size(), 2);
    swiss::map<double, int> numbers;
    for (int i = 0; i < 1000; ++i)
        numbers.try_emplace(std::numeric_limits<double>::quiet_NaN(), i); /* each is another */
    assert_true(numbers.size() == 1000 && !numbers.contains(std::numeric_limits<double>::quiet_NaN()));
    assert_true(numbers.stats().mean_probe_miss < 3);
    numbers.erase(numbers.begin(), numbers.end());
    assert_true(numbers.empty());
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(deduces),
        cmocka_unit_test(may_have_const_keys),
        cmocka_unit_test(inserts_ranges),
        cmocka_unit_test(may_be_of_an_incomplete_type),
        cmocka_unit_test(works_with_algorithms),
        cmocka_unit_test(takes_any_functions),
        cmocka_unit_test(hashes),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
