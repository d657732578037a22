#include "engine/aside.h"

#include "base/alloc.h"

/* What an event that is no handshake takes, or a little more. */
enum { EVENT_BYTES = 512 };

struct waiting {
    struct control control;
    struct epoch epoch;
    size_t bytes;
};

struct aside {
    struct waiting items[ASIDE_EPOCHS + 1]; /* used in a circle */
    size_t first, n, bytes;
};

struct aside *aside_new(void)
{
    return xcalloc(1, sizeof(struct aside));
}

void aside_free(struct aside *a)
{
    struct control c;
    struct epoch e;
    while (a != NULL && aside_pop(a, &c, &e))
        epoch_free(&e);
    xfree(a);
}

static size_t bytes_of(const struct epoch *e)
{
    size_t n = 0;
    for (size_t i = 0; i < e->n; i++) {
        const struct event *event = e->events[i];
        n += EVENT_BYTES;
        if (event->kind == EVENT_HANDSHAKE)
            n += sizeof *event->handshake + event->handshake->arena.total;
    }
    return n;
}

void aside_push(struct aside *a, const struct control *c, const struct epoch *e)
{
    size_t room = sizeof a->items / sizeof *a->items;
    struct waiting *w = &a->items[(a->first + a->n++) % room];
    *w = (struct waiting){*c, *e, bytes_of(e)};
    a->bytes += w->bytes;
}

bool aside_is_empty(const struct aside *a)
{
    return a->n == 0;
}

bool aside_is_full(const struct aside *a)
{
    return a->n > ASIDE_EPOCHS || a->bytes > ASIDE_BYTES;
}

bool aside_pop(struct aside *a, struct control *c, struct epoch *e)
{
    const struct waiting *w = &a->items[a->first];
    if (a->n == 0)
        return false;
    *c = w->control;
    *e = w->epoch;
    a->bytes -= w->bytes;
    a->first = (a->first + 1) % (sizeof a->items / sizeof *a->items);
    a->n--;
    return true;
}
