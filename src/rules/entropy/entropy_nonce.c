/* Explicit nonces and IVs of protected records up to TLS 1.2. */
#include "rules/judged.h"

static const char *name(int side)
{
    return side == SIDE_CLIENT ? "client" : "server";
}

static void show_repeated(struct rule_answer *a, int side, const struct record_facts *r)
{
    const struct span at = {.first_packet = r->repeated.packet,
            .last_packet = r->repeated.packet,
            .first_us = r->repeated.us,
            .last_us = r->repeated.us,
            .offset = r->repeated.offset,
            .input = r->repeated.input};
    rule_bytes(a, (enum side)side, &at, (struct bytes){NULL, 0}, "the record that brings it again");
}

/* Whether a side has so many of this kind to be judged. */
static bool has(const struct record_facts *r, bool is_iv, uint64_t n)
{
    return r->has_nonce && r->is_iv == is_iv && r->n_nonces >= n;
}

static bool has_any(const struct record_facts records[2], bool is_iv, uint64_t n)
{
    return has(&records[SIDE_CLIENT], is_iv, n) || has(&records[SIDE_SERVER], is_iv, n);
}

static enum verdict check_nonce_repeat(
        const struct record_facts records[2], uint64_t many, struct rule_answer *a)
{
    (void)many;
    for (int side = SIDE_SERVER; side >= SIDE_CLIENT; side--) {
        const struct record_facts *r = &records[side];
        if (!has(r, false, 2) || r->nonces != NONCES_REPEATED)
            continue;
        rule_subject(a, "%s", name(side));
        rule_summary(a, "the %s used an explicit nonce twice with one key", name(side));
        show_repeated(a, side, r);
        return RULE_HIT;
    }
    return has_any(records, false, 2) ? RULE_PASS : RULE_NA;
}

/* More than half of the steps are no counter's. */
static enum verdict check_nonce_random(
        const struct record_facts records[2], uint64_t many, struct rule_answer *a)
{
    for (int side = SIDE_SERVER; side >= SIDE_CLIENT; side--) {
        const struct record_facts *r = &records[side];
        if (!has(r, false, many) || r->n_jumps * 2 < r->n_nonces)
            continue;
        rule_subject(a, "%s", name(side));
        rule_summary(a, "the explicit nonces of the %s do not count: %llu jumps in %llu records",
                name(side), (unsigned long long)r->n_jumps, (unsigned long long)r->n_nonces);
        rule_connection(a, "the connection with these records");
        return RULE_HIT;
    }
    return has_any(records, false, many) ? RULE_PASS : RULE_NA;
}

static enum verdict check_iv_repeat(
        const struct record_facts records[2], uint64_t many, struct rule_answer *a)
{
    for (int side = SIDE_SERVER; side >= SIDE_CLIENT; side--) {
        const struct record_facts *r = &records[side];
        bool is_repeated = has(r, true, 2) && r->nonces == NONCES_REPEATED;
        bool is_counted = has(r, true, many) && r->nonces == NONCES_COUNTED;
        if (!is_repeated && !is_counted)
            continue;
        rule_subject(a, "%s", name(side));
        rule_summary(a,
                is_repeated ? "the %s used an initialisation vector twice with one key"
                            : "the initialisation vectors of the %s are a counter",
                name(side));
        if (is_repeated)
            show_repeated(a, side, r);
        else
            rule_connection(a, "the connection with these records");
        return RULE_HIT;
    }
    return has_any(records, true, 2) ? RULE_PASS : RULE_NA;
}

/* At the end of the connection only what the handshake did not show is told. */
static enum verdict ask(const struct rule_facts *f, struct rule_answer *a,
        enum verdict (*check)(const struct record_facts[2], uint64_t, struct rule_answer *))
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    uint64_t many = (uint64_t)rule_threshold(f, THRESHOLD_SEQUENCE_RECORDS);
    const struct record_facts before[2] = {
            h->sides[SIDE_CLIENT].records, h->sides[SIDE_SERVER].records};
    enum verdict found = check(before, many, a);
    if (f->end != NULL) {
        if (found == RULE_HIT)
            return RULE_NA;
        found = check(f->end->records, many, a);
    }
    if (found == RULE_HIT)
        return rule_one_copy(f, a, &v) ? RULE_HIT : v;
    return f->end != NULL ? RULE_NA : found;
}

static enum verdict nonce_repeat(const struct rule_facts *f, struct rule_answer *a)
{
    return ask(f, a, check_nonce_repeat);
}

static enum verdict nonce_random(const struct rule_facts *f, struct rule_answer *a)
{
    return ask(f, a, check_nonce_random);
}

static enum verdict iv_repeat(const struct rule_facts *f, struct rule_answer *a)
{
    return ask(f, a, check_iv_repeat);
}

const struct rule rule_entropy_gcm_nonce_repeat = {
        .id = "entropy-gcm-nonce-repeat",
        .codes = "T3",
        .title = "A nonce was used twice with one key",
        .cite = "RFC 5288 3, 6.1; RFC 5116 3.1",
        .what = "Two protected records of one side carry the same explicit nonce (GCM or CCM, up "
                "to TLS 1.2) without a new key between them: the authentication key leaks.",
        .traps = "Bytes that TCP sends again are taken once. A ChangeCipherSpec brings a new key, "
                 "and behind a hole nothing is compared with what was before. Each nonce is "
                 "compared with the eight before it.",
        .unseen = "In TLS 1.3 and with ChaCha20 nonces are not sent.",
        .remedy = "Patch the device: nonces have to count.",
        .severity = SEV_CRITICAL,
        .on = RULE_HANDSHAKE,
        .is_also_at_end = true,
        .check = nonce_repeat,
};

const struct rule rule_entropy_gcm_nonce_random = {
        .id = "entropy-gcm-nonce-random",
        .codes = "T3",
        .title = "Nonces are drawn at random",
        .cite = "RFC 5288 3; RFC 9325 7.2.1",
        .what = "Of at least 16 protected records (GCM or CCM, up to TLS 1.2) more than half "
                "carry an explicit nonce that does not go on from the one before: it may be drawn "
                "twice.",
        .traps = "A counter may begin anywhere, stand under a mask (steps of up to 65,536 to and "
                 "fro), or step by any constant, as in another order of bytes.",
        .unseen = "In TLS 1.3 and with ChaCha20 nonces are not sent.",
        .remedy = "Prefer counters, or TLS 1.3.",
        .severity = SEV_LOW,
        .on = RULE_HANDSHAKE,
        .is_also_at_end = true,
        .check = nonce_random,
};

const struct rule rule_entropy_cbc_iv_repeat = {
        .id = "entropy-cbc-iv-repeat",
        .codes = "T3",
        .title = "Initialisation vectors can be told beforehand",
        .cite = "RFC 5246 6.2.3.2; RFC 4346 6.2.3.2",
        .what = "The explicit IVs of CBC records (TLS 1.1 and 1.2) of one side repeat, or count "
                "up by one over at least 16 records.",
        .traps = "Bytes that TCP sends again are taken once, and a new key begins anew. TLS 1.0 "
                 "has no explicit IVs. Each is compared with the eight before it.",
        .remedy = "Patch the device, or use AEAD suites.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .is_also_at_end = true,
        .check = iv_repeat,
};
