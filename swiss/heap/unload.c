/* unload.c - gives everything back when the program closes a library that has the heap in it.
 *
 * No thread is in the library then, and none will call it again. But threads that have used it live on: when one ends,
 * the C library would call code that is unloaded. And what the heap has taken from the system would stay for ever. So,
 * when the library is closed, the calls at the ends of threads are cancelled, the thread that scavenges is stopped, and
 * all memory goes back if no block is live. (A live one may still be read, as a leaked block of malloc's may.)
 *
 * The same destructor runs when the program ends. Then it must do nothing, for other threads may go on. The order of
 * calls tells the two apart: when a program ends, functions given to atexit are called before the destructors of its
 * libraries; when a library is closed, its own are called after its destructors. A program that has the heap in itself,
 * or preloads it, never closes it.
 */
#if defined(__linux__) && !defined(_GNU_SOURCE)
#    define _GNU_SOURCE /* ElfW */
#endif
#include "registry.h"
#include "options.h"
#include "samples.h"
#include <stdlib.h>
#ifdef __linux__
#    include <link.h>
#    include <sys/auxv.h>
#endif

#ifdef __linux__

/* The start of the program or library that this is linked into; the linker defines it. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((weak, visibility("hidden")));

static bool is_library(void) {
    const ElfW(Ehdr) *start = &__ehdr_start;
    return start && (uintptr_t)start + start->e_phoff != getauxval(AT_PHDR);
}

#else

static bool is_library(void) {
    return true;
}

#endif

static atomic_bool stays; /* the program ends, or the heap cannot be told when */

static void note_end(void) {
    atomic_store(&stays, true);
}

void swiss_unload_prepare(void) {
    if (is_library() && atexit(note_end))
        note_end();
}

#if defined(__GNUC__) && !defined(SWISS_STAYS_LOADED)

/* Takes all caches from their threads. Gives all of the default heap back to the system if no block is live, no thread
 * is inside a call, and there are no other heaps. */
static void give_all_back(swiss_main_heap *heap) {
    swiss_cache_retire(&heap->caches);
    swiss_os_lock_acquire(&heap->caches.lock, SWISS_RANK_REGISTRY);
    for (unsigned i = 1; i < SWISS_CLASS_COUNT; ++i)
        swiss_central_trim(&heap->central[i]);
    if (swiss_cache_none_is_used(&heap->caches) && !heap->heap.next && swiss_spans_forget(&heap->heap.share))
        swiss_cache_release_all(&heap->caches);
    swiss_os_lock_release(&heap->caches.lock, SWISS_RANK_REGISTRY);
}

/* Runs when the library is closed. Each program that uses the heap links this file, because the registry calls
 * swiss_unload_prepare. */
__attribute__((destructor)) static void unload_heap(void) {
    if (!is_library() || atomic_load(&stays))
        return;
    swiss_os_forget_thread_exits(&swiss_cache_exit);
    (void)swiss_heap_set_scavenger_thread(false);
    if (!swiss_options_hardened())
        give_all_back(&swiss_heap_main);
    (void)swiss_registry_trim();
    swiss_samples_lock();
    swiss_samples_forget();
    swiss_samples_unlock();
}

#endif
