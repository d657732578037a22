/* Rules about the chain and the trust stores. */
#include "tests/rules/judged.h"

static const char *const trust_rules[] = {"chain-missing-intermediate", "chain-untrusted-root",
        "unknown-anchor", "chain-store-divergence", "chain-intermediate-expired",
        "chain-intermediate-expiring", "chain-weak-intermediate", "chain-constraint-violation"};

static void both(struct judged *d, size_t store, enum chain_status s)
{
    d->stores[store].as_sent.status = d->stores[store].as_sent.path_status = s;
    d->stores[store].as_repaired.status = d->stores[store].as_repaired.path_status = s;
}

static void test_gates(void **state)
{
    (void)state;
    static const char *const others[] = {"chain-out-of-order", "chain-unneeded-root",
            "chain-unrelated-cert", "chain-signature-invalid"};
    for (size_t i = 0; i < sizeof trust_rules / sizeof *trust_rules; i++) {
        struct judged d;
        check_without_certificate(trust_rules[i]);
        judged_unjudged(trust_rules[i]);
        judged_init(&d);
        d.j.server_chain = NULL;
        CHECK(&d.w, trust_rules[i], RULE_UNDETERMINED);
        d.j.server_chain = &d.chain;
        d.chain.n_stores = 0; /* no trust store */
        CHECK(&d.w, trust_rules[i], RULE_UNDETERMINED);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        check_without_certificate(others[i]);
        judged_unjudged(others[i]);
    }
    check_without_certificate("chain-too-large");
}

/* Statuses of a list as it was sent and as repaired, and what each rule answers. */
enum { P = RULE_PASS, H = RULE_HIT, N = RULE_NA, U = RULE_UNDETERMINED };

static const struct {
    enum chain_status sent, repaired;
    int missing, untrusted, expired, expiring, weak, constraint, signature;
} statuses[] = {
        {CHAIN_TRUSTED, CHAIN_TRUSTED, P, P, P, P, P, P, P},
        {CHAIN_MISSING_INTERMEDIATE, CHAIN_TRUSTED, H, P, P, P, P, P, P},
        {CHAIN_UNTRUSTED_ROOT, CHAIN_TRUSTED, H, P, P, P, P, P, P},
        {CHAIN_UNTRUSTED_ROOT, CHAIN_UNTRUSTED_ROOT, N, H, P, P, P, N, P},
        {CHAIN_SELF_SIGNED, CHAIN_SELF_SIGNED, N, N, N, N, N, N, P},
        {CHAIN_INCOMPLETE, CHAIN_INCOMPLETE, N, H, U, U, U, N, P},
        {CHAIN_INCOMPLETE, CHAIN_UNTRUSTED_ROOT, N, H, P, P, P, N, P},
        {CHAIN_SIGNATURE_INVALID, CHAIN_SIGNATURE_INVALID, N, N, N, N, N, N, P},
        {CHAIN_CONSTRAINT_VIOLATION, CHAIN_CONSTRAINT_VIOLATION, N, P, N, N, N, H, P},
        {CHAIN_MALFORMED, CHAIN_MALFORMED, U, U, U, U, U, U, U},
        {CHAIN_UNVERIFIED, CHAIN_UNVERIFIED, U, U, U, U, U, U, U},
        {CHAIN_UNVERIFIED, CHAIN_TRUSTED, U, P, P, P, P, P, P},
};

/* Nobody has the issuer: by its organisation it is an intermediate of a trusted root. */
static void test_kin(void **state)
{
    (void)state;
    static const struct {
        bool is_wanted, is_kin, is_bad_link;
        enum chain_status repaired;
        enum verdict missing, untrusted;
    } rows[] = {{true, true, false, CHAIN_INCOMPLETE, RULE_HIT, RULE_NA},
            {true, false, false, CHAIN_INCOMPLETE, RULE_NA, RULE_HIT},
            {false, true, false, CHAIN_INCOMPLETE, RULE_NA, RULE_HIT},
            {true, true, true, CHAIN_INCOMPLETE, RULE_NA, RULE_HIT},
            {true, true, false, CHAIN_UNTRUSTED_ROOT, RULE_NA, RULE_HIT}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct judged d;
        judged_init(&d);
        for (size_t k = 0; k < d.chain.n_stores; k++) {
            both(&d, k, CHAIN_INCOMPLETE);
            d.stores[k].as_repaired.path_status = rows[i].repaired;
            d.stores[k].as_repaired.n_path = 1;
        }
        d.chain.missing.is_wanted = rows[i].is_wanted;
        d.chain.missing.is_kin = rows[i].is_kin;
        d.chain.missing.issuer = "O=Example, CN=Example Issuing";
        d.chain.bad_link.is_seen = rows[i].is_bad_link;
        if (world_check(&d.w, "chain-missing-intermediate") != rows[i].missing)
            fail_msg("missing, row %zu", i);
        if (rows[i].missing == RULE_HIT)
            assert_true(d.w.answer.confidence <= 0.7);
        if (world_check(&d.w, "chain-untrusted-root") != rows[i].untrusted)
            fail_msg("untrusted, row %zu", i);
    }
}

static void test_statuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        struct judged d;
        judged_init(&d);
        d.stores[0].as_sent.status = d.stores[0].as_sent.path_status = statuses[i].sent;
        d.stores[0].as_repaired.status = d.stores[0].as_repaired.path_status = statuses[i].repaired;
        const struct {
            const char *id;
            int verdict;
        } wanted[] = {{"chain-missing-intermediate", statuses[i].missing},
                {"chain-untrusted-root", statuses[i].untrusted},
                {"chain-intermediate-expired", statuses[i].expired},
                {"chain-intermediate-expiring", statuses[i].expiring},
                {"chain-weak-intermediate", statuses[i].weak},
                {"chain-constraint-violation", statuses[i].constraint},
                {"chain-signature-invalid", statuses[i].signature}};
        for (size_t k = 0; k < sizeof wanted / sizeof *wanted; k++)
            (void)judged_expect(&d, wanted[k].id, wanted[k].verdict, i);
    }
}

static void test_missing(void **state)
{
    (void)state;
    const char *id = "chain-missing-intermediate";
    struct judged d;
    judged_init(&d);
    d.stores[0].as_sent.status = d.stores[0].as_sent.path_status = CHAIN_MISSING_INTERMEDIATE;
    d.chain.missing = (struct chain_missing){.is_wanted = true,
            .child_at = 1,
            .issuer = "CN=Absent CA",
            .url = "http://ca.example.test/absent.crt"};
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_HIGH);
    assert_ptr_equal(d.w.answer.certificate, &d.w.certs[1]);
    assert_non_null(strstr(d.w.answer.summary, "CN=Absent CA was not sent"));
    assert_non_null(strstr(d.w.answer.summary, "http://ca.example.test/absent.crt"));
    d.chain.missing.url = NULL;
    CHECK(&d.w, id, RULE_HIT);
    assert_null(strstr(d.w.answer.summary, "published"));
    d.w.message.n_dropped = 1;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.w.message.n_dropped = 0;
    d.chain.n_stores = 2; /* the other store takes the list as it is */
    CHECK(&d.w, id, RULE_PASS);
    both(&d, 1, CHAIN_UNTRUSTED_ROOT);
    CHECK(&d.w, id, RULE_HIT);
    both(&d, 1, CHAIN_UNVERIFIED);
    CHECK(&d.w, id, RULE_UNDETERMINED);
}

static void test_order(void **state)
{
    (void)state;
    const char *id = "chain-out-of-order";
    struct judged d;
    judged_init(&d);
    CHECK(&d.w, id, RULE_PASS);
    /* server, root, intermediate */
    d.chain.is_path_in_order = false;
    d.stores[0].as_sent.path[1].sent_at = 2;
    d.stores[0].as_sent.path[2].sent_at = 1;
    d.chain.n_order = 2;
    d.chain.order[0] = 0;
    d.chain.order[1] = 1;
    CHECK(&d.w, id, RULE_HIT);
    assert_ptr_equal(d.w.answer.certificate, &d.w.certs[1]);
    assert_non_null(strstr(d.w.answer.summary, "certificate 2 of the list"));
    d.w.hs.version = TLS_1_3;
    CHECK(&d.w, id, RULE_NA);
    d.w.hs.version = TLS_1_2;
    d.chain.is_capped = true;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.chain.is_capped = false;
    d.chain.n_malformed = 1;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.chain.n_malformed = 0;
    d.chain.n_stores = 0;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.chain.n_stores = 1;
    /* Two certificates over the intermediate's key: each certifies the server's. */
    d.chain.n_order = 1;
    d.chain.order[0] = 1;
    CHECK(&d.w, id, RULE_PASS);
    /* Extras behind the path harm nobody. */
    judged_init(&d);
    d.chain.n_order = 1;
    d.chain.order[0] = 2;
    CHECK(&d.w, id, RULE_PASS);
    d.chain.n_sent = 1;
    CHECK(&d.w, id, RULE_NA);
}

static void test_root(void **state)
{
    (void)state;
    const char *id = "chain-unneeded-root";
    struct judged d;
    judged_init(&d);
    CHECK(&d.w, id, RULE_PASS);
    d.chain.root_at = 2;
    CHECK(&d.w, id, RULE_NA); /* in no store */
    d.chain.is_root_known = true;
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_INFO);
    assert_ptr_equal(d.w.answer.certificate, &d.w.certs[2]);
    d.w.hs.sides[SIDE_SERVER].endpoint.port = 25; /* DANE-TA needs it */
    CHECK(&d.w, id, RULE_NA);
    d.w.hs.sides[SIDE_SERVER].endpoint.port = 443;
    d.chain.n_stores = 0;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.chain.n_sent = 1;
    CHECK(&d.w, id, RULE_NA);
}

static void test_unrelated(void **state)
{
    (void)state;
    const char *id = "chain-unrelated-cert";
    struct judged d;
    judged_init(&d);
    CHECK(&d.w, id, RULE_PASS);
    d.chain.n_unrelated = 1;
    d.chain.unrelated[0] = 2;
    CHECK(&d.w, id, RULE_HIT);
    assert_ptr_equal(d.w.answer.certificate, &d.w.certs[2]);
    assert_non_null(strstr(d.w.answer.summary, "no path"));
    d.chain.n_unrelated = 0;
    d.chain.n_duplicates = 2;
    d.chain.duplicates[0] = 1;
    CHECK(&d.w, id, RULE_HIT);
    assert_non_null(strstr(d.w.answer.summary, "twice (and 1 more)"));
    d.chain.n_duplicates = 0;
    d.chain.is_capped = true;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.chain.is_capped = false;
    d.chain.n_malformed = 1;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.chain.n_malformed = 0;
    d.chain.bad_link.is_seen = true;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.chain.n_sent = 1;
    CHECK(&d.w, id, RULE_NA);
}

static void test_untrusted(void **state)
{
    (void)state;
    const char *id = "chain-untrusted-root";
    struct judged d;
    judged_init(&d);
    both(&d, 0, CHAIN_UNTRUSTED_ROOT);
    d.w.certs[2].subject = "CN=Strange root";
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_HIGH);
    assert_true(d.w.answer.confidence > 0.99);
    assert_ptr_equal(d.w.answer.certificate, &d.w.certs[2]);
    assert_non_null(strstr(d.w.answer.summary, "ends in CN=Strange root"));
    CHECK(&d.w, "unknown-anchor", RULE_NA);
    /* The root was seen elsewhere only: the subject is its hash. */
    d.stores[0].as_repaired.path[2].sent_at = -1;
    d.w.certs[1].issuer = "CN=Strange root";
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(strncmp(d.w.answer.subject, "030303", 6), 0);
    assert_non_null(strstr(d.w.answer.summary, "ends in CN=Strange root"));
    /* The issuer of the last one is nowhere. */
    both(&d, 0, CHAIN_INCOMPLETE);
    d.stores[0].as_repaired.n_path = 2;
    CHECK(&d.w, id, RULE_HIT);
    assert_true(d.w.answer.confidence > 0.69 && d.w.answer.confidence < 0.71);
    assert_non_null(strstr(
            d.w.answer.summary, "issuer CN=Strange root was neither sent nor is it in any store"));
    d.stores[0].as_repaired.n_path = 1;
    d.w.certs[0].issuer = "CN=Nobody";
    CHECK(&d.w, id, RULE_HIT);
    assert_non_null(strstr(
            d.w.answer.summary, "its issuer CN=Nobody was neither sent nor is it in any store"));
    /* A root that one of several stores knows is known. */
    d.chain.n_stores = 2;
    CHECK(&d.w, id, RULE_PASS);
    both(&d, 1, CHAIN_CONSTRAINT_VIOLATION);
    CHECK(&d.w, id, RULE_PASS);
    both(&d, 1, CHAIN_UNVERIFIED);
    CHECK(&d.w, id, RULE_UNDETERMINED);
}

/* How far the newest root of the store lies from the packets, and who speaks. */
static void test_another_time(void **state)
{
    (void)state;
    static const struct {
        int64_t newest;
        bool is_named, is_unknown;
    } rows[] = {{180 * DAY, false, false}, {180 * DAY + 1, false, true},
            {180 * DAY + 1, true, false}, {-400 * DAY, false, false}, {-400 * DAY - 1, false, true},
            {-400 * DAY - 1, true, false}, {0, false, false}};
    static const enum chain_status bad[] = {CHAIN_UNTRUSTED_ROOT, CHAIN_INCOMPLETE};
    struct judged d;
    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        judged_init(&d);
        both(&d, 0, bad[i % 2]);
        d.infos[0].newest_us = NOW + rows[i / 2].newest;
        d.infos[0].is_named = rows[i / 2].is_named;
        bool is_unknown = rows[i / 2].is_unknown;
        if (world_check(&d.w, "unknown-anchor") != (is_unknown ? RULE_HIT : RULE_NA))
            fail_msg("row %zu: unknown-anchor", i / 2);
        if (is_unknown)
            assert_int_equal(d.w.answer.severity, SEV_INFO);
        if (world_check(&d.w, "chain-untrusted-root") !=
                (is_unknown ? RULE_UNDETERMINED : RULE_HIT))
            fail_msg("row %zu: chain-untrusted-root", i / 2);
    }
    /* Every store that says so has to be of another time. */
    judged_init(&d);
    both(&d, 0, CHAIN_UNTRUSTED_ROOT);
    both(&d, 1, CHAIN_UNTRUSTED_ROOT);
    d.chain.n_stores = 2;
    d.infos[0].newest_us = NOW + 300 * DAY;
    CHECK(&d.w, "unknown-anchor", RULE_NA);
    CHECK(&d.w, "chain-untrusted-root", RULE_HIT);
    d.infos[1].newest_us = NOW - 500 * DAY;
    CHECK(&d.w, "unknown-anchor", RULE_HIT);
    both(&d, 1, CHAIN_TRUSTED);
    CHECK(&d.w, "unknown-anchor", RULE_PASS);
}

static void test_divergence(void **state)
{
    (void)state;
    const char *id = "chain-store-divergence";
    struct judged d;
    judged_init(&d);
    CHECK(&d.w, id, RULE_NA); /* one store */
    d.chain.n_stores = 2;
    CHECK(&d.w, id, RULE_PASS);
    static const struct {
        enum chain_status status;
        enum verdict verdict;
    } rows[] = {{CHAIN_UNTRUSTED_ROOT, RULE_HIT}, {CHAIN_INCOMPLETE, RULE_HIT},
            {CHAIN_CONSTRAINT_VIOLATION, RULE_HIT}, {CHAIN_UNVERIFIED, RULE_UNDETERMINED},
            {CHAIN_TRUSTED, RULE_PASS}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        both(&d, 1, rows[i].status);
        CHECK(&d.w, id, rows[i].verdict);
    }
    both(&d, 1, CHAIN_UNTRUSTED_ROOT);
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_MEDIUM);
    assert_non_null(strstr(d.w.answer.summary, "trusted by one (newest root 2026-06-13)"));
    assert_non_null(strstr(d.w.answer.summary, "but not by two (newest root"));
    d.stores[1].is_public = false; /* a private root beside the public ones */
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_INFO);
    d.chain.n_stores = 3;
    both(&d, 2, CHAIN_INCOMPLETE);
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_MEDIUM);
    for (size_t i = 0; i < 3; i++)
        both(&d, i, CHAIN_UNTRUSTED_ROOT);
    CHECK(&d.w, id, RULE_NA);
}

static void expire(struct chain_verdict *v, int64_t us)
{
    v->ca_not_after_us = us;
    v->time = us < NOW ? CHAIN_TIME_EXPIRED_INTERMEDIATE : CHAIN_TIME_OK;
    v->status = us < NOW ? CHAIN_EXPIRED_INTERMEDIATE : CHAIN_TRUSTED;
}

static void test_intermediate_expired(void **state)
{
    (void)state;
    const char *id = "chain-intermediate-expired";
    struct judged d;
    judged_init(&d);
    expire(&d.stores[0].as_sent, NOW);
    expire(&d.stores[0].as_repaired, NOW);
    CHECK(&d.w, id, RULE_PASS);
    expire(&d.stores[0].as_sent, NOW - 1);
    expire(&d.stores[0].as_repaired, NOW - 1);
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_HIGH);
    assert_true(d.w.answer.confidence > 0.99);
    assert_ptr_equal(d.w.answer.certificate, &d.w.certs[1]);
    /* One that was not sent is named by the issuer of the one before. */
    d.stores[0].as_sent.path[1].sent_at = -1;
    d.w.certs[0].issuer = "CN=Absent CA";
    CHECK(&d.w, id, RULE_HIT);
    assert_non_null(strstr(d.w.answer.summary, "CN=Absent CA expired"));
    assert_int_equal(strncmp(d.w.answer.subject, "020202", 6), 0);
    /* Another store has a path that lasts. */
    d.chain.n_stores = 2;
    CHECK(&d.w, id, RULE_PASS);
    d.chain.n_stores = 1;
    /* A newer intermediate was seen elsewhere: only some clients notice. */
    expire(&d.stores[0].as_repaired, NOW + DAY);
    CHECK(&d.w, id, RULE_HIT);
    assert_true(d.w.answer.confidence < 0.71);
    /* An expired server certificate hides which paths would be valid. */
    d.stores[0].as_sent.time = CHAIN_TIME_EXPIRED_LEAF;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    judged_init(&d);
    d.chain.n_expired_cross = 1;
    d.chain.expired_cross[0] = 2;
    d.w.certs[2].not_after_us = NOW - DAY;
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_LOW);
    assert_ptr_equal(d.w.answer.certificate, &d.w.certs[2]);
    judged_init(&d); /* issued by the root itself */
    d.stores[0].as_sent.ca_not_after_at = d.stores[0].as_repaired.ca_not_after_at = -1;
    d.stores[0].as_sent.ca_not_after_us = d.stores[0].as_repaired.ca_not_after_us = INT64_MAX;
    CHECK(&d.w, id, RULE_NA);
    CHECK(&d.w, "chain-intermediate-expiring", RULE_NA);
    CHECK(&d.w, "chain-weak-intermediate", RULE_NA);
}

static void test_intermediate_expiring(void **state)
{
    (void)state;
    const char *id = "chain-intermediate-expiring";
    static const struct {
        int64_t ca, leaf;
        enum verdict verdict;
    } rows[] = {{30 * DAY, 20 * DAY, RULE_PASS}, {30 * DAY - 1, 20 * DAY, RULE_HIT},
            {100 * DAY, 100 * DAY, RULE_PASS}, {100 * DAY - 1, 100 * DAY, RULE_PASS},
            {99 * DAY + 1, 100 * DAY, RULE_PASS}, {99 * DAY, 100 * DAY, RULE_HIT},
            {0, 20 * DAY, RULE_HIT}, {-1, 20 * DAY, RULE_NA}};
    struct judged d;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        judged_init(&d);
        expire(&d.stores[0].as_sent, NOW + rows[i].ca);
        d.w.certs[0].not_after_us = NOW + rows[i].leaf;
        d.w.certs[1].not_after_us = NOW + rows[i].ca;
        if (world_check(&d.w, id) != rows[i].verdict)
            fail_msg("row %zu", i);
    }
    judged_init(&d);
    expire(&d.stores[0].as_sent, NOW + 10 * DAY);
    d.chain.n_stores = 2; /* the path of another store lasts */
    CHECK(&d.w, id, RULE_PASS);
    d.chain.n_stores = 1;
    /* The list has another certificate for the same key. */
    memcpy(d.w.certs[2].spki_sha256, d.w.certs[1].spki_sha256, 32);
    CHECK(&d.w, id, RULE_PASS);
    d.w.certs[2].not_before_us = NOW + 1; /* not yet valid */
    CHECK(&d.w, id, RULE_HIT);
    d.w.certs[2].not_before_us = NOW;
    CHECK(&d.w, id, RULE_PASS);
    d.w.certs[2].not_after_us = NOW + 20 * DAY;
    CHECK(&d.w, id, RULE_HIT);
}

static void test_signature(void **state)
{
    (void)state;
    const char *id = "chain-signature-invalid";
    struct judged d;
    judged_init(&d);
    CHECK(&d.w, id, RULE_PASS);
    both(&d, 0, CHAIN_SIGNATURE_INVALID);
    d.chain.bad_link = (struct chain_bad_link){true, true, 0, 1, {0}, {0}};
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_CRITICAL);
    assert_int_equal(d.w.answer.n_evidence, 2);
    d.w.hs.is_ambiguous = true;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.w.hs.is_ambiguous = false;
    /* Only the names fit: perhaps another key signed it. */
    d.chain.bad_link.is_by_key_id = false;
    both(&d, 0, CHAIN_INCOMPLETE);
    CHECK(&d.w, id, RULE_UNDETERMINED);
    both(&d, 0, CHAIN_TRUSTED);
    CHECK(&d.w, id, RULE_PASS);
    judged_init(&d);
    d.chain.n_sent = 1;
    CHECK(&d.w, id, RULE_NA);
}

static void test_weak(void **state)
{
    (void)state;
    const char *id = "chain-weak-intermediate";
    static const struct {
        unsigned why;
        const char *text;
    } rows[] = {{CHAIN_WEAK_RSA, "2048"}, {CHAIN_WEAK_EC, "224"}, {CHAIN_WEAK_SHA1, "SHA-1"},
            {CHAIN_WEAK_MD5, "MD5"}};
    struct judged d;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        judged_init(&d);
        d.chain.n_weak = 1;
        d.chain.weak[0] = (struct chain_weak){judged_path().path[1], rows[i].why, false};
        CHECK(&d.w, id, RULE_HIT);
        assert_non_null(strstr(d.w.answer.summary, rows[i].text));
        assert_ptr_equal(d.w.answer.certificate, &d.w.certs[1]);
    }
    d.chain.weak[0].is_root = true; /* whatever a root is like */
    CHECK(&d.w, id, RULE_PASS);
}

/* What is above the leaf has one rule to speak of it, unless nobody knows the path. */
static void test_one_speaks_of_short_keys(void **state)
{
    static const struct {
        const char *id;
        enum key_type key;
        unsigned bits;
    } rows[] = {{"cert-key-rsa-short", KEY_RSA, 1024}, {"cert-key-ec-weak-curve", KEY_EC, 192}};
    struct judged d;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        judged_init(&d);
        d.w.certs[1].key_type = rows[i].key;
        d.w.certs[1].key_bits = rows[i].bits;
        d.w.certs[1].curve = "P-192";
        assert_int_not_equal(world_check(&d.w, rows[i].id), RULE_HIT);
        d.chain.n_stores = 0;
        CHECK(&d.w, rows[i].id, RULE_HIT);
        judged_init(&d);
        d.w.certs[0].key_type = rows[i].key;
        d.w.certs[0].key_bits = rows[i].bits;
        d.w.certs[0].curve = "P-192";
        CHECK(&d.w, rows[i].id, RULE_HIT); /* of the leaf */
        assert_int_equal(d.w.answer.severity, SEV_HIGH);
    }
}

/* A cross-signed root beside a path that works, and the top of a path that leads nowhere. */
static void test_unused_signature(void **state)
{
    (void)state;
    const char *id = "cert-sig-sha1";
    struct judged d;
    judged_init(&d);
    d.w.certs[2].sig_hash = SIG_SHA1;
    d.w.certs[2].self_signed = SELF_SIGNED_NO;
    CHECK(&d.w, id, RULE_PASS); /* the anchor */
    d.stores[0].as_repaired.n_path = 2;
    CHECK(&d.w, id, RULE_PASS); /* on no path */
    d.stores[0].as_repaired.n_path = 3;
    d.stores[0].as_repaired.has_anchor = false;
    d.stores[0].as_repaired.path_status = CHAIN_INCOMPLETE;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    judged_init(&d);
    d.w.certs[1].sig_hash = SIG_SHA1;
    CHECK(&d.w, id, RULE_HIT); /* on the path */
    judged_init(&d);
    d.w.certs[0].sig_hash = SIG_SHA1;
    d.stores[0].as_repaired.path_status = CHAIN_INCOMPLETE;
    CHECK(&d.w, id, RULE_HIT); /* the leaf, whatever the path */
}

static void test_constraint(void **state)
{
    (void)state;
    const char *id = "chain-constraint-violation";
    struct judged d;
    judged_init(&d);
    d.stores[0].as_repaired.path_status = CHAIN_CONSTRAINT_VIOLATION;
    d.stores[0].as_repaired.reason = "path length constraint exceeded";
    d.stores[0].as_repaired.reason_at = 1;
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_HIGH);
    assert_ptr_equal(d.w.answer.certificate, &d.w.certs[1]);
    assert_non_null(strstr(d.w.answer.summary, "path length"));
    judged_init(&d);
    d.stores[0].as_repaired.eku_at = 1; /* only a convention */
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_MEDIUM);
    d.chain.n_stores = 2;
    CHECK(&d.w, id, RULE_PASS);
}

static void test_large(void **state)
{
    (void)state;
    const char *id = "chain-too-large";
    enum { RTT = 20000 };
    static const struct {
        uint64_t len;
        int64_t spent;
        enum verdict verdict;
    } rows[] = {{14600, 2 * RTT, RULE_PASS}, {14601, RTT, RULE_HIT}, {14601, RTT - 1, RULE_PASS}};
    struct judged d;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        judged_init(&d);
        d.w.hs.times =
                (struct timings){.syn_us = NOW, .syn_ack_us = NOW + RTT / 2, .ack_us = NOW + RTT};
        d.w.server_hello.at = (struct span){.first_us = NOW + 2 * RTT, .offset = 0, .len = 90};
        d.w.message.at = (struct span){
                .offset = 100, .len = rows[i].len - 100, .last_us = NOW + 2 * RTT + rows[i].spent};
        if (world_check(&d.w, id) != rows[i].verdict)
            fail_msg("row %zu", i);
    }
    d.w.message.at.last_us += RTT;
    CHECK(&d.w, id, RULE_HIT);
    d.w.hs.sides[SIDE_SERVER].n_retransmits = 1;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.w.hs.times.syn_us = TIME_NONE;
    CHECK(&d.w, id, RULE_NA);
    d.w.hs.times.syn_us = NOW + RTT / 2 - 400; /* a round trip of 0.8 ms */
    d.w.hs.times.ack_us = NOW + RTT / 2 + 400;
    CHECK(&d.w, id, RULE_NA);
}

static void test_short_intermediate(void **state)
{
    (void)state;
    static const struct {
        int64_t life_us, left_us;
        int verdict;
    } rows[] = {{90 * DAY, 30 * DAY - 1, RULE_HIT}, {60 * DAY, 20 * DAY, RULE_PASS},
            {60 * DAY, 20 * DAY - 1, RULE_HIT}, {DAY / 2, DAY / 3, RULE_PASS},
            {DAY / 2, DAY / 6 - 1, RULE_HIT}, {90 * DAY + 1, 30 * DAY, RULE_PASS},
            {90 * DAY + 1, 30 * DAY - 1, RULE_HIT}, {365 * DAY, 29 * DAY, RULE_HIT}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct judged d;
        judged_init(&d);
        d.w.certs[0].not_after_us = d.w.certs[1].not_after_us = NOW + rows[i].left_us;
        d.w.certs[1].not_before_us = NOW + rows[i].left_us - rows[i].life_us;
        expire(&d.stores[0].as_sent, NOW + rows[i].left_us);
        expire(&d.stores[0].as_repaired, NOW + rows[i].left_us);
        (void)judged_expect(&d, "chain-intermediate-expiring", rows[i].verdict, i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_short_intermediate),
            cmocka_unit_test(test_gates), cmocka_unit_test(test_statuses),
            cmocka_unit_test(test_kin), cmocka_unit_test(test_missing),
            cmocka_unit_test(test_order), cmocka_unit_test(test_root),
            cmocka_unit_test(test_unrelated), cmocka_unit_test(test_untrusted),
            cmocka_unit_test(test_another_time), cmocka_unit_test(test_divergence),
            cmocka_unit_test(test_intermediate_expired),
            cmocka_unit_test(test_intermediate_expiring), cmocka_unit_test(test_signature),
            cmocka_unit_test(test_weak), cmocka_unit_test(test_one_speaks_of_short_keys),
            cmocka_unit_test(test_unused_signature), cmocka_unit_test(test_constraint),
            cmocka_unit_test(test_large)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
