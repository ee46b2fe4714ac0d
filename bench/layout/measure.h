// measure.h - one turn of one layout: tables of random keys, made anew, filled, searched, churned and emptied.
#ifndef LAYOUT_MEASURE_H
#define LAYOUT_MEASURE_H

#include "../random.h"
#include "swiss/base.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <vector>

namespace layout {

enum Operation {
    insert,
    reserved,
    hit,
    miss,
    dependent,
    churn,
    churned_hit,
    churned_miss,
    remove_none,
    remove_all,
    operations
};
inline const char *const operation_names[operations] = {
    "insert", "insert_reserved", "hit",          "miss",        "hit_dependent",
    "churn",  "churned_hit",     "churned_miss", "remove_none", "remove"};

// Nanoseconds per operation, and the bytes per entry of a table filled one by one, and after churning.
struct Times {
    double ns[operations];
    double bytes_per_entry, churned_bytes_per_entry;
};

class Clock {
  public:
    Clock() : start_(std::chrono::steady_clock::now()) {}
    double nanoseconds() const {
        return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start_).count();
    }

  private:
    std::chrono::steady_clock::time_point start_;
};

inline void require(bool right, const char *what) {
    if (!right) {
        std::fprintf(stderr, "wrong: %s\n", what);
        std::exit(1);
    }
}

// Key number `number`: a bijection, so that no two are alike. Computed, so that drawing keys leaves the caches alone.
template <class Key> Key key_of(uint64_t base, uint32_t number) {
    if constexpr (sizeof(Key) == 8)
        return bench::scramble(base + number);
    uint32_t mixed = static_cast<uint32_t>(base) + number; // A. Appleby's MurmurHash3 finaliser
    mixed = (mixed ^ mixed >> 16) * UINT32_C(0x85EBCA6B);
    mixed = (mixed ^ mixed >> 13) * UINT32_C(0xC2B2AE35);
    return static_cast<Key>(mixed ^ mixed >> 16);
}

constexpr uint32_t first_missing = UINT32_C(1) << 30; // keys from this number on are in no table

// The loops that are timed. Each is one function of its own, in which the operation is inlined.
template <class Table>
SWISS_NOINLINE uint64_t find_each(const Table &table, const typename Table::Key *keys, size_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; ++i)
        if (const auto *slot = table.find(keys[i]))
            sum += slot->word();
    return sum;
}
// Each key is computed from the word that the last one led to.
template <class Table>
SWISS_NOINLINE typename Table::Key find_chain(const Table &table, const typename Table::Key *masks, size_t count) {
    typename Table::Key word = 0;
    for (size_t i = 0; i < count; ++i)
        if (const auto *slot = table.find(static_cast<typename Table::Key>(masks[i] ^ word))) {
            __asm__(""
                    : "+r"(slot)); // the word of a set's slot is the key, and compilers would know it without reading
            word = slot->word();
        }
    return word;
}
template <class Table> SWISS_NOINLINE void insert_each(Table &table, const typename Table::Key *keys, size_t count) {
    for (size_t i = 0; i < count; ++i)
        table.insert(keys[i], static_cast<typename Table::Key>(i));
}
template <class Table>
SWISS_NOINLINE size_t churn_each(Table &table, const typename Table::Key *out, const typename Table::Key *in,
                                 size_t count) {
    size_t removed = 0;
    for (size_t i = 0; i < count; ++i) {
        removed += table.remove(out[i]);
        table.insert(in[i], 0);
    }
    return removed;
}
template <class Table> SWISS_NOINLINE size_t remove_each(Table &table, const typename Table::Key *keys, size_t count) {
    size_t removed = 0;
    for (size_t i = 0; i < count; ++i)
        removed += table.remove(keys[i]);
    return removed;
}

// One table's part of a turn; adds nanoseconds to `times`.
template <class Table> class Run {
  public:
    using Key = typename Table::Key;

    Run(size_t entries, uint64_t base, uint64_t draws, Times &times)
        : entries_(static_cast<uint32_t>(entries)), lookups_(entries < 100000 ? 16384 : 131072), base_(base),
          random_(draws), times_(times), live_(entries), stored_(entries) {
        std::iota(live_.begin(), live_.end(), 0u);
        copy(live_, stored_);
    }

    void fill_growing() {
        const Clock clock;
        Table table(base_);
        insert_each(table, stored_.data(), stored_.size());
        times_.ns[insert] += clock.nanoseconds() / entries_;
        times_.bytes_per_entry += static_cast<double>(table.bytes()) / entries_;
        require(table.size() == entries_, "growing");
    }

    void live() {
        const Clock clock;
        Table table(base_);
        table.reserve(entries_);
        insert_each(table, stored_.data(), stored_.size());
        times_.ns[reserved] += clock.nanoseconds() / entries_;
        require(table.size() == entries_, "reserved");
        hits(table, hit);
        misses(table, miss);
        chain(table);
        const size_t count = std::min<size_t>(entries_, 1000000);
        churn_some(table, count); // until tombstones or marks are as many as they get
        times_.ns[churn] += churn_some(table, count);
        times_.churned_bytes_per_entry += static_cast<double>(table.bytes()) / entries_;
        hits(table, churned_hit);
        misses(table, churned_miss);
        removals_in_vain(table);
        empty(table);
    }

  private:
    void copy(const std::vector<uint32_t> &numbers, std::vector<Key> &keys) const {
        keys.resize(numbers.size());
        for (size_t i = 0; i < numbers.size(); ++i)
            keys[i] = key_of<Key>(base_, numbers[i]);
    }
    static Key word_of(Key key, uint32_t number) {
        return Table::Slot::words ? static_cast<Key>(number) : key;
    }
    const Key *draw_hits() {
        picks_.resize(lookups_);
        for (uint32_t &pick : picks_)
            pick = live_[random_.below(entries_)];
        copy(picks_, keys_);
        return keys_.data();
    }

    void hits(const Table &table, Operation operation) {
        draw_hits();
        uint64_t expected = 0;
        for (size_t i = 0; i < lookups_; ++i)
            expected += word_of(keys_[i], picks_[i] < entries_ ? picks_[i] : 0); // churn inserts the word 0
        const Clock clock;
        const uint64_t sum = find_each(table, keys_.data(), lookups_);
        times_.ns[operation] += clock.nanoseconds() / static_cast<double>(lookups_);
        require(sum == expected, operation_names[operation]);
    }
    void misses(const Table &table, Operation operation) {
        picks_.resize(lookups_);
        for (uint32_t &pick : picks_)
            pick = first_missing + random_.below(first_missing);
        copy(picks_, keys_);
        const Clock clock;
        const uint64_t sum = find_each(table, keys_.data(), lookups_);
        times_.ns[operation] += clock.nanoseconds() / static_cast<double>(lookups_);
        require(sum == 0, operation_names[operation]);
    }
    void removals_in_vain(Table &table) {
        picks_.resize(lookups_);
        for (uint32_t &pick : picks_)
            pick = first_missing + random_.below(first_missing);
        copy(picks_, keys_);
        const Clock clock;
        const size_t removed = remove_each(table, keys_.data(), lookups_);
        times_.ns[remove_none] += clock.nanoseconds() / static_cast<double>(lookups_);
        require(removed == 0, operation_names[remove_none]);
    }
    void chain(const Table &table) {
        draw_hits();
        Key word = 0;
        for (size_t i = 0; i < lookups_; ++i) {
            const Key key = keys_[i];
            keys_[i] = key ^ word;
            word = word_of(key, picks_[i]);
        }
        const Clock clock;
        const Key last = find_chain(table, keys_.data(), lookups_);
        times_.ns[dependent] += clock.nanoseconds() / static_cast<double>(lookups_);
        require(last == word, operation_names[dependent]);
    }
    // Removes a random entry and inserts a new one, `count` times. Returns nanoseconds per pair.
    double churn_some(Table &table, size_t count) {
        std::vector<uint32_t> numbers(count);
        std::vector<Key> in;
        for (uint32_t &number : numbers) {
            number = next_++;
            uint32_t &left = live_[random_.below(entries_)];
            std::swap(number, left);
        }
        copy(numbers, keys_);
        std::iota(numbers.begin(), numbers.end(), next_ - static_cast<uint32_t>(count));
        copy(numbers, in);
        const Clock clock;
        const size_t removed = churn_each(table, keys_.data(), in.data(), count);
        const double ns = clock.nanoseconds() / static_cast<double>(count);
        require(removed == count && table.size() == entries_, "churn");
        return ns;
    }
    void empty(Table &table) {
        random_.shuffle(live_.data(), live_.size(), live_.size());
        copy(live_, keys_);
        const Clock clock;
        const size_t removed = remove_each(table, keys_.data(), keys_.size());
        times_.ns[remove_all] += clock.nanoseconds() / entries_;
        require(removed == entries_ && table.size() == 0, "remove");
    }

    uint32_t entries_, next_ = entries_;
    size_t lookups_;
    uint64_t base_;
    bench::Random random_;
    Times &times_;
    std::vector<uint32_t> live_, picks_; // the numbers of the keys in the table; of those looked up
    std::vector<Key> stored_, keys_;
};

// Runs every operation on tables of `entries` entries: as many of them as make 100,000. `keys` chooses the keys,
// `draws` the order of lookups.
template <class Table> Times take_turn(size_t entries, uint64_t keys, uint64_t draws) {
    Times times = {};
    const size_t tables = std::max<size_t>(1, 100000 / entries);
    for (size_t number = 0; number < tables; ++number) {
        Run<Table> run(entries, bench::scramble(keys + number), draws + number, times);
        run.fill_growing();
        run.live();
    }
    for (double &ns : times.ns)
        ns /= static_cast<double>(tables);
    times.bytes_per_entry /= static_cast<double>(tables);
    times.churned_bytes_per_entry /= static_cast<double>(tables);
    return times;
}

} // namespace layout

#endif
