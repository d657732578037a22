#include "base/slab.h"

#include <string.h>
#include <threads.h>

#include "base/alloc.h"

#if defined __SANITIZE_ADDRESS__
#define SLAB_IS_PLAIN 1
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define SLAB_IS_PLAIN 1
#endif
#endif
#ifndef SLAB_IS_PLAIN
#define SLAB_IS_PLAIN 0
#endif

enum { CLASS_BYTES = 64, CLASSES = SLAB_MOST / CLASS_BYTES, KEPT = 4096 };

struct free_object {
    struct free_object *next;
};

struct slabs {
    struct free_object *first[CLASSES];
    size_t n[CLASSES];
};

static thread_local struct slabs *slabs;
static tss_t slabs_key;
static once_flag slabs_once = ONCE_FLAG_INIT;

static void slabs_free(void *p)
{
    struct slabs *s = p;
    for (size_t i = 0; i < CLASSES; i++)
        for (struct free_object *o = s->first[i], *next; o != NULL; o = next) {
            next = o->next;
            xfree(o);
        }
    xfree(s);
    slabs = NULL;
}

static void slabs_start(void)
{
    (void)tss_create(&slabs_key, slabs_free);
}

static struct slabs *slabs_of_thread(void)
{
    if (slabs == NULL) {
        call_once(&slabs_once, slabs_start);
        slabs = xcalloc(1, sizeof *slabs);
        (void)tss_set(slabs_key, slabs);
    }
    return slabs;
}

void *slab_get(size_t size)
{
    if (SLAB_IS_PLAIN)
        return xcalloc(1, size);
    struct slabs *s = slabs_of_thread();
    size_t class = (size - 1) / CLASS_BYTES;
    struct free_object *o = s->first[class];
    if (o == NULL)
        return xcalloc(1, (class + 1) * CLASS_BYTES);
    s->first[class] = o->next;
    s->n[class]--;
    return memset(o, 0, size);
}

void slab_put(void *p, size_t size)
{
    if (SLAB_IS_PLAIN || p == NULL) {
        xfree(p);
        return;
    }
    struct slabs *s = slabs_of_thread();
    size_t class = (size - 1) / CLASS_BYTES;
    struct free_object *o = p;
    if (s->n[class] >= KEPT) {
        xfree(p);
        return;
    }
    o->next = s->first[class];
    s->first[class] = o;
    s->n[class]++;
}
