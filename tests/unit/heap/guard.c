/* Hardening: each kind of misuse is committed, and has to be reported as what it is, once. */
#ifndef _WIN32
#    define _DEFAULT_SOURCE /* fork, setenv */
#endif
#include "tests/support.h"
#include "swiss/os/os.h"
#include <swiss/heap_misuse.h>
#include <swiss/heap_stats.h>

#ifndef _WIN32
#    include <pthread.h>
#    include <signal.h>
#    include <sys/wait.h>
#    include <unistd.h>
#endif

#ifdef __GNUC__
#    define AWAY __attribute__((noinline))
#    define UNSEEN                                                                                                     \
        __attribute__((noinline, no_sanitize("address"))) /* what it does is not AddressSanitizer's to find */
#else
#    define AWAY
#    define UNSEEN
#endif

static swiss_heap_misuse last;
static size_t reports;

static void remember(void *argument, const swiss_heap_misuse *misuse) {
    assert_ptr_equal(argument, &reports);
    last = *misuse;
    ++reports;
    swiss_heap_free(NULL, swiss_heap_alloc(NULL, 100)); /* a handler may use the heap */
}

static int begin(void **state) {
    (void)state;
    reports = 0;
    swiss_heap_set_misuse_handler(remember, &reports);
    return 0;
}

/* One more report has come, of this kind, address and block. */
static void assert_reported(swiss_heap_misuse_kind kind, const void *address, const void *block, size_t size) {
    assert_int_equal(reports, 1);
    reports = 0;
    assert_int_equal(last.kind, kind);
    assert_ptr_equal(last.address, address);
    assert_ptr_equal(last.block, block);
    assert_int_equal(last.size, size);
    assert_true(block ? last.slot_size > size : !last.slot_size);
    assert_true(!block == !last.allocated_at[0]);
    assert_non_null(last.found_at[0]);
}

UNSEEN static void write_byte(void *address, size_t offset) {
    *((volatile char *)address + offset) = 1;
}

UNSEEN static int read_byte(const void *address, size_t offset) {
    return *((const volatile unsigned char *)address + offset);
}

AWAY static void *allocate_here(size_t size) {
    void *volatile block = swiss_heap_alloc(NULL, size);
    return block;
}

AWAY static void free_here(void *block) {
    void *volatile kept = block;
    swiss_heap_free(NULL, kept);
    kept = NULL;
}

/* Whether a frame lies in a function: not more than so far behind its start. */
static bool lies_in(const void *frame, uintptr_t function) {
    return (uintptr_t)frame > function && (uintptr_t)frame - function < 200;
}

static const size_t sizes[] = {1,   4,    5,    7,    8,     9,     16,    17,     24,     25,
                               100, 1016, 1024, 5000, 32760, 32768, 40000, 100000, 3000000};
#define SIZES (sizeof sizes / sizeof *sizes)

static void freeing_twice(void **state) {
    (void)state;
    for (size_t i = 0; i < SIZES; ++i) {
        void *block = allocate_here(sizes[i]);
        free_here(block);
        assert_int_equal(reports, 0);
        swiss_heap_free(NULL, block);
        assert_reported(SWISS_HEAP_DOUBLE_FREE, block, block, sizes[i]);
        assert_true(lies_in(last.allocated_at[0], (uintptr_t)allocate_here));
        assert_true(lies_in(last.freed_at[0], (uintptr_t)free_here));
        swiss_heap_free_sized(NULL, block, sizes[i]);
        assert_reported(SWISS_HEAP_DOUBLE_FREE, block, block, sizes[i]);
        assert_null(swiss_heap_resize(NULL, block, 10));
        assert_reported(SWISS_HEAP_DOUBLE_FREE, block, block, sizes[i]);
        assert_int_equal(swiss_heap_usable_size(NULL, block), 0);
        assert_reported(SWISS_HEAP_DOUBLE_FREE, block, block, sizes[i]);
    }
}

static void freeing_what_is_no_block(void **state) {
    (void)state;
    char local = 0;
    static char constant;
    char *block = allocate_here(100);
    swiss_heap_free(NULL, block + 16);
    assert_reported(SWISS_HEAP_INVALID_FREE, block + 16, block, 100);
    assert_true(lies_in(last.allocated_at[0], (uintptr_t)allocate_here));
    assert_null(last.freed_at[0]);
    swiss_heap_free(NULL, block + 1);
    assert_reported(SWISS_HEAP_INVALID_FREE, block + 1, block, 100);
    void *const strangers[] = {&local, &constant, (void *)(uintptr_t)&reports, (void *)(uintptr_t)64,
                               (void *)(UINTPTR_MAX - 15)};
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; ++i) {
        swiss_heap_free(NULL, strangers[i]);
        assert_reported(SWISS_HEAP_INVALID_FREE, strangers[i], NULL, 0);
        assert_null(swiss_heap_resize(NULL, strangers[i], 10));
        assert_reported(SWISS_HEAP_INVALID_FREE, strangers[i], NULL, 0);
    }
    char *large = allocate_here(1000000);
    swiss_heap_free(NULL, large + 500000);
    assert_reported(SWISS_HEAP_INVALID_FREE, large + 500000, large, 1000000);
    swiss_heap_free(NULL, large);
    swiss_heap_free(NULL, block);
    swiss_heap_free(NULL, NULL);
    assert_int_equal(reports, 0);
}

static void freeing_to_another_heap(void **state) {
    (void)state;
    swiss_heap *other = swiss_heap_create();
    assert_non_null(other);
    void *here = allocate_here(100), *there = swiss_heap_alloc(other, 200);
    swiss_heap_free(other, here);
    assert_reported(SWISS_HEAP_WRONG_HEAP, here, here, 100);
    swiss_heap_free(NULL, there);
    assert_reported(SWISS_HEAP_WRONG_HEAP, there, there, 200);
    assert_null(swiss_heap_resize(NULL, there, 10));
    assert_reported(SWISS_HEAP_WRONG_HEAP, there, there, 200);
    swiss_heap_free(NULL, here);
    swiss_heap_free(other, there);
    assert_int_equal(reports, 0);
    swiss_heap_destroy(other);
}

static void freeing_with_a_wrong_size(void **state) {
    (void)state;
    for (size_t i = 0; i < SIZES; ++i)
        for (size_t wrong = sizes[i] - 1; wrong <= sizes[i] + 1; ++wrong) {
            void *block = allocate_here(sizes[i]);
            swiss_heap_free_sized(NULL, block, wrong);
            if (wrong && wrong != sizes[i])
                assert_reported(SWISS_HEAP_WRONG_SIZE, block, block, sizes[i]);
            assert_int_equal(reports, 0);
        }
}

static void overruns_are_found_when_the_block_goes(void **state) {
    (void)state;
    for (size_t i = 0; i < SIZES; ++i)
        for (size_t by = 0; by < 8; ++by)
            for (int resized = 0; resized <= 1; ++resized) {
                char *block = allocate_here(sizes[i]);
                assert_non_null(block);
                memset(block, 1, sizes[i]);
                write_byte(block, sizes[i] + by);
                if (resized)
                    swiss_heap_free(NULL, swiss_heap_resize(NULL, block, 50));
                else
                    swiss_heap_free(NULL, block);
                assert_reported(SWISS_HEAP_OVERRUN, block + sizes[i] + by, block, sizes[i]);
                assert_true(lies_in(last.allocated_at[0], (uintptr_t)allocate_here));
            }
}

static void overruns_are_found_by_checking(void **state) {
    (void)state;
    char *blocks[SIZES];
    for (size_t i = 0; i < SIZES; ++i)
        memset(blocks[i] = allocate_here(sizes[i]), 1, sizes[i]);
    assert_int_equal(swiss_heap_check(NULL), 0);
    for (size_t i = 0; i < SIZES; ++i) {
        write_byte(blocks[i], sizes[i]);
        assert_int_equal(swiss_heap_check(NULL), 1);
        assert_reported(SWISS_HEAP_OVERRUN, blocks[i] + sizes[i], blocks[i], sizes[i]);
        assert_int_equal(swiss_heap_check(NULL), 0);
    }
    for (size_t i = 0; i < SIZES; ++i)
        swiss_heap_free(NULL, blocks[i]);
    assert_int_equal(reports, 0);
}

static void writes_after_free_are_found(void **state) {
    (void)state;
    for (size_t i = 0; i < SIZES; ++i) {
        char *block = allocate_here(sizes[i]);
        free_here(block);
        assert_int_equal(swiss_heap_check(NULL), 0);
        write_byte(block, sizes[i] / 2);
        if (i % 2)
            swiss_heap_trim(NULL);
        else
            assert_int_equal(swiss_heap_check(NULL), 1);
        assert_reported(SWISS_HEAP_USE_AFTER_FREE, block + sizes[i] / 2, block, sizes[i]);
        assert_true(lies_in(last.allocated_at[0], (uintptr_t)allocate_here));
        assert_true(lies_in(last.freed_at[0], (uintptr_t)free_here));
        swiss_heap_trim(NULL);
        assert_int_equal(reports, 0);
    }
    /* An overrun that was reported hides none of what comes after it. */
    char *block = allocate_here(10);
    write_byte(block, 10);
    free_here(block);
    assert_reported(SWISS_HEAP_OVERRUN, block + 10, block, 10);
    write_byte(block, 5);
    swiss_heap_trim(NULL);
    assert_reported(SWISS_HEAP_USE_AFTER_FREE, block + 5, block, 10);
}

static void freed_blocks_are_held_back(void **state) {
    (void)state;
    swiss_heap_trim(NULL);
    char *block = allocate_here(64);
    memset(block, 1, 64);
    free_here(block);
    assert_int_not_equal(read_byte(block, 0), 1);
    assert_int_not_equal(read_byte(block, 63), 1);
    for (size_t i = 0; i < 100000; ++i) { /* 7 MB */
        void *next = allocate_here(64);
        assert_ptr_not_equal(next, block);
        free_here(next);
    }
    bool reused = false;
    for (size_t i = 0; i < 1000000 && !reused; ++i) {
        void *next = allocate_here(64);
        reused = next == block;
        free_here(next);
    }
    assert_true(reused);
    swiss_heap_stats before, after;
    swiss_heap_get_stats(NULL, &before);
    free_here(allocate_here((size_t)5 << 20)); /* too large to be held back */
    swiss_heap_get_stats(NULL, &after);
    assert_int_equal(after.in_use_bytes, before.in_use_bytes);
    assert_int_equal(reports, 0);
}

static void blocks_are_what_was_asked_for(void **state) {
    (void)state;
    for (size_t size = 0; size < 70000; size = size < 300 ? size + 1 : size + size / 7)
        for (size_t alignment = 1; alignment <= 65536; alignment *= 4) {
            char *block = swiss_heap_alloc_aligned(NULL, size, alignment);
            assert_non_null(block);
            assert_int_equal((uintptr_t)block & (alignment - 1), 0);
            assert_int_equal(swiss_heap_usable_size(NULL, block), size + !size);
            memset(block, 0x55, size);
            assert_true(swiss_heap_owns(NULL, block));
            assert_true(!size || swiss_heap_owns(NULL, block + size - 1));
            assert_false(swiss_heap_owns(NULL, block + size + !size));
            char *moved = swiss_heap_resize(NULL, block, size + 10);
            assert_ptr_not_equal(moved, block);
            assert_false(swiss_heap_owns(NULL, block));
            for (size_t i = 0; i < size; ++i)
                assert_int_equal(moved[i], 0x55);
            memset(moved, 0x55, size + 10);
            swiss_heap_free_sized(NULL, moved, size + 10);
            size_t to = size <= 8 || (size > 16 && size <= 24) ? 8 : 16;
            char *zeroed = swiss_heap_alloc_zeroed(NULL, 1, size);
            assert_int_equal((uintptr_t)zeroed & (to - 1), 0);
            for (size_t i = 0; i < size; ++i)
                assert_int_equal(zeroed[i], 0);
            swiss_heap_free(NULL, zeroed);
        }
    assert_null(swiss_heap_alloc(NULL, SIZE_MAX));
    assert_null(swiss_heap_alloc(NULL, SIZE_MAX - 8));
    assert_null(swiss_heap_alloc_zeroed(NULL, SIZE_MAX / 2, 3));
    assert_int_equal(reports, 0);
}

static size_t visited;
static void visit(void *argument, void *block, size_t size) {
    if (block == argument)
        visited += size;
}

static void only_live_blocks_are_walked(void **state) {
    (void)state;
    void *block = allocate_here(77);
    visited = 0;
    swiss_heap_walk(NULL, visit, block);
    assert_int_equal(visited, 77);
    free_here(block);
    swiss_heap_walk(NULL, visit, block);
    assert_int_equal(visited, 77);
}

static bool refuse(void) {
    return true;
}

/* Asks for blocks until there are none: all that was got works, and can be freed. */
static void out_of_memory_is_a_value(void **state) {
    (void)state;
    swiss_heap *heap = swiss_heap_create();
    assert_non_null(heap);
    char *large = swiss_heap_alloc(heap, 3000000);
    assert_non_null(large);
    memset(large, 7, 3000000);
    void **list = NULL;
    size_t count = 0;
    swiss_os_refuse = refuse;
    for (void **block; (block = swiss_heap_alloc(heap, 100)); ++count) {
        *block = list;
        list = block;
        assert_true(count < 10000000);
    }
    assert_true(count > 0);
    for (void **block; (block = swiss_heap_alloc(heap, 2000000)); ++count) { /* that other heaps have left */
        *block = list;
        list = block;
        assert_true(count < 10000000);
    }
    assert_null(swiss_heap_resize(heap, large, 5000000));
    assert_int_equal(swiss_heap_usable_size(heap, large), 3000000);
    assert_ptr_equal(swiss_heap_resize(heap, large, 2000000), large);
    assert_int_equal(swiss_heap_usable_size(heap, large), 2000000);
    swiss_os_refuse = NULL;
    assert_int_equal(large[1999999], 7);
    write_byte(large, 2000000);
    assert_int_equal(swiss_heap_check(heap), 1);
    assert_reported(SWISS_HEAP_OVERRUN, large + 2000000, large, 2000000);
    for (void **next; list; list = next) {
        next = *list;
        swiss_heap_free(heap, list);
    }
    swiss_heap_free(heap, large);
    assert_int_equal(reports, 0);
    swiss_heap_destroy(heap);
}

static void a_heap_that_ends_is_checked(void **state) {
    (void)state;
    swiss_heap_stats before, after;
    swiss_heap_trim(NULL);
    swiss_heap_get_stats(NULL, &before);
    for (int damaged = 0; damaged <= 2; ++damaged) {
        swiss_heap *heap = swiss_heap_create();
        assert_non_null(heap);
        char *live = swiss_heap_alloc(heap, 100), *freed = swiss_heap_alloc(heap, 200);
        char *elsewhere = allocate_here(10);
        swiss_heap_free(heap, freed);
        free_here(elsewhere); /* stands behind it in the queue of freed blocks */
        if (damaged == 1)
            write_byte(live, 101);
        if (damaged == 2)
            write_byte(freed, 5);
        swiss_heap_destroy(heap);
        if (damaged == 1)
            assert_reported(SWISS_HEAP_OVERRUN, live + 101, live, 100);
        if (damaged == 2)
            assert_reported(SWISS_HEAP_USE_AFTER_FREE, freed + 5, freed, 200);
        swiss_heap_free(NULL, elsewhere);
        assert_reported(SWISS_HEAP_DOUBLE_FREE, elsewhere, elsewhere, 10);
        free_here(allocate_here(20));
        swiss_heap_trim(NULL);
        swiss_heap_get_stats(NULL, &after);
        assert_int_equal(after.in_use_bytes, before.in_use_bytes);
        assert_int_equal(reports, 0);
    }
}

static void misuse_is_described(void **state) {
    (void)state;
    char text[300], start[20];
    char *block = allocate_here(100);
    write_byte(block, 103);
    free_here(block);
    assert_int_equal(reports, 1);
    size_t length = swiss_heap_describe_misuse(&last, text, sizeof text);
    assert_int_equal(length, strlen(text));
    assert_non_null(strstr(text, "overrun"));
    assert_non_null(strstr(text, "byte 103"));
    assert_non_null(strstr(text, "100 bytes (size class 112)"));
    assert_int_equal(swiss_heap_describe_misuse(&last, start, sizeof start), length);
    assert_memory_equal(start, text, 19);
    assert_int_equal(start[19], 0);
    swiss_heap_free(NULL, &start);
    swiss_heap_describe_misuse(&last, text, sizeof text);
    assert_non_null(strstr(text, "invalid free"));
    assert_non_null(strstr(text, "in no block"));
}

#ifndef _WIN32

#    define SLOTS 64
static _Atomic(uint64_t *) shared[SLOTS];
static atomic_bool enough;

/* Swaps blocks through the shared slots, so that most are freed by another thread, until it is enough. */
static void *trade(void *argument) {
    uint64_t state = (uint64_t)(uintptr_t)argument;
    while (!atomic_load(&enough)) {
        size_t size = 8 + random_below(&state, 500);
        uint64_t *block = swiss_heap_alloc(NULL, size);
        *block = size;
        block = atomic_exchange(&shared[random_below(&state, SLOTS)], block);
        if (block)
            swiss_heap_free_sized(NULL, block, (size_t)*block);
    }
    return NULL;
}

static void threads_are_not_misuse(void **state) {
    (void)state;
    pthread_t threads[4];
    for (size_t i = 0; i < 4; ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, trade, (void *)(uintptr_t)(i + 1)), 0);
    for (int i = 0; i < 20; ++i) {
        pid_t child = fork();
        if (!child) {
            alarm(300); /* a lock left held would hang */
            free_here(allocate_here(100));
            swiss_heap_trim(NULL);
            _exit(reports ? 1 : 0);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
    atomic_store(&enough, true);
    for (size_t i = 0; i < 4; ++i)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < SLOTS; ++i)
        swiss_heap_free(NULL, atomic_exchange(&shared[i], NULL));
    assert_int_equal(swiss_heap_check(NULL), 0);
    assert_int_equal(reports, 0);
}

/* Runs `die` in a child, with stderr read into `text`, and returns how it ended. */
static int run_child(void (*die)(void), char *text, size_t size) {
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (!child) {
        dup2(ends[1], 2);
        close(ends[0]);
        signal(SIGABRT, SIG_DFL);
        die();
        _exit(0);
    }
    close(ends[1]);
    size_t length = 0;
    for (ssize_t got; (got = read(ends[0], text + length, size - 1 - length)) > 0;)
        length += (size_t)got;
    text[length] = 0;
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void free_twice(void) {
    swiss_heap_set_misuse_handler(NULL, NULL);
    void *block = allocate_here(24);
    free_here(block);
    free_here(block);
}

static void read_freed(void) {
    char *volatile block = allocate_here(24);
    free_here(block);
    *(volatile char *)block;
}

static void read_beyond(void) {
    char *volatile block = allocate_here(24);
    *(volatile char *)(block + 24);
}

/* Has stdout go where stderr goes, with a word in its buffer. */
static void end_with_the_default_handler(void) {
    swiss_heap_set_misuse_handler(NULL, NULL);
    dup2(2, 1);
    printf("a word");
}

static void exit_after_an_overrun(void) {
    end_with_the_default_handler();
    write_byte(allocate_here(24), 24);
    exit(0);
}

static void exit_after_a_late_write(void) {
    end_with_the_default_handler();
    swiss_heap *heap = swiss_heap_create();
    void *block = swiss_heap_alloc(heap, 100);
    swiss_heap_free(heap, block);
    write_byte(block, 3);
    exit(0);
}

static void exit_at_once_after_an_overrun(void) {
    end_with_the_default_handler();
    write_byte(allocate_here(24), 24);
    _exit(4);
}

static void exit_without_misuse(void) {
    end_with_the_default_handler();
    free_here(allocate_here(10));
    (void)allocate_here(20);
    exit(5);
}

static void say_and_return(void *argument, const swiss_heap_misuse *misuse) {
    (void)argument;
    char text[200];
    size_t length = swiss_heap_describe_misuse(misuse, text, sizeof text);
    (void)!write(2, text, length < sizeof text ? length : sizeof text);
}

static void exit_with_a_handler(void) {
    end_with_the_default_handler();
    swiss_heap_set_misuse_handler(say_and_return, NULL);
    write_byte(allocate_here(24), 24);
    void *freed = allocate_here(40);
    free_here(freed);
    write_byte(freed, 0);
    exit(6);
}

static void exit_while_threads_go_on(void) {
    end_with_the_default_handler();
    for (size_t i = 0; i < 3; ++i) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, trade, (void *)(uintptr_t)(i + 1)) != 0)
            _exit(9);
    }
    for (int i = 0; i < 1000; ++i)
        free_here(allocate_here(100));
    exit(7);
}

static void the_end_of_the_program_is_checked(void **state) {
    (void)state;
    static char text[20000];
    fflush(stdout); /* or the children would print it, too */
    atomic_store(&enough, false);
    int status = run_child(exit_after_an_overrun, text, sizeof text);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(text, "swiss: overrun, found written at "));
    assert_non_null(strstr(text, "byte 24 of "));
    assert_non_null(strstr(text, "  allocated at\n"));
    assert_non_null(strstr(text, "a word"));
    status = run_child(exit_after_a_late_write, text, sizeof text);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(text, "swiss: use after free, found written at "));
    assert_non_null(strstr(text, "a word"));
    status = run_child(exit_at_once_after_an_overrun, text, sizeof text);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 4);
    assert_string_equal(text, UNDER_TSAN ? "a word" : ""); /* ThreadSanitizer's _exit writes what is buffered */
    status = run_child(exit_without_misuse, text, sizeof text);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 5);
    assert_string_equal(text, "a word");
    status = run_child(exit_with_a_handler, text, sizeof text);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 6);
    assert_non_null(strstr(text, "overrun"));
    assert_non_null(strstr(text, "use after free"));
    assert_non_null(strstr(text, "a word"));
    for (int i = 0; i < 5; ++i) {
        status = run_child(exit_while_threads_go_on, text, sizeof text);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
        assert_string_equal(text, "a word");
    }
    atomic_store(&enough, true);
}

static void by_itself_it_prints_and_aborts(void **state) {
    (void)state;
    static char text[20000];
    int status = run_child(free_twice, text, sizeof text);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_non_null(strstr(text, "swiss: double free at "));
    assert_non_null(strstr(text, "a freed block of 24 bytes (size class 32)\n  found at\n"));
    assert_non_null(strstr(text, "  freed at\n"));
    assert_non_null(strstr(text, "  allocated at\n"));
}

static void address_sanitizer_sees_blocks(void **state) {
    (void)state;
    static char text[20000];
    if (!UNDER_ASAN)
        skip();
    assert_int_not_equal(run_child(read_freed, text, sizeof text), 0);
    assert_non_null(strstr(text, "use-after-poison"));
    assert_int_not_equal(run_child(read_beyond, text, sizeof text), 0);
    assert_non_null(strstr(text, "use-after-poison"));
}

/* What a program started with SWISS_HARDENED set to `value`, or without it, exits with: see main. */
static int started_with(const char *value) {
    pid_t child = fork();
    if (!child) {
        if (value)
            setenv("SWISS_HARDENED", value, 1);
        else
            unsetenv("SWISS_HARDENED");
        execl("/proc/self/exe", "guard", "is it on?", (char *)NULL);
        _exit(99);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void the_environment_decides(void **state) {
    (void)state;
    assert_int_equal(started_with("1"), 1);
    assert_int_equal(started_with("yes"), 1);
    assert_int_equal(started_with("0"), 0);
#    ifndef SWISS_HARDENED
    assert_int_equal(started_with(NULL), UNDER_ASAN);
    assert_int_equal(started_with(""), UNDER_ASAN);
#    endif
}

#endif

/* 1 if the heap is hardened; 0 if not, and it is too late for it; 2 otherwise. */
static int is_it_on(void) {
    size_t usable = swiss_heap_usable_size(NULL, swiss_heap_alloc(NULL, 5));
    bool hardened = swiss_heap_harden();
    return usable == 5 && hardened ? 1 : usable == 8 && !hardened ? 0 : 2;
}

int main(int count, char **arguments) {
    (void)arguments;
    if (count > 1)
        return is_it_on();
    if (!swiss_heap_harden())
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(freeing_twice, begin),
        cmocka_unit_test_setup(freeing_what_is_no_block, begin),
        cmocka_unit_test_setup(freeing_to_another_heap, begin),
        cmocka_unit_test_setup(freeing_with_a_wrong_size, begin),
        cmocka_unit_test_setup(overruns_are_found_when_the_block_goes, begin),
        cmocka_unit_test_setup(overruns_are_found_by_checking, begin),
        cmocka_unit_test_setup(writes_after_free_are_found, begin),
        cmocka_unit_test_setup(freed_blocks_are_held_back, begin),
        cmocka_unit_test_setup(blocks_are_what_was_asked_for, begin),
        cmocka_unit_test_setup(only_live_blocks_are_walked, begin),
        cmocka_unit_test_setup(out_of_memory_is_a_value, begin),
        cmocka_unit_test_setup(a_heap_that_ends_is_checked, begin),
        cmocka_unit_test_setup(misuse_is_described, begin),
#ifndef _WIN32
        cmocka_unit_test_setup(threads_are_not_misuse, begin),
        cmocka_unit_test_setup(by_itself_it_prints_and_aborts, begin),
        cmocka_unit_test_setup(the_end_of_the_program_is_checked, begin),
        cmocka_unit_test_setup(address_sanitizer_sees_blocks, begin),
        cmocka_unit_test_setup(the_environment_decides, begin),
#endif
    };
    return RUN_TESTS(tests);
}
