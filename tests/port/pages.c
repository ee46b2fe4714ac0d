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
#include <unistd.h>

long __real_sysconf(int name);
void *__real_mmap(void *address, size_t size, int protection, int flags, int file, off_t offset);
int __real_munmap(void *address, size_t size);
int __real_mprotect(void *address, size_t size, int protection);
int __real_madvise(void *address, size_t size, int advice);
void *__real_mremap(void *address, size_t size, size_t new_size, int flags, void *new_address);

long __wrap_sysconf(int name);
void *__wrap_mmap(void *address, size_t size, int protection, int flags, int file, off_t offset);
int __wrap_munmap(void *address, size_t size);
int __wrap_mprotect(void *address, size_t size, int protection);
int __wrap_madvise(void *address, size_t size, int advice);
void *__wrap_mremap(void *address, size_t size, size_t new_size, int flags, ...);

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

void *__wrap_mmap(void *address, size_t size, int protection, int flags, int file, off_t offset) {
    check("mmap", address, size);
    if (flags & MAP_FIXED)
        return __real_mmap(address, size, protection, flags, file, offset);
    char *start = __real_mmap(address, size + page_size(), protection, flags, file, offset);
    if (start == MAP_FAILED)
        return MAP_FAILED;
    size_t before = -(uintptr_t)start % page_size();
    if (before)
        __real_munmap(start, before);
    __real_munmap(start + before + size, page_size() - before);
    return start + before;
}

int __wrap_munmap(void *address, size_t size) {
    check("munmap", address, size);
    return __real_munmap(address, size);
}

int __wrap_mprotect(void *address, size_t size, int protection) {
    check("mprotect", address, size);
    return __real_mprotect(address, size, protection);
}

int __wrap_madvise(void *address, size_t size, int advice) {
    check("madvise", address, size);
    return __real_madvise(address, size, advice);
}

void *__wrap_mremap(void *address, size_t size, size_t new_size, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    void *new_address = flags & MREMAP_FIXED ? va_arg(rest, void *) : NULL;
    va_end(rest);
    check("mremap", address, size | new_size);
    check("mremap to", new_address, 0);
    return __real_mremap(address, size, new_size, flags, new_address);
}
