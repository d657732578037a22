/* Cipher suites that protect nothing, or too little. */
#include "iana/iana.h"
#include "rules/support.h"

enum { INTEGRITY_SHA256 = 0xc0b4, INTEGRITY_SHA384 = 0xc0b5 };

static enum verdict check(const struct rule_facts *f, struct rule_answer *a,
        bool (*is_bad)(const struct iana_suite *))
{
    enum verdict v;
    if (!rule_hello(f, a, &v))
        return v;
    const struct iana_suite *suite = rule_suite(f);
    if (suite == NULL)
        return RULE_NA;
    if (!is_bad(suite))
        return RULE_PASS;
    rule_summary(a, "the server chose %s", suite->name);
    return rule_suite_hit(f, a);
}

static bool is_null(const struct iana_suite *s)
{
    return s->is_null;
}

static bool is_anon(const struct iana_suite *s)
{
    return s->is_anon;
}

static bool is_export(const struct iana_suite *s)
{
    return s->is_export;
}

static bool is_rc4(const struct iana_suite *s)
{
    return s->is_rc4;
}

static bool is_small_block(const struct iana_suite *s)
{
    return s->is_des || s->is_3des || s->is_idea_rc2;
}

static enum verdict check_null(const struct rule_facts *f, struct rule_answer *a)
{
    uint16_t code = f->handshake->cipher_suite;
    if (code == INTEGRITY_SHA256 || code == INTEGRITY_SHA384)
        a->severity = SEV_MEDIUM; /* RFC 9150: integrity without secrecy on purpose */
    return check(f, a, is_null);
}

static enum verdict check_anon(const struct rule_facts *f, struct rule_answer *a)
{
    if (rule_is_smtp(f->handshake))
        a->severity = SEV_MEDIUM;
    return check(f, a, is_anon);
}

static enum verdict check_export(const struct rule_facts *f, struct rule_answer *a)
{
    return check(f, a, is_export);
}

static enum verdict check_rc4(const struct rule_facts *f, struct rule_answer *a)
{
    return check(f, a, is_rc4);
}

static enum verdict check_des(const struct rule_facts *f, struct rule_answer *a)
{
    const struct iana_suite *suite = rule_suite(f);
    if (suite != NULL && suite->is_3des)
        a->severity = SEV_MEDIUM;
    return check(f, a, is_small_block);
}

#define TRAPS "Only the suite that the server chose counts, not what the client offered."

const struct rule rule_cipher_null = {
        .id = "cipher-null",
        .codes = "F5 T4",
        .title = "A cipher suite without encryption was chosen",
        .cite = "RFC 9325 4.1",
        .what = "The suite in the ServerHello encrypts nothing (NULL).",
        .traps = TRAPS " The integrity-only suites of RFC 9150 are medium: industrial networks use "
                       "them on purpose.",
        .remedy = "Remove the suite.",
        .severity = SEV_CRITICAL,
        .on = RULE_HANDSHAKE,
        .check = check_null,
};

const struct rule rule_cipher_anon = {
        .id = "cipher-anon",
        .codes = "T4",
        .title = "A cipher suite without authentication was chosen",
        .cite = "RFC 9325 4.1",
        .what = "The suite in the ServerHello is anonymous (DH_anon, ECDH_anon): anyone can be the "
                "server.",
        .traps = TRAPS " Medium for opportunistic mail (ports 25, 587, 2525).",
        .remedy = "Remove the suite.",
        .severity = SEV_CRITICAL,
        .on = RULE_HANDSHAKE,
        .check = check_anon,
};

const struct rule rule_cipher_export = {
        .id = "cipher-export",
        .codes = "T3",
        .title = "An export cipher suite was chosen",
        .cite = "RFC 9325 4.1",
        .what = "The suite in the ServerHello is one of the export suites of 40 or 56 bits (FREAK, "
                "Logjam).",
        .traps = TRAPS,
        .remedy = "Remove the suite.",
        .severity = SEV_CRITICAL,
        .on = RULE_HANDSHAKE,
        .check = check_export,
};

const struct rule rule_cipher_rc4 = {
        .id = "cipher-rc4",
        .codes = "F5 T3",
        .title = "An RC4 cipher suite was chosen",
        .cite = "RFC 7465",
        .what = "The suite in the ServerHello uses RC4.",
        .traps = TRAPS,
        .remedy = "Remove the suite.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .check = check_rc4,
};

const struct rule rule_cipher_des_3des = {
        .id = "cipher-des-3des",
        .codes = "F5 T3",
        .title = "A cipher suite with a 64-bit block was chosen",
        .cite = "RFC 9325 4.1; NIST SP 800-131A",
        .what = "The suite in the ServerHello uses DES, 3DES, IDEA or RC2. 3DES is medium, the "
                "others are high.",
        .traps = TRAPS,
        .remedy = "Remove the suite.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .check = check_des,
};
