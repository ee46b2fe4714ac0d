/* os.h - what the heap and the pools ask of the operating system: memory, clock, threads, forks, the environment. The
 * rules are at the top of os.c. */
#ifndef SWISS_OS_OS_H
#define SWISS_OS_OS_H

#include "swiss/base.h"
#include "swiss/detail/thread.h"
#include "lock.h"
#include <stdatomic.h>

SWISS_BEGIN_HIDDEN

/* A variable of which each thread has its own. In a shared library the general way to such a variable is a call. This
 * way is a load, at a price: the loader must find room for it in a block that is laid out when the program starts. The
 * C libraries keep some room for libraries that are loaded later (glibc 1,664 bytes), and swiss has 36 bytes in all.
 * Where even these are too many, SWISS_TLS_DYNAMIC, defined when swiss is compiled, chooses the general way. */
#if defined(__GNUC__) && !defined(_WIN32) && !defined(__APPLE__) && !defined(SWISS_TLS_DYNAMIC)
#    define SWISS_OS_THREAD_LOCAL _Thread_local __attribute__((tls_model("initial-exec")))
#else
#    define SWISS_OS_THREAD_LOCAL _Thread_local
#endif

/* Returns the size of the system's pages in bytes: a power of two, 4096 to 65536 on the systems of today. */
size_t swiss_os_page_size(void);

/* Returns `size`, at most SIZE_MAX / 2, rounded up to whole system pages. */
size_t swiss_os_round(size_t size);

/* Reserves `size` bytes of address space at a multiple of `alignment`, a power of two. Both are multiples of 64 KiB.
 * Nobody may touch them yet. NULL if the system refuses. */
void *swiss_os_reserve(size_t size, size_t alignment);

/* Reserves `size` bytes of address space from `address` on, both multiples of 64 KiB. Returns false if the system
 * refuses, or has given a part of it away already. swiss_os_release may be called for several such reservations that
 * lie side by side. */
bool swiss_os_reserve_at(void *address, size_t size);

/* Makes reserved memory usable: readable, writable, and zero when it is committed for the first time since it was
 * reserved. Both arguments are multiples of the system page size. Returns false if the system refuses: then nothing has
 * changed. */
bool swiss_os_commit(void *address, size_t size);

/* Gives the memory back but keeps its address space reserved. The contents are lost. If the system refuses, the memory
 * stays committed. */
void swiss_os_decommit(void *address, size_t size);

/* Gives the memory back, but it stays usable: the next touch gets other memory. Returns true if that is zero. If false,
 * nothing is known of the contents, and perhaps nothing was given back. */
bool swiss_os_discard(void *address, size_t size);

/* Replaces usable memory at `address` by usable memory that is zero, and that the system can join with the mappings
 * beside it. Returns false if the system refuses: then some of it may be gone, and none of it may be touched any
 * more. */
bool swiss_os_renew(void *address, size_t size);

/* The results of swiss_os_move. */
typedef enum swiss_os_moved {
    SWISS_OS_STAYED, /* nothing has changed, but the contents at `to` are undefined */
    SWISS_OS_MOVED,  /* the memory is at `to`; that at `from` is usable, and its contents are undefined */
    SWISS_OS_LOST    /* the memory is at `from`; some of that at `to` is gone, and none of it may be touched any more */
} swiss_os_moved;

/* Moves the memory of `size` bytes to where other memory is. Both are usable; addresses and size are multiples of the
 * system page size. */
swiss_os_moved swiss_os_move(void *to, void *from, size_t size);

/* True if swiss_os_release may also be called for parts of what was reserved, and for several reservations side by
 * side. */
bool swiss_os_releases_parts(void);

/* Gives back memory and address space: exactly what one swiss_os_reserve or swiss_os_alloc returned, or all that
 * swiss_os_release_end has left of it. */
void swiss_os_release(void *address, size_t size);

/* Gives back the last `size` bytes of a reservation, which begin at `address`. Returns false if only all of it can go,
 * or if the system refuses: then nothing has changed. */
bool swiss_os_release_end(void *address, size_t size);

/* Returns zeroed memory of `size` bytes, rounded up to system pages, for the heap's own records. NULL if the system
 * refuses. */
void *swiss_os_alloc(size_t size);

#define SWISS_OS_HUGE_PAGE ((size_t)2 << 20)

/* The memory that gets huge pages: none, large blocks, or all that is committed. */
typedef enum swiss_os_huge { SWISS_OS_HUGE_OFF, SWISS_OS_HUGE_AUTO, SWISS_OS_HUGE_ON } swiss_os_huge;

/* Returns, or sets, the memory that gets huge pages; auto at first. Always off if the system has no huge pages of
 * SWISS_OS_HUGE_PAGE bytes. */
swiss_os_huge swiss_os_huge_get(void);
void swiss_os_huge_set(swiss_os_huge mode);

/* Sets it unless it was set, or asked for, before. */
void swiss_os_huge_settle(swiss_os_huge mode);

/* Asks the system to back the range with huge pages where whole ones fit. A hint: nothing depends on it. */
void swiss_os_advise_huge(void *address, size_t size);

/* Asks the system to put a huge page's worth of address space on a huge page now, with the pages that are there copied:
 * from Linux 6.1 on, in 0.2 ms. A hint, too. */
void swiss_os_collapse(void *address);

/* Returns the milliseconds of a clock that never goes back; coarse, and cheap to read. */
uint64_t swiss_os_milliseconds(void);

/* Returns the nanoseconds of such a clock, as fine as the system has one. */
uint64_t swiss_os_nanoseconds(void);

/* Returns the same, some milliseconds too few, where that is cheaper: a tenth of the time. */
uint64_t swiss_os_nanoseconds_coarse(void);

/* What is to be done when threads end, by one part of the library: a static variable. */
typedef struct swiss_os_exit {
#ifdef _WIN32
    INIT_ONCE once;
    void (*run)(void *);
    unsigned number;
    DWORD slot; /* plus 1; 0: there is none */
#else
    atomic_uint key; /* plus 1; 0: there is none */
#endif
} swiss_os_exit;

/* Lets `run` be called with `argument`, not NULL, when this thread ends. One `run` per `at`. Returns false if the
 * system refuses. */
bool swiss_os_at_thread_exit(swiss_os_exit *at, void (*run)(void *), void *argument);

/* Cancels that for all threads: `run` may be unloaded. */
void swiss_os_forget_thread_exits(swiss_os_exit *at);

/* The numbers that threads may have, 0 among them. */
#define SWISS_OS_THREADS 1024u

/* Returns the number of this thread: it has it until it ends, and no other living thread has it. The first call looks
 * for one that is free. Returns 0 if there is none, or if the thread is about to end. */
unsigned swiss_os_thread_index(void);

/* Takes a number, for a moment, that no thread has; it sees what the thread before has done. Returns false if a thread
 * has it. */
bool swiss_os_thread_borrow(unsigned index);
void swiss_os_thread_return(unsigned index);

/* Lets every running thread of the process pass a memory barrier before this returns. Writes that another thread made
 * before the barrier, or before it stopped, are seen here afterwards; the others see afterwards the writes that this
 * thread made before. Returns false if the system has no such call: then nothing is known. */
bool swiss_os_barrier_all(void);

/* Waits until *word is not `value`, and returns what it is then. Other threads change it by swiss_os_change, or before
 * anybody waits. */
unsigned swiss_os_await(const unsigned *word, unsigned value);

/* Adds to *word, and wakes those who wait for it. What this thread wrote before, they see. */
void swiss_os_change(unsigned *word, unsigned by);

/* Returns *word, which other threads change. */
unsigned swiss_os_read(const unsigned *word);

/* Lets the three be called around every fork: the first before it, the others after it, in the parent and in the child.
 * Those registered last are called first before it, and last after it. */
void swiss_os_at_fork(void (*prepare)(void), void (*parent)(void), void (*child)(void));

/* Starts a thread that calls `work` again and again: first after `first` milliseconds, then each time after as many as
 * it returned. There is at most one. Returns false if the system refuses. */
bool swiss_os_worker_start(uint32_t (*work)(void), uint32_t first);

/* Forgets the thread, in a forked child, which has no thread but the one that forked. Returns true if there was one. */
bool swiss_os_worker_forget(void);

/* Stops the thread, and returns when it has ended. Does nothing if there is none. Two threads may not call this or
 * swiss_os_worker_start at once. */
void swiss_os_worker_stop(void);

/* Copies the value of an environment variable to `value`, `size` bytes with the 0 at its end. Returns false if there is
 * none, or if it does not fit. Works also before the C library has an environment. */
bool swiss_os_environment(const char *name, char *value, size_t size);

/* For tests. If set, it is asked before every reserve, commit and alloc, and returns true to refuse it. */
extern bool (*swiss_os_refuse)(void);

SWISS_END_HIDDEN

#endif
