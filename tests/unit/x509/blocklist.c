#include "x509/blocklist.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/test.h"

/*
 * `openssl genrsa 1024`, its public key in DER. The digests:
 *   openssl pkey -pubin -outform DER | sha256sum
 *   openssl rsa -pubin -noout -modulus | cut -d= -f2 | xxd -r -p | sha256sum
 *   openssl rsa -pubin -noout -modulus | sha1sum | cut -c 21-40
 */
/* clang-format off */
#define KEY \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDc6AqpFR6LIKmgyg2Vf5ZnRWY74K2BbVP70+bztAWvOo4BWV54kr" \
    "n6qUUdUWX83ql5rh7eH5DbadK9+C9B12x1XLmno9NXTcAw/pqN4Z0MZ7TL0P8eEb0gxYFd0eXID+mGTm28+If2+MHV" \
    "7HwEryxtLSzsV4qwGsFpnVRJZLLSLQIDAQAB"
#define SPKI_SHA256 \
    "45322399a07091005c9ea46be8b23bd28c83578b2102dc81466d845784b57bde"
#define MODULUS_SHA256 \
    "dc0565c4ac7bfc441a78c20966ce54df75665000d0a22419d8f76fea4bc6e258"
#define MODULUS_SHA1_80 \
    "767be52ceb7fca064485"
#define EC_KEY \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAExUkIt32bV9xGrknh4rdujgTJiXUZxoeQoNP6+/xky1vByKAbJQ7aFS" \
    "BWbUanWJW/rI9RmW3MldWqy7popZ0BRQ=="
#define EC_SHA256 \
    "51d1934b33decc338b3e1036a040ca2e163f44f059e6a1b8e1d3b4571e2276c0"
#define CERTIFICATE \
    "MIIB/jCCAWegAwIBAgIUWYNzkqzlE3+iMrhEbgSN9lxGxbAwDQYJKoZIhvcNAQELBQAwETEPMA0GA1UEAwwGbGlzdG" \
    "VkMB4XDTI2MTEyNjEwNDYyOVoXDTM2MTEyMzEwNDYyOVowETEPMA0GA1UEAwwGbGlzdGVkMIGfMA0GCSqGSIb3DQEB" \
    "AQUAA4GNADCBiQKBgQDc6AqpFR6LIKmgyg2Vf5ZnRWY74K2BbVP70+bztAWvOo4BWV54krn6qUUdUWX83ql5rh7eH5" \
    "DbadK9+C9B12x1XLmno9NXTcAw/pqN4Z0MZ7TL0P8eEb0gxYFd0eXID+mGTm28+If2+MHV7HwEryxtLSzsV4qwGsFp" \
    "nVRJZLLSLQIDAQABo1MwUTAdBgNVHQ4EFgQUYiZs6LvYGVGzaau2w6ZWF8hqDXAwHwYDVR0jBBgwFoAUYiZs6LvYGV" \
    "Gzaau2w6ZWF8hqDXAwDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOBgQCHZrmSL6WS3LZZp5h605wZFK58" \
    "wFWgBihSyP4KtP1mXjb6UqHekST8mQq6aLue1rGCpIaycJZ2DsZ0u4bWp4VKWGSZR11w63+gLkz70u/GZ+NIUC/mxf" \
    "9HkgTA7zo2+YKAFSbVXJzKyILvj3oEjploG9pANxTcYmrl7Bm5dzL1PQ=="
/* clang-format on */

static struct bytes decode(const char *base64, uint8_t *raw)
{
    size_t n = strlen(base64);
    int len = EVP_DecodeBlock(raw, (const unsigned char *)base64, (int)n);
    assert_true(len > 0);
    return (struct bytes){raw, (size_t)len - (n - strcspn(base64, "="))};
}

static struct blocklist *list_of(const char *text)
{
    struct err err;
    struct blocklist *b = blocklist_new();
    if (!blocklist_add(b, bytes_of_text(text), "list.txt", &err))
        fail_msg("%s", err.text);
    return b;
}

static void hits(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name;
        bool is_hit;
        enum blocklist_kind kind;
        unsigned line;
    } rows[] = {
            {SPKI_SHA256 "\n", "", true, BLOCKLIST_SPKI, 1},
            {"# a list\r\n\r\n  " SPKI_SHA256 "\tfirmware of a router \r\n", "firmware of a router",
                    true, BLOCKLIST_SPKI, 3},
            {MODULUS_SHA256 " x # not y", "x", true, BLOCKLIST_MODULUS, 1},
            {"\n" MODULUS_SHA1_80 "# end", "", true, BLOCKLIST_MODULUS_DEBIAN, 2},
            {"00000000000000000000\n" MODULUS_SHA1_80 "\n" MODULUS_SHA256 "\n", "", true,
                    BLOCKLIST_MODULUS, 3},
            {"00000000000000000000\n", "", false, BLOCKLIST_SPKI, 0},
            {"00000000000000000000 # " SPKI_SHA256, "", false, BLOCKLIST_SPKI, 0},
    };
    uint8_t raw[400];
    struct bytes spki = decode(KEY, raw);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct blocklist *b = list_of(rows[i].text);
        struct blocklist_hit hit = {0};
        bool is_hit = blocklist_find(b, spki, &hit);
        assert_int_equal(is_hit, rows[i].is_hit);
        if (is_hit) {
            assert_int_equal(hit.kind, rows[i].kind);
            assert_int_equal(hit.line, rows[i].line);
            assert_string_equal(hit.name, rows[i].name);
            assert_string_equal(hit.list, "list.txt");
            assert_int_equal(hit.is_truncated, rows[i].kind == BLOCKLIST_MODULUS_DEBIAN);
        }
        blocklist_free(b);
    }
}

/* A key that is not RSA has no modulus; broken ones are in no list. */
static void other_keys(void **state)
{
    (void)state;
    uint8_t raw[400];
    struct blocklist_hit hit;
    struct blocklist *b = list_of(EC_SHA256 "\n" SPKI_SHA256 "\n" MODULUS_SHA1_80 "\n");
    struct bytes ec = decode(EC_KEY, raw);
    assert_true(blocklist_find(b, ec, &hit));
    assert_int_equal(hit.line, 1);
    struct bytes spki = decode(KEY, raw);
    for (size_t n = 0; n < 60; n++)
        assert_false(blocklist_find(b, (struct bytes){spki.p, n}, &hit));
    assert_false(blocklist_find_cert(b, spki, &hit));
    blocklist_free(b);
}

static void certificates(void **state)
{
    (void)state;
    uint8_t raw[700];
    struct blocklist_hit hit;
    struct blocklist *b = list_of(MODULUS_SHA256 "\n");
    assert_true(blocklist_find_cert(b, decode(CERTIFICATE, raw), &hit));
    assert_int_equal(hit.kind, BLOCKLIST_MODULUS);
    blocklist_free(b);
}

static void errors(void **state)
{
    (void)state;
    static const char *const rows[] = {"\nabc\n", "\n" SPKI_SHA256 "0\n", "\n" SPKI_SHA256 "00\n",
            "\n" SPKI_SHA256 "x\n", "\nname " SPKI_SHA256 "\n", "\n0000000000000000000\n"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err;
        struct blocklist *b = blocklist_new();
        assert_false(blocklist_add(b, bytes_of_text(rows[i]), "list.txt", &err));
        assert_string_equal(err.text, "list.txt: line 2: neither 64 nor 20 hexadecimal digits");
        blocklist_free(b);
    }
}

/* A file without a key is a slip, also behind one that has some; what is truncated is counted. */
static void keys_of_a_file(void **state)
{
    (void)state;
    static const char *const rows[] = {"", "\n", " \r\n\t\n", "# " SPKI_SHA256 "\n"};
    struct err err;
    struct blocklist *b = list_of(SPKI_SHA256 "\n00000000000000000000\n" MODULUS_SHA1_80 "\n");
    assert_int_equal(blocklist_count(b), 3);
    assert_int_equal(blocklist_count_truncated(b), 2);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_false(blocklist_add(b, bytes_of_text(rows[i]), "empty.txt", &err));
        assert_non_null(strstr(err.text, "empty.txt: holds no key: "));
    }
    blocklist_free(b);
}

static void files(void **state)
{
    (void)state;
    char path[] = "/tmp/tlswire-blocklist-XXXXXX";
    uint8_t raw[400];
    struct err err;
    struct blocklist_hit hit;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    static const char text[] = MODULUS_SHA1_80 " debian\n";
    assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
    (void)close(fd);
    struct blocklist *b = list_of("00000000000000000000\n");
    assert_true(blocklist_load(b, path, &err));
    assert_int_equal(blocklist_count(b), 2);
    assert_true(blocklist_find(b, decode(KEY, raw), &hit));
    assert_string_equal(hit.list, path);
    assert_string_equal(hit.name, "debian");
    (void)unlink(path);
    assert_false(blocklist_load(b, path, &err));
    assert_non_null(strstr(err.text, "No such file"));
    blocklist_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(hits), cmocka_unit_test(other_keys),
            cmocka_unit_test(certificates), cmocka_unit_test(errors),
            cmocka_unit_test(keys_of_a_file), cmocka_unit_test(files)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
