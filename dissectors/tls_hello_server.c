/* The extensions of a ServerHello and a HelloRetryRequest. */
#include "dissectors/tls_extensions.h"
#include "iana/iana.h"

static bool key_share(struct cur body, struct server_hello *out)
{
    out->has_key_share = true;
    out->group = cur_u16(&body);
    if (!out->is_hrr)
        out->key_exchange = cur_vec(&body, 2);
    return cur_done(&body);
}

static bool value_extension(uint16_t type, struct cur body, struct server_hello *out)
{
    switch (type) {
    case EXT_PSK:
        out->has_psk = true;
        out->psk_index = cur_u16(&body);
        return cur_done(&body);
    case EXT_COOKIE:
        out->cookie = cur_vec(&body, 2);
        return cur_done(&body);
    case EXT_RENEGOTIATION_INFO:
        out->has_renegotiation_info = true;
        out->renegotiation_info_len = (uint8_t)cur_vec(&body, 1).n;
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
    case EXT_POINT_FORMATS:
        out->point_formats = cur_vec(&body, 1);
        return cur_done(&body);
    case EXT_SCT:
        out->sct_list = cur_vec(&body, 2);
        return cur_done(&body);
    case EXT_NPN: /* the list has no length of its own */
        out->has_npn = true;
        out->npn = cur_rest(&body);
        return true;
    default:
        return true;
    }
}

/* Up to TLS 1.2 and in TLS 1.3 different extensions are legal; which it is, supported_versions
 * may say only later, so both are asked. */
static void check_place(uint16_t type, struct server_hello *out)
{
    int places = out->is_hrr ? IN_HELLO_RETRY_REQUEST : IN_SERVER_HELLO | IN_SERVER_HELLO_12;
    if (iana_is_grease(type))
        out->grease |= GREASE_EXTENSIONS;
    if (!extension_may_stand(type, (enum extension_place)places) && out->n_misplaced++ == 0)
        out->misplaced_extension = type;
}

bool tls_server_extension(uint16_t type, struct cur body, struct server_hello *out)
{
    check_place(type, out);
    out->has_sni |= type == EXT_SERVER_NAME;
    out->has_session_ticket |= type == EXT_SESSION_TICKET;
    out->has_status_request |= type == EXT_STATUS_REQUEST;
    out->has_extended_master_secret |= type == EXT_EXTENDED_MASTER_SECRET;
    out->has_encrypt_then_mac |= type == EXT_ENCRYPT_THEN_MAC;
    if (type == EXT_SUPPORTED_VERSIONS) {
        out->version = cur_u16(&body);
        return cur_done(&body);
    }
    if (type == EXT_KEY_SHARE || type == EXT_KEY_SHARE_OLD)
        return key_share(body, out);
    if (type == EXT_ALPN) {
        out->has_alpn = true;
        struct cur list = cur_sub(&body, 2);
        out->alpn = cur_vec(&list, 1);
        return cur_done(&list) && cur_done(&body);
    }
    return value_extension(type, body, out);
}
