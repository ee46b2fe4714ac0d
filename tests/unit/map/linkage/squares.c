#include "squares.h"
#include <stdlib.h>

#define SWISS_NAME squares
#define SWISS_KEY uint32_t
#define SWISS_VALUE uint64_t
#define SWISS_DEFINE
#include <swiss/map.h>

static void free_name(char **name) {
    free(*name);
}

#define SWISS_NAME names
#define SWISS_KEY char *
#define SWISS_KEY_DROP free_name
#define SWISS_DEFINE
#include <swiss/set.h>

bool squares_fill(squares *map, uint32_t size) {
    for (uint32_t i = 0; i < size; ++i)
        if (squares_put(map, i, (uint64_t)i * i).entry == NULL)
            return false;
    return true;
}
