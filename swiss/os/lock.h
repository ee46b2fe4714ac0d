/* lock.h - locks, and how they let a thread pass that forks. */
#ifndef SWISS_OS_LOCK_H
#define SWISS_OS_LOCK_H

#include "swiss/base.h"
#include <stdatomic.h>
#ifdef _WIN32
#    ifndef WIN32_LEAN_AND_MEAN
#        define WIN32_LEAN_AND_MEAN
#    endif
#    include <windows.h>
#else
#    include <pthread.h>
#endif

/* A lock seldom wanted by two at once: a byte. Zero is free. Who waits yields the processor again and again; most hold
 * it for a few instructions, but that of a span cache is held while pages are fetched for it, and those of all threads
 * for a walk. There are 69 in the default heap, one in each size class that another heap uses, and one per thread, and
 * a fork holds them all: more of the system's locks than the checkers of locks can follow. */
typedef atomic_bool swiss_os_spin;

void swiss_os_spin_wait(swiss_os_spin *lock);

/* While a thread forks it holds all locks of the heap, and whatever else is called on its way may use the heap: of that
 * thread no lock keeps anything then. */
void swiss_os_fork_begin(void);
void swiss_os_fork_end(void);

/* True in the thread that forks, between the two. */
#ifdef _WIN32
SWISS_ALWAYS_INLINE bool swiss_os_passes(void) {
    return false;
}
#else
extern _Atomic(const void *) swiss_os_forker; /* what swiss_os_self says of that thread; NULL: none forks */
const void *swiss_os_self(void);
SWISS_ALWAYS_INLINE bool swiss_os_passes(void) {
    const void *forker = atomic_load_explicit(&swiss_os_forker, memory_order_relaxed);
    return SWISS_UNLIKELY(forker != NULL) && forker == swiss_os_self();
}
#endif

/* Locks have ranks, and a thread takes them in that order: it holds no lock of a higher rank, nor of the same unless
 * that is odd. Builds with assertions keep count of what each thread holds; in others a rank is nothing. */
#define SWISS_OS_RANKS 16
#ifdef NDEBUG
#    define swiss_os_rank_enter(rank) ((void)(rank))
#    define swiss_os_rank_leave(rank) ((void)(rank))
#else
void swiss_os_rank_enter(unsigned rank);
void swiss_os_rank_leave(unsigned rank);
#endif

SWISS_ALWAYS_INLINE void swiss_os_spin_acquire(swiss_os_spin *lock, unsigned rank) {
    swiss_os_rank_enter(rank);
    if (SWISS_UNLIKELY(atomic_exchange_explicit(lock, true, memory_order_acquire)) && !swiss_os_passes())
        swiss_os_spin_wait(lock);
}

SWISS_ALWAYS_INLINE void swiss_os_spin_release(swiss_os_spin *lock, unsigned rank) {
    if (!swiss_os_passes())
        atomic_store_explicit(lock, false, memory_order_release);
    swiss_os_rank_leave(rank);
}

/* A lock for longer, system calls included. */
#ifdef _WIN32
typedef SRWLOCK swiss_os_lock;
#    define SWISS_OS_LOCK_INITIALIZER SRWLOCK_INIT
#else
typedef pthread_mutex_t swiss_os_lock;
#    define SWISS_OS_LOCK_INITIALIZER PTHREAD_MUTEX_INITIALIZER
#endif

SWISS_ALWAYS_INLINE void swiss_os_lock_acquire(swiss_os_lock *lock, unsigned rank) {
    swiss_os_rank_enter(rank);
#ifdef _WIN32
    AcquireSRWLockExclusive(lock);
#else
    if (!swiss_os_passes())
        (void)pthread_mutex_lock(lock);
#endif
}

SWISS_ALWAYS_INLINE void swiss_os_lock_release(swiss_os_lock *lock, unsigned rank) {
#ifdef _WIN32
    ReleaseSRWLockExclusive(lock);
#else
    if (!swiss_os_passes())
        (void)pthread_mutex_unlock(lock);
#endif
    swiss_os_rank_leave(rank);
}

#endif
