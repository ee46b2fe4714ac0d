/* Counted objects: what a new one is, when it goes and its memory with it, and what weak references tell before and
 * after; by the functions, by those without atomic operations, and by a type of one's own. */
#include "tests/support.h"
#include <swiss/ref.h>

typedef struct thing {
    double number;
    char text[24];
} thing;

SWISS_REF_TYPE(shared, thing);
SWISS_REF_TYPE_LOCAL(own, struct thing);

static bool is_zero(const void *object, size_t size) {
    const char *bytes = object;
    while (size && bytes[size - 1] == 0)
        --size;
    return size == 0;
}

static void test_a_new_object_is_zero_aligned_and_one_reference(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    for (size_t alignment = 1; alignment <= 4096; alignment *= 2)
        for (size_t size = 0; size < 300; size += 1 + size / 8) {
            char *object = swiss_ref_alloc(&m.allocator, size, alignment);
            assert_non_null(object);
            assert_int_equal((uintptr_t)object % alignment, 0);
            assert_true(is_zero(object, size));
            assert_int_equal(swiss_ref_count(object), 1);
            assert_int_equal(m.blocks, 1);
            memset(object, 0xFF, size);
            swiss_ref_release(object);
            assert_int_equal(m.blocks, 0);
        }
    memory_end(&m);
}

static void test_sizes_and_alignments_that_cannot_be(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 64, (size_t)PTRDIFF_MAX + 1, PTRDIFF_MAX, PTRDIFF_MAX - 16};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i)
        for (size_t alignment = 1; alignment <= 4096; alignment *= 2)
            assert_null(swiss_ref_alloc(&m.allocator, sizes[i], alignment));
    static const size_t alignments[] = {0, 3, 24, SIZE_MAX, SIZE_MAX / 2 + 1};
    for (size_t i = 0; i < sizeof alignments / sizeof *alignments; ++i)
        assert_null(swiss_ref_alloc(&m.allocator, 8, alignments[i]));
    assert_int_equal(m.calls, 0);
    memory_end(&m);
}

static void test_the_last_release_frees(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    thing *object = swiss_ref_new(&m.allocator, thing);
    assert_non_null(object);
    for (size_t i = 0; i < 10; ++i)
        assert_ptr_equal(i % 2 ? swiss_ref_retain(object) : swiss_ref_retain_local(object), object);
    assert_int_equal(swiss_ref_count(object), 11);
    for (size_t i = 0; i < 10; ++i) {
        i % 3 ? swiss_ref_release(object) : swiss_ref_release_local(object);
        assert_int_equal(swiss_ref_count(object), 10 - i);
    }
    assert_int_equal(m.blocks, 1);
    swiss_ref_release_local(object);
    memory_end(&m);
}

static void test_nothing_is_allowed(void **state) {
    (void)state;
    assert_null(swiss_ref_retain(NULL));
    assert_null(swiss_ref_retain_local(NULL));
    swiss_ref_release(NULL);
    swiss_ref_release_local(NULL);
    swiss_weak nothing = {0}, same = swiss_weak_of(NULL);
    assert_true(swiss_weak_equal(nothing, same));
    assert_true(swiss_weak_equal(nothing, swiss_weak_of_local(NULL)));
    assert_true(swiss_weak_equal(nothing, swiss_weak_copy(same)));
    assert_null(swiss_weak_upgrade(nothing));
    assert_null(swiss_weak_upgrade_local(nothing));
    assert_null(swiss_weak_identity(nothing));
    assert_true(swiss_weak_is_dead(nothing));
    swiss_weak_drop(nothing);
    swiss_weak_drop_local(nothing);
    shared_weak none = {0};
    assert_null(shared_upgrade(none));
    shared_weak_drop(none);
}

static void test_a_weak_reference_finds_the_object_while_it_lives(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    for (int local = 0; local < 2; ++local) {
        thing *object = swiss_ref_new(&m.allocator, thing);
        swiss_weak weak = local ? swiss_weak_of_local(object) : swiss_weak_of(object);
        assert_int_equal(swiss_ref_count(object), 1);
        assert_ptr_equal(local ? swiss_weak_upgrade_local(weak) : swiss_weak_upgrade(weak), object);
        assert_int_equal(swiss_ref_count(object), 2);
        swiss_ref_release(object);
        assert_false(swiss_weak_is_dead(weak));
        assert_ptr_equal(swiss_weak_upgrade(weak), object);
        swiss_ref_release(object);
        local ? swiss_ref_release_local(object) : swiss_ref_release(object);
        assert_true(swiss_weak_is_dead(weak));
        for (int i = 0; i < 3; ++i) {
            assert_null(swiss_weak_upgrade(weak));
            assert_null(swiss_weak_upgrade_local(weak));
        }
        assert_int_equal(m.blocks, 1);
        local ? swiss_weak_drop_local(weak) : swiss_weak_drop(weak);
        assert_int_equal(m.blocks, 0);
    }
    memory_end(&m);
}

static void test_weak_references_are_equal_by_their_object_also_when_it_is_dead(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    thing *first = swiss_ref_new(&m.allocator, thing);
    swiss_weak a = swiss_weak_of(first), b = swiss_weak_of(first), c = swiss_weak_copy(b), d = swiss_weak_copy_local(a);
    assert_true(swiss_weak_equal(a, b) && swiss_weak_equal(b, c) && swiss_weak_equal(c, d));
    assert_ptr_equal(swiss_weak_identity(a), swiss_weak_identity(d));
    swiss_ref_release(first);
    assert_true(swiss_weak_equal(a, b) && swiss_weak_equal(b, c) && swiss_weak_equal(c, d));
    swiss_weak_drop(a), swiss_weak_drop(b), swiss_weak_drop(c);
    /* As long as one of them is there, no new object is taken for the dead one. */
    for (int i = 0; i < 100; ++i) {
        thing *other = swiss_ref_new(&m.allocator, thing);
        swiss_weak of_other = swiss_weak_of(other);
        assert_false(swiss_weak_equal(d, of_other));
        assert_true(swiss_weak_identity(d) != swiss_weak_identity(of_other));
        swiss_weak_drop(of_other);
        swiss_ref_release(other);
    }
    assert_int_equal(m.blocks, 1);
    swiss_weak_drop(d);
    memory_end(&m);
}

static void test_a_type_of_ones_own(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    thing *object = shared_new(&m.allocator);
    assert_true(is_zero(object, sizeof *object));
    thing *again = shared_retain(object);
    shared_weak weak = shared_weak_of(again), same = shared_weak_copy(weak);
    shared_release(object);
    object = shared_upgrade(weak);
    assert_ptr_equal(object, again);
    shared_release(object);
    assert_false(shared_weak_is_dead(weak));
    shared_release(again);
    assert_true(shared_weak_is_dead(same) && shared_weak_equal(weak, same));
    assert_null(shared_upgrade(same));
    shared_weak_drop(weak);
    shared_weak_drop(same);

    struct thing *mine = own_new(&m.allocator);
    own_weak of_mine = own_weak_of(mine), of_mine_too = own_weak_copy(of_mine);
    assert_true(own_weak_equal(of_mine, of_mine_too));
    assert_ptr_equal(own_upgrade(of_mine), own_retain(mine));
    own_release(mine), own_release(mine), own_release(mine);
    assert_true(own_weak_is_dead(of_mine));
    own_weak_drop(of_mine), own_weak_drop(of_mine_too);
    memory_end(&m);
}

#define FOREVER ((size_t)SWISS_REF_MOST_ + 2)
#define MIDDLE UINT32_C(0xA0000000) /* of the counts that last forever */

/* Makes a strong or weak reference in one of the ways that there are. */
static void *one_more(int way, void *object, swiss_weak weak) {
    switch (way) {
    case 0:
        return swiss_ref_retain(object);
    case 1:
        return swiss_ref_retain_local(object);
    case 2:
        return swiss_weak_upgrade(weak);
    case 3:
        return swiss_weak_upgrade_local(weak);
    case 4:
        return shared_retain(object);
    case 5:
        return own_retain(object);
    case 6:
        return shared_upgrade((shared_weak){weak});
    default:
        return own_upgrade((own_weak){weak});
    }
}

static swiss_weak one_weak_more(int way, void *object, swiss_weak weak) {
    switch (way) {
    case 0:
        return swiss_weak_of(object);
    case 1:
        return swiss_weak_of_local(object);
    case 2:
        return swiss_weak_copy(weak);
    case 3:
        return swiss_weak_copy_local(weak);
    case 4:
        return shared_weak_of(object).untyped;
    case 5:
        return own_weak_of(object).untyped;
    case 6:
        return shared_weak_copy((shared_weak){weak}).untyped;
    default:
        return own_weak_copy((own_weak){weak}).untyped;
    }
}

/* No test counts to 2^31: the counts are set to just before. */
static void test_a_count_that_is_full_lasts_forever(void **state) {
    (void)state;
    memory m;
    memory_begin(&m);
    thing *object = swiss_ref_new(&m.allocator, thing);
    swiss_ref_block_ *block = swiss_ref_block_of_(object);
    swiss_weak weak = swiss_weak_of(object);
    for (int way = 0; way < 8; ++way) {
        block->strong = SWISS_REF_MOST_ - 1;
        assert_ptr_equal(one_more(way, object, weak), object);
        assert_int_equal(swiss_ref_count(object), (size_t)SWISS_REF_MOST_ + 1);
        way % 2 ? swiss_ref_release_local(object) : swiss_ref_release(object);
        assert_int_equal(swiss_ref_count(object), SWISS_REF_MOST_); /* full is not yet forever */
        assert_ptr_equal(one_more(way, object, weak), object);
        assert_ptr_equal(one_more(way, object, weak), object);
        assert_int_equal(swiss_ref_count(object), FOREVER);
        for (int i = 0; i < 8; ++i) {
            i % 4 == 0   ? swiss_ref_release(object)
            : i % 4 == 1 ? swiss_ref_release_local(object)
            : i % 4 == 2 ? shared_release(object)
                         : own_release(object);
            assert_int_equal(block->strong, MIDDLE);
            assert_int_equal(swiss_ref_count(object), FOREVER);
        }
        for (int i = 0; i < 8; ++i) {
            assert_ptr_equal(one_more(i, object, weak), object);
            assert_int_equal(block->strong, MIDDLE);
        }
        assert_false(swiss_weak_is_dead(weak));
    }
    for (int way = 0; way < 8; ++way) {
        block->weak = SWISS_REF_MOST_ - 1;
        weak = one_weak_more(way, object, weak);
        assert_int_equal(block->weak, SWISS_REF_MOST_);
        way % 2 ? swiss_weak_drop_local(weak) : swiss_weak_drop(weak);
        assert_int_equal(block->weak, SWISS_REF_MOST_ - 1);
        weak = one_weak_more(way, object, one_weak_more(way, object, weak));
        for (int i = 0; i < 8; ++i) {
            i % 4 == 0   ? swiss_weak_drop(weak)
            : i % 4 == 1 ? swiss_weak_drop_local(weak)
            : i % 4 == 2 ? shared_weak_drop((shared_weak){weak})
                         : own_weak_drop((own_weak){weak});
            assert_int_equal(block->weak, MIDDLE);
            (void)one_weak_more(i, object, weak);
            assert_int_equal(block->weak, MIDDLE);
        }
    }
    block->strong = 0;
    swiss_ref_release(object);
    assert_true(swiss_weak_is_dead(weak));
    for (int way = 2; way < 8; way += way == 3 ? 3 : 1)
        assert_null(one_more(way, object, weak));
    for (int i = 0; i < 5; ++i)
        swiss_weak_drop(weak);
    assert_int_equal(m.blocks, 1); /* forever, if the test did not take it back */
    block->weak = 0;
    swiss_weak_drop(weak);
    memory_end(&m);
}

static void test_the_default_allocator(void **state) {
    (void)state;
    thing *object = swiss_ref_new(NULL, thing);
    swiss_weak weak = swiss_weak_of(object);
    assert_true(swiss_ref_add_cleanup(object, free, malloc(10), NULL) != 0);
    swiss_ref_release(object);
    assert_null(swiss_weak_upgrade(weak));
    swiss_weak_drop(weak);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_object_is_zero_aligned_and_one_reference),
        cmocka_unit_test(test_sizes_and_alignments_that_cannot_be),
        cmocka_unit_test(test_the_last_release_frees),
        cmocka_unit_test(test_nothing_is_allowed),
        cmocka_unit_test(test_a_weak_reference_finds_the_object_while_it_lives),
        cmocka_unit_test(test_weak_references_are_equal_by_their_object_also_when_it_is_dead),
        cmocka_unit_test(test_a_type_of_ones_own),
        cmocka_unit_test(test_a_count_that_is_full_lasts_forever),
        cmocka_unit_test(test_the_default_allocator),
    };
    return RUN_TESTS(tests);
}
