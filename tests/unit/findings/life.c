/* When findings open, close and open again. */
#include "findings/life.h"

#include "findings/findings.h"
#include "findings/relations.h"
#include "tests/unit/test.h"

static void closes_after_enough(void **state)
{
    (void)state;
    struct finding_life l = {.state = LIFE_NEW};
    assert_false(life_clean(&l, 1, 1, 5)); /* nothing is open */
    life_sighted(&l, 1, 10);
    assert_int_equal(l.opened_us, 10);
    assert_false(life_clean(&l, 1, 3, 11));
    assert_false(life_clean(&l, 2, 3, 12)); /* elsewhere */
    assert_false(life_clean(&l, 1, 3, 13));
    life_sighted(&l, 1, 14); /* begins anew */
    assert_false(life_clean(&l, 1, 3, 15));
    assert_false(life_clean(&l, 1, 3, 16));
    assert_true(life_clean(&l, 1, 3, 17));
    assert_int_equal(l.state, LIFE_CLOSED);
    assert_int_equal(l.closed_us, 17);
    assert_false(life_clean(&l, 1, 3, 18));
    life_sighted(&l, 1, 16); /* an older packet, read later */
    assert_int_equal(l.state, LIFE_CLOSED);
    life_sighted(&l, 1, 20);
    assert_int_equal(l.state, LIFE_OPEN);
    assert_int_equal(l.opened_us, 20);
    const enum life_event_kind kinds[] = {LIFE_OPENED, LIFE_CLEAN, LIFE_REOPENED};
    assert_int_equal(l.n_events, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(l.events[i].kind, kinds[i]);
}

/* Who had to be told, and when: once each time that it opens. */
static void alerts_once(void **state)
{
    (void)state;
    struct finding_life l = {.state = LIFE_NEW};
    life_alerted(&l, 5); /* nothing is open */
    assert_int_equal(l.alerted_us, 0);
    life_sighted(&l, 1, 10);
    life_alerted(&l, 12);
    life_alerted(&l, 14);
    assert_int_equal(l.alerted_us, 12);
    assert_true(life_clean(&l, 1, 1, 20));
    assert_int_equal(l.alerted_us, 12);
    life_sighted(&l, 1, 30);
    assert_int_equal(l.alerted_us, 0);
    life_alerted(&l, 30);
    assert_int_equal(l.alerted_us, 30);
}

static void needs_every_place(void **state)
{
    (void)state;
    struct finding_life l = {.state = LIFE_NEW};
    life_sighted(&l, 1, 1);
    life_sighted(&l, 2, 2);
    assert_false(life_clean(&l, 1, 1, 3));
    assert_true(life_clean(&l, 2, 1, 4));
    life_sighted(&l, 1, 5);
    assert_true(life_clean(&l, 1, 1, 6)); /* what was before is forgotten */
}

static void shares_when_crowded(void **state)
{
    (void)state;
    struct finding_life l = {.state = LIFE_NEW};
    for (uint64_t place = 1; place <= LIFE_PLACES + 2; place++)
        life_sighted(&l, place, (int64_t)place);
    assert_true(l.is_crowded);
    for (uint64_t place = 1; place < LIFE_PLACES; place++)
        assert_false(life_clean(&l, place, 1, 20));
    assert_true(life_clean(&l, LIFE_PLACES + 9, 1, 21));
}

static void counts_its_events(void **state)
{
    (void)state;
    struct finding_life l = {.state = LIFE_NEW};
    for (int64_t us = 0; us < 20; us += 2) {
        life_sighted(&l, 1, us);
        assert_true(life_clean(&l, 1, 1, us + 1));
    }
    assert_int_equal(l.n_events, LIFE_EVENTS);
    assert_int_equal(l.n_events_dropped, 20 - LIFE_EVENTS);
}

static struct sighting sighting_of(const char *defect, int64_t us)
{
    struct sighting s = {.defect = defect,
            .subject = "x",
            .at_us = us,
            .decided_us = us,
            .place = 7,
            .rule = defect[0] == 'a' ? 0 : 1};
    s.service.id = 1;
    return s;
}

static bool keep(void *ctx, struct finding *f)
{
    struct finding *all = ctx;
    all[f->first.defect[0] == 'a' ? 0 : 1] = *f;
    return true;
}

static void settle(struct findings *f, bool a, bool b, int64_t us)
{
    const bool is_judged[2] = {a, b};
    const struct findings_round r = {.service_id = 1,
            .is_judged = is_judged,
            .n_rules = 2,
            .places = {7, 8, 9},
            .needed = 2,
            .us = us};
    findings_settle(f, &r);
}

static void settles_what_was_judged(void **state)
{
    (void)state;
    struct findings *f = findings_new(NULL);
    struct finding all[2];
    struct sighting a = sighting_of("a", 10), b = sighting_of("b", 10);
    (void)findings_add(f, &a);
    (void)findings_add(f, &b);
    settle(f, true, true, 10); /* the round that sighted both */
    settle(f, true, false, 11);
    settle(f, true, false, 12);
    settle(f, false, true, 13);
    findings_each(f, keep, all);
    assert_int_equal(all[0].life.state, LIFE_CLOSED);
    assert_int_equal(all[0].life.closed_us, 12);
    assert_int_equal(all[1].life.state, LIFE_OPEN);
    a.decided_us = 20;
    (void)findings_add(f, &a);
    settle(f, true, true, 20);
    findings_each(f, keep, all);
    assert_int_equal(all[0].life.state, LIFE_OPEN);
    assert_int_equal(all[1].life.state, LIFE_CLOSED);
    findings_free(f);
}

static void goes_on_with_earlier_runs(void **state)
{
    (void)state;
    struct findings *f = findings_new(NULL);
    struct finding all[2] = {{.count = 99}, {.count = 99}};
    const struct sighting a = sighting_of("a", 10);
    const struct finding_life life = {
            .state = LIFE_OPEN, .opened_us = 5, .n_places = 1, .places = {{7, 1}}};
    findings_restore(f, &a, &life);
    findings_each(f, keep, all); /* nothing changed: nothing to write */
    assert_int_equal(all[0].count, 99);
    settle(f, true, false, 30);
    findings_each(f, keep, all);
    assert_int_equal(all[0].count, 0);
    assert_int_equal(all[0].life.state, LIFE_CLOSED);
    assert_int_equal(findings_count(f), 0);
    findings_free(f);
}

/* The clock was set back after the finding had opened and closed in a time that never was. */
static void follows_the_clock(void **state)
{
    (void)state;
    struct findings *f = findings_new(NULL);
    struct finding all[2];
    struct sighting a = sighting_of("a", 1000);
    a.at_us = 990;
    findings_now(f, 1000);
    (void)findings_add(f, &a);
    findings_each(f, keep, all);
    assert_int_equal(all[0].life.opened_us, 1000);
    assert_int_equal(all[0].now_us, 1000);
    findings_now(f, 100);
    settle(f, true, false, 98);
    settle(f, true, false, 99);
    settle(f, true, false, 100);
    findings_each(f, keep, all);
    assert_int_equal(all[0].life.state, LIFE_CLOSED);
    assert_true(all[0].life.opened_us <= 100);
    findings_now(f, 2000);
    a.decided_us = 1990;
    (void)findings_add(f, &a);
    settle(f, true, false, 1991);
    settle(f, true, false, 1992);
    settle(f, true, false, 1993);
    findings_each(f, keep, all);
    assert_int_equal(all[0].life.closed_us, 1993);
    findings_now(f, 200);
    a.at_us = a.decided_us = 195;
    (void)findings_add(f, &a);
    findings_each(f, keep, all);
    assert_int_equal(all[0].life.state, LIFE_OPEN);
    assert_int_equal(all[0].life.opened_us, 195);
    assert_int_equal(all[0].last_seen_us, 195);
    findings_free(f);
}

static void knows_causes(void **state)
{
    (void)state;
    const char *const alert = "interop-fatal-alert";
    assert_true(relations_explains("cert-expired", alert, "client 45 t12d"));
    assert_false(relations_explains("cert-expired", alert, "server 45 t12d"));
    assert_false(relations_explains("cert-expired", alert, "client 4"));
    assert_true(relations_explains("mtls-cert-expired", alert, "server 45 t12d"));
    /* Go says bad_certificate, Java certificate_unknown, whatever is wrong. */
    assert_true(relations_explains("cert-eku-missing-serverauth", alert, "client 42 t12d"));
    assert_true(relations_explains("chain-intermediate-expired", alert, "client 46 t12d"));
    assert_false(relations_explains("chain-intermediate-expired", alert, "client 48 t12d"));
    assert_true(
            relations_explains("revoked-cert-in-use", "interop-reset-mid-handshake", "client "));
    assert_false(relations_explains("cert-expired", "interop-reset-mid-handshake", "server "));
    assert_string_equal(relations_superseded("cert-expired", 0), "cert-expiring-1d");
    assert_null(relations_superseded("cert-expired", 3));
    assert_null(relations_superseded("cert-no-san", 0));
}

static bool count_superseded(void *ctx, struct finding *f)
{
    int *n = ctx;
    *n += f->life.state == LIFE_CLOSED && f->life.events[1].kind == LIFE_SUPERSEDED;
    return true;
}

static void replaces_what_it_follows(void **state)
{
    (void)state;
    for (int is_other = 0; is_other < 2; is_other++) {
        struct findings *f = findings_new(NULL);
        struct sighting soon = sighting_of("cert-expiring-1d", 10);
        struct sighting now = sighting_of("cert-expired", 20);
        int n = 0;
        now.subject[0] = is_other ? 'y' : 'x';
        (void)findings_add(f, &soon);
        (void)findings_add(f, &now);
        findings_each(f, count_superseded, &n);
        assert_int_equal(n, is_other ? 0 : 1);
        findings_free(f);
    }
}

/* A store that waits. */
static bool refuse(void *ctx, struct finding *f)
{
    (void)f;
    ++*(int *)ctx;
    return false;
}

static void gives_again_what_was_not_taken(void **state)
{
    (void)state;
    struct findings *f = findings_new(NULL);
    struct finding all[2] = {{.count = 99}, {.count = 99}};
    struct sighting a = sighting_of("a", 10);
    int n = 0;
    (void)findings_add(f, &a);
    findings_each(f, refuse, &n);
    (void)findings_add(f, &a);
    findings_each(f, refuse, &n);
    assert_int_equal(n, 2);
    findings_each(f, keep, all);
    assert_int_equal(all[0].count, 2);
    assert_false(all[0].was_sighted);
    assert_int_equal(all[0].life.n_events, 1);
    (void)findings_add(f, &a);
    findings_each(f, keep, all);
    assert_int_equal(all[0].count, 1);
    assert_true(all[0].was_sighted);
    findings_free(f);
}

/* As the database has it. */
static void find_open(void *ctx, const struct sighting *s, struct finding_life *out)
{
    (void)s;
    ++*(int *)ctx;
    *out = (struct finding_life){
            .state = LIFE_OPEN, .opened_us = 10, .n_places = 1, .places = {{7, 1}}};
}

static void forgets_what_was_taken(void **state)
{
    (void)state;
    int n = 0;
    const struct findings_past past = {.find = find_open, .ctx = &n};
    struct findings *f = findings_new(&past);
    struct finding all[2] = {{.count = 99}, {.count = 99}};
    struct sighting a = sighting_of("a", 20);
    (void)findings_add(f, &a);
    findings_forget(f, 0); /* not given yet */
    (void)findings_add(f, &a);
    assert_int_equal(n, 1);
    findings_each(f, keep, all);
    assert_int_equal(all[0].count, 2);
    findings_forget(f, 1); /* they are few */
    (void)findings_add(f, &a);
    assert_int_equal(n, 1);
    findings_each(f, keep, all);
    findings_forget(f, 0);
    (void)findings_add(f, &a);
    assert_int_equal(n, 2);
    findings_each(f, keep, all);
    assert_int_equal(all[0].count, 1);
    assert_int_equal(all[0].life.n_events, 0); /* it has been open all the time */
    assert_int_equal(all[0].life.opened_us, 10);
    findings_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(closes_after_enough),
            cmocka_unit_test(alerts_once), cmocka_unit_test(needs_every_place),
            cmocka_unit_test(shares_when_crowded), cmocka_unit_test(counts_its_events),
            cmocka_unit_test(settles_what_was_judged), cmocka_unit_test(goes_on_with_earlier_runs),
            cmocka_unit_test(gives_again_what_was_not_taken),
            cmocka_unit_test(forgets_what_was_taken), cmocka_unit_test(follows_the_clock),
            cmocka_unit_test(knows_causes), cmocka_unit_test(replaces_what_it_follows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
