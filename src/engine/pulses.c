#include "engine/pulses.h"

#include <stdio.h>

bool pulses_add(struct pulses *p, const struct pulse *pulse, const char *name)
{
    if (p->n == PULSES_MOST)
        return false;
    struct watched *w = &p->items[p->n++];
    *w = (struct watched){.pulse = pulse};
    (void)snprintf(w->name, sizeof w->name, "%s", name);
    return true;
}

const char *pulses_look(struct pulses *p, unsigned most)
{
    const char *who = NULL;
    size_t n_running = 0, n_still = 0;
    for (size_t i = 0; i < p->n; i++) {
        struct watched *w = &p->items[i];
        /* The state first: see pulse_wait. */
        int state = atomic_load_explicit(&w->pulse->state, memory_order_acquire);
        uint_least64_t beats = atomic_load_explicit(&w->pulse->beats, memory_order_relaxed);
        w->still = beats != w->beats ? 0 : w->still + 1;
        w->beats = beats;
        if (state == PULSE_OVER)
            continue;
        bool is_still = w->still >= most;
        n_running++;
        n_still += is_still;
        if (is_still && state == PULSE_WORKS && who == NULL)
            who = w->name;
    }
    if (who == NULL && n_running > 0 && n_still == n_running)
        who = "each thread";
    return who;
}
