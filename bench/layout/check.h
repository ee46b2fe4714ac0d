// check.h - random operations on a layout and on a std::unordered_map, which must agree.
#ifndef LAYOUT_CHECK_H
#define LAYOUT_CHECK_H

#include "measure.h"

#include <unordered_map>

namespace layout {

template <class Table> class Model {
  public:
    using Key = typename Table::Key;

    explicit Model(uint64_t seed) : table_(seed), random_(seed) {}

    // Inserts and removes keys below `keys`; of 16 steps `inserts` insert.
    void operate(size_t steps, uint32_t keys, uint32_t inserts) {
        for (size_t step = 0; step < steps; ++step) {
            const Key key = key_of<Key>(1, random_.below(keys));
            if (random_.below(16) < inserts) {
                const Key word = static_cast<Key>(random_.next());
                table_.insert(key, word);
                model_.emplace(key, Table::Slot::words ? word : key);
            } else {
                require(table_.remove(key) == (model_.erase(key) == 1), "what remove returns");
            }
            require(table_.size() == model_.size(), "size");
        }
        compare(keys);
    }

    // All entries, and a find of all keys below `keys`.
    void compare(uint32_t keys) {
        size_t seen = 0;
        table_.each([&](const typename Table::Slot &slot) {
            const auto found = model_.find(slot.key);
            require(found != model_.end() && found->second == slot.word(), "an entry");
            ++seen;
        });
        require(seen == model_.size(), "the number of entries");
        require(table_.empties() >= table_.capacity() / 8, "that an eighth of the lanes is EMPTY");
        for (uint32_t number = 0; number < keys; ++number) {
            const Key key = key_of<Key>(1, number);
            const auto found = model_.find(key);
            const auto *slot = table_.find(key);
            require((slot != nullptr) == (found != model_.end()), "whether a key is there");
            require(slot == nullptr || (slot->key == key && slot->word() == found->second), "what is found");
        }
    }

    // Removes everything. With `unmarked` nothing may be left that makes a search longer.
    void empty(uint32_t keys, bool unmarked) {
        for (uint32_t number = 0; number < keys; ++number) {
            const Key key = key_of<Key>(1, number);
            require(table_.remove(key) == (model_.erase(key) == 1), "what remove returns");
        }
        compare(keys);
        require(table_.size() == 0, "emptiness");
        require(!unmarked || table_.unmarked(), "marks left behind");
    }

    void reserve(size_t size) {
        table_.reserve(size);
        const size_t capacity = table_.capacity();
        require(capacity - capacity / 8 >= size, "reserved room");
    }
    size_t capacity() const {
        return table_.capacity();
    }

  private:
    Table table_;
    std::unordered_map<Key, Key> model_;
    bench::Random random_;
};

// All keys in few groups and few classes: searches are long, and counters saturate.
template <unsigned kinds> struct Crowding {
    static constexpr bool top = false;
    static uint64_t hash(uint64_t key, uint64_t) {
        return key % kinds * 0x81;
    }
};

// `counted`: marks go with the entries that made them.
template <class Table> void check_with(uint32_t keys, bool counted) {
    Model<Table> grown(1);
    grown.operate(keys * 4, keys, 12); // grows to three quarters of the keys
    grown.operate(keys * 20, keys, 8); // churns
    grown.operate(keys * 4, keys, 2);  // shrinks
    grown.operate(keys * 8, keys, 15); // grows again
    grown.empty(keys, counted);
    grown.operate(keys * 4, keys, 12);

    Model<Table> reserved(2);
    reserved.reserve(keys);
    const size_t capacity = reserved.capacity();
    reserved.operate(keys * 8, keys, 16);
    require(reserved.capacity() == capacity, "that a reserved table does not grow");
    reserved.reserve(keys * 5);
    reserved.compare(keys);
    reserved.operate(keys * 2, keys, 8);
}

// Table<Hash>: a layout under test.
template <template <class> class Table, class... Hashes> void check(bool counted) {
    (check_with<Table<Hashes>>(10000, counted), ...);
    (check_with<Table<Hashes>>(3500, counted), ...);
    check_with<Table<Crowding<1>>>(200, counted);
    check_with<Table<Crowding<5>>>(900, counted);
    check_with<Table<Crowding<1>>>(1000, false); // counters that have saturated stay
    check_with<Table<Crowding<64>>>(4000, counted);
}

} // namespace layout

#endif
