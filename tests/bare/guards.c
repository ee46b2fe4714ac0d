/* Writes past the end of a block in an arena, which nobody minds without hardening. */
#include "swiss.h"

int main(void) {
    swiss_arena arena = {0};
    volatile char *block = (volatile char *)swiss_arena_alloc(&arena, 5, 1);
    if (!block)
        return 2;
    block[7] = 1;
    return swiss_arena_free(&arena) ? 0 : 1;
}
