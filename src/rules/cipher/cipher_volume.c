/* More data under one key than its cipher bears. Judged when the connection has ended. */
#include "iana/iana.h"
#include "rules/support.h"

#define SMALL_BLOCK_BYTES (UINT64_C(1) << 30)
#define FULL_RECORD UINT64_C(16384)
#define GCM_RECORDS UINT64_C(23726566) /* 2^24.5 */

static uint64_t most_of(const struct connection_end *e, enum side *side)
{
    uint64_t client = e->records[SIDE_CLIENT].data_bytes;
    uint64_t server = e->records[SIDE_SERVER].data_bytes;
    *side = client > server ? SIDE_CLIENT : SIDE_SERVER;
    return client > server ? client : server;
}

/* With less than the limit: a key that was changed, or records that were not seen. */
static enum verdict below(const struct connection_end *e, struct rule_answer *a)
{
    if (e->is_framing_lost[SIDE_CLIENT] || e->is_framing_lost[SIDE_SERVER])
        return rule_undetermined(a, "not all records were seen");
    return RULE_PASS;
}

static enum verdict hit(const struct rule_facts *f, struct rule_answer *a, enum side side,
        uint64_t count, const char *what)
{
    struct attempt_counts counts = {count, count, f->handshake->first_us, f->end->last_us};
    rule_subject(a, "0x%04x", f->handshake->cipher_suite);
    rule_connection(a, side == SIDE_CLIENT ? "sent by the client" : "sent by the server");
    rule_series(a, &counts, what);
    return RULE_HIT;
}

static enum verdict check_64bit(const struct rule_facts *f, struct rule_answer *a)
{
    enum side side;
    const struct iana_suite *suite = rule_suite(f);
    if (suite == NULL || f->end == NULL || !(suite->is_des || suite->is_3des || suite->is_idea_rc2))
        return RULE_NA;
    uint64_t most = most_of(f->end, &side);
    if (most <= SMALL_BLOCK_BYTES)
        return below(f->end, a);
    if (f->end->n_renegotiations > 0)
        return rule_undetermined(a, "the key was changed by a renegotiation meanwhile");
    rule_summary(a, "the %s sent %llu bytes under one key of %s, which has blocks of 64 bits",
            side == SIDE_CLIENT ? "client" : "server", (unsigned long long)most, suite->name);
    return hit(f, a, side, most, "bytes of protected records");
}

static enum verdict check_gcm(const struct rule_facts *f, struct rule_answer *a)
{
    enum side side;
    const struct iana_suite *suite = rule_suite(f);
    if (suite == NULL || f->end == NULL || !suite->is_aes_gcm)
        return RULE_NA;
    uint64_t records = most_of(f->end, &side) / FULL_RECORD;
    if (records <= GCM_RECORDS)
        return below(f->end, a);
    if (f->end->n_renegotiations > 0)
        return rule_undetermined(a, "the key was changed by a renegotiation meanwhile");
    bool is_13 = tls_is_13(f->handshake->version);
    rule_summary(a, "the %s sent as much as %llu full records under %s%s",
            side == SIDE_CLIENT ? "client" : "server", (unsigned long long)records, suite->name,
            is_13 ? ", unless KeyUpdate, which is encrypted, changed the key" : " and one key");
    if (is_13) {
        a->basis = BASIS_INFERRED;
        a->confidence = 0.3;
    }
    return hit(f, a, side, records, "full records of protected data");
}

const struct rule rule_cipher_64bit_volume = {
        .id = "cipher-64bit-volume",
        .codes = "T3",
        .title = "Too much data under one key of a cipher with 64-bit blocks",
        .cite = "RFC 9325 4.1; NIST SP 800-67 3.1 (SWEET32)",
        .what = "A side sent more than 2^30 bytes of records under a suite with DES, 3DES, IDEA or "
                "RC2, without a renegotiation.",
        .traps = "The lengths of records are counted, with their padding and MAC. A renegotiation "
                 "changes the key, so with one nothing is said. What was not seen was sent as "
                 "well: above the limit holes do not matter.",
        .remedy = "Use AES-GCM.",
        .severity = SEV_HIGH,
        .on = RULE_CONNECTION,
        .check = check_64bit,
};

const struct rule rule_cipher_aead_record_limit = {
        .id = "cipher-aead-record-limit",
        .codes = "T3",
        .title = "More records under one key than AES-GCM bears",
        .cite = "RFC 8446 5.5",
        .what = "A side sent as many bytes as 2^24.5 full records hold under an AES-GCM suite.",
        .traps = "The limit is about full records: many short ones do not reach it. In TLS 1.3 a "
                 "KeyUpdate is not seen, so the number is an upper bound and the confidence low. "
                 "Up to TLS 1.2 a renegotiation changes the key, so with one nothing is said.",
        .remedy = "Enable KeyUpdate, or connect anew from time to time.",
        .severity = SEV_LOW,
        .on = RULE_CONNECTION,
        .check = check_gcm,
};
