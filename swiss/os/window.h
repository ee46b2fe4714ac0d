/* window.h - the end of a file as memory: what is written there is in the file at once, also if the process is killed
 * the next moment, and needs no descriptor that a program could close. */
#ifndef SWISS_OS_WINDOW_H
#define SWISS_OS_WINDOW_H

#include "swiss/base.h"

SWISS_BEGIN_HIDDEN

/* Appends `size` zero bytes, whole system pages, to the file, which is `offset` bytes long, and maps them; if `offset`
 * is 0, the file is made, and there must be none. All bytes have their place on the disk: to write them cannot fail.
 * Returns NULL and sets *error, as errno has it, if the system refuses. Leaves errno as it is. */
void *swiss_os_window_open(const char *path, uint64_t offset, size_t size, int *error);

/* Ends a window. The file keeps what is in it. */
void swiss_os_window_close(void *window, size_t size);

SWISS_END_HIDDEN

#endif
