/* trace.h - call stacks: from where in the program the heap was called. Explained at the top of trace.c. */
#ifndef SWISS_HEAP_TRACE_H
#define SWISS_HEAP_TRACE_H

#include "swiss/base.h"

SWISS_BEGIN_HIDDEN

typedef void swiss_trace_function(void);

/* Tells by which functions the heap is called: call stacks begin behind them. */
void swiss_trace_name_front(swiss_trace_function *const *functions, size_t count);

#define SWISS_TRACE_FRAMES 64

/* A call stack: return addresses, the innermost first. */
typedef struct swiss_trace {
    const void *frames[SWISS_TRACE_FRAMES];
    uint16_t places[SWISS_TRACE_FRAMES]; /* of each, where it is stored: words above `base` */
    unsigned count;
    bool placed; /* all places are known */
} swiss_trace;

/* Captures a call stack of `most` frames at most, which begin behind those of the front: each of its functions among
 * the first frames drops the frames before it. `caller` is the return address of the call of the heap, where that is
 * known, and drops the frames before it as well; NULL: it is not. `base` is an address in the frame of the function
 * that calls this; NULL: places are not wanted. Walks up the stack: a microsecond or more. */
void swiss_trace_capture(swiss_trace *trace, unsigned most, const void *base, const void *caller);

/* Returns true if the return addresses lie at these places of the stack of this thread. Reads no further than the first
 * that does not: the function that one returns to is what says that there is a next one. */
bool swiss_trace_matches(const void *base, const void *const *frames, const uint16_t *places, unsigned count);

SWISS_END_HIDDEN

#endif
