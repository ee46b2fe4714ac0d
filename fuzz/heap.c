/* heap.c - fuzzes heap.h: allocates, resizes and frees up to 256 blocks, whose bytes, sizes, alignments and sum are
 * known.
 *
 * An input is operations of four bytes: what to do, a block, and two bytes that make a size. All inputs use the default
 * heap, which remembers: if a find does not repeat alone, it depends on the inputs before it.
 */
#include "fuzz.h"

#include <swiss/heap_stats.h>
#include "swiss/heap/validate_heap.h"
#include "swiss/os/os.h"

enum { BLOCKS = 256, MIB = 1 << 20 };

enum {
    OP_ALLOC,
    OP_ALLOC_ZEROED,
    OP_ALLOC_ALIGNED,
    OP_RESIZE,
    OP_RESIZE_ALIGNED,
    OP_FREE,
    OP_FREE_SIZED,
    /* From the block on, the first byte + 1 of 8 * the second byte + 1 bytes; of the second byte if below 16. */
    OP_ALLOC_MANY,
    /* Those whose numbers agree with the block's in the bits of the first byte. */
    OP_FREE_MANY,
    /* The request to the operating system with this number fails; with an odd second byte, all from there on. */
    OP_REFUSE,
    OP_CHECK,
    OPERATIONS
};

typedef struct {
    unsigned op;
    unsigned block;
    unsigned first, second;
    size_t size;
} heap_operation;

static struct {
    unsigned char *bytes;
    size_t size;
    unsigned char pattern;
} blocks[BLOCKS];

static size_t live, live_bytes;
static unsigned char pattern; /* the last one given out */

/* The system ------------------------------------------------------------------------------------------------------- */

static unsigned refuse_in; /* 0: never */
static bool refuse_on, refused;

static bool refuse(void) {
    bool now = refuse_in == 1;
    if (refuse_in > 1 || (now && !refuse_on))
        --refuse_in;
    refused |= now;
    return now;
}

/* Blocks ----------------------------------------------------------------------------------------------------------- */

/* The part of a block that carries its pattern: all of a small one; of a large one both ends, and single bytes between.
 * Not many: each may cost the system a huge page. */
enum { END = 2048, SINGLE = 4 };

static void paint(unsigned i) {
    unsigned char *bytes = blocks[i].bytes;
    size_t size = blocks[i].size;
    blocks[i].pattern = ++pattern;
    memset(bytes, pattern, size < 2 * END ? size : END);
    if (size < 2 * END)
        return;
    memset(bytes + size - END, pattern, END);
    for (size_t part = 1; part < SINGLE; ++part)
        bytes[size / SINGLE * part] = pattern;
}

static bool is_uniform(const unsigned char *bytes, size_t size, unsigned char byte) {
    return size == 0 || (bytes[0] == byte && memcmp(bytes, bytes + 1, size - 1) == 0);
}

/* True if the block still holds what was painted, in its first `size` bytes. */
static void check_paint(unsigned i, size_t size) {
    const unsigned char *bytes = blocks[i].bytes;
    size_t whole = blocks[i].size, head = whole < 2 * END ? whole : END;
    CHECK(is_uniform(bytes, size < head ? size : head, blocks[i].pattern));
    if (whole < 2 * END)
        return;
    if (size >= whole)
        CHECK(is_uniform(bytes + whole - END, END, blocks[i].pattern));
    for (size_t part = 1; part < SINGLE && whole / SINGLE * part < size; ++part)
        CHECK(bytes[whole / SINGLE * part] == blocks[i].pattern);
}

/* What swiss_heap_alloc promises. */
static size_t natural_alignment(size_t size) {
    return size <= 4 ? 4 : size <= 8 || (size > 16 && size <= 24) ? 8 : 16;
}

static void check_block(const unsigned char *bytes, size_t size, size_t alignment) {
    CHECK(bytes && (uintptr_t)bytes % alignment == 0);
    CHECK(swiss_heap_usable_size(NULL, bytes) >= size);
    CHECK(swiss_heap_owns(NULL, bytes) && swiss_heap_owns(NULL, bytes + size - (size != 0)));
}

/* Takes over what an allocation returned. */
static void keep(unsigned i, unsigned char *bytes, size_t size, size_t alignment) {
    if (bytes == NULL) {
        CHECK(refused);
        return;
    }
    check_block(bytes, size, alignment);
    blocks[i].bytes = bytes;
    blocks[i].size = size;
    paint(i);
    ++live;
    live_bytes += size;
}

static void forget(unsigned i) {
    --live;
    live_bytes -= blocks[i].size;
    blocks[i].bytes = NULL;
}

static void give_back(unsigned i) {
    if (blocks[i].bytes == NULL)
        return;
    check_paint(i, SIZE_MAX);
    swiss_heap_free(NULL, blocks[i].bytes);
    forget(i);
}

/* The operations --------------------------------------------------------------------------------------------------- */

static void alloc_zeroed(const heap_operation *operation) {
    size_t size = operation->size, count = 1 + operation->first % 8;
    CHECK(swiss_heap_alloc_zeroed(NULL, SIZE_MAX / 2, operation->second + 3) == NULL);
    unsigned char *bytes = swiss_heap_alloc_zeroed(NULL, count, size / count);
    size = size / count * count;
    if (bytes)
        CHECK(is_uniform(bytes, size < 64 * 1024 ? size : 64 * 1024, 0));
    keep(operation->block, bytes, size, natural_alignment(size));
}

static void resize(const heap_operation *operation, bool aligned) {
    unsigned i = operation->block;
    size_t size = operation->size;
    size_t alignment = aligned ? (size_t)1 << operation->second % 16 : natural_alignment(size);
    check_paint(i, SIZE_MAX);
    bool may_fail = size > blocks[i].size || (uintptr_t)blocks[i].bytes % alignment != 0;
    unsigned char *bytes = aligned ? swiss_heap_resize_aligned(NULL, blocks[i].bytes, size, alignment)
                                   : swiss_heap_resize(NULL, blocks[i].bytes, size);
    if (bytes == NULL) {
        CHECK(refused && may_fail);
        check_paint(i, SIZE_MAX);
        return;
    }
    check_block(bytes, size, alignment);
    blocks[i].bytes = bytes;
    check_paint(i, size);
    live_bytes = live_bytes - blocks[i].size + size;
    blocks[i].size = size;
    paint(i);
}

/* Each form of the numbers, into a buffer that is too short, is the beginning of what it is in a long one. */
static void check_forms(const swiss_heap_stats *stats) {
    size_t (*const forms[])(const swiss_heap_stats *, char *, size_t) = {swiss_heap_format_text, swiss_heap_format_json,
                                                                         swiss_heap_format_prometheus};
    static char whole[20000], part[20000];
    for (size_t i = 0; i < sizeof forms / sizeof *forms; ++i) {
        size_t length = forms[i](stats, whole, sizeof whole), size = 1 + (size_t)stats->mallocs % length;
        CHECK(length < sizeof whole && strlen(whole) == length);
        CHECK(forms[i](stats, part, size) == length);
        CHECK(strlen(part) == size - 1 && memcmp(part, whole, size - 1) == 0);
    }
}

/* The heap's numbers against ours. `before`: when the input began, with no block alive. */
static void check_all(const swiss_heap_stats *before) {
    size_t usable = 0;
    for (unsigned i = 0; i < BLOCKS; ++i)
        if (blocks[i].bytes) {
            check_paint(i, SIZE_MAX);
            usable += swiss_heap_usable_size(NULL, blocks[i].bytes);
        }
    swiss_heap_stats now;
    swiss_heap_get_stats(NULL, &now);
    CHECK(now.mallocs - before->mallocs == now.frees - before->frees + live);
    CHECK(now.in_use_bytes == before->in_use_bytes + usable && usable >= live_bytes);
    CHECK(now.in_use_bytes <= now.span_bytes && now.span_bytes + now.idle_bytes <= now.committed_bytes);
    CHECK(now.committed_bytes <= now.reserved_bytes);
    CHECK(now.allocated_bytes - now.freed_bytes == now.in_use_bytes && now.allocated_bytes >= before->allocated_bytes);
    CHECK(now.span_bytes <= now.peak_span_bytes && now.span_bytes + now.idle_bytes <= now.peak_memory_bytes);
    CHECK(now.given_back_bytes >= before->given_back_bytes && now.freed_bytes >= before->freed_bytes);
    check_forms(&now);
#ifdef SWISS_VALIDATE
    CHECK(swiss_heap_validate() == NULL);
#endif
}

static void operate(const heap_operation *operation, const swiss_heap_stats *before) {
    unsigned i = operation->block;
    size_t size = operation->size, alignment;
    refused = false;
    switch (operation->op) {
    case OP_ALLOC:
        give_back(i);
        keep(i, swiss_heap_alloc(NULL, size), size, natural_alignment(size));
        break;
    case OP_ALLOC_ZEROED:
        give_back(i);
        alloc_zeroed(operation);
        break;
    case OP_ALLOC_ALIGNED:
        give_back(i);
        alignment = (size_t)1 << (operation->second >> 4) * 26 / 15; /* up to 64 MiB */
        CHECK(swiss_heap_alloc_aligned(NULL, size, alignment + (alignment == 1 ? 2 : 1)) == NULL);
        keep(i, swiss_heap_alloc_aligned(NULL, size, alignment), size, alignment);
        break;
    case OP_RESIZE:
        if (blocks[i].bytes)
            resize(operation, false);
        break;
    case OP_RESIZE_ALIGNED:
        if (blocks[i].bytes)
            resize(operation, true);
        break;
    case OP_FREE:
        give_back(i);
        break;
    case OP_FREE_SIZED:
        if (blocks[i].bytes) {
            check_paint(i, SIZE_MAX);
            swiss_heap_free_sized(NULL, blocks[i].bytes, blocks[i].size);
            forget(i);
        }
        break;
    case OP_ALLOC_MANY:
        size = operation->second < 16 ? operation->second : 8 * operation->second + 1;
        for (unsigned end = i + operation->first; i <= end && i < BLOCKS; ++i) {
            give_back(i);
            keep(i, swiss_heap_alloc(NULL, size), size, natural_alignment(size));
        }
        break;
    case OP_FREE_MANY:
        for (unsigned j = 0; j < BLOCKS; ++j)
            if (((i ^ j) & operation->first) == 0)
                give_back(j);
        break;
    case OP_REFUSE:
        refuse_in = operation->first % 16;
        refuse_on = operation->second & 1;
        break;
    default:
        check_all(before);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    /* A size is twelve bits, shifted as four others say: to 128 MiB, most of them small. Where these say 4 it is four
     * bits. */
    static const unsigned char shifts[16] = {0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15};
    enum { TINY = 4 };
    fuzz_input input = {data, data + size};
    swiss_heap_stats before;
    swiss_heap_get_stats(NULL, &before);
    refuse_in = 0;
    swiss_os_refuse = refuse;
    for (unsigned count = 1; input.at < input.end && count <= 2000; ++count) {
        heap_operation operation = {fuzz_byte(&input) % OPERATIONS, fuzz_byte(&input), fuzz_byte(&input),
                                    fuzz_byte(&input), 0};
        operation.size = (operation.first | (operation.second & 0xFu) << 8);
        if (operation.second >> 4 == TINY)
            operation.size %= 16;
        if (live_bytes < 128 * MIB)
            operation.size <<= shifts[operation.second >> 4];
        operate(&operation, &before);
        if (count % 64 == 0)
            check_all(&before);
    }
    check_all(&before);
    for (unsigned i = 0; i < BLOCKS; ++i)
        give_back(i);
    check_all(&before);
    swiss_os_refuse = NULL;
    return 0;
}
