#include "model/derived.h"

#include "iana/iana.h"

enum { CLIENT_KEY_EXCHANGE = 16, CERTIFICATE_VERIFY = 15 };
enum { BAD_RECORD_MAC = 20, HANDSHAKE_FAILURE = 40, DECRYPT_ERROR = 51 };

bool handshake_offers_resumption(const struct handshake *h)
{
    const struct client_hello *ch = h->client_hello;
    bool is_old_session = ch->session_id.n > 0 && !ch->has_supported_versions;
    return ch->session_ticket.n > 0 || ch->n_psk_identities > 0 || is_old_session;
}

int64_t handshake_latency(const struct handshake *h)
{
    int64_t from = h->times.client_hello_first_us;
    int64_t to = h->times.client_finished_us;
    return from != TIME_NONE && to != TIME_NONE && to >= from ? to - from : TIME_NONE;
}

static bool has_forward_secrecy(const struct iana_suite *s)
{
    switch (s->kex) {
    case KEX_DHE:
    case KEX_ECDHE:
    case KEX_DHE_PSK:
    case KEX_ECDHE_PSK:
    case KEX_TLS13:
        return true;
    default:
        return false;
    }
}

unsigned handshake_tier(const struct handshake *h)
{
    const struct iana_suite *s = h->version != TLS_SSLV2 ? iana_suite(h->cipher_suite) : NULL;
    unsigned version = tls_is_13(h->version) ? TLS_1_3 : h->version;
    if (h->server_hello == NULL || version < TLS_SSLV3 || version > TLS_1_3 || s == NULL)
        return 0;
    return (version - TLS_SSLV3 + 1) * 4 + s->is_aead * 2u + has_forward_secrecy(s);
}

bool handshake_is_sound(const struct handshake *h)
{
    return handshake_tier(h) >= (TLS_1_2 - TLS_SSLV3 + 1) * 4 + 3;
}

bool handshake_is_left(const struct handshake *h)
{
    return tls_is_13(h->version) && h->server_hello != NULL &&
           h->outcome == OUTCOME_FAIL_CLOSED_CLIENT;
}

uint16_t handshake_offered_version(const struct handshake *h)
{
    const struct client_hello *ch = h->client_hello;
    uint16_t best = 0;
    if (ch == NULL)
        return 0;
    for (size_t i = 0; i < u16_count(ch->supported_versions); i++) {
        uint16_t v = u16_at(ch->supported_versions, i);
        if (v <= TLS_1_3 && v > best)
            best = v;
    }
    return best != 0 ? best : ch->legacy_version;
}

static bool has_alert(const struct side_facts *side, uint8_t description)
{
    for (size_t i = 0; i < side->n_alerts && i < TLS_ALERT_CAP; i++)
        if (side->alerts[i].description == description)
            return true;
    return false;
}

static bool has_mac_alert(const struct side_facts *side)
{
    return has_alert(side, BAD_RECORD_MAC) || has_alert(side, DECRYPT_ERROR);
}

/* A server that sees that what was encrypted is not below its modulus says handshake_failure (Go);
 * one that asked for a certificate may mean that. */
static bool is_undecryptable(const struct handshake *h)
{
    return h->cert_request == NULL && has_alert(&h->sides[SIDE_SERVER], HANDSHAKE_FAILURE);
}

enum rsa_exchange handshake_rsa_exchange(const struct handshake *h)
{
    const struct iana_suite *s = h->version != TLS_SSLV2 ? iana_suite(h->cipher_suite) : NULL;
    if (h->server_hello == NULL || s == NULL || s->kex != KEX_RSA || h->version > TLS_1_2 ||
            h->resumption == RESUMPTION_RESUMED || !handshake_is_complete(h))
        return RSA_EXCHANGE_NONE;
    if (h->outcome == OUTCOME_SUCCESS)
        return RSA_EXCHANGE_DONE;
    int last = h->sides[SIDE_CLIENT].last_message;
    if (last != CLIENT_KEY_EXCHANGE && last != CERTIFICATE_VERIFY)
        return RSA_EXCHANGE_NONE;
    bool is_left =
            h->outcome == OUTCOME_FAIL_CLOSED_SERVER || h->outcome == OUTCOME_FAIL_RESET_SERVER;
    bool is_alert =
            (h->outcome == OUTCOME_FAIL_ALERT_SERVER &&
                    (has_mac_alert(&h->sides[SIDE_SERVER]) || is_undecryptable(h))) ||
            (h->outcome == OUTCOME_FAIL_ALERT_CLIENT && has_mac_alert(&h->sides[SIDE_CLIENT]));
    return is_left || is_alert ? RSA_EXCHANGE_FAILED : RSA_EXCHANGE_NONE;
}
