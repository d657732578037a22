/* A server that refuses a hello: what the client offers and what the server takes from others. */
#include "base/text.h"
#include "history/accepted.h"
#include "rules/support.h"

enum {
    ALERT_HANDSHAKE_FAILURE = 40,
    ALERT_VERSION = 70,
    ALERT_SECURITY = 71,
    SHOWN = 4,
    BROAD = 4,
    BROAD_GROUPS = 2
};

/* What a refusal says by itself. */
enum refusal { REFUSED_NOT, REFUSED_SILENT, REFUSED_FAILURE, REFUSED_VERSION, REFUSED_SECURITY };

static enum refusal refusal_of(const struct handshake *h, const struct alert **alert)
{
    const struct side_facts *server = &h->sides[SIDE_SERVER];
    if (h->outcome == OUTCOME_FAIL_CLOSED_SERVER || h->outcome == OUTCOME_FAIL_RESET_SERVER)
        return server->n_alerts == 0 ? REFUSED_SILENT : REFUSED_NOT;
    if (h->outcome != OUTCOME_FAIL_ALERT_SERVER)
        return REFUSED_NOT;
    for (size_t i = 0; i < server->n_alerts && i < TLS_ALERT_CAP; i++) {
        *alert = &server->alerts[i];
        if ((*alert)->description == ALERT_HANDSHAKE_FAILURE)
            return REFUSED_FAILURE;
        if ((*alert)->description == ALERT_VERSION)
            return REFUSED_VERSION;
        if ((*alert)->description == ALERT_SECURITY)
            return REFUSED_SECURITY;
    }
    return REFUSED_NOT;
}

/* Without supported_versions a hello names only the highest one (RFC 5246 7.4.1.2). */
static bool offers_version(const struct client_hello *ch, uint16_t version)
{
    if (!ch->has_supported_versions)
        return version <= ch->legacy_version;
    if (tls_is_13(version)) {
        for (size_t i = 0; i < u16_count(ch->supported_versions); i++)
            if (tls_is_13(u16_at(ch->supported_versions, i)))
                return true;
        return false;
    }
    return u16_has(ch->supported_versions, version);
}

static bool offers_13(const struct client_hello *ch)
{
    return offers_version(ch, TLS_1_3);
}

static bool offers_before_13(const struct client_hello *ch)
{
    if (!ch->has_supported_versions)
        return true;
    for (size_t i = 0; i < u16_count(ch->supported_versions); i++) {
        uint16_t v = u16_at(ch->supported_versions, i);
        if (v >= TLS_SSLV3 && v <= TLS_1_2)
            return true;
    }
    return false;
}

/* Whether the client could agree on the suite: it offers it with a version that has it. */
static bool offers_suite(const struct client_hello *ch, uint16_t code)
{
    const struct iana_suite *suite = iana_suite(code);
    bool is_13 = suite != NULL && suite->kex == KEX_TLS13;
    return u16_has(ch->cipher_suites, code) && (is_13 ? offers_13(ch) : offers_before_13(ch));
}

static bool needs_group(uint16_t code)
{
    const struct iana_suite *suite = iana_suite(code);
    return suite != NULL && (suite->kex == KEX_ECDHE || suite->kex == KEX_TLS13 ||
                                    suite->kex == KEX_ECDH_ANON || suite->kex == KEX_ECDHE_PSK);
}

static bool is_any_version(const struct client_hello *ch, const struct accepted_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (offers_version(ch, l->codes[i]))
            return true;
    return l->n == 0;
}

static bool is_any_suite(const struct client_hello *ch, const struct accepted_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (offers_suite(ch, l->codes[i]))
            return true;
    return l->n == 0;
}

/* A suite in common that needs no group leaves the groups out of it. */
static bool is_any_group(const struct client_hello *ch, const struct accepted *a)
{
    const struct accepted_list *suites = &a->lists[ACCEPTED_SUITES];
    const struct accepted_list *groups = &a->lists[ACCEPTED_GROUPS];
    if (ch->groups.n == 0 || groups->n == 0)
        return true;
    for (size_t i = 0; i < suites->n; i++)
        if (offers_suite(ch, suites->codes[i]) && !needs_group(suites->codes[i]))
            return true;
    for (size_t i = 0; i < groups->n; i++)
        if (u16_has(ch->groups, groups->codes[i]))
            return true;
    return false;
}

/* Only where every way to agree is one whose schemes are seen: TLS 1.2, and signed. */
static bool is_any_scheme(const struct client_hello *ch, const struct accepted *a)
{
    const struct accepted_list *suites = &a->lists[ACCEPTED_SUITES];
    const struct accepted_list *schemes = &a->lists[ACCEPTED_SCHEMES];
    if (!ch->has_signature_algorithms || schemes->n == 0)
        return true;
    for (size_t i = 0; i < suites->n; i++) {
        const struct iana_suite *suite = iana_suite(suites->codes[i]);
        if (offers_suite(ch, suites->codes[i]) &&
                (suite == NULL || suite->kex == KEX_TLS13 || !suite->is_signed))
            return true;
    }
    for (size_t i = 0; i < schemes->n; i++)
        if (u16_has(ch->signature_algorithms, schemes->codes[i]))
            return true;
    return false;
}

/* One dimension: its name, the client's list, and the names of its values. */
struct dimension {
    enum accepted_kind kind;
    const char *what;
    struct bytes offer;
    const char *(*name)(uint16_t code);
};

static bool find_empty(
        const struct client_hello *ch, const struct accepted *a, struct dimension *out)
{
    if (!is_any_version(ch, &a->lists[ACCEPTED_VERSIONS]))
        *out = (struct dimension){
                ACCEPTED_VERSIONS, "protocol version", ch->supported_versions, iana_version_name};
    else if (!is_any_suite(ch, &a->lists[ACCEPTED_SUITES]))
        *out = (struct dimension){
                ACCEPTED_SUITES, "cipher suite", ch->cipher_suites, iana_suite_name};
    else if (!is_any_group(ch, a))
        *out = (struct dimension){ACCEPTED_GROUPS, "group", ch->groups, iana_group_name};
    else if (!is_any_scheme(ch, a))
        *out = (struct dimension){ACCEPTED_SCHEMES, "signature algorithm", ch->signature_algorithms,
                iana_scheme_name};
    else
        return false;
    return true;
}

static void add_code(struct text *t, const struct dimension *d, uint16_t code, size_t i)
{
    const char *name = d->name(code);
    text_add(t, i > 0 ? ", " : "");
    if (name != NULL)
        text_add(t, name);
    else
        text_addf(t, "0x%04x", code);
}

static bool is_signal(uint16_t suite) /* RFC 5746, RFC 7507 */
{
    return suite == 0x00ff || suite == 0x5600;
}

static void add_offer(struct text *t, const struct dimension *d, const struct client_hello *ch)
{
    size_t n = 0;
    if (d->kind == ACCEPTED_VERSIONS && !ch->has_supported_versions) {
        text_add(t, "up to ");
        add_code(t, d, ch->legacy_version, 0);
        return;
    }
    for (size_t i = 0; i < u16_count(d->offer); i++) {
        uint16_t code = u16_at(d->offer, i);
        if (iana_is_grease(code) || (d->kind == ACCEPTED_SUITES && is_signal(code)))
            continue;
        if (n < SHOWN)
            add_code(t, d, code, n);
        n++;
    }
    if (n > SHOWN)
        text_addf(t, " and %zu more", n - SHOWN);
}

static void add_accepted(struct text *t, const struct dimension *d, const struct accepted_list *l)
{
    for (size_t i = 0; i < l->n && i < SHOWN; i++)
        add_code(t, d, l->codes[i], i);
    if (l->n > SHOWN)
        text_addf(t, " and %zu more", l->n - SHOWN);
}

static void show(const struct rule_facts *f, struct rule_answer *a, const struct alert *alert)
{
    const struct client_hello *ch = f->handshake->client_hello;
    rule_bytes(a, SIDE_CLIENT, &ch->at, ch->cipher_suites, "cipher_suites of the ClientHello");
    if (alert != NULL) {
        uint8_t shown[2] = {alert->level, alert->description};
        rule_bytes(a, SIDE_SERVER, &alert->at, (struct bytes){shown, sizeof shown},
                "alert of the server");
    } else {
        rule_connection(a, "the attempt that the server closed without a word");
    }
}

static enum verdict explain(const struct rule_facts *f, struct rule_answer *a,
        const struct dimension *d, const struct accepted *accepted, enum refusal why)
{
    char who[64];
    struct text offer = {0}, taken = {0};
    add_offer(&offer, d, f->handshake->client_hello);
    add_accepted(&taken, d, &accepted->lists[d->kind]);
    rule_client(f->handshake, who);
    rule_subject(a, "%s %s", d->what, who);
    rule_summary(a,
            "no %s in common: the client offers only %.180s, the server chose %.180s in %llu "
            "handshake%s with others",
            d->what, text_str(&offer), text_str(&taken), (unsigned long long)accepted->n_hellos,
            accepted->n_hellos == 1 ? "" : "s");
    text_fini(&offer);
    text_fini(&taken);
    a->basis = BASIS_INFERRED;
    a->confidence = why == REFUSED_SILENT ? 0.5 : 0.8;
    if (why == REFUSED_VERSION && d->kind == ACCEPTED_VERSIONS)
        a->confidence = 0.95;
    return RULE_HIT;
}

/* Whether a client offers many of the suites that nearly every server takes. */
static bool has_broad_suites(const struct client_hello *ch)
{
    static const uint16_t COMMON[] = {
            0x1301, 0x1302, 0x1303, 0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9};
    unsigned n = 0;
    for (size_t i = 0; i < sizeof COMMON / sizeof *COMMON; i++)
        n += offers_suite(ch, COMMON[i]);
    return n >= BROAD;
}

/* Likewise of the groups; without a list the server has the choice (RFC 8422 5.1.1). */
static bool has_broad_groups(const struct client_hello *ch)
{
    static const uint16_t COMMON[] = {0x0017, 0x0018, 0x001d}; /* P-256, P-384, X25519 */
    unsigned n = 0;
    for (size_t i = 0; i < sizeof COMMON / sizeof *COMMON; i++)
        n += u16_has(ch->groups, COMMON[i]);
    return ch->groups.n == 0 || n >= BROAD_GROUPS;
}

/* For certificates with keys of RSA and of elliptic curves (RFC 5246 7.4.1.4.1, RFC 8446 4.2.3). */
static bool has_broad_schemes(const struct client_hello *ch)
{
    bool has_rsa = false, has_ecdsa = false;
    for (size_t i = 0; i < u16_count(ch->signature_algorithms); i++) {
        uint16_t scheme = u16_at(ch->signature_algorithms, i);
        bool is_old = scheme < 0x0700;
        has_rsa |= (is_old && (scheme & 0xff) == 1) || (scheme >= 0x0804 && scheme <= 0x0806);
        has_ecdsa |= is_old && (scheme & 0xff) == 3;
    }
    return !ch->has_signature_algorithms || (has_rsa && has_ecdsa);
}

/* The dimension in which an offer is narrow; false when it is broad in all: such a client was
 * refused for another reason (a name that is not served, say). */
static bool find_narrow(const struct client_hello *ch, struct dimension *out)
{
    if (!has_broad_suites(ch))
        *out = (struct dimension){ACCEPTED_SUITES, "", ch->cipher_suites, iana_suite_name};
    else if (!has_broad_groups(ch))
        *out = (struct dimension){ACCEPTED_GROUPS, "the groups ", ch->groups, iana_group_name};
    else if (!has_broad_schemes(ch))
        *out = (struct dimension){ACCEPTED_SCHEMES, "the signature algorithms ",
                ch->signature_algorithms, iana_scheme_name};
    else
        return false;
    return true;
}

/* Nothing to compare with: what the alert says itself. */
static enum verdict guess(const struct rule_facts *f, struct rule_answer *a, enum refusal why)
{
    static const char *const WHAT[] = {[REFUSED_FAILURE] = "parameters",
            [REFUSED_VERSION] = "protocol version",
            [REFUSED_SECURITY] = "sufficiently strong parameters"};
    struct dimension d = {ACCEPTED_VERSIONS, "", {NULL, 0}, iana_version_name};
    const struct client_hello *ch = f->handshake->client_hello;
    struct text offer = {0};
    char who[64];
    if (why == REFUSED_VERSION)
        d.offer = ch->supported_versions;
    else if (!find_narrow(ch, &d))
        d = (struct dimension){ACCEPTED_SUITES, "", ch->cipher_suites, iana_suite_name};
    add_offer(&offer, &d, ch);
    rule_client(f->handshake, who);
    rule_subject(a, "unknown: %s %s", WHAT[why], who);
    rule_summary(a,
            "the server finds no %s in common with a client that offers %s%.200s; it was not seen "
            "to accept anybody in the last 7 days, so what it would take is unknown",
            WHAT[why], d.what, text_str(&offer));
    text_fini(&offer);
    a->basis = BASIS_INFERRED;
    a->confidence = why == REFUSED_VERSION ? 0.5 : 0.3;
    a->severity = SEV_MEDIUM;
    return RULE_HIT;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    const struct client_hello *ch = h->client_hello;
    const struct alert *alert = NULL;
    if (h->server_hello != NULL || h->hello_retry_request != NULL)
        return outcome_is_success(h->outcome) ? RULE_PASS : RULE_NA;
    if (ch == NULL || ch->is_malformed || !rule_ending(f, a, &v))
        return ch == NULL || ch->is_malformed ? RULE_NA : v;
    enum refusal why = refusal_of(h, &alert);
    if (why == REFUSED_NOT)
        return RULE_NA;
    if (!handshake_is_complete(h))
        return rule_undetermined(a, "a ServerHello may be missing in the capture");
    struct accepted accepted;
    struct dimension empty;
    history_accepted(f->history, f->vantage, f->service, h, h->last_us, &accepted);
    if (accepted.n_hellos > 0 && find_empty(ch, &accepted, &empty))
        v = explain(f, a, &empty, &accepted, why);
    else if (accepted.n_hellos > 0 || why == REFUSED_SILENT ||
             (why == REFUSED_FAILURE && !find_narrow(ch, &empty)))
        return RULE_NA; /* refused for another reason */
    else
        v = guess(f, a, why);
    show(f, a, why != REFUSED_SILENT ? alert : NULL);
    return v;
}

const struct rule rule_cipher_no_overlap = {
        .id = "cipher-no-overlap",
        .codes = "F5 T2 P4 U3 M1",
        .title = "Client and server have nothing in common",
        .cite = "RFC 8446 4.1.1; RFC 5246 7.4.1.3",
        .what = "The server answered a ClientHello with alert 40, 70 or 71, or closed without a "
                "word. "
                "The offer is compared with the versions, suites, groups and signature algorithms "
                "that "
                "this server chose with others in the last 7 days; the first of these that has no "
                "value in common is named.",
        .traps =
                "A server that was not seen to accept anybody: medium, and with little "
                "confidence; nothing at all when it only closed, or sent alert 40 to a client that "
                "offers four or more of the suites that nearly every server takes, two of the "
                "usual "
                "groups and signatures with RSA and ECDSA (many servers answer an unknown name "
                "so). When every dimension overlaps, "
                "the refusal has another reason and nothing is said. What others were given is "
                "only a part of what the server can. TLS 1.3 hides signature algorithms, so they "
                "count only where no suite of TLS 1.3 is in common. After a ServerHello an alert "
                "means something else (a missing client certificate).",
        .remedy = "Allow one modern value in common again, or retire the client.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .about = ABOUT_CLIENT,
        .check = check,
};
