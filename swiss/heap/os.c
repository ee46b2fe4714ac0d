/* os.c - the bottom tier: memory from the operating system.
 *
 * Memory passes through three states, as it does on every system that has a page table:
 *
 *     nothing --reserve--> reserved --commit--> usable
 *                          reserved <-decommit- usable
 *     nothing <--------------release---------- (both)
 *
 * Reserved address space costs no memory and is not counted against the machine's limits: it is mapped
 * without access (mmap with PROT_NONE, VirtualAlloc with MEM_RESERVE). Committing is where a system that does
 * not overcommit says no, so the tiers above commit piece by piece and can report "out of memory" instead of
 * dying of it. Committed pages are zero and cost memory only once they are touched.
 *
 * Nothing above this file knows how large a system page is (4 KiB on x86-64, up to 64 KiB on AArch64 and
 * POWER): the sizes that the page heap commits are multiples of 64 KiB, and a mapping of its own is rounded
 * by swiss_os_round.
 *
 * The heap keeps its own records in memory from swiss_os_alloc, never in malloc's: it may be what malloc is
 * made of.
 *
 * Huge pages. A fault costs a system about as much for 2 MiB as for 4 KiB, apart from the clearing, and a huge page takes
 * one entry of the TLB instead of 512. Measured here, inserting a million pairs of u64 into a map without reserve takes 0.54
 * of the time, with 1,100 faults instead of 17,400; looking them up in the 35 MB that this makes is about the same. Reads
 * gain once tables are larger. The price is that a page is there as a whole once a byte of it is touched, so by
 * default only blocks of at least 2 MiB get them, on the 2 MiB units that lie wholly inside. Systems that say "always"
 * need no advice, those that say "never" ignore it. Where a huge page is not 2 MiB (32 MiB or 512 MiB on AArch64 with
 * larger pages) one would be a waste, and none are asked for.
 *
 * swiss_os_refuse lets a test play an operating system that is out of memory. It is a plain pointer, read
 * once per system call; a test sets it while no other thread is in the heap.
 */
#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#    define _GNU_SOURCE /* MAP_ANONYMOUS, mremap */
#endif
#if defined(__APPLE__) && !defined(_DARWIN_C_SOURCE)
#    define _DARWIN_C_SOURCE
#endif
#include "os.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#    define SWISS_OS_SHADOWED
#elif defined(__has_feature)
#    if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#        define SWISS_OS_SHADOWED
#    endif
#endif

bool (*swiss_os_refuse)(void);

static bool refused(void) {
    return SWISS_UNLIKELY(swiss_os_refuse != NULL) && swiss_os_refuse();
}

size_t swiss_os_round(size_t size) {
    size_t mask = swiss_os_page_size() - 1;
    return (size + mask) & ~mask;
}

static void yield(void);

void swiss_os_spin_wait(swiss_os_spin *lock) {
    do {
        for (int i = 0; i < 100 && atomic_load_explicit(lock, memory_order_relaxed); ++i) {
        }
        if (atomic_load_explicit(lock, memory_order_relaxed))
            yield(); /* whoever holds it may be waiting for this processor */
    } while (atomic_exchange_explicit(lock, true, memory_order_acquire));
}

const char *swiss_os_environment(const char *name) {
    return getenv(name);
}

static atomic_int huge_mode = -1; /* not asked for yet */

static bool has_huge_pages(void);

static swiss_os_huge huge_from_environment(void) {
    const char *wish = swiss_os_environment("SWISS_HUGE_PAGES");
    if (!has_huge_pages() || (wish && strcmp(wish, "off") == 0))
        return SWISS_OS_HUGE_OFF;
    return wish && strcmp(wish, "on") == 0 ? SWISS_OS_HUGE_ON : SWISS_OS_HUGE_AUTO;
}

swiss_os_huge swiss_os_huge_get(void) {
    int mode = atomic_load_explicit(&huge_mode, memory_order_relaxed);
    if (SWISS_UNLIKELY(mode < 0)) {
        int found = (int)huge_from_environment();
        /* Unless it was set in between: then `mode` becomes what it was set to. */
        if (atomic_compare_exchange_strong(&huge_mode, &mode, found))
            mode = found;
    }
    return (swiss_os_huge)mode;
}

void swiss_os_huge_set(swiss_os_huge mode) {
    atomic_store(&huge_mode, has_huge_pages() ? (int)mode : (int)SWISS_OS_HUGE_OFF);
}

#ifdef _WIN32

/* Windows has large pages for those with a privilege, not on request. */
static bool has_huge_pages(void) {
    return false;
}

void swiss_os_advise_huge(void *address, size_t size) {
    (void)address, (void)size;
}

uint64_t swiss_os_milliseconds(void) {
    return GetTickCount64();
}

static void yield(void) {
    SwitchToThread();
}

static DWORD exit_slot = FLS_OUT_OF_INDEXES;
static INIT_ONCE exit_once = INIT_ONCE_STATIC_INIT;

static void (*exit_run)(void *);

static void WINAPI exit_call(void *argument) {
    exit_run(argument);
}

static BOOL CALLBACK exit_init(INIT_ONCE *once, void *run, void **context) {
    (void)once, (void)context;
    exit_run = *(void (**)(void *))run;
    exit_slot = FlsAlloc(exit_call);
    return TRUE;
}

bool swiss_os_at_thread_exit(void (*run)(void *), void *argument) {
    InitOnceExecuteOnce(&exit_once, exit_init, &run, NULL);
    return exit_slot != FLS_OUT_OF_INDEXES && FlsSetValue(exit_slot, argument);
}

void swiss_os_at_fork(void (*prepare)(void), void (*parent)(void), void (*child)(void)) {
    (void)prepare, (void)parent, (void)child;
}

static struct {
    uint32_t (*work)(void);
    uint32_t wait;
    HANDLE thread, stop;
} worker;

static DWORD WINAPI run_worker(void *argument) {
    (void)argument;
    while (WaitForSingleObject(worker.stop, worker.wait) == WAIT_TIMEOUT)
        worker.wait = worker.work();
    return 0;
}

bool swiss_os_worker_start(uint32_t (*work)(void), uint32_t first) {
    if (worker.thread)
        return true;
    worker.work = work;
    worker.wait = first;
    worker.stop = CreateEvent(NULL, TRUE, FALSE, NULL);
    worker.thread = worker.stop ? CreateThread(NULL, 0, run_worker, NULL, 0, NULL) : NULL;
    if (!worker.thread && worker.stop)
        CloseHandle(worker.stop);
    return worker.thread != NULL;
}

void swiss_os_worker_stop(void) {
    if (!worker.thread)
        return;
    SetEvent(worker.stop);
    WaitForSingleObject(worker.thread, INFINITE);
    CloseHandle(worker.thread);
    CloseHandle(worker.stop);
    worker.thread = NULL;
}

size_t swiss_os_page_size(void) {
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    return info.dwPageSize;
}

/* Windows gives back only whole reservations, so the aligned part of a larger one cannot be kept: it is
 * released and its aligned address asked for again, which another thread may have taken in between. */
void *swiss_os_reserve(size_t size, size_t alignment) {
    if (refused() || size > SIZE_MAX - alignment)
        return NULL;
    for (int attempt = 0; attempt < 16; ++attempt) {
        char *start = VirtualAlloc(NULL, size + alignment, MEM_RESERVE, PAGE_NOACCESS);
        if (!start)
            return NULL;
        char *aligned = start + (-(uintptr_t)start & (alignment - 1));
        VirtualFree(start, 0, MEM_RELEASE);
        void *address = VirtualAlloc(aligned, size, MEM_RESERVE, PAGE_NOACCESS);
        if (address)
            return address;
    }
    return NULL;
}

/* Reservations side by side could not be released as one. */
bool swiss_os_reserve_at(void *address, size_t size) {
    (void)address, (void)size;
    return false;
}

bool swiss_os_commit(void *address, size_t size) {
    return !refused() && VirtualAlloc(address, size, MEM_COMMIT, PAGE_READWRITE) != NULL;
}

void swiss_os_decommit(void *address, size_t size) {
    VirtualFree(address, size, MEM_DECOMMIT);
}

bool swiss_os_discard(void *address, size_t size) {
    VirtualAlloc(address, size, MEM_RESET, PAGE_READWRITE);
    return false; /* reset pages may keep their contents for a while */
}

bool swiss_os_move(void *to, void *from, size_t size) {
    (void)to, (void)from, (void)size;
    return false;
}

void swiss_os_release(void *address, size_t size) {
    (void)size;
    VirtualFree(address, 0, MEM_RELEASE);
}

bool swiss_os_release_end(void *address, size_t size) {
    (void)address, (void)size;
    return false;
}

void *swiss_os_alloc(size_t size) {
    return refused() ? NULL : VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

#else

#    include <errno.h>
#    include <fcntl.h>
#    include <sched.h>
#    include <signal.h>
#    include <sys/mman.h>
#    include <time.h>
#    include <unistd.h>

#    ifdef MADV_HUGEPAGE

/* Read without stdio, which may call the malloc that this heap may be. */
static bool has_huge_pages(void) {
    char text[32] = {0};
    int file = open("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    return length > 0 && strtoull(text, NULL, 10) == SWISS_OS_HUGE_PAGE;
}

void swiss_os_advise_huge(void *address, size_t size) {
    size_t before = -(uintptr_t)address & (SWISS_OS_HUGE_PAGE - 1);
    if (size < before + SWISS_OS_HUGE_PAGE)
        return;
    (void)madvise((char *)address + before, (size - before) & ~(SWISS_OS_HUGE_PAGE - 1), MADV_HUGEPAGE);
}

#    else

static bool has_huge_pages(void) {
    return false;
}

void swiss_os_advise_huge(void *address, size_t size) {
    (void)address, (void)size;
}

#    endif

uint64_t swiss_os_milliseconds(void) {
    struct timespec now;
#    ifdef CLOCK_MONOTONIC_COARSE
    (void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
#    else
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
#    endif
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void yield(void) {
    (void)sched_yield();
}

static pthread_key_t exit_key;
static bool exit_ready;

bool swiss_os_at_thread_exit(void (*run)(void *), void *argument) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    if (!exit_ready)
        exit_ready = pthread_key_create(&exit_key, run) == 0;
    bool ready = exit_ready;
    pthread_mutex_unlock(&lock);
    return ready && pthread_setspecific(exit_key, argument) == 0;
}

void swiss_os_at_fork(void (*prepare)(void), void (*parent)(void), void (*child)(void)) {
    (void)pthread_atfork(prepare, parent, child);
}

static struct {
    uint32_t (*work)(void);
    uint32_t wait; /* milliseconds */
    pthread_t thread;
    pid_t process; /* whose thread it is; 0: there is none */
    bool stops;    /* guarded by `lock`, `condition` tells of it */
    pthread_mutex_t lock;
    pthread_cond_t condition;
} worker = {.lock = PTHREAD_MUTEX_INITIALIZER, .condition = PTHREAD_COND_INITIALIZER};

static void *run_worker(void *argument) {
    pthread_mutex_lock(&worker.lock);
    while (!worker.stops) {
        struct timespec until;
        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += worker.wait / 1000;
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

/* Signals are for the program's own threads. */
bool swiss_os_worker_start(uint32_t (*work)(void), uint32_t first) {
    if (worker.process == getpid())
        return true;
    static const pthread_mutex_t unlocked = PTHREAD_MUTEX_INITIALIZER;
    static const pthread_cond_t unused = PTHREAD_COND_INITIALIZER;
    memcpy(&worker.lock, &unlocked, sizeof unlocked); /* whatever a fork has left */
    memcpy(&worker.condition, &unused, sizeof unused);
    worker.work = work;
    worker.wait = first;
    worker.stops = false;
    sigset_t all, before;
    sigfillset(&all);
    if (refused() || pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return false;
    bool started = pthread_create(&worker.thread, NULL, run_worker, NULL) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    worker.process = started ? getpid() : 0;
    return started;
}

void swiss_os_worker_stop(void) {
    if (worker.process != getpid())
        return;
    pthread_mutex_lock(&worker.lock);
    worker.stops = true;
    pthread_cond_signal(&worker.condition);
    pthread_mutex_unlock(&worker.lock);
    (void)pthread_join(worker.thread, NULL);
    worker.process = 0;
}

size_t swiss_os_page_size(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

static void *map(void *address, size_t size, int protection, int flags) {
    void *result = mmap(address, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    return result == MAP_FAILED ? NULL : result;
}

/* An address is a wish: where it is taken the mapping lands elsewhere. */
static bool map_at(char *address, size_t size) {
    void *start = map(address, size, PROT_NONE, 0);
    if (start && start != address)
        munmap(start, size);
    return start == address;
}

/* Systems place mappings next to each other, so once one is aligned the next of the same size often is too: ask plainly first.
 * Where it is not, there is often room below it, for most systems go downwards; ask for that. Only then reserve enough to
 * find an aligned part within, and cut off the rest: a limit on address space may not allow for that. */
void *swiss_os_reserve(size_t size, size_t alignment) {
    if (refused() || size > SIZE_MAX - alignment)
        return NULL;
    char *start = map(NULL, size, PROT_NONE, 0);
    if (!start || !((uintptr_t)start & (alignment - 1)))
        return start;
    munmap(start, size);
    char *below = start - ((uintptr_t)start & (alignment - 1));
    if (map_at(below, size))
        return below;
    start = map(NULL, size + alignment, PROT_NONE, 0);
    if (!start)
        return NULL;
    size_t before = -(uintptr_t)start & (alignment - 1);
    if (before)
        munmap(start, before);
    if (alignment - before)
        munmap(start + before + size, alignment - before);
    return start + before;
}

bool swiss_os_reserve_at(void *address, size_t size) {
    return !refused() && map_at(address, size);
}

bool swiss_os_commit(void *address, size_t size) {
    return !refused() && mprotect(address, size, PROT_READ | PROT_WRITE) == 0;
}

/* Mapping over a range drops its pages and their accounting in one call. */
void swiss_os_decommit(void *address, size_t size) {
    int error = errno; /* what only gives back leaves errno alone: free must */
    (void)map(address, size, PROT_NONE, MAP_FIXED);
    errno = error;
}

void swiss_os_release(void *address, size_t size) {
    int error = errno;
    munmap(address, size);
    errno = error;
}

bool swiss_os_release_end(void *address, size_t size) {
    int error = errno;
    bool gone = munmap(address, size) == 0;
    errno = error;
    return gone;
}

bool swiss_os_discard(void *address, size_t size) {
#    ifdef __linux__ /* elsewhere MADV_DONTNEED is a hint */
    int error = errno;
    bool gone = madvise(address, size, MADV_DONTNEED) == 0;
    errno = error;
    return gone;
#    else
    (void)address, (void)size;
    return false;
#    endif
}

/* MREMAP_DONTUNMAP, of Linux 5.7, leaves no hole in which someone else's mapping could land before we had closed it. The
 * shadow of a sanitizer would not move along. */
bool swiss_os_move(void *to, void *from, size_t size) {
#    if defined(MREMAP_DONTUNMAP) && !defined(SWISS_OS_SHADOWED)
    int error = errno;
    bool moved =
        !refused() && mremap(from, size, size, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, to) != MAP_FAILED;
    errno = error;
    return moved;
#    else
    (void)to, (void)from, (void)size;
    return false;
#    endif
}

void *swiss_os_alloc(size_t size) {
    return refused() ? NULL : map(NULL, swiss_os_round(size), PROT_READ | PROT_WRITE, 0);
}

#endif
