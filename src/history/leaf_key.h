#ifndef TLSWIRE_HISTORY_LEAF_KEY_H
#define TLSWIRE_HISTORY_LEAF_KEY_H

#include "history/host_key.h"

/* What topics about the certificates of servers share: fixed hashes. */

static inline uint64_t leaf_key_id(const struct certificate *c)
{
    return hash_fixed(c->sha256, sizeof c->sha256);
}

/* leaf_key_names stands for the names of a leaf, whatever their order; its subject when it has
 * none. */
static inline uint64_t leaf_key_names(const struct certificate *c)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < c->n_sans; i++)
        sum += hash_fixed(c->sans[i].value.p, c->sans[i].value.n);
    return c->n_sans > 0 ? sum : hash_fixed(c->subject_der.p, c->subject_der.n);
}

/* leaf_key_issuer stands for the key that issued a leaf, by name and key identifier. */
static inline uint64_t leaf_key_issuer(const struct certificate *c)
{
    const uint64_t both[2] = {hash_fixed(c->issuer_der.p, c->issuer_der.n),
            c->authority_key_id.n > 0 ? hash_fixed(c->authority_key_id.p, c->authority_key_id.n)
                                      : 0};
    return hash_fixed(both, sizeof both);
}

/* leaf_key_client stands for the kind of client: what a server may choose its certificate by. */
static inline uint64_t leaf_key_client(const struct handshake *h)
{
    return hash_fixed(h->prints.ja4, strlen(h->prints.ja4));
}

/* leaf_key_who stands for the client's address. */
static inline uint64_t leaf_key_who(const struct handshake *h)
{
    const struct address *a = &h->sides[SIDE_CLIENT].endpoint.address;
    return hash_fixed(a->ip, sizeof a->ip);
}

#endif
