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
 * swiss_os_refuse lets a test play an operating system that is out of memory. It is a plain pointer, read
 * once per system call; a test sets it while no other thread is in the heap.
 */
#if !defined(_WIN32) && !defined(_DEFAULT_SOURCE)
#    define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#endif
#if defined(__APPLE__) && !defined(_DARWIN_C_SOURCE)
#    define _DARWIN_C_SOURCE
#endif
#include "os.h"

bool (*swiss_os_refuse)(void);

static bool refused(void) {
    return SWISS_UNLIKELY(swiss_os_refuse != NULL) && swiss_os_refuse();
}

size_t swiss_os_round(size_t size) {
    size_t mask = swiss_os_page_size() - 1;
    return (size + mask) & ~mask;
}

#ifdef _WIN32

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

bool swiss_os_commit(void *address, size_t size) {
    return !refused() && VirtualAlloc(address, size, MEM_COMMIT, PAGE_READWRITE) != NULL;
}

void swiss_os_decommit(void *address, size_t size) {
    VirtualFree(address, size, MEM_DECOMMIT);
}

void swiss_os_release(void *address, size_t size) {
    (void)size;
    VirtualFree(address, 0, MEM_RELEASE);
}

void *swiss_os_alloc(size_t size) {
    return refused() ? NULL : VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

#else

#    include <sys/mman.h>
#    include <unistd.h>

size_t swiss_os_page_size(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

static void *map(void *address, size_t size, int protection, int flags) {
    void *result = mmap(address, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    return result == MAP_FAILED ? NULL : result;
}

/* Systems place mappings next to each other, so once one is aligned the next of the same size often is too:
 * ask plainly first. Otherwise reserve enough to find an aligned part within, and cut off the rest. */
void *swiss_os_reserve(size_t size, size_t alignment) {
    if (refused() || size > SIZE_MAX - alignment)
        return NULL;
    char *start = map(NULL, size, PROT_NONE, 0);
    if (!start || !((uintptr_t)start & (alignment - 1)))
        return start;
    munmap(start, size);
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

bool swiss_os_commit(void *address, size_t size) {
    return !refused() && mprotect(address, size, PROT_READ | PROT_WRITE) == 0;
}

/* Mapping over a range drops its pages and their accounting in one call. */
void swiss_os_decommit(void *address, size_t size) {
    (void)map(address, size, PROT_NONE, MAP_FIXED);
}

void swiss_os_release(void *address, size_t size) {
    munmap(address, size);
}

void *swiss_os_alloc(size_t size) {
    return refused() ? NULL : map(NULL, swiss_os_round(size), PROT_READ | PROT_WRITE, 0);
}

#endif
