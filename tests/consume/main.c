/* A program that uses swiss as an outsider does: copied as two files, as a subdirectory, or installed. */
#define SWISS_NAME squares
#define SWISS_KEY int
#define SWISS_VALUE long
#ifdef CONSUME_PARTS
#    include <swiss/map.h>
#else
#    include "swiss.h"
#endif
#define SWISS_NAME names
#define SWISS_KEY const char *
#ifdef CONSUME_PARTS
#    include <swiss/set.h>
#else
#    include "swiss.h"
#endif
#include <stdio.h>

int main(void) {
    squares map = {0};
    for (int i = 0; i < 1000; ++i)
        if (!squares_put(&map, i, (long)i * i).entry)
            return 1;
    names set = {0};
    bool both = names_insert(&set, "cat").inserted && !names_insert(&set, "cat").inserted;
    long *value = squares_get(&map, 999);
    printf("%ld %d %d\n", value ? *value : -1, (int)squares_size(&map), both);
    squares_free(&map);
    names_free(&set);
    return 0;
}
