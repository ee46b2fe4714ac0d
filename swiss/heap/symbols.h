/* symbols.h - the names and lines of addresses in code. Explained at the top of symbols.c. */
#ifndef SWISS_HEAP_SYMBOLS_H
#define SWISS_HEAP_SYMBOLS_H

#include "../os/maps.h"

SWISS_BEGIN_HIDDEN

typedef struct swiss_symbols {
    swiss_os_maps maps;
    char *memory; /* the three below */
    size_t memory_size;
    uintptr_t *places; /* the addresses, less 1: in the calls; sorted */
    uint32_t *names;   /* of each, where its lines in the text begin, plus 1; 0: it has none */
    char *text;        /* "FUNCTION\nFILE:LINE\n", and the same for each function that it was inlined into, "\n" */
    size_t place_count, text_length, text_size;
} swiss_symbols;

/* Finds all that can be told of `count` return addresses. Runs another program, if there is one. Returns false when out
 * of memory. */
bool swiss_symbols_find(swiss_symbols *symbols, const void *const *addresses, size_t count);
void swiss_symbols_end(swiss_symbols *symbols);

/* What is known of an address. Strings that are not known are empty. */
typedef struct swiss_symbol {
    const char *file; /* the program or library, not terminated, */
    size_t file_length;
    uintptr_t in_file; /* and the address in it, as addr2line takes it */
    const char *lines; /* in swiss_symbols.text */
    const char *name;  /* that of a function that the loader knows, */
    size_t offset;     /* and how far it is behind its start */
} swiss_symbol;

swiss_symbol swiss_symbols_get(const swiss_symbols *symbols, const void *address);

SWISS_END_HIDDEN

#endif
