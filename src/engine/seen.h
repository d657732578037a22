#ifndef TLSWIRE_ENGINE_SEEN_H
#define TLSWIRE_ENGINE_SEEN_H

#include "model/handshake.h"

/* The handshakes seen in this run, by what their hellos have of chance; bounded to the latest two
 * million. */
struct seen;

/* Copies are of one time, as far as clocks of capture points agree: at most two windows apart. */
#define SEEN_WINDOW_US (INT64_C(6) * 3600 * 1000000)
/* The same for hellos with a random that is none. */
#define SEEN_POOR_WINDOW_US (INT64_C(60) * 1000000)

/* What another packet brings of a handshake. */
enum seen_as {
    SEEN_NEW,
    SEEN_COPY,  /* the same handshake at another capture point, or with the capture read twice */
    SEEN_REPEAT /* another handshake of the same hosts with equal hellos: randoms that are none */
};

struct seen *seen_new(void);
/* seen_free frees; NULL is fine. */
void seen_free(struct seen *s);
/*
 * seen_add remembers h and says what it is to those before. A copy has equal randoms, session ids
 * and key shares at about the same time, and
 * - the same addresses and ports (a mirrored port), or
 * - another address (before and behind a translator), if neither random is poor.
 * Equal hellos between the same two addresses from another port are another connection, whatever
 * its random. Where one hello was not seen, addresses and ports must be equal. A copy that is cut
 * does not stand for one whose ending is seen.
 */
enum seen_as seen_add(struct seen *s, const struct handshake *h);

#endif
