/*
 * What a client offers and what a server chooses, as ids and as our own server fingerprint: the
 * lists and numbers of hellos and server messages without what is random or names somebody.
 */
#include "fingerprint/negotiation.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "crypto/digest.h"
#include "iana/iana.h"

int64_t negotiation_id(struct bytes key)
{
    uint8_t sha[SHA256_LEN];
    uint64_t id = 0;
    digest_sha256(key, sha);
    for (int i = 0; i < 8; i++)
        id = id << 8 | sha[i];
    return (int64_t)(id >> 1 | 1); /* positive, and never the 0 of "none" */
}

static void add_hex(struct text *t, struct bytes b)
{
    for (size_t i = 0; i < b.n; i++)
        text_addf(t, "%02x", b.p[i]);
    text_add(t, ";");
}

/* What the server's software decides by itself, as far as it can be told. */
static void add_manner(struct text *t, const struct handshake *h)
{
    const struct server_hello *sh = h->server_hello;
    const struct server_key_exchange *ske = h->server_key_exchange;
    const struct session_ticket *ticket = h->session_ticket;
    text_addf(t, "%04x;%04x;%u;%d;", sh->record_version, sh->cipher_suite, sh->compression,
            (int)handshake_session_id(h));
    add_hex(t, sh->extension_types);
    add_hex(t, sh->point_formats);
    text_addf(t, "%u;%u;%u;%04x;", sh->record_size_limit, sh->max_fragment_length,
            sh->heartbeat_mode, h->group);
    text_addf(t, "%d;%d;%04x;%zu;", ske != NULL ? (int)ske->kind : -1,
            ske != NULL ? (int)ske->curve_type : 0, ske != NULL ? ske->scheme : 0,
            ske != NULL ? ske->dh_p.n : 0);
    text_addf(t, "%d;%u;", ticket != NULL ? (int)ticket->layout : -1,
            ticket != NULL ? ticket->lifetime_s : 0);
}

void fingerprint_server(const struct handshake *h, char out[48])
{
    uint8_t sha[SHA256_LEN];
    struct text t = {0};
    add_manner(&t, h);
    digest_sha256((struct bytes){(const uint8_t *)text_str(&t), t.n}, sha);
    text_fini(&t);
    uint16_t v = h->version;
    const char *version = tls_is_13(v)     ? "13"
                          : v == TLS_1_2   ? "12"
                          : v == TLS_1_1   ? "11"
                          : v == TLS_1_0   ? "10"
                          : v == TLS_SSLV3 ? "s3"
                          : v == TLS_SSLV2 ? "s2"
                                           : "00";
    char kind = h->hello_retry_request != NULL        ? 'h'
                : h->resumption == RESUMPTION_RESUMED ? 'r'
                                                      : 'f';
    int n = snprintf(out, 48, "t%s%c_%s_", version, kind, h->shape);
    for (int i = 0; i < 6 && n > 0 && n < 46; i++, n += 2)
        (void)snprintf(out + n, 48 - (size_t)n, "%02x", sha[i]);
}
