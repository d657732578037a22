#ifndef TLSWIRE_BASE_ALLOC_H
#define TLSWIRE_BASE_ALLOC_H

#include <stddef.h>

/* Allocation that aborts when memory is out. Safe because whatever the wire can make grow is
 * capped. */

/* alloc_tune tells the allocator not to give memory back between bursts; called once at the start.
 */
void alloc_tune(void);
/* xcalloc gives n zeroed elements of size bytes; the caller frees with xfree. */
void *xcalloc(size_t n, size_t size);
/* xrealloc resizes p to n elements of size bytes; new bytes are not cleared. */
void *xrealloc(void *p, size_t n, size_t size);
/* xstrdup copies text; the caller frees with xfree. */
char *xstrdup(const char *text);
/* xfree frees what the functions above gave; NULL is fine. */
void xfree(void *p);

#endif
