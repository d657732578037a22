/* What a ServerHello up to TLS 1.2 leaves out, or should have. */
#include "rules/support.h"

static bool is_old(const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    if (!rule_hellos(f, a, verdict))
        return false;
    *verdict = RULE_NA;
    return !tls_is_13(f->handshake->version);
}

static void show_extensions(const struct rule_facts *f, struct rule_answer *a)
{
    const struct server_hello *sh = f->handshake->server_hello;
    rule_bytes(a, SIDE_SERVER, &sh->at, sh->extension_types, "extension types of the ServerHello");
}

static enum verdict check_renegotiation(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    if (!is_old(f, a, &v))
        return v;
    const struct client_hello *ch = f->handshake->client_hello;
    if (!ch->has_renegotiation_info && !ch->has_renegotiation_scsv)
        return RULE_NA;
    if (f->handshake->server_hello->has_renegotiation_info)
        return RULE_PASS;
    rule_subject(a, "-");
    rule_summary(a, "the client can renegotiate securely, the server did not answer that it can");
    show_extensions(f, a);
    rule_bytes(a, SIDE_CLIENT, &ch->at,
            ch->has_renegotiation_info ? ch->extension_types : ch->cipher_suites,
            ch->has_renegotiation_info ? "extension types of the ClientHello"
                                       : "suites of the ClientHello, with 0x00ff");
    return RULE_HIT;
}

static enum verdict check_ems(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    if (!is_old(f, a, &v))
        return v;
    const struct handshake *h = f->handshake;
    if (h->version < TLS_1_0 || h->outcome == OUTCOME_SCAN)
        return RULE_NA; /* RFC 7627 5.1: not in SSL 3.0 */
    if (h->server_hello->has_extended_master_secret)
        return RULE_PASS;
    if (h->client_hello->has_extended_master_secret) {
        rule_subject(a, "-");
        rule_summary(a, "the client offered extended_master_secret, the server does without");
        show_extensions(f, a);
        return RULE_HIT;
    }
    a->severity = SEV_LOW;
    rule_client_subject(f, a, "");
    rule_summary(a, "the client does not offer extended_master_secret");
    rule_bytes(a, SIDE_CLIENT, &h->client_hello->at, h->client_hello->extension_types,
            "extension types of the ClientHello");
    return RULE_HIT;
}

static enum verdict check_compression(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    if (!is_old(f, a, &v))
        return v;
    const struct server_hello *sh = f->handshake->server_hello;
    if (sh->compression == 0)
        return RULE_PASS;
    rule_subject(a, "%u", sh->compression);
    rule_summary(a, "the server chose compression method %u%s", sh->compression,
            sh->compression == 1 ? " (DEFLATE)" : "");
    rule_bytes(a, SIDE_SERVER, &sh->at, (struct bytes){&sh->compression, 1},
            "compression_method of the ServerHello");
    return RULE_HIT;
}

const struct rule rule_proto_no_secure_renegotiation = {
        .id = "proto-no-secure-renegotiation",
        .codes = "T3 T4",
        .title = "The server does not support secure renegotiation",
        .cite = "RFC 5746 3.4, 4.3; RFC 9325 3.5",
        .what = "The ClientHello has renegotiation_info or its signalling suite, the ServerHello "
                "up "
                "to TLS 1.2 has not.",
        .traps = "TLS 1.3 has no renegotiation. A client that does not signal it may not be "
                 "answered.",
        .unseen = "Whether the server would renegotiate: only what the hellos say.",
        .remedy = "Update the server's TLS library.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .check = check_renegotiation,
};

const struct rule rule_proto_no_ems = {
        .id = "proto-no-ems",
        .codes = "T4",
        .title = "The extended master secret was not used",
        .cite = "RFC 7627 5.2, 5.3; RFC 9325 3.5",
        .what = "The client offered extended_master_secret and the server chose TLS 1.0 to 1.2 "
                "without it. Low, one finding per client fingerprint, when the client did not "
                "offer "
                "it.",
        .traps = "Not in SSL 3.0 and TLS 1.3. A client is only judged where TLS 1.2 or less was "
                 "chosen. Go answers it since 1.21, old appliances never.",
        .remedy = "Update the TLS library of that side.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .check = check_ems,
};

const struct rule rule_proto_compression = {
        .id = "proto-compression",
        .codes = "T3",
        .title = "TLS compression was negotiated",
        .cite = "RFC 9325 3.3",
        .what = "compression_method in the ServerHello is not null (CRIME).",
        .traps = "In TLS 1.3 it is an illegal value (proto-illegal-selection).",
        .remedy = "Disable compression in the TLS library.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .check = check_compression,
};
