/* lock.h - locks, their ranks, and how the thread that forks passes them. */
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

SWISS_BEGIN_HIDDEN

/* A lock that two threads seldom want at once: a byte, 0 when free. A thread that waits yields the processor again and
 * again. Most hold it for a few instructions; that of a span cache is held while pages are fetched, and those of all
 * threads during a walk. There are 69 in the default heap, one per size class that another heap uses, and one per
 * thread, and a fork holds them all: more of the system's locks than the checkers of locks can follow. */
typedef atomic_bool swiss_os_spin;

void swiss_os_spin_wait(swiss_os_spin *lock);

/* Begin and end a fork. Meanwhile the forking thread holds all locks of the heap, and other fork handlers that it calls
 * may use the heap: so it passes every lock, without taking it. */
void swiss_os_fork_begin(void);
void swiss_os_fork_end(void);

/* Returns what no other living thread has. */
const void *swiss_os_self(void);

/* Returns true in the thread that forks, between the two. */
#ifdef _WIN32
SWISS_ALWAYS_INLINE bool swiss_os_passes(void) {
    return false;
}
#else
extern _Atomic(const void *) swiss_os_forker; /* swiss_os_self() of that thread; NULL: none forks */
SWISS_ALWAYS_INLINE bool swiss_os_passes(void) {
    const void *forker = atomic_load_explicit(&swiss_os_forker, memory_order_relaxed);
    return SWISS_UNLIKELY(forker != NULL) && forker == swiss_os_self();
}
#endif

/* Locks have ranks, and a thread takes them in that order: it holds no lock of a higher rank, and none of the same
 * unless that is odd (heap/ranks.h). Builds with assertions count what each thread holds; in others ranks do
 * nothing. */
#define SWISS_OS_RANKS 16
#ifdef NDEBUG
SWISS_ALWAYS_INLINE void swiss_os_rank_enter(unsigned rank) {
    (void)rank;
}

SWISS_ALWAYS_INLINE void swiss_os_rank_leave(unsigned rank) {
    (void)rank;
}
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

/* A lock that may be held for longer, during system calls too. */
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

SWISS_END_HIDDEN

#endif
