/* ref.c - counted objects: how they are made, and what happens when the last reference goes. The terms, and all that is
 * fast, are in ref.h.
 *
 * The block of an object: [padding | swiss_ref_block_ | object]. It ends in these steps, each by one thread:
 *
 * 1. A release finds that it was the last one: the count of strong references, which was 0, is below that. From here on
 *    no upgrade succeeds, so no one has the object.
 * 2. The count is set to DEAD, which it stays whatever is added to it or taken away by mistake.
 * 3. The list of cleanups is this thread's alone. It calls each, or moves it to its queue; one in a queue counts as a
 *    weak reference, so that the block waits for it.
 * 4. It drops the weak reference that all strong ones had together. Whoever drops the last one frees the block.
 */
#include "swiss/ref.h"
#include <string.h>

/* The middles of the ranges that ref.h tells of. */
#define REF_FOREVER UINT32_C(0xA0000000)
#define REF_DEAD UINT32_C(0xE0000000)

typedef struct ref_cleanup {
    struct ref_cleanup *next; /* the one before, in a list of the newest first */
    void (*function)(void *argument);
    void *argument;
    swiss_ref_cleanup name;
    union {
        swiss_ref_queue *queue; /* NULL: none */
        void *object;           /* once it is in the queue */
    } of;
} ref_cleanup;

/* What is atomic beside the counts. Adding and stopping lock the list for a few instructions. */
#if defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 5)
static ref_cleanup *lock_cleanups(swiss_ref_block_ *block) {
    uintptr_t newest;
    while (SWISS_UNLIKELY((newest = __atomic_fetch_or(&block->cleanups, 1, __ATOMIC_ACQUIRE)) & 1))
        while (__atomic_load_n(&block->cleanups, __ATOMIC_RELAXED) & 1)
            ;
    return (ref_cleanup *)newest;
}

static void unlock_cleanups(swiss_ref_block_ *block, ref_cleanup *newest) {
    __atomic_store_n(&block->cleanups, (uintptr_t)newest, __ATOMIC_RELEASE);
}

static swiss_ref_cleanup next_cleanup_name(void) {
    static swiss_ref_cleanup last;
    swiss_ref_cleanup name;
    while ((name = __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED)) == 0)
        ;
    return name;
}

static void push_cleanup(swiss_ref_queue *queue, ref_cleanup *cleanup) {
    void *newest = __atomic_load_n(&queue->newest_, __ATOMIC_RELAXED);
    do
        cleanup->next = newest;
    while (!__atomic_compare_exchange_n(&queue->newest_, &newest, cleanup, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

static ref_cleanup *take_cleanups(swiss_ref_queue *queue) {
    return __atomic_exchange_n(&queue->newest_, NULL, __ATOMIC_ACQUIRE);
}
#else
static ref_cleanup *lock_cleanups(swiss_ref_block_ *block) {
    return (ref_cleanup *)block->cleanups;
}

static void unlock_cleanups(swiss_ref_block_ *block, ref_cleanup *newest) {
    block->cleanups = (uintptr_t)newest;
}

static swiss_ref_cleanup next_cleanup_name(void) {
    static swiss_ref_cleanup last;
    last += last + 1 == 0;
    return ++last;
}

static void push_cleanup(swiss_ref_queue *queue, ref_cleanup *cleanup) {
    cleanup->next = queue->newest_;
    queue->newest_ = cleanup;
}

static ref_cleanup *take_cleanups(swiss_ref_queue *queue) {
    ref_cleanup *all = queue->newest_;
    queue->newest_ = NULL;
    return all;
}
#endif

/* Objects ---------------------------------------------------------------------------------------------------------- */

void *swiss_ref_alloc(const swiss_allocator *allocator, size_t size, size_t alignment) {
    if (alignment == 0 || (alignment & (alignment - 1)) != 0)
        return NULL;
    if (alignment < _Alignof(swiss_ref_block_))
        alignment = _Alignof(swiss_ref_block_);
    const size_t mask = alignment - 1, most = PTRDIFF_MAX;
    if (mask > most / 4 || size > most - 2 * mask - sizeof(swiss_ref_block_))
        return NULL;
    const size_t front = (sizeof(swiss_ref_block_) + mask) & ~mask, whole = (front + size + mask) & ~mask;
    char *start = swiss_allocator_allocate(allocator, whole, alignment);
    if (!start)
        return NULL;
    void *object = start + front;
    swiss_ref_block_ block = {allocator, 0, whole | alignment / 2, 0, 0};
    *swiss_ref_block_of_(object) = block;
    return memset(object, 0, size);
}

static void free_object(void *object) {
    swiss_ref_block_ *block = swiss_ref_block_of_(object);
    const size_t half = block->size & (~block->size + 1), alignment = 2 * half, whole = block->size - half;
    const size_t front = (sizeof *block + alignment - 1) & ~(alignment - 1);
    swiss_ref_store_(&block->weak, REF_DEAD);
    swiss_allocator_free(block->allocator, (char *)object - front, whole, alignment);
}

void swiss_ref_restore_(uint32_t *count, uint32_t old) {
    swiss_ref_store_(count, swiss_ref_is_alive_(old) ? REF_FOREVER : REF_DEAD);
}

void swiss_weak_last_dropped_(void *object, uint32_t old) {
    uint32_t *count = &swiss_ref_block_of_(object)->weak;
    if (old != 0) {
        swiss_ref_restore_(count, old);
        return;
    }
    (void)swiss_ref_load_last_(count);
    free_object(object);
}

/* Cleanups --------------------------------------------------------------------------------------------------------- */

swiss_ref_cleanup swiss_ref_add_cleanup(void *object, void (*function)(void *argument), void *argument,
                                        swiss_ref_queue *queue) {
    SWISS_ASSERT(object && function && "swiss_ref_add_cleanup: NULL");
    SWISS_ASSERT(argument != object && "swiss_ref_add_cleanup: the argument is the object itself");
    if (!object || !function || argument == object)
        return 0;
    swiss_ref_block_ *block = swiss_ref_block_of_(object);
    if (!swiss_ref_is_alive_(swiss_ref_load_(&block->strong)))
        return 0;
    ref_cleanup *added = swiss_allocator_allocate(block->allocator, sizeof *added, _Alignof(ref_cleanup));
    if (!added)
        return 0;
    added->function = function;
    added->argument = argument;
    added->of.queue = queue;
    const swiss_ref_cleanup name = added->name = next_cleanup_name();
    added->next = lock_cleanups(block);
    unlock_cleanups(block, added);
    return name;
}

bool swiss_ref_stop_cleanup(void *object, swiss_ref_cleanup cleanup) {
    SWISS_ASSERT(object);
    if (!object)
        return false;
    swiss_ref_block_ *block = swiss_ref_block_of_(object);
    if (!swiss_ref_is_alive_(swiss_ref_load_(&block->strong)))
        return false;
    ref_cleanup *newest = lock_cleanups(block), **at = &newest;
    while (*at && (*at)->name != cleanup)
        at = &(*at)->next;
    ref_cleanup *stopped = *at;
    if (stopped)
        *at = stopped->next;
    unlock_cleanups(block, newest);
    if (stopped)
        swiss_allocator_free(block->allocator, stopped, sizeof *stopped, _Alignof(ref_cleanup));
    return stopped != NULL;
}

/* Calls a cleanup that is in no list. Its memory is free for what it does. */
static void run_cleanup(const swiss_allocator *allocator, ref_cleanup *cleanup) {
    void (*const function)(void *argument) = cleanup->function;
    void *const argument = cleanup->argument;
    swiss_allocator_free(allocator, cleanup, sizeof *cleanup, _Alignof(ref_cleanup));
    function(argument);
}

void swiss_ref_last_released_(void *object, uint32_t old) {
    swiss_ref_block_ *block = swiss_ref_block_of_(object);
    if (old != 0) {
        swiss_ref_restore_(&block->strong, old);
        return;
    }
    (void)swiss_ref_load_last_(&block->strong);
    swiss_ref_store_(&block->strong, REF_DEAD);
    /* Whoever locks the list has a strong reference: so it is not locked, and stays as it is. */
    for (ref_cleanup *cleanup = (ref_cleanup *)block->cleanups, *next; cleanup; cleanup = next) {
        next = cleanup->next;
        swiss_ref_queue *queue = cleanup->of.queue;
        if (queue) {
            cleanup->of.object = swiss_weak_of(object).object_;
            push_cleanup(queue, cleanup);
        } else {
            run_cleanup(block->allocator, cleanup);
        }
    }
    const swiss_weak of_all = {object};
    if (swiss_ref_load_last_(&block->weak) == 0) /* as is usual: then no one else can change it */
        free_object(object);
    else
        swiss_weak_drop(of_all);
}

size_t swiss_ref_drain(swiss_ref_queue *queue) {
    size_t count = 0;
    for (ref_cleanup *cleanup; (cleanup = take_cleanups(queue));) {
        ref_cleanup *oldest = NULL;
        while (cleanup) {
            ref_cleanup *before = cleanup->next;
            cleanup->next = oldest;
            oldest = cleanup;
            cleanup = before;
        }
        for (ref_cleanup *next; oldest; oldest = next, ++count) {
            next = oldest->next;
            const swiss_weak of = {oldest->of.object};
            run_cleanup(swiss_ref_block_of_(of.object_)->allocator, oldest);
            swiss_weak_drop(of);
        }
    }
    return count;
}
