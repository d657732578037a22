/* Named groups: what was chosen, and what could have been. */
#include "rules/support.h"

enum {
    SECT571R1 = 14, /* the last binary curve */
    SECP160K1 = 15,
    SECP192R1 = 19,
    SECP256K1 = 22,
    EXPLICIT_PRIME = 0xff01,
    EXPLICIT_CHAR2 = 0xff02,
};
enum { X25519_KYBER768 = 0x6399, P256_KYBER768 = 0x639a };
enum { P256_MLKEM768 = 0x11eb, X25519_MLKEM768 = 0x11ec, P384_MLKEM1024 = 0x11ed };

static bool is_kyber(uint16_t group)
{
    return group == X25519_KYBER768 || group == P256_KYBER768;
}

enum { MLKEM512 = 0x200, MLKEM768, MLKEM1024 };

/* The parameter set of ML-KEM (FIPS 203) in a group, 0 none. */
static unsigned mlkem_of(uint16_t group)
{
    switch (group) {
    case MLKEM512:
        return 512;
    case MLKEM768:
    case P256_MLKEM768:
    case X25519_MLKEM768:
        return 768;
    case MLKEM1024:
    case P384_MLKEM1024:
        return 1024;
    default:
        return 0;
    }
}

static bool is_pq(const struct rule_facts *f, uint16_t group)
{
    return mlkem_of(group) >= rule_threshold(f, THRESHOLD_MLKEM_LEAST);
}

/* Shows where the server named the group. */
static void show_group(const struct rule_facts *f, struct rule_answer *a, uint16_t group)
{
    const struct handshake *h = f->handshake;
    uint8_t shown[2] = {(uint8_t)(group >> 8), (uint8_t)group};
    const struct server_key_exchange *s = h->server_key_exchange;
    if (s != NULL && s->kind == SKE_ECDHE)
        rule_bytes(a, SIDE_SERVER, &s->at, (struct bytes){shown, sizeof shown},
                "namedcurve of the ServerKeyExchange");
    else if (h->server_hello != NULL)
        rule_server_hello(f, a, group, "group of the key_share of the ServerHello");
    else
        rule_connection(a, "the connection with this group");
}

/* Bits of a curve that is not weak for everybody; 0: no curve, or one beside ML-KEM. */
static unsigned curve_bits(uint16_t group)
{
    static const struct {
        uint16_t group, bits;
    } CURVES[] = {{21, 224}, {23, 256}, {24, 384}, {25, 521}, {26, 256}, {27, 384}, {28, 512},
            {29, 255}, {30, 448}, {31, 256}, {32, 384}, {33, 512}, {41, 256}};
    for (size_t i = 0; i < sizeof CURVES / sizeof *CURVES; i++)
        if (CURVES[i].group == group)
            return CURVES[i].bits;
    return 0;
}

static const char *weakness(const struct rule_facts *f, uint16_t group)
{
    unsigned bits = curve_bits(group);
    if (bits > 0)
        return bits < rule_threshold(f, THRESHOLD_EC_SHORT_BITS)
                       ? "shorter than the policy asks for"
                       : NULL;
    if (group >= 1 && group <= SECT571R1)
        return "a binary curve";
    if (group >= SECP160K1 && group <= SECP192R1)
        return "shorter than 224 bits";
    if (group == SECP256K1)
        return "not meant for TLS";
    if (group == EXPLICIT_PRIME || group == EXPLICIT_CHAR2)
        return "a curve that is given by its parameters";
    return NULL;
}

/* The curve, or EXPLICIT_ when the server sent its own; 0 where there is none. */
static uint16_t curve_of(const struct handshake *h)
{
    const struct server_key_exchange *s = h->server_key_exchange;
    if (s != NULL && s->kind == SKE_ECDHE && s->curve_type == CURVE_EXPLICIT_PRIME)
        return EXPLICIT_PRIME;
    if (s != NULL && s->kind == SKE_ECDHE && s->curve_type == CURVE_EXPLICIT_CHAR2)
        return EXPLICIT_CHAR2;
    return h->group;
}

static enum verdict check_weak(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    if (!rule_hello(f, a, &v))
        return v;
    uint16_t group = curve_of(f->handshake);
    const char *why = weakness(f, group);
    const struct iana_suite *lost = rule_lost_exchange(f);
    bool is_curve_lost = lost != NULL && (lost->kex == KEX_ECDHE || lost->kex == KEX_ECDH_ANON ||
                                                 lost->kex == KEX_ECDHE_PSK);
    if (group == 0 && is_curve_lost)
        return rule_undetermined(a, "the ServerKeyExchange is missing in the capture");
    if (group == 0)
        return RULE_NA;
    if (why == NULL)
        return RULE_PASS;
    const char *name = iana_group_name(group);
    rule_subject(a, "0x%04x", group);
    rule_summary(
            a, "the server agrees on keys with %s: %s", name != NULL ? name : "its own group", why);
    show_group(f, a, group);
    return RULE_HIT;
}

static uint16_t offered_draft(const struct client_hello *ch)
{
    for (size_t i = 0; i < u16_count(ch->groups); i++)
        if (is_kyber(u16_at(ch->groups, i)))
            return u16_at(ch->groups, i);
    return 0;
}

static enum verdict check_draft(const struct rule_facts *f, struct rule_answer *a)
{
    const struct handshake *h = f->handshake;
    const struct client_hello *ch = h->client_hello;
    if (is_kyber(h->group)) {
        rule_subject(a, "chosen 0x%04x", h->group);
        rule_summary(a, "the server chose 0x%04x, a draft of Kyber before ML-KEM", h->group);
        show_group(f, a, h->group);
        return RULE_HIT;
    }
    if (ch == NULL)
        return h->is_tls && !handshake_is_complete(h)
                       ? rule_undetermined(a, "the ClientHello is missing in the capture")
                       : RULE_NA;
    uint16_t group = offered_draft(ch);
    if (group == 0 && ch->is_malformed)
        return rule_undetermined(a, "the ClientHello was not understood as a whole");
    if (group == 0)
        return RULE_PASS;
    rule_client_subject(f, a, "");
    rule_summary(a, "a client offers 0x%04x, a draft of Kyber before ML-KEM", group);
    rule_bytes(a, SIDE_CLIENT, &ch->at, ch->groups, "supported_groups of the ClientHello");
    return RULE_HIT;
}

/* The post-quantum group that the client would have taken, 0 none. */
static uint16_t offered_pq(const struct rule_facts *f)
{
    const struct client_hello *ch = f->handshake->client_hello;
    for (size_t i = 0; ch != NULL && i < u16_count(ch->groups); i++)
        if (is_pq(f, u16_at(ch->groups, i)))
            return u16_at(ch->groups, i);
    return 0;
}

/* A session that goes on agrees on no keys up to TLS 1.2, nor with a bare PSK. */
static bool has_agreed(const struct handshake *h)
{
    if (tls_is_13(h->version))
        return h->server_hello->has_key_share;
    return h->version >= TLS_1_0 && h->resumption == RESUMPTION_FULL;
}

static enum verdict check_no_pq(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    if (!rule_hello(f, a, &v))
        return v;
    uint16_t offered = offered_pq(f);
    if (offered == 0 || !has_agreed(h))
        return RULE_NA;
    enum { KYBER = 768 };
    bool is_draft = is_kyber(h->group) && KYBER >= rule_threshold(f, THRESHOLD_MLKEM_LEAST);
    if (is_pq(f, h->group) || is_draft)
        return RULE_PASS;
    if (h->group == 0 && tls_is_13(h->version))
        return rule_undetermined(a, "the group is not known");
    const char *name = iana_group_name(h->group);
    const char *wanted = iana_group_name(offered);
    rule_subject(a, "-");
    rule_summary(a, "the client offers %s, the server agrees on keys with %s",
            wanted != NULL ? wanted : "a post-quantum group",
            name != NULL ? name : "a key exchange without it");
    if (h->group != 0)
        show_group(f, a, h->group);
    else
        rule_server_hello(f, a, h->version, "server_version of the ServerHello");
    rule_bytes(a, SIDE_CLIENT, &h->client_hello->at, h->client_hello->groups,
            "supported_groups of the ClientHello");
    return RULE_HIT;
}

const struct rule rule_kex_weak_group = {
        .id = "kex-weak-group",
        .codes = "F5",
        .title = "The elliptic curve of the key exchange is weak",
        .cite = "RFC 8422 5.1.1; RFC 9325 4.5",
        .what = "The group in the ServerKeyExchange or key_share is a binary curve, a curve of "
                "less than 224 bits, secp256k1, or one that the server describes itself. A policy "
                "can ask for more bits (ec-short-bits; hybrids with ML-KEM have enough).",
        .traps = "Only the group that was chosen counts. Finite-field groups have their own rules.",
        .remedy = "Limit the groups to X25519, P-256, P-384 and their hybrids.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .check = check_weak,
};

const struct rule rule_kex_pq_draft_group = {
        .id = "kex-pq-draft-group",
        .codes = "F8 U3",
        .title = "A draft of Kyber is still in use",
        .cite = "FIPS 203; draft-ietf-tls-ecdhe-mlkem",
        .what = "Group 0x6399 or 0x639A (Kyber before its standard, ML-KEM) was chosen, or stands "
                "in supported_groups of the ClientHello.",
        .traps = "Browsers of 2023 and 2024 offer it. Where it was chosen the server is named, "
                 "else the client.",
        .remedy = "Update the software: X25519MLKEM768 (0x11EC) took its place.",
        .severity = SEV_LOW,
        .on = RULE_HANDSHAKE,
        .check = check_draft,
};

const struct rule rule_kex_no_pq = {
        .id = "kex-no-pq",
        .codes = "T1",
        .title = "The server does not use the post-quantum group that a client offers",
        .cite = "draft-ietf-tls-ecdhe-mlkem; BSI TR-02102-2; CNSA 2.0",
        .what = "supported_groups of the ClientHello holds a group with ML-KEM (0x11EB to 0x11ED, "
                "0x0200 to 0x0202) and the server agreed on keys without it. One finding a "
                "service. A policy can leave out the smaller of them (mlkem-least).",
        .traps = "Sessions that go on without a new key agreement do not count. The drafts of "
                 "Kyber count as post-quantum here: they are kex-pq-draft-group.",
        .remedy = "Enable X25519MLKEM768 on the server, with TLS 1.3.",
        .severity = SEV_INFO,
        .on = RULE_HANDSHAKE,
        .check = check_no_pq,
};
