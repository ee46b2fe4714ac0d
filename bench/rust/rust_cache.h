/* rust_cache.h - a cache of Rust's HashMap and a list in a Vec, called from C for whole loops (rust_cache.rs). */
#ifndef BENCH_RUST_CACHE_H
#define BENCH_RUST_CACHE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rust_cache rust_cache;

rust_cache *rust_cache_new(size_t capacity);

/* Asks for each key, and puts it if it is not there; one with this mark it puts in any case. The value of a key is
 * ~key. Returns how many of those asked for were there. Only rust_cache_replay_shared may run in several threads. */
#define RUST_CACHE_PUT (UINT64_C(1) << 63)
size_t rust_cache_replay(rust_cache *cache, const uint64_t *steps, size_t count);
size_t rust_cache_replay_shared(rust_cache *cache, const uint64_t *steps, size_t count);

#ifdef __cplusplus
}
#endif

#endif
