#ifndef TLSWIRE_RULES_PROTOCOL_HELLOS_H
#define TLSWIRE_RULES_PROTOCOL_HELLOS_H

#include "base/cursor.h"
#include "rules/support.h"

/* Extensions that rules about hellos name. */
enum {
    HELLO_EXT_PADDING = 21,
    HELLO_EXT_CERT_WITH_PSK = 33,
    HELLO_EXT_PSK = 41,
    HELLO_EXT_EARLY_DATA = 42,
    HELLO_EXT_VERSIONS = 43,
    HELLO_EXT_COOKIE = 44,
    HELLO_EXT_KEY_SHARE = 51,
    HELLO_EXT_ECH = 0xfe0d,
    HELLO_EXT_RENEGOTIATION_INFO = 0xff01,
};

enum { HELLO_EXTENSIONS_MOST = 256 };

/* The hellos of a handshake in order. retry, second and answer may be NULL; of retry and answer one
 * is there, and second when both are. */
struct hellos {
    const struct client_hello *first;
    const struct server_hello *retry;
    const struct client_hello *second;
    const struct server_hello *answer;
};

/* hellos_of gives the hellos, when they are whole and in their final form (no SSL 2.0, no draft of
 * TLS 1.3); else *verdict tells as in rules/support.h. */
bool hellos_of(const struct rule_facts *f, struct rule_answer *a, struct hellos *out,
        enum verdict *verdict);

#endif
