/* arena.h - blocks that are freed all at once: a tree, a request, a frame.
 *
 *     swiss_arena arena = {0};                           // valid as it is: empty, on the default allocator
 *     node *root = swiss_arena_new(&arena, node, 1);     // zeroed; NULL only when out of memory
 *     root->name = swiss_arena_printf(&arena, "node %d", 1);
 *     my_map map = {0};                                  // a map that needs no free:
 *     my_map_init(&map, &(swiss_options){.allocator = swiss_arena_allocator(&arena)});
 *     {
 *         SWISS_ARENA_SCOPE(&arena);                     // what is allocated from here on ends with the block
 *         char *scratch = swiss_arena_new_raw(&arena, char, 1000);
 *     }
 *     swiss_arena_free(&arena);                          // everything; the arena is empty, and may be used again
 *
 * An arena takes chunks from its allocator: the first has 4 KiB, each of the next twice as much, up to 1 MiB. A block
 * is the next bytes of the last chunk. A block of more than 4 KiB, or aligned to more, is an oversize block: it has a
 * chunk of its own, which goes back to the allocator when the block is freed. A map that grows in an arena so gives its
 * old tables back.
 *
 * For every function here:
 * - Sizes and alignments are in bytes. An alignment is a power of two. A size of 0 counts as 1: such a block has an
 *   address of its own.
 * - NULL, or false, means out of memory, or a size or an alignment that can never be met. Then nothing has changed.
 * - An arena stays at its address from its first use until it is freed. It is used by one thread at a time. In debug
 *   builds of swiss it belongs to the thread that first uses it after it was empty, and each use by another fails an
 *   assertion, until swiss_arena_hand_over, a reset or a free. In release builds two threads at once are a data race.
 * - Blocks are valid until they are freed, until the arena is reset or freed, and until it is rewound to a mark that is
 *   older than they are. A block that was resized counts as new.
 * - Under AddressSanitizer and Valgrind's memcheck, memory that is not handed out may not be touched; there are at
 *   least 16 such bytes between two blocks.
 * - If heaps are hardened (heap_misuse.h), without such a tool, the bytes behind each block are guarded. That they were
 *   written is found when the block is freed, resized, or ended by a rewind, a reset or a free of the arena, and by
 *   swiss_arena_check, and reported as SWISS_HEAP_OVERRUN: the handler of swiss_heap_set_misuse_handler is called, or
 *   without one the program prints and aborts. Oversize blocks are looked after by the heap, if they come from it.
 *   Without the heap (SWISS_NO_HEAP) this is on only if swiss was compiled with SWISS_HARDENED defined as 1, and there
 *   is no handler.
 */
#ifndef SWISS_ARENA_H
#define SWISS_ARENA_H

#include "allocator.h"
#include <stdarg.h>
#include <string.h>

SWISS_BEGIN_C

typedef struct swiss_arena swiss_arena;
typedef struct swiss_arena_chunk_ swiss_arena_chunk_;

/* A member of a list of things that end with an arena, the newest first. */
typedef struct swiss_arena_link_ {
    struct swiss_arena_link_ *next_, **to_; /* to_: what points to this one; NULL: it is in no list */
    uint64_t order_;                        /* the marks of the arena when it came */
} swiss_arena_link_;

/* A function that an arena calls when it ends (swiss_arena_add_cleanup). */
typedef struct swiss_arena_cleanup {
    swiss_arena_link_ link_;
    void (*run_)(void *argument);
    void *argument_;
} swiss_arena_cleanup;

/* An arena. {0} is a valid empty one. All members are private. */
struct swiss_arena {
    char *next_;                  /* the first byte that is free in the current chunk, the newest */
    char *end_;                   /* the end of the chunk; next_ itself where a tool watches every block */
    size_t used_;                 /* the bytes in use, but for oversize blocks, less next_ as a number */
    char *floor_;                 /* blocks before it are older than a mark, or in other chunks: they stay */
    swiss_arena_chunk_ *chunk_;   /* the current chunk, which leads to the older ones */
    swiss_arena_chunk_ *spare_;   /* chunks for later */
    swiss_arena_chunk_ *first_;   /* the caller's */
    swiss_arena_link_ *big_;      /* oversize blocks */
    swiss_arena_link_ *children_; /* the links_ of child arenas */
    swiss_arena_link_ *cleanups_; /* swiss_arena_cleanup */
    swiss_arena_link_ link_;      /* among the children of its parent */
    size_t big_used_;             /* the bytes of oversize blocks */
    size_t reserved_, peak_;      /* swiss_arena_stats */
    size_t chunk_size_;           /* of the first chunk; 0: the default */
    size_t growth_;               /* the size of the next chunk; 0: that of the first */
    size_t zone_;                 /* the bytes behind each block that nobody may touch */
    const swiss_allocator *allocator_;
    void *weaks_;          /* the handles of arena_weak.h */
    swiss_allocator view_; /* of swiss_arena_allocator */
    const void *owner_;    /* the thread that uses it, in debug builds */
    uint64_t marks_;       /* the number of the newest mark */
    uint64_t ended_at_;    /* while cleanups run: the first mark that may be rewound to; else 0 */
    uint64_t stale_[4][2]; /* the numbers of stale marks, from first to last; in ascending order */
    unsigned stale_count_;
    char *guard_, *guarded_; /* in hardened programs, what is behind the newest block, and this block */
};

/* How to set an arena up. {0} gives the defaults. */
typedef struct swiss_arena_options {
    const swiss_allocator *allocator; /* of chunks; NULL: that of the parent; without one, the default */
    swiss_arena *parent;              /* NULL: none */
    void *first;                      /* the caller's memory for the first chunk, such as an array; NULL: none */
    size_t first_size;                /* its bytes */
    size_t chunk_size;                /* the size of the first chunk that is allocated, in bytes; 0: 4 KiB */
} swiss_arena_options;

/* Sets up an arena, which is empty or was never set up; NULL: the same as {0}. Allocates nothing. The caller's memory,
 * if there is any, serves before any chunk is allocated, for all but oversize blocks; it may be touched again by others
 * when the arena is freed. O(1).
 *
 * A child arena is freed when its parent is reset or freed, or rewound to a mark that is older than the child; this is
 * how the child's own cleanups come to run. It is empty then, has no parent, and may be used again. It may be freed
 * before. Its memory is its own. The child itself lies where the caller wants, also in the parent's memory, but may not
 * go before it is freed. */
SWISS_API void swiss_arena_init(swiss_arena *arena, const swiss_arena_options *options);

/* Frees everything: the children, the newest first; then the cleanups run, the last added first; then all memory is
 * freed. The arena is empty afterwards, without a parent and a first chunk of the caller's, and with its allocator.
 * Returns false, and does nothing, while a cleanup of the arena or of a child runs: to call it then is misuse, and
 * fails an assertion in debug builds. O(chunks + oversize blocks + children + cleanups). */
SWISS_API bool swiss_arena_free(swiss_arena *arena);

/* Frees everything as swiss_arena_free does, but keeps up to `keep` bytes of chunks for reuse, the newest ones first;
 * SIZE_MAX: all. The caller's first chunk is kept beside them, and the arena stays a child. Returns false as
 * swiss_arena_free does. */
SWISS_API bool swiss_arena_reset(swiss_arena *arena, size_t keep);

/* Lets the arena be used by another thread from now on; its children not. The two threads synchronise by themselves.
 * Only debug builds need to be told. O(1). */
SWISS_API void swiss_arena_hand_over(swiss_arena *arena);

/* Blocks ----------------------------------------------------------------------------------------------------------- */

/* The largest size and alignment that are not oversize. */
#define SWISS_ARENA_SMALL_ ((size_t)4096)

/* Returns true if the calling thread may use the arena, which takes it into possession; always if swiss is compiled
 * without assertions. */
SWISS_API bool swiss_arena_is_mine_(swiss_arena *arena);
#define SWISS_ARENA_CHECK_(arena) SWISS_ASSERT(swiss_arena_is_mine_(arena) && "swiss_arena: used by two threads")

SWISS_API SWISS_MUST_USE void *swiss_arena_alloc_slow_(swiss_arena *arena, size_t size, size_t alignment);

/* Returns `size` bytes at a multiple of `alignment`, with undefined contents. O(1), unless there has to be another
 * chunk. */
SWISS_ALWAYS_INLINE SWISS_MUST_USE void *swiss_arena_alloc(swiss_arena *arena, size_t size, size_t alignment) {
    SWISS_ARENA_CHECK_(arena);
    char *block = arena->next_;
    const size_t padding = (size_t)(0 - (uintptr_t)block) & (alignment - 1);
    if (SWISS_UNLIKELY(size - 1 >= SWISS_ARENA_SMALL_ || alignment - 1 >= SWISS_ARENA_SMALL_ ||
                       (alignment & (alignment - 1)) || padding + size > (uintptr_t)arena->end_ - (uintptr_t)block))
        return swiss_arena_alloc_slow_(arena, size, alignment);
#ifdef __GNUC__
    if (__builtin_constant_p(size >= 64) && size >= 64) /* where the next blocks will be */
        __builtin_prefetch((const void *)((uintptr_t)block + size + 256), 1);
#endif
    if (padding) { /* a branch, so that blocks of one type follow each other at the pace of one addition */
        arena->used_ -= padding;
        block += padding;
    }
    arena->next_ = block + size;
    return block;
}

/* Returns `size` zero bytes at a multiple of `alignment`. O(size). */
SWISS_ALWAYS_INLINE SWISS_MUST_USE void *swiss_arena_alloc_zeroed(swiss_arena *arena, size_t size, size_t alignment) {
    const size_t most = PTRDIFF_MAX; /* of any block; gcc warns of a constant that is more */
    void *block = swiss_arena_alloc(arena, size, alignment);
    if (!block)
        return NULL;
    SWISS_ASSUME(size <= most);
    return memset(block, 0, size & most);
}

/* Returns `type *`: an array of `count` zeroed objects of the type. O(bytes).
 *     point *points = swiss_arena_new(&arena, point, 10); */
#define swiss_arena_new(arena, type, count)                                                                            \
    SWISS_ARENA_POINTER_(type, swiss_arena_alloc_array_(arena, count, sizeof(type), SWISS_ALIGNOF(type), true))

/* The same with undefined contents. O(1). */
#define swiss_arena_new_raw(arena, type, count)                                                                        \
    SWISS_ARENA_POINTER_(type, swiss_arena_alloc_array_(arena, count, sizeof(type), SWISS_ALIGNOF(type), false))

#ifdef __cplusplus
#    define SWISS_ARENA_POINTER_(type, address) static_cast<type *>(address)
#else
#    define SWISS_ARENA_POINTER_(type, address) ((type *)(address))
#endif

SWISS_ALWAYS_INLINE SWISS_MUST_USE void *swiss_arena_alloc_array_(swiss_arena *arena, size_t count, size_t size,
                                                                  size_t alignment, bool zeroed) {
    if (size && count > (size_t)PTRDIFF_MAX / size)
        return NULL;
    size *= count;
    return zeroed ? swiss_arena_alloc_zeroed(arena, size, alignment) : swiss_arena_alloc(arena, size, alignment);
}

/* Makes `block`, which has `old_size` bytes, have `new_size`. Returns its address, which may be another one: then the
 * old address is invalid. The contents are kept, up to the smaller of both sizes. NULL: out of memory, and `block` is
 * as it was; a block that is not oversize can always shrink. If `block` is NULL, this is swiss_arena_alloc.
 *
 * The last block grows in place while its chunk has room, and gives back what it shrinks by, but not across a mark: the
 * bytes before the newest mark stay as they are. An oversize block is resized by the allocator. Any other block that
 * grows is copied, and its old bytes are wasted: O(old_size). */
SWISS_API SWISS_MUST_USE void *swiss_arena_resize(swiss_arena *arena, void *block, size_t old_size, size_t new_size,
                                                  size_t alignment);

/* Frees one block, of the size and alignment that it was last given. NULL is ignored. The memory of the last block, and
 * of an oversize one, is free for others; that of any other is wasted until the arena is reset, or rewound to a mark
 * that is older. O(1). */
SWISS_API void swiss_arena_free_block(swiss_arena *arena, void *block, size_t size, size_t alignment);

/* Returns the arena as an allocator, for a table or for whatever else takes one. It is a part of the arena. What is
 * allocated by it needs no free. A map in an arena may not be used any more once the arena has been rewound to a mark
 * that is older than the map's last growth. O(1). */
SWISS_API const swiss_allocator *swiss_arena_allocator(swiss_arena *arena);

/* Copies and texts ------------------------------------------------------------------------------------------------- */

/* Compilers check the arguments of a format. */
#if defined(__GNUC__) && !defined(_WIN32)
#    define SWISS_ARENA_FORMAT_(at, first) __attribute__((__format__(__printf__, at, first)))
#else
#    define SWISS_ARENA_FORMAT_(at, first)
#endif

/* Returns a copy of `size` bytes at a multiple of `alignment`. O(size). */
SWISS_API SWISS_MUST_USE void *swiss_arena_copy(swiss_arena *arena, const void *data, size_t size, size_t alignment);

/* Returns a string of `length` characters from `text` on, which need not end with a 0. O(length). */
SWISS_API SWISS_MUST_USE char *swiss_arena_copy_text(swiss_arena *arena, const char *text, size_t length);

/* Returns a copy of a string. O(its length). */
SWISS_MUST_USE static inline char *swiss_arena_copy_string(swiss_arena *arena, const char *string) {
    return swiss_arena_copy_text(arena, string, strlen(string));
}

/* Returns what printf would print, as a string. NULL also if the format fails: an argument that has no form in the
 * locale, more than INT_MAX bytes. Not in a swiss without a C library (gcc -ffreestanding). O(length). */
SWISS_API SWISS_MUST_USE char *swiss_arena_printf(swiss_arena *arena, const char *format, ...)
    SWISS_ARENA_FORMAT_(2, 3);
SWISS_API SWISS_MUST_USE char *swiss_arena_vprintf(swiss_arena *arena, const char *format, va_list arguments)
    SWISS_ARENA_FORMAT_(2, 0);

/* A string that grows in an arena:
 *
 *     swiss_arena_text text = {.arena = &arena};
 *     swiss_arena_text_append(&text, "to be");
 *     swiss_arena_text_printf(&text, " or %s", "not to be");
 *     char *string = swiss_arena_text_take(&text);       // NULL if anything failed: this one check is enough
 */
typedef struct swiss_arena_text {
    swiss_arena *arena;
    char *data;  /* what there is of the text so far, without a 0 at the end; NULL at first */
    size_t size; /* its bytes */
    size_t room_;
    bool failed_;
} swiss_arena_text;

/* Makes room for `more` bytes at the end. Returns the address of the room, where the caller may write some of them and
 * add their number to text->size. The other functions call it; the room at least doubles. O(text->size) if it moves. */
SWISS_API char *swiss_arena_text_reserve(swiss_arena_text *text, size_t more);

/* Append `size` bytes, what printf would print, or a string; printing fails as swiss_arena_printf does. False: the text
 * is as it was, and swiss_arena_text_take will return NULL. What is appended may not be a part of the text itself.
 * O(what is appended), on average. */
SWISS_API bool swiss_arena_text_append_bytes(swiss_arena_text *text, const void *data, size_t size);
SWISS_API bool swiss_arena_text_printf(swiss_arena_text *text, const char *format, ...) SWISS_ARENA_FORMAT_(2, 3);
static inline bool swiss_arena_text_append(swiss_arena_text *text, const char *string) {
    return swiss_arena_text_append_bytes(text, string, strlen(string));
}

/* Returns the text as a string, or NULL if something could not be appended. The string takes no more bytes than it
 * needs, as far as there is memory to move it, and lives as long as the arena: it is not to be freed by itself. The
 * builder is then empty, and may begin another one. O(1), or O(text->size) if the room was oversize. */
SWISS_API SWISS_MUST_USE char *swiss_arena_text_take(swiss_arena_text *text);

/* Marks ------------------------------------------------------------------------------------------------------------ */

/* A place in the life of an arena. Members are private. */
typedef struct swiss_arena_mark {
    swiss_arena *arena_;
    uint64_t number_;
    swiss_arena_chunk_ *chunk_;
    char *next_, *floor_;
    size_t used_;
} swiss_arena_mark;

/* Returns a mark. It is live until the arena is reset or freed, or rewound to an older mark; from then on it is stale.
 * O(1). */
SWISS_API swiss_arena_mark swiss_arena_mark_here(swiss_arena *arena);

/* Ends what has come since the mark: child arenas are freed, the newest first, cleanups run, the last added first, then
 * blocks are freed. The mark may be rewound to again. Oversize blocks go back to the allocator, other chunks are kept
 * for reuse. A block from before the mark that was freed since then counts as used again, unless it was oversize.
 * O(chunks and things that end).
 *
 * Returns false, and does nothing, for a mark that is stale, or of another arena, and for one that is older than a
 * cleanup of the arena or of a child that is running. This is misuse: it fails an assertion in debug builds.
 *
 * Stale marks are known by their numbers. Those that were made between the same two live marks are remembered as one
 * group, and the arena remembers the newest four groups. So a stale mark can pass unnoticed only in a program that
 * keeps five or more live marks and rewinds between them: then it may end blocks that are newer than it, but it never
 * damages the arena itself. */
SWISS_API bool swiss_arena_rewind(swiss_arena *arena, swiss_arena_mark mark);

#ifdef __GNUC__
/* Rewinds the arena when the block of code that this stands in is left, in whatever way but longjmp:
 *     SWISS_ARENA_SCOPE(&arena);
 * Until then the arena is not reset or freed, and not rewound to an older mark. For compilers that have the attribute
 * `cleanup`: gcc and clang, in C and C++. */
#    define SWISS_ARENA_SCOPE(arena)                                                                                   \
        swiss_arena_mark SWISS_ARENA_NAME_(swiss_arena_scope_, __LINE__)                                               \
            __attribute__((cleanup(swiss_arena_end_scope_))) = swiss_arena_mark_here(arena)
#    define SWISS_ARENA_NAME_(prefix, line) SWISS_ARENA_PASTE_(prefix, line)
#    define SWISS_ARENA_PASTE_(prefix, line) prefix##line##_
#endif
SWISS_API void swiss_arena_end_scope_(swiss_arena_mark *mark);

/* Cleanups --------------------------------------------------------------------------------------------------------- */

/* Lets run(argument) be called when the arena is reset or freed, or rewound to a mark that is older than this call:
 * once, before any memory is freed. `cleanup` is the caller's memory for the record, which stays until the call or a
 * cancellation: then nothing can fail. NULL: it is taken from the arena. Returns the record, for
 * swiss_arena_cancel_cleanup. O(1).
 *
 * A cleanup may allocate from its arena, which is freed with the rest; it may add cleanups, which run next; it may
 * cancel others, use marks that are newer than itself, and free children. Resetting, freeing or rewinding its own
 * arena, or one above it, is refused (swiss_arena_free). */
SWISS_API swiss_arena_cleanup *swiss_arena_add_cleanup(swiss_arena *arena, swiss_arena_cleanup *cleanup,
                                                       void (*run)(void *argument), void *argument);

/* Cancels a cleanup. Returns false if it has been called or cancelled before, which can be asked only while the record
 * exists; a record that is all zero was never added. O(1). */
SWISS_API bool swiss_arena_cancel_cleanup(swiss_arena_cleanup *cleanup);

/* Looks for writes past the ends of blocks. Returns how many blocks were found damaged and reported; each is reported
 * once. Where more than 16 bytes past a block were written, older blocks cannot be looked at any more. Returns 0 if
 * arenas do not guard their blocks. Child arenas are not looked at. O(blocks). */
SWISS_API size_t swiss_arena_check(swiss_arena *arena);

/* Numbers ---------------------------------------------------------------------------------------------------------- */

/* Bytes, those of child arenas not included. */
typedef struct swiss_arena_stats {
    size_t used;     /* of blocks, as they were asked for */
    size_t wasted;   /* that cannot be handed out: chunk headers and ends, padding, and freed blocks */
    size_t reserved; /* of all chunks and oversize blocks: used, wasted, and free for blocks to come */
    size_t peak;     /* the most that were used at once since the arena was set up or freed */
} swiss_arena_stats;

/* Returns the numbers. O(chunks kept for reuse). */
SWISS_API swiss_arena_stats swiss_arena_get_stats(const swiss_arena *arena);

SWISS_END_C

#endif
