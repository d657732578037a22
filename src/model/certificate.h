#ifndef TLSWIRE_MODEL_CERTIFICATE_H
#define TLSWIRE_MODEL_CERTIFICATE_H

#include <stdint.h>

#include "base/arena.h"

enum key_type {
    KEY_UNKNOWN,
    KEY_RSA,
    KEY_RSA_PSS,
    KEY_DSA,
    KEY_EC,
    KEY_ED25519,
    KEY_ED448,
    KEY_ML_DSA,
    KEY_GOST,
    KEY_TYPE_COUNT
};

enum sig_hash { SIG_HASH_UNKNOWN, SIG_MD2, SIG_MD4, SIG_MD5, SIG_SHA1, SIG_SHA2, SIG_INTRINSIC };

/* Whether the certificate's own key verifies its signature. */
enum self_signed { SELF_SIGNED_NO, SELF_SIGNED_YES, SELF_SIGNED_UNVERIFIED };

enum san_type { SAN_DNS, SAN_IP, SAN_EMAIL, SAN_URI, SAN_OTHER };

enum { CERT_SAN_CAP = 2000, CERT_URL_CAP = 16, CERT_EKU_CAP = 32 };

/* keyUsage bits of RFC 5280 4.2.1.3 in the order of the RFC: bit 0 is digitalSignature. */
enum {
    KU_DIGITAL_SIGNATURE = 1 << 0,
    KU_KEY_ENCIPHERMENT = 1 << 2,
    KU_KEY_AGREEMENT = 1 << 4,
    KU_KEY_CERT_SIGN = 1 << 5,
    KU_CRL_SIGN = 1 << 6,
};

/* extendedKeyUsage of RFC 5280 4.2.1.12 as flags. */
enum {
    EKU_SERVER_AUTH = 1,
    EKU_CLIENT_AUTH = 2,
    EKU_ANY = 4,
    EKU_OCSP_SIGNING = 8,
    EKU_OTHER = 16
};

struct san {
    enum san_type type;
    struct bytes value; /* dNSName, e-mail, URI as sent; iPAddress 4 or 16 bytes */
};

/* What RFC 5280 says a certificate holds, as facts. Owns its arena; every struct bytes points into
 * it. */
struct certificate {
    struct arena arena;
    uint8_t sha256[32];
    uint8_t sha1[20];
    uint8_t spki_sha256[32];
    struct bytes der;
    bool is_parsed;      /* the fields below are filled as far as parsing came */
    const char *problem; /* static text: the first thing that did not parse, or NULL */
    uint8_t version;     /* 1, 2, 3 */
    struct bytes serial; /* content octets as sent */
    struct bytes subject_der, issuer_der; /* the Name with its header */
    const char
            *subject; /* RFC 4514-like text "CN=..., O=...", in order of the certificate, escaped */
    const char *issuer;
    struct bytes validity_der; /* content of Validity: both times as sent */
    struct bytes common_name;  /* last CN of the subject as sent; n 0 when none */
    int64_t not_before_us;
    int64_t not_after_us; /* INT64_MAX for 99991231235959Z */
    enum key_type key_type;
    unsigned key_bits;   /* RSA: bits of the modulus; EC: of the field; DSA: of p */
    const char *curve;   /* "P-256", or the OID as text; NULL when not EC */
    const char *sig_alg; /* "sha256WithRSAEncryption", or the OID as text */
    enum sig_hash sig_hash;
    bool has_san;
    size_t n_sans;
    struct san *sans;
    size_t n_sans_dropped;
    bool has_key_usage;
    uint16_t key_usage; /* KU_ bits */
    bool has_eku;
    uint8_t eku;          /* EKU_ flags */
    const char *eku_text; /* names or OIDs, comma separated */
    bool has_basic_constraints;
    bool is_ca;
    int path_len; /* -1 none */
    size_t n_ocsp_urls, n_ca_issuers;
    struct bytes ocsp_urls[CERT_URL_CAP], ca_issuers[CERT_URL_CAP];
    struct bytes subject_key_id, authority_key_id;
    enum self_signed self_signed; /* subject equals issuer and the own key verifies (OpenSSL) */
    bool is_self_issued;          /* subject equals issuer */
};

const char *key_type_name(enum key_type t);
/* certificate_free frees the arena and the struct, which was made with xcalloc; NULL is fine. */
void certificate_free(struct certificate *c);

#endif
