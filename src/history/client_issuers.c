#include "history/client_issuers.h"

#include "base/text.h"
#include "history/leaf_key.h"
#include "history/recent.h"

struct issuer {
    uint64_t id;   /* 0 free */
    uint64_t stem; /* of its name */
    int64_t since_us, last_us;
    int64_t not_before_us; /* the latest of its certificates */
    uint64_t n, n_refused;
};

struct issuers {
    struct issuer kept[CLIENT_ISSUERS_KEPT];
};

struct key {
    int64_t vantage, service;
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (uint8_t)c >= 0x80;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The words of a name that have no digit. */
static uint64_t stem_of(const char *name)
{
    struct text stem = {0};
    bool has_word = false;
    while (*name != '\0') {
        size_t n = 0;
        bool is_numbered = false;
        for (; is_letter(name[n]) || is_digit(name[n]); n++)
            is_numbered |= is_digit(name[n]);
        if (n > 0 && !is_numbered) {
            text_add_bytes(&stem, name, n);
            text_add_bytes(&stem, " ", 1);
            has_word = true;
        }
        name += n > 0 ? n : 1;
    }
    const char *s = text_str(&stem);
    uint64_t hash = has_word ? hash_fixed(s, strlen(s)) : 0;
    text_fini(&stem);
    return hash;
}

static bool is_counted(const struct lesson *l)
{
    return l->client_leaf != NULL && l->client_leaf->is_parsed && !l->client_leaf->is_self_issued &&
           l->client_leaf->issuer != NULL;
}

static struct issuer *place_of(struct issuers *i, uint64_t id)
{
    struct issuer *oldest = &i->kept[0];
    for (size_t k = 0; k < CLIENT_ISSUERS_KEPT; k++) {
        if (i->kept[k].id == id)
            return &i->kept[k];
        if (oldest->id != 0 && (i->kept[k].id == 0 || i->kept[k].last_us < oldest->last_us))
            oldest = &i->kept[k];
    }
    *oldest = (struct issuer){.id = id, .not_before_us = INT64_MIN};
    return oldest;
}

static const struct issuer *take(struct issuers *i, const struct lesson *l)
{
    struct recent_event e;
    const struct certificate *leaf = l->client_leaf;
    bool is_refused = recent_client_cert(l->handshake, l->service, l->vantage, &e) && e.is_bad;
    struct issuer *own = place_of(i, leaf_key_issuer(leaf));
    own->stem = stem_of(leaf->issuer);
    if (l->at_us - own->since_us > CLIENT_ISSUERS_US) {
        own->since_us = l->at_us;
        own->n = own->n_refused = 0;
    }
    own->last_us = l->at_us;
    if (leaf->not_before_us > own->not_before_us)
        own->not_before_us = leaf->not_before_us;
    own->n += is_refused || outcome_is_success(l->handshake->outcome);
    own->n_refused += is_refused;
    return own;
}

static void learn(struct memory *m, const struct lesson *l)
{
    if (!is_counted(l))
        return;
    const struct key key = {l->vantage, l->service->id};
    (void)take(memory_make(m, (struct bytes){(const uint8_t *)&key, sizeof key}, l->at_us), l);
}

bool history_ca_generations(
        struct history *history, const struct lesson *l, struct ca_generations *out)
{
    struct memory *m = history_topic(history, TOPIC_client_issuers);
    if (m == NULL || !is_counted(l))
        return false;
    const struct key key = {l->vantage, l->service->id};
    const struct issuers *known = memory_get(m, (struct bytes){(const uint8_t *)&key, sizeof key});
    struct issuers i = {0};
    if (known != NULL)
        i = *known;
    const struct issuer *own = take(&i, l);
    const struct issuer *other = NULL;
    for (size_t k = 0; k < CLIENT_ISSUERS_KEPT; k++) {
        const struct issuer *o = &i.kept[k];
        if (o->id != 0 && o != own && o->stem == own->stem && o->stem != 0 &&
                l->at_us - o->last_us <= CLIENT_ISSUERS_US && (other == NULL || o->n > other->n))
            other = o;
    }
    if (other == NULL)
        return false;
    *out = (struct ca_generations){.is_newer = own->not_before_us > other->not_before_us,
            .own_n = own->n,
            .own_refused = own->n_refused,
            .other_n = other->n,
            .other_refused = other->n_refused,
            .from_us = own->since_us < other->since_us ? own->since_us : other->since_us};
    return true;
}

const struct topic topic_client_issuers = {
        .kind = {.name = "client-issuers",
                .version = 1,
                .value_size = sizeof(struct issuers),
                .cap = CLIENT_ISSUERS_CAP},
        .learn = learn,
};
