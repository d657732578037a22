/* Ephemeral keys that are not. */
#include "history/shares.h"
#include "rules/judged.h"

#define HOUR_US (3600 * (int64_t)1000000)

static void span_text(int64_t us, char out[32])
{
    long long s = us / 1000000;
    if (us >= 2 * DAY_US)
        rule_fit(out, 32, "%lld days", (long long)(us / DAY_US));
    else if (us >= 2 * HOUR_US)
        rule_fit(out, 32, "%lld hours", (long long)(us / HOUR_US));
    else if (s > 0)
        rule_fit(out, 32, "%lld second%s", s, s == 1 ? "" : "s");
    else
        rule_fit(out, 32, "less than a second");
}

static int64_t age_of(const struct rule_facts *f, const struct value_reuse *r)
{
    int64_t us = f->handshake->first_us - r->first_us;
    return us < 0 ? -us : us;
}

static enum severity severity_of(const struct rule_facts *f, enum side side, int64_t age_us)
{
    if (side == SIDE_CLIENT)
        return SEV_LOW;
    if (age_us >= rule_threshold_us(f, THRESHOLD_SHARE_REUSE_CRITICAL_HOURS))
        return SEV_CRITICAL;
    bool is_old = age_us >= rule_threshold_us(f, THRESHOLD_SHARE_REUSE_HIGH_MINUTES);
    return is_old ? SEV_HIGH : SEV_MEDIUM;
}

static enum verdict hit(const struct rule_facts *f, struct rule_answer *a, enum side side,
        const struct public_value *v, const struct value_reuse *r)
{
    char span[32], note[96];
    int64_t age_us = age_of(f, r);
    const char *group = v->group != 0 ? iana_group_name(v->group) : "finite-field";
    span_text(age_us, span);
    if (side == SIDE_SERVER) {
        rule_subject(a, "server");
    } else {
        rule_client_subject(f, a, "client ");
    }
    rule_summary(a,
            "the %s used the same %s key %s before: %llu earlier handshake%s, the first is %lld",
            side == SIDE_SERVER ? "server" : "client", group != NULL ? group : "ephemeral", span,
            (unsigned long long)r->n, r->n == 1 ? "" : "s", (long long)r->first_handshake);
    a->severity = severity_of(f, side, age_us);
    rule_fit(note, sizeof note, "public value, first seen in handshake %lld",
            (long long)r->first_handshake);
    rule_bytes(a, side, v->at, v->value, note);
    return RULE_HIT;
}

/* The server's first: it weighs more. */
static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct public_value value;
    const struct handshake *h = f->handshake;
    bool has_any = false;
    if (!rule_hello(f, a, &v))
        return v;
    for (int side = SIDE_SERVER; side >= SIDE_CLIENT; side--) {
        if (!history_public_value(h, (enum side)side, &value))
            continue;
        if (h->client_hello == NULL)
            return rule_undetermined(a, "the ClientHello is missing in the capture");
        const struct value_reuse r = history_value_reuse(f->history, h, (enum side)side, &value);
        if (r.is_reused)
            return rule_one_copy(f, a, &v) ? hit(f, a, (enum side)side, &value, &r) : v;
        has_any = true;
    }
    return has_any ? RULE_PASS : RULE_NA;
}

const struct rule rule_kex_share_reuse = {
        .id = "kex-share-reuse",
        .codes = "T3 U6",
        .title = "An ephemeral key is used in several handshakes",
        .cite = "RFC 9325 7.4",
        .what = "The same public value of a server (dh_Ys, the point of a ServerKeyExchange, or "
                "the "
                "key_share of TLS 1.3) in handshakes with different client randoms, over all that "
                "the database remembers: medium within an hour, high from an hour, critical from a "
                "day on. The same of a client's key_share is low.",
        .traps = "A ClientHello that is sent again, a retransmission, the second ClientHello after "
                 "a HelloRetryRequest, and copies of one handshake share the client random and do "
                 "not count. Values are compared by group, length and a hash of 128 bits.",
        .remedy = "Turn off the caching of ephemeral keys.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .check = check,
};
