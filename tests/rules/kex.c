/* Rules about signatures and public keys of the key exchange, and the client's signature. */
#include "tests/rules/judged.h"

static void with_client(struct judged *d)
{
    judged_init(d);
    d->verify = (struct cert_verify){
            .has_scheme = true, .scheme = 0x0403, .signature = text_bytes("signature")};
    d->w.hs.client_cert_verify = &d->verify;
    d->w.hs.client_certs = &d->w.message;
    d->w.hs.is_transcript_whole = true;
    d->j.client_proof = (struct proof_answer){.is_tried = true, .proof = {.result = PROOF_VALID}};
}

/* What a signature that was looked at leads to, for the rule about each side. */
static void check_signature(const char *id, struct proof_answer *(*of)(struct judged *))
{
    static const struct {
        enum proof_result result;
        enum verdict verdict;
    } rows[] = {{PROOF_VALID, RULE_PASS}, {PROOF_INVALID, RULE_HIT}, {PROOF_MISMATCHED, RULE_HIT},
            {PROOF_UNVERIFIED, RULE_UNDETERMINED}};
    struct judged d;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        with_client(&d);
        of(&d)->proof.result = rows[i].result;
        if (world_check(&d.w, id) != rows[i].verdict)
            fail_msg("%s: row %zu", id, i);
        if (rows[i].verdict != RULE_HIT)
            continue;
        assert_int_equal(d.w.answer.severity, SEV_CRITICAL);
        assert_int_equal(d.w.answer.n_evidence, 2);
        bool is_other = strstr(d.w.answer.summary, "another kind of key") != NULL;
        assert_int_equal(is_other, rows[i].result == PROOF_MISMATCHED);
        d.w.hs.is_ambiguous = true;
        CHECK(&d.w, id, RULE_UNDETERMINED);
        d.w.hs.is_ambiguous = false;
        d.w.hs.sides[SIDE_CLIENT].n_gaps = 1;
        CHECK(&d.w, id, RULE_UNDETERMINED);
    }
    with_client(&d);
    of(&d)->is_tried = false;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.w.facts.judgement = NULL;
    CHECK(&d.w, id, RULE_UNDETERMINED);
}

static struct proof_answer *server_proof(struct judged *d)
{
    return &d->j.server_proof;
}

static struct proof_answer *client_proof(struct judged *d)
{
    return &d->j.client_proof;
}

static void test_server_signature(void **state)
{
    (void)state;
    const char *id = "kex-signature-invalid";
    struct judged d;
    check_signature(id, server_proof);
    judged_init(&d);
    d.w.exchange.signature.n = 0; /* anonymous */
    CHECK(&d.w, id, RULE_NA);
    d.w.exchange.is_malformed = true;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    judged_init(&d);
    d.w.hs.server_key_exchange = NULL;
    CHECK(&d.w, id, RULE_NA);
    d.w.hs.sides[SIDE_SERVER].n_gaps = 1; /* ECDHE_RSA has one: it is lost */
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.w.hs.resumption = RESUMPTION_RESUMED;
    CHECK(&d.w, id, RULE_NA);
    d.w.hs.resumption = RESUMPTION_FULL;
    d.w.hs.cipher_suite = 0x009c; /* static RSA */
    CHECK(&d.w, id, RULE_NA);
}

static void test_client_signature(void **state)
{
    (void)state;
    const char *id = "mtls-signature-invalid";
    struct judged d;
    check_signature(id, client_proof);
    judged_init(&d);
    CHECK(&d.w, id, RULE_NA);
    with_client(&d);
    d.j.client_proof.proof.result = PROOF_INVALID;
    d.w.hs.is_transcript_whole = false;
    CHECK(&d.w, id, RULE_UNDETERMINED);
}

static void test_weak_hash(void **state)
{
    (void)state;
    const char *id = "kex-signature-weak-hash";
    static const struct {
        uint16_t scheme;
        enum verdict verdict;
    } rows[] = {{0x0101, RULE_HIT}, {0x0201, RULE_HIT}, {0x0202, RULE_HIT}, {0x0203, RULE_HIT},
            {0x0301, RULE_PASS}, {0x0401, RULE_PASS}, {0x0403, RULE_PASS}, {0x0804, RULE_PASS},
            {0x0807, RULE_PASS}};
    struct judged d;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        with_client(&d);
        d.w.exchange.scheme = rows[i].scheme;
        CHECK(&d.w, id, rows[i].verdict);
        if (rows[i].verdict == RULE_HIT)
            assert_int_equal(strncmp(d.w.answer.subject, "server", 6), 0);
        with_client(&d);
        d.verify.scheme = rows[i].scheme;
        CHECK(&d.w, id, rows[i].verdict);
        if (rows[i].verdict == RULE_HIT)
            assert_int_equal(strncmp(d.w.answer.subject, "client", 6), 0);
        d.w.hs.version = TLS_1_1; /* no choice there */
        CHECK(&d.w, id, RULE_NA);
    }
    judged_init(&d);
    d.w.exchange.has_scheme = false;
    CHECK(&d.w, id, RULE_NA);
    d.w.exchange.is_malformed = true;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.w.hs.server_key_exchange = NULL;
    CHECK(&d.w, id, RULE_NA);
    d.w.hs.sides[SIDE_SERVER].n_gaps = 1;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.w.hs.cipher_suite = 0x002f; /* RSA_WITH_AES_128_CBC_SHA */
    CHECK(&d.w, id, RULE_NA);
}

/* A ServerKeyExchange that was lost may have had anything in it. */
static void test_lost_exchange(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        uint16_t suite;
    } rows[] = {{"kex-dh-weak-size", 0x009e}, {"kex-dh-weak-size", 0x0034},
            {"kex-dh-common-prime", 0x009e}, {"kex-dh-unsafe-group", 0x00aa},
            {"kex-dh-bad-public", 0x009e}, {"kex-weak-group", 0xc02f}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct judged d;
        judged_init(&d);
        d.w.hs.cipher_suite = rows[i].suite;
        d.w.hs.server_key_exchange = NULL;
        d.w.hs.group = 0;
        CHECK(&d.w, rows[i].id, RULE_NA); /* never sent */
        d.w.hs.sides[SIDE_SERVER].n_gaps = 1;
        CHECK(&d.w, rows[i].id, RULE_UNDETERMINED);
        d.w.hs.resumption = RESUMPTION_RESUMED;
        CHECK(&d.w, rows[i].id, RULE_NA);
        d.w.hs.resumption = RESUMPTION_FULL;
        d.w.hs.cipher_suite = 0x002f;
        CHECK(&d.w, rows[i].id, RULE_NA);
    }
}

static void test_shares(void **state)
{
    (void)state;
    static const struct share_facts valid = {SHARE_VALID, false, NULL};
    static const struct share_facts off = {SHARE_INVALID, false, "not a point of the curve"};
    static const struct share_facts low = {SHARE_INVALID, true, "a point of small order"};
    static const struct share_facts unknown = {SHARE_NOT_CHECKED, false, "unknown group"};
    static const struct share_facts absent = {SHARE_NOT_CHECKED, false, NULL};
    static const struct {
        uint16_t group;
        const struct share_facts *server, *client;
        enum verdict point, low_order;
    } rows[] = {
            {29, &valid, &valid, RULE_PASS, RULE_PASS},
            {29, &valid, &absent, RULE_PASS, RULE_PASS}, /* TLS 1.2: not looked at */
            {29, &absent, &absent, RULE_UNDETERMINED, RULE_UNDETERMINED},
            {29, &low, &valid, RULE_PASS, RULE_HIT},
            {29, &valid, &low, RULE_PASS, RULE_HIT},
            {30, &low, &valid, RULE_PASS, RULE_HIT},
            {0x11ec, &low, &valid, RULE_PASS, RULE_HIT},
            {29, &off, &valid, RULE_HIT, RULE_PASS}, /* of a wrong length */
            {23, &valid, &valid, RULE_PASS, RULE_NA},
            {23, &off, &valid, RULE_HIT, RULE_NA},
            {23, &valid, &off, RULE_HIT, RULE_NA},
            {0x11eb, &off, &valid, RULE_HIT, RULE_NA},
            {40, &unknown, &unknown, RULE_UNDETERMINED, RULE_NA},
            {256, &valid, &valid, RULE_NA, RULE_NA}, /* ffdhe2048 */
            {256, &low, &low, RULE_NA, RULE_NA},
            {0, &absent, &absent, RULE_NA, RULE_NA},
    };
    struct judged d;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        judged_init(&d);
        d.w.hs.group = rows[i].group;
        d.j.server_share = *rows[i].server;
        d.j.client_share = *rows[i].client;
        enum verdict point = world_check(&d.w, "kex-ec-point-invalid");
        enum verdict low_order = world_check(&d.w, "kex-x25519-low-order");
        if (point != rows[i].point || low_order != rows[i].low_order)
            fail_msg("row %zu: %d and %d", i, (int)point, (int)low_order);
        d.w.hs.is_ambiguous = true;
        if (point == RULE_HIT)
            CHECK(&d.w, "kex-ec-point-invalid", RULE_UNDETERMINED);
        if (low_order == RULE_HIT)
            CHECK(&d.w, "kex-x25519-low-order", RULE_UNDETERMINED);
    }
    static const char *const ids[] = {"kex-ec-point-invalid", "kex-x25519-low-order"};
    for (size_t i = 0; i < 2; i++) {
        check_without_hello(ids[i]);
        judged_unjudged(ids[i]);
    }
}

/* A server that looks at the key refuses before it says hello. */
static void test_refused_shares(void **state)
{
    (void)state;
    static const struct {
        uint16_t group;
        bool is_low;
        enum verdict point, low_order, dh;
    } rows[] = {{29, true, RULE_NA, RULE_HIT, RULE_NA}, {23, false, RULE_HIT, RULE_NA, RULE_NA},
            {29, false, RULE_HIT, RULE_NA, RULE_NA}, {0x11ec, true, RULE_NA, RULE_HIT, RULE_NA},
            {256, true, RULE_NA, RULE_NA, RULE_HIT}, {0, false, RULE_NA, RULE_NA, RULE_NA}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct judged d;
        judged_init(&d);
        d.w.hs.server_key_exchange = NULL;
        d.w.hs.server_hello = NULL;
        d.w.hs.outcome = OUTCOME_FAIL_ALERT_SERVER;
        d.j.server_share = (struct share_facts){SHARE_NOT_CHECKED, false, NULL};
        d.j.client_share = (struct share_facts){SHARE_INVALID, rows[i].is_low, "bad"};
        if (rows[i].group == 0)
            d.j.client_share = d.j.server_share;
        d.j.refused_group = rows[i].group;
        CHECK(&d.w, "kex-ec-point-invalid", rows[i].point);
        CHECK(&d.w, "kex-x25519-low-order", rows[i].low_order);
        CHECK(&d.w, "kex-dh-bad-public", rows[i].dh);
        static const enum outcome others[] = {
                OUTCOME_SCAN, OUTCOME_UNDETERMINED, OUTCOME_ABANDONED, OUTCOME_FAIL_CLOSED_CLIENT};
        for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
            d.w.hs.outcome = others[k];
            CHECK(&d.w, "kex-ec-point-invalid", RULE_NA);
            CHECK(&d.w, "kex-x25519-low-order", RULE_NA);
            CHECK(&d.w, "kex-dh-bad-public", RULE_NA);
        }
    }
}

/* The bytes shown are those of the share, wherever it stands. */
static void test_share_evidence(void **state)
{
    (void)state;
    static const uint8_t list[] = {0, 23, 0, 1, 0xaa, 0, 29, 0, 2, 0xbb, 0xcc};
    struct judged d;
    judged_init(&d);
    d.w.client_hello.key_shares = (struct bytes){list, sizeof list};
    d.j.client_share = (struct share_facts){SHARE_INVALID, true, "a point of small order"};
    d.j.server_share = d.j.client_share;
    CHECK(&d.w, "kex-x25519-low-order", RULE_HIT);
    assert_int_equal(d.w.answer.evidence[0].n_bytes, strlen("point"));
    d.w.hs.server_key_exchange = NULL; /* TLS 1.3 */
    d.w.server_hello.key_exchange = text_bytes("share");
    CHECK(&d.w, "kex-x25519-low-order", RULE_HIT);
    assert_memory_equal(d.w.answer.evidence[0].bytes, "share", 5);
    d.j.server_share = (struct share_facts){SHARE_VALID, false, NULL};
    CHECK(&d.w, "kex-x25519-low-order", RULE_HIT);
    assert_int_equal(d.w.answer.evidence[0].side, SIDE_CLIENT);
    assert_int_equal(d.w.answer.evidence[0].n_bytes, 2);
    assert_int_equal(d.w.answer.evidence[0].bytes[0], 0xbb);
}

enum { P = RULE_PASS, H = RULE_HIT, N = RULE_NA, U = RULE_UNDETERMINED };

static const struct {
    struct dh_facts dh;
    int common, unsafe;
    enum severity severity; /* of unsafe */
} groups[] = {
        {{2048, DH_GROUP_RFC7919, "ffdhe2048", ANSWER_YES, ANSWER_YES, false}, P, P, SEV_HIGH},
        {{1024, DH_GROUP_RFC2409, "RFC 2409 group 2", ANSWER_YES, ANSWER_YES, false}, H, P,
                SEV_HIGH},
        {{1024, DH_GROUP_COMMON, "nginx 1024-bit", ANSWER_YES, ANSWER_YES, false}, H, P, SEV_HIGH},
        {{1025, DH_GROUP_COMMON, "longer", ANSWER_YES, ANSWER_YES, false}, P, P, SEV_HIGH},
        {{1536, DH_GROUP_RFC3526, "RFC 3526 group 5", ANSWER_YES, ANSWER_YES, false}, P, P,
                SEV_HIGH},
        {{1024, DH_GROUP_UNKNOWN, NULL, ANSWER_YES, ANSWER_YES, false}, P, P, SEV_HIGH},
        {{1024, DH_GROUP_RFC5114, "RFC 5114", ANSWER_YES, ANSWER_NO, false}, H, H, SEV_MEDIUM},
        {{2048, DH_GROUP_RFC5114, "RFC 5114", ANSWER_YES, ANSWER_NO, false}, P, H, SEV_MEDIUM},
        {{2048, DH_GROUP_UNKNOWN, NULL, ANSWER_YES, ANSWER_NO, false}, P, H, SEV_HIGH},
        {{2048, DH_GROUP_UNKNOWN, NULL, ANSWER_NO, ANSWER_UNKNOWN, false}, P, H, SEV_HIGH},
        {{2048, DH_GROUP_UNKNOWN, NULL, ANSWER_YES, ANSWER_UNKNOWN, false}, P, U, SEV_HIGH},
        {{9000, DH_GROUP_UNKNOWN, NULL, ANSWER_UNKNOWN, ANSWER_UNKNOWN, false}, P, U, SEV_HIGH},
        {{2048, DH_GROUP_UNKNOWN, NULL, ANSWER_YES, ANSWER_YES, true}, P, H, SEV_HIGH},
        {{2, DH_GROUP_UNKNOWN, NULL, ANSWER_YES, ANSWER_NO, false}, P, H, SEV_HIGH},
};

static void test_dh(void **state)
{
    (void)state;
    static const char *const ids[] = {"kex-dh-common-prime", "kex-dh-unsafe-group"};
    struct judged d;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        const int wanted[] = {groups[i].common, groups[i].unsafe};
        judged_init(&d);
        d.w.exchange.kind = SKE_DHE;
        d.j.has_dh = true;
        d.j.dh = groups[i].dh;
        for (size_t k = 0; k < 2; k++) {
            int v = judged_expect(&d, ids[k], wanted[k], i);
            if (k == 1 && v == H)
                assert_int_equal(d.w.answer.severity, groups[i].severity);
        }
    }
    for (size_t k = 0; k < 2; k++) {
        judged_init(&d);
        CHECK(&d.w, ids[k], RULE_NA); /* ECDHE */
        d.w.exchange.kind = SKE_DHE;
        CHECK(&d.w, ids[k], RULE_UNDETERMINED); /* not looked at */
        d.w.facts.judgement = NULL;
        CHECK(&d.w, ids[k], RULE_UNDETERMINED);
        d.w.exchange.is_malformed = true;
        CHECK(&d.w, ids[k], RULE_UNDETERMINED);
        d.w.hs.server_key_exchange = NULL;
        CHECK(&d.w, ids[k], RULE_NA);
    }
}

static const struct share_facts good = {SHARE_VALID, false, NULL};
static const struct share_facts given_away = {SHARE_INVALID, true, "it is not between 2 and p-2"};
static const struct share_facts short_key = {SHARE_INVALID, false, "wrong length"};
static const struct share_facts unasked = {SHARE_NOT_CHECKED, false, NULL};

static void test_dh_public(void **state)
{
    (void)state;
    static const struct {
        bool is_dhe;
        uint16_t group;
        size_t bits;
        const struct share_facts *server, *client;
        int verdict;
        enum severity severity;
        enum side side;
    } rows[] = {
            {true, 0, 2048, &good, &good, P, SEV_CRITICAL, SIDE_SERVER},
            {true, 0, 2048, &good, &unasked, P, SEV_CRITICAL, SIDE_SERVER}, /* implicit */
            {true, 0, 2048, &unasked, &unasked, U, SEV_CRITICAL, SIDE_SERVER},
            {true, 0, 2048, &given_away, &good, H, SEV_CRITICAL, SIDE_SERVER},
            {true, 0, 2048, &good, &given_away, H, SEV_CRITICAL, SIDE_CLIENT},
            {true, 0, 2, &unasked, &unasked, N, SEV_CRITICAL, SIDE_SERVER},
            {false, 0x0100, 0, &good, &good, P, SEV_CRITICAL, SIDE_SERVER},
            {false, 0x0100, 0, &given_away, &good, H, SEV_CRITICAL, SIDE_SERVER},
            {false, 0x0104, 0, &good, &given_away, H, SEV_CRITICAL, SIDE_CLIENT},
            {false, 0x0100, 0, &good, &short_key, H, SEV_MEDIUM, SIDE_CLIENT},
            {false, 0x0100, 0, &short_key, &good, H, SEV_MEDIUM, SIDE_SERVER},
            {false, 29, 0, &given_away, &good, N, SEV_CRITICAL, SIDE_SERVER}, /* X25519's rule */
    };
    const char *id = "kex-dh-bad-public";
    static const uint8_t share_list[] = {1, 0, 0, 1, 0xaa, 1, 4, 0, 2, 0xbb, 0xcc};
    struct client_key_exchange cke = {.dh_yc = text_bytes("Yc")};
    struct judged d;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        judged_init(&d);
        d.w.exchange.kind = rows[i].is_dhe ? SKE_DHE : SKE_ECDHE;
        d.w.exchange.dh_ys = text_bytes("Ys");
        d.w.hs.client_key_exchange = rows[i].is_dhe ? &cke : NULL;
        if (!rows[i].is_dhe) {
            d.w.hs.version = TLS_1_3;
            d.w.hs.server_key_exchange = NULL;
            d.w.server_hello.key_exchange = text_bytes("Ys");
            d.w.client_hello.key_shares = (struct bytes){share_list, sizeof share_list};
        }
        d.w.hs.group = rows[i].group;
        d.j.has_dh = rows[i].is_dhe;
        d.j.dh.bits = rows[i].bits;
        d.j.server_share = *rows[i].server;
        d.j.client_share = *rows[i].client;
        if (judged_expect(&d, id, rows[i].verdict, i) != H)
            continue;
        assert_int_equal(d.w.answer.severity, rows[i].severity);
        assert_int_equal(d.w.answer.evidence[0].side, rows[i].side);
        assert_true(d.w.answer.evidence[0].n_bytes > 0);
        d.w.hs.is_ambiguous = true;
        CHECK(&d.w, id, RULE_UNDETERMINED);
    }
    judged_init(&d);
    CHECK(&d.w, id, RULE_NA); /* ECDHE */
    d.w.exchange.kind = SKE_DHE;
    d.j.server_share = good;
    d.w.hs.sides[SIDE_CLIENT].n_gaps = 1; /* the ClientKeyExchange is lost */
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.w.facts.judgement = NULL;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.w.exchange.is_malformed = true;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.w.hs.server_key_exchange = NULL;
    CHECK(&d.w, id, RULE_NA);
}

/* Up to TLS 1.2 the client's key is that of its ClientKeyExchange, whatever shares its hello had.
 */
static void test_client_point(void **state)
{
    (void)state;
    struct client_key_exchange cke = {.ec_point = text_bytes("point of the client")};
    struct judged d;
    judged_init(&d);
    d.w.hs.group = 23;
    d.w.hs.client_key_exchange = &cke;
    d.j.server_share = good;
    d.j.client_share = (struct share_facts){SHARE_INVALID, false, "not a point of the curve"};
    CHECK(&d.w, "kex-ec-point-invalid", RULE_HIT);
    assert_int_equal(d.w.answer.evidence[0].side, SIDE_CLIENT);
    assert_memory_equal(d.w.answer.evidence[0].bytes, "point of the client", 19);
    d.j.client_share = unasked;
    CHECK(&d.w, "kex-ec-point-invalid", RULE_PASS);
    d.w.hs.client_key_exchange = NULL;
    d.w.hs.sides[SIDE_CLIENT].n_gaps = 1;
    CHECK(&d.w, "kex-ec-point-invalid", RULE_UNDETERMINED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_server_signature),
            cmocka_unit_test(test_client_signature), cmocka_unit_test(test_weak_hash),
            cmocka_unit_test(test_lost_exchange), cmocka_unit_test(test_shares),
            cmocka_unit_test(test_refused_shares), cmocka_unit_test(test_share_evidence),
            cmocka_unit_test(test_dh), cmocka_unit_test(test_dh_public),
            cmocka_unit_test(test_client_point)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
