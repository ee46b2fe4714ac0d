/* Leaks: what roots lead to is reachable, also through other blocks and from within blocks; what nothing leads to is
 * lost, and what only lost blocks lead to is indirect. Sums are by call stack, and from the most bytes on. */
#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#    define _GNU_SOURCE /* MAP_ANONYMOUS, pthread_attr_setstack */
#endif
#include "tests/support.h"
#include "swiss/heap/reach.h"
#include "swiss/os/look.h"
#include "swiss/os/os.h"
#include "swiss/os/own.h"
#include <swiss/heap_leaks.h>
#include <swiss/profile.h>
#ifndef _WIN32
#    include <pthread.h>
#    include <sys/mman.h>
#endif

#if defined(__linux__) && defined(__LP64__)
#    define CAN_TELL 1
#else
#    define CAN_TELL 0
#endif

/* These sanitizers keep copies of what functions had in their frames: what is lost may look reachable. */
#define COPIES (UNDER_ASAN || UNDER_TSAN)

/* Addresses are kept in a disguise, so that only what a test wants leads to a block. */
#define DISGUISE ((uintptr_t)UINT64_C(0x5555555555555555))

typedef struct hidden {
    uintptr_t disguised;
} hidden;

static hidden hide(void *block) {
    return (hidden){(uintptr_t)block ^ DISGUISE};
}

static void *seek(hidden block) {
    return (void *)(block.disguised ^ DISGUISE);
}

/* Overwrites what earlier calls have left on the stack and in registers. */
static SWISS_NOINLINE void wipe(void) {
    volatile char bytes[40000];
    for (size_t i = 0; i < sizeof bytes; ++i)
        bytes[i] = 0;
}

#define SIZE 48 /* bytes of the blocks of these tests, of which no others are */

static SWISS_NOINLINE hidden make(size_t size) {
    void **block = swiss_heap_alloc(NULL, size);
    assert_non_null(block);
    memset(block, 0, size);
    return hide(block);
}

static SWISS_NOINLINE void drop(hidden block) {
    swiss_heap_free(NULL, seek(block));
}

/* Lets word `place` of a block hold an address in another. */
static SWISS_NOINLINE void lead(hidden from, size_t place, hidden to, size_t offset) {
    ((void **)seek(from))[place] = (char *)seek(to) + offset;
}

static int something;
static void *volatile global, *volatile initialised = &something;

/* The kinds of blocks of SIZE bytes, as the report has them. */
typedef struct counts {
    uint64_t blocks[SWISS_LEAK_KINDS];
} counts;

static void count_kind(void *argument, const swiss_leak *leak) {
    counts *of = argument;
    if (leak->bytes == leak->blocks * SIZE)
        of->blocks[leak->kind] += leak->blocks;
}

static SWISS_NOINLINE void check_kinds(uint64_t lost, uint64_t indirect, uint64_t reachable) {
    counts of = {{0}};
    wipe();
    assert_true(swiss_heap_find_leaks(0, count_kind, &of, NULL));
    if (!CAN_TELL) {
        assert_int_equal(of.blocks[SWISS_LEAK_UNKNOWN], lost + indirect + reachable);
        return;
    }
    assert_int_equal(of.blocks[SWISS_LEAK_UNKNOWN], 0);
    if (COPIES) {
        assert_in_range(of.blocks[SWISS_LEAK_REACHABLE], reachable, lost + indirect + reachable);
        assert_int_equal(of.blocks[SWISS_LEAK_LOST] + of.blocks[SWISS_LEAK_INDIRECT] + of.blocks[SWISS_LEAK_REACHABLE],
                         lost + indirect + reachable);
        return;
    }
    assert_int_equal(of.blocks[SWISS_LEAK_LOST], lost);
    assert_int_equal(of.blocks[SWISS_LEAK_INDIRECT], indirect);
    assert_int_equal(of.blocks[SWISS_LEAK_REACHABLE], reachable);
}

static int track(void **state) {
    (void)state;
    swiss_profile_reset();
    swiss_heap_track(true);
    global = NULL;
    initialised = NULL;
    return 0;
}

static int untrack(void **state) {
    (void)state;
    global = NULL;
    initialised = NULL;
    swiss_heap_track(false);
    return 0;
}

static void test_lost_and_reachable(void **state) {
    (void)state;
    hidden a = make(SIZE), b = make(SIZE);
    check_kinds(2, 0, 0);
    global = seek(a);
    check_kinds(1, 0, 1);
    initialised = (char *)seek(b) + SIZE - 1; /* the last byte */
    check_kinds(0, 0, 2);
    initialised = (char *)seek(b) + SIZE; /* behind the last */
    check_kinds(1, 0, 1);
    initialised = NULL;
    global = NULL;
    check_kinds(2, 0, 0);
    drop(a);
    check_kinds(1, 0, 0);
    drop(b);
    check_kinds(0, 0, 0);
}

/* A chain of blocks, from its start and from its middle. */
static void test_chains(void **state) {
    (void)state;
    hidden chain[10];
    for (size_t i = 0; i < 10; ++i)
        chain[i] = make(SIZE);
    for (size_t i = 0; i < 9; ++i)
        lead(chain[i], i % (SIZE / sizeof(void *)), chain[i + 1], i * 5);
    check_kinds(1, 9, 0);
    global = seek(chain[0]);
    check_kinds(0, 0, 10);
    global = seek(chain[6]);
    check_kinds(1, 5, 4);
    global = NULL;
    lead(chain[9], 5, chain[0], 0); /* a circle: one is lost */
    check_kinds(1, 9, 0);
    lead(chain[9], 5, chain[9], 0); /* to itself */
    check_kinds(1, 9, 0);
    for (size_t i = 0; i < 10; ++i)
        drop(chain[i]);
}

/* Two lost blocks lead to a third, in whatever order they lie; and one to itself. */
static void test_shared_ends(void **state) {
    (void)state;
    hidden blocks[3];
    for (size_t i = 0; i < 3; ++i)
        blocks[i] = make(SIZE);
    for (size_t end = 0; end < 3; ++end) {
        for (size_t i = 0; i < 3; ++i)
            memset(seek(blocks[i]), 0, SIZE);
        for (size_t i = 0; i < 3; ++i)
            lead(blocks[i], 0, blocks[end], 0);
        check_kinds(2, 1, 0);
    }
    for (size_t i = 0; i < 3; ++i)
        drop(blocks[i]);
}

/* What this function has in its frame, and what a function that has ended had in its. */
static SWISS_NOINLINE void leave_behind(hidden block) {
    void *volatile words[8];
    for (size_t i = 0; i < 8; ++i)
        words[i] = seek(block);
    (void)words;
}

static void test_stack(void **state) {
    (void)state;
    hidden a = make(SIZE);
    leave_behind(a);
    counts of = {{0}};
    assert_true(swiss_heap_find_leaks(0, count_kind, &of, NULL));
    assert_in_range(of.blocks[SWISS_LEAK_REACHABLE], 0, COPIES);
    void *volatile mine = seek(a);
    check_kinds(0, 0, 1);
    mine = NULL;
    check_kinds(1, 0, 0);
    (void)mine;
    drop(a);
}

/* Live blocks that are not tracked lead to others; freed ones do not. */
static void test_other_blocks(void **state) {
    (void)state;
    swiss_heap_track(false);
    hidden older = make(4000);
    swiss_heap *heap = swiss_heap_create();
    hidden elsewhere = hide(swiss_heap_alloc(heap, 4000));
    memset(seek(elsewhere), 0, 4000);
    swiss_heap_track(true);
    hidden a = make(SIZE);
    check_kinds(1, 0, 0);
    lead(older, 300, a, 0);
    check_kinds(0, 0, 1);
    drop(older);
    check_kinds(1, 0, 0);
    lead(elsewhere, 300, a, 0);
    check_kinds(0, 0, 1);
    wipe();
    swiss_heap_destroy(heap);
    check_kinds(1, 0, 0);
    drop(a);
}

/* Large blocks, and memory that the program has from the system. */
static void test_other_memory(void **state) {
    (void)state;
    hidden a = make(SIZE), large = make((size_t)70 << 20);
    lead(large, ((size_t)69 << 20) / sizeof(void *), a, 0);
    check_kinds(0, 1, 0);
    global = seek(large);
    check_kinds(0, 0, 1);
    global = NULL;
    const size_t size = (size_t)16 << 20, middle = ((size_t)9 << 20) / sizeof(void *);
    void **mapped = swiss_os_alloc(size);
    assert_non_null(mapped);
    mapped[middle] = seek(a);
    check_kinds(0, 1, 0);        /* what the heap has for itself is not searched */
    swiss_os_own_drop(mapped);   /* as if the program had it */
    check_kinds(0, 0, CAN_TELL); /* and the large block is lost */
    mapped[middle] = NULL;
    swiss_os_release(mapped, size);
    drop(large);
    drop(a);
}

#ifndef _WIN32

typedef struct sleeper {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int stage;
    hidden block;
} sleeper;

static _Thread_local void *volatile own_variable;

static void *sleep_with_blocks(void *argument) {
    sleeper *with = argument;
    void *volatile mine = NULL;
    pthread_mutex_lock(&with->lock);
    for (int stage = 0; stage < 4;) {
        mine = stage == 1 ? seek(with->block) : NULL;
        own_variable = stage == 2 ? seek(with->block) : NULL;
        with->stage = -stage - 1; /* done */
        pthread_cond_signal(&with->changed);
        while (with->stage < 0)
            pthread_cond_wait(&with->changed, &with->lock);
        stage = with->stage;
    }
    pthread_mutex_unlock(&with->lock);
    (void)mine;
    return NULL;
}

/* The other thread sleeps in a system call, and what it called before has been overwritten. */
static void set_stage(sleeper *with, int stage) {
    pthread_mutex_lock(&with->lock);
    if (stage) {
        with->stage = stage;
        pthread_cond_signal(&with->changed);
    }
    while (stage < 4 && with->stage != -stage - 1)
        pthread_cond_wait(&with->changed, &with->lock);
    pthread_mutex_unlock(&with->lock);
}

static void test_other_threads(void **state) {
    (void)state;
    static sleeper with = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, {0}};
    hidden a = make(SIZE);
    with.block = a;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, sleep_with_blocks, &with), 0);
    set_stage(&with, 0);
    swiss_leak_totals totals;
    assert_true(swiss_heap_find_leaks(0, NULL, NULL, &totals));
    assert_int_equal(totals.threads, CAN_TELL * (1 + UNDER_TSAN)); /* which has one of its own */
    set_stage(&with, 1);
    check_kinds(0, 0, 1); /* its stack */
    set_stage(&with, 2);
    check_kinds(0, 0, 1); /* its own variable */
    set_stage(&with, 4);
    pthread_join(thread, NULL);
    drop(a);
}

/* Of two threads whose stacks are cut from one mapping, the one below keeps its blocks, too. */
static void test_stacks_in_one_mapping(void **state) {
    (void)state;
    static sleeper below = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, {0}},
                   above = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, {0}};
    sleeper *const sleepers[] = {&below, &above};
    const size_t size = (size_t)1 << 20;
    char *stacks = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(stacks, MAP_FAILED);
    pthread_t threads[2];
    for (size_t i = 0; i < 2; ++i) {
        pthread_attr_t how;
        pthread_attr_init(&how);
        assert_int_equal(pthread_attr_setstack(&how, stacks + i * size, size), 0);
        assert_int_equal(pthread_create(&threads[i], &how, sleep_with_blocks, sleepers[i]), 0);
        pthread_attr_destroy(&how);
        set_stage(sleepers[i], 0);
    }
    static hidden others[200]; /* so that the block is at an address that none had before, and nothing leads to */
    swiss_heap_track(false);
    for (size_t i = 0; i < 200; ++i)
        others[i] = make(SIZE);
    swiss_heap_track(true);
    hidden a = make(SIZE);
    below.block = a;
    check_kinds(1, 0, 0);
    set_stage(&below, 1);
    check_kinds(0, 0, 1);
    for (size_t i = 0; i < 2; ++i) {
        set_stage(sleepers[i], 4);
        pthread_join(threads[i], NULL);
    }
    munmap(stacks, 2 * size);
    drop(a);
    for (size_t i = 0; i < 200; ++i)
        drop(others[i]);
}

#endif

/* Sums ------------------------------------------------------------------------------------------------------------- */

static hidden many[100];

static SWISS_NOINLINE void make_few(void) {
    for (size_t i = 0; i < 10; ++i)
        many[i] = make(1000);
}

static SWISS_NOINLINE void make_more(void) {
    for (size_t i = 10; i < 100; ++i)
        many[i] = make(500);
}

static swiss_leak found[50];
static size_t found_count;

static void keep_leak(void *argument, const swiss_leak *leak) {
    (void)argument;
    assert_true(found_count < 50 && leak->frame_count >= 1 && leak->frames[0] && leak->blocks);
    assert_true(leak->oldest >= leak->newest);
    found[found_count++] = *leak;
}

static void test_sums_are_by_call_stack(void **state) {
    (void)state;
    make_few();
    uint64_t begun = swiss_os_milliseconds();
    while (swiss_os_milliseconds() - begun < 40) {
    }
    make_more();
    wipe();
    swiss_leak_totals totals;
    found_count = 0;
    assert_true(swiss_heap_find_leaks(0, keep_leak, NULL, &totals));
    const swiss_leak_kind kind = CAN_TELL ? SWISS_LEAK_LOST : SWISS_LEAK_UNKNOWN;
    assert_true(totals.tracked && found_count >= 2);
    assert_true(found[0].kind == kind && found[0].blocks == 90 && found[0].bytes == 45000);
    assert_true(found[1].kind == kind && found[1].blocks == 10 && found[1].bytes == 10000);
    assert_true(found[1].newest >= 30 && found[0].oldest <= found[1].newest);
    assert_true(found[0].site != found[1].site);
    assert_true(totals.blocks[kind] == 100 && totals.bytes[kind] == 55000);
    for (bool between = false; !between;) { /* only those that are old; time may go on before it is looked at */
        uint64_t limit = swiss_os_milliseconds() - begun - 20;
        found_count = 0;
        assert_true(swiss_heap_find_leaks(limit, keep_leak, NULL, &totals));
        for (size_t i = 0; i < found_count; ++i)
            assert_true(found[i].newest >= limit);
        between = totals.blocks[kind] == 10;
    }
    assert_true(swiss_heap_find_leaks(UINT64_MAX, keep_leak, NULL, &totals));
    assert_int_equal(totals.blocks[kind], 0);
    for (size_t i = 0; i < 100; ++i)
        drop(many[i]);
}

static void test_samples_stand_for_many(void **state) {
    (void)state;
    swiss_heap_track(false);
    swiss_profile_reset();
    swiss_profile_start(2000);
    static hidden blocks[20000];
    for (size_t i = 0; i < 20000; ++i)
        blocks[i] = make(100);
    swiss_leak_totals totals;
    assert_true(swiss_heap_find_leaks(0, NULL, NULL, &totals));
    assert_false(totals.tracked);
    assert_int_equal(totals.blocks[SWISS_LEAK_LOST], 0);
    assert_true(totals.bytes[SWISS_LEAK_UNKNOWN] > 1700000 && totals.bytes[SWISS_LEAK_UNKNOWN] < 2300000);
    swiss_profile_stop();
    for (size_t i = 0; i < 20000; ++i)
        drop(blocks[i]);
}

/* Text ------------------------------------------------------------------------------------------------------------- */

static char text[1 << 16];
static size_t text_length;

static void add_text(void *argument, const char *bytes, size_t length) {
    (void)argument;
    assert_true(text_length + length < sizeof text);
    memcpy(text + text_length, bytes, length);
    text[text_length += length] = 0;
}

static void print(swiss_leaks_form form) {
    text_length = 0;
    wipe();
    assert_true(swiss_heap_print_leaks(0, form, add_text, NULL));
}

static void test_text_and_json(void **state) {
    (void)state;
    make_few();
    hidden a = make(SIZE);
    global = seek(a);
    print(SWISS_LEAKS_TEXT);
    if (CAN_TELL) {
        assert_non_null(strstr(text, ": 10000 bytes in 10 blocks lost, "));
        assert_non_null(strstr(text, "swiss: lost: 10000 bytes in 10 blocks, "));
        assert_null(strstr(text, "swiss: reachable: "));
        print(SWISS_LEAKS_ALL);
        assert_non_null(strstr(text, "swiss: reachable: 48 bytes in 1 block, "));
    } else {
        assert_non_null(strstr(text, "cannot be told"));
    }
#ifdef __linux__
    assert_non_null(strstr(text, "(unit_leaks+0x"));
#endif
    print(SWISS_LEAKS_JSON);
    assert_int_equal(text[0], '{');
    if (CAN_TELL)
        assert_non_null(strstr(text, "{\"kind\":\"lost\",\"bytes\":10000,\"blocks\":10,\"oldest_ms\":"));
    size_t open = 0, strings = 0;
    for (size_t i = 0; i < text_length; ++i) {
        strings += text[i] == '"' && text[i - 1] != '\\';
        open += strings % 2 == 0 && (text[i] == '{' || text[i] == '[');
        open -= strings % 2 == 0 && (text[i] == '}' || text[i] == ']');
    }
    assert_true(open == 0 && strings % 2 == 0);
    for (size_t i = 0; i < 10; ++i)
        drop(many[i]);
    drop(a);
}

/* What tells reachability ------------------------------------------------------------------------------------------ */

static void test_own_memory_is_known(void **state) {
    (void)state;
    static swiss_os_owned owned[SWISS_OS_OWNED];
    size_t before = swiss_os_own_list(owned);
    void *held[200];
    for (size_t i = 0; i < 200; ++i)
        held[i] = swiss_os_alloc(100000);
    size_t count = swiss_os_own_list(owned);
    assert_int_equal(count, before + 200);
    for (size_t i = 0; i < 200; ++i) {
        bool listed = false;
        for (size_t j = 0; j < count; ++j)
            listed |= owned[j].start == (uintptr_t)held[i] && owned[j].end == owned[j].start + swiss_os_round(100000);
        assert_true(listed);
        swiss_os_release(held[i], swiss_os_round(100000));
    }
    assert_int_equal(swiss_os_own_list(owned), before);
}

#if CAN_TELL

static void test_looks_fault_nowhere(void **state) {
    (void)state;
    const size_t page = swiss_os_page_size();
    char *held = swiss_os_reserve(65536, 65536), copy[100];
    assert_true(held && swiss_os_commit(held, page));
    strcpy(held + page - 20, "here");
    int look = swiss_os_look_begin();
    assert_true(look >= 0);
    assert_int_equal(swiss_os_look(look, copy, held + page - 20, 20), 20);
    assert_string_equal(copy, "here");
    assert_int_equal(swiss_os_look(look, copy, NULL, sizeof copy), 0);
    assert_int_equal(swiss_os_look(look, copy, (void *)UINTPTR_MAX, 1), 0);
    swiss_os_release(held, 65536);
    assert_int_equal(swiss_os_look(look, copy, held, sizeof copy), 0);
    swiss_os_look_end(look);
}

#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lost_and_reachable, track, untrack),
        cmocka_unit_test_setup_teardown(test_other_blocks, track, untrack),
        cmocka_unit_test_setup_teardown(test_chains, track, untrack),
        cmocka_unit_test_setup_teardown(test_shared_ends, track, untrack),
        cmocka_unit_test_setup_teardown(test_stack, track, untrack),
        cmocka_unit_test_setup_teardown(test_other_memory, track, untrack),
#ifndef _WIN32
        cmocka_unit_test_setup_teardown(test_other_threads, track, untrack),
        cmocka_unit_test_setup_teardown(test_stacks_in_one_mapping, track, untrack),
#endif
        cmocka_unit_test_setup_teardown(test_sums_are_by_call_stack, track, untrack),
        cmocka_unit_test_setup_teardown(test_samples_stand_for_many, track, untrack),
        cmocka_unit_test_setup_teardown(test_text_and_json, track, untrack),
        cmocka_unit_test(test_own_memory_is_known),
#if CAN_TELL
        cmocka_unit_test(test_looks_fault_nowhere),
#endif
    };
    return RUN_TESTS(tests);
}
