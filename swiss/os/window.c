/* window.c - the end of a file as memory. The rules of file.c are kept here, too. */
#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#    define _GNU_SOURCE /* O_CLOEXEC, ftruncate */
#endif
#include "window.h"
#include "file.h"
#include "os.h"
#include "system.h"
#include <errno.h>

#ifdef _WIN32

void *swiss_os_window_open(const char *path, uint64_t offset, size_t size, int *error) {
    (void)path, (void)offset, (void)size;
    *error = ENOSYS;
    return NULL;
}

void swiss_os_window_close(void *window, size_t size) {
    (void)window, (void)size;
}

#else

#    include <fcntl.h>
#    include <sys/mman.h>

/* Writes zeros to the end of an open file, and maps them. */
static void *append_window(int file, uint64_t offset, size_t size, int *error) {
    static char zeros[64 << 10]; /* never written: it takes no memory */
    *error = 0;
    for (size_t done = 0; done < size && !*error; done += sizeof zeros)
        *error = swiss_os_file_write(file, zeros, size - done < sizeof zeros ? size - done : sizeof zeros);
    if (*error)
        return NULL;
    void *window = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, (off_t)offset);
    if (window != MAP_FAILED)
        return window;
    *error = errno;
    return NULL;
}

void *swiss_os_window_open(const char *path, uint64_t offset, size_t size, int *error) {
    int before = errno, file = swiss_os_file_open_end(path, !offset);
    void *window = NULL;
    if (file < 0)
        *error = -file;
    else
        window = append_window(file, offset, size, error);
    if (file >= 0)
        (void)swiss_os_file_close(file);
    errno = before;
    return window;
}

void swiss_os_window_close(void *window, size_t size) {
    (void)swiss_system_unmap(window, size);
}

#endif
