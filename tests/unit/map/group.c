/* The groups of control bytes, each question compared with a plain loop. Built once per backend. */
#include "tests/support.h"
#include <swiss/group.h>

/* The lanes of a mask as bits 0 to 15, taken apart as a table does it. */
static unsigned lanes_of(swiss_mask mask) {
    unsigned lanes = 0, count = 0;
    int last = -1;
    for (swiss_mask rest = mask; rest; rest = swiss_mask_next(rest), ++count) {
        int lane = (int)swiss_mask_lowest(rest);
        assert_true(lane > last && lane < SWISS_GROUP_WIDTH);
        lanes |= 1u << lane;
        last = lane;
    }
    assert_int_equal(swiss_mask_count(mask), count);
    return lanes;
}

static unsigned lanes_equal(const uint8_t *control, uint8_t byte) {
    unsigned lanes = 0;
    for (unsigned i = 0; i < SWISS_GROUP_WIDTH; ++i)
        lanes |= (unsigned)(control[i] == byte) << i;
    return lanes;
}

/* Matches by a hash whose top byte is `top`, and whose other bits do not matter. */
static void check_match(const uint8_t *control, unsigned top) {
    uint64_t hash = (uint64_t)top << 56;
    uint8_t h2 = top == 0 ? 1 : (uint8_t)top;
    swiss_group group = swiss_group_load(control);
    assert_int_equal(swiss_h2(hash), h2);
    assert_int_equal(lanes_of(swiss_group_match(group, hash)), lanes_equal(control, h2));
    assert_int_equal(lanes_of(swiss_group_match(group, hash | UINT64_MAX >> 8)), lanes_equal(control, h2));
}

static void check_kinds(const uint8_t *control) {
    swiss_group group = swiss_group_load(control);
    unsigned empty = lanes_equal(control, SWISS_EMPTY);
    assert_int_equal(lanes_of(swiss_group_match_free(group)), empty);
    assert_int_equal(lanes_of(swiss_group_match_full(group)), ~empty & 0xFFFF);
}

static void filling_and_emptying_change_one_lane(void **state) {
    (void)state;
    _Alignas(16) uint8_t control[SWISS_GROUP_WIDTH], expected[SWISS_GROUP_WIDTH];
    for (unsigned around = 0; around < 256; ++around)
        for (unsigned lane = 0; lane < SWISS_GROUP_WIDTH; ++lane) {
            memset(control, (int)around, sizeof control);
            control[lane] = SWISS_EMPTY;
            memcpy(expected, control, sizeof control);
            uint64_t hash = (uint64_t)(255 - around) << 56 | lane;
            swiss_group_fill(control, swiss_group_load(control), lane, hash);
            expected[lane] = (uint8_t)swiss_h2(hash);
            assert_memory_equal(control, expected, sizeof control);
            swiss_group_empty(control, swiss_group_load(control), lane);
            expected[lane] = SWISS_EMPTY;
            assert_memory_equal(control, expected, sizeof control);
        }
}

static void every_byte_in_every_lane(void **state) {
    (void)state;
    _Alignas(16) uint8_t control[SWISS_GROUP_WIDTH];
    for (unsigned top = 0; top < 256; ++top)
        for (unsigned lane = 0; lane < SWISS_GROUP_WIDTH; ++lane) {
            /* Neighbours that differ from the byte in one bit, or that are the byte itself. */
            memset(control, lane % 2 ? (int)top : (int)(top ^ (1u << top % 8)), sizeof control);
            for (unsigned number = 0; number < 256; ++number) {
                control[lane] = (uint8_t)number;
                check_match(control, top);
            }
        }
    for (unsigned lane = 0; lane < SWISS_GROUP_WIDTH; ++lane)
        for (unsigned around = 0; around < 256; ++around) {
            memset(control, (int)around, sizeof control);
            for (unsigned number = 0; number < 256; ++number) {
                control[lane] = (uint8_t)number;
                check_kinds(control);
            }
        }
}

/* Pairs that word-at-a-time tricks get wrong: a borrow or a carry from one byte falsifies the next. */
static void every_arrangement_of_two_bytes(void **state) {
    (void)state;
    static const uint8_t pairs[][2] = {
        {0x00, 0x01}, {0x7F, 0x7E}, {0x12, 0x13}, {0x40, SWISS_EMPTY}, {0x80, SWISS_EMPTY}, {0xFF, SWISS_EMPTY},
        {0x7F, 0xFF}, {0x80, 0x81}, {0x01, 0x02}, {0x01, 0x81},        {0x55, 0xAA},        {0xFE, 0xFF},
    };
    _Alignas(16) uint8_t control[SWISS_GROUP_WIDTH];
    for (size_t p = 0; p < sizeof pairs / sizeof *pairs; ++p)
        for (unsigned bits = 0; bits <= 0xFFFF; ++bits) {
            for (unsigned i = 0; i < SWISS_GROUP_WIDTH; ++i)
                control[i] = pairs[p][bits >> i & 1];
            check_match(control, pairs[p][0]);
            check_match(control, pairs[p][1]);
            check_kinds(control);
        }
}

static void random_groups(void **state) {
    (void)state;
    uint64_t random = 1;
    _Alignas(16) uint8_t control[SWISS_GROUP_WIDTH];
    for (unsigned round = 0; round < 100000; ++round) {
        unsigned kinds = (unsigned)random_below(&random, 255) + 2;
        for (unsigned i = 0; i < SWISS_GROUP_WIDTH; ++i)
            control[i] = (uint8_t)random_below(&random, kinds);
        check_match(control, (unsigned)random_below(&random, 256));
        check_match(control, control[round % SWISS_GROUP_WIDTH]);
        check_kinds(control);
    }
}

static void no_lane_and_all_lanes(void **state) {
    (void)state;
    _Alignas(16) uint8_t control[SWISS_GROUP_WIDTH];
    memset(control, 5, sizeof control);
    swiss_group group = swiss_group_load(control);
    assert_int_equal(swiss_mask_count(swiss_group_match(group, UINT64_C(4) << 56)), 0);
    assert_int_equal(swiss_mask_count(swiss_group_match(group, UINT64_C(5) << 56)), SWISS_GROUP_WIDTH);
    assert_true(swiss_group_match(group, UINT64_C(4) << 56) == 0);
    assert_int_equal(lanes_of(swiss_group_match_full(group)), 0xFFFF);
}

/* 0 and 1 share a control byte: of the 256 * 256 pairs of top bytes 258 are alike, which is once in 254. */
static void false_alarms_are_one_in_254(void **state) {
    (void)state;
    _Alignas(16) uint8_t control[SWISS_GROUP_WIDTH] = {0};
    unsigned alike = 0;
    for (uint64_t stored = 0; stored < 256; ++stored) {
        control[0] = SWISS_EMPTY;
        swiss_group_fill(control, swiss_group_load(control), 0, stored << 56);
        for (uint64_t sought = 0; sought < 256; ++sought)
            alike += swiss_mask_count(swiss_group_match(swiss_group_load(control), sought << 56));
    }
    assert_int_equal(alike, 258);
    assert_int_equal(256 * 256 / alike, 254);
}

static void trailing_zeros(void **state) {
    (void)state;
    for (unsigned bit = 0; bit < 64; ++bit) {
        assert_int_equal(swiss_count_trailing_zeros(UINT64_C(1) << bit), bit);
        assert_int_equal(swiss_count_trailing_zeros(UINT64_MAX << bit), bit);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_in_every_lane),       cmocka_unit_test(filling_and_emptying_change_one_lane),
        cmocka_unit_test(every_arrangement_of_two_bytes), cmocka_unit_test(random_groups),
        cmocka_unit_test(no_lane_and_all_lanes),          cmocka_unit_test(trailing_zeros),
        cmocka_unit_test(false_alarms_are_one_in_254),
    };
    return RUN_TESTS(tests);
}
