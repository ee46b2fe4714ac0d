/* state.h - what a heap consists of: a lock, and one instance of each tier. */
#ifndef SWISS_HEAP_STATE_H
#define SWISS_HEAP_STATE_H

#include "central.h"
#include "os.h"

struct swiss_heap {
    swiss_os_lock lock; /* held for everything below */
    swiss_spans spans;
    /* One per size class. Of central[0] only the counters are used: for large blocks. */
    swiss_central central[SWISS_CLASS_COUNT];
};

/* A heap without blocks: has taken nothing from the system yet. */
#define SWISS_HEAP_INITIALIZER                                                                                         \
    { .lock = SWISS_OS_LOCK_INITIALIZER }

#endif
