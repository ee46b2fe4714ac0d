/* program.c - what a debugger is shown: maps, sets, caches, arenas, references, pools, blocks of the heap; and such as
 * are not in order. */
#include <string.h>
#include <swiss/arena.h>
#include <swiss/arena_weak.h>
#include <swiss/buffer.h>
#include <swiss/heap.h>
#include <swiss/pool.h>
#include <swiss/ref.h>

#define SWISS_NAME word_count
#define SWISS_KEY const char *
#define SWISS_VALUE unsigned
#include <swiss/map.h>

#define SWISS_NAME numbers
#define SWISS_KEY int
#include <swiss/set.h>

#define SWISS_NAME longs
#define SWISS_KEY int64_t
#define SWISS_VALUE short
#include <swiss/map.h>

#define SWISS_NAME steady
#define SWISS_KEY int
#define SWISS_BOUNDED
#include <swiss/set.h>

#define SWISS_NAME reals
#define SWISS_KEY double
#define SWISS_VALUE int
#include <swiss/map.h>

#define SWISS_NAME slices
#define SWISS_KEY swiss_slice
#define SWISS_VALUE int
#include <swiss/map.h>

#define SWISS_NAME strangers
#define SWISS_KEY_OWNED_STRING
#define SWISS_VALUE int
#define SWISS_HASH_KEYED
#include <swiss/map.h>

enum color { RED, GREEN = 7, BLUE };
#define SWISS_NAME colors
#define SWISS_KEY enum color
#define SWISS_VALUE const char *
#include <swiss/map.h>

static uint64_t length_hash(const char *const *key, uint64_t seed) {
    return strlen(*key) ^ seed;
}
static bool is_same(const char *const *a, const char *const *b) {
    return strcmp(*a, *b) == 0;
}
#define SWISS_NAME by_length
#define SWISS_KEY const char *
#define SWISS_VALUE int
#define SWISS_HASH length_hash
#define SWISS_EQUAL is_same
#include <swiss/map.h>

typedef struct point {
    short x, y;
} point;
#define SWISS_NAME places
#define SWISS_KEY point
#define SWISS_VALUE double
#define SWISS_HASH(p, seed) swiss_hash_u64((uint64_t)(p)->x * 1000 + (uint64_t)(p)->y, seed)
#define SWISS_EQUAL(a, b) ((a)->x == (b)->x && (a)->y == (b)->y)
#include <swiss/map.h>

#define SWISS_NAME pages
#define SWISS_KEY int
#define SWISS_VALUE const char *
#include <swiss/cache.h>

#define SWISS_NAME costly
#define SWISS_KEY const char *
#define SWISS_VALUE int
#define SWISS_COST(key, value) ((size_t) * (value))
#include <swiss/cache.h>

#define SWISS_NAME shared_pages
#define SWISS_KEY int
#define SWISS_VALUE int
#define SWISS_THREADS
#define SWISS_TIMES
#include <swiss/cache.h>

struct image {
    int width, height;
};
SWISS_REF_TYPE(image, struct image);

static word_count words, empty, overwritten, three_groups, no_memory, wild, no_slots, wild_slots, endless, five;
static steady growing;
static numbers many, crowded;
static longs negative;
static reals halves;
static slices parts;
static strangers owned;
static colors named;
static by_length lengths;
static places board;
static pages recent, mixed, none, torn, broken;
static costly dear;
static shared_pages shared;
static swiss_arena arena, wild_arena, round_arena;
static swiss_arena_link_ ring;
static swiss_pool *pool;
static swiss_byte_pool *bytes;
static swiss_buffer buffer, wild_buffer;
static swiss_arena_text text;
static swiss_slice slice;
static struct image *picture;
static image_weak in_cache, gone, wild_weak;
static swiss_arena_weak handle;
static void *blocks[100], *large;
static swiss_heap *own_heap;
static void *own_block;
static const char all_ways[] =
    "a word that is longer than sixteen bytes, and this one is longer than sixty-four, so that all ways "
    "to hash are gone: up to a hundred and more bytes";

void stop_here(bool dies);
void stop_here(bool dies) {
    static const void *const all[] = {
        &words,       &empty,  &overwritten, &three_groups, &no_memory,   &wild,  &no_slots,  &wild_slots,
        &endless,     &five,   &many,        &negative,     &halves,      &parts, &owned,     &named,
        &lengths,     &board,  &recent,      &mixed,        &crowded,     &none,  &torn,      &broken,
        &dear,        &shared, &arena,       &wild_arena,   &round_arena, &pool,  &bytes,     &buffer,
        &wild_buffer, &text,   &slice,       &picture,      &in_cache,    &gone,  &wild_weak, &handle,
        blocks,       &large,  &own_heap,    &own_block,    &growing,
    };
    __asm__ volatile("" : : "r"(all) : "memory");
    if (dies) /* and leaves a core */
        __builtin_trap();
}

static void spoil(void) {
    memset(&overwritten, 0x5A, sizeof overwritten);
    three_groups = words;
    three_groups.table.mask = 32;
    no_memory.table.size = 3;
    wild = words;
    wild.table.control = (uint8_t *)16;
    no_slots = words;
    no_slots.table.slots = NULL;
    wild_slots = words;
    wild_slots.table.slots = (char *)32;
    endless = words;
    endless.table.mask = ((size_t)1 << 36) - 16;
    endless.table.capacity_small = 0;
    five = words;
    five.table.capacity_small = 5;
    memset(&torn, 0x5A, sizeof torn);
    broken = recent;
    broken.shards_[0].lists[SWISS_CACHE_MAIN_].newest = 3; /* of an empty list: so it says nothing */
    broken.shards_[0].lists[SWISS_CACHE_SMALL_].newest = 77777;
    memset(&wild_arena, 0x5A, sizeof wild_arena);
    round_arena = arena;
    ring.next_ = &ring;
    round_arena.cleanups_ = &ring;
    memset(&wild_buffer, 0x5A, sizeof wild_buffer);
    memset(&wild_weak, 0x5A, sizeof wild_weak);
}

static bool fill_caches(void) {
    static const char *const names[] = {"zero", "one", "two", "three"};
    if (!pages_init(&recent, &(pages_options){.capacity = 100}) ||
        !pages_init(&mixed, &(pages_options){.capacity = 10}) ||
        !costly_init(&dear, &(costly_options){.capacity = 1000, .policy = SWISS_CACHE_LRU}) ||
        !shared_pages_init(&shared, &(shared_pages_options){.capacity = 1000, .ttl = 1000000, .shards = 4}))
        return false;
    for (int i = 0; i < 4; ++i)
        pages_put(&recent, i, names[i]);
    pages_pin(&recent, 1);
    for (int i = 0; i < 20; ++i) {
        pages_put(&mixed, i, names[i % 4]);
        (void)pages_get(&mixed, 0);
    }
    costly_put(&dear, "cheap", 10);
    costly_put(&dear, "dear", 500);
    costly_pin(&dear, "dear");
    costly_put(&dear, "last", 20);
    for (int i = 0; i < 50; ++i)
        shared_pages_put(&shared, i, i * i);
    return true;
}

int main(int count, char **arguments) {
    word_count unused = {0};
    word_count_insert(&words, "to", 2);
    word_count_insert(&words, "be", 2);
    for (int i = 0; i < 1000; ++i)
        numbers_insert(&many, i * 3);
    if (!numbers_init(&crowded, &(swiss_options){.seed = 42}))
        return 1;
    for (int i = 0; i < 1792; ++i) /* as many as go into 2048 slots */
        numbers_insert(&crowded, i);
    for (int i = 0; i < 1792 + 7; ++i) /* seven steps of a growth */
        steady_insert(&growing, i);
    for (int i = -50; i < 50; ++i)
        longs_insert(&negative, i, (short)i);
    for (int i = 0; i < 20; ++i)
        reals_insert(&halves, i * 0.5, i);
    for (int i = 0; i < 200; ++i) {
        char *word = swiss_arena_printf(&arena, "%.*s%d", i, all_ways, i);
        if (!word)
            return 1;
        slices_insert(&parts, swiss_slice_of(word), i);
        strangers_insert_as(&owned, swiss_slice_of(word), i);
        by_length_insert(&lengths, word, i);
    }
    colors_insert(&named, GREEN, "grass");
    places_insert(&board, (point){4, 0}, 0.5);
    char *string = swiss_arena_copy_string(&arena, "hello");
    void *big = swiss_arena_alloc(&arena, 100000, 8);
    handle = swiss_arena_weak_of(&arena, string);
    picture = image_new(NULL);
    if (!picture || !string || !big || !fill_caches())
        return 1;
    picture->width = 640;
    in_cache = image_weak_of(picture);
    image_release(image_upgrade(in_cache));
    struct image *other = image_new(NULL);
    gone = image_weak_of(other);
    image_release(other);
    pool = swiss_pool_create(&(swiss_pool_options){.size = 64});
    void *object = swiss_pool_get(pool), *second = swiss_pool_get(pool);
    swiss_pool_put(pool, object);
    swiss_pool_put(pool, second);
    bytes = swiss_byte_pool_create(NULL);
    buffer = swiss_buffer_of(bytes);
    if (!pool || !bytes || !swiss_buffer_append(&buffer, "one\ntwo", 7))
        return 1;
    text.arena = &arena;
    swiss_arena_text_append(&text, "to be");
    slice = (swiss_slice){"slice of more", 5};
    for (int i = 0; i < 100; ++i)
        blocks[i] = swiss_heap_alloc(NULL, 1000);
    for (int i = 0; i < 30; ++i)
        swiss_heap_free(NULL, blocks[i]);
    large = swiss_heap_alloc(NULL, 300000);
    for (int i = 0; i < 10; ++i)
        swiss_heap_free(NULL, swiss_heap_alloc(NULL, 600000));
    own_heap = swiss_heap_create();
    own_block = swiss_heap_alloc(own_heap, 48);
    spoil();
    (void)arguments;
    stop_here(count > 1);
    return (int)unused.table.size;
}
