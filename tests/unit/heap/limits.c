/* A process that may have only so much address space: out of memory is a value, what was got works, and what is freed
 * is good for more. */
#define _DEFAULT_SOURCE
#include "tests/support.h"
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <swiss/heap.h>

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

#define SWISS_NAME bounded_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#define SWISS_BOUNDED
#include <swiss/map.h>

/* What `ulimit -v` does: from now on there are `more` bytes of address space left. */
static void limit(size_t more) {
    size_t pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%zu", &pages) != 1)
        _exit(2);
    fclose(file);
    struct rlimit most = {0, 0};
    most.rlim_cur = most.rlim_max = pages * (size_t)sysconf(_SC_PAGESIZE) + more;
    if (setrlimit(RLIMIT_AS, &most) != 0)
        _exit(3);
}

#define CHECK(condition)                                                                                               \
    do                                                                                                                 \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                            \
            _exit(1);                                                                                                  \
        }                                                                                                              \
    while (0)

/* Fills all memory with blocks of `size` bytes, written to the end, and frees them. Returns their bytes. */
static size_t fill(size_t size) {
    uint64_t **list = NULL;
    size_t bytes = 0;
    for (uint64_t **block; (block = swiss_heap_alloc(NULL, size)); bytes += size) {
        memset(block, 0x33, size);
        *block = (uint64_t *)list;
        list = block;
    }
    for (uint64_t **next; list; list = next) {
        next = (uint64_t **)*list;
        CHECK(size <= sizeof(void *) || ((unsigned char *)list)[size - 1] == 0x33);
        swiss_heap_free(NULL, list);
    }
    return bytes;
}

/* Runs `work` in a process with so much address space left. */
static void within(size_t more, void (*work)(void)) {
    pid_t child = fork();
    if (!child) {
        limit(more);
        work();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* Whatever the size of the blocks there are 64 MiB of them, also after the address space was used up by others. */
static void every_size(void) {
    static const size_t sizes[] = {100000, 8, 64, 30000, (size_t)10 << 20, 1000, (size_t)40 << 20, 500000, 16};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        size_t bytes = fill(sizes[i]);
        CHECK(bytes >= (size_t)64 << 20);
        swiss_heap_trim(NULL);
    }
    CHECK(!swiss_heap_alloc(NULL, (size_t)1 << 30));
    CHECK(!swiss_heap_alloc(NULL, SIZE_MAX / 2));
}

static void freed_blocks_are_used_again(void **state) {
    (void)state;
    within((size_t)200 << 20, every_size);
}

static void too_little_for_a_segment(void) {
    void *block = swiss_heap_alloc(NULL, 100);
    CHECK(!block);
    CHECK(!swiss_heap_alloc_zeroed(NULL, 1, 100000));
    u64_map map = {0};
    CHECK(!u64_map_insert(&map, 1, 2).entry);
    CHECK(u64_map_size(&map) == 0);
    u64_map_free(&map);
}

static void nothing_to_be_had(void **state) {
    (void)state;
    within((size_t)1 << 20, too_little_for_a_segment);
}

static void grow_map(void) {
    u64_map map = {0};
    uint64_t count = 0;
    while (u64_map_insert(&map, count, ~count).entry)
        ++count;
    CHECK(count >= 1000000);
    CHECK(u64_map_size(&map) == count);
    for (uint64_t i = 0; i < count; ++i) {
        const uint64_t *value = u64_map_get(&map, i);
        CHECK(value && *value == ~i);
    }
    CHECK(u64_map_remove(&map, 5));
    CHECK(u64_map_insert(&map, 5, 5).inserted); /* where there was room there is room */
    u64_map_free(&map);
}

static void grow_bounded_map(void) {
#ifdef SWISS_VALIDATE
    swiss_validates_ = false; /* which looks at all of a map again and again while it grows */
#endif
    bounded_map map = {0};
    uint64_t count = 0;
    while (bounded_map_insert(&map, count, ~count).entry)
        ++count;
    CHECK(count >= 1000000);
    CHECK(bounded_map_size(&map) == count);
    for (uint64_t i = 0; i < count; ++i) {
        const uint64_t *value = bounded_map_get(&map, i);
        CHECK(value && *value == ~i);
    }
    for (uint64_t i = 0; i < 1000; ++i) {
        CHECK(bounded_map_remove(&map, i));
        CHECK(bounded_map_insert(&map, i, i).inserted); /* where there was room there is room */
    }
    CHECK(!bounded_map_insert(&map, count, 0).entry);
    CHECK(!bounded_map_validate(&map));
    bounded_map_free(&map);
}

static void a_map_stays_as_it_was(void **state) {
    (void)state;
    within((size_t)300 << 20, grow_map);
    within((size_t)300 << 20, grow_bounded_map);
}

static void *use_heap(void *argument) {
    (void)argument;
    for (size_t i = 0; i < 20000; ++i) {
        size_t size = 1 + i * 37 % 40000;
        void *block = swiss_heap_alloc(NULL, size);
        if (block)
            memset(block, 1, size);
        swiss_heap_free(NULL, block);
    }
    return NULL;
}

static void start_threads(void) {
    pthread_t threads[8];
    size_t started = 0;
    while (started < 8 && pthread_create(&threads[started], NULL, use_heap, NULL) == 0)
        ++started;
    CHECK(started > 0);
    while (started)
        pthread_join(threads[--started], NULL);
}

static void threads_share_what_there_is(void **state) {
    (void)state;
    within((size_t)200 << 20, start_threads);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(freed_blocks_are_used_again),
        cmocka_unit_test(nothing_to_be_had),
        cmocka_unit_test(a_map_stays_as_it_was),
        cmocka_unit_test(threads_share_what_there_is),
    };
    /* A process whose address space is full of shadow memory has no room to limit. */
    return UNDER_ASAN || UNDER_TSAN ? 0 : RUN_TESTS(tests);
}
