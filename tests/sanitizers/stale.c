/* What sanitizers are to find in maps, and what they are not: the program of the test `run`. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swiss/heap.h>

#define SWISS_NAME numbers
#define SWISS_KEY int64_t /* these the library inserts, by words.c */
#define SWISS_VALUE int
#include <swiss/map.h>

#define SWISS_NAME words
#define SWISS_KEY char *
#define SWISS_VALUE char *
#include <swiss/map.h>

#define APART __attribute__((noinline)) static

APART void make_it(numbers *map) {
    for (int i = 0; i < 10; ++i)
        (void)numbers_insert(map, i, i);
}

APART void grow_it(numbers *map) {
    for (int i = 10; i < 10000; ++i)
        (void)numbers_insert(map, i, i);
}

APART void free_it(numbers *map) {
    numbers_free(map);
}

APART void fill_it(words *map) {
    char text[20];
    for (int i = 0; i < 1000; ++i) {
        (void)snprintf(text, sizeof text, "%d", i);
        (void)words_insert(map, strdup(text), strdup(text));
    }
}

static words kept;

static void use(const char *which) {
    numbers map = {0};
    make_it(&map);
    const numbers_entry *entry = numbers_find(&map, 5);
    if (!strcmp(which, "freed"))
        free_it(&map);
    else
        grow_it(&map);
    printf("%d\n", entry->value);
}

/* Reads a block of the heap behind its end, or when it is freed. */
static void read_block(size_t offset, bool freed) {
    char *block = swiss_heap_alloc_zeroed(NULL, 1, 24);
    if (freed)
        swiss_heap_free(NULL, block);
    printf("%d\n", block[offset]);
}

/* In a thread of its own, whose stack does not stay to lead to the map. */
static void *lose_it(void *argument) {
    words map = {0};
    fill_it(&map);
    return argument;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static numbers shared;

static void *run(void *argument) {
    for (int i = 0; i < 300; ++i) {
        numbers own = {0};
        make_it(&own);
        pthread_mutex_lock(&lock);
        numbers other = shared;
        shared = own;
        pthread_mutex_unlock(&lock);
        if (i % 10 == 0)
            grow_it(&other);
        free_it(&other);
    }
    return argument;
}

int main(int count, char **arguments) {
    const char *which = count > 1 ? arguments[1] : "";
    if (!strcmp(which, "kept"))
        fill_it(&kept);
    if (!strcmp(which, "lost")) {
        pthread_t thread;
        (void)pthread_create(&thread, NULL, lose_it, NULL);
        (void)pthread_join(thread, NULL);
    }
    if (!strcmp(which, "freed") || !strcmp(which, "grown"))
        use(which);
    if (!strncmp(which, "block", 5))
        read_block(strcmp(which, "block beyond") ? 10 : 24, !strcmp(which, "block freed"));
    if (!strcmp(which, "threads")) {
        pthread_t threads[2];
        for (int i = 0; i < 2; ++i)
            (void)pthread_create(&threads[i], NULL, run, NULL);
        for (int i = 0; i < 2; ++i)
            (void)pthread_join(threads[i], NULL);
        free_it(&shared);
    }
}
