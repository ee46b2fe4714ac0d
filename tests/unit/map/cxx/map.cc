/* map.hpp, operation by operation, over types that are moved in each way. What the standard says of an operation holds;
 * no object is lost, ended twice, or moved by memcpy unless it says that it may be. */
#include "support.hpp"

namespace {

template <class K, class V> using map_of = swiss::map<K, V, nothrow_hash, by_number>;

template <class K, class V> map_of<K, V> filled(int count) {
    map_of<K, V> map;
    for (int i = 0; i < count; ++i)
        assert_true(map.emplace(make<K>(i), make<V>(i * 2)).second);
    return map;
}

template <class K, class V> void inserts_and_finds() {
    map_of<K, V> map;
    assert_true(map.empty() && map.begin() == map.end() && map.find(make<K>(1)) == map.end());
    assert_true(!map.contains(make<K>(1)) && map.count(make<K>(1)) == 0 && map.erase(make<K>(1)) == 0);
    for (int i = 0; i < 500; ++i) {
        auto [place, inserted] = i % 3 == 0   ? map.try_emplace(make<K>(i), make<V>(i))
                                 : i % 3 == 1 ? map.emplace(make<K>(i), make<V>(i))
                                              : map.insert({make<K>(i), make<V>(i)});
        assert_true(inserted && number_of(place->first) == i && number_of(place->second) == i);
        assert_false(map.try_emplace(make<K>(i), make<V>(0)).second);
        assert_false(map.insert({make<K>(i), make<V>(0)}).second);
        assert_false(map.emplace(make<K>(i), make<V>(0)).second);
        assert_true(number_of(map.at(make<K>(i))) == i);
    }
    assert_int_equal(map.size(), 500);
    assert_valid(map);
    for (int i = 0; i < 500; ++i) {
        auto [first, last] = map.equal_range(make<K>(i));
        assert_true(first == map.find(make<K>(i)) && ++first == last);
        map[make<K>(i)] = make<V>(i + 1);
        assert_false(map.insert_or_assign(make<K>(i), make<V>(i + 2)).second);
        assert_int_equal(number_of(std::as_const(map).at(make<K>(i))), i + 2);
    }
    assert_true(map.insert_or_assign(make<K>(1000), make<V>(7)).second);
    map[make<K>(1001)];
    assert_int_equal(map.size(), 502);
    bool thrown = false;
    try {
        map.at(make<K>(5000));
    } catch (const std::out_of_range &) {
        thrown = true;
    }
    assert_true(thrown);
    assert_int_equal(numbers_of(map).size(), 502);
}

template <class K, class V> void removes() {
    auto map = filled<K, V>(300);
    for (int i = 0; i < 300; i += 3)
        assert_int_equal(map.erase(make<K>(i)), 1);
    for (auto i = map.begin(); i != map.end();)
        i = number_of(i->first) % 3 == 1 ? map.erase(i) : std::next(i);
    assert_int_equal(map.size(), 100);
    assert_int_equal(erase_if(map, [](const auto &entry) { return number_of(entry.first) % 2 == 0; }), 50);
    assert_valid(map);
    auto middle = std::next(map.begin(), 20);
    const int kept = number_of(middle->first);
    assert_true(map.erase(map.cbegin(), middle) == middle);
    assert_true(map.size() == 30 && number_of(map.begin()->first) == kept);
    assert_true(map.erase(map.begin(), map.end()) == map.end() && map.empty());
    assert_valid(map);
    for (int round = 0; round < 50; ++round) { /* churn: retired room is won again */
        for (int i = 0; i < 200; ++i)
            map.try_emplace(make<K>(round * 100 + i), make<V>(i));
        for (int i = 0; i < 200; ++i)
            map.erase(make<K>(round * 100 + i));
    }
    assert_true(map.empty() && map.capacity() <= 1024);
    assert_valid(map);
}

template <class K, class V> void moves_swaps_and_nodes() {
    auto map = filled<K, V>(100);
    auto place = map.find(make<K>(7));
    const auto *entry = &*place;
    auto moved = std::move(map);
    assert_true(map.empty() && moved.size() == 100 && &*place == entry && place == moved.find(make<K>(7)));
    map.try_emplace(make<K>(1), make<V>(1)); /* *from is fit for use */
    swap(map, moved);
    assert_true(map.size() == 100 && moved.size() == 1 && place == map.find(make<K>(7)));
    moved = std::move(map);
    assert_true(moved.size() == 100 && map.empty() && place == moved.find(make<K>(7)));
    moved = std::move(*&moved);
    assert_int_equal(moved.size(), 100);

    auto node = moved.extract(make<K>(7));
    assert_true(!node.empty() && number_of(node.key()) == 7 && number_of(node.mapped()) == 14 && moved.size() == 99);
    node.key() = make<K>(700);
    auto result = moved.insert(std::move(node));
    assert_true(result.inserted && result.node.empty() && number_of(result.position->first) == 700);
    assert_true(moved.extract(make<K>(7)).empty() &&
                moved.insert(typename map_of<K, V>::node_type()).inserted == false);
    node = moved.extract(moved.find(make<K>(8)));
    moved.try_emplace(make<K>(8), make<V>(1));
    result = moved.insert(std::move(node));
    assert_true(!result.inserted && number_of(result.position->second) == 1 && number_of(result.node.mapped()) == 16);
    node = std::move(result.node);
    assert_true(moved.insert(moved.end(), std::move(node)) == moved.find(make<K>(8)) && number_of(node.mapped()) == 16);

    map_of<K, V> other;
    for (int i = 50; i < 150; ++i)
        other.try_emplace(make<K>(i), make<V>(i));
    moved.merge(other);
    assert_true(moved.size() == 150 && other.size() == 50 && number_of(moved.at(make<K>(60))) == 120);
    moved.merge(moved);
    swiss::map<K, V, may_throw_hash, may_throw_equal> third;
    third.try_emplace(make<K>(149), make<V>(0));
    third.merge(std::move(moved));
    assert_true(third.size() == 150 && moved.size() == 1);
    assert_valid(moved);
    assert_valid(third);
}

template <class K, class V> void has_room() {
    map_of<K, V> map(100);
    assert_true(map.capacity() >= 100 && map.bucket_count() == map.capacity());
    const auto capacity = map.capacity();
    auto *first = &*map.try_emplace(make<K>(0)).first;
    for (int i = 1; i < 100; ++i)
        map.try_emplace(make<K>(i), make<V>(i));
    assert_true(map.capacity() == capacity && first == &*map.find(make<K>(0)));
    assert_true(map.load_factor() > 0.5f && map.load_factor() <= map.max_load_factor());
    map.reserve(5000);
    assert_true(map.capacity() >= 5000 && map.size() == 100);
    assert_valid(map);
    map.rehash(0);
    assert_true(map.capacity() == capacity);
    map.rehash(1000);
    assert_int_equal(map.capacity(), 1024);
    erase_if(map, [](const auto &entry) { return number_of(entry.first) >= 10; });
    map.reserve(500);
    assert_true(map.capacity() >= 512 && map.size() == 10);
    map.shrink_to_fit();
    assert_int_equal(map.capacity(), 16);
    assert_valid(map);
    assert_int_equal(map.stats().size, 10);
    map.clear();
    assert_true(map.empty() && map.begin() == map.end() && map.capacity() == 16);
    map.shrink_to_fit();
    assert_int_equal(map.capacity(), 0);
    bool thrown = false;
    try {
        map.reserve(SIZE_MAX / 2);
    } catch (const std::bad_alloc &) {
        thrown = true;
    }
    assert_true(thrown && map.empty());
}

template <class K, class V> void every_operation(void **) {
    const long alive = watch::alive;
    inserts_and_finds<K, V>();
    removes<K, V>();
    moves_swaps_and_nodes<K, V>();
    has_room<K, V>();
    assert_int_equal(watch::alive, alive);
}

template <class T> void copies(void **) {
    const long alive = watch::alive;
    {
        const auto map = filled<T, T>(200);
        auto copy = map;
        assert_true(numbers_of(copy) == numbers_of(map));
        copy[make<T>(1)] = make<T>(0);
        copy.try_emplace(make<T>(300), make<T>(1));
        assert_true(numbers_of(copy) != numbers_of(map) && map.size() == 200);
        assert_valid(copy);
        copy = map;
        assert_true(numbers_of(copy) == numbers_of(map));
        copy = *&copy;
        assert_int_equal(copy.size(), 200);
        copy = map_of<T, T>();
        assert_true(copy.empty());
        copy = {{make<T>(1), make<T>(2)}, {make<T>(3), make<T>(4)}, {make<T>(1), make<T>(5)}};
        assert_true((numbers_of(copy) == std::map<int, int>{{1, 2}, {3, 4}}));
        copy.insert({{make<T>(3), make<T>(0)}, {make<T>(9), make<T>(0)}});
        assert_int_equal(copy.size(), 3);
        std::vector<std::pair<T, T>> list = {{make<T>(20), make<T>(1)}, {make<T>(21), make<T>(1)}};
        copy.insert(list.begin(), list.end());
        const map_of<T, T> ranged(list.begin(), list.end(), 100);
        assert_true(copy.size() == 5 && ranged.size() == 2 && ranged.capacity() >= 100);
        const std::pair<const T, T> one(make<T>(30), make<T>(3));
        assert_true(copy.insert(one).second && !copy.insert(one).second && copy.insert(list[0]).second == false);
        assert_true(copy.insert(copy.begin(), one) == copy.find(one.first));
        assert_true(copy.emplace_hint(copy.end(), one) == copy.find(one.first));
        assert_true(copy.emplace(std::piecewise_construct, std::tuple<T>(make<T>(31)), std::tuple<>()).second);
    }
    assert_int_equal(watch::alive, alive);
}

template <class T> void sets(void **) {
    const long alive = watch::alive;
    {
        using set = swiss::set<T, nothrow_hash, by_number>;
        set numbers;
        for (int i = 0; i < 100; ++i) {
            assert_true((i % 2 ? numbers.insert(make<T>(i)) : numbers.emplace(make<T>(i))).second);
            assert_false(numbers.insert(make<T>(i)).second || numbers.emplace(make<T>(i)).second);
        }
        assert_true(numbers.size() == 100 && numbers.contains(make<T>(99)) && *numbers.find(make<T>(5)) == make<T>(5));
        assert_valid(numbers);
        auto node = numbers.extract(make<T>(5));
        node.value() = make<T>(500);
        assert_true(numbers.insert(std::move(node)).inserted && numbers.erase(make<T>(500)) == 1);
        const auto second = numbers.erase(numbers.begin());
        assert_true(second == numbers.begin());
        const auto is_great = [](const T &value) { return number_of(value) >= 50; };
        assert_true(erase_if(numbers, is_great) + numbers.size() == 98 && erase_if(numbers, is_great) == 0);
        set more = {make<T>(1), make<T>(1000)};
        numbers.merge(more);
        assert_true(numbers.contains(make<T>(1000)));
        set copy = numbers;
        assert_true(copy == numbers && !(copy != numbers));
        copy.erase(copy.begin());
        assert_false(copy == numbers);
        copy = {make<T>(3)};
        assert_true(copy.size() == 1 && copy.begin() != copy.end());
    }
    assert_int_equal(watch::alive, alive);
}

/* What an operation takes, moves and copies. */
void moves_no_more_than_it_must(void **) {
    map_of<own_address, own_address> map(10);
    own_address key(1), value(2);
    map.try_emplace(own_address(3), 4);
    const long copies = watch::copies, moves = watch::moves;
    map.try_emplace(3, std::move(value));
    map.emplace(own_address(3), std::move(value));
    map.insert({own_address(3), 5});
    assert_true(value.get() == 2 && watch::copies == copies && watch::moves <= moves + 1); /* that of the pair {3, 5} */
    map.try_emplace(std::move(key), std::move(value));
    assert_true(key.get() == -1 && value.get() == -1 && watch::copies == copies);
    map.try_emplace(9, 9);
    assert_int_equal(watch::copies, copies);
    swiss::map<owner, owner, nothrow_hash, by_number> owners;
    for (int i = 0; i < 5; ++i)
        owners.try_emplace(i, i);
    const long before = watch::moves;
    owners.reserve(1000);
    owners.shrink_to_fit();
    assert_int_equal(watch::moves, before); /* by memcpy */
}

/* Arguments may be entries of the map itself, in a map that has to grow as well. */
template <class T> void arguments_from_the_map(void **) {
    for (int round = 0; round < 40; ++round) {
        swiss::map<T, T, nothrow_hash, by_number> map;
        for (int i = 0; i <= round; ++i)
            map.try_emplace(make<T>(i), make<T>(i));
        for (int i = 1000; i < 1040; ++i) {
            const auto &[key, value] = *map.find(make<T>(round));
            if (i % 4 == 0)
                map.try_emplace(make<T>(i), value);
            else if (i % 4 == 1)
                map.emplace(make<T>(i), value);
            else if (i % 4 == 2)
                map.insert_or_assign(make<T>(i), key);
            else
                map.emplace(std::piecewise_construct, std::tuple<T>(make<T>(i)), std::tuple<const T &>(value));
            assert_int_equal(number_of(map.at(make<T>(i))), round);
        }
        map.erase(map.find(make<T>(round))->first);
        assert_false(map.contains(make<T>(round)));
        assert_valid(map);
    }
    swiss::set<T, nothrow_hash, by_number> set = {make<T>(0)};
    set.erase(*set.begin());
    assert_true(set.empty());
}

/* Strings are looked up by views and literals; a string is made only where it is inserted. */
void looks_up_by_other_types(void **) {
    swiss::map<std::string, int> map;
    ++map["cat"];
    map[std::string_view("dog")] = 2;
    assert_true(map.at("cat") == 1 && map.find(std::string_view("dog"))->second == 2 && map.contains("dog"));
    assert_true(map.count("cow") == 0 && map.erase("cow") == 0 && map.size() == 2);
    assert_true(map.try_emplace("cow", 3).second && !map.insert_or_assign("cow", 4).second && map["cow"] == 4);
    auto [first, last] = map.equal_range("cow");
    assert_true(std::next(first) == last && map.extract("cow").key() == "cow" && map.erase("cat") == 1);
    const swiss::set<std::string_view> words = {"a", "b"};
    assert_true(words.contains("a") && words.contains(std::string("b")) && !words.contains(""));

    struct by_value {
        using is_transparent = void;
        std::size_t operator()(const own_address &value) const {
            return static_cast<std::size_t>(value.get());
        }
        std::size_t operator()(long value) const {
            return static_cast<std::size_t>(value);
        }
        bool operator()(const own_address &a, const own_address &b) const {
            return a.get() == b.get();
        }
        bool operator()(const own_address &a, long b) const {
            return a.get() == b;
        }
    };
    swiss::set<own_address, by_value, by_value> set = {1, 2, 3};
    const long alive = watch::alive;
    assert_true(set.contains(2l) && !set.contains(4l) && set.erase(3l) == 1 && set.find(1l) != set.end());
    assert_int_equal(watch::alive, alive - 1);
}

void iterates(void **) {
    for (int count : {0, 1, 4, 5, 15, 16, 17, 100, 1000}) {
        map_of<int, int> map;
        for (int i = 0; i < count; ++i)
            map[i] = i;
        std::unordered_set<int> seen;
        for (auto i = map.begin(); i != map.end(); i++)
            assert_true(seen.insert(i->first).second);
        assert_int_equal(seen.size(), count);
        for (auto &[key, value] : map)
            value = key + 1;
        for (const auto &[key, value] : std::as_const(map))
            assert_int_equal(value, key + 1);
        assert_int_equal(std::distance(map.cbegin(), map.cend()), count);
    }
    for (int count : {1, 3, 8, 16, 20, 40, 100, 500}) { /* an iteration may begin at each entry */
        const map_of<int, int> map = filled<int, int>(count);
        int left = count;
        for (auto i = map.begin(); i != map.end(); ++i, --left) {
            const auto found = map.find(i->first);
            assert_true(found == i && std::distance(found, map.end()) == left && std::next(found) == std::next(i));
        }
    }
    map_of<int, int> map = filled<int, int>(200);
    map.reserve(400);
    auto gone = std::next(map.begin(), 10);
    for (int i = 200; i < 400; ++i)
        map[i] = i;
    const int last = 399; /* which `gone`, that has gone on before, may miss */
    auto end = map.find(last);
    if (std::distance(map.find(gone->first), map.end()) > std::distance(end, map.end())) {
        map.erase(gone, end);
        assert_true(map.contains(last));
    }
    map = filled<int, int>(200);
    auto place = map.find(7);
    const auto after = std::next(place);
    for (int i = 0; i < 200; ++i) /* iterators to others stay as they are */
        if (i != 7 && (after == map.end() || i != after->first))
            map.erase(i);
    assert_true(place->first == 7 && std::next(place) == after);
    map = filled<int, int>(200);
    int met = 0;
    for (auto i = map.begin(); i != map.end(); ++i, ++met) { /* the entries that are just to come are removed */
        for (int count = 0; count < 3 && std::next(i) != map.end(); ++count)
            map.erase(std::next(i)->first);
        assert_true(map.contains(i->first));
    }
    assert_int_equal(map.size(), met);
}

void compares(void **) {
    swiss::map<int, std::string> a = {{1, "a"}, {2, "b"}}, b;
    b[2] = "b";
    assert_false(a == b);
    b[1] = "a";
    assert_true(a == b && !(a != b));
    b[1] = "c";
    assert_true(a != b);
    b.erase(1);
    b[3] = "a";
    assert_true(a != b);
    struct last_digit {
        std::size_t operator()(int key) const noexcept {
            return static_cast<std::size_t>(key % 10);
        }
        bool operator()(int x, int y) const noexcept {
            return x % 10 == y % 10;
        }
    };
    const swiss::set<int, last_digit, last_digit> small = {1, 2}, large = {11, 12};
    assert_true(small.contains(11) && small != large);
}

/* A destructor may remove other entries. */
void removes_from_a_destructor(void **) {
    struct chain {
        swiss::map<int, chain> *map = nullptr;
        int next = -1;
        chain(swiss::map<int, chain> *of, int after) : map(of), next(after) {}
        chain(chain &&other) noexcept : map(std::exchange(other.map, nullptr)), next(other.next) {}
        ~chain() {
            if (map)
                map->erase(next);
        }
    };
    swiss::map<int, chain> map(16);
    for (int i = 0; i < 12; ++i)
        map.try_emplace(i, &map, i + 1);
    map.erase(3);
    assert_int_equal(map.size(), 3);
    assert_true(map.contains(0) && map.contains(2) && !map.contains(11));
    assert_valid(map);
    for (auto &[key, value] : map)
        value.map = nullptr;
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test((every_operation<int, int>)),
        cmocka_unit_test((every_operation<std::string, std::string>)),
        cmocka_unit_test((every_operation<own_address, int>)),
        cmocka_unit_test((every_operation<int, own_address>)),
        cmocka_unit_test((every_operation<move_only, move_only>)),
        cmocka_unit_test((every_operation<std::unique_ptr<int>, std::string>)),
        cmocka_unit_test((every_operation<owner, owner>)),
        cmocka_unit_test((every_operation<throwing, throwing>)),
        cmocka_unit_test((every_operation<throwing_move_only, throwing_move_only>)),
        cmocka_unit_test((every_operation<aligned, aligned>)),
        cmocka_unit_test(copies<int>),
        cmocka_unit_test(copies<std::string>),
        cmocka_unit_test(copies<own_address>),
        cmocka_unit_test(copies<owner>),
        cmocka_unit_test(copies<throwing>),
        cmocka_unit_test(copies<aligned>),
        cmocka_unit_test(sets<int>),
        cmocka_unit_test(sets<std::string>),
        cmocka_unit_test(sets<own_address>),
        cmocka_unit_test(sets<throwing>),
        cmocka_unit_test(moves_no_more_than_it_must),
        cmocka_unit_test(arguments_from_the_map<int>),
        cmocka_unit_test(arguments_from_the_map<std::string>),
        cmocka_unit_test(arguments_from_the_map<own_address>),
        cmocka_unit_test(arguments_from_the_map<owner>),
        cmocka_unit_test(arguments_from_the_map<throwing>),
        cmocka_unit_test(looks_up_by_other_types),
        cmocka_unit_test(iterates),
        cmocka_unit_test(compares),
        cmocka_unit_test(removes_from_a_destructor),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
