/* Moving memory to another place: by a system that fails after it has changed something, in each way that Linux has
 * been seen to, and the mappings that it leaves. The calls of the heap come through the wrapped function below. */
#ifndef _GNU_SOURCE
#    define _GNU_SOURCE
#endif
#include "tests/support.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "swiss/heap.h"
#include "swiss/os/os.h"

#ifdef SYS_mmap2
#    define MMAP SYS_mmap2
#else
#    define MMAP SYS_mmap
#endif
#define MIB ((size_t)1 << 20)

enum way {
    WORKS,
    REFUSED,     /* a filter for system calls */
    UNMAPS,      /* Linux up to 6.16, of several mappings */
    HALF,        /* Linux from 6.17 on: the first of several mappings has moved */
    HALF_UNMAPS, /* the same, and the rest of where they were to go is gone */
};
static enum way way;
static bool no_maps; /* and no memory is mapped any more */
static unsigned moves;

long __real_swiss_system_call(long number, long a, long b, long c, long d, long e, long f);
long __wrap_swiss_system_call(long number, long a, long b, long c, long d, long e, long f);

static long move(long from, size_t size, long flags, long to) {
    ++moves;
    const long whole = (long)size, half = (long)(size / 2 & ~(swiss_os_page_size() - 1));
    if (way == WORKS)
        return __real_swiss_system_call(SYS_mremap, from, whole, whole, flags, to, 0);
    if (way == REFUSED)
        return -EACCES;
    if (way != HALF)
        munmap((void *)to, size);
    if (way != UNMAPS)
        assert_int_equal(__real_swiss_system_call(SYS_mremap, from, half, half, flags, to, 0), to);
    return -EFAULT;
}

long __wrap_swiss_system_call(long number, long a, long b, long c, long d, long e, long f) {
    if (number == SYS_mremap)
        return move(a, (size_t)b, d, e);
    if (number == MMAP && no_maps)
        return -ENOMEM;
    return __real_swiss_system_call(number, a, b, c, d, e, f);
}

static bool is_mapped(char *address, size_t size) {
    return msync(address, size, MS_ASYNC) == 0;
}

/* Some pages are zero, as they may be in a block. */
static unsigned char byte_at(size_t offset) {
    return offset / 4096 % 3 ? (unsigned char)(offset / 4096 % 251 + 1) : 0;
}

static void fill(char *block, size_t size) {
    for (size_t i = 0; i < size; i += 512)
        block[i] = (char)byte_at(i);
}

static void check(const char *block, size_t size) {
    for (size_t i = 0; i < size; i += 512)
        assert_int_equal((unsigned char)block[i], byte_at(i));
}

static void test_every_failure(void **state) {
    (void)state;
    const size_t size = 6 * MIB;
    for (int lost = 0; lost < 2; ++lost)
        for (int w = WORKS; w <= HALF_UNMAPS; ++w) {
            char *from = swiss_os_alloc(size), *to = swiss_os_alloc(size);
            memset(from, 0, size);
            memset(to, 0x55, size);
            fill(from, size);
            way = (enum way)w;
            no_maps = lost;
            errno = 77;
            moves = 0;
            swiss_os_moved moved = swiss_os_move(to, from, size);
            no_maps = false;
            assert_int_equal(errno, 77);
            assert_int_equal(moves, 1);
            bool must_map = w == UNMAPS || w == HALF_UNMAPS;
            assert_int_equal(moved, lost && must_map ? SWISS_OS_LOST : SWISS_OS_MOVED);
            assert_true(is_mapped(from, size));
            check(moved == SWISS_OS_MOVED ? to : from, size);
            swiss_os_release(from, size);
            munmap(to, size);
        }
    way = WORKS;
}

/* A block that grows is whole whatever the system does; where memory cannot even be mapped again it stays as it was. */
static void test_blocks_that_grow(void **state) {
    (void)state;
    for (int lost = 0; lost < 2; ++lost)
        for (int w = WORKS; w <= HALF_UNMAPS; ++w) {
            swiss_heap_trim(NULL); /* so that the fence is no block that the thread has kept, which may lie elsewhere */
            char *block = swiss_heap_alloc(NULL, 5 * MIB + 4096);
            fill(block, 5 * MIB);
            char *fence = swiss_heap_alloc(NULL, 100000);
            assert_non_null(fence);
            swiss_heap_free(NULL, swiss_heap_alloc(NULL, 32 * MIB)); /* so that nothing need be mapped for it */
            way = (enum way)w;
            no_maps = lost;
            moves = 0;
            char *grown = swiss_heap_resize(NULL, block, 20 * MIB);
            way = WORKS;
            no_maps = false;
            assert_true(moves == 1);
            assert_int_equal(grown == NULL, lost && (w == UNMAPS || w == HALF_UNMAPS));
            check(grown ? grown : block, 5 * MIB);
            if (grown)
                memset(grown, 1, 20 * MIB);
            swiss_heap_free(NULL, grown ? grown : block);
            swiss_heap_free(NULL, fence);
            char *other = swiss_heap_alloc(NULL, 40 * MIB); /* which is not where memory is gone */
            memset(other, 1, 40 * MIB);
            swiss_heap_free(NULL, other);
        }
}

static unsigned mappings(void) {
    char text[4096];
    unsigned count = 0;
    int file = open("/proc/self/maps", O_RDONLY);
    for (ssize_t length; (length = read(file, text, sizeof text)) > 0;)
        for (ssize_t i = 0; i < length; ++i)
            count += text[i] == '\n';
    close(file);
    return count;
}

/* However often large blocks change their size, the process has no more than so many mappings. */
static void test_mappings_are_bounded(void **state) {
    (void)state;
    enum { BLOCKS = 64 };
    static char *blocks[BLOCKS];
    uint64_t random = 1;
    unsigned before = mappings();
    for (unsigned round = 1; round <= 12000; ++round) {
        size_t i = random_below(&random, BLOCKS), size = (random_below(&random, 9000) + 1) * 4096;
        char *block = swiss_heap_resize(NULL, blocks[i], size);
        assert_non_null(block);
        if (blocks[i])
            assert_int_equal(block[0], (char)i);
        block[0] = block[size - 1] = (char)i;
        blocks[i] = block;
        if (round % 3000 == 0)
            assert_true(mappings() - before < 275);
    }
    for (size_t i = 0; i < BLOCKS; ++i)
        swiss_heap_free(NULL, blocks[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_failure),
        cmocka_unit_test(test_blocks_that_grow),
        cmocka_unit_test(test_mappings_are_bounded),
    };
    return RUN_TESTS(tests);
}
