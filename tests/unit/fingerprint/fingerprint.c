#include "fingerprint/fingerprint.h"

#include <string.h>

#include "crypto/digest.h"
#include "tests/unit/test.h"

/* clang-format off */
/* RFC 8448 section 3, the parts of its hellos that are hashed. Values: tshark 4.0.17 (JA3, JA3S);
 * JA4 by sha256sum over the lists in the order of the published description. */
static const uint8_t rfc_suites[] = {0x13, 1, 0x13, 3, 0x13, 2};
static const uint8_t rfc_extensions[] = {0, 0, 0xff, 1, 0, 10, 0, 35, 0, 51, 0, 43, 0, 13, 0, 45, 0, 28};
static const uint8_t rfc_groups[] = {0, 0x1d, 0, 0x17, 0, 0x18, 0, 0x19, 1, 0, 1, 1, 1, 2, 1, 3, 1, 4};
static const uint8_t rfc_versions[] = {3, 4};
static const uint8_t rfc_schemes[] = {4, 3, 5, 3, 6, 3, 2, 3, 8, 4, 8, 5, 8, 6, 4, 1, 5, 1, 6, 1, 2, 1, 4, 2, 5, 2, 6, 2, 2, 2};

/* The example of the published JA4 description (Chrome), shuffled and with GREASE in every list. */
static const uint8_t chrome_suites[] = {0x1a, 0x1a, 0x13, 1, 0x13, 2, 0x13, 3, 0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x2c,
        0xc0, 0x30, 0xcc, 0xa9, 0xcc, 0xa8, 0xc0, 0x13, 0xc0, 0x14, 0, 0x9c, 0, 0x9d, 0, 0x2f, 0, 0x35};
static const uint8_t chrome_extensions[] = {0x2a, 0x2a, 0, 0x1b, 0, 0, 0, 0x33, 0, 0x10, 0x44, 0x69, 0, 0x17, 0, 0x2d,
        0, 0x0d, 0, 5, 0, 0x23, 0, 0x12, 0, 0x2b, 0xff, 1, 0, 0x0b, 0, 0x0a, 0xba, 0xba, 0, 0x15};
static const uint8_t chrome_versions[] = {0x3a, 0x3a, 3, 4, 3, 3};
static const uint8_t chrome_schemes[] = {4, 3, 8, 4, 4, 1, 5, 3, 8, 5, 5, 1, 8, 6, 6, 1};
static const uint8_t chrome_alpn[] = {2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
/* clang-format on */

#define BYTES(array)                                                                               \
    {                                                                                              \
        array, sizeof array                                                                        \
    }

static const struct client_hello rfc = {.legacy_version = TLS_1_2,
        .cipher_suites = BYTES(rfc_suites),
        .extension_types = BYTES(rfc_extensions),
        .has_extensions = true,
        .groups = BYTES(rfc_groups),
        .supported_versions = BYTES(rfc_versions),
        .has_supported_versions = true,
        .signature_algorithms = BYTES(rfc_schemes),
        .has_signature_algorithms = true,
        .has_sni = true};

static const struct client_hello chrome = {.legacy_version = TLS_1_2,
        .cipher_suites = BYTES(chrome_suites),
        .extension_types = BYTES(chrome_extensions),
        .has_extensions = true,
        .supported_versions = BYTES(chrome_versions),
        .has_supported_versions = true,
        .signature_algorithms = BYTES(chrome_schemes),
        .has_signature_algorithms = true,
        .has_alpn = true,
        .alpn = BYTES(chrome_alpn),
        .has_sni = true};

static void md5_hex(const char *text, char out[33])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t md5[MD5_LEN];
    digest_md5(bytes_of_text(text), md5);
    for (size_t i = 0; i < MD5_LEN; i++) {
        out[2 * i] = digits[md5[i] >> 4];
        out[2 * i + 1] = digits[md5[i] & 15];
    }
    out[32] = 0;
}

static void ja3(void **state)
{
    (void)state;
    char got[33];
    char want[33];
    fingerprint_ja3(&rfc, got);
    assert_string_equal(got, "da4dea34fe6d4ce5f0725df3f2682fa0");
    /* GREASE leaves no trace, an empty list leaves its commas (RFC 8701; JA3's description). */
    fingerprint_ja3(&chrome, got);
    md5_hex("771,4865-4866-4867-49195-49199-49196-49200-52393-52392-49171-49172-156-157-47-53,"
            "27-0-51-16-17513-23-45-13-5-35-18-43-65281-11-10-21,,",
            want);
    assert_string_equal(got, want);
    static const uint8_t formats[] = {0, 1, 2};
    static const uint8_t suite[] = {0, 5};
    struct client_hello old = {.legacy_version = TLS_1_0,
            .cipher_suites = BYTES(suite),
            .point_formats = BYTES(formats)};
    fingerprint_ja3(&old, got);
    md5_hex("769,5,,,0-1-2", want);
    assert_string_equal(got, want);
}

static void ja3s(void **state)
{
    (void)state;
    char got[33];
    static const uint8_t types[] = {0, 51, 0, 43};
    struct server_hello sh = {.legacy_version = TLS_1_2,
            .version = TLS_1_3,
            .cipher_suite = 0x1301,
            .extension_types = BYTES(types)};
    fingerprint_ja3s(&sh, got);
    assert_string_equal(got, "eb1d94daa7e0344597e756a1fb6e7054"); /* tshark 4.0.17 */
}

static void ja4(void **state)
{
    (void)state;
    char got[40];
    fingerprint_ja4(&chrome, 't', got);
    assert_string_equal(got, "t13d1516h2_8daaf6152771_e5627efa2ab1");
    fingerprint_ja4(&chrome, 'q', got);
    assert_string_equal(got, "q13d1516h2_8daaf6152771_e5627efa2ab1");
    fingerprint_ja4(&rfc, 't', got);
    assert_string_equal(got, "t13d030900_55b375c5d22e_59cd3dafc54d");
}

static void ja4_without_lists(void **state)
{
    (void)state;
    char got[40];
    struct client_hello bare = {.legacy_version = TLS_SSLV3, .cipher_suites = BYTES(rfc_suites)};
    fingerprint_ja4(&bare, 't', got);
    assert_string_equal(got, "ts3i030000_55b375c5d22e_000000000000");
    /* No signature algorithms: the hash has no trailing underscore. */
    static const uint8_t types[] = {0, 0x17, 0, 0x0a};
    struct client_hello few = {.legacy_version = TLS_1_1, .extension_types = BYTES(types)};
    fingerprint_ja4(&few, 't', got);
    /* printf '000a,0017' | sha256sum */
    assert_string_equal(got, "t11i000200_000000000000_c5fbb8d9fc5a");
    /* Nothing but what the hash leaves out. */
    static const uint8_t names[] = {0, 0, 0, 16};
    few.extension_types = (struct bytes)BYTES(names);
    fingerprint_ja4(&few, 't', got);
    assert_string_equal(got, "t11d000200_000000000000_000000000000");
}

static void ja4_counts_stop_at_99(void **state)
{
    (void)state;
    static uint8_t list[4 * 150];
    for (size_t i = 0; i < sizeof list / 2; i++) {
        list[2 * i] = (uint8_t)(0xd0 | (i & 1));
        list[2 * i + 1] = (uint8_t)(i / 2);
    }
    char got[40];
    struct client_hello many = {.legacy_version = TLS_1_2,
            .cipher_suites = {list, 2 * 100},
            .extension_types = {list, 2 * 98}};
    fingerprint_ja4(&many, 't', got);
    assert_memory_equal(got, "t12i999800_", 11);
    many.extension_types.n = sizeof list;
    fingerprint_ja4(&many, 't', got);
    assert_memory_equal(got, "t12i999900_", 11);
}

static bool is_alphanumeric(unsigned c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* All 256 values as first and as last byte of the ALPN name (a class of crash elsewhere). */
static void ja4_any_alpn(void **state)
{
    (void)state;
    static const char digits[] = "0123456789abcdef";
    for (unsigned v = 0; v < 256; v++) {
        const uint8_t first[] = {3, (uint8_t)v, '-', '2'};
        const uint8_t last[] = {3, 'a', '-', (uint8_t)v};
        const uint8_t only[] = {1, (uint8_t)v};
        const struct bytes names[] = {BYTES(first), BYTES(last), BYTES(only)};
        for (size_t i = 0; i < 3; i++) {
            char got[40];
            struct client_hello ch = {.legacy_version = TLS_1_2, .has_alpn = true};
            ch.alpn = names[i];
            fingerprint_ja4(&ch, 't', got);
            uint8_t a = names[i].p[1];
            uint8_t b = names[i].p[names[i].n - 1];
            bool is_plain = is_alphanumeric(a) && is_alphanumeric(b);
            assert_int_equal(got[8], is_plain ? a : digits[a >> 4]);
            assert_int_equal(got[9], is_plain ? b : digits[b & 15]);
            assert_int_equal(strlen(got), 36);
        }
    }
    char got[40];
    static const uint8_t empty[] = {0};
    struct client_hello ch = {.has_alpn = true, .alpn = BYTES(empty)};
    fingerprint_ja4(&ch, 't', got);
    assert_memory_equal(got + 8, "00", 2);
}

/* With a HelloRetryRequest the first hello counts; an SSLv2-format hello has no fingerprint. */
static void which_hello(void **state)
{
    (void)state;
    struct handshake h = {.client_hello = &rfc};
    fingerprint_handshake(NULL, &h);
    assert_string_equal(h.prints.ja4, "t13d030900_55b375c5d22e_59cd3dafc54d");
    assert_string_equal(h.prints.ja3s, "");
    h = (struct handshake){.client_hello = &rfc, .client_hello_first = &chrome};
    fingerprint_handshake(NULL, &h);
    assert_string_equal(h.prints.ja4, "t13d1516h2_8daaf6152771_e5627efa2ab1");
    struct client_hello old = {.is_sslv2_format = true, .cipher_suites = BYTES(rfc_suites)};
    h = (struct handshake){.client_hello = &old};
    fingerprint_handshake(NULL, &h);
    assert_string_equal(h.prints.ja3, "");
    assert_string_equal(h.prints.ja4, "");
}

/* The SHA-256 of the texts that docs/fingerprints.md defines, computed apart. */
static void server(void **state)
{
    (void)state;
    static const uint8_t renegotiation[] = {0xff, 0x01, 0x00, 0x0b};
    static const uint8_t formats[] = {0};
    static const uint8_t own_id[] = {1, 2, 3};
    static const uint8_t versions_share[] = {0, 0x2b, 0, 0x33};
    struct client_hello ch = {.session_id = BYTES(formats)};
    struct server_hello sh = {.record_version = TLS_1_2,
            .version = TLS_1_2,
            .cipher_suite = 0xc02f,
            .session_id = BYTES(own_id),
            .extension_types = BYTES(renegotiation),
            .point_formats = BYTES(formats),
            .heartbeat_mode = 1};
    struct server_key_exchange ske = {
            .kind = SKE_ECDHE, .curve_type = CURVE_NAMED, .has_scheme = true, .scheme = 0x0804};
    struct session_ticket ticket = {.lifetime_s = 7200, .layout = TICKET_LAYOUT_OPENSSL};
    struct handshake h = {.client_hello = &ch,
            .server_hello = &sh,
            .server_key_exchange = &ske,
            .session_ticket = &ticket,
            .version = TLS_1_2,
            .cipher_suite = 0xc02f,
            .group = 29,
            .resumption = RESUMPTION_FULL,
            .shape = "sxkn"};
    fingerprint_handshake(NULL, &h);
    assert_string_equal(h.prints.server, "t12f_sxkn_1076d8e95f8b");
    sh = (struct server_hello){.record_version = TLS_1_2,
            .version = TLS_1_3,
            .cipher_suite = 0x1301,
            .session_id = BYTES(formats),
            .extension_types = BYTES(versions_share)};
    h = (struct handshake){.client_hello = &ch,
            .server_hello = &sh,
            .hello_retry_request = &sh,
            .version = TLS_1_3,
            .cipher_suite = 0x1301,
            .group = 0x11ec,
            .shape = "s.i.d"};
    int64_t choice = h.prints.choice;
    fingerprint_handshake(NULL, &h);
    assert_string_equal(h.prints.server, "t13h_s.i.d_73e07eced96b");
    assert_true(h.prints.choice > 0 && h.prints.choice != choice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ja3), cmocka_unit_test(ja3s),
            cmocka_unit_test(ja4), cmocka_unit_test(ja4_without_lists),
            cmocka_unit_test(ja4_counts_stop_at_99), cmocka_unit_test(ja4_any_alpn),
            cmocka_unit_test(which_hello), cmocka_unit_test(server)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
