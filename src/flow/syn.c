/* The SYN cache: fixed in size, so that a flood costs no memory. */
#include "flow/flow_internal.h"

static struct syn *set_of(struct flow_table *t, uint64_t hash)
{
    size_t n_sets = t->n_syns / SYN_WAYS;
    return &t->syns[(size_t)(hash >> 8) % n_sets * SYN_WAYS];
}

struct syn *syn_find(struct flow_table *t, uint64_t hash)
{
    struct syn *set = set_of(t, hash);
    for (int i = 0; i < SYN_WAYS; i++) {
        bool is_fresh = t->clock_us - set[i].made_us <= t->o.idle_us;
        if (set[i].hash == hash && (is_fresh || set[i].is_rejected))
            return &set[i];
    }
    return NULL;
}

struct syn *syn_make(struct flow_table *t, uint64_t hash)
{
    struct syn *set = set_of(t, hash);
    struct syn *best = &set[0];
    for (int i = 0; i < SYN_WAYS; i++) {
        if (set[i].hash == hash || set[i].hash == 0) {
            best = &set[i];
            break;
        }
        if (set[i].packet < best->packet)
            best = &set[i];
    }
    if (best->hash != 0 && best->hash != hash)
        t->counters.evicted_syns++;
    *best = (struct syn){.hash = hash, .syn_us = INT64_MIN, .made_us = t->clock_us};
    t->counters.syns++;
    return best;
}
