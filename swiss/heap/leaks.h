/* leaks.h - blocks that were not freed. Explained at the top of leaks.c. */
#ifndef SWISS_HEAP_LEAKS_TEXT_H
#define SWISS_HEAP_LEAKS_TEXT_H

#include "swiss/heap_leaks.h"

SWISS_BEGIN_HIDDEN

/* Does what swiss_heap_print_leaks does. `stack` is where the stack of this thread ends for the program. */
bool swiss_leaks_print(uint64_t age, swiss_leaks_form form, const void *stack,
                       void (*put)(void *argument, const char *text, size_t length), void *argument);

SWISS_END_HIDDEN

#endif
