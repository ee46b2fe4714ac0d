/* A cache of files by their names, with a cost in bytes: however many files there are, and however large, the cache
 * holds at most so many bytes of them. A file that somebody still uses is not read again, even if it was evicted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swiss/ref.h>

typedef struct file {
    size_t size;
    char *bytes;
} file;

SWISS_REF_TYPE(file, file);

/* What an entry takes of memory. */
static size_t cost_of(const char *const *path, file *const *content) {
    return strlen(*path) + 1 + sizeof **content + (*content)->size;
}

#define SWISS_NAME file_cache
#define SWISS_KEY_OWNED_STRING
#define SWISS_VALUE file * /* whoever is given one releases it */
#define SWISS_COST cost_of
#define SWISS_WEAK
#include <swiss/cache.h>

/* Reads a stream to its end. Returns NULL when out of memory. */
static file *read_stream(FILE *in) {
    file *content = file_new(NULL);
    char block[1000];
    for (size_t size; content && (size = fread(block, 1, sizeof block, in)) != 0;) {
        char *bytes = realloc(content->bytes, content->size + size);
        if (!bytes) {
            free(content->bytes);
            file_release(content);
            return NULL;
        }
        memcpy(bytes + content->size, block, size);
        content->bytes = bytes;
        content->size += size;
    }
    if (content && !swiss_ref_add_cleanup(content, free, content->bytes, NULL)) {
        free(content->bytes);
        file_release(content);
        return NULL;
    }
    return content;
}

/* Is called for a file that is not in the cache. Returns false if it cannot be read. */
static bool load(const char *const *path, file **content, void *reads) {
    FILE *in = fopen(*path, "rb");
    *content = in ? read_stream(in) : NULL;
    if (in)
        fclose(in);
    ++*(int *)reads;
    return *content != NULL;
}

/* The program's own files, to have some: number `i` has i * 1000 bytes. */
enum { FILES = 10 };

static const char *path_of(int i) {
    static char path[40];
    snprintf(path, sizeof path, "file_cache.%d.tmp", i);
    return path;
}

static bool write_files(void) {
    for (int i = 0; i < FILES; ++i) {
        FILE *out = fopen(path_of(i), "wb");
        for (int n = 0; out && n < 1000 * i; ++n)
            putc('0' + i, out);
        if (!out || fclose(out) != 0)
            return false;
    }
    return true;
}

int main(void) {
    int reads = 0;
    size_t bytes = 0;
    file *content, *held = NULL;
    file_cache cache;
    if (!file_cache_init(&cache, &(file_cache_options){.capacity = 20000}) || !write_files())
        return 1;

    /* Small files are asked for often, large ones seldom. */
    for (int n = 0; n < 2000; ++n) {
        const int i = n % 7 ? n % 3 + 1 : n / 7 % FILES;
        if (file_cache_get_or_load_as(&cache, swiss_slice_of(path_of(i)), load, &reads, &content) < SWISS_CACHE_HIT)
            return 1;
        bytes += content->size;
        if (i == 9 && !held)
            held = content; /* for later */
        else
            file_release(content);
    }
    swiss_cache_stats stats = file_cache_stats(&cache);
    printf("2000 times a file, %zu bytes in all; read fewer than 200 times: %s\n", bytes, reads < 200 ? "yes" : "no");
    printf("at most 20000 bytes in the cache: %s\n", stats.cost <= 20000 ? "yes" : "no");

    /* One that was evicted, but is still in use, is not read again. */
    reads = 0;
    for (int i = 0; i < FILES - 1; ++i)
        if (file_cache_get_or_load_as(&cache, swiss_slice_of(path_of(i)), load, &reads, &content) >= SWISS_CACHE_HIT)
            file_release(content);
    reads = 0;
    if (file_cache_get_or_load_as(&cache, swiss_slice_of(path_of(9)), load, &reads, &content) != SWISS_CACHE_HIT)
        return 1;
    printf("the same file as is in use: %s, %d reads\n", content == held ? "yes" : "no", reads);
    file_release(content);
    file_release(held);

    /* One that is not there, and one that is dearer than all of the cache. */
    swiss_cache_result result = file_cache_get_or_load_as(&cache, swiss_slice_of("no/such"), load, &reads, &content);
    printf("one that is not there: %s\n", result == SWISS_CACHE_FAILED ? "failed" : "?");
    file_cache_resize(&cache, 5000);
    result = file_cache_get_or_load_as(&cache, swiss_slice_of(path_of(8)), load, &reads, &content);
    printf("8000 bytes for a cache of 5000: %s, %s\n", result == SWISS_CACHE_LOADED ? "loaded" : "?",
           file_cache_contains_as(&cache, swiss_slice_of(path_of(8))) ? "and kept" : "but not kept");
    file_release(content);

    file_cache_free(&cache);
    for (int i = 0; i < FILES; ++i)
        remove(path_of(i));
    return 0;
}
