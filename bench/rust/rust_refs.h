/* rust_refs.h - Rust's Arc and Rc, each with its Weak, called from C for whole loops (rust_refs.rs). */
#ifndef BENCH_RUST_REFS_H
#define BENCH_RUST_REFS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rust_refs rust_refs;

/*   new      objects 0, 1, 2, ... whose values are their numbers, with a strong and a weak reference to each
 *   strong   clones the strong reference to each of the chosen, reads, and drops it; the sum of the values
 *   weak     the same by the weak reference */
#define RUST_REFS_FUNCTIONS(kind)                                                                                      \
    rust_refs *rust_##kind##_new(size_t size);                                                                         \
    uint64_t rust_##kind##_strong(const rust_refs *refs, const uint32_t *chosen, size_t count);                        \
    uint64_t rust_##kind##_weak(const rust_refs *refs, const uint32_t *chosen, size_t count);

RUST_REFS_FUNCTIONS(arc)
RUST_REFS_FUNCTIONS(rc)

#ifdef __cplusplus
}
#endif

#endif
