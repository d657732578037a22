/* Rules about suites, groups and tickets that are no break, and about what clients offer. */
#include "tests/rules/build.h"

enum { P = RULE_PASS, H = RULE_HIT, N = RULE_NA, U = RULE_UNDETERMINED };

static void expect(struct world *w, const char *id, int verdict, const char *row)
{
    int v = (int)world_check(w, id);
    if (v != verdict)
        fail_msg("%s: %s gives %d, expected %d", row, id, v, verdict);
}

/* Suites by their IANA numbers. */
static void test_suites(void **state)
{
    (void)state;
    static const char *const ids[] = {"cipher-cbc-mac-then-encrypt", "cipher-weak-misc",
            "kex-static-dh-ecdh", "kex-ffdhe-tls12"};
    static const struct {
        const char *name;
        uint16_t suite, version;
        int cbc, misc, is_static, ffdhe;
    } rows[] = {
            {"ECDHE AES-GCM", 0xc02f, TLS_1_2, N, P, P, P},
            {"ECDHE AES-CBC", 0xc013, TLS_1_2, H, P, P, P},
            {"RSA AES-CBC in SSL 3.0", 0x002f, TLS_SSLV3, H, P, P, P},
            {"RSA SEED", 0x0096, TLS_1_2, H, H, P, P},
            {"RSA Camellia CBC", 0x0041, TLS_1_2, H, H, P, P},
            {"RSA Camellia GCM", 0xc07a, TLS_1_2, N, P, P, P},
            {"RSA ARIA CBC", 0xc03c, TLS_1_2, H, H, P, P},
            {"RSA ARIA GCM", 0xc050, TLS_1_2, N, P, P, P},
            {"RSA CCM_8", 0xc0a0, TLS_1_2, N, H, P, P},
            {"RSA CCM", 0xc09c, TLS_1_2, N, P, P, P},
            {"TLS 1.3 CCM_8", 0x1305, TLS_1_3, N, H, N, N},
            {"TLS 1.3 SM4", 0x00c6, TLS_1_3, N, H, N, N},
            {"TLS 1.3 AES-GCM", 0x1301, TLS_1_3, N, P, N, N},
            {"GOST", 0xc100, TLS_1_2, N, H, P, P},
            {"RC4", 0x0005, TLS_1_2, N, P, P, P},
            {"DH_RSA", 0x00a0, TLS_1_2, N, P, H, P},
            {"ECDH_ECDSA CBC", 0xc004, TLS_1_2, H, P, H, P},
            {"DH_anon", 0x00a6, TLS_1_2, N, P, P, P},
            {"ECDH_anon CBC", 0xc018, TLS_1_2, H, P, P, P},
            {"DHE_RSA", 0x009e, TLS_1_2, N, P, P, H},
            {"DHE_RSA in TLS 1.0", 0x0033, TLS_1_0, H, P, P, H},
            {"DHE_PSK", 0x00aa, TLS_1_2, N, P, P, P},
            {"not assigned", 0xfefe, TLS_1_2, N, N, N, N},
            {"SSL 2.0", 0x0000, TLS_SSLV2, N, N, N, N},
    };
    struct world w;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const int wanted[] = {rows[i].cbc, rows[i].misc, rows[i].is_static, rows[i].ffdhe};
        for (size_t k = 0; k < 4; k++) {
            world_init(&w);
            w.hs.cipher_suite = rows[i].suite;
            w.hs.version = rows[i].version;
            expect(&w, ids[k], wanted[k], rows[i].name);
        }
    }
    for (size_t k = 0; k < 4; k++)
        check_without_hello(ids[k]);
    world_init(&w);
    w.hs.cipher_suite = 0xc013;
    w.server_hello.is_malformed = true;
    CHECK(&w, ids[0], U);
    w.server_hello.has_encrypt_then_mac = true;
    CHECK(&w, ids[0], P);
}

/* Writes n suites that nobody minds, then one. */
static struct bytes offer(uint8_t *list, size_t n, uint16_t last)
{
    for (size_t i = 0; i < n; i++) {
        list[2 * i] = 0xc0;
        list[2 * i + 1] = 0x2f;
    }
    list[2 * n - 2] = (uint8_t)(last >> 8);
    list[2 * n - 1] = (uint8_t)last;
    return (struct bytes){list, 2 * n};
}

static void test_offers(void **state)
{
    (void)state;
    const char *id = "cipher-client-offers-broken";
    static const struct {
        uint16_t suite, port;
        int verdict;
        const char *kind;
    } rows[] = {{0x0005, 443, H, "RC4"}, {0x0002, 443, H, "NULL"}, {0x0003, 443, H, "export, RC4"},
            {0xc018, 443, H, "anonymous"}, {0xc018, 25, P, ""}, {0x0005, 25, H, "RC4"},
            {0xc0b4, 443, P, ""}, {0x000a, 443, P, ""}, {0x00ff, 443, P, ""}, {0x5a5a, 443, P, ""},
            {0x1301, 443, P, ""}};
    uint8_t list[200];
    struct world w;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world_init(&w);
        w.client_hello.cipher_suites = offer(list, 5, rows[i].suite);
        w.hs.sides[SIDE_SERVER].endpoint.port = rows[i].port;
        CHECK(&w, id, rows[i].verdict);
        if (rows[i].verdict == H) {
            assert_int_equal(w.answer.severity, SEV_LOW);
            assert_string_equal(w.answer.subject, w.hs.prints.ja4);
            assert_non_null(strstr(w.answer.summary, rows[i].kind));
        }
    }
    for (size_t n = 80; n <= 81; n++) { /* more than 80 are a scanner's */
        world_init(&w);
        w.client_hello.cipher_suites = offer(list, n, 0x0005);
        CHECK(&w, id, H);
        assert_int_equal(w.answer.severity, n > 80 ? SEV_INFO : SEV_LOW);
        assert_int_equal(strcmp(w.answer.subject, "scanner") == 0, n > 80);
        w.client_hello.cipher_suites = offer(list, n, 0xc030);
        CHECK(&w, id, P);
    }
    world_init(&w);
    w.hs.client_hello = NULL;
    CHECK(&w, id, N);
    w.hs.sides[SIDE_CLIENT].n_gaps = 1;
    CHECK(&w, id, U);
}

static void test_weak_groups(void **state)
{
    (void)state;
    const char *id = "kex-weak-group";
    static const struct {
        uint16_t group;
        int verdict;
    } rows[] = {{0, N}, {1, H}, {14, H}, {15, H}, {18, H}, {19, H}, {20, P}, {21, P}, {22, H},
            {23, P}, {26, P}, {29, P}, {0x100, P}, {0x11ec, P}, {0xff01, H}, {0xff02, H}};
    struct world w;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world_init(&w);
        w.hs.group = rows[i].group;
        CHECK(&w, id, rows[i].verdict);
        w.exchange.kind = SKE_ECDHE;
        w.exchange.curve_type = CURVE_NAMED;
        w.hs.server_key_exchange = &w.exchange;
        CHECK(&w, id, rows[i].verdict);
        w.exchange.curve_type = CURVE_EXPLICIT_PRIME;
        CHECK(&w, id, H);
        w.exchange.curve_type = CURVE_EXPLICIT_CHAR2;
        CHECK(&w, id, H);
    }
    check_without_hello(id);
}

static void with_groups(struct world *w, struct bytes offered, uint16_t chosen)
{
    world_init(w);
    w->client_hello.groups = offered;
    w->hs.group = chosen;
    w->hs.version = TLS_1_3;
    w->hs.cipher_suite = 0x1301;
    w->server_hello.has_key_share = true;
}

static const uint8_t KYBER[] = {0x0a, 0x0a, 0x63, 0x99, 0, 29};
static const uint8_t KYBER_P256[] = {0, 29, 0x63, 0x9a};
static const uint8_t MLKEM[] = {0x11, 0xec, 0, 29, 0, 23};
static const uint8_t CLASSICAL[] = {0, 29, 0, 23};

static void test_draft_groups(void **state)
{
    (void)state;
    const char *id = "kex-pq-draft-group";
    struct world w;
    with_groups(&w, (struct bytes){KYBER, sizeof KYBER}, 0x6399);
    CHECK(&w, id, H);
    assert_string_equal(w.answer.subject, "chosen 0x6399");
    with_groups(&w, (struct bytes){KYBER, sizeof KYBER}, 29);
    CHECK(&w, id, H);
    assert_string_equal(w.answer.subject, w.hs.prints.ja4);
    with_groups(&w, (struct bytes){KYBER_P256, sizeof KYBER_P256}, 29);
    CHECK(&w, id, H);
    with_groups(&w, (struct bytes){MLKEM, sizeof MLKEM}, 0x11ec);
    CHECK(&w, id, P);
    w.client_hello.is_malformed = true;
    CHECK(&w, id, U);
    w.hs.client_hello = NULL;
    CHECK(&w, id, N);
    w.hs.sides[SIDE_CLIENT].is_seen = false;
    CHECK(&w, id, U);
}

static void test_no_pq(void **state)
{
    (void)state;
    const char *id = "kex-no-pq";
    struct world w;
    with_groups(&w, (struct bytes){MLKEM, sizeof MLKEM}, 29);
    CHECK(&w, id, H);
    assert_string_equal(w.answer.subject, "-");
    assert_int_equal(w.answer.severity, SEV_INFO);
    w.server_hello.has_key_share = false; /* a session that goes on with its PSK alone */
    CHECK(&w, id, N);
    with_groups(&w, (struct bytes){MLKEM, sizeof MLKEM}, 0x11ec);
    CHECK(&w, id, P);
    with_groups(&w, (struct bytes){MLKEM, sizeof MLKEM}, 0x6399);
    CHECK(&w, id, P);
    with_groups(&w, (struct bytes){MLKEM, sizeof MLKEM}, 0);
    CHECK(&w, id, U);
    with_groups(&w, (struct bytes){CLASSICAL, sizeof CLASSICAL}, 29);
    CHECK(&w, id, N);
    with_groups(&w, (struct bytes){MLKEM, sizeof MLKEM}, 23);
    w.hs.version = TLS_1_2;
    CHECK(&w, id, N); /* whether keys were agreed upon is not known */
    w.hs.resumption = RESUMPTION_FULL;
    CHECK(&w, id, H);
    w.hs.group = 0; /* static RSA */
    CHECK(&w, id, H);
    w.hs.resumption = RESUMPTION_RESUMED;
    CHECK(&w, id, N);
    w.hs.client_hello = NULL;
    CHECK(&w, id, N);
    check_without_hello(id);
}

static void test_lifetime(void **state)
{
    (void)state;
    const char *id = "ticket-lifetime-excess";
    static const struct {
        uint32_t seconds;
        int verdict;
    } rows[] = {{0, P}, {300, P}, {604800, P}, {604801, H}, {UINT32_MAX, H}};
    struct session_ticket ticket = {.lifetime_s = 0};
    struct world w;
    world_init(&w);
    CHECK(&w, id, N);
    w.hs.session_ticket = &ticket;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ticket.lifetime_s = rows[i].seconds;
        CHECK(&w, id, rows[i].verdict);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_suites), cmocka_unit_test(test_offers),
            cmocka_unit_test(test_weak_groups), cmocka_unit_test(test_draft_groups),
            cmocka_unit_test(test_no_pq), cmocka_unit_test(test_lifetime)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
