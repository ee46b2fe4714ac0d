/* own.c - the memory that the heap has for its own records.
 *
 * Records hold addresses of live blocks: of the first in a span, of those that were last freed and allocated again. So
 * whoever searches the memory of the program for such addresses must leave records out, and the system may have joined
 * the mappings they lie in with those of the program. There are few of them: one per segment of 64 MiB, one per thread,
 * and some tables. They are kept in a table by their addresses, with linear probing, without a lock:
 *
 *     | 0 | address, size | dropped | address, size | 0 | ...
 *
 * An entry that was dropped is used again, but still leads a search on. What finds no place near its own is not
 * kept: from then on nobody can tell what is the heap's own, and so what is lost.
 */
#include "own.h"
#include <stdatomic.h>

#define OWN_NEAR 64 /* entries that a search looks at */
#define OWN_DROPPED ((uintptr_t)1)

static struct {
    _Atomic(uintptr_t) start; /* 0: unused */
    atomic_size_t size;
} own_table[SWISS_OS_OWNED];

static atomic_bool own_overflowed;

static size_t own_place(uintptr_t start) {
    return (size_t)((uint64_t)start * UINT64_C(0x9E3779B97F4A7C15) >> 40);
}

void swiss_os_own_add(const void *address, size_t size) {
    const uintptr_t start = (uintptr_t)address;
    for (size_t i = 0; i < OWN_NEAR; ++i) {
        size_t at = (own_place(start) + i) % SWISS_OS_OWNED;
        uintptr_t seen = atomic_load_explicit(&own_table[at].start, memory_order_relaxed);
        if (seen <= OWN_DROPPED && atomic_compare_exchange_strong(&own_table[at].start, &seen, start)) {
            atomic_store_explicit(&own_table[at].size, size, memory_order_release);
            return;
        }
    }
    atomic_store_explicit(&own_overflowed, true, memory_order_relaxed);
}

void swiss_os_own_drop(const void *address) {
    const uintptr_t start = (uintptr_t)address;
    for (size_t i = 0; i < OWN_NEAR; ++i) {
        size_t at = (own_place(start) + i) % SWISS_OS_OWNED;
        uintptr_t seen = atomic_load_explicit(&own_table[at].start, memory_order_relaxed);
        if (seen == start) {
            atomic_store_explicit(&own_table[at].size, 0, memory_order_relaxed);
            atomic_store_explicit(&own_table[at].start, OWN_DROPPED, memory_order_release);
        }
        if (seen == start || !seen)
            return;
    }
}

size_t swiss_os_own_list(swiss_os_owned *owned) {
    size_t count = 0;
    for (size_t i = 0; i < SWISS_OS_OWNED; ++i) {
        uintptr_t start = atomic_load_explicit(&own_table[i].start, memory_order_acquire);
        size_t size = atomic_load_explicit(&own_table[i].size, memory_order_acquire);
        if (start > OWN_DROPPED)
            owned[count++] = (swiss_os_owned){start, start + size};
    }
    return atomic_load_explicit(&own_overflowed, memory_order_relaxed) ? SIZE_MAX : count;
}
