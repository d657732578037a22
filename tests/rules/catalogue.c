/* The catalogue itself: complete texts, sorted, nothing twice. */
#include "tests/rules/build.h"

static void test_texts(void **state)
{
    (void)state;
    assert_non_null(rules_all[0]);
    for (size_t i = 0; rules_all[i] != NULL; i++) {
        const struct rule *r = rules_all[i];
        const char *const texts[] = {r->id, r->title, r->cite, r->what, r->traps, r->remedy};
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
            if (texts[k] == NULL || texts[k][0] == '\0')
                fail_msg("%s lacks text %zu", r->id, k);
        assert_non_null(r->check);
        assert_ptr_equal(rule_find(r->id), r);
        if (i > 0 && strcmp(rules_all[i - 1]->id, r->id) >= 0)
            fail_msg("rules.def is not sorted at %s", r->id);
        assert_true(strlen(r->id) < 60);
    }
    assert_null(rule_find("no-such-defect"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
