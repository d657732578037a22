/* Hellos against each other: what may not be chosen, and what may not change. */
#include <string.h>

#include "rules/protocol/hellos.h"

/* What is wrong, and the bytes that show it. */
struct fault {
    enum side side;
    const char *what; /* "the cipher suite" */
    bool has_value;
    unsigned value;
    const char *why; /* "was not offered" */
    const struct span *at;
    struct bytes shown;
    const char *note;
    uint8_t two[2];
};

static bool fault(struct fault *out, const struct server_hello *sh, const char *what,
        unsigned value, const char *why)
{
    out->side = SIDE_SERVER;
    out->what = what;
    out->value = value;
    out->has_value = true;
    out->why = why;
    out->at = &sh->at;
    out->two[0] = (uint8_t)(value >> 8);
    out->two[1] = (uint8_t)value;
    out->shown = (struct bytes){out->two, sizeof out->two};
    out->note = sh->is_hrr ? "the value in the HelloRetryRequest" : "the value in the ServerHello";
    return true;
}

/* RFC 8446 4.1.3, 4.2.1; RFC 5246 E.1. A server that does not know supported_versions answers
 * client_version. */
static bool bad_version(
        const struct client_hello *ch, const struct server_hello *sh, struct fault *out)
{
    uint16_t v = sh->version;
    bool is_listed = u16_has(sh->extension_types, HELLO_EXT_VERSIONS);
    bool is_offered = ch->has_supported_versions && u16_has(ch->supported_versions, v);
    if (iana_is_grease(v))
        return fault(out, sh, "version", v, "is a GREASE value");
    if (is_listed && !tls_is_13(v))
        return fault(out, sh, "version", v, "may not stand in supported_versions");
    if (is_offered || (!is_listed && v >= TLS_SSLV3 && v <= ch->legacy_version))
        return false;
    return fault(out, sh, "version", v, "was not offered");
}

static bool bad_suite(
        const struct client_hello *ch, const struct server_hello *sh, struct fault *out)
{
    enum { EMPTY_RENEGOTIATION_SCSV = 0x00ff, FALLBACK_SCSV = 0x5600 };
    uint16_t suite = sh->cipher_suite;
    const struct iana_suite *s = iana_suite(suite);
    bool is_signal = suite == EMPTY_RENEGOTIATION_SCSV || suite == FALLBACK_SCSV;
    if (is_signal || iana_is_grease(suite))
        return fault(out, sh, "cipher suite", suite, "is none that can be chosen");
    if (!u16_has(ch->cipher_suites, suite))
        return fault(out, sh, "cipher suite", suite, "was not offered");
    if (s != NULL && (s->kex == KEX_TLS13) != (sh->version == TLS_1_3))
        return fault(out, sh, "cipher suite", suite, "does not belong to the version");
    if (s != NULL && s->is_aead && sh->version < TLS_1_2)
        return fault(out, sh, "cipher suite", suite, "needs TLS 1.2 (RFC 5246 1.2)");
    return false;
}

static bool bad_compression(
        const struct client_hello *ch, const struct server_hello *sh, struct fault *out)
{
    struct cur methods = cur_of(ch->compression);
    if (sh->compression == 0)
        return false;
    if (sh->version == TLS_1_3)
        return fault(out, sh, "compression method", sh->compression, "may not be in TLS 1.3");
    while (cur_more(&methods))
        if (cur_u8(&methods) == sh->compression)
            return false;
    return fault(out, sh, "compression method", sh->compression, "was not offered");
}

static bool bad_session_id(
        const struct client_hello *ch, const struct server_hello *sh, struct fault *out)
{
    if (sh->version != TLS_1_3 || bytes_equal(ch->session_id, sh->session_id))
        return false;
    (void)fault(out, sh, "session id", 0, "is not the client's");
    out->has_value = false;
    out->shown = sh->session_id;
    out->note = "legacy_session_id_echo";
    return true;
}

/* RFC 8446 4.2: only these stand in clear in TLS 1.3. */
static bool stands_in_clear(const struct server_hello *sh, uint16_t type)
{
    switch (type) {
    case HELLO_EXT_VERSIONS:
    case HELLO_EXT_KEY_SHARE:
        return true;
    case HELLO_EXT_PSK:
    case HELLO_EXT_CERT_WITH_PSK:
        return !sh->is_hrr;
    case HELLO_EXT_COOKIE:
    case HELLO_EXT_ECH:
        return sh->is_hrr;
    default:
        return false;
    }
}

static bool is_asked_for(
        const struct client_hello *ch, const struct server_hello *sh, uint16_t type)
{
    if (type == HELLO_EXT_RENEGOTIATION_INFO && ch->has_renegotiation_scsv)
        return true; /* RFC 5746 3.6 */
    if (type == HELLO_EXT_COOKIE && sh->is_hrr)
        return true;
    return u16_has(ch->extension_types, type);
}

static bool bad_extension(
        const struct client_hello *ch, const struct server_hello *sh, struct fault *out)
{
    for (size_t i = 0; i < u16_count(sh->extension_types); i++) {
        uint16_t type = u16_at(sh->extension_types, i);
        if (iana_is_grease(type))
            return fault(out, sh, "extension", type, "is a GREASE value");
        if (!is_asked_for(ch, sh, type))
            return fault(out, sh, "extension", type, "was not offered");
        if (sh->version == TLS_1_3 && !stands_in_clear(sh, type))
            return fault(out, sh, "extension", type, "may not stand in this message of TLS 1.3");
    }
    return false;
}

static bool bad_group(
        const struct client_hello *ch, const struct server_hello *sh, struct fault *out)
{
    if (sh->version != TLS_1_3 || !sh->has_key_share)
        return false;
    if (iana_is_grease(sh->group))
        return fault(out, sh, "group", sh->group, "is a GREASE value");
    if (!u16_has(sh->is_hrr ? ch->groups : ch->key_share_groups, sh->group))
        return fault(out, sh, "group", sh->group,
                sh->is_hrr ? "was not offered" : "is none of the client's key shares");
    return false;
}

static bool bad_psk(const struct client_hello *ch, const struct server_hello *sh, struct fault *out)
{
    struct cur modes = cur_of(ch->psk_modes);
    if (sh->version != TLS_1_3 || !sh->has_psk)
        return false;
    if (sh->psk_index >= ch->n_psk_identities)
        return fault(out, sh, "pre-shared key", sh->psk_index, "is behind the end of the offer");
    if (sh->has_key_share)
        return false;
    while (cur_more(&modes))
        if (cur_u8(&modes) == 0) /* psk_ke */
            return false;
    return fault(out, sh, "pre-shared key", sh->psk_index,
            "comes without a key share, which the client's modes forbid");
}

static bool bad_alpn(
        const struct client_hello *ch, const struct server_hello *sh, struct fault *out)
{
    struct cur names = cur_of(ch->alpn);
    if (!sh->has_alpn)
        return false;
    while (cur_more(&names))
        if (bytes_equal(cur_vec(&names, 1), sh->alpn))
            return false;
    (void)fault(out, sh, "application protocol", 0, "was not offered");
    out->has_value = false;
    out->shown = sh->alpn;
    out->note = "ALPN of the ServerHello";
    return true;
}

static bool bad_answer(
        const struct client_hello *ch, const struct server_hello *sh, struct fault *out)
{
    static bool (*const checks[])(const struct client_hello *, const struct server_hello *,
            struct fault *) = {bad_version, bad_suite, bad_compression, bad_session_id,
            bad_extension, bad_group, bad_psk, bad_alpn};
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (checks[i](ch, sh, out))
            return true;
    return false;
}

/* RFC 8422 5.1: a client that names no groups leaves the choice to the server. */
static bool bad_curve(const struct handshake *h, struct fault *out)
{
    const struct server_key_exchange *ske = h->server_key_exchange;
    const struct client_hello *ch = h->client_hello;
    if (ske == NULL || ske->is_malformed || ske->curve_type != CURVE_NAMED || ch->groups.n == 0 ||
            (u16_has(ch->groups, ske->group) && !iana_is_grease(ske->group)))
        return false;
    (void)fault(out, h->server_hello, "group", ske->group, "was not offered");
    out->at = &ske->at;
    out->note = "the value in the ServerKeyExchange";
    return true;
}

/* RFC 8446 4.1.4: the ServerHello keeps what the HelloRetryRequest chose. */
static bool bad_return(const struct hellos *x, struct fault *out)
{
    const struct server_hello *sh = x->answer;
    if (sh->version != TLS_1_3)
        return fault(out, sh, "version", sh->version, "is not that of the HelloRetryRequest");
    if (sh->cipher_suite != x->retry->cipher_suite)
        return fault(
                out, sh, "cipher suite", sh->cipher_suite, "is not that of the HelloRetryRequest");
    if (x->retry->has_key_share && sh->has_key_share && sh->group != x->retry->group)
        return fault(out, sh, "group", sh->group, "is not that of the HelloRetryRequest");
    return false;
}

static bool client_fault(const struct hellos *x, const char *what, const char *why,
        struct bytes shown, struct fault *out)
{
    *out = (struct fault){.side = SIDE_CLIENT,
            .what = what,
            .why = why,
            .at = &x->second->at,
            .shown = shown,
            .note = "the second ClientHello"};
    return true;
}

/* RFC 8446 4.1.2: what a client may change after a HelloRetryRequest; ECH: RFC 9849 6.1.5. */
static bool may_change(uint16_t type)
{
    return type == HELLO_EXT_KEY_SHARE || type == HELLO_EXT_EARLY_DATA ||
           type == HELLO_EXT_COOKIE || type == HELLO_EXT_PSK || type == HELLO_EXT_PADDING ||
           type == HELLO_EXT_ECH;
}

/* Whether an extension of `from` that has to stay is missing in `to`, or another. */
static bool has_changed(
        const struct client_hello *from, const struct client_hello *to, uint16_t *type)
{
    for (size_t i = 0; i < u16_count(from->extension_types); i++) {
        bool had = false, has = false;
        *type = u16_at(from->extension_types, i);
        if (may_change(*type))
            continue;
        struct bytes old = hello_extension(from->extensions, *type, &had);
        struct bytes new = hello_extension(to->extensions, *type, &has);
        if (!has || !bytes_equal(old, new))
            return true;
    }
    return false;
}

static bool bad_shares(const struct hellos *x, struct fault *out)
{
    const struct client_hello *second = x->second;
    if (!x->retry->has_key_share)
        return !bytes_equal(x->first->key_shares, second->key_shares) &&
               client_fault(x, "the key shares", "changed although no other group was asked for",
                       second->key_share_groups, out);
    bool is_asked = u16_count(second->key_share_groups) == 1 &&
                    u16_at(second->key_share_groups, 0) == x->retry->group;
    return !is_asked && client_fault(x, "the key shares", "are not the one that was asked for",
                                second->key_share_groups, out);
}

static bool bad_second(const struct hellos *x, struct fault *out)
{
    const struct client_hello *first = x->first;
    const struct client_hello *second = x->second;
    uint16_t type = 0;
    if (!bytes_equal(first->random, second->random))
        return client_fault(x, "the random", "changed", second->random, out);
    if (!bytes_equal(first->session_id, second->session_id))
        return client_fault(x, "the session id", "changed", second->session_id, out);
    if (!bytes_equal(first->cipher_suites, second->cipher_suites))
        return client_fault(x, "the cipher suites", "changed", second->cipher_suites, out);
    if (first->legacy_version != second->legacy_version ||
            !bytes_equal(first->compression, second->compression))
        return client_fault(x, "version or compression", "changed", second->compression, out);
    if (!bytes_equal(x->retry->cookie, second->cookie))
        return client_fault(x, "the cookie", "was not sent back", second->cookie, out);
    if (second->has_early_data)
        return client_fault(x, "early_data", "was offered again", second->extension_types, out);
    if (has_changed(first, second, &type) || has_changed(second, first, &type)) {
        (void)client_fault(x, "extension", "changed", second->extension_types, out);
        out->has_value = true;
        out->value = type;
        return true;
    }
    return bad_shares(x, out);
}

static const char *name_of(const struct fault *x)
{
    static const struct {
        const char *what;
        const char *(*name)(uint16_t);
    } names[] = {{"version", iana_version_name}, {"cipher suite", iana_suite_name},
            {"extension", iana_extension_name}, {"group", iana_group_name}};
    const char *name = NULL;
    for (size_t i = 0; x->has_value && i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i].what, x->what) == 0)
            name = names[i].name((uint16_t)x->value);
    return name != NULL ? name : "";
}

static enum verdict hit(const struct rule_facts *f, struct rule_answer *a, const struct fault *x)
{
    char who[64] = "server", value[16] = "";
    const char *name = name_of(x);
    if (x->side == SIDE_CLIENT) {
        a->about = ABOUT_CLIENT;
        rule_client(f->handshake, who);
    }
    if (x->has_value)
        rule_fit(value, sizeof value, " 0x%04x", x->value);
    rule_subject(a, "%s %s%s %s", who, x->what, value, x->why);
    rule_summary(a, "the %s may not do this: %s%s%s%s%s %s",
            x->side == SIDE_CLIENT ? "client" : "server", x->what, value,
            name[0] != '\0' ? " (" : "", name, name[0] != '\0' ? ")" : "", x->why);
    rule_bytes(a, x->side, x->at, x->shown, x->note);
    if (f->handshake->client_hello != NULL)
        rule_bytes(a, SIDE_CLIENT, &f->handshake->client_hello->at, f->handshake->client_hello->raw,
                "the ClientHello, its first bytes");
    return RULE_HIT;
}

static bool find(const struct rule_facts *f, const struct hellos *x, struct fault *out)
{
    if (x->retry != NULL && bad_answer(x->first, x->retry, out))
        return true;
    if (x->retry != NULL && x->second != NULL && bad_second(x, out))
        return true;
    if (x->answer == NULL)
        return false;
    if (x->retry != NULL && bad_return(x, out))
        return true;
    const struct client_hello *asked = x->retry != NULL ? x->second : x->first;
    return bad_answer(asked, x->answer, out) || bad_curve(f->handshake, out);
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct hellos x;
    struct fault found = {.side = SIDE_SERVER};
    if (!hellos_of(f, a, &x, &v))
        return v;
    return find(f, &x, &found) ? hit(f, a, &found) : RULE_PASS;
}

const struct rule rule_proto_illegal_selection = {
        .id = "proto-illegal-selection",
        .codes = "F8 T3 T4",
        .title = "A hello contradicts the one before it",
        .cite = "RFC 8446 4.1.2-4.1.4, 4.2; RFC 5246 7.4.1.3, 7.4.1.4; RFC 5746 3.6; RFC 7301 3.2",
        .what = "The server chose a version, cipher suite, compression, group, pre-shared key or "
                "application protocol that the client did not offer, or one that does not fit the "
                "version; sent an extension that was not offered; or did not echo the session id "
                "in "
                "TLS 1.3. Or the client changed what a HelloRetryRequest does not let it change.",
        .traps =
                "Needs every byte of the handshake, once: with the first of two ClientHellos "
                "missing, the second would look changed. Drafts of TLS 1.3 had other rules and are "
                "not judged, nor hellos that do not parse or have more than 256 extensions. A "
                "server that does not know supported_versions may choose what client_version "
                "allows.",
        .remedy = "Update the software of the side that is named, or find who rewrites hellos "
                  "between them.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .check = check,
};
