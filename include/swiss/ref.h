/* ref.h - objects that live as long as someone has a reference to them; weak references, which do not keep them alive;
 * and cleanups, which run when the last reference is released.
 *
 *     SWISS_REF_TYPE(image, struct image);               // the functions below, once more for this type
 *
 *     struct image *picture = image_new(NULL);           // all zero; NULL: out of memory
 *     picture->file = open_file();
 *     if (!swiss_ref_add_cleanup(picture, close_file, picture->file, NULL)) return out_of_memory;
 *     image_weak in_cache = image_weak_of(picture);      // does not keep it alive
 *     image_release(picture);                            // the last one: close_file(picture->file)
 *     struct image *again = image_upgrade(in_cache);     // NULL: it is gone; else one more reference, to be released
 *     image_weak_drop(in_cache);
 *
 * A strong reference is a pointer to the object: T *, which may be passed to any code that knows T. Whoever keeps one
 * retains it, and releases it later. A weak reference is a value that may be stored, copied, and compared: two are
 * equal if they were made from the same object, also when it is dead. As long as one exists, no other object gets its
 * identity; so whoever keeps one drops it later. {0} is a weak reference to nothing.
 *
 * When the last strong reference goes, the object is dead: no upgrade of a weak reference finds it any more, and
 * nothing revives it. Then its cleanups run, then its memory is freed; but not before the last weak reference to it is
 * dropped, too. What is large is best a block of its own, which a cleanup frees. An object may be retained, released,
 * upgraded and given cleanups by several threads at once, as far as each of them has a reference of its own for the
 * time; what threads wrote to the object before they released it, cleanups see.
 *
 * Functions that end in _local do the same without atomic operations: for objects that at this time only one thread has
 * references to, weak ones included. SWISS_REF_TYPE_LOCAL makes a type of them. Where the compiler has no atomic
 * operations (tcc) all functions are like that.
 *
 * What goes wrong:
 * - Releasing more often than retaining, retaining an object that is dead, and dropping a weak reference twice are
 *   misuse. Debug builds assert, as far as the memory is still there. In release builds such calls do nothing while a
 *   cleanup runs or a weak reference holds the memory; later they are the use of freed memory.
 * - A count ends at 2^31 references. One more makes it last forever: the object is never freed then.
 * - Cycles of strong references are never freed: one of them has to be weak.
 * - Each release of a last reference nests in the cleanup that makes it. Let a list of a million objects, each of which
 *   releases the next, have cleanups in a queue: those do not nest.
 */
#ifndef SWISS_REF_H
#define SWISS_REF_H

#include "allocator.h"

SWISS_BEGIN_C

/* A weak reference. {0} is one to nothing. */
typedef struct swiss_weak {
    void *object_;
} swiss_weak;

/* Objects ---------------------------------------------------------------------------------------------------------- */

/* Returns a new object of `size` bytes, all zero, at a multiple of `alignment`, a power of two. The caller has the one
 * strong reference to it. Its memory, and that of its cleanups, is from `allocator`, which outlives it; NULL is the
 * default one. Returns NULL when out of memory, and for a size that overflows or an alignment that is none. In front of
 * the object are 32 bytes more (20 on 32-bit systems), or as many as its alignment if that is larger. O(size). */
SWISS_API SWISS_MUST_USE void *swiss_ref_alloc(const swiss_allocator *allocator, size_t size, size_t alignment);

/* swiss_ref_new(ALLOCATOR, TYPE): the same for one object of a type. Returns a TYPE *. */
#define swiss_ref_new(allocator, type)                                                                                 \
    SWISS_REF_POINTER_(type, swiss_ref_alloc(allocator, sizeof(type), SWISS_ALIGNOF(type)))
#ifdef __cplusplus
#    define SWISS_REF_POINTER_(type, address) static_cast<type *>(address)
#else
#    define SWISS_REF_POINTER_(type, address) ((type *)(address))
#endif

/* Adds a strong reference to an object that the caller has one to. Returns the object. NULL is returned as it is.
 * O(1). */
static inline void *swiss_ref_retain(void *object);
static inline void *swiss_ref_retain_local(void *object);

/* Gives up a strong reference. If it was the last one, runs the cleanups of the object before it returns, but for those
 * that go to a queue, and frees it unless there are weak references. NULL is ignored. O(1) and the cleanups. */
static inline void swiss_ref_release(void *object);
static inline void swiss_ref_release_local(void *object);

/* Returns the number of strong references, which others may change at any time. If it is 1, and the caller has that
 * one, only an upgrade can add another: without weak references the caller may change the object as its only owner. A
 * count that lasts forever is 2^31 + 1. O(1). */
static inline size_t swiss_ref_count(const void *object);

/* Weak references -------------------------------------------------------------------------------------------------- */

/* Returns a weak reference to `object`, to be dropped by the caller. The caller has a strong reference, or is one of
 * the object's cleanups. That to NULL is one to nothing. O(1). */
static inline swiss_weak swiss_weak_of(void *object);
static inline swiss_weak swiss_weak_of_local(void *object);

/* Returns one more of an equal weak reference, to be dropped as well. O(1). */
static inline swiss_weak swiss_weak_copy(swiss_weak weak);
static inline swiss_weak swiss_weak_copy_local(swiss_weak weak);

/* Gives up a weak reference; frees the memory of an object that is dead if it was the last one. One to nothing is
 * ignored. O(1). */
static inline void swiss_weak_drop(swiss_weak weak);
static inline void swiss_weak_drop_local(swiss_weak weak);

/* Returns the object with a strong reference more, which the caller releases, or NULL if it is dead: from then on
 * always. O(1): one atomic operation, again for as long as other threads change the count at the same time. */
static inline SWISS_MUST_USE void *swiss_weak_upgrade(swiss_weak weak);
static inline SWISS_MUST_USE void *swiss_weak_upgrade_local(swiss_weak weak);

/* Returns true if the object is dead, or if the reference is one to nothing. True is true forever; false may not be so
 * any more when the caller looks at it. O(1). */
static inline bool swiss_weak_is_dead(swiss_weak weak);

/* Returns true if both were made from the same object, or if both are to nothing. O(1). */
static inline bool swiss_weak_equal(swiss_weak a, swiss_weak b) {
    return a.object_ == b.object_;
}

/* Returns an address that equal references have in common, and no others: to hash and sort by. It is that of the
 * object, which may be dead. */
static inline const void *swiss_weak_identity(swiss_weak weak) {
    return weak.object_;
}

/* Cleanups --------------------------------------------------------------------------------------------------------- */

/* Names a cleanup of an object. 0 names none. */
typedef size_t swiss_ref_cleanup;

/* A place where cleanups wait until the program runs them. {0} is a valid empty one. It is drained before it goes out
 * of scope: what still waits in it is lost, with the memory of its objects. */
typedef struct swiss_ref_queue {
    void *newest_;
} swiss_ref_queue;

/* Has function(argument) called when the last strong reference to `object` goes. Returns a name to stop it by. Returns
 * 0 when out of memory: then nothing has changed. The caller has a strong reference.
 *
 * An object may have any number of cleanups: the newest runs first. They run on the thread that releases last. If
 * `queue` is not NULL, swiss_ref_drain of that queue runs it instead, on its thread; to get it there needs no memory.
 * No lock is held meanwhile: a cleanup may allocate, release other objects, and add cleanups to them.
 *
 * The object is dead by then, but its memory stays as it is until all of its cleanups have run. The argument may point
 * to a member of the object that is not its first: to a list that it has grown, say. But it is not the object itself,
 * which a cleanup is not to give to anybody: such an argument is asserted in debug builds, and refused with 0, as a
 * NULL function is. Likewise a cleanup may not retain or release the dead object, and is refused if it adds a cleanup
 * to it. O(1). */
SWISS_API SWISS_MUST_USE swiss_ref_cleanup swiss_ref_add_cleanup(void *object, void (*function)(void *argument),
                                                                 void *argument, swiss_ref_queue *queue);

/* Takes a cleanup away, which then never runs. Returns false if the object has none of that name, because it was
 * stopped before, or if the object is dead, because its cleanups are under way. The caller has a strong reference, or
 * is one of the object's cleanups. O(cleanups of the object). */
SWISS_API bool swiss_ref_stop_cleanup(void *object, swiss_ref_cleanup cleanup);

/* Runs the cleanups that wait in the queue, and those that they add to it, until it is empty. Returns how many. Objects
 * come in the order in which they died. Any number of threads may add to the queue meanwhile, and drain it too, then
 * each has a part. O(cleanups). */
SWISS_API size_t swiss_ref_drain(swiss_ref_queue *queue);

/* How it is done --------------------------------------------------------------------------------------------------- */

/* Lies directly in front of the object. The counts are last, where no allocator has written after it was freed. */
typedef struct swiss_ref_block_ {
    const swiss_allocator *allocator;
    uintptr_t cleanups; /* the newest; plus 1 while someone changes the list */
    size_t size;        /* of the whole block, a multiple of its alignment; plus half of that */
    uint32_t strong;
    uint32_t weak; /* and one for all strong references together */
} swiss_ref_block_;

/* A count is one less than its references, so that the sign of what a change leaves says if there is more to do. It is
 * alive from 0 to MOST, lasts forever from there to below DEAD_FROM, and is dead beyond. In the middle of the two
 * ranges it is far from other values, however many threads change it by mistake before one sets it right. */
#define SWISS_REF_MOST_ UINT32_C(0x7FFFFFFF)
#define SWISS_REF_DEAD_FROM_ UINT32_C(0xC0000000)

/* Go on where a count was found to be `old` before it was changed: that of the last reference, or more than MOST. */
SWISS_API void swiss_ref_restore_(uint32_t *count, uint32_t old);
SWISS_API void swiss_ref_last_released_(void *object, uint32_t old);
SWISS_API void swiss_weak_last_dropped_(void *object, uint32_t old);

static inline swiss_ref_block_ *swiss_ref_block_of_(const void *object) {
    return (swiss_ref_block_ *)(uintptr_t)object - 1;
}

SWISS_ALWAYS_INLINE bool swiss_ref_is_alive_(uint32_t count) {
    return count < SWISS_REF_DEAD_FROM_;
}

#if defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 5)
SWISS_ALWAYS_INLINE uint32_t swiss_ref_load_(const uint32_t *count) {
    return __atomic_load_n(count, __ATOMIC_RELAXED);
}

SWISS_ALWAYS_INLINE void swiss_ref_store_(uint32_t *count, uint32_t value) {
    __atomic_store_n(count, value, __ATOMIC_RELAXED);
}

/* Sees all that was done before what the other references were released by. */
SWISS_ALWAYS_INLINE uint32_t swiss_ref_load_last_(const uint32_t *count) {
    return __atomic_load_n(count, __ATOMIC_ACQUIRE);
}

SWISS_ALWAYS_INLINE uint32_t swiss_ref_add_shared_(uint32_t *count) {
    return __atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
}

SWISS_ALWAYS_INLINE uint32_t swiss_ref_subtract_shared_(uint32_t *count) {
    return __atomic_fetch_sub(count, 1, __ATOMIC_RELEASE);
}

/* Sets *count to one more than *old. If it is not *old, sets *old to it, and returns false. */
SWISS_ALWAYS_INLINE bool swiss_ref_try_add_(uint32_t *count, uint32_t *old) {
    return __atomic_compare_exchange_n(count, old, *old + 1, true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}
#else
SWISS_ALWAYS_INLINE uint32_t swiss_ref_load_(const uint32_t *count) {
    return *count;
}

SWISS_ALWAYS_INLINE void swiss_ref_store_(uint32_t *count, uint32_t value) {
    *count = value;
}

SWISS_ALWAYS_INLINE uint32_t swiss_ref_load_last_(const uint32_t *count) {
    return *count;
}

SWISS_ALWAYS_INLINE uint32_t swiss_ref_add_shared_(uint32_t *count) {
    return (*count)++;
}

SWISS_ALWAYS_INLINE uint32_t swiss_ref_subtract_shared_(uint32_t *count) {
    return (*count)--;
}

SWISS_ALWAYS_INLINE bool swiss_ref_try_add_(uint32_t *count, uint32_t *old) {
    *count = *old + 1;
    return true;
}
#endif

/* Adds a reference. What is dead, or was full, is set right. */
SWISS_ALWAYS_INLINE void swiss_ref_more_(uint32_t *count, bool local) {
    if (local) {
        if (SWISS_UNLIKELY(++*count > SWISS_REF_MOST_))
            swiss_ref_restore_(count,
                               swiss_ref_load_(count) - 1); /* loaded again, so that above it needs no register */
        return;
    }
    const uint32_t old = swiss_ref_add_shared_(count);
    if (SWISS_UNLIKELY(old > SWISS_REF_MOST_))
        swiss_ref_restore_(count, old);
}

/* Takes a reference away. Returns false, with what was there in *old, if it was the last one, dead, or full. */
SWISS_ALWAYS_INLINE bool swiss_ref_less_(uint32_t *count, bool local, uint32_t *old) {
    if (local) {
        if (--*count <= SWISS_REF_MOST_)
            return true;
        *old = swiss_ref_load_(count) + 1;
        return false;
    }
    *old = swiss_ref_subtract_shared_(count);
    return *old - 1 < SWISS_REF_MOST_;
}

#define SWISS_REF_CHECK_(count, what) SWISS_ASSERT(swiss_ref_is_alive_(swiss_ref_load_(count)) && what)

SWISS_ALWAYS_INLINE void swiss_ref_retain_in_(void *object, bool local) {
    if (!object)
        return;
    uint32_t *count = &swiss_ref_block_of_(object)->strong;
    SWISS_REF_CHECK_(count, "swiss_ref_retain: the object is dead");
    swiss_ref_more_(count, local);
}

SWISS_ALWAYS_INLINE void swiss_ref_release_in_(void *object, bool local) {
    if (!object)
        return;
    uint32_t *count = &swiss_ref_block_of_(object)->strong, old;
    SWISS_REF_CHECK_(count, "swiss_ref_release: more often than retained");
    if (SWISS_UNLIKELY(!swiss_ref_less_(count, local, &old)))
        swiss_ref_last_released_(object, old);
}

SWISS_ALWAYS_INLINE swiss_weak swiss_weak_copy_in_(swiss_weak weak, bool local) {
    if (!weak.object_)
        return weak;
    uint32_t *count = &swiss_ref_block_of_(weak.object_)->weak;
    SWISS_REF_CHECK_(count, "swiss_weak_copy: the weak reference was dropped");
    swiss_ref_more_(count, local);
    return weak;
}

SWISS_ALWAYS_INLINE void swiss_weak_drop_in_(swiss_weak weak, bool local) {
    if (!weak.object_)
        return;
    uint32_t *count = &swiss_ref_block_of_(weak.object_)->weak, old;
    SWISS_REF_CHECK_(count, "swiss_weak_drop: dropped twice");
    if (SWISS_UNLIKELY(!swiss_ref_less_(count, local, &old)))
        swiss_weak_last_dropped_(weak.object_, old);
}

SWISS_ALWAYS_INLINE void *swiss_weak_upgrade_in_(swiss_weak weak, bool local) {
    if (!weak.object_)
        return NULL;
    uint32_t *count = &swiss_ref_block_of_(weak.object_)->strong, old = swiss_ref_load_(count);
    do {
        if (SWISS_UNLIKELY(old > SWISS_REF_MOST_))
            return swiss_ref_is_alive_(old) ? weak.object_ : NULL;
        if (local) {
            *count = old + 1;
            break;
        }
    } while (SWISS_UNLIKELY(!swiss_ref_try_add_(count, &old)));
    return weak.object_;
}

static inline void *swiss_ref_retain(void *object) {
    swiss_ref_retain_in_(object, false);
    return object;
}

static inline void *swiss_ref_retain_local(void *object) {
    swiss_ref_retain_in_(object, true);
    return object;
}

static inline void swiss_ref_release(void *object) {
    swiss_ref_release_in_(object, false);
}

static inline void swiss_ref_release_local(void *object) {
    swiss_ref_release_in_(object, true);
}

static inline size_t swiss_ref_count(const void *object) {
    uint32_t count = swiss_ref_load_last_(&swiss_ref_block_of_(object)->strong);
    return !swiss_ref_is_alive_(count) ? 0 : (size_t)(count > SWISS_REF_MOST_ ? SWISS_REF_MOST_ + 1 : count) + 1;
}

static inline swiss_weak swiss_weak_of(void *object) {
    swiss_weak weak = {object};
    return swiss_weak_copy_in_(weak, false);
}

static inline swiss_weak swiss_weak_of_local(void *object) {
    swiss_weak weak = {object};
    return swiss_weak_copy_in_(weak, true);
}

static inline swiss_weak swiss_weak_copy(swiss_weak weak) {
    return swiss_weak_copy_in_(weak, false);
}

static inline swiss_weak swiss_weak_copy_local(swiss_weak weak) {
    return swiss_weak_copy_in_(weak, true);
}

static inline void swiss_weak_drop(swiss_weak weak) {
    swiss_weak_drop_in_(weak, false);
}

static inline void swiss_weak_drop_local(swiss_weak weak) {
    swiss_weak_drop_in_(weak, true);
}

static inline void *swiss_weak_upgrade(swiss_weak weak) {
    return swiss_weak_upgrade_in_(weak, false);
}

static inline void *swiss_weak_upgrade_local(swiss_weak weak) {
    return swiss_weak_upgrade_in_(weak, true);
}

static inline bool swiss_weak_is_dead(swiss_weak weak) {
    return !weak.object_ || !swiss_ref_is_alive_(swiss_ref_load_(&swiss_ref_block_of_(weak.object_)->strong));
}

SWISS_END_C

/* A type of its own ------------------------------------------------------------------------------------------------ */

/* SWISS_REF_TYPE(NAME, TYPE); declares, for objects of TYPE, which a struct or a typedef names:
 *
 *     NAME_weak                             the type of weak references; {0} is one to nothing
 *     TYPE *NAME_new(const swiss_allocator *)
 *     TYPE *NAME_retain(TYPE *)             void NAME_release(TYPE *)
 *     NAME_weak NAME_weak_of(TYPE *)        NAME_weak NAME_weak_copy(NAME_weak)     void NAME_weak_drop(NAME_weak)
 *     TYPE *NAME_upgrade(NAME_weak)         bool NAME_weak_is_dead(NAME_weak)
 *     bool NAME_weak_equal(NAME_weak, NAME_weak)
 *
 * Each does what the function of the same name above does. Cleanups are added and stopped by those above. The macro
 * stands outside of functions, where TYPE is complete; in a header all files may share it. SWISS_REF_TYPE_LOCAL
 * declares the same without atomic operations. */
#define SWISS_REF_TYPE(name, type) SWISS_REF_TYPE_IN_(name, type, false)
#define SWISS_REF_TYPE_LOCAL(name, type) SWISS_REF_TYPE_IN_(name, type, true)

#define SWISS_REF_TYPE_IN_(name, type, local)                                                                          \
    SWISS_BEGIN_QUIET_                                                                                                 \
    typedef struct name##_weak {                                                                                       \
        swiss_weak untyped;                                                                                            \
    } name##_weak;                                                                                                     \
    static inline SWISS_MUST_USE type *name##_new(const swiss_allocator *allocator) {                                  \
        return swiss_ref_new(allocator, type);                                                                         \
    }                                                                                                                  \
    static inline type *name##_retain(type *object) {                                                                  \
        swiss_ref_retain_in_(object, local);                                                                           \
        return object;                                                                                                 \
    }                                                                                                                  \
    static inline void name##_release(type *object) {                                                                  \
        swiss_ref_release_in_(object, local);                                                                          \
    }                                                                                                                  \
    static inline name##_weak name##_weak_of(type *object) {                                                           \
        swiss_weak weak = {object};                                                                                    \
        name##_weak result = {swiss_weak_copy_in_(weak, local)};                                                       \
        return result;                                                                                                 \
    }                                                                                                                  \
    static inline name##_weak name##_weak_copy(name##_weak weak) {                                                     \
        name##_weak result = {swiss_weak_copy_in_(weak.untyped, local)};                                               \
        return result;                                                                                                 \
    }                                                                                                                  \
    static inline void name##_weak_drop(name##_weak weak) {                                                            \
        swiss_weak_drop_in_(weak.untyped, local);                                                                      \
    }                                                                                                                  \
    static inline SWISS_MUST_USE type *name##_upgrade(name##_weak weak) {                                              \
        return SWISS_REF_POINTER_(type, swiss_weak_upgrade_in_(weak.untyped, local));                                  \
    }                                                                                                                  \
    static inline bool name##_weak_is_dead(name##_weak weak) {                                                         \
        return swiss_weak_is_dead(weak.untyped);                                                                       \
    }                                                                                                                  \
    static inline bool name##_weak_equal(name##_weak a, name##_weak b) {                                               \
        return swiss_weak_equal(a.untyped, b.untyped);                                                                 \
    }                                                                                                                  \
    SWISS_END_QUIET_                                                                                                   \
    SWISS_STATIC_ASSERT(sizeof(type) != 0, "swiss: objects of a size")

#endif
