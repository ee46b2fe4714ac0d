/* The operations by pointer, for large keys: they do as those by value, also with keys and values of the map itself. */
#include "tests/support.h"
#include <swiss/hash.h>

/* A key of 400 bytes, of which each says the same number. */
typedef struct {
    uint64_t words[50];
} large;

static large large_of(uint64_t number) {
    large made;
    for (uint64_t i = 0; i < 50; ++i)
        made.words[i] = number * (2 * i + 1);
    return made;
}

static uint64_t large_number(const large *key) {
    for (uint64_t i = 0; i < 50; ++i)
        assert_true(key->words[i] == key->words[0] * (2 * i + 1));
    return key->words[0];
}

#define LARGE_EQUAL(a, b) (memcmp(a, b, sizeof(large)) == 0)

#define SWISS_NAME large_map
#define SWISS_KEY large
#define SWISS_VALUE large
#define SWISS_HASH(key, seed) swiss_hash_bytes(key, sizeof(large), seed)
#define SWISS_EQUAL LARGE_EQUAL
#include <swiss/map.h>

/* Two homes: keys beyond the first group, too. */
#define SWISS_NAME weak_set
#define SWISS_KEY large
#define SWISS_HASH(key, seed) ((void)(seed), ((key)->words[0] % 2) << 28)
#define SWISS_HASH_AVALANCHES
#define SWISS_EQUAL LARGE_EQUAL
#include <swiss/set.h>

static size_t owned;

static void drop_number(uint64_t **number) {
    free(*number);
    --owned;
}

static uint64_t *number_of(uint64_t value) {
    uint64_t *number = malloc(sizeof *number);
    assert_non_null(number);
    *number = value;
    ++owned;
    return number;
}

#define SWISS_NAME owner
#define SWISS_KEY uint64_t *
#define SWISS_VALUE uint64_t *
#define SWISS_HASH(key, seed) swiss_hash_u64(**(key), seed)
#define SWISS_EQUAL(a, b) (**(a) == **(b))
#define SWISS_KEY_DROP drop_number
#define SWISS_VALUE_DROP drop_number
#include <swiss/map.h>

static void they_do_as_those_by_value(void **state) {
    (void)state;
    static uint64_t values[300];
    uint64_t random = 1;
    large_map map = {0};
    size_t size = 0;
    memset(values, 0, sizeof values);
    for (uint64_t step = 1; step <= 10000; ++step) {
        const uint64_t number = 1 + random_below(&random, 299);
        const large key = large_of(number), value = large_of(step);
        const size_t way = random_below(&random, 4);
        const bool was_there = values[number] != 0;
        if (way < 2) {
            large_map_result result =
                way ? large_map_put_ptr(&map, &key, &value) : large_map_insert_ptr(&map, &key, &value);
            assert_int_equal(result.inserted, !was_there);
            assert_ptr_equal(result.entry, large_map_find(&map, key));
            if (!was_there || way)
                values[number] = step;
            size += !was_there;
        } else if (way == 2) {
            assert_int_equal(large_map_remove_ptr(&map, &key), was_there);
            values[number] = 0;
            size -= was_there;
        }
        const large_map_entry *entry = large_map_find_ptr(&map, &key);
        assert_int_equal(entry != NULL, values[number] != 0);
        assert_int_equal(large_map_contains_ptr(&map, &key), entry != NULL);
        assert_ptr_equal(large_map_get_ptr(&map, &key), entry ? &entry->value : NULL);
        if (entry)
            assert_true(large_number(&entry->key) == number && large_number(&entry->value) == values[number]);
        assert_int_equal(large_map_size(&map), size);
    }
    assert_null(large_map_validate(&map));
    large_map_free(&map);
}

static void among_entries_that_collide(void **state) {
    (void)state;
    weak_set set = {0};
    for (uint64_t number = 0; number < 100; ++number) {
        const large key = large_of(number);
        assert_true(weak_set_insert_ptr(&set, &key).inserted);
        assert_false(weak_set_put_ptr(&set, &key).inserted);
    }
    for (uint64_t number = 0; number < 100; ++number) {
        const large key = large_of(number);
        assert_int_equal(weak_set_size(&set), 100 - number);
        assert_true(weak_set_contains_ptr(&set, &key) && weak_set_remove_ptr(&set, &key));
        assert_false(weak_set_contains_ptr(&set, &key));
    }
    assert_null(weak_set_validate(&set));
    weak_set_free(&set);
}

/* The key, the value, and both are the map's own, in maps of every fill: some grow, and some are rehashed in place. */
static void keys_and_values_of_the_map_itself(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    swiss_options options = {&m.allocator, 0, 0};
    for (uint64_t i = 3; i < 420; ++i) {
        const uint64_t size = i / 3;
        large_map map;
        assert_true(large_map_init(&map, &options));
        for (uint64_t number = 1; number <= size; ++number) {
            const large key = large_of(number), value = large_of(number + 1000);
            assert_true(large_map_insert(&map, key, value).inserted);
        }
        const large first = large_of(1), last = large_of(size), new_key = large_of(1001);
        /* A value as the key of a new entry, a key as its value, or both. */
        large_map_entry *from = large_map_find_ptr(&map, &first), *other = large_map_find_ptr(&map, &last);
        large_map_result result =
            large_map_insert_ptr(&map, i % 3 ? &from->value : &new_key, i % 3 == 1 ? &last : &other->key);
        assert_true(result.inserted);
        assert_true(large_number(&result.entry->key) == 1001 && large_number(&result.entry->value) == size);
        /* Entries by their own keys. */
        from = large_map_find_ptr(&map, &first);
        assert_ptr_equal(large_map_find_ptr(&map, &from->key), from);
        assert_ptr_equal(large_map_insert_ptr(&map, &from->key, &from->value).entry, from);
        assert_ptr_equal(large_map_put_ptr(&map, &from->key, &from->key).entry, from);
        assert_true(large_number(&from->value) == 1);
        assert_true(large_map_remove_ptr(&map, &from->key));
        assert_false(large_map_contains_ptr(&map, &first));
        assert_int_equal(large_map_size(&map), size);
        assert_null(large_map_validate(&map));
        large_map_free(&map);
    }
    memory_end(&m);
}

static void out_of_memory(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    swiss_options options = {&m.allocator, 0, 0};
    large_map map;
    assert_true(large_map_init(&map, &options));
    const large first = large_of(1);
    for (uint64_t number = 1; number < 200; ++number) {
        const large key = large_of(number);
        for (size_t later = 0; later < 3; ++later) { /* the copy, the block, and none */
            const large_map_entry *own = large_map_find_ptr(&map, &first);
            const large *value = own && number % 2 ? &own->value : &key;
            m.fail_at = m.calls + later;
            large_map_result result =
                number % 3 ? large_map_insert_ptr(&map, &key, value) : large_map_put_ptr(&map, &key, value);
            m.fail_at = NEVER;
            assert_int_equal(result.entry == NULL, large_map_size(&map) != number);
            if (result.entry) {
                assert_true(result.inserted && large_number(&result.entry->key) == number);
                break;
            }
            assert_true(!result.inserted && large_map_size(&map) == number - 1 && !large_map_contains_ptr(&map, &key));
        }
        assert_int_equal(large_map_size(&map), number);
    }
    large_map_free(&map);
    memory_end(&m);
}

static void put_ptr_drops_what_it_replaces(void **state) {
    (void)state;
    owner map = {0};
    for (int round = 0; round < 3; ++round)
        for (uint64_t i = 0; i < 20; ++i) {
            uint64_t *key = number_of(i), *value = number_of(i + 100);
            assert_int_equal(owner_put_ptr(&map, &key, &value).inserted, round == 0);
            owner_entry *entry = owner_find_ptr(&map, &key);
            assert_true(entry->key == key && entry->value == value);
            assert_int_equal(owned, round ? 40 : 2 * (i + 1));
            value = number_of(i);
            assert_false(owner_put_ptr(&map, &entry->key, &value).inserted); /* its own key stays */
            assert_false(owner_put_ptr(&map, &entry->key, &entry->value).inserted);
            assert_true(entry->key == key && entry->value == value && **owner_get_ptr(&map, &key) == i);
            assert_int_equal(owned, round ? 40 : 2 * (i + 1));
            assert_false(owner_insert_ptr(&map, &entry->key, &entry->value).inserted);
        }
    for (uint64_t i = 0; i < 20; ++i) {
        uint64_t *key = &i;
        owner_entry *entry = owner_find_ptr(&map, &key);
        assert_true(owner_remove_ptr(&map, &entry->key));
        assert_int_equal(owned, 38 - 2 * i);
    }
    owner_free(&map);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_do_as_those_by_value),         cmocka_unit_test(among_entries_that_collide),
        cmocka_unit_test(keys_and_values_of_the_map_itself), cmocka_unit_test(out_of_memory),
        cmocka_unit_test(put_ptr_drops_what_it_replaces),
    };
    return RUN_TESTS(tests);
}
