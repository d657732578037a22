/* Rules about sessions that go on: their keys, their certificates, their names. */
#include "tests/rules/build.h"

enum { TICKET = 16 + 16 + 64 + 32 };

static struct session_ticket issued;
static uint8_t rooms[8][TICKET];

/* A ticket of OpenSSL's layout: the name of key k, then what belongs to ticket i. */
static struct bytes ticket(int k, int i)
{
    uint8_t *t = rooms[i];
    for (int at = 0; at < TICKET; at++)
        t[at] = (uint8_t)(at < 16 ? 17 * at + k : 31 * at + i);
    return (struct bytes){t, TICKET};
}

static void start(struct world *w)
{
    world_init(w);
    w->history = w->facts.history = history_new();
    w->hs.resumption = RESUMPTION_FULL;
    w->certs[0].issuer_der = text_bytes("CN=Test CA");
    w->hs.session_ticket = &issued;
}

static void full(struct world *w, struct bytes t, int64_t us)
{
    w->hs.id++;
    w->hs.first_us = w->hs.last_us = w->facts.at_us = us;
    w->hs.resumption = RESUMPTION_FULL;
    w->hs.session_ticket = &issued;
    issued.ticket = t;
    w->client_hello.session_ticket = (struct bytes){NULL, 0};
    w->facts.n_chain = 3;
}

static void resume(struct world *w, struct bytes t, int64_t us)
{
    full(w, t, us);
    w->hs.resumption = RESUMPTION_RESUMED;
    w->hs.session_ticket = NULL;
    w->client_hello.session_ticket = t;
    w->facts.n_chain = 0;
}

static void learn(struct world *w)
{
    world_learn(w, w->facts.n_chain > 0 ? &w->certs[0] : NULL, w->hs.last_us);
}

static void test_key_ages(void **state)
{
    (void)state;
    static const struct {
        int64_t later_us;
        enum verdict verdict;
        enum severity severity;
    } rows[] = {{DAY, RULE_PASS, 0}, {DAY + 1, RULE_HIT, SEV_MEDIUM},
            {7 * DAY, RULE_HIT, SEV_MEDIUM}, {7 * DAY + 1, RULE_HIT, SEV_HIGH},
            {-DAY, RULE_PASS, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        start(&w);
        full(&w, ticket(0, 0), NOW);
        CHECK(&w, "stek-long-lived", RULE_PASS);
        learn(&w);
        full(&w, ticket(0, 1), NOW + rows[i].later_us);
        CHECK(&w, "stek-long-lived", rows[i].verdict);
        if (rows[i].verdict == RULE_HIT) {
            assert_int_equal(w.answer.severity, rows[i].severity);
            assert_string_equal(w.answer.subject, "00112233445566778899aabbccddeeff");
        }
        history_free(w.history);
    }
}

static void test_key_names(void **state)
{
    (void)state;
    struct world w;
    start(&w);
    full(&w, ticket(0, 0), NOW);
    learn(&w);
    full(&w, ticket(1, 1), NOW + 2 * DAY); /* another key */
    CHECK(&w, "stek-long-lived", RULE_PASS);
    resume(&w, ticket(0, 0), NOW + 2 * DAY); /* one ticket alone: are these bytes a name? */
    CHECK(&w, "stek-long-lived", RULE_PASS);
    learn(&w);
    resume(&w, ticket(0, 2), NOW + 2 * DAY);
    CHECK(&w, "stek-long-lived", RULE_HIT);
    w.hs.resumption = RESUMPTION_FULL; /* offered, not accepted */
    CHECK(&w, "stek-long-lived", RULE_NA);
    resume(&w, ticket(0, 2), NOW + 2 * DAY);
    w.client_hello.session_ticket.n -= 3; /* a layout that is not known */
    CHECK(&w, "stek-long-lived", RULE_NA);
    history_free(w.history);
    check_without_hello("stek-long-lived");
}

/* TLS 1.3: only what clients offer. */
static void test_key_of_psk(void **state)
{
    (void)state;
    struct world w;
    start(&w);
    w.hs.version = TLS_1_3;
    resume(&w, (struct bytes){NULL, 0}, NOW);
    w.client_hello.psk_identity = ticket(0, 0);
    w.server_hello.has_psk = true;
    learn(&w);
    resume(&w, (struct bytes){NULL, 0}, NOW + 8 * DAY);
    w.client_hello.psk_identity = ticket(0, 1);
    CHECK(&w, "stek-long-lived", RULE_HIT);
    w.server_hello.psk_index = 1; /* another identity than the one that is looked at */
    CHECK(&w, "stek-long-lived", RULE_NA);
    w.server_hello.has_psk = false;
    CHECK(&w, "stek-long-lived", RULE_NA);
    history_free(w.history);
}

/* What stands in front of every ticket of Windows, and what is hardly random. */
static void test_headers(void **state)
{
    (void)state;
    static const uint8_t heads[][16] = {
            {1, 0, 0, 0, 0xd0, 0x8c, 0x9d, 0xdf, 1, 0x15, 0xd1, 0x11, 0x8c, 0x7a, 0, 0xc0},
            {0x30, 0x82, 5, 5, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 3, 0xa0},
            {1, 2, 3, 4, 5, 6, 7, 8}};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct world w;
        start(&w);
        full(&w, ticket(0, 0), NOW);
        memcpy(rooms[0], heads[i], 16);
        learn(&w);
        full(&w, ticket(0, 1), NOW + 8 * DAY);
        memcpy(rooms[1], heads[i], 16);
        CHECK(&w, "stek-long-lived", RULE_NA);
        history_free(w.history);
    }
}

static void test_shared_keys(void **state)
{
    (void)state;
    struct world w;
    start(&w);
    full(&w, ticket(0, 0), NOW);
    CHECK(&w, "stek-shared", RULE_PASS);
    learn(&w);
    full(&w, ticket(0, 1), NOW + 1);
    CHECK(&w, "stek-shared", RULE_PASS);
    (void)snprintf(w.service.name, sizeof w.service.name, "other.test");
    w.hs.sides[SIDE_SERVER].endpoint.address.ip[15] = 9;
    w.certs[0].sha256[0] ^= 1;
    CHECK(&w, "stek-shared", RULE_PASS); /* one issuer: one owner */
    w.certs[0].issuer_der = text_bytes("CN=Other CA");
    static const enum severity severities[] = {
            [KNOWN_UNKNOWN] = SEV_LOW, [KNOWN_NO] = SEV_MEDIUM, [KNOWN_YES] = SEV_INFO};
    for (size_t i = 0; i < 3; i++) {
        world_public(&w, (enum known)i);
        CHECK(&w, "stek-shared", RULE_HIT);
        assert_int_equal(w.answer.severity, severities[i]);
    }
    w.hs.sides[SIDE_SERVER].endpoint.address.ip[15] = 0;
    CHECK(&w, "stek-shared", RULE_PASS); /* one server */
    w.hs.sides[SIDE_SERVER].endpoint.port = 8443;
    world_public(&w, KNOWN_NO);
    CHECK(&w, "stek-shared", RULE_HIT); /* two on one host */
    assert_int_equal(w.answer.severity, SEV_LOW);
    world_public(&w, KNOWN_YES);
    CHECK(&w, "stek-shared", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_INFO);
    w.hs.sides[SIDE_SERVER].endpoint.port = 443;
    w.hs.sides[SIDE_SERVER].endpoint.address.ip[15] = 9;
    full(&w, ticket(1, 1), NOW + 1);
    CHECK(&w, "stek-shared", RULE_PASS);
    resume(&w, ticket(0, 1), NOW + 1); /* no certificate to compare */
    CHECK(&w, "stek-shared", RULE_NA);
    history_free(w.history);
    check_without_hello("stek-shared");
}

static void test_expiry(void **state)
{
    (void)state;
    for (int is_ticket = 0; is_ticket < 2; is_ticket++) {
        struct world w;
        start(&w);
        struct bytes id = {rooms[7], 32};
        (void)ticket(0, 7);
        const int64_t end_us = w.certs[0].not_after_us;
        full(&w, ticket(0, 0), end_us - DAY);
        w.hs.session_ticket = is_ticket ? &issued : NULL;
        w.server_hello.session_id = is_ticket ? (struct bytes){NULL, 0} : id;
        CHECK(&w, "resumption-past-expiry", RULE_NA);
        learn(&w);
        resume(&w, is_ticket ? ticket(0, 0) : (struct bytes){NULL, 0}, end_us);
        w.client_hello.session_id = is_ticket ? (struct bytes){NULL, 0} : id;
        CHECK(&w, "resumption-past-expiry", RULE_PASS);
        w.facts.at_us = end_us + 1;
        CHECK(&w, "resumption-past-expiry", RULE_HIT);
        if (is_ticket) { /* renewed: the leaf stays */
            issued.ticket = ticket(0, 1);
            w.hs.session_ticket = &issued;
            learn(&w);
            resume(&w, ticket(0, 1), end_us + 2);
            CHECK(&w, "resumption-past-expiry", RULE_HIT);
        }
        w.hs.is_ambiguous = true;
        CHECK(&w, "resumption-past-expiry", RULE_UNDETERMINED);
        w.hs.is_ambiguous = false;
        w.client_hello.session_ticket = ticket(0, 5);
        w.client_hello.session_id = (struct bytes){NULL, 0};
        CHECK(&w, "resumption-past-expiry", RULE_UNDETERMINED);
        w.hs.version = TLS_1_3;
        CHECK(&w, "resumption-past-expiry", RULE_NA);
        history_free(w.history);
    }
    check_without_hello("resumption-past-expiry");
}

/* Served when it had expired already: cert-expired. */
static void test_expired_before(void **state)
{
    (void)state;
    struct world w;
    start(&w);
    full(&w, ticket(0, 0), w.certs[0].not_after_us + 1);
    learn(&w);
    resume(&w, ticket(0, 0), w.certs[0].not_after_us + 2);
    CHECK(&w, "resumption-past-expiry", RULE_PASS);
    history_free(w.history);
}

/* A session from before its leaf was revoked, resumed once that could be known. */
static void test_revoked(void **state)
{
    static struct judgement j;
    struct world w;
    (void)state;
    for (int i = 0; i < 4; i++) {
        start(&w);
        j = (struct judgement){.has_crls = true,
                .crl = {.status = CRL_REVOKED,
                        .verdict = i == 1 ? SIGNED_UNVERIFIED : SIGNED_VALID,
                        .revoked_reason = i == 2 ? REVOKED_CERTIFICATE_HOLD : REVOKED_NO_REASON,
                        .revoked_us = i == 3 ? NOW - 1 : NOW + HOUR,
                        .this_update_us = NOW + 2 * HOUR}};
        w.facts.judgement = &j;
        full(&w, ticket(0, 0), NOW);
        learn(&w);
        resume(&w, ticket(0, 0), NOW + 2 * HOUR);
        CHECK(&w, "resumption-past-expiry", RULE_PASS);
        resume(&w, ticket(0, 0), NOW + 2 * HOUR + 1);
        CHECK(&w, "resumption-past-expiry", i == 0 ? RULE_HIT : RULE_PASS);
        history_free(w.history);
    }
}

static void go_to(struct world *w, const char *name, int64_t id)
{
    (void)snprintf(w->service.name, sizeof w->service.name, "%s", name);
    w->service.id = id;
    w->client_hello.sni = text_bytes(name);
}

static void test_across_names(void **state)
{
    (void)state;
    struct world w;
    start(&w);
    struct san sans[2] = {
            {SAN_DNS, text_bytes("WWW.example.test")}, {SAN_DNS, text_bytes("*.wild.test")}};
    w.certs[0].sans = sans;
    w.certs[0].n_sans = 2;
    full(&w, ticket(0, 0), NOW);
    CHECK(&w, "name-resumption-across-sni", RULE_NA);
    learn(&w);
    resume(&w, ticket(0, 0), NOW);
    CHECK(&w, "name-resumption-across-sni", RULE_PASS);
    go_to(&w, "a.wild.test", 8); /* the leaf names it */
    CHECK(&w, "name-resumption-across-sni", RULE_PASS);
    go_to(&w, "a.b.wild.test", 9);
    CHECK(&w, "name-resumption-across-sni", RULE_UNDETERMINED);
    full(&w, ticket(0, 1), NOW);
    learn(&w); /* one certificate for all */
    resume(&w, ticket(0, 0), NOW);
    CHECK(&w, "name-resumption-across-sni", RULE_PASS);
    w.certs[0].sha256[0] ^= 1;
    full(&w, ticket(0, 2), NOW);
    learn(&w);
    resume(&w, ticket(0, 0), NOW);
    CHECK(&w, "name-resumption-across-sni", RULE_HIT);
    assert_string_equal(w.answer.subject, "www.example.test");
    w.client_hello.has_sni = false;
    CHECK(&w, "name-resumption-across-sni", RULE_NA);
    w.client_hello.has_sni = true;
    w.client_hello.session_ticket = ticket(0, 5);
    CHECK(&w, "name-resumption-across-sni", RULE_UNDETERMINED);
    history_free(w.history);
    check_without_hello("name-resumption-across-sni");
}

/* More names than are kept: nothing is said. */
static void test_many_names(void **state)
{
    (void)state;
    struct world w;
    struct san sans[17];
    for (size_t i = 0; i < 17; i++)
        sans[i] = (struct san){SAN_DNS, text_bytes("www.example.test")};
    for (size_t n = 16; n <= 17; n++) {
        start(&w);
        w.certs[0].sans = sans;
        w.certs[0].n_sans = n;
        full(&w, ticket(0, 0), NOW);
        learn(&w);
        go_to(&w, "other.test", 8);
        w.certs[0].sha256[0] ^= 1;
        full(&w, ticket(0, 1), NOW);
        learn(&w);
        resume(&w, ticket(0, 0), NOW);
        CHECK(&w, "name-resumption-across-sni", n == 16 ? RULE_HIT : RULE_PASS);
        history_free(w.history);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_key_ages),
            cmocka_unit_test(test_key_names), cmocka_unit_test(test_key_of_psk),
            cmocka_unit_test(test_headers), cmocka_unit_test(test_shared_keys),
            cmocka_unit_test(test_expiry), cmocka_unit_test(test_expired_before),
            cmocka_unit_test(test_revoked), cmocka_unit_test(test_across_names),
            cmocka_unit_test(test_many_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
