/* One open finding per defect, subject and service. */
#include "findings/findings.h"

#include <stdio.h>

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

static void keep_last(void *ctx, struct finding *f)
{
    *(struct finding *)ctx = *f;
}

static void test_merge(void **state)
{
    (void)state;
    struct findings *f = findings_new();
    struct sighting s = sighting_of("a", "x", 1);
    assert_true(findings_add(f, &s));
    s.at_us = 3000;
    s.severity = SEV_HIGH;
    s.basis = BASIS_SEEN;
    s.confidence = 0.9;
    assert_true(findings_add(f, &s));
    s.at_us = 500;
    s.severity = SEV_LOW;
    s.confidence = 0.1;
    s.is_again = true;
    assert_true(findings_add(f, &s));
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
    findings_each(f, keep_last, &got);
    assert_int_equal(got.n_evidence, EVIDENCE_PER_FINDING);
    findings_free(f);
}

static void test_apart(void **state)
{
    (void)state;
    struct findings *f = findings_new();
    struct sighting all[] = {sighting_of("a", "x", 1), sighting_of("b", "x", 1),
            sighting_of("a", "y", 1), sighting_of("a", "x", 2), sighting_of("ax", "", 1)};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        assert_true(findings_add(f, &all[i]));
    assert_int_equal(findings_count(f), 5);
    findings_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_merge), cmocka_unit_test(test_apart)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
