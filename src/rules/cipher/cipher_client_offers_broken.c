/* What a client would accept, whatever the server chose. */
#include <string.h>

#include "rules/support.h"

enum { INTEGRITY_SHA256 = 0xc0b4, INTEGRITY_SHA384 = 0xc0b5 };

/* RFC 9150 leaves encryption out on purpose. */
static bool is_null(const struct iana_suite *s)
{
    return s->is_null && s->code != INTEGRITY_SHA256 && s->code != INTEGRITY_SHA384;
}

struct broken {
    size_t n;
    bool has_null, has_anon, has_export, has_rc4;
};

static struct broken count(const struct handshake *h)
{
    struct broken b = {0};
    bool is_opportunistic = rule_is_smtp(h);
    struct bytes list = h->client_hello->cipher_suites;
    for (size_t i = 0; i < u16_count(list); i++) {
        const struct iana_suite *s = iana_suite(u16_at(list, i));
        if (s == NULL)
            continue;
        bool is_anon = s->is_anon && !is_opportunistic;
        b.n += is_null(s) || is_anon || s->is_export || s->is_rc4;
        b.has_null |= is_null(s);
        b.has_anon |= is_anon;
        b.has_export |= s->is_export;
        b.has_rc4 |= s->is_rc4;
    }
    return b;
}

static void kinds(const struct broken *b, char out[64])
{
    const struct {
        bool has;
        const char *name;
    } all[] = {{b->has_null, "NULL"}, {b->has_anon, "anonymous"}, {b->has_export, "export"},
            {b->has_rc4, "RC4"}};
    out[0] = '\0';
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].has)
            rule_fit(out + strlen(out), 64 - strlen(out), "%s%s", out[0] != '\0' ? ", " : "",
                    all[i].name);
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    char what[64];
    const struct handshake *h = f->handshake;
    const struct client_hello *ch = h->client_hello;
    if (ch == NULL)
        return h->is_tls && !handshake_is_complete(h)
                       ? rule_undetermined(a, "the ClientHello is missing in the capture")
                       : RULE_NA;
    struct broken b = count(h);
    if (b.n == 0)
        return RULE_PASS;
    size_t n = u16_count(ch->cipher_suites);
    bool is_scanner =
            (double)n > rule_threshold(f, THRESHOLD_SCANNER_SUITES) || h->outcome == OUTCOME_SCAN;
    kinds(&b, what);
    if (is_scanner) {
        a->severity = SEV_INFO;
        rule_subject(a, "scanner");
    } else {
        rule_client_subject(f, a, "");
    }
    rule_summary(a, "%s offers %zu broken suites of %zu: %s", is_scanner ? "a scanner" : "a client",
            b.n, n, what);
    rule_bytes(a, SIDE_CLIENT, &ch->at, ch->cipher_suites,
            "cipher_suites of the ClientHello, the first of them");
    return RULE_HIT;
}

const struct rule rule_cipher_client_offers_broken = {
        .id = "cipher-client-offers-broken",
        .codes = "P4 U3",
        .title = "A client offers broken cipher suites",
        .cite = "RFC 9325 4.1; RFC 7465",
        .what = "cipher_suites of the ClientHello holds suites with NULL, without authentication, "
                "for export, or with RC4, whether they were chosen or not. Sightings merge by the "
                "client's fingerprint.",
        .traps = "Scanners offer everything on purpose: more than 80 suites is tagged \"scanner\" "
                 "and info. Anonymous suites on mail ports (25, 587, 2525) and the integrity-only "
                 "suites of RFC 9150 do not count.",
        .unseen = "What the client would really accept: only what it offers.",
        .remedy = "Update the client, or remove the suites from its list.",
        .severity = SEV_LOW,
        .on = RULE_HANDSHAKE,
        .check = check,
};
