// The headers in C++: maps by number, string and double, a lookup by a second type, the run-time typed table, and
// counted objects.
#include <cinttypes>
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdlib>
#include <cstring>
extern "C" {
#include <cmocka.h>
}

#include <swiss/allocator.h>
#include <swiss/arena.h>
#include <swiss/group.h>
#include <swiss/hash.h>
#include <swiss/ref.h>
#include <swiss/table.h>

#define SWISS_NAME u64_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

#define SWISS_NAME word_count
#define SWISS_KEY const char *
#define SWISS_VALUE int
#include <swiss/map.h>

#define SWISS_NAME double_set
#define SWISS_KEY double
#include <swiss/set.h>

#define SWISS_NAME float_set
#define SWISS_KEY float
#include <swiss/set.h>

enum class planet { mercury, venus, earth };
#define SWISS_NAME planet_map
#define SWISS_KEY planet
#define SWISS_VALUE planet
#include <swiss/map.h>

#define SWISS_NAME pointer_set
#define SWISS_KEY const void *
#include <swiss/set.h>

#define SWISS_NAME slice_set
#define SWISS_KEY swiss_slice
#include <swiss/set.h>

static bool equals_slice(char *const *key, const swiss_slice *slice) {
    return std::strlen(*key) == slice->size && std::memcmp(*key, slice->data, slice->size) == 0;
}

static bool make_key(char **key, const swiss_slice *slice) {
    *key = static_cast<char *>(std::calloc(slice->size + 1, 1));
    if (*key)
        std::memcpy(*key, slice->data, slice->size);
    return *key != nullptr;
}

static bool clone_key(char **to, char *const *from) {
    const swiss_slice slice = {*from, std::strlen(*from)};
    return make_key(to, &slice);
}

static void drop_key(char **key) {
    std::free(*key);
}

#define SWISS_NAME owned_map
#define SWISS_KEY char *
#define SWISS_VALUE int
#define SWISS_KEY_DROP drop_key
#define SWISS_KEY_CLONE clone_key
#define SWISS_LOOKUP swiss_slice
#define SWISS_LOOKUP_EQUAL equals_slice
#define SWISS_LOOKUP_MAKE make_key
#include <swiss/map.h>

#define SWISS_NAME string_map
#define SWISS_KEY_OWNED_STRING
#define SWISS_VALUE int
#include <swiss/map.h>

#define SWISS_NAME offset_set
#define SWISS_KEY uint32_t
#define SWISS_CONTEXT const char *
#define SWISS_HASH(key, seed, bytes) swiss_hash_string((bytes) + *(key), seed)
#define SWISS_EQUAL(a, b, bytes) (std::strcmp((bytes) + *(a), (bytes) + *(b)) == 0)
#include <swiss/set.h>

#define SWISS_NAME keyed_set
#define SWISS_KEY int64_t
#define SWISS_LOOKUP int
#define SWISS_LOOKUP_EQUAL(key, lookup) (*(key) == *(lookup))
#define SWISS_HASH_KEYED
#define SWISS_BOUNDED
#include <swiss/set.h>

// One name in two namespaces, of which one has the type of both contexts.
namespace north {
struct pool {
    const char *bytes;
};
#define SWISS_NAME offset_map
#define SWISS_KEY uint32_t
#define SWISS_VALUE int
#define SWISS_CONTEXT const pool *
#define SWISS_HASH(key, seed, of) swiss_hash_string((of)->bytes + *(key), seed)
#define SWISS_EQUAL(a, b, of) (std::strcmp((of)->bytes + *(a), (of)->bytes + *(b)) == 0)
#include <swiss/map.h>
#define SWISS_NAME string_map
#define SWISS_KEY_OWNED_STRING
#define SWISS_CONTEXT const pool *
#include <swiss/set.h>
} // namespace north
namespace south {
#define SWISS_NAME offset_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE double
#define SWISS_CONTEXT const north::pool *
#define SWISS_HASH(key, seed, of) swiss_hash_string((of)->bytes + *(key), seed)
#define SWISS_EQUAL(a, b, of) (std::strcmp((of)->bytes + *(a), (of)->bytes + *(b)) == 0)
#include <swiss/map.h>
#define SWISS_NAME string_map
#define SWISS_KEY_OWNED_STRING
#define SWISS_VALUE double
#include <swiss/map.h>
} // namespace south

static bool same_number(const uint64_t *a, const uint64_t *b) {
    return *a == *b;
}

static bool keep_even(u64_map_entry *entry, void *) {
    return entry->key % 2 == 0;
}

#define SWISS_NAME number_cache
#define SWISS_KEY uint64_t
#define SWISS_VALUE double
#include <swiss/cache.h>

struct counted {
    int number;
};

namespace with_caches {
#define SWISS_NAME object_cache
#define SWISS_KEY_OWNED_STRING
#define SWISS_VALUE counted *
#define SWISS_COST(key, value) ((void)(value), std::strlen(*(key)))
#define SWISS_WEAK
#define SWISS_TIMES
#define SWISS_THREADS
#include <swiss/cache.h>
} // namespace with_caches

static void numbers(void **) {
    u64_map map = {}, copy;
    for (uint64_t i = 0; i < 1000; ++i) {
        assert_true(u64_map_insert(&map, i, i * i).inserted);
        assert_false(u64_map_put(&map, i, i).inserted);
        assert_true(*u64_map_get_or_insert(&map, i, 0) == i);
    }
    assert_true(u64_map_clone(&copy, &map));
    assert_true(u64_map_equal(&map, &copy, same_number));
    assert_int_equal(u64_map_retain(&map, keep_even, nullptr), 500);
    u64_map_iter iter = u64_map_iterate(&map);
    while (const u64_map_entry *entry = u64_map_next(&iter))
        if (entry->key % 4)
            u64_map_iter_remove(&map, &iter);
    assert_int_equal(u64_map_size(&map), 250);
    assert_true(u64_map_shrink(&map) && u64_map_reserve(&map, 1000) && u64_map_merge(&map, &copy));
    u64_map_swap(&map, &copy);
    u64_map moved = u64_map_move(&copy);
    assert_int_equal(u64_map_stats(&moved).size, 1000);
    u64_map_entry entry = {};
    assert_true(u64_map_take(&moved, 3, &entry) && u64_map_remove(&moved, 4));
    u64_map_remove_entry(&moved, u64_map_find(&moved, 5));
    const uint64_t hash = u64_map_hash(&moved, 6), key = 7, value = 8;
    u64_map_prefetch(&moved, hash);
    assert_true(u64_map_find_hashed(&moved, hash, 6) == u64_map_find(&moved, 6));
    assert_true(u64_map_contains_hashed(&moved, hash, 6) && *u64_map_get_hashed(&moved, hash, 6) == 6);
    assert_false(u64_map_insert_hashed(&moved, hash, 6, 1).inserted || u64_map_put_hashed(&moved, hash, 6, 1).inserted);
    assert_true(*u64_map_get_or_insert_hashed(&moved, hash, 6, 2) == 1);
    assert_false(u64_map_replace(&moved, 6, 2, &entry).inserted);
    assert_true(entry.key == 6 && entry.value == 1);
    assert_false(u64_map_replace_hashed(&moved, hash, 6, 3, nullptr).inserted);
    assert_true(u64_map_take_hashed(&moved, hash, 6, &entry) && !u64_map_remove_hashed(&moved, hash, 6));
    assert_true(u64_map_contains_ptr(&moved, &key) && u64_map_find_ptr(&moved, &key)->key == 7);
    assert_false(u64_map_insert_ptr(&moved, &key, &value).inserted || u64_map_put_ptr(&moved, &key, &value).inserted);
    assert_true(*u64_map_get_ptr(&moved, &key) == 8 && u64_map_remove_ptr(&moved, &key));
    iter = u64_map_iterate_from(&moved, 77);
    size_t met = 0, place = 0;
    for (; u64_map_next(&iter) != nullptr; ++met)
        place = u64_map_iter_place(&iter);
    assert_true(met == u64_map_size(&moved) && place < u64_map_capacity(&moved));
    assert_true(u64_map_pop(&moved, &entry) && !u64_map_contains(&moved, entry.key));
    u64_map_clear_keep(&moved);
    u64_map_clear(&moved);
    u64_map_free(&map);
    u64_map_free(&copy);
    u64_map_free(&moved);
}

static void strings(void **) {
    word_count words = {};
    char cat[] = "cat";
    assert_true(word_count_insert(&words, "cat", 1).inserted);
    ++*word_count_get(&words, cat);
    assert_int_equal(word_count_find(&words, "cat")->value, 2);
    assert_false(word_count_contains(&words, "dog"));
    word_count_free(&words);

    slice_set slices = {};
    const swiss_slice a = {"cats", 3}, b = {cat, 3};
    assert_true(slice_set_insert(&slices, a).inserted);
    assert_false(slice_set_insert(&slices, b).inserted);
    slice_set_free(&slices);
}

static void owned_strings_and_slices(void **) {
    owned_map map = {}, copy;
    const swiss_slice slice = {"word and more", 4};
    assert_true(owned_map_insert_as(&map, slice, 1).inserted);
    assert_false(owned_map_insert_as(&map, slice, 2).inserted);
    assert_true(owned_map_clone(&copy, &map));
    assert_true(owned_map_contains_as(&map, slice));
    int old = 0;
    const uint64_t hash = owned_map_hash_as(&map, slice);
    assert_false(owned_map_replace_as(&map, slice, 2, &old).inserted);
    assert_false(owned_map_replace_hashed_as(&map, hash, slice, 3, &old).inserted);
    assert_int_equal(old, 2);
    assert_int_equal(owned_map_find_hashed_as(&map, hash, slice)->value, 3);
    assert_true(owned_map_remove_hashed_as(&map, hash, slice));
    owned_map_entry entry = {};
    assert_true(owned_map_take_as(&copy, slice, &entry));
    assert_string_equal(entry.key, "word");
    drop_key(&entry.key);
    owned_map_free(&map);
    owned_map_free(&copy);
}

static void strings_of_their_own_and_offsets(void **) {
    string_map map = {}, copy;
    assert_true(string_map_insert_as(&map, swiss_slice_of("cat"), 1).inserted);
    assert_true(string_map_clone(&copy, &map));
    assert_int_equal(*string_map_get(&copy, "cat"), 1);
    string_map_free(&map);
    string_map_free(&copy);
    offset_set set = {};
    set.context = "cat\0dog\0cat";
    assert_true(offset_set_insert(&set, 0).inserted && offset_set_insert(&set, 4).inserted);
    assert_false(offset_set_insert(&set, 8).inserted);
    offset_set moved = offset_set_move(&set);
    assert_true(offset_set_contains(&moved, 8));
    offset_set_swap(&moved, &set);
    assert_true(offset_set_validate(&set) == nullptr);
    offset_set_free(&set);
    offset_set_free(&moved);
}

static void one_name_in_two_namespaces(void **) {
    const north::pool pool = {"cat\0dog\0cat"};
    north::offset_map here = {};
    south::offset_map there = {};
    here.context = there.context = &pool;
    assert_true(north::offset_map_insert(&here, 0, 1).inserted && south::offset_map_insert(&there, 4, 1.5).inserted);
    assert_false(north::offset_map_put(&here, 8, 2).inserted || south::offset_map_contains(&there, 0));
    assert_int_equal(*north::offset_map_get(&here, 0), 2);
    north::offset_map_free(&here);
    south::offset_map_free(&there);
    north::string_map set = {};
    south::string_map map = {};
    assert_true(north::string_map_insert_as(&set, swiss_slice_of("cat")).inserted);
    assert_true(south::string_map_insert_as(&map, swiss_slice_of("cat"), 0.5).inserted);
    assert_true(north::string_map_remove(&set, "cat") && *south::string_map_get(&map, "cat") == 0.5);
    north::string_map_free(&set);
    south::string_map_free(&map);
}

static void floats(void **) {
    double_set doubles = {};
    float_set single = {};
    assert_true(double_set_insert(&doubles, 0.0).inserted);
    assert_false(double_set_insert(&doubles, -0.0).inserted);
    assert_true(float_set_insert(&single, -0.0f).inserted);
    assert_false(float_set_insert(&single, 0.0f).inserted);
    for (int i = 1; i < 100; ++i)
        assert_true(double_set_insert(&doubles, i / 10.0).inserted);
    assert_true(double_set_contains(&doubles, 5 / 10.0));
    double_set_free(&doubles);
    float_set_free(&single);
}

static void other_scalars(void **) {
    planet_map planets = {};
    assert_true(planet_map_insert(&planets, planet::earth, planet::venus).inserted);
    assert_true(*planet_map_get(&planets, planet::earth) == planet::venus);
    planet_map_free(&planets);
    pointer_set pointers = {};
    assert_true(pointer_set_insert(&pointers, &pointers).inserted);
    assert_false(pointer_set_contains(&pointers, nullptr));
    pointer_set_free(&pointers);
}

static void a_table(void **) {
    swiss_table_type type;
    assert_true(
        swiss_table_type_init(&type, sizeof(int), alignof(int), sizeof(double), alignof(double), nullptr, nullptr));
    swiss_table table = {};
    int key = 7;
    double value = 0.5;
    assert_true(swiss_table_put(&table, &type, &key, &value).inserted);
    void *slot = swiss_table_find(&table, &type, &key);
    assert_memory_equal(swiss_table_value(&type, slot), &value, sizeof value);
    const uint64_t hash = swiss_table_hash(&table, &type, &key);
    assert_true(swiss_table_find_hashed(&table, &type, hash, &key) == slot);
    swiss_table_iter iter = swiss_table_iterate_from(&table, &type, 3);
    assert_true(swiss_table_next(&iter, &type) == slot && swiss_table_iter_place(&iter) < 16);
    assert_true(swiss_table_pop(&table, &type, nullptr));
    assert_false(swiss_table_contains(&table, &type, &key));
    swiss_table_free(&table, &type);
}

static void an_arena(void **) {
    swiss_arena arena = {};
    const double *numbers = swiss_arena_new(&arena, double, 10);
    assert_true(numbers[9] == 0);
#ifdef __GNUC__
    {
        SWISS_ARENA_SCOPE(&arena);
        assert_non_null(swiss_arena_new_raw(&arena, char, 1000));
    }
    assert_int_equal(swiss_arena_get_stats(&arena).used, 10 * sizeof *numbers);
#endif
    swiss_arena_text text = {};
    text.arena = &arena;
    assert_true(swiss_arena_text_printf(&text, "%s %d", "text", 7));
    assert_string_equal(swiss_arena_text_take(&text), "text 7");
    assert_true(swiss_arena_free(&arena));
}

/* C and C++ hash alike: a table may pass from one to the other. */
static bool make_counted(const char *const *, counted **object, void *calls) {
    *object = swiss_ref_new(nullptr, counted);
    ++*static_cast<int *>(calls);
    return *object != nullptr;
}

static void caches(void **) {
    number_cache cache;
    number_cache_options options = number_cache_options();
    options.capacity = 10;
    assert_true(number_cache_init(&cache, &options));
    for (uint64_t i = 0; i < 20; ++i)
        assert_int_equal(number_cache_put(&cache, i, 0.5), SWISS_CACHE_INSERTED);
    assert_true(*number_cache_get(&cache, 19) == 0.5);
    assert_int_equal(number_cache_stats(&cache).evictions, 10);
    number_cache_free(&cache);

    with_caches::object_cache objects;
    with_caches::object_cache_options more = with_caches::object_cache_options();
    more.capacity = 1000;
    more.ttl = 1000000;
    assert_true(with_caches::object_cache_init(&objects, &more));
    int calls = 0;
    for (int i = 0; i < 2; ++i) {
        counted *object = nullptr;
        assert_int_equal(
            with_caches::object_cache_get_or_load_as(&objects, swiss_slice_of("one"), make_counted, &calls, &object),
            i ? SWISS_CACHE_HIT : SWISS_CACHE_LOADED);
        swiss_ref_release(object);
    }
    assert_int_equal(calls, 1);
    with_caches::object_cache_free(&objects);
}

static void the_hashes_of_c(void **) {
    const uint32_t small = 5;
    const double half = 0.5;
    const float single = 0.5f;
    const char *text = "text";
    uint64_t bits;
    std::memcpy(&bits, &half, sizeof bits);
    assert_true(swiss_default_hash(&small, 1) == swiss_hash_u64(5, 1));
    assert_true(swiss_default_hash(&half, 1) == swiss_hash_u64(bits, 1));
    assert_true(swiss_default_hash(&single, 1) == swiss_hash_u64(bits, 1));
    assert_true(swiss_default_hash(&text, 1) == swiss_hash_bytes("text", 4, 1));
    assert_true(swiss_default_hash_keyed(&text, 1) == swiss_hash_keyed("text", 4, 1));
    const int negative = -5;
    const signed char narrow = -5;
    const int64_t wide = -5;
    const planet earth = planet::earth;
    const bool yes = true;
    assert_true(swiss_default_hash(&negative, 1) == swiss_hash_u64(static_cast<uint64_t>(-5), 1));
    assert_true(swiss_default_hash(&narrow, 1) == swiss_default_hash(&negative, 1));
    assert_true(swiss_default_hash(&wide, 1) == swiss_default_hash(&negative, 1));
    assert_true(swiss_default_hash_keyed(&negative, 1) == swiss_hash_keyed(&wide, sizeof wide, 1));
    assert_true(swiss_default_hash(&earth, 1) == swiss_hash_u64(2, 1));
    assert_true(swiss_default_hash(&yes, 1) == swiss_hash_u64(1, 1));
}

struct record {
    int x;
};
static_assert(swiss_has_default(planet) && swiss_has_default(record *) && swiss_has_default(int *), "");
static_assert(swiss_has_default(int record::*) && swiss_has_default(char16_t), "");
static_assert(!swiss_has_default(record) && !swiss_has_default(unsigned char *) && !swiss_has_default(const uint8_t *),
              "");
static_assert(!swiss_has_default(const wchar_t *) && !swiss_has_default(char16_t *) && !swiss_has_default(char32_t *),
              "");
static_assert(!swiss_has_default(signed char *) && !swiss_has_default(const signed char *), "");
static_assert(swiss_has_default(long double) == (sizeof(long double) == sizeof(double)), "");
static_assert(swiss_hashed_alike(int64_t, int) && swiss_hashed_alike(uint64_t, short), "");
static_assert(swiss_hashed_alike(float, double) && swiss_hashed_alike(char *, swiss_slice), "");
static_assert(!swiss_hashed_alike(unsigned, int) && !swiss_hashed_alike(int, double), "");
static_assert(!swiss_hashed_alike(const char *, const void *), "");

static void keys_from_strangers(void **) {
    keyed_set set = {};
    for (int i = -500; i < 500; ++i)
        assert_true(keyed_set_insert(&set, i).inserted);
    for (int i = -1000; i < 1000; ++i)
        assert_int_equal(keyed_set_contains_as(&set, i), i >= -500 && i < 500);
    keyed_set_free(&set);
}

SWISS_REF_TYPE(shared_record, record);

static void counted_objects(void **) {
    int ran = 0;
    record *object = shared_record_new(nullptr);
    shared_record_weak weak = shared_record_weak_of(object);
    assert_true(swiss_ref_add_cleanup(
                    object, [](void *count) { ++*static_cast<int *>(count); }, &ran, nullptr) != 0);
    object->x = 5;
    record *again = shared_record_upgrade(weak);
    assert_int_equal(again->x, 5);
    shared_record_release(again);
    shared_record_release(object);
    assert_int_equal(ran, 1);
    assert_null(shared_record_upgrade(weak));
    shared_record_weak_drop(weak);
    swiss_ref_release(swiss_ref_new(nullptr, record));
}

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(strings),
        cmocka_unit_test(owned_strings_and_slices),
        cmocka_unit_test(strings_of_their_own_and_offsets),
        cmocka_unit_test(one_name_in_two_namespaces),
        cmocka_unit_test(floats),
        cmocka_unit_test(other_scalars),
        cmocka_unit_test(a_table),
        cmocka_unit_test(an_arena),
        cmocka_unit_test(caches),
        cmocka_unit_test(the_hashes_of_c),
        cmocka_unit_test(keys_from_strangers),
        cmocka_unit_test(counted_objects),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
