/* The handshake messages that a client's CertificateVerify signs (RFC 5246 7.4.8). */
#include "attempt/attempt_internal.h"

enum { HELLO_REQUEST = 0, CLIENT_HELLO = 1, SERVER_HELLO = 2, CERTIFICATE = 11, KEY_EXCHANGE = 12 };
enum { CERTIFICATE_STATUS = 22 };

static void add(struct attempt *a, enum side side, uint8_t type, struct bytes body)
{
    struct handshake *hs = a->hs;
    bool is_full = hs->n_transcript >= TLS_TRANSCRIPT_CAP ||
                   a->transcript_bytes + body.n > TLS_TRANSCRIPT_BYTES;
    if (is_full) {
        a->is_transcript_odd = true;
        return;
    }
    a->transcript_bytes += body.n;
    hs->transcript[hs->n_transcript++] = (struct message){side, type, body};
}

/* What came before the request stands in the facts; the order is fixed (RFC 5246 7.3). */
static void begin(struct attempt *a)
{
    struct handshake *hs = a->hs;
    hs->transcript = arena_alloc(&hs->arena, TLS_TRANSCRIPT_CAP * sizeof *hs->transcript);
    if (hs->client_hello != NULL && !hs->client_hello->is_sslv2_format)
        add(a, SIDE_CLIENT, CLIENT_HELLO, hs->client_hello->raw);
    else
        a->is_transcript_odd = true;
    if (hs->server_hello != NULL)
        add(a, SIDE_SERVER, SERVER_HELLO, hs->server_hello->raw);
    else
        a->is_transcript_odd = true;
    if (hs->server_certs != NULL)
        add(a, SIDE_SERVER, CERTIFICATE, hs->server_certs->raw);
    if (hs->cert_status != NULL)
        add(a, SIDE_SERVER, CERTIFICATE_STATUS, hs->cert_status->raw);
    if (hs->server_key_exchange != NULL)
        add(a, SIDE_SERVER, KEY_EXCHANGE, hs->server_key_exchange->raw);
}

void transcript_add(struct attempt *a, const struct fact *f)
{
    struct handshake *hs = a->hs;
    if (hs == NULL || f->message_type == HELLO_REQUEST || hs->client_cert_verify != NULL)
        return;
    if (f->kind == FACT_HANDSHAKE_OTHER || f->kind == FACT_COMPRESSED_CERTIFICATE)
        a->is_transcript_odd = hs->transcript == NULL || a->is_transcript_odd;
    a->is_transcript_odd |= f->is_bare;
    if (f->is_bare || (hs->transcript == NULL && f->kind != FACT_CERTIFICATE_REQUEST))
        return;
    if (hs->transcript == NULL)
        begin(a);
    add(a, f->side, f->message_type, f->body);
    bool is_lost = a->is_framing_lost[0] || a->is_framing_lost[1] || a->is_gap_before_end;
    hs->is_transcript_whole = !a->is_transcript_odd && !is_lost && hs->n_malformed == 0;
}
