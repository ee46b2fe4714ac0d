/* rust_map.h - Rust's std::collections::HashMap, timed from C: whole batches of operations that run inside Rust.
 *
 *     rust_map *map = rust_map_u64_u64_new(n);
 *     rust_map_u64_u64_insert(map, keys, n);
 *     ... time: sum = rust_map_u64_u64_find(map, shuffled_keys, n);
 *     rust_map_u64_u64_free(map);
 *
 * Each call runs a plain Rust loop over keys that stay in C's memory, so that the map operations are compiled as in any
 * Rust program. A key is a uint32_t, a uint64_t or a swiss_slice of UTF-8, whose bytes must outlive the map. The value
 * that is entered for keys[i] is i. The maps are what `HashMap::new()` gives: hashes are SipHash 1-3 with a random
 * seed, memory is the C library's malloc. One thread at a time may call these functions.
 */
#ifndef BENCH_RUST_MAP_H
#define BENCH_RUST_MAP_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The bytes that Rust's code has allocated now, and the most since rust_map_mark set this to them. */
size_t rust_map_bytes(void);
size_t rust_map_most_bytes(void);
void rust_map_mark(void);

typedef struct rust_map rust_map;

/* The functions for one pair of types.
 *   new         an empty map with room for `room` entries; 0: none asked for
 *   insert      map.insert(keys[i], i) for all i
 *   find        the sum of the values; a key that is not there counts as 0
 *   find_chain  the same, with each lookup waiting for the one before: the key looked up is keys[i + (value & zero)]
 *   remove      how many of the keys were there
 *   churn       for all i: removes removed[i], then inserts inserted[i]; how many were there
 *   sum         the sum of all values, by iterating
 *   small_lives the lives of small maps: map i gets the next sizes[i] keys, is asked for each of them, and goes; the
 *               sum of the values found */
#define RUST_MAP_FUNCTIONS(types, key)                                                                                 \
    rust_map *rust_map_##types##_new(size_t room);                                                                     \
    void rust_map_##types##_free(rust_map *map);                                                                       \
    size_t rust_map_##types##_size(const rust_map *map);                                                               \
    void rust_map_##types##_insert(rust_map *map, const key *keys, size_t count);                                      \
    uint64_t rust_map_##types##_find(const rust_map *map, const key *keys, size_t count);                              \
    uint64_t rust_map_##types##_find_chain(const rust_map *map, const key *keys, size_t count, uint64_t zero);         \
    size_t rust_map_##types##_remove(rust_map *map, const key *keys, size_t count);                                    \
    size_t rust_map_##types##_churn(rust_map *map, const key *removed, const key *inserted, size_t count);             \
    uint64_t rust_map_##types##_sum(const rust_map *map);                                                              \
    uint64_t rust_map_##types##_small_lives(const key *keys, const uint8_t *sizes, size_t maps);

RUST_MAP_FUNCTIONS(u32_u32, uint32_t)
RUST_MAP_FUNCTIONS(u64_u64, uint64_t)
RUST_MAP_FUNCTIONS(u64_56B, uint64_t)
RUST_MAP_FUNCTIONS(str_u64, swiss_slice)

/* The number of different words of a text (runs of bytes over ' '), counted in a new map; *words: how many there are in
 * all. */
size_t rust_map_wordcount(const uint8_t *text, size_t size, size_t *words);

#ifdef __cplusplus
}
#endif

#endif
