/* lifetimes_arena.h - the part of the target `lifetimes` that tries arena.h and arena_weak.h: a tree of arenas, and of
 * each a list of what is alive in it, with the time when it came. */
#include "lifetimes_ref.h"
#include <swiss/arena.h>
#include <swiss/arena_weak.h>

enum { ARENAS = 4, BLOCKS = 32, MARKS = 8, RECORDS = 8, STRINGS = 8, PLACES = 64, HANDLES = 24, SMALL = 4096 };

typedef struct {
    unsigned char *bytes; /* NULL: there is none */
    size_t size, alignment;
    unsigned char fill;
    uint64_t born;
} fuzz_block;

typedef struct {
    swiss_arena_mark mark;
    uint64_t born;
    size_t small; /* the bytes that were in use then, but for oversize blocks */
} fuzz_mark;

typedef struct {
    swiss_arena_cleanup own, *cleanup; /* the record: ours, or one in the arena */
    struct fuzz_arena *of;
    uint64_t born; /* 0: not added */
    unsigned action, target;
    fuzz_object *holds; /* a reference that the cleanup releases; or NULL */
} fuzz_record;

/* Text number i of the pattern is 'a' + i % 26; a text begins anywhere in it. */
typedef struct {
    char *text; /* NULL: there is none */
    size_t size, room;
    unsigned from;
    uint64_t born;
} fuzz_string;

typedef struct fuzz_arena {
    swiss_arena own, *arena; /* our own, or one that lies in its parent */
    struct fuzz_arena *parent;
    uint64_t born;
    bool ending; /* what is newer than `after` */
    uint64_t after;
    fuzz_block blocks[BLOCKS];
    fuzz_mark marks[MARKS];
    unsigned mark_count, most_marks;
    swiss_arena_mark stale; /* .arena_ NULL: none is known */
    fuzz_record records[RECORDS];
    fuzz_string strings[STRINGS];
    swiss_arena_text text;
    fuzz_string building; /* what of the text has been appended */
    bool failed;
    size_t small, peak;
    uint64_t last; /* when the newest block or mark came */
    unsigned char first[1000];
} fuzz_arena;

static fuzz_arena arenas[ARENAS];

/* An object in an arena to which there was a handle. */
typedef struct {
    fuzz_arena *of; /* NULL: there is none */
    void *object;
    uint64_t born;
    bool dead;
    unsigned handles;
} fuzz_place;

static fuzz_place places[PLACES];
static struct {
    swiss_arena_weak weak;
    fuzz_place *of; /* NULL: it is to nothing */
} handles[HANDLES];

static char pattern[26 + (1 << 16)];

static void begin_arenas(void) {
    memset(arenas, 0, sizeof arenas);
    memset(places, 0, sizeof places);
    memset(handles, 0, sizeof handles);
    for (unsigned i = 0; pattern[sizeof pattern - 1] == 0 && i < sizeof pattern; ++i)
        pattern[i] = (char)('a' + i % 26);
    for (unsigned i = 0; i < ARENAS; ++i) {
        arenas[i].arena = &arenas[i].own;
        swiss_arena_init(arenas[i].arena, &(swiss_arena_options){.allocator = &fuzz_allocator});
        arenas[i].text.arena = arenas[i].arena;
    }
}

/* The numbers ------------------------------------------------------------------------------------------------------ */

static size_t counted(size_t size) {
    return size + (size == 0);
}

static bool is_big(size_t size, size_t alignment) {
    return size > SMALL || alignment > SMALL;
}

static size_t used(const fuzz_arena *of) {
    size_t bytes = of->small + (is_big(of->building.room, 1) ? of->building.room : 0);
    for (unsigned i = 0; i < BLOCKS; ++i)
        if (of->blocks[i].bytes && is_big(of->blocks[i].size, of->blocks[i].alignment))
            bytes += counted(of->blocks[i].size);
    for (unsigned i = 0; i < STRINGS; ++i)
        if (of->strings[i].text && is_big(of->strings[i].room, 1))
            bytes += of->strings[i].room;
    return bytes;
}

/* So many bytes more than are in use now have been in use. */
static void note_peak(fuzz_arena *of, size_t more) {
    const size_t bytes = used(of) + more;
    of->peak = of->peak < bytes ? bytes : of->peak;
}

static void check_string(const fuzz_string *string) {
    if (string->text)
        CHECK(memcmp(string->text, pattern + string->from % 26, string->size) == 0);
}

static void check_arena(fuzz_arena *of) {
    note_peak(of, 0);
    const swiss_arena_stats stats = swiss_arena_get_stats(of->arena);
    CHECK(stats.used == used(of));
    CHECK(stats.peak == of->peak);
    CHECK(stats.used + stats.wasted <= stats.reserved && stats.reserved <= memory.bytes + sizeof of->first);
    for (unsigned i = 0; i < BLOCKS; ++i)
        if (of->blocks[i].bytes)
            check_paint(of->blocks[i].bytes, of->blocks[i].size, of->blocks[i].fill);
    for (unsigned i = 0; i < STRINGS; ++i) {
        check_string(&of->strings[i]);
        CHECK(!of->strings[i].text || of->strings[i].text[of->strings[i].size] == 0);
    }
    CHECK(of->text.data == of->building.text && of->text.size == of->building.size);
    check_string(&of->building);
}

static void check_arenas(void) {
    for (unsigned i = 0; i < ARENAS; ++i)
        check_arena(&arenas[i]);
    for (unsigned i = 0; i < HANDLES; ++i) {
        const fuzz_place *place = handles[i].of;
        CHECK(swiss_arena_weak_get(handles[i].weak) == (place && !place->dead ? place->object : NULL));
        CHECK(swiss_arena_weak_is_dead(handles[i].weak) == (!place || place->dead));
        for (unsigned j = 0; j < i; ++j)
            CHECK(swiss_arena_weak_equal(handles[i].weak, handles[j].weak) == (place == handles[j].of));
    }
}

/* Blocks ----------------------------------------------------------------------------------------------------------- */

static void free_block(fuzz_arena *of, fuzz_block *block) {
    if (!block->bytes)
        return;
    check_paint(block->bytes, block->size, block->fill);
    note_peak(of, 0);
    if (!is_big(block->size, block->alignment))
        of->small -= counted(block->size);
    if (block->size && block->born & 1)
        swiss_allocator_free(swiss_arena_allocator(of->arena), block->bytes, block->size, block->alignment);
    else
        swiss_arena_free_block(of->arena, block->bytes, block->size, block->alignment);
    block->bytes = NULL;
}

/* Takes over what the arena has returned. Returns false if that is nothing. */
static bool keep_block(fuzz_arena *of, fuzz_block *block, void *bytes, size_t size, size_t alignment) {
    if (!bytes)
        return false;
    CHECK((uintptr_t)bytes % alignment == 0);
    *block = (fuzz_block){bytes, size, alignment, paint(bytes, size), ++now};
    if (!is_big(size, alignment))
        of->small += counted(size);
    of->last = now;
    note_peak(of, 0);
    return true;
}

typedef struct {
    _Alignas(64) unsigned char bytes[64];
} wide;

static void alloc_block(fuzz_arena *of, const lifetime_step *step) {
    fuzz_block *block = &of->blocks[step->index % BLOCKS];
    free_block(of, block);
    size_t size = step->size, alignment = step->alignment;
    const size_t failures = memory.failures;
    void *bytes;
    switch (step->index / BLOCKS) {
    case 0:
        bytes = swiss_arena_alloc_zeroed(of->arena, size, alignment);
        if (bytes)
            check_paint(bytes, size, 0);
        break;
    case 1:
        size = counted(size);
        bytes = swiss_allocator_allocate(swiss_arena_allocator(of->arena), size, alignment);
        break;
    case 2:
        bytes = swiss_arena_copy(of->arena, pattern, size, alignment);
        if (bytes)
            CHECK(memcmp(bytes, pattern, size) == 0);
        break;
    case 3:
        alignment = _Alignof(uint64_t);
        bytes = swiss_arena_new(of->arena, uint64_t, size / 8);
        size = size / 8 * 8;
        if (bytes)
            check_paint(bytes, size, 0);
        break;
    case 4:
        alignment = _Alignof(wide);
        bytes = swiss_arena_new_raw(of->arena, wide, size / 64);
        size = size / 64 * 64;
        break;
    case 5:
        alignment = 1;
        bytes = swiss_arena_copy_text(of->arena, pattern, size);
        if (bytes)
            CHECK(memcmp(bytes, pattern, size) == 0 && ((char *)bytes)[size] == 0);
        ++size;
        break;
    default:
        bytes = swiss_arena_alloc(of->arena, size, alignment);
        break;
    }
    CHECK((bytes == NULL) == (memory.failures != failures));
    keep_block(of, block, bytes, size, alignment);
}

static void resize_block(fuzz_arena *of, const lifetime_step *step) {
    fuzz_block *block = &of->blocks[step->index % BLOCKS], old = *block;
    const bool view = step->index / BLOCKS & 1;
    const size_t failures = memory.failures;
    size_t size = step->size, alignment = old.bytes ? old.alignment : step->alignment;
    if (step->index / BLOCKS & 2)
        size = old.size + step->first;
    if (old.bytes)
        check_paint(old.bytes, old.size, old.fill);
    note_peak(of, 0);
    unsigned char *bytes;
    if (view && old.bytes && old.size && size)
        bytes = swiss_allocator_resize(swiss_arena_allocator(of->arena), old.bytes, old.size, size, alignment);
    else
        bytes = swiss_arena_resize(of->arena, old.bytes, old.bytes ? old.size : 0, size, alignment);
    CHECK((bytes == NULL) == (memory.failures != failures));
    if (!bytes)
        return;
    if (!old.bytes) {
        keep_block(of, block, bytes, size, alignment);
        return;
    }
    check_paint(bytes, size < old.size ? size : old.size, old.fill);
    const bool was_big = is_big(old.size, alignment), now_big = is_big(size, alignment);
    if (counted(size) <= counted(old.size) && !was_big)
        CHECK(bytes == old.bytes);
    if (bytes != old.bytes && !(was_big && now_big))
        note_peak(of, counted(size));
    of->small += (now_big ? 0 : counted(size)) - (was_big ? 0 : counted(old.size));
    CHECK((uintptr_t)bytes % alignment == 0);
    const bool as_old = was_big && now_big; /* an oversize block keeps its place in time */
    *block = (fuzz_block){bytes, size, alignment, paint(bytes, size), as_old ? old.born : ++now};
    if (!as_old && bytes != old.bytes)
        of->last = block->born;
    else if (old.born == of->last)
        of->last = block->born;
    note_peak(of, 0);
}

/* The last block gives back what it shrinks by, and grows again where it is. */
static void breathe(fuzz_arena *of, const lifetime_step *step) {
    fuzz_block *block = &of->blocks[step->index % BLOCKS];
    if (!block->bytes || block->born != of->last || is_big(block->size, block->alignment) || block->size < 2)
        return;
    const size_t size = 1 + step->first % (block->size - 1);
    note_peak(of, 0);
    CHECK(swiss_arena_resize(of->arena, block->bytes, block->size, size, block->alignment) == block->bytes);
    CHECK(swiss_arena_get_stats(of->arena).used == used(of) - block->size + size);
    check_paint(block->bytes, size, block->fill);
    CHECK(swiss_arena_resize(of->arena, block->bytes, size, block->size, block->alignment) == block->bytes);
    block->fill = paint(block->bytes, block->size);
}

/* What can never be done. */
static void try_impossible(fuzz_arena *of, const lifetime_step *step) {
    fuzz_block *block = &of->blocks[step->index % BLOCKS];
    const volatile size_t huge = SIZE_MAX - step->first; /* the compiler would warn of it */
    const size_t half = (size_t)PTRDIFF_MAX - step->first;
    CHECK(swiss_arena_alloc(of->arena, huge, step->alignment) == NULL);
    CHECK(swiss_arena_alloc(of->arena, half, step->alignment) == NULL);
    CHECK(swiss_arena_alloc(of->arena, step->size, 3 * (step->first % 8)) == NULL);
    CHECK(swiss_arena_new(of->arena, uint64_t, huge) == NULL);
    CHECK(swiss_arena_new(of->arena, uint64_t, SIZE_MAX / 8 + 2) == NULL);
    CHECK(swiss_arena_copy_text(of->arena, pattern, huge) == NULL);
    if (block->bytes) {
        CHECK(swiss_arena_resize(of->arena, block->bytes, block->size, huge, block->alignment) == NULL);
        CHECK(swiss_arena_resize(of->arena, block->bytes, block->size, half, block->alignment) == NULL);
    }
}

/* Texts ------------------------------------------------------------------------------------------------------------ */

/* What follows an attempt to append `size` bytes. */
static void appended(fuzz_arena *of, size_t size, bool done, size_t failures) {
    fuzz_string *is = &of->building;
    CHECK(done == (memory.failures == failures));
    of->failed |= !done;
    if (done && !is->text) {
        is->room = 32 < size + 1 ? size + 1 : 32; /* else it takes what it needs */
        of->small += is_big(is->room, 1) ? 0 : is->room;
        is->born = of->last = ++now;
    } else if (done && is->size + size + 1 > is->room) {
        const size_t room = 2 * is->room < is->size + size + 1 ? is->size + size + 1 : 2 * is->room;
        const bool was_big = is_big(is->room, 1), now_big = is_big(room, 1);
        if (is->text != of->text.data && !(was_big && now_big))
            note_peak(of, room);
        of->small += (now_big ? 0 : room) - (was_big ? 0 : is->room);
        is->room = room;
        if (!(was_big && now_big))
            is->born = of->last = ++now;
    }
    is->text = of->text.data;
    is->size += done ? size : 0;
    note_peak(of, 0);
}

static void append_text(fuzz_arena *of, const lifetime_step *step) {
    fuzz_string *is = &of->building;
    size_t size = step->size;
    if (is->size + size > sizeof pattern - 26 || is->size + size > 1 << 15)
        return;
    if (!is->text)
        is->from = step->index % 26;
    const char *piece = pattern + (is->from + is->size) % 26;
    const size_t failures = memory.failures;
    char copy[1024];
    note_peak(of, 0);
    bool done;
    switch (step->index / BLOCKS) {
    case 0:
    case 1:
        done = swiss_arena_text_printf(&of->text, "%.*s", (int)size, piece);
        break;
    case 2:
        size = size < sizeof copy ? size : sizeof copy - 1;
        memcpy(copy, piece, size);
        copy[size] = 0;
        done = swiss_arena_text_append(&of->text, copy);
        break;
    case 3:
    case 4: {
        char *end = swiss_arena_text_reserve(&of->text, size);
        done = end != NULL;
        if (done)
            memcpy(end, piece, size);
        of->text.size += done ? size : 0;
        break;
    }
    default:
        done = swiss_arena_text_append_bytes(&of->text, piece, size);
        break;
    }
    appended(of, size, done, failures);
}

static fuzz_string *free_string(fuzz_arena *of) {
    for (unsigned i = 0; i < STRINGS; ++i)
        if (!of->strings[i].text)
            return &of->strings[i];
    return NULL;
}

static void take_text(fuzz_arena *of, const lifetime_step *step) {
    fuzz_string *to = free_string(of), *is = &of->building;
    if (!to)
        return;
    if (step->index / BLOCKS == 0) {
        CHECK(swiss_arena_text_reserve(&of->text, SIZE_MAX - step->first) == NULL);
        of->failed = true;
    }
    note_peak(of, 0);
    if (!is->text && !of->failed) {
        const size_t failures = memory.failures;
        (void)!swiss_arena_text_reserve(&of->text, 0);
        appended(of, 0, memory.failures == failures, failures);
    }
    const size_t failures = memory.failures;
    char *text = swiss_arena_text_take(&of->text);
    CHECK((text == NULL) == of->failed);
    size_t room = text ? memory.failures == failures ? is->size + 1 : is->room : 0;
    if (is_big(is->room, 1) && !is_big(room, 1) && text)
        note_peak(of, room);
    of->small += (is_big(room, 1) ? 0 : room) - (is_big(is->room, 1) ? 0 : is->room);
    if (text) {
        if (is_big(is->room, 1) != is_big(room, 1))
            is->born = ++now;
        *to = *is;
        to->text = text;
        to->room = room;
        CHECK(text[to->size] == 0);
    }
    of->last = ++now;
    memset(is, 0, sizeof *is);
    of->failed = false;
}

static void print_string(fuzz_arena *of, const lifetime_step *step) {
    fuzz_string *to = free_string(of);
    if (!to || step->size > 1 << 15)
        return;
    const size_t failures = memory.failures, size = step->size;
    char *text = swiss_arena_printf(of->arena, "%c%.*s", 'a', (int)size, pattern + 1);
    CHECK((text == NULL) == (memory.failures != failures));
    if (!text)
        return;
    note_peak(of, size + 2 < 32 ? 32 : size + 2);
    *to = (fuzz_string){text, size + 1, size + 2, 0, ++now};
    of->last = now;
    if (!is_big(to->room, 1))
        of->small += to->room;
}

/* Ends ------------------------------------------------------------------------------------------------------------- */

static void begin_end(fuzz_arena *of, uint64_t after) {
    note_peak(of, 0);
    of->ending = true;
    of->after = after;
    for (unsigned i = 0; i < ARENAS; ++i)
        if (arenas[i].parent == of && arenas[i].born > after)
            begin_end(&arenas[i], 0);
}

/* The handles to what came after a time are dead. */
static void end_places(const fuzz_arena *of, uint64_t after) {
    for (unsigned i = 0; i < PLACES; ++i) {
        fuzz_place *place = &places[i];
        if (place->of != of || place->dead || place->born <= after)
            continue;
        for (unsigned j = 0; j < HANDLES; ++j)
            CHECK(handles[j].of != place || swiss_arena_weak_get(handles[j].weak) == NULL);
        place->dead = true;
        if (!place->handles)
            place->of = NULL;
    }
}

/* What came after a time has ended. */
static void finish_end(fuzz_arena *of, uint64_t after, size_t small, bool freed) {
    for (unsigned i = 0; i < ARENAS; ++i)
        if (arenas[i].parent == of && arenas[i].born > after) {
            finish_end(&arenas[i], 0, 0, true);
            arenas[i].parent = NULL;
        }
    note_peak(of, 0);
    for (unsigned i = 0; i < RECORDS; ++i)
        CHECK(of->records[i].born <= after);
    for (unsigned i = 0; i < BLOCKS; ++i)
        if (of->blocks[i].born > after)
            of->blocks[i].bytes = NULL;
    for (unsigned i = 0; i < STRINGS; ++i)
        if (of->strings[i].born > after)
            of->strings[i].text = NULL;
    if (of->building.born > after || after == 0) {
        of->text = (swiss_arena_text){.arena = of->arena};
        memset(&of->building, 0, sizeof of->building);
        of->failed = false;
    }
    end_places(of, after);
    while (of->mark_count && of->marks[of->mark_count - 1].born > after)
        of->stale = of->marks[--of->mark_count].mark;
    of->small = small;
    of->last = ++now;
    of->ending = false;
    if (freed) {
        if (of->arena != &of->own) { /* it lay in its parent */
            of->arena = &of->own;
            swiss_arena_init(of->arena, &(swiss_arena_options){.allocator = &fuzz_allocator});
            of->stale.arena_ = NULL;
            of->most_marks = 0;
        }
        of->text.arena = of->arena;
        of->peak = 0;
    }
}

static void free_arena(fuzz_arena *of) {
    begin_end(of, 0);
    CHECK(swiss_arena_free(of->arena));
    const swiss_arena_stats stats = swiss_arena_get_stats(of->arena);
    CHECK(stats.used == 0 && stats.wasted == 0 && stats.reserved == 0 && stats.peak == 0);
    finish_end(of, 0, 0, true);
    of->parent = NULL;
}

static void reset_arena(fuzz_arena *of, size_t keep) {
    begin_end(of, 0);
    CHECK(swiss_arena_reset(of->arena, keep));
    CHECK(keep > SIZE_MAX / 2 || swiss_arena_get_stats(of->arena).reserved <= keep + sizeof of->first);
    finish_end(of, 0, 0, false);
}

static void rewind_arena(fuzz_arena *of, const fuzz_mark *to) {
    const bool ending = of->ending;
    const uint64_t after = of->after, born = to->born;
    const size_t small = to->small;
    begin_end(of, born);
    CHECK(swiss_arena_rewind(of->arena, to->mark));
    finish_end(of, born, small, false);
    of->ending = ending;
    of->after = after;
}

static fuzz_mark mark_here(fuzz_arena *of) {
    const fuzz_mark mark = {swiss_arena_mark_here(of->arena), ++now, of->small};
    of->last = now;
    return mark;
}

static void end_in_record(fuzz_arena *of, const fuzz_record *record);

/* It has run, or was cancelled. */
static void end_record(fuzz_record *record) {
    fuzz_object *holds = record->holds;
    record->born = 0;
    record->holds = NULL;
    if (!holds)
        return;
    --holds->held;
    release_object(holds, record->target & 1);
}

/* It has to be the newest that is left, and all that is older is there. */
static void run_record(void *argument) {
    fuzz_record *record = argument;
    fuzz_arena *of = record->of;
    CHECK(of->ending && record->born > of->after);
    for (unsigned i = 0; i < RECORDS; ++i)
        CHECK(of->records[i].born <= record->born);
    for (unsigned i = 0; i < ARENAS; ++i) {
        if (arenas[i].parent == of && arenas[i].born > of->after) {
            CHECK(swiss_arena_get_stats(arenas[i].arena).reserved == 0);
            for (unsigned j = 0; j < RECORDS; ++j)
                CHECK(arenas[i].records[j].born == 0);
        }
        /* Where it is a child itself: younger ones are gone. */
        if (of->parent && of->after == 0 && arenas[i].parent == of->parent && arenas[i].born > of->born)
            for (unsigned j = 0; j < RECORDS; ++j)
                CHECK(arenas[i].records[j].born == 0);
    }
    for (unsigned i = 0; i < BLOCKS; ++i)
        if (of->blocks[i].bytes)
            check_paint(of->blocks[i].bytes, of->blocks[i].size, of->blocks[i].fill);
    end_places(of, record->born);
    for (unsigned i = 0; i < HANDLES; ++i)
        if (handles[i].of && handles[i].of->of == of && handles[i].of->born < record->born && !handles[i].of->dead)
            CHECK(swiss_arena_weak_get(handles[i].weak) == handles[i].of->object);
    end_record(record);
    end_in_record(of, record);
}

static void add_record(fuzz_arena *of, const lifetime_step *step) {
    fuzz_record *record = &of->records[step->index % RECORDS];
    if (record->born)
        return;
    const bool inside = step->index / RECORDS % 2;
    fuzz_object *holds = &objects[step->second % OBJECTS];
    const size_t failures = memory.failures;
    record->cleanup = swiss_arena_add_cleanup(of->arena, inside ? NULL : &record->own, run_record, record);
    CHECK((record->cleanup == NULL) == (memory.failures != failures));
    if (!record->cleanup)
        return;
    record->of = of;
    record->born = of->last = ++now;
    record->action = step->first;
    record->target = step->second;
    if (step->first % 2 && holds->strong) {
        retain_object(holds, false);
        ++holds->held;
        record->holds = holds;
    }
    if (inside)
        of->small += sizeof *record->cleanup;
    note_peak(of, 0);
}

static void cancel_record(fuzz_record *record) {
    if (!record->born) {
        if (record->cleanup == &record->own)
            CHECK(!swiss_arena_cancel_cleanup(record->cleanup));
        return;
    }
    CHECK(swiss_arena_cancel_cleanup(record->cleanup));
    CHECK(!swiss_arena_cancel_cleanup(record->cleanup));
    end_record(record);
}

/* What a cleanup may do to its arena while this ends. */
static void end_in_record(fuzz_arena *of, const fuzz_record *record) {
    lifetime_step step = {0, 0, record->target, record->action, record->action, record->target, 8};
    switch (record->action / 2 % 16) {
    case 0:
        alloc_block(of, &step);
        break;
    case 1:
        step.first = step.second = 0;
        add_record(of, &step);
        break;
    case 2: {
        const fuzz_mark mark = mark_here(of);
        alloc_block(of, &step);
        rewind_arena(of, &mark);
        break;
    }
    case 3:
        cancel_record(&of->records[record->target % RECORDS]);
        break;
    case 4: {
        fuzz_arena *child = &arenas[record->target % ARENAS];
        if (child->parent == of && !child->ending)
            free_arena(child);
        break;
    }
#ifdef NDEBUG
    case 5:
        CHECK(!swiss_arena_reset(of->arena, record->target) && !swiss_arena_free(of->arena));
        if (of->mark_count && of->marks[0].born <= of->after)
            CHECK(!swiss_arena_rewind(of->arena, of->marks[0].mark));
        if (of->parent)
            CHECK(!swiss_arena_free(of->parent->arena));
        break;
#endif
    default:
        break;
    }
}

/* The scope's own marks are never kept by the program. */
static void use_scope(fuzz_arena *of, const lifetime_step *step) {
    const size_t small = of->small;
    const uint64_t after = now;
    fuzz_block *block = &of->blocks[step->index % BLOCKS];
    const bool is_last = block->bytes && block->born == of->last && !is_big(block->size, block->alignment);
    {
        SWISS_ARENA_SCOPE(of->arena);
        now += 1;
        of->last = now;
        alloc_block(of, &(lifetime_step){0, 0, step->index + 1, step->first, 0, step->size, step->alignment});
        alloc_block(of, &(lifetime_step){0, 0, (step->index + 2) % BLOCKS, step->first, 0, step->first, 8});
        add_record(of, step);
        begin_end(of, after);
    }
    finish_end(of, after, small, false);
    if (!is_last || block->bytes == NULL)
        return;
    note_peak(of, 0);
    const size_t size = block->size;
    if (size < 2)
        return;
    CHECK(swiss_arena_resize(of->arena, block->bytes, size, size - 1, block->alignment) == block->bytes);
    CHECK(swiss_arena_get_stats(of->arena).used == used(of) - 1);
    CHECK(swiss_arena_resize(of->arena, block->bytes, size - 1, size, block->alignment) == block->bytes);
    block->fill = paint(block->bytes, size);
}

/* A table in an arena needs no free. */
static void use_table(fuzz_arena *of, const lifetime_step *step) {
    const fuzz_mark mark = mark_here(of);
    swiss_table table;
    swiss_table_type type;
    CHECK(swiss_table_type_init(&type, 4, 4, 4, 4, NULL, NULL));
    const swiss_options options = {.allocator = swiss_arena_allocator(of->arena)};
    CHECK(swiss_table_init(&table, &type, &options));
    unsigned count = 0;
    for (; count < 4 * step->first; ++count)
        if (!swiss_table_insert(&table, &type, &count, &(unsigned){count + 1}).slot)
            break;
    for (unsigned i = 0; i < count; ++i) {
        const unsigned *value = swiss_table_get(&table, &type, &i);
        CHECK(value && *value == i + 1);
    }
    if (step->second & 1)
        swiss_table_free(&table, &type);
    rewind_arena(of, &mark);
    const size_t peak = swiss_arena_get_stats(of->arena).peak;
    CHECK(peak >= of->peak);
    of->peak = peak;
}

static void init_arena(fuzz_arena *of, const lifetime_step *step) {
    fuzz_arena *parent = &arenas[step->index % ARENAS];
    const unsigned how = step->index / ARENAS;
    free_arena(of);
    bool below = false;
    for (fuzz_arena *up = parent; up; up = up->parent)
        below |= up == of;
    swiss_arena_options options = {0};
    if (!below && how & 1)
        options.parent = parent->arena;
    if (!options.parent || how & 2)
        options.allocator = &fuzz_allocator;
    if (how & 4) {
        options.first = of->first + step->first % 32;
        options.first_size = sizeof of->first - step->first % 32 - (how & 8 ? 940 : 0);
    }
    options.chunk_size = how & 16 ? 16 * step->second : 0;
    of->arena = &of->own;
    if (options.parent && how & 32) { /* it lies in its parent */
        const size_t failures = memory.failures;
        swiss_arena *inside = swiss_arena_new_raw(options.parent, swiss_arena, 1);
        CHECK((inside == NULL) == (memory.failures != failures));
        if (inside) {
            of->arena = inside;
            parent->small += sizeof *inside;
            parent->last = ++now;
            note_peak(parent, 0);
        }
    }
    swiss_arena_init(of->arena, &options);
    of->parent = options.parent ? parent : NULL;
    of->born = ++now;
    of->text = (swiss_arena_text){.arena = of->arena};
    of->stale.arena_ = NULL;
    of->most_marks = 0;
}

/* Handles ---------------------------------------------------------------------------------------------------------- */

static void drop_handle(unsigned i) {
    fuzz_place *place = handles[i].of;
    swiss_arena_weak_drop(handles[i].weak);
    memset(&handles[i], 0, sizeof handles[i]);
    if (place && --place->handles == 0 && place->dead)
        place->of = NULL;
}

static void make_handle(fuzz_arena *of, const lifetime_step *step) {
    const fuzz_block *block = &of->blocks[step->index % BLOCKS];
    const unsigned i = step->first % HANDLES;
    drop_handle(i);
    if (!block->bytes)
        return;
    void *object = block->bytes + (block->size ? step->second % 2 : 0);
    fuzz_place *place = NULL, *unused = NULL;
    for (unsigned j = 0; j < PLACES; ++j) {
        if (!places[j].of)
            unused = &places[j];
        else if (places[j].of == of && places[j].object == object && !places[j].dead)
            place = &places[j];
    }
    if (!place && !unused)
        return;
    const size_t failures = memory.failures;
    handles[i].weak = swiss_arena_weak_of(of->arena, object);
    const bool failed = swiss_arena_weak_is_dead(handles[i].weak);
    /* Without memory for a larger table it may yet find room in this one. */
    CHECK(failed ? memory.failures != failures : swiss_arena_weak_get(handles[i].weak) == object);
    if (failed)
        return;
    if (!place) {
        place = unused;
        *place = (fuzz_place){of, object, ++now, false, 0};
    }
    handles[i].of = place;
    ++place->handles;
}

static void copy_handle(unsigned to, unsigned from) {
    if (to == from)
        return;
    drop_handle(to);
    handles[to].weak = swiss_arena_weak_copy(handles[from].weak);
    handles[to].of = handles[from].of;
    if (handles[to].of)
        ++handles[to].of->handles;
}

/* Operations ------------------------------------------------------------------------------------------------------- */

static void arena_step(const lifetime_step *step) {
    fuzz_arena *of = &arenas[step->which % ARENAS];
    switch (step->op % 20) {
    case 0:
        resize_block(of, step);
        break;
    case 1:
        free_block(of, &of->blocks[step->index % BLOCKS]);
        break;
    case 2:
        breathe(of, step);
        break;
    case 3:
        try_impossible(of, step);
        break;
    case 4:
        append_text(of, step);
        break;
    case 5:
        take_text(of, step);
        break;
    case 6:
        print_string(of, step);
        break;
    case 7:
        if (of->mark_count < MARKS) {
            of->marks[of->mark_count++] = mark_here(of);
            of->most_marks = of->most_marks < of->mark_count ? of->mark_count : of->most_marks;
        }
        break;
    case 8:
        if (of->mark_count)
            rewind_arena(of, &of->marks[step->index % of->mark_count]);
#ifdef NDEBUG
        if (of->stale.arena_ && of->most_marks <= 4)
            CHECK(!swiss_arena_rewind(of->arena, of->stale));
        if (arenas[step->first % ARENAS].mark_count && of != &arenas[step->first % ARENAS])
            CHECK(!swiss_arena_rewind(of->arena, arenas[step->first % ARENAS].marks[0].mark));
#endif
        break;
    case 9:
        add_record(of, step);
        break;
    case 10:
        cancel_record(&of->records[step->index % RECORDS]);
        break;
    case 11:
        reset_arena(of, step->second % 2 ? SIZE_MAX : step->size);
        break;
    case 12:
        free_arena(of);
        break;
    case 13:
        init_arena(of, step);
        break;
    case 14:
        make_handle(of, step);
        break;
    case 15:
        if (step->second % 2)
            drop_handle(step->first % HANDLES);
        else
            copy_handle(step->first % HANDLES, step->second % HANDLES);
        break;
    case 16:
        use_scope(of, step);
        break;
    case 17:
        use_table(of, step);
        break;
    default:
        alloc_block(of, step);
        break;
    }
}

static void end_arenas(void) {
    for (unsigned i = 0; i < ARENAS; ++i)
        free_arena(&arenas[i]);
    check_arenas();
    for (unsigned i = 0; i < HANDLES; ++i)
        drop_handle(i);
}
