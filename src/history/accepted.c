#include "history/accepted.h"

#include <string.h>

#include "base/slot.h"
#include "history/host_key.h"

#define MINUTE_US (60 * (int64_t)1000000)

struct choice {
    int32_t minute; /* since 1970, of the latest time */
    uint16_t code;
    uint16_t is_set;
};

struct choice_name {
    int32_t minute;
    uint8_t n; /* 0: none */
    uint8_t bytes[ACCEPTED_NAME];
    uint8_t zero[3];
};

enum { VERSIONS = 8, SUITES = 16, GROUPS = 8, SCHEMES = 8 };

struct server {
    uint64_t n_hellos;
    int64_t first_us;                                  /* before, nothing was known */
    int64_t minute;                                    /* of the latest ServerHello */
    int64_t of_us[HELLO_FORMS], other_us[HELLO_FORMS]; /* as in struct accepted; 0 none */
    struct choice versions[VERSIONS], suites[SUITES], groups[GROUPS], schemes[SCHEMES];
    struct choice_name names[ACCEPTED_NAMES];
};

static const size_t SIZES[ACCEPTED_KINDS] = {VERSIONS, SUITES, GROUPS, SCHEMES};

static struct choice *list_of(struct server *s, enum accepted_kind kind)
{
    struct choice *const lists[ACCEPTED_KINDS] = {s->versions, s->suites, s->groups, s->schemes};
    return lists[kind];
}

static bool is_recent(int64_t minute, int64_t now)
{
    return minute >= now - ACCEPTED_US / MINUTE_US;
}

static int64_t if_recent(int64_t us, int64_t at_us)
{
    return us != 0 && at_us - us <= ACCEPTED_US ? us : TIME_NONE;
}

void history_accepted(struct history *history, int64_t vantage, const struct service *s,
        const struct handshake *h, int64_t at_us, struct accepted *out)
{
    struct memory *m = history_topic(history, TOPIC_accepted);
    struct host_key key = host_key_of(vantage, s, h, SIDE_SERVER);
    struct server *server = m != NULL ? memory_get(m, host_key_bytes(&key)) : NULL;
    int64_t now = slot_of_time(at_us, MINUTE_US);
    memset(out, 0, sizeof *out);
    for (int form = 0; form < HELLO_FORMS; form++)
        out->of_us[form] = out->other_us[form] = TIME_NONE;
    if (server == NULL || at_us < server->first_us || !is_recent(server->minute, now))
        return;
    out->n_hellos = server->n_hellos;
    for (int form = 0; form < HELLO_FORMS; form++) {
        out->of_us[form] = if_recent(server->of_us[form], at_us);
        out->other_us[form] = if_recent(server->other_us[form], at_us);
    }
    for (int kind = 0; kind < ACCEPTED_KINDS; kind++) {
        struct accepted_list *list = &out->lists[kind];
        const struct choice *from = list_of(server, (enum accepted_kind)kind);
        for (size_t i = 0; i < SIZES[kind]; i++)
            if (from[i].is_set && is_recent(from[i].minute, now))
                list->codes[list->n++] = from[i].code;
    }
    for (size_t i = 0; i < ACCEPTED_NAMES; i++) {
        const struct choice_name *name = &server->names[i];
        if (name->n == 0 || !is_recent(name->minute, now))
            continue;
        struct accepted_name *to = &out->names[out->n_names++];
        to->n = name->n;
        memcpy(to->bytes, name->bytes, sizeof to->bytes);
    }
}

/* The place of a code: its own, a free one, else that of the oldest. */
static void note(struct choice *list, size_t n, uint16_t code, int32_t minute)
{
    struct choice *place = &list[0];
    for (size_t i = 0; i < n; i++) {
        if (list[i].is_set && list[i].code == code) {
            list[i].minute = minute;
            return;
        }
        if (place->is_set && (!list[i].is_set || list[i].minute < place->minute))
            place = &list[i];
    }
    *place = (struct choice){minute, code, 1};
}

static void note_name(struct choice_name *list, struct bytes alpn, int32_t minute)
{
    struct choice_name *place = &list[0];
    if (alpn.n == 0 || alpn.n > ACCEPTED_NAME)
        return;
    for (size_t i = 0; i < ACCEPTED_NAMES; i++) {
        if (bytes_equal((struct bytes){list[i].bytes, list[i].n}, alpn)) {
            list[i].minute = minute;
            return;
        }
        if (place->n > 0 && (list[i].n == 0 || list[i].minute < place->minute))
            place = &list[i];
    }
    memset(place, 0, sizeof *place);
    place->minute = minute;
    place->n = (uint8_t)alpn.n;
    memcpy(place->bytes, alpn.p, alpn.n);
}

static void note_forms(struct server *s, const struct handshake *h, int64_t at_us)
{
    for (int form = 0; h->client_hello != NULL && form < HELLO_FORMS; form++) {
        bool is_of = hello_is_of(h, (enum hello_form)form);
        int64_t *us = is_of ? &s->of_us[form] : &s->other_us[form];
        if (at_us > *us)
            *us = at_us;
    }
}

static void learn(struct memory *memory, const struct lesson *l)
{
    const struct handshake *h = l->handshake;
    if (h->server_hello == NULL || h->server_hello->is_malformed || h->version == TLS_SSLV2 ||
            h->is_ambiguous)
        return;
    struct host_key key = host_key_of(l->vantage, l->service, h, SIDE_SERVER);
    struct server *s = memory_make(memory, host_key_bytes(&key), l->at_us);
    int32_t minute = (int32_t)slot_of_time(l->at_us, MINUTE_US);
    if (s->n_hellos++ == 0)
        s->first_us = l->at_us;
    s->minute = minute;
    note_forms(s, h, l->at_us);
    note(s->versions, VERSIONS, h->version, minute);
    note(s->suites, SUITES, h->cipher_suite, minute);
    if (h->group != 0)
        note(s->groups, GROUPS, h->group, minute);
    const struct server_key_exchange *x = h->server_key_exchange;
    if (x != NULL && x->has_scheme && !x->is_malformed)
        note(s->schemes, SCHEMES, x->scheme, minute);
    if (h->server_hello->has_alpn)
        note_name(s->names, h->server_hello->alpn, minute);
}

const struct topic topic_accepted = {
        .kind = {.name = "accepted",
                .version = 1,
                .value_size = sizeof(struct server),
                .cap = ACCEPTED_SERVERS},
        .learn = learn,
};
