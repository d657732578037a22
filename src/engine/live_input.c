#include "engine/live_input.h"

void live_input_fill(struct input_facts *in, const struct watch_counts *from,
        const struct watch_counts *now, int64_t to_us)
{
    in->frames = now->frames - from->frames;
    in->bytes = now->bytes - from->bytes;
    in->truncated = now->truncated - from->truncated;
    in->drops = watch_drops(now) - watch_drops(from);
    in->has_drops = true;
    in->link_type = now->link_type;
    in->first_us = from->frames > 0 ? from->last_us : now->first_us;
    in->last_us = now->last_us;
    if (in->frames == 0)
        in->first_us = in->last_us = TIME_NONE;
    if (in->first_us > in->last_us)
        in->first_us = in->last_us;
    in->to_us = to_us;
    if (in->from_us > to_us)
        in->from_us = to_us;
}

bool live_input_is_news(const struct watch_counts *before, const struct watch_counts *now)
{
    return before->frames != now->frames || before->bytes != now->bytes ||
           watch_drops(before) != watch_drops(now);
}
