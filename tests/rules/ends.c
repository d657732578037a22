/* Rules about what a whole connection did, and about how the connections of a service end. */
#include "history/closings.h"
#include "tests/rules/build.h"

#define VOLUME "cipher-64bit-volume"
#define RECORDS "cipher-aead-record-limit"
#define AGAIN "proto-renegotiation"
#define DOS "vuln-renegotiation-dos"
#define NOTIFY "ops-close-without-notify"

static struct connection_end end;

static void init(struct world *w, uint16_t version, uint16_t suite)
{
    world_init(w);
    end = (struct connection_end){.handshake_id = 1, .last_us = NOW, .ending = ENDING_FIN_CLIENT};
    w->hs.version = version;
    w->hs.cipher_suite = suite;
    w->facts.end = &end;
}

/* 2^30 bytes; 2^24.5 records of 2^14 bytes. */
static void test_volume(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        uint16_t version, suite;
        uint64_t bytes;
        enum verdict verdict;
    } rows[] = {
            {VOLUME, TLS_1_0, 0x000a, UINT64_C(1073741824), RULE_PASS},
            {VOLUME, TLS_1_0, 0x000a, UINT64_C(1073741825), RULE_HIT},
            {VOLUME, TLS_1_0, 0x0009, UINT64_C(1073741825), RULE_HIT},
            {VOLUME, TLS_1_2, 0xc02f, UINT64_C(1073741825), RULE_NA},
            {RECORDS, TLS_1_2, 0xc02f, UINT64_C(23726566) * 16384, RULE_PASS},
            {RECORDS, TLS_1_2, 0xc02f, UINT64_C(23726567) * 16384, RULE_HIT},
            {RECORDS, TLS_1_3, 0x1301, UINT64_C(23726567) * 16384, RULE_HIT},
            {RECORDS, TLS_1_3, 0x1303, UINT64_C(23726567) * 16384, RULE_NA},
            {RECORDS, TLS_1_2, 0x002f, UINT64_C(23726567) * 16384, RULE_NA},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int side = 0; side < 2; side++) {
            struct world w;
            init(&w, rows[i].version, rows[i].suite);
            end.records[side].data_bytes = rows[i].bytes;
            enum verdict v = world_check(&w, rows[i].id);
            if (v != rows[i].verdict)
                fail_msg("row %zu: %d", i, (int)v);
            if (rows[i].version == TLS_1_3 && v == RULE_HIT)
                assert_true(w.answer.confidence <= 0.3);
            end.is_framing_lost[1 - side] = true;
            if (v == RULE_PASS)
                CHECK(&w, rows[i].id, RULE_UNDETERMINED);
            end.n_renegotiations = 1;
            if (v == RULE_HIT)
                CHECK(&w, rows[i].id, RULE_UNDETERMINED);
        }
}

static void test_renegotiation(void **state)
{
    (void)state;
    static const struct {
        uint32_t n, client, done, client_done, most;
        enum verdict any, dos;
        enum severity severity;
    } rows[] = {
            {0, 0, 0, 0, 0, RULE_PASS, RULE_PASS, SEV_INFO},
            {1, 0, 1, 0, 0, RULE_HIT, RULE_PASS, SEV_MEDIUM},
            {3, 3, 3, 3, 3, RULE_HIT, RULE_PASS, SEV_MEDIUM},
            {4, 4, 4, 4, 4, RULE_HIT, RULE_PASS, SEV_HIGH},
            {9, 9, 0, 0, 0, RULE_HIT, RULE_PASS, SEV_LOW},
            {10, 10, 10, 10, 10, RULE_HIT, RULE_PASS, SEV_HIGH},
            {11, 11, 11, 11, 11, RULE_HIT, RULE_HIT, SEV_HIGH},
            {50, 50, 50, 50, 10, RULE_HIT, RULE_PASS, SEV_HIGH},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        init(&w, TLS_1_2, 0xc02f);
        end.n_renegotiations = rows[i].n;
        end.renegotiations = (struct renegotiations){
                rows[i].client, rows[i].done, rows[i].client_done, rows[i].most, NOW, NOW + 1};
        CHECK(&w, AGAIN, rows[i].any);
        if (rows[i].any == RULE_HIT)
            assert_int_equal(w.answer.severity, rows[i].severity);
        CHECK(&w, DOS, rows[i].dos);
        end.is_framing_lost[SIDE_SERVER] = true;
        CHECK(&w, AGAIN, rows[i].n == 0 ? RULE_UNDETERMINED : RULE_HIT);
        w.hs.version = TLS_1_3;
        CHECK(&w, AGAIN, RULE_NA);
        CHECK(&w, DOS, RULE_NA);
    }
}

static enum side side_that_ends(void)
{
    return end.ending == ENDING_FIN_CLIENT || end.ending == ENDING_RST_CLIENT ? SIDE_CLIENT
                                                                              : SIDE_SERVER;
}

static void close_as(struct world *w, unsigned n, bool has_notify)
{
    end.records[0].n_data = end.records[1].n_data = 1;
    end.n_encrypted_alerts[side_that_ends()] = has_notify;
    end.n_alert_sized[side_that_ends()] = has_notify;
    const struct lesson l = {
            .handshake = &w->hs, .service = &w->service, .end = &end, .at_us = NOW};
    for (unsigned i = 0; i < n; i++)
        history_learn(w->history, &l);
}

static void test_notify(void **state)
{
    (void)state;
    static const struct {
        uint16_t version;
        unsigned with, without;
        enum verdict verdict;
        enum severity severity;
    } rows[] = {{TLS_1_2, 0, 19, RULE_NA, SEV_LOW}, {TLS_1_2, 0, 20, RULE_HIT, SEV_LOW},
            {TLS_1_2, 10, 10, RULE_PASS, SEV_LOW}, {TLS_1_2, 10, 11, RULE_HIT, SEV_LOW},
            {TLS_1_3, 0, 20, RULE_HIT, SEV_INFO}, {TLS_1_3, 20, 0, RULE_PASS, SEV_INFO}};
    static const enum ending endings[] = {
            ENDING_FIN_SERVER, ENDING_RST_SERVER, ENDING_FIN_CLIENT, ENDING_RST_CLIENT};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t k = 0; k < sizeof endings / sizeof *endings; k++) {
            struct world w;
            init(&w, rows[i].version, 0xc02f);
            w.history = w.facts.history = history_new();
            end.ending = endings[k];
            bool is_client = side_that_ends() == SIDE_CLIENT;
            close_as(&w, rows[i].with, true);
            close_as(&w, rows[i].without, false);
            CHECK(&w, NOTIFY, rows[i].verdict);
            if (rows[i].verdict == RULE_HIT) {
                assert_int_equal(w.answer.severity, is_client ? SEV_INFO : rows[i].severity);
                assert_string_equal(w.answer.subject, is_client ? "client" : "-");
            }
            history_free(w.history);
        }
}

/* Nothing is known of these. */
static void test_not_counted(void **state)
{
    (void)state;
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < 7; i++) {
            struct world w;
            init(&w, i == 6 ? TLS_1_3 : TLS_1_2, 0xc02f);
            w.history = w.facts.history = history_new();
            end.ending = side == SIDE_SERVER ? ENDING_RST_SERVER : ENDING_RST_CLIENT;
            end.ending = i == 0 ? ENDING_NONE : end.ending;
            end.gap_bytes[side] = i == 1;
            end.is_framing_lost[side] = i == 2;
            w.hs.outcome = i == 3 ? OUTCOME_FAIL_CLOSED_SERVER : OUTCOME_SUCCESS;
            /* The other wanted to end. */
            end.is_left = i >= 5 && side == SIDE_SERVER;
            end.n_encrypted_alerts[SIDE_SERVER] = i == 5 && side == SIDE_CLIENT;
            end.n_alert_sized[SIDE_SERVER] = i == 6 && side == SIDE_CLIENT;
            close_as(&w, 30, false);
            struct closings c = history_closings(w.history, 0, &w.service, (enum side)side);
            if (c.n != (i == 4 ? 30 : 0))
                fail_msg("side %d, row %d: %u", side, i, c.n);
            history_free(w.history);
        }
}

static void test_undecodable(void **state)
{
    (void)state;
    static const struct {
        uint64_t bad, all;
        enum verdict verdict;
    } rows[] = {{19, 19, RULE_NA}, {1, 20, RULE_PASS}, {2, 20, RULE_HIT}, {5, 100, RULE_PASS},
            {6, 100, RULE_HIT}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        world_init(&w);
        CHECK(&w, "ops-undecodable-tls", RULE_NA);
        w.facts.coverage = &w.coverage;
        (void)snprintf(w.coverage.input_name, sizeof w.coverage.input_name, "a.pcap");
        w.coverage.n_connections = rows[i].all;
        w.coverage.n_undecodable = rows[i].bad;
        CHECK(&w, "ops-undecodable-tls", rows[i].verdict);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_volume),
            cmocka_unit_test(test_renegotiation), cmocka_unit_test(test_notify),
            cmocka_unit_test(test_not_counted), cmocka_unit_test(test_undecodable)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
