/* file.c - files, for what the heap writes about itself.
 *
 * On Linux the kernel is called without the C library, whose functions may be those of a library in front of it, end a
 * cancelled thread, and change errno (system.c says more). The calls here are made while no lock of the heap is held.
 */
#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#    define _GNU_SOURCE /* O_CLOEXEC, sigtimedwait */
#endif
#include "file.h"
#include "system.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#ifdef _WIN32

#    include "os.h"
#    include <io.h>
#    include <process.h>

static int open_with_flags(const char *path, int flags) {
    int error = errno, file = _open(path, flags | _O_BINARY | _O_NOINHERIT, _S_IREAD | _S_IWRITE);
    int result = file < 0 ? -errno : file;
    errno = error;
    return result;
}

int swiss_os_file_open(const char *path) {
    return open_with_flags(path, _O_RDONLY);
}

int swiss_os_file_make(const char *path) {
    return open_with_flags(path, _O_WRONLY | _O_CREAT | _O_EXCL);
}

int swiss_os_file_rewrite(const char *path) {
    return open_with_flags(path, _O_WRONLY | _O_CREAT | _O_TRUNC);
}

int swiss_os_file_open_end(const char *path, bool make) {
    return open_with_flags(path, _O_RDWR | _O_APPEND | (make ? _O_CREAT | _O_EXCL : 0));
}

bool swiss_os_file_is_plain(const char *path) {
    DWORD attributes = GetFileAttributesA(path);
    return attributes == INVALID_FILE_ATTRIBUTES ||
           !(attributes & (FILE_ATTRIBUTE_DEVICE | FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT));
}

long swiss_os_file_read(int file, void *bytes, size_t size) {
    int error = errno, length = _read(file, bytes, size < INT_MAX ? (unsigned)size : INT_MAX);
    long result = length < 0 ? -errno : length;
    errno = error;
    return result;
}

int swiss_os_file_write(int file, const void *bytes, size_t size) {
    int error = errno, result = 0;
    for (const char *at = bytes; size && !result;) {
        int length = _write(file, at, size < INT_MAX ? (unsigned)size : INT_MAX);
        result = length < 0 ? errno : length ? 0 : ENOSPC;
        at += length > 0 ? length : 0;
        size -= length > 0 ? (size_t)length : 0;
    }
    errno = error;
    return result;
}

int swiss_os_file_close(int file) {
    int error = errno, result = _close(file) ? errno : 0;
    errno = error;
    return result;
}

int swiss_os_file_rename(const char *from, const char *to) {
    return MoveFileExA(from, to, MOVEFILE_REPLACE_EXISTING) ? 0 : EACCES;
}

void swiss_os_file_remove(const char *path) {
    (void)DeleteFileA(path);
}

swiss_os_file_identity swiss_os_file_identify(int file) {
    (void)file;
    return (swiss_os_file_identity){0, 0, false};
}

int swiss_os_file_duplicate(int file) {
    (void)file;
    return -ENOSYS;
}

unsigned long swiss_os_process(void) {
    return (unsigned long)_getpid();
}

bool swiss_os_is_trusted(void) {
    return false;
}

#else

#    include <poll.h>
#    include <signal.h>
#    include <stdlib.h>
#    include <time.h>
#    include <unistd.h>
#    ifndef O_CLOEXEC
#        error "swiss: a header of the system came before swiss could define _GNU_SOURCE: compile with -D_GNU_SOURCE"
#    endif
#    ifdef __linux__
#        include <sys/auxv.h>
#        include <sys/syscall.h>
#    endif

#    ifdef __linux__

static long call_for_file(long number, long a, long b, long c, long d) {
    return swiss_system_call(number, a, b, c, d, 0, 0);
}

static int open_with_flags(const char *path, int flags) {
#        ifdef O_LARGEFILE
    flags |= O_LARGEFILE;
#        endif
    return (int)call_for_file(SYS_openat, AT_FDCWD, (long)(uintptr_t)path, flags | O_CLOEXEC | O_NOCTTY, 0666);
}

long swiss_os_file_read(int file, void *bytes, size_t size) {
    long length;
    do
        length = call_for_file(SYS_read, file, (long)(uintptr_t)bytes, (long)size, 0);
    while (length == -EINTR);
    return length;
}

static long write_some(int file, const void *bytes, size_t size) {
    return call_for_file(SYS_write, file, (long)(uintptr_t)bytes, (long)size, 0);
}

int swiss_os_file_close(int file) {
    return (int)-call_for_file(SYS_close, file, 0, 0, 0);
}

int swiss_os_file_rename(const char *from, const char *to) {
#        ifdef SYS_renameat
    return (int)-call_for_file(SYS_renameat, AT_FDCWD, (long)(uintptr_t)from, AT_FDCWD, (long)(uintptr_t)to);
#        else
    return (int)-call_for_file(SYS_renameat2, AT_FDCWD, (long)(uintptr_t)from, AT_FDCWD, (long)(uintptr_t)to);
#        endif
}

void swiss_os_file_remove(const char *path) {
    (void)call_for_file(SYS_unlinkat, AT_FDCWD, (long)(uintptr_t)path, 0, 0);
}

unsigned long swiss_os_process(void) {
    return (unsigned long)call_for_file(SYS_getpid, 0, 0, 0, 0);
}

bool swiss_os_is_trusted(void) {
    return getauxval(AT_SECURE) != 0;
}

#    else

static int or_file_error(int before, long result) {
    int error = errno;
    errno = before;
    return result < 0 ? -error : (int)result;
}

static int open_with_flags(const char *path, int flags) {
    return or_file_error(errno, open(path, flags | O_CLOEXEC | O_NOCTTY, 0666));
}

long swiss_os_file_read(int file, void *bytes, size_t size) {
    return or_file_error(errno, read(file, bytes, size < INT_MAX ? size : INT_MAX));
}

static long write_some(int file, const void *bytes, size_t size) {
    return or_file_error(errno, write(file, bytes, size < INT_MAX ? size : INT_MAX));
}

int swiss_os_file_close(int file) {
    return -or_file_error(errno, close(file));
}

int swiss_os_file_rename(const char *from, const char *to) {
    return -or_file_error(errno, rename(from, to));
}

void swiss_os_file_remove(const char *path) {
    (void)or_file_error(errno, unlink(path));
}

unsigned long swiss_os_process(void) {
    return (unsigned long)getpid();
}

bool swiss_os_is_trusted(void) {
    return getuid() != geteuid() || getgid() != getegid();
}

#    endif

int swiss_os_file_open(const char *path) {
    return open_with_flags(path, O_RDONLY);
}

int swiss_os_file_make(const char *path) {
    return open_with_flags(path, O_WRONLY | O_CREAT | O_EXCL);
}

int swiss_os_file_rewrite(const char *path) {
    return open_with_flags(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK); /* a pipe without a reader: ENXIO */
}

int swiss_os_file_open_end(const char *path, bool make) {
    return open_with_flags(path, O_RDWR | O_APPEND | (make ? O_CREAT | O_EXCL : 0));
}

bool swiss_os_file_is_plain(const char *path) {
    struct stat found;
    int error = errno;
    bool plain = lstat(path, &found) == 0 ? S_ISREG(found.st_mode) : errno == ENOENT;
    errno = error;
    return plain;
}

/* Waits until the file takes more. */
static void wait_for_room(int file) {
    struct pollfd wait = {file, POLLOUT, 0};
#    if defined(__linux__) && defined(SYS_ppoll)
    (void)call_for_file(SYS_ppoll, (long)(uintptr_t)&wait, 1, 0, 0);
#    else
    int error = errno;
    (void)poll(&wait, 1, -1);
    errno = error;
#    endif
}

/* Takes back the signal that a write has sent to this thread, which blocks it. */
static void take_back_signal(int number) {
    sigset_t sent;
    (void)sigemptyset(&sent);
    (void)sigaddset(&sent, number);
#    if defined(__APPLE__)
    (void)sigwait(&sent, &number);
#    elif defined(SYS_rt_sigtimedwait) /* not by the C library, where it ends a cancelled thread */
    const long at_once[2] = {0, 0};
    (void)swiss_system_call(SYS_rt_sigtimedwait, (long)(uintptr_t)&sent, 0, (long)(uintptr_t)at_once, _NSIG / 8, 0, 0);
#    else
    static const struct timespec at_once;
    (void)sigtimedwait(&sent, NULL, &at_once);
#    endif
}

/* Writes. A pipe without a reader and a file beyond the limit on its size send a signal, which would end the program:
 * it is blocked meanwhile. */
int swiss_os_file_write(int file, const void *bytes, size_t size) {
    int error = errno, result = 0;
    sigset_t sent, before, pending;
    (void)sigemptyset(&sent);
    (void)sigaddset(&sent, SIGPIPE);
    (void)sigaddset(&sent, SIGXFSZ);
    (void)pthread_sigmask(SIG_BLOCK, &sent, &before);
    (void)sigemptyset(&pending);
    (void)sigpending(&pending);
    for (const char *at = bytes; size && !result;) {
        long length = write_some(file, at, size);
        if (length == -EAGAIN)
            wait_for_room(file);
        else if (length <= 0 && length != -EINTR)
            result = length ? (int)-length : ENOSPC;
        at += length > 0 ? length : 0;
        size -= length > 0 ? (size_t)length : 0;
    }
    if ((result == EPIPE && !sigismember(&pending, SIGPIPE)) || (result == EFBIG && !sigismember(&pending, SIGXFSZ)))
        take_back_signal(result == EPIPE ? SIGPIPE : SIGXFSZ);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return result;
}

swiss_os_file_identity swiss_os_file_identify(int file) {
    struct stat found;
    int error = errno;
    bool known = fstat(file, &found) == 0;
    errno = error;
    return known ? (swiss_os_file_identity){(uint64_t)found.st_dev, (uint64_t)found.st_ino, true}
                 : (swiss_os_file_identity){0, 0, false};
}

int swiss_os_file_duplicate(int file) {
    int error = errno, result = -1;
    for (int from = 200; result < 0 && from > 2; from = from > 10 ? 10 : from > 3 ? 3 : 0)
        result = fcntl(file, F_DUPFD_CLOEXEC, from);
    result = result < 0 ? -errno : result;
    errno = error;
    return result;
}

#endif
