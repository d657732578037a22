#include "history/rsa_failures.h"
#include "model/derived.h"
#include "rules/support.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    if (!rule_hello(f, a, &v))
        return v;
    const struct iana_suite *suite = rule_suite(f);
    if (suite == NULL || suite->kex != KEX_RSA || tls_is_13(h->version))
        return RULE_NA;
    if (!rule_ending(f, a, &v))
        return v;
    if (f->n_chain == 0 || handshake_rsa_exchange(h) != RSA_EXCHANGE_FAILED)
        return RULE_PASS;
    struct rsa_failures r = history_rsa_failures(f->history, f->chain[0], h);
    int clients = (int)rule_threshold(f, THRESHOLD_KEYPAIR_CLIENTS);
    int prints = (int)rule_threshold(f, THRESHOLD_KEYPAIR_PRINTS);
    if (r.n_clients < clients || r.n_prints < prints)
        return RULE_PASS;
    rule_summary(a,
            "%u RSA key exchanges in a row failed right after ClientKeyExchange, of at least %d "
            "clients with at least %d fingerprints: the server's key may not be that of %s",
            r.n, clients, prints, rule_who(f->chain[0]));
    a->basis = BASIS_INFERRED;
    a->confidence = 0.7;
    rule_connection(a, "the latest of them");
    return rule_certificate_hit(f, a, 0, f->chain[0]->rsa_modulus, "modulus of certificate 0");
}

const struct rule rule_kex_static_rsa_keypair_failure = {
        .id = "kex-static-rsa-keypair-failure",
        .codes = "F3 M8 P8",
        .title = "RSA key exchanges with this certificate fail",
        .cite = "RFC 5246 7.4.7.1",
        .what = "A TLS_RSA suite, the client's ClientKeyExchange, then bad_record_mac, "
                "decrypt_error, handshake_failure of a server that asked for no certificate (Go, "
                "when what was encrypted is not below its modulus), or the server leaves: at least "
                "three clients (address and JA3) with at least two fingerprints in a row on one "
                "certificate, with no exchange completed in between. There is no signature that "
                "could show whether the server "
                "has the key.",
        .traps = "A defect of one client looks alike, hence two fingerprints. It is inferred: "
                 "confidence 0.7. What was not captured to its end is not counted.",
        .unseen = "Static RSA proves no key in the open: only that every handshake of the "
                  "certificate fails at the same place.",
        .remedy = "Compare the modulus of the key with that of the certificate: openssl rsa -noout "
                  "-modulus, openssl x509 -noout -modulus.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .check = check,
};
