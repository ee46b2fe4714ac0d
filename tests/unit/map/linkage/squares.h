/* A map that one source file defines and others use. */
#ifndef SQUARES_H
#define SQUARES_H

#include <stdint.h>

#define SWISS_NAME squares
#define SWISS_KEY uint32_t
#define SWISS_VALUE uint64_t
#define SWISS_DECLARE
#include <swiss/map.h>

/* A set whose parameters only the defining file has to know all of. */
#define SWISS_NAME names
#define SWISS_KEY char *
#define SWISS_DECLARE
#include <swiss/set.h>

/* Fills *map with the numbers below `size` and their squares. False when out of memory. */
bool squares_fill(squares *map, uint32_t size);

#endif
