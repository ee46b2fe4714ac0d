/* Every header, and templates with every parameter, in a program of C or C++ that has nothing to be warned of itself:
 * `run` compiles it with all the warnings that there are. */
extern int map, key, value, entry, entries, keys, values, table, type, hash, seed, slot, slots, found, size, count,
    iter, to, from, other, options, context, result, first, group, lane, mask, position, a, b, i;

#include <swiss/align.h>
#include <swiss/allocator.h>
#include <swiss/arena.h>
#include <swiss/arena_weak.h>
#include <swiss/base.h>
#include <swiss/buffer.h>
#include <swiss/byte_pool.h>
#include <swiss/group.h>
#include <swiss/hash.h>
#include <swiss/heap.h>
#include <swiss/heap_misuse.h>
#include <swiss/heap_stats.h>
#include <swiss/pool.h>
#include <swiss/pool_manager.h>
#include <swiss/ref.h>
#include <swiss/table.h>

#ifdef __cplusplus
#    define NOTHING nullptr
#else
#    define NOTHING NULL
#endif

/* Defaults, for every kind of key. */
enum planet { MERCURY, VENUS };

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

#define SWISS_NAME text_map
#define SWISS_KEY const char *
#define SWISS_VALUE uint8_t
#include <swiss/map.h>

#define SWISS_NAME slice_set
#define SWISS_KEY swiss_slice
#include <swiss/set.h>

#define SWISS_NAME double_set
#define SWISS_KEY double
#include <swiss/set.h>

#define SWISS_NAME float_set
#define SWISS_KEY float
#include <swiss/set.h>

#define SWISS_NAME planet_set
#define SWISS_KEY enum planet
#include <swiss/set.h>

#define SWISS_NAME pointer_set
#define SWISS_KEY const void *
#define SWISS_HASH_KEYED
#define SWISS_BOUNDED
#include <swiss/set.h>

#define SWISS_NAME narrow_map
#define SWISS_KEY signed char
#define SWISS_VALUE bool
#define SWISS_LOOKUP int
#define SWISS_LOOKUP_EQUAL(narrow, wide) (*(narrow) == *(wide))
#include <swiss/map.h>

/* Every parameter, as functions, then as macros. */
typedef struct point {
    int x, y;
} point;

uint64_t hash_point(const point *point_, uint64_t seed_);
uint64_t hash_text(const swiss_slice *text, uint64_t seed_);
bool same_point(const point *one, const point *another);
bool is_called(const point *point_, const swiss_slice *text);
bool make_point(point *made, const swiss_slice *text);
bool copy_point(point *copy, const point *original);
void drop_point(point *point_);

#define SWISS_NAME point_map
#define SWISS_KEY point
#define SWISS_VALUE point
#define SWISS_HASH hash_point
#define SWISS_HASH_AVALANCHES
#define SWISS_EQUAL same_point
#define SWISS_KEY_DROP drop_point
#define SWISS_KEY_CLONE copy_point
#define SWISS_VALUE_DROP drop_point
#define SWISS_VALUE_CLONE copy_point
#define SWISS_LOOKUP swiss_slice
#define SWISS_LOOKUP_HASH hash_text
#define SWISS_LOOKUP_EQUAL is_called
#define SWISS_LOOKUP_MAKE make_point
#include <swiss/map.h>

#define SWISS_NAME macro_map
#define SWISS_KEY point
#define SWISS_VALUE point
#define SWISS_HASH(point, seed) hash_point(point, seed)
#define SWISS_EQUAL(one, another) ((one)->x == (another)->x && (one)->y == (another)->y)
#define SWISS_KEY_DROP(point) drop_point(point)
#define SWISS_KEY_CLONE(copy, original) copy_point(copy, original)
#define SWISS_VALUE_DROP(point) drop_point(point)
#define SWISS_VALUE_CLONE(copy, original) copy_point(copy, original)
#define SWISS_LOOKUP swiss_slice
#define SWISS_LOOKUP_HASH(text, seed) hash_text(text, seed)
#define SWISS_LOOKUP_EQUAL(point, text) is_called(point, text)
#define SWISS_LOOKUP_MAKE(made, text) make_point(made, text)
#include <swiss/map.h>

/* A header and a source. */
#define SWISS_NAME shared_map
#define SWISS_KEY uint32_t
#define SWISS_VALUE const char *
#define SWISS_DECLARE
#include <swiss/map.h>

#define SWISS_NAME shared_map
#define SWISS_KEY uint32_t
#define SWISS_VALUE const char *
#define SWISS_DEFINE
#include <swiss/map.h>

#ifdef __cplusplus
/* One name in two namespaces, and in none. */
namespace east {
#    define SWISS_NAME point_map
#    define SWISS_KEY int
#    define SWISS_VALUE int
#    define SWISS_VALUE_DROP(number) (*(number) = 0)
#    include <swiss/map.h>
} // namespace east
namespace west {
#    define SWISS_NAME point_map
#    define SWISS_KEY const char *
#    include <swiss/set.h>
} // namespace west
size_t use_namespaces(const east::point_map *one, const west::point_map *another);
size_t use_namespaces(const east::point_map *one, const west::point_map *another) {
    return east::point_map_size(one) + west::point_map_size(another);
}
#endif

SWISS_REF_TYPE(shared_planet, enum planet);
SWISS_REF_TYPE_LOCAL(own_planet, enum planet);

bool keep_none(u64_map_entry *one, void *nothing);
bool same_number(const uint64_t *one, const uint64_t *another);
bool use_map(void);
bool use_points(point_map *points, macro_map *more);
bool use_shared(shared_map *names);
bool use_table(swiss_table *numbers, const swiss_table_type *of_numbers);
unsigned use_group(uint8_t *bytes);
uint64_t use_hashes(const char *text, const double *number);
void *use_heap(void);
bool use_arena(swiss_arena *arena);
bool use_refs(swiss_ref_queue *queue, void (*end)(void *));

bool use_map(void) {
    static const uint64_t many[2] = {1, 2};
    static const swiss_options fixed = {NOTHING, 1, 10};
    u64_map_entry *where[2], taken, *one;
    u64_map_iter all;
    bool inserted[2];
    u64_map numbers, copy;
    bool well = u64_map_init(&numbers, &fixed) && u64_map_init(&copy, NOTHING);
    well = well && u64_map_insert(&numbers, 1, 2).inserted && u64_map_put(&numbers, 1, 2).entry->key == 1;
    well = well && *u64_map_get_or_insert(&numbers, 3, 4) == 4 && *u64_map_get(&numbers, 3) == 4;
    well = well && u64_map_contains(&numbers, 5) && u64_map_find(&numbers, 3)->value == 4;
    u64_map_find_many(&numbers, many, 2, where);
    well = well && u64_map_insert_many(&numbers, many, many, 2) == 2 && u64_map_remove_many(&numbers, many, 2) == 2;
    well = well && u64_map_insert_many_marked(&numbers, many, many, 2, inserted) == 2;
    well = well && u64_map_take(&numbers, 1, &taken) && u64_map_remove(&numbers, 2);
    u64_map_remove_entry(&numbers, where[0]);
    all = u64_map_iterate(&numbers);
    while ((one = u64_map_next(&all)) != NOTHING)
        if (one->value == 0)
            u64_map_iter_remove(&numbers, &all);
    SWISS_EACH(u64_map, each, &numbers) well = well && each->value != 9;
    well = well && u64_map_clone(&copy, &numbers) && u64_map_merge(&copy, &numbers) && u64_map_reserve(&copy, 5);
    u64_map_swap(&numbers, &copy);
    copy = u64_map_move(&numbers);
    well = well && u64_map_retain(&copy, keep_none, NOTHING) == 1 && u64_map_equal(&copy, &numbers, same_number);
    well = well && u64_map_stats(&copy).bytes > 0 && u64_map_validate(&copy) == NOTHING && u64_map_capacity(&copy) > 0;
    well = well && u64_map_shrink(&copy) && u64_map_size(&copy) == 0;
    u64_map_clear(&copy);
    u64_map_free(&copy);
    return well;
}

bool use_points(point_map *points, macro_map *more) {
    static const swiss_slice text = {"origin", 6};
    static const point origin = {0, 0};
    bool well = point_map_insert_as(points, text, origin).inserted && point_map_remove_as(points, text) &&
                point_map_put_as(points, text, origin).inserted;
    well = well && macro_map_insert_as(more, text, origin).inserted && macro_map_put(more, origin, origin).inserted;
    point_map_free(points);
    macro_map_free(more);
    return well;
}

bool use_shared(shared_map *names) {
    return shared_map_insert(names, 1, "one").inserted && shared_map_remove(names, 2);
}

bool use_table(swiss_table *numbers, const swiss_table_type *of_numbers) {
    swiss_table_iter all = swiss_table_iterate(numbers);
    void *one = swiss_table_next(&all, of_numbers), *number = swiss_table_value(of_numbers, one);
    swiss_table_iter_remove(numbers, of_numbers, &all);
    return swiss_table_size(numbers) < swiss_table_capacity(numbers) && one == number;
}

/* Caches, with all that they may have. */
#define SWISS_NAME u64_cache
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/cache.h>

#define PLANET_COST(a, b) ((void)(a), (void)(b), (size_t)3)
#define SWISS_NAME planet_cache
#define SWISS_KEY_OWNED_STRING
#define SWISS_VALUE enum planet *
#define SWISS_COST PLANET_COST
#define SWISS_TIMES
#define SWISS_WEAK
#define SWISS_THREADS
#include <swiss/cache.h>

unsigned use_group(uint8_t *bytes) {
    swiss_group of_16 = swiss_group_load(bytes);
    swiss_mask lanes = swiss_group_match(of_16, 1) | swiss_group_match_full(of_16) | swiss_group_match_free(of_16);
    swiss_group_fill(bytes, of_16, swiss_mask_lowest(lanes), 1);
    swiss_group_empty(bytes, of_16, swiss_mask_lowest(swiss_mask_next(lanes)));
    return bytes[0] == SWISS_EMPTY ? swiss_mask_count(lanes) : 0;
}

uint64_t use_hashes(const char *text, const double *number) {
    SWISS_STATIC_ASSERT(swiss_has_default(int) && swiss_hashed_alike(int, short), "numbers");
    return swiss_default_equal(number, number) ? swiss_default_hash(&text, SWISS_GOLDEN) + SWISS_VERSION_NUMBER
                                               : swiss_default_hash_keyed(number, 1);
}

void *use_heap(void) {
    return swiss_allocator_allocate(NOTHING, 1, 1);
}

bool use_arena(swiss_arena *arena) {
    SWISS_ARENA_SCOPE(arena);
    int *numbers = swiss_arena_new(arena, int, 10);
    enum planet *planets = swiss_arena_new_raw(arena, enum planet, 1);
    swiss_arena_text text;
    memset(&text, 0, sizeof text);
    text.arena = arena;
    swiss_arena_weak_drop(swiss_arena_weak_copy(swiss_arena_weak_of(arena, planets)));
    /* More than any object has, which is out of memory. */
    if (swiss_arena_new(arena, char, SIZE_MAX) || swiss_arena_new(arena, int, SIZE_MAX / 8 + 1) ||
        swiss_arena_alloc_zeroed(arena, SIZE_MAX / 2 + 2, 1) || swiss_arena_alloc(arena, SIZE_MAX, 1))
        return false;
    return numbers && planets && swiss_arena_text_printf(&text, "%d", numbers[0]) &&
           swiss_arena_rewind(arena, swiss_arena_mark_here(arena));
}

bool use_refs(swiss_ref_queue *queue, void (*end)(void *)) {
    enum planet *object = shared_planet_retain(shared_planet_new(NOTHING));
    shared_planet_weak weak = shared_planet_weak_copy(shared_planet_weak_of(object));
    swiss_ref_cleanup cleanup = swiss_ref_add_cleanup(object, end, NOTHING, queue);
    bool well = shared_planet_upgrade(weak) == object && swiss_ref_stop_cleanup(object, cleanup);
    own_planet_release(own_planet_new(NOTHING));
    shared_planet_release(swiss_ref_new(NOTHING, enum planet));
    shared_planet_weak_drop(weak);
    return well && swiss_ref_count(object) == 1 && !shared_planet_weak_is_dead(weak) && swiss_ref_drain(queue) == 1;
}
