/* swiss_table_validate: silent about whole tables, and for each promise a table that breaks it. */
#include "tests/support.h"
#include <math.h>

/* A key is its hash: h2 in the top byte, the home group from bit 28 on, and a number below that. */
#define KEY(home, h2, number) ((uint64_t)(h2) << 56 | (uint64_t)(home) << 28 | (uint64_t)(number))

#define SWISS_NAME raw
#define SWISS_KEY uint64_t
#define SWISS_VALUE int
#define SWISS_HASH(key, seed) ((void)(seed), *(key))
#define SWISS_HASH_AVALANCHES
#include <swiss/map.h>

#define SWISS_NAME doubles
#define SWISS_KEY double
#include <swiss/set.h>

/* Four groups. The home group of 17 entries is group 0, one of which had to go to group 1. */
static raw overflowed(void) {
    raw map;
    assert_true(raw_init(&map, &(swiss_options){.seed = 1, .reserve = 56}));
    for (int i = 0; i < 17; ++i)
        assert_true(raw_insert(&map, KEY(0, 0x20 + i % 2, i), i).inserted);
    assert_int_equal(raw_capacity(&map), 64);
    assert_int_equal(map.table.overflow[0], 1 << 1);
    assert_null(raw_validate(&map));
    return map;
}

/* Three entries in a table of four slots. */
static raw small(void) {
    raw map;
    assert_true(raw_init(&map, &(swiss_options){.seed = 1, .reserve = 4}));
    for (int i = 0; i < 3; ++i)
        assert_true(raw_insert(&map, KEY(0, 7, i), i).inserted);
    assert_int_equal(raw_capacity(&map), 4);
    assert_null(raw_validate(&map));
    return map;
}

static void says(const raw *map, const char *what) {
    const char *said = raw_validate(map);
    assert_non_null(said);
    assert_string_equal(said, what);
}

static void whole_tables_pass(void **state) {
    (void)state;
    raw map = {0};
    assert_null(raw_validate(&map));
    for (int i = 0; i < 2000; ++i) {
        raw_put(&map, KEY(i % 5, i % 3, i), i);
        if (i % 3 == 0)
            raw_remove(&map, KEY((i / 2) % 5, (i / 2) % 3, i / 2));
        assert_null(raw_validate(&map));
    }
    raw_clear(&map);
    assert_null(raw_validate(&map));
    raw_free(&map);
    map = (raw){0};
    assert_null(raw_validate(&map));
}

/* Their hash is another each time, and none finds them. */
static void what_equals_nothing_passes(void **state) {
    (void)state;
    doubles set = {0};
    for (int i = 0; i < 100; ++i)
        assert_true(doubles_insert(&set, i % 3 ? (double)NAN : i).inserted);
    assert_null(doubles_validate(&set));
    doubles_free(&set);
}

static void freed(void **state) {
    (void)state;
    raw map = small();
    raw_free(&map);
    says(&map, "the table is used after it was freed");
}

static void without_a_block(void **state) {
    (void)state;
    for (size_t i = 0; i < 4; ++i) {
        raw map = {0};
        map.table.size = i == 0;
        map.table.growth_left = i == 1;
        map.table.mask = i == 2 ? 16 : 0;
        map.table.capacity_small = i == 3 ? 4 : 0;
        says(&map, "a table without a block has entries or room");
    }
}

static void capacity(void **state) {
    (void)state;
    const char *what = "the capacity is no power of two, or the mask is not that of the capacity";
    raw map = overflowed(), broken = map;
    broken.table.mask = 32;
    says(&broken, what);
    broken.table.mask = 48;
    broken.table.capacity_small = 8;
    says(&broken, what);
    raw_free(&map);
    map = broken = small();
    broken.table.capacity_small = 3;
    says(&broken, what);
    broken.table.capacity_small = 2;
    says(&broken, what);
    raw_free(&map);
}

static void places(void **state) {
    (void)state;
    const char *what = "the parts of the block are not where the capacity puts them";
    raw map = overflowed();
    for (int i = 0; i < 3; ++i) {
        raw broken = map;
        broken.table.control += i == 0 ? 8 : 0;
        broken.table.slots += i == 1 ? sizeof(raw_entry) : 0;
        broken.table.overflow += i == 2;
        says(&broken, what);
    }
    raw_free(&map);
    map = small();
    raw broken = map;
    broken.table.slots += 8;
    says(&broken, what);
    broken.table.control += 8;
    says(&broken, what);
    raw_free(&map);
}

static void where_pop_goes_on(void **state) {
    (void)state;
    raw map = overflowed();
    for (size_t place = 0; place <= swiss_table_capacity(&map.table) + 16; ++place) {
        memcpy(swiss_pop_place_(map.table.overflow, map.table.mask), &place, sizeof place);
        if (place % 16 == 0 && place < swiss_table_capacity(&map.table))
            assert_null(raw_validate(&map));
        else
            says(&map, "where pop goes on is no group of the table");
    }
    raw_free(&map);
}

static void no_seed(void **state) {
    (void)state;
    raw map = small();
    map.table.seed = 0;
    says(&map, "a table with a block has no seed");
    raw_free(&map);
}

static void lane_without_a_slot(void **state) {
    (void)state;
    raw map = small();
    map.table.control[4] = 7;
    says(&map, "a lane without a slot is not EMPTY");
    map.table.control[4] = 0;
    map.table.control[15] = 7;
    says(&map, "a lane without a slot is not EMPTY");
    raw_free(&map);
}

static void one_group_overflowed(void **state) {
    (void)state;
    raw map = small(), broken = map;
    uint8_t byte = 0x10;
    broken.table.overflow = &byte;
    says(&broken, "a table of one group has overflowed");
    raw_free(&map);
}

static void size(void **state) {
    (void)state;
    raw map = overflowed();
    ++map.table.size;
    says(&map, "the size is not the number of full control bytes");
    map.table.size -= 2;
    says(&map, "the size is not the number of full control bytes");
    ++map.table.size;
    map.table.control[3] = 0; /* an entry is lost */
    says(&map, "the size is not the number of full control bytes");
    raw_free(&map);
}

static void room(void **state) {
    (void)state;
    const char *what = "there are more entries, or there is more room, than the capacity allows";
    raw map = overflowed();
    ++map.table.growth_left;
    says(&map, what);
    map.table.growth_left = SIZE_MAX;
    says(&map, what);
    raw_free(&map);
    map = small();
    map.table.growth_left = 2;
    says(&map, what);
    raw_free(&map);
}

/* 57 entries in 64 slots. */
static void load_factor(void **state) {
    (void)state;
    raw map;
    assert_true(raw_init(&map, &(swiss_options){.seed = 1, .reserve = 56}));
    for (int i = 0; i < 56; ++i)
        assert_true(raw_insert(&map, KEY(i % 4, 7, i), i).inserted);
    assert_null(raw_validate(&map));
    map.table.control[63] = 7;
    ((raw_entry *)(void *)map.table.slots)[63].key = KEY(3, 7, 100);
    ++map.table.size;
    says(&map, "there are more entries, or there is more room, than the capacity allows");
    raw_free(&map);
}

static void retired(void **state) {
    (void)state;
    raw map = small();
    --map.table.growth_left;
    says(&map, "slots are retired, but no group has overflowed");
    raw_free(&map);
    map = overflowed();
    --map.table.growth_left;
    assert_null(raw_validate(&map)); /* it may be so */
    map.table.overflow[0] = 0;
    says(&map, "slots are retired, but no group has overflowed");
    raw_free(&map);
}

static void control_byte(void **state) {
    (void)state;
    raw map = overflowed();
    map.table.control[5] = 0x40;
    says(&map, "a control byte is not the h2 of its entry");
    raw_free(&map);
    map = overflowed();
    raw_find(&map, KEY(0, 0x20, 2))->key = KEY(0, 0x21, 2); /* a key was changed in the map */
    says(&map, "a control byte is not the h2 of its entry");
    raw_free(&map);
}

static void overflow_bit(void **state) {
    (void)state;
    raw map = overflowed();
    map.table.overflow[0] = (uint8_t)~map.table.overflow[0];
    says(&map, "an overflow bit is missing on the way to an entry");
    raw_free(&map);
    /* An entry in a group where no search for it begins. */
    map = overflowed();
    raw_entry *slots = (raw_entry *)(void *)map.table.slots;
    map.table.control[40] = map.table.control[1];
    slots[40] = slots[1];
    map.table.control[1] = 0;
    says(&map, "an overflow bit is missing on the way to an entry");
    raw_free(&map);
}

/* A rehash in place would not find it. */
static void lane_not_known_to_be_away(void **state) {
    (void)state;
    raw map = overflowed();
    uint16_t *const lanes = swiss_away_(map.table.overflow, map.table.mask, 0);
    lanes[0] = 0xFFFF; /* no harm: the entries are hashed, and stay */
    assert_null(raw_validate(&map));
    assert_int_equal(lanes[1] + lanes[2] + lanes[3], 1);
    lanes[1] = lanes[2] = lanes[3] = 0;
    says(&map, "an entry that is not at home is not known to be away");
    raw_free(&map);
}

static void key_twice(void **state) {
    (void)state;
    raw map = overflowed();
    raw_entry *slots = (raw_entry *)(void *)map.table.slots;
    slots[2].key = slots[0].key;
    says(&map, "a key is there twice");
    raw_free(&map);
    map = overflowed();
    raw_find(&map, KEY(0, 0x20, 16))->key = KEY(0, 0x20, 4); /* in two groups */
    says(&map, "a key is there twice");
    raw_free(&map);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_tables_pass),
        cmocka_unit_test(what_equals_nothing_passes),
        cmocka_unit_test(freed),
        cmocka_unit_test(without_a_block),
        cmocka_unit_test(capacity),
        cmocka_unit_test(places),
        cmocka_unit_test(where_pop_goes_on),
        cmocka_unit_test(no_seed),
        cmocka_unit_test(lane_without_a_slot),
        cmocka_unit_test(one_group_overflowed),
        cmocka_unit_test(size),
        cmocka_unit_test(room),
        cmocka_unit_test(load_factor),
        cmocka_unit_test(retired),
        cmocka_unit_test(control_byte),
        cmocka_unit_test(overflow_bit),
        cmocka_unit_test(lane_not_known_to_be_away),
        cmocka_unit_test(key_twice),
    };
    return RUN_TESTS(tests);
}
