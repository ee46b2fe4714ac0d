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
#include <errno.h>
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

_Atomic(const void *) swiss_os_forker;

void swiss_os_fork_begin(void) {
    atomic_store_explicit(&swiss_os_forker, swiss_os_self(), memory_order_relaxed);
}

void swiss_os_fork_end(void) {
    atomic_store_explicit(&swiss_os_forker, NULL, memory_order_relaxed);
}

void swiss_os_spin_wait(swiss_os_spin *lock) {
    do {
        for (int i = 0; i < 100 && atomic_load_explicit(lock, memory_order_relaxed); ++i) {
        }
        if (atomic_load_explicit(lock, memory_order_relaxed))
            yield(); /* whoever holds it may be waiting for this processor */
    } while (atomic_exchange_explicit(lock, true, memory_order_acquire));
}

static atomic_int huge_mode = -1; /* not asked for yet */

static bool has_huge_pages(void);

static swiss_os_huge huge_from_environment(void) {
    char wish[4] = "";
    (void)swiss_os_environment("SWISS_HUGE_PAGES", wish, sizeof wish);
    if (!has_huge_pages() || strcmp(wish, "off") == 0)
        return SWISS_OS_HUGE_OFF;
    return strcmp(wish, "on") == 0 ? SWISS_OS_HUGE_ON : SWISS_OS_HUGE_AUTO;
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

static bool copy_value(const char *text, char *value, size_t size) {
    size_t length = strlen(text);
    if (length >= size)
        return false;
    memcpy(value, text, length + 1);
    return true;
}

#ifdef _WIN32

bool swiss_os_environment(const char *name, char *value, size_t size) {
    const char *text = getenv(name);
    return text && copy_value(text, value, size);
}

void swiss_os_fork_begin(void) {}

void swiss_os_fork_end(void) {}

bool swiss_os_fork_is_mine(void) {
    return false;
}

bool swiss_os_barrier_all(void) {
    FlushProcessWriteBuffers();
    return true;
}

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

static void nothing(void *argument) {
    (void)argument;
}

/* FlsFree calls what was registered, for all threads. */
void swiss_os_forget_thread_exits(void) {
    exit_run = nothing;
    if (exit_slot != FLS_OUT_OF_INDEXES)
        FlsFree(exit_slot);
    exit_slot = FLS_OUT_OF_INDEXES;
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

bool swiss_os_worker_forget(void) {
    return false;
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

bool swiss_os_renew(void *address, size_t size) {
    (void)address, (void)size;
    return true; /* nothing moves here */
}

swiss_os_moved swiss_os_move(void *to, void *from, size_t size) {
    (void)to, (void)from, (void)size;
    return SWISS_OS_STAYED;
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

#    include <fcntl.h>
#    include <sched.h>
#    include <signal.h>
#    include <sys/mman.h>
#    include <time.h>
#    include <unistd.h>
#    ifdef __linux__
#        include "system.h"
#        include <sys/syscall.h>
#    endif

/* On Linux the kernel is asked without the C library (system.c says why). Not under sanitizers, which must see what is mapped,
 * and not on s390, whose mmap takes its arguments in another way. */
#    if defined(__linux__) && !defined(SWISS_OS_SHADOWED) && !defined(__s390__)
#        ifdef SYS_mmap2
#            define SYSTEM_MMAP SYS_mmap2
#        else
#            define SYSTEM_MMAP SYS_mmap
#        endif
#    else
#        define SWISS_OS_LIBC
#    endif

/* All that these return is said there: errno is left alone, for what succeeds in the end, or only gives back, must not change
 * it. */

static void *system_map(void *address, size_t size, int protection, int flags) {
    flags |= MAP_PRIVATE | MAP_ANONYMOUS;
#    ifdef SWISS_OS_LIBC
    int error = errno;
    void *result = mmap(address, size, protection, flags, -1, 0);
    errno = error;
    return result == MAP_FAILED ? NULL : result;
#    else
    long result = swiss_system_call(SYSTEM_MMAP, (long)(uintptr_t)address, (long)size, protection, flags, -1, 0);
    return (unsigned long)result >= (unsigned long)-4095 ? NULL : (void *)(uintptr_t)result;
#    endif
}

#    ifdef SWISS_OS_LIBC
/* 0, or the error that `call` has set, negated; errno is as it was. */
static int system_error(int before, bool failed) {
    int error = failed ? -errno : 0;
    errno = before;
    return error;
}
#        define SYSTEM_RANGE(name, address, size, how) system_error(errno, name(address, size, how) != 0)
#    else
#        define SYSTEM_RANGE(name, address, size, how)                                                                 \
            swiss_system_call(SYS_##name, (long)(uintptr_t)(address), (long)(size), how, 0, 0, 0)
#    endif

static bool system_unmap(void *address, size_t size) {
#    ifdef SWISS_OS_LIBC
    return system_error(errno, munmap(address, size) != 0) == 0;
#    else
    return SYSTEM_RANGE(munmap, address, size, 0) == 0;
#    endif
}

static bool system_protect(void *address, size_t size, int protection) {
    return SYSTEM_RANGE(mprotect, address, size, protection) == 0;
}

#    ifdef __linux__

static bool system_advise(void *address, size_t size, int advice) {
    return SYSTEM_RANGE(madvise, address, size, advice) == 0;
}

/* Calls visit(argument, character) for each byte of a file until it returns false. Without stdio, which may call the malloc
 * that this heap may be. */
static void read_file(const char *path, bool (*visit)(void *argument, char byte), void *argument) {
    char text[512];
    long length = 1,
         file = swiss_system_call(SYS_openat, AT_FDCWD, (long)(uintptr_t)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
    for (bool goes_on = file >= 0; goes_on && length > 0;) {
        length = swiss_system_call(SYS_read, file, (long)(uintptr_t)text, sizeof text, 0, 0, 0);
        for (long i = 0; i < length && goes_on; ++i)
            goes_on = visit(argument, text[i]);
    }
    if (file >= 0)
        (void)swiss_system_call(SYS_close, file, 0, 0, 0, 0, 0);
}

/* A variable that is looked for in a list of "name=value", each with a 0 at its end. */
typedef struct variable {
    const char *name;
    char *value;
    size_t size, matched,
        length;        /* of the value; characters of the name that are like those read; and of the value so far */
    bool other, found; /* this is another one's; this is it */
} variable;

static bool match_variable(void *argument, char byte) {
    variable *wanted = argument;
    if (wanted->found) {
        wanted->value[wanted->length] = byte;
        wanted->found = !byte || ++wanted->length < wanted->size;
        return byte && wanted->found;
    }
    if (!byte) {
        wanted->other = false;
        wanted->matched = 0;
    } else if (!wanted->other) {
        wanted->found = byte == '=' && !wanted->name[wanted->matched];
        wanted->other = !wanted->found && byte != wanted->name[wanted->matched];
        ++wanted->matched;
    }
    return true;
}

static bool early_environment(const char *name, char *value, size_t size) {
    variable wanted = {.name = name, .value = value, .size = size};
    read_file("/proc/self/environ", match_variable, &wanted);
    return wanted.found && !wanted.value[wanted.length];
}

#    else

static bool early_environment(const char *name, char *value, size_t size) {
    (void)name, (void)value, (void)size;
    return false;
}

#    endif

extern char **environ;

/* Until the C library has initialised itself, which something may allocate before, it has no environment. */
bool swiss_os_environment(const char *name, char *value, size_t size) {
    if (!environ)
        return early_environment(name, value, size);
    const char *text = getenv(name);
    return text && copy_value(text, value, size);
}

#    ifdef MADV_HUGEPAGE

static bool add_digit(void *argument, char byte) {
    size_t *number = argument;
    if (byte < '0' || byte > '9')
        return false;
    *number = *number * 10 + (size_t)(byte - '0');
    return true;
}

static bool has_huge_pages(void) {
    size_t size = 0;
    read_file("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", add_digit, &size);
    return size == SWISS_OS_HUGE_PAGE;
}

void swiss_os_advise_huge(void *address, size_t size) {
    size_t before = -(uintptr_t)address & (SWISS_OS_HUGE_PAGE - 1);
    if (size >= before + SWISS_OS_HUGE_PAGE)
        (void)system_advise((char *)address + before, (size - before) & ~(SWISS_OS_HUGE_PAGE - 1), MADV_HUGEPAGE);
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

enum { BARRIER = 8, BARRIER_REGISTER = 16 }; /* MEMBARRIER_CMD_PRIVATE_EXPEDITED, MEMBARRIER_CMD_REGISTER_... */

/* Linux 4.14. To register is needed once per process, and again where the kernel has forgotten it. */
bool swiss_os_barrier_all(void) {
#    ifdef __linux__
    return swiss_system_call(SYS_membarrier, BARRIER, 0, 0, 0, 0, 0) == 0 ||
           (swiss_system_call(SYS_membarrier, BARRIER_REGISTER, 0, 0, 0, 0, 0) == 0 &&
            swiss_system_call(SYS_membarrier, BARRIER, 0, 0, 0, 0, 0) == 0);
#    else
    return false;
#    endif
}

static atomic_uint exit_key; /* one more than it; 0: there is none */

/* Without a lock, which a fork would have to hold. */
bool swiss_os_at_thread_exit(void (*run)(void *), void *argument) {
    unsigned known = atomic_load_explicit(&exit_key, memory_order_acquire);
    pthread_key_t key;
    if (!known && pthread_key_create(&key, run) == 0) {
        if (atomic_compare_exchange_strong(&exit_key, &known, (unsigned)key + 1))
            known = (unsigned)key + 1;
        else
            (void)pthread_key_delete(key); /* another thread was faster */
    }
    return known && pthread_setspecific((pthread_key_t)(known - 1), argument) == 0;
}

void swiss_os_forget_thread_exits(void) {
    unsigned known = atomic_exchange(&exit_key, 0);
    if (known)
        (void)pthread_key_delete((pthread_key_t)(known - 1));
}

void swiss_os_at_fork(void (*prepare)(void), void (*parent)(void), void (*child)(void)) {
    (void)pthread_atfork(prepare, parent, child);
}

/* Each thread has its own, and the same one after a fork. */
const void *swiss_os_self(void) {
    return &errno;
}

static struct {
    uint32_t (*work)(void);
    uint32_t wait; /* milliseconds */
    pthread_t thread;
    bool runs;
    bool stops; /* guarded by `lock`, `condition` tells of it */
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

/* Signals are for the program's own threads. */
bool swiss_os_worker_start(uint32_t (*work)(void), uint32_t first) {
    if (worker.runs)
        return true;
    worker.work = work;
    worker.wait = first;
    worker.stops = false;
    sigset_t all, before;
    sigfillset(&all);
    if (refused() || pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return false;
    worker.runs = pthread_create(&worker.thread, NULL, run_worker, NULL) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return worker.runs;
}

bool swiss_os_worker_forget(void) {
    static const pthread_mutex_t unlocked = PTHREAD_MUTEX_INITIALIZER;
    static const pthread_cond_t unused = PTHREAD_COND_INITIALIZER;
    memcpy(&worker.lock, &unlocked, sizeof unlocked); /* whatever the fork has left */
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

/* An address is a wish: where it is taken the mapping lands elsewhere. */
static bool map_at(char *address, size_t size, int protection, int flags) {
    void *start = system_map(address, size, protection, flags);
    if (start && start != address)
        (void)system_unmap(start, size);
    return start == address;
}

/* Systems place mappings next to each other, so once one is aligned the next of the same size often is too: ask plainly first.
 * Where it is not, there is often room below it, for most systems go downwards; ask for that. Only then reserve enough to
 * find an aligned part within, and cut off the rest: a limit on address space may not allow for that. */
void *swiss_os_reserve(size_t size, size_t alignment) {
    if (refused() || size > SIZE_MAX - alignment)
        return NULL;
    char *start = system_map(NULL, size, PROT_NONE, 0);
    if (!start || !((uintptr_t)start & (alignment - 1)))
        return start;
    (void)system_unmap(start, size);
    char *below = start - ((uintptr_t)start & (alignment - 1));
    if (map_at(below, size, PROT_NONE, 0))
        return below;
    start = system_map(NULL, size + alignment, PROT_NONE, 0);
    if (!start)
        return NULL;
    size_t before = -(uintptr_t)start & (alignment - 1);
    if (before)
        (void)system_unmap(start, before);
    if (alignment - before)
        (void)system_unmap(start + before + size, alignment - before);
    return start + before;
}

bool swiss_os_reserve_at(void *address, size_t size) {
    return !refused() && map_at(address, size, PROT_NONE, 0);
}

/* Of several mappings some may have become usable when it fails. That is no change that anyone can notice, for no one may
 * touch them. */
bool swiss_os_commit(void *address, size_t size) {
    return !refused() && system_protect(address, size, PROT_READ | PROT_WRITE);
}

/* Not by mapping over the range, which drops its pages and their accounting in one call: a system that then fails may have
 * unmapped it already, and whatever is mapped there next would be taken for ours. */
void swiss_os_decommit(void *address, size_t size) {
    (void)swiss_os_discard(address, size);
    (void)system_protect(address, size, PROT_NONE);
}

void swiss_os_release(void *address, size_t size) {
    (void)system_unmap(address, size);
}

bool swiss_os_release_end(void *address, size_t size) {
    return system_unmap(address, size);
}

void *swiss_os_alloc(size_t size) {
    return refused() ? NULL : system_map(NULL, swiss_os_round(size), PROT_READ | PROT_WRITE, 0);
}

#    ifdef __linux__

/* Emulators of Linux have been seen to accept MADV_DONTNEED and to do nothing (QEMU's, before 7.1): asked once, on a page of
 * its own. */
static bool discards(void) {
    static atomic_int answer = -1; /* not asked for yet */
    int known = atomic_load_explicit(&answer, memory_order_relaxed);
    if (SWISS_LIKELY(known >= 0))
        return known;
    volatile char *page = system_map(NULL, swiss_os_page_size(), PROT_READ | PROT_WRITE, 0);
    if (!page)
        return false;
    *page = 1;
    known = system_advise((void *)(uintptr_t)page, swiss_os_page_size(), MADV_DONTNEED) && *page == 0;
    (void)system_unmap((void *)(uintptr_t)page, swiss_os_page_size());
    atomic_store_explicit(&answer, known, memory_order_relaxed);
    return known;
}

bool swiss_os_discard(void *address, size_t size) {
    return discards() && system_advise(address, size, MADV_DONTNEED);
}

/* Maps what is unmapped of a range, and nothing else. False when the system refuses. */
static bool fill_holes(char *address, size_t size) {
    const int fixed = 0x100000; /* MAP_FIXED_NOREPLACE, of Linux 4.17: before it the address is a wish */
    bool is_mapped = SYSTEM_RANGE(msync, address, size, MS_ASYNC) == 0; /* does nothing else */
    if (is_mapped || map_at(address, size, PROT_READ | PROT_WRITE, fixed))
        return true;
    size_t half = (size / 2 + swiss_os_page_size() - 1) & ~(swiss_os_page_size() - 1);
    return half < size && fill_holes(address, half) && fill_holes(address + half, size - half);
}

bool swiss_os_renew(void *address, size_t size) {
    return map_at(address, size, PROT_READ | PROT_WRITE, MAP_FIXED) || fill_holes(address, size);
}

#    else /* elsewhere MADV_DONTNEED is a hint, and nothing moves */

bool swiss_os_discard(void *address, size_t size) {
    (void)address, (void)size;
    return false;
}

bool swiss_os_renew(void *address, size_t size) {
    (void)address, (void)size;
    return true;
}

#    endif

#    if defined(MREMAP_DONTUNMAP) && !defined(SWISS_OS_SHADOWED)

/* Copies those pages that are not all zero from where they are mapped. */
static void copy_pages(char *to, const char *from, size_t size) {
    const size_t page = swiss_os_page_size();
    for (size_t at = 0; at < size; at += page) {
        bool is_mapped = SYSTEM_RANGE(msync, from + at, page, MS_ASYNC) == 0;
        const uint64_t *words = (const uint64_t *)(const void *)(from + at), *end = words + page / sizeof *words;
        while (is_mapped && words < end && !*words)
            ++words;
        if (is_mapped && words < end)
            memcpy(to + at, from + at, page);
    }
}

/* What a move of `from` to `to` has left that the system began and did not end. Linux unmaps what is at `to` before it looks
 * at `from` (up to 6.16 it then refuses memory of several mappings; of their whole huge pages, for instance, some are advised
 * and some are not), and from 6.17 on it may move the first of several mappings and fail at the next. `to` was all zero
 * before, and zero is what a page that has moved leaves behind: so each page is where it is not zero. */
static swiss_os_moved end_move(char *to, char *from, size_t size) {
    if (fill_holes(to, size)) {
        copy_pages(to, from, size);
        return SWISS_OS_MOVED;
    }
    copy_pages(from, to, size);
    return SWISS_OS_LOST;
}

static bool remap(void *to, void *from, size_t size, long *error) {
    long moved = swiss_system_call(SYS_mremap, (long)(uintptr_t)from, (long)size, (long)size,
                                   MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, (long)(uintptr_t)to, 0);
    *error = -moved;
    return moved == (long)(uintptr_t)to;
}

/* MREMAP_DONTUNMAP, of Linux 5.7, leaves no hole in which someone else's mapping could land before we had closed it. Where it
 * is not known, or forbidden, it is not asked for again. QEMU's emulation of Linux takes what is left behind for a hole all
 * the same, so it is mapped anew, which also lets it be one mapping with what lies beside it. The shadow of a sanitizer would
 * not move along. */
swiss_os_moved swiss_os_move(void *to, void *from, size_t size) {
    static atomic_bool unknown;
    long error;
    if (atomic_load_explicit(&unknown, memory_order_relaxed) || refused() || !swiss_os_discard(to, size))
        return SWISS_OS_STAYED;
    if (remap(to, from, size, &error)) {
        if (swiss_os_renew(from, size)) {
            if (swiss_os_huge_get() != SWISS_OS_HUGE_OFF)
                swiss_os_advise_huge(from, size);
            return SWISS_OS_MOVED;
        }
        (void)remap(from, to, size, &error); /* no memory for that: back, where it needs none */
        return fill_holes(to, size) ? SWISS_OS_STAYED : SWISS_OS_LOST;
    }
    if (error == EINVAL || error == ENOSYS || error == EPERM)
        atomic_store_explicit(&unknown, true, memory_order_relaxed);
    return end_move(to, from, size);
}

#    else

swiss_os_moved swiss_os_move(void *to, void *from, size_t size) {
    (void)to, (void)from, (void)size;
    return SWISS_OS_STAYED;
}

#    endif

#endif
