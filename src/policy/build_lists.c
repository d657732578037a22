/* Exceptions, windows, and who is who. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/build.h"

#define DAY_US (INT64_C(86400) * 1000000)

static const char TIMES[] = "is no time: use 2026-01-31 or 2026-01-31T12:00:00Z";

/* A date, or a time with its offset from UTC; seconds since 1970 are not for people. */
static bool take_time(struct build *b, const char *key, const char *text, int64_t *us)
{
    if (!build_need(b, key, text))
        return false;
    if (strlen(text) < 10 || text[4] != '-' || !text_parse_time(text, us))
        return build_wrong(b, key, text, TIMES);
    return true;
}

static bool is_date(const char *text)
{
    return strlen(text) == 10;
}

static bool take_digest(struct build *b, const char *key, const char *text)
{
    size_t n = strlen(text);
    if (n < 8 || n > 64 || strspn(text, "0123456789abcdef") != n)
        return build_wrong(b, key, text,
                "is no beginning of a SHA-256: 8 to 64 hexadecimal digits in lower case");
    return true;
}

/* What looks like a prefix must be one. */
static bool take_server(struct build *b, const char *key, const char *text)
{
    struct prefix prefix;
    const char *wrong = strchr(text, '/') != NULL ? prefix_parse(text, &prefix) : NULL;
    return wrong == NULL || build_wrong(b, key, text, wrong);
}

bool build_rule(struct build *b, const char *key, const char *glob)
{
    bool is_known = b->rules == NULL || b->rules[0] == NULL;
    if (!build_need(b, key, glob))
        return false;
    for (size_t i = 0; !is_known && b->rules[i] != NULL; i++)
        is_known = glob_match(glob, b->rules[i]);
    return is_known || build_wrong(b, key, glob, "fits no rule: list them with `tlswire rules`");
}

/* A glob of services, whose names are in lower case. */
static const char *service_text(struct build *b, const char *text)
{
    struct text t = {0};
    for (; text != NULL && *text != '\0'; text++) {
        char c = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
        text_add_bytes(&t, &c, 1);
    }
    const char *kept = build_text(b, text_str(&t));
    text_fini(&t);
    return kept;
}

static bool take_exception(struct build *b, const struct raw_exception *raw, unsigned i)
{
    char key[BUILD_KEY];
    struct exception *e = &b->policy->exceptions[i];
    (void)snprintf(key, sizeof key, "exceptions[%u]", i + 1);
    e->line = place_line(b->places, key);
    e->position = i;
    (void)snprintf(key, sizeof key, "exceptions[%u].rule", i + 1);
    if (!build_rule(b, key, raw->rule))
        return false;
    (void)snprintf(key, sizeof key, "exceptions[%u].server", i + 1);
    if (raw->server != NULL && !take_server(b, key, raw->server))
        return false;
    (void)snprintf(key, sizeof key, "exceptions[%u].certificate", i + 1);
    if (raw->certificate != NULL && !take_digest(b, key, raw->certificate))
        return false;
    (void)snprintf(key, sizeof key, "exceptions[%u].reason", i + 1);
    if (!build_need(b, key, raw->reason))
        return false;
    (void)snprintf(key, sizeof key, "exceptions[%u].until", i + 1);
    if (!take_time(b, key, raw->until, &e->until_us))
        return false;
    if (is_date(raw->until))
        e->until_us += DAY_US; /* the whole day */
    e->rule = build_text(b, raw->rule);
    e->service = service_text(b, raw->service);
    e->server = build_text(b, raw->server);
    e->subject = build_text(b, raw->subject);
    e->certificate = build_text(b, raw->certificate);
    e->reason = build_text(b, raw->reason);
    b->policy->n_exceptions++;
    return true;
}

static bool take_window(struct build *b, const struct raw_window *raw, unsigned i)
{
    char key[BUILD_KEY];
    struct maintenance *w = &b->policy->windows[i];
    (void)snprintf(key, sizeof key, "windows[%u]", i + 1);
    w->line = place_line(b->places, key);
    (void)snprintf(key, sizeof key, "windows[%u].scope", i + 1);
    if (!build_need(b, key, raw->scope) || !take_server(b, key, raw->scope))
        return false;
    (void)snprintf(key, sizeof key, "windows[%u].start", i + 1);
    if (!take_time(b, key, raw->start, &w->start_us))
        return false;
    (void)snprintf(key, sizeof key, "windows[%u].end", i + 1);
    if (!take_time(b, key, raw->end, &w->end_us))
        return false;
    if (is_date(raw->end))
        w->end_us += DAY_US; /* the whole day */
    if (w->end_us <= w->start_us)
        return build_wrong(b, key, raw->end, "is not after the start");
    (void)snprintf(key, sizeof key, "windows[%u].reason", i + 1);
    if (!build_need(b, key, raw->reason))
        return false;
    w->scope = service_text(b, raw->scope);
    w->reason = build_text(b, raw->reason);
    b->policy->n_windows++;
    return true;
}

static struct prefix *take_prefixes(
        struct build *b, const char *name, const struct raw_list *raw, size_t *n)
{
    char key[BUILD_KEY];
    struct prefix *all = arena_alloc(&b->policy->arena, (raw->n + 1) * sizeof *all);
    for (unsigned i = 0; i < raw->n; i++) {
        const char *wrong = prefix_parse(raw->items[i], &all[i]);
        (void)snprintf(key, sizeof key, "%s[%u]", name, i + 1);
        if (wrong != NULL) {
            (void)build_wrong(b, key, raw->items[i], wrong);
            return NULL;
        }
    }
    *n = raw->n;
    return all;
}

static bool take_named(struct build *b, const char *name, const struct raw_prefixes *raw,
        unsigned n, struct named_prefixes **out, size_t *n_out)
{
    char key[BUILD_KEY];
    struct named_prefixes *all = arena_alloc(&b->policy->arena, (n + 1) * sizeof *all);
    for (unsigned i = 0; i < n; i++) {
        (void)snprintf(key, sizeof key, "%s[%u].name", name, i + 1);
        if (!build_need(b, key, raw[i].name))
            return false;
        all[i].name = build_text(b, raw[i].name);
        (void)snprintf(key, sizeof key, "%s[%u].prefixes", name, i + 1);
        all[i].prefixes = take_prefixes(b, key, &raw[i].prefixes, &all[i].n);
        if (all[i].prefixes == NULL)
            return false;
    }
    *out = all;
    *n_out = n;
    return true;
}

/* ADDRESS, ADDRESS:PORT, [ADDRESS]:PORT, or a prefix; NULL, or what is wrong. */
static const char *server_parse(const char *text, struct service_name *out)
{
    char address[ENDPOINT_TEXT];
    char *end = NULL;
    const char *close = text[0] == '[' ? strchr(text, ']') : NULL;
    const char *colon = close != NULL ? close + 1 : strchr(text, ':');
    bool has_port = colon != NULL && *colon == ':' && strchr(colon + 1, ':') == NULL;
    if (!has_port)
        return close != NULL ? "needs a port behind ]:" : prefix_parse(text, &out->server);
    const char *from = close != NULL ? text + 1 : text;
    size_t n = (size_t)((close != NULL ? close : colon) - from);
    if (n >= sizeof address)
        return "is no address";
    memcpy(address, from, n);
    address[n] = '\0';
    unsigned long port = strtoul(colon + 1, &end, 10);
    if (colon[1] < '0' || colon[1] > '9' || *end != '\0' || port == 0 || port > 65535)
        return "needs a port from 1 to 65535 behind :";
    out->port = (uint16_t)port;
    return prefix_parse(address, &out->server);
}

static size_t count_servers(const struct raw *raw)
{
    size_t n = 0;
    for (unsigned i = 0; i < raw->n_services; i++)
        n += raw->services[i].at.n;
    return n;
}

static bool take_services(struct build *b)
{
    char key[BUILD_KEY];
    struct policy *p = b->policy;
    p->services = arena_alloc(&p->arena, (count_servers(b->raw) + 1) * sizeof *p->services);
    for (unsigned i = 0; i < b->raw->n_services; i++) {
        const struct raw_service *raw = &b->raw->services[i];
        (void)snprintf(key, sizeof key, "services[%u].name", i + 1);
        if (!build_need(b, key, raw->name))
            return false;
        const char *name = build_text(b, raw->name);
        for (unsigned k = 0; k < raw->at.n; k++) {
            struct service_name *s = &p->services[p->n_services];
            const char *wrong = server_parse(raw->at.items[k], s);
            (void)snprintf(key, sizeof key, "services[%u].at[%u]", i + 1, k + 1);
            if (wrong != NULL)
                return build_wrong(b, key, raw->at.items[k], wrong);
            s->name = name;
            s->at = build_text(b, raw->at.items[k]);
            p->n_services++;
        }
    }
    return true;
}

static bool take_texts(
        struct build *b, const char *name, const struct raw_list *raw, const char ***out, size_t *n)
{
    bool is_service = raw == &b->raw->roles->no_zero_rtt;
    char key[BUILD_KEY];
    *out = arena_alloc(&b->policy->arena, (raw->n + 1) * sizeof **out);
    for (unsigned i = 0; i < raw->n; i++) {
        const char *text = raw->items[i];
        (void)snprintf(key, sizeof key, "%s[%u]", name, i + 1);
        if (!build_need(b, key, text))
            return false;
        bool is_key = strncmp(text, "spki:", 5) == 0;
        if (is_key && (strlen(text) != 69 || strspn(text + 5, "0123456789abcdef") != 64))
            return build_wrong(b, key, text, "needs 64 hexadecimal digits in lower case");
        (*out)[i] = is_service ? service_text(b, text) : build_text(b, text);
    }
    *n = raw->n;
    return true;
}

static bool take_roles(struct build *b)
{
    struct policy *p = b->policy;
    const struct raw_roles *r = b->raw->roles;
    return r == NULL ||
           (take_texts(b, "roles.no-0rtt", &r->no_zero_rtt, &p->no_zero_rtt, &p->n_no_zero_rtt) &&
                   take_texts(b, "roles.inspection-cas", &r->inspection, &p->inspection,
                           &p->n_inspection) &&
                   take_texts(b, "roles.shared-keys", &r->shared_keys, &p->shared_keys,
                           &p->n_shared_keys));
}

bool build_lists(struct build *b)
{
    struct policy *p = b->policy;
    const struct raw *raw = b->raw;
    p->exceptions = arena_alloc(&p->arena, (raw->n_exceptions + 1) * sizeof *p->exceptions);
    for (unsigned i = 0; i < raw->n_exceptions; i++)
        if (!take_exception(b, &raw->exceptions[i], i))
            return false;
    p->windows = arena_alloc(&p->arena, (raw->n_windows + 1) * sizeof *p->windows);
    for (unsigned i = 0; i < raw->n_windows; i++)
        if (!take_window(b, &raw->windows[i], i))
            return false;
    p->owned = take_prefixes(b, "owned", &raw->owned, &p->n_owned);
    return p->owned != NULL &&
           take_named(b, "regions", raw->regions, raw->n_regions, &p->regions, &p->n_regions) &&
           take_named(b, "groups", raw->groups, raw->n_groups, &p->groups, &p->n_groups) &&
           take_services(b) && take_roles(b);
}
