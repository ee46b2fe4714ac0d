/* arena.c - arenas: chunks, oversize blocks, marks, and what ends with an arena.
 *
 *      spare --> chunk --> chunk          for later
 *      chunk --> chunk --> chunk          the current one first, then the older ones
 *               [header|block|block|....... free ......]
 *                            ^floor       ^next        ^end
 *      big, children, cleanups            doubly linked lists, the newest first
 *
 * Whatever ends when the arena is rewound knows the number of the newest mark at the time when it came. So everything
 * that has come since mark m is at the front of its list, with a number of at least m; nothing else has to be kept in
 * order, and members may leave at any time.
 *
 * A mark is live or stale: rewinding to m makes the marks m + 1 to the newest stale. The arena keeps such ranges of
 * numbers. There is never more than one between two live marks, so that four of them are enough for all programs but
 * strange ones.
 *
 * Zones. Where a tool watches, or misuse is to be found, there is a zone behind each block. The current chunk then ends
 * for swiss_arena_alloc where its last block ends, so that each block comes from here. A tool is told that nobody may
 * touch the zone. Else the zone is a guard, which nobody may write:
 *
 *      [header|block|guard|block|guard|.. free ..]
 *                     ^-------------'                each leads to the one before it, also in older chunks
 */
#include "swiss/arena.h"
#include "os/watch.h"

#define CHUNK_FIRST ((size_t)4096)
#define CHUNK_MOST ((size_t)1 << 20)
#define CHUNK_ALIGNMENT ((size_t)16)
#define RED_ZONE ((size_t)16)
#define TEXT_FIRST ((size_t)32)
#define STALE_MOST (sizeof((swiss_arena *)0)->stale_ / sizeof *((swiss_arena *)0)->stale_)

/* A chunk's header; the bytes behind it are for blocks. */
struct swiss_arena_chunk_ {
    swiss_arena_chunk_ *older;
    size_t size; /* of all, in bytes */
};
#define CHUNK_HEADER ((sizeof(swiss_arena_chunk_) + CHUNK_ALIGNMENT - 1) / CHUNK_ALIGNMENT * CHUNK_ALIGNMENT)

/* Lies before an oversize block. */
typedef struct arena_big {
    swiss_arena_link_ link;
    size_t size;      /* of the block */
    size_t alignment; /* of the block */
} arena_big;

#define GUARD_BYTE 0xA9

/* What is behind a block, at an address of any alignment. Bytes are first and last, so that a write past this block or
 * before the next one has to go a long way before it reaches the rest. */
typedef struct arena_guard {
    unsigned char front[16];   /* GUARD_BYTE each */
    char *older, *older_block; /* the guard of the block that came before, and that block; NULL: none */
    uintptr_t check;           /* made of these two, and of where the guard is */
    unsigned char back[8];     /* GUARD_BYTE each */
} arena_guard;

/* The thread that uses an arena ------------------------------------------------------------------------------------ */

#if !defined(NDEBUG) && defined(__GNUC__) && __STDC_HOSTED__ && !defined(__STDC_NO_THREADS__)
bool swiss_arena_is_mine_(swiss_arena *arena) {
    static _Thread_local char thread;
    if (!arena->owner_)
        arena->owner_ = &thread;
    return arena->owner_ == &thread;
}
#else
bool swiss_arena_is_mine_(swiss_arena *arena) {
    (void)arena;
    return true;
}
#endif

void swiss_arena_hand_over(swiss_arena *arena) {
    SWISS_ARENA_CHECK_(arena);
    arena->owner_ = NULL;
}

/* Lists ------------------------------------------------------------------------------------------------------------ */

static void arena_link(swiss_arena *arena, swiss_arena_link_ **list, swiss_arena_link_ *link) {
    *link = (swiss_arena_link_){*list, list, arena->marks_};
    if (*list)
        (*list)->to_ = &link->next_;
    *list = link;
}

static void arena_unlink(swiss_arena_link_ *link) {
    *link->to_ = link->next_;
    if (link->next_)
        link->next_->to_ = link->to_;
    link->to_ = NULL;
}

/* Returns true if the newest of a list has come since the mark. */
static bool arena_is_since(const swiss_arena_link_ *list, uint64_t mark) {
    return list && list->order_ >= mark;
}

/* Chunks ----------------------------------------------------------------------------------------------------------- */

static char *chunk_data(swiss_arena_chunk_ *chunk) {
    return (char *)chunk + CHUNK_HEADER;
}

static char *chunk_end(swiss_arena_chunk_ *chunk) {
    return (char *)chunk + chunk->size;
}

/* Returns the bytes in use. */
static size_t arena_used(const swiss_arena *arena) {
    return arena->used_ + (size_t)(uintptr_t)arena->next_ + arena->big_used_;
}

static void arena_note_peak(swiss_arena *arena) {
    size_t used = arena_used(arena);
    if (arena->peak_ < used)
        arena->peak_ = used;
}

/* Goes on in a chunk, or in none, from `next` on. */
static void arena_go_on(swiss_arena *arena, swiss_arena_chunk_ *chunk, char *next) {
    arena->used_ += (size_t)((uintptr_t)arena->next_ - (uintptr_t)next);
    arena->chunk_ = chunk;
    arena->next_ = next;
    arena->end_ = chunk && !arena->zone_ ? chunk_end(chunk) : next;
}

static void arena_free_chunk(swiss_arena *arena, swiss_arena_chunk_ *chunk) {
    arena->reserved_ -= chunk->size;
    swiss_watch_show(chunk_data(chunk), chunk->size - CHUNK_HEADER);
    if (chunk != arena->first_)
        swiss_allocator_free(arena->allocator_, chunk, chunk->size, CHUNK_ALIGNMENT);
}

/* Keeps a chunk for later. */
static void arena_spare_chunk(swiss_arena *arena, swiss_arena_chunk_ *chunk) {
    swiss_watch_hide(chunk_data(chunk), chunk->size - CHUNK_HEADER);
    chunk->older = arena->spare_;
    arena->spare_ = chunk;
}

/* Returns a chunk for blocks of `room` bytes. */
static swiss_arena_chunk_ *arena_find_chunk(swiss_arena *arena, size_t room) {
    size_t needed = CHUNK_HEADER + room;
    for (swiss_arena_chunk_ **at = &arena->spare_; *at; at = &(*at)->older)
        if ((*at)->size >= needed) {
            swiss_arena_chunk_ *found = *at;
            *at = found->older;
            return found;
        }
    size_t size = arena->growth_ ? arena->growth_ : arena->chunk_size_ ? arena->chunk_size_ : CHUNK_FIRST;
    size_t next = size < CHUNK_MOST ? 2 * size : size;
    if (size < needed)
        size = needed;
    swiss_arena_chunk_ *chunk = swiss_allocator_allocate(arena->allocator_, size, CHUNK_ALIGNMENT);
    if (!chunk)
        return NULL;
    arena->growth_ = next;
    arena->reserved_ += size;
    chunk->size = size;
    swiss_watch_hide(chunk_data(chunk), size - CHUNK_HEADER);
    return chunk;
}

/* Guards ----------------------------------------------------------------------------------------------------------- */

static bool arena_is_guarded(const swiss_arena *arena) {
    return arena->zone_ == sizeof(arena_guard);
}

static arena_guard guard_at(const char *at) {
    arena_guard guard;
    memcpy(&guard, at, sizeof guard);
    return guard;
}

static uintptr_t guard_check(const arena_guard *guard, const char *at) {
    return ~((uintptr_t)at + 3 * (uintptr_t)guard->older + 5 * (uintptr_t)guard->older_block);
}

static void guard_put(char *at, char *older, char *older_block) {
    arena_guard guard = {.older = older, .older_block = older_block};
    memset(guard.front, GUARD_BYTE, sizeof guard.front);
    memset(guard.back, GUARD_BYTE, sizeof guard.back);
    guard.check = guard_check(&guard, at);
    memcpy(at, &guard, sizeof guard);
}

/* Returns how many of the bytes from the first on are as they were. */
static size_t guard_whole(const unsigned char *bytes, size_t count) {
    size_t whole = 0;
    while (whole < count && bytes[whole] == GUARD_BYTE)
        ++whole;
    return whole;
}

/* Returns true if the guard of a block is as it was. Else reports the block, and mends the guard. If it does not tell
 * any more which was before it, it is the last of the guards that lead to each other. */
static bool guard_is_whole(const char *block, char *at) {
    const arena_guard guard = guard_at(at);
    const bool linked = guard.check == guard_check(&guard, at);
    size_t whole = guard_whole(guard.front, sizeof guard.front);
    if (linked && whole == sizeof guard.front)
        whole = offsetof(arena_guard, back) + guard_whole(guard.back, sizeof guard.back);
    if (whole == offsetof(arena_guard, back) + sizeof guard.back)
        return true;
    guard_put(at, linked ? guard.older : NULL, linked ? guard.older_block : NULL);
    swiss_allocator_report_overrun_(block, (size_t)(at - block), at + whole);
    return false;
}

/* Puts a guard behind the newest block. */
static void arena_guard_block(swiss_arena *arena, char *block, size_t size) {
    guard_put(block + size, arena->guard_, arena->guarded_);
    arena->guard_ = block + size;
    arena->guarded_ = block;
}

/* Moves the guard of a block, the newest or another one, to where the block ends now. O(blocks that are newer). */
static void arena_move_guard(swiss_arena *arena, char *block, size_t old_size, size_t new_size) {
    char *from = block + old_size, *to = block + new_size;
    (void)guard_is_whole(block, from);
    arena_guard moved = guard_at(from);
    guard_put(to, moved.older, moved.older_block);
    if (arena->guard_ == from) {
        arena->guard_ = to;
        return;
    }
    for (char *at = arena->guard_, *older; at; at = older) {
        arena_guard guard = guard_at(at);
        older = guard.check == guard_check(&guard, at) ? guard.older : NULL;
        if (older != from)
            continue;
        guard.older = to;
        guard.check = guard_check(&guard, at);
        memcpy(at, &guard, sizeof guard);
        return;
    }
}

/* Looks at the guards from the newest on, down to those before `next` in `chunk`; if this is NULL, at all. Returns how
 * many are damaged. `forget`: the blocks end. */
static SWISS_NOINLINE size_t arena_look(swiss_arena *arena, const swiss_arena_chunk_ *chunk, const char *next,
                                        bool forget) {
    size_t damaged = 0;
    swiss_arena_chunk_ *of = arena->chunk_;
    char *at = arena->guard_, *block = arena->guarded_;
    while (at) {
        while (of != chunk && !(at >= chunk_data(of) && at < chunk_end(of)))
            of = of->older;
        if (of == chunk && (!chunk || at < next || at >= chunk_end(of)))
            break;
        damaged += !guard_is_whole(block, at);
        arena_guard guard = guard_at(at);
        at = guard.older;
        block = guard.older_block;
    }
    if (forget) {
        arena->guard_ = at;
        arena->guarded_ = block;
    }
    return damaged;
}

size_t swiss_arena_check(swiss_arena *arena) {
    SWISS_ARENA_CHECK_(arena);
    return arena_look(arena, NULL, NULL, false);
}

/* Blocks ----------------------------------------------------------------------------------------------------------- */

static bool arena_is_big(size_t size, size_t alignment) {
    return size > SWISS_ARENA_SMALL_ || alignment > SWISS_ARENA_SMALL_;
}

/* Returns where an oversize block begins in what was allocated for it. */
static size_t big_offset(size_t alignment) {
    return (sizeof(arena_big) + alignment - 1) & ~(alignment - 1);
}

static size_t big_alignment(size_t alignment) {
    return alignment < SWISS_ALIGNOF(arena_big) ? SWISS_ALIGNOF(arena_big) : alignment;
}

static arena_big *big_of(void *block) {
    return (arena_big *)(void *)((char *)block - sizeof(arena_big));
}

/* Takes the next bytes of the current chunk. */
static void *arena_take(swiss_arena *arena, size_t size, size_t alignment) {
    if (!arena->chunk_)
        return NULL;
    if (arena->zone_ == RED_ZONE && alignment < CHUNK_ALIGNMENT) /* a tool marks memory in units of 8 bytes */
        alignment = CHUNK_ALIGNMENT;
    char *next = arena->next_;
    size_t padding = (size_t)(0 - (uintptr_t)next) & (alignment - 1);
    if (padding + size + arena->zone_ > (size_t)(chunk_end(arena->chunk_) - next))
        return NULL;
    if (arena->zone_)
        swiss_watch_make(next + padding, size);
    arena->used_ -= padding + arena->zone_;
    arena->next_ = next + padding + size + arena->zone_;
    if (arena->zone_)
        arena->end_ = arena->next_;
    if (arena_is_guarded(arena))
        arena_guard_block(arena, next + padding, size);
    return next + padding;
}

static void *arena_alloc_big(swiss_arena *arena, size_t size, size_t alignment) {
    const size_t most = PTRDIFF_MAX;
    if (alignment > most / 2 || size > most - big_offset(alignment))
        return NULL;
    size_t whole = big_offset(alignment) + size;
    char *start = swiss_allocator_allocate(arena->allocator_, whole, big_alignment(alignment));
    if (!start)
        return NULL;
    char *block = start + big_offset(alignment);
    arena_big *big = big_of(block);
    arena_link(arena, &arena->big_, &big->link);
    big->size = size;
    big->alignment = alignment;
    arena->big_used_ += size;
    arena->reserved_ += whole;
    return block;
}

static void arena_free_big(swiss_arena *arena, arena_big *big) {
    size_t whole = big_offset(big->alignment) + big->size;
    arena_unlink(&big->link);
    arena->big_used_ -= big->size;
    arena->reserved_ -= whole;
    swiss_allocator_free(arena->allocator_, (char *)(big + 1) - big_offset(big->alignment), whole,
                         big_alignment(big->alignment));
}

/* Resizes an oversize block that stays one. */
static void *arena_resize_big(swiss_arena *arena, arena_big *big, size_t size) {
    size_t offset = big_offset(big->alignment), old = big->size;
    if (size > (size_t)PTRDIFF_MAX - offset)
        return NULL;
    char *start = swiss_allocator_resize(arena->allocator_, (char *)(big + 1) - offset, offset + old, offset + size,
                                         big_alignment(big->alignment));
    if (!start)
        return NULL;
    big = big_of(start + offset);
    *big->link.to_ = &big->link;
    if (big->link.next_)
        big->link.next_->to_ = &big->link.next_;
    arena_note_peak(arena);
    big->size = size;
    arena->big_used_ += size - old;
    arena->reserved_ += size - old;
    return big + 1;
}

void *swiss_arena_alloc_slow_(swiss_arena *arena, size_t size, size_t alignment) {
    size += !size;
    if (!alignment || (alignment & (alignment - 1)))
        return NULL;
    if (arena_is_big(size, alignment))
        return arena_alloc_big(arena, size, alignment);
    void *block = arena_take(arena, size, alignment);
    if (block)
        return block;
    arena->zone_ = swiss_watch_asan() || swiss_watch_memcheck() ? RED_ZONE
                   : swiss_allocator_is_hardened_()             ? sizeof(arena_guard)
                                                                : 0;
    swiss_arena_chunk_ *chunk = arena_find_chunk(arena, alignment - 1 + size + arena->zone_);
    if (!chunk)
        return NULL;
    chunk->older = arena->chunk_;
    arena_go_on(arena, chunk, chunk_data(chunk));
    arena->floor_ = arena->next_;
    return arena_take(arena, size, alignment);
}

/* Returns true if the block is the last one, and no older than the newest mark. */
static bool arena_is_last(const swiss_arena *arena, const char *block, size_t size) {
    return block + size + arena->zone_ == arena->next_ && (uintptr_t)block >= (uintptr_t)arena->floor_;
}

/* Makes the last block end elsewhere. Returns false if the chunk has no room for that. */
static bool arena_resize_last(swiss_arena *arena, char *block, size_t old_size, size_t new_size) {
    if (new_size > (size_t)(chunk_end(arena->chunk_) - block) - arena->zone_)
        return false;
    if (arena_is_guarded(arena))
        arena_move_guard(arena, block, old_size, new_size);
    arena->next_ = block + new_size + arena->zone_;
    if (!arena->zone_)
        return true;
    arena->end_ = arena->next_;
    if (new_size > old_size)
        swiss_watch_make(block + old_size, new_size - old_size);
    else
        swiss_watch_hide(block + new_size, old_size - new_size);
    return true;
}

void *swiss_arena_resize(swiss_arena *arena, void *block, size_t old_size, size_t new_size, size_t alignment) {
    if (!block)
        return swiss_arena_alloc(arena, new_size, alignment);
    SWISS_ARENA_CHECK_(arena);
    if (!alignment || (alignment & (alignment - 1)))
        return NULL;
    old_size += !old_size;
    new_size += !new_size;
    if (new_size == old_size)
        return block;
    bool was_big = arena_is_big(old_size, alignment);
    if (was_big && arena_is_big(new_size, alignment))
        return arena_resize_big(arena, big_of(block), new_size);
    if (!was_big) {
        arena_note_peak(arena);
        if (arena_is_last(arena, block, old_size) && !arena_is_big(new_size, alignment) &&
            arena_resize_last(arena, block, old_size, new_size))
            return block;
        if (new_size <= old_size) {
            arena->used_ -= old_size - new_size;
            if (arena_is_guarded(arena))
                arena_move_guard(arena, block, old_size, new_size);
            if (arena->zone_)
                swiss_watch_hide((char *)block + new_size, old_size - new_size);
            return block;
        }
    }
    void *moved = swiss_arena_alloc(arena, new_size, alignment);
    if (!moved)
        return NULL;
    memcpy(moved, block, old_size < new_size ? old_size : new_size);
    swiss_arena_free_block(arena, block, old_size, alignment);
    return moved;
}

void swiss_arena_free_block(swiss_arena *arena, void *block, size_t size, size_t alignment) {
    SWISS_ARENA_CHECK_(arena);
    if (!block)
        return;
    arena_note_peak(arena);
    size += !size;
    if (arena_is_big(size, alignment)) {
        SWISS_ASSERT(big_of(block)->size == size && big_of(block)->alignment == alignment &&
                     "swiss_arena_free_block: not the size and alignment of the block");
        arena_free_big(arena, big_of(block));
        return;
    }
    if (arena_is_guarded(arena))
        (void)guard_is_whole(block, (char *)block + size);
    if (arena->zone_)
        swiss_watch_hide(block, size);
    if (!arena_is_last(arena, block, size)) {
        arena->used_ -= size;
        return;
    }
    arena->used_ += arena->zone_;
    arena->next_ = block;
    if (arena_is_guarded(arena)) {
        const arena_guard guard = guard_at((char *)block + size);
        arena->guard_ = guard.older;
        arena->guarded_ = guard.older_block;
    }
    if (arena->zone_)
        arena->end_ = arena->next_;
}

static void *view_allocate(void *context, size_t size, size_t alignment) {
    return swiss_arena_alloc(context, size, alignment);
}

static void *view_resize(void *context, void *block, size_t old_size, size_t new_size, size_t alignment) {
    return swiss_arena_resize(context, block, old_size, new_size, alignment);
}

static void view_free(void *context, void *block, size_t size, size_t alignment) {
    swiss_arena_free_block(context, block, size, alignment);
}

const swiss_allocator *swiss_arena_allocator(swiss_arena *arena) {
    arena->view_ = (swiss_allocator){view_allocate, view_resize, view_free, arena};
    return &arena->view_;
}

/* Copies and texts ------------------------------------------------------------------------------------------------- */

void *swiss_arena_copy(swiss_arena *arena, const void *data, size_t size, size_t alignment) {
    void *copy = swiss_arena_alloc(arena, size, alignment);
    if (copy && size)
        memcpy(copy, data, size);
    return copy;
}

char *swiss_arena_copy_text(swiss_arena *arena, const char *text, size_t length) {
    char *copy = length < SIZE_MAX ? swiss_arena_alloc(arena, length + 1, 1) : NULL;
    if (!copy)
        return NULL;
    if (length)
        memcpy(copy, text, length);
    copy[length] = 0;
    return copy;
}

char *swiss_arena_text_reserve(swiss_arena_text *text, size_t more) {
    if (more < text->room_ - text->size) /* a byte is left for the 0 */
        return text->data + text->size;
    size_t room = text->room_ ? 2 * text->room_ : TEXT_FIRST, needed = text->size + more + 1;
    if (room < needed)
        room = needed;
    char *data = more < (size_t)PTRDIFF_MAX - text->size
                     ? swiss_arena_resize(text->arena, text->data, text->room_, room, 1)
                     : NULL;
    if (!data) {
        text->failed_ = true;
        return NULL;
    }
    text->data = data;
    text->room_ = room;
    return data + text->size;
}

bool swiss_arena_text_append_bytes(swiss_arena_text *text, const void *data, size_t size) {
    char *end = swiss_arena_text_reserve(text, size);
    if (!end)
        return false;
    if (size)
        memcpy(end, data, size);
    text->size += size;
    return true;
}

char *swiss_arena_text_take(swiss_arena_text *text) {
    char *end = text->failed_ ? NULL : swiss_arena_text_reserve(text, 0), *taken = NULL;
    if (end) {
        *end = 0;
        taken = swiss_arena_resize(text->arena, text->data, text->room_, text->size + 1, 1);
        if (!taken)
            taken = text->data; /* it serves as it is */
    } else
        swiss_arena_free_block(text->arena, text->data, text->room_, 1);
    *text = (swiss_arena_text){.arena = text->arena};
    return taken;
}

#if __STDC_HOSTED__
#    include <stdio.h>

static bool text_vprintf(swiss_arena_text *text, const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    size_t room = text->room_ - text->size;
    int size = vsnprintf(room ? text->data + text->size : NULL, room, format, arguments);
    bool done = size >= 0;
    if (done && (size_t)size >= room) {
        char *end = swiss_arena_text_reserve(text, (size_t)size);
        done = end && vsnprintf(end, (size_t)size + 1, format, again) == size;
    }
    va_end(again);
    if (done)
        text->size += (size_t)size;
    else
        text->failed_ = true;
    return done;
}

bool swiss_arena_text_printf(swiss_arena_text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    bool done = text_vprintf(text, format, arguments);
    va_end(arguments);
    return done;
}

char *swiss_arena_vprintf(swiss_arena *arena, const char *format, va_list arguments) {
    swiss_arena_text text = {.arena = arena};
    text_vprintf(&text, format, arguments);
    return swiss_arena_text_take(&text);
}

char *swiss_arena_printf(swiss_arena *arena, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *printed = swiss_arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return printed;
}
#endif

/* Ends ------------------------------------------------------------------------------------------------------------- */

swiss_arena_cleanup *swiss_arena_add_cleanup(swiss_arena *arena, swiss_arena_cleanup *cleanup,
                                             void (*run)(void *argument), void *argument) {
    SWISS_ARENA_CHECK_(arena);
    if (!cleanup)
        cleanup = swiss_arena_alloc(arena, sizeof *cleanup, SWISS_ALIGNOF(swiss_arena_cleanup));
    if (!cleanup)
        return NULL;
    cleanup->run_ = run;
    cleanup->argument_ = argument;
    arena_link(arena, &arena->cleanups_, &cleanup->link_);
    return cleanup;
}

bool swiss_arena_cancel_cleanup(swiss_arena_cleanup *cleanup) {
    if (!cleanup->link_.to_)
        return false;
    arena_unlink(&cleanup->link_);
    return true;
}

static swiss_arena *arena_of_link(swiss_arena_link_ *link) {
    return (swiss_arena *)(void *)((char *)link - offsetof(swiss_arena, link_));
}

/* Returns true if what has come since a mark may end: no cleanup is running that would see its memory go. */
static bool arena_may_end(const swiss_arena *arena, uint64_t mark) {
    if (mark < arena->ended_at_)
        return false;
    for (swiss_arena_link_ *child = arena->children_; arena_is_since(child, mark); child = child->next_)
        if (!arena_may_end(arena_of_link(child), 0))
            return false;
    return true;
}

/* Frees the children and runs the cleanups that have come since a mark, also those that come meanwhile. */
static void arena_run_cleanups(swiss_arena *arena, uint64_t mark) {
    uint64_t before = arena->ended_at_;
    arena->ended_at_ = arena->marks_ + 1;
    for (;;)
        if (arena_is_since(arena->children_, mark)) {
            swiss_arena *child = arena_of_link(arena->children_);
            child->owner_ = NULL;
            swiss_arena_free(child);
        } else if (arena_is_since(arena->cleanups_, mark)) {
            swiss_arena_cleanup *cleanup = (swiss_arena_cleanup *)arena->cleanups_;
            arena_unlink(&cleanup->link_);
            cleanup->run_(cleanup->argument_);
        } else
            break;
    arena->ended_at_ = before;
}

/* Makes the marks from `first` to the newest stale. */
static void arena_forget_marks(swiss_arena *arena, uint64_t first) {
    unsigned count = arena->stale_count_;
    while (count && arena->stale_[count - 1][0] >= first)
        --count;
    if (count && arena->stale_[count - 1][1] + 1 >= first)
        --count;
    else if (first <= arena->marks_) {
        if (count == STALE_MOST)
            memmove(arena->stale_, arena->stale_ + 1, --count * sizeof *arena->stale_);
        arena->stale_[count][0] = first;
    } else {
        arena->stale_count_ = count;
        return;
    }
    arena->stale_[count][1] = arena->marks_;
    arena->stale_count_ = count + 1;
}

/* Ends all that has come since the mark, but not the chunks. */
static void arena_end(swiss_arena *arena, uint64_t mark) {
    arena_run_cleanups(arena, mark);
    arena_note_peak(arena);
    while (arena_is_since(arena->big_, mark))
        arena_free_big(arena, (arena_big *)arena->big_);
}

/* Keeps those of a list of chunks that have no more than *keep bytes, and frees the others. */
static void arena_settle_chunks(swiss_arena *arena, swiss_arena_chunk_ *chunk, size_t *keep) {
    for (swiss_arena_chunk_ *older; chunk; chunk = older) {
        older = chunk->older;
        if (chunk != arena->first_ && chunk->size > *keep)
            arena_free_chunk(arena, chunk);
        else {
            if (chunk != arena->first_)
                *keep -= chunk->size;
            arena_spare_chunk(arena, chunk);
        }
    }
}

bool swiss_arena_reset(swiss_arena *arena, size_t keep) {
    SWISS_ARENA_CHECK_(arena);
    bool may = arena_may_end(arena, 0);
    SWISS_ASSERT(may && "swiss_arena_reset: called by a cleanup of the arena");
    if (!may)
        return false;
    arena_end(arena, 0);
    if (arena->guard_)
        (void)arena_look(arena, NULL, NULL, true);
    swiss_arena_chunk_ *chunk = arena->chunk_, *spare = arena->spare_;
    arena->spare_ = NULL;
    arena_go_on(arena, NULL, NULL);
    arena_settle_chunks(arena, chunk, &keep);
    arena_settle_chunks(arena, spare, &keep);
    arena->used_ = arena->growth_ = 0;
    arena->floor_ = NULL;
    arena->owner_ = NULL;
    arena_forget_marks(arena, 1);
    return true;
}

bool swiss_arena_free(swiss_arena *arena) {
    swiss_arena_chunk_ *first = arena->first_;
    if (!swiss_arena_reset(arena, 0))
        return false;
    if (first)
        arena_free_chunk(arena, first);
    if (arena->link_.to_)
        arena_unlink(&arena->link_);
    arena->spare_ = arena->first_ = NULL;
    arena->peak_ = arena->chunk_size_ = 0;
    return true;
}

void swiss_arena_init(swiss_arena *arena, const swiss_arena_options *options) {
    *arena = (swiss_arena){0};
    if (!options)
        return;
    arena->allocator_ = options->allocator;
    arena->chunk_size_ = options->chunk_size;
    if (options->parent) {
        SWISS_ARENA_CHECK_(options->parent);
        if (!arena->allocator_)
            arena->allocator_ = options->parent->allocator_;
        arena_link(options->parent, &options->parent->children_, &arena->link_);
    }
    size_t padding = (size_t)(0 - (uintptr_t)options->first) & (CHUNK_ALIGNMENT - 1);
    if (!options->first || options->first_size < padding + CHUNK_HEADER + 1)
        return;
    arena->first_ = (swiss_arena_chunk_ *)(void *)((char *)options->first + padding);
    arena->first_->size = arena->reserved_ = options->first_size - padding;
    arena_spare_chunk(arena, arena->first_);
}

/* Marks ------------------------------------------------------------------------------------------------------------ */

swiss_arena_mark swiss_arena_mark_here(swiss_arena *arena) {
    SWISS_ARENA_CHECK_(arena);
    swiss_arena_mark mark = {arena,        ++arena->marks_, arena->chunk_,
                             arena->next_, arena->floor_,   arena_used(arena) - arena->big_used_};
    arena->floor_ = arena->next_;
    return mark;
}

static bool arena_mark_is_live(const swiss_arena *arena, const swiss_arena_mark *mark) {
    if (mark->arena_ != arena || mark->number_ - 1 >= arena->marks_)
        return false;
    for (unsigned i = 0; i < arena->stale_count_; ++i)
        if (mark->number_ >= arena->stale_[i][0] && mark->number_ <= arena->stale_[i][1])
            return false;
    swiss_arena_chunk_ *chunk = arena->chunk_;
    while (chunk && chunk != mark->chunk_)
        chunk = chunk->older;
    if (!mark->chunk_)
        return true;
    return chunk && mark->next_ >= chunk_data(chunk) &&
           mark->next_ <= (chunk == arena->chunk_ ? arena->next_ : chunk_end(chunk));
}

/* Rewinds, to a mark that may be rewound to again, or that is not needed any more: then the last block before it may
 * grow as if there had been no mark. */
static bool arena_rewind(swiss_arena *arena, const swiss_arena_mark *mark, bool again) {
    SWISS_ARENA_CHECK_(arena);
    bool may = arena_mark_is_live(arena, mark) && arena_may_end(arena, mark->number_);
    SWISS_ASSERT(may && "swiss_arena_rewind: a stale mark, or that of another arena, or called by a cleanup");
    if (!may)
        return false;
    arena_end(arena, mark->number_);
    if (arena->guard_)
        (void)arena_look(arena, mark->chunk_, mark->next_, true);
    while (arena->chunk_ != mark->chunk_) {
        swiss_arena_chunk_ *chunk = arena->chunk_;
        arena->chunk_ = chunk->older;
        arena_spare_chunk(arena, chunk);
    }
    if (arena->zone_ && mark->chunk_)
        swiss_watch_hide(mark->next_, (size_t)(chunk_end(mark->chunk_) - mark->next_));
    arena_go_on(arena, mark->chunk_, mark->next_);
    arena->used_ = mark->used_ - (size_t)(uintptr_t)mark->next_;
    arena->floor_ = again ? mark->next_ : mark->floor_;
    arena_forget_marks(arena, mark->number_ + again);
    return true;
}

bool swiss_arena_rewind(swiss_arena *arena, swiss_arena_mark mark) {
    return arena_rewind(arena, &mark, true);
}

void swiss_arena_end_scope_(swiss_arena_mark *mark) {
    arena_rewind(mark->arena_, mark, false);
}

/* Numbers ---------------------------------------------------------------------------------------------------------- */

swiss_arena_stats swiss_arena_get_stats(const swiss_arena *arena) {
    size_t used = arena_used(arena), room = 0;
    for (swiss_arena_chunk_ *chunk = arena->spare_; chunk; chunk = chunk->older)
        room += chunk->size - CHUNK_HEADER;
    if (arena->chunk_)
        room += (size_t)(chunk_end(arena->chunk_) - arena->next_);
    size_t peak = used > arena->peak_ ? used : arena->peak_;
    return (swiss_arena_stats){used, arena->reserved_ - used - room, arena->reserved_, peak};
}
