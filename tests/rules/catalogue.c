/* The catalogue itself: complete texts, sorted, nothing twice. */
#include "rules/codes.h"
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

/* Every code of the brief in order, and every rule under one at least. */
static void test_codes(void **state)
{
    (void)state;
    static const struct {
        char letter;
        int n;
    } FAMILIES[] = {{'F', 9}, {'T', 8}, {'M', 9}, {'P', 25}, {'U', 10}, {'S', 4}};
    const struct rule_code *c = rule_codes;
    for (size_t i = 0; i < sizeof FAMILIES / sizeof *FAMILIES; i++)
        for (int k = 1; k <= FAMILIES[i].n; k++, c++) {
            char want[16];
            (void)snprintf(want, sizeof want, "%c%d", FAMILIES[i].letter, k);
            assert_non_null(c->code);
            assert_string_equal(c->code, want);
            assert_true(c->title[0] != '\0' && c->wire[0] != '\0');
        }
    assert_null(c->code);
}

static bool is_under(const char *code)
{
    for (size_t i = 0; rules_all[i] != NULL; i++)
        if (rule_has_code(rules_all[i], code))
            return true;
    return false;
}

static void test_codes_of_rules(void **state)
{
    (void)state;
    for (size_t i = 0; rules_all[i] != NULL; i++) {
        const struct rule *r = rules_all[i];
        size_t known = 0, named = 0;
        assert_non_null(r->codes);
        for (const struct rule_code *c = rule_codes; c->code != NULL; c++)
            known += rule_has_code(r, c->code);
        for (const char *s = r->codes; *s != '\0'; s++)
            named += *s == ' ';
        if (known == 0 || known != named + 1)
            fail_msg("%s: codes \"%s\"", r->id, r->codes);
    }
    /* Whatever has no rule says that it cannot be seen. */
    for (const struct rule_code *c = rule_codes; c->code != NULL; c++)
        if (!is_under(c->code) && strncmp(c->wire, "not", 3) != 0)
            fail_msg("%s has no rule", c->code);
    assert_true(rule_has_code(rule_find("cert-expired"), "F1"));
    assert_false(rule_has_code(rule_find("interop-client-outlier"), "P1")); /* P10 */
    assert_non_null(rule_unseen(rule_find("cert-expired")));
    assert_null(rule_unseen(rule_find("proto-tls10")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_texts), cmocka_unit_test(test_codes),
            cmocka_unit_test(test_codes_of_rules)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
