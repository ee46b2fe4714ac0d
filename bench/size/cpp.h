// cpp.h - what bench/codesize compiles for a C++ map: TYPES maps (1 or 10), and of each what a program uses. As in swiss.c.
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

// MAP<Key, Value> and STRING_VIEW are the includer's.
#define USE(Key, Value) template struct Use<MAP<Key, Value>, Key, Value>;

USE(uint64_t, uint64_t)
#if TYPES > 1
USE(uint32_t, uint32_t)
USE(uint32_t, uint64_t)
USE(uint64_t, uint32_t)
USE(uint32_t, float)
USE(uint64_t, double)
USE(uint64_t, bytes24)
USE(uint64_t, bytes56)
USE(STRING_VIEW, uint64_t)
USE(STRING_VIEW, bytes24)
#endif

#endif
