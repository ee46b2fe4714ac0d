/* swiss.h - what a program uses of a swiss map, for bench/compile. */
#ifndef BENCH_SIZE_SWISS_H
#define BENCH_SIZE_SWISS_H

#include "swiss/hash.h"

typedef struct bytes24 {
    uint64_t words[3];
} bytes24;
typedef struct bytes56 {
    uint64_t words[7];
} bytes56;

void visit(const void *key, const void *value);

/* The calls of one map. */
#define USE(map)                                                                                                       \
    bool map##_use_insert(map *m, map##_key key, map##_value value) {                                                  \
        return map##_insert(m, key, value).inserted;                                                                   \
    }                                                                                                                  \
    map##_value *map##_use_find(const map *m, map##_key key) {                                                         \
        return map##_get(m, key);                                                                                      \
    }                                                                                                                  \
    bool map##_use_remove(map *m, map##_key key) {                                                                     \
        return map##_remove(m, key);                                                                                   \
    }                                                                                                                  \
    void map##_use_iterate(map *m) {                                                                                   \
        map##_iter at = map##_iterate(m);                                                                              \
        for (map##_entry * entry; (entry = map##_next(&at));)                                                          \
            visit(&entry->key, &entry->value);                                                                         \
    }                                                                                                                  \
    void map##_use_free(map *m) {                                                                                      \
        map##_free(m);                                                                                                 \
    }

#endif
