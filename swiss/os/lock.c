/* lock.c - locks. */
#include "lock.h"
#include "os.h"
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
            swiss_os_yield(); /* whoever holds it may be waiting for this processor */
    } while (atomic_exchange_explicit(lock, true, memory_order_acquire));
}
