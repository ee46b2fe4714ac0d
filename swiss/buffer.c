/* buffer.c - bytes that grow, in memory of a byte pool. */
#include "swiss/buffer.h"
#include <string.h>

static unsigned char *memory_of(const swiss_buffer *buffer) {
    return buffer->data ? buffer->data - buffer->consumed : NULL;
}

/* Gives memory to the pool. Refused is none: its capacity is one that the pool gave. */
static void give_back(swiss_byte_pool *pool, void *memory, size_t capacity) {
    if (memory)
        (void)swiss_byte_pool_put(pool, memory, capacity);
}

void swiss_buffer_free(swiss_buffer *buffer) {
    give_back(buffer->pool, memory_of(buffer), buffer->capacity);
    *buffer = swiss_buffer_of(buffer->pool);
}

/* Reserves. The bytes move to the front if half of the memory is free then; else the memory doubles at least. So every
 * byte that is appended moves a constant number of times. */
bool swiss_buffer_reserve(swiss_buffer *buffer, size_t count) {
    if (count <= swiss_buffer_room(buffer) && buffer->data)
        return true;
    if (count > PTRDIFF_MAX - buffer->size)
        return false;
    const size_t size = buffer->size + count;
    unsigned char *memory = memory_of(buffer);
    if (memory && size <= buffer->capacity && buffer->size <= buffer->capacity / 2) {
        memmove(memory, buffer->data, buffer->size);
    } else {
        size_t least = buffer->capacity <= PTRDIFF_MAX / 2 ? 2 * buffer->capacity : PTRDIFF_MAX, capacity;
        unsigned char *more = swiss_byte_pool_get(buffer->pool, size > least ? size : least, &capacity);
        if (!more)
            return false;
        if (buffer->size)
            memcpy(more, buffer->data, buffer->size);
        give_back(buffer->pool, memory, buffer->capacity);
        memory = more;
        buffer->capacity = capacity;
    }
    buffer->data = memory;
    buffer->consumed = 0;
    return true;
}

bool swiss_buffer_append(swiss_buffer *buffer, const void *bytes, size_t count) {
    if (!count)
        return true;
    if (!swiss_buffer_reserve(buffer, count))
        return false;
    memcpy(buffer->data + buffer->size, bytes, count);
    buffer->size += count;
    return true;
}
