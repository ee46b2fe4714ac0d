/* pages.c - stands between the heap and a system whose pages are smaller than those it is to be tested with.
 *
 * Linked into a test with --wrap, it says that a page has TEST_PAGE_SIZE bytes (an environment variable), places
 * mappings at multiples of that, and ends the program if the heap asks for part of a page.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

long __real_sysconf(int name);
long __real_swiss_system_call(long number, long a, long b, long c, long d, long e, long f);

long __wrap_sysconf(int name);
long __wrap_swiss_system_call(long number, long a, long b, long c, long d, long e, long f);

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

static long map(long address, long asked, long protection, long flags, long file, long offset) {
    size_t size = (size_t)asked;
    check("mmap", (void *)address, size);
    if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))
        return __real_swiss_system_call(MMAP, address, asked, protection, flags, file, offset);
    long found = __real_swiss_system_call(MMAP, address, (long)(size + page_size()), protection, flags, file, offset);
    if (found < 0 && found >= -4095)
        return found;
    char *start = (char *)found;
    size_t before = -(uintptr_t)start % page_size();
    if (before)
        munmap(start, before);
    munmap(start + before + size, page_size() - before);
    return (long)(start + before);
}

long __wrap_swiss_system_call(long number, long a, long b, long c, long d, long e, long f) {
    if (number == MMAP)
        return map(a, b, c, d, e, f);
    if (number == SYS_munmap || number == SYS_mprotect || number == SYS_madvise || number == SYS_msync)
        check("a range", (void *)a, (size_t)b);
    if (number == SYS_mremap) {
        check("mremap", (void *)a, (size_t)(b | c));
        check("mremap to", (void *)e, 0);
    }
    return __real_swiss_system_call(number, a, b, c, d, e, f);
}
