#include "base/pulse.h"

#include <stddef.h>

static _Thread_local struct pulse *own;

void pulse_use(struct pulse *p)
{
    own = p;
}

void pulse_beat(void)
{
    if (own == NULL)
        return;
    uint_least64_t n = atomic_load_explicit(&own->beats, memory_order_relaxed);
    atomic_store_explicit(&own->beats, n + 1, memory_order_relaxed); /* nobody else writes it */
}

/* Who sees that it works again sees the beat, too: the time that it waited is not held against it.
 */
void pulse_wait(bool is_waiting)
{
    if (own == NULL)
        return;
    pulse_beat();
    atomic_store_explicit(
            &own->state, is_waiting ? PULSE_WAITS : PULSE_WORKS, memory_order_release);
}

void pulse_end(void)
{
    if (own != NULL)
        atomic_store_explicit(&own->state, PULSE_OVER, memory_order_release);
}

bool pulse_is_over(const struct pulse *p)
{
    return atomic_load_explicit(&p->state, memory_order_acquire) == PULSE_OVER;
}
