/* map.hpp and its memory: allocators with a state, which go along or stay; those that construct; polymorphic ones;
 * those of swiss itself, an arena's too. Memory always goes back to where it came from. */
#include "support.hpp"
#include <memory_resource>
#include <swiss/arena.h>

namespace {

template <class Map> Map filled(int count, const typename Map::allocator_type &allocator) {
    Map map(0, allocator);
    for (int i = 0; i < count; ++i)
        map.try_emplace(make<typename Map::key_type>(i), i);
    return map;
}

template <class K, bool Propagates, bool Constructs> void stateful(void **) {
    using V = own_address;
    using allocator = numbered<std::pair<const K, V>, Propagates, Constructs>;
    using map = swiss::map<K, V, nothrow_hash, by_number, allocator>;
    const long alive = watch::alive;
    {
        const map one = filled<map>(100, allocator(1));
        map copy = one;
        assert_true(copy.get_allocator().number == 1 && numbers_of(copy) == numbers_of(one));
        map there(one, allocator(2));
        assert_true(there.get_allocator().number == 2 && numbers_of(there) == numbers_of(one));
        there = one;
        assert_int_equal(there.get_allocator().number, Propagates ? 1 : 2);
        map moved(std::move(there), allocator(3));
        assert_true(moved.get_allocator().number == 3 && numbers_of(moved) == numbers_of(one) && there.empty());
        there = std::move(moved);
        assert_true(there.get_allocator().number == (Propagates ? 3 : 2) && numbers_of(there) == numbers_of(one));
        assert_true(moved.empty());
        moved[make<K>(1)]; /* fit for use */
        assert_valid(moved);
        map same(std::move(there), there.get_allocator());
        assert_int_equal(same.size(), 100);
        map other = filled<map>(5, same.get_allocator());
        swap(same, other);
        assert_true(same.size() == 5 && other.size() == 100);
        if (Propagates) {
            map far = filled<map>(7, allocator(9));
            swap(far, other);
            assert_true(far.size() == 100 && other.get_allocator().number == 9);
        }
        auto node = same.extract(make<K>(3));
        assert_true(node.get_allocator() == same.get_allocator());
        const std::vector<std::pair<K, int>> list = {{make<K>(1), 1}};
        const map ranged(list.begin(), list.end(), allocator(4)), listed({{make<K>(1), 1}}, 5, allocator(5));
        assert_true(ranged.get_allocator().number == 4 && listed.get_allocator().number == 5 && ranged == listed);
        map churned(0, allocator(6));
        for (int round = 0; round < 20; ++round) {
            for (int i = 0; i < 100; ++i)
                churned.try_emplace(make<K>(i + round * 50), i);
            for (int i = 0; i < 60; ++i)
                churned.erase(make<K>(i + round * 50));
        }
        churned.shrink_to_fit();
        assert_valid(churned);
        churned.clear();
    }
    assert_int_equal(watch::alive, alive);
    assert_nothing_left<map>();
}

/* Strings of a polymorphic map are in its memory. */
void polymorphic(void **) {
    using allocator = std::pmr::polymorphic_allocator<std::pair<const std::pmr::string, std::pmr::string>>;
    using map = swiss::map<std::pmr::string, std::pmr::string, swiss::hash<std::pmr::string>,
                           swiss::equal_to<std::pmr::string>, allocator>;
    std::vector<std::byte> buffer(1 << 20);
    std::pmr::monotonic_buffer_resource memory(buffer.data(), buffer.size(), std::pmr::null_memory_resource());
    std::pmr::set_default_resource(std::pmr::null_memory_resource());
    {
        map words{allocator(&memory)};
        for (int i = 0; i < 300; ++i)
            words.try_emplace("a key that is too long to lie in the string itself " + std::to_string(i),
                              "and a value that is too long for it");
        assert_true(words.size() == 300 && words.begin()->second.get_allocator().resource() == &memory);
        assert_true(words.begin()->first.get_allocator().resource() == &memory);
        assert_valid(words);
    }
    std::pmr::set_default_resource(nullptr);
}

void in_an_arena(void **) {
    swiss_arena arena = {};
    const swiss_allocator *const memory = swiss_arena_allocator(&arena);
    {
        swiss::map<int, int> map{swiss::allocator<>(memory)};
        for (int i = 0; i < 1000; ++i)
            map[i] = i;
        assert_true(map.get_allocator().source() == memory && swiss_arena_get_stats(&arena).used > 1000 * sizeof(int));
        swiss::map<int, int> copy = map, outside;
        outside = copy;
        assert_true(copy.get_allocator().source() == memory && outside.get_allocator().source() == nullptr);
        outside = std::move(copy); /* its memory comes along */
        assert_true(outside.get_allocator().source() == memory && outside == map);
    }
    assert_true(swiss_arena_free(&arena));
}

void allocates_nothing_until_it_must(void **) {
    using allocator = numbered<std::pair<const int, int>>;
    using map = swiss::map<int, int, nothrow_hash, by_number, allocator>;
    watch::fuse = 0; /* the first allocation throws */
    {
        map empty, other;
        const map copy = empty;
        map moved = std::move(empty);
        moved = copy;
        moved.clear();
        moved.shrink_to_fit();
        moved.merge(other);
        moved.reserve(0);
        assert_true(moved.find(1) == moved.end() && moved.erase(1) == 0 && moved.extract(1).empty() && moved == copy);
    }
    assert_int_equal(watch::fuse, 0);
    watch::fuse = -1;
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test((stateful<int, true, false>)),
        cmocka_unit_test((stateful<int, false, false>)),
        cmocka_unit_test((stateful<int, true, true>)),
        cmocka_unit_test((stateful<std::string, false, true>)),
        cmocka_unit_test((stateful<aligned, true, false>)),
        cmocka_unit_test(polymorphic),
        cmocka_unit_test(in_an_arena),
        cmocka_unit_test(allocates_nothing_until_it_must),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
