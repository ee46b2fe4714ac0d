/* validate.h - validators of pages, of the pages in a page cache, and of spans: what must hold is looked at
 * in builds with SWISS_VALIDATE. Explained at the top of validate.c. */
#ifndef SWISS_HEAP_VALIDATE_H
#define SWISS_HEAP_VALIDATE_H

#include "pagecache.h"
#include "span.h"

SWISS_BEGIN_HIDDEN

#ifdef SWISS_VALIDATE

/* Each of these returns NULL if all holds, else a sentence that says what does not. The caller sees to it that no one
 * changes what they read. */

/* The tree of longest runs, but what its lowest level says. O(room of the tree). */
const char *swiss_longest_validate(const swiss_longest *tree);

/* A page heap: the tree, bitmaps, summaries and counters. O(segments). */
const char *swiss_pages_validate(const swiss_pages *pages);

/* The pages in a page cache, whose lock and the lock of the page heap are held. O(1). */
const char *swiss_page_cache_validate(const swiss_page_cache *cache);

/* What stays as it is while a span lives, whoever uses it: its size, its place, and that its pages lead to it.
 * O(pages).
 */
const char *swiss_record_validate(const swiss_span *span);

/* All of a span. The caller is its owner. O(slots). */
const char *swiss_span_validate(const swiss_span *span);

/* True now and then: more seldom the more segments there are. With the lock of the page heap. */
bool swiss_validate_is_due(const swiss_pages *pages);

#    define SWISS_VALIDATE_SPAN(span) SWISS_ASSERT(swiss_span_validate(span) == NULL)
#    define SWISS_VALIDATE_PAGE_CACHE(cache) SWISS_ASSERT(swiss_page_cache_validate(cache) == NULL)
#    define SWISS_VALIDATE_PAGES(pages)                                                                                \
        SWISS_ASSERT(!swiss_validate_is_due(pages) || swiss_pages_validate(pages) == NULL)

#else

#    define SWISS_VALIDATE_SPAN(span) ((void)0)
#    define SWISS_VALIDATE_PAGE_CACHE(cache) ((void)0)
#    define SWISS_VALIDATE_PAGES(pages) ((void)0)

#endif

SWISS_END_HIDDEN

#endif
