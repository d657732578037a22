/* Looking things up: linear in the length of the list, but for severities. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy_internal.h"

enum { V4_BITS = 96, ALL_BITS = 128, HEX_DIGEST = 65 };

bool glob_match(const char *pattern, const char *text)
{
    const char *star = NULL, *back = NULL;
    while (*text != '\0') {
        if (*pattern == '*') {
            star = ++pattern;
            back = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star;
            text = ++back;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

bool prefix_contains(const struct prefix *p, const struct address *a)
{
    unsigned whole = p->bits / 8, rest = p->bits % 8;
    if (memcmp(p->address.ip, a->ip, whole) != 0)
        return false;
    return rest == 0 || ((p->address.ip[whole] ^ a->ip[whole]) >> (8 - rest)) == 0;
}

static bool has_more_bits(const struct prefix *p)
{
    for (unsigned i = p->bits; i < ALL_BITS; i++)
        if (p->address.ip[i / 8] >> (7 - i % 8) & 1)
            return true;
    return false;
}

const char *prefix_parse(const char *text, struct prefix *out)
{
    char address[ENDPOINT_TEXT];
    const char *slash = strchr(text, '/');
    size_t n = slash != NULL ? (size_t)(slash - text) : strlen(text);
    char *end = NULL;
    *out = (struct prefix){.bits = ALL_BITS};
    if (n >= sizeof address)
        return "is no address";
    memcpy(address, text, n);
    address[n] = '\0';
    bool is_v4 = inet_pton(AF_INET, address, out->address.ip + 12) == 1;
    if (is_v4)
        out->address.ip[10] = out->address.ip[11] = 0xff;
    else if (inet_pton(AF_INET6, address, out->address.ip) != 1)
        return "is no IPv4 or IPv6 address, alone or with /bits";
    if (slash == NULL)
        return NULL;
    unsigned long bits = strtoul(slash + 1, &end, 10);
    if (slash[1] < '0' || slash[1] > '9' || *end != '\0' || bits > (is_v4 ? 32 : ALL_BITS))
        return is_v4 ? "needs 0 to 32 bits behind /" : "needs 0 to 128 bits behind /";
    out->bits = (unsigned)bits + (is_v4 ? V4_BITS : 0);
    return has_more_bits(out) ? "has bits that are set behind the prefix" : NULL;
}

void prefix_text(const struct prefix *p, char out[PREFIX_TEXT])
{
    char address[ENDPOINT_TEXT];
    bool is_v4 = p->bits >= V4_BITS && address_is_v4(&p->address);
    address_text(&p->address, address);
    (void)snprintf(out, PREFIX_TEXT, "%.45s/%u", address, is_v4 ? p->bits - V4_BITS : p->bits);
}

const char *rule_glob_parse(struct arena *a, const char *text, struct rule_glob *out)
{
    const char *at = strchr(text, '@');
    size_t n = at != NULL ? (size_t)(at - text) : strlen(text);
    out->least = SEV_INFO;
    if (at != NULL && !severity_parse(at + 1, &out->least))
        return "needs info, low, medium, high or critical behind @";
    if (n == 0)
        return "is empty: use the id of a rule, * stands for anything";
    out->text = arena_text(a, bytes_of_text(text));
    out->glob = arena_text(a, (struct bytes){(const uint8_t *)text, n});
    return NULL;
}

static int by_rule(const void *a, const void *b)
{
    const struct severity_value *x = a, *y = b;
    int order = strcmp(x->rule, y->rule);
    if (order != 0)
        return order;
    return (x->origin > y->origin) - (x->origin < y->origin);
}

void severities_sort(struct policy *p)
{
    size_t n = 0;
    if (p->n_severities == 0)
        return;
    qsort(p->severities, p->n_severities, sizeof *p->severities, by_rule);
    for (size_t i = 0; i < p->n_severities; i++) {
        bool is_same = n > 0 && strcmp(p->severities[n - 1].rule, p->severities[i].rule) == 0;
        p->severities[is_same ? n - 1 : n++] = p->severities[i];
    }
    p->n_severities = n;
}

static int find_rule(const void *key, const void *row)
{
    return strcmp(key, ((const struct severity_value *)row)->rule);
}

static const struct severity_value *severity_of(const struct policy *p, const char *rule)
{
    if (p == NULL || p->n_severities == 0)
        return NULL;
    return bsearch(rule, p->severities, p->n_severities, sizeof *p->severities, find_rule);
}

bool policy_says_severity(const struct policy *p, const char *rule)
{
    const struct severity_value *v = severity_of(p, rule);
    return v != NULL && v->origin == ORIGIN_FILE;
}

bool policy_severity(const struct policy *p, const char *rule, enum severity *inout)
{
    const struct severity_value *v = severity_of(p, rule);
    if (v != NULL && !v->is_off)
        *inout = v->severity;
    return v == NULL || !v->is_off;
}

double policy_threshold(const struct policy *p, enum threshold t)
{
    return p != NULL ? p->thresholds[t].value : threshold_row(t)->preset;
}

/* A service is called by its name, or with the port behind it. */
static bool is_service(const char *glob, const struct service *s)
{
    char with_port[sizeof s->name + 8];
    if (glob_match(glob, s->name))
        return true;
    (void)snprintf(with_port, sizeof with_port, "%s:%u", s->name, s->port);
    return glob_match(glob, with_port);
}

static bool is_server(const char *glob, const struct endpoint *e)
{
    char text[ENDPOINT_TEXT];
    struct prefix prefix;
    if (prefix_parse(glob, &prefix) == NULL)
        return prefix_contains(&prefix, &e->address);
    address_text(&e->address, text);
    if (glob_match(glob, text))
        return true;
    endpoint_text(e, text);
    return glob_match(glob, text);
}

static void digest_text(const uint8_t digest[32], char out[HEX_DIGEST])
{
    static const char DIGITS[] = "0123456789abcdef";
    for (size_t i = 0; i < 32; i++) {
        out[2 * i] = DIGITS[digest[i] >> 4];
        out[2 * i + 1] = DIGITS[digest[i] & 15];
    }
    out[HEX_DIGEST - 1] = '\0';
}

static bool is_certificate(const char *prefix, const struct sighting *s)
{
    char hex[HEX_DIGEST];
    if (!s->has_certificate)
        return false;
    digest_text(s->certificate, hex);
    return strncmp(hex, prefix, strlen(prefix)) == 0;
}

static bool covers(const struct exception *e, const struct sighting *s)
{
    if (!glob_match(e->rule, s->defect))
        return false;
    if (e->service != NULL && !is_service(e->service, &s->service))
        return false;
    if (e->server != NULL && !(s->has_endpoints && is_server(e->server, &s->server)))
        return false;
    if (e->subject != NULL && !glob_match(e->subject, s->subject))
        return false;
    return e->certificate == NULL || is_certificate(e->certificate, s);
}

const struct exception *policy_exception(
        const struct policy *p, const struct sighting *s, const struct exception **past)
{
    *past = NULL;
    for (size_t i = 0; p != NULL && i < p->n_exceptions; i++) {
        const struct exception *e = &p->exceptions[i];
        if (!covers(e, s))
            continue;
        if (s->at_us < e->until_us) {
            *past = NULL;
            return e;
        }
        if (*past == NULL)
            *past = e;
    }
    return NULL;
}

const struct maintenance *policy_window_at(const struct policy *p, const struct service *service,
        const struct address *server, int64_t us)
{
    for (size_t i = 0; p != NULL && i < p->n_windows; i++) {
        const struct maintenance *w = &p->windows[i];
        struct prefix prefix;
        if (us < w->start_us || us >= w->end_us)
            continue;
        bool is_in = service != NULL && is_service(w->scope, service);
        if (!is_in && server != NULL && prefix_parse(w->scope, &prefix) == NULL)
            is_in = prefix_contains(&prefix, server);
        if (is_in)
            return w;
    }
    return NULL;
}

bool policy_owned(const struct policy *p, const struct address *a)
{
    if (p == NULL || p->n_owned == 0)
        return true;
    for (size_t i = 0; i < p->n_owned; i++)
        if (prefix_contains(&p->owned[i], a))
            return true;
    return false;
}

bool policy_has_owned(const struct policy *p)
{
    return p != NULL && p->n_owned > 0;
}

static const char *name_of(const struct named_prefixes *list, size_t n, const struct address *a)
{
    const char *best = NULL;
    unsigned bits = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < list[i].n; k++) {
            const struct prefix *p = &list[i].prefixes[k];
            if (prefix_contains(p, a) && (best == NULL || p->bits > bits)) {
                best = list[i].name;
                bits = p->bits;
            }
        }
    return best;
}

const char *policy_region(const struct policy *p, const struct address *a)
{
    return p != NULL ? name_of(p->regions, p->n_regions, a) : NULL;
}

const char *policy_group(const struct policy *p, const struct address *a)
{
    return p != NULL ? name_of(p->groups, p->n_groups, a) : NULL;
}

/* The longest prefix; of equal ones that with the port. */
const char *policy_service(const struct policy *p, const struct endpoint *server)
{
    const struct service_name *best = NULL;
    for (size_t i = 0; p != NULL && i < p->n_services; i++) {
        const struct service_name *s = &p->services[i];
        bool is_it = prefix_contains(&s->server, &server->address) &&
                     (s->port == 0 || s->port == server->port);
        bool is_better = best == NULL || s->server.bits > best->server.bits ||
                         (s->server.bits == best->server.bits && best->port == 0 && s->port != 0);
        if (is_it && is_better)
            best = s;
    }
    return best != NULL ? best->name : NULL;
}

bool policy_no_zero_rtt(const struct policy *p, const struct service *s)
{
    for (size_t i = 0; p != NULL && i < p->n_no_zero_rtt; i++)
        if (is_service(p->no_zero_rtt[i], s))
            return true;
    return false;
}

/* "spki:HEX", or a glob of the subject. */
static bool is_named(const char *const *list, size_t n, const struct certificate *c)
{
    char hex[HEX_DIGEST];
    digest_text(c->spki_sha256, hex);
    for (size_t i = 0; i < n; i++) {
        bool is_key = strncmp(list[i], "spki:", 5) == 0;
        if (is_key ? strcmp(list[i] + 5, hex) == 0
                   : c->subject != NULL && glob_match(list[i], c->subject))
            return true;
    }
    return false;
}

bool policy_inspection(const struct policy *p, const struct certificate *c)
{
    return p != NULL && is_named(p->inspection, p->n_inspection, c);
}

bool policy_shared_key(const struct policy *p, const struct certificate *c)
{
    return p != NULL && is_named(p->shared_keys, p->n_shared_keys, c);
}

static bool is_listed(const struct rule_glob *list, size_t n, const char *rule, enum severity s)
{
    for (size_t i = 0; i < n; i++)
        if (s >= list[i].least && glob_match(list[i].glob, rule))
            return true;
    return false;
}

bool policy_is_paging(const struct policy *p, const char *rule, enum severity s)
{
    return p != NULL && is_listed(p->paging, p->n_paging, rule, s);
}

bool policy_is_ticket(const struct policy *p, const char *rule, enum severity s)
{
    return p != NULL && is_listed(p->tickets, p->n_tickets, rule, s);
}

size_t policy_fingerprints(const struct policy *p)
{
    return p != NULL ? p->n_prints : 0;
}

const char *policy_fingerprint(const struct policy *p, enum print_kind kind, const char *print)
{
    for (size_t i = 0; p != NULL && i < p->n_prints; i++)
        if (p->prints[i].kind == kind && strcmp(p->prints[i].print, print) == 0)
            return p->prints[i].note;
    return NULL;
}
