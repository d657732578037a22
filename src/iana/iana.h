#ifndef TLSWIRE_IANA_IANA_H
#define TLSWIRE_IANA_IANA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a suite agrees on keys; RFC 5246 7.4.2 and successors. */
enum iana_kex {
    KEX_NULL,
    KEX_RSA,
    KEX_RSA_EXPORT,
    KEX_DH, /* static */
    KEX_DHE,
    KEX_DH_ANON,
    KEX_ECDH, /* static */
    KEX_ECDHE,
    KEX_ECDH_ANON,
    KEX_PSK,
    KEX_DHE_PSK,
    KEX_RSA_PSK,
    KEX_ECDHE_PSK,
    KEX_SRP,
    KEX_KRB5,
    KEX_PWD,
    KEX_GOST,
    KEX_TLS13, /* negotiated apart from the suite */
    KEX_OTHER
};

/* One cipher suite; the flags are derived from its name by gen.py. */
struct iana_suite {
    uint16_t code;
    uint8_t kex;     /* enum iana_kex */
    uint8_t tag_len; /* AEAD tag in bytes, 0 when not AEAD */
    bool is_export, is_null, is_anon, is_rc4, is_des, is_3des, is_idea_rc2, is_aead, is_signed;
    bool is_cbc, is_aes_gcm, is_rare;
    const char *name;
};

/* Names by number; NULL when IANA has none. The text is static. */
const char *iana_suite_name(uint16_t code);
const char *iana_group_name(uint16_t code);
const char *iana_alert_name(uint8_t code);
const char *iana_extension_name(uint16_t code);
const char *iana_scheme_name(uint16_t code);
const char *iana_handshake_name(uint8_t code);
/* iana_version_name gives "TLSv1.2", "SSLv3", "TLSv1.3-draft-28" ... for a wire version, or NULL.
 */
const char *iana_version_name(uint16_t code);
/* iana_sslv2_kind_name names a cipher kind of SSL 2.0 (three bytes), or NULL. */
const char *iana_sslv2_kind_name(uint32_t kind);
/* iana_suite gives what is known about a suite, or NULL. */
const struct iana_suite *iana_suite(uint16_t code);
/* iana_is_grease tells the sixteen reserved values 0x?A?A (RFC 8701). */
bool iana_is_grease(uint16_t code);

/* The rows of a table in order of code, for who needs them all. */
struct iana_name {
    uint16_t code;
    const char *name;
};
struct iana_sslv2_kind {
    uint32_t kind;
    const char *name;
};
extern const struct iana_sslv2_kind iana_sslv2_kinds[];
extern const size_t iana_n_sslv2_kinds;
extern const struct iana_suite iana_suites[];
/* By the first byte of a code, then by the second: place in iana_suites plus 1, 0 none. */
extern const uint16_t *const iana_suite_places[256];
extern const size_t iana_n_suites;
extern const struct iana_name iana_groups[], iana_alerts[], iana_extensions[], iana_schemes[],
        iana_handshakes[];
extern const size_t iana_n_groups, iana_n_alerts, iana_n_extensions, iana_n_schemes,
        iana_n_handshakes;

#endif
