#include "rules/judged.h"

/* Bits of the integer: leading zero bytes of its encoding do not count. */
static unsigned bits_of(struct bytes p)
{
    size_t i = 0;
    while (i < p.n && p.p[i] == 0)
        i++;
    if (i == p.n)
        return 0;
    unsigned bits = (unsigned)(p.n - i) * 8;
    for (uint8_t top = p.p[i]; (top & 0x80) == 0; top = (uint8_t)(top << 1))
        bits--;
    return bits;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct server_key_exchange *ske = rule_dh_exchange(f, a, &v);
    if (ske == NULL)
        return v;
    unsigned bits = bits_of(ske->dh_p);
    if (bits >= rule_threshold(f, THRESHOLD_DH_SHORT_BITS))
        return RULE_PASS;
    if (bits < rule_threshold(f, THRESHOLD_DH_CRITICAL_BITS))
        a->severity = SEV_CRITICAL;
    else if (bits >= threshold_row(THRESHOLD_DH_SHORT_BITS)->preset)
        a->severity = SEV_MEDIUM; /* the policy asks for more than everybody does */
    rule_subject(a, "%u bits", bits);
    rule_summary(a, "the server's Diffie-Hellman prime has %u bits", bits);
    rule_bytes(
            a, SIDE_SERVER, &ske->at, ske->dh_p, "dh_p of the ServerKeyExchange, its first bytes");
    return RULE_HIT;
}

const struct rule rule_kex_dh_weak_size = {
        .id = "kex-dh-weak-size",
        .codes = "F5 T3",
        .title = "The Diffie-Hellman group is too small",
        .cite = "RFC 9325 4.5; RFC 7919",
        .what = "dh_p of the ServerKeyExchange has fewer than 2048 bits; fewer than 1024 is "
                "critical "
                "(Logjam). Where a policy asks for more, groups between are medium.",
        .traps = "Bits of the integer are counted, not bytes of its encoding.",
        .remedy = "Use ffdhe2048 or larger, or ECDHE.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .check = check,
};
