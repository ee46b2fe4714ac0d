/* misuse.h - what becomes of misuse that was found: the handler, or text and the end of the program. */
#ifndef SWISS_HEAP_MISUSE_TEXT_H
#define SWISS_HEAP_MISUSE_TEXT_H

#include "harden_records.h"

/* A misuse of the block of `record`, or of none if NULL. The lock of the records is held; swiss_misuse_report comes
 * after it. */
swiss_heap_misuse swiss_misuse_of(swiss_heap_misuse_kind kind, const void *address, const swiss_harden_record *record);

/* Tells the handler that the program has set, or prints and aborts. With no lock. */
void swiss_misuse_report(swiss_heap_misuse *misuse);

/* Writes out what the program has printed, for a handler may abort. Not if another thread is just writing. */
void swiss_misuse_flush_output(void);

#endif
