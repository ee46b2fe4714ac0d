/* The spans of one size class that no thread owns: blocks of them, spans lent to a bin and received from one, what is
 * counted, and the large blocks of a heap of one's own. */
#include "tests/support.h"
#include <pthread.h>
#include "swiss/heap/central.h"
#include "swiss/heap/sizeclass.h"

enum { BLOCK = 400, MANY = 1000, THREADS = 3, ROUNDS = 100000, SHELF = 64 };

static swiss_spans spans = SWISS_SPANS_INITIALIZER;
static swiss_share share = SWISS_SHARE_INITIALIZER(&spans, true);
static swiss_central *central; /* a new one for each test */
static unsigned size_class;
static char *blocks[MANY];

static int begin(void **state) {
    (void)state;
    static swiss_central centrals[16];
    static size_t used;
    central = &centrals[used++];
    size_class = swiss_class_of(BLOCK);
    return 0;
}

/* The test has freed all that it allocated. */
static int end(void **state) {
    (void)state;
    swiss_central_trim(central);
    return central->bin.owned != NULL || share.alive[size_class] != 0 || share.alive[0] != 0;
}

static swiss_span *span_of(const void *block) {
    return swiss_segment_find(block);
}

static bool free_block(void *block) {
    swiss_span *span = span_of(block);
    return swiss_central_free(central, span, swiss_span_slot(span, block));
}

static uint64_t mallocs(void) {
    return atomic_load(&central->tally.mallocs);
}

static uint64_t frees(void) {
    return atomic_load(&central->tally.frees);
}

static size_t count_spans(const swiss_bin *bin) {
    size_t count = 0;
    for (const swiss_span *span = bin->owned; span; span = swiss_span_remote_of(span)->next_owned)
        ++count;
    return count;
}

static void test_blocks(void **state) {
    (void)state;
    for (size_t i = 0; i < MANY; ++i) {
        blocks[i] = swiss_central_alloc(central, &share, size_class);
        assert_non_null(blocks[i]);
        memset(blocks[i], (int)(i % 251), BLOCK);
    }
    assert_int_equal(mallocs(), MANY);
    assert_int_equal(count_spans(&central->bin), share.alive[size_class]);
    for (size_t i = 0; i < MANY; ++i) {
        assert_ptr_equal(atomic_load(&span_of(blocks[i])->bin), &central->bin);
        for (size_t at = 0; at < BLOCK; ++at)
            assert_int_equal((unsigned char)blocks[i][at], i % 251);
    }
    for (size_t i = 0; i < MANY; ++i)
        assert_true(free_block(blocks[i * 7 % MANY]));
    assert_int_equal(frees(), MANY);
}

static void test_a_second_free_counts_for_nothing(void **state) {
    (void)state;
    void *first = swiss_central_alloc(central, &share, size_class),
         *second = swiss_central_alloc(central, &share, size_class);
    assert_true(free_block(first));
    assert_false(free_block(first));
    assert_int_equal(frees(), 1);
    assert_true(free_block(second));
    assert_int_equal(mallocs(), 2);
    assert_int_equal(frees(), 2);
}

static void see(void *argument, void *block, size_t size) {
    uint8_t *seen = argument;
    assert_true(size >= BLOCK);
    for (size_t i = 0; i < MANY; ++i)
        if (blocks[i] == block) {
            ++seen[i];
            return;
        }
    fail_msg("%p is no block", block);
}

static void test_walk(void **state) {
    (void)state;
    uint8_t seen[MANY] = {0};
    for (size_t i = 0; i < MANY; ++i)
        blocks[i] = swiss_central_alloc(central, &share, size_class);
    for (size_t i = 0; i < MANY; i += 3)
        free_block(blocks[i]);
    swiss_central_walk(central, see, seen);
    for (size_t i = 0; i < MANY; ++i)
        assert_int_equal(seen[i], i % 3 != 0);
    for (size_t i = 0; i < MANY; ++i)
        if (i % 3)
            free_block(blocks[i]);
}

/* A span goes to whoever asks, with its blocks that are alive; the central lends none that is full, and none that it
 * lacks. */
static void test_lend_and_receive(void **state) {
    (void)state;
    swiss_bin bin = {.share = &share};
    assert_false(swiss_central_lend(central, &bin));
    char *kept = swiss_central_alloc(central, &share, size_class);
    swiss_span *span = span_of(kept);
    assert_true(swiss_central_lend(central, &bin));
    assert_ptr_equal(atomic_load(&span->bin), &bin);
    assert_int_equal(count_spans(&central->bin), 0);
    assert_int_equal(count_spans(&bin), 1);
    assert_false(swiss_central_lend(central, &bin));

    assert_true(free_block(kept)); /* in a span of somebody else's: he learns of it later */
    assert_int_equal(frees(), 1);
    char *one = swiss_bin_take(&bin);
    if (!one && swiss_bin_next(&bin))
        one = swiss_bin_take(&bin);
    assert_non_null(one);
    assert_ptr_equal(span_of(one), span);

    swiss_central_receive(central, &bin);
    assert_int_equal(count_spans(&bin), 0);
    assert_int_equal(count_spans(&central->bin), 1);
    assert_ptr_equal(atomic_load(&span->bin), &central->bin);
    assert_true(free_block(one));
}

static void test_a_full_span_is_not_lent(void **state) {
    (void)state;
    swiss_bin bin = {.share = &share};
    size_t count = 0;
    do
        blocks[count] = swiss_central_alloc(central, &share, size_class);
    while (++count < span_of(blocks[0])->slots);
    assert_false(swiss_central_lend(central, &bin));
    assert_true(free_block(blocks[count / 2]));
    assert_true(swiss_central_lend(central, &bin));
    swiss_central_receive(central, &bin);
    for (size_t i = 0; i < count; ++i)
        if (i != count / 2)
            assert_true(free_block(blocks[i]));
}

/* A central that never had a span takes the page heap of the bin. */
static void test_receive_first(void **state) {
    (void)state;
    swiss_bin bin = {.share = &share};
    assert_non_null(swiss_bin_grow(&bin, size_class));
    if (!bin.first->window)
        assert_non_null(swiss_bin_next(&bin));
    void *block = swiss_bin_take(&bin);
    assert_null(central->bin.share);
    swiss_central_receive(central, &bin);
    assert_ptr_equal(central->bin.share, &share);
    assert_true(free_block(block));
}

static bool refuse(void) {
    return true;
}

static void test_no_memory(void **state) {
    (void)state;
    swiss_central_alloc(central, &share, size_class);
    size_t count = 1;
    swiss_os_refuse = refuse;
    char *block, *last = NULL;
    while ((block = swiss_central_alloc(central, &share, size_class)) != NULL) {
        *(char **)(void *)block = last; /* blocks lead to one another */
        last = block;
        ++count;
    }
    swiss_os_refuse = NULL;
    assert_int_equal(mallocs(), count);
    for (; last; last = block) {
        block = *(char **)(void *)last;
        assert_true(free_block(last));
    }
    swiss_bin_destroy(&central->bin); /* the first block, too */
    central->bin.owned = NULL;
}

static _Atomic(void *) shelf[SHELF];
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER; /* closed until all threads are there */

static void *exchange(void *argument) {
    uint64_t random = (uintptr_t)argument;
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < ROUNDS; ++i) {
        unsigned char *block = swiss_central_alloc(central, &share, size_class);
        if (!block)
            abort();
        memset(block, (int)(random & 0xFF), BLOCK);
        block = atomic_exchange(&shelf[random_below(&random, SHELF)], block);
        for (size_t at = 1; block && at < BLOCK; ++at)
            if (block[at] != block[0])
                abort();
        if (block && !free_block(block))
            abort();
    }
    return NULL;
}

static void test_threads(void **state) {
    (void)state;
    pthread_t threads[THREADS];
    pthread_mutex_lock(&gate);
    for (size_t i = 0; i < THREADS; ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, exchange, (void *)(uintptr_t)(i + 1)), 0);
    pthread_mutex_unlock(&gate);
    for (size_t i = 0; i < THREADS; ++i)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (size_t i = 0; i < SHELF; ++i) {
        void *block = atomic_exchange(&shelf[i], NULL);
        if (block)
            assert_true(free_block(block));
    }
    assert_int_equal(mallocs(), THREADS * ROUNDS);
    assert_int_equal(frees(), THREADS * ROUNDS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_blocks, begin, end),
        cmocka_unit_test_setup_teardown(test_a_second_free_counts_for_nothing, begin, end),
        cmocka_unit_test_setup_teardown(test_walk, begin, end),
        cmocka_unit_test_setup_teardown(test_lend_and_receive, begin, end),
        cmocka_unit_test_setup_teardown(test_a_full_span_is_not_lent, begin, end),
        cmocka_unit_test_setup_teardown(test_receive_first, begin, end),
        cmocka_unit_test_setup_teardown(test_threads, begin, end),
        cmocka_unit_test_setup_teardown(test_no_memory, begin, NULL),
    };
    return RUN_TESTS(tests);
}
