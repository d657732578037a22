#include "engine/services.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/slot.h"
#include "base/text.h"
#include "store/segment.h"

#define HOUR_US (3600 * (int64_t)1000000)

struct entry {
    struct service_state state;
    struct entry *next, **link;
};

struct services {
    struct store *store;
    const struct policy *policy;
    size_t n_rules;
    const char *const *rule_ids;
    struct map *by_key;     /* struct entry */
    struct map *by_id;      /* the same */
    struct map *unanswered; /* endpoint: number of names as uintptr_t in a counter */
    struct entry *all;
    struct entry *due; /* the next one of those to be written; NULL: none is */
    struct text scratch;
    uint64_t count;
    bool has_failed;
    struct err err;
};

static bool write_counts(struct services *s, struct service_state *state, struct err *err)
{
    for (size_t i = 0; i < s->n_rules; i++) {
        uint16_t *v = state->verdicts + i * SERVICES_VERDICTS;
        uint64_t counts[RULE_UNDETERMINED + 1] = {0};
        bool has_any = false;
        for (size_t k = 0; k < SERVICES_VERDICTS; k++) {
            counts[k + 1] = v[k];
            has_any |= v[k] != 0;
        }
        if (has_any && !store_rule_count(s->store, s->rule_ids[i], state->service.id,
                               state->hour_us, counts, err))
            return false; /* what is left goes the next time */
        memset(v, 0, SERVICES_VERDICTS * sizeof *v);
    }
    state->n_rounds = 0;
    return true;
}

static struct bytes id_key(const int64_t *id)
{
    return (struct bytes){(const uint8_t *)id, sizeof *id};
}

static void drop(void *ctx, void *value)
{
    struct services *s = ctx;
    struct entry *e = value;
    if (!s->has_failed && !write_counts(s, &e->state, &s->err) && !store_lose_update(s->store))
        s->has_failed = true;
    if (s->due == e)
        s->due = e->next;
    *e->link = e->next;
    if (e->next != NULL)
        e->next->link = e->link;
    (void)map_remove(s->by_id, id_key(&e->state.service.id));
    xfree(e->state.verdicts);
    xfree(e);
}

struct services *services_new(struct store *store, const struct policy *policy, size_t n_rules,
        const char *const *rule_ids)
{
    struct services *s = xcalloc(1, sizeof *s);
    s->store = store;
    s->policy = policy;
    s->n_rules = n_rules;
    s->rule_ids = rule_ids;
    s->by_key = map_new(&(struct map_options){.cap = SERVICES_CAP, .on_evict = drop, .ctx = s});
    s->by_id = map_new(&(struct map_options){.cap = SERVICES_CAP + 1});
    s->unanswered = map_new(&(struct map_options){.cap = SERVICES_CAP, .on_evict = map_xfree});
    return s;
}

void services_reload(struct services *s, const struct policy *policy)
{
    s->policy = policy;
}

void services_free(struct services *s)
{
    if (s == NULL)
        return;
    s->has_failed = true; /* services_flush was the time to write */
    map_free(s->by_key);
    map_free(s->by_id);
    map_free(s->unanswered);
    text_fini(&s->scratch);
    xfree(s);
}

/* A service is found by its bytes: port, transport, kind of name, name. */
struct key {
    uint8_t bytes[4 + 256];
    size_t n;
};

static void key_start(struct key *k, const struct handshake *h, uint8_t kind)
{
    uint16_t port = h->sides[SIDE_SERVER].endpoint.port;
    k->bytes[0] = (uint8_t)(port >> 8);
    k->bytes[1] = (uint8_t)port;
    k->bytes[2] = h->transport;
    k->bytes[3] = kind;
    k->n = 4;
}

/* Lower-case ASCII without a trailing dot; names longer than DNS allows keep their first 255. */
static void key_name(struct key *k, struct bytes name)
{
    size_t n = name.n < 255 ? name.n : 255;
    if (n > 1 && name.p[n - 1] == '.')
        n--;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = name.p[i];
        k->bytes[k->n++] = (uint8_t)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
}

static void key_address(struct key *k, const struct handshake *h)
{
    memcpy(k->bytes + k->n, h->sides[SIDE_SERVER].endpoint.address.ip, 16);
    k->n += 16;
}

static struct entry *find(struct services *s, const struct key *k)
{
    return map_get(s->by_key, (struct bytes){k->bytes, k->n});
}

static void set_name(struct services *s, struct service *to, const struct key *k)
{
    text_clear(&s->scratch);
    text_add_escaped(&s->scratch, (struct bytes){k->bytes + 4, k->n - 4});
    (void)snprintf(to->name, sizeof to->name, "%s", text_str(&s->scratch));
}

enum { KIND_NAME = 'n', KIND_ADDRESS = 'a', KIND_UNANSWERED = 'u' };

/* Gives it its id. A store that waits for its disk gives none: then it is asked again. */
static struct entry *stored(struct services *s, struct entry *e, struct err *err)
{
    if (e->state.service.id != 0)
        return e;
    if (!store_service(s->store, &e->state.service, err)) {
        e->state.service.id = 0;
        return NULL;
    }
    map_put(s->by_id, id_key(&e->state.service.id), e);
    return e;
}

static struct entry *make(struct services *s, const struct handshake *h, const struct key *k)
{
    struct entry *e = xcalloc(1, sizeof *e);
    struct service *to = &e->state.service;
    char address[ENDPOINT_TEXT];
    to->transport = h->transport;
    to->port = h->sides[SIDE_SERVER].endpoint.port;
    to->is_address = k->bytes[3] == KIND_ADDRESS;
    to->is_unanswered = k->bytes[3] == KIND_UNANSWERED;
    address_text(&h->sides[SIDE_SERVER].endpoint.address, address);
    if (k->bytes[3] == KIND_NAME)
        set_name(s, to, k);
    else
        (void)snprintf(to->name, sizeof to->name, "%s%s", to->is_unanswered ? "(unanswered) " : "",
                address);
    e->state.verdicts = xcalloc(s->n_rules + 1, SERVICES_VERDICTS * sizeof(uint16_t));
    e->next = s->all;
    e->link = &s->all;
    if (s->all != NULL)
        s->all->link = &e->next;
    s->all = e;
    s->count++;
    map_put(s->by_key, (struct bytes){k->bytes, k->n}, e);
    return e;
}

/* Counts a name that has not been answered yet; false once the endpoint had too many of them. */
static bool may_name(struct services *s, const struct handshake *h)
{
    struct key k;
    key_start(&k, h, KIND_UNANSWERED);
    key_address(&k, h);
    struct bytes key = {k.bytes, k.n};
    uint32_t *n = map_get(s->unanswered, key);
    if (n == NULL) {
        n = xcalloc(1, sizeof *n);
        map_put(s->unanswered, key, n);
    }
    if (*n >= SERVICES_UNANSWERED)
        return false;
    (*n)++;
    return true;
}

struct service_state *services_of(struct services *s, const struct handshake *h, struct err *err)
{
    struct key k;
    const struct client_hello *ch = h->client_hello;
    bool has_name = ch != NULL && ch->has_sni && ch->sni.n > 0;
    bool is_answered = h->server_hello != NULL || h->hello_retry_request != NULL;
    const char *given =
            has_name ? NULL : policy_service(s->policy, &h->sides[SIDE_SERVER].endpoint);
    key_start(&k, h, has_name || given != NULL ? KIND_NAME : KIND_ADDRESS);
    if (has_name)
        key_name(&k, ch->sni);
    else if (given != NULL)
        key_name(&k, bytes_of_text(given));
    else
        key_address(&k, h);
    struct entry *e = find(s, &k);
    if (e == NULL && has_name && !is_answered && !may_name(s, h)) {
        key_start(&k, h, KIND_UNANSWERED);
        key_address(&k, h);
        e = find(s, &k);
    }
    if (e == NULL)
        e = make(s, h, &k);
    if (s->has_failed) {
        *err = s->err;
        return NULL;
    }
    if (stored(s, e, err) == NULL)
        return NULL;
    e->state.is_answered |= is_answered;
    return &e->state;
}

struct service_state *services_by_id(struct services *s, int64_t id)
{
    struct entry *e = map_get(s->by_id, id_key(&id));
    return e != NULL ? &e->state : NULL;
}

bool services_round(struct services *s, struct service_state *state, int64_t us, struct err *err)
{
    int64_t hour_us = slot_start(us, HOUR_US);
    bool is_full = state->n_rounds == UINT16_MAX;
    if ((hour_us != state->hour_us || is_full) && !write_counts(s, state, err))
        return false;
    state->hour_us = hour_us;
    state->n_rounds++;
    return true;
}

bool services_flush(struct services *s, struct err *err)
{
    for (struct entry *e = s->all; e != NULL; e = e->next)
        if (!write_counts(s, &e->state, err))
            return false;
    return true;
}

void services_flush_begin(struct services *s)
{
    if (s->due == NULL)
        s->due = s->all;
}

bool services_flush_some(struct services *s, struct err *err)
{
    for (int n = 0; s->due != NULL && n < SERVICES_AT_ONCE; s->due = s->due->next) {
        n += s->due->state.n_rounds > 0;
        if (s->due->state.n_rounds > 0 && !write_counts(s, &s->due->state, err))
            return false;
    }
    return true;
}

uint64_t services_count(const struct services *s)
{
    return s->count;
}

uint64_t services_evicted(const struct services *s)
{
    return map_evicted(s->by_key);
}
