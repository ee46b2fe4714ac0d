/* A program that asks for what the environment says: files on a signal, whose old handler is called too, at the end,
 * and every so many bytes; and errno stays what it was. Each test is a child that begins by itself. */
#ifndef _GNU_SOURCE
#    define _GNU_SOURCE
#endif
#include "tests/support.h"
#include <errno.h>
#include <signal.h>
#include <swiss/heap.h>
#include <swiss/profile.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "environment-XXXXXX", path[100];

static const char *file(const char *name) {
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static bool is_there(const char *name) {
    return access(file(name), F_OK) == 0;
}

/* Runs a child with the variables set, and returns how it ended. It leaves with exit, so that its end is one. */
static int run_child(int (*child)(void), const char *profile, const char *more, const char *value) {
    pid_t started = fork();
    if (started == 0) {
        alarm(60);
        if (profile)
            setenv("SWISS_PROFILE", profile[0] == '/' ? profile : file(profile), 1);
        if (more)
            setenv(more, value, 1);
        exit(child());
    }
    int status;
    assert_int_equal(waitpid(started, &status, 0), started);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void allocate_much(void) {
    for (int i = 0; i < 10000; ++i)
        swiss_heap_free(NULL, swiss_heap_alloc(NULL, 1000));
}

static int says_nothing(void) {
    bool asked = swiss_profile_from_environment();
    allocate_much();
    return asked;
}

static void test_nothing_is_asked(void **state) {
    (void)state;
    assert_int_equal(run_child(says_nothing, NULL, NULL, NULL), 0);
    assert_int_equal(run_child(says_nothing, NULL, "SWISS_LEAKS", "0"), 0);
    assert_int_equal(run_child(says_nothing, NULL, "SWISS_PROFILE_EVERY", "1"), 0);
}

static int begins(void) {
    bool first = swiss_profile_from_environment(), second = swiss_profile_from_environment();
    swiss_profile_totals totals;
    swiss_profile_get_totals(&totals);
    allocate_much();
    return first && second && totals.rate == 100000 ? 7 : 1;
}

static void test_file_at_the_end(void **state) {
    (void)state;
    assert_int_equal(run_child(begins, "end", "SWISS_PROFILE_RATE", "100000"), 7);
    assert_true(is_there("end") && !is_there("end.1"));
    (void)unlink(file("end"));
}

static volatile sig_atomic_t handled;

static void handle(int number) {
    handled = handled + (number == SIGUSR1);
}

static int is_signalled(void) {
    struct sigaction before = {.sa_handler = handle}, after;
    (void)sigaction(SIGUSR1, &before, NULL);
    if (!swiss_profile_from_environment())
        return 1;
    (void)raise(SIGUSR1);
    while (!is_there("signal.1.pb.gz")) /* the other thread looks */
        usleep(1000);
    (void)raise(SIGUSR1);
    while (!is_there("signal.2.pb.gz"))
        allocate_much();
    (void)sigaction(SIGUSR1, NULL, &after);
    return handled == 2 && (after.sa_flags & SA_RESTART) ? 7 : 2;
}

static void test_signal_and_its_old_handler(void **state) {
    (void)state;
    char number[10];
    snprintf(number, sizeof number, "%d", SIGUSR1);
    assert_int_equal(run_child(is_signalled, "signal.pb.gz", "SWISS_PROFILE_SIGNAL", number), 7);
    assert_true(is_there("signal.pb.gz"));
    (void)unlink(file("signal.pb.gz"));
    (void)unlink(file("signal.1.pb.gz"));
    (void)unlink(file("signal.2.pb.gz"));
}

static int keeps_errno(void) {
    if (!freopen("/dev/null", "w", stderr)) /* for the remark that the disk is full */
        return 3;
    setenv("SWISS_PROFILE_RATE", "1", 1);
    if (!swiss_profile_from_environment())
        return 1;
    for (int i = 0; i < 3000; ++i) {
        errno = 1234;
        void *block = swiss_heap_alloc(NULL, 1000);
        int after = errno;
        swiss_heap_free(NULL, block);
        if (after != 1234 || errno != 1234)
            return 2;
    }
    return 7;
}

static void test_errno_stays(void **state) {
    (void)state;
    assert_int_equal(run_child(keeps_errno, "/dev/full", "SWISS_PROFILE_EVERY", "100k"), 7);
    assert_int_equal(run_child(keeps_errno, "every", "SWISS_PROFILE_EVERY", "1000k"), 7);
    for (int i = 1; i <= 3; ++i) { /* 3,000,000 bytes and some more */
        char name[20];
        snprintf(name, sizeof name, "every.%d", i);
        assert_int_equal(is_there(name), i <= 2);
        (void)unlink(file(name));
    }
    assert_true(is_there("every"));
    (void)unlink(file("every"));
}

static int has_a_child(void) {
    if (!swiss_profile_from_environment())
        return 1;
    pid_t child = fork();
    if (!child) {
        allocate_much();
        exit(0);
    }
    int status;
    (void)waitpid(child, &status, 0);
    char name[40];
    snprintf(name, sizeof name, "forked.%ld", (long)child);
    bool there = is_there(name) && !is_there("forked");
    (void)unlink(file(name));
    return there ? 7 : 2;
}

static void test_files_of_a_child(void **state) {
    (void)state;
    assert_int_equal(run_child(has_a_child, "forked", NULL, NULL), 7);
    assert_true(is_there("forked"));
    (void)unlink(file("forked"));
}

int main(void) {
    assert_non_null(mkdtemp(folder));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_asked),           cmocka_unit_test(test_file_at_the_end),
        cmocka_unit_test(test_signal_and_its_old_handler), cmocka_unit_test(test_errno_stays),
        cmocka_unit_test(test_files_of_a_child),
    };
    int failed = RUN_TESTS(tests);
    return rmdir(folder) || failed; /* nothing is left in it */
}
