/* What is remembered of certificates: what is pushed out, and what does not cross vantages. */
#include <stdio.h>

#include "history/audiences.h"
#include "history/default_leaves.h"
#include "history/generations.h"
#include "history/issuers.h"
#include "history/leaf_keys.h"
#include "history/switches.h"
#include "tests/unit/test.h"

#define START INT64_C(1790000000000000)
#define HOUR INT64_C(3600000000)

static const struct service SERVICE = {.id = 5};
static struct client_hello HELLO;

/* One handshake: which leaf which server shows which client. */
struct meeting {
    struct certificate leaf;
    struct handshake hs;
    struct lesson lesson;
};

static struct lesson *meeting(struct meeting *m, uint8_t leaf, uint8_t server, uint8_t client)
{
    static int64_t id;
    *m = (struct meeting){.leaf = {.is_parsed = true,
                                  .not_before_us = START - HOUR,
                                  .not_after_us = START + 1000 * HOUR,
                                  .issuer = "CN=CA"},
            .hs = {.id = ++id, .client_hello = &HELLO, .version = TLS_1_2}};
    m->leaf.sha256[0] = leaf;
    m->hs.sides[SIDE_SERVER].endpoint.address.ip[15] = server;
    m->hs.sides[SIDE_CLIENT].endpoint.address.ip[15] = client;
    m->lesson = (struct lesson){.handshake = &m->hs,
            .service = &SERVICE,
            .leaf = &m->leaf,
            .is_name_match = true,
            .at_us = START + id};
    m->hs.first_us = m->hs.last_us = m->lesson.at_us;
    return &m->lesson;
}

static struct switching seen(struct history *h, uint8_t leaf, int64_t vantage)
{
    struct meeting m;
    struct switching s;
    struct lesson *l = meeting(&m, leaf, 1, 1);
    l->vantage = vantage;
    assert_true(history_switching(h, l, HOUR, &s));
    history_learn(h, l);
    return s;
}

static void leaves_that_are_forgotten_do_not_return(void **state)
{
    struct history *h = history_new();
    (void)state;
    for (uint8_t i = 0; i <= SWITCHES_LEAVES; i++)
        assert_int_equal(seen(h, i, 0).n_returns, 0);
    assert_int_equal(seen(h, SWITCHES_LEAVES - 1, 0).n_returns, 1);
    assert_int_equal(seen(h, 0, 0).n_returns, 1); /* pushed out: as if new */
    struct switching s = seen(h, 9, 1);           /* another vantage */
    assert_false(s.is_switch);
    assert_int_equal(s.n, 0);
    history_free(h);
}

static void only_so_many_nodes_are_counted(void **state)
{
    struct history *h = history_new();
    struct meeting m;
    struct generation g;
    (void)state;
    for (uint8_t i = 0; i < GENERATIONS_NODES + 3; i++)
        history_learn(h, meeting(&m, 1, i, 1));
    struct lesson *l = meeting(&m, 2, 50, 1);
    m.leaf.not_before_us = START;
    history_learn(h, l);
    (void)meeting(&m, 1, 51, 1);
    assert_true(history_newer(h, 0, &SERVICE, &m.hs, &m.leaf, &g));
    assert_int_equal(g.n_new, 1);
    assert_int_equal(g.n_old, GENERATIONS_NODES); /* and this one */
    assert_false(g.is_successor);
    m.leaf.key_type = KEY_EC;
    assert_false(history_newer(h, 0, &SERVICE, &m.hs, &m.leaf, &g));
    history_free(h);
}

static void keys_cross_vantages(void **state)
{
    struct history *h = history_new();
    struct meeting m;
    struct leaf_key_past past;
    struct issuer_past issuers;
    (void)state;
    history_learn(h, meeting(&m, 1, 1, 1));
    struct lesson *l = meeting(&m, 2, 1, 1);
    l->vantage = 7;
    m.leaf.not_before_us = START;
    assert_true(history_leaf_key(h, &m.leaf, &past));
    assert_int_equal(past.since_us, START - HOUR);
    assert_false(history_issuers(h, 7, &SERVICE, &m.leaf, &issuers));
    assert_true(history_issuers(h, 0, &SERVICE, &m.leaf, &issuers));
    assert_true(issuers.is_known);
    history_free(h);
}

/* A crowd of clients is seen in part; whoever meets both issuers settles it. */
static void audiences_are_bounded(void **state)
{
    struct history *h = history_new();
    struct meeting m;
    struct audience a;
    (void)state;
    for (int round = 0; round < 3; round++)
        for (uint8_t i = 0; i < AUDIENCES_CLIENTS; i++) {
            struct lesson *l = meeting(&m, 1, 1, i);
            m.leaf.issuer_der = bytes_of_text(i % 2 ? "one" : "two");
            history_learn(h, l);
        }
    struct lesson *l = meeting(&m, 1, 1, 1);
    m.leaf.issuer_der = bytes_of_text("one");
    assert_true(history_audience(h, l, AUDIENCE_BY_ISSUER, &a));
    assert_int_equal(a.n_own, AUDIENCES_CLIENTS / 2);
    assert_int_equal(a.n_others, AUDIENCES_CLIENTS / 2);
    assert_false(history_audience(h, l, AUDIENCE_BY_ROOT, &a)); /* nothing is known of the roots */
    m.leaf.issuer_der = bytes_of_text("two");
    assert_false(history_audience(h, l, AUDIENCE_BY_ISSUER, &a));
    history_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(leaves_that_are_forgotten_do_not_return),
            cmocka_unit_test(only_so_many_nodes_are_counted),
            cmocka_unit_test(keys_cross_vantages),
            cmocka_unit_test(audiences_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
