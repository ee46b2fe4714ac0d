/* owned_string.h - the parameters that SWISS_KEY_OWNED_STRING stands for: keys that are strings of the map's own, from
 * malloc, and that slices find. The hooks are macros, so that they may be given a context, which they drop.
 */
#define SWISS_KEY const char *
#define SWISS_LOOKUP swiss_slice
#define SWISS_KEY_DROP(...) SWISS_OF_ONE_(SWISS_FN_(string_free_), __VA_ARGS__, 0)
#define SWISS_KEY_CLONE(...) SWISS_OF_TWO_(SWISS_FN_(string_clone_), __VA_ARGS__, 0)
#define SWISS_LOOKUP_EQUAL(...) SWISS_OF_TWO_(SWISS_FN_(string_equal_), __VA_ARGS__, 0)
#define SWISS_LOOKUP_MAKE(...) SWISS_OF_TWO_(SWISS_FN_(string_make_), __VA_ARGS__, 0)
#define SWISS_OF_ONE_(f, a, ...) (f)(a)
#define SWISS_OF_TWO_(f, a, b, ...) (f)(a, b)

#ifndef SWISS_DECLARE
#    include <stdlib.h>

SWISS_BEGIN_QUIET_

static inline void SWISS_FN_(string_free_)(const char **key) {
    free((void *)(uintptr_t)*key); /* only here it is not const */
}

static inline bool SWISS_FN_(string_equal_)(const char *const *key, const swiss_slice *slice) {
    return swiss_slice_equal(swiss_slice_of(*key), *slice);
}

/* A slice with a NUL in it is no string: its copy would not be found again. */
static inline bool SWISS_FN_(string_make_)(const char **to, const swiss_slice *from) {
    char *copy = from->size && memchr(from->data, 0, from->size) ? NULL : (char *)malloc(from->size + 1);
    if (copy == NULL)
        return false;
    if (from->size)
        memcpy(copy, from->data, from->size);
    copy[from->size] = 0;
    *to = copy;
    return true;
}

static inline bool SWISS_FN_(string_clone_)(const char **to, const char *const *from) {
    const swiss_slice slice = swiss_slice_of(*from);
    return (SWISS_FN_(string_make_))(to, &slice);
}

SWISS_END_QUIET_
#endif
