/* go_map.h - Go's own map, timed from C: whole batches of operations (afar.h) that run inside Go.
 *
 *     go_map map = go_map_new(GO_MAP_U64_U64, n);
 *     go_map_call(map, AFAR_INSERT, keys, NULL, n, 0);
 *     go_map_collect();                       // outside of what is timed
 *     ... time: sum = go_map_call(map, AFAR_FIND, shuffled_keys, NULL, n, 0);
 *     go_map_free(map);
 *
 * A swiss_slice has the layout of Go's string. Entering Go costs about 2 us, but only 0.1 us from within go_map_within:
 * what calls once for each of many small maps belongs there.
 *
 * Go's collector runs as it does by default (GOGC=100), in its own threads: a Go program pays for it as well. Maps
 * without pointers are not scanned; string maps are. go_map_collect makes sure that garbage of one measurement is not
 * collected during the next.
 */
#ifndef BENCH_GO_MAP_H
#define BENCH_GO_MAP_H

#include "../afar.h"

#ifdef __cplusplus
extern "C" {
#endif

enum go_map_type { GO_MAP_U32_U32, GO_MAP_U64_U64, GO_MAP_U64_56B, GO_MAP_STR_U64 };

/* A handle. Never 0. */
typedef uint64_t go_map;

/* Names for types with a qualifier, which Go cannot spell. */
typedef const void go_const_void;
typedef const uint8_t go_const_u8;

/* Makes an empty map with room for `hint` entries; 0 means none asked for. `type` is of go_map_type. */
go_map go_map_new(int32_t type, uint64_t hint);

/* Drops the map; its memory is garbage from here on. */
void go_map_free(go_map map);

/* Runs a batch; `operation` is of afar_operation. */
uint64_t go_map_call(go_map map, int32_t operation, go_const_void *keys, go_const_void *inserted, uint64_t count,
                     uint64_t zero);

/* As AFAR_INSERT; times[i] gets the nanoseconds from one reading of Go's clock to the next, with one insertion between
 * them, or nothing if `map` is 0. */
void go_map_insert_timed(go_map map, go_const_void *keys, uint64_t count, uint64_t *times);

/* The lives of n small maps: map i is made without a hint, filled with the next sizes[i] keys, asked for each of them,
 * and dropped. Returns the sum of the elems found. */
uint64_t go_map_small_lives(int32_t type, go_const_void *keys, go_const_u8 *sizes, uint64_t n);

/* Returns the bytes of Go's heap that a map of n keys takes: the difference of MemStats.HeapAlloc after
 * collecting. Slow: collects. */
uint64_t go_map_bytes(int32_t type, go_const_void *keys, uint64_t n);

/* Counts the words of a text (runs of bytes over ' ') in a new map from string to uint64. Returns how many different
 * ones there are; *words gets how many there are in all. */
uint64_t go_map_wordcount(go_const_u8 *text, uint64_t size, uint64_t *words);

/* Runs body(argument) on this thread while Go keeps what it needs for the thread ready, which is most of what entering
 * costs. `body` may call all functions here but this one, from at most 16 KiB further down the stack, and throws
 * nothing. */
void go_map_within(void (*body)(void *), void *argument);

/* Runs a full collection and waits for it. */
void go_map_collect(void);

#ifdef __cplusplus
}
#endif

#endif
