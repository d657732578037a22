#include "history/sslv2_keys.h"
#include "rules/judged.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[WHO_TEXT];
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    const struct judgement *j = rule_judgement(f, a, &v);
    if (j == NULL)
        return v;
    if (leaf->key_type != KEY_RSA)
        return RULE_NA; /* SSL 2.0 knows no other */
    const struct key_use *u = j->key_use;
    bool is_sslv2 = f->handshake->version == TLS_SSLV2;
    bool is_tls = f->handshake->version >= TLS_1_0;
    bool is_tls_seen =
            (u != NULL && u->is_tls_seen) || history_tls_rsa_key(f->history, leaf->spki_sha256);
    bool is_sslv2_seen = history_sslv2_key(f->history, leaf->spki_sha256);
    if (!(is_sslv2 && is_tls_seen) && !(is_tls && is_sslv2_seen))
        return RULE_PASS;
    rule_name(leaf, who);
    rule_summary(a, "the key of %s is served over SSL 2.0 as well: its TLS can be decrypted", who);
    return rule_key_hit(f, a, 0);
}

const struct rule rule_vuln_drown = {
        .id = "vuln-drown",
        .codes = "T3 U6",
        .title = "A key is served over SSL 2.0 as well as TLS",
        .cite = "CVE-2016-0800; RFC 6176",
        .what = "The RSA key of the server's certificate was shown over SSL 2.0 by this or another "
                "server, and over TLS: recorded TLS with static RSA can be decrypted with the help "
                "of the SSL 2.0 server (DROWN).",
        .traps = "Keys are compared, not certificates: other names or issuers do not help. SSL 2.0 "
                 "alone is proto-sslv2. Both uses are remembered from run to run.",
        .unseen = "Other servers with the same key that are not in the capture.",
        .remedy = "Disable SSL 2.0 everywhere and replace the key.",
        .severity = SEV_CRITICAL,
        .on = RULE_SERVED,
        .check = check,
};
