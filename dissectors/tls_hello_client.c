/* The extensions of a ClientHello. */
#include "dissectors/tls_extensions.h"
#include "iana/iana.h"

void tls_list_add(uint8_t *list, struct bytes *out, uint16_t value)
{
    list[out->n] = (uint8_t)(value >> 8);
    list[out->n + 1] = (uint8_t)value;
    *out = (struct bytes){list, out->n + 2};
}

/* A vector of 16-bit values that fills its extension. */
static bool list16(struct cur body, unsigned len, struct bytes *out)
{
    *out = cur_vec(&body, len);
    return cur_done(&body) && out->n % 2 == 0;
}

static bool list8(struct cur body, struct bytes *out)
{
    *out = cur_vec(&body, 1);
    return cur_done(&body);
}

static unsigned grease16(struct bytes list, unsigned bit)
{
    for (size_t i = 0; i < u16_count(list); i++)
        if (iana_is_grease(u16_at(list, i)))
            return bit;
    return 0;
}

/* RFC 6066 3: the first host_name; other name types are passed over. */
static bool server_name(struct cur body, struct client_hello *out)
{
    out->has_sni = true;
    struct cur list = cur_sub(&body, 2);
    while (cur_more(&list)) {
        uint8_t type = cur_u8(&list);
        struct bytes name = cur_vec(&list, 2);
        if (type == 0 && out->sni.n == 0)
            out->sni = name;
    }
    return cur_done(&list) && cur_done(&body);
}

/* RFC 7301 3.1; GREASE names are two equal bytes 0x?A (RFC 8701 2). */
static bool alpn(struct cur body, struct client_hello *out)
{
    out->has_alpn = true;
    out->alpn = cur_vec(&body, 2);
    struct cur list = cur_of(out->alpn);
    while (cur_more(&list)) {
        struct bytes name = cur_vec(&list, 1);
        if (name.n == 2 && iana_is_grease((uint16_t)(name.p[0] << 8 | name.p[1])))
            out->grease |= GREASE_ALPN;
    }
    return cur_done(&body);
}

/* RFC 8446 4.2.8: groups and sizes of the shares that are offered. */
static bool key_shares(struct arena *a, struct cur body, struct client_hello *out)
{
    if (out->has_key_share)
        return true;
    out->has_key_share = true;
    out->key_shares = cur_vec(&body, 2);
    struct cur list = cur_of(out->key_shares);
    uint8_t *groups = arena_alloc(a, list.n / 2 + 2);
    uint8_t *lengths = arena_alloc(a, list.n / 2 + 2);
    while (cur_more(&list)) {
        uint16_t group = cur_u16(&list);
        struct bytes key = cur_vec(&list, 2);
        if (!cur_ok(&list))
            break;
        tls_list_add(groups, &out->key_share_groups, group);
        tls_list_add(lengths, &out->key_share_lengths, (uint16_t)key.n);
    }
    out->grease |= grease16(out->key_share_groups, GREASE_KEY_SHARES);
    return cur_done(&list) && cur_done(&body);
}

enum { PSK_AGE = 4 };

/* RFC 8446 4.2.11. */
static bool pre_shared_key(struct cur body, struct client_hello *out)
{
    out->has_psk = true;
    out->psk_identities = cur_vec(&body, 2);
    struct cur identities = cur_of(out->psk_identities);
    while (cur_more(&identities)) {
        struct bytes identity = cur_vec(&identities, 2);
        cur_skip(&identities, PSK_AGE);
        if (out->n_psk_identities++ == 0)
            out->psk_identity = identity;
    }
    out->psk_binders = cur_vec(&body, 2);
    return cur_done(&identities) && cur_done(&body);
}

/* RFC 8701 5: 0x0b + 0x1f * n. */
static bool psk_modes(struct cur body, struct client_hello *out)
{
    out->psk_modes = cur_vec(&body, 1);
    for (size_t i = 0; i < out->psk_modes.n; i++)
        if (out->psk_modes.p[i] % 0x1f == 0x0b)
            out->grease |= GREASE_PSK_MODES;
    return cur_done(&body);
}

/* RFC 9849 5. */
static bool encrypted_client_hello(struct cur body, struct client_hello *out)
{
    struct ech *ech = &out->ech;
    out->has_ech = true;
    ech->is_inner = cur_u8(&body) == 1;
    if (ech->is_inner)
        return cur_done(&body);
    ech->kdf = cur_u16(&body);
    ech->aead = cur_u16(&body);
    ech->config_id = cur_u8(&body);
    ech->enc_len = (uint16_t)cur_vec(&body, 2).n;
    ech->payload_len = (uint16_t)cur_vec(&body, 2).n;
    return cur_done(&body);
}

/* RFC 6961 2.2: only the types of the requests are kept. */
static bool status_request_v2(struct arena *a, struct cur body, struct client_hello *out)
{
    struct cur list = cur_sub(&body, 2);
    uint8_t *types = arena_alloc(a, list.n / 3 + 1);
    size_t n = 0;
    while (cur_more(&list)) {
        uint8_t type = cur_u8(&list);
        (void)cur_vec(&list, 2);
        if (cur_ok(&list))
            types[n++] = type;
    }
    out->status_request_v2 = (struct bytes){types, n};
    return cur_done(&list) && cur_done(&body);
}

static bool certificate_authorities(struct cur body, struct client_hello *out)
{
    out->certificate_authorities = cur_vec(&body, 2);
    struct cur names = cur_of(out->certificate_authorities);
    while (cur_more(&names)) {
        (void)cur_vec(&names, 2);
        out->n_certificate_authorities += cur_ok(&names);
    }
    return cur_done(&names) && cur_done(&body);
}

/* Lists of numbers and names. */
static bool list_extension(uint16_t type, struct cur body, struct client_hello *out)
{
    bool is_ok = true;
    switch (type) {
    case EXT_GROUPS:
        is_ok = list16(body, 2, &out->groups);
        out->grease |= grease16(out->groups, GREASE_GROUPS);
        return is_ok;
    case EXT_SIGNATURE_ALGORITHMS:
        out->has_signature_algorithms = true;
        is_ok = list16(body, 2, &out->signature_algorithms);
        out->grease |= grease16(out->signature_algorithms, GREASE_SCHEMES);
        return is_ok;
    case EXT_SUPPORTED_VERSIONS:
        out->has_supported_versions = true;
        is_ok = list16(body, 1, &out->supported_versions);
        out->grease |= grease16(out->supported_versions, GREASE_VERSIONS);
        return is_ok;
    case EXT_SIGNATURE_ALGORITHMS_CERT:
        return list16(body, 2, &out->signature_algorithms_cert);
    case EXT_DELEGATED_CREDENTIAL:
        return list16(body, 2, &out->delegated_credential);
    case EXT_COMPRESS_CERTIFICATE:
        return list16(body, 1, &out->compress_certificate);
    case EXT_POINT_FORMATS:
        return list8(body, &out->point_formats);
    case EXT_SRP:
        return list8(body, &out->srp_identity);
    case EXT_CLIENT_CERT_TYPE:
        return list8(body, &out->client_cert_types);
    case EXT_SERVER_CERT_TYPE:
        return list8(body, &out->server_cert_types);
    case EXT_ALPS:
    case EXT_ALPS_OLD:
        out->has_alps = true;
        out->alps = cur_vec(&body, 2);
        return cur_done(&body);
    case EXT_USE_SRTP:
        out->srtp_profiles = cur_vec(&body, 2);
        (void)cur_vec(&body, 1);
        return cur_done(&body);
    default:
        return true;
    }
}

/* Extensions with one number or one vector. */
static bool value_extension(uint16_t type, struct cur body, struct client_hello *out)
{
    switch (type) {
    case EXT_STATUS_REQUEST: /* RFC 6066 8; empty in a list of OCSP responders' defaults */
        out->has_status_request = true;
        out->status_request_type = cur_u8(&body);
        return cur_ok(&body);
    case EXT_COOKIE:
        out->has_cookie = true;
        out->cookie = cur_vec(&body, 2);
        return cur_done(&body);
    case EXT_RECORD_SIZE_LIMIT:
        out->record_size_limit = cur_u16(&body);
        return cur_done(&body);
    case EXT_MAX_FRAGMENT_LENGTH:
        out->max_fragment_length = cur_u8(&body);
        return cur_done(&body);
    case EXT_HEARTBEAT:
        out->heartbeat_mode = cur_u8(&body);
        return cur_done(&body);
    case EXT_RENEGOTIATION_INFO: /* RFC 5746 3.2 */
        out->has_renegotiation_info = true;
        out->renegotiation_info_len = (uint8_t)cur_vec(&body, 1).n;
        return cur_done(&body);
    case EXT_SESSION_TICKET:
        out->has_session_ticket = true;
        out->session_ticket = cur_rest(&body);
        return true;
    case EXT_PADDING:
        out->has_padding = true;
        out->padding_len = (uint16_t)body.n;
        return true;
    default:
        return list_extension(type, body, out);
    }
}

static void flag_extension(uint16_t type, struct client_hello *out)
{
    out->has_early_data |= type == EXT_EARLY_DATA;
    out->has_sct |= type == EXT_SCT;
    out->has_esni |= type == EXT_ESNI;
    out->has_extended_master_secret |= type == EXT_EXTENDED_MASTER_SECRET;
    out->has_encrypt_then_mac |= type == EXT_ENCRYPT_THEN_MAC;
    out->has_post_handshake_auth |= type == EXT_POST_HANDSHAKE_AUTH;
    out->has_npn |= type == EXT_NPN;
    out->has_channel_id |= type == EXT_CHANNEL_ID;
    out->has_token_binding |= type == EXT_TOKEN_BINDING;
    out->has_truncated_hmac |= type == EXT_TRUNCATED_HMAC;
}

static void check_place(uint16_t type, struct client_hello *out)
{
    if (iana_is_grease(type)) {
        out->grease |= GREASE_EXTENSIONS;
    } else if (!extension_may_stand(type, IN_CLIENT_HELLO)) {
        if (out->n_misplaced++ == 0)
            out->misplaced_extension = type;
    } else if (!extension_is_known(type)) {
        out->n_unknown_extensions++;
    }
}

bool tls_client_extension(struct arena *a, uint16_t type, struct cur body, struct client_hello *out)
{
    check_place(type, out);
    flag_extension(type, out);
    switch (type) {
    case EXT_SERVER_NAME:
        return server_name(body, out);
    case EXT_ALPN:
        return alpn(body, out);
    case EXT_KEY_SHARE:
    case EXT_KEY_SHARE_OLD:
        return key_shares(a, body, out);
    case EXT_PSK:
        return pre_shared_key(body, out);
    case EXT_PSK_MODES:
        return psk_modes(body, out);
    case EXT_ECH:
        return encrypted_client_hello(body, out);
    case EXT_STATUS_REQUEST_V2:
        return status_request_v2(a, body, out);
    case EXT_CERTIFICATE_AUTHORITIES:
        return certificate_authorities(body, out);
    default:
        return value_extension(type, body, out);
    }
}
