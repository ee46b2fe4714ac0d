/* string.h - all that swiss uses of it, for a machine that has no headers of a C library. */
#ifndef SWISS_TESTS_STRING_H
#define SWISS_TESTS_STRING_H

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *string);
int strcmp(const char *a, const char *b);

#endif
