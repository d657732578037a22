/* Public keys of the key exchange that are no keys. */
#include "base/cursor.h"
#include "rules/judged.h"

/* The group that was chosen, or the one that a refused ClientHello brought a bad key of. */
static uint16_t group_of(const struct rule_facts *f)
{
    const struct handshake *h = f->handshake;
    if (h->server_hello != NULL || h->server_key_exchange != NULL)
        return h->group;
    bool is_refused = h->outcome == OUTCOME_FAIL_ALERT_SERVER ||
                      h->outcome == OUTCOME_FAIL_RESET_SERVER ||
                      h->outcome == OUTCOME_FAIL_CLOSED_SERVER;
    return f->judgement != NULL && is_refused ? f->judgement->refused_group : 0;
}

static bool has_montgomery(uint16_t group)
{
    enum { X25519 = 29, X448 = 30, X25519_MLKEM768 = 0x11ec, X25519_KYBER768 = 0x6399 };
    return group == X25519 || group == X448 || group == X25519_MLKEM768 || group == X25519_KYBER768;
}

static bool is_finite_field(uint16_t group)
{
    return group >> 8 == 1; /* RFC 7919 7 */
}

/* Diffie-Hellman of TLS up to 1.2, whose group stands in the ServerKeyExchange. */
static bool is_dhe(const struct handshake *h)
{
    return h->server_key_exchange != NULL && h->server_key_exchange->kind == SKE_DHE;
}

static void show_server(const struct handshake *h, struct rule_answer *a)
{
    const struct server_key_exchange *s = h->server_key_exchange;
    if (s != NULL)
        rule_bytes(a, SIDE_SERVER, &s->at, is_dhe(h) ? s->dh_ys : s->ec_point,
                "public key of the ServerKeyExchange, its first bytes");
    else if (h->server_hello != NULL)
        rule_bytes(a, SIDE_SERVER, &h->server_hello->at, h->server_hello->key_exchange,
                "key_exchange of the ServerHello, its first bytes");
}

static void show_client(const struct rule_facts *f, struct rule_answer *a)
{
    const struct handshake *h = f->handshake;
    const struct client_key_exchange *c = h->client_key_exchange;
    if (c != NULL)
        rule_bytes(a, SIDE_CLIENT, &c->at, is_dhe(h) ? c->dh_yc : c->ec_point,
                "public key of the ClientKeyExchange, its first bytes");
    else if (h->client_hello != NULL && h->server_key_exchange == NULL)
        rule_bytes(a, SIDE_CLIENT, &h->client_hello->at,
                client_key_share(h->client_hello, group_of(f)),
                "key_exchange of the ClientHello, its first bytes");
}

static void name_group(const struct rule_facts *f, const struct dh_facts *d, char out[WHO_TEXT])
{
    const char *name = is_dhe(f->handshake) ? d->group_name : iana_group_name(group_of(f));
    if (name != NULL)
        rule_fit(out, WHO_TEXT, "%s", name);
    else if (is_dhe(f->handshake))
        rule_fit(out, WHO_TEXT, "a Diffie-Hellman group of %zu bits", d->bits);
    else
        rule_fit(out, WHO_TEXT, "group 0x%04x", group_of(f));
}

static enum verdict hit(const struct rule_facts *f, struct rule_answer *a, enum side side,
        const struct judgement *j)
{
    const char *who = side == SIDE_SERVER ? "server" : "client";
    const struct share_facts *s = side == SIDE_SERVER ? &j->server_share : &j->client_share;
    char group[WHO_TEXT];
    name_group(f, &j->dh, group);
    if (is_dhe(f->handshake))
        rule_subject(a, "%s %s", who, group);
    else
        rule_subject(a, "%s 0x%04x", who, group_of(f));
    rule_summary(a, "the public key that the %s sent for %s is not valid: %s", who, group,
            s->why != NULL ? s->why : "not a key of the group");
    if (side == SIDE_SERVER)
        show_server(f->handshake, a);
    else
        show_client(f, a);
    if (a->n_evidence == 0)
        rule_connection(a, "the connection with this key");
    return RULE_HIT;
}

/* Up to TLS 1.2 the client's key has a message of its own, which may be lost. */
static bool is_client_key_lost(const struct handshake *h)
{
    return h->server_key_exchange != NULL && h->client_key_exchange == NULL &&
           !handshake_is_complete(h);
}

/* Server first: its key is there in every version. */
static enum verdict rest(
        const struct rule_facts *f, struct rule_answer *a, const struct share_facts *const shares[])
{
    for (int side = SIDE_SERVER; side >= SIDE_CLIENT; side--)
        if (shares[side]->answer == SHARE_NOT_CHECKED && shares[side]->why != NULL)
            return rule_undetermined(a, shares[side]->why);
    if (shares[SIDE_SERVER]->answer == SHARE_NOT_CHECKED)
        return rule_undetermined(a, "the public key was not checked");
    if (is_client_key_lost(f->handshake))
        return rule_undetermined(a, "the ClientKeyExchange is missing in the capture");
    return RULE_PASS;
}

/* Which invalid keys a rule is about. */
enum kind { KEYS_OF_NO_GROUP = 1, KEYS_LOW = 2 };

static enum verdict check(const struct rule_facts *f, struct rule_answer *a, unsigned kinds)
{
    enum verdict v;
    const struct judgement *j = rule_judgement(f, a, &v);
    if (j == NULL)
        return v;
    const struct share_facts *const shares[2] = {
            [SIDE_CLIENT] = &j->client_share, [SIDE_SERVER] = &j->server_share};
    for (int side = SIDE_SERVER; side >= SIDE_CLIENT; side--) {
        unsigned kind = shares[side]->is_low_order ? KEYS_LOW : KEYS_OF_NO_GROUP;
        if (shares[side]->answer == SHARE_INVALID && (kinds & kind) != 0)
            return rule_one_copy(f, a, &v) ? hit(f, a, (enum side)side, j) : v;
    }
    return f->handshake->server_hello != NULL ? rest(f, a, shares) : RULE_NA;
}

static bool is_curve(const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    uint16_t group = group_of(f);
    bool is_refused = f->handshake->server_hello == NULL && group != 0;
    if (!is_refused && !rule_hello(f, a, verdict))
        return false;
    *verdict = RULE_NA;
    return group != 0 && !is_finite_field(group);
}

static enum verdict check_point(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    return is_curve(f, a, &v) ? check(f, a, KEYS_OF_NO_GROUP) : v;
}

static enum verdict check_low_order(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    if (!is_curve(f, a, &v))
        return v;
    return has_montgomery(group_of(f)) ? check(f, a, KEYS_LOW) : RULE_NA;
}

/* Whether finite-field keys are to be seen: of TLS up to 1.2, or a key_share. */
static bool is_field(const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    if (f->handshake->server_key_exchange == NULL && is_finite_field(group_of(f)))
        return true;
    return rule_dh_exchange(f, a, verdict) != NULL;
}

static enum verdict check_dh(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    if (!is_field(f, a, &v))
        return v;
    enum { NO_GROUP_BITS = 2 };
    const struct judgement *j = f->judgement;
    if (j != NULL && j->has_dh && j->dh.bits <= NO_GROUP_BITS)
        return RULE_NA; /* no group at all: kex-dh-weak-size */
    v = check(f, a, KEYS_LOW | KEYS_OF_NO_GROUP);
    if (v == RULE_HIT && j != NULL && !j->client_share.is_low_order &&
            !j->server_share.is_low_order)
        a->severity = SEV_MEDIUM; /* of a wrong length: nothing is given away */
    return v;
}

const struct rule rule_kex_ec_point_invalid = {
        .id = "kex-ec-point-invalid",
        .codes = "T3 T4",
        .title = "A public key is no point of its curve",
        .cite = "RFC 8422 5.11; RFC 8446 4.2.8.2; FIPS 203 7.2",
        .what = "The elliptic-curve public key in a ServerKeyExchange, ClientKeyExchange or "
                "key_share is not on its curve, has a wrong length or form, or is the point at "
                "infinity; or the client's ML-KEM key beside it fails the modulus check. Of a "
                "ClientHello that the server refused every key_share counts.",
        .traps = "Hybrid groups are split first. Curves that are not known or given by their "
                 "parameters, and bytes of which overlapping packets bring two versions, are "
                 "undetermined. Offers of scanners, and those that nobody "
                 "answered, are not judged.",
        .remedy = "Replace the software of that side: it computes or sends wrong keys.",
        .severity = SEV_CRITICAL,
        .on = RULE_HANDSHAKE,
        .check = check_point,
};

const struct rule rule_kex_x25519_low_order = {
        .id = "kex-x25519-low-order",
        .codes = "T3 T4",
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

const struct rule rule_kex_dh_bad_public = {
        .id = "kex-dh-bad-public",
        .codes = "T3 T4",
        .title = "A Diffie-Hellman public key gives the secret away",
        .cite = "NIST SP 800-56A 5.6.2.3.1; RFC 7919 5.1; RFC 8446 4.2.8.1",
        .what = "dh_Ys of the ServerKeyExchange, dh_Yc of the ClientKeyExchange or a key_share of "
                "a finite field is 0, 1, p-1 or larger. A key_share that is not as long as p is "
                "medium.",
        .traps = "No honest key is one of them. A client whose certificate has its key sends none.",
        .remedy = "Replace the software of that side, or find who changed the key on the way.",
        .severity = SEV_CRITICAL,
        .on = RULE_HANDSHAKE,
        .check = check_dh,
};
