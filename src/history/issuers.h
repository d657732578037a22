#ifndef TLSWIRE_HISTORY_ISSUERS_H
#define TLSWIRE_HISTORY_ISSUERS_H

#include "history/history.h"

/*
 * Per vantage and service: the keys that issued its leaves, as far as these name it and are not
 * self-signed. 30,000 entries of 304 bytes.
 */
enum { ISSUERS_CAP = 30000, ISSUERS_KEPT = 8, ISSUERS_TEXT = 96 };

struct issuer_past {
    bool is_known;      /* the issuing key of this leaf was seen before */
    bool is_latest;     /* no other one was seen first after it */
    unsigned n_others;  /* other issuing keys, of leaves with a key of the same type */
    int64_t since_us;   /* first sight of anything */
    const char *before; /* the latest other issuer, escaped; lives until the next learning */
};

/* history_issuers tells what was seen before this leaf; false when nothing was. */
bool history_issuers(struct history *history, int64_t vantage, const struct service *s,
        const struct certificate *leaf, struct issuer_past *out);

#endif
