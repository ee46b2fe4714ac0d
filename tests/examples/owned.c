/* A map that owns its keys: settings read from lines `name = value`. Names are looked up by a slice of the line, so
 * that a key is copied only when it is new; the map frees its keys itself, and a clone of the map copies them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swiss/hash.h>

static char *copy_slice(const char *data, size_t size) {
    char *copy = malloc(size + 1);
    if (copy) {
        memcpy(copy, data, size);
        copy[size] = 0;
    }
    return copy;
}

static bool name_is(char *const *name, const swiss_slice *slice) {
    return strlen(*name) == slice->size && memcmp(*name, slice->data, slice->size) == 0;
}

#define SWISS_NAME settings
#define SWISS_KEY char *
#define SWISS_VALUE long
#define SWISS_KEY_DROP(name) free(*(name))
#define SWISS_KEY_CLONE(to, from) ((*(to) = copy_slice(*(from), strlen(*(from)))) != NULL)
#define SWISS_LOOKUP swiss_slice /* hashes as the string of the same bytes does */
#define SWISS_LOOKUP_EQUAL name_is
#define SWISS_LOOKUP_MAKE(to, from) ((*(to) = copy_slice((from)->data, (from)->size)) != NULL)
#include <swiss/map.h>

/* Sets what one line says. False when out of memory. */
static bool set_line(settings *all, const char *line) {
    swiss_slice name = {line, strcspn(line, " =")};
    const char *equals = strchr(line, '=');
    long *value = settings_get_or_insert_as(all, name, 0); /* copies the name if it is new */
    if (value && equals)
        *value = strtol(equals + 1, NULL, 10);
    return value != NULL;
}

int main(void) {
    static const char *const lines[] = {"width = 80", "height = 24", "width = 132"};
    settings all = {0}, copy = {0};
    int status = 1;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; ++i)
        if (!set_line(&all, lines[i]))
            goto out_of_memory;
    if (!settings_clone(&copy, &all)) /* keys of its own */
        goto out_of_memory;
    settings_clear(&all); /* frees the keys, keeps the slots */
    settings_entry *width = settings_find_as(&copy, (swiss_slice){"width=80", 5});
    printf("%zu settings, %s is %ld\n", settings_size(&copy), width->key, width->value);
    status = 0;
out_of_memory:
    if (status)
        fputs("out of memory\n", stderr);
    settings_free(&copy);
    settings_free(&all);
    return status;
}
