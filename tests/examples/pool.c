/* A map whose keys are offsets into a pool of bytes: four bytes a key instead of a pointer and an allocation each, and
 * the pool may move. The hooks get the pool from the map, so that two maps may have two pools. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swiss/hash.h>

typedef struct pool {
    char *bytes;
    size_t used, room;
} pool;

/* Copies a word to the end of the pool. Returns false when out of memory. */
static bool pool_add(uint32_t *offset, const swiss_slice *word, pool *to) {
    if (word->size >= to->room - to->used) {
        size_t room = 2 * to->room + word->size + 1;
        char *bytes = room <= UINT32_MAX ? realloc(to->bytes, room) : NULL;
        if (bytes == NULL)
            return false;
        to->bytes = bytes;
        to->room = room;
    }
    *offset = (uint32_t)to->used;
    memcpy(to->bytes + to->used, word->data, word->size);
    to->bytes[to->used + word->size] = 0;
    to->used += word->size + 1;
    return true;
}

#define SWISS_NAME word_count
#define SWISS_KEY uint32_t
#define SWISS_VALUE unsigned
#define SWISS_CONTEXT pool *
#define SWISS_HASH(key, seed, pool) swiss_hash_string((pool)->bytes + *(key), seed)
#define SWISS_HASH_AVALANCHES
#define SWISS_EQUAL(a, b, pool) (strcmp((pool)->bytes + *(a), (pool)->bytes + *(b)) == 0)
#define SWISS_LOOKUP swiss_slice
#define SWISS_LOOKUP_HASH(word, seed, pool) ((void)(pool), swiss_hash_slice(*(word), seed))
#define SWISS_LOOKUP_EQUAL(key, word, pool) swiss_slice_equal(swiss_slice_of((pool)->bytes + *(key)), *(word))
#define SWISS_LOOKUP_MAKE pool_add
#include <swiss/map.h>

int main(void) {
    static const char text[] = "to be or not to be";
    pool words = {NULL, 0, 0};
    word_count counts = {.context = &words};
    int status = 0;
    for (const char *at = text; *at && status == 0; at += *at == ' ') {
        swiss_slice word = {at, strcspn(at, " ")};
        unsigned *n = word_count_get_or_insert_as(&counts, word, 0); /* copies the word if it is new */
        if (n)
            ++*n;
        else
            status = 1;
        at += word.size;
    }
    const unsigned *n = word_count_get_as(&counts, swiss_slice_of("be"));
    printf("%zu words in %zu bytes, be %u times\n", word_count_size(&counts), words.used, n ? *n : 0);
    word_count_free(&counts);
    free(words.bytes);
    return status;
}
