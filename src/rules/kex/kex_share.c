/* Public keys of named groups that are no keys. */
#include "base/cursor.h"
#include "rules/judged.h"

static bool has_montgomery(uint16_t group)
{
    enum { X25519 = 29, X448 = 30, X25519_MLKEM768 = 0x11ec, X25519_KYBER768 = 0x6399 };
    return group == X25519 || group == X448 || group == X25519_MLKEM768 || group == X25519_KYBER768;
}

static bool is_finite_field(uint16_t group)
{
    return group >> 8 == 1; /* RFC 7919 7 */
}

static enum verdict hit(const struct rule_facts *f, struct rule_answer *a, enum side side,
        const struct share_facts *s)
{
    const struct handshake *h = f->handshake;
    const char *who = side == SIDE_SERVER ? "server" : "client";
    const char *name = iana_group_name(h->group);
    rule_subject(a, "%s 0x%04x", who, h->group);
    rule_summary(a, "the public key that the %s sent for %s is not valid: %s", who,
            name != NULL ? name : "its group", s->why != NULL ? s->why : "not a key of the group");
    if (side == SIDE_CLIENT && h->client_hello != NULL)
        rule_bytes(a, side, &h->client_hello->at, client_key_share(h->client_hello, h->group),
                "key_exchange of the ClientHello, its first bytes");
    else if (side == SIDE_SERVER && h->server_key_exchange != NULL)
        rule_bytes(a, side, &h->server_key_exchange->at, h->server_key_exchange->ec_point,
                "public key of the ServerKeyExchange, its first bytes");
    else if (side == SIDE_SERVER && h->server_hello != NULL)
        rule_bytes(a, side, &h->server_hello->at, h->server_hello->key_exchange,
                "key_exchange of the ServerHello, its first bytes");
    else
        rule_connection(a, "the connection with this key");
    return RULE_HIT;
}

/* Server first: its share is there in every version. */
static enum verdict check(const struct rule_facts *f, struct rule_answer *a, bool low_order)
{
    enum verdict v;
    const struct judgement *j = rule_judgement(f, a, &v);
    if (j == NULL)
        return v;
    const struct share_facts *shares[2] = {
            [SIDE_CLIENT] = &j->client_share, [SIDE_SERVER] = &j->server_share};
    for (int side = SIDE_SERVER; side >= SIDE_CLIENT; side--)
        if (shares[side]->answer == SHARE_INVALID && shares[side]->is_low_order == low_order)
            return rule_one_copy(f, a, &v) ? hit(f, a, (enum side)side, shares[side]) : v;
    for (int side = SIDE_SERVER; side >= SIDE_CLIENT; side--)
        if (shares[side]->answer == SHARE_NOT_CHECKED && shares[side]->why != NULL)
            return rule_undetermined(a, shares[side]->why);
    if (j->server_share.answer == SHARE_NOT_CHECKED)
        return rule_undetermined(a, "the public key was not checked");
    return RULE_PASS;
}

static bool is_curve(const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    const struct handshake *h = f->handshake;
    if (!rule_hello(f, a, verdict))
        return false;
    *verdict = RULE_NA;
    return h->group != 0 && !is_finite_field(h->group);
}

static enum verdict check_point(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    return is_curve(f, a, &v) ? check(f, a, false) : v;
}

static enum verdict check_low_order(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    if (!is_curve(f, a, &v))
        return v;
    return has_montgomery(f->handshake->group) ? check(f, a, true) : RULE_NA;
}

const struct rule rule_kex_ec_point_invalid = {
        .id = "kex-ec-point-invalid",
        .title = "A public key is no point of its curve",
        .cite = "RFC 8422 5.11; RFC 8446 4.2.8.2",
        .what = "The elliptic-curve public key in a ServerKeyExchange or key_share is not on its "
                "curve, has a wrong length or form, or is the point at infinity.",
        .traps = "Hybrid groups are split first. Curves that are not known, and bytes of which "
                 "overlapping packets bring two versions, are undetermined.",
        .remedy = "Replace the software of that side: it computes or sends wrong keys.",
        .severity = SEV_CRITICAL,
        .on = RULE_HANDSHAKE,
        .check = check_point,
};

const struct rule rule_kex_x25519_low_order = {
        .id = "kex-x25519-low-order",
        .title = "A public key forces the shared secret to zero",
        .cite = "RFC 7748 6.1, 6.2; RFC 8446 7.4.2",
        .what = "The X25519 or X448 public key of a side, also within a hybrid group, is one of "
                "the few points of small order: whoever knows that knows the secret.",
        .traps = "No honest key is one of them.",
        .remedy = "Replace the software of that side, or find who changed the key on the way.",
        .severity = SEV_CRITICAL,
        .on = RULE_HANDSHAKE,
        .check = check_low_order,
};
