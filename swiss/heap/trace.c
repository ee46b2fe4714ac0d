/* trace.c - call stacks, from what compilers write for exceptions: frame pointers need not be there.
 *
 *     innermost                                                                        outermost
 *     | trace, harden | a function of `own`: the front | the program's ...
 *     |  dropped      |  dropped                       | frames[0] frames[1] ...
 */
#include "trace.h"
#include "../os/os.h"
#ifndef _WIN32
#    include <unwind.h>
#endif

#define OWN_MOST 10 /* frames of the heap at most */

typedef struct swiss_trace {
    const void **frames;
    swiss_trace_function *const *own;
    size_t own_count;
    unsigned count, seen;
} swiss_trace;

/* Returns true if a function that starts at `start` is one of the heap's. */
static bool is_own(const swiss_trace *trace, uintptr_t start) {
    for (size_t i = 0; i < trace->own_count; ++i)
        if ((uintptr_t)trace->own[i] == start)
            return true;
    return false;
}

/* Adds a frame of a function that starts at `start`. The program's frames begin behind those of the heap, which are
 * few. */
static void add_frame(swiss_trace *trace, const void *frame, uintptr_t start) {
    if (++trace->seen <= OWN_MOST && is_own(trace, start))
        trace->count = 0;
    else if (trace->count < SWISS_HEAP_FRAMES)
        trace->frames[trace->count++] = frame;
}

#ifdef _WIN32

static void walk_up(swiss_trace *trace) {
    void *frames[SWISS_HEAP_FRAMES + OWN_MOST];
    unsigned count = CaptureStackBackTrace(0, SWISS_HEAP_FRAMES + OWN_MOST, frames, NULL);
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
    add_frame(trace, (const void *)(uintptr_t)_Unwind_GetIP(context), (uintptr_t)_Unwind_GetRegionStart(context));
    return trace->count == SWISS_HEAP_FRAMES && trace->seen > OWN_MOST ? _URC_END_OF_STACK : _URC_NO_REASON;
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

SWISS_NOINLINE void swiss_trace_capture(const void *frames[SWISS_HEAP_FRAMES], swiss_trace_function *const *own,
                                        size_t own_count) {
    swiss_trace trace = {frames, own, own_count, 0, 0};
    walk_up(&trace);
    while (trace.count < SWISS_HEAP_FRAMES)
        frames[trace.count++] = NULL;
}
