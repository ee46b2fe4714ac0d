/* print FORM CASE: writes a heap's numbers for `check`, which reads them as a consumer would. FORM is json or
 * prometheus; CASE is `used`, the default heap after some work, `own`, a heap of the program's own, `nothing`, a heap
 * that never had a block, or `largest`, the largest numbers that there are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swiss/heap_stats.h>

static void work(swiss_heap *heap) {
    void *blocks[64] = {NULL};
    swiss_heap_set_limits(heap, (size_t)4 << 20, (size_t)64 << 20);
    for (size_t size = 1; size < (size_t)128 << 20; size = size * 3 / 2 + 1) {
        void **block = &blocks[size % 64];
        swiss_heap_free(heap, *block);
        *block = swiss_heap_alloc(heap, size);
    }
    swiss_heap_free(heap, blocks[7]);
    (void)swiss_heap_trim(heap);
}

int main(int count, char **words) {
    static char text[1 << 16];
    static swiss_heap_stats stats;
    if (count != 3)
        return 2;
    const char *which = words[2];
    if (strcmp(which, "largest") == 0) {
        memset(&stats, 0xFF, sizeof stats);
        for (size_t i = 0; i < SWISS_HEAP_CLASSES; ++i)
            stats.classes[i].block_size = i, stats.classes[i].frees = 0;
        stats.frees = 0;
    } else {
        swiss_heap *heap = strcmp(which, "used") == 0 ? NULL : swiss_heap_create();
        if (strcmp(which, "nothing") != 0)
            work(heap);
        swiss_heap_get_stats(heap, &stats);
    }
    size_t length = strcmp(words[1], "json") == 0 ? swiss_heap_format_json(&stats, text, sizeof text)
                                                  : swiss_heap_format_prometheus(&stats, text, sizeof text);
    return length < sizeof text && fwrite(text, 1, length, stdout) == length ? 0 : 1;
}
