/* Protocol versions that must not be negotiated any more. */
#include "iana/iana.h"
#include "rules/support.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a, uint16_t version)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    if (!rule_hello(f, a, &v))
        return v;
    if (h->version != version)
        return RULE_PASS;
    const char *name = iana_version_name(version);
    rule_subject(a, "%s", name);
    rule_summary(a, "the server chose %s", name);
    rule_server_hello(f, a, version, "server_version of the ServerHello");
    return RULE_HIT;
}

static enum verdict check_sslv3(const struct rule_facts *f, struct rule_answer *a)
{
    return check(f, a, TLS_SSLV3);
}

static enum verdict check_tls10(const struct rule_facts *f, struct rule_answer *a)
{
    return check(f, a, TLS_1_0);
}

static enum verdict check_tls11(const struct rule_facts *f, struct rule_answer *a)
{
    return check(f, a, TLS_1_1);
}

#define WHAT(v) "The version in the ServerHello is " v "."
#define TRAPS                                                                                      \
    "Only the negotiated version counts: an old version in the record header or in "               \
    "legacy_version "                                                                              \
    "of a ClientHello is normal."

const struct rule rule_proto_sslv3 = {
        .id = "proto-sslv3",
        .codes = "F5 T3",
        .title = "SSL 3.0 was negotiated",
        .cite = "RFC 7568",
        .what = WHAT("SSL 3.0"),
        .traps = TRAPS,
        .remedy = "Disable SSL 3.0 on the server.",
        .severity = SEV_CRITICAL,
        .on = RULE_HANDSHAKE,
        .check = check_sslv3,
};

const struct rule rule_proto_tls10 = {
        .id = "proto-tls10",
        .codes = "F5 U3",
        .title = "TLS 1.0 was negotiated",
        .cite = "RFC 8996; NIST SP 800-52r2",
        .what = WHAT("TLS 1.0"),
        .traps = TRAPS,
        .remedy = "Require TLS 1.2 or later.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .check = check_tls10,
};

const struct rule rule_proto_tls11 = {
        .id = "proto-tls11",
        .codes = "F5 U3",
        .title = "TLS 1.1 was negotiated",
        .cite = "RFC 8996; NIST SP 800-52r2",
        .what = WHAT("TLS 1.1"),
        .traps = TRAPS,
        .remedy = "Require TLS 1.2 or later.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .check = check_tls11,
};

static enum verdict check_sslv2(const struct rule_facts *f, struct rule_answer *a)
{
    return check(f, a, TLS_SSLV2);
}

const struct rule rule_proto_sslv2 = {
        .id = "proto-sslv2",
        .codes = "F5 T3",
        .title = "SSL 2.0 was negotiated",
        .cite = "RFC 6176",
        .what = "The server answers with a SERVER-HELLO of SSL 2.0.",
        .traps = "A ClientHello in the format of SSL 2.0 that offers SSL 3.0 or TLS is not enough; "
                 "the whole SERVER-HELLO must fit its lengths.",
        .remedy =
                "Disable SSL 2.0, and replace keys that such a server shares with others (DROWN).",
        .severity = SEV_CRITICAL,
        .on = RULE_HANDSHAKE,
        .check = check_sslv2,
};
