/* Code that has a copy of swiss of its own: linked twice into a program under two prefixes, or built as two plugins,
 * each time in two versions. WORK is the name of its function, which returns the version of its copy, or 0 if calls
 * went to the other. */
#define SWISS_NAME ints
#define SWISS_KEY int
#define SWISS_VALUE int
#include "swiss.h"

__attribute__((visibility("default"))) unsigned WORK(void);

unsigned WORK(void) {
    ints map = {0};
    bool done = true;
    for (int i = 0; i < 1000; ++i)
        done = done && ints_insert(&map, i, 2 * i).inserted;
    for (int i = 0; i < 1000; ++i)
        done = done && *ints_get(&map, i) == 2 * i;
    ints_free(&map);
    return done && swiss_version() == SWISS_VERSION_NUMBER ? SWISS_VERSION_NUMBER : 0;
}
