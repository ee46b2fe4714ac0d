/* A thread that is cancelled comes to its end although the program's first allocation comes after that: no lock stays
 * held. */
#include "tests/support.h"
#include <pthread.h>
#include <unistd.h>
#include "swiss/heap.h"

static void *allocate(void *argument) {
    pthread_cancel(pthread_self());
    void *block = swiss_heap_alloc(NULL, 100), *large = swiss_heap_alloc(NULL, (size_t)3 << 20);
    assert_true(block && large);
    swiss_heap_free(NULL, block);
    swiss_heap_free(NULL, large);
    *(bool *)argument = true;
    pthread_testcancel();
    return NULL;
}

static void test_a_cancelled_thread_allocates(void **state) {
    (void)state;
    pthread_t thread;
    void *result;
    bool allocated = false;
    assert_int_equal(pthread_create(&thread, NULL, allocate, &allocated), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_true(allocated);
    assert_ptr_equal(result, PTHREAD_CANCELED);
}

int main(void) {
    alarm(20);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_cancelled_thread_allocates)};
    return RUN_TESTS(tests);
}
