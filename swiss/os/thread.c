/* thread.c - small numbers for threads: each has one that no other living thread has. When a thread ends, the next one
 * that asks gets its number, and with it what the thread has left at the places of that number.
 *
 * A number is a bit. To take it sees all that the thread before has done: it gives the bit back last.
 */
#include "os.h"
#include <limits.h>

enum { NUMBERS = 64 }; /* in a word */

static _Atomic(uint64_t) numbers_taken[SWISS_OS_THREADS / NUMBERS] = {1}; /* 0 is no thread's number */
static swiss_os_exit thread_exit;

__thread unsigned swiss_thread_index_;

bool swiss_os_thread_borrow(unsigned index) {
    const uint64_t bit = UINT64_C(1) << index % NUMBERS;
    return index < SWISS_OS_THREADS &&
           !(atomic_fetch_or_explicit(&numbers_taken[index / NUMBERS], bit, memory_order_acquire) & bit);
}

void swiss_os_thread_return(unsigned index) {
    const uint64_t bit = UINT64_C(1) << index % NUMBERS;
    (void)atomic_fetch_and_explicit(&numbers_taken[index / NUMBERS], ~bit, memory_order_release);
}

/* Runs when a thread ends. What it calls after that has no number. */
static void leave_number(void *argument) {
    unsigned *index = argument;
    swiss_os_thread_return(*index);
    *index = UINT_MAX;
}

/* Returns the lowest number that was free, or UINT_MAX. */
static unsigned take_number(void) {
    for (unsigned word = 0; word < SWISS_OS_THREADS / NUMBERS; ++word)
        if (~atomic_load_explicit(&numbers_taken[word], memory_order_relaxed))
            for (unsigned bit = 0; bit < NUMBERS; ++bit)
                if (swiss_os_thread_borrow(word * NUMBERS + bit))
                    return word * NUMBERS + bit;
    return UINT_MAX;
}

unsigned swiss_os_thread_index(void) {
    unsigned *index = &swiss_thread_index_;
    if (!*index) {
        unsigned number = take_number();
        if (number != UINT_MAX && !swiss_os_at_thread_exit(&thread_exit, leave_number, index)) {
            swiss_os_thread_return(number);
            number = UINT_MAX;
        }
        *index = number;
    }
    return *index == UINT_MAX ? 0 : *index;
}

#if defined(__GNUC__) && !defined(SWISS_STAYS_LOADED)

/* Runs when a library with swiss in it is closed, or when the program ends. Then no thread calls leave_number when it
 * ends, for it may have been unloaded. */
__attribute__((destructor)) static void forget_threads(void) {
    swiss_os_forget_thread_exits(&thread_exit);
}

#endif
