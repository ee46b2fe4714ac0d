/* misuse.h - reports misuse that was found: to the program's handler, or as text, and then ends the program. */
#ifndef SWISS_HEAP_MISUSE_TEXT_H
#define SWISS_HEAP_MISUSE_TEXT_H

#include "harden_records.h"

SWISS_BEGIN_HIDDEN

/* Returns a misuse of the block of `record`, or of no block if NULL. The caller holds the lock of the records, but not
 * when it calls swiss_misuse_report. */
swiss_heap_misuse swiss_misuse_of(swiss_heap_misuse_kind kind, const void *address, const swiss_harden_record *record);

/* Calls the program's handler, or prints and aborts. Without a lock. */
void swiss_misuse_report(swiss_heap_misuse *misuse);

/* Flushes stdout, because a handler may abort. Does nothing if another thread is writing. */
void swiss_misuse_flush_output(void);

SWISS_END_HIDDEN

#endif
