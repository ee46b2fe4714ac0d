/* leaks.h - blocks that were not freed. Explained at the top of leaks.c. */
#ifndef SWISS_HEAP_LEAKS_TEXT_H
#define SWISS_HEAP_LEAKS_TEXT_H

#include "swiss/heap_leaks.h"

SWISS_BEGIN_HIDDEN

/* Does what swiss_heap_print_leaks does. `stack` is where the stack of this thread ends for the program. */
bool swiss_leaks_print(uint64_t age, swiss_leaks_form form, const void *stack,
                       void (*say)(void *argument, const char *text, size_t length), void *argument);

/* Does what swiss_heap_find_leaks does. If only samples were taken, it searches all the same: what it finds lost is
 * lost, but what only a lost block that is no sample leads to counts as reachable. */
bool swiss_leaks_find_sampled(uint64_t age, const void *stack, void (*visit)(void *argument, const swiss_leak *leak),
                              void *argument, swiss_leak_totals *totals);

SWISS_END_HIDDEN

#endif
