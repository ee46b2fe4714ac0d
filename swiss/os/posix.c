/* posix.c - memory, clock and threads of systems like Unix. The parts that only Linux has are in linux.c. */
#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#    define _GNU_SOURCE /* MAP_ANONYMOUS, mremap */
#endif
#if defined(__APPLE__) && !defined(_DARWIN_C_SOURCE)
#    define _DARWIN_C_SOURCE
#endif
#include "os.h"
#ifndef _WIN32

#    include "own.h"
#    include "system.h"
#    include "swiss/align.h"
#    include <errno.h>
#    include <sched.h>
#    include <signal.h>
#    include <stdlib.h>
#    include <string.h>
#    include <sys/mman.h>
#    include <time.h>
#    include <unistd.h>
#    ifdef __linux__
#        include <sys/syscall.h>
#    endif

#    ifdef SYS_mmap2
#        define SYSTEM_MMAP SYS_mmap2
#    else
#        define SYSTEM_MMAP SYS_mmap
#    endif

void *swiss_system_map(void *address, size_t size, int protection, int flags) {
    flags |= MAP_PRIVATE | MAP_ANONYMOUS;
#    ifdef SWISS_SYSTEM_LIBC
    int error = errno;
    void *result = mmap(address, size, protection, flags, -1, 0);
    errno = error;
    return result == MAP_FAILED ? NULL : result;
#    else
    long result = swiss_system_call(SYSTEM_MMAP, (long)(uintptr_t)address, (long)size, protection, flags, -1, 0);
    return (unsigned long)result >= (unsigned long)-4095 ? NULL : (void *)(uintptr_t)result;
#    endif
}

#    ifdef SWISS_SYSTEM_LIBC

int swiss_system_error(int before, bool failed) {
    int error = failed ? -errno : 0;
    errno = before;
    return error;
}

#    endif

bool swiss_system_unmap(void *address, size_t size) {
#    ifdef SWISS_SYSTEM_LIBC
    return swiss_system_error(errno, munmap(address, size) != 0) == 0;
#    else
    return SWISS_SYSTEM_RANGE(munmap, address, size, 0) == 0;
#    endif
}

bool swiss_system_protect(void *address, size_t size, int protection) {
    return SWISS_SYSTEM_RANGE(mprotect, address, size, protection) == 0;
}

extern char **environ;

/* Reads a variable. The C library has no environment before it has initialised itself, and something may allocate
 * before that. */
bool swiss_os_environment(const char *name, char *value, size_t size) {
    if (!environ)
        return swiss_system_early_environment(name, value, size);
    const char *text = getenv(name);
    return text && swiss_os_copy_value(text, value, size);
}

uint64_t swiss_os_nanoseconds_coarse(void) {
    struct timespec now;
#    ifdef CLOCK_MONOTONIC_COARSE
    (void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
#    else
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
#    endif
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t swiss_os_milliseconds(void) {
    return swiss_os_nanoseconds_coarse() / 1000000;
}

uint64_t swiss_os_nanoseconds(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void swiss_os_yield(void) {
    (void)sched_yield();
}

enum { BARRIER = 8, BARRIER_REGISTER = 16 }; /* MEMBARRIER_CMD_PRIVATE_EXPEDITED, MEMBARRIER_CMD_REGISTER_... */

/* Calls membarrier (Linux 4.14). A process registers for it once, and again where the kernel has forgotten it. */
bool swiss_os_barrier_all(void) {
#    ifdef __linux__
    return swiss_system_call(SYS_membarrier, BARRIER, 0, 0, 0, 0, 0) == 0 ||
           (swiss_system_call(SYS_membarrier, BARRIER_REGISTER, 0, 0, 0, 0, 0) == 0 &&
            swiss_system_call(SYS_membarrier, BARRIER, 0, 0, 0, 0, 0) == 0);
#    else
    return false;
#    endif
}

/* Takes no lock, which a fork would have to hold. */
bool swiss_os_at_thread_exit(swiss_os_exit *at, void (*run)(void *), void *argument) {
    unsigned known = atomic_load_explicit(&at->key, memory_order_acquire);
    pthread_key_t key;
    if (!known && pthread_key_create(&key, run) == 0) {
        if (atomic_compare_exchange_strong(&at->key, &known, (unsigned)key + 1))
            known = (unsigned)key + 1;
        else
            (void)pthread_key_delete(key); /* another thread was faster */
    }
    return known && pthread_setspecific((pthread_key_t)(known - 1), argument) == 0;
}

void swiss_os_forget_thread_exits(swiss_os_exit *at) {
    unsigned known = atomic_exchange(&at->key, 0);
    if (known)
        (void)pthread_key_delete((pthread_key_t)(known - 1));
}

void swiss_os_at_fork(void (*prepare)(void), void (*parent)(void), void (*child)(void)) {
    (void)pthread_atfork(prepare, parent, child);
}

/* Returns the address of errno: each thread has its own, and keeps it over a fork. */
const void *swiss_os_self(void) {
    return &errno;
}

/* One lock and one condition for all words: who waits, waits for something slow. */
static pthread_mutex_t words_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t words_change = PTHREAD_COND_INITIALIZER;

unsigned swiss_os_await(const unsigned *word, unsigned value) {
    pthread_mutex_lock(&words_lock);
    while (*word == value)
        pthread_cond_wait(&words_change, &words_lock);
    const unsigned now = *word;
    pthread_mutex_unlock(&words_lock);
    return now;
}

void swiss_os_change(unsigned *word, unsigned by) {
    pthread_mutex_lock(&words_lock);
    *word += by;
    pthread_cond_broadcast(&words_change);
    pthread_mutex_unlock(&words_lock);
}

unsigned swiss_os_read(const unsigned *word) {
    pthread_mutex_lock(&words_lock);
    const unsigned now = *word;
    pthread_mutex_unlock(&words_lock);
    return now;
}

static struct {
    uint32_t (*work)(void);
    uint32_t wait; /* milliseconds */
    pthread_t thread;
    bool runs;
    bool stops; /* guarded by `lock`; `condition` is signalled when it is set */
    pthread_mutex_t lock;
    pthread_cond_t condition;
} worker = {.lock = PTHREAD_MUTEX_INITIALIZER, .condition = PTHREAD_COND_INITIALIZER};

static void *run_worker(void *argument) {
    pthread_mutex_lock(&worker.lock);
    while (!worker.stops) {
        struct timespec until;
        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += (time_t)(worker.wait / 1000);
        until.tv_nsec += (long)(worker.wait % 1000) * 1000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        if (pthread_cond_timedwait(&worker.condition, &worker.lock, &until) != ETIMEDOUT)
            continue;
        pthread_mutex_unlock(&worker.lock);
        uint32_t wait = worker.work();
        pthread_mutex_lock(&worker.lock);
        worker.wait = wait;
    }
    pthread_mutex_unlock(&worker.lock);
    return argument;
}

/* Starts the thread with all signals blocked: they are for the program's own threads. */
bool swiss_os_worker_start(uint32_t (*work)(void), uint32_t first) {
    if (worker.runs)
        return true;
    worker.work = work;
    worker.wait = first;
    worker.stops = false;
    sigset_t all, before;
    sigfillset(&all);
    if (swiss_os_refused() || pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return false;
    worker.runs = pthread_create(&worker.thread, NULL, run_worker, NULL) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return worker.runs;
}

bool swiss_os_worker_forget(void) {
    static const pthread_mutex_t unlocked = PTHREAD_MUTEX_INITIALIZER;
    static const pthread_cond_t unused = PTHREAD_COND_INITIALIZER;
    memcpy(&worker.lock, &unlocked, sizeof unlocked); /* in whatever state the fork has left it */
    memcpy(&worker.condition, &unused, sizeof unused);
    bool had = worker.runs;
    worker.runs = false;
    return had;
}

void swiss_os_worker_stop(void) {
    if (!worker.runs)
        return;
    pthread_mutex_lock(&worker.lock);
    worker.stops = true;
    pthread_cond_signal(&worker.condition);
    pthread_mutex_unlock(&worker.lock);
    (void)pthread_join(worker.thread, NULL);
    worker.runs = false;
}

size_t swiss_os_page_size(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* Maps at an address, which is only a wish: where it is in use, the mapping lands elsewhere. */
bool swiss_system_map_at(char *address, size_t size, int protection, int flags) {
    void *start = swiss_system_map(address, size, protection, flags);
    if (start && start != address)
        (void)swiss_system_unmap(start, size);
    return start == address;
}

/* Reserves. Systems place mappings next to each other, so once one is aligned the next of the same size often is, too:
 * ask plainly first. If it is not, there is often room below, for most systems go downwards: ask for that. Only then
 * reserve enough to have an aligned part within, and cut off the rest: a limit on address space may not allow for
 * that. */
void *swiss_os_reserve(size_t size, size_t alignment) {
    if (swiss_os_refused() || size > SIZE_MAX - alignment)
        return NULL;
    char *start = swiss_system_map(NULL, size, PROT_NONE, 0);
    if (!start || swiss_is_aligned(start, alignment))
        return start;
    (void)swiss_system_unmap(start, size);
    char *below = swiss_align_down(start, alignment);
    if (swiss_system_map_at(below, size, PROT_NONE, 0))
        return below;
    start = swiss_system_map(NULL, size + alignment, PROT_NONE, 0);
    if (!start)
        return NULL;
    char *aligned = swiss_align_up(start, alignment);
    size_t before = (size_t)(aligned - start);
    if (before)
        (void)swiss_system_unmap(start, before);
    if (alignment - before)
        (void)swiss_system_unmap(aligned + size, alignment - before);
    return aligned;
}

bool swiss_os_reserve_at(void *address, size_t size) {
    return !swiss_os_refused() && swiss_system_map_at(address, size, PROT_NONE, 0);
}

/* Commits. If it fails, some of several mappings may have become usable; nobody notices, because nobody may touch
 * them. */
bool swiss_os_commit(void *address, size_t size) {
    return !swiss_os_refused() && swiss_system_protect(address, size, PROT_READ | PROT_WRITE);
}

/* Decommits. Mapping over the range would drop its pages and their accounting in one call. But a system that then fails
 * may have unmapped the range already, and whatever is mapped there next would be taken for ours. */
void swiss_os_decommit(void *address, size_t size) {
    (void)swiss_os_discard(address, size);
    (void)swiss_system_protect(address, size, PROT_NONE);
}

void swiss_os_release(void *address, size_t size) {
    swiss_os_own_drop(address);
    (void)swiss_system_unmap(address, size);
}

bool swiss_os_releases_parts(void) {
    return true;
}

bool swiss_os_release_end(void *address, size_t size) {
    return swiss_system_unmap(address, size);
}

void *swiss_os_alloc(size_t size) {
    size = swiss_os_round(size);
    void *memory = swiss_os_refused() ? NULL : swiss_system_map(NULL, size, PROT_READ | PROT_WRITE, 0);
    if (memory)
        swiss_os_own_add(memory, size);
    return memory;
}

#    ifndef __linux__ /* MADV_DONTNEED is a hint, nothing moves, and there are no huge pages on request */

bool swiss_system_early_environment(const char *name, char *value, size_t size) {
    (void)name, (void)value, (void)size;
    return false;
}

bool swiss_os_has_huge_pages(void) {
    return false;
}

void swiss_os_advise_huge(void *address, size_t size) {
    (void)address, (void)size;
}

void swiss_os_collapse(void *address) {
    (void)address;
}

bool swiss_os_discard(void *address, size_t size) {
    (void)address, (void)size;
    return false;
}

bool swiss_os_renew(void *address, size_t size) {
    (void)address, (void)size;
    return true;
}

swiss_os_moved swiss_os_move(void *to, void *from, size_t size) {
    (void)to, (void)from, (void)size;
    return SWISS_OS_STAYED;
}

#    endif

#endif
