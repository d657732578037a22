/*
 * Facts and lints of single certificates. The certificates were made by data/make.sh; expected
 * values are what openssl x509 -text says about the same files.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "tests/unit/test.h"
#include "x509/parse.h"
#include "x509/x509.h"

static uint8_t data[4096];

static struct bytes file(const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s.der", TEST_DATA, name);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        fail_msg("%s is missing", path);
    size_t n = f != NULL ? fread(data, 1, sizeof data, f) : 0;
    if (f != NULL)
        (void)fclose(f);
    assert_true(n > 0 && n + 1 < sizeof data);
    return (struct bytes){data, n};
}

static void assert_hex(struct bytes b, const char *start)
{
    struct text t = {0};
    text_add_hex(&t, b);
    if (strncmp(text_str(&t), start, strlen(start)) != 0)
        fail_msg("%s, expected %s", text_str(&t), start);
    text_fini(&t);
}

static const struct lint *lint_of(const struct certificate *c, const char *id)
{
    for (size_t i = 0; i < c->n_lints; i++)
        if (strcmp(c->lints[i].id, id) == 0)
            return &c->lints[i];
    return NULL;
}

static void a_healthy_certificate(void **state)
{
    (void)state;
    struct certificate *c = x509_parse(file("good"));
    assert_true(c->is_parsed);
    assert_null(c->problem);
    assert_int_equal(c->n_lints, 0);
    assert_int_equal(c->sig_match, SIG_MATCH_SAME);
    assert_int_equal(c->ec_point.n, 65);
    assert_hex(c->ec_point, "043346a0e60ed7826211e9e905eec1f7d332a1d88e5474f309e7d6");
    assert_false(c->has_explicit_curve);
    assert_int_equal(c->n_extensions, 11);
    assert_int_equal(c->n_unknown_critical, 0);
    assert_true(c->is_basic_constraints_critical);
    assert_false(c->is_ca);
    assert_true(c->is_key_usage_critical);
    assert_false(c->is_eku_critical);
    assert_int_equal(c->n_crl_urls, 2);
    assert_true(bytes_equal(c->crl_urls[1], bytes_of_text("http://crl.example.org/2")));
    assert_int_equal(c->policies, POLICY_DV);
    assert_int_equal(c->n_tls_features, 1);
    assert_true(certificate_requires_staple(c));
    assert_hex(c->sct_list, "000230aa");
    assert_int_equal(c->sct_list.n, 4);
    for (int i = 0; i < NAME_PROBLEM_COUNT; i++)
        assert_int_equal(c->name_problems[i], 0);
    certificate_free(c);
}

static void keys(void **state)
{
    (void)state;
    struct certificate *c = x509_parse(file("rsa"));
    assert_int_equal(c->rsa_modulus.n, 257);
    assert_hex(c->rsa_modulus, "00cbadec498b545016034fed9493bbae29797d74feb2");
    assert_hex(c->rsa_exponent, "010001");
    assert_int_equal(c->rsa_exponent.n, 3);
    assert_false(certificate_requires_staple(c));
    certificate_free(c);
    c = x509_parse(file("ec-explicit"));
    assert_true(c->is_parsed && c->has_explicit_curve);
    assert_int_equal(c->key_bits, 256);
    assert_string_equal(c->curve, "explicit parameters");
    assert_hex(c->ec_point, "043d0696401d48332395c1b90ce50a9f6e20b17ad6aa53d601fc18");
    assert_hex(c->ec_prime, "00ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    assert_hex(c->ec_a, "ffffffff00000001000000000000000000000000fffffffffffffffffffffffc");
    assert_hex(c->ec_b, "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b");
    assert_hex(c->ec_base, "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
    assert_hex(c->ec_order, "00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    certificate_free(c);
    c = x509_parse(file("ec-secp160r1"));
    assert_string_equal(c->curve, "secp160r1");
    assert_int_equal(c->key_bits, 160);
    certificate_free(c);
    c = x509_parse(file("dsa"));
    assert_int_equal(c->key_type, KEY_DSA);
    assert_int_equal(c->key_bits, 1024);
    certificate_free(c);
}

static void extensions(void **state)
{
    (void)state;
    struct certificate *c = x509_parse(file("odd"));
    assert_true(c->has_name_constraints && c->is_name_constraints_critical);
    assert_true(c->has_acme_identifier);
    assert_int_equal(c->n_unknown_critical, 0);
    certificate_free(c);
    c = x509_parse(file("poison"));
    assert_true(c->is_precertificate);
    assert_int_equal(c->n_unknown_critical, 0);
    certificate_free(c);
    c = x509_parse(file("unknown-critical"));
    assert_int_equal(c->n_unknown_critical, 1);
    assert_string_equal(c->unknown_critical, "1.2.3.4");
    certificate_free(c);
    /* what openssl does not say a word about has no lint of structure */
    static const char *const fine[] = {"good", "rsa", "dsa", "ec-explicit", "bare", "odd",
            "internal", "serial-20", "serial-21", "snakeoil", "selfsigned-rsa1024-md5"};
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        c = x509_parse(file(fine[i]));
        for (size_t k = 0; k < c->n_lints; k++)
            if (c->lints[k].kind == LINT_STRUCTURE)
                fail_msg("%s: %s", fine[i], c->lints[k].id);
        certificate_free(c);
    }
}

static void san_problems(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        enum name_problem problem;
        int at; /* 1 + index */
    } rows[] = {{"names-low", NAME_SPACE, 1}, {"names-cn", NAME_UNDERSCORE, 1},
            {"names-cn", NAME_CN_NOT_IN_SAN, 1}, {"wildcard-suffix", NAME_WILDCARD_SUFFIX, 3},
            {"wildcard-suffix", NAME_WILDCARD_PLACE, 0}, {"wildcard-place", NAME_WILDCARD_PLACE, 1},
            {"wildcard-place", NAME_WILDCARD_MANY, 0}, {"wildcard-many", NAME_WILDCARD_MANY, 1},
            {"internal", NAME_INTERNAL_LABEL, 2}, {"internal", NAME_INTERNAL_TLD, 3},
            {"internal", NAME_INTERNAL_IP, 4}, {"internal", NAME_CN_NOT_IN_SAN, 0},
            {"selfsigned-rsa1024-md5", NAME_OTHER_TYPE, 4}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct certificate *c = x509_parse(file(rows[i].file));
        if (c->name_problems[rows[i].problem] != rows[i].at)
            fail_msg("%s: %d at %d", rows[i].file, (int)rows[i].problem,
                    c->name_problems[rows[i].problem]);
        certificate_free(c);
    }
}

/* Names that openssl does not write. */
static void forged_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t n;
        enum name_problem problem;
    } rows[] = {{"a\0.example.org", 14, NAME_CONTROL}, {"a\x7f.example.org", 14, NAME_CONTROL},
            {".example.org", 12, NAME_DOT_FIRST}, {"a..example.org", 14, NAME_DOT_FIRST},
            {"", 0, NAME_DOT_FIRST}, {"a.example.org.", 14, NAME_DOT_LAST},
            {"b\xfc.example.org", 14, NAME_NON_ASCII}, {"192.0.2.1", 9, NAME_IP_AS_DNS},
            {"a1234567890123456789012345678901234567890123456789012345678901234.org", 69,
                    NAME_LABEL_LONG},
            {"*", 1, NAME_WILDCARD_PLACE}, {"*a.example.org", 14, NAME_WILDCARD_PLACE},
            {"a.*.example.org", 15, NAME_WILDCARD_PLACE}, {"*.com", 5, NAME_WILDCARD_SUFFIX},
            {"*.CO.UK", 7, NAME_WILDCARD_SUFFIX}, {"*.com.", 6, NAME_WILDCARD_SUFFIX},
            {"*.lan", 5, NAME_WILDCARD_TLD}, {"*.LAN.", 6, NAME_WILDCARD_TLD},
            {"a.local", 7, NAME_INTERNAL_TLD}, {"a.INTERNAL", 10, NAME_INTERNAL_TLD}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct san san = {SAN_DNS, {(const uint8_t *)rows[i].name, rows[i].n}};
        struct certificate c = {.n_sans = 1, .sans = &san};
        x509_names(&c);
        if (c.name_problems[rows[i].problem] != 1)
            fail_msg("row %zu", i);
    }
    static const char *const fine[] = {"www.example.org", "*.example.org", "*.github.io",
            "xn--bcher-kva.example.org", "*.example.co.uk", "a-b.example.org", "1.example.org"};
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        struct san san = {SAN_DNS, bytes_of_text(fine[i])};
        struct certificate c = {.n_sans = 1, .sans = &san};
        x509_names(&c);
        for (int k = 0; k < NAME_PROBLEM_COUNT; k++)
            if (c.name_problems[k] != 0)
                fail_msg("%s: %d", fine[i], k);
    }
}

static void addresses(void **state)
{
    (void)state;
    static const struct {
        uint8_t ip[16];
        uint8_t n;
        bool is_reserved;
    } rows[] = {{{10, 0, 0, 1}, 4, true}, {{11, 0, 0, 1}, 4, false}, {{172, 16, 0, 1}, 4, true},
            {{172, 31, 255, 1}, 4, true}, {{172, 32, 0, 1}, 4, false}, {{192, 168, 1, 1}, 4, true},
            {{192, 169, 1, 1}, 4, false}, {{100, 64, 0, 1}, 4, true}, {{100, 127, 0, 1}, 4, true},
            {{100, 128, 0, 1}, 4, false}, {{127, 1, 2, 3}, 4, true}, {{169, 254, 1, 1}, 4, true},
            {{8, 8, 8, 8}, 4, false}, {{198, 19, 0, 1}, 4, true}, {{198, 20, 0, 1}, 4, false},
            {{255, 255, 255, 255}, 4, true}, {{223, 255, 255, 255}, 4, false},
            {{[15] = 1}, 16, true}, {{0xfc}, 16, true}, {{0xfd, 1}, 16, true},
            {{0xfe, 0x80}, 16, true}, {{0xfe, 0xbf}, 16, true}, {{0xfe, 0xc0}, 16, false},
            {{0x20, 1, 0x0d, 0xb8}, 16, true}, {{0x20, 1, 0x0d, 0xb9}, 16, false},
            {{0x2a, 0}, 16, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct san san = {SAN_IP, {rows[i].ip, rows[i].n}};
        struct certificate c = {.n_sans = 1, .sans = &san};
        x509_names(&c);
        if ((c.name_problems[NAME_INTERNAL_IP] == 1) != rows[i].is_reserved)
            fail_msg("row %zu", i);
    }
    struct san san = {SAN_IP, {rows[0].ip, 5}};
    struct certificate c = {.n_sans = 1, .sans = &san};
    x509_names(&c);
    assert_int_equal(c.name_problems[NAME_IP_LENGTH], 1);
}

/* X.690 8.1.3, 8.3.2, 10.1, 11.1 on elements by hand. */
static void der_rules(void **state)
{
    (void)state;
    static const struct {
        const char *der;
        size_t n;
        const char *id; /* NULL: fine */
    } rows[] = {{"\x30\x03\x02\x01\x05", 5, NULL}, {"\x30\x03\x01\x01\xff", 5, NULL},
            {"\x02\x02\x00\x80", 4, NULL}, {"\x02\x02\xff\x7f", 4, NULL}, {"\x02\x01\x00", 3, NULL},
            {"\x30\x81\x03\x02\x01\x05", 6, "der-length-not-minimal"},
            {"\x30\x03\x02\x81\x00", 5, "der-length-not-minimal"},
            {"\x04\x82\x00\x81", 4, "der-length-not-minimal"},
            {"\x30\x80\x02\x01\x05\x00\x00", 7, "der-indefinite-length"},
            {"\x30\x03\x01\x01\x01", 5, "der-boolean"}, {"\x01\x02\xff\xff", 4, "der-boolean"},
            {"\x02\x02\x00\x7f", 4, "der-integer-not-minimal"},
            {"\x02\x02\xff\x80", 4, "der-integer-not-minimal"},
            {"\x02\x00", 2, "der-integer-empty"}, {"\x30\x04\x02\x01\x05", 5, "der-length-overrun"},
            {"\x30\x03\x02\x02\x05", 5, "der-length-overrun"},
            {"\x30\x84\xff\xff\xff\xfa\x04", 7, "der-length-overrun"},
            {"\x30\x89\1\1\1\1\1\1\1\1\1\1", 12, "der-length-overrun"},
            {"\x30", 1, "der-length-overrun"}, {"\xbf\x81", 2, "der-length-overrun"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct certificate *c = xcalloc(1, sizeof *c);
        x509_lint_der(c, (struct bytes){(const uint8_t *)rows[i].der, rows[i].n});
        if (rows[i].id == NULL ? c->n_lints != 0 : lint_of(c, rows[i].id) == NULL)
            fail_msg("row %zu", i);
        certificate_free(c);
    }
    /* any depth ends */
    uint8_t deep[120];
    for (size_t i = 0; i < sizeof deep; i += 2) {
        deep[i] = 0x30;
        deep[i + 1] = (uint8_t)(sizeof deep - i - 2);
    }
    struct certificate *c = xcalloc(1, sizeof *c);
    x509_lint_der(c, (struct bytes){deep, sizeof deep});
    assert_int_equal(c->n_lints, 0);
    certificate_free(c);
}

static void times(void **state)
{
    (void)state;
    static const struct {
        uint8_t tag;
        const char *text;
        const char *id; /* NULL: fine */
    } rows[] = {{DER_UTC_TIME, "260401000000Z", NULL}, {DER_UTC_TIME, "2604010000Z", "time-format"},
            {DER_UTC_TIME, "260401000000+0100", "time-format"},
            {DER_GENERALIZED_TIME, "20500101000000Z", NULL},
            {DER_GENERALIZED_TIME, "99991231235959Z", NULL},
            {DER_GENERALIZED_TIME, "20491231235959Z", "time-generalized-before-2050"},
            {DER_GENERALIZED_TIME, "20500101000000.5Z", "time-format"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct certificate *c = xcalloc(1, sizeof *c);
        struct cur body = cur_of(bytes_of_text(rows[i].text));
        int64_t us = 0;
        assert_true(der_time(rows[i].tag, body, &us));
        x509_lint_time(c, rows[i].tag, body, us);
        if (rows[i].id == NULL ? c->n_lints != 0 : lint_of(c, rows[i].id) == NULL)
            fail_msg("row %zu", i);
        certificate_free(c);
    }
}

/* AlgorithmIdentifiers of RSASSA-PSS, behind the OID. RFC 4055 3.1 and 2.2; OpenSSL calls those
 * that are wrong "INVALID PSS PARAMETERS". */
#define SHA256_ID "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"
#define MGF1_OID "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"
static void pss(void **state)
{
    (void)state;
    static const struct {
        const char *name, *parameters;
        size_t n;
        bool is_right;
        enum sig_hash hash;
    } rows[] = {
            {"as openssl makes them",
                    "\x30\x30\xa0\x0d" SHA256_ID "\xa1\x1a\x30\x18" MGF1_OID SHA256_ID
                    "\xa2\x03\x02\x01\x20",
                    50, true, SIG_SHA2},
            {"all defaults", "\x30\x00", 2, true, SIG_SHA1},
            {"the trailer alone", "\x30\x05\xa3\x03\x02\x01\x01", 7, true, SIG_SHA1},
            {"MGF1 without its hash, CVE-2015-3194",
                    "\x30\x24\xa0\x0d" SHA256_ID "\xa1\x0d\x30\x0b" MGF1_OID
                    "\xa2\x04\x02\x02\x00\xde",
                    38, false, SIG_SHA2},
            {"another mask generation", "\x30\x09\xa1\x07\x30\x05\x06\x03\x2a\x03\x04", 11, true,
                    SIG_SHA1},
            {"none", "", 0, false, SIG_HASH_UNKNOWN},
            {"NULL", "\x05\x00", 2, false, SIG_HASH_UNKNOWN},
            {"wrong order", "\x30\x0a\xa3\x03\x02\x01\x01\xa2\x03\x02\x01\x20", 12, false,
                    SIG_SHA1},
            {"salt length is no INTEGER", "\x30\x05\xa2\x03\x04\x01\x20", 7, false, SIG_SHA1},
    };
    static const uint8_t OID[] = {6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct certificate *c = xcalloc(1, sizeof *c);
        uint8_t der[80];
        memcpy(der, OID, sizeof OID);
        memcpy(der + sizeof OID, rows[i].parameters, rows[i].n);
        assert_true(x509_signature_algorithm(c, cur_make(der, sizeof OID + rows[i].n)));
        if ((lint_of(c, "pss-parameters") == NULL) != rows[i].is_right ||
                c->sig_hash != rows[i].hash)
            fail_msg("%s: hash %d", rows[i].name, c->sig_hash);
        certificate_free(c);
    }
}

/* Replaces the at-th occurrence of `from` in the certificate; both have n bytes. */
static void patch(struct bytes der, const char *from, const char *to, size_t n, int at)
{
    for (size_t i = 0; i + n <= der.n; i++)
        if (memcmp(data + i, from, n) == 0 && at-- == 0) {
            memcpy(data + i, to, n);
            return;
        }
    fail_msg("nothing to patch");
}

/* One byte of a good certificate changed: what openssl does not make. */
static void forged(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        size_t n;
        int at;
        const char *id;
    } rows[] = {
            {"\xa0\x03\x02\x01\x02", "\xa0\x03\x02\x01\x01", 5, 0, "extensions-before-v3"},
            {"\xa0\x03\x02\x01\x02", "\xa0\x03\x02\x01\x00", 5, 0, "version-default-encoded"},
            {"\xa0\x03\x02\x01\x02", "\xa0\x03\x02\x01\x03", 5, 0, "version-unknown"},
            {"\x55\x1d\x0f\x01\x01", "\x55\x1d\x25\x01\x01", 5, 0, "extension-twice"},
            {"\x55\x1d\x0f\x01\x01\xff", "\x55\x1d\x0f\x01\x01\x01", 6, 0, "der-boolean"},
            {"\x55\x1d\x0f\x01\x01\xff", "\x55\x1d\x0f\x01\x01\x00", 6, 0,
                    "critical-default-encoded"},
            {"\x04\x05\x30\x03\x02\x01\x05", "\x04\x05\x30\x03\x04\x01\x05", 7, 0,
                    "extension-malformed"},
            {"\x17\x0d"
             "260630",
                    "\x17\x0d"
                    "550630",
                    8, 0, "time-utc-after-2049"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bytes der = file("good");
        patch(der, rows[i].from, rows[i].to, rows[i].n, rows[i].at);
        struct certificate *c = x509_parse(der);
        if (lint_of(c, rows[i].id) == NULL)
            fail_msg("%s is missing", rows[i].id);
        if (strcmp(rows[i].id, "extension-twice") == 0)
            assert_int_equal(c->eku, EKU_SERVER_AUTH); /* the first one counts */
        if (strcmp(rows[i].id, "extension-malformed") == 0) {
            assert_true(c->is_parsed); /* and the others are read */
            assert_string_equal(c->problem, "extensions");
            assert_int_equal(c->n_ocsp_urls, 1);
        }
        certificate_free(c);
    }
    struct bytes der = file("good");
    data[der.n] = 0;
    struct certificate *c = x509_parse((struct bytes){data, der.n + 1});
    assert_true(c->is_parsed);
    assert_non_null(lint_of(c, "trailing-bytes"));
    certificate_free(c);
    /* every cut is told */
    der = file("good");
    for (size_t n = 0; n < der.n; n++) {
        c = x509_parse((struct bytes){der.p, n});
        assert_false(c->is_parsed);
        if (n > 0)
            assert_non_null(lint_of(c, "der-length-overrun"));
        certificate_free(c);
    }
}

static void signature_algorithms(void **state)
{
    (void)state;
#define RSA "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01"
    static const struct bytes null = {(const uint8_t *)"\x30\x0d" RSA "\x0b\x05\x00", 15};
    static const struct bytes none = {(const uint8_t *)"\x30\x0b" RSA "\x0b", 13};
    static const struct bytes other = {(const uint8_t *)"\x30\x0d" RSA "\x0c\x05\x00", 15};
    static const struct bytes octets = {(const uint8_t *)"\x30\x0d" RSA "\x0b\x04\x00", 15};
    assert_int_equal(x509_sig_match(null, null), SIG_MATCH_SAME);
    assert_int_equal(x509_sig_match(null, none), SIG_MATCH_NULL_ONLY);
    assert_int_equal(x509_sig_match(none, null), SIG_MATCH_NULL_ONLY);
    assert_int_equal(x509_sig_match(null, other), SIG_MATCH_DIFFERENT);
    assert_int_equal(x509_sig_match(none, other), SIG_MATCH_DIFFERENT);
    assert_int_equal(x509_sig_match(none, octets), SIG_MATCH_DIFFERENT);
    assert_int_equal(x509_sig_match(null, (struct bytes){NULL, 0}), SIG_MATCH_DIFFERENT);
    /* ecdsa-with-SHA384 beside ecdsa-with-SHA256 */
    struct bytes der = file("good");
    patch(der, "\xce\x3d\x04\x03\x02", "\xce\x3d\x04\x03\x03", 5, 1);
    struct certificate *c = x509_parse(der);
    assert_int_equal(c->sig_match, SIG_MATCH_DIFFERENT);
    certificate_free(c);
}

static void authorities(void **state)
{
    (void)state;
    struct certificate *c = x509_parse(file("good"));
    const struct certificate *chain[1] = {c};
    static const struct {
        const char *list;
        size_t n;
        enum name_match want;
    } rows[] = {
            {"\0\x14\x30\x12\x31\x10\x30\x0e\x06\x03\x55\x04\x03\x0c\x07Test CA", 22, NAME_MATCH},
            /* PrintableString, and another case */
            {"\0\x14\x30\x12\x31\x10\x30\x0e\x06\x03\x55\x04\x03\x13\x07TEST ca", 22, NAME_MATCH},
            {"\0\x15\x30\x13\x31\x11\x30\x0f\x06\x03\x55\x04\x03\x13\x08Test  CA", 23, NAME_MATCH},
            {"\0\x14\x30\x12\x31\x10\x30\x0e\x06\x03\x55\x04\x03\x0c\x07Test CB", 22,
                    NAME_MISMATCH},
            {"\0\x14\x30\x12\x31\x10\x30\x0e\x06\x03\x55\x04\x0a\x0c\x07Test CA", 22,
                    NAME_MISMATCH},
            {"\0\x13\x30\x11\x31\x0f\x30\x0d\x06\x03\x55\x04\x03\x0c\x06Test C", 21, NAME_MISMATCH},
            {"\0\2\x30\0\0\x14\x30\x12\x31\x10\x30\x0e\x06\x03\x55\x04\x03\x0c\x07Test CA", 26,
                    NAME_MATCH},
            {"\0\3\x31\x01\x02", 5, NAME_NOT_COMPARABLE},
            {"\0\x14\x30\x12", 4, NAME_NOT_COMPARABLE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bytes list = {(const uint8_t *)rows[i].list, rows[i].n};
        if (x509_match_authorities(chain, 1, list) != rows[i].want)
            fail_msg("row %zu", i);
    }
    certificate_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_healthy_certificate),
            cmocka_unit_test(keys), cmocka_unit_test(extensions), cmocka_unit_test(san_problems),
            cmocka_unit_test(forged_names), cmocka_unit_test(addresses),
            cmocka_unit_test(der_rules), cmocka_unit_test(times), cmocka_unit_test(pss),
            cmocka_unit_test(forged), cmocka_unit_test(signature_algorithms),
            cmocka_unit_test(authorities)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
