/* ranks.h - the order in which the locks of the heap are taken. The table in README.md says what each is for. */
#ifndef SWISS_HEAP_RANKS_H
#define SWISS_HEAP_RANKS_H

/* A thread takes a lock only while it holds none of a higher rank, nor one of the same, unless that is odd: of these
 * several may be held, in an order of their own. Builds with assertions check it (os/lock.h). */
enum {
    SWISS_RANK_HARDEN = 0,     /* what hardening knows */
    SWISS_RANK_WORKER = 2,     /* the thread that scavenges begins or ends */
    SWISS_RANK_REGISTRY = 4,   /* the lists of caches and of heaps */
    SWISS_RANK_CENTRAL = 7,    /* of all: heap by heap, class by class */
    SWISS_RANK_SPAN_CACHE = 9, /* of all: from the newest on */
    SWISS_RANK_PAGES = 10      /* a page heap */
};

#endif
