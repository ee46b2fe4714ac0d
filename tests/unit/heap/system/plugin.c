/* A library that carries swiss, for unload.c beside this file. */
#include <swiss/heap.h>
#define SWISS_NAME ints
#define SWISS_KEY int
#define SWISS_VALUE int
#include <swiss/map.h>

__attribute__((visibility("default"))) int work(void);
__attribute__((visibility("default"))) void *leak(void);
__attribute__((visibility("default"))) int scavenge(void);

int work(void) {
    ints map = {0};
    int inserted = 0;
    for (int i = 0; i < 1000; ++i)
        inserted += ints_insert(&map, i, i).inserted;
    ints_free(&map);
    void *large = swiss_heap_alloc(NULL, 100000), *huge = swiss_heap_alloc(NULL, (size_t)65 << 20);
    inserted += large && huge;
    swiss_heap_free(NULL, large);
    swiss_heap_free(NULL, huge);
    return inserted;
}

void *leak(void) {
    void *block = swiss_heap_alloc(NULL, 100);
    if (block)
        memset(block, 7, 100);
    return block;
}

int scavenge(void) {
    return swiss_heap_set_scavenger_thread(true);
}
