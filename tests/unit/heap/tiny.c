/* Tiny objects, of less than 16 bytes: that they share memory, and that each is still a block of its own to every
 * function. The heap's source is part of this file, so that misuse meets what release builds do about it, in every
 * build. */
#ifndef NDEBUG
#    define NDEBUG
#endif
#include "tests/support.h"
#include <pthread.h>
#include "swiss/heap.c"
#include "swiss/heap_stats.h"

enum { MOST = 15, MANY = 3000 };

static swiss_heap_stats get_stats(const swiss_heap *heap) {
    swiss_heap_stats stats;
    swiss_heap_get_stats(heap, &stats);
    return stats;
}

/* The size class of objects of `size` bytes. */
static size_t slot_size(size_t size) {
    return size && size <= 4 ? 4 : size <= 8 ? 8 : 16;
}

static size_t alignment_of(size_t size) {
    return size <= 4 ? 4 : size <= 8 ? 8 : 16;
}

static void fill(unsigned char *object, size_t size, size_t seed) {
    memset(object, (int)(seed * 7 + 1) & 0xFF, size);
}

static void check(const unsigned char *object, size_t size, size_t seed) {
    for (size_t i = 0; i < size; ++i)
        assert_int_equal(object[i], (seed * 7 + 1) & 0xFF);
}

/* The default heap, with its caches, and one without. */
static swiss_heap *heaps[2];

static int begin(void **state) {
    (void)state;
    return (heaps[1] = swiss_heap_create()) ? 0 : -1;
}

static int end(void **state) {
    (void)state;
    swiss_heap_destroy(heaps[1]);
    return 0;
}

/* What a million objects take, records included. Four lie in 16 bytes, or two. */
static void test_objects_share_memory(void **state) {
    (void)state;
    enum { COUNT = 1000000 };
    static void *objects[COUNT];
    const struct {
        size_t size;
        double most; /* bytes per object, of spans and of records */
    } expected[] = {{4, 5.4}, {8, 9.5}, {15, 17.7}};
    for (size_t h = 0; h < 2; ++h)
        for (size_t s = 0; s < sizeof expected / sizeof *expected; ++s) {
            swiss_heap *heap = swiss_heap_create(), *of = h ? heap : NULL;
            swiss_heap_free(of, swiss_heap_alloc(of, expected[s].size)); /* a segment, and a cache */
            swiss_heap_stats before = get_stats(of);
            for (size_t i = 0; i < COUNT; ++i)
                assert_non_null(objects[i] = swiss_heap_alloc(of, expected[s].size));
            swiss_heap_stats after = get_stats(of);
            size_t spans = after.span_bytes - before.span_bytes, records = after.metadata_bytes - before.metadata_bytes;
            if (h) /* in the default heap records may be there already */
                assert_true((double)(spans + records) < expected[s].most * (double)COUNT);
            assert_true(spans < slot_size(expected[s].size) * COUNT + 2 * SWISS_PAGE_SIZE);
            assert_int_equal(after.in_use_bytes - before.in_use_bytes, COUNT * slot_size(expected[s].size));
            for (size_t i = 0; i < COUNT; ++i)
                swiss_heap_free_sized(of, objects[i], expected[s].size);
            assert_int_equal(get_stats(of).in_use_bytes, before.in_use_bytes);
            swiss_heap_trim(of);
            assert_int_equal(get_stats(of).span_bytes, 0);
            swiss_heap_destroy(heap);
        }
}

static int by_address(const void *left, const void *right) {
    uintptr_t a = (uintptr_t) * (void *const *)left, b = (uintptr_t) * (void *const *)right;
    return (a > b) - (a < b);
}

/* Objects of all sizes among each other: aligned, apart, and each keeps what was written to all that it may use. The
 * second time they lie where others were. */
static void test_every_size(void **state) {
    (void)state;
    static unsigned char *objects[MANY], *sorted[MANY];
    for (size_t h = 0; h < 4; ++h) {
        swiss_heap *heap = heaps[h / 2];
        for (size_t i = 0; i < MANY; ++i) {
            size_t size = i % (MOST + 1);
            objects[i] = i % 3 ? swiss_heap_alloc(heap, size) : swiss_heap_alloc_zeroed(heap, 1, size);
            assert_non_null(objects[i]);
            assert_int_equal((uintptr_t)objects[i] % alignment_of(size), 0);
            assert_int_equal(swiss_heap_usable_size(heap, objects[i]), slot_size(size));
            for (size_t j = 0; i % 3 == 0 && j < size; ++j)
                assert_int_equal(objects[i][j], 0);
            fill(objects[i], slot_size(size), i);
        }
        memcpy(sorted, objects, sizeof sorted);
        qsort(sorted, MANY, sizeof *sorted, by_address);
        for (size_t i = 0; i + 1 < MANY; ++i)
            assert_true(sorted[i] + swiss_heap_usable_size(heap, sorted[i]) <= sorted[i + 1]);
        for (size_t i = 0; i < MANY; ++i) {
            size_t at = i * 1999 % MANY;
            check(objects[at], slot_size(at % (MOST + 1)), at);
            assert_true(swiss_heap_owns(heap, objects[at] + slot_size(at % (MOST + 1)) - 1));
            swiss_heap_free_sized(heap, objects[at], at % (MOST + 1));
            assert_false(swiss_heap_owns(heap, objects[at]));
        }
    }
}

static void test_alignments(void **state) {
    (void)state;
    for (size_t h = 0; h < 2; ++h)
        for (size_t size = 0; size <= MOST; ++size)
            for (size_t alignment = 1; alignment <= 64; alignment *= 2) {
                unsigned char *objects[9];
                for (size_t i = 0; i < 9; ++i) {
                    objects[i] = swiss_heap_alloc_aligned(heaps[h], size, alignment);
                    assert_non_null(objects[i]);
                    assert_int_equal((uintptr_t)objects[i] % alignment, 0);
                    fill(objects[i], size, i);
                }
                for (size_t i = 0; i < 9; ++i) {
                    check(objects[i], size, i);
                    swiss_heap_free(heaps[h], objects[i]);
                }
            }
}

/* Four neighbours are freed in each of 24 orders; those that are still there do not notice. */
static void test_every_order_of_frees(void **state) {
    (void)state;
    for (size_t h = 0; h < 2; ++h)
        for (unsigned order = 0; order < 24; ++order) {
            swiss_heap *heap = swiss_heap_create(), *of = h ? heap : NULL;
            swiss_heap_trim(of); /* then objects come in the order of their addresses */
            swiss_heap_stats before = get_stats(of);
            unsigned char *objects[64], *four[4] = {NULL};
            for (size_t i = 0; i < 64; ++i) {
                objects[i] = swiss_heap_alloc(of, 4);
                fill(objects[i], 4, i);
            }
            size_t first[4] = {0};
            for (size_t i = 0; i < 64; ++i) /* all those of the 16 bytes that one in the middle lies in */
                if ((uintptr_t)objects[i] / 16 == (uintptr_t)objects[32] / 16) {
                    size_t at = (uintptr_t)objects[i] % 16 / 4;
                    four[at] = objects[i];
                    first[at] = i;
                }
            bool alive[4] = {true, true, true, true};
            unsigned left = order;
            for (unsigned count = 4; count > 0; --count) {
                unsigned pick = left % count, at = 0;
                left /= count;
                while (!alive[at] || pick--)
                    ++at;
                assert_non_null(four[at]);
                check(four[at], 4, first[at]);
                swiss_heap_free(of, four[at]);
                alive[at] = false;
                for (unsigned i = 0; i < 4; ++i) {
                    assert_int_equal(swiss_heap_owns(of, four[i] + 3), alive[i]);
                    assert_int_equal(swiss_heap_usable_size(of, four[i]), alive[i] ? 4 : 0);
                    if (alive[i])
                        check(four[i], 4, first[i]);
                }
                assert_int_equal(get_stats(of).frees - before.frees, 5 - count);
            }
            for (size_t i = 0; i < 64; ++i)
                if ((uintptr_t)objects[i] / 16 != (uintptr_t)objects[32] / 16)
                    swiss_heap_free(of, objects[i]);
            assert_int_equal(get_stats(of).in_use_bytes, before.in_use_bytes);
            swiss_heap_destroy(heap);
        }
}

/* The place of an object that was freed is used again while its neighbours live. */
static void test_places_are_used_again(void **state) {
    (void)state;
    enum { COUNT = 100000 };
    static unsigned char *objects[COUNT];
    for (size_t h = 0; h < 2; ++h) {
        swiss_heap *heap = swiss_heap_create(), *of = h ? heap : NULL;
        for (size_t i = 0; i < COUNT; ++i)
            objects[i] = swiss_heap_alloc(of, 4);
        size_t span_bytes = get_stats(of).span_bytes;
        for (int round = 0; round < 10; ++round) {
            for (size_t i = (size_t)round % 4; i < COUNT; i += 4)
                swiss_heap_free(of, objects[i]);
            for (size_t i = (size_t)round % 4; i < COUNT; i += 4)
                objects[i] = swiss_heap_alloc(of, 3);
            assert_true(get_stats(of).span_bytes <= span_bytes + SWISS_PAGE_SIZE);
        }
        for (size_t i = 0; i < COUNT; ++i)
            swiss_heap_free(of, objects[i]);
        swiss_heap_destroy(heap);
    }
}

/* What is no live object, be it freed or inside of one, is noticed. */
static void test_misuse(void **state) {
    (void)state;
    for (size_t h = 0; h < 2; ++h)
        for (size_t size = 1; size <= MOST; ++size) {
            unsigned char *kept = swiss_heap_alloc(heaps[h], size), *freed = swiss_heap_alloc(heaps[h], size);
            swiss_heap_free(heaps[h], freed);
            swiss_heap_stats before = get_stats(heaps[h]);
            swiss_heap_free(heaps[h], freed);
            assert_null(swiss_heap_resize(heaps[h], freed, size));
            assert_int_equal(swiss_heap_usable_size(heaps[h], freed), 0);
            for (size_t i = 1; i < slot_size(size); ++i) {
                swiss_heap_free(heaps[h], kept + i);
                swiss_heap_free_sized(heaps[h], kept + i, 1);
                assert_null(swiss_heap_resize(heaps[h], kept + i, 1));
                assert_int_equal(swiss_heap_usable_size(heaps[h], kept + i), 0);
            }
            swiss_heap_free(heaps[!h], kept); /* of another heap */
            swiss_heap_stats after = get_stats(heaps[h]);
            assert_memory_equal(&before, &after, sizeof before);
            assert_true(swiss_heap_owns(heaps[h], kept));
            swiss_heap_free(heaps[h], kept);
        }
}

/* Objects grow and shrink: where they are if their class stays, else they move with what they hold. */
static void test_resize(void **state) {
    (void)state;
    for (size_t h = 0; h < 2; ++h)
        for (size_t from = 0; from <= MOST + 2; ++from)
            for (size_t to = 0; to <= MOST + 2; ++to) {
                unsigned char *object = swiss_heap_alloc(heaps[h], from), *neighbour = swiss_heap_alloc(heaps[h], from);
                fill(object, from, 3);
                fill(neighbour, from, 4);
                unsigned char *resized = swiss_heap_resize(heaps[h], object, to);
                assert_non_null(resized);
                assert_int_equal((uintptr_t)resized % (to > 16 ? 8 : alignment_of(to)), 0);
                assert_true(swiss_heap_usable_size(heaps[h], resized) >= to);
                if (from && from <= 16 && to <= 16 && slot_size(from) == slot_size(to + !to))
                    assert_ptr_equal(resized, object);
                check(resized, from < to ? from : to, 3);
                fill(resized, to, 5);
                check(neighbour, from, 4);
                swiss_heap_free_sized(heaps[h], resized, to);
                swiss_heap_free_sized(heaps[h], neighbour, from);
            }
}

struct tally {
    size_t count, bytes;
    unsigned char *const *objects; /* by address */
};

static void visit(void *argument, void *block, size_t size) {
    struct tally *tally = argument;
    void **found = bsearch(&block, tally->objects, MANY, sizeof *tally->objects, by_address);
    if (!found)
        return;
    ++tally->count;
    tally->bytes += size;
    memset(block, 9, size);
}

/* Each live object is visited once, and no other; and counted in its class. */
static void test_walk_and_stats(void **state) {
    (void)state;
    static unsigned char *objects[MANY];
    for (size_t h = 0; h < 2; ++h) {
        swiss_heap_stats before = get_stats(heaps[h]);
        size_t of_size[3] = {0}, bytes = 0;
        for (size_t i = 0; i < MANY; ++i) {
            size_t size = 1 + i * i % MOST;
            objects[i] = swiss_heap_alloc(heaps[h], size);
            ++of_size[size <= 4 ? 0 : size <= 8 ? 1 : 2];
            bytes += slot_size(size);
        }
        swiss_heap_stats full = get_stats(heaps[h]);
        for (unsigned i = 0; i < 3; ++i) {
            assert_int_equal(full.classes[i + 1].block_size, 4u << i);
            assert_int_equal(full.classes[i + 1].mallocs - before.classes[i + 1].mallocs, of_size[i]);
            assert_int_equal(full.classes[i + 1].frees, before.classes[i + 1].frees);
            assert_true(full.classes[i + 1].spans * SWISS_PAGE_SIZE >= of_size[i] * (4u << i));
        }
        assert_int_equal(full.in_use_bytes - before.in_use_bytes, bytes);
        qsort(objects, MANY, sizeof *objects, by_address);
        struct tally tally = {0, 0, objects};
        swiss_heap_walk(heaps[h], visit, &tally);
        assert_int_equal(tally.count, MANY);
        assert_int_equal(tally.bytes, bytes);
        for (size_t i = 0; i < MANY; i += 2)
            swiss_heap_free(heaps[h], objects[i]);
        tally.count = 0;
        swiss_heap_walk(heaps[h], visit, &tally);
        assert_int_equal(tally.count, MANY / 2);
        for (size_t i = 1; i < MANY; i += 2)
            swiss_heap_free(heaps[h], objects[i]);
        swiss_heap_stats after = get_stats(heaps[h]);
        assert_int_equal(after.frees - before.frees, MANY);
        assert_int_equal(after.in_use_bytes, before.in_use_bytes);
    }
}

/* Threads free each other's objects, right beside those that their makers allocate and free. Each begins with a byte
 * that says how long it is, and holds nothing else. */
enum { THREADS = 4, SHELF = 256, ROUNDS = 50000 };
static _Atomic(unsigned char *) shelf[SHELF];

static void free_checked(swiss_heap *heap, unsigned char *object) {
    size_t size = object[0] & 0x0F;
    for (size_t i = 1; i < size; ++i)
        if (object[i] != object[0])
            abort();
    swiss_heap_free_sized(heap, object, size);
}

static void *exchange(void *argument) {
    swiss_heap *heap = argument;
    uint64_t random = (uintptr_t)&heap; /* of each thread another */
    for (int i = 0; i < ROUNDS; ++i) {
        size_t size = 1 + random_below(&random, MOST);
        unsigned char *object = swiss_heap_alloc(heap, size);
        if (!object)
            abort();
        memset(object, (int)(size | random_below(&random, 16) << 4), size);
        if (random_below(&random, 2))
            object = atomic_exchange(&shelf[random_below(&random, SHELF)], object);
        if (object)
            free_checked(heap, object);
    }
    return NULL;
}

static void test_threads_free_each_others(void **state) {
    (void)state;
    for (size_t h = 0; h < 2; ++h) {
        swiss_heap_stats before = get_stats(heaps[h]);
        for (int life = 0; life < 2; ++life) {
            pthread_t threads[THREADS];
            for (int i = 0; i < THREADS; ++i)
                assert_int_equal(pthread_create(&threads[i], NULL, exchange, heaps[h]), 0);
            for (int i = 0; i < THREADS; ++i)
                assert_int_equal(pthread_join(threads[i], NULL), 0);
        }
        for (int i = 0; i < SHELF; ++i) {
            unsigned char *object = atomic_exchange(&shelf[i], NULL);
            if (object)
                free_checked(heaps[h], object);
        }
        swiss_heap_stats after = get_stats(heaps[h]);
        assert_int_equal(after.mallocs - before.mallocs, after.frees - before.frees);
        assert_int_equal(after.in_use_bytes, before.in_use_bytes);
    }
}

/* A thread frees every other object that this one made, twice each, and ends. */
static unsigned char *made[MANY];

static void *free_half(void *argument) {
    for (size_t i = 0; i < MANY; i += 2) {
        swiss_heap_free(argument, made[i]);
        swiss_heap_free(argument, made[i]);
    }
    return NULL;
}

static void test_frees_from_another_thread(void **state) {
    (void)state;
    for (size_t h = 0; h < 2; ++h)
        for (size_t size = 1; size <= MOST; size += 3) {
            swiss_heap_stats before = get_stats(heaps[h]);
            for (size_t i = 0; i < MANY; ++i)
                fill(made[i] = swiss_heap_alloc(heaps[h], size), size, i);
            size_t span_bytes = get_stats(heaps[h]).span_bytes;
            pthread_t thread;
            assert_int_equal(pthread_create(&thread, NULL, free_half, heaps[h]), 0);
            assert_int_equal(pthread_join(thread, NULL), 0);
            swiss_heap_stats half = get_stats(heaps[h]);
            assert_int_equal(half.frees - before.frees, MANY / 2);
            for (size_t i = 0; i < MANY; ++i)
                assert_int_equal(swiss_heap_owns(heaps[h], made[i]), i % 2);
            for (size_t i = 0; i < MANY; i += 2)
                fill(made[i] = swiss_heap_alloc(heaps[h], size), size, i);
            assert_true(get_stats(heaps[h]).span_bytes <= span_bytes + 2 * SWISS_PAGE_SIZE);
            for (size_t i = 0; i < MANY; ++i) {
                check(made[i], size, i);
                swiss_heap_free(heaps[h], made[i]);
            }
            assert_int_equal(get_stats(heaps[h]).in_use_bytes, before.in_use_bytes);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects_share_memory),
        cmocka_unit_test(test_every_size),
        cmocka_unit_test(test_alignments),
        cmocka_unit_test(test_every_order_of_frees),
        cmocka_unit_test(test_places_are_used_again),
        cmocka_unit_test(test_misuse),
        cmocka_unit_test(test_resize),
        cmocka_unit_test(test_walk_and_stats),
        cmocka_unit_test(test_threads_free_each_others),
        cmocka_unit_test(test_frees_from_another_thread),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
