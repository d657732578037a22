/* One open finding per defect, subject and service. */
#include "findings/findings.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/test.h"

static struct sighting sighting_of(const char *defect, const char *subject, int64_t service)
{
    struct sighting s = {.defect = defect,
            .severity = SEV_MEDIUM,
            .confidence = 0.5,
            .basis = BASIS_INFERRED,
            .at_us = 1000,
            .n_evidence = 1};
    s.service.id = service;
    (void)snprintf(s.subject, sizeof s.subject, "%s", subject);
    return s;
}

static bool keep_last(void *ctx, struct finding *f)
{
    *(struct finding *)ctx = *f;
    return true;
}

static void test_merge(void **state)
{
    (void)state;
    struct findings *f = findings_new(NULL);
    struct sighting s = sighting_of("a", "x", 1);
    assert_int_not_equal(findings_add(f, &s), FINDINGS_NONE);
    s.at_us = 3000;
    s.severity = SEV_HIGH;
    s.basis = BASIS_SEEN;
    s.confidence = 0.9;
    assert_int_not_equal(findings_add(f, &s), FINDINGS_NONE);
    s.at_us = 500;
    s.severity = SEV_LOW;
    s.confidence = 0.1;
    s.is_again = true;
    assert_int_not_equal(findings_add(f, &s), FINDINGS_NONE);
    assert_int_equal(findings_count(f), 1);
    struct finding got;
    findings_each(f, keep_last, &got);
    assert_int_equal(got.count, 3);
    assert_int_equal(got.again_count, 1);
    assert_int_equal(got.severity, SEV_HIGH);
    assert_int_equal(got.basis, BASIS_SEEN);
    assert_true(got.confidence > 0.89 && got.confidence < 0.91);
    assert_int_equal(got.first_seen_us, 500);
    assert_int_equal(got.last_seen_us, 3000);
    assert_int_equal(got.n_evidence, 3);
    for (int i = 0; i < 20; i++)
        (void)findings_add(f, &s);
    findings_each(f, keep_last, &got); /* what came since the first time */
    assert_int_equal(got.count, 20);
    assert_int_equal(got.again_count, 20);
    assert_int_equal(got.n_evidence, EVIDENCE_PER_FINDING - 3);
    got.count = 99;
    findings_each(f, keep_last, &got);
    assert_int_equal(got.count, 99); /* nothing since */
    s.until_us = 7000;               /* it went on for a while */
    (void)findings_add(f, &s);
    findings_each(f, keep_last, &got);
    assert_true(got.first_seen_us == 500 && got.last_seen_us == 7000);
    findings_free(f);
}

static void test_apart(void **state)
{
    (void)state;
    struct findings *f = findings_new(NULL);
    struct sighting all[] = {sighting_of("a", "x", 1), sighting_of("b", "x", 1),
            sighting_of("a", "y", 1), sighting_of("a", "x", 2), sighting_of("ax", "", 1)};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        assert_int_not_equal(findings_add(f, &all[i]), FINDINGS_NONE);
    assert_int_equal(findings_count(f), 5);
    findings_free(f);
}

/* What is kept of a finding is shorter than it: everything must come back. */
static void test_whole(void **state)
{
    (void)state;
    struct findings *f = findings_new(NULL);
    struct finding got;
    for (int is_long = 0; is_long < 2; is_long++) {
        struct sighting s = sighting_of("a", is_long ? "y" : "", 7);
        memset(s.subject, 'S', is_long ? sizeof s.subject - 1 : 0);
        memset(s.summary, 'T', is_long ? sizeof s.summary - 1 : 3);
        memset(s.service.name, 'N', is_long ? sizeof s.service.name - 1 : 0);
        memset(s.sni, 'I', is_long ? sizeof s.sni - 1 : 1);
        memset(s.community_id, 'C', is_long ? sizeof s.community_id - 1 : 0);
        memset(s.certificate, 0xcc, sizeof s.certificate);
        s.service.port = 443;
        s.has_certificate = s.has_endpoints = true;
        s.server.port = 1;
        s.client.port = 2;
        s.handshake_id = 12345;
        s.input = 3;
        s.n_evidence = 2;
        s.evidence[0].total = 8;
        memset(s.evidence[1].note, 'E', sizeof s.evidence[1].note - 1);
        assert_int_not_equal(findings_add(f, &s), FINDINGS_NONE);
        findings_each(f, keep_last, &got);
        assert_int_equal(got.n_evidence, 2);
        assert_memory_equal(got.evidence, s.evidence, sizeof s.evidence);
        const struct sighting *t = &got.first;
        assert_string_equal(t->defect, "a");
        assert_string_equal(t->subject, s.subject);
        assert_string_equal(t->summary, s.summary);
        assert_string_equal(t->service.name, s.service.name);
        assert_string_equal(t->sni, s.sni);
        assert_string_equal(t->community_id, s.community_id);
        assert_memory_equal(t->certificate, s.certificate, sizeof s.certificate);
        assert_true(t->has_certificate && t->has_endpoints && !t->is_again);
        assert_int_equal(t->service.id, 7);
        assert_int_equal(t->service.port, 443);
        assert_int_equal(t->server.port, 1);
        assert_int_equal(t->client.port, 2);
        assert_int_equal(t->handshake_id, 12345);
        assert_int_equal(t->input, 3);
        assert_int_equal(t->n_evidence, 2);
        assert_memory_equal(t->evidence, s.evidence, sizeof s.evidence);
    }
    findings_free(f);
}

/* Muted only when every sighting was; told from the first that was not. */
static void test_muted(void **state)
{
    (void)state;
    struct findings *f = findings_new(NULL);
    struct finding got;
    struct sighting s = sighting_of("a", "x", 1);
    s.muted_by = MUTED_EXCEPTION;
    s.muted_why = "known";
    s.notify = NOTIFY_TICKET;
    s.decided_us = 10;
    (void)findings_add(f, &s);
    findings_each(f, keep_last, &got);
    assert_int_equal(got.first.muted_by, MUTED_EXCEPTION);
    assert_string_equal(got.first.muted_why, "known");
    assert_int_equal(got.notify, NOTIFY_TICKET);
    assert_int_equal(got.life.alerted_us, 0);
    s.muted_by = MUTED_NONE;
    s.muted_why = NULL;
    s.notify = NOTIFY_PAGING;
    s.decided_us = 20;
    (void)findings_add(f, &s);
    findings_each(f, keep_last, &got);
    assert_int_equal(got.first.muted_by, MUTED_NONE);
    assert_null(got.first.muted_why);
    assert_int_equal(got.notify, NOTIFY_PAGING);
    assert_int_equal(got.life.alerted_us, 20);
    findings_free(f);
}

/* A wrong clock of one vantage says nothing about what another saw. */
static void test_wrong_clock(void **state)
{
    static const struct {
        const char *defect;
        int64_t first, second; /* vantages */
        bool has_at, is_muted;
    } rows[] = {
            {"cert-expired", 5, 5, false, true},
            {"cert-expired", 5, 6, false, false},
            {"cert-expired", 6, 6, false, false},
            {"cert-expired", 5, 5, true, false},
            {"ops-time-skew-server", 5, 5, true, true},
            {"name-mismatch", 5, 5, false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct findings *f = findings_new(NULL);
        struct finding got;
        struct sighting s = sighting_of(rows[i].defect, "x", 1);
        s.notify = NOTIFY_PAGING;
        s.vantage = rows[i].first;
        (void)findings_add(f, &s);
        s.vantage = rows[i].second;
        (void)findings_add(f, &s);
        findings_mute(f, 5, "ops-sensor-clock", rows[i].has_at);
        findings_mute(f, 5, "ops-capture-loss", rows[i].has_at);
        findings_each(f, keep_last, &got);
        if ((got.first.muted_by == MUTED_CLOCK) != rows[i].is_muted)
            fail_msg("row %zu", i);
        if (rows[i].is_muted)
            assert_string_equal(got.first.muted_why, "the clock of the capture is wrong");
        findings_free(f);
    }
}

/* Whoever can make many small findings does not crowd out the worse ones. */
static void test_room(void **state)
{
    struct findings *f = findings_new(NULL);
    struct sighting s = sighting_of("a", "x", 1);
    size_t most[] = {FINDINGS_CAP / 2, FINDINGS_CAP / 2, FINDINGS_CAP / 4 * 3};
    (void)state;
    s.n_evidence = 0;
    for (int severity = SEV_LOW; severity <= SEV_MEDIUM; severity++) {
        s.severity = (enum severity)severity;
        for (size_t i = findings_count(f); i < most[severity]; i++) {
            (void)snprintf(s.subject, sizeof s.subject, "%zu", i);
            assert_int_equal(findings_add(f, &s), i);
        }
        (void)snprintf(s.subject, sizeof s.subject, "one more");
        assert_int_equal(findings_add(f, &s), FINDINGS_NONE);
    }
    assert_int_equal(findings_dropped(f), 2);
    s.severity = SEV_HIGH;
    assert_int_not_equal(findings_add(f, &s), FINDINGS_NONE);
    s.severity = SEV_LOW; /* it is there already */
    assert_int_not_equal(findings_add(f, &s), FINDINGS_NONE);
    findings_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_merge), cmocka_unit_test(test_apart),
            cmocka_unit_test(test_whole), cmocka_unit_test(test_muted), cmocka_unit_test(test_room),
            cmocka_unit_test(test_wrong_clock)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
