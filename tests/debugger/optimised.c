/* optimised.c - a copy of a map of which a compiler may keep some members and not others. */
#define SWISS_NAME numbers
#define SWISS_KEY int
#define SWISS_VALUE int
#include <swiss/map.h>

void stop_here(void);
__attribute__((noinline)) void stop_here(void) {
    __asm__ volatile("" : : : "memory");
}

static __attribute__((noinline)) int use(numbers map) {
    return (int)(map.table.size + map.table.mask);
}

int main(int count, char **arguments) {
    (void)arguments;
    numbers whole = {0};
    for (int i = 0; i < count * 5; ++i)
        numbers_insert(&whole, i, i);
    numbers copy = whole;
    int used = use(copy);
    copy.table.size = (size_t)count;
    stop_here();
    numbers_free(&whole);
    return used != 5 + (int)copy.table.size - 1;
}
