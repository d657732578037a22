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

enum {
    CERT_SAN_CAP = 2000,
    CERT_URL_CAP = 16,
    CERT_EKU_CAP = 32,
    CERT_FEATURE_CAP = 8,
    CERT_LINT_CAP = 32,
    CERT_EXTENSION_CAP = 64, /* that are looked at for being there twice */
};

/* tbsCertificate.signature against signatureAlgorithm (RFC 5280 4.1.1.2). NULL_ONLY: one has NULL
 * parameters, the other none. */
enum sig_match { SIG_MATCH_UNKNOWN, SIG_MATCH_SAME, SIG_MATCH_NULL_ONLY, SIG_MATCH_DIFFERENT };

/* Policies of the CA/Browser Forum (BR 7.1.6.1) as flags. */
enum { POLICY_DV = 1, POLICY_OV = 2, POLICY_IV = 4, POLICY_EV = 8 };

/* What can be wrong with the names of a leaf, or with how a wildcard is used. */
enum name_problem {
    NAME_CONTROL, /* NUL or another control character */
    NAME_UNDERSCORE,
    NAME_SPACE,
    NAME_DOT_FIRST, /* or an empty label, or nothing at all */
    NAME_DOT_LAST,
    NAME_LABEL_LONG, /* above 63 octets */
    NAME_NON_ASCII,
    NAME_CN_CONTROL,
    NAME_CN_NOT_IN_SAN,
    NAME_IP_AS_DNS,      /* a dNSName that is the text of an address */
    NAME_IP_LENGTH,      /* an iPAddress that is neither 4 nor 16 octets */
    NAME_WILDCARD_PLACE, /* an asterisk that is not the whole leftmost label */
    NAME_WILDCARD_MANY,
    NAME_WILDCARD_SUFFIX, /* directly below a public suffix (ICANN's section of the list) */
    NAME_WILDCARD_TLD,    /* directly below another single label, as in "*.lan" */
    NAME_INTERNAL_IP,     /* a reserved address */
    NAME_INTERNAL_LABEL,  /* a single label */
    NAME_INTERNAL_TLD,    /* below a special-use or never delegated top level domain */
    NAME_OTHER_TYPE,      /* neither dNSName nor iPAddress */
    NAME_PROBLEM_COUNT
};

/* What kind of rule a lint breaks. */
enum lint_kind {
    LINT_STRUCTURE, /* DER, or what RFC 5280 allows no certificate: any issuer */
    LINT_PROFILE,   /* what public CAs have to do */
};

/* One thing that is wrong with a certificate as it was issued. */
struct lint {
    enum lint_kind kind;
    const char *id;       /* static: "der-length-not-minimal" */
    const char *text;     /* static, or in the arena */
    int64_t effective_us; /* holds for certificates whose notBefore is not earlier; 0 all */
};

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
    bool is_parsed;      /* all but extensions was read; the fields below are filled as far as
                            parsing came */
    const char *problem; /* static text: the first thing that did not parse, or NULL; an extension
                            and bytes behind the end leave is_parsed true */
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
    struct bytes tbs_sig_alg, outer_sig_alg; /* AlgorithmIdentifier with its header */
    enum sig_match sig_match;
    struct bytes rsa_modulus, rsa_exponent; /* content octets as sent */
    struct bytes ec_point;                  /* as sent: SEC 1 2.3.3 */
    bool has_explicit_curve;                /* RFC 5480 2.1.1: specifiedCurve */
    struct bytes ec_prime; /* content octets of p; n 0 when not over a prime field */
    struct bytes ec_a, ec_b, ec_base, ec_order; /* of an explicit curve, as sent */
    bool has_san;
    size_t n_sans;
    struct san *sans;
    size_t n_sans_dropped;
    bool is_san_critical;
    uint16_t name_problems[NAME_PROBLEM_COUNT]; /* 1 + index of the first SAN that has it (of a CN:
                                                   1), 0 none */
    bool has_key_usage;
    uint16_t key_usage; /* KU_ bits */
    bool is_key_usage_critical;
    bool has_eku;
    uint8_t eku;          /* EKU_ flags */
    const char *eku_text; /* names or OIDs, comma separated */
    bool is_eku_critical;
    bool has_basic_constraints;
    bool is_ca;
    int path_len; /* -1 none */
    bool is_basic_constraints_critical;
    bool has_name_constraints, is_name_constraints_critical;
    bool has_policies;
    unsigned policies; /* POLICY_ flags */
    size_t n_tls_features;
    uint16_t tls_features[CERT_FEATURE_CAP]; /* RFC 7633: TLS extension numbers, 5 must-staple */
    struct bytes sct_list;                   /* RFC 6962 3.3: content of the OCTET STRING */
    bool is_precertificate;                  /* the poison of RFC 6962 3.1 */
    bool has_acme_identifier;                /* RFC 8737 */
    bool has_unique_id;
    size_t n_extensions;
    size_t n_unknown_critical;
    const char *unknown_critical; /* the first one's OID as text */
    bool has_duplicate_extension;
    size_t n_ocsp_urls, n_ca_issuers;
    struct bytes ocsp_urls[CERT_URL_CAP], ca_issuers[CERT_URL_CAP];
    size_t n_crl_urls;
    struct bytes crl_urls[CERT_URL_CAP]; /* CRL distribution points, RFC 5280 4.2.1.13 */
    struct bytes subject_key_id, authority_key_id;
    enum self_signed self_signed; /* subject equals issuer and the own key verifies (OpenSSL) */
    bool is_self_issued;          /* subject equals issuer */
    size_t n_lints;
    struct lint *lints; /* at most CERT_LINT_CAP, in the arena */
};

const char *key_type_name(enum key_type t);
/* certificate_requires_staple says whether the TLS feature extension asks for status_request. */
bool certificate_requires_staple(const struct certificate *c);
/* certificate_free frees the arena and the struct, which was made with xcalloc; NULL is fine. */
void certificate_free(struct certificate *c);

#endif
