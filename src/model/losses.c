#include "model/losses.h"

#include "base/slot.h"
#include "model/handshake.h"

#define MINUTE_US (INT64_C(60) * 1000000)
#define TOGETHER_US INT64_C(1000000) /* moments that are no further apart are one */

static void add_span(struct losses *l, int64_t from_us, int64_t to_us)
{
    size_t last = (l->n_spans + LOSSES_SPANS - 1) % LOSSES_SPANS;
    bool is_one = l->n_spans > 0 && from_us >= l->spans[last].from_us &&
                  from_us - l->spans[last].to_us <= TOGETHER_US;
    if (is_one && to_us > l->spans[last].to_us)
        l->spans[last].to_us = to_us;
    if (is_one)
        return;
    size_t at = l->n_spans++ % LOSSES_SPANS;
    l->spans[at].from_us = from_us;
    l->spans[at].to_us = to_us;
}

void losses_add(struct losses *l, int64_t from_us, int64_t to_us, uint64_t packets, uint64_t drops)
{
    if (from_us > to_us)
        from_us = to_us; /* the clock was set back */
    int64_t slot = slot_of_time(from_us, MINUTE_US);
    struct losses_minute *m = &l->minutes[slot_in_ring(slot, LOSSES_MINUTES)];
    if (m->minute_us != slot * MINUTE_US)
        *m = (struct losses_minute){slot * MINUTE_US, 0, 0, TIME_NONE, TIME_NONE};
    m->packets += packets;
    if (drops == 0)
        return;
    if (m->drops == 0)
        m->first_us = from_us;
    m->drops += drops;
    m->last_us = to_us;
    add_span(l, from_us, to_us);
}

struct losses_minute losses_sum(const struct losses *l, int64_t from_us, int64_t to_us)
{
    struct losses_minute sum = {from_us, 0, 0, TIME_NONE, TIME_NONE};
    for (size_t i = 0; i < LOSSES_MINUTES; i++) {
        const struct losses_minute *m = &l->minutes[i];
        if (m->packets == 0 || m->minute_us >= to_us || m->minute_us + MINUTE_US <= from_us)
            continue;
        sum.packets += m->packets;
        sum.drops += m->drops;
        if (m->drops > 0 && (sum.first_us == TIME_NONE || m->first_us < sum.first_us))
            sum.first_us = m->first_us;
        if (m->drops > 0 && m->last_us > sum.last_us)
            sum.last_us = m->last_us;
    }
    return sum;
}

bool losses_any(const struct losses *l, int64_t from_us, int64_t to_us)
{
    size_t n = l->n_spans < LOSSES_SPANS ? l->n_spans : LOSSES_SPANS;
    for (size_t i = 0; i < n; i++)
        if (l->spans[i].from_us <= to_us && l->spans[i].to_us >= from_us)
            return true;
    return false;
}
