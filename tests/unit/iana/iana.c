#include "iana/iana.h"

#include "tests/unit/test.h"

/* Names and codes from the RFCs that define them. */
static void suites(void **state)
{
    (void)state;
    static const struct {
        uint16_t code;
        const char *name;
        enum iana_kex kex;
        uint8_t tag;
        bool is_export, is_null, is_anon, is_rc4, is_des, is_3des, is_signed;
    } rows[] = {
            {0x0001, "TLS_RSA_WITH_NULL_MD5", KEX_RSA, 0, .is_null = true},
            {0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5", KEX_RSA_EXPORT, 0, .is_export = true,
                    .is_rc4 = true, .is_signed = true},
            {0x0009, "TLS_RSA_WITH_DES_CBC_SHA", KEX_RSA, 0, .is_des = true},
            {0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA", KEX_RSA, 0, .is_3des = true},
            {0x0018, "TLS_DH_anon_WITH_RC4_128_MD5", KEX_DH_ANON, 0, .is_anon = true,
                    .is_rc4 = true},
            {0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA", KEX_RSA, 0, .is_null = false},
            {0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", KEX_DHE, 0, .is_signed = true},
            {0x008c, "TLS_PSK_WITH_AES_128_CBC_SHA", KEX_PSK, 0, .is_null = false},
            {0x1301, "TLS_AES_128_GCM_SHA256", KEX_TLS13, 16, .is_null = false},
            {0x1305, "TLS_AES_128_CCM_8_SHA256", KEX_TLS13, 8, .is_null = false},
            {0xc018, "TLS_ECDH_anon_WITH_AES_128_CBC_SHA", KEX_ECDH_ANON, 0, .is_anon = true},
            {0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", KEX_ECDHE, 16, .is_signed = true},
            {0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", KEX_ECDHE, 16,
                    .is_signed = true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct iana_suite *s = iana_suite(rows[i].code);
        assert_non_null(s);
        assert_string_equal(s->name, rows[i].name);
        assert_int_equal(s->kex, rows[i].kex);
        assert_int_equal(s->tag_len, rows[i].tag);
        assert_int_equal(s->is_export, rows[i].is_export);
        assert_int_equal(s->is_null, rows[i].is_null);
        assert_int_equal(s->is_anon, rows[i].is_anon);
        assert_int_equal(s->is_rc4, rows[i].is_rc4);
        assert_int_equal(s->is_des, rows[i].is_des);
        assert_int_equal(s->is_3des, rows[i].is_3des);
        assert_int_equal(s->is_signed, rows[i].is_signed);
    }
    assert_null(iana_suite(0xfafa));
    for (size_t i = 1; i < iana_n_suites; i++)
        assert_true(iana_suites[i - 1].code < iana_suites[i].code);
}

static void names(void **state)
{
    (void)state;
    assert_string_equal(iana_alert_name(48), "unknown_ca");
    assert_string_equal(iana_alert_name(121), "ech_required");
    assert_null(iana_alert_name(5));
    assert_string_equal(iana_group_name(29), "x25519");
    assert_string_equal(iana_group_name(0x11ec), "X25519MLKEM768");
    assert_string_equal(iana_scheme_name(0x0804), "rsa_pss_rsae_sha256");
    assert_string_equal(iana_extension_name(0xfe0d), "encrypted_client_hello");
    assert_string_equal(iana_version_name(0x7f1c), "TLSv1.3-draft-28");
    assert_string_equal(iana_version_name(0x0300), "SSLv3");
    assert_null(iana_version_name(0x1234));
    unsigned n = 0;
    for (unsigned code = 0; code < 0x10000; code++)
        n += iana_is_grease((uint16_t)code);
    assert_int_equal(n, 16);
    assert_true(iana_is_grease(0x0a0a) && iana_is_grease(0xfafa) && !iana_is_grease(0x0a1a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(suites), cmocka_unit_test(names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
