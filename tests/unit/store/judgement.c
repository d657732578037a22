/* What is written about chains, revocation and SCTs by runs that follow each other. */
#include "store/judgement.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/store/place.h"
#include "tests/unit/test.h"

/* One run that judges one chain, one staple and one SCT at a time. */
static void run_once(const char *db, enum chain_status as_sent, enum signed_verdict sct, int64_t us)
{
    static const uint8_t LOG[32] = {1, 2, 3};
    struct store *s = NULL;
    struct err err;
    struct store_info info = {"web", true, false, 0};
    struct chain_store_facts verdict = {.as_sent = {.status = as_sent},
            .as_repaired = {.status = CHAIN_TRUSTED, .path_status = CHAIN_TRUSTED}};
    struct chain_facts chain = {.stores = &verdict, .n_stores = 1, .root_at = -1};
    struct ocsp_answer staple = {.is_parsed = true,
            .cert_status = OCSP_CERT_GOOD,
            .this_update_us = 100,
            .next_update_us = TIME_NONE,
            .verdict = SIGNED_VALID};
    struct sct_list scts = {.n = 1};
    scts.scts[0] = (struct sct){.is_parsed = true,
            .channel = SCT_IN_TLS,
            .log_id = {LOG, sizeof LOG},
            .timestamp_us = 7,
            .verdict = sct};
    struct judgement j = {.n_stores = 1,
            .stores = &info,
            .server_chain = &chain,
            .n_staples = 1,
            .staples = &staple,
            .scts = &scts};
    struct judgement_refs refs = {.leaf_id = 1, .chain_id = 2, .us = us};
    if (!store_open(db, STORE_CREATE, &s, &err) || !store_judgement(s, &j, &refs, &err) ||
            !store_judgement(s, &j, &refs, &err) || !store_flush(s, &err))
        fail_msg("%s", err.text);
    store_close(s);
}

static void check(const char *path, const char *sql, const char *expected)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    assert_string_equal(sqlite3_column_text(st, 0), expected);
    (void)sqlite3_finalize(st);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* A capture that is older, read later; and a run that had no list of logs. */
static void test_runs(void **state)
{
    struct place *p = *state;
    run_once(p->db, CHAIN_MISSING_INTERMEDIATE, SIGNED_VALID, 50);
    run_once(p->db, CHAIN_TRUSTED, SIGNED_UNVERIFIED, 60);
    run_once(p->db, CHAIN_TRUSTED, SIGNED_UNVERIFIED, 40);
    check(p->db,
            "SELECT group_concat(as_sent || ' ' || as_repaired || ' ' || judged_us, ', ') FROM "
            "(SELECT * FROM chain_verdict WHERE chain_id = 2 AND store = 'web' ORDER BY 3)",
            "missing-intermediate trusted 50, trusted trusted 40");
    check(p->db,
            "SELECT group_concat(channel || ' ' || status || ' ' || judged_us, ', ') FROM "
            "revocation WHERE certificate_id = 1",
            "staple good 40");
    check(p->db, "SELECT group_concat(channel || ' ' || verdict, ', ') FROM sct", "tls valid");
}

/* What a CRL's answer is called; a row for one that could not be used, none without any. */
static void test_crls(void **state)
{
    struct place *p = *state;
    static const struct crl_answer answers[] = {
            {.status = CRL_NOT_LISTED, .period = AT_TIME_VALID, .verdict = SIGNED_VALID},
            {.status = CRL_NOT_LISTED, .period = AT_TIME_LATE, .verdict = SIGNED_VALID},
            {.status = CRL_NOT_LISTED, .period = AT_TIME_EARLY, .verdict = SIGNED_VALID},
            {.status = CRL_NOT_LISTED,
                    .period = AT_TIME_VALID,
                    .is_partial = true,
                    .verdict = SIGNED_VALID},
            {.status = CRL_REVOKED, .period = AT_TIME_LATE, .verdict = SIGNED_VALID},
            {.status = CRL_SILENT, .verdict = SIGNED_INVALID, .reason = "signature"},
            {.status = CRL_SILENT, .reason = "no CRL of this issuer"},
    };
    static const struct crl_facts facts[] = {
            {.source = "good.crl", .issuer = "CN=a", .verdict = SIGNED_VALID},
            {.source = "bad.crl",
                    .issuer = "CN=b",
                    .verdict = SIGNED_INVALID,
                    .problem = "signature"}};
    enum { N = sizeof answers / sizeof *answers };
    struct store *s = NULL;
    struct err err;
    if (!store_open(p->db, STORE_CREATE, &s, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < N; i++) {
        struct judgement j = {.has_crls = true, .crl = answers[i]};
        const struct judgement_refs refs = {.leaf_id = 1, .us = 50 + (int64_t)i};
        j.crl.source = i + 1 < N ? "a.crl" : NULL;
        if (!store_judgement(s, &j, &refs, &err))
            fail_msg("%s", err.text);
    }
    for (size_t i = 0; i < 2; i++)
        if (!store_crl_problem(s, &facts[i], &err))
            fail_msg("%s", err.text);
    assert_true(store_flush(s, &err));
    store_close(s);
    check(p->db,
            "SELECT group_concat(status || ' ' || verdict || coalesce(' ' || reason, ''), ', ') "
            "FROM (SELECT * FROM revocation ORDER BY judged_us)",
            "not-listed valid, not-listed-stale valid, not-listed-later valid, not-listed-partly "
            "valid, revoked valid, no-answer invalid signature");
    check(p->db,
            "SELECT group_concat(path || ' ' || issuer || ' ' || verdict || ' ' || problem) FROM "
            "crl_problem",
            "bad.crl CN=b invalid signature");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_runs, place_make, place_remove),
            cmocka_unit_test_setup_teardown(test_crls, place_make, place_remove)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
