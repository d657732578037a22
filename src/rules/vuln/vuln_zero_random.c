/* Randoms of hellos that are none. */
#include "base/cursor.h"
#include "rules/judged.h"

enum { TIME = 4, SENTINEL = 8, SHORTEST = 16 };

static bool is_constant(struct bytes b)
{
    struct cur c = cur_of(b);
    uint8_t first = cur_peek_u8(&c, 0);
    bool is_same = b.n > 0;
    while (cur_more(&c))
        is_same &= cur_u8(&c) == first;
    return is_same;
}

/* Up to TLS 1.2 the first four bytes may be a time (RFC 5246 7.4.1.2); a server that could do more
 * ends with a sentinel (RFC 8446 4.1.3). */
static bool is_none(struct bytes random, bool has_sentinel)
{
    struct cur c = cur_of(random);
    if (random.n < SHORTEST)
        return false;
    if (random.n > SHORTEST)
        cur_skip(&c, TIME);
    struct bytes rest = cur_rest(&c);
    if (has_sentinel && rest.n > SENTINEL)
        rest.n -= SENTINEL;
    return is_constant(rest);
}

static enum verdict hit(const struct rule_facts *f, struct rule_answer *a, enum side side,
        const struct span *at, struct bytes random)
{
    enum verdict v;
    struct cur c = cur_of(random);
    if (!rule_one_copy(f, a, &v))
        return v;
    if (side == SIDE_CLIENT)
        rule_client_subject(f, a, "client ");
    else
        rule_subject(a, "server");
    rule_summary(a, "the random of the %s is 0x%02x over and over",
            side == SIDE_CLIENT ? "client" : "server", cur_peek_u8(&c, SHORTEST - 1));
    rule_bytes(a, side, at, random,
            side == SIDE_CLIENT ? "random of the ClientHello" : "random of the ServerHello");
    return RULE_HIT;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    const struct handshake *h = f->handshake;
    const struct server_hello *sh = h->server_hello;
    const struct client_hello *ch = h->client_hello;
    if (sh != NULL && !sh->is_hrr && is_none(sh->random, sh->downgrade != DOWNGRADE_NONE))
        return hit(f, a, SIDE_SERVER, &sh->at, sh->random);
    if (ch != NULL && is_none(ch->random, false))
        return hit(f, a, SIDE_CLIENT, &ch->at, ch->random);
    if (sh == NULL && ch == NULL)
        return h->is_tls && !handshake_is_complete(h)
                       ? rule_undetermined(a, "the hellos are missing in the capture")
                       : RULE_NA;
    return RULE_PASS;
}

const struct rule rule_vuln_zero_random = {
        .id = "vuln-zero-random",
        .codes = "T3 P23",
        .title = "The random of a hello is constant",
        .cite = "CVE-2020-11501; RFC 8446 4.1.2; RFC 5246 7.4.1.2",
        .what = "The random of the ClientHello or ServerHello is one byte over and over, zero in "
                "most cases: keys of different connections are no longer different.",
        .traps = "A time in the first four bytes, and the sentinel of a server that was made to "
                 "choose less than TLS 1.3, are set aside. A HelloRetryRequest has a random of its "
                 "own. Tools that blank a capture may write zeros.",
        .remedy = "Patch the library of that side.",
        .severity = SEV_CRITICAL,
        .on = RULE_HANDSHAKE,
        .check = check,
};
