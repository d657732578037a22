/* What both sides send between the hellos and Finished. */
#include "dissectors/tls_messages.h"
#include "iana/iana.h"

bool tls_certificate(struct arena *a, struct cur msg, struct cert_message *out)
{
    struct cur c = msg;
    out->raw = cur_rest(&msg);
    struct cur list = cur_sub(&c, 3);
    struct cur counted = list;
    size_t n = 0;
    for (; cur_more(&counted); n++)
        (void)cur_vec(&counted, 3);
    if (!cur_done(&counted) || !cur_done(&c))
        return false;
    out->n_certs = n < TLS_CHAIN_CAP ? n : TLS_CHAIN_CAP;
    out->n_dropped = n - out->n_certs;
    if (n > 0)
        out->certs = arena_alloc(a, out->n_certs * sizeof *out->certs);
    for (size_t i = 0; i < out->n_certs; i++)
        out->certs[i].der = cur_vec(&list, 3);
    return true;
}

static bool ske_dhe(struct cur *c, struct server_key_exchange *out)
{
    out->kind = SKE_DHE;
    out->dh_p = cur_vec(c, 2);
    out->dh_g = cur_vec(c, 2);
    out->dh_ys = cur_vec(c, 2);
    return cur_ok(c);
}

/* RFC 4492 5.4: curves given by their parameters, which RFC 8422 took out. */
static bool explicit_curve(struct cur *c, struct server_key_exchange *out)
{
    if (out->curve_type == CURVE_EXPLICIT_PRIME) {
        out->ec_prime = cur_vec(c, 1);
    } else {
        cur_skip(c, 2); /* m */
        uint8_t basis = cur_u8(c);
        (void)cur_vec(c, 1); /* k, or k1 */
        for (int i = 0; i < 2 && basis == 2; i++)
            (void)cur_vec(c, 1); /* k2 and k3 of a pentanomial */
    }
    for (int i = 0; i < 5; i++) /* a, b, base point, order, cofactor */
        (void)cur_vec(c, 1);
    return cur_ok(c);
}

static bool ske_ecdhe(struct cur *c, struct server_key_exchange *out)
{
    out->kind = SKE_ECDHE;
    uint8_t type = cur_u8(c);
    if (type < CURVE_EXPLICIT_PRIME || type > CURVE_NAMED)
        return false;
    out->curve_type = (enum curve_type)type;
    if (type == CURVE_NAMED)
        out->group = cur_u16(c);
    else if (!explicit_curve(c, out))
        return false;
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

static bool ske_srp(struct cur *c, struct server_key_exchange *out)
{
    out->kind = SKE_SRP;
    out->srp_n = cur_vec(c, 2);
    out->srp_g = cur_vec(c, 2);
    out->srp_salt = cur_vec(c, 1);
    out->srp_b = cur_vec(c, 2);
    return cur_ok(c);
}

/* A suite with static RSA has no such message; a short key is sent all the same where FREAK
 * (CVE-2015-0204) is at work. Anything else is kept as it is. */
static bool ske_rsa(struct cur *c, uint16_t version, struct server_key_exchange *out)
{
    struct cur key = *c;
    if (!ske_export(&key, out)) {
        out->kind = SKE_UNKNOWN;
        return cur_ok(c);
    }
    struct cur signature = key;
    if (version >= TLS_1_2)
        cur_skip(&signature, 2);
    (void)cur_vec(&signature, 2);
    if (cur_done(&signature))
        *c = key;
    else
        out->kind = SKE_UNKNOWN;
    return cur_ok(c);
}

static bool ske_params(
        struct cur *c, uint8_t kex, uint16_t version, struct server_key_exchange *out)
{
    if (kex == KEX_DHE_PSK || kex == KEX_ECDHE_PSK || kex == KEX_PSK || kex == KEX_RSA_PSK)
        out->psk_hint = cur_vec(c, 2); /* RFC 4279 2 */
    if (kex == KEX_DHE || kex == KEX_DH_ANON || kex == KEX_DHE_PSK)
        return ske_dhe(c, out);
    if (kex == KEX_ECDHE || kex == KEX_ECDH_ANON || kex == KEX_ECDHE_PSK)
        return ske_ecdhe(c, out);
    if (kex == KEX_RSA_EXPORT)
        return ske_export(c, out);
    if (kex == KEX_RSA)
        return ske_rsa(c, version, out);
    if (kex == KEX_SRP)
        return ske_srp(c, out);
    out->kind = kex == KEX_PSK || kex == KEX_RSA_PSK ? SKE_PSK_HINT : SKE_UNKNOWN;
    return cur_ok(c);
}

bool tls_server_key_exchange(struct arena *a, struct cur msg, uint16_t suite, uint16_t version,
        struct server_key_exchange *out)
{
    (void)a;
    out->raw = cur_rest(&msg);
    struct cur c = msg;
    const struct iana_suite *s = iana_suite(suite);
    if (s == NULL || !ske_params(&c, s->kex, version, out)) {
        out->is_malformed = s != NULL;
        return s == NULL;
    }
    out->params = (struct bytes){out->raw.p, out->raw.n - c.n};
    if (!s->is_signed && out->kind != SKE_RSA_EXPORT) /* SRP with a certificate is signed, without
                                                       * one it is not (RFC 5054 2.5.3)
                                                       */
        return out->kind == SKE_UNKNOWN || cur_done(&c);
    out->has_scheme = version >= TLS_1_2;
    if (out->has_scheme)
        out->scheme = cur_u16(&c);
    out->signature = cur_vec(&c, 2);
    out->is_malformed = !cur_done(&c);
    return !out->is_malformed;
}

bool tls_client_key_exchange(
        struct cur msg, uint16_t suite, struct client_key_exchange *out, bool *is_other)
{
    const struct iana_suite *s = iana_suite(suite);
    uint8_t kex = s != NULL ? s->kex : KEX_OTHER;
    bool is_psk = kex == KEX_DHE_PSK || kex == KEX_ECDHE_PSK;
    bool is_dh = kex == KEX_DHE || kex == KEX_DH_ANON || kex == KEX_DHE_PSK;
    bool is_ec = kex == KEX_ECDHE || kex == KEX_ECDH_ANON || kex == KEX_ECDHE_PSK;
    *is_other = !is_dh && !is_ec;
    if (*is_other)
        return false;
    if (is_psk)
        (void)cur_vec(&msg, 2); /* psk_identity */
    out->is_implicit = !is_psk && !cur_more(&msg);
    if (out->is_implicit)
        return true;
    if (is_dh)
        out->dh_yc = cur_vec(&msg, 2);
    else
        out->ec_point = cur_vec(&msg, 1);
    return cur_done(&msg);
}

bool tls_cert_request(struct arena *a, struct cur msg, uint16_t version, struct cert_request *out)
{
    (void)a;
    struct cur c = msg;
    out->raw = cur_rest(&msg);
    out->types = cur_vec(&c, 1);
    if (version >= TLS_1_2)
        out->schemes = cur_vec(&c, 2);
    out->authorities = cur_vec(&c, 2);
    struct cur names = cur_of(out->authorities);
    while (cur_more(&names)) {
        (void)cur_vec(&names, 2);
        out->n_authorities += cur_ok(&names);
    }
    return cur_done(&c) && cur_done(&names);
}

/* Before TLS 1.2 there is nothing but the signature. */
static bool is_bare_signature(struct cur c)
{
    (void)cur_vec(&c, 2);
    return cur_done(&c);
}

bool tls_cert_verify(struct arena *a, struct cur msg, uint16_t version, struct cert_verify *out)
{
    (void)a;
    struct cur c = msg;
    out->has_scheme = version == 0 ? !is_bare_signature(msg) : version >= TLS_1_2;
    if (out->has_scheme)
        out->scheme = cur_u16(&c);
    out->signature = cur_vec(&c, 2);
    return cur_done(&c);
}

/* RFC 6961 2.2: one response per certificate, empty where the server has none. */
static bool multi_status(struct cur *c, struct cert_status *out)
{
    out->responses = cur_vec(c, 3);
    struct cur list = cur_of(out->responses);
    while (cur_more(&list)) {
        struct bytes response = cur_vec(&list, 3);
        out->n_responses += cur_ok(&list);
        if (out->response.n == 0)
            out->response = response;
    }
    return cur_done(&list);
}

bool tls_cert_status(struct arena *a, struct cur msg, struct cert_status *out)
{
    (void)a;
    struct cur c = msg;
    out->raw = cur_rest(&msg);
    out->type = cur_u8(&c);
    if (out->type == 2)
        return multi_status(&c, out) && cur_done(&c);
    out->response = cur_vec(&c, 3);
    out->n_responses = 1;
    return cur_done(&c);
}

bool tls_session_ticket(struct arena *a, struct cur msg, struct session_ticket *out)
{
    (void)a;
    struct cur c = msg;
    out->lifetime_s = cur_u32(&c);
    out->ticket = cur_vec(&c, 2);
    out->layout = ticket_layout_of(out->ticket, &out->key_name);
    return cur_done(&c);
}

bool tls_compressed_cert(struct arena *a, struct cur msg, struct compressed_cert *out)
{
    (void)a;
    struct cur c = msg;
    out->algorithm = cur_u16(&c);
    out->uncompressed_len = cur_u24(&c);
    out->compressed_len = (uint32_t)cur_vec(&c, 3).n;
    return cur_done(&c);
}
