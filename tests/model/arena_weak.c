/* Random allocations, handles, marks, rewinds and resets of an arena, against a list of which handle was first made
 * when: what each handle gives, and which are equal. */
#include "tests/support.h"
#include <swiss/arena_weak.h>

enum { HANDLES = 64, MARKS = 6, OBJECTS = 32, STEPS = 100000, SEED = 12 };

/* A handle, and what it was made for: an object and the time of the first handle to it that has not ended. */
typedef struct plain {
    swiss_arena_weak handle;
    void *object;
    uint64_t since;
    bool ended;
} plain;

static memory m;
static swiss_arena arena;
static plain handles[HANDLES];
static size_t handle_count, mark_count, object_count;
static swiss_arena_mark marks[MARKS];
static uint64_t mark_times[MARKS], now, random_state;
static struct {
    void *address;
    uint64_t made, since; /* since: the time of the first handle; 0: none */
} objects[OBJECTS];

/* All that came at `time` or later ends. */
static void end_since(uint64_t time) {
    for (size_t i = 0; i < handle_count; ++i)
        handles[i].ended |= handles[i].since >= time;
    while (object_count && objects[object_count - 1].made >= time)
        --object_count;
    for (size_t i = 0; i < object_count; ++i)
        if (objects[i].since >= time)
            objects[i].since = 0;
}

static void check(void) {
    for (size_t i = 0; i < handle_count; ++i) {
        const plain *one = &handles[i], *other = &handles[random_below(&random_state, handle_count)];
        assert_ptr_equal(swiss_arena_weak_get(one->handle), one->ended ? NULL : one->object);
        assert_int_equal(swiss_arena_weak_is_dead(one->handle), one->ended);
        assert_int_equal(swiss_arena_weak_equal(one->handle, other->handle),
                         one->object == other->object && one->since == other->since);
    }
}

static void step(void) {
    ++now;
    switch (random_below(&random_state, 16)) {
    case 0:
    case 1:
    case 2:
        if (object_count < OBJECTS) {
            objects[object_count].address = swiss_arena_alloc(&arena, 1 + random_below(&random_state, 200), 8);
            assert_non_null(objects[object_count].address);
            objects[object_count].made = now;
            objects[object_count++].since = 0;
        }
        break;
    case 3:
        if (mark_count < MARKS) {
            mark_times[mark_count] = now;
            marks[mark_count++] = swiss_arena_mark_here(&arena);
        }
        break;
    case 4:
        if (mark_count) {
            mark_count = random_below(&random_state, mark_count) + 1; /* this one stays */
            assert_true(swiss_arena_rewind(&arena, marks[mark_count - 1]));
            end_since(mark_times[mark_count - 1]);
        }
        break;
    case 5:
        if (random_below(&random_state, 8) == 0) {
            assert_true(swiss_arena_reset(&arena, random_below(&random_state, 2) ? SIZE_MAX : 0));
            end_since(0);
            mark_count = 0;
        }
        break;
    case 6:
    case 7:
    case 8:
    case 9:
        if (handle_count) {
            const size_t i = random_below(&random_state, handle_count);
            swiss_arena_weak_drop(handles[i].handle);
            handles[i] = handles[--handle_count];
        }
        break;
    case 10:
        if (handle_count && handle_count < HANDLES) {
            handles[handle_count] = handles[random_below(&random_state, handle_count)];
            swiss_arena_weak_copy(handles[handle_count++].handle);
        }
        break;
    default:
        if (object_count && handle_count < HANDLES) {
            const size_t i = random_below(&random_state, object_count);
            if (!objects[i].since)
                objects[i].since = now;
            handles[handle_count++] =
                (plain){swiss_arena_weak_of(&arena, objects[i].address), objects[i].address, objects[i].since, false};
        }
    }
}

static void test_random_operations(void **state) {
    (void)state;
    memory_begin(&m);
    swiss_arena_init(&arena, &(swiss_arena_options){.allocator = &m.allocator});
    random_state = SEED;
    for (size_t i = 0; i < STEPS; ++i) {
        step();
        check();
    }
    assert_true(swiss_arena_free(&arena));
    end_since(0);
    check();
    while (handle_count)
        swiss_arena_weak_drop(handles[--handle_count].handle);
    memory_end(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_operations),
    };
    return RUN_TESTS(tests);
}
