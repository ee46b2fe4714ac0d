/* harden.c - hardening: finds misuse of the heap, for those who ask for it, and says where the block came from.
 *
 * A hardened heap keeps a record of each block: what was asked for, and from where in the program. It has no thread caches, so
 * that every call comes through the slow path of heap.c and from there to here; where it is off, nothing of it is
 * on the fast path.
 *
 *     | block, as long as was asked for | tail: at least 8 bytes of CANARY, to the end of the slot |
 *
 * - Overruns: a tail that has changed. Looked at when the block is freed or resized, by swiss_heap_check, and at exit.
 * - Double frees: a freed block keeps its record as long as it is in the quarantine, a queue of what was freed last. A block
 *   moves with every resize, so that stale pointers are found to be stale.
 * - Writes after free: in the quarantine, a block is filled with FREED bytes; when it leaves they must all be there, and at
 * exit. - Invalid frees: what has no record is not the start of a block. The span of the address tells the block it lies in.
 *
 * Where AddressSanitizer is part of the program, or it runs under Valgrind's memcheck and its header was there when this was
 * compiled, tails and the quarantine are closed to the program, and the tool reports the access itself, reads too.
 *
 * One lock guards all records; reports are made without it. Misuse that threads commit at the same moment may go unseen.
 * All of it is as slow as it sounds: a call costs a walk up the stack.
 */
#if !defined(_WIN32) && !defined(_POSIX_C_SOURCE)
#    define _POSIX_C_SOURCE 200809L /* ftrylockfile */
#endif
#include "harden.h"
#include "cache.h"
#include "../os/os.h"
#include "segment.h"
#include "span.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* True if AddressSanitizer is there. The weak references tell also where only the program is compiled with it. */
#if defined(__GNUC__) && defined(__ELF__)
void __asan_poison_memory_region(const volatile void *address, size_t size) __attribute__((weak));
void __asan_unpoison_memory_region(const volatile void *address, size_t size) __attribute__((weak));
#    define SWISS_HARDEN_ASAN (__asan_poison_memory_region != NULL && __asan_unpoison_memory_region != NULL)
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer)
#        include <sanitizer/asan_interface.h>
#        define SWISS_HARDEN_ASAN true
#    endif
#endif
#if defined(__has_include) && defined(__GNUC__)
#    if __has_include(<valgrind/memcheck.h>)
#        define SWISS_HARDEN_VALGRIND 1
#        include <valgrind/memcheck.h>
#    endif
#endif
#ifndef _WIN32
#    if defined(__has_include)
#        if __has_include(<execinfo.h>)
#            define SWISS_HARDEN_SYMBOLS 1
#            include <execinfo.h>
#        endif
#    endif
#    include <unwind.h>
#endif

#define CANARY 0xC9
#define FREED 0xDF
#define TAIL 8 /* bytes of the tail, at least; no more than TAIL_MOST are looked at */
#define TAIL_MOST 256
#define QUARANTINE ((size_t)16 << 20)     /* bytes held back, at most */
#define QUARANTINE_MOST ((size_t)4 << 20) /* of a block that is held back */

typedef struct swiss_harden_record {
    char *block;                      /* NULL: unused */
    struct swiss_harden_record *next; /* in the quarantine, the one freed after it; of unused records */
    swiss_heap *heap;
    size_t size; /* what was asked for */
    bool freed, reported;
    const void *allocated_at[SWISS_HEAP_FRAMES], *freed_at[SWISS_HEAP_FRAMES];
} swiss_harden_record;

#define CHUNK_RECORDS 200

typedef struct swiss_harden_chunk {
    struct swiss_harden_chunk *next;
    swiss_harden_record records[CHUNK_RECORDS];
} swiss_harden_chunk;

static struct {
    swiss_os_lock lock;          /* held for everything below; taken before all locks of heaps */
    swiss_harden_record **table; /* by address; open addressing, linear probing */
    size_t capacity, count;
    swiss_harden_chunk *chunks;
    swiss_harden_record *unused;
    swiss_harden_record *oldest, *newest; /* the quarantine */
    size_t held;                          /* bytes in it */
    void (*handler)(void *argument, const swiss_heap_misuse *misuse);
    void *argument;
} harden = {.lock = SWISS_OS_LOCK_INITIALIZER};

atomic_int swiss_harden_state = -1;

/* Closes memory to the program, and opens it, where a tool watches. */
static void hide(const void *address, size_t size) {
    (void)address, (void)size;
#ifdef SWISS_HARDEN_ASAN
    if (SWISS_HARDEN_ASAN)
        __asan_poison_memory_region(address, size);
#endif
#ifdef SWISS_HARDEN_VALGRIND
    VALGRIND_MAKE_MEM_NOACCESS(address, size);
#endif
}

static void show(const void *address, size_t size) {
    (void)address, (void)size;
#ifdef SWISS_HARDEN_ASAN
    if (SWISS_HARDEN_ASAN)
        __asan_unpoison_memory_region(address, size);
#endif
#ifdef SWISS_HARDEN_VALGRIND
    VALGRIND_MAKE_MEM_DEFINED(address, size);
#endif
}

/* Tells Valgrind, which keeps records of its own, that a block begins or ends. */
static void tell_begin(const void *block, size_t size) {
    (void)block, (void)size;
#ifdef SWISS_HARDEN_VALGRIND
    VALGRIND_MALLOCLIKE_BLOCK(block, size, 0, 0);
#endif
}

static void tell_end(const void *block) {
    (void)block;
#ifdef SWISS_HARDEN_VALGRIND
    VALGRIND_FREELIKE_BLOCK(block, 0);
#endif
}

static void harden_lock(void) {
    swiss_os_lock_acquire(&harden.lock);
}

static void harden_unlock(void) {
    swiss_os_lock_release(&harden.lock);
}

void swiss_harden_stop(void) {
    harden_lock();
}

void swiss_harden_go(void) {
    harden_unlock();
}

/* True under Valgrind's memcheck: the only of its tools that answers this request. The others count or time what a program
 * does, and are to see the heap as it is without them. */
static bool memcheck_watches(void) {
#ifdef SWISS_HARDEN_VALGRIND
    char byte = 0;
    return VALGRIND_MAKE_MEM_DEFINED(&byte, 1) != 0;
#else
    return false;
#endif
}

/* What the environment says, or else what the build says, or a tool that watches. */
static int wish(void) {
    char said[32];
    if (swiss_os_environment("SWISS_HARDENED", said, sizeof said) && *said)
        return strcmp(said, "0") != 0;
    if (memcheck_watches())
        return 1;
#if defined(SWISS_HARDENED)
    return SWISS_HARDENED;
#elif defined(SWISS_HARDEN_ASAN)
    return SWISS_HARDEN_ASAN;
#else
    return 0;
#endif
}

static bool decide_once(int state) {
    int undecided = -1;
    if (!atomic_compare_exchange_strong(&swiss_harden_state, &undecided, state))
        return undecided;
    if (state)
        swiss_cache_guard_forks();
    return state;
}

SWISS_COLD bool swiss_harden_decide(void) {
    return decide_once(wish());
}

bool swiss_heap_harden(void) {
    return decide_once(1);
}

/* ------------------------------------------------------------------------------------------------ where calls come from */

typedef void swiss_harden_function(void);

/* Whether a function that starts at `start` is one of the heap's. */
static bool is_ours(uintptr_t start) {
    static swiss_harden_function *const ours[] = {
        (swiss_harden_function *)swiss_harden_alloc,        (swiss_harden_function *)swiss_harden_resize,
        (swiss_harden_function *)swiss_harden_free,         (swiss_harden_function *)swiss_heap_alloc,
        (swiss_harden_function *)swiss_heap_alloc_zeroed,   (swiss_harden_function *)swiss_heap_alloc_aligned,
        (swiss_harden_function *)swiss_heap_resize_aligned, (swiss_harden_function *)swiss_heap_resize,
        (swiss_harden_function *)swiss_heap_free_sized,     (swiss_harden_function *)swiss_heap_free,
    };
    for (size_t i = 0; i < sizeof ours / sizeof *ours; ++i)
        if ((uintptr_t)ours[i] == start)
            return true;
    return false;
}

typedef struct swiss_harden_trace {
    const void **frames;
    unsigned count, seen;
} swiss_harden_trace;

/* Notes a frame, of a function that starts at `start`. The program's begin behind those of the heap, which are soon over. */
static void add_frame(swiss_harden_trace *trace, const void *frame, uintptr_t start) {
    if (++trace->seen <= 10 && is_ours(start))
        trace->count = 0;
    else if (trace->count < SWISS_HEAP_FRAMES)
        trace->frames[trace->count++] = frame;
}

#ifdef _WIN32

static void walk_up(swiss_harden_trace *trace) {
    void *frames[SWISS_HEAP_FRAMES + 10];
    unsigned count = CaptureStackBackTrace(0, SWISS_HEAP_FRAMES + 10, frames, NULL);
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
    swiss_harden_trace *trace = argument;
    add_frame(trace, (const void *)(uintptr_t)_Unwind_GetIP(context), (uintptr_t)_Unwind_GetRegionStart(context));
    return trace->count == SWISS_HEAP_FRAMES && trace->seen > 10 ? _URC_END_OF_STACK : _URC_NO_REASON;
}

static void walk_up(swiss_harden_trace *trace) {
    (void)_Unwind_Backtrace(add_context, trace);
}

#endif

static SWISS_NOINLINE void capture(const void *frames[SWISS_HEAP_FRAMES]) {
    swiss_harden_trace trace = {frames, 0, 0};
    walk_up(&trace);
    while (trace.count < SWISS_HEAP_FRAMES)
        frames[trace.count++] = NULL;
}

/* -------------------------------------------------------------------------------------------------------------- reports */

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
        length =
            snprintf(buffer, size, "%s at %p, byte %lld of %p, %s of %zu bytes (%s %zu)", what[misuse->kind],
                     misuse->address, offset, misuse->block, misuse->freed_at[0] ? "a freed block" : "a block",
                     misuse->size, misuse->slot_size > SWISS_SMALL_MAX ? "pages of" : "size class", misuse->slot_size);
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
#ifdef SWISS_HARDEN_SYMBOLS
    fflush(stderr);
    backtrace_symbols_fd((void *const *)(uintptr_t)frames, count, 2);
#else
    for (int i = 0; i < count; ++i)
        fprintf(stderr, "    %p\n", frames[i]);
#endif
}

/* The default: prints and aborts. */
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
    harden_lock();
    harden.handler = handler;
    harden.argument = argument;
    harden_unlock();
}

static size_t slot_size(const swiss_harden_record *record) {
    return swiss_segment_find(record->block)->size;
}

/* A misuse of the block of `record`, or of none if NULL. The lock is held; report_misuse comes after it. */
static swiss_heap_misuse misuse_of(swiss_heap_misuse_kind kind, const void *address, swiss_harden_record *record) {
    swiss_heap_misuse misuse = {.kind = kind, .address = address};
    if (record) {
        misuse.block = record->block;
        misuse.size = record->size;
        misuse.slot_size = slot_size(record);
        memcpy(misuse.allocated_at, record->allocated_at, sizeof misuse.allocated_at);
        if (record->freed)
            memcpy(misuse.freed_at, record->freed_at, sizeof misuse.freed_at);
    }
    return misuse;
}

static void report_misuse(swiss_heap_misuse *misuse) {
    capture(misuse->found_at);
    harden_lock();
    void (*handler)(void *, const swiss_heap_misuse *) = harden.handler ? harden.handler : print_and_abort;
    void *argument = harden.argument;
    harden_unlock();
    handler(argument, misuse);
}

/* -------------------------------------------------------------------------------------------- records; the lock is held */

static size_t place_of(const void *block) {
    return (size_t)((uint64_t)(uintptr_t)block * UINT64_C(0x9E3779B97F4A7C15) >> 20) & (harden.capacity - 1);
}

static swiss_harden_record *find_record(const void *block) {
    if (!harden.capacity)
        return NULL;
    for (size_t i = place_of(block); harden.table[i]; i = (i + 1) & (harden.capacity - 1))
        if (harden.table[i]->block == block)
            return harden.table[i];
    return NULL;
}

static void put_record(swiss_harden_record *record) {
    size_t i = place_of(record->block);
    while (harden.table[i])
        i = (i + 1) & (harden.capacity - 1);
    harden.table[i] = record;
}

/* Makes room in the table, and sees to it that a record is unused. False when out of memory. */
static bool make_room(void) {
    if (!harden.unused) {
        swiss_harden_chunk *chunk = swiss_os_alloc(sizeof *chunk);
        if (!chunk)
            return false;
        chunk->next = harden.chunks;
        harden.chunks = chunk;
        for (unsigned i = 0; i < CHUNK_RECORDS; ++i) {
            chunk->records[i].next = harden.unused;
            harden.unused = &chunk->records[i];
        }
    }
    if (harden.count < harden.capacity / 2)
        return true;
    size_t capacity = harden.capacity, doubled = capacity ? 2 * capacity : 8192;
    swiss_harden_record **old = harden.table, **table = swiss_os_alloc(doubled * sizeof(void *));
    if (!table)
        return false;
    harden.table = table;
    harden.capacity = doubled;
    for (size_t i = 0; i < capacity; ++i)
        if (old[i])
            put_record(old[i]);
    if (old)
        swiss_os_release(old, swiss_os_round(capacity * sizeof(void *)));
    return true;
}

/* Takes a record out of the table, closing the gap that it leaves (D. Knuth, TAOCP 6.4, algorithm R), and makes it unused. */
static void drop_record(swiss_harden_record *record) {
    size_t mask = harden.capacity - 1, gap = place_of(record->block);
    while (harden.table[gap] != record)
        gap = (gap + 1) & mask;
    for (size_t i = (gap + 1) & mask; harden.table[i]; i = (i + 1) & mask)
        if (((i - place_of(harden.table[i]->block)) & mask) >= ((i - gap) & mask)) {
            harden.table[gap] = harden.table[i];
            gap = i;
        }
    harden.table[gap] = NULL;
    --harden.count;
    record->block = NULL;
    record->next = harden.unused;
    harden.unused = record;
}

/* The record at a place that begins as harden.chunks and 0, and moves on; NULL at the end. Unused ones are among them. */
static swiss_harden_record *next_record(swiss_harden_chunk **chunk, size_t *place) {
    if (*chunk && *place == CHUNK_RECORDS) {
        *chunk = (*chunk)->next;
        *place = 0;
    }
    return *chunk ? &(*chunk)->records[(*place)++] : NULL;
}

/* The record of the block that `address` lies in. O(1), but O(blocks) behind the first page of a large one, and in free memory:
 * their spans are not known there. */
static swiss_harden_record *find_record_around(const void *address) {
    swiss_span *span = swiss_segment_find(address);
    if (span)
        return find_record(span->base + (size_t)((const char *)address - span->base) / span->size * span->size);
    swiss_harden_chunk *chunk = swiss_segment_of(address) ? harden.chunks : NULL;
    size_t place = 0;
    swiss_harden_record *record = NULL;
    while (!record && (record = next_record(&chunk, &place)))
        if (!record->block || (uintptr_t)address - (uintptr_t)record->block >= slot_size(record))
            record = NULL;
    return record;
}

static size_t tail_size(const swiss_harden_record *record) {
    size_t tail = slot_size(record) - record->size;
    return tail < TAIL_MOST ? tail : TAIL_MOST;
}

static void close_tail(swiss_harden_record *record) {
    char *tail = record->block + record->size;
    size_t size = tail_size(record);
    show(tail, size);
    memset(tail, CANARY, size);
    hide(tail, size);
}

/* The first of `size` bytes that is not `expected`; NULL if there is none. */
static const char *first_other(const char *bytes, size_t size, unsigned char expected) {
    for (size_t i = 0; i < size; ++i)
        if ((unsigned char)bytes[i] != expected)
            return bytes + i;
    return NULL;
}

/* Looks at a block's tail, or at what is in the quarantine. True, with *misuse filled, if something wrote there and it has not
 * been reported yet. */
static bool is_damaged(swiss_harden_record *record, swiss_heap_misuse *misuse) {
    char *start = record->freed ? record->block : record->block + record->size;
    size_t size = record->freed ? record->size : tail_size(record);
    show(start, size);
    const char *at = first_other(start, size, record->freed ? FREED : CANARY);
    hide(start, size);
    if (!at || record->reported)
        return false;
    *misuse = misuse_of(record->freed ? SWISS_HEAP_USE_AFTER_FREE : SWISS_HEAP_OVERRUN, at, record);
    record->reported = true;
    return true;
}

/* ------------------------------------------------------------------------------------------------------- the quarantine */

/* Really frees the block held back longest, if there is more than `most` bytes of them. False if not. */
static bool release_oldest(size_t most) {
    harden_lock();
    swiss_harden_record *record = harden.oldest;
    if (!record || harden.held <= most) {
        harden_unlock();
        return false;
    }
    swiss_heap_misuse misuse;
    bool damaged = is_damaged(record, &misuse);
    harden.oldest = record->next;
    if (!harden.oldest)
        harden.newest = NULL;
    harden.held -= record->size + TAIL;
    char *block = record->block;
    swiss_heap *heap = record->heap;
    show(block, slot_size(record));
    drop_record(record);
    swiss_heap_plain_free(heap, block);
    harden_unlock();
    if (damaged)
        report_misuse(&misuse);
    return true;
}

void swiss_harden_flush(void) {
    while (release_oldest(0)) {
    }
}

/* Takes a live block out of use. The lock is held. */
static void hold_back(swiss_harden_record *record, const void *const *frames) {
    char *block = record->block;
    tell_end(block);
    if (record->size > QUARANTINE_MOST) {
        swiss_heap *heap = record->heap;
        show(block, slot_size(record));
        drop_record(record);
        swiss_heap_plain_free(heap, block);
        return;
    }
    show(block, record->size);
    memset(block, FREED, record->size);
    hide(block, record->size);
    record->freed = true;
    record->reported = false;
    record->next = NULL;
    memcpy(record->freed_at, frames, sizeof record->freed_at);
    *(harden.newest ? &harden.newest->next : &harden.oldest) = record;
    harden.newest = record;
    harden.held += record->size + TAIL;
}

/* ------------------------------------------------------------------------------------------- the functions of the heap */

void *swiss_harden_alloc(swiss_heap *heap, size_t size, size_t alignment) {
    if (size > SIZE_MAX - TAIL)
        return NULL;
    size += !size;
    if (alignment < swiss_class_alignment(size))
        alignment = swiss_class_alignment(size);
    char *block = swiss_heap_plain_alloc(heap, size + TAIL, alignment);
    if (!block) {
        swiss_harden_flush();
        block = swiss_heap_plain_alloc(heap, size + TAIL, alignment);
    }
    const void *frames[SWISS_HEAP_FRAMES];
    capture(frames);
    harden_lock();
    swiss_harden_record *record = block && make_room() ? harden.unused : NULL;
    if (record) {
        harden.unused = record->next;
        *record = (swiss_harden_record){.block = block, .heap = heap, .size = size};
        memcpy(record->allocated_at, frames, sizeof frames);
        put_record(record);
        ++harden.count;
        close_tail(record);
    }
    harden_unlock();
    if (block && !record)
        swiss_heap_plain_free(heap, block);
    if (!record)
        return NULL;
    tell_begin(block, size);
    return block;
}

/* The record of `block`; NULL, with *misuse filled, if `block` is not a live block of `heap`. */
static swiss_harden_record *find_live(const swiss_heap *heap, const void *block, swiss_heap_misuse *misuse) {
    swiss_harden_record *record = find_record(block);
    if (!record)
        *misuse = misuse_of(SWISS_HEAP_INVALID_FREE, block, find_record_around(block));
    else if (record->freed)
        *misuse = misuse_of(SWISS_HEAP_DOUBLE_FREE, block, record);
    else if (record->heap != heap)
        *misuse = misuse_of(SWISS_HEAP_WRONG_HEAP, block, record);
    else
        return record;
    return NULL;
}

void swiss_harden_free(swiss_heap *heap, void *block, size_t size) {
    const void *frames[SWISS_HEAP_FRAMES];
    capture(frames);
    swiss_heap_misuse misuse;
    harden_lock();
    swiss_harden_record *record = find_live(heap, block, &misuse);
    bool found = !record || is_damaged(record, &misuse);
    if (!found && size && size != record->size) {
        misuse = misuse_of(SWISS_HEAP_WRONG_SIZE, block, record);
        found = true;
    }
    if (record)
        hold_back(record, frames);
    harden_unlock();
    if (found)
        report_misuse(&misuse);
    while (release_oldest(QUARANTINE)) {
    }
}

/* Keeps a block that cannot move as a smaller one. */
static void shrink_record(void *block, size_t new_size) {
    harden_lock();
    swiss_harden_record *record = find_record(block);
    if (record) {
        record->size = new_size;
        close_tail(record);
    }
    harden_unlock();
}

void *swiss_harden_resize(swiss_heap *heap, void *block, size_t new_size, size_t alignment) {
    size_t old_size = swiss_harden_usable_size(heap, block);
    if (!old_size)
        return NULL;
    void *moved = swiss_harden_alloc(heap, new_size, alignment);
    if (moved) {
        memcpy(moved, block, new_size < old_size ? new_size : old_size);
        swiss_harden_free(heap, block, 0);
        return moved;
    }
    if (new_size > old_size || (uintptr_t)block & (alignment - 1))
        return NULL;
    shrink_record(block, new_size);
    return block;
}

size_t swiss_harden_usable_size(swiss_heap *heap, const void *block) {
    swiss_heap_misuse misuse;
    harden_lock();
    swiss_harden_record *record = find_live(heap, block, &misuse);
    size_t size = record ? record->size : 0;
    harden_unlock();
    if (!record)
        report_misuse(&misuse);
    return size;
}

bool swiss_harden_owns(const swiss_heap *heap, const void *address) {
    harden_lock();
    swiss_harden_record *record = find_record_around(address);
    bool owns = record && record->heap == heap && !record->freed &&
                (size_t)((const char *)address - record->block) < record->size;
    harden_unlock();
    return owns;
}

void swiss_harden_walk(swiss_heap *heap, void (*visit)(void *argument, void *block, size_t size), void *argument) {
    harden_lock();
    swiss_harden_chunk *chunk = harden.chunks;
    size_t place = 0;
    for (swiss_harden_record *record; (record = next_record(&chunk, &place));)
        if (record->block && record->heap == heap && !record->freed)
            visit(argument, record->block, record->size);
    harden_unlock();
}

/* Looks at all blocks of a heap, or, if it is NULL, of all heaps. Returns how many were found to be damaged, and reported. */
static size_t check(const swiss_heap *heap) {
    size_t damaged = 0, place = 0;
    harden_lock();
    swiss_harden_chunk *chunk = harden.chunks;
    for (swiss_harden_record *record; (record = next_record(&chunk, &place));) {
        swiss_heap_misuse misuse;
        if (!record->block || (heap && record->heap != heap) || !is_damaged(record, &misuse))
            continue;
        ++damaged;
        harden_unlock();
        report_misuse(&misuse);
        harden_lock();
    }
    harden_unlock();
    return damaged;
}

size_t swiss_heap_check(swiss_heap *heap) {
    return swiss_harden_on() ? check(heap ? heap : swiss_heap_default()) : 0;
}

#ifdef __GNUC__

/* Writes out what the program has printed, for a handler may abort. Not if another thread is just writing. */
static void flush_output(void) {
#    ifdef _WIN32
    fflush(stdout);
#    else
    if (ftrylockfile(stdout) != 0)
        return;
    fflush(stdout);
    funlockfile(stdout);
#    endif
}

/* A last look when the program exits, behind the functions that it gave to atexit, or when the library is unloaded. A
 * destructor needs no registering, which a first call of malloc from within atexit could not do. */
__attribute__((destructor)) static void check_at_exit(void) {
    if (atomic_load(&swiss_harden_state) <= 0 || memcheck_watches()) /* which has reported it */
        return;
    flush_output();
    (void)check(NULL);
}

#endif

void swiss_harden_forget(swiss_heap *heap) {
    (void)swiss_heap_check(heap);
    harden_lock();
    swiss_harden_record **link = &harden.oldest;
    harden.newest = NULL;
    while (*link) {
        if ((*link)->heap == heap) {
            harden.held -= (*link)->size + TAIL;
            *link = (*link)->next;
        } else {
            harden.newest = *link;
            link = &(*link)->next;
        }
    }
    swiss_harden_chunk *chunk = harden.chunks;
    size_t place = 0;
    for (swiss_harden_record *record; (record = next_record(&chunk, &place));)
        if (record->block && record->heap == heap) {
            if (!record->freed)
                tell_end(record->block);
            show(record->block, slot_size(record));
            drop_record(record);
        }
    harden_unlock();
}
