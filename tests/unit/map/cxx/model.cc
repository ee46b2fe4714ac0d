/* map.hpp against std::unordered_map: random operations with the seed 14, whose results and contents are equal, over
 * types that grow in each way; now and then something throws, and then nothing has changed. */
#include "support.hpp"
#include <unordered_map>

namespace {

template <class K, class V, class Hash, class Equal> void random_operations(void **) {
    using map_type = swiss::map<K, V, Hash, Equal>;
    const long alive = watch::alive;
    {
        std::mt19937_64 random(14);
        map_type map, spare;
        std::unordered_map<int, int> model, spare_model;
        for (int step = 0; step < 12000; ++step) {
            const int key = static_cast<int>(random() % (step / 3000 % 2 ? 60 : 700)), number = step % 1000;
            const std::size_t size = map.size();
            const bool was_there = model.count(key) != 0;
            const bool may_throw = random() % 4 == 0;
            const auto operation = random() % 16;
            bool inserted = false;
            try {
                const K by = make<K>(key);
                if (may_throw)
                    watch::fuse = static_cast<long>(random() % 20);
                switch (operation) {
                case 0:
                case 1:
                    inserted = map.try_emplace(by, number).second;
                    break;
                case 2:
                    inserted = map.insert({by, V(number)}).second;
                    break;
                case 3:
                    inserted = map.emplace(by, V(number)).second;
                    break;
                case 4:
                    inserted = map.insert_or_assign(by, V(number)).second;
                    break;
                case 5:
                    map[by];
                    break;
                case 6:
                case 7:
                case 8:
                case 9:
                    map.erase(by);
                    break;
                case 10: {
                    const auto place = map.find(by);
                    watch::fuse = -1;
                    if (place != map.end())
                        map.erase(place);
                    break;
                }
                case 11:
                    assert_true(map.contains(by) == was_there);
                    break;
                case 12:
                    map.reserve(map.size() + static_cast<std::size_t>(number) / 100);
                    break;
                case 13:
                    if (step % 7 == 0)
                        map.shrink_to_fit();
                    break;
                case 14:
                    if (step % 50 == 0) {
                        swap(map, spare);
                        std::swap(model, spare_model);
                    }
                    break;
                default:
                    if (step % 20 == 0) {
                        map_type copy = map;
                        copy = spare;
                        watch::fuse = -1;
                        map.swap(copy), map.swap(copy);
                    }
                }
            } catch (const boom &) {
                watch::fuse = -1;
                assert_int_equal(map.size(), size);
                if (operation == 4 && was_there) /* the assignment of the value threw */
                    model[key] = number_of(map.at(make<K>(key)));
                assert_true(map.contains(make<K>(key)) == was_there);
                continue;
            }
            watch::fuse = -1;
            if (operation < 4)
                assert_true(model.try_emplace(key, number).second == inserted);
            else if (operation == 4)
                assert_true(model.insert_or_assign(key, number).second == inserted);
            else if (operation == 5)
                model[key];
            else if (operation <= 10)
                model.erase(key);
            assert_int_equal(map.size(), model.size());
            if (step % 64 == 0) {
                assert_valid(map);
                assert_true((numbers_of(map) == std::map<int, int>(model.begin(), model.end())));
            }
        }
    }
    assert_int_equal(watch::alive, alive);
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test((random_operations<int, int, swiss::hash<int>, swiss::equal_to<int>>)),
        cmocka_unit_test((random_operations<int, int, may_throw_hash, may_throw_equal>)),
        cmocka_unit_test((random_operations<std::string, own_address, nothrow_hash, by_number>)),
        cmocka_unit_test((random_operations<std::string, owner, may_throw_hash, may_throw_equal>)),
        cmocka_unit_test((random_operations<owner, int, nothrow_hash, by_number>)),
        cmocka_unit_test((random_operations<throwing, throwing, may_throw_hash, may_throw_equal>)),
        cmocka_unit_test((random_operations<own_address, aligned, may_throw_hash, may_throw_equal>)),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
