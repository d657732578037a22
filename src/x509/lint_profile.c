/*
 * Lints over a certificate as a whole, each with the day from which it holds: RFC 5280, and the
 * CA/Browser Forum's Baseline Requirements (BR) for certificates of public CAs. What has a rule of
 * its own (names, serial, lifetime, keys, usages for servers) is not repeated here.
 */
#include <string.h>

#include "base/text.h"
#include "x509/parse.h"

#define SECONDS(s) (INT64_C(s) * 1000000)
#define DAY_US SECONDS(86400)
#define RFC_3280 SECONDS(1020211200)    /* 2002-05-01 */
#define BR_START SECONDS(1341100800)    /* 2012-07-01 */
#define BR_OIDS SECONDS(1601424000)     /* 2020-09-30 */
#define BR_NO_OU SECONDS(1661990400)    /* 2022-09-01, ballot SC-47v2 */
#define BR_PROFILES SECONDS(1694736000) /* 2023-09-15, ballot SC-62v2 */
#define BR_CRL SECONDS(1710460800)      /* 2024-03-15, ballot SC-63v4 */
#define BR_SHORT_7D SECONDS(1773532800) /* 2026-03-15 */

static void profile(struct certificate *c, bool is_broken, const char *id, const char *text,
        int64_t effective_us)
{
    if (is_broken)
        x509_lint(c, LINT_PROFILE, id, text, effective_us);
}

/* How often an attribute 2.5.4.x stands in a Name; *value gets the last one. */
static size_t attribute(struct bytes name, uint8_t number, struct cur *value)
{
    struct cur in = cur_of(name);
    struct cur rdns = der_get(&in, DER_SEQUENCE);
    size_t n = 0;
    while (cur_more(&rdns)) {
        struct cur set = der_get(&rdns, DER_SET);
        while (cur_more(&set)) {
            struct cur pair = der_get(&set, DER_SEQUENCE);
            struct cur oid = der_get(&pair, DER_OID);
            uint8_t tag = 0;
            struct cur body = der_any(&pair, &tag, NULL);
            if (oid.n != 3 || cur_u16(&oid) != 0x5504 || cur_u8(&oid) != number)
                continue;
            *value = body;
            n++;
        }
    }
    return n;
}

static bool is_upper(uint8_t ch)
{
    return ch >= 'A' && ch <= 'Z';
}

static void subject(struct certificate *c)
{
    struct cur value = {NULL, 0, false};
    bool is_empty = c->subject[0] == '\0';
    profile(c, is_empty && c->has_san && !c->is_san_critical, "san-not-critical",
            "the subject is empty, but subjectAltName is not critical (RFC 5280 4.2.1.6)", 0);
    profile(c, is_empty && !c->has_san, "no-identity",
            "neither a subject nor a subjectAltName (RFC 5280 4.1.2.6)", 0);
    if (attribute(c->subject_der, 6, &value) > 0)
        profile(c,
                value.n != 2 || !is_upper(cur_peek_u8(&value, 0)) ||
                        !is_upper(cur_peek_u8(&value, 1)),
                "country-form", "countryName is not two upper-case letters (RFC 5280 A.1)", 0);
    profile(c, !c->is_ca && attribute(c->subject_der, 11, &value) > 0, "subject-ou",
            "organizationalUnitName in the subject (BR 7.1.4.2)", BR_NO_OU);
    profile(c, c->common_name.n > 64, "cn-long",
            "a common name of more than 64 octets (RFC 5280 A.1)", 0);
}

static void usage(struct certificate *c)
{
    unsigned ku = c->key_usage;
    bool is_rsa = c->key_type == KEY_RSA || c->key_type == KEY_RSA_PSS;
    profile(c, (ku & KU_KEY_CERT_SIGN) && !c->is_ca, "cert-sign-without-ca",
            "keyCertSign in a certificate that is not a CA's (RFC 5280 4.2.1.9)", 0);
    profile(c, c->path_len >= 0 && !c->is_ca, "path-length-without-ca",
            "a path length in a certificate that is not a CA's (RFC 5280 4.2.1.9)", 0);
    profile(c, c->has_key_usage && ku == 0, "key-usage-empty",
            "keyUsage allows nothing (RFC 5280 4.2.1.3)", 0);
    profile(c, c->has_key_usage && !c->is_key_usage_critical, "key-usage-not-critical",
            "keyUsage is not critical (BR 7.1.2.7.6)", BR_PROFILES);
    profile(c, c->has_eku && c->is_eku_critical, "eku-critical",
            "extKeyUsage is critical (BR 7.1.2.7.6)", BR_PROFILES);
    if (c->is_ca)
        return;
    profile(c, !c->has_eku, "eku-missing", "no extKeyUsage (BR 7.1.2.7.10)", BR_START);
    profile(c, (c->eku & EKU_ANY) != 0, "eku-any", "anyExtendedKeyUsage (BR 7.1.2.7.10)",
            BR_PROFILES);
    profile(c, is_rsa && (ku & KU_KEY_AGREEMENT), "rsa-key-agreement",
            "keyAgreement with an RSA key (RFC 3279 2.3.1)", RFC_3280);
    profile(c, c->key_type == KEY_EC && (ku & KU_KEY_ENCIPHERMENT), "ec-key-encipherment",
            "keyEncipherment with an EC key (RFC 8813 3)", SECONDS(1598918400));
}

static bool starts_with(struct bytes b, const char *what)
{
    size_t n = strlen(what);
    return b.n >= n && memcmp(b.p, what, n) == 0;
}

static bool is_odd_url(const struct bytes *urls, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!starts_with(urls[i], "http://"))
            return true;
    return false;
}

static void revocation(struct certificate *c)
{
    bool is_endless = c->not_after_us == INT64_MAX;
    int64_t shortest = c->not_before_us >= BR_SHORT_7D ? 7 * DAY_US : 10 * DAY_US;
    bool is_short = !is_endless && c->not_after_us - c->not_before_us < shortest;
    profile(c, !c->is_ca && !is_short && c->n_crl_urls == 0 && c->n_ocsp_urls == 0,
            "no-revocation-url", "neither a CRL nor an OCSP responder is named (BR 7.1.2.11.2)",
            BR_CRL);
    profile(c, is_odd_url(c->crl_urls, c->n_crl_urls), "crl-url-not-http",
            "a CRL distribution point that is not plain HTTP (BR 7.1.2.11.2)", BR_PROFILES);
    profile(c, is_odd_url(c->ocsp_urls, c->n_ocsp_urls), "ocsp-url-not-http",
            "an OCSP responder that is not plain HTTP (BR 7.1.2.7.7)", BR_PROFILES);
}

static void identifiers(struct certificate *c)
{
    profile(c, c->authority_key_id.n == 0 && !c->is_self_issued, "no-authority-key-id",
            "no authorityKeyIdentifier (RFC 5280 4.2.1.1)", RFC_3280);
    if (c->is_ca)
        return;
    profile(c, !c->has_policies, "no-policies", "no certificatePolicies (BR 7.1.2.7.9)", BR_START);
    profile(c, c->has_policies && c->policies == 0, "no-cabf-policy",
            "none of the policies of the CA/Browser Forum (BR 7.1.6.1)", BR_OIDS);
    profile(c, c->has_name_constraints, "name-constraints-in-leaf",
            "nameConstraints in a certificate that is not a CA's (RFC 5280 4.2.1.10)", 0);
    profile(c, c->name_problems[NAME_OTHER_TYPE] != 0, "san-other-type",
            "a subjectAltName that is neither dNSName nor iPAddress (BR 7.1.2.7.12)", BR_START);
    profile(c, c->name_problems[NAME_IP_AS_DNS] != 0, "ip-as-dns-name",
            "an address written as a dNSName (BR 7.1.2.7.12)", BR_START);
}

/* RFC 4055 5 wants NULL, RFC 5758 3.2 nothing. */
static void algorithm(struct certificate *c)
{
    bool is_pkcs1 = c->sig_alg != NULL && strstr(c->sig_alg, "WithRSAEncryption") != NULL;
    bool is_ecdsa = c->sig_alg != NULL && strncmp(c->sig_alg, "ecdsa-", 6) == 0;
    struct cur in = cur_of(c->tbs_sig_alg);
    struct cur list = der_get(&in, DER_SEQUENCE);
    (void)der_get(&list, DER_OID);
    if (list.bad)
        return;
    profile(c, is_pkcs1 && (list.n != 2 || cur_u16(&list) != 0x0500), "rsa-parameters",
            "the parameters of an RSA signature algorithm are not NULL (RFC 4055 5)", 0);
    profile(c, is_ecdsa && cur_more(&list), "ecdsa-parameters",
            "an ECDSA signature algorithm has parameters (RFC 5758 3.2)", 0);
}

void x509_lint_profile(struct certificate *c)
{
    if (c->n_unknown_critical > 0) {
        struct text t = {0};
        text_addf(&t, "extension %s is critical and not known", c->unknown_critical);
        x509_lint(c, LINT_STRUCTURE, "unknown-critical-extension",
                arena_text(&c->arena, bytes_of_text(text_str(&t))), 0);
        text_fini(&t);
    }
    if (c->is_precertificate)
        x509_lint(c, LINT_STRUCTURE, "precertificate",
                "a precertificate (RFC 6962 3.1) is not meant to be used", 0);
    if (c->name_problems[NAME_IP_LENGTH] != 0)
        x509_lint(c, LINT_STRUCTURE, "san-ip-length",
                "an iPAddress of neither 4 nor 16 octets (RFC 5280 4.2.1.6)", 0);
    subject(c);
    algorithm(c);
    if (c->version < 3) {
        profile(c, true, "not-v3", "not a certificate of version 3 (BR 7.1.1)", BR_START);
        return;
    }
    usage(c);
    revocation(c);
    identifiers(c);
}
