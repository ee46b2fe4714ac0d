/* sort.h - sorts in place and allocates nothing, which qsort of the C libraries may. */
#ifndef SWISS_HEAP_SORT_H
#define SWISS_HEAP_SORT_H

#include "swiss/base.h"

SWISS_BEGIN_HIDDEN

/* Sorts `count` things of `size` bytes each, a multiple of that of a pointer and at most 64 bytes, so that none is
 * `less` than the one before it. Equal ones may change places. O(count log count), without exceptions (heapsort). */
void swiss_sort(void *things, size_t count, size_t size, bool (*less)(const void *a, const void *b));

/* Orders pointers by their addresses. */
bool swiss_sort_addresses(const void *a, const void *b);

SWISS_END_HIDDEN

#endif
