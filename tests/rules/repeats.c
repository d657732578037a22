/* Rules about values that must not come again. */
#include "history/shares.h"
#include "tests/rules/build.h"

static const uint8_t VALUES[4][32] = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}, {10, 11, 12}};

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_share_spans),
            cmocka_unit_test(test_share_is_no_reuse), cmocka_unit_test(test_share_of_old_versions),
            cmocka_unit_test(test_share_of_clients), cmocka_unit_test(test_share_without_history)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
