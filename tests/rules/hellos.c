/* Rules that hold hellos against each other, and about messages that break their structure. */
#include "tests/rules/build.h"

#define B(s) ((struct bytes){(const uint8_t *)(s), sizeof(s) - 1})

enum { X25519 = 29, P256 = 23, P384 = 24 };

/* A world of TLS 1.3 in which everything fits. */
struct meeting {
    struct world w;
    struct client_hello first;
    struct server_hello retry;
};

static void meeting_init(struct meeting *m)
{
    *m = (struct meeting){.first = {.random = {NULL, 0}}};
    world_init(&m->w);
    struct client_hello *ch = &m->w.client_hello;
    ch->legacy_version = TLS_1_2;
    ch->random = B("client");
    ch->session_id = B("id");
    ch->cipher_suites = B("\x13\x01\x13\x02\xc0\x2f");
    ch->compression = B("\0");
    ch->extension_types = B("\0\x2b\0\x33\0\x0a\0\x10\0\x29\0\x2d");
    ch->extensions = B("\0\x2b\0\0\0\x2d\0\0\0\x0a\0\x02\0\x1d\0\x10\0\1"
                       "a");
    ch->has_supported_versions = true;
    ch->supported_versions = B("\x0a\x0a\x03\x04\x03\x03");
    ch->groups = B("\0\x1d\0\x17\0\x18");
    ch->key_share_groups = B("\x1a\x1a\0\x1d");
    ch->key_shares = B("shares");
    ch->has_alpn = true;
    ch->alpn = B("\x02h2\x08http/1.1");
    ch->has_psk = true;
    ch->n_psk_identities = 2;
    ch->psk_modes = B("\1");
    struct server_hello *sh = &m->w.server_hello;
    sh->legacy_version = TLS_1_2;
    sh->version = m->w.hs.version = TLS_1_3;
    sh->session_id = B("id");
    sh->cipher_suite = m->w.hs.cipher_suite = 0x1301;
    sh->extension_types = B("\0\x2b\0\x33");
    sh->has_key_share = true;
    sh->group = X25519;
}

/* The same with a HelloRetryRequest for P-384 before. */
static void meeting_retry(struct meeting *m)
{
    meeting_init(m);
    m->first = m->w.client_hello;
    m->w.hs.client_hello_first = &m->first;
    m->w.client_hello.key_share_groups = B("\0\x18");
    m->w.client_hello.key_shares = B("another");
    m->w.client_hello.cookie = B("cookie");
    m->retry = m->w.server_hello;
    m->retry.is_hrr = true;
    m->retry.extension_types = B("\0\x2b\0\x33\0\x2c");
    m->retry.cookie = B("cookie");
    m->retry.group = m->w.server_hello.group = P384;
    m->w.hs.hello_retry_request = &m->retry;
    m->w.hs.n_hello_retry_requests = 1;
}

/* Back to TLS 1.2. */
static void meeting_12(struct meeting *m)
{
    meeting_init(m);
    m->w.server_hello.version = m->w.hs.version = TLS_1_2;
    m->w.server_hello.cipher_suite = m->w.hs.cipher_suite = 0xc02f;
    m->w.server_hello.extension_types = B("\0\x10");
    m->w.server_hello.has_key_share = false;
    m->w.server_hello.group = 0;
    m->w.server_hello.session_id = B("another");
}

static void check_illegal(struct meeting *m, const char *what)
{
    if (world_check(&m->w, "proto-illegal-selection") != RULE_HIT)
        fail_msg("not seen: %s", what);
    if (strstr(m->w.answer.summary, what) == NULL)
        fail_msg("%s: %s", what, m->w.answer.summary);
}

static void test_fits(void **state)
{
    (void)state;
    struct meeting m;
    meeting_init(&m);
    CHECK(&m.w, "proto-illegal-selection", RULE_PASS);
    meeting_retry(&m);
    CHECK(&m.w, "proto-illegal-selection", RULE_PASS);
    m.w.hs.server_hello = NULL; /* the client left after the second hello */
    CHECK(&m.w, "proto-illegal-selection", RULE_PASS);
    meeting_12(&m);
    CHECK(&m.w, "proto-illegal-selection", RULE_PASS);
    m.w.server_hello.has_alpn = true;
    m.w.server_hello.alpn = B("http/1.1");
    CHECK(&m.w, "proto-illegal-selection", RULE_PASS);
    /* RFC 5746 3.6: the value among the suites asks for the extension. */
    m.w.server_hello.extension_types = B("\xff\1");
    check_illegal(&m, "renegotiation_info");
    m.w.client_hello.has_renegotiation_scsv = true;
    CHECK(&m.w, "proto-illegal-selection", RULE_PASS);
    /* A server that does not know supported_versions goes by client_version. */
    meeting_12(&m);
    m.w.client_hello.supported_versions = B("\x03\x04");
    CHECK(&m.w, "proto-illegal-selection", RULE_PASS);
}

static void test_versions(void **state)
{
    (void)state;
    struct meeting m;
    meeting_init(&m);
    m.w.client_hello.supported_versions = B("\x03\x03");
    check_illegal(&m, "version 0x0304 (TLSv1.3) was not offered");
    meeting_12(&m);
    m.w.client_hello.has_supported_versions = false;
    m.w.client_hello.legacy_version = TLS_1_1;
    check_illegal(&m, "version 0x0303 (TLSv1.2) was not offered");
    meeting_12(&m);
    m.w.server_hello.extension_types = B("\0\x2b");
    check_illegal(&m, "may not stand in supported_versions");
    meeting_init(&m);
    m.w.server_hello.version = 0x0a0a;
    check_illegal(&m, "GREASE");
    meeting_init(&m);
    m.w.server_hello.version = 0x7f1c; /* a draft had other rules */
    CHECK(&m.w, "proto-illegal-selection", RULE_NA);
    m.w.server_hello.version = TLS_SSLV2;
    CHECK(&m.w, "proto-illegal-selection", RULE_NA);
}

static void test_selections(void **state)
{
    (void)state;
    struct meeting m;
    meeting_init(&m);
    m.w.server_hello.cipher_suite = 0x1303;
    check_illegal(&m, "cipher suite 0x1303 (TLS_CHACHA20_POLY1305_SHA256) was not offered");
    m.w.server_hello.cipher_suite = 0xc02f;
    check_illegal(&m, "does not belong to the version");
    m.w.server_hello.cipher_suite = 0x00ff;
    check_illegal(&m, "none that can be chosen");
    meeting_12(&m);
    m.w.server_hello.version = TLS_1_1;
    check_illegal(&m, "needs TLS 1.2");
    meeting_init(&m);
    m.w.server_hello.compression = 1;
    check_illegal(&m, "compression method");
    meeting_12(&m);
    m.w.server_hello.compression = 1;
    check_illegal(&m, "compression method 0x0001 was not offered");
    m.w.client_hello.compression = B("\1\0");
    CHECK(&m.w, "proto-illegal-selection", RULE_PASS);
    meeting_init(&m);
    m.w.server_hello.session_id = B("");
    check_illegal(&m, "session id is not the client's");
    meeting_init(&m);
    m.w.server_hello.group = P256; /* offered, but no share was sent */
    check_illegal(&m, "group 0x0017 (secp256r1) is none of the client's key shares");
    m.w.server_hello.group = 0x1a1a;
    check_illegal(&m, "GREASE");
    meeting_12(&m);
    m.w.exchange = (struct server_key_exchange){
            .kind = SKE_ECDHE, .curve_type = CURVE_NAMED, .group = P256};
    m.w.hs.server_key_exchange = &m.w.exchange;
    CHECK(&m.w, "proto-illegal-selection", RULE_PASS);
    m.w.exchange.group = 25;
    check_illegal(&m, "group 0x0019 (secp521r1) was not offered");
    m.w.client_hello.groups = B(""); /* the choice is left to the server */
    CHECK(&m.w, "proto-illegal-selection", RULE_PASS);
}

static void test_psk_and_alpn(void **state)
{
    (void)state;
    struct meeting m;
    meeting_init(&m);
    m.w.server_hello.extension_types = B("\0\x2b\0\x33\0\x29");
    m.w.server_hello.has_psk = true;
    m.w.server_hello.psk_index = 1;
    CHECK(&m.w, "proto-illegal-selection", RULE_PASS);
    m.w.server_hello.psk_index = 2;
    check_illegal(&m, "behind the end of the offer");
    m.w.server_hello.psk_index = 0;
    m.w.server_hello.has_key_share = false;
    check_illegal(&m, "which the client's modes forbid");
    m.w.client_hello.psk_modes = B("\1\0");
    CHECK(&m.w, "proto-illegal-selection", RULE_PASS);
    meeting_12(&m);
    m.w.server_hello.has_alpn = true;
    m.w.server_hello.alpn = B("spdy/3");
    check_illegal(&m, "application protocol was not offered");
    meeting_12(&m);
    m.w.server_hello.extension_types = B("\0\x0b");
    check_illegal(&m, "extension 0x000b (ec_point_formats) was not offered");
    m.w.server_hello.extension_types = B("\x0a\x0a");
    check_illegal(&m, "GREASE");
    meeting_init(&m);
    m.w.server_hello.extension_types = B("\0\x2b\0\x33\0\x10");
    check_illegal(&m, "may not stand in this message");
}

static void test_second_hello(void **state)
{
    (void)state;
    struct meeting m;
    struct client_hello *ch = &m.w.client_hello;
    meeting_retry(&m);
    ch->random = B("other");
    check_illegal(&m, "the random changed");
    assert_int_equal(strncmp(m.w.answer.subject, m.w.hs.prints.ja4, 10), 0);
    meeting_retry(&m);
    ch->session_id = B("");
    check_illegal(&m, "the session id changed");
    meeting_retry(&m);
    ch->cipher_suites = B("\x13\x01");
    check_illegal(&m, "the cipher suites changed");
    meeting_retry(&m);
    ch->cookie = B("");
    check_illegal(&m, "the cookie was not sent back");
    meeting_retry(&m);
    ch->has_early_data = true;
    check_illegal(&m, "early_data was offered again");
    meeting_retry(&m);
    ch->extensions = B("\0\x2b\0\0\0\x2d\0\0\0\x0a\0\x02\0\x1d\0\x10\0\1"
                       "b");
    check_illegal(&m, "extension 0x0010 (application_layer_protocol_negotiation) changed");
    meeting_retry(&m);
    ch->key_share_groups = B("\0\x18\0\x1d");
    check_illegal(&m, "the key shares are not the one that was asked for");
    meeting_retry(&m);
    m.retry.has_key_share = false;
    check_illegal(&m, "although no other group was asked for");
    meeting_retry(&m);
    m.retry.group = 25;
    check_illegal(&m, "group 0x0019 (secp521r1) was not offered");
    meeting_retry(&m);
    m.w.server_hello.cipher_suite = 0x1302;
    check_illegal(&m, "is not that of the HelloRetryRequest");
}

static void test_not_judged(void **state)
{
    (void)state;
    static const char *const ids[] = {"proto-illegal-selection", "proto-hrr-abuse"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        struct meeting m;
        meeting_retry(&m);
        m.w.hs.sides[SIDE_CLIENT].n_gaps = 1;
        CHECK(&m.w, ids[i], RULE_UNDETERMINED);
        meeting_retry(&m);
        m.w.hs.is_ambiguous = true;
        CHECK(&m.w, ids[i], RULE_UNDETERMINED);
        meeting_retry(&m);
        m.first.is_malformed = true;
        CHECK(&m.w, ids[i], RULE_UNDETERMINED);
        meeting_retry(&m);
        m.w.hs.client_hello_first = NULL;
        CHECK(&m.w, ids[i], RULE_UNDETERMINED);
        meeting_retry(&m);
        m.w.client_hello.extension_types.n = 514;
        CHECK(&m.w, ids[i], RULE_UNDETERMINED);
    }
    struct meeting m;
    meeting_retry(&m); /* twice, and nobody asked for it */
    m.w.hs.hello_retry_request = NULL;
    CHECK(&m.w, "proto-illegal-selection", RULE_UNDETERMINED);
    CHECK(&m.w, "proto-hrr-abuse", RULE_NA);
    check_without_hello("proto-illegal-selection");
    check_without_hello("proto-serverhello-no-key-share");
}

static void test_no_share(void **state)
{
    (void)state;
    struct meeting m;
    meeting_init(&m);
    CHECK(&m.w, "proto-serverhello-no-key-share", RULE_PASS);
    m.w.server_hello.has_key_share = false;
    m.w.server_hello.has_psk = true;
    CHECK(&m.w, "proto-serverhello-no-key-share", RULE_PASS);
    m.w.server_hello.has_psk = false;
    CHECK(&m.w, "proto-serverhello-no-key-share", RULE_HIT);
    assert_int_equal(m.w.answer.severity, SEV_CRITICAL);
    m.w.hs.outcome = OUTCOME_FAIL_ALERT_CLIENT;
    CHECK(&m.w, "proto-serverhello-no-key-share", RULE_HIT);
    assert_int_equal(m.w.answer.severity, SEV_HIGH);
    m.w.server_hello.is_malformed = true;
    CHECK(&m.w, "proto-serverhello-no-key-share", RULE_UNDETERMINED);
    meeting_12(&m);
    CHECK(&m.w, "proto-serverhello-no-key-share", RULE_NA);
}

static void test_retry(void **state)
{
    (void)state;
    struct meeting m;
    meeting_init(&m);
    CHECK(&m.w, "proto-hrr-abuse", RULE_NA);
    meeting_retry(&m);
    CHECK(&m.w, "proto-hrr-abuse", RULE_PASS);
    m.w.hs.n_hello_retry_requests = 2;
    CHECK(&m.w, "proto-hrr-abuse", RULE_HIT);
    meeting_retry(&m);
    m.retry.group = X25519;
    CHECK(&m.w, "proto-hrr-abuse", RULE_HIT);
    m.retry.has_key_share = false; /* a cookie alone is right */
    CHECK(&m.w, "proto-hrr-abuse", RULE_PASS);
    m.retry.cookie = B("");
    CHECK(&m.w, "proto-hrr-abuse", RULE_HIT);
    m.retry.version = 0x7f1c;
    CHECK(&m.w, "proto-hrr-abuse", RULE_NA);
}

static void refuse(struct world *w, enum side by, uint8_t description)
{
    w->hs.outcome = by == SIDE_CLIENT ? OUTCOME_FAIL_ALERT_CLIENT : OUTCOME_FAIL_ALERT_SERVER;
    w->hs.sides[by].n_alerts = 1;
    w->alerts[by][0] = (struct alert){.level = 2, .description = description};
}

static void test_malformed(void **state)
{
    (void)state;
    static const char *const id = "proto-malformed-message";
    struct world w;
    world_init(&w);
    CHECK(&w, id, RULE_PASS);
    w.client_hello.is_malformed = true;
    CHECK(&w, id, RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_HIGH); /* there is a ServerHello */
    w.hs.server_hello = NULL;
    w.hs.outcome = OUTCOME_FAIL_CLOSED_SERVER;
    CHECK(&w, id, RULE_NA);
    static const struct {
        uint8_t alert;
        enum verdict verdict;
        double confidence;
    } rows[] = {{50, RULE_HIT, 1}, {47, RULE_HIT, 1}, {10, RULE_HIT, 1}, {22, RULE_HIT, 1},
            {40, RULE_HIT, 0.7}, {109, RULE_HIT, 0.7}, {110, RULE_HIT, 0.7}, {70, RULE_NA, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        refuse(&w, SIDE_SERVER, rows[i].alert);
        CHECK(&w, id, rows[i].verdict);
        if (rows[i].verdict != RULE_HIT)
            continue;
        assert_int_equal(w.answer.severity, SEV_MEDIUM);
        assert_float_equal(w.answer.confidence, rows[i].confidence, 0.001);
    }
    refuse(&w, SIDE_SERVER, 40); /* behind its hello: about something else */
    w.hs.server_hello = &w.server_hello;
    CHECK(&w, id, RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_HIGH);
    w.hs.server_hello = NULL;
    refuse(&w, SIDE_SERVER, 50);
    w.hs.sides[SIDE_CLIENT].n_gaps = 1;
    CHECK(&w, id, RULE_UNDETERMINED);
    w.hs.sides[SIDE_CLIENT].n_gaps = 0;
    w.hs.is_ambiguous = true;
    CHECK(&w, id, RULE_UNDETERMINED);
    w.hs.is_ambiguous = false;
    w.hs.client_hello_first = &w.client_hello; /* which of the two was refused? */
    CHECK(&w, id, RULE_UNDETERMINED);
    world_init(&w);
    w.server_hello.is_malformed = true;
    refuse(&w, SIDE_SERVER, 50); /* its own alert is no answer to it */
    CHECK(&w, id, RULE_NA);
    refuse(&w, SIDE_CLIENT, 50);
    CHECK(&w, id, RULE_HIT);
    assert_int_equal(strncmp(w.answer.subject, "server", 6), 0);
    world_init(&w);
    w.hs.malformed = "handshake message does not parse";
    w.hs.malformed_side = SIDE_SERVER;
    CHECK(&w, id, RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_HIGH);
    w.hs.malformed = TLS_NO_RECORD;
    CHECK(&w, id, RULE_PASS);
    w.hs.is_tls = false;
    CHECK(&w, id, RULE_NA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fits), cmocka_unit_test(test_versions),
            cmocka_unit_test(test_selections), cmocka_unit_test(test_psk_and_alpn),
            cmocka_unit_test(test_second_hello), cmocka_unit_test(test_not_judged),
            cmocka_unit_test(test_no_share), cmocka_unit_test(test_retry),
            cmocka_unit_test(test_malformed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
