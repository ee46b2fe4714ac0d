/* os.h - memory, clock, threads and forks of the operating system. The comment at the top of os.c tells the rules. */
#ifndef SWISS_OS_OS_H
#define SWISS_OS_OS_H

#include "swiss/base.h"
#include "lock.h"
#include <stdatomic.h>

/* A variable of which each thread has its own. In a shared library the general way to one is a call; this way is a
 * load, at the price that the loader must find room for it in a block that is laid out when the program starts. The C
 * libraries keep some spare for libraries that are loaded later (glibc 1,664 bytes), and swiss has 32 bytes in all.
 * Where even they are too many, SWISS_TLS_DYNAMIC defined when swiss is compiled chooses the general way. */
#if defined(__GNUC__) && !defined(_WIN32) && !defined(__APPLE__) && !defined(SWISS_TLS_DYNAMIC)
#    define SWISS_OS_THREAD_LOCAL _Thread_local __attribute__((tls_model("initial-exec")))
#else
#    define SWISS_OS_THREAD_LOCAL _Thread_local
#endif

/* The size of the system's pages in bytes: a power of two, 4096 to 65536 on the systems of today. */
size_t swiss_os_page_size(void);

/* `size` rounded up to whole system pages. `size` is at most SIZE_MAX / 2. */
size_t swiss_os_round(size_t size);

/* Reserves `size` bytes of address space that no one may touch yet, from a multiple of `alignment` on, a power of two.
 * Both are multiples of 64 KiB. NULL when the system refuses. */
void *swiss_os_reserve(size_t size, size_t alignment);

/* Reserves `size` bytes of address space from `address` on, both multiples of 64 KiB. False when the system refuses, or
 * has given any of it to someone else. swiss_os_release may be called for the whole of reservations that lie side by
 * side. */
bool swiss_os_reserve_at(void *address, size_t size);

/* Makes reserved memory usable: readable, writable, and zero where it is committed for the first time since
 * it was reserved. Both arguments are multiples of the system page size. False when the system
 * refuses: then nothing has changed. */
bool swiss_os_commit(void *address, size_t size);

/* Gives the memory back but keeps its address space reserved. The contents are lost. Never fails in a way
 * that matters: at worst the memory stays committed. */
void swiss_os_decommit(void *address, size_t size);

/* Gives the memory back, but it stays usable: the next touch gets other memory. True if that is zero; if false, nothing
 * is known of the contents, and perhaps nothing was given back. */
bool swiss_os_discard(void *address, size_t size);

/* Replaces what is at `address`, usable memory, by usable memory that is zero and that the system can join with what
 * lies beside it. False when the system refuses: then some of it may be gone, and none of it may be touched any more.
 * */
bool swiss_os_renew(void *address, size_t size);

/* What became of memory that was to be moved. */
typedef enum swiss_os_moved {
    SWISS_OS_STAYED, /* nothing has changed, but for the contents of where it was to go */
    SWISS_OS_MOVED,  /* it is there; where it was is usable, and its contents are undefined */
    SWISS_OS_LOST    /* it is as it was, but some of where it was to go is gone: none of that may be touched any more */
} swiss_os_moved;

/* Moves the memory of `size` bytes to where other memory is, both usable, both multiples of the system page size, as is
 * `size`. */
swiss_os_moved swiss_os_move(void *to, void *from, size_t size);

/* Gives back memory and address space: exactly what one swiss_os_reserve or swiss_os_alloc returned, or all that
 * swiss_os_release_end has left of it. */
void swiss_os_release(void *address, size_t size);

/* Gives back the last `size` bytes of a reservation, which begin at `address`. False where only all of it can go, or
 * when the system refuses: then nothing has changed. */
bool swiss_os_release_end(void *address, size_t size);

/* Zeroed memory of `size` bytes, rounded up to system pages: for the heap's own records. NULL when the system
 * refuses. */
void *swiss_os_alloc(size_t size);

#define SWISS_OS_HUGE_PAGE ((size_t)2 << 20)

/* What gets huge pages: nothing, large blocks, or everything that is committed. */
typedef enum swiss_os_huge { SWISS_OS_HUGE_OFF, SWISS_OS_HUGE_AUTO, SWISS_OS_HUGE_ON } swiss_os_huge;

/* What was set last; auto at first. Always off where the system has no huge pages of SWISS_OS_HUGE_PAGE bytes. */
swiss_os_huge swiss_os_huge_get(void);
void swiss_os_huge_set(swiss_os_huge mode);

/* Sets it unless it was set, or asked for, before. */
void swiss_os_huge_settle(swiss_os_huge mode);

/* Asks the system to back the whole huge pages inside the range with such. A hint: nothing depends on it. */
void swiss_os_advise_huge(void *address, size_t size);

/* A clock that never goes back, in milliseconds; coarse, and cheap to read. */
uint64_t swiss_os_milliseconds(void);

/* Has `run` called with `argument`, not NULL, when this thread ends. One `run` per program. False when the system
 * refuses. */
bool swiss_os_at_thread_exit(void (*run)(void *), void *argument);

/* Forgets that, for all threads: `run` may be unloaded. */
void swiss_os_forget_thread_exits(void);

/* Has every running thread of the process pass a memory barrier before this returns: what another thread did before it
 * stopped, or before the barrier, is seen, and what this one did before is seen by what others do after. False where
 * the system has no such call: then nothing is known. */
bool swiss_os_barrier_all(void);

/* Has the three called around every fork: the first before it, the others after it, in the parent and in the child.
 * What is registered last is called first before it, and last after it. */
void swiss_os_at_fork(void (*prepare)(void), void (*parent)(void), void (*child)(void));

/* Starts a thread that calls `work` again and again, each time after as many milliseconds as it returned last, `first`
 * at the beginning. At most one is there at a time. False when the system refuses. */
bool swiss_os_worker_start(uint32_t (*work)(void), uint32_t first);

/* In a forked child, which has no other thread than the one that forked: forgets the thread. Returns true if there was
 * one. */
bool swiss_os_worker_forget(void);

/* Ends it: returns when it is gone. Nothing happens if there is none. Not to be called by two threads at once, as
 * swiss_os_worker_start is not. */
void swiss_os_worker_stop(void);

/* Copies the value of an environment variable to `value`, `size` bytes with the 0 at its end. False if there is none,
 * or none that is so short. Knows it also before the C library does. */
bool swiss_os_environment(const char *name, char *value, size_t size);

/* For tests: when set, asked before every reserve, commit and alloc, and true refuses it. */
extern bool (*swiss_os_refuse)(void);

#endif
