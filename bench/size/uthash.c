/* uthash.c - what a program uses of a map of uthash, for bench/compile. As in swiss.h. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <uthash.h>

void visit(const void *key, const void *value);

typedef struct node {
    uint64_t key, value;
    UT_hash_handle hh;
} node;

bool use_insert(node **m, uint64_t key, uint64_t value) {
    node *found;
    HASH_FIND(hh, *m, &key, sizeof key, found);
    if (found)
        return false;
    found = malloc(sizeof *found);
    if (found == NULL)
        return false;
    found->key = key;
    found->value = value;
    HASH_ADD(hh, *m, key, sizeof key, found);
    return true;
}

uint64_t *use_find(node *m, uint64_t key) {
    node *found;
    HASH_FIND(hh, m, &key, sizeof key, found);
    return found ? &found->value : NULL;
}

bool use_remove(node **m, uint64_t key) {
    node *found;
    HASH_FIND(hh, *m, &key, sizeof key, found);
    if (found == NULL)
        return false;
    HASH_DEL(*m, found);
    free(found);
    return true;
}

void use_iterate(node *m) {
    for (; m; m = m->hh.next)
        visit(&m->key, &m->value);
}

void use_free(node **m) {
    node *one, *next;
    HASH_ITER(hh, *m, one, next) {
        HASH_DEL(*m, one);
        free(one);
    }
}
