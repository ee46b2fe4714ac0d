/* khash.c - what a program uses of a map of khash, as htslib ships it, for bench/compile. As in swiss.h. */
#include <htslib/khash.h>
#include <stdbool.h>
#include <stdint.h>

void visit(const void *key, const void *value);

KHASH_MAP_INIT_INT64(map, uint64_t)

bool use_insert(khash_t(map) * m, uint64_t key, uint64_t value) {
    int added;
    const khint_t at = kh_put(map, m, key, &added);
    if (added > 0)
        kh_value(m, at) = value;
    return added > 0;
}

uint64_t *use_find(khash_t(map) * m, uint64_t key) {
    const khint_t at = kh_get(map, m, key);
    return at == kh_end(m) ? NULL : &kh_value(m, at);
}

bool use_remove(khash_t(map) * m, uint64_t key) {
    const khint_t at = kh_get(map, m, key);
    if (at == kh_end(m))
        return false;
    kh_del(map, m, at);
    return true;
}

void use_iterate(khash_t(map) * m) {
    for (khint_t at = kh_begin(m); at != kh_end(m); ++at)
        if (kh_exist(m, at))
            visit(&kh_key(m, at), &kh_value(m, at));
}

void use_free(khash_t(map) * m) {
    kh_destroy(map, m);
}
