/* The end of a file as memory: what is written there is in the file, without a descriptor. */
#if !defined(_GNU_SOURCE)
#    define _GNU_SOURCE /* mkdtemp */
#endif
#include "tests/support.h"
#include "swiss/os/os.h"
#include "swiss/os/window.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE ((size_t)128 << 10)

static char folder[] = "window-XXXXXX";
static char path[100];

static int make_folder(void **state) {
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(path, sizeof path, "%s/file", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    return unlink(path) || rmdir(folder);
}

static char byte_at(off_t place) {
    char byte = 'x';
    int file = open(path, O_RDONLY);
    assert_int_equal(pread(file, &byte, 1, place), 1);
    close(file);
    return byte;
}

static off_t length(void) {
    struct stat found;
    return stat(path, &found) ? -1 : found.st_size;
}

static void test_windows_follow_each_other(void **state) {
    (void)state;
    int error = 1, next = dup(2);
    errno = 77;
    char *first = swiss_os_window_open(path, 0, SIZE, &error);
    assert_non_null(first);
    assert_int_equal(errno, 77);
    assert_int_equal(length(), SIZE);
    first[0] = 'a';
    first[SIZE - 1] = 'b';
    assert_int_equal(byte_at(0), 'a'); /* at once */
    assert_int_equal(byte_at(SIZE - 1), 'b');
    assert_int_equal(byte_at(1), 0);
    char *second = swiss_os_window_open(path, SIZE, SIZE, &error);
    assert_non_null(second);
    second[7] = 'c';
    swiss_os_window_close(first, SIZE);
    swiss_os_window_close(second, SIZE);
    assert_int_equal(length(), 2 * SIZE);
    assert_int_equal(byte_at(SIZE + 7), 'c');
    int after = dup(2); /* no descriptor was left open */
    assert_int_equal(after, next + 1);
    close(next);
    close(after);
}

static void test_a_file_that_is_there_is_not_taken(void **state) {
    (void)state;
    int error = 0;
    errno = 77;
    assert_null(swiss_os_window_open(path, 0, SIZE, &error));
    assert_int_equal(error, EEXIST);
    assert_null(swiss_os_window_open("/nowhere/at/all", 0, SIZE, &error));
    assert_int_equal(error, ENOENT);
    assert_null(swiss_os_window_open("/nowhere/at/all", SIZE, SIZE, &error));
    assert_int_equal(error, ENOENT);
    assert_int_equal(errno, 77);
    assert_int_equal(length(), 2 * SIZE);
}

/* A file that may not grow is an error, and sends no signal. */
static void test_a_file_may_not_grow(void **state) {
    (void)state;
    struct rlimit before, small;
    int error = 0;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 2 * SIZE + 4096;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    char *window = swiss_os_window_open(path, 2 * SIZE, SIZE, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_null(window);
    assert_int_equal(error, EFBIG);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_windows_follow_each_other),
        cmocka_unit_test(test_a_file_that_is_there_is_not_taken),
        cmocka_unit_test(test_a_file_may_not_grow),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
