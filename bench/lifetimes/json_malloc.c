/* json_malloc.c - the example with malloc for its arena: these take the place of the functions that it calls. */
#include "json.h"
#include <stdlib.h>
#include <string.h>
#include <swiss/arena.h>

static bool append(swiss_arena_text *text, const void *data, size_t size) {
    if (text->size + size + 1 > text->room_) {
        const size_t room = 2 * (text->size + size + 1);
        char *moved = realloc(text->data, room);
        if (!moved)
            return false;
        text->data = moved;
        text->room_ = room;
    }
    memcpy(text->data + text->size, data, size);
    text->size += size;
    return true;
}

static char *take_text(swiss_arena_text *text) {
    text->data[text->size] = 0;
    return text->data;
}

static char *copy_text(const char *text, size_t length) {
    char *copy = malloc(length + 1);
    if (copy) {
        memcpy(copy, text, length);
        copy[length] = 0;
    }
    return copy;
}

#undef swiss_arena_new
#define swiss_arena_new(arena, type, count) ((type *)calloc(count, sizeof(type)))
#define swiss_arena_copy_text(arena, text, length) copy_text(text, length)
#define swiss_arena_text_append_bytes append
#define swiss_arena_text_take take_text
#define swiss_arena_allocator(arena) ((void)(arena), swiss_allocator_malloc())
#define main main_of_example_by_malloc
#include "../../tests/examples/batch.c"

static void drop(value *tree) {
    if (tree->kind == ARRAY || tree->kind == OBJECT)
        for (value *at = tree->is.first, *then; at; at = then) {
            then = at->next;
            drop(at);
        }
    if (tree->kind == STRING)
        free((void *)(uintptr_t)tree->is.string);
    free((void *)(uintptr_t)tree->name);
    free(tree);
}

double json_by_malloc(const char *text) {
    parser in = {NULL, text, text, NULL, 0};
    value *orders = parse(&in);
    totals by_town;
    if (!orders || !add_up(NULL, orders, &by_town))
        return -1;
    const double *koeln = totals_get(&by_town, "K\303\266ln"), *oslo = totals_get(&by_town, "Oslo");
    const double result = (koeln ? *koeln : 0) + (oslo ? *oslo : 0);
    totals_free(&by_town);
    drop(orders);
    return result;
}
