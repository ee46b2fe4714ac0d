/* The table whose types are known at run time only. */
#include "tests/support.h"
#include <swiss/table.h>

static memory m;

static int begin(void **state) {
    (void)state;
    memory_begin(&m);
    return 0;
}

static int end(void **state) {
    (void)state;
    memory_end(&m);
    return 0;
}

static swiss_table_type u64_to_u32(void) {
    swiss_table_type type;
    assert_true(swiss_table_type_init(&type, 8, 8, 4, 4, NULL, NULL));
    return type;
}

static swiss_table empty_table(const swiss_table_type *type) {
    swiss_options options = {&m.allocator, 0, 0};
    swiss_table table;
    assert_true(swiss_table_init(&table, type, &options));
    return table;
}

/* Inserts the numbers of [from, to), each with its double. */
static void insert_range(swiss_table *table, const swiss_table_type *type, uint64_t from, uint64_t to) {
    for (uint64_t key = from; key < to; ++key) {
        uint32_t value = (uint32_t)(2 * key);
        assert_true(swiss_table_insert(table, type, &key, &value).inserted);
    }
}

static uint32_t value_of(const swiss_table *table, const swiss_table_type *type, uint64_t key) {
    void *slot = swiss_table_find(table, type, &key);
    uint32_t value = UINT32_MAX;
    if (slot)
        memcpy(&value, swiss_table_value(type, slot), sizeof value);
    return value;
}

static void check_range(const swiss_table *table, const swiss_table_type *type, uint64_t from, uint64_t to) {
    assert_int_equal(swiss_table_size(table), to - from);
    for (uint64_t key = from; key < to; ++key)
        assert_int_equal(value_of(table, type, key), 2 * key);
}

static void types_lay_slots_out(void **state) {
    (void)state;
    swiss_table_type type;
    static const size_t cases[][7] = {
        /* key size, its alignment, value size, its alignment: value offset, slot size, slot alignment */
        {1, 1, 0, 0, 1, 1, 1},           {8, 8, 4, 4, 8, 16, 8},          {4, 4, 8, 8, 8, 16, 8},
        {3, 1, 2, 2, 4, 6, 2},           {5, 1, 1, 1, 5, 6, 1},           {12, 4, 100, 4, 12, 112, 4},
        {64, 64, 1, 1, 64, 128, 64},     {1, 1, 128, 128, 128, 256, 128}, {8, 8, 0, 3, 8, 8, 8},
        {300, 4, 1000, 8, 304, 1304, 8},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const size_t *c = cases[i];
        assert_true(swiss_table_type_init(&type, c[0], c[1], c[2], c[3], NULL, NULL));
        assert_int_equal(type.key_size, c[0]);
        assert_int_equal(type.value_size, c[2]);
        assert_int_equal(type.value_offset, c[4]);
        assert_int_equal(type.slot_size, c[5]);
        assert_int_equal(type.slot_align, c[6]);
        assert_null(type.drop);
        assert_null(type.clone);
    }
}

static void impossible_types_are_refused(void **state) {
    (void)state;
    static const size_t cases[][4] = {
        {0, 1, 0, 0},
        {0, 0, 0, 0},
        {8, 0, 0, 0},
        {8, 3, 0, 0},
        {9, 3, 0, 0},
        {12, 8, 0, 0},
        {4, 8, 0, 0},
        {8, 8, 4, 0},
        {8, 8, 4, 3},
        {8, 8, 12, 8},
        {8, 8, 4, 8},
        {SIZE_MAX, 1, 0, 0},
        {8, 8, SIZE_MAX, 1},
        {PTRDIFF_MAX, 1, PTRDIFF_MAX, 1},
        {(size_t)PTRDIFF_MAX + 1, 1, 0, 0},
        {SIZE_MAX / 2 + 1, SIZE_MAX / 2 + 1, 0, 0},
        {1, 1, SIZE_MAX / 2 + 1, SIZE_MAX / 2 + 1},
    };
    swiss_table_type type, untouched;
    memset(&type, 0x5A, sizeof type);
    memset(&untouched, 0x5A, sizeof untouched);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const size_t *c = cases[i];
        assert_false(swiss_table_type_init(&type, c[0], c[1], c[2], c[3], NULL, NULL));
        assert_memory_equal(&type, &untouched, sizeof type);
    }
}

static void an_empty_table(void **state) {
    (void)state;
    swiss_table_type type = u64_to_u32();
    swiss_table table = {0}, other;
    uint64_t key = 1;
    assert_null(swiss_table_find(&table, &type, &key));
    assert_false(swiss_table_remove(&table, &type, &key));
    assert_false(swiss_table_take(&table, &type, &key, NULL));
    assert_int_equal(swiss_table_size(&table), 0);
    assert_int_equal(swiss_table_capacity(&table), 0);
    assert_true(swiss_table_reserve(&table, &type, 0));
    assert_true(swiss_table_shrink(&table, &type));
    swiss_table_clear(&table, &type);
    assert_true(swiss_table_clone(&other, &table, &type));
    assert_true(swiss_table_merge(&other, &table, &type));
    assert_true(swiss_table_equal(&other, &table, &type, NULL, NULL));
    assert_int_equal(swiss_table_get_stats(&table, &type).capacity, 0);
    swiss_table_free(&other, &type);
    swiss_table_free(&table, &type);
}

static void insert_put_and_get_or_insert(void **state) {
    (void)state;
    swiss_table_type type = u64_to_u32();
    swiss_table table = empty_table(&type);
    uint64_t key = 5;
    uint32_t one = 1, two = 2;
    swiss_table_result first = swiss_table_insert(&table, &type, &key, &one);
    assert_true(first.inserted);
    swiss_table_result again = swiss_table_insert(&table, &type, &key, &two);
    assert_false(again.inserted);
    assert_ptr_equal(again.slot, first.slot);
    assert_int_equal(value_of(&table, &type, 5), 1);
    again = swiss_table_put(&table, &type, &key, &two);
    assert_false(again.inserted);
    assert_ptr_equal(again.slot, first.slot);
    assert_int_equal(value_of(&table, &type, 5), 2);
    assert_int_equal(*(uint32_t *)swiss_table_get_or_insert(&table, &type, &key, &one), 2);
    key = 6;
    assert_int_equal(*(uint32_t *)swiss_table_get_or_insert(&table, &type, &key, &one), 1);
    key = 7;
    assert_true(swiss_table_put(&table, &type, &key, &two).inserted);
    assert_int_equal(swiss_table_size(&table), 3);
    swiss_table_free(&table, &type);
}

static void values_not_given_are_zero(void **state) {
    (void)state;
    swiss_table_type type = u64_to_u32();
    swiss_table table = empty_table(&type);
    for (uint64_t key = 0; key < 300; key += 3) {
        uint64_t second = key + 1, third = key + 2;
        assert_true(swiss_table_insert(&table, &type, &key, NULL).inserted);
        assert_true(swiss_table_put(&table, &type, &second, NULL).inserted);
        assert_int_equal(*(uint32_t *)swiss_table_get_or_insert(&table, &type, &third, NULL), 0);
        assert_int_equal(value_of(&table, &type, key), 0);
        assert_int_equal(value_of(&table, &type, second), 0);
    }
    uint64_t key = 0;
    uint32_t value = 9;
    assert_false(swiss_table_put(&table, &type, &key, &value).inserted);
    assert_false(swiss_table_put(&table, &type, &key, NULL).inserted);
    assert_int_equal(value_of(&table, &type, 0), 0);
    swiss_table_free(&table, &type);
}

static void growing_and_removing(void **state) {
    (void)state;
    swiss_table_type type = u64_to_u32();
    swiss_table table = empty_table(&type);
    insert_range(&table, &type, 0, 1000);
    check_range(&table, &type, 0, 1000);
    struct {
        uint64_t key;
        uint32_t value, padding;
    } slot;
    assert_int_equal(sizeof slot, type.slot_size);
    for (uint64_t key = 0; key < 500; ++key) {
        if (key % 3 == 0) {
            assert_true(swiss_table_remove(&table, &type, &key));
        } else if (key % 3 == 1) {
            assert_true(swiss_table_take(&table, &type, &key, &slot));
            assert_true(slot.key == key && slot.value == 2 * key);
        } else {
            assert_true(swiss_table_take(&table, &type, &key, NULL));
        }
        assert_false(swiss_table_remove(&table, &type, &key));
        assert_null(swiss_table_find(&table, &type, &key));
    }
    check_range(&table, &type, 500, 1000);
    assert_true(swiss_table_shrink(&table, &type));
    check_range(&table, &type, 500, 1000);
    assert_true(swiss_table_reserve(&table, &type, 5000));
    assert_false(swiss_table_reserve(&table, &type, SIZE_MAX));
    assert_false(swiss_table_reserve(&table, &type, SIZE_MAX / 2));
    assert_false(swiss_table_reserve(&table, &type, SIZE_MAX / type.slot_size));
    check_range(&table, &type, 500, 1000);
    swiss_table_clear(&table, &type);
    check_range(&table, &type, 0, 0);
    swiss_table_free(&table, &type);
}

static void iterating(void **state) {
    (void)state;
    swiss_table_type type = u64_to_u32();
    swiss_table table = empty_table(&type);
    insert_range(&table, &type, 0, 300);
    bool seen[300] = {false};
    swiss_table_iter iter = swiss_table_iterate(&table);
    for (void *slot; (slot = swiss_table_next(&iter, &type));) {
        uint64_t key = *(uint64_t *)slot;
        assert_true(key < 300 && !seen[key]);
        seen[key] = true;
        if (key % 2)
            swiss_table_iter_remove(&table, &type, &iter);
    }
    assert_int_equal(swiss_table_size(&table), 150);
    for (uint64_t key = 0; key < 300; ++key) {
        assert_true(seen[key]);
        assert_int_equal(swiss_table_find(&table, &type, &key) != NULL, key % 2 == 0);
    }
    swiss_table_free(&table, &type);
}

static bool keep_below(void *slot, void *limit) {
    return *(uint64_t *)slot < *(uint64_t *)limit;
}

static bool same_u32(const void *a, const void *b, void *context) {
    ++*(size_t *)context;
    return *(const uint32_t *)a == *(const uint32_t *)b;
}

static void whole_tables(void **state) {
    (void)state;
    swiss_table_type type = u64_to_u32();
    swiss_table a = empty_table(&type), b = empty_table(&type), copy;
    insert_range(&a, &type, 0, 100);
    insert_range(&b, &type, 50, 150);
    assert_true(swiss_table_clone(&copy, &a, &type));
    size_t compared = 0;
    assert_true(swiss_table_equal(&a, &copy, &type, same_u32, &compared));
    assert_int_equal(compared, 100);
    assert_false(swiss_table_equal(&a, &b, &type, NULL, NULL));
    uint64_t key = 3;
    assert_true(swiss_table_put(&copy, &type, &key, NULL).slot != NULL);
    assert_true(swiss_table_equal(&a, &copy, &type, NULL, NULL));
    assert_false(swiss_table_equal(&a, &copy, &type, same_u32, &compared));
    assert_true(swiss_table_merge(&a, &b, &type));
    check_range(&a, &type, 0, 150);
    check_range(&b, &type, 50, 100);
    swiss_table_swap(&a, &b);
    check_range(&b, &type, 0, 150);
    uint64_t limit = 70;
    assert_int_equal(swiss_table_retain(&b, &type, keep_below, &limit), 80);
    check_range(&b, &type, 0, 70);
    swiss_table moved = swiss_table_move(&b);
    check_range(&b, &type, 0, 0);
    check_range(&moved, &type, 0, 70);
    assert_int_equal(swiss_table_get_stats(&moved, &type).size, 70);
    swiss_table_free(&a, &type);
    swiss_table_free(&b, &type);
    swiss_table_free(&copy, &type);
    swiss_table_free(&moved, &type);
}

/* Keys and values that lie in the table itself, at every fill: also where the insertion moves all entries. */
static void aliasing_the_table_across_growth(void **state) {
    (void)state;
    swiss_table_type type;
    assert_true(swiss_table_type_init(&type, 8, 8, 8, 8, NULL, NULL));
    for (int way = 0; way < 3; ++way) {
        swiss_table table = empty_table(&type);
        for (uint64_t n = 0; n < 1000; ++n) {
            /* The key to insert is a value of the table, and so is the value. */
            uint64_t key = n, next = n + 1;
            const void *key_pointer = &key, *value_pointer = &next;
            if (n) {
                uint64_t last = n - 1;
                key_pointer = swiss_table_value(&type, swiss_table_find(&table, &type, &last));
                assert_true(*(const uint64_t *)key_pointer == n);
                uint64_t any = n / 2;
                value_pointer = swiss_table_find(&table, &type, &any);
            }
            const uint64_t wanted = *(const uint64_t *)value_pointer;
            void *slot = NULL;
            if (way == 0)
                slot = swiss_table_insert(&table, &type, key_pointer, value_pointer).slot;
            else if (way == 1)
                slot = swiss_table_put(&table, &type, key_pointer, value_pointer).slot;
            else
                slot = (char *)swiss_table_get_or_insert(&table, &type, key_pointer, value_pointer) - type.value_offset;
            assert_non_null(slot);
            uint64_t *entry = slot;
            assert_true(entry[0] == n && entry[1] == wanted);
            entry[1] = n + 1;
            assert_int_equal(swiss_table_size(&table), n + 1);
            assert_int_equal(m.blocks, 1);
        }
        swiss_table_free(&table, &type);
    }
}

static void an_aliased_insertion_out_of_memory(void **state) {
    (void)state;
    swiss_table_type type;
    assert_true(swiss_table_type_init(&type, 8, 8, 8, 8, NULL, NULL));
    for (size_t n = 0; n < 2; ++n) {
        swiss_table table = empty_table(&type);
        for (uint64_t key = 0; key < 28; ++key) {
            uint64_t value = key + 1;
            assert_true(swiss_table_insert(&table, &type, &key, &value).inserted);
        }
        uint64_t last = 27, wanted = 28;
        assert_true(swiss_table_reserve(&table, &type, 28));
        void *slot = swiss_table_find(&table, &type, &last);
        m.fail_at = m.calls + n;
        swiss_table_result result = swiss_table_insert(&table, &type, swiss_table_value(&type, slot), slot);
        assert_true(result.slot == NULL && !result.inserted);
        assert_int_equal(swiss_table_size(&table), 28);
        assert_int_equal(m.blocks, 1);
        assert_null(swiss_table_find(&table, &type, &wanted));
        assert_true(swiss_table_insert(&table, &type, swiss_table_value(&type, slot), slot).inserted);
        slot = swiss_table_find(&table, &type, &wanted);
        assert_true(*(uint64_t *)swiss_table_value(&type, slot) == 27);
        swiss_table_free(&table, &type);
    }
}

/* A full table that cannot grow: what is there is found, and replaced, whatever the pointers point to. */
static void an_aliased_key_that_is_there_needs_no_memory(void **state) {
    (void)state;
    swiss_table_type type;
    assert_true(swiss_table_type_init(&type, 8, 8, 8, 8, NULL, NULL));
    for (uint64_t room = 16; room <= 112; room += room == 16 ? 12 : room)
        for (int way = 0; way < 9; ++way) {
            swiss_table table = empty_table(&type);
            for (uint64_t key = 0; key < room; ++key)
                assert_true(swiss_table_insert(&table, &type, &key, &key).inserted);
            assert_int_equal(table.growth_left, 0);
            const size_t calls = m.calls;
            m.fail_at = m.calls;
            for (uint64_t key = 0; key < room; ++key) {
                uint64_t other = (key + 1) % room, own_value = key + 1000;
                uint64_t *slot = swiss_table_find(&table, &type, &key), *next = swiss_table_find(&table, &type, &other);
                /* The key alone, the value alone, or both lie in the table. */
                const void *key_pointer = way / 3 == 1 ? &key : slot;
                const void *value_pointer = way / 3 == 0 ? &own_value : &next[1];
                const uint64_t before = slot[1], wanted = *(const uint64_t *)value_pointer;
                if (way % 3 == 2) {
                    assert_ptr_equal(swiss_table_get_or_insert(&table, &type, key_pointer, value_pointer), &slot[1]);
                } else {
                    swiss_table_result result = way % 3 ? swiss_table_put(&table, &type, key_pointer, value_pointer)
                                                        : swiss_table_insert(&table, &type, key_pointer, value_pointer);
                    assert_ptr_equal(result.slot, slot);
                    assert_false(result.inserted);
                }
                assert_true(slot[0] == key && slot[1] == (way % 3 == 1 ? wanted : before));
            }
            assert_int_equal(m.calls, calls);
            m.fail_at = NEVER;
            swiss_table_free(&table, &type);
        }
}

/* A hash and an equality of the user's, who is found by the type's context. */
static uint64_t hash_modulo(const void *key, uint64_t seed, const swiss_table_type *type) {
    (void)seed;
    return *(const uint64_t *)key % *(const uint64_t *)type->context;
}

static bool equal_modulo(const void *stored, const void *key, const swiss_table_type *type) {
    uint64_t modulus = *(const uint64_t *)type->context;
    return *(const uint64_t *)stored % modulus == *(const uint64_t *)key % modulus;
}

static void functions_with_a_context(void **state) {
    (void)state;
    uint64_t modulus = 1000;
    swiss_table_type type;
    assert_true(swiss_table_type_init(&type, 8, 8, 0, 0, hash_modulo, equal_modulo));
    type.context = &modulus;
    swiss_table table = empty_table(&type);
    for (uint64_t key = 0; key < 3000; ++key)
        assert_int_equal(swiss_table_insert(&table, &type, &key, NULL).inserted, key < 1000);
    assert_int_equal(swiss_table_size(&table), 1000);
    assert_true(swiss_table_get_stats(&table, &type).mean_probe_hit < 1.5);
    swiss_table_free(&table, &type);
}

static size_t dropped;

static void drop_number(void *slot, const swiss_table_type *type) {
    (void)type;
    dropped += *(uint64_t *)slot != 0;
}

static bool clone_even(void *to, const void *from, const swiss_table_type *type) {
    memcpy(to, from, type->slot_size);
    return *(const uint64_t *)from % 2 == 0;
}

static void hooks(void **state) {
    (void)state;
    swiss_table_type type = u64_to_u32();
    type.drop = drop_number;
    type.clone = clone_even;
    swiss_table table = empty_table(&type), copy;
    dropped = 0;
    for (uint64_t key = 2; key <= 200; key += 2)
        assert_true(swiss_table_insert(&table, &type, &key, NULL).inserted);
    assert_true(swiss_table_clone(&copy, &table, &type));
    swiss_table_free(&copy, &type);
    assert_int_equal(dropped, 100);
    uint64_t key = 5;
    assert_true(swiss_table_insert(&table, &type, &key, NULL).inserted);
    dropped = 0;
    assert_false(swiss_table_clone(&copy, &table, &type));
    assert_true(dropped <= 100);
    assert_int_equal(swiss_table_size(&copy), 0);
    assert_int_equal(m.blocks, 1);
    dropped = 0;
    assert_true(swiss_table_remove(&table, &type, &key));
    assert_int_equal(dropped, 1);
    key = 2;
    assert_false(swiss_table_put(&table, &type, &key, NULL).inserted);
    assert_int_equal(dropped, 2);
    assert_true(swiss_table_take(&table, &type, &key, NULL));
    assert_int_equal(dropped, 2);
    uint64_t limit = 100;
    swiss_table_retain(&table, &type, keep_below, &limit);
    assert_int_equal(dropped, 2 + 51);
    swiss_table_clear(&table, &type);
    assert_int_equal(dropped, 100 + 1);
    swiss_table_free(&table, &type);
}

/* Words that a table owns, as keys and as values; equal without regard to case. */
static char *word(const char *text) {
    char *made = m.allocator.allocate(&m, 8, 1);
    assert_non_null(made);
    return strcpy(made, text);
}

static void give_up(char *text) {
    m.allocator.free(&m, text, 8, 1);
}

static uint64_t hash_word(const void *key, uint64_t seed, const swiss_table_type *type) {
    (void)type;
    return swiss_hash_u64((uint64_t)(**(char *const *)key | 0x20), seed);
}

static bool equal_words(const void *stored, const void *key, const swiss_table_type *type) {
    (void)type;
    return (**(char *const *)stored | 0x20) == (**(char *const *)key | 0x20);
}

static void drop_words(void *slot, const swiss_table_type *type) {
    give_up(*(char **)slot);
    if (type->value_size)
        give_up(*(char **)swiss_table_value(type, slot));
}

static void drop_second_word(void *slot, const swiss_table_type *type) {
    give_up(*(char **)swiss_table_value(type, slot));
}

static void put_what_the_entry_has(void **state) {
    (void)state;
    swiss_table_type type;
    const size_t size = sizeof(char *), align = _Alignof(char *);
    assert_true(swiss_table_type_init(&type, size, align, size, align, hash_word, equal_words));
    assert_null(type.drop_value);
    type.drop = drop_words;
    type.drop_value = drop_second_word;
    /* A full table and one with room. */
    for (int full = 0; full < 2; ++full) {
        swiss_table table = empty_table(&type);
        char *key = word("a"), *value = word("1");
        char **slot = swiss_table_insert(&table, &type, &key, &value).slot;
        for (char letter[] = "b"; full && table.growth_left; ++letter[0]) {
            char *more = word(letter), *number = word("2");
            assert_true(swiss_table_insert(&table, &type, &more, &number).inserted);
        }
        const size_t blocks = m.blocks;
        /* Its own key, by a pointer into it and by a copy of that, with another value. */
        value = word("3");
        assert_ptr_equal(swiss_table_put(&table, &type, slot, &value).slot, slot);
        assert_true(slot[0] == key && slot[1] == value && strcmp(key, "a") == 0);
        value = word("4");
        assert_ptr_equal(swiss_table_put(&table, &type, &key, &value).slot, slot);
        assert_true(slot[0] == key && slot[1] == value);
        /* All of it. */
        assert_ptr_equal(swiss_table_put(&table, &type, slot, &slot[1]).slot, slot);
        assert_true(slot[0] == key && slot[1] == value);
        assert_int_equal(m.blocks, blocks);
        /* An equal key, which is another. */
        key = word("A"), value = word("5");
        assert_ptr_equal(swiss_table_put(&table, &type, &key, &value).slot, slot);
        assert_true(slot[0] == key && slot[1] == value);
        assert_int_equal(m.blocks, blocks);
        swiss_table_free(&table, &type);
    }
    /* A set. */
    assert_true(swiss_table_type_init(&type, size, align, 0, 0, hash_word, equal_words));
    type.drop = drop_words;
    swiss_table table = empty_table(&type);
    char *key = word("a");
    char **slot = swiss_table_insert(&table, &type, &key, NULL).slot;
    assert_ptr_equal(swiss_table_put(&table, &type, slot, NULL).slot, slot);
    assert_true(slot[0] == key && strcmp(key, "a") == 0);
    swiss_table_free(&table, &type);
}

/* Without drop_value drop has to do for the value, as it does where keys own nothing. */
static void put_of_a_plain_key_drops_the_value(void **state) {
    (void)state;
    swiss_table_type type;
    assert_true(swiss_table_type_init(&type, 8, 8, sizeof(char *), _Alignof(char *), NULL, NULL));
    type.drop = drop_second_word;
    swiss_table table = empty_table(&type);
    uint64_t key = 1;
    char *value = word("1");
    void *slot = swiss_table_insert(&table, &type, &key, &value).slot;
    value = word("2");
    assert_ptr_equal(swiss_table_put(&table, &type, slot, &value).slot, slot);
    assert_ptr_equal(swiss_table_put(&table, &type, slot, swiss_table_value(&type, slot)).slot, slot);
    assert_string_equal(*(char **)swiss_table_value(&type, slot), "2");
    assert_int_equal(m.blocks, 2);
    swiss_table_free(&table, &type);
}

/* Slots of every size that moving entries treats by itself, and of others: without a value, and with one. */
static void slots_of_many_sizes(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 12, 16, 24, 32, 33, 63, 64, 65, 100, 128, 300, 1000};
    unsigned char key[1000], value[1000];
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; ++k)
        for (size_t v = 0; v <= 1000; v = v * 3 + 1) {
            swiss_table_type type;
            assert_true(swiss_table_type_init(&type, sizes[k], 1, v, 1, NULL, NULL));
            swiss_table table = empty_table(&type);
            uint64_t most = sizes[k] == 1 ? 200 : 500;
            for (uint64_t i = 0; i < most; ++i) {
                memset(key, (int)(i & 0xFF), sizeof key);
                memset(value, (int)(i % 251), sizeof value);
                if (sizes[k] > 1)
                    key[sizes[k] - 1] = (unsigned char)(i >> 8);
                assert_true(swiss_table_insert(&table, &type, key, value).inserted);
            }
            for (uint64_t i = 0; i < most; ++i) {
                memset(key, (int)(i & 0xFF), sizeof key);
                memset(value, (int)(i % 251), sizeof value);
                if (sizes[k] > 1)
                    key[sizes[k] - 1] = (unsigned char)(i >> 8);
                void *slot = swiss_table_find(&table, &type, key);
                assert_non_null(slot);
                assert_memory_equal(swiss_table_value(&type, slot), value, v);
            }
            assert_int_equal(swiss_table_size(&table), most);
            swiss_table_free(&table, &type);
        }
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(types_lay_slots_out),
        TEST(impossible_types_are_refused),
        TEST(an_empty_table),
        TEST(insert_put_and_get_or_insert),
        TEST(values_not_given_are_zero),
        TEST(growing_and_removing),
        TEST(iterating),
        TEST(whole_tables),
        TEST(aliasing_the_table_across_growth),
        TEST(an_aliased_insertion_out_of_memory),
        TEST(an_aliased_key_that_is_there_needs_no_memory),
        TEST(functions_with_a_context),
        TEST(hooks),
        TEST(put_what_the_entry_has),
        TEST(put_of_a_plain_key_drops_the_value),
        TEST(slots_of_many_sizes),
    };
    return RUN_TESTS(tests);
}
