/* A library to be preloaded in front of malloc's: it wraps the system calls that an allocator may want, and allocates
 * in each, as libraries do that rewrite paths or keep a log. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The function of that name behind this library. Allocates on the way. */
static void *next(const char *name) {
    char *copy = strdup(name);
    void *found = dlsym(RTLD_NEXT, copy);
    free(copy);
    return found;
}

#define CALL_NEXT(result, name, parameters, ...) ((result(*) parameters)next(#name))(__VA_ARGS__)

#define WRAP_OPEN(name)                                                                                                \
    int name(const char *path, int flags, ...) {                                                                       \
        va_list list;                                                                                                  \
        va_start(list, flags);                                                                                         \
        int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, int) : 0;                                              \
        va_end(list);                                                                                                  \
        return CALL_NEXT(int, name, (const char *, int, ...), path, flags, mode);                                      \
    }
WRAP_OPEN(open)
WRAP_OPEN(open64)

int openat(int directory, const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, int) : 0;
    va_end(list);
    return CALL_NEXT(int, openat, (int, const char *, int, ...), directory, path, flags, mode);
}

int close(int file) {
    return CALL_NEXT(int, close, (int), file);
}

ssize_t read(int file, void *to, size_t size) {
    return CALL_NEXT(ssize_t, read, (int, void *, size_t), file, to, size);
}

void *mmap(void *address, size_t size, int protection, int flags, int file, off_t offset) {
    return CALL_NEXT(void *, mmap, (void *, size_t, int, int, int, off_t), address, size, protection, flags, file,
                     offset);
}

void *mmap64(void *address, size_t size, int protection, int flags, int file, off64_t offset) {
    return CALL_NEXT(void *, mmap64, (void *, size_t, int, int, int, off64_t), address, size, protection, flags, file,
                     offset);
}

int munmap(void *address, size_t size) {
    return CALL_NEXT(int, munmap, (void *, size_t), address, size);
}

int mprotect(void *address, size_t size, int protection) {
    return CALL_NEXT(int, mprotect, (void *, size_t, int), address, size, protection);
}

int madvise(void *address, size_t size, int advice) {
    return CALL_NEXT(int, madvise, (void *, size_t, int), address, size, advice);
}

void *mremap(void *address, size_t size, size_t new_size, int flags, ...) {
    va_list list;
    va_start(list, flags);
    void *to = flags & MREMAP_FIXED ? va_arg(list, void *) : NULL;
    va_end(list);
    return CALL_NEXT(void *, mremap, (void *, size_t, size_t, int, ...), address, size, new_size, flags, to);
}

long syscall(long number, ...) {
    long argument[6];
    va_list list;
    va_start(list, number);
    for (int i = 0; i < 6; ++i)
        argument[i] = va_arg(list, long);
    va_end(list);
    return CALL_NEXT(long, syscall, (long, ...), number, argument[0], argument[1], argument[2], argument[3],
                     argument[4], argument[5]);
}
