/* json.h - the work of tests/examples/batch.c: orders in JSON are parsed, added up and dropped. */
#ifndef BENCH_JSON_H
#define BENCH_JSON_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Returns a text of 20,000 orders, which are other ones for each seed. NULL: out of memory. */
char *json_text(unsigned seed);

/* Returns what was paid in two of the towns: by the example as it is, with the memory of its arena kept for the next
 * text; and with each value and each string a block of malloc's, freed by itself. A negative number: it failed. */
double json_by_arena(const char *text);
double json_by_malloc(const char *text);

#ifdef __cplusplus
}
#endif

#endif
