#include "engine/clock.h"

int64_t clock_step(struct packet_clock *c, int64_t ts_us)
{
    if (!c->is_started) {
        *c = (struct packet_clock){true, ts_us, ts_us, ts_us, 0};
        return c->now_us;
    }
    /* Times come from the file: any difference may overflow. */
    int64_t step = 0;
    if (__builtin_sub_overflow(ts_us, c->last_us, &step))
        step = ts_us < c->last_us ? INT64_MIN : INT64_MAX;
    bool is_back = step < -CLOCK_REORDER_US;
    bool is_return = step > CLOCK_JUMP_US && c->last_us < c->highest_us;
    c->n_jumps += is_back || is_return;
    if (is_return)
        step = ts_us > c->highest_us ? ts_us - c->highest_us : 0;
    if (step > 0 && __builtin_add_overflow(c->now_us, step, &c->now_us))
        c->now_us = INT64_MAX / 2;
    if (step > 0 || is_back || is_return)
        c->last_us = ts_us;
    if (ts_us > c->highest_us)
        c->highest_us = ts_us;
    return c->now_us;
}

bool clock_is_set_back(const struct packet_clock *c, int64_t ts_us)
{
    int64_t step = 0;
    if (!c->is_started || ts_us >= c->last_us)
        return false;
    return __builtin_sub_overflow(ts_us, c->last_us, &step) || step < -CLOCK_REORDER_US;
}

bool clock_has_paused(const struct packet_clock *c, int64_t ts_us)
{
    int64_t step = 0;
    if (!c->is_started || ts_us <= c->highest_us)
        return false;
    return __builtin_sub_overflow(ts_us, c->highest_us, &step) || step > CLOCK_PAUSE_US;
}
