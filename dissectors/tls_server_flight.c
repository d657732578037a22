/* What the server (and a client with a certificate) sends between the hellos and Finished. */
#include "dissectors/tls_messages.h"
#include "iana/iana.h"

bool tls_certificate(struct arena *a, struct cur msg, struct cert_message *out)
{
    struct cur c = cur_of(arena_dup(a, cur_rest(&msg)));
    struct cur list = cur_sub(&c, 3);
    out->certs = arena_alloc(a, TLS_CHAIN_CAP * sizeof *out->certs);
    while (cur_more(&list)) {
        struct bytes der = cur_vec(&list, 3);
        if (!cur_ok(&list))
            break;
        if (out->n_certs < TLS_CHAIN_CAP)
            out->certs[out->n_certs++] = (struct cert_entry){.der = der};
        else
            out->n_dropped++;
    }
    return cur_done(&list) && cur_done(&c);
}

static bool ske_dhe(struct cur *c, struct server_key_exchange *out)
{
    out->kind = SKE_DHE;
    out->dh_p = cur_vec(c, 2);
    out->dh_g = cur_vec(c, 2);
    out->dh_ys = cur_vec(c, 2);
    return cur_ok(c);
}

/* RFC 8422 5.4: only named curves are in use. */
static bool ske_ecdhe(struct cur *c, struct server_key_exchange *out)
{
    out->kind = SKE_ECDHE;
    if (cur_u8(c) != 3)
        return false;
    out->group = cur_u16(c);
    out->ec_point = cur_vec(c, 1);
    return cur_ok(c);
}

static bool ske_export(struct cur *c, struct server_key_exchange *out)
{
    out->kind = SKE_RSA_EXPORT;
    out->rsa_modulus = cur_vec(c, 2);
    out->rsa_exponent = cur_vec(c, 2);
    return cur_ok(c);
}

static bool ske_params(struct cur *c, uint8_t kex, struct server_key_exchange *out)
{
    if (kex == KEX_DHE_PSK || kex == KEX_ECDHE_PSK || kex == KEX_PSK || kex == KEX_RSA_PSK)
        (void)cur_vec(c, 2); /* identity hint (RFC 4279 2) */
    if (kex == KEX_DHE || kex == KEX_DH_ANON || kex == KEX_DHE_PSK)
        return ske_dhe(c, out);
    if (kex == KEX_ECDHE || kex == KEX_ECDH_ANON || kex == KEX_ECDHE_PSK)
        return ske_ecdhe(c, out);
    if (kex == KEX_RSA_EXPORT)
        return ske_export(c, out);
    out->kind = kex == KEX_PSK || kex == KEX_RSA_PSK ? SKE_PSK_HINT
                : kex == KEX_SRP                     ? SKE_SRP
                                                     : SKE_UNKNOWN;
    return cur_ok(c);
}

bool tls_server_key_exchange(struct arena *a, struct cur msg, uint16_t suite, uint16_t version,
        struct server_key_exchange *out)
{
    out->raw = arena_dup(a, cur_rest(&msg));
    struct cur c = cur_of(out->raw);
    const struct iana_suite *s = iana_suite(suite);
    if (s == NULL || !ske_params(&c, s->kex, out)) {
        out->is_malformed = s != NULL;
        return s == NULL;
    }
    out->params = (struct bytes){out->raw.p, out->raw.n - c.n};
    if (!s->is_signed || out->kind == SKE_SRP)
        return out->kind == SKE_SRP || out->kind == SKE_UNKNOWN || cur_done(&c);
    out->has_scheme = version >= TLS_1_2;
    if (out->has_scheme)
        out->scheme = cur_u16(&c);
    out->signature = cur_vec(&c, 2);
    out->is_malformed = !cur_done(&c);
    return !out->is_malformed;
}

bool tls_cert_request(struct arena *a, struct cur msg, uint16_t version, struct cert_request *out)
{
    struct cur c = cur_of(arena_dup(a, cur_rest(&msg)));
    out->types = cur_vec(&c, 1);
    if (version >= TLS_1_2)
        out->schemes = cur_vec(&c, 2);
    out->authorities = cur_vec(&c, 2);
    return cur_done(&c);
}

bool tls_cert_verify(struct arena *a, struct cur msg, uint16_t version, struct cert_verify *out)
{
    struct cur c = cur_of(arena_dup(a, cur_rest(&msg)));
    out->has_scheme = version >= TLS_1_2;
    if (out->has_scheme)
        out->scheme = cur_u16(&c);
    out->signature = cur_vec(&c, 2);
    return cur_done(&c);
}

bool tls_cert_status(struct arena *a, struct cur msg, struct cert_status *out)
{
    struct cur c = cur_of(arena_dup(a, cur_rest(&msg)));
    out->type = cur_u8(&c);
    out->response = cur_vec(&c, 3);
    return cur_done(&c);
}

bool tls_session_ticket(struct arena *a, struct cur msg, struct session_ticket *out)
{
    struct cur c = cur_of(arena_dup(a, cur_rest(&msg)));
    out->lifetime_s = cur_u32(&c);
    out->ticket = cur_vec(&c, 2);
    return cur_done(&c);
}
