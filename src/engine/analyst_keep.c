/* Whose packets are kept as evidence: after the run when the inputs are files, meanwhile when the
 * capture is live. */
#include "engine/analyst_internal.h"

static struct keep_live *live_of(const struct analyst *a)
{
    return a->o.watch != NULL ? a->o.watch->keep : NULL;
}

void analyst_keep(struct analyst *a, const struct handshake *h, const struct connection_end *end)
{
    if (a->judge.defects[0] == '\0')
        return;
    if (a->o.keeper != NULL)
        keeper_want(a->o.keeper, h, a->judge.defects);
    if (live_of(a) != NULL)
        keep_live_want(live_of(a), h, a->judge.defects, a->judge.notify != NOTIFY_NONE, end);
}

void analyst_keep_end(struct analyst *a, const struct connection_end *end)
{
    if (a->o.keeper != NULL)
        keeper_end(a->o.keeper, end);
    if (live_of(a) != NULL)
        keep_live_end(live_of(a), end);
}

void analyst_keep_name(struct analyst *a, int64_t handshake_id)
{
    if (a->o.keeper != NULL)
        keeper_name(a->o.keeper, handshake_id);
    if (live_of(a) != NULL)
        keep_live_name(live_of(a), handshake_id);
}

bool analyst_keep_tick(struct analyst *a, int64_t now_us, bool is_last, struct err *err)
{
    struct keep_live *k = live_of(a);
    return k == NULL || keep_live_tick(k, now_us, is_last, a->o.store, err);
}
