#ifndef TLSWIRE_HISTORY_SWITCHES_H
#define TLSWIRE_HISTORY_SWITCHES_H

#include "history/history.h"

/*
 * Per vantage, service, server address and kind of client: how the leaf changed. What a server
 * chooses by the client's offer, and pairs of the same names with keys of different types, are no
 * changes; nor is another issuer that another client meets: somebody may stand between. 20,000
 * entries of 624 bytes.
 */
/* Leaves whose notBefore differ by less are of one batch: neither is the renewal of the other. */
#define SWITCHES_TWINS_US (600 * (int64_t)1000000)
enum { SWITCHES_CAP = 20000, SWITCHES_LEAVES = 4, SWITCHES_KEPT = 16, SWITCHES_CLIENTS = 4 };

struct switching {
    bool is_switch;         /* the leaf is another than the one before */
    unsigned n;             /* changes in the window up to this handshake, this one counted */
    unsigned n_returns;     /* of these, to a leaf that was seen before */
    int64_t from_us;        /* the first of them */
    int64_t youngest_us;    /* first sight of the younger one of this leaf and the one before */
    bool may_be_deployment; /* the younger is for this service, and was not issued together with
                               the one before */
    int64_t before;         /* id of the latest handshake with the one before, 0 none */
};

/* history_switching counts this handshake, which is not learnt yet and has a leaf, with those
 * before; false without a history. */
bool history_switching(
        struct history *history, const struct lesson *l, int64_t window_us, struct switching *out);

#endif
