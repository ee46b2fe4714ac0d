/* harden.c - hardening: finds misuse of the heap, and reports where the block came from.
 *
 * Terms:
 * - Record: what is known of a block: its size as asked for, the call stacks that allocated and freed it
 *   (harden_records.c).
 * - Tail: the bytes between the end of the block and the end of its slot. They hold CANARY.
 * - Quarantine: a queue of the blocks that were freed last. They are not allocated again, and hold FREED bytes.
 *
 *     | block, as long as was asked for | tail: at least 8 bytes of CANARY, to the end of the slot |
 *
 *     live --- free ---> quarantine --- oldest of more than 16 MiB ---> the plain heap
 *
 * - Overruns: a tail that has changed. It is looked at when the block is freed or resized, by swiss_heap_check, and at
 *   exit.
 * - Double frees: a freed block keeps its record while it is in the quarantine. A block moves with every resize, so
 *   that stale pointers are found to be stale.
 * - Writes after free: FREED bytes that have changed, found when the block leaves the quarantine, and at exit.
 * - Invalid frees: an address without a record is not the start of a block. The span of the address tells the block it
 *   lies in.
 *
 * A hardened heap has no thread caches, so every call comes through the slow paths of heap.c to here. When hardening is
 * off, nothing of it is on the fast paths.
 *
 * If AddressSanitizer is part of the program, or it runs under Valgrind's memcheck and its header was there when this
 * was compiled, tails and the quarantine are closed to the program, and the tool reports the access itself, reads too.
 *
 * One lock guards all records; reports are made without it. Misuse by two threads at the same moment may go unseen. All
 * of this is slow: each call walks up the stack.
 */
#include "harden.h"
#include "../os/os.h"
#include "../os/watch.h"
#include "harden_records.h"
#include "misuse.h"
#include "options.h"
#include "plain.h"
#include "segment.h"
#include "span.h"
#include "trace.h"
#include "swiss/align.h"
#include <string.h>

#define CANARY 0xC9
#define FREED 0xDF
#define TAIL 8 /* bytes of the tail, at least; no more than TAIL_MOST are looked at */
#define TAIL_MOST 256
#define QUARANTINE ((size_t)16 << 20)     /* bytes in the quarantine, at most */
#define QUARANTINE_MOST ((size_t)4 << 20) /* of one block in it */

/* The quarantine; guarded by the lock of the records. */
static struct {
    swiss_harden_record *oldest, *newest;
    size_t held; /* bytes */
} quarantine;

bool swiss_heap_harden(void) {
    return swiss_options_harden();
}

/* Captures the call stack of a call of the heap. */
static SWISS_NOINLINE void capture(const void *frames[SWISS_HEAP_FRAMES]) {
    swiss_trace trace;
    swiss_trace_capture(&trace, SWISS_HEAP_FRAMES, NULL, NULL);
    for (unsigned i = 0; i < SWISS_HEAP_FRAMES; ++i)
        frames[i] = i < trace.count ? trace.frames[i] : NULL;
}

static void report_misuse(swiss_heap_misuse *misuse) {
    capture(misuse->found_at);
    swiss_misuse_report(misuse);
}

bool swiss_harden_is_on(void) {
    return swiss_options_hardened();
}

void swiss_harden_report_overrun(const void *block, size_t size, const void *address) {
    swiss_heap_misuse misuse = {.kind = SWISS_HEAP_OVERRUN, .address = address, .block = block, .size = size};
    report_misuse(&misuse);
}

static size_t tail_size(const swiss_harden_record *record) {
    size_t tail = swiss_harden_slot_size(record) - record->size;
    return tail < TAIL_MOST ? tail : TAIL_MOST;
}

static void close_tail(swiss_harden_record *record) {
    char *tail = record->block + record->size;
    size_t size = tail_size(record);
    swiss_watch_show(tail, size);
    memset(tail, CANARY, size);
    swiss_watch_hide(tail, size);
}

/* Returns the first of `size` bytes that is not `expected`; NULL if there is none. */
static const char *first_other(const char *bytes, size_t size, unsigned char expected) {
    for (size_t i = 0; i < size; ++i)
        if ((unsigned char)bytes[i] != expected)
            return bytes + i;
    return NULL;
}

/* Looks at the tail of a live block, or at the bytes of one in the quarantine. Returns true, with *misuse filled, if
 * something was written there and has not been reported yet. */
static bool is_damaged(swiss_harden_record *record, swiss_heap_misuse *misuse) {
    char *start = record->freed ? record->block : record->block + record->size;
    size_t size = record->freed ? record->size : tail_size(record);
    swiss_watch_show(start, size);
    const char *at = first_other(start, size, record->freed ? FREED : CANARY);
    swiss_watch_hide(start, size);
    if (!at || record->reported)
        return false;
    *misuse = swiss_misuse_of(record->freed ? SWISS_HEAP_USE_AFTER_FREE : SWISS_HEAP_OVERRUN, at, record);
    record->reported = true;
    return true;
}

/* Frees the oldest block in the quarantine if that has more than `most` bytes. Returns false if not. */
static bool release_oldest(size_t most) {
    swiss_harden_lock();
    swiss_harden_record *record = quarantine.oldest;
    if (!record || quarantine.held <= most) {
        swiss_harden_unlock();
        return false;
    }
    swiss_heap_misuse misuse;
    bool damaged = is_damaged(record, &misuse);
    quarantine.oldest = record->next;
    if (!quarantine.oldest)
        quarantine.newest = NULL;
    quarantine.held -= record->size + TAIL;
    char *block = record->block;
    swiss_heap *heap = record->heap;
    swiss_watch_show(block, swiss_harden_slot_size(record));
    swiss_harden_drop(record);
    (void)swiss_plain_free(heap, block);
    swiss_harden_unlock();
    if (damaged)
        report_misuse(&misuse);
    return true;
}

void swiss_harden_flush(void) {
    while (release_oldest(0)) {
    }
}

/* Moves a live block to the quarantine. The lock is held. */
static void hold_back(swiss_harden_record *record, const void *const *frames) {
    char *block = record->block;
    swiss_watch_end(block);
    if (record->size > QUARANTINE_MOST) {
        swiss_heap *heap = record->heap;
        swiss_watch_show(block, swiss_harden_slot_size(record));
        swiss_harden_drop(record);
        (void)swiss_plain_free(heap, block);
        return;
    }
    swiss_watch_show(block, record->size);
    memset(block, FREED, record->size);
    swiss_watch_hide(block, record->size);
    record->freed = true;
    record->reported = false;
    record->next = NULL;
    memcpy(record->freed_at, frames, sizeof record->freed_at);
    *(quarantine.newest ? &quarantine.newest->next : &quarantine.oldest) = record;
    quarantine.newest = record;
    quarantine.held += record->size + TAIL;
}

/* The functions of the heap ---------------------------------------------------------------------------------------- */

void *swiss_harden_alloc(swiss_heap *heap, size_t size, size_t alignment) {
    swiss_registry_guard_forks();
    if (size > SIZE_MAX - TAIL)
        return NULL;
    size += !size;
    if (alignment < swiss_class_alignment(size))
        alignment = swiss_class_alignment(size);
    char *block = swiss_plain_alloc(heap, size + TAIL, alignment);
    if (!block) {
        swiss_harden_flush();
        block = swiss_plain_alloc(heap, size + TAIL, alignment);
    }
    const void *frames[SWISS_HEAP_FRAMES];
    capture(frames);
    swiss_harden_lock();
    swiss_harden_record *record = block ? swiss_harden_add(heap, block, size) : NULL;
    if (record) {
        memcpy(record->allocated_at, frames, sizeof frames);
        close_tail(record);
    }
    swiss_harden_unlock();
    if (block && !record)
        (void)swiss_plain_free(heap, block);
    if (!record)
        return NULL;
    swiss_watch_begin(block, size);
    return block;
}

/* Returns the record of `block`; NULL, with *misuse filled, if `block` is not a live block of `heap`. */
static swiss_harden_record *find_live(const swiss_heap *heap, const void *block, swiss_heap_misuse *misuse) {
    swiss_harden_record *record = swiss_harden_find(block);
    if (!record)
        *misuse = swiss_misuse_of(SWISS_HEAP_INVALID_FREE, block, swiss_harden_find_around(block));
    else if (record->freed)
        *misuse = swiss_misuse_of(SWISS_HEAP_DOUBLE_FREE, block, record);
    else if (record->heap != heap)
        *misuse = swiss_misuse_of(SWISS_HEAP_WRONG_HEAP, block, record);
    else
        return record;
    return NULL;
}

void swiss_harden_free(swiss_heap *heap, void *block, size_t size) {
    const void *frames[SWISS_HEAP_FRAMES];
    capture(frames);
    swiss_heap_misuse misuse;
    swiss_harden_lock();
    swiss_harden_record *record = find_live(heap, block, &misuse);
    bool found = !record || is_damaged(record, &misuse);
    if (!found && size && size != record->size) {
        misuse = swiss_misuse_of(SWISS_HEAP_WRONG_SIZE, block, record);
        found = true;
    }
    if (record)
        hold_back(record, frames);
    swiss_harden_unlock();
    if (found)
        report_misuse(&misuse);
    while (release_oldest(QUARANTINE)) {
    }
}

/* Makes a block smaller that cannot move. */
static void shrink_record(void *block, size_t new_size) {
    swiss_harden_lock();
    swiss_harden_record *record = swiss_harden_find(block);
    if (record) {
        record->size = new_size;
        close_tail(record);
    }
    swiss_harden_unlock();
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
    if (new_size > old_size || !swiss_is_aligned(block, alignment))
        return NULL;
    shrink_record(block, new_size);
    return block;
}

size_t swiss_harden_usable_size(swiss_heap *heap, const void *block) {
    swiss_heap_misuse misuse;
    swiss_harden_lock();
    swiss_harden_record *record = find_live(heap, block, &misuse);
    size_t size = record ? record->size : 0;
    swiss_harden_unlock();
    if (!record)
        report_misuse(&misuse);
    return size;
}

bool swiss_harden_owns(const swiss_heap *heap, const void *address) {
    swiss_harden_lock();
    swiss_harden_record *record = swiss_harden_find_around(address);
    bool owns = record && record->heap == heap && !record->freed &&
                (size_t)((const char *)address - record->block) < record->size;
    swiss_harden_unlock();
    return owns;
}

void swiss_harden_walk(swiss_heap *heap, void (*visit)(void *argument, void *block, size_t size), void *argument) {
    swiss_harden_lock();
    swiss_harden_place place = swiss_harden_begin();
    for (swiss_harden_record *record; (record = swiss_harden_next(&place));)
        if (record->block && (!heap || record->heap == heap) && !record->freed)
            visit(argument, record->block, record->size);
    swiss_harden_unlock();
}

/* Looks at all blocks of a heap, or, if it is NULL, of all heaps. Returns how many were damaged and reported. */
static size_t check(const swiss_heap *heap) {
    size_t damaged = 0;
    swiss_harden_lock();
    swiss_harden_place place = swiss_harden_begin();
    for (swiss_harden_record *record; (record = swiss_harden_next(&place));) {
        swiss_heap_misuse misuse;
        if (!record->block || (heap && record->heap != heap) || !is_damaged(record, &misuse))
            continue;
        ++damaged;
        swiss_harden_unlock();
        report_misuse(&misuse);
        swiss_harden_lock();
    }
    swiss_harden_unlock();
    return damaged;
}

size_t swiss_heap_check(swiss_heap *heap) {
    return swiss_options_hardened() ? check(swiss_heap_or_default(heap)) : 0;
}

#ifdef __GNUC__

/* Looks at all blocks when the program exits, after the functions that it gave to atexit, or when the library is
 * unloaded. A destructor needs no registering, which a first call of malloc from within atexit could not do. */
__attribute__((destructor)) static void check_at_exit(void) {
    if (atomic_load(&swiss_options_hardening) <= 0 || swiss_watch_memcheck()) /* which has reported it */
        return;
    swiss_misuse_flush_output();
    (void)check(NULL);
}

#endif

void swiss_harden_forget(swiss_heap *heap) {
    (void)swiss_heap_check(heap);
    swiss_harden_lock();
    swiss_harden_record **link = &quarantine.oldest;
    quarantine.newest = NULL;
    while (*link) {
        if ((*link)->heap == heap) {
            quarantine.held -= (*link)->size + TAIL;
            *link = (*link)->next;
        } else {
            quarantine.newest = *link;
            link = &(*link)->next;
        }
    }
    swiss_harden_place place = swiss_harden_begin();
    for (swiss_harden_record *record; (record = swiss_harden_next(&place));)
        if (record->block && record->heap == heap) {
            if (!record->freed)
                swiss_watch_end(record->block);
            swiss_watch_show(record->block, swiss_harden_slot_size(record));
            swiss_harden_drop(record);
        }
    swiss_harden_unlock();
}
