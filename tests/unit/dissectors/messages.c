#include <string.h>

#include "dissectors/tls_messages.h"
#include "tests/unit/test.h"

static struct arena arena;

/* clang-format off */
#define R32 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32
#define HRR 0xcf,0x21,0xad,0x74,0xe5,0x9a,0x61,0x11,0xbe,0x1d,0x8c,0x02,0x1e,0x65,0xb8,0x91, \
            0xc2,0xa2,0x11,0x16,0x7a,0xbb,0x8c,0x5e,0x07,0x9e,0x09,0xe2,0xc8,0xa8,0x33,0x9c

static const uint8_t client[] = {3, 3, R32, 2, 0xaa, 0xbb, 0, 6, 0x0a, 0x0a, 0x13, 1, 0xc0, 0x2f, 1, 0,
        0, 59,
        0, 0, 0, 8, 0, 6, 0, 0, 3, 'a', '.', 'b',
        0, 10, 0, 6, 0, 4, 0x1a, 0x1a, 0, 29,
        0, 16, 0, 5, 0, 3, 2, 'h', '2',
        0, 43, 0, 5, 4, 3, 4, 3, 3,
        0, 51, 0, 7, 0, 5, 0, 29, 0, 1, 0x55,
        0, 23, 0, 0, 0, 35, 0, 0};
static const uint8_t server[] = {3, 3, R32, 1, 9, 0x13, 2, 0, 0, 16, 0, 43, 0, 2, 3, 4, 0, 51, 0, 6, 0, 29, 0, 2, 7, 7};
static const uint8_t retry[] = {3, 3, HRR, 0, 0x13, 1, 0, 0, 12, 0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0, 23};
static const uint8_t v2[] = {1, 3, 1, 0, 6, 0, 0, 0, 4, 0, 0, 0x2f, 1, 0, 0x80, 5, 6, 7, 8};
static const uint8_t certs[] = {0, 0, 11, 0, 0, 3, 1, 2, 3, 0, 0, 2, 4, 5};
static const uint8_t ecdhe[] = {3, 0, 23, 2, 4, 5, 4, 3, 0, 2, 9, 9};
static const uint8_t cke_dhe[] = {0, 3, 7, 8, 9}, cke_ec[] = {2, 4, 5}, cke_psk[] = {0, 1, 'i', 0, 1, 7};
static const uint8_t dhe[] = {0, 2, 0x80, 1, 0, 1, 2, 0, 1, 3, 0, 1, 7};
/* clang-format on */

static bool parse_client(struct cur c)
{
    struct client_hello h = {0};
    bool ok = tls_client_hello(&arena, c, &h);
    /* Extensions may be absent before TLS 1.3: a cut right before them is a whole hello. */
    return ok && h.has_extensions && !h.is_malformed;
}

static bool parse_server(struct cur c)
{
    struct server_hello h = {0};
    return tls_server_hello(&arena, c, &h) && h.extensions.n > 0 && !h.is_malformed;
}

static bool parse_v2(struct cur c)
{
    return tls_sslv2_client_hello(&arena, c, &(struct client_hello){0});
}

static bool parse_certs(struct cur c)
{
    return tls_certificate(&arena, c, &(struct cert_message){0});
}

static bool parse_ecdhe(struct cur c)
{
    return tls_server_key_exchange(&arena, c, 0xc02f, TLS_1_2, &(struct server_key_exchange){0});
}

static bool parse_dhe_tls10(struct cur c)
{
    return tls_server_key_exchange(&arena, c, 0x0033, TLS_1_0, &(struct server_key_exchange){0});
}

/* An empty message is whole: RFC 5246 7.4.7.2, implicit. */
static bool parse_client_key(struct cur c, uint16_t suite)
{
    struct client_key_exchange k = {0};
    bool is_other = true;
    return tls_client_key_exchange(c, suite, &k, &is_other) && !is_other && !k.is_implicit;
}

static bool parse_cke_dhe(struct cur c)
{
    return parse_client_key(c, 0x0033);
}

static bool parse_cke_ecdhe(struct cur c)
{
    return parse_client_key(c, 0xc02f);
}

static bool parse_cke_psk(struct cur c)
{
    return parse_client_key(c, 0x00aa); /* DHE_PSK_WITH_AES_128_GCM_SHA256 */
}

static bool parse_status(struct cur c)
{
    return tls_cert_status(&arena, c, &(struct cert_status){0});
}

static bool parse_ticket(struct cur c)
{
    return tls_session_ticket(&arena, c, &(struct session_ticket){0});
}

static bool parse_request(struct cur c)
{
    return tls_cert_request(&arena, c, TLS_1_2, &(struct cert_request){0});
}

static bool parse_verify(struct cur c)
{
    return tls_cert_verify(&arena, c, TLS_1_2, &(struct cert_verify){0});
}

/* The client's flight may stand before the server's in a capture. */
static void verify_without_version(void **state)
{
    (void)state;
    static const uint8_t signed_12[] = {4, 3, 0, 3, 1, 2, 3}, signed_10[] = {0, 3, 1, 2, 3};
    struct cert_verify v = {0};
    assert_true(tls_cert_verify(&arena, cur_of((struct bytes){signed_12, 7}), 0, &v));
    assert_true(v.has_scheme);
    assert_int_equal(v.scheme, 0x0403);
    assert_int_equal(v.signature.n, 3);
    v = (struct cert_verify){0};
    assert_true(tls_cert_verify(&arena, cur_of((struct bytes){signed_10, 5}), 0, &v));
    assert_false(v.has_scheme);
    assert_int_equal(v.signature.n, 3);
    assert_false(tls_cert_verify(&arena, cur_of((struct bytes){signed_10, 4}), 0, &v));
}

static void every_cut_fails(void **state)
{
    (void)state;
    static const uint8_t status[] = {1, 0, 0, 2, 0x30, 0};
    static const uint8_t ticket[] = {0, 0, 1, 0x2c, 0, 3, 1, 2, 3};
    static const uint8_t request[] = {1, 1, 0, 2, 4, 1, 0, 4, 0, 2, 0x30, 0};
    static const uint8_t verify[] = {4, 3, 0, 3, 1, 2, 3};
    check_prefixes(parse_client, client, sizeof client);
    check_prefixes(parse_server, server, sizeof server);
    check_prefixes(parse_v2, v2, sizeof v2);
    check_prefixes(parse_certs, certs, sizeof certs);
    check_prefixes(parse_ecdhe, ecdhe, sizeof ecdhe);
    check_prefixes(parse_dhe_tls10, dhe, sizeof dhe);
    check_prefixes(parse_cke_dhe, cke_dhe, sizeof cke_dhe);
    check_prefixes(parse_cke_ecdhe, cke_ec, sizeof cke_ec);
    check_prefixes(parse_cke_psk, cke_psk, sizeof cke_psk);
    check_prefixes(parse_status, status, sizeof status);
    check_prefixes(parse_ticket, ticket, sizeof ticket);
    check_prefixes(parse_request, request, sizeof request);
    check_prefixes(parse_verify, verify, sizeof verify);
    arena_fini(&arena);
}

static void client_fields(void **state)
{
    (void)state;
    struct client_hello h = {0};
    assert_true(tls_client_hello(&arena, cur_make(client, sizeof client), &h));
    assert_false(h.is_malformed);
    assert_int_equal(h.legacy_version, 0x0303);
    assert_int_equal(h.random.n, 32);
    assert_int_equal(h.session_id.n, 2);
    assert_int_equal(u16_count(h.cipher_suites), 3);
    assert_int_equal(u16_at(h.cipher_suites, 2), 0xc02f);
    assert_true(bytes_equal(h.sni, bytes_of_text("a.b")));
    assert_true(bytes_equal(h.alpn, bytes_of_text("\x02h2")));
    assert_int_equal(u16_at(h.supported_versions, 0), TLS_1_3);
    assert_int_equal(u16_at(h.groups, 1), 29);
    assert_int_equal(u16_count(h.key_share_groups), 1);
    assert_int_equal(u16_at(h.key_share_groups, 0), 29);
    assert_int_equal(u16_count(h.extension_types), 7);
    assert_true(h.has_extended_master_secret && h.has_session_ticket && !h.has_psk);
    /* a second server_name is malformed, the first counts */
    uint8_t twice[sizeof client];
    memcpy(twice, client, sizeof client);
    twice[sizeof client - 7] = 0;
    h = (struct client_hello){0};
    assert_true(tls_client_hello(&arena, cur_make(twice, sizeof twice), &h));
    assert_true(h.is_malformed);
    assert_true(bytes_equal(h.sni, bytes_of_text("a.b")));
    h = (struct client_hello){0};
    assert_true(tls_sslv2_client_hello(&arena, cur_make(v2, sizeof v2), &h));
    assert_int_equal(u16_count(h.cipher_suites), 1);
    assert_int_equal(u16_at(h.cipher_suites, 0), 0x002f);
    assert_int_equal(h.legacy_version, TLS_1_0);
    arena_fini(&arena);
}

static void client_key_fields(void **state)
{
    (void)state;
    struct client_key_exchange k = {0};
    bool is_other = true;
    assert_true(tls_client_key_exchange(cur_make(cke_dhe, sizeof cke_dhe), 0x0033, &k, &is_other));
    assert_int_equal(k.dh_yc.n, 3);
    assert_int_equal(k.dh_yc.p[0], 7);
    k = (struct client_key_exchange){0};
    assert_true(tls_client_key_exchange(cur_make(cke_ec, sizeof cke_ec), 0xc02b, &k, &is_other));
    assert_int_equal(k.ec_point.n, 2);
    k = (struct client_key_exchange){0};
    assert_true(tls_client_key_exchange(cur_make(cke_psk, sizeof cke_psk), 0x00aa, &k, &is_other));
    assert_int_equal(k.dh_yc.n, 1);
    assert_false(k.is_implicit);
    assert_true(tls_client_key_exchange(cur_make(cke_psk, 0), 0x0033, &k, &is_other));
    assert_true(k.is_implicit && !is_other);
    assert_false(tls_client_key_exchange(cur_make(cke_psk, 0), 0x00aa, &k, &is_other));
    /* static RSA, none, unknown */
    static const uint16_t OTHERS[] = {0x002f, 0x0000, 0x1301, 0xfefe};
    for (size_t i = 0; i < 4; i++) {
        assert_false(
                tls_client_key_exchange(cur_make(cke_ec, sizeof cke_ec), OTHERS[i], &k, &is_other));
        assert_true(is_other);
    }
}

static void server_fields(void **state)
{
    (void)state;
    struct server_hello h = {0};
    assert_true(tls_server_hello(&arena, cur_make(server, sizeof server), &h));
    assert_int_equal(h.version, TLS_1_3);
    assert_int_equal(h.legacy_version, TLS_1_2);
    assert_int_equal(h.cipher_suite, 0x1302);
    assert_int_equal(h.group, 29);
    assert_false(h.is_hrr);
    h = (struct server_hello){0};
    assert_true(tls_server_hello(&arena, cur_make(retry, sizeof retry), &h));
    assert_true(h.is_hrr && !h.is_malformed);
    assert_int_equal(h.group, 23);
    struct server_key_exchange k = {0};
    assert_true(
            tls_server_key_exchange(&arena, cur_make(ecdhe, sizeof ecdhe), 0xc02f, TLS_1_2, &k));
    assert_int_equal(k.group, 23);
    assert_int_equal(k.scheme, 0x0403);
    assert_int_equal(k.params.n, 6);
    assert_int_equal(k.signature.n, 2);
    struct cert_message m = {0};
    assert_true(tls_certificate(&arena, cur_make(certs, sizeof certs), &m));
    assert_int_equal(m.n_certs, 2);
    assert_int_equal(m.certs[1].der.p[1], 5);
    assert_false(tls_is_13(TLS_1_2));
    assert_true(tls_is_13(0x7f1c));
    arena_fini(&arena);
}

/* A suite with static RSA has no such message: an export key (RFC 2246 7.4.3) is told from anything
 * else by its lengths. */
static void short_rsa_keys(void **state)
{
    (void)state;
    static const uint8_t old[] = {0, 3, 0x81, 2, 3, 0, 1, 3, 0, 2, 9, 9};
    static const uint8_t new[] = {0, 3, 0x81, 2, 3, 0, 1, 3, 4, 1, 0, 2, 9, 9};
    static const uint8_t other[] = {0, 3, 0x81, 2, 3, 0, 1, 3, 0, 9};
    struct server_key_exchange k = {0};
    assert_true(tls_server_key_exchange(&arena, cur_make(old, sizeof old), 0x002f, TLS_1_0, &k));
    assert_int_equal(k.kind, SKE_RSA_EXPORT);
    assert_int_equal(k.rsa_modulus.n, 3);
    assert_int_equal(k.params.n, 8);
    assert_int_equal(k.signature.n, 2);
    assert_false(k.has_scheme);
    k = (struct server_key_exchange){0};
    assert_true(tls_server_key_exchange(&arena, cur_make(new, sizeof new), 0x002f, TLS_1_2, &k));
    assert_int_equal(k.kind, SKE_RSA_EXPORT);
    assert_int_equal(k.scheme, 0x0401);
    k = (struct server_key_exchange){0};
    assert_true(
            tls_server_key_exchange(&arena, cur_make(other, sizeof other), 0x002f, TLS_1_0, &k));
    assert_int_equal(k.kind, SKE_UNKNOWN);
    assert_int_equal(k.raw.n, sizeof other);
    for (size_t cut = 0; cut < sizeof old; cut++) {
        k = (struct server_key_exchange){0};
        assert_true(tls_server_key_exchange(&arena, cur_make(old, cut), 0x002f, TLS_1_0, &k));
        assert_int_equal(k.kind, SKE_UNKNOWN);
    }
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(verify_without_version),
            cmocka_unit_test(every_cut_fails), cmocka_unit_test(client_fields),
            cmocka_unit_test(client_key_fields), cmocka_unit_test(server_fields),
            cmocka_unit_test(short_rsa_keys)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
