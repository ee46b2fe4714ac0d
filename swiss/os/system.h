/* system.h - what the files of this folder share with each other, and with no others. */
#ifndef SWISS_OS_SYSTEM_H
#define SWISS_OS_SYSTEM_H

#include "watch.h"

SWISS_BEGIN_HIDDEN

/* Returns true if a test wants the call to be refused (swiss_os_refuse). */
bool swiss_os_refused(void);

/* Returns true if the system has huge pages of SWISS_OS_HUGE_PAGE bytes. */
bool swiss_os_has_huge_pages(void);

/* Copies `text` to `value`, of `size` bytes. Returns false if it does not fit. */
bool swiss_os_copy_value(const char *text, char *value, size_t size);

/* Lets another thread have this processor. */
void swiss_os_yield(void);

#ifndef _WIN32

/* posix.c: map, unmap and protect memory. They leave errno as it is, because a call that succeeds in the end must not
 * change it. NULL, or false, if the system refuses. */
void *swiss_system_map(void *address, size_t size, int protection, int flags);
bool swiss_system_unmap(void *address, size_t size);
bool swiss_system_protect(void *address, size_t size, int protection);

/* Maps at `address`. Returns false if the system refuses, or if the address is in use: then nothing has changed. */
bool swiss_system_map_at(char *address, size_t size, int protection, int flags);

/* linux.c: does the same as swiss_os_environment, before the C library has an environment. */
bool swiss_system_early_environment(const char *name, char *value, size_t size);

#endif

#ifdef __linux__

/* system.c: calls the kernel, and returns its result. -4095 to -1 is an error, errno negated. */
long swiss_system_call(long number, long a, long b, long c, long d, long e, long f);

#endif

/* On Linux the kernel is called without the C library (system.c says why). Not under sanitizers, which must see what is
 * mapped, and not on s390, whose mmap takes its arguments in another way. */
#if defined(__linux__) && !defined(SWISS_WATCHED_MEMORY) && !defined(__s390__)
#    define SWISS_SYSTEM_RANGE(name, address, size, how)                                                               \
        swiss_system_call(SYS_##name, (long)(uintptr_t)(address), (long)(size), how, 0, 0, 0)
#else
#    define SWISS_SYSTEM_LIBC
#    define SWISS_SYSTEM_RANGE(name, address, size, how) swiss_system_error(errno, name(address, size, how) != 0)
/* Returns 0, or the error that a call has set, negated, and sets errno to `before`. */
int swiss_system_error(int before, bool failed);
#endif

SWISS_END_HIDDEN

#endif
