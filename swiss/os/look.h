/* look.h - looks at the memory of this process, without a fault where nothing can be read. */
#ifndef SWISS_OS_LOOK_H
#define SWISS_OS_LOOK_H

#include "swiss/base.h"

SWISS_BEGIN_HIDDEN

/* Begins to look, and returns what swiss_os_look wants; negative if the system has no such way. */
int swiss_os_look_begin(void);

/* Copies up to `size` bytes from `address`. Returns how many can be read there, 0 if none. */
size_t swiss_os_look(int look, void *to, const void *address, size_t size);

void swiss_os_look_end(int look);

/* Begins to look at which pages there is something in, and ends with swiss_os_look_end. Negative: that is not known. */
int swiss_os_pages_begin(void);

/* Returns the address of the first page from `start` on, the start of a page, in which there may be something; `end` if
 * there is none before. */
uintptr_t swiss_os_pages_next(int pages, uintptr_t start, uintptr_t end);

/* Calls visit(argument, stack) for each other thread of the process, with the address to which its stack has grown;
 * NULL if that is not known, because the thread runs. Returns false if threads cannot be told. */
bool swiss_os_each_thread(void (*visit)(void *argument, const void *stack), void *argument);

SWISS_END_HIDDEN

#endif
