/* pool_lock.h - a lock that is held for a few instructions. Where the heap is left out there are no threads, and it
 * does nothing. */
#ifndef SWISS_POOL_LOCK_H
#define SWISS_POOL_LOCK_H

#include "swiss/base.h"
#ifndef SWISS_NO_HEAP
#    include "os/lock.h"
#endif

SWISS_BEGIN_HIDDEN

#ifdef SWISS_NO_HEAP

typedef char swiss_pool_lock;

SWISS_ALWAYS_INLINE void swiss_pool_lock_acquire(swiss_pool_lock *lock) {
    (void)lock;
}

SWISS_ALWAYS_INLINE void swiss_pool_lock_release(swiss_pool_lock *lock) {
    (void)lock;
}

#else

/* Beyond the ranks of the heap, and even: no other lock is taken under it. */
enum { SWISS_POOL_RANK = 14 };

typedef swiss_os_spin swiss_pool_lock;

SWISS_ALWAYS_INLINE void swiss_pool_lock_acquire(swiss_pool_lock *lock) {
    swiss_os_spin_acquire(lock, SWISS_POOL_RANK);
}

SWISS_ALWAYS_INLINE void swiss_pool_lock_release(swiss_pool_lock *lock) {
    swiss_os_spin_release(lock, SWISS_POOL_RANK);
}

#endif

SWISS_END_HIDDEN

#endif
