#include "base/origin.h"

#include <stdbool.h>

/* How many segments end at or before the offset. */
static size_t before(const struct origin *o, uint64_t offset)
{
    size_t from = 0;
    size_t to = o->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        const struct origin_segment *s = &o->segments[middle];
        if (s->offset + s->len <= offset)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static const struct origin_segment *origin_find(const struct origin *o, uint64_t offset)
{
    size_t at = before(o, offset);
    return at < o->n && o->segments[at].offset <= offset ? &o->segments[at] : NULL;
}

struct span origin_span(const struct origin *o, uint64_t offset, uint64_t len)
{
    struct span span = {.offset = offset, .len = len};
    const struct origin_segment *first = origin_find(o, offset);
    const struct origin_segment *last = origin_find(o, len > 0 ? offset + len - 1 : offset);
    if (first == NULL)
        first = last;
    if (last == NULL)
        last = first;
    if (first == NULL)
        return span;
    span.first_packet = first->packet;
    span.first_us = first->ts_us;
    span.last_packet = last->packet;
    span.last_us = last->ts_us;
    span.input = first->input;
    span.acked = first->acked;
    /* A reordered capture can bring the first byte after the last: the later packet completed it.
     */
    for (const struct origin_segment *s = first; s <= last; s++) {
        if (s->packet > span.last_packet && s->input == span.input) {
            span.last_packet = s->packet;
            span.last_us = s->ts_us;
        }
        if (s->packet < span.first_packet && s->input == span.input) {
            span.first_packet = s->packet;
            span.first_us = s->ts_us;
        }
    }
    return span;
}
