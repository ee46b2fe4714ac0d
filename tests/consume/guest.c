/* A program whose compiler is told to warn of more than swiss's own is, as C and as C++: of what the header does, not
 * of what the program calls. So declarations come first here, and there are no casts. */
#include <stdio.h>
#include "swiss.h"

#ifdef __cplusplus
#    define NOTHING nullptr
#else
#    define NOTHING NULL
#endif

#define SWISS_NAME numbers
#define SWISS_KEY double
#define SWISS_VALUE float
#include "swiss.h"

#define SWISS_NAME ids
#define SWISS_KEY unsigned short
#include "swiss.h"

typedef struct point {
    int x, y;
} point;

static uint64_t point_hash(const point *key, uint64_t seed) {
    return swiss_hash_bytes(key, sizeof *key, seed);
}

static bool point_equal(const point *a, const point *b) {
    return a->x == b->x && a->y == b->y;
}

static void point_drop(point *key) {
    key->x = 0;
}

static bool point_clone(point *to, const point *from) {
    *to = *from;
    return true;
}

#define SWISS_NAME points
#define SWISS_KEY point
#define SWISS_VALUE swiss_slice
#define SWISS_HASH point_hash
#define SWISS_EQUAL point_equal
#define SWISS_KEY_DROP point_drop
#define SWISS_KEY_CLONE point_clone
#include "swiss.h"

static bool text_equal(const char *const *key, const swiss_slice *sought) {
    return strlen(*key) == sought->size && memcmp(*key, sought->data, sought->size) == 0;
}

#define SWISS_NAME words
#define SWISS_KEY const char *
#define SWISS_VALUE unsigned
#define SWISS_LOOKUP swiss_slice
#define SWISS_LOOKUP_EQUAL text_equal
#include "swiss.h"

#define SWISS_NAME addresses
#define SWISS_KEY void *
#define SWISS_VALUE long long
#define SWISS_HASH_KEYED
#include "swiss.h"

int main(void) {
    const swiss_options options = {NOTHING, 1, 100};
    const point origin = {0, 0};
    numbers a;
    points b, copy;
    words c;
    float *found;
    swiss_slice cat;
    bool done;
    cat.data = "cat";
    cat.size = 3;
    done = numbers_init(&a, &options) && points_init(&b, &options) && words_init(&c, NOTHING);
    done = done && numbers_put(&a, 0.5, 0.25f).entry && points_insert(&b, origin, cat).inserted;
    done = done && words_insert(&c, "cat", 3).inserted && words_find_as(&c, cat);
    done = done && points_clone(&copy, &b) && points_contains(&copy, origin);
    found = numbers_get(&a, 0.5);
    printf("%d\n", done && found && *found > 0.2f);
    numbers_free(&a);
    points_free(&b);
    points_free(&copy);
    words_free(&c);
    return 0;
}
