/* A cache of parsed files that keeps none of them alive: parsed [FILE...]. Whoever uses a file has a strong reference;
 * the cache has weak ones, and so finds a file as long as someone uses it. When the last one has released it, a cleanup
 * closes the file and takes it out of the cache. */
#include <stdio.h>
#include <stdlib.h>
#include <swiss/ref.h>

struct cache;

typedef struct parsed {
    size_t lines;
    struct source { /* what the cleanup gets */
        FILE *stream;
        const char *name;
        struct cache *in;
    } source;
} parsed;

SWISS_REF_TYPE_LOCAL(parsed, parsed); /* for one thread; without _LOCAL for several */

#define SWISS_NAME cache
#define SWISS_KEY_OWNED_STRING
#define SWISS_VALUE parsed_weak
#define SWISS_VALUE_DROP(weak) parsed_weak_drop(*(weak))
#include <swiss/map.h>

static int opened, closed;

static void close_source(void *argument) {
    struct source *source = argument;
    parsed_weak *known = cache_get_as(source->in, swiss_slice_of(source->name));
    if (known && parsed_weak_is_dead(*known))
        cache_remove_as(source->in, swiss_slice_of(source->name));
    fclose(source->stream);
    ++closed;
}

/* Returns a file, to be released by the caller; NULL if it cannot be opened, or when out of memory. `name` outlives
 * it. */
static parsed *open_parsed(cache *files, const char *name) {
    parsed_weak *known = cache_get_as(files, swiss_slice_of(name));
    parsed *file = known ? parsed_upgrade(*known) : NULL;
    if (file)
        return file; /* someone uses it */
    file = parsed_new(NULL);
    FILE *stream = file ? fopen(name, "r") : NULL;
    if (stream == NULL) {
        parsed_release(file);
        return NULL;
    }
    ++opened;
    file->source = (struct source){stream, name, files};
    if (!swiss_ref_add_cleanup(file, close_source, &file->source, NULL)) {
        close_source(&file->source);
        parsed_release(file);
        return NULL;
    }
    for (int c; (c = getc(stream)) != EOF;)
        file->lines += c == '\n';
    parsed_weak weak = parsed_weak_of(file);
    if (!cache_put_as(files, swiss_slice_of(name), weak).entry) {
        parsed_weak_drop(weak);
        parsed_release(file);
        return NULL;
    }
    return file;
}

int main(int count, char **arguments) {
    cache files = {0};
    parsed **used = malloc((size_t)count * 2 * sizeof *used);
    int n = 0, status = used ? 0 : 1;
    for (int twice = 0; used && twice < 2; ++twice) /* the second time each is found */
        for (int i = 1; i < count; ++i) {
            parsed *file = open_parsed(&files, arguments[i]);
            if (file)
                used[n++] = file;
            else
                status = 1, fprintf(stderr, "%s: cannot be read\n", arguments[i]);
        }
    printf("%d users of %zu files, %d opened, %d closed\n", n, cache_size(&files), opened, closed);
    size_t lines = 0;
    while (n) {
        lines += used[--n]->lines;
        parsed_release(used[n]);
    }
    printf("%zu lines, %zu files, %d opened, %d closed\n", lines, cache_size(&files), opened, closed);
    if (count > 1 && status == 0) { /* read anew */
        parsed *again = open_parsed(&files, arguments[1]);
        printf("%zu lines again, %d opened\n", again ? again->lines : 0, opened);
        parsed_release(again);
    }
    cache_free(&files);
    free(used);
    return status;
}
