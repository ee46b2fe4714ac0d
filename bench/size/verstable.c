/* verstable.c - what a program uses of a map of Verstable, for bench/compile. As in swiss.h. */
#include <stdint.h>

#define NAME map
#define KEY_TY uint64_t
#define VAL_TY uint64_t
#include <verstable.h>

void visit(const void *key, const void *value);

bool use_insert(map *m, uint64_t key, uint64_t value) {
    const size_t before = map_size(m);
    return !map_is_end(map_get_or_insert(m, key, value)) && map_size(m) > before;
}

uint64_t *use_find(map *m, uint64_t key) {
    const map_itr at = map_get(m, key);
    return map_is_end(at) ? NULL : &at.data->val;
}

bool use_remove(map *m, uint64_t key) {
    return map_erase(m, key);
}

void use_iterate(map *m) {
    for (map_itr at = map_first(m); !map_is_end(at); at = map_next(at))
        visit(&at.data->key, &at.data->val);
}

void use_free(map *m) {
    map_cleanup(m);
}
