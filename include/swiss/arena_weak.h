/* arena_weak.h - weak handles to objects in an arena: they turn NULL when the arena ends them.
 *
 *     node *chosen = find(tree, name);                               // in the arena
 *     swiss_arena_weak handle = swiss_arena_weak_of(&arena, chosen);
 *     ...
 *     swiss_arena_reset(&arena, 0);                                  // or a free, or a rewind
 *     node *again = swiss_arena_weak_get(handle);                    // NULL
 *     swiss_arena_weak_drop(handle);                                 // also after the arena's end
 *
 * A handle is a value that may be stored, copied and compared, as swiss_weak is (ref.h): two are equal if they were
 * made for the same object, also when it is gone; and as long as one exists, none to another object is equal to it,
 * also if that gets the same address. Whoever keeps one drops it later. {0} is a handle to nothing.
 *
 * What a handle gives keeps nothing alive: it is valid until the arena is next reset, freed or rewound. So only the
 * thread that uses the arena makes handles and asks them for their objects; to copy, drop and compare them any thread
 * may. A handle is ended by a cleanup of the arena: those that were added after it run before, and still get the
 * object.
 *
 * What someone may go on using when the arena ends is better a counted object (ref.h) to which the arena has a
 * reference: swiss_arena_add_cleanup(&arena, NULL, swiss_ref_release, object). Any thread may upgrade weak references
 * to it.
 */
#ifndef SWISS_ARENA_WEAK_H
#define SWISS_ARENA_WEAK_H

#include "arena.h"
#include "ref.h"

SWISS_BEGIN_C

/* A weak handle to an object in an arena. {0} is one to nothing. */
typedef struct swiss_arena_weak {
    swiss_weak place_; /* to a counted object that begins with the address */
} swiss_arena_weak;

/* Returns a handle to `object`, to be dropped by the caller. The object is a block of the arena or a part of one. NULL
 * gives a handle to nothing, and so does a call when out of memory: all other handles are then as they were. (What the
 * arena keeps handles by may have been made already, and stays until the arena is reset or freed.)
 *
 * The handle turns NULL, for good, when the arena is reset or freed, and when it is rewound to a mark that is older
 * than the first handle to this object; also if the object itself is older than the mark, and stays. A handle that is
 * made then is another one. Blocks that are freed or moved one by one (swiss_arena_free_block, swiss_arena_resize) are
 * the caller's to know of. O(1) expected; a first handle to an object takes about 110 bytes of the arena's own
 * allocator, which outlives the handles. They are free again when the handle has turned NULL and is dropped. */
SWISS_API SWISS_MUST_USE swiss_arena_weak swiss_arena_weak_of(swiss_arena *arena, void *object);

/* Returns true if the handle gives NULL: from then on always. O(1). */
static inline bool swiss_arena_weak_is_dead(swiss_arena_weak weak) {
    return swiss_weak_is_dead(weak.place_);
}

/* Returns the object, or NULL if the arena has ended it. O(1). */
static inline void *swiss_arena_weak_get(swiss_arena_weak weak) {
    return swiss_weak_is_dead(weak.place_) ? NULL : *(void **)weak.place_.object_;
}

/* Returns one more of an equal handle, to be dropped as well. O(1). */
static inline swiss_arena_weak swiss_arena_weak_copy(swiss_arena_weak weak) {
    swiss_weak_copy(weak.place_);
    return weak;
}

/* Gives up a handle. One to nothing is ignored. O(1). */
static inline void swiss_arena_weak_drop(swiss_arena_weak weak) {
    swiss_weak_drop(weak.place_);
}

/* Returns true if both were made for the same object, or if both are to nothing. O(1). */
static inline bool swiss_arena_weak_equal(swiss_arena_weak a, swiss_arena_weak b) {
    return swiss_weak_equal(a.place_, b.place_);
}

SWISS_END_C

#endif
