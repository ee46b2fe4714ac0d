/* contender.c - which malloc is preloaded, and how it gives memory back. */
#ifndef _GNU_SOURCE
#    define _GNU_SOURCE
#endif
#include "worker.h"
#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>

/* The functions of the rivals' own, found by name in whatever is loaded. Each has its library's documented type. */
typedef int mi_version_type(void);
typedef void mi_collect_type(bool force);
typedef int mallctl_type(const char *name, void *old, size_t *old_size, void *new, size_t new_size);
typedef const char *tc_version_type(int *major, int *minor, const char **patch);
typedef void release_free_memory_type(void);

/* ISO C has no cast from dlsym's result to a function; POSIX promises that this works. */
#define FIND(type, variable, name)                                                                                     \
    type *variable;                                                                                                    \
    *(void **)&variable = dlsym(RTLD_DEFAULT, name)

void print_identity(void) {
    Dl_info info;
    if (!dladdr(dlsym(RTLD_DEFAULT, "malloc"), &info))
        fail("malloc is nobody's");
    FIND(mi_version_type, mi_version, "mi_version");
    FIND(mallctl_type, mallctl, "mallctl");
    FIND(tc_version_type, tc_version, "tc_version");
    const char *version = "";
    size_t length = sizeof version;
    if (mi_version)
        printf("%s\nmimalloc %d\n", info.dli_fname, mi_version());
    else if (mallctl && mallctl("version", (void *)&version, &length, NULL, 0) == 0)
        printf("%s\njemalloc %s\n", info.dli_fname, version);
    else if (tc_version)
        printf("%s\n%s\n", info.dli_fname, tc_version(NULL, NULL, &version));
    else
        printf("%s\nglibc %s\n", info.dli_fname, gnu_get_libc_version());
}

#define EVERY_ARENA "arena.4096.purge" /* MALLCTL_ARENAS_ALL */

void trim(void) {
    FIND(mi_collect_type, mi_collect, "mi_collect");
    FIND(mallctl_type, mallctl, "mallctl");
    FIND(release_free_memory_type, release_free_memory, "MallocExtension_ReleaseFreeMemory");
    if (mi_collect) {
        mi_collect(true);
    } else if (mallctl) {
        (void)mallctl("thread.tcache.flush", NULL, NULL, NULL, 0);
        if (mallctl(EVERY_ARENA, NULL, NULL, NULL, 0) != 0)
            fail("jemalloc does not purge");
    } else if (release_free_memory) {
        release_free_memory();
    } else {
        malloc_trim(0);
    }
}
