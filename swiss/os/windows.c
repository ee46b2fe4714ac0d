/* windows.c - memory, clock and threads of Windows. */
#include "os.h"
#ifdef _WIN32

#    include "system.h"
#    include "swiss/align.h"
#    include <stdlib.h>

bool swiss_os_environment(const char *name, char *value, size_t size) {
    const char *text = getenv(name);
    return text && swiss_os_copy_value(text, value, size);
}

bool swiss_os_barrier_all(void) {
    FlushProcessWriteBuffers();
    return true;
}

/* Returns false: Windows has large pages for programs with a privilege, not on request. */
bool swiss_os_has_huge_pages(void) {
    return false;
}

void swiss_os_advise_huge(void *address, size_t size) {
    (void)address, (void)size;
}

void swiss_os_collapse(void *address) {
    (void)address;
}

uint64_t swiss_os_milliseconds(void) {
    return GetTickCount64();
}

uint64_t swiss_os_nanoseconds(void) {
    LARGE_INTEGER now, often;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&often);
    uint64_t seconds = (uint64_t)(now.QuadPart / often.QuadPart), rest = (uint64_t)(now.QuadPart % often.QuadPart);
    return seconds * 1000000000 + rest * 1000000000 / (uint64_t)often.QuadPart;
}

uint64_t swiss_os_nanoseconds_coarse(void) {
    return swiss_os_nanoseconds();
}

void swiss_os_yield(void) {
    SwitchToThread();
}

const void *swiss_os_self(void) {
    return (const void *)(uintptr_t)GetCurrentThreadId();
}

/* One lock and one condition for all words: who waits, waits for something slow. */
static SRWLOCK words_lock = SRWLOCK_INIT;
static CONDITION_VARIABLE words_change = CONDITION_VARIABLE_INIT;

unsigned swiss_os_await(const unsigned *word, unsigned value) {
    AcquireSRWLockExclusive(&words_lock);
    while (*word == value)
        SleepConditionVariableSRW(&words_change, &words_lock, INFINITE, 0);
    const unsigned now = *word;
    ReleaseSRWLockExclusive(&words_lock);
    return now;
}

void swiss_os_change(unsigned *word, unsigned by) {
    AcquireSRWLockExclusive(&words_lock);
    *word += by;
    WakeAllConditionVariable(&words_change);
    ReleaseSRWLockExclusive(&words_lock);
}

unsigned swiss_os_read(const unsigned *word) {
    AcquireSRWLockExclusive(&words_lock);
    const unsigned now = *word;
    ReleaseSRWLockExclusive(&words_lock);
    return now;
}

/* What Windows calls when a thread ends gets one argument, and another calling convention than ours: so each
 * swiss_os_exit has a function of its own, which knows what to run. */
enum { EXITS = 2 };

static void (*exit_runs[EXITS])(void *);

static void WINAPI exit_first(void *argument) {
    exit_runs[0](argument);
}

static void WINAPI exit_second(void *argument) {
    exit_runs[1](argument);
}

static BOOL CALLBACK exit_init(INIT_ONCE *once, void *parameter, void **context) {
    static const PFLS_CALLBACK_FUNCTION calls[EXITS] = {exit_first, exit_second};
    static atomic_uint used;
    (void)once, (void)context;
    swiss_os_exit *at = parameter;
    unsigned number = atomic_fetch_add(&used, 1);
    if (number >= EXITS)
        return TRUE;
    exit_runs[number] = at->run;
    at->number = number;
    at->slot = FlsAlloc(calls[number]) + 1; /* FLS_OUT_OF_INDEXES is -1 */
    return TRUE;
}

bool swiss_os_at_thread_exit(swiss_os_exit *at, void (*run)(void *), void *argument) {
    at->run = run; /* always the same */
    InitOnceExecuteOnce(&at->once, exit_init, at, NULL);
    return at->slot && FlsSetValue(at->slot - 1, argument);
}

static void nothing(void *argument) {
    (void)argument;
}

/* Cancels the calls. FlsFree makes them, for all threads: so they do nothing from now on. */
void swiss_os_forget_thread_exits(swiss_os_exit *at) {
    if (!at->slot)
        return;
    exit_runs[at->number] = nothing;
    FlsFree(at->slot - 1);
    at->slot = 0;
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

/* Reserves. Windows gives back only whole reservations, so the aligned part of a larger one cannot be kept. It is
 * released, and its aligned address asked for again, which another thread may have taken in between. */
void *swiss_os_reserve(size_t size, size_t alignment) {
    if (swiss_os_refused() || size > SIZE_MAX - alignment)
        return NULL;
    for (int attempt = 0; attempt < 16; ++attempt) {
        char *start = VirtualAlloc(NULL, size + alignment, MEM_RESERVE, PAGE_NOACCESS);
        if (!start)
            return NULL;
        char *aligned = swiss_align_up(start, alignment);
        VirtualFree(start, 0, MEM_RELEASE);
        void *address = VirtualAlloc(aligned, size, MEM_RESERVE, PAGE_NOACCESS);
        if (address)
            return address;
    }
    return NULL;
}

/* Returns false: reservations side by side could not be released as one. */
bool swiss_os_reserve_at(void *address, size_t size) {
    (void)address, (void)size;
    return false;
}

bool swiss_os_commit(void *address, size_t size) {
    return !swiss_os_refused() && VirtualAlloc(address, size, MEM_COMMIT, PAGE_READWRITE) != NULL;
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

bool swiss_os_releases_parts(void) {
    return false;
}

bool swiss_os_release_end(void *address, size_t size) {
    (void)address, (void)size;
    return false;
}

void *swiss_os_alloc(size_t size) {
    return swiss_os_refused() ? NULL : VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

#endif
