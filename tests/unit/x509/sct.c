#include "x509/sct.h"

#include <openssl/ct.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "tests/unit/test.h"

/*
 * Logs of the test's own: their keys, and SCTs that the test signs as RFC 6962 3.2 says, over what
 * OpenSSL encodes. The precertificate is the certificate before its SCTs are put in.
 */
enum { N_LOGS = 4, RSA_LOG = 3 };

#define NOW_US INT64_C(1795688027000000)
#define NOW_MS UINT64_C(1795688027000)
#define DAY_US INT64_C(86400000000)

struct buffer {
    uint8_t b[4000];
    size_t n;
};

static struct {
    EVP_PKEY *log[N_LOGS], *ca_key;
    uint8_t id[N_LOGS][32];
    X509 *ca;
    struct buffer ca_der;
    struct text json;
    struct ct_logs *logs;
} world;

static void put(struct buffer *to, uint64_t v, int n)
{
    for (int i = n - 1; i >= 0; i--)
        to->b[to->n++] = (uint8_t)(v >> (8 * i));
}

static void put_bytes(struct buffer *to, const void *p, size_t n)
{
    assert_true(to->n + n <= sizeof to->b);
    memcpy(to->b + to->n, p, n);
    to->n += n;
}

static struct bytes bytes_of(const struct buffer *b)
{
    return (struct bytes){b->b, b->n};
}

static X509 *new_certificate(long serial)
{
    X509 *x = X509_new();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
    ASN1_TIME_set(X509_getm_notBefore(x), (time_t)(NOW_US / 1000000 - 86400));
    ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(NOW_US / 1000000 + 86400 * 80));
    X509_NAME_add_entry_by_txt(X509_get_issuer_name(x), "CN", MBSTRING_ASC,
            (const unsigned char *)"test CA", -1, -1, 0);
    return x;
}

static void add_text_extension(X509 *x, int nid, const char *value)
{
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    assert_non_null(e);
    X509_add_ext(x, e, -1);
    X509_EXTENSION_free(e);
}

static void encode(X509 *x, struct buffer *out)
{
    unsigned char *to = out->b;
    assert_true(i2d_X509(x, NULL) <= (int)sizeof out->b);
    out->n = (size_t)i2d_X509(x, &to);
}

static void write_list(struct text *t)
{
    static const char *const states[] = {"usable", "readonly", "retired", "qualified"};
    text_add(t, "{\"version\": \"1.2\", \"log_list_timestamp\": \"2026-11-20T12:00:00Z\",\n"
                "\"operators\": [");
    for (int i = 0; i < N_LOGS; i++) {
        unsigned char *spki = NULL;
        int n = i2d_PUBKEY(world.log[i], &spki);
        SHA256(spki, (size_t)n, world.id[i]);
        text_addf(t,
                "%s{\"name\": \"operator %d\", \"email\": [], \"%s\": [{\"description\": "
                "\"log %d\",\n\"log_id\": \"",
                i > 0 ? ", " : "", i / 2, i == 1 ? "tiled_logs" : "logs", i);
        text_add_base64(t, (struct bytes){world.id[i], 32});
        text_add(t, "\", \"key\": \"");
        text_add_base64(t, (struct bytes){spki, (size_t)n});
        text_addf(t,
                "\", \"mmd\": 86400, \"state\": {\"%s\": {\"timestamp\": "
                "\"2026-11-26T00:00:00Z\"}},\n\"temporal_interval\": {\"start_inclusive\": "
                "\"2026-07-01T00:00:00Z\", \"end_exclusive\": \"2027-01-01T00:00:00Z\"}}]}\n",
                states[i]);
        OPENSSL_free(spki);
    }
    text_add(t, "]}\n");
}

static int build(void **state)
{
    (void)state;
    struct err err;
    for (int i = 0; i < N_LOGS; i++)
        world.log[i] = i == RSA_LOG ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
    world.ca_key = EVP_EC_gen("P-256");
    world.ca = new_certificate(1);
    X509_set_subject_name(world.ca, X509_get_issuer_name(world.ca));
    X509_set_pubkey(world.ca, world.ca_key);
    X509_sign(world.ca, world.ca_key, EVP_sha256());
    encode(world.ca, &world.ca_der);
    write_list(&world.json);
    if (!ct_logs_parse(bytes_of_text(text_str(&world.json)), "logs.json", &world.logs, &err))
        fail_msg("%s", err.text);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < N_LOGS; i++)
        EVP_PKEY_free(world.log[i]);
    EVP_PKEY_free(world.ca_key);
    X509_free(world.ca);
    text_fini(&world.json);
    ct_logs_free(world.logs);
    return 0;
}

/* One SCT over a TBS (precert) or a certificate. */
static void sign_sct(int log, uint64_t ms, struct bytes entry, bool is_precert, struct buffer *out)
{
    static const uint8_t extensions[] = {0, 0, 5, 0, 0, 0, 0, 7}; /* a leaf index */
    struct buffer message = {.n = 0};
    uint8_t signature[300];
    size_t n = sizeof signature;
    put(&message, 0, 2);
    put(&message, ms, 8);
    put(&message, is_precert, 2);
    if (is_precert) {
        unsigned char *spki = NULL;
        uint8_t hash[32];
        int len = i2d_PUBKEY(world.ca_key, &spki);
        SHA256(spki, (size_t)len, hash);
        put_bytes(&message, hash, sizeof hash);
        OPENSSL_free(spki);
    }
    put(&message, entry.n, 3);
    put_bytes(&message, entry.p, entry.n);
    put(&message, sizeof extensions, 2);
    put_bytes(&message, extensions, sizeof extensions);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, world.log[log]), 1);
    assert_int_equal(EVP_DigestSign(ctx, signature, &n, message.b, message.n), 1);
    EVP_MD_CTX_free(ctx);
    put(out, 1 + 32 + 8 + 2 + sizeof extensions + 4 + n, 2);
    put(out, 0, 1);
    put_bytes(out, world.id[log], 32);
    put(out, ms, 8);
    put(out, sizeof extensions, 2);
    put_bytes(out, extensions, sizeof extensions);
    put(out, 4, 1);
    put(out, log == RSA_LOG ? 1 : 3, 1);
    put(out, n, 2);
    put_bytes(out, signature, n);
}

static void with_length(const struct buffer *scts, struct buffer *list)
{
    list->n = 0;
    put(list, scts->n, 2);
    put_bytes(list, scts->b, scts->n);
}

/* A leaf with SCTs of all logs at place loc of its extensions; list gets the list within. */
static void make_leaf(int loc, uint64_t ms, struct buffer *leaf, struct buffer *list)
{
    X509 *x = new_certificate(1000 + loc);
    struct buffer scts = {.n = 0};
    unsigned char *tbs = NULL;
    X509_set_pubkey(x, world.ca_key);
    add_text_extension(x, NID_subject_alt_name, "DNS:www.example.test,DNS:example.test");
    add_text_extension(x, NID_ext_key_usage, "serverAuth");
    X509_sign(x, world.ca_key, EVP_sha256());
    int n = i2d_re_X509_tbs(x, &tbs);
    for (int i = 0; i < N_LOGS; i++)
        sign_sct(i, ms, (struct bytes){tbs, (size_t)n}, true, &scts);
    OPENSSL_free(tbs);
    with_length(&scts, list);
    struct buffer value = {.n = 0};
    put(&value, 0x0482, 2);
    put(&value, list->n, 2);
    put_bytes(&value, list->b, list->n);
    ASN1_OCTET_STRING *content = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(content, value.b, (int)value.n);
    X509_EXTENSION *e = X509_EXTENSION_create_by_NID(NULL, NID_ct_precert_scts, 0, content);
    X509_add_ext(x, e, loc);
    X509_sign(x, world.ca_key, EVP_sha256());
    encode(x, leaf);
    X509_EXTENSION_free(e);
    ASN1_OCTET_STRING_free(content);
    X509_free(x);
}

/* What OpenSSL's own code says about the first SCT. */
static sct_validation_status_t by_openssl(struct bytes leaf, struct bytes list)
{
    const unsigned char *p = list.p, *q = leaf.p;
    STACK_OF(SCT) *scts = o2i_SCT_LIST(NULL, &p, list.n);
    X509 *x = d2i_X509(NULL, &q, (long)leaf.n);
    CTLOG_STORE *store = CTLOG_STORE_new();
    CT_POLICY_EVAL_CTX *ctx = CT_POLICY_EVAL_CTX_new();
    char path[] = "/tmp/tlswire-sct-XXXXXX";
    struct text t = {0};
    unsigned char *spki = NULL;
    int n = i2d_PUBKEY(world.log[0], &spki);
    text_add(&t, "enabled_logs = a\n[a]\ndescription = a\nkey = ");
    text_add_base64(&t, (struct bytes){spki, (size_t)n});
    text_add(&t, "\n");
    int fd = mkstemp(path);
    assert_int_equal(write(fd, text_str(&t), t.n), t.n);
    (void)close(fd);
    assert_int_equal(CTLOG_STORE_load_file(store, path), 1);
    (void)unlink(path);
    CT_POLICY_EVAL_CTX_set_shared_CTLOG_STORE(ctx, store);
    CT_POLICY_EVAL_CTX_set1_cert(ctx, x);
    CT_POLICY_EVAL_CTX_set1_issuer(ctx, world.ca);
    CT_POLICY_EVAL_CTX_set_time(ctx, NOW_MS + 1000);
    SCT *first = sk_SCT_value(scts, 0);
    SCT_set_source(first, SCT_SOURCE_X509V3_EXTENSION);
    (void)SCT_validate(first, ctx);
    sct_validation_status_t status = SCT_get_validation_status(first);
    OPENSSL_free(spki);
    text_fini(&t);
    SCT_LIST_free(scts);
    X509_free(x);
    CT_POLICY_EVAL_CTX_free(ctx);
    CTLOG_STORE_free(store);
    return status;
}

static void embedded(void **state)
{
    (void)state;
    for (int loc = 0; loc < 3; loc++) {
        struct buffer leaf, list;
        struct sct_list l = {0};
        make_leaf(loc, NOW_MS, &leaf, &list);
        assert_true(bytes_equal(sct_embedded(bytes_of(&leaf)), bytes_of(&list)));
        assert_int_equal(by_openssl(bytes_of(&leaf), bytes_of(&list)), SCT_VALIDATION_STATUS_VALID);
        assert_true(sct_list_add(&l, SCT_IN_CERTIFICATE, bytes_of(&list)));
        assert_int_equal(l.n, N_LOGS);
        sct_list_verify(&l, bytes_of(&leaf), bytes_of(&world.ca_der), world.logs, NOW_US);
        for (size_t i = 0; i < l.n; i++) {
            assert_int_equal(l.scts[i].verdict, SIGNED_VALID);
            assert_null(l.scts[i].reason);
            assert_int_equal(l.scts[i].timestamp_us, NOW_US);
            assert_false(l.scts[i].is_future);
            assert_int_equal(l.scts[i].hash, 4);
            assert_int_equal(l.scts[i].extensions.n, 8);
            assert_string_equal(l.scts[i].log->operator_name, i < 2 ? "operator 0" : "operator 1");
        }
        /* one that is later than the packet is valid, but to come */
        sct_list_verify(&l, bytes_of(&leaf), bytes_of(&world.ca_der), world.logs, NOW_US - 1);
        assert_int_equal(l.scts[0].verdict, SIGNED_VALID);
        assert_true(l.scts[0].is_future);
    }
}

static void not_verified(void **state)
{
    (void)state;
    struct buffer leaf, other, list, ignored;
    struct sct_list l = {0};
    make_leaf(0, NOW_MS, &leaf, &list);
    make_leaf(1, NOW_MS, &other, &ignored);
    assert_true(sct_list_add(&l, SCT_IN_CERTIFICATE, bytes_of(&list)));
    const struct {
        struct bytes leaf, issuer;
        const struct ct_logs *logs;
        enum signed_verdict verdict;
        const char *reason;
    } rows[] = {
            {bytes_of(&leaf), bytes_of(&world.ca_der), NULL, SIGNED_UNVERIFIED, "no list of logs"},
            {bytes_of(&leaf), {NULL, 0}, world.logs, SIGNED_UNVERIFIED,
                    "the issuer's certificate is missing"},
            {bytes_of(&leaf), bytes_of(&other), world.logs, SIGNED_UNVERIFIED,
                    "the issuer's certificate that is there does not verify this one"},
            {{leaf.b, leaf.n - 1}, bytes_of(&world.ca_der), world.logs, SIGNED_UNVERIFIED,
                    "the certificate does not parse"},
            {bytes_of(&world.ca_der), bytes_of(&world.ca_der), world.logs, SIGNED_UNVERIFIED,
                    "the precertificate cannot be built"},
            {bytes_of(&other), bytes_of(&world.ca_der), world.logs, SIGNED_INVALID,
                    "the signature does not verify"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        sct_list_verify(&l, rows[i].leaf, rows[i].issuer, rows[i].logs, NOW_US);
        assert_int_equal(l.scts[0].verdict, rows[i].verdict);
        assert_string_equal(l.scts[0].reason, rows[i].reason);
    }
    /* an SCT of the certificate is not one of the handshake */
    l = (struct sct_list){0};
    assert_true(sct_list_add(&l, SCT_IN_TLS, bytes_of(&list)));
    sct_list_verify(&l, bytes_of(&leaf), bytes_of(&world.ca_der), world.logs, NOW_US);
    assert_int_equal(l.scts[0].verdict, SIGNED_INVALID);
}

/* No changed bit of an SCT is valid; nothing but the log's id makes it unknown. */
static void flipped(void **state)
{
    (void)state;
    struct buffer leaf, list;
    make_leaf(0, NOW_MS, &leaf, &list);
    size_t n = 2 + 2 + (size_t)(list.b[2] << 8 | list.b[3]);
    for (size_t at = 4; at < n; at++) {
        struct sct_list l = {0};
        struct buffer changed = list;
        changed.b[at] ^= (uint8_t)(1 << at % 8);
        (void)sct_list_add(&l, SCT_IN_CERTIFICATE, bytes_of(&changed));
        sct_list_verify(&l, bytes_of(&leaf), bytes_of(&world.ca_der), world.logs, NOW_US);
        assert_int_not_equal(l.scts[0].verdict, SIGNED_VALID);
        bool is_id = at >= 5 && at < 5 + 32;
        bool is_time_or_extension = at >= 37 && at < 45;
        if (is_id)
            assert_string_equal(l.scts[0].reason, "unknown log");
        if (is_time_or_extension)
            assert_int_equal(l.scts[0].verdict, SIGNED_INVALID);
    }
}

static void other_channels(void **state)
{
    (void)state;
    struct buffer leaf, ignored, scts = {.n = 0}, list;
    struct sct_list l = {0};
    make_leaf(0, NOW_MS, &leaf, &ignored);
    sign_sct(1, NOW_MS, bytes_of(&leaf), false, &scts);
    sign_sct(RSA_LOG, NOW_MS, bytes_of(&leaf), false, &scts);
    with_length(&scts, &list);
    assert_true(sct_list_add(&l, SCT_IN_TLS, bytes_of(&list)));
    assert_true(sct_list_add(&l, SCT_IN_OCSP, bytes_of(&list)));
    assert_int_equal(l.n, 4);
    /* these need no issuer */
    sct_list_verify(&l, bytes_of(&leaf), (struct bytes){NULL, 0}, world.logs, NOW_US);
    for (size_t i = 0; i < l.n; i++)
        assert_int_equal(l.scts[i].verdict, SIGNED_VALID);
    struct sct_policy p;
    sct_policy_judge(&l, world.logs, NOW_US, NOW_US + 300 * DAY_US, &p);
    assert_int_equal(p.verdict, SCT_POLICY_SATISFIED);
    assert_int_equal(p.n_logs, 2);
    leaf.b[leaf.n - 1] ^= 1;
    sct_list_verify(&l, bytes_of(&leaf), (struct bytes){NULL, 0}, world.logs, NOW_US);
    assert_int_equal(l.scts[0].verdict, SIGNED_INVALID);
}

/* RFC 6962 3.3: SignedCertificateTimestampList is not empty, nor is a SerializedSCT. */
static void lists(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[16];
        size_t n, n_scts;
        bool ok;
    } rows[] = {{{0}, 0, 0, false}, {{0, 0}, 2, 0, false}, {{0, 1, 0}, 3, 0, false},
            {{0, 3, 0, 1, 9}, 5, 1, true}, {{0, 3, 0, 1, 9, 0}, 6, 1, false},
            {{0, 4, 0, 5, 9, 9}, 6, 0, false}, {{0, 6, 0, 1, 9, 0, 1, 0}, 8, 2, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sct_list l = {0};
        bool ok = sct_list_add(&l, SCT_IN_TLS, (struct bytes){rows[i].bytes, rows[i].n});
        assert_int_equal(ok, rows[i].ok);
        assert_int_equal(l.problem == NULL, ok);
        assert_int_equal(l.n, rows[i].n_scts);
        for (size_t k = 0; k < l.n; k++)
            assert_false(l.scts[k].is_parsed);
        sct_list_verify(&l, bytes_of(&world.ca_der), bytes_of(&world.ca_der), world.logs, NOW_US);
        if (l.n > 0)
            assert_string_equal(l.scts[0].reason, "the version is not 1");
    }
    struct sct_list l = {0};
    struct buffer many = {.n = 0};
    put(&many, 3 * 40, 2);
    for (int i = 0; i < 40; i++)
        put(&many, 0x000109, 3);
    assert_true(sct_list_add(&l, SCT_IN_TLS, bytes_of(&many)));
    assert_int_equal(l.n, SCT_CAP);
    assert_int_equal(l.n_dropped, 40 - SCT_CAP);
}

/* The rule of Chrome and Apple; logs A, B are of one operator, C of another, D unknown. */
static void policy(void **state)
{
    (void)state;
    static const uint8_t ids[5][32] = {{1}, {2}, {3}, {4}, {5}};
    static const struct ct_log logs[] = {{.operator_name = "one", .state = CT_USABLE},
            {.operator_name = "one", .state = CT_READONLY},
            {.operator_name = "two", .state = CT_QUALIFIED},
            {.operator_name = "three", .state = CT_RETIRED, .state_since_us = 100},
            {.operator_name = "four", .state = CT_REJECTED}};
    static const struct {
        const char *scts; /* a letter for a valid one, small for unverified, with ! for invalid */
        int days;
        enum sct_policy_verdict verdict;
        unsigned n, needed;
    } rows[] = {
            {"AC", 90, SCT_POLICY_SATISFIED, 2, 2},
            {"AC", 180, SCT_POLICY_SATISFIED, 2, 2},
            {"AC", 181, SCT_POLICY_SHORT, 2, 3},
            {"ABC", 398, SCT_POLICY_SATISFIED, 3, 3},
            {"AB", 90, SCT_POLICY_SHORT, 2, 2},
            {"AA", 90, SCT_POLICY_SHORT, 1, 2},
            {"AAC", 398, SCT_POLICY_SHORT, 2, 3},
            {"", 90, SCT_POLICY_SHORT, 0, 2},
            {"Ac", 90, SCT_POLICY_UNDETERMINED, 1, 2},
            {"Ab", 90, SCT_POLICY_SHORT, 1, 2},
            {"Ax", 90, SCT_POLICY_UNDETERMINED, 1, 2},
            {"Ax", 398, SCT_POLICY_SHORT, 1, 3},
            {"xx", 90, SCT_POLICY_SHORT, 0, 2},
            {"AC!", 90, SCT_POLICY_SHORT, 1, 2},
            {"AD", 90, SCT_POLICY_SATISFIED, 2, 2},
            {"AE", 90, SCT_POLICY_SHORT, 1, 2},
    };
    struct sct_policy p;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sct_list l = {0};
        for (const char *c = rows[i].scts; *c != '\0'; c++) {
            if (*c == '!') {
                l.scts[l.n - 1].verdict = SIGNED_INVALID;
                continue;
            }
            bool is_unknown = *c == 'x';
            int which = *c >= 'a' ? *c - 'a' : *c - 'A';
            l.scts[l.n++] = (struct sct){.is_parsed = true,
                    .timestamp_us = 50,
                    .log_id = {ids[is_unknown ? 4 : which], 32},
                    .log = is_unknown ? NULL : &logs[which],
                    .verdict = *c >= 'a' ? SIGNED_UNVERIFIED : SIGNED_VALID};
        }
        sct_policy_judge(&l, world.logs, NOW_US, NOW_US + rows[i].days * DAY_US, &p);
        if (p.verdict != rows[i].verdict || p.n_logs != rows[i].n || p.n_needed != rows[i].needed ||
                (p.reason != NULL) != (p.verdict == SCT_POLICY_UNDETERMINED))
            fail_msg("%s %d: %d, %u of %u", rows[i].scts, rows[i].days, p.verdict, p.n_logs,
                    p.n_needed);
        sct_policy_judge(&l, NULL, NOW_US, NOW_US + rows[i].days * DAY_US, &p);
        assert_int_equal(p.verdict, SCT_POLICY_UNDETERMINED);
    }
}

static void log_list(void **state)
{
    (void)state;
    assert_int_equal(ct_logs_count(world.logs), N_LOGS);
    assert_int_equal(ct_logs_date(world.logs), INT64_C(1795176000000000));
    assert_string_equal(ct_logs_version(world.logs), "1.2");
    for (int i = 0; i < N_LOGS; i++) {
        const struct ct_log *log = ct_logs_find(world.logs, (struct bytes){world.id[i], 32});
        char name[20];
        (void)snprintf(name, sizeof name, "log %d", i);
        assert_string_equal(log->description, name);
        assert_string_equal(ct_state_name(log->state), i == 0   ? "usable"
                                                       : i == 1 ? "readonly"
                                                       : i == 2 ? "retired"
                                                                : "qualified");
        assert_int_equal(log->state_since_us, INT64_C(1795651200000000));
        assert_int_equal(log->until_us, INT64_C(1798761600000000));
    }
    assert_null(ct_logs_find(world.logs, (struct bytes){world.id[0], 31}));
    assert_null(ct_logs_find(world.logs, bytes_of_text("01234567890123456789012345678901")));
}

#define ONE_LOG(body) "{\"operators\": [{\"name\": \"o\", \"logs\": [{" body "}]}]}"
/* The base64 of "abc", its SHA-256 by sha256sum, and of another text. */
#define KEY "\"key\": \"YWJj\""
#define ID "\"log_id\": \"ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\""
#define OTHER_ID "\"log_id\": \"ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa4=\""

static void log_list_errors(void **state)
{
    (void)state;
    static const struct {
        const char *json, *error; /* NULL: fine */
    } rows[] = {
            {ONE_LOG(KEY ", " ID), NULL},
            {ONE_LOG(KEY ", " ID ", \"state\": {\"usable\": {\"timestamp\": "
                         "\"2026-01-01T00:00:00Z\"}}"),
                    NULL},
            {"{\"operators\": [\n{]}", "l.json: line 2, column 2: "},
            {"", "l.json: line 1, column 0: "},
            {"[]", "l.json: operators is missing or no array"},
            {"{}", "l.json: operators is missing or no array"},
            {"{\"operators\": []}", "l.json: operators holds no log"},
            {"{\"operators\": [{\"name\": \"o\"}]}", "l.json: operators holds no log"},
            {"{\"operators\": [{}]}", "l.json: operators[0]: name is missing"},
            {"{\"operators\": [], \"log_list_timestamp\": \"yesterday\"}",
                    "l.json: log_list_timestamp is no time"},
            {ONE_LOG(ID), "l.json: operator \"o\", logs[0]: key is missing or no base64"},
            {ONE_LOG("\"key\": \"YWJ\""), "l.json: operator \"o\", logs[0]: key is missing or no"},
            {ONE_LOG("\"key\": \"Y=Jj\""), "l.json: operator \"o\", logs[0]: key is missing or no"},
            {ONE_LOG(KEY), "l.json: operator \"o\", logs[0]: log_id is missing or not"},
            {ONE_LOG(KEY ", \"log_id\": \"YWJj\""), "l.json: operator \"o\", logs[0]: log_id is "},
            {ONE_LOG(KEY ", " OTHER_ID), "l.json: operator \"o\", logs[0]: log_id is not the SHA"},
            {ONE_LOG(KEY ", " ID ", \"state\": {\"fine\": {}}"),
                    "l.json: operator \"o\", logs[0]: state is none of"},
            {ONE_LOG(KEY ", " ID ", \"state\": \"usable\""),
                    "l.json: operator \"o\", logs[0]: state is not an object"},
            {ONE_LOG(KEY ", " ID ", \"state\": {\"usable\": {}}"),
                    "l.json: operator \"o\", logs[0]: state.timestamp is missing"},
            {ONE_LOG(KEY ", " ID ", \"temporal_interval\": {}"),
                    "l.json: operator \"o\", logs[0]: temporal_interval.start_inclusive is"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = {""};
        struct ct_logs *l = NULL;
        bool ok = ct_logs_parse(bytes_of_text(rows[i].json), "l.json", &l, &err);
        if (ok != (rows[i].error == NULL) ||
                (!ok && strncmp(err.text, rows[i].error, strlen(rows[i].error)) != 0))
            fail_msg("%s: %s", rows[i].json, err.text);
        assert_int_equal(l != NULL, ok);
        ct_logs_free(l);
    }
    struct err err;
    struct ct_logs *l = NULL;
    assert_false(ct_logs_load("/nonexistent/l.json", &l, &err));
    assert_non_null(strstr(err.text, "No such file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(embedded), cmocka_unit_test(not_verified),
            cmocka_unit_test(flipped), cmocka_unit_test(other_channels), cmocka_unit_test(lists),
            cmocka_unit_test(policy), cmocka_unit_test(log_list),
            cmocka_unit_test(log_list_errors)};
    return cmocka_run_group_tests(tests, build, tear_down);
}
