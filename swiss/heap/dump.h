/* dump.h - profiles and reports that the environment asks for. Explained at the top of dump.c. */
#ifndef SWISS_HEAP_DUMP_H
#define SWISS_HEAP_DUMP_H

#include "swiss/base.h"

SWISS_BEGIN_HIDDEN

/* Does what SWISS_PROFILE and its like, and SWISS_LEAKS, ask for, from now on until the program ends. Has an effect
 * only once. Without a lock of the heap. Returns true if they ask for something. */
bool swiss_dump_begin(void);

SWISS_END_HIDDEN

#endif
