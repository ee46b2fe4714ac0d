/* map.hpp when something throws: every copy, move, hash, comparison and allocation, one after the other. An insertion
 * of one entry then has changed nothing; what works on several has left a map that holds what it promises; nothing
 * leaks. */
#include "support.hpp"

namespace {

using numbers = std::map<int, int>;

/* Lets the first, second, third ... call within `run` throw, until none is left that does, each time on a map that
 * `begin` makes, and looks at it with `check`. Returns how many threw. */
template <class Begin, class Run, class Check> int each_throws(Begin begin, Run run, Check check) {
    for (int count = 0;; ++count) {
        const long alive = watch::alive;
        bool thrown = false;
        {
            auto map = begin();
            const numbers before = numbers_of(map);
            watch::fuse = count;
            try {
                run(map);
            } catch (const boom &) {
                thrown = true;
            }
            watch::fuse = -1;
            assert_valid(map);
            if (thrown)
                check(map, before);
            map.try_emplace(make<typename decltype(map)::key_type>(12345), 0); /* fit for use */
            assert_valid(map);
        }
        assert_int_equal(watch::alive, alive);
        if (!thrown)
            return count;
    }
}

template <class Map> Map filled(int count) {
    Map map;
    for (int i = 0; i < count; ++i)
        map.try_emplace(make<typename Map::key_type>(i), i * 2);
    return map;
}

template <class Map> void is_as_before(const Map &map, const numbers &before) {
    assert_true(numbers_of(map) == before);
}

/* Sizes at which the next insertion finds no block, room, and none. */
constexpr int sizes[] = {0, 3, 4, 6, 8, 12, 16, 28, 56, 112};

template <class Map> void one_entry() {
    using K = typename Map::key_type;
    using V = typename Map::mapped_type;
    int thrown = 0;
    for (int size : sizes) {
        auto begin = [size] { return filled<Map>(size); };
        thrown += each_throws(
            begin, [](Map &map) { map.try_emplace(make<K>(500), 1); }, is_as_before<Map>);
        thrown += each_throws(
            begin, [](Map &map) { map.emplace(make<K>(500), 1); }, is_as_before<Map>);
        if constexpr (std::is_constructible_v<K, int>)
            thrown += each_throws(
                begin, [](Map &map) { map.emplace(500, 1); }, is_as_before<Map>);
        thrown += each_throws(
            begin, [](Map &map) { map[make<K>(500)]; }, is_as_before<Map>);
        thrown += each_throws(
            begin,
            [](Map &map) {
                map.insert({make<K>(500), V(1)});
            },
            is_as_before<Map>);
        thrown += each_throws(
            begin, [](Map &map) { map.insert_or_assign(make<K>(500), V(1)); }, is_as_before<Map>);
        if constexpr (std::is_copy_constructible_v<K> && std::is_copy_constructible_v<V>) {
            const std::pair<const K, V> entry(make<K>(500), V(1));
            thrown += each_throws(
                begin, [&](Map &map) { map.insert(entry); }, is_as_before<Map>);
            thrown += each_throws(
                begin, [&](Map &map) { map.emplace(entry.first, entry.second); }, is_as_before<Map>);
            thrown += each_throws(
                begin, [&](Map &map) { map.try_emplace(entry.first, entry.second); }, is_as_before<Map>);
        }
        thrown += each_throws(
            begin, [](Map &map) { map.reserve(300); }, is_as_before<Map>);
        thrown += each_throws(
            begin, [](Map &map) { map.shrink_to_fit(); }, is_as_before<Map>);
        thrown += each_throws(
            begin, [](Map &map) { map.erase(make<K>(1)); }, is_as_before<Map>);
        thrown += each_throws(
            begin, [](Map &map) { map.find(make<K>(1)); }, is_as_before<Map>);
    }
    assert_true(thrown >= 50);
}

/* Entries that can only be moved, and whose move throws: the map is empty if it was growing, or as it was. */
template <class Map> void one_that_cannot_be_copied() {
    using K = typename Map::key_type;
    for (int size : sizes) {
        auto begin = [size] { return filled<Map>(size); };
        const auto empty_or_as_before = [](const Map &map, const numbers &before) {
            assert_true(map.empty() || numbers_of(map) == before);
        };
        each_throws(
            begin, [](Map &map) { map.try_emplace(make<K>(500), 1); }, empty_or_as_before);
        each_throws(
            begin,
            [](Map &map) {
                map.insert({make<K>(500), 1});
            },
            empty_or_as_before);
        each_throws(
            begin, [](Map &map) { map.reserve(300); }, empty_or_as_before);
    }
}

/* Copies: the original is as it was, and so is what was to be overwritten. */
template <class Map> void copies() {
    for (int size : {0, 10, 100}) {
        const Map original = filled<Map>(size);
        const numbers whole = numbers_of(original);
        each_throws([] { return filled<Map>(20); }, [&](Map &map) { map = original; }, is_as_before<Map>);
        each_throws([] { return filled<Map>(20); }, [&](Map &) { Map copy(original); }, is_as_before<Map>);
        each_throws([] { return Map(); },
                    [&](Map &) {
                        Map copy(original.begin(), original.end());
                        assert_int_equal(copy.size(), original.size());
                    },
                    is_as_before<Map>);
        assert_true(numbers_of(original) == whole);
    }
}

/* Several entries: those before the one that threw are there, and each is somewhere. */
template <class Map> void several() {
    using K = typename Map::key_type;
    each_throws([] { return filled<Map>(10); },
                [](Map &map) {
                    Map source = filled<Map>(30);
                    try {
                        map.merge(source);
                    } catch (const boom &) {
                        watch::fuse = -1;
                        assert_valid(source);
                        for (int i = 0; i < 30; ++i)
                            assert_true(map.contains(make<K>(i)) || source.contains(make<K>(i)));
                        throw;
                    }
                },
                [](const Map &map, const numbers &before) { assert_true(map.size() >= before.size()); });
    if constexpr (std::is_copy_constructible_v<typename Map::value_type>) {
        const std::vector<std::pair<K, int>> list = {{make<K>(500), 1}, {make<K>(501), 1}, {make<K>(502), 1}};
        each_throws([] { return filled<Map>(12); }, [&](Map &map) { map.insert(list.begin(), list.end()); },
                    [](const Map &map, const numbers &before) {
                        const std::size_t more = map.size() - before.size();
                        for (std::size_t i = 0; i < 3; ++i)
                            assert_true(map.contains(make<K>(500 + static_cast<int>(i))) == (i < more));
                    });
    }
    each_throws([] { return filled<Map>(40); },
                [](Map &map) {
                    auto node = map.extract(make<K>(7));
                    map.insert(std::move(node));
                },
                [](const Map &map, const numbers &before) { assert_true(map.size() + 1 >= before.size()); });
    each_throws([] { return filled<Map>(40); },
                [](Map &map) {
                    erase_if(map, [](const auto &entry) {
                        watch::tick();
                        return number_of(entry.first) % 2;
                    });
                },
                [](const Map &map, const numbers &before) { assert_true(map.size() <= before.size()); });
}

template <class K, class V, class Hash, class Equal> void each_kind(void **) {
    using map = swiss::map<K, V, Hash, Equal, numbered<std::pair<const K, V>>>;
    using constructing = swiss::map<K, V, Hash, Equal, numbered<std::pair<const K, V>, true, true>>;
    if constexpr (std::is_same_v<V, throwing_move_only>) {
        one_that_cannot_be_copied<map>();
    } else {
        one_entry<map>();
        several<map>();
        if constexpr (std::is_copy_constructible_v<K> && std::is_copy_constructible_v<V>)
            copies<map>();
    }
    if constexpr (std::is_same_v<K, int> && std::is_same_v<V, int>) {
        one_entry<constructing>();
        copies<constructing>();
    }
    assert_nothing_left<map>();
    assert_nothing_left<constructing>();
}

/* Out of memory is std::bad_alloc, from any allocator, and the map is as it was. */
void out_of_memory(void **) {
    struct limited {
        swiss_allocator calls;
        int left;
    };
    for (int allowed = 0; allowed < 6; ++allowed) {
        limited memory = {{[](void *context, std::size_t size, std::size_t alignment) -> void * {
                               limited *self = static_cast<limited *>(context);
                               return self->left-- > 0 ? swiss_allocator_allocate(nullptr, size, alignment) : nullptr;
                           },
                           nullptr,
                           [](void *, void *block, std::size_t size, std::size_t alignment) {
                               swiss_allocator_free(nullptr, block, size, alignment);
                           },
                           nullptr},
                          allowed};
        memory.calls.context = &memory;
        swiss::map<int, std::string> map{swiss::allocator<>(&memory.calls)};
        int count = 0;
        bool thrown = false;
        try {
            for (; count < 10000; ++count)
                map[count] = std::to_string(count);
        } catch (const std::bad_alloc &) {
            thrown = true;
        }
        assert_true(thrown && map.size() == static_cast<std::size_t>(count));
        assert_valid(map);
        for (int i = 0; i < count; ++i)
            assert_string_equal(map.at(i).c_str(), std::to_string(i).c_str());
        if (count) {
            map.erase(0); /* room for another, unless its group has overflowed: then the room is retired */
            bool added = true;
            try {
                map[10000] = "more";
            } catch (const std::bad_alloc &) {
                added = false;
            }
            assert_true(map.contains(10000) == added && map.size() == static_cast<std::size_t>(count) - 1 + added);
        }
    }
}

/* A size that no memory has. */
void impossible_sizes(void **) {
    swiss::map<int, int> map = {{1, 2}};
    for (std::size_t size : {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 16}) {
        int thrown = 0;
        try {
            map.reserve(size);
        } catch (const std::bad_alloc &) {
            ++thrown;
        }
        try {
            map.rehash(size);
        } catch (const std::bad_alloc &) {
            ++thrown;
        }
        try {
            swiss::set<std::string> set(size);
        } catch (const std::bad_alloc &) {
            ++thrown;
        }
        assert_int_equal(thrown, 3);
        assert_true(map.at(1) == 2 && map.max_size() < size);
    }
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test((each_kind<int, int, may_throw_hash, may_throw_equal>)),
        cmocka_unit_test((each_kind<int, int, nothrow_hash, may_throw_equal>)),
        cmocka_unit_test((each_kind<int, own_address, may_throw_hash, may_throw_equal>)),
        cmocka_unit_test((each_kind<own_address, int, may_throw_hash, may_throw_equal>)),
        cmocka_unit_test((each_kind<own_address, int, nothrow_hash, by_number>)),
        cmocka_unit_test((each_kind<std::string, int, may_throw_hash, may_throw_equal>)),
        cmocka_unit_test((each_kind<std::string, owner, may_throw_hash, may_throw_equal>)),
        cmocka_unit_test((each_kind<owner, owner, may_throw_hash, may_throw_equal>)),
        cmocka_unit_test((each_kind<owner, owner, nothrow_hash, by_number>)),
        cmocka_unit_test((each_kind<int, throwing, may_throw_hash, may_throw_equal>)),
        cmocka_unit_test((each_kind<throwing, int, nothrow_hash, by_number>)),
        cmocka_unit_test((each_kind<throwing, throwing, may_throw_hash, may_throw_equal>)),
        cmocka_unit_test((each_kind<move_only, move_only, may_throw_hash, may_throw_equal>)),
        cmocka_unit_test((each_kind<int, throwing_move_only, may_throw_hash, may_throw_equal>)),
        cmocka_unit_test(out_of_memory),
        cmocka_unit_test(impossible_sizes),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
