#ifndef TLSWIRE_ENGINE_UNANALYSED_H
#define TLSWIRE_ENGINE_UNANALYSED_H

#include "packet/packet.h"
#include "store/store.h"

/*
 * What speaks TLS over UDP and is not analysed: QUIC (whatever goes to UDP port 443) and DTLS on
 * any port, counted per server so that it is never silently absent. Nothing is kept per flow.
 */
struct unanalysed;

enum { UNANALYSED_SERVERS = 10000 }; /* later ones are only counted */

struct unanalysed *unanalysed_new(void);
/* unanalysed_free frees; NULL is fine. */
void unanalysed_free(struct unanalysed *u);
/* unanalysed_next gives one that counts from zero and knows what the servers speak that u counted:
 * most packets do not tell. */
struct unanalysed *unanalysed_next(const struct unanalysed *u);
/* unanalysed_packet looks at one UDP packet. */
void unanalysed_packet(struct unanalysed *u, const struct packet *p);
/* unanalysed_each calls fn for each server and kind, and forgets what fn took; false as soon as fn
 * is: the next call goes on there. */
bool unanalysed_each(struct unanalysed *u,
        bool (*fn)(void *ctx, const struct unanalysed_traffic *t, struct err *err), void *ctx,
        struct err *err);
/* unanalysed_dropped gives the packets of servers for which there was no room, and forgets them. */
uint64_t unanalysed_dropped(struct unanalysed *u);

#endif
