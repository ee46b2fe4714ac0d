/* sort.c - heapsort (J. W. J. Williams, 1964), with R. W. Floyd's way to build the heap. */
#include "sort.h"
#include <string.h>

#define SORT_MOST 64 /* bytes of a thing */

/* Lets things[at] sink to its place in the heap of the first `count`, whose greatest is the first. */
static void sink_in_heap(char *things, size_t at, size_t count, size_t size, bool (*less)(const void *, const void *)) {
    _Alignas(16) char thing[SORT_MOST];
    memcpy(thing, things + at * size, size);
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        child += child + 1 < count && less(things + child * size, things + (child + 1) * size);
        if (!less(thing, things + child * size))
            break;
        memcpy(things + at * size, things + child * size, size);
    }
    memcpy(things + at * size, thing, size);
}

void swiss_sort(void *things, size_t count, size_t size, bool (*less)(const void *a, const void *b)) {
    char *first = things, last[SORT_MOST];
    SWISS_ASSERT(size <= SORT_MOST);
    for (size_t i = count / 2; i-- > 0;)
        sink_in_heap(first, i, count, size, less);
    for (size_t i = count; i-- > 1;) {
        memcpy(last, first + i * size, size);
        memcpy(first + i * size, first, size);
        memcpy(first, last, size);
        sink_in_heap(first, 0, i, size, less);
    }
}

bool swiss_sort_addresses(const void *a, const void *b) {
    return *(const uintptr_t *)a < *(const uintptr_t *)b;
}
