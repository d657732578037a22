#include "engine/wall.h"

#define STEP_US INT64_C(1000000)
#define APART_US (STEP_US / 4)
#define HOUR_US INT64_C(3600000000)

bool wall_look(struct wall *w, int64_t now_us, int64_t before_us, int64_t after_us)
{
    if (after_us - before_us > APART_US)
        return false;
    int64_t offset_us = now_us - before_us, by_us = offset_us - w->offset_us;
    bool is_set = w->is_started && (by_us > STEP_US || by_us < -STEP_US);
    w->is_started = true;
    w->offset_us = offset_us;
    w->steady_us = before_us;
    if (is_set) {
        w->was_set = true;
        w->set_us = before_us;
    }
    return is_set;
}

bool wall_is_sure(const struct wall *w)
{
    return !w->was_set || w->steady_us - w->set_us >= HOUR_US;
}
