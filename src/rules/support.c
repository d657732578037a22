#include "rules/support.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "iana/iana.h"

enum verdict rule_undetermined(struct rule_answer *a, const char *why)
{
    a->why = why;
    return RULE_UNDETERMINED;
}

double rule_threshold(const struct rule_facts *f, enum threshold t)
{
    return policy_threshold(f->policy, t);
}

int64_t rule_threshold_us(const struct rule_facts *f, enum threshold t)
{
    return (int64_t)rule_threshold(f, t) * unit_us(threshold_row(t)->unit);
}

int rule_share(uint64_t count, uint64_t total, double ratio)
{
    double most = ratio * (double)total;
    double slack = most * 1e-9; /* 1 - 0.9995 is not quite 0.0005 */
    if ((double)count > most + slack)
        return 1;
    return (double)count < most - slack ? -1 : 0;
}

const struct certificate *rule_leaf(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    *verdict = RULE_NA;
    if (f->n_chain == 0) {
        if (f->handshake->cert_visibility == CERT_NOT_CAPTURED)
            *verdict = rule_undetermined(a, "the certificate is missing in the capture");
        return NULL;
    }
    if (!f->chain[0]->is_parsed) {
        *verdict = rule_undetermined(a, "the certificate does not parse");
        return NULL;
    }
    return f->chain[0];
}

const struct certificate *rule_client_leaf(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    const struct handshake *h = f->handshake;
    *verdict = RULE_NA;
    if (f->n_client_chain == 0) {
        /* A server that asked for one was answered, unless the answer is what is missing. */
        if (h->cert_request != NULL && h->client_certs == NULL && !handshake_is_complete(h))
            *verdict = rule_undetermined(a, "the client's certificate is missing in the capture");
        return NULL;
    }
    if (!f->client_chain[0]->is_parsed) {
        *verdict = rule_undetermined(a, "the client's certificate does not parse");
        return NULL;
    }
    return f->client_chain[0];
}

const struct certificate *rule_extensions(
        const struct certificate *leaf, struct rule_answer *a, enum verdict *verdict)
{
    if (leaf == NULL || leaf->problem == NULL)
        return leaf;
    *verdict = rule_undetermined(a, "the certificate does not parse to its end");
    return NULL;
}

enum known rule_publicity(const struct rule_facts *f)
{
    return f->judgement != NULL ? f->judgement->is_public : KNOWN_UNKNOWN;
}

static const char *why_not_known(const struct judgement *j)
{
    bool has_public = false;
    for (size_t i = 0; j != NULL && i < j->n_stores; i++)
        has_public |= j->stores[i].is_public;
    return has_public ? "the path to a public root could not be followed"
                      : "no trust store of public roots was given (--trust public:NAME=FILE)";
}

bool rule_public(const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    enum known is = rule_publicity(f);
    *verdict = RULE_NA;
    if (is == KNOWN_UNKNOWN && f->chain[0]->self_signed != SELF_SIGNED_YES)
        *verdict = rule_undetermined(a, why_not_known(f->judgement));
    return is == KNOWN_YES;
}

bool rule_hello(const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    const struct handshake *h = f->handshake;
    *verdict = RULE_NA;
    if (h->server_hello != NULL)
        return true;
    if (h->is_tls && !handshake_is_complete(h))
        *verdict = rule_undetermined(a, "the ServerHello is missing in the capture");
    return false;
}

bool rule_ending(const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    const struct handshake *h = f->handshake;
    *verdict = RULE_NA;
    if (h->outcome == OUTCOME_ABANDONED || h->outcome == OUTCOME_SCAN)
        return false;
    if (h->outcome != OUTCOME_UNDETERMINED)
        return true;
    *verdict = rule_undetermined(a, "how the handshake ended is undetermined");
    return false;
}

bool rule_lossless(const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    const struct handshake *h = f->handshake;
    bool is_whole = handshake_is_complete(h);
    if (!is_whole)
        *verdict = rule_undetermined(a, "bytes of the handshake are missing in the capture");
    else if (h->is_ambiguous)
        *verdict = rule_undetermined(a, "overlapping packets have different bytes");
    return is_whole && !h->is_ambiguous;
}

bool rule_hellos(const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    const struct handshake *h = f->handshake;
    if (!rule_hello(f, a, verdict))
        return false;
    *verdict = RULE_NA;
    if (h->version == TLS_SSLV2)
        return false;
    if (h->client_hello == NULL) {
        *verdict = rule_undetermined(a, "the ClientHello is missing in the capture");
        return false;
    }
    if (h->client_hello->is_malformed || h->server_hello->is_malformed) {
        *verdict = rule_undetermined(a, "a hello does not parse to its end");
        return false;
    }
    if (h->is_ambiguous)
        *verdict = rule_undetermined(a, "overlapping packets have different bytes");
    return !h->is_ambiguous;
}

uint16_t rule_best_version(const struct client_hello *ch)
{
    uint16_t best = 0;
    if (!ch->has_supported_versions)
        return ch->legacy_version;
    for (size_t i = 0; i < u16_count(ch->supported_versions); i++) {
        uint16_t v = u16_at(ch->supported_versions, i);
        if (iana_is_grease(v))
            continue;
        if (tls_is_13(v))
            v = TLS_1_3;
        best = v > best ? v : best;
    }
    return best;
}

const struct alert *rule_alert(const struct side_facts *side, uint8_t description)
{
    for (size_t i = 0; i < side->n_alerts && i < TLS_ALERT_CAP; i++)
        if (side->alerts[i].description == description)
            return &side->alerts[i];
    return NULL;
}

static void put(char *out, size_t size, const char *format, va_list args)
        __attribute__((format(printf, 3, 0)));

/* Text that is cut ends with a whole character (UTF-8). */
static void put(char *out, size_t size, const char *format, va_list args)
{
    int n = vsnprintf(out, size, format, args);
    if (n < 0 || (size_t)n < size)
        return;
    size_t end = size - 1;
    while (end > 0 && ((uint8_t)out[end - 1] & 0xc0) == 0x80)
        end--;
    out[end > 0 && (uint8_t)out[end - 1] >= 0xc0 ? end - 1 : size - 1] = '\0';
}

void rule_fit(char *out, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put(out, size, format, args);
    va_end(args);
}

void rule_subject(struct rule_answer *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put(a->subject, sizeof a->subject, format, args);
    va_end(args);
}

void rule_summary(struct rule_answer *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put(a->summary, sizeof a->summary, format, args);
    va_end(args);
}

static struct evidence *next(struct rule_answer *a, const char *note)
{
    static const struct evidence NONE;
    if (a->n_evidence == sizeof a->evidence / sizeof *a->evidence)
        return NULL;
    struct evidence *e = &a->evidence[a->n_evidence++];
    *e = NONE;
    (void)snprintf(e->note, sizeof e->note, "%s", note);
    return e;
}

void rule_bytes(struct rule_answer *a, enum side side, const struct span *at, struct bytes b,
        const char *note)
{
    struct evidence *e = next(a, note);
    if (e == NULL)
        return;
    e->kind = EVIDENCE_BYTES;
    e->side = side;
    e->at = *at;
    e->n_bytes = b.n < EVIDENCE_BYTES_CAP ? b.n : EVIDENCE_BYTES_CAP;
    if (e->n_bytes > 0)
        memcpy(e->bytes, b.p, e->n_bytes);
}

void rule_series(struct rule_answer *a, const struct attempt_counts *c, const char *note)
{
    struct evidence *e = next(a, note);
    if (e == NULL)
        return;
    e->kind = EVIDENCE_SERIES;
    e->window_from_us = c->from_us;
    e->window_to_us = c->to_us;
    e->count = c->n_broken;
    e->total = c->n_attempts;
}

void rule_connection(struct rule_answer *a, const char *note)
{
    struct evidence *e = next(a, note);
    if (e != NULL)
        e->kind = EVIDENCE_CONNECTIONS;
}

static void about(struct rule_answer *a, const struct certificate *c)
{
    struct text hex = {0};
    text_add_hex(&hex, (struct bytes){c->sha256, sizeof c->sha256});
    rule_subject(a, "%s", text_str(&hex));
    text_fini(&hex);
    a->certificate = c;
}

enum verdict rule_certificate_hit(const struct rule_facts *f, struct rule_answer *a,
        size_t position, struct bytes shown, const char *note)
{
    about(a, f->chain[position]);
    const struct cert_message *m = f->handshake->server_certs;
    if (m != NULL && position < m->n_certs)
        rule_bytes(a, SIDE_SERVER, &m->certs[position].at, shown, note);
    return RULE_HIT;
}

enum verdict rule_client_entry_hit(const struct rule_facts *f, struct rule_answer *a,
        size_t position, struct bytes shown, const char *note)
{
    about(a, f->client_chain[position]);
    a->about = ABOUT_CLIENT;
    const struct cert_message *m = f->handshake->client_certs;
    if (m != NULL && position < m->n_certs)
        rule_bytes(a, SIDE_CLIENT, &m->certs[position].at, shown, note);
    return RULE_HIT;
}

enum verdict rule_client_certificate_hit(
        const struct rule_facts *f, struct rule_answer *a, struct bytes shown, const char *note)
{
    enum finding_about whose = a->about;
    (void)rule_client_entry_hit(f, a, 0, shown, note);
    a->about = whose;
    return RULE_HIT;
}

const struct iana_suite *rule_suite(const struct rule_facts *f)
{
    const struct handshake *h = f->handshake;
    return h->version != TLS_SSLV2 ? iana_suite(h->cipher_suite) : NULL;
}

const struct iana_suite *rule_lost_exchange(const struct rule_facts *f)
{
    const struct handshake *h = f->handshake;
    const struct iana_suite *s = h->server_hello != NULL ? rule_suite(f) : NULL;
    if (s == NULL || h->server_key_exchange != NULL || h->resumption == RESUMPTION_RESUMED ||
            h->version > TLS_1_2 || handshake_is_complete(h))
        return NULL;
    switch (s->kex) {
    case KEX_DHE:
    case KEX_DH_ANON:
    case KEX_DHE_PSK:
    case KEX_ECDHE:
    case KEX_ECDH_ANON:
    case KEX_ECDHE_PSK:
        return s;
    default:
        return NULL;
    }
}

void rule_server_hello(
        const struct rule_facts *f, struct rule_answer *a, uint16_t value, const char *note)
{
    uint8_t shown[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    rule_bytes(a, SIDE_SERVER, &f->handshake->server_hello->at, (struct bytes){shown, sizeof shown},
            note);
}

enum verdict rule_suite_hit(const struct rule_facts *f, struct rule_answer *a)
{
    uint16_t suite = f->handshake->cipher_suite;
    rule_subject(a, "0x%04x", suite);
    rule_server_hello(f, a, suite, "cipher_suite of the ServerHello");
    return RULE_HIT;
}

struct lesson rule_lesson(const struct rule_facts *f)
{
    return (struct lesson){.vantage = f->vantage,
            .handshake = f->handshake,
            .service = f->service,
            .leaf = f->n_chain > 0 ? f->chain[0] : NULL,
            .is_name_match = f->name_match == NAME_FACT_MATCH,
            .is_name_mismatch = f->name_match == NAME_FACT_MISMATCH,
            .client_leaf = f->n_client_chain > 0 ? f->client_chain[0] : NULL,
            .judgement = f->judgement,
            .at_us = f->handshake->last_us};
}

void rule_day(int64_t us, char out[16])
{
    text_day(us, out);
}

void rule_when(int64_t us, int64_t at_us, char out[24])
{
    struct text t = {0};
    bool is_near = us < at_us ? us > at_us - 2 * DAY_US : us - at_us < 2 * DAY_US;
    text_add_time(&t, us);
    const char *s = text_str(&t);
    if (is_near && t.n > 19)
        (void)snprintf(out, 24, "%.10s %.8s UTC", s, s + 11);
    else
        (void)snprintf(out, 24, "%.10s", s);
    text_fini(&t);
}

void rule_span(int64_t us, char out[24])
{
    const int64_t minute = DAY_US / 1440, hour = DAY_US / 24;
    if (us < minute)
        (void)snprintf(out, 24, "less than a minute");
    else if (us < 2 * minute)
        (void)snprintf(out, 24, "a minute");
    else if (us < 2 * hour)
        (void)snprintf(out, 24, "%lld minutes", (long long)(us / minute));
    else if (us < 2 * DAY_US)
        (void)snprintf(out, 24, "%lld hours", (long long)(us / hour));
    else
        (void)snprintf(out, 24, "%lld days", (long long)(us / DAY_US));
}

const char *rule_who(const struct certificate *c)
{
    if (c->subject == NULL)
        return "a certificate that does not parse";
    return c->subject[0] != '\0' ? c->subject : "a certificate without a subject";
}

const char *rule_message(const struct side_facts *side)
{
    if (side->last_message < 0)
        return "no message";
    const char *name = iana_handshake_name((uint8_t)side->last_message);
    return name != NULL ? name : "an unknown message";
}

bool rule_is_smtp(const struct handshake *h)
{
    uint16_t port = h->sides[SIDE_SERVER].endpoint.port;
    return port == 25 || port == 587 || port == 2525;
}

void rule_client(const struct handshake *h, char out[64])
{
    char address[ENDPOINT_TEXT];
    const char *best = h->prints.ja4[0] != '\0' ? h->prints.ja4 : h->prints.ja3;
    address_text(&h->sides[SIDE_CLIENT].endpoint.address, address);
    (void)snprintf(out, 64, "%s", best[0] != '\0' ? best : address);
}

void rule_client_subject(const struct rule_facts *f, struct rule_answer *a, const char *before)
{
    char who[64];
    rule_client(f->handshake, who);
    rule_subject(a, "%s%s", before, who);
    a->about = ABOUT_CLIENT;
}
