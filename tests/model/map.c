/* Long random sequences of all operations on maps of several kinds, compared with a plain array. */
#include "tests/support.h"
#include <swiss/hash.h>

#define NOTHING(key) ((void)(key))

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

/* Spread over all 64 bits. */
#define MODEL u64_map
#define MODEL_KEY(id) ((uint64_t)(id)*UINT64_C(0xD1342543DE82EF95))
#define MODEL_DISCARD NOTHING
#define MODEL_ID(key) ((size_t)((key)*UINT64_C(0x572B5EE77A54E3BD)))
#define MODEL_VALUE(stamp) ((uint64_t)(stamp) << 20)
#define MODEL_STAMP(value) ((uint32_t)(*(value) >> 20))
#define MODEL_IDS 3000
#include "map_model.h"

#define SWISS_NAME small_map
#define SWISS_KEY int
#define SWISS_VALUE uint32_t
#include <swiss/map.h>

/* So few that everything happens to each: tables of 4 to 64 slots. */
#define MODEL small_map
#define MODEL_KEY(id) ((int)(id)-20)
#define MODEL_DISCARD NOTHING
#define MODEL_ID(key) ((size_t)((key) + 20))
#define MODEL_VALUE(stamp) (stamp)
#define MODEL_STAMP(value) (*(value))
#define MODEL_IDS 40
#include "map_model.h"

#define SWISS_NAME byte_map
#define SWISS_KEY unsigned char
#define SWISS_VALUE uint32_t
#include <swiss/map.h>

#define MODEL byte_map
#define MODEL_KEY(id) ((unsigned char)(id))
#define MODEL_DISCARD NOTHING
#define MODEL_ID(key) ((size_t)(key))
#define MODEL_VALUE(stamp) (stamp)
#define MODEL_STAMP(value) (*(value))
#define MODEL_IDS 256
#include "map_model.h"

/* Strings that the map owns. */
static size_t strings;

static char *new_string(size_t id) {
    char *string = malloc(24);
    assert_non_null(string);
    snprintf(string, 24, "string number %u", (unsigned)id);
    ++strings;
    return string;
}

static void free_string(char *string) {
    free(string);
    --strings;
}

static size_t string_id(const char *string) {
    return (size_t)strtoul(string + sizeof "string number", NULL, 10);
}

static void drop_string(char **string) {
    free_string(*string);
}

static bool clone_string(char **to, char *const *from) {
    *to = new_string(string_id(*from));
    return true;
}

#define SWISS_NAME string_map
#define SWISS_KEY char *
#define SWISS_VALUE uint32_t
#define SWISS_KEY_DROP drop_string
#define SWISS_KEY_CLONE clone_string
#include <swiss/map.h>

#define MODEL string_map
#define MODEL_KEY new_string
#define MODEL_DISCARD free_string
#define MODEL_ID string_id
#define MODEL_VALUE(stamp) (stamp)
#define MODEL_STAMP(value) (*(value))
#define MODEL_IDS 500
#include "map_model.h"

/* Three homes and two h2, of two classes, for all keys: long probes, overflow everywhere. */
#define SWISS_NAME weak_map
#define SWISS_KEY uint32_t
#define SWISS_VALUE uint32_t
#define SWISS_HASH(key, seed) ((void)(seed), (uint64_t)(*(key) % 3) << 28 | (uint64_t)(*(key) % 2) << 62)
#define SWISS_HASH_AVALANCHES
#include <swiss/map.h>

#define MODEL weak_map
#define MODEL_KEY(id) ((uint32_t)(id))
#define MODEL_DISCARD NOTHING
#define MODEL_ID(key) ((size_t)(key))
#define MODEL_VALUE(stamp) (stamp)
#define MODEL_STAMP(value) (*(value))
#define MODEL_IDS 200
#include "map_model.h"

/* Entries of more than 64 bytes, which an exchange moves in parts. */
typedef struct wide {
    uint32_t stamps[25];
} wide;

static wide make_wide(uint32_t stamp) {
    wide made;
    for (uint32_t i = 0; i < 25; ++i)
        made.stamps[i] = stamp ^ i;
    return made;
}

static uint32_t wide_stamp(const wide *value) {
    for (uint32_t i = 0; i < 25; ++i)
        assert_int_equal(value->stamps[i], value->stamps[0] ^ i);
    return value->stamps[0];
}

#define SWISS_NAME wide_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE wide
#include <swiss/map.h>

#define MODEL wide_map
#define MODEL_KEY(id) ((uint64_t)(id) << 40)
#define MODEL_DISCARD NOTHING
#define MODEL_ID(key) ((size_t)((key) >> 40))
#define MODEL_VALUE make_wide
#define MODEL_STAMP wide_stamp
#define MODEL_IDS 300
#include "map_model.h"

/* Keys that are offsets into a pool, which only the map's context knows: each text is there twice, and a key is one of
 * the two. */
enum { POOL_STRIDE = 16, POOL_IDS = 400 };
static char pool[2 * POOL_IDS * POOL_STRIDE];

static uint32_t pool_offset(size_t id) {
    static size_t calls;
    const size_t at = (2 * id + ++calls % 2) * POOL_STRIDE;
    snprintf(pool + at, POOL_STRIDE, "text %u", (unsigned)id);
    return (uint32_t)at;
}

static uint64_t hash_text(const uint32_t *key, uint64_t seed, const char *bytes) {
    return swiss_hash_string(bytes + *key, seed);
}

static bool equal_texts(const uint32_t *a, const uint32_t *b, const char *bytes) {
    return strcmp(bytes + *a, bytes + *b) == 0;
}

#define SWISS_NAME pool_map
#define SWISS_KEY uint32_t
#define SWISS_VALUE uint32_t
#define SWISS_CONTEXT const char *
#define SWISS_HASH hash_text
#define SWISS_HASH_AVALANCHES
#define SWISS_EQUAL equal_texts
#include <swiss/map.h>

#define MODEL pool_map
#define MODEL_KEY pool_offset
#define MODEL_DISCARD NOTHING
#define MODEL_ID(key) ((size_t)(key) / POOL_STRIDE / 2)
#define MODEL_VALUE(stamp) (stamp)
#define MODEL_STAMP(value) (*(value))
#define MODEL_IDS POOL_IDS
#define MODEL_CONTEXT pool
#include "map_model.h"

/* Defines test_NAME: several random sequences of so many steps. */
#define DEFINE_TEST(name, steps)                                                                                       \
    static void test_##name(void **state) {                                                                            \
        (void)state;                                                                                                   \
        for (uint64_t seed = 1; seed <= 4; ++seed)                                                                     \
            model_test_##name(seed, steps);                                                                            \
        assert_int_equal(strings, 0);                                                                                  \
    }

DEFINE_TEST(u64_map, 60000)
DEFINE_TEST(small_map, 60000)
DEFINE_TEST(byte_map, 60000)
DEFINE_TEST(string_map, 20000)
DEFINE_TEST(weak_map, 40000)
DEFINE_TEST(wide_map, 40000)
DEFINE_TEST(pool_map, 40000)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_u64_map),    cmocka_unit_test(test_small_map), cmocka_unit_test(test_byte_map),
        cmocka_unit_test(test_string_map), cmocka_unit_test(test_weak_map),  cmocka_unit_test(test_wide_map),
        cmocka_unit_test(test_pool_map),
    };
    return RUN_TESTS(tests);
}
