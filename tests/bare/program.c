/* A program with one map, which uses nothing else of a C library or a system: what it needs is what the map needs. */
#ifdef SWISS_COPIED
#    include "swiss.h"
#endif
#define SWISS_NAME counts
#define SWISS_KEY int
#define SWISS_VALUE int
#ifdef SWISS_COPIED
#    include "swiss.h"
#else
#    include <swiss/map.h>
#endif

/* Returns 0 if the map counts right. */
int main(void) {
    counts map = {0};
    for (int i = 0; i < 10000; ++i) {
        int *count = counts_get_or_insert(&map, i % 3000, 0);
        if (!count)
            return 1;
        ++*count;
    }
    for (int i = 0; i < 1000; ++i)
        if (!counts_remove(&map, i) || counts_find(&map, i))
            return 2;
    int sum = 0;
    counts_iter iter = counts_iterate(&map);
    for (counts_entry *entry; (entry = counts_next(&iter));)
        sum += entry->value;
    bool right = counts_size(&map) == 2000 && sum == 6000;
    counts_free(&map);
    return right ? 0 : 3;
}
