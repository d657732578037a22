#include "history/switches.h"

#include "history/leaf_key.h"

struct seen_leaf {
    uint64_t id, names, key_type, issuer;
    uint64_t clients[SWITCHES_CLIENTS]; /* addresses that it was shown to last, a ring; 0 free */
    uint64_t n_shown;
    int64_t first_us, not_before_us;
    uint64_t is_stray; /* it does not name the service */
    uint64_t number;   /* of the handshake of this entry that showed it last; 0 free */
    int64_t handshake;
};

struct change {
    int64_t us;
    uint64_t is_return;
};

struct switches {
    uint64_t n_handshakes, n_changes;
    struct seen_leaf leaves[SWITCHES_LEAVES];
    struct change changes[SWITCHES_KEPT]; /* a ring */
};

struct key {
    struct host_key host;
    uint64_t client;
};

static struct key key_of(int64_t vantage, const struct service *s, const struct handshake *h)
{
    return (struct key){host_key_of(vantage, s, h, SIDE_SERVER), leaf_key_client(h)};
}

/* One leaf for each type of key (RFC 5246 7.4.2: the suite decides). */
static bool is_pair(const struct seen_leaf *a, const struct seen_leaf *b)
{
    return a->names == b->names && a->key_type != b->key_type;
}

/* The leaf that was shown last, those beside that are its pair left out. */
static const struct seen_leaf *before(const struct switches *w, const struct seen_leaf *now)
{
    const struct seen_leaf *latest = NULL;
    for (size_t i = 0; i < SWITCHES_LEAVES; i++) {
        const struct seen_leaf *l = &w->leaves[i];
        if (l->number != 0 && !is_pair(l, now) && (latest == NULL || l->number > latest->number))
            latest = l;
    }
    return latest;
}

/* Its place: its own, a free one, or that of the one not seen for longest. */
static struct seen_leaf *place_of(struct switches *w, uint64_t id)
{
    struct seen_leaf *oldest = &w->leaves[0];
    for (size_t i = 0; i < SWITCHES_LEAVES; i++) {
        if (w->leaves[i].number != 0 && w->leaves[i].id == id)
            return &w->leaves[i];
        if (w->leaves[i].number < oldest->number)
            oldest = &w->leaves[i];
    }
    return oldest;
}

static bool has_client(const struct seen_leaf *l, uint64_t who)
{
    for (size_t i = 0; i < SWITCHES_CLIENTS; i++)
        if (l->clients[i] == who)
            return true;
    return false;
}

/* A deployment brings a leaf that was issued later, for the service. */
static bool may_replace(const struct seen_leaf *a, const struct seen_leaf *b)
{
    bool is_a_younger = a->first_us > b->first_us;
    const struct seen_leaf *young = is_a_younger ? a : b, *old = is_a_younger ? b : a;
    int64_t later = 0;
    bool is_far = __builtin_sub_overflow(young->not_before_us, old->not_before_us, &later) ||
                  later > SWITCHES_TWINS_US || later < -SWITCHES_TWINS_US;
    return is_far && !a->is_stray && !b->is_stray;
}

static void take(struct switches *w, const struct lesson *l, struct switching *out)
{
    const struct handshake *h = l->handshake;
    const struct certificate *leaf = l->leaf;
    int64_t us = l->at_us;
    struct seen_leaf now = {.id = leaf_key_id(leaf),
            .names = leaf_key_names(leaf),
            .key_type = (uint64_t)leaf->key_type,
            .issuer = leaf_key_issuer(leaf),
            .first_us = us,
            .not_before_us = leaf->not_before_us,
            .is_stray = l->is_name_mismatch,
            .number = w->n_handshakes + 1,
            .handshake = h->id};
    const struct seen_leaf *last = before(w, &now);
    struct seen_leaf *place = place_of(w, now.id);
    bool is_known = place->number != 0 && place->id == now.id;
    uint64_t who = leaf_key_who(h);
    if (is_known) {
        now.first_us = place->first_us;
        now.n_shown = place->n_shown;
        memcpy(now.clients, place->clients, sizeof now.clients);
    }
    now.clients[now.n_shown++ % SWITCHES_CLIENTS] = who;
    *out = (struct switching){.is_switch = last != NULL && last->id != now.id &&
                                           (last->issuer == now.issuer || has_client(last, who))};
    if (last != NULL && out->is_switch) {
        out->youngest_us = last->first_us > now.first_us ? last->first_us : now.first_us;
        out->before = last->handshake;
        out->may_be_deployment = may_replace(last, &now);
        w->changes[w->n_changes++ % SWITCHES_KEPT] = (struct change){us, is_known};
    }
    *place = now;
    w->n_handshakes++;
}

static void learn(struct memory *m, const struct lesson *l)
{
    struct switching out;
    if (l->leaf == NULL || !l->leaf->is_parsed)
        return;
    const struct key key = key_of(l->vantage, l->service, l->handshake);
    struct switches *w =
            memory_make(m, (struct bytes){(const uint8_t *)&key, sizeof key}, l->at_us);
    take(w, l, &out);
}

bool history_switching(
        struct history *history, const struct lesson *l, int64_t window_us, struct switching *out)
{
    struct memory *m = history_topic(history, TOPIC_switches);
    struct switches w = {0};
    int64_t now_us = l->at_us;
    const struct key key = key_of(l->vantage, l->service, l->handshake);
    const struct switches *known =
            m != NULL ? memory_get(m, (struct bytes){(const uint8_t *)&key, sizeof key}) : NULL;
    if (m == NULL)
        return false;
    if (known != NULL)
        w = *known;
    take(&w, l, out);
    out->from_us = now_us;
    for (size_t i = 0; i < SWITCHES_KEPT && i < w.n_changes; i++) {
        const struct change *c = &w.changes[i];
        if (c->us > now_us || now_us - c->us > window_us)
            continue;
        out->n++;
        out->n_returns += c->is_return != 0;
        out->from_us = c->us < out->from_us ? c->us : out->from_us;
    }
    return true;
}

const struct topic topic_switches = {
        .kind = {.name = "switches",
                .version = 2,
                .value_size = sizeof(struct switches),
                .cap = SWITCHES_CAP},
        .learn = learn,
};
