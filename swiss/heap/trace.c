/* trace.c - call stacks, from what compilers write for exceptions: frame pointers need not be there.
 *
 *     innermost                                                                        outermost
 *     | trace, harden, profile | functions of the front | the program's ...
 *     |  dropped               |  dropped               | frames[0] frames[1] ...
 *
 * To walk up is slow: for each frame the unwinder searches for the function and reads how its frame is laid out. Most
 * stacks come again. So a captured one also says where the return addresses were found. If each is still at the same
 * place, the stack is the same, and need not be walked: a function has the same frame each time that it is at the same
 * address. (One whose frame varies, by alloca, may leave its caller's return address where it is looked for, though
 * another has called it now: then that one is blamed.)
 */
#include "trace.h"
#include "../os/os.h"
#include <stdatomic.h>
#ifndef _WIN32
#    include <unwind.h>
#endif

#define OWN_MOST 16     /* frames of the heap at most */
#define PLACE_SEARCH 64 /* words below the end of a frame in which its return address is looked for */

static _Atomic(swiss_trace_function *const *) front_functions;
static atomic_size_t front_count;

void swiss_trace_name_front(swiss_trace_function *const *functions, size_t count) {
    atomic_store_explicit(&front_functions, functions, memory_order_relaxed);
    atomic_store_explicit(&front_count, count, memory_order_relaxed);
}

typedef struct trace_walk {
    swiss_trace *trace;
    const void *base, *caller;
    unsigned most, seen;
} trace_walk;

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
static void add_frame(trace_walk *walk, const void *frame, uintptr_t start, size_t place) {
    swiss_trace *trace = walk->trace;
    bool first = ++walk->seen <= OWN_MOST, front = first && start && is_front(start);
    if (front || (first && frame == walk->caller)) {
        trace->count = 0;
        trace->placed = true;
    }
    if (front || trace->count == walk->most)
        return;
    trace->places[trace->count] = (uint16_t)place;
    trace->placed = trace->placed && place <= UINT16_MAX;
    trace->frames[trace->count++] = frame;
}

#ifdef _WIN32

static void walk_up(trace_walk *walk) {
    void *frames[SWISS_TRACE_FRAMES + OWN_MOST];
    unsigned count = CaptureStackBackTrace(0, SWISS_TRACE_FRAMES + OWN_MOST, frames, NULL);
    for (unsigned i = 0; i < count; ++i) {
        uintptr_t start = 0;
#    ifdef _WIN64
        DWORD64 base;
        const RUNTIME_FUNCTION *function = RtlLookupFunctionEntry((DWORD64)(uintptr_t)frames[i], &base, NULL);
        start = function ? (uintptr_t)base + function->BeginAddress : 0;
#    endif
        add_frame(walk, frames[i], start, SIZE_MAX);
    }
}

#else

/* Returns the place of a return address into a function whose stack begins at `end`: on x86 right below. SIZE_MAX if it
 * is not found. */
static size_t find_place(const void *base, const void *end, const void *frame) {
    const void *const *first = base, *const *last = end;
    if (!base || last <= first)
        return SIZE_MAX;
    size_t words = (size_t)(last - first), least = words > PLACE_SEARCH ? words - PLACE_SEARCH : 0;
    while (words > least)
        if (first[--words] == frame)
            return words;
    return SIZE_MAX;
}

static _Unwind_Reason_Code add_context(struct _Unwind_Context *context, void *argument) {
    trace_walk *walk = argument;
    const void *frame = (const void *)(uintptr_t)_Unwind_GetIP(context);
    if (!frame)
        return _URC_END_OF_STACK;
    uintptr_t start = walk->seen < OWN_MOST ? (uintptr_t)_Unwind_GetRegionStart(context) : 0;
    add_frame(walk, frame, start, find_place(walk->base, (const void *)(uintptr_t)_Unwind_GetCFA(context), frame));
    return walk->trace->count == walk->most && walk->seen > OWN_MOST ? _URC_END_OF_STACK : _URC_NO_REASON;
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

static void walk_up(trace_walk *walk) {
    if (is_described((uintptr_t)swiss_trace_capture))
        (void)_Unwind_Backtrace(add_context, walk);
}

#endif

SWISS_NOINLINE void swiss_trace_capture(swiss_trace *trace, unsigned most, const void *base, const void *caller) {
    trace_walk walk = {.trace = trace, .base = base, .caller = caller, .most = most};
    trace->count = 0;
    trace->placed = true;
    walk_up(&walk);
}

bool swiss_trace_matches(const void *base, const void *const *frames, const uint16_t *places, unsigned count) {
    const void *const *first = base;
    for (unsigned i = 0; i < count; ++i)
        if (first[places[i]] != frames[i])
            return false;
    return true;
}
