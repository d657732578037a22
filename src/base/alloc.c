#include "base/alloc.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifdef TLSWIRE_HAS_MIMALLOC
#include <mimalloc.h>

enum { HEAP_BYTES = 256 << 20, SEGMENT_BYTES = 64 << 20 };

/* Flows come and go all over the heap: with large pages the processor looks up fewer addresses. The
 * room is only reserved here; what is never used costs nothing. */
void alloc_tune(void)
{
    void *room = mmap(NULL, HEAP_BYTES + SEGMENT_BYTES, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED)
        return;
    size_t skip = SEGMENT_BYTES - (uintptr_t)room % SEGMENT_BYTES;
    char *heap = (char *)room + skip;
    (void)madvise(heap, HEAP_BYTES, MADV_HUGEPAGE);
    (void)mi_manage_os_memory(heap, HEAP_BYTES, true, false, true, -1);
}
#else
void alloc_tune(void) {}
#endif

static void *alloc_check(void *p)
{
    if (p == NULL) {
        (void)fputs("tlswire: out of memory\n", stderr);
        abort();
    }
    return p;
}

void *xcalloc(size_t n, size_t size)
{
    return alloc_check(calloc(n > 0 ? n : 1, size > 0 ? size : 1));
}

void *xrealloc(void *p, size_t n, size_t size)
{
    if (n == 0 || size == 0)
        n = size = 1;
    return alloc_check(reallocarray(p, n, size));
}

char *xstrdup(const char *text)
{
    return (char *)alloc_check(strdup(text));
}

void xfree(void *p)
{
    free(p);
}
