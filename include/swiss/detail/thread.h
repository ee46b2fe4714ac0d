/* detail/thread.h - the number of a thread, and what threads share without a lock. Where the heap is left out there are
 * no threads: a pool is then for one thread at a time. */
#ifndef SWISS_DETAIL_THREAD_H
#define SWISS_DETAIL_THREAD_H

#include "../base.h"

/* A number that no other living thread has: swiss_os_thread_index (os.h). 0: none yet; and beyond all others in a
 * thread that ends. Variables of threads cannot be imported from a DLL: there it is 0 to a program, and calls do the
 * rest. */
#if defined(SWISS_NO_HEAP) || (defined(_WIN32) && defined(SWISS_SHARED) && !defined(SWISS_BUILDING))
#    define SWISS_THREAD_INDEX_ 0u
#else
#    define SWISS_THREAD_INDEX_ swiss_thread_index_
SWISS_BEGIN_C
#    ifdef _WIN32
extern __thread unsigned swiss_thread_index_;
#    else
extern SWISS_API __thread unsigned swiss_thread_index_;
#    endif
SWISS_END_C
#endif

/* Load and store variables that other threads use at the same time. SWISS_SEEN_ sees what was written before
 * SWISS_SHOW_. SWISS_ADD_ adds to a counter, and returns what it is then. */
#ifdef SWISS_NO_HEAP
#    define SWISS_LOAD_(variable) (variable)
#    define SWISS_STORE_(variable, value) ((void)((variable) = (value)))
#    define SWISS_SEEN_(variable) (variable)
#    define SWISS_SHOW_(variable, value) ((void)((variable) = (value)))
#    define SWISS_ADD_(variable, count) ((variable) += (count))
#else
#    define SWISS_LOAD_(variable) __atomic_load_n(&(variable), __ATOMIC_RELAXED)
#    define SWISS_STORE_(variable, value) __atomic_store_n(&(variable), (value), __ATOMIC_RELAXED)
#    define SWISS_SEEN_(variable) __atomic_load_n(&(variable), __ATOMIC_ACQUIRE)
#    define SWISS_SHOW_(variable, value) __atomic_store_n(&(variable), (value), __ATOMIC_RELEASE)
#    define SWISS_ADD_(variable, count) __atomic_add_fetch(&(variable), (count), __ATOMIC_RELAXED)
#endif

#endif
