// adapter.h - what a contender has to offer, and the loops over it.
//
// A contender is a template <class Types, class Memory> class that derives from Loops<itself, Types> and has
//     void reserve(size_t entries);              room for so many in all
//     void insert(Key key, Value value);         a key that is not in the map
//     const Value *find(Key key);                null if missing
//     void put(Key key, Value value);            insert or overwrite
//     bool remove(Key key);
//     void count(Key key);                       adds 1 to the key's value, which starts at 0
//     uint64_t sum();                            the values' numbers, by iterating
//     size_t size();
// Constructed, it is an empty map; destroyed, it gives its memory back. A contender that has to be called from afar derives
// from nothing and has the loops below instead: they, reserve and size are all that the operations call. A loop is not
// inlined, so that each contender's is compiled by itself, for itself.
#ifndef BENCH_ADAPTER_H
#define BENCH_ADAPTER_H

#include "memory.h"
#include "text.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace bench {

// What counting words found.
struct WordCount {
    size_t words, distinct;
};

#define BENCH_LOOP __attribute__((noinline))

template <class Map, class Types> class Loops {
  public:
    using Description = Types;
    using Key = typename Types::Key;

    // Runs what is timed of many small maps: where the calls of a contender cost least.
    template <class Body> static void within(const Body &body) {
        body();
    }

    // Inserts absent keys, with values that number them from 0.
    BENCH_LOOP void insert_all(const Key *keys, size_t count) {
        for (size_t i = 0; i < count; ++i)
            map().insert(keys[i], Types::value(i));
    }

    // The sum of the values found; a missing key counts 0.
    BENCH_LOOP uint64_t find_all(const Key *keys, size_t count) {
        uint64_t sum = 0;
        for (size_t i = 0; i < count; ++i)
            if (const auto *value = map().find(keys[i]))
                sum += Types::number(*value);
        return sum;
    }

    // Overwrites values, numbering them from 0.
    BENCH_LOOP void put_all(const Key *keys, size_t count) {
        for (size_t i = 0; i < count; ++i)
            map().put(keys[i], Types::value(i));
    }

    // How many of the keys were there.
    BENCH_LOOP size_t remove_all(const Key *keys, size_t count) {
        size_t removed = 0;
        for (size_t i = 0; i < count; ++i)
            removed += map().remove(keys[i]) ? size_t{1} : size_t{0};
        return removed;
    }

    // The sum of all values, by iterating.
    BENCH_LOOP uint64_t sum_all() {
        return map().sum();
    }

    // Counts the words of a text in this map, which is empty.
    BENCH_LOOP WordCount count_words(const std::string &text) {
        std::array<swiss_slice, 1024> words;
        Tokenizer tokens(text);
        size_t total = 0;
        for (size_t count; (count = tokens.next(words.data(), words.size())) > 0; total += count)
            for (size_t i = 0; i < count; ++i)
                map().count(words[i]);
        return {total, map().size()};
    }

    // The bytes that a map with these keys takes; called for counted memory only.
    static size_t bytes(const Key *keys, size_t count) {
        const size_t before = counted_bytes;
        Map map;
        map.insert_all(keys, count);
        return counted_bytes - before;
    }

    // Lets the map's runtime finish what it does in the background.
    static void settle() {}

  private:
    Map &map() {
        return static_cast<Map &>(*this);
    }
};

} // namespace bench

#endif
