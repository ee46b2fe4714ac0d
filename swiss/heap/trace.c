/* trace.c - call stacks, from what compilers write for exceptions: frame pointers need not be there.
 *
 *     innermost                                                                        outermost
 *     | trace, harden, profile | functions of the front | the program's ...
 *     |  dropped               |  dropped               | frames[0] frames[1] ...
 */
#include "trace.h"
#include "../os/os.h"
#include <stdatomic.h>
#ifndef _WIN32
#    include <unwind.h>
#endif

#define OWN_MOST 10 /* frames of the heap at most */
#define SWISS_TRACE_MOST 80

static _Atomic(swiss_trace_function *const *) front_functions;
static atomic_size_t front_count;

void swiss_trace_name_front(swiss_trace_function *const *functions, size_t count) {
    atomic_store_explicit(&front_functions, functions, memory_order_relaxed);
    atomic_store_explicit(&front_count, count, memory_order_relaxed);
}

typedef struct swiss_trace {
    const void **frames, *caller;
    unsigned most, count, seen;
} swiss_trace;

/* Returns true if a function that starts at `start` is one of the front. */
static bool is_front(uintptr_t start) {
    swiss_trace_function *const *functions = atomic_load_explicit(&front_functions, memory_order_relaxed);
    for (size_t i = atomic_load_explicit(&front_count, memory_order_relaxed); i-- > 0;)
        if ((uintptr_t)functions[i] == start)
            return true;
    return false;
}

/* Adds a frame of a function that starts at `start`. The program's frames begin behind those of the heap, which are
 * few. */
static void add_frame(swiss_trace *trace, const void *frame, uintptr_t start) {
    if (++trace->seen <= OWN_MOST && start && is_front(start)) {
        trace->count = 0;
        return;
    }
    if (trace->seen <= OWN_MOST && frame == trace->caller)
        trace->count = 0;
    if (trace->count < trace->most)
        trace->frames[trace->count++] = frame;
}

#ifdef _WIN32

static void walk_up(swiss_trace *trace) {
    void *frames[SWISS_TRACE_MOST];
    unsigned count = CaptureStackBackTrace(0, SWISS_TRACE_MOST, frames, NULL);
    for (unsigned i = 0; i < count; ++i) {
        uintptr_t start = 0;
#    ifdef _WIN64
        DWORD64 base;
        const RUNTIME_FUNCTION *function = RtlLookupFunctionEntry((DWORD64)(uintptr_t)frames[i], &base, NULL);
        start = function ? (uintptr_t)base + function->BeginAddress : 0;
#    endif
        add_frame(trace, frames[i], start);
    }
}

#else

static _Unwind_Reason_Code add_context(struct _Unwind_Context *context, void *argument) {
    swiss_trace *trace = argument;
    const void *frame = (const void *)(uintptr_t)_Unwind_GetIP(context);
    if (!frame)
        return _URC_END_OF_STACK;
    add_frame(trace, frame, trace->seen < OWN_MOST ? (uintptr_t)_Unwind_GetRegionStart(context) : 0);
    return trace->count == trace->most && trace->seen > OWN_MOST ? _URC_END_OF_STACK : _URC_NO_REASON;
}

#    if defined(__linux__) && !defined(__GLIBC__)

/* gcc with another C library may still link the libgcc that was built for glibc, as Debian's musl-gcc does. That asks a
 * function of glibc where it finds what compilers wrote about an address. This one stands in for it, and says that it
 * is nowhere. A libgcc that was built for the C library does not ask. */
int _dl_find_object(void *address, void *result);
__attribute__((weak, visibility("hidden"))) int _dl_find_object(void *address, void *result) {
    (void)address, (void)result;
    return -1;
}

const void *_Unwind_Find_FDE(void *address, void *bases) __attribute__((weak));

/* True if something is known of the function at `address`. If not, to unwind from there would end the program. */
static bool is_described(uintptr_t address) {
    void *bases[3];
    return !_Unwind_Find_FDE || _Unwind_Find_FDE((void *)(address + 1), bases);
}

#    else

static bool is_described(uintptr_t address) {
    (void)address;
    return true;
}

#    endif

static void walk_up(swiss_trace *trace) {
    if (is_described((uintptr_t)swiss_trace_capture))
        (void)_Unwind_Backtrace(add_context, trace);
}

#endif

SWISS_NOINLINE unsigned swiss_trace_capture(const void **frames, unsigned most, const void *caller) {
    swiss_trace trace = {frames, caller, most, 0, 0};
    walk_up(&trace);
    return trace.count;
}
