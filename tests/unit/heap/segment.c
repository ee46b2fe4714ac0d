/* Segments and the address map: every address of a segment or of a huge block is found, and none beside it. Also the
 * tier below, what the operating system is asked for. */
#include "tests/support.h"
#include "swiss/os/os.h"
#include "swiss/heap/segment.h"

#define MIB ((size_t)1 << 20)

static _Alignas(8) char owner[16]; /* only its address matters */
static struct swiss_span *const span = (struct swiss_span *)(void *)owner;

static void test_os_memory_is_aligned_and_zero(void **state) {
    (void)state;
    size_t page = swiss_os_page_size();
    assert_true(page >= 4096 && !(page & (page - 1)));
    assert_int_equal(swiss_os_round(1), page);
    assert_int_equal(swiss_os_round(page), page);
    assert_int_equal(swiss_os_round(page + 1), 2 * page);

    char *block = swiss_os_reserve(2 * SWISS_SEGMENT_SIZE, SWISS_SEGMENT_SIZE);
    assert_non_null(block);
    assert_int_equal((uintptr_t)block % SWISS_SEGMENT_SIZE, 0);
    assert_true(swiss_os_commit(block + MIB, MIB));
    for (size_t i = MIB; i < 2 * MIB; ++i)
        assert_int_equal(block[i], 0);
    memset(block + MIB, 1, MIB);
    swiss_os_decommit(block + MIB, MIB);
    assert_true(swiss_os_commit(block + MIB, MIB));
    for (size_t i = MIB; i < 2 * MIB; ++i)
        assert_int_equal(block[i], 0);
    swiss_os_release(block, 2 * SWISS_SEGMENT_SIZE);

    assert_null(swiss_os_reserve(SIZE_MAX / 2 / SWISS_SEGMENT_SIZE * SWISS_SEGMENT_SIZE, SWISS_SEGMENT_SIZE));
}

static void test_segment_is_found_by_address(void **state) {
    (void)state;
    swiss_segment *segments[20];
    for (size_t i = 0; i < 20; ++i) {
        segments[i] = swiss_segment_create();
        assert_non_null(segments[i]);
        assert_int_equal((uintptr_t)segments[i]->base % SWISS_SEGMENT_SIZE, 0);
    }
    for (size_t i = 0; i < 20; ++i) {
        swiss_segment *segment = segments[i];
        assert_ptr_equal(swiss_segment_of(segment->base), segment);
        assert_ptr_equal(swiss_segment_of(segment->base + SWISS_SEGMENT_SIZE - 1), segment);
        assert_ptr_not_equal(swiss_segment_of(segment->base + SWISS_SEGMENT_SIZE), segment);
        assert_ptr_not_equal(swiss_segment_of(segment->base - 1), segment);

        /* Bits beyond those that the map has make it another address. */
        for (unsigned bit = SWISS_ADDRESS_BITS; bit < sizeof(void *) * 8; ++bit)
            assert_null(swiss_segment_of((void *)((uintptr_t)segment->base | (uintptr_t)1 << bit)));

        /* A page leads to its span, with all of its addresses and no others. */
        char *page = segment->base + 7 * SWISS_PAGE_SIZE;
        swiss_segment_set_owner(page, 1, span, 0);
        assert_ptr_equal(swiss_segment_find(page), span);
        assert_ptr_equal(swiss_segment_find(page + SWISS_PAGE_SIZE - 1), span);
        assert_null(swiss_segment_find(page - 1));
        assert_null(swiss_segment_find(page + SWISS_PAGE_SIZE));
    }
}

static void test_foreign_addresses_are_not_found(void **state) {
    (void)state;
    int local = 0;
    void *const foreign[] = {NULL, &local, owner, (void *)UINTPTR_MAX,
                             (void *)((uintptr_t)1 << (sizeof(void *) * 8 - 1))};
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; ++i) {
        void *volatile address = foreign[i]; /* compilers warn of what they can see to be no object */
        assert_null(swiss_segment_find(address));
    }
}

static void test_huge_block_is_found_by_address(void **state) {
    (void)state;
    size_t size = 3 * SWISS_SEGMENT_SIZE - MIB;
    size_t reserved = swiss_segment_huge_reserved(size);
    assert_int_equal(reserved, 3 * SWISS_SEGMENT_SIZE);
    char *block = swiss_segment_map_huge(size, 1, span);
    assert_non_null(block);
    assert_int_equal((uintptr_t)block % SWISS_SEGMENT_SIZE, 0);
    for (size_t offset = 0; offset < reserved; offset += MIB)
        assert_ptr_equal(swiss_segment_find(block + offset), span);
    assert_ptr_equal(swiss_segment_find(block + reserved - 1), span);
    assert_ptr_not_equal(swiss_segment_find(block + reserved), span);
    assert_ptr_not_equal(swiss_segment_find(block - 1), span);
    block[0] = block[size - 1] = 1;

    swiss_segment_forget_huge(block, size);
    assert_null(swiss_segment_find(block));
    assert_null(swiss_segment_find(block + size - 1));
    swiss_os_release(block, reserved);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_os_memory_is_aligned_and_zero),
        cmocka_unit_test(test_segment_is_found_by_address),
        cmocka_unit_test(test_foreign_addresses_are_not_found),
        cmocka_unit_test(test_huge_block_is_found_by_address),
    };
    return RUN_TESTS(tests);
}
