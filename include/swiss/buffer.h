/* buffer.h - bytes that grow, in memory of a byte pool: what arrives is appended, what was dealt with is consumed.
 *
 *     swiss_buffer input = swiss_buffer_of(pool);
 *     while (swiss_buffer_reserve(&input, 4096)) {
 *         ssize_t got = read(socket, swiss_buffer_end(&input), swiss_buffer_room(&input));
 *         if (got <= 0)
 *             break;
 *         swiss_buffer_extend(&input, (size_t)got);
 *         swiss_buffer_consume(&input, handle(input.data, input.size)); // the bytes of whole requests
 *     }
 *     swiss_buffer_free(&input);
 *
 * A buffer has no memory until it needs some. It is for one thread at a time. What makes it grow may move its bytes. A
 * function that returns false has changed nothing: memory is out, or the size would be more than PTRDIFF_MAX.
 */
#ifndef SWISS_BUFFER_H
#define SWISS_BUFFER_H

#include "byte_pool.h"

SWISS_BEGIN_C

/* A buffer. */
typedef struct swiss_buffer {
    unsigned char *data;   /* the bytes; NULL if there is no memory */
    size_t size;           /* how many there are */
    size_t capacity;       /* of the memory; at least `size` and those that were consumed */
    size_t consumed;       /* bytes before `data` in the memory */
    swiss_byte_pool *pool; /* where the memory comes from, and goes to */
} swiss_buffer;

/* Returns an empty buffer that takes its memory from `pool`, which outlives it. */
static inline swiss_buffer swiss_buffer_of(swiss_byte_pool *pool) {
    swiss_buffer buffer = {NULL, 0, 0, 0, NULL};
    buffer.pool = pool;
    return buffer;
}

/* Gives the memory back to the pool, and leaves an empty buffer, which may be used again. */
SWISS_API void swiss_buffer_free(swiss_buffer *buffer);

/* Makes room for `count` more bytes. Returns false as said above. O(1) if there is room, else O(size); amortised O(1)
 * per byte that is appended. */
SWISS_API SWISS_MUST_USE bool swiss_buffer_reserve(swiss_buffer *buffer, size_t count);

/* Appends `count` bytes, which may not lie in the buffer. Returns false as said above. */
SWISS_API SWISS_MUST_USE bool swiss_buffer_append(swiss_buffer *buffer, const void *bytes, size_t count);

/* Returns the address behind the last byte, where swiss_buffer_room bytes may be written. NULL if there is no memory.
 * */
static inline void *swiss_buffer_end(const swiss_buffer *buffer) {
    return buffer->data ? buffer->data + buffer->size : NULL;
}

/* Returns how many bytes may be written behind the last one. */
static inline size_t swiss_buffer_room(const swiss_buffer *buffer) {
    return buffer->capacity - buffer->consumed - buffer->size;
}

/* Counts `count` bytes that the caller has written at swiss_buffer_end. More than there is room for are not counted,
 * and fail an assertion in debug builds. */
static inline void swiss_buffer_extend(swiss_buffer *buffer, size_t count) {
    const size_t room = swiss_buffer_room(buffer);
    SWISS_ASSERT(count <= room && "no more bytes than there is room for");
    buffer->size += count < room ? count : room;
}

/* Removes the first `count` bytes, or all if there are fewer. O(1): they are moved when the room is needed. */
static inline void swiss_buffer_consume(swiss_buffer *buffer, size_t count) {
    if (count >= buffer->size) {
        if (buffer->data)
            buffer->data -= buffer->consumed;
        buffer->consumed = buffer->size = 0;
        return;
    }
    buffer->data += count;
    buffer->consumed += count;
    buffer->size -= count;
}

SWISS_END_C

#endif
