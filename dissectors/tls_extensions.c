/*
 * Which extension may stand in which message: RFC 8446 4.2 and the "TLS 1.3" column of IANA's
 * registry; up to TLS 1.2 the RFC of each.
 */
#include "dissectors/tls_extensions.h"

#include "iana/iana.h"

#define CH IN_CLIENT_HELLO
#define SH IN_SERVER_HELLO
#define HRR IN_HELLO_RETRY_REQUEST
#define EE IN_ENCRYPTED_EXTENSIONS
#define CT IN_CERTIFICATE
#define CR IN_CERTIFICATE_REQUEST
#define NST IN_NEW_SESSION_TICKET
#define SH12 IN_SERVER_HELLO_12

/* Types below LOW_TYPES by their number, 0 where there is none; the others in order. */
enum { LOW_TYPES = 64 };

static const uint16_t low[LOW_TYPES] = {
        [EXT_SERVER_NAME] = CH | EE | SH12,
        [EXT_MAX_FRAGMENT_LENGTH] = CH | EE | SH12,
        [2] = CH | SH12, /* client_certificate_url */
        [3] = CH | SH12, /* trusted_ca_keys */
        [EXT_TRUNCATED_HMAC] = CH | SH12,
        [EXT_STATUS_REQUEST] = CH | CR | CT | SH12,
        [6] = CH | SH12, /* user_mapping */
        [7] = CH | SH12, /* client_authz */
        [8] = CH | SH12, /* server_authz */
        [9] = CH | SH12, /* cert_type */
        [EXT_GROUPS] = CH | EE,
        [EXT_POINT_FORMATS] = CH | SH12,
        [EXT_SRP] = CH,
        [EXT_SIGNATURE_ALGORITHMS] = CH | CR,
        [EXT_USE_SRTP] = CH | EE | SH12,
        [EXT_HEARTBEAT] = CH | EE | SH12,
        [EXT_ALPN] = CH | EE | SH12,
        [EXT_STATUS_REQUEST_V2] = CH | SH12,
        [EXT_SCT] = CH | CR | CT | SH12,
        [EXT_CLIENT_CERT_TYPE] = CH | EE | SH12,
        [EXT_SERVER_CERT_TYPE] = CH | EE | SH12,
        [EXT_PADDING] = CH,
        [EXT_ENCRYPT_THEN_MAC] = CH | SH12,
        [EXT_EXTENDED_MASTER_SECRET] = CH | SH12,
        [EXT_TOKEN_BINDING] = CH | SH12,
        [25] = CH | SH12, /* cached_info */
        [26] = CH | SH12, /* tls_lts */
        [EXT_COMPRESS_CERTIFICATE] = CH | CR,
        [EXT_RECORD_SIZE_LIMIT] = CH | EE | SH12,
        [29] = CH,            /* pwd_protect */
        [30] = CH,            /* pwd_clear */
        [31] = CH | SH | HRR, /* password_salt */
        [32] = CH | EE,       /* ticket_pinning */
        [33] = CH | SH,       /* tls_cert_with_extern_psk */
        [EXT_DELEGATED_CREDENTIAL] = CH | CR | CT,
        [EXT_SESSION_TICKET] = CH | SH12,
        [39] = CH | EE, /* supported_ekt_ciphers */
        [EXT_KEY_SHARE_OLD] = CH | SH | HRR,
        [EXT_PSK] = CH | SH,
        [EXT_EARLY_DATA] = CH | EE | NST,
        [EXT_SUPPORTED_VERSIONS] = CH | SH | HRR,
        [EXT_COOKIE] = CH | HRR,
        [EXT_PSK_MODES] = CH,
        [EXT_CERTIFICATE_AUTHORITIES] = CH | CR,
        [48] = CR, /* oid_filters */
        [EXT_POST_HANDSHAKE_AUTH] = CH,
        [EXT_SIGNATURE_ALGORITHMS_CERT] = CH | CR,
        [EXT_KEY_SHARE] = CH | SH | HRR,
        [52] = CH | CR | CT,   /* transparency_info */
        [54] = CH | SH | SH12, /* connection_id */
        [55] = CH | EE,        /* external_id_hash */
        [56] = CH | EE,        /* external_session_id */
        [57] = CH | EE,        /* quic_transport_parameters */
        [58] = CH | EE,        /* ticket_request */
        [59] = CH | CT,        /* dnssec_chain */
        [61] = CH | SH | SH12, /* rrc */
};

static const struct {
    uint16_t type;
    uint16_t places;
} high[] = {
        {EXT_NPN, CH | SH12},             /* draft-agl-tls-nextprotoneg */
        {EXT_ALPS_OLD, CH | EE},          /* draft-vvv-tls-alps */
        {EXT_ALPS, CH | EE},              /* the same, second number */
        {EXT_CHANNEL_ID, CH | EE | SH12}, /* draft-balfanz-tls-channelid */
        {0xfd00, CH},                     /* ech_outer_extensions */
        {EXT_ECH, CH | HRR | EE},
        {EXT_RENEGOTIATION_INFO, CH | SH12},
        {EXT_ESNI, CH | EE},
};

/* Where a type may stand; 0 when it has no row. */
static uint16_t places_of(uint16_t type)
{
    if (type < LOW_TYPES)
        return low[type];
    for (size_t i = 0; i < sizeof high / sizeof *high; i++)
        if (high[i].type == type)
            return high[i].places;
    return 0;
}

bool extension_is_known(uint16_t type)
{
    return places_of(type) != 0 || iana_extension_name(type) != NULL;
}

bool extension_may_stand(uint16_t type, enum extension_place place)
{
    uint16_t places = places_of(type);
    return places == 0 || (places & place) != 0;
}
