/* What a machine without a C library gives the program: the functions of <string.h> that the map calls, and a default
 * allocator, which never frees. Compiled with -ffreestanding and SWISS_NO_MALLOC. */
#include "swiss.h"

void *memcpy(void *to, const void *from, size_t size) {
    for (size_t i = 0; i < size; ++i)
        ((unsigned char *)to)[i] = ((const unsigned char *)from)[i];
    return to;
}

void *memmove(void *to, const void *from, size_t size) {
    if ((uintptr_t)to <= (uintptr_t)from)
        return memcpy(to, from, size);
    while (size-- > 0)
        ((unsigned char *)to)[size] = ((const unsigned char *)from)[size];
    return to;
}

void *memset(void *to, int byte, size_t size) {
    for (size_t i = 0; i < size; ++i)
        ((unsigned char *)to)[i] = (unsigned char)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t size) {
    const unsigned char *left = a, *right = b;
    for (size_t i = 0; i < size; ++i)
        if (left[i] != right[i])
            return left[i] < right[i] ? -1 : 1;
    return 0;
}

static unsigned char room[1 << 20];
static size_t used;

static void *room_allocate(void *context, size_t size, size_t alignment) {
    (void)context;
    size_t begin = used + (0 - ((uintptr_t)room + used)) % alignment;
    if (begin > sizeof room || size > sizeof room - begin)
        return NULL;
    used = begin + size;
    return room + begin;
}

static void *room_resize(void *context, void *block, size_t old_size, size_t new_size, size_t alignment) {
    void *moved = room_allocate(context, new_size, alignment);
    return moved ? memcpy(moved, block, old_size < new_size ? old_size : new_size) : NULL;
}

static void room_free(void *context, void *block, size_t size, size_t alignment) {
    (void)context, (void)block, (void)size, (void)alignment;
}

const swiss_allocator *swiss_allocator_default(void) {
    static const swiss_allocator allocator = {room_allocate, room_resize, room_free, NULL};
    return &allocator;
}
