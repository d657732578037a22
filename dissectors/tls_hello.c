/* ClientHello and ServerHello with their extensions. */
#include "dissectors/tls_messages.h"

enum {
    EXT_SERVER_NAME = 0,
    EXT_STATUS_REQUEST = 5,
    EXT_GROUPS = 10,
    EXT_POINT_FORMATS = 11,
    EXT_SIGNATURE_ALGORITHMS = 13,
    EXT_ALPN = 16,
    EXT_SCT = 18,
    EXT_ENCRYPT_THEN_MAC = 22,
    EXT_EXTENDED_MASTER_SECRET = 23,
    EXT_SESSION_TICKET = 35,
    EXT_PSK = 41,
    EXT_EARLY_DATA = 42,
    EXT_SUPPORTED_VERSIONS = 43,
    EXT_COOKIE = 44,
    EXT_KEY_SHARE = 51,
    EXT_KEY_SHARE_OLD = 40, /* drafts before 23 */
    EXT_ECH = 0xfe0d,
    EXT_RENEGOTIATION_INFO = 0xff01,
};

/* Appends a 16-bit value to a list that was allocated with room for all. */
static void list_add(uint8_t *list, struct bytes *out, uint16_t value)
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

/* RFC 8446 4.2.8: the groups of the shares that are offered. */
static bool key_shares(struct arena *a, struct cur body, struct client_hello *out)
{
    out->has_key_share = true;
    struct cur list = cur_sub(&body, 2);
    uint8_t *groups = arena_alloc(a, list.n / 2 + 2);
    while (cur_more(&list)) {
        uint16_t group = cur_u16(&list);
        (void)cur_vec(&list, 2);
        if (cur_ok(&list))
            list_add(groups, &out->key_share_groups, group);
    }
    return cur_done(&list) && cur_done(&body);
}

static bool client_flag(uint16_t type, struct cur body, struct client_hello *out)
{
    out->has_psk |= type == EXT_PSK;
    out->has_early_data |= type == EXT_EARLY_DATA;
    out->has_cookie |= type == EXT_COOKIE;
    out->has_status_request |= type == EXT_STATUS_REQUEST;
    out->has_sct |= type == EXT_SCT;
    out->has_ech |= type == EXT_ECH;
    out->has_extended_master_secret |= type == EXT_EXTENDED_MASTER_SECRET;
    out->has_encrypt_then_mac |= type == EXT_ENCRYPT_THEN_MAC;
    out->has_renegotiation_info |= type == EXT_RENEGOTIATION_INFO;
    if (type == EXT_SESSION_TICKET) {
        out->has_session_ticket = true;
        out->session_ticket = cur_rest(&body);
    }
    return true;
}

static bool client_extension(
        struct arena *a, uint16_t type, struct cur body, struct client_hello *out)
{
    switch (type) {
    case EXT_SERVER_NAME:
        return server_name(body, out);
    case EXT_GROUPS:
        return list16(body, 2, &out->groups);
    case EXT_POINT_FORMATS:
        out->point_formats = cur_vec(&body, 1);
        return cur_done(&body);
    case EXT_SIGNATURE_ALGORITHMS:
        out->has_signature_algorithms = true;
        return list16(body, 2, &out->signature_algorithms);
    case EXT_ALPN:
        out->has_alpn = true;
        out->alpn = cur_vec(&body, 2);
        return cur_done(&body);
    case EXT_SUPPORTED_VERSIONS:
        out->has_supported_versions = true;
        return list16(body, 1, &out->supported_versions);
    case EXT_KEY_SHARE:
    case EXT_KEY_SHARE_OLD:
        return out->has_key_share ? true : key_shares(a, body, out);
    default:
        return client_flag(type, body, out);
    }
}

/* Walks an extensions block; the first extension of a type counts, a second one is malformed. */
static bool next_extension(struct cur *block, struct bytes *types, uint8_t *list, uint16_t *type,
        struct cur *body, bool *is_repeated)
{
    if (!cur_more(block))
        return false;
    *type = cur_u16(block);
    *body = cur_of(cur_vec(block, 2));
    if (!cur_ok(block))
        return false;
    *is_repeated = u16_has(*types, *type);
    list_add(list, types, *type);
    return true;
}

static bool client_extensions(struct arena *a, struct client_hello *out)
{
    struct cur block = cur_of(out->extensions);
    uint8_t *list = arena_alloc(a, block.n / 2 + 2);
    uint16_t type = 0;
    struct cur body = {0};
    bool is_repeated = false;
    while (next_extension(&block, &out->extension_types, list, &type, &body, &is_repeated)) {
        if (is_repeated || !client_extension(a, type, body, out))
            out->is_malformed = true;
    }
    return cur_done(&block);
}

bool tls_client_hello(struct arena *a, struct cur msg, struct client_hello *out)
{
    struct cur c = cur_of(arena_dup(a, cur_rest(&msg)));
    out->legacy_version = cur_u16(&c);
    out->random = cur_take(&c, 32);
    out->session_id = cur_vec(&c, 1);
    out->cipher_suites = cur_vec(&c, 2);
    out->compression = cur_vec(&c, 1);
    out->has_extensions = cur_more(&c);
    if (out->has_extensions)
        out->extensions = cur_vec(&c, 2);
    if (!cur_done(&c) || out->cipher_suites.n % 2 != 0)
        return false;
    if (!client_extensions(a, out))
        out->is_malformed = true;
    return true;
}

bool tls_sslv2_client_hello(struct arena *a, struct cur msg, struct client_hello *out)
{
    struct cur c = cur_of(arena_dup(a, cur_rest(&msg)));
    uint8_t type = cur_u8(&c);
    out->is_sslv2_format = true;
    out->legacy_version = cur_u16(&c);
    size_t suites_len = cur_u16(&c);
    size_t id_len = cur_u16(&c);
    size_t challenge_len = cur_u16(&c);
    struct cur kinds = cur_of(cur_take(&c, suites_len));
    out->session_id = cur_take(&c, id_len);
    out->random = cur_take(&c, challenge_len);
    if (type != 1 || !cur_done(&c) || suites_len % 3 != 0)
        return false;
    uint8_t *list = arena_alloc(a, suites_len + 2);
    while (cur_more(&kinds)) {
        uint32_t kind = cur_u24(&kinds);
        if (kind <= 0xffff) /* E.2: TLS suites have a zero in front */
            list_add(list, &out->cipher_suites, (uint16_t)kind);
    }
    return true;
}

/* RFC 8446 4.1.3: SHA-256 of "HelloRetryRequest". */
static const uint8_t hrr_random[32] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d,
        0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07,
        0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

static bool server_extension(uint16_t type, struct cur body, struct server_hello *out)
{
    out->has_psk |= type == EXT_PSK;
    out->has_session_ticket |= type == EXT_SESSION_TICKET;
    out->has_status_request |= type == EXT_STATUS_REQUEST;
    out->has_extended_master_secret |= type == EXT_EXTENDED_MASTER_SECRET;
    out->has_encrypt_then_mac |= type == EXT_ENCRYPT_THEN_MAC;
    out->has_renegotiation_info |= type == EXT_RENEGOTIATION_INFO;
    if (type == EXT_SUPPORTED_VERSIONS) {
        out->version = cur_u16(&body);
        return cur_done(&body);
    }
    if (type == EXT_KEY_SHARE || type == EXT_KEY_SHARE_OLD) {
        out->has_key_share = true;
        out->group = cur_u16(&body);
        if (!out->is_hrr)
            (void)cur_vec(&body, 2);
        return cur_done(&body);
    }
    if (type == EXT_ALPN) {
        out->has_alpn = true;
        struct cur list = cur_sub(&body, 2);
        out->alpn = cur_vec(&list, 1);
        return cur_done(&list) && cur_done(&body);
    }
    return true;
}

static void server_extensions(struct arena *a, struct server_hello *out)
{
    struct cur block = cur_of(out->extensions);
    uint8_t *list = arena_alloc(a, block.n / 2 + 2);
    uint16_t type = 0;
    struct cur body = {0};
    bool is_repeated = false;
    while (next_extension(&block, &out->extension_types, list, &type, &body, &is_repeated)) {
        if (is_repeated || !server_extension(type, body, out))
            out->is_malformed = true;
    }
    if (!cur_done(&block))
        out->is_malformed = true;
}

bool tls_server_hello(struct arena *a, struct cur msg, struct server_hello *out)
{
    struct cur c = cur_of(arena_dup(a, cur_rest(&msg)));
    out->legacy_version = cur_u16(&c);
    out->version = out->legacy_version;
    out->random = cur_take(&c, 32);
    /* Drafts before 22 left session id and compression out. */
    bool is_short = out->legacy_version >> 8 == 0x7f && (out->legacy_version & 0xff) < 22;
    if (!is_short)
        out->session_id = cur_vec(&c, 1);
    out->cipher_suite = cur_u16(&c);
    if (!is_short)
        out->compression = cur_u8(&c);
    if (cur_more(&c))
        out->extensions = cur_vec(&c, 2);
    if (!cur_done(&c))
        return false;
    out->is_hrr = bytes_equal(out->random, (struct bytes){hrr_random, sizeof hrr_random});
    server_extensions(a, out);
    return true;
}

bool tls_draft_hello_retry(struct arena *a, struct cur msg, struct server_hello *out)
{
    struct cur c = cur_of(arena_dup(a, cur_rest(&msg)));
    out->is_hrr = true;
    out->legacy_version = cur_u16(&c);
    out->version = out->legacy_version;
    if ((out->legacy_version & 0xff) >= 19)
        out->cipher_suite = cur_u16(&c);
    out->extensions = cur_vec(&c, 2);
    if (!cur_done(&c))
        return false;
    server_extensions(a, out);
    return true;
}
