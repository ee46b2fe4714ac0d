/* Random operations on a pool against plain lists: which object each get returns, which are dropped and when, and all
 * numbers are as the lists say. Three threads take turns, so that everything comes again: they end and begin anew, and
 * take from each other's stacks. */
#include "tests/support.h"
#include <pthread.h>
#include <swiss/pool.h>
#include "swiss/os/os.h"

enum { WORKERS = 3, SLOTS = 8, OBJECTS = 20000, HELD = 60, STEPS = 4000 };

/* A list of idle objects, the oldest first, as the pool should have it for a thread. */
typedef struct slot {
    int own; /* -1: none */
    int more[SWISS_POOL_OWN], more_count;
    int stack[2000]; /* objects, from `first` to `end` */
    uint64_t since[2000];
    int first, old, end;
} slot;

typedef struct model {
    swiss_pool *pool;
    swiss_pool_options options;
    slot slots[SLOTS]; /* by the numbers of the threads */
    int highest;       /* number that a thread has had */
    int most;          /* objects that a thread keeps beside the first */
    size_t stacked;
    char objects[OBJECTS]; /* an address each */
    bool idle[OBJECTS], gone[OBJECTS], broken[OBJECTS];
    int made;
    uint64_t now, hits, misses, puts, drops;
    bool fails;         /* make does */
    int expected_drops; /* by the operation that runs */
    bool expected[OBJECTS];
    int held[HELD], held_count;
} model;

static model *m;

static void *make_one(void *context) {
    assert_ptr_equal(context, m);
    return m->fails || m->made == OBJECTS ? NULL : &m->objects[m->made++];
}

static bool reset_one(void *object, void *context) {
    (void)context;
    return !m->broken[(char *)object - m->objects];
}

static void drop_one(void *object, void *context) {
    (void)context;
    ptrdiff_t which = (char *)object - m->objects;
    assert_true(which >= 0 && which < m->made && !m->gone[which]);
    assert_true(m->expected[which]);
    m->expected[which] = false;
    m->gone[which] = true;
    --m->expected_drops;
}

static uint64_t tell_time(void *context) {
    (void)context;
    return m->now;
}

static void expect_drop(int object) {
    m->expected[object] = true;
    m->idle[object] = false;
    ++m->expected_drops;
    ++m->drops;
}

/* The reference ---------------------------------------------------------------------------------------------------- */

static bool is_old(uint64_t since) {
    return m->options.max_idle && m->now > since && m->now - since > m->options.max_idle;
}

static bool push(slot *s, int object) {
    if (m->options.bound && m->stacked == m->options.bound)
        return false;
    assert_true(s->end < 2000);
    s->stack[s->end] = object;
    s->since[s->end++] = m->now;
    ++m->stacked;
    return true;
}

static int pop(slot *s, bool newest) {
    while (s->first < s->end) {
        int at = newest ? --s->end : s->first++;
        --m->stacked;
        s->old = s->old > s->end ? s->end : s->old < s->first ? s->first : s->old;
        if (!is_old(s->since[at]))
            return s->stack[at];
        expect_drop(s->stack[at]);
    }
    s->first = s->old = s->end = 0;
    return -1;
}

/* Returns the object that the thread gets from a stack, or -1; with it come others that no trim has seen. */
static int pop_many(slot *mine, slot *from, bool newest) {
    int fresh = newest ? from->end - from->old : from->old == from->first ? from->end - from->first : 0;
    int others = (fresh < 1 + m->most / 2 ? fresh : 1 + m->most / 2) - 1;
    if (!newest) {
        int object = pop(from, false);
        while (others-- > 0)
            mine->more[mine->more_count++] = pop(from, false);
        return object;
    }
    int taken[SWISS_POOL_OWN];
    for (int i = 0; i < others; ++i)
        taken[i] = from->stack[from->end - 1 - others + i];
    int object = pop(from, true);
    for (int i = 0; i < others; ++i)
        assert_int_equal(pop(from, true), taken[others - 1 - i]);
    for (int i = 0; i < others; ++i)
        mine->more[mine->more_count++] = taken[i];
    return object;
}

/* Returns the object that the thread of this number gets, or -1. */
static int model_get(int number) {
    slot *mine = &m->slots[number];
    int object = mine->own;
    mine->own = -1;
    if (object < 0 && mine->more_count)
        object = mine->more[--mine->more_count];
    if (object < 0)
        object = pop_many(mine, mine, true);
    for (int i = 0; i <= m->highest && object < 0; ++i)
        object = pop_many(mine, &m->slots[i], false);
    if (object >= 0) {
        ++m->hits;
        m->idle[object] = false;
        return object;
    }
    ++m->misses;
    return m->fails || m->made == OBJECTS ? -1 : m->made;
}

/* Pushes what the thread keeps beside the first object. Returns how many did not go. */
static int push_more(slot *s) {
    int pushed = 0;
    while (pushed < s->more_count && push(s, s->more[pushed]))
        ++pushed;
    s->more_count -= pushed;
    memmove(s->more, s->more + pushed, (size_t)s->more_count * sizeof *s->more);
    return s->more_count;
}

static void model_put(int number, int object) {
    slot *mine = &m->slots[number];
    ++m->puts;
    m->idle[object] = true;
    if (m->options.reset && m->broken[object]) {
        expect_drop(object);
        return;
    }
    if (!m->options.shared && mine->own < 0) {
        mine->own = object;
        return;
    }
    if (m->most && mine->more_count == m->most)
        push_more(mine);
    if (mine->more_count < m->most)
        mine->more[mine->more_count++] = object;
    else if (m->most || !push(mine, object))
        expect_drop(object);
}

static void model_trim(int number, const bool *lives) {
    for (int i = 0; i <= m->highest; ++i) {
        slot *s = &m->slots[i];
        while (s->first < s->end && (m->options.max_idle ? is_old(s->since[s->first]) : s->first < s->old)) {
            expect_drop(s->stack[s->first++]);
            --m->stacked;
        }
        if (i == number || !lives[i]) {
            for (int left = push_more(s); left > 0; --left)
                expect_drop(s->more[--s->more_count]);
        }
        if (s->own >= 0 && (i == number || !lives[i])) {
            int own = s->own;
            s->own = -1;
            if (!push(s, own))
                expect_drop(own);
        }
        s->old = s->end;
    }
}

/* The threads ------------------------------------------------------------------------------------------------------ */

typedef enum command { NOTHING, TELL, GET, PUT, TRIM, PREFILL, END } command;

typedef struct worker {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    command command;
    void *object;
    size_t result;
    int number;
} worker;

static worker workers[WORKERS];

static void *work(void *argument) {
    worker *w = argument;
    pthread_mutex_lock(&w->lock);
    for (command did = NOTHING; did != END;) {
        while (w->command == NOTHING)
            pthread_cond_wait(&w->changed, &w->lock);
        did = w->command;
        if (did == TELL)
            w->result = swiss_os_thread_index();
        else if (did == GET)
            w->object = swiss_pool_get(m->pool);
        else if (did == PUT)
            swiss_pool_put(m->pool, w->object);
        else if (did == TRIM)
            w->result = swiss_pool_trim(m->pool);
        else if (did == PREFILL)
            w->result = swiss_pool_prefill(m->pool, 1);
        w->command = NOTHING;
        pthread_cond_signal(&w->changed);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

static size_t tell(worker *w, command what, void *object) {
    pthread_mutex_lock(&w->lock);
    w->object = object;
    w->command = what;
    pthread_cond_signal(&w->changed);
    while (w->command != NOTHING)
        pthread_cond_wait(&w->changed, &w->lock);
    pthread_mutex_unlock(&w->lock);
    return w->result;
}

static void begin_worker(worker *w) {
    assert_int_equal(pthread_create(&w->thread, NULL, work, w), 0);
    w->number = (int)tell(w, TELL, NULL);
    assert_true(w->number > 0 && w->number < SLOTS);
    if (w->number > m->highest)
        m->highest = w->number;
}

static void end_worker(worker *w) {
    tell(w, END, NULL);
    assert_int_equal(pthread_join(w->thread, NULL), 0);
}

static void check_numbers(void) {
    swiss_pool_stats stats;
    swiss_pool_get_stats(m->pool, &stats);
    size_t idle = 0;
    for (int i = 0; i < m->made; ++i)
        idle += m->idle[i];
    assert_int_equal(m->expected_drops, 0);
    assert_int_equal(stats.gets, m->hits + m->misses);
    assert_int_equal(stats.hits, m->hits);
    assert_int_equal(stats.misses, m->misses);
    assert_int_equal(stats.puts, m->puts);
    assert_int_equal(stats.drops, m->drops);
    assert_int_equal(stats.made, m->made);
    assert_int_equal(stats.idle, idle);
}

static void step(uint64_t *random) {
    worker *w = &workers[random_below(random, WORKERS)];
    size_t what = random_below(random, 100);
    m->now += random_below(random, 4);
    m->fails = random_below(random, 50) == 0;
    if (what < 46 && m->held_count < HELD) {
        int object = model_get(w->number);
        tell(w, GET, NULL);
        assert_ptr_equal(w->object, object < 0 ? NULL : &m->objects[object]);
        if (object >= 0)
            m->held[m->held_count++] = object;
    } else if (what < 92 && m->held_count) {
        size_t which = random_below(random, (size_t)m->held_count);
        int object = m->held[which];
        m->held[which] = m->held[--m->held_count];
        m->broken[object] = random_below(random, 30) == 0;
        model_put(w->number, object);
        tell(w, PUT, &m->objects[object]);
    } else if (what < 95) {
        bool lives[SLOTS] = {true};
        for (int i = 0; i < WORKERS; ++i)
            lives[workers[i].number] = true;
        lives[swiss_os_thread_index()] = true;
        uint64_t before = m->drops;
        model_trim(w->number, lives);
        assert_int_equal(tell(w, TRIM, NULL), m->drops - before);
    } else if (what < 97) {
        int object = m->made;
        bool makes = !m->fails && m->made < OBJECTS, pushed = makes && push(&m->slots[w->number], object);
        if (pushed)
            m->idle[object] = true;
        else if (makes)
            expect_drop(object);
        assert_int_equal(tell(w, PREFILL, NULL), pushed);
    } else if (what < 98) {
        end_worker(w);
        begin_worker(w); /* with the same number: it is the lowest again */
    }
}

static void run(uint64_t seed, bool shared, size_t bound, size_t own, uint64_t max_idle, bool resets) {
    uint64_t random = seed;
    memset(m, 0, sizeof *m);
    for (int i = 0; i < SLOTS; ++i)
        m->slots[i].own = -1;
    m->options = (swiss_pool_options){.make = make_one,
                                      .drop = drop_one,
                                      .reset = resets ? reset_one : NULL,
                                      .context = m,
                                      .bound = bound,
                                      .own = own,
                                      .shared = shared,
                                      .max_idle = max_idle,
                                      .clock = tell_time};
    m->pool = swiss_pool_create(&m->options);
    m->options.shared |= max_idle != 0;
    if (!m->options.shared && own > 1)
        m->most = (int)(own < SWISS_POOL_OWN ? own : SWISS_POOL_OWN) - 1;
    assert_non_null(m->pool);
    for (int i = 0; i < WORKERS; ++i)
        begin_worker(&workers[i]);
    for (int i = 0; i < STEPS; ++i) {
        step(&random);
        check_numbers();
    }
    for (int i = 0; i < WORKERS; ++i)
        end_worker(&workers[i]);
    for (int i = 0; i < m->made; ++i)
        if (m->idle[i])
            expect_drop(i);
    swiss_pool_destroy(m->pool);
    assert_int_equal(m->expected_drops, 0);
}

static void test_random_operations(void **state) {
    (void)state;
    m = malloc(sizeof *m);
    assert_non_null(m);
    assert_true(swiss_os_thread_index() > 0); /* so that the workers have the numbers behind it */
    for (int i = 0; i < WORKERS; ++i) {
        assert_int_equal(pthread_mutex_init(&workers[i].lock, NULL), 0);
        assert_int_equal(pthread_cond_init(&workers[i].changed, NULL), 0);
    }
    const size_t bounds[] = {0, 1, 7, 40};
    for (uint64_t seed = 0; seed < 16; ++seed)
        run(seed, seed % 2 != 0, bounds[seed / 4], 0, seed % 4 == 3 ? 60 : 0, seed % 3 == 0);
    const size_t own[] = {1, 2, 3, 8, 17, 100};
    for (uint64_t seed = 16; seed < 40; ++seed)
        run(seed, false, bounds[seed / 6 % 4], own[seed % 6], 0, seed % 5 == 0);
    free(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_operations)};
    return RUN_TESTS(tests);
}
