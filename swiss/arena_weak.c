/* arena_weak.c - weak handles to objects in an arena.
 *
 *      arena -> weaks: a table from the object to its place
 *               place: a counted object, to which the arena has the strong reference, and handles have weak ones
 *
 * A cleanup of the arena ends a place: it releases that reference, so that all handles are dead. The table has a
 * cleanup, too, which was added before those of all places, and so runs when they are gone.
 */
#include "swiss/arena_weak.h"
#include "swiss/table.h"

typedef struct arena_weaks {
    swiss_table places; /* from void * to arena_place * */
    swiss_table_type type;
    swiss_arena *arena;
    swiss_arena_cleanup end;
} arena_weaks;

typedef struct arena_place {
    void *object;
    arena_weaks *of;
    swiss_arena_cleanup end;
} arena_place;

static void end_weaks(void *argument) {
    arena_weaks *weaks = argument;
    swiss_arena *arena = weaks->arena;
    arena->weaks_ = NULL;
    swiss_table_free(&weaks->places, &weaks->type);
    swiss_allocator_free(arena->allocator_, weaks, sizeof *weaks, _Alignof(arena_weaks));
}

static void end_place(void *argument) {
    arena_place *place = argument;
    swiss_table_remove(&place->of->places, &place->of->type, &place->object);
    swiss_ref_release(place);
}

/* Returns the table of an arena; NULL when out of memory. */
static arena_weaks *weaks_of(swiss_arena *arena) {
    arena_weaks *weaks = arena->weaks_;
    if (weaks)
        return weaks;
    weaks = swiss_allocator_allocate(arena->allocator_, sizeof *weaks, _Alignof(arena_weaks));
    if (!weaks)
        return NULL;
    const swiss_options options = {.allocator = arena->allocator_};
    const size_t size = sizeof(void *), alignment = _Alignof(void *);
    if (!swiss_table_type_init(&weaks->type, size, alignment, size, alignment, NULL, NULL) ||
        !swiss_table_init(&weaks->places, &weaks->type, &options) ||
        !swiss_arena_add_cleanup(arena, &weaks->end, end_weaks, weaks)) {
        swiss_allocator_free(arena->allocator_, weaks, sizeof *weaks, _Alignof(arena_weaks));
        return NULL;
    }
    weaks->arena = arena;
    arena->weaks_ = weaks;
    return weaks;
}

/* Makes a place in the table. Returns NULL when out of memory. */
static arena_place *add_place(arena_weaks *weaks, void *object) {
    arena_place *place = swiss_ref_alloc(weaks->arena->allocator_, sizeof(arena_place), _Alignof(arena_place));
    if (!place)
        return NULL;
    place->object = object;
    place->of = weaks;
    if (!swiss_table_insert(&weaks->places, &weaks->type, &object, &place).slot ||
        !swiss_arena_add_cleanup(weaks->arena, &place->end, end_place, place)) {
        swiss_table_remove(&weaks->places, &weaks->type, &object);
        swiss_ref_release(place);
        return NULL;
    }
    return place;
}

swiss_arena_weak swiss_arena_weak_of(swiss_arena *arena, void *object) {
    SWISS_ARENA_CHECK_(arena);
    swiss_arena_weak weak = {{NULL}};
    arena_weaks *weaks = object ? weaks_of(arena) : NULL;
    if (!weaks)
        return weak;
    arena_place **known = swiss_table_get(&weaks->places, &weaks->type, &object);
    arena_place *place = known ? *known : add_place(weaks, object);
    weak.place_ = swiss_weak_of(place);
    return weak;
}
