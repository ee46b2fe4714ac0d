// cpp_map.h - the contender that any C++ map with the interface of std::unordered_map makes.
#ifndef BENCH_CPP_MAP_H
#define BENCH_CPP_MAP_H

#include "adapter.h"
#include "memory.h"
#include "swiss/hash.h"

#include <string_view>
#include <utility>

namespace bench {

// The key that a C++ map is given: a slice becomes a string view, anything else stays as it is.
template <class View> struct CppKey {
    template <class Integer> static Integer from(Integer key) {
        return key;
    }
    static View from(swiss_slice key) {
        return View(key.data, key.size);
    }
    template <class Key> using For = decltype(from(std::declval<Key>()));
};

template <class Map, class View, class Types> class CppMap : public Loops<CppMap<Map, View, Types>, Types> {
  public:
    using Key = typename Types::Key;
    using Value = typename Types::Value;

    void reserve(size_t entries) {
        map_.reserve(entries);
    }
    void insert(Key key, const Value &value) {
        map_.try_emplace(CppKey<View>::from(key), value);
    }
    const Value *find(Key key) const {
        const auto found = map_.find(CppKey<View>::from(key));
        return found == map_.end() ? nullptr : &found->second;
    }
    void put(Key key, const Value &value) {
        map_.insert_or_assign(CppKey<View>::from(key), value);
    }
    bool remove(Key key) {
        return map_.erase(CppKey<View>::from(key)) != 0;
    }
    void count(Key key) {
        ++map_[CppKey<View>::from(key)];
    }
    uint64_t sum() const {
        uint64_t sum = 0;
        for (const auto &entry : map_)
            sum += Types::number(entry.second);
        return sum;
    }
    size_t size() const {
        return map_.size();
    }

  private:
    Map map_;
};

} // namespace bench

#endif
