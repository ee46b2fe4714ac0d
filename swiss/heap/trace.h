/* trace.h - call stacks: from where in the program the heap was called. Explained at the top of trace.c. */
#ifndef SWISS_HEAP_TRACE_H
#define SWISS_HEAP_TRACE_H

#include "swiss/heap_misuse.h"

SWISS_BEGIN_HIDDEN

typedef void swiss_trace_function(void);

/* Fills `frames` with return addresses, the innermost first, and NULL behind the last. They begin behind those of the
 * `own_count` functions in `own`, by which the heap is called: each of these among the first ten frames drops the
 * frames before it. Walks up the stack. */
void swiss_trace_capture(const void *frames[SWISS_HEAP_FRAMES], swiss_trace_function *const *own, size_t own_count);

SWISS_END_HIDDEN

#endif
