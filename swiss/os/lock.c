/* lock.c - locks: how a thread waits for one, or passes it; and, in builds with assertions, their order. */
#include "lock.h"
#include "system.h"

#ifdef _WIN32

void swiss_os_fork_begin(void) {}

void swiss_os_fork_end(void) {}

#else

_Atomic(const void *) swiss_os_forker;

void swiss_os_fork_begin(void) {
    atomic_store_explicit(&swiss_os_forker, swiss_os_self(), memory_order_relaxed);
}

void swiss_os_fork_end(void) {
    atomic_store_explicit(&swiss_os_forker, NULL, memory_order_relaxed);
}

#endif

void swiss_os_spin_wait(swiss_os_spin *lock) {
    do {
        for (int i = 0; i < 100 && atomic_load_explicit(lock, memory_order_relaxed); ++i) {
        }
        if (atomic_load_explicit(lock, memory_order_relaxed))
            swiss_os_yield(); /* the thread that holds it may be waiting for this processor */
    } while (atomic_exchange_explicit(lock, true, memory_order_acquire));
}

#ifndef NDEBUG

static _Thread_local uint32_t held_ranks[SWISS_OS_RANKS]; /* how many locks of each rank this thread holds */

/* Called before the thread waits for the lock: so a wait that would never end is reported. */
void swiss_os_rank_enter(unsigned rank) {
    if (swiss_os_passes())
        return;
    for (unsigned higher = rank + (rank & 1); higher < SWISS_OS_RANKS; ++higher)
        SWISS_ASSERT(!held_ranks[higher] && "locks are taken in the order of their ranks (swiss/heap/ranks.h)");
    ++held_ranks[rank];
}

void swiss_os_rank_leave(unsigned rank) {
    if (swiss_os_passes())
        return;
    SWISS_ASSERT(held_ranks[rank] && "a lock is released by the thread that holds it");
    --held_ranks[rank];
}

#endif
