// cpp.h - what a program uses of a C++ map, for bench/compile. As in swiss.h.
#ifndef BENCH_SIZE_CPP_H
#define BENCH_SIZE_CPP_H

#include <cstdint>
#include <memory>

struct bytes24 {
    uint64_t words[3];
};
struct bytes56 {
    uint64_t words[7];
};

void visit(const void *key, const void *value);

template <class Map, class Key, class Value> struct Use {
    static bool insert(Map *map, Key key, Value value) {
        return map->try_emplace(key, value).second;
    }
    static Value *find(Map *map, Key key) {
        const auto found = map->find(key);
        return found == map->end() ? nullptr : &found->second;
    }
    static bool remove(Map *map, Key key) {
        return map->erase(key) != 0;
    }
    static void iterate(Map *map) {
        for (const auto &entry : *map)
            ::visit(&entry.first, &entry.second);
    }
    static void free(Map *map) {
        std::destroy_at(map);
    }
};

// MAP is a template of the program's.
#define USE(Key, Value) template struct Use<MAP<Key, Value>, Key, Value>;

#endif
