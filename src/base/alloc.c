#include "base/alloc.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void alloc_tune(void)
{
    (void)mallopt(M_TRIM_THRESHOLD, 256 << 20);
    (void)mallopt(M_TOP_PAD, 1 << 20);
    (void)mallopt(M_MMAP_THRESHOLD, 4 << 20);
}

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
