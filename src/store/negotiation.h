#ifndef TLSWIRE_STORE_NEGOTIATION_H
#define TLSWIRE_STORE_NEGOTIATION_H

#include "store/store_internal.h"

/* store_client_offer writes what the hello offers under its id, once; id 0 is none. */
bool store_client_offer(
        struct store *s, const struct client_hello *ch, int64_t id, struct err *err);
/* store_server_choice writes what the server of h chose, once. */
bool store_server_choice(struct store *s, const struct handshake *h, struct err *err);

#endif
