#include "history/alpn_choices.h"

#include "base/cursor.h"
#include "history/leaf_key.h"

struct node {
    uint64_t server; /* a hash, 0 free */
    int64_t us;
    int64_t handshake;
    uint64_t n; /* of name; longer ones are cut */
    uint8_t name[ALPN_TEXT];
};

struct choices {
    struct node nodes[ALPN_NODES];
};

struct key {
    int64_t vantage, service;
    uint64_t offer, client;
};

static struct key key_of(int64_t vantage, const struct service *s, const struct handshake *h)
{
    struct bytes offer = h->client_hello->alpn;
    return (struct key){vantage, s->id, hash_fixed(offer.p, offer.n), leaf_key_client(h)};
}

static struct bytes bytes_of(const struct key *key)
{
    return (struct bytes){(const uint8_t *)key, sizeof *key};
}

bool alpn_is_judged(const struct handshake *h)
{
    const struct client_hello *ch = h->client_hello;
    const struct server_hello *sh = h->server_hello;
    return ch != NULL && sh != NULL && !tls_is_13(h->version) && h->version != TLS_SSLV2 &&
           !ch->is_malformed && !sh->is_malformed && ch->has_alpn && !h->is_ambiguous &&
           h->resumption == RESUMPTION_FULL;
}

static uint64_t server_of(const struct handshake *h)
{
    uint64_t hash = host_key_hash(&h->sides[SIDE_SERVER].endpoint);
    return hash != 0 ? hash : 1;
}

static struct bytes choice_of(const struct handshake *h)
{
    struct cur c = cur_of(h->server_hello->alpn);
    return cur_take(&c, c.n < ALPN_TEXT ? c.n : ALPN_TEXT);
}

static struct node *place_of(struct choices *c, uint64_t server)
{
    struct node *oldest = &c->nodes[0];
    for (size_t i = 0; i < ALPN_NODES; i++) {
        if (c->nodes[i].server == server)
            return &c->nodes[i];
        if (oldest->server != 0 && (c->nodes[i].server == 0 || c->nodes[i].us < oldest->us))
            oldest = &c->nodes[i];
    }
    return oldest;
}

static void learn(struct memory *m, const struct lesson *l)
{
    const struct handshake *h = l->handshake;
    if (!alpn_is_judged(h))
        return;
    const struct key key = key_of(l->vantage, l->service, h);
    struct choices *c = memory_make(m, bytes_of(&key), l->at_us);
    struct bytes choice = choice_of(h);
    struct node *n = place_of(c, server_of(h));
    *n = (struct node){.server = server_of(h), .us = l->at_us, .handshake = h->id, .n = choice.n};
    if (choice.n > 0)
        memcpy(n->name, choice.p, choice.n);
}

bool history_alpn(struct history *history, int64_t vantage, const struct service *s,
        const struct handshake *h, struct alpn_divergence *out)
{
    struct memory *m = history_topic(history, TOPIC_alpn_choices);
    const struct key key = key_of(vantage, s, h);
    struct choices *c = m != NULL ? memory_get(m, bytes_of(&key)) : NULL;
    if (c == NULL)
        return false;
    struct bytes choice = choice_of(h);
    const struct node *own = place_of(c, server_of(h));
    if (own->server != server_of(h) || h->last_us - own->us > ALPN_WINDOW_US ||
            !bytes_equal((struct bytes){own->name, own->n}, choice))
        return false;
    for (size_t i = 0; i < ALPN_NODES; i++) {
        const struct node *n = &c->nodes[i];
        *out = (struct alpn_divergence){{n->name, n->n}, n->handshake};
        if (n->server != 0 && n != own && n->us > own->us && n->us < h->last_us &&
                !bytes_equal(out->other, choice))
            return true;
    }
    return false;
}

const struct topic topic_alpn_choices = {
        .kind = {.name = "alpn-choices",
                .version = 1,
                .value_size = sizeof(struct choices),
                .cap = ALPN_CHOICES_CAP},
        .learn = learn,
};
