/* What a ClientHello alone tells about the client. */
#include "rules/support.h"

enum { EXT_ECH = 0xfe0d };

/* The client's first word: a HelloRetryRequest ends early data. */
static const struct client_hello *first_hello(const struct handshake *h)
{
    return h->client_hello_first != NULL ? h->client_hello_first : h->client_hello;
}

static bool is_meant(const struct handshake *h)
{
    return h->client_hello != NULL && h->outcome != OUTCOME_SCAN && h->outcome != OUTCOME_ABANDONED;
}

static enum verdict check_legacy(const struct rule_facts *f, struct rule_answer *a)
{
    const struct handshake *h = f->handshake;
    const struct client_hello *ch = h->client_hello;
    if (!is_meant(h))
        return RULE_NA;
    uint16_t best = rule_best_version(ch);
    if (best >= TLS_1_2 || ch->has_fallback_scsv)
        return RULE_PASS;
    const char *name = iana_version_name(best);
    rule_client_subject(f, a, "");
    rule_summary(a, "the latest version that the client offers is %s",
            name != NULL ? name : "older than TLSv1.2");
    uint8_t shown[2] = {(uint8_t)(ch->legacy_version >> 8), (uint8_t)ch->legacy_version};
    rule_bytes(a, SIDE_CLIENT, &ch->at,
            ch->has_supported_versions ? ch->supported_versions
                                       : (struct bytes){shown, sizeof shown},
            ch->has_supported_versions ? "supported_versions of the ClientHello"
                                       : "client_version of the ClientHello");
    return RULE_HIT;
}

static enum verdict check_zero_rtt(const struct rule_facts *f, struct rule_answer *a)
{
    const struct handshake *h = f->handshake;
    const struct timings *t = &h->times;
    if (!is_meant(h))
        return RULE_NA;
    const struct client_hello *ch = first_hello(h);
    if (!ch->has_early_data)
        return RULE_PASS;
    bool is_sent = t->client_data_us != TIME_NONE &&
                   (t->server_hello_us == TIME_NONE || t->client_data_us < t->server_hello_us);
    bool is_refused = f->service != NULL && policy_no_zero_rtt(f->policy, f->service);
    if (is_refused)
        a->severity = SEV_LOW;
    rule_subject(a, "-");
    rule_summary(a, "the client offered early data%s%s",
            is_sent ? " and sent some before the server's answer" : "",
            is_refused ? ", which this service must not get" : "");
    rule_bytes(a, SIDE_CLIENT, &ch->at, ch->extension_types, "extension types of the ClientHello");
    return RULE_HIT;
}

static enum verdict check_ech(const struct rule_facts *f, struct rule_answer *a)
{
    bool found = false;
    const struct handshake *h = f->handshake;
    if (!is_meant(h))
        return RULE_NA;
    const struct client_hello *ch = first_hello(h);
    if (!ch->has_ech || ch->ech.is_inner)
        return RULE_PASS;
    rule_client_subject(f, a, "");
    rule_summary(a,
            "the client sends an encrypted ClientHello, real or GREASE: the server_name in clear "
            "may not be the one that it wants");
    rule_bytes(a, SIDE_CLIENT, &ch->at, hello_extension(ch->extensions, EXT_ECH, &found),
            "encrypted_client_hello extension, its first bytes");
    return RULE_HIT;
}

const struct rule rule_proto_client_legacy = {
        .id = "proto-client-legacy",
        .codes = "M6 P4 U3",
        .title = "A client speaks nothing later than TLS 1.1",
        .cite = "RFC 8996",
        .what = "The highest version that the ClientHello offers is below TLS 1.2. One finding per "
                "client fingerprint and service.",
        .traps = "A fallback that says so (TLS_FALLBACK_SCSV) is not the client's best offer. "
                 "Scanners and attempts that were left at once are not counted.",
        .remedy = "Update the client, or keep it apart.",
        .severity = SEV_LOW,
        .on = RULE_HANDSHAKE,
        .check = check_legacy,
};

const struct rule rule_proto_zero_rtt = {
        .id = "proto-zero-rtt",
        .codes = "T4 P5",
        .title = "Clients offer early data (0-RTT)",
        .cite = "RFC 8446 8; RFC 8470",
        .what = "early_data in the first ClientHello. Early data can be replayed. Low for services "
                "that a policy lists under no-0rtt.",
        .traps = "Whether the server accepted them is encrypted: rejected ones look alike.",
        .unseen = "Whether the application can be harmed by requests that are replayed.",
        .remedy = "Decide whether the service may take early data, and which requests.",
        .severity = SEV_INFO,
        .on = RULE_HANDSHAKE,
        .check = check_zero_rtt,
};

const struct rule rule_proto_ech_offered = {
        .id = "proto-ech-offered",
        .codes = "F7 T7 M9",
        .title = "A client offers Encrypted ClientHello",
        .cite = "RFC 9849 5, 6.2",
        .what = "encrypted_client_hello in the (outer) ClientHello. One finding per client "
                "fingerprint and service.",
        .traps = "GREASE cannot be told from the real one, on purpose: browsers send it to every "
                 "server. Where TLS 1.3 was chosen, server_name is not held against certificates "
                 "then; a server that chose less has not accepted it.",
        .unseen = "The inner ClientHello with the true name, and whether an extension is real or "
                  "GREASE.",
        .remedy = "None: it lowers what can be said about names.",
        .severity = SEV_INFO,
        .on = RULE_HANDSHAKE,
        .check = check_ech,
};
