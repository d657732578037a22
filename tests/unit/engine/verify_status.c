/* What is said about staples: RFC 6066 8, RFC 6961 2.2, RFC 6960. The answers are OpenSSL's. */
#include "engine/verify_status.h"

#include <openssl/ocsp.h>

#include "tests/unit/x509/pki.h"

enum { ROOM = 80000 };

/* An answer of ca about leaf, signed by signer. */
static size_t make_answer(
        const struct made *ca, const struct made *leaf, const struct made *signer, uint8_t *out)
{
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), leaf->x, ca->x);
    ASN1_TIME *from = ASN1_GENERALIZEDTIME_set(NULL, (time_t)(AT_US / 1000000 - DAY_S));
    ASN1_TIME *until = ASN1_GENERALIZEDTIME_set(NULL, (time_t)(AT_US / 1000000 + DAY_S));
    assert_non_null(OCSP_basic_add1_status(
            basic, id, V_OCSP_CERTSTATUS_GOOD, OCSP_REVOKED_STATUS_NOSTATUS, NULL, from, until));
    assert_int_equal(
            OCSP_basic_sign(basic, signer->x, signer->key, EVP_sha256(), NULL, OCSP_NOCERTS), 1);
    OCSP_RESPONSE *whole = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    unsigned char *at = out;
    int n = i2d_OCSP_RESPONSE(whole, &at);
    assert_true(n > 0);
    OCSP_RESPONSE_free(whole);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    return (size_t)n;
}

/* Entries of an OCSPResponseList. */
static size_t add_entry(uint8_t *list, size_t at, struct bytes entry)
{
    list[at] = (uint8_t)(entry.n >> 16);
    list[at + 1] = (uint8_t)(entry.n >> 8);
    list[at + 2] = (uint8_t)entry.n;
    if (entry.n > 0)
        memcpy(list + at + 3, entry.p, entry.n);
    return at + 3 + entry.n;
}

static struct judgement judge(struct verify_status *v, const struct cert_status *status,
        const struct certificate *const *chain, size_t n)
{
    struct handshake h = {.cert_status = status};
    struct judgement j = {0};
    struct verify_question q = {.handshake = &h, .server = chain, .n_server = n, .at_us = AT_US};
    verify_status_judge(v, &q, &j);
    return j;
}

static void answers(void **state)
{
    (void)state;
    static uint8_t answer[ROOM], list[ROOM], cut[100];
    struct made ca = pki_authority("CA", NULL), twin = pki_authority("CA", NULL);
    struct made leaf = pki_leaf("www.example.test", &ca);
    struct verify_status *v = verify_status_new();
    struct bytes good = {answer, make_answer(&ca, &leaf, &ca, answer)};
    const struct certificate *whole[] = {leaf.c, ca.c}, *wrong[] = {leaf.c, twin.c};
    size_t n_empty = add_entry(list, 0, (struct bytes){NULL, 0});
    size_t n_list = add_entry(list, n_empty, good);
    memcpy(cut, good.p, sizeof cut);
    const struct cert_status one = {.type = 1, .response = good};
    const struct cert_status broken = {.type = 1, .response = {cut, sizeof cut}};
    const struct cert_status none = {.type = 1};
    const struct cert_status longer = {.type = 1, .response = {answer, 64 * 1024 + 1}};
    const struct cert_status empty = {
            .type = 2, .responses = {list, n_list}, .response = good, .n_responses = 2};
    const struct cert_status multi = {.type = 2,
            .responses = {list + n_empty, n_list - n_empty},
            .response = good,
            .n_responses = 1};
    const struct {
        const char *name;
        const struct cert_status *status;
        const struct certificate *const *chain;
        size_t n;
        bool is_parsed, is_absent, has_problem;
        enum signed_verdict verdict;
    } rows[] = {
            {"alone, first", &one, whole, 1, true, false, false, SIGNED_UNVERIFIED},
            {"good", &one, whole, 2, true, false, false, SIGNED_VALID},
            {"without the issuer", &one, whole, 1, true, false, false, SIGNED_UNVERIFIED},
            {"another of its name", &one, wrong, 2, true, false, false, SIGNED_UNVERIFIED},
            {"good again", &one, whole, 2, true, false, false, SIGNED_VALID},
            {"first of a list", &multi, whole, 2, true, false, false, SIGNED_VALID},
            {"list without the leaf's", &empty, whole, 2, false, true, false, SIGNED_UNVERIFIED},
            {"cut", &broken, whole, 2, false, false, true, SIGNED_UNVERIFIED},
            {"nothing", &none, whole, 2, false, false, true, SIGNED_UNVERIFIED},
            {"too long", &longer, whole, 2, false, false, false, SIGNED_UNVERIFIED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct judgement j = judge(v, rows[i].status, rows[i].chain, rows[i].n);
        const struct ocsp_answer *a = j.staples;
        if (j.n_staples == 0 || a->is_parsed != rows[i].is_parsed ||
                a->is_absent != rows[i].is_absent || (a->problem != NULL) != rows[i].has_problem ||
                a->verdict != rows[i].verdict)
            fail_msg("%s: parsed %d, verdict %d, %s, %s", rows[i].name, a->is_parsed, a->verdict,
                    a->problem, a->reason);
        if (a->verdict != SIGNED_VALID && a->problem == NULL && a->reason == NULL)
            fail_msg("%s: no reason", rows[i].name);
    }
    verify_status_free(v);
    pki_free(&leaf);
    pki_free(&twin);
    pki_free(&ca);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(answers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
