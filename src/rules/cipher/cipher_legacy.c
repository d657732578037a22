/* Cipher suites that are not broken and not good either. */
#include <string.h>

#include "rules/support.h"

static const struct iana_suite *chosen(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    if (!rule_hello(f, a, verdict))
        return NULL;
    *verdict = RULE_NA;
    return rule_suite(f);
}

/* RFC 7366 3: the server echoes the extension, and only with a block cipher. */
static enum verdict check_cbc(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct iana_suite *suite = chosen(f, a, &v);
    if (suite == NULL || !suite->is_cbc)
        return v;
    const struct server_hello *sh = f->handshake->server_hello;
    if (sh->has_encrypt_then_mac)
        return RULE_PASS;
    if (sh->is_malformed)
        return rule_undetermined(a, "the ServerHello does not parse");
    rule_summary(a, "the server chose %s without encrypt_then_mac", suite->name);
    return rule_suite_hit(f, a);
}

/* Bits of the key as the name of the suite tells them; 0 it does not. */
static unsigned key_bits(const struct iana_suite *s)
{
    static const struct {
        const char *part;
        unsigned bits;
    } PARTS[] = {{"_256_", 256}, {"CHACHA20", 256}, {"_128_", 128}, {"_SEED_", 128}, {"GOST", 256},
            {"_SM4_", 128}};
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++)
        if (strstr(s->name, PARTS[i].part) != NULL)
            return PARTS[i].bits;
    return 0;
}

/* What a policy asks for beyond what everybody does; broken suites have rules of their own. */
static bool is_refused(const struct rule_facts *f, const struct iana_suite *s)
{
    double least = rule_threshold(f, THRESHOLD_CIPHER_KEY_BITS);
    bool is_aes_only = rule_threshold(f, THRESHOLD_AES_ONLY) > 0;
    unsigned bits = least > 0 || is_aes_only ? key_bits(s) : 0;
    if (bits == 0 || s->is_3des || s->is_idea_rc2 || s->is_export || s->is_rc4 || s->is_null)
        return false;
    return bits < rule_threshold(f, THRESHOLD_CIPHER_KEY_BITS) ||
           (rule_threshold(f, THRESHOLD_AES_ONLY) > 0 && strstr(s->name, "_AES_") == NULL);
}

static enum verdict check_misc(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct iana_suite *suite = chosen(f, a, &v);
    if (suite == NULL)
        return v;
    bool is_unwanted = is_refused(f, suite);
    if (!suite->is_rare && !is_unwanted)
        return RULE_PASS;
    if (is_unwanted)
        a->severity = SEV_MEDIUM;
    rule_summary(a, "the server chose %s", suite->name);
    return rule_suite_hit(f, a);
}

const struct rule rule_cipher_cbc_mac_then_encrypt = {
        .id = "cipher-cbc-mac-then-encrypt",
        .codes = "T3",
        .title = "A CBC suite authenticates before it encrypts",
        .cite = "RFC 7366; RFC 9325 4.2; NIST SP 800-52r2 3.4.2.7",
        .what = "The suite in the ServerHello encrypts in CBC mode and the ServerHello does not "
                "echo encrypt_then_mac: padding is checked before the MAC (Lucky13).",
        .traps = "Old peers know nothing else, so it stays low. AEAD suites have no such order.",
        .remedy = "Prefer AEAD suites; else enable encrypt_then_mac on both sides.",
        .severity = SEV_LOW,
        .on = RULE_HANDSHAKE,
        .check = check_cbc,
};

const struct rule rule_cipher_weak_misc = {
        .id = "cipher-weak-misc",
        .codes = "F5",
        .title = "A rarely recommended cipher suite was chosen",
        .cite = "RFC 9325 4.2; RFC 6655 6.1",
        .what = "The suite in the ServerHello uses SEED, Camellia or ARIA in CBC mode, SM4, GOST, "
                "or CCM with a tag of eight bytes. A policy can ask for AES alone, and for longer "
                "keys (aes-only, cipher-key-bits): medium.",
        .traps = "National or constrained networks choose them on purpose. Suites that are broken "
                 "have their own rules.",
        .remedy = "Adjust the list of suites.",
        .severity = SEV_LOW,
        .on = RULE_HANDSHAKE,
        .check = check_misc,
};
