/* misuse.c - reports misuse that was found. No other file prints or ends the program, and this one only where the
 * program has set no handler. */
#if !defined(_WIN32) && !defined(_POSIX_C_SOURCE)
#    define _POSIX_C_SOURCE 200809L /* ftrylockfile */
#endif
#include "misuse.h"
#include "sizeclass.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if !defined(_WIN32) && defined(__has_include)
#    if __has_include(<execinfo.h>)
#        define SWISS_MISUSE_SYMBOLS 1
#        include <execinfo.h>
#    endif
#endif

static struct {
    void (*handler)(void *argument, const swiss_heap_misuse *misuse);
    void *argument;
} handler_set; /* guarded by the lock of the records */

size_t swiss_heap_describe_misuse(const swiss_heap_misuse *misuse, char *buffer, size_t size) {
    static const char *const what[] = {
        [SWISS_HEAP_DOUBLE_FREE] = "double free",         [SWISS_HEAP_INVALID_FREE] = "invalid free",
        [SWISS_HEAP_WRONG_HEAP] = "free to another heap", [SWISS_HEAP_WRONG_SIZE] = "free with a wrong size",
        [SWISS_HEAP_OVERRUN] = "overrun, found written",  [SWISS_HEAP_USE_AFTER_FREE] = "use after free, found written",
    };
    int length;
    if (!misuse->block) {
        length =
            snprintf(buffer, size, "%s of %p, which is in no block of the heap", what[misuse->kind], misuse->address);
    } else {
        long long offset = (long long)((intptr_t)misuse->address - (intptr_t)misuse->block);
        char where[48] = "in an arena";
        if (misuse->slot_size)
            snprintf(where, sizeof where, "%s %zu", misuse->slot_size > SWISS_SMALL_MAX ? "pages of" : "size class",
                     misuse->slot_size);
        length = snprintf(buffer, size, "%s at %p, byte %lld of %p, %s of %zu bytes (%s)", what[misuse->kind],
                          misuse->address, offset, misuse->block, misuse->freed_at[0] ? "a freed block" : "a block",
                          misuse->size, where);
    }
    return length < 0 ? 0 : (size_t)length;
}

static void print_frames(const char *title, const void *const *frames) {
    if (!frames[0])
        return;
    fprintf(stderr, "  %s\n", title);
    int count = 0;
    while (count < SWISS_HEAP_FRAMES && frames[count])
        ++count;
#ifdef SWISS_MISUSE_SYMBOLS
    fflush(stderr);
    backtrace_symbols_fd((void *const *)(uintptr_t)frames, count, 2);
#else
    for (int i = 0; i < count; ++i)
        fprintf(stderr, "    %p\n", frames[i]);
#endif
}

/* Prints and aborts: the default handler. */
static void print_and_abort(void *argument, const swiss_heap_misuse *misuse) {
    (void)argument;
    char text[256];
    swiss_heap_describe_misuse(misuse, text, sizeof text);
    fprintf(stderr, "swiss: %s\n", text);
    print_frames("found at", misuse->found_at);
    print_frames("freed at", misuse->freed_at);
    print_frames("allocated at", misuse->allocated_at);
    abort();
}

void swiss_heap_set_misuse_handler(void (*handler)(void *argument, const swiss_heap_misuse *misuse), void *argument) {
    swiss_harden_lock();
    handler_set.handler = handler;
    handler_set.argument = argument;
    swiss_harden_unlock();
}

swiss_heap_misuse swiss_misuse_of(swiss_heap_misuse_kind kind, const void *address, const swiss_harden_record *record) {
    swiss_heap_misuse misuse = {.kind = kind, .address = address};
    if (record) {
        misuse.block = record->block;
        misuse.size = record->size;
        misuse.slot_size = swiss_harden_slot_size(record);
        memcpy(misuse.allocated_at, record->allocated_at, sizeof misuse.allocated_at);
        if (record->freed)
            memcpy(misuse.freed_at, record->freed_at, sizeof misuse.freed_at);
    }
    return misuse;
}

void swiss_misuse_report(swiss_heap_misuse *misuse) {
    swiss_harden_lock();
    void (*handler)(void *, const swiss_heap_misuse *) = handler_set.handler ? handler_set.handler : print_and_abort;
    void *argument = handler_set.argument;
    swiss_harden_unlock();
    handler(argument, misuse);
}

void swiss_misuse_flush_output(void) {
#ifdef _WIN32
    fflush(stdout);
#else
    if (ftrylockfile(stdout) != 0)
        return;
    fflush(stdout);
    funlockfile(stdout);
#endif
}
