#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
typedef struct { int x, y; } point;
#define SWISS_NAME words
#define SWISS_KEY const char *
#define SWISS_VALUE int
#include <swiss/map.h>
#define SWISS_NAME numbers
#define SWISS_KEY int
#include <swiss/set.h>
#define SWISS_NAME points
#define SWISS_KEY point
#define SWISS_HASH(p, s) ((uint64_t)(p)->x + (s))
#define SWISS_EQUAL(a, b) ((a)->x == (b)->x)
#include <swiss/set.h>
static bool keep(words_entry *e) { return e->value; }
void f(words *m) { words_retain(m, keep, NULL); }
