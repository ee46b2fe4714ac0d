/* program.c - what a debugger is shown: maps, a set, an arena, references, and blocks of the heap. */
#include <string.h>
#include <swiss/arena.h>
#include <swiss/arena_weak.h>
#include <swiss/heap.h>
#include <swiss/ref.h>

#define SWISS_NAME word_count
#define SWISS_KEY const char *
#define SWISS_VALUE unsigned
#include <swiss/map.h>

#define SWISS_NAME numbers
#define SWISS_KEY int
#include <swiss/set.h>

typedef struct point {
    short x, y;
} point;
#define SWISS_NAME places
#define SWISS_KEY point
#define SWISS_VALUE double
#define SWISS_HASH(p, seed) swiss_hash_u64((uint64_t)(p)->x * 1000 + (uint64_t)(p)->y, seed)
#define SWISS_EQUAL(a, b) ((a)->x == (b)->x && (a)->y == (b)->y)
#include <swiss/map.h>

struct image {
    int width, height;
};
SWISS_REF_TYPE(image, struct image);

static word_count words, empty, overwritten;
static numbers many;
static places board;
static swiss_arena arena;
static struct image *picture;
static image_weak in_cache, gone;
static swiss_arena_weak handle;
static void *blocks[100];

void stop_here(void);
void stop_here(void) {
    __asm__ volatile(""
                     :
                     : "r"(&words), "r"(&empty), "r"(&overwritten), "r"(&many), "r"(&board), "r"(&arena)
                     : "memory");
}

int main(void) {
    word_count_insert(&words, "to", 2);
    word_count_insert(&words, "be", 2);
    for (int i = 0; i < 1000; ++i)
        numbers_insert(&many, i * 3);
    places_insert(&board, (point){4, 0}, 0.5);
    memset(&overwritten, 0x5A, sizeof overwritten);
    char *text = swiss_arena_copy_string(&arena, "hello");
    void *big = swiss_arena_alloc(&arena, 100000, 8);
    handle = swiss_arena_weak_of(&arena, text);
    picture = image_new(NULL);
    if (!picture || !text || !big)
        return 1;
    picture->width = 640;
    in_cache = image_weak_of(picture);
    image_release(image_upgrade(in_cache));
    struct image *other = image_new(NULL);
    gone = image_weak_of(other);
    image_release(other);
    for (int i = 0; i < 100; ++i)
        blocks[i] = swiss_heap_alloc(NULL, 1000);
    for (int i = 0; i < 30; ++i)
        swiss_heap_free(NULL, blocks[i]);
    stop_here();
    return 0;
}
