/* ranks.h - the order in which the locks of the heap are taken. The table in README.md says what each is for. */
#ifndef SWISS_HEAP_RANKS_H
#define SWISS_HEAP_RANKS_H

/* A thread takes a lock only while it holds none of a higher rank, and none of the same rank unless that is odd: of an
 * odd rank it may hold several, in an order of their own. Builds with assertions check this (os/lock.h). */
enum {
    SWISS_RANK_HARDEN = 0,     /* the records of hardening */
    SWISS_RANK_WORKER = 2,     /* start and stop of the thread that scavenges */
    SWISS_RANK_REGISTRY = 4,   /* the lists of caches and of heaps */
    SWISS_RANK_CENTRAL = 7,    /* several: heap by heap, class by class */
    SWISS_RANK_SPAN_CACHE = 9, /* several: from the newest on */
    SWISS_RANK_PAGES = 10,     /* a page heap */
    SWISS_RANK_RECORD = 11,    /* the record of a process (override/events.c) */
    SWISS_RANK_SAMPLES = 12    /* the samples of a profile */
};

#endif
