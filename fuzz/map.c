/* map.c - fuzzes map.h and set.h: four map types, two of them also bounded, each against a plain model. operations.h
 * says what an input does.
 *
 * Configuration, 4 bytes: the map type and the quality of its hash; how many keys there are, and where memory comes
 * from; the first allocation to refuse; the seed.
 */
#include "fuzz.h"

static unsigned quality;

/* ids: a set of integers. */
#define SWISS_NAME ids
#define SWISS_KEY uint32_t
#include <swiss/set.h>

#define FUZZ_NAME ids
#define FUZZ_KEY(id) (id)
#include "operations.h"

/* bounded_ids: the same, and bounded. */
#define SWISS_NAME bounded_ids
#define SWISS_KEY uint32_t
#define SWISS_BOUNDED
#include <swiss/set.h>

#define FUZZ_NAME bounded_ids
#define FUZZ_KEY(id) (id)
#include "operations.h"

/* pairs: an integer to an integer. */
static bool number_equal(const uint64_t *a, const uint64_t *b) {
    return *a == *b;
}

#define SWISS_NAME pairs
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

#define FUZZ_NAME pairs
#define FUZZ_KEY(id) (id)
#define FUZZ_VALUE(number) (number)
#define FUZZ_CARRIES(value, number) (*(value) == (number))
#define FUZZ_EQUAL number_equal
#include "operations.h"

/* wide: a small key, a large value, and a hash that may be bad, which is taken as it is. */
typedef struct {
    uint64_t words[7];
} wide_words;

static wide_words words_of(uint64_t number) {
    wide_words words;
    for (unsigned i = 0; i < 7; ++i)
        words.words[i] = number * (2 * i + 1);
    return words;
}

static bool words_equal(const wide_words *a, const wide_words *b) {
    return memcmp(a, b, sizeof *a) == 0;
}

static bool words_carry(const wide_words *words, uint64_t number) {
    wide_words expected = words_of(number);
    return words_equal(words, &expected);
}

#define SWISS_NAME wide
#define SWISS_KEY uint16_t
#define SWISS_VALUE wide_words
#define SWISS_HASH(key, seed) fuzz_hash(quality, *(key), seed)
#define SWISS_HASH_AVALANCHES
#define SWISS_EQUAL(a, b) (*(a) == *(b))
#include <swiss/map.h>

#define FUZZ_NAME wide
#define FUZZ_KEY(id) ((uint16_t)(id))
#define FUZZ_VALUE(number) words_of(number)
#define FUZZ_CARRIES(value, number) words_carry(value, number)
#define FUZZ_EQUAL words_equal
#include "operations.h"

/* bounded_wide: the same, and bounded. */
#define SWISS_NAME bounded_wide
#define SWISS_KEY uint16_t
#define SWISS_VALUE wide_words
#define SWISS_HASH(key, seed) fuzz_hash(quality, *(key), seed)
#define SWISS_HASH_AVALANCHES
#define SWISS_EQUAL(a, b) (*(a) == *(b))
#define SWISS_BOUNDED
#include <swiss/map.h>

#define FUZZ_NAME bounded_wide
#define FUZZ_KEY(id) ((uint16_t)(id))
#define FUZZ_VALUE(number) words_of(number)
#define FUZZ_CARRIES(value, number) words_carry(value, number)
#define FUZZ_EQUAL words_equal
#include "operations.h"

/* texts: strings that the map owns, to strings that it owns; looked up by slices; with a hash that is mixed. */
static char names[FUZZ_KEYS][8];

static void name_keys(void) {
    for (unsigned id = 0; id < FUZZ_KEYS; ++id)
        snprintf(names[id], sizeof names[id], "%u", id);
}

static unsigned name_id(const char *name) {
    return (unsigned)strtoul(name, NULL, 10);
}

static uint64_t name_hash(const char *name, size_t size, uint64_t seed) {
    uint64_t id = 0;
    for (size_t i = 0; i < size; ++i)
        id = 10 * id + (uint64_t)(name[i] - '0');
    return fuzz_hash(quality, id, seed);
}

static char *text_copy(const char *from, size_t size) {
    char *text = malloc(size + 1);
    CHECK(text);
    memcpy(text, from, size);
    text[size] = 0;
    ++memory.owned;
    return text;
}

static char *text_of(uint64_t number) {
    char text[24];
    return text_copy(text, (size_t)snprintf(text, sizeof text, "%llu", (unsigned long long)number));
}

static void text_drop(char *text) {
    free(text);
    --memory.owned;
}

static bool text_clone(char **to, const char *from, size_t size) {
    if (memory_refuses())
        return false;
    *to = text_copy(from, size);
    return true;
}

static bool text_equal(char *const *a, char *const *b) {
    return strcmp(*a, *b) == 0;
}

static char *text_replace(char *text, uint64_t number) {
    text_drop(text);
    return text_of(number);
}

#define SWISS_NAME texts
#define SWISS_KEY char *
#define SWISS_VALUE char *
#define SWISS_HASH(key, seed) name_hash(*(key), strlen(*(key)), seed)
#define SWISS_EQUAL(a, b) (strcmp(*(a), *(b)) == 0)
#define SWISS_KEY_DROP(key) text_drop(*(key))
#define SWISS_VALUE_DROP(value) text_drop(*(value))
#define SWISS_KEY_CLONE(to, from) text_clone(to, *(from), strlen(*(from)))
#define SWISS_VALUE_CLONE(to, from) text_clone(to, *(from), strlen(*(from)))
#define SWISS_LOOKUP swiss_slice
#define SWISS_LOOKUP_HASH(key, seed) name_hash((key)->data, (key)->size, seed)
#define SWISS_LOOKUP_EQUAL(key, lookup)                                                                                \
    (strlen(*(key)) == (lookup)->size && memcmp(*(key), (lookup)->data, (lookup)->size) == 0)
#define SWISS_LOOKUP_MAKE(to, from) text_clone(to, (from)->data, (from)->size)
#include <swiss/map.h>

#define FUZZ_NAME texts
#define FUZZ_KEY(id) text_copy(names[id], strlen(names[id]))
#define FUZZ_BORROW(id) names[id]
#define FUZZ_ID(entry) name_id((entry)->key)
#define FUZZ_VALUE(number) text_of(number)
#define FUZZ_VALUE_SET(entry, number) ((entry)->value = text_replace((entry)->value, number))
#define FUZZ_CARRIES(value, number) (strtoull(*(value), NULL, 10) == (number))
#define FUZZ_EQUAL text_equal
#define FUZZ_KEY_DROP(key) text_drop(key)
#define FUZZ_VALUE_DROP(value) text_drop(value)
#define FUZZ_ENTRY_DROP(entry) (text_drop((entry)->key), text_drop((entry)->value))
#define FUZZ_OWNED 2
#define FUZZ_LOOKUP(id) ((swiss_slice){names[id], strlen(names[id])})
#include "operations.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static void (*const runs[8])(fuzz_run *, fuzz_input *) = {ids_run,         pairs_run, wide_run,         texts_run,
                                                              bounded_ids_run, pairs_run, bounded_wide_run, texts_run};
    fuzz_input input = {data, data + size};
    fuzz_run run = fuzz_begin(&input, &quality);
    unsigned type = run.choice % 4;
    if (names[0][0] == 0)
        name_keys();
    run.zero =
        run.zero && type == 2 && quality != HASH_GOOD; /* a seed of its own cannot be repeated: only if not used */
    if (run.zero)
        run.options.allocator = NULL;
    runs[run.choice](&run, &input);
    return 0;
}
