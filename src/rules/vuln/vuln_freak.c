#include <string.h>

#include "base/cursor.h"
#include "rules/support.h"

enum { SHORT_BITS = 1024, CLIENT_KEY_EXCHANGE = 'G' };

/* Bits of the integer. */
static size_t bits_of(struct bytes n)
{
    struct cur c = cur_of(n);
    while (cur_more(&c) && cur_peek_u8(&c, 0) == 0)
        cur_skip(&c, 1);
    size_t bits = c.n * 8;
    for (unsigned top = cur_peek_u8(&c, 0); bits > 0 && (top & 0x80) == 0; top <<= 1)
        bits--;
    return bits;
}

static bool has_gone_on(const struct handshake *h)
{
    return strchr(h->history, CLIENT_KEY_EXCHANGE) != NULL || h->has_ccs[SIDE_CLIENT] ||
           outcome_is_success(h->outcome);
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    if (!rule_hello(f, a, &v))
        return v;
    const struct iana_suite *suite = rule_suite(f);
    if (suite == NULL || suite->kex != KEX_RSA)
        return RULE_NA;
    const struct server_key_exchange *s = h->server_key_exchange;
    if (s == NULL && !handshake_is_complete(h))
        return rule_undetermined(a, "the capture has gaps");
    if (s == NULL || s->kind != SKE_RSA_EXPORT)
        return RULE_PASS;
    size_t bits = bits_of(s->rsa_modulus);
    if (bits >= SHORT_BITS)
        return RULE_PASS;
    if (!has_gone_on(h))
        return handshake_is_complete(h) ? RULE_PASS
                                        : rule_undetermined(a, "what the client did is not known");
    rule_subject(a, "%zu bits", bits);
    rule_summary(a,
            "the server sent an RSA key of %zu bits although %s was chosen, and the client went on",
            bits, suite->name);
    rule_bytes(a, SIDE_SERVER, &s->at, s->rsa_modulus,
            "rsa_modulus of the ServerKeyExchange, its first bytes");
    rule_server_hello(f, a, h->cipher_suite, "cipher_suite of the ServerHello");
    return RULE_HIT;
}

const struct rule rule_vuln_freak = {
        .id = "vuln-freak",
        .codes = "T3 T4",
        .title = "An export key was accepted where no export suite was chosen",
        .cite = "CVE-2015-0204; RFC 2246 7.4.3",
        .what = "The suite in the ServerHello is a TLS_RSA suite that is not for export, yet a "
                "ServerKeyExchange brings an RSA key of less than 1024 bits and the client went "
                "on with it (FREAK).",
        .traps = "A client that refuses is not vulnerable. Export suites themselves are "
                 "cipher-export.",
        .remedy = "Patch the client, and remove export suites from the server.",
        .severity = SEV_CRITICAL,
        .on = RULE_HANDSHAKE,
        .check = check,
};
