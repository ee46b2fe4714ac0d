/* profile_write.h - writes a heap profile as pprof reads it. Explained at the top of profile_write.c. */
#ifndef SWISS_HEAP_PROFILE_WRITE_H
#define SWISS_HEAP_PROFILE_WRITE_H

#include "swiss/profile.h"

SWISS_BEGIN_HIDDEN

/* Where the sites come from: walk is swiss_profile_walk, or a test's. It is called at least twice, and there may be
 * more sites then. `period`: the bytes from one sample to the next, on average. */
typedef struct swiss_write_source {
    void (*walk)(void (*visit)(void *argument, const swiss_profile_site *site), void *argument);
    uint64_t period;
} swiss_write_source;

/* Writes a profile to an open file, as text, or gzipped as pprof's own form. Returns 0, or an error as errno has it. */
int swiss_write_profile(int file, bool protobuf, const swiss_write_source *source);

/* Writes a file so that it is there as a whole or not at all: under another name in the same folder, and then renamed.
 * What is not a plain file (a device, a pipe, a link) is written as it is. Returns 0, or the error; then a file of that
 * name is as it was before. */
int swiss_write_profile_file(const char *path, bool protobuf, const swiss_write_source *source);

SWISS_END_HIDDEN

#endif
