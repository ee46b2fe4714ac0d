// adapter.h - what a contender has to offer, and the loops over it.
//
// A contender is a template <class Types, class Memory> class that derives from Loops<itself, Types> and has
//     void reserve(size_t entries);              room for so many in all
//     void insert(Key key, Value value);         a key that is not in the map
//     const Value *find(Key key);                null if missing; or a std::optional<Value>
//     void put(Key key, Value value);            insert or overwrite
//     bool remove(Key key);
//     void count(Key key);                       adds 1 to the key's value, which starts at 0
//     uint64_t sum();                            the values' numbers, by iterating
//     size_t size();
// Constructed, it is an empty map; destroyed, it gives its memory back. A contender of another language has the loops
// below itself, and derives from Afar: they, reserve and size are all that the operations call. A contender
// that cannot be told how many entries will come has no reserve, and says so by `reserves`. A loop is not inlined, so
// that each contender's is compiled by itself, for itself.
#ifndef BENCH_ADAPTER_H
#define BENCH_ADAPTER_H

#include "afar.h"
#include "memory.h"
#include "text.h"
#include "ticks.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace bench {

// What counting words found.
struct WordCount {
    size_t words, distinct;
};

#define BENCH_LOOP __attribute__((noinline))

// What a contender has that has nothing else to say.
template <class Map, class Types> class Common {
  public:
    using Description = Types;
    using Key = typename Types::Key;
    static constexpr bool reserves = true;

    Common() = default;
    Common(const Common &) = delete;
    Common &operator=(const Common &) = delete;

    // Runs what is timed of many small maps: where the calls of a contender cost least.
    template <class Body> static void within(const Body &body) {
        body();
    }

    // insert_all, find_all and remove_all by the contender's own functions for many keys at once, if it has them.
    void insert_many(const Key *keys, size_t count) {
        self().insert_all(keys, count);
    }
    uint64_t find_many(const Key *keys, size_t count) {
        return self().find_all(keys, count);
    }
    size_t remove_many(const Key *keys, size_t count) {
        return self().remove_all(keys, count);
    }

    // Lets the map's runtime finish what it does in the background.
    static void settle() {}

    // What insert_timed counts.
    static double nanoseconds_of_tick() {
        return bench::nanoseconds_of_tick();
    }

  protected:
    Map &self() {
        return static_cast<Map &>(*this);
    }
};

template <class Map, class Types> class Loops : public Common<Map, Types> {
  public:
    using Key = typename Types::Key;

    // Inserts absent keys, with values that number them from 0.
    BENCH_LOOP void insert_all(const Key *keys, size_t count) {
        for (size_t i = 0; i < count; ++i)
            this->self().insert(keys[i], Types::value(i));
    }

    // As insert_all; times[i] gets the ticks from one reading of the clock to the next, with an insertion between them.
    BENCH_LOOP void insert_timed(const Key *keys, size_t count, uint64_t *times) {
        uint64_t before = ticks();
        for (size_t i = 0; i < count; ++i) {
            this->self().insert(keys[i], Types::value(i));
            const uint64_t now = ticks();
            times[i] = now - before;
            before = now;
        }
    }

    // The same with nothing between them.
    BENCH_LOOP static void time_clock(size_t count, uint64_t *times) {
        uint64_t before = ticks();
        for (size_t i = 0; i < count; ++i) {
            const uint64_t now = ticks();
            times[i] = now - before;
            before = now;
        }
    }

    // The sum of the values found; a missing key counts 0.
    BENCH_LOOP uint64_t find_all(const Key *keys, size_t count) {
        uint64_t sum = 0;
        for (size_t i = 0; i < count; ++i)
            if (const auto value = this->self().find(keys[i]))
                sum += Types::number(*value);
        return sum;
    }

    // The same, with each lookup waiting for the one before: the key looked up is keys[i + (value & zero)], with the
    // value that the lookup before found. `zero` is 0, which the compiler does not know.
    BENCH_LOOP uint64_t find_chain(const Key *keys, size_t count, uint64_t zero) {
        uint64_t sum = 0, last = 0;
        for (size_t i = 0; i < count; ++i) {
            if (const auto value = this->self().find(keys[i + (last & zero)]))
                last = Types::number(*value);
            sum += last;
        }
        return sum;
    }

    // Overwrites values, numbering them from 0.
    BENCH_LOOP void put_all(const Key *keys, size_t count) {
        for (size_t i = 0; i < count; ++i)
            this->self().put(keys[i], Types::value(i));
    }

    // How many of the keys were there.
    BENCH_LOOP size_t remove_all(const Key *keys, size_t count) {
        size_t removed = 0;
        for (size_t i = 0; i < count; ++i)
            removed += this->self().remove(keys[i]) ? size_t{1} : size_t{0};
        return removed;
    }

    // Removes removed[i], then inserts the absent inserted[i], for each i in turn. Returns how many were removed.
    BENCH_LOOP size_t churn(const Key *removed, const Key *inserted, size_t count) {
        size_t found = 0;
        for (size_t i = 0; i < count; ++i) {
            found += this->self().remove(removed[i]) ? size_t{1} : size_t{0};
            this->self().insert(inserted[i], Types::value(i));
        }
        return found;
    }

    // Makes small maps one after the other: map i gets the next sizes[i] keys, is asked for each of them, and goes.
    // Returns the sum of the values found.
    BENCH_LOOP static uint64_t small_lives(const Key *keys, const uint8_t *sizes, size_t maps) {
        uint64_t sum = 0;
        for (size_t i = 0; i < maps; keys += sizes[i++]) {
            Map map;
            for (size_t at = 0; at < sizes[i]; ++at)
                map.insert(keys[at], Types::value(at));
            for (size_t at = 0; at < sizes[i]; ++at)
                if (const auto value = map.find(keys[at]))
                    sum += Types::number(*value);
        }
        return sum;
    }

    // The sum of all values, by iterating.
    BENCH_LOOP uint64_t sum_all() {
        return this->self().sum();
    }

    // Counts the words of a text in this map, which is empty.
    BENCH_LOOP WordCount count_words(const std::string &text) {
        std::array<swiss_slice, 1024> words;
        Tokenizer tokens(text);
        size_t total = 0;
        for (size_t count; (count = tokens.next(words.data(), words.size())) > 0; total += count)
            for (size_t i = 0; i < count; ++i)
                this->self().count(words[i]);
        return {total, this->self().size()};
    }

    // What a map with these keys takes; called for counted memory only.
    static Footprint footprint(const Key *keys, size_t count) {
        const size_t before = most_counted_bytes = counted_bytes;
        Map map;
        map.insert_all(keys, count);
        return {counted_bytes - before, most_counted_bytes - before};
    }
};

// A contender that is called from afar, by five functions: make, free, call, insert_timed and small_lives of Calls.
template <class Map, class Types, class Calls> class Afar : public Common<Map, Types> {
  public:
    using Key = typename Types::Key;

    ~Afar() {
        if (map_)
            Calls::free(map_);
    }
    void reserve(size_t entries) {
        room_ = entries;
    }
    void insert_all(const Key *keys, size_t count) {
        call(AFAR_INSERT, keys, nullptr, count);
    }
    void insert_timed(const Key *keys, size_t count, uint64_t *times) {
        make();
        Calls::insert_timed(map_, keys, count, times);
    }
    static void time_clock(size_t count, uint64_t *times) {
        Calls::insert_timed({}, nullptr, count, times);
    }
    uint64_t find_all(const Key *keys, size_t count) {
        return call(AFAR_FIND, keys, nullptr, count);
    }
    uint64_t find_chain(const Key *keys, size_t count, uint64_t zero) {
        return call(AFAR_FIND_CHAIN, keys, nullptr, count, zero);
    }
    void put_all(const Key *keys, size_t count) {
        call(AFAR_INSERT, keys, nullptr, count);
    }
    size_t remove_all(const Key *keys, size_t count) {
        return call(AFAR_REMOVE, keys, nullptr, count);
    }
    size_t churn(const Key *removed, const Key *inserted, size_t count) {
        return call(AFAR_CHURN, removed, inserted, count);
    }
    static uint64_t small_lives(const Key *keys, const uint8_t *sizes, size_t maps) {
        return Calls::small_lives(keys, sizes, maps);
    }
    uint64_t sum_all() {
        return call(AFAR_SUM);
    }
    size_t size() const {
        return map_ ? Calls::call(map_, AFAR_SIZE, nullptr, nullptr, 0, 0) : 0;
    }

  private:
    // The map is made with the first call, when it is known whether room was asked for.
    void make() {
        if (!map_)
            map_ = Calls::make(room_);
    }
    uint64_t call(afar_operation operation, const Key *keys = nullptr, const Key *inserted = nullptr, size_t count = 0,
                  uint64_t zero = 0) {
        make();
        return Calls::call(map_, operation, keys, inserted, count, zero);
    }

    size_t room_ = 0;
    typename Calls::Handle map_ = {};
};

} // namespace bench

#endif
