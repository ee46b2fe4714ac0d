/* Random operations on counted objects, against counts and lists of their own: what is alive, what upgrades find, which
 * cleanups run and in which order, and how many blocks there are. Cleanups release other objects. */
#include "tests/support.h"
#include <swiss/ref.h>

enum { OBJECTS = 12, CLEANUPS = 6, STEPS = 200000, SEED = 5, QUEUE = 4096 };

typedef struct plain_cleanup {
    swiss_ref_cleanup name;
    size_t argument; /* an index into `arguments`, which says what it does */
    bool queued;
} plain_cleanup;

typedef struct plain {
    void *object;
    swiss_weak weak; /* one of them, if there is any */
    size_t strong, weaks, waiting;
    plain_cleanup cleanups[CLEANUPS]; /* the newest is the last */
    size_t cleanup_count;
    uint64_t contents;
} plain;

typedef struct argument {
    size_t number, object; /* which it is; and the object that it has a strong reference to, OBJECTS: none */
} argument;

static memory m;
static plain all[OBJECTS];
static swiss_ref_queue queue;
static argument arguments[QUEUE];
static size_t waiting[QUEUE], waiting_count; /* arguments of cleanups in the queue, with the objects they wait for */
static size_t waiting_for[QUEUE];
static size_t expected[QUEUE], expected_count, ran; /* arguments of the cleanups that are to run now, in order */
static size_t nodes;                                /* cleanups that exist */
static uint64_t random_state;

static size_t blocks(void) {
    size_t count = nodes;
    for (size_t i = 0; i < OBJECTS; ++i)
        count += all[i].strong || all[i].weaks || all[i].waiting;
    return count;
}

static argument *new_argument(void) {
    static size_t next;
    argument *made = &arguments[next];
    made->number = next;
    made->object = OBJECTS;
    next = (next + 1) % QUEUE;
    return made;
}

static void expect(size_t number) {
    assert_true(expected_count < QUEUE);
    expected[expected_count++] = number;
}

/* The plain object `i` loses a strong reference. What it had runs or waits, and what that releases follows at once. */
static void plain_release(size_t i) {
    assert_true(all[i].strong != 0);
    if (--all[i].strong)
        return;
    while (all[i].cleanup_count) {
        const plain_cleanup cleanup = all[i].cleanups[--all[i].cleanup_count];
        if (cleanup.queued) {
            waiting[waiting_count] = cleanup.argument;
            waiting_for[waiting_count++] = i;
            ++all[i].waiting;
        } else {
            --nodes;
            expect(cleanup.argument);
            if (arguments[cleanup.argument].object < OBJECTS)
                plain_release(arguments[cleanup.argument].object);
        }
    }
}

static void run(void *passed) {
    argument *given = passed;
    assert_true(ran < expected_count);
    assert_int_equal(given->number, expected[ran++]);
    if (given->object < OBJECTS)
        swiss_ref_release(all[given->object].object);
}

static void check(size_t i) {
    const plain *one = &all[i];
    if (one->weaks) {
        assert_int_equal(swiss_weak_is_dead(one->weak), one->strong == 0);
        assert_ptr_equal(swiss_weak_identity(one->weak), one->object);
        void *found =
            random_below(&random_state, 2) ? swiss_weak_upgrade(one->weak) : swiss_weak_upgrade_local(one->weak);
        assert_ptr_equal(found, one->strong ? one->object : NULL);
        swiss_ref_release(found);
    }
    if (one->strong) {
        assert_int_equal(swiss_ref_count(one->object), one->strong);
        assert_true(memcmp(one->object, &one->contents, sizeof one->contents) == 0);
    }
}

static void check_all(void) {
    assert_int_equal(ran, expected_count);
    ran = expected_count = 0;
    assert_int_equal(m.blocks, blocks());
    for (size_t i = 0; i < OBJECTS; ++i) {
        check(i);
        for (size_t j = 0; j < i; ++j)
            if (all[i].weaks && all[j].weaks)
                assert_false(swiss_weak_equal(all[i].weak, all[j].weak));
    }
}

static void add_cleanup(plain *one) {
    argument *made = new_argument();
    const size_t child = random_below(&random_state, 2 * OBJECTS);
    /* An object releases only those before it: then there are no cycles. */
    if (all + child < one && all[child].strong) {
        made->object = child;
        ++all[child].strong;
        swiss_ref_retain(all[child].object);
    }
    plain_cleanup *added = &one->cleanups[one->cleanup_count++];
    added->queued = random_below(&random_state, 3) == 0 && waiting_count < 100;
    added->argument = made->number;
    added->name = swiss_ref_add_cleanup(one->object, run, made, added->queued ? &queue : NULL);
    assert_true(added->name != 0);
    ++nodes;
}

static void stop_cleanup(plain *one) {
    const size_t at = random_below(&random_state, one->cleanup_count);
    const plain_cleanup stopped = one->cleanups[at];
    assert_true(swiss_ref_stop_cleanup(one->object, stopped.name));
    assert_false(swiss_ref_stop_cleanup(one->object, stopped.name));
    --one->cleanup_count;
    memmove(&one->cleanups[at], &one->cleanups[at + 1], (one->cleanup_count - at) * sizeof stopped);
    --nodes;
    const size_t child = arguments[stopped.argument].object;
    if (child < OBJECTS) {
        plain_release(child);
        swiss_ref_release(all[child].object);
    }
}

static void drain(void) {
    size_t count = 0;
    for (; count < waiting_count; ++count) {
        --nodes;
        expect(waiting[count]);
        if (arguments[waiting[count]].object < OBJECTS)
            plain_release(arguments[waiting[count]].object);
        --all[waiting_for[count]].waiting;
    }
    waiting_count = 0;
    assert_int_equal(swiss_ref_drain(&queue), count);
}

static void drop_weak(plain *one) {
    --one->weaks;
    random_below(&random_state, 2) ? swiss_weak_drop(one->weak) : swiss_weak_drop_local(one->weak);
}

static void step(void) {
    plain *one = &all[random_below(&random_state, OBJECTS)];
    const size_t i = (size_t)(one - all);
    switch (random_below(&random_state, 12)) {
    case 0:
    case 1:
        if (!one->strong && !one->weaks && !one->waiting) {
            one->object = swiss_ref_alloc(&m.allocator, 8 + random_below(&random_state, 60),
                                          (size_t)1 << random_below(&random_state, 8));
            assert_non_null(one->object);
            one->strong = 1;
            one->contents = next_random(&random_state);
            memcpy(one->object, &one->contents, sizeof one->contents);
        }
        break;
    case 2:
        if (one->strong && ++one->strong)
            assert_ptr_equal(swiss_ref_retain(one->object), one->object);
        break;
    case 3:
    case 4:
    case 5: { /* but not a reference that a cleanup has */
        size_t kept = 0;
        for (size_t j = 0; j < OBJECTS; ++j)
            for (size_t k = 0; k < all[j].cleanup_count; ++k)
                kept += arguments[all[j].cleanups[k].argument].object == i;
        for (size_t j = 0; j < waiting_count; ++j)
            kept += arguments[waiting[j]].object == i;
        if (one->strong > kept) {
            plain_release(i);
            swiss_ref_release(one->object);
        }
        break;
    }
    case 6:
        if (one->strong) {
            const swiss_weak made = swiss_weak_of(one->object);
            assert_true(one->weaks == 0 || swiss_weak_equal(made, one->weak));
            one->weak = made;
            ++one->weaks;
        } else if (one->weaks) {
            one->weak = swiss_weak_copy(one->weak);
            ++one->weaks;
        }
        break;
    case 7:
        if (one->weaks)
            drop_weak(one);
        break;
    case 8:
    case 9:
        if (one->strong && one->cleanup_count < CLEANUPS)
            add_cleanup(one);
        break;
    case 10:
        if (one->strong && one->cleanup_count)
            stop_cleanup(one);
        break;
    default:
        if (random_below(&random_state, 4) == 0)
            drain();
    }
}

static void test_random_operations(void **state) {
    (void)state;
    memory_begin(&m);
    random_state = SEED;
    for (size_t i = 0; i < STEPS; ++i) {
        step();
        check_all();
    }
    for (size_t i = OBJECTS; i-- > 0;) { /* those that have others first */
        while (all[i].strong) {
            plain_release(i);
            swiss_ref_release(all[i].object);
        }
        drain();
        while (all[i].weaks)
            drop_weak(&all[i]);
        check_all();
    }
    memory_end(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_operations),
    };
    return RUN_TESTS(tests);
}
