/* Rules about values that must not come again. */
#include "history/shares.h"
#include "tests/rules/build.h"

static const uint8_t VALUES[4][32] = {{1, [31] = 1}, {4, [31] = 2}, {7, [31] = 3}, {10, [31] = 4}};

static struct bytes value(int i)
{
    return (struct bytes){VALUES[i], sizeof VALUES[i]};
}

/* A list with one key_share (RFC 8446 4.2.8) of x25519. */
static struct bytes share_list(uint8_t room[80], uint16_t group, int i)
{
    const uint8_t head[] = {0x0a, 0x0a, 0, 1, 0, (uint8_t)(group >> 8), (uint8_t)group, 0, 32};
    memcpy(room, head, sizeof head);
    memcpy(room + sizeof head, VALUES[i], 32);
    return (struct bytes){room, sizeof head + 32};
}

/* One handshake of a run: the randoms, the server's share and the client's. */
static void meet(struct world *w, int client_random, int server_share, int64_t us)
{
    w->hs.id++;
    w->hs.first_us = w->hs.last_us = us;
    w->client_hello.random = value(client_random);
    w->server_hello.has_key_share = true;
    w->server_hello.group = 29;
    w->server_hello.key_exchange = value(server_share);
}

static void start(struct world *w)
{
    world_init(w);
    w->history = w->facts.history = history_new();
    w->hs.version = TLS_1_3;
}

static void test_share_spans(void **state)
{
    (void)state;
    static const struct {
        int64_t later_us;
        enum severity severity;
    } rows[] = {{1, SEV_MEDIUM}, {HOUR - 1, SEV_MEDIUM}, {HOUR, SEV_HIGH}, {DAY - 1, SEV_HIGH},
            {DAY, SEV_CRITICAL}, {-DAY, SEV_CRITICAL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        start(&w);
        meet(&w, 0, 3, NOW);
        CHECK(&w, "kex-share-reuse", RULE_PASS);
        world_learn(&w, NULL, NOW);
        CHECK(&w, "kex-share-reuse", RULE_PASS); /* the same handshake */
        meet(&w, 1, 3, NOW + rows[i].later_us);
        CHECK(&w, "kex-share-reuse", RULE_HIT);
        assert_int_equal(w.answer.severity, rows[i].severity);
        assert_string_equal(w.answer.subject, "server");
        history_free(w.history);
    }
}

static void test_share_is_no_reuse(void **state)
{
    (void)state;
    struct world w;
    start(&w);
    meet(&w, 0, 3, NOW);
    world_learn(&w, NULL, NOW);
    meet(&w, 0, 3, NOW + DAY); /* a copy: the same client random */
    CHECK(&w, "kex-share-reuse", RULE_PASS);
    meet(&w, 1, 2, NOW + DAY);
    CHECK(&w, "kex-share-reuse", RULE_PASS);
    meet(&w, 1, 3, NOW + DAY);
    w.server_hello.group = 30; /* the same bytes of another group are another key */
    CHECK(&w, "kex-share-reuse", RULE_PASS);
    meet(&w, 1, 3, NOW + DAY);
    w.hs.is_ambiguous = true;
    CHECK(&w, "kex-share-reuse", RULE_UNDETERMINED);
    w.hs.is_ambiguous = false;
    w.hs.client_hello = NULL;
    CHECK(&w, "kex-share-reuse", RULE_UNDETERMINED);
    w.hs.client_hello = &w.client_hello;
    w.server_hello.has_key_share = false; /* a key of the ticket alone */
    CHECK(&w, "kex-share-reuse", RULE_NA);
    history_free(w.history);
    check_without_hello("kex-share-reuse");
}

static void test_share_of_old_versions(void **state)
{
    (void)state;
    struct world w;
    start(&w);
    w.hs.version = TLS_1_2;
    w.hs.server_key_exchange = &w.exchange;
    w.exchange = (struct server_key_exchange){.kind = SKE_DHE, .dh_ys = value(0)};
    w.hs.id = 1;
    w.client_hello.random = value(1);
    world_learn(&w, NULL, NOW);
    w.hs.id = 2;
    w.client_hello.random = value(2);
    CHECK(&w, "kex-share-reuse", RULE_HIT);
    w.exchange = (struct server_key_exchange){.kind = SKE_ECDHE, .group = 29, .ec_point = value(0)};
    CHECK(&w, "kex-share-reuse", RULE_PASS);
    world_learn(&w, NULL, NOW);
    w.hs.id = 3;
    w.client_hello.random = value(3);
    CHECK(&w, "kex-share-reuse", RULE_HIT);
    w.exchange.is_malformed = true;
    CHECK(&w, "kex-share-reuse", RULE_NA);
    history_free(w.history);
}

static void test_share_of_clients(void **state)
{
    (void)state;
    struct world w;
    uint8_t room[80];
    start(&w);
    meet(&w, 0, 3, NOW);
    w.client_hello.key_shares = share_list(room, 29, 0);
    world_learn(&w, NULL, NOW);
    meet(&w, 1, 2, NOW + DAY);
    CHECK(&w, "kex-share-reuse", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_LOW);
    assert_string_equal(w.answer.subject, "client t13d0000_aaaaaaaaaaaa_bbbbbbbbbbbb");
    meet(&w, 1, 3, NOW + DAY); /* the server's weighs more */
    CHECK(&w, "kex-share-reuse", RULE_HIT);
    assert_string_equal(w.answer.subject, "server");
    meet(&w, 1, 2, NOW + DAY);
    w.client_hello.key_shares = (struct bytes){room, 5}; /* GREASE alone is no key */
    CHECK(&w, "kex-share-reuse", RULE_PASS);
    struct public_value v;
    assert_false(history_public_value(&w.hs, SIDE_CLIENT, &v));
    history_free(w.history);
}

static void test_share_without_history(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    meet(&w, 0, 3, NOW);
    CHECK(&w, "kex-share-reuse", RULE_PASS);
}

/* A server that says the same to two clients. */
static void test_random_of_servers(void **state)
{
    (void)state;
    struct world w;
    start(&w);
    meet(&w, 0, 3, NOW);
    w.server_hello.random = value(2);
    CHECK(&w, "entropy-random-repeat", RULE_PASS);
    world_learn(&w, NULL, NOW);
    CHECK(&w, "entropy-random-repeat", RULE_PASS);
    meet(&w, 0, 3, NOW + DAY); /* both: a copy */
    CHECK(&w, "entropy-random-repeat", RULE_PASS);
    meet(&w, 1, 3, NOW + DAY);
    CHECK(&w, "entropy-random-repeat", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_CRITICAL);
    assert_string_equal(w.answer.subject, "server");
    uint8_t later[32]; /* only the time went on */
    memcpy(later, VALUES[2], sizeof later);
    later[0] ^= 1;
    w.server_hello.random = (struct bytes){later, sizeof later};
    CHECK(&w, "entropy-random-repeat", RULE_HIT);
    later[4] ^= 1;
    CHECK(&w, "entropy-random-repeat", RULE_PASS);
    later[4] ^= 1;
    w.hs.is_ambiguous = true;
    CHECK(&w, "entropy-random-repeat", RULE_UNDETERMINED);
    w.hs.is_ambiguous = false;
    w.hs.version = TLS_SSLV2;
    CHECK(&w, "entropy-random-repeat", RULE_NA);
    w.hs.version = TLS_1_3;
    w.hs.client_hello = NULL;
    CHECK(&w, "entropy-random-repeat", RULE_UNDETERMINED);
    history_free(w.history);
    check_without_hello("entropy-random-repeat");
}

static void test_random_of_clients(void **state)
{
    (void)state;
    struct world w;
    start(&w);
    meet(&w, 0, 3, NOW);
    w.server_hello.random = value(1);
    world_learn(&w, NULL, NOW);
    meet(&w, 0, 3, NOW);
    w.server_hello.random = value(2);
    CHECK(&w, "entropy-random-repeat", RULE_HIT);
    assert_string_equal(w.answer.subject, "client t13d0000_aaaaaaaaaaaa_bbbbbbbbbbbb");
    w.hs.outcome = OUTCOME_ABANDONED; /* a scanner */
    CHECK(&w, "entropy-random-repeat", RULE_PASS);
    history_free(w.history);
    start(&w);
    meet(&w, 0, 3, NOW);
    w.server_hello.random = value(1);
    w.hs.outcome = OUTCOME_FAIL_RESET_SERVER;
    world_learn(&w, NULL, NOW);
    meet(&w, 0, 3, NOW); /* the same hello again, and now it works */
    w.hs.outcome = OUTCOME_SUCCESS;
    w.server_hello.random = value(2);
    CHECK(&w, "entropy-random-repeat", RULE_PASS);
    history_free(w.history);
}

/* What vuln-zero-random is for, and what RFC 8446 fixes. */
static void test_random_that_is_none(void **state)
{
    (void)state;
    static const uint8_t zero[32], timed[32] = {0x6a, 1, 2, 3};
    const uint8_t *const rows[] = {zero, timed};
    for (size_t i = 0; i < 2; i++) {
        struct world w;
        start(&w);
        meet(&w, 0, 3, NOW);
        w.server_hello.random = (struct bytes){rows[i], 32};
        world_learn(&w, NULL, NOW);
        meet(&w, 1, 3, NOW);
        CHECK(&w, "entropy-random-repeat", RULE_NA);
        history_free(w.history);
    }
    struct world w;
    start(&w);
    meet(&w, 0, 3, NOW);
    w.server_hello.random = value(2);
    w.server_hello.is_hrr = true;
    world_learn(&w, NULL, NOW);
    meet(&w, 1, 3, NOW);
    CHECK(&w, "entropy-random-repeat", RULE_NA);
    history_free(w.history);
}

/* n handshakes whose client randoms are made by make; the verdict of the last. */
static enum verdict randoms(size_t n, void (*make)(size_t i, uint8_t out[32]), struct world *w)
{
    enum verdict v = RULE_NA;
    start(w);
    for (size_t i = 0; i < n; i++) {
        uint8_t random[32];
        make(i, random);
        meet(w, 0, 3, NOW);
        w->client_hello.random = (struct bytes){random, 32};
        w->server_hello.random = (struct bytes){NULL, 0};
        v = world_check(w, "entropy-random-biased");
        world_learn(w, NULL, NOW);
    }
    history_free(w->history);
    return v;
}

/* xorshift64* (Vigna 2014), whose output passes such tests. */
static void good(size_t i, uint8_t out[32])
{
    uint64_t x = (i + 1) * UINT64_C(0x9E3779B97F4A7C15);
    for (size_t k = 0; k < 32; k++) {
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        out[k] = (uint8_t)(x * UINT64_C(2685821657736338717) >> 56);
    }
}

static void fixed_ends(size_t i, uint8_t out[32])
{
    good(i, out);
    memset(out, 0x66, 4);
    static const uint8_t sentinel[] = {'D', 'O', 'W', 'N', 'G', 'R', 'D', 1};
    memcpy(out + 24, sentinel, sizeof sentinel);
}

static void seven_bits(size_t i, uint8_t out[32])
{
    good(i, out);
    for (size_t k = 0; k < 32; k++)
        out[k] &= 0x7f;
}

/* As many ones as zeros, but few values. */
static void few_bytes(size_t i, uint8_t out[32])
{
    good(i, out);
    for (size_t k = 0; k < 32; k++)
        out[k] = (out[k] & 1) != 0 ? (uint8_t)(0x0f ^ (out[k] & 0x80))
                                   : (uint8_t)(0xf0 ^ (out[k] & 0x40));
}

static void one(size_t i, uint8_t out[32])
{
    (void)i;
    good(0, out);
}

static void test_bias(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        void (*make)(size_t i, uint8_t out[32]);
        enum verdict verdict;
    } rows[] = {{63, seven_bits, RULE_NA}, {64, seven_bits, RULE_HIT}, {65, seven_bits, RULE_NA},
            {128, seven_bits, RULE_HIT}, {64, few_bytes, RULE_HIT}, {64, good, RULE_PASS},
            {1024, good, RULE_PASS}, {4096, good, RULE_PASS}, {1024, fixed_ends, RULE_PASS},
            {128, one, RULE_NA}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        enum verdict v = randoms(rows[i].n, rows[i].make, &w);
        if (v != rows[i].verdict)
            fail_msg("row %zu: %d", i, (int)v);
    }
}

/* n full handshakes whose session ids are made by make; the verdict of the last. */
static enum verdict ids(size_t n, void (*make)(size_t i, uint8_t out[32]), struct world *w)
{
    enum verdict v = RULE_NA;
    start(w);
    w->hs.version = TLS_1_2;
    w->hs.resumption = RESUMPTION_FULL;
    for (size_t i = 0; i < n; i++) {
        uint8_t id[32];
        make(i, id);
        w->server_hello.session_id = (struct bytes){id, 32};
        v = world_check(w, "entropy-session-id-predictable");
        world_learn(w, NULL, NOW);
    }
    history_free(w->history);
    return v;
}

static void counter(size_t i, uint8_t out[32])
{
    good(0, out);
    out[30] = (uint8_t)((i + 250) >> 8);
    out[31] = (uint8_t)(i + 250);
}

static void node_prefix(size_t i, uint8_t out[32])
{
    good(i, out);
    struct bytes node = text_bytes("node-0000000001-process-7");
    memcpy(out, node.p, node.n);
}

static void test_session_ids(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        void (*make)(size_t i, uint8_t out[32]);
        enum verdict verdict;
    } rows[] = {{15, counter, RULE_PASS}, {16, counter, RULE_HIT}, {16, one, RULE_HIT},
            {15, one, RULE_PASS}, {100, good, RULE_PASS}, {100, node_prefix, RULE_PASS}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        enum verdict v = ids(rows[i].n, rows[i].make, &w);
        if (v != rows[i].verdict)
            fail_msg("row %zu: %d", i, (int)v);
    }
    struct world w;
    start(&w);
    w.server_hello.session_id = w.client_hello.session_id = value(1);
    w.hs.resumption = RESUMPTION_FULL;
    w.hs.version = TLS_1_2;
    CHECK(&w, "entropy-session-id-predictable", RULE_NA); /* the client's */
    w.client_hello.session_id = (struct bytes){NULL, 0};
    CHECK(&w, "entropy-session-id-predictable", RULE_PASS);
    w.hs.version = TLS_1_3;
    CHECK(&w, "entropy-session-id-predictable", RULE_NA);
    history_free(w.history);
    check_without_hello("entropy-session-id-predictable");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_share_spans),
            cmocka_unit_test(test_share_is_no_reuse), cmocka_unit_test(test_share_of_old_versions),
            cmocka_unit_test(test_share_of_clients), cmocka_unit_test(test_share_without_history),
            cmocka_unit_test(test_random_of_servers), cmocka_unit_test(test_random_of_clients),
            cmocka_unit_test(test_random_that_is_none), cmocka_unit_test(test_bias),
            cmocka_unit_test(test_session_ids)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
