/* rust_map.h - Rust's std::collections::HashMap, timed from C: whole batches of operations (afar.h) that run in Rust.
 *
 *     rust_map *map = rust_map_u64_u64_new(n);
 *     rust_map_u64_u64_call(map, AFAR_INSERT, keys, NULL, n, 0);
 *     ... time: sum = rust_map_u64_u64_call(map, AFAR_FIND, shuffled_keys, NULL, n, 0);
 *     rust_map_u64_u64_free(map);
 *
 * The maps are what `HashMap::new()` gives: hashes are SipHash 1-3 with a random seed, memory is the C library's.
 */
#ifndef BENCH_RUST_MAP_H
#define BENCH_RUST_MAP_H

#include "../afar.h"

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
 *   call        runs a batch
 *   insert_timed
 *               as AFAR_INSERT; times[i] gets the ticks of ../ticks.h from one reading of the clock to the next, with
 *               one insertion between them, or nothing if there is no map
 *   small_lives the lives of small maps: map i gets the next sizes[i] keys, is asked for each of them, and goes; the
 *               sum of the values found */
#define RUST_MAP_FUNCTIONS(types, key)                                                                                 \
    rust_map *rust_map_##types##_new(size_t room);                                                                     \
    void rust_map_##types##_free(rust_map *map);                                                                       \
    uint64_t rust_map_##types##_call(rust_map *map, enum afar_operation operation, const key *keys,                    \
                                     const key *inserted, size_t count, uint64_t zero);                                \
    void rust_map_##types##_insert_timed(rust_map *map, const key *keys, size_t count, uint64_t *times);               \
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
