/* Rules about keys and signatures that a weak random number generator, or a fault, gave away. */
#include "tests/rules/judged.h"

static void test_rsa_flags(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        unsigned flag;
    } rows[] = {{"entropy-rsa-roca", RSA_WEAK_ROCA},
            {"entropy-rsa-close-primes", RSA_WEAK_CLOSE_PRIMES},
            {"entropy-rsa-short-sleeve", RSA_WEAK_SHORT_SLEEVE}};
    struct judged d;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *id = rows[i].id;
        check_without_certificate(id);
        judged_unjudged(id);
        judged_init(&d);
        CHECK(&d.w, id, RULE_PASS);
        for (int at = 0; at < 3; at++) { /* roots, too: whoever has the key signs for all */
            judged_init(&d);
            d.keys[at].rsa.weak = rows[i].flag;
            CHECK(&d.w, id, RULE_HIT);
            assert_int_equal(d.w.answer.severity, SEV_CRITICAL);
            assert_ptr_equal(d.w.answer.certificate, &d.w.certs[at]);
        }
        judged_init(&d);
        d.keys[1].rsa.weak = ~rows[i].flag;
        CHECK(&d.w, id, RULE_PASS);
        d.keys[1].rsa.tested = ~rows[i].flag;
        CHECK(&d.w, id, RULE_UNDETERMINED);
        judged_init(&d);
        d.key_list[1] = NULL;
        CHECK(&d.w, id, RULE_UNDETERMINED);
        for (int at = 0; at < 3; at++)
            d.w.certs[at].key_type = KEY_EC;
        CHECK(&d.w, id, RULE_NA);
    }
}

/* A client with a key of its own: smart cards and TPMs are where flawed keys were found. */
struct holder {
    struct judged d;
    struct certificate cert;
    const struct certificate *chain[1];
    struct key_facts key;
    const struct key_facts *list[1];
    struct cert_entry entry;
    struct cert_message message;
};

static void holder_init(struct holder *c)
{
    memset(c, 0, sizeof *c);
    judged_init(&c->d);
    world_certificate(&c->cert, 9, "CN=card");
    memset(c->cert.spki_sha256, 0xcc, sizeof c->cert.spki_sha256);
    c->chain[0] = &c->cert;
    c->key = (struct key_facts){.is_rsa = true, .rsa = {.tested = ~0U, .bits = 2048}};
    c->list[0] = &c->key;
    c->message = (struct cert_message){.n_certs = 1, .certs = &c->entry};
    c->d.w.hs.client_certs = &c->message;
    c->d.w.facts.client_chain = c->chain;
    c->d.w.facts.n_client_chain = 1;
    c->d.j.client_keys = c->list;
}

static void test_client_keys(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        unsigned flag;
    } rows[] = {{"entropy-rsa-roca", RSA_WEAK_ROCA},
            {"entropy-rsa-close-primes", RSA_WEAK_CLOSE_PRIMES},
            {"entropy-rsa-short-sleeve", RSA_WEAK_SHORT_SLEEVE}, {"entropy-rsa-shared-prime", 0},
            {"cert-key-blocklisted", 0}};
    struct holder c;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *id = rows[i].id;
        holder_init(&c);
        CHECK(&c.d.w, id, RULE_PASS);
        c.key.rsa.weak = rows[i].flag;
        c.key.shared_prime = (struct cert_ref){true, {0xab}, "CN=Twin"};
        c.key.is_blocked = true;
        CHECK(&c.d.w, id, RULE_HIT);
        assert_int_equal(c.d.w.answer.severity, SEV_CRITICAL);
        assert_ptr_equal(c.d.w.answer.certificate, &c.cert);
        assert_int_equal(strncmp(c.d.w.answer.subject, "cccc", 4), 0);
        assert_non_null(strstr(c.d.w.answer.summary, "the client's CN=card"));
        assert_int_equal(c.d.w.answer.evidence[0].side, SIDE_CLIENT);
        assert_int_equal(c.d.w.answer.about, ABOUT_CLIENT);
        holder_init(&c);
        c.list[0] = NULL;
        CHECK(&c.d.w, id, RULE_UNDETERMINED);
    }
}

static void test_shared_prime(void **state)
{
    (void)state;
    const char *id = "entropy-rsa-shared-prime";
    struct judged d;
    check_without_certificate(id);
    judged_unjudged(id);
    judged_init(&d);
    CHECK(&d.w, id, RULE_PASS);
    d.keys[0].shared_prime = (struct cert_ref){true, {0xab, 0xcd}, "CN=Other device"};
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_CRITICAL);
    assert_non_null(strstr(d.w.answer.summary, "CN=Other device (abcd"));
    assert_int_equal(strncmp(d.w.answer.subject, "1010", 4), 0); /* the key, not the certificate */
    judged_init(&d);
    d.key_list[2] = NULL;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    for (int at = 0; at < 3; at++)
        d.w.certs[at].key_type = KEY_EC;
    CHECK(&d.w, id, RULE_NA);
}

static void with_client(struct judged *d)
{
    judged_init(d);
    d->verify = (struct cert_verify){
            .has_scheme = true, .scheme = 0x0401, .signature = text_bytes("signature")};
    d->w.hs.client_cert_verify = &d->verify;
    d->j.client_proof = (struct proof_answer){.is_tried = true, .proof = {.result = PROOF_VALID}};
}

static void test_nonce(void **state)
{
    (void)state;
    const char *id = "entropy-ecdsa-nonce-reuse";
    struct judged d;
    judged_init(&d);
    d.w.exchange.scheme = 0x0401;
    CHECK(&d.w, id, RULE_NA);     /* RSA has none */
    d.w.exchange.scheme = 0x0807; /* Ed25519 neither */
    CHECK(&d.w, id, RULE_NA);
    d.w.exchange.scheme = 0x0403;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    for (int i = 0; i < NONCE_SOURCES; i++) {
        judged_init(&d);
        d.w.exchange.scheme = 0x0401;
        struct nonce_answer *n = &d.j.nonces[i];
        *n = (struct nonce_answer){.is_remembered = true,
                .here = {.source = (enum nonce_source)i, .handshake_id = 8, .n_bytes = 3},
                .other = {.source = NONCE_CERTIFICATE,
                        .is_verified = true,
                        .handshake_id = 4711,
                        .input_id = 42,
                        .at = {.first_packet = 6, .last_packet = 7},
                        .bytes = {9, 9},
                        .n_bytes = 2}};
        CHECK(&d.w, id, RULE_PASS);
        n->is_reused = true;
        CHECK(&d.w, id, RULE_HIT);
        assert_int_equal(d.w.answer.severity, SEV_CRITICAL);
        assert_true(d.w.answer.confidence == 1);
        assert_non_null(strstr(d.w.answer.summary, "4711"));
        assert_int_equal(d.w.answer.n_evidence, 2);
        const struct evidence *e = &d.w.answer.evidence[1];
        assert_true(e->handshake_id == 4711 && e->input_id == 42 && e->at.last_packet == 7);
        assert_true(e->n_bytes == 2 && e->bytes[0] == 9);
        n->other.is_verified = false;
        CHECK(&d.w, id, RULE_HIT);
        assert_true(d.w.answer.confidence < 1);
        assert_non_null(strstr(d.w.answer.summary, "not verified"));
    }
    with_client(&d);
    d.w.exchange.scheme = 0x0401;
    d.verify.scheme = 0x0203;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.j.nonces[NONCE_CLIENT_VERIFY].is_remembered = true;
    CHECK(&d.w, id, RULE_PASS);
    judged_init(&d);
    d.w.hs.version = TLS_1_1; /* the key tells */
    d.w.exchange.has_scheme = false;
    CHECK(&d.w, id, RULE_NA);
    d.w.certs[0].key_type = KEY_EC;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.w.hs.server_key_exchange = NULL;
    CHECK(&d.w, id, RULE_NA);
    judged_unjudged(id);
}

static void test_fault(void **state)
{
    (void)state;
    const char *id = "entropy-rsa-fault";
    struct judged d;
    judged_init(&d);
    CHECK(&d.w, id, RULE_PASS);
    d.j.server_proof.proof.result = PROOF_INVALID;
    CHECK(&d.w, id, RULE_PASS); /* a damaged capture */
    CHECK(&d.w, "kex-signature-invalid", RULE_HIT);
    d.j.server_proof.proof.leaks_key = true;
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_CRITICAL);
    CHECK(&d.w, "kex-signature-invalid", RULE_HIT);
    assert_non_null(strstr(d.w.answer.summary, "gives the private key away"));
    with_client(&d);
    d.j.client_proof.proof.result = PROOF_INVALID;
    d.j.client_proof.proof.leaks_key = true;
    CHECK(&d.w, id, RULE_HIT);
    static const uint16_t others[] = {0x0804, 0x0403, 0x0807, 0x0402}; /* PSS, ECDSA, ... */
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        judged_init(&d);
        d.w.exchange.scheme = others[i];
        CHECK(&d.w, id, RULE_NA);
    }
    judged_init(&d); /* before TLS 1.2 the key tells */
    d.w.exchange.has_scheme = false;
    CHECK(&d.w, id, RULE_PASS);
    d.w.certs[0].key_type = KEY_EC;
    CHECK(&d.w, id, RULE_NA);
    judged_init(&d);
    d.j.server_proof.proof.result = PROOF_UNVERIFIED;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.j.server_proof.is_tried = false;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    judged_unjudged(id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rsa_flags),
            cmocka_unit_test(test_client_keys), cmocka_unit_test(test_shared_prime),
            cmocka_unit_test(test_nonce), cmocka_unit_test(test_fault)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
