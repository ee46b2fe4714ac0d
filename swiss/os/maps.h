/* maps.h - what is mapped in this process, as Linux tells it in /proc/self/maps. */
#ifndef SWISS_OS_MAPS_H
#define SWISS_OS_MAPS_H

#include "swiss/base.h"

SWISS_BEGIN_HIDDEN

typedef struct swiss_os_maps {
    char *text; /* with a 0 at its end; empty on other systems */
    size_t length, size;
} swiss_os_maps;

/* A line of it. */
typedef struct swiss_os_mapping {
    uintptr_t start, end;
    uint64_t offset;  /* in the file */
    const char *name; /* in the text: of the file, or what it is ("[stack]"); not terminated */
    size_t name_length;
    bool readable, writable, executable, shared;
} swiss_os_mapping;

/* Reads the text. Returns false when out of memory. */
bool swiss_os_maps_read(swiss_os_maps *maps);
void swiss_os_maps_end(swiss_os_maps *maps);

/* Reads the line at *at, and moves on to the next. Returns false at the end. */
bool swiss_os_maps_next(const char **at, swiss_os_mapping *line);

/* Returns true if the two are of one file. */
bool swiss_os_maps_same_file(const swiss_os_mapping *a, const swiss_os_mapping *b);

SWISS_END_HIDDEN

#endif
