/* swiss.c - what bench/codesize compiles for swiss: TYPES maps (1 or 10), and of each what a program uses. */
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
    bool map##_use_insert(map *m, map##_key key, map##_value value);                                                   \
    map##_value *map##_use_find(const map *m, map##_key key);                                                          \
    bool map##_use_remove(map *m, map##_key key);                                                                      \
    void map##_use_iterate(map *m);                                                                                    \
    void map##_use_free(map *m);                                                                                       \
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

#define SWISS_NAME map0
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include "swiss/map.h"
USE(map0)

#if TYPES > 1
#    define SWISS_NAME map1
#    define SWISS_KEY uint32_t
#    define SWISS_VALUE uint32_t
#    include "swiss/map.h"
USE(map1)
#    define SWISS_NAME map2
#    define SWISS_KEY uint32_t
#    define SWISS_VALUE uint64_t
#    include "swiss/map.h"
USE(map2)
#    define SWISS_NAME map3
#    define SWISS_KEY uint64_t
#    define SWISS_VALUE uint32_t
#    include "swiss/map.h"
USE(map3)
#    define SWISS_NAME map4
#    define SWISS_KEY uint32_t
#    define SWISS_VALUE float
#    include "swiss/map.h"
USE(map4)
#    define SWISS_NAME map5
#    define SWISS_KEY uint64_t
#    define SWISS_VALUE double
#    include "swiss/map.h"
USE(map5)
#    define SWISS_NAME map6
#    define SWISS_KEY uint64_t
#    define SWISS_VALUE bytes24
#    include "swiss/map.h"
USE(map6)
#    define SWISS_NAME map7
#    define SWISS_KEY uint64_t
#    define SWISS_VALUE bytes56
#    include "swiss/map.h"
USE(map7)
#    define SWISS_NAME map8
#    define SWISS_KEY swiss_slice
#    define SWISS_VALUE uint64_t
#    include "swiss/map.h"
USE(map8)
#    define SWISS_NAME map9
#    define SWISS_KEY swiss_slice
#    define SWISS_VALUE bytes24
#    include "swiss/map.h"
USE(map9)
#endif
