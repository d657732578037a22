#ifndef TLSWIRE_ENGINE_WALL_H
#define TLSWIRE_ENGINE_WALL_H

#include <stdbool.h>
#include <stdint.h>

/* Whether the clock of the day was set, by comparing it with one that nobody sets. */
struct wall {
    bool is_started, was_set;
    int64_t offset_us;         /* of the day's clock from the steady one */
    int64_t steady_us, set_us; /* the steady clock: the latest look, the latest step */
};

/* wall_look takes the time of the day, and the steady clock before and after it was read: when
 * these are far apart the look is left out. Whether the clock was set by more than a second since
 * the look before; slower corrections are none. */
bool wall_look(struct wall *w, int64_t now_us, int64_t before_us, int64_t after_us);
/* wall_is_sure says whether no step was seen within the last hour. */
bool wall_is_sure(const struct wall *w);

#endif
