/* trace.h - call stacks: from where in the program the heap was called. Explained at the top of trace.c. */
#ifndef SWISS_HEAP_TRACE_H
#define SWISS_HEAP_TRACE_H

#include "swiss/base.h"

SWISS_BEGIN_HIDDEN

typedef void swiss_trace_function(void);

/* Tells by which functions the heap is called: call stacks begin behind them. */
void swiss_trace_name_front(swiss_trace_function *const *functions, size_t count);

/* Fills `frames`, room for `most`, with return addresses, the innermost first. They begin behind those of the front:
 * each of its functions among the first ten frames drops the frames before it. Likewise `caller`, an address in the
 * function to begin with, drops the frames before it; NULL: none. Returns their number. Walks up the stack. */
unsigned swiss_trace_capture(const void **frames, unsigned most, const void *caller);

SWISS_END_HIDDEN

#endif
