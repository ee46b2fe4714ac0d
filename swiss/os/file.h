/* file.h - files, for what the heap writes about itself: without stdio, which may allocate. */
#ifndef SWISS_OS_FILE_H
#define SWISS_OS_FILE_H

#include "swiss/base.h"

SWISS_BEGIN_HIDDEN

/* All functions leave errno as it is, and are no points at which a thread is cancelled. Where an int is returned and
 * nothing else is said, it is 0, or the error as errno has it. */

/* Open a file to read it; make one that is not there yet; open one to write it from its start, or make it. They return
 * the descriptor, or the error negated. A program that is started does not get the descriptor. */
int swiss_os_file_open(const char *path);
int swiss_os_file_make(const char *path);
int swiss_os_file_rewrite(const char *path);

/* Opens a file to read it, and to write behind its end; with `make` one that is not there yet. */
int swiss_os_file_open_end(const char *path, bool make);

/* Returns true if there is no file yet, or a plain one, which another can be renamed to; false for a device, a pipe, a
 * link. */
bool swiss_os_file_is_plain(const char *path);

/* Reads up to `size` bytes. Returns how many, 0 at the end; negative: the error negated. */
long swiss_os_file_read(int file, void *bytes, size_t size);

/* Writes all bytes. Waits where the file is a pipe that is full. A pipe that nobody reads (EPIPE) and a file that would
 * be larger than it may be (EFBIG) are errors, and send no signal. */
int swiss_os_file_write(int file, const void *bytes, size_t size);

int swiss_os_file_close(int file);
int swiss_os_file_rename(const char *from, const char *to);
void swiss_os_file_remove(const char *path);

/* A file as the system knows it, whatever its descriptor. */
typedef struct swiss_os_file_identity {
    uint64_t device, number;
    bool known;
} swiss_os_file_identity;

swiss_os_file_identity swiss_os_file_identify(int file);

/* Returns another descriptor of an open file, a high one, which programs that are started do not get. Negative: the
 * error negated. */
int swiss_os_file_duplicate(int file);

/* Returns the number of this process. */
unsigned long swiss_os_process(void);

/* Returns true if the program has more rights than the user who runs it: then the environment must not name files. */
bool swiss_os_is_trusted(void);

SWISS_END_HIDDEN

#endif
