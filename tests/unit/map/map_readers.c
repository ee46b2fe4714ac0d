/* One map read by several threads while none changes it, and beside it maps of each thread's own: what ThreadSanitizer
 * is to find nothing wrong with. */
#include "tests/support.h"
#include <pthread.h>

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

enum { THREADS = 4, ENTRIES = 5000, ROUNDS = 3 };

static u64_map shared;

static bool same_value(const uint64_t *a, const uint64_t *b) {
    return *a == *b;
}

static bool read_all(const u64_map *map) {
    static const uint64_t keys[] = {1, 3, 5, ENTRIES + 1};
    u64_map_entry *found[4];
    size_t count = 0, right = 0;
    u64_map_iter iter = u64_map_iterate(map);
    for (u64_map_entry *entry; (entry = u64_map_next(&iter)); ++count)
        right += entry->value == ~entry->key;
    for (uint64_t i = 0; i < 2 * ENTRIES; ++i) {
        const uint64_t *value = u64_map_get(map, i);
        right += i < ENTRIES ? value && *value == ~i : !value && !u64_map_contains(map, i);
    }
    u64_map_find_many(map, keys, 4, found);
    return count == ENTRIES && right == 3 * ENTRIES && found[2]->key == 5 && !found[3] &&
           u64_map_stats(map).size == ENTRIES && u64_map_size(map) == ENTRIES;
}

/* The rest of what reads: a copy, and comparing with it. NULL: all was right. */
static void *read_and_copy(void *argument) {
    for (int round = 0; round < ROUNDS; ++round) {
        u64_map own;
        if (!read_all(&shared) || !u64_map_clone(&own, &shared))
            return argument;
        bool right = u64_map_equal(&shared, &own, same_value);
        for (uint64_t i = 0; i < ENTRIES; i += 2)
            right &= u64_map_remove(&own, i);
        right &= !u64_map_equal(&shared, &own, same_value);
        u64_map_free(&own);
        if (!right)
            return argument;
    }
    return NULL;
}

static void any_number_of_readers(void **state) {
    (void)state;
    pthread_t threads[THREADS];
    for (uint64_t i = 0; i < ENTRIES; ++i)
        assert_true(u64_map_insert(&shared, i, ~i).inserted);
    for (int i = 0; i < THREADS; ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, read_and_copy, threads), 0);
    for (int i = 0; i < THREADS; ++i) {
        void *result;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_null(result);
    }
    u64_map_free(&shared);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_readers),
    };
    return RUN_TESTS(tests);
}
