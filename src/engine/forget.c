#include "engine/forget.h"

#include "base/slot.h"
#include "model/handshake.h"

#define HOUR_US INT64_C(3600000000)
#define DAY_US (24 * HOUR_US)

/* Days as a whole: their rows stand together. */
int64_t forget_before(struct forget *f, int64_t now_us, int64_t keep_us, int64_t clock_us)
{
    int64_t before_us = slot_start(now_us - keep_us, DAY_US);
    if (before_us != f->before_us) {
        f->before_us = before_us;
        f->since_us = clock_us;
    }
    return clock_us - f->since_us >= HOUR_US ? before_us : TIME_NONE;
}
