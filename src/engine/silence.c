#include "engine/silence.h"

static bool is_silence(const struct handshake *h)
{
    return h->outcome == OUTCOME_FAIL_TIMEOUT_CLIENT || h->outcome == OUTCOME_FAIL_TIMEOUT_SERVER ||
           h->outcome == OUTCOME_FAIL_TIMEOUT_PATH;
}

bool silence_doubt(struct handshake *h, const struct losses *l)
{
    if (!is_silence(h) || h->last_us >= h->times.end_us ||
            !losses_any(l, h->last_us, h->times.end_us))
        return false;
    h->outcome = OUTCOME_UNDETERMINED;
    h->undetermined = UNDETERMINED_GAP;
    h->basis = BASIS_NONE;
    h->confidence = 0;
    for (int i = 0; i < 2; i++)
        h->sides[i].n_gaps++;
    return true;
}
