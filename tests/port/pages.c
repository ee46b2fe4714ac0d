/* pages.c - stands between the heap and a system whose pages are smaller than those it is to be tested with.
 *
 * Linked into a test with --wrap, it says that a page has TEST_PAGE_SIZE bytes (an environment variable), places mappings
 * at multiples of that, and ends the program if the heap asks for part of a page.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

long __real_sysconf(int name);
long __real_syscall(long number, ...);

long __wrap_sysconf(int name);
long __wrap_syscall(long number, ...);

static size_t page_size(void) {
    static size_t size;
    if (!size) {
        const char *said = getenv("TEST_PAGE_SIZE");
        size = said ? strtoul(said, NULL, 10) : 4096;
    }
    return size;
}

static void check(const char *call, const void *address, size_t size) {
    if (((uintptr_t)address | size) % page_size() == 0)
        return;
    fprintf(stderr, "%s(%p, %zu): part of a page\n", call, address, size);
    _exit(1);
}

long __wrap_sysconf(int name) {
    return name == _SC_PAGESIZE ? (long)page_size() : __real_sysconf(name);
}

#ifdef SYS_mmap2
#    define MMAP SYS_mmap2
#else
#    define MMAP SYS_mmap
#endif

static long map(const long *a) {
    size_t size = (size_t)a[1];
    check("mmap", (void *)a[0], size);
    if (a[3] & (MAP_FIXED | MAP_FIXED_NOREPLACE))
        return __real_syscall(MMAP, a[0], a[1], a[2], a[3], a[4], a[5]);
    char *start = (char *)__real_syscall(MMAP, a[0], size + page_size(), a[2], a[3], a[4], a[5]);
    if (start == MAP_FAILED)
        return -1;
    size_t before = -(uintptr_t)start % page_size();
    if (before)
        munmap(start, before);
    munmap(start + before + size, page_size() - before);
    return (long)(start + before);
}

long __wrap_syscall(long number, ...) {
    long a[6];
    va_list rest;
    va_start(rest, number);
    for (int i = 0; i < 6; ++i)
        a[i] = va_arg(rest, long);
    va_end(rest);
    if (number == MMAP)
        return map(a);
    if (number == SYS_munmap || number == SYS_mprotect || number == SYS_madvise || number == SYS_msync)
        check("a range", (void *)a[0], (size_t)a[1]);
    if (number == SYS_mremap) {
        check("mremap", (void *)a[0], (size_t)(a[1] | a[2]));
        check("mremap to", (void *)a[4], 0);
    }
    return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
