/* A map and its keys in an arena: no key is freed by itself, and one call ends all. The map grows in the arena and
 * gives its old tables back to the allocator. */
#include <stdio.h>
#include <string.h>
#include <swiss/arena.h>
#include <swiss/hash.h>

/* A word is found by a slice of the text, and copied to the arena only when it is new. */
#define SWISS_NAME word_count
#define SWISS_KEY const char *
#define SWISS_VALUE unsigned
#define SWISS_CONTEXT swiss_arena *
#define SWISS_LOOKUP swiss_slice
#define SWISS_LOOKUP_EQUAL(key, word, arena) ((void)(arena), swiss_slice_equal(swiss_slice_of(*(key)), *(word)))
#define SWISS_LOOKUP_MAKE(key, word, arena)                                                                            \
    ((*(key) = swiss_arena_copy_text(arena, (word)->data, (word)->size)) != NULL)
#include <swiss/map.h>

/* Counts the words of a text. Returns NULL when out of memory. */
static word_count *count_words(swiss_arena *arena, const char *text) {
    word_count *counts = swiss_arena_new(arena, word_count, 1);
    if (!counts || !word_count_init(counts, &(swiss_options){.allocator = swiss_arena_allocator(arena)}))
        return NULL;
    counts->context = arena;
    while (*(text += strspn(text, " ,.\n"))) {
        swiss_slice word = {text, strcspn(text, " ,.\n")};
        unsigned *count = word_count_get_or_insert_as(counts, word, 0);
        if (!count)
            return NULL;
        ++*count;
        text += word.size;
    }
    return counts;
}

int main(void) {
    static const char *const texts[] = {
        "To be, or not to be, that is the question.",
        "Whether 'tis nobler in the mind to suffer the slings and arrows of outrageous "
        "fortune, or to take arms against a sea of troubles, and by opposing end them."};
    swiss_arena arena = {0};
    int status = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts && status == 0; ++i) {
        word_count *counts = count_words(&arena, texts[i]);
        const unsigned *to = counts ? word_count_get_as(counts, swiss_slice_of("to")) : NULL;
        if (counts)
            printf("%zu words, \"to\" %u times\n", word_count_size(counts), to ? *to : 0);
        else
            status = 1;
        swiss_arena_reset(&arena, 65536); /* the map, its table and its words end; the memory stays for the next text */
    }
    swiss_arena_free(&arena);
    return status;
}
