#include "base/origin.h"

#include <stdbool.h>

/* The segments are few and asked for near the end, so the search runs backwards. */
static const struct origin_segment *origin_find(const struct origin *o, uint64_t offset)
{
    for (size_t i = o->n; i > 0; i--) {
        const struct origin_segment *s = &o->segments[i - 1];
        if (offset >= s->offset && offset - s->offset < s->len)
            return s;
    }
    return NULL;
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
    for (size_t i = 0; i < o->n; i++) {
        const struct origin_segment *s = &o->segments[i];
        bool inside = s->offset + s->len > offset && s->offset < offset + len;
        if (inside && s->packet > span.last_packet && s->input == span.input) {
            span.last_packet = s->packet;
            span.last_us = s->ts_us;
        }
        if (inside && s->packet < span.first_packet && s->input == span.input) {
            span.first_packet = s->packet;
            span.first_us = s->ts_us;
        }
    }
    return span;
}
