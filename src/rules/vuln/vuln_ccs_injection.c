#include <string.h>

#include "rules/support.h"

/* Letters of the history (Zeek's ssl_history): upper case the client, lower case the server. */
enum {
    CLIENT_CCS = 'I',
    CLIENT_KEY_EXCHANGE = 'G',
    SERVER_CCS = 'i',
    SERVER_HELLO_DONE = 'n',
    CERTIFICATE = 'x',
    SERVER_KEY_EXCHANGE = 'k',
};

/* bad_record_mac, decryption_failed: the keys had changed. */
enum { BAD_RECORD_MAC = 20, DECRYPTION_FAILED = 21 };

static const char *before(const char *history, const char *end, int letter)
{
    const char *at = strchr(history, letter);
    return at != NULL && at < end ? at : NULL;
}

/* A ChangeCipherSpec of the client behind the server's flight, without its key exchange before. */
static const char *early_of_client(const char *history)
{
    const char *ccs = strchr(history, CLIENT_CCS);
    if (ccs == NULL || before(history, ccs, CLIENT_KEY_EXCHANGE) != NULL ||
            before(history, ccs, SERVER_HELLO_DONE) == NULL)
        return NULL;
    return ccs;
}

/* One of the server in the middle of its flight: a session that goes on has no certificate, and no
 * key exchange of the client. What the server says behind it is encrypted. */
static const char *early_of_server(const char *history)
{
    const char *ccs = strchr(history, SERVER_CCS);
    if (ccs == NULL || before(history, ccs, SERVER_HELLO_DONE) != NULL)
        return NULL;
    bool is_full = before(history, ccs, CERTIFICATE) != NULL ||
                   before(history, ccs, SERVER_KEY_EXCHANGE) != NULL ||
                   strchr(ccs, CLIENT_KEY_EXCHANGE) != NULL;
    return is_full ? ccs : NULL;
}

static bool has_alert_of_keys(const struct side_facts *s)
{
    for (size_t i = 0; i < s->n_alerts && i < TLS_ALERT_CAP; i++) {
        uint8_t d = s->alerts[i].description;
        if (d == BAD_RECORD_MAC || d == DECRYPTION_FAILED)
            return true;
    }
    return s->n_encrypted_alerts > 0;
}

/* What the other side did about it: YES it went on, NO it refused. */
static enum known reaction(const struct handshake *h, const char *ccs, enum side other)
{
    char low = other == SIDE_SERVER ? 'a' : 'A';
    for (const char *at = ccs + 1; *at != '\0'; at++) {
        bool is_other = *at >= low && *at <= low + ('z' - 'a');
        if (!is_other || *at - low == 'b' - 'a') /* heartbeats tell nothing */
            continue;
        if (*at - low != 'l' - 'a')
            return KNOWN_YES;
        return has_alert_of_keys(&h->sides[other]) ? KNOWN_YES : KNOWN_NO;
    }
    return KNOWN_UNKNOWN;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    if (!rule_hello(f, a, &v))
        return v;
    bool may_be_compatible = h->client_hello != NULL && h->client_hello->has_early_data;
    if (h->version < TLS_SSLV3 || h->version > TLS_1_2 || may_be_compatible)
        return RULE_NA;
    const char *client = early_of_client(h->history);
    const char *server = early_of_server(h->history);
    if (client == NULL && server == NULL)
        return RULE_PASS;
    if (!handshake_is_complete(h) || h->is_ambiguous || h->n_malformed > 0 ||
            h->undetermined == UNDETERMINED_DISORDER)
        return rule_undetermined(a, "not every message of the handshake was understood");
    enum side sender = client != NULL ? SIDE_CLIENT : SIDE_SERVER;
    enum side other = client != NULL ? SIDE_SERVER : SIDE_CLIENT;
    enum known went_on = reaction(h, client != NULL ? client : server, other);
    if (went_on == KNOWN_UNKNOWN)
        return rule_undetermined(a, "the other side did not answer the ChangeCipherSpec");
    if (went_on == KNOWN_NO)
        return RULE_PASS;
    const char *who = other == SIDE_SERVER ? "server" : "client";
    rule_subject(a, "%s", who);
    rule_summary(a, "the %s took a ChangeCipherSpec before the keys were agreed upon", who);
    rule_bytes(a, sender, &h->ccs_at[sender], (struct bytes){(const uint8_t *)"\1", 1},
            "ChangeCipherSpec in the wrong state");
    return RULE_HIT;
}

const struct rule rule_vuln_ccs_injection = {
        .id = "vuln-ccs-injection",
        .codes = "T3 T4",
        .title = "A ChangeCipherSpec in the wrong state was accepted",
        .cite = "CVE-2014-0224; RFC 5246 7.1",
        .what = "In a full handshake up to TLS 1.2 a ChangeCipherSpec came before the client's "
                "ClientKeyExchange, or within the server's flight, and the other side went on, or "
                "complained about a record that it could not decrypt: its keys had changed.",
        .traps = "TLS 1.3 sends the message for middleboxes, and a client that offers early data "
                 "sends one before it knows the version: both are left out. Segments are put in "
                 "order first, gaps make it undetermined. A refusal (unexpected_message, a close) "
                 "passes; silence is undetermined.",
        .remedy = "Patch OpenSSL (0.9.8za, 1.0.0m, 1.0.1h or later).",
        .severity = SEV_CRITICAL,
        .on = RULE_HANDSHAKE,
        .check = check,
};
