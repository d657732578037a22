/* Rules about bugs of libraries, and about nonces, IVs and ticket keys. */
#include "tests/rules/judged.h"

enum { P = RULE_PASS, H = RULE_HIT, N = RULE_NA, U = RULE_UNDETERMINED };

/* In an earlier run, elsewhere. */
static void learn_sslv2(struct world *w)
{
    uint16_t version = w->hs.version;
    w->hs.version = TLS_SSLV2;
    world_learn(w, &w->certs[0], NOW - DAY);
    w->hs.version = version;
}

static void test_drown(void **state)
{
    (void)state;
    const char *id = "vuln-drown";
    static const struct {
        enum key_type key;
        uint16_t version;
        bool has_use, is_sslv2_seen, is_tls_seen;
        int verdict;
    } rows[] = {
            {KEY_RSA, TLS_1_2, true, true, false, H}, {KEY_RSA, TLS_1_0, true, true, true, H},
            {KEY_RSA, TLS_1_2, true, false, true, P}, {KEY_RSA, TLS_1_2, false, false, false, P},
            {KEY_RSA, TLS_SSLV3, true, true, false, P},
            {KEY_RSA, TLS_SSLV2, true, true, false, P}, /* twice SSL 2.0 is proto-sslv2 */
            {KEY_RSA, TLS_SSLV2, true, false, true, H},
            {KEY_EC, TLS_1_2, true, true, true, N}, /* SSL 2.0 knows only RSA */
    };
    struct judged d;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        judged_init(&d);
        d.w.certs[0].key_type = rows[i].key;
        d.w.hs.version = rows[i].version;
        d.j.key_use = rows[i].has_use ? &d.use : NULL;
        d.use.is_tls_seen = rows[i].is_tls_seen;
        d.w.facts.history = d.w.history = history_new();
        if (rows[i].is_sslv2_seen)
            learn_sslv2(&d.w);
        (void)judged_expect(&d, id, rows[i].verdict, i);
        history_free(d.w.history);
    }
    /* TLS in an earlier run: only history knows. */
    judged_init(&d);
    d.w.facts.history = d.w.history = history_new();
    d.w.certs[0].key_type = KEY_EC;
    world_learn(&d.w, &d.w.certs[0], NOW);
    d.w.certs[0].key_type = KEY_RSA;
    d.w.hs.version = TLS_SSLV3;
    world_learn(&d.w, &d.w.certs[0], NOW);
    d.w.hs.version = TLS_SSLV2;
    CHECK(&d.w, id, P);
    d.w.hs.version = TLS_1_2;
    world_learn(&d.w, &d.w.certs[0], NOW);
    d.w.hs.version = TLS_SSLV2;
    CHECK(&d.w, id, H);
    history_free(d.w.history);
    check_without_certificate(id);
    judged_unjudged(id);
}

static void with_short_key(struct world *w, uint8_t modulus[128], size_t bytes)
{
    world_init(w);
    memset(modulus, 0x80, bytes);
    w->hs.cipher_suite = 0x002f;
    w->exchange.kind = SKE_RSA_EXPORT;
    w->exchange.rsa_modulus = (struct bytes){modulus, bytes};
    w->hs.server_key_exchange = &w->exchange;
}

static void test_freak(void **state)
{
    (void)state;
    const char *id = "vuln-freak";
    uint8_t modulus[128];
    struct world w;
    with_short_key(&w, modulus, 64);
    CHECK(&w, id, H);
    assert_string_equal(w.answer.subject, "512 bits");
    w.hs.cipher_suite = 0x0003; /* an export suite: cipher-export */
    CHECK(&w, id, N);
    w.hs.cipher_suite = 0xc02f;
    CHECK(&w, id, N);
    with_short_key(&w, modulus, 128);
    CHECK(&w, id, P);
    modulus[0] = 0x7f;
    CHECK(&w, id, H);
    with_short_key(&w, modulus, 64);
    w.hs.outcome = OUTCOME_FAIL_ALERT_CLIENT;
    CHECK(&w, id, P); /* it refused */
    snprintf(w.hs.history, sizeof w.hs.history, "CsxknG");
    CHECK(&w, id, H);
    w.hs.history[0] = '\0';
    w.hs.sides[SIDE_CLIENT].n_gaps = 1;
    CHECK(&w, id, U);
    w.hs.has_ccs[SIDE_CLIENT] = true;
    CHECK(&w, id, H);
    w.exchange.kind = SKE_UNKNOWN;
    CHECK(&w, id, P);
    w.hs.server_key_exchange = NULL;
    CHECK(&w, id, U);
    w.hs.sides[SIDE_CLIENT].n_gaps = 0;
    CHECK(&w, id, P);
    check_without_hello(id);
}

static const uint8_t ID[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
        21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32};

static void test_ticketbleed(void **state)
{
    (void)state;
    const char *id = "vuln-ticketbleed";
    static const uint8_t other[32] = {9};
    static const struct {
        size_t asked, given;
        bool has_ticket, is_resumed, is_other;
        int verdict;
    } rows[] = {
            {16, 32, true, true, false, H},
            {31, 32, true, false, false, H},
            {4, 32, true, false, false, H},
            {3, 32, true, false, false, U}, /* may be chance */
            {1, 32, true, true, false, H},
            {16, 16, true, true, false, P},
            {16, 0, true, true, false, P},
            {16, 32, true, true, true, P},
            {16, 32, false, true, false, N},
            {32, 32, true, true, false, N},
            {0, 32, true, true, false, N},
    };
    struct world w;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world_init(&w);
        w.client_hello.session_id = (struct bytes){ID, rows[i].asked};
        w.client_hello.session_ticket =
                rows[i].has_ticket ? text_bytes("ticket") : (struct bytes){NULL, 0};
        w.server_hello.session_id = (struct bytes){rows[i].is_other ? other : ID, rows[i].given};
        w.hs.resumption = rows[i].is_resumed ? RESUMPTION_RESUMED : RESUMPTION_UNKNOWN;
        if ((int)world_check(&w, id) != rows[i].verdict)
            fail_msg("row %zu", i);
        w.hs.version = TLS_1_3;
        CHECK(&w, id, N);
    }
    world_init(&w);
    w.hs.client_hello = NULL;
    CHECK(&w, id, N);
    w.hs.sides[SIDE_CLIENT].is_seen = false;
    CHECK(&w, id, U);
    check_without_hello(id);
}

static void test_randoms(void **state)
{
    (void)state;
    const char *id = "vuln-zero-random";
    static const uint8_t zeros[32], hrr[32] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a};
    static const uint8_t time[32] = {0x5f, 1, 2, 3};
    static const uint8_t nearly[32] = {0x5f, 1, 2, 3, 4};
    static const uint8_t sentinel[32] = {
            [24] = 'D', [25] = 'O', [26] = 'W', [27] = 'N', [28] = 'G', [29] = 'R', [30] = 'D'};
    uint8_t same[32];
    memset(same, 0x41, sizeof same);
    const struct {
        const uint8_t *random;
        size_t n;
        enum downgrade downgrade;
        int client, server;
    } rows[] = {
            {ID, 32, DOWNGRADE_NONE, P, P},
            {zeros, 32, DOWNGRADE_NONE, H, H},
            {same, 32, DOWNGRADE_NONE, H, H},
            {time, 32, DOWNGRADE_NONE, H, H},
            {nearly, 32, DOWNGRADE_NONE, P, P},
            {sentinel, 32, DOWNGRADE_TLS11, P, H},
            {zeros, 16, DOWNGRADE_NONE, H, H}, /* a challenge of SSL 2.0 */
            {zeros, 15, DOWNGRADE_NONE, P, P},
            {hrr, 32, DOWNGRADE_NONE, P, P},
            {NULL, 0, DOWNGRADE_NONE, P, P},
    };
    struct world w;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world_init(&w);
        w.client_hello.random = (struct bytes){rows[i].random, rows[i].n};
        w.server_hello.random = (struct bytes){ID, 32};
        CHECK(&w, id, rows[i].client);
        if (rows[i].client == H)
            assert_int_equal(strncmp(w.answer.subject, "client ", 7), 0);
        w.client_hello.random = (struct bytes){ID, 32};
        w.server_hello.random = (struct bytes){rows[i].random, rows[i].n};
        w.server_hello.downgrade = rows[i].downgrade;
        CHECK(&w, id, rows[i].server);
        if (rows[i].server != H)
            continue;
        assert_string_equal(w.answer.subject, "server");
        w.hs.is_ambiguous = true;
        CHECK(&w, id, U);
    }
    world_init(&w);
    w.server_hello.random = (struct bytes){zeros, 32};
    w.server_hello.is_hrr = true;
    CHECK(&w, id, P);
    w.hs.server_hello = NULL;
    w.hs.client_hello = NULL;
    CHECK(&w, id, N);
    w.hs.sides[SIDE_CLIENT].n_gaps = 1;
    CHECK(&w, id, U);
}

static void test_ccs(void **state)
{
    (void)state;
    const char *id = "vuln-ccs-injection";
    static const struct {
        const char *name, *history;
        int alert; /* of the server, -1 none */
        int verdict;
    } rows[] = {
            {"full", "CsxknGIFif", -1, P},
            {"full with a client certificate", "CsxkrnXGYIFtif", -1, P},
            {"session goes on", "CsifIF", -1, P},
            {"session goes on with a ticket", "CstifIFDd", -1, P},
            {"client early, server goes on", "CsxknIFIFif", -1, H},
            {"client early, server refuses", "CsxknIl", 10, P},
            {"client early, the keys had changed", "CsxknIFl", 20, H},
            {"the same", "CsxknIFl", 21, H},
            {"client early, silence", "CsxknI", -1, U},
            {"client early, a heartbeat", "CsxknIb", -1, U},
            {"client early, it complains itself", "CsxknIL", -1, U},
            {"client before the server's flight", "CIsxknGIFif", -1, P},
            {"server early, client goes on", "CsxikfGIFif", -1, H},
            {"server early, client refuses", "CsxiL", -1, P},
            {"server early, silence", "Csxi", -1, U},
            {"anonymous, server early", "CskiG", -1, H},
            {"server early, behind its hello", "CsifGIF", -1, H},
    };
    struct world w;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world_init(&w);
        snprintf(w.hs.history, sizeof w.hs.history, "%s", rows[i].history);
        if (rows[i].alert >= 0) {
            w.hs.sides[SIDE_SERVER].n_alerts = 1;
            w.alerts[SIDE_SERVER][0].description = (uint8_t)rows[i].alert;
        }
        if ((int)world_check(&w, id) != rows[i].verdict)
            fail_msg("%s", rows[i].name);
        if (rows[i].verdict != H)
            continue;
        w.hs.sides[SIDE_SERVER].n_gaps = 1;
        CHECK(&w, id, U);
        w.hs.sides[SIDE_SERVER].n_gaps = 0;
        w.hs.n_malformed = 1;
        CHECK(&w, id, U);
        w.client_hello.has_early_data = true;
        CHECK(&w, id, N);
        w.client_hello.has_early_data = false;
        w.hs.version = TLS_1_3;
        CHECK(&w, id, N);
    }
    check_without_hello(id);
}

static void test_heartbleed(void **state)
{
    (void)state;
    const char *id = "vuln-heartbleed";
    struct heartbeat_facts beats[2] = {{.n = 1}, {.n = 1}};
    struct world w;
    world_init(&w);
    CHECK(&w, id, N);
    w.hs.heartbeats = beats;
    CHECK(&w, id, P);
    w.hs.sides[SIDE_SERVER].n_gaps = 1;
    CHECK(&w, id, U);
    beats[SIDE_CLIENT] =
            (struct heartbeat_facts){.n = 1, .is_overread = true, .claimed = 16384, .asked = 3};
    CHECK(&w, id, H);
    assert_int_equal(w.answer.severity, SEV_HIGH);
    assert_string_equal(w.answer.subject, "client asks");
    assert_int_equal(w.answer.evidence[0].bytes[1], 0x40);
    assert_null(strstr(w.answer.summary, "a probe"));
    beats[SIDE_CLIENT].asked = 16386;
    CHECK(&w, id, H);
    assert_null(strstr(w.answer.summary, "a probe"));
    beats[SIDE_CLIENT].asked = 16387; /* all that it claims, but no padding */
    CHECK(&w, id, H);
    assert_non_null(strstr(w.answer.summary, "a probe"));
    beats[SIDE_CLIENT].asked = 3;
    beats[SIDE_CLIENT].is_leak = true;
    beats[SIDE_CLIENT].answered = 16403;
    CHECK(&w, id, H);
    assert_int_equal(w.answer.severity, SEV_CRITICAL);
    assert_int_equal(w.answer.basis, BASIS_SEEN);
    assert_string_equal(w.answer.subject, "server leaks");
    struct connection_end end = {.handshake_id = 1};
    w.facts.end = &end;
    CHECK(&w, id, N);
    end.heartbeats = beats;
    beats[SIDE_CLIENT].answer_at.last_packet = w.hs.last_packet = 9;
    CHECK(&w, id, N);
    beats[SIDE_CLIENT].answer_at.last_packet = 10;
    CHECK(&w, id, H);
    w.facts.end = NULL;
    beats[SIDE_SERVER] = (struct heartbeat_facts){
            .n = 1, .is_leak = true, .is_inferred = true, .asked = 64, .answered = 2000};
    beats[SIDE_CLIENT] = (struct heartbeat_facts){.n = 1};
    CHECK(&w, id, H);
    assert_int_equal(w.answer.severity, SEV_CRITICAL);
    assert_int_equal(w.answer.basis, BASIS_INFERRED);
    assert_string_equal(w.answer.subject, "client leaks");
}

/* What is new at the end of the connection is told, what the handshake showed is not told again. */
static void at_end(struct world *w, const char *id, int side)
{
    struct connection_end end = {.handshake_id = 1};
    struct record_facts records = w->hs.sides[side].records;
    w->facts.end = &end;
    end.records[side] = records;
    CHECK(w, id, N);
    w->hs.sides[side].records = (struct record_facts){.n_data = 0};
    CHECK(w, id, H);
    end.records[side] = (struct record_facts){.n_data = 0};
    CHECK(w, id, N);
    w->facts.end = NULL;
    w->hs.sides[side].records = records;
}

static void test_nonces(void **state)
{
    (void)state;
    static const char *const ids[] = {
            "entropy-gcm-nonce-repeat", "entropy-gcm-nonce-random", "entropy-cbc-iv-repeat"};
    static const struct {
        bool is_iv;
        uint64_t n, jumps;
        enum nonces nonces;
        int repeat, random, iv;
    } rows[] = {
            {false, 0, 0, NONCES_NONE, N, N, N},
            {false, 1, 0, NONCES_NONE, N, N, N},
            {false, 2, 0, NONCES_COUNTED, P, N, N},
            {false, 2, 1, NONCES_REPEATED, H, N, N},
            {false, 15, 14, NONCES_OTHER, P, N, N},
            {false, 16, 15, NONCES_OTHER, P, H, N},
            {false, 16, 8, NONCES_OTHER, P, H, N},
            {false, 16, 7, NONCES_OTHER, P, P, N},
            {false, 100, 0, NONCES_COUNTED, P, P, N},
            {true, 2, 1, NONCES_OTHER, N, N, P},
            {true, 2, 1, NONCES_REPEATED, N, N, H},
            {true, 15, 0, NONCES_COUNTED, N, N, P},
            {true, 16, 0, NONCES_COUNTED, N, N, H},
            {true, 100, 99, NONCES_OTHER, N, N, P},
    };
    struct world w;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int side = 0; side < 2; side++) {
            const int wanted[] = {rows[i].repeat, rows[i].random, rows[i].iv};
            world_init(&w);
            w.hs.sides[side].records = (struct record_facts){.has_nonce = rows[i].n > 0,
                    .is_iv = rows[i].is_iv,
                    .n_nonces = rows[i].n,
                    .n_jumps = rows[i].jumps,
                    .nonces = rows[i].nonces,
                    .repeated = {.packet = 7, .us = NOW}};
            for (size_t k = 0; k < 3; k++) {
                int v = (int)world_check(&w, ids[k]);
                if (v != wanted[k])
                    fail_msg("row %zu: %s gives %d", i, ids[k], v);
                if (v != H)
                    continue;
                assert_string_equal(w.answer.subject, side == SIDE_CLIENT ? "client" : "server");
                at_end(&w, ids[k], side);
                w.hs.is_ambiguous = true;
                CHECK(&w, ids[k], U);
                w.hs.is_ambiguous = false;
            }
        }
}

static void test_zero_tickets(void **state)
{
    (void)state;
    const char *id = "vuln-zero-stek";
    struct session_ticket ticket = {.ticket = text_bytes("ticket")};
    struct judged d;
    judged_init(&d);
    CHECK(&d.w, id, N);
    d.w.hs.session_ticket = &ticket;
    CHECK(&d.w, id, P);
    d.j.zero_ticket = (struct zero_ticket){"HMAC (SHA-256)", TICKET_NEW};
    CHECK(&d.w, id, H);
    assert_int_equal(d.w.answer.severity, SEV_CRITICAL);
    assert_int_equal(d.w.answer.evidence[0].side, SIDE_SERVER);
    d.w.hs.session_ticket = NULL;
    d.w.client_hello.session_ticket = text_bytes("old");
    d.j.zero_ticket = (struct zero_ticket){"HMAC (SHA-1)", TICKET_OFFERED};
    CHECK(&d.w, id, H);
    assert_memory_equal(d.w.answer.evidence[0].bytes, "old", 3);
    d.w.client_hello.session_ticket.n = 0;
    d.w.client_hello.psk_identity = text_bytes("psk");
    d.j.zero_ticket.source = TICKET_PSK;
    CHECK(&d.w, id, H);
    assert_memory_equal(d.w.answer.evidence[0].bytes, "psk", 3);
    d.w.facts.judgement = NULL;
    CHECK(&d.w, id, U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_drown), cmocka_unit_test(test_freak),
            cmocka_unit_test(test_ticketbleed), cmocka_unit_test(test_randoms),
            cmocka_unit_test(test_ccs), cmocka_unit_test(test_heartbleed),
            cmocka_unit_test(test_nonces), cmocka_unit_test(test_zero_tickets)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
