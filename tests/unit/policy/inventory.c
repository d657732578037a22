/* Whose certificate it is: which pattern wins, and which lines are refused. */
#include "policy/inventory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/test.h"

static const char SHA[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
static const char SPKI[] = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";

/* Loads a file of these bytes; NULL with err. */
static struct inventory *loaded(const char *bytes, size_t n, struct err *err)
{
    char path[] = "/tmp/tlswire-inventory.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), (ssize_t)n);
    assert_int_equal(close(fd), 0);
    struct inventory *inv = inventory_load(path, err);
    (void)unlink(path);
    return inv;
}

static struct inventory *of(const char *text)
{
    struct err err;
    struct inventory *inv = loaded(text, strlen(text), &err);
    if (inv == NULL)
        fail_msg("%s", err.text);
    return inv;
}

static const char *owner(struct inventory *inv, const char *names)
{
    const char *found = inventory_owner(inv, &(struct owned){SHA, SPKI, names});
    return found != NULL ? found : "";
}

static void test_names(void **state)
{
    static const struct {
        const char *names, *owner;
    } rows[] = {
            {"www.example.test", "web"},
            {"WWW.Example.Test", "web"},
            {"www.example.test.", "web"},
            {"api.example.test", "everything"},
            {"a.b.example.test", "everything"}, /* at any depth */
            {"x.pay.example.test", "pay"},
            {"pay.example.test", "everything"}, /* the wildcard stands for a label at least */
            {"example.test", ""},
            {"anexample.test", ""},
            {"*.example.test", "everything"}, /* a wildcard is a name below */
            {"*.pay.example.test", "pay"},
            {"api.example.test\nx.pay.example.test", "pay"}, /* the longest of all names */
            {"x.pay.example.test\napi.example.test", "pay"},
            {"other.test\nwww.example.test", "web"},
            {"aa.same.test\nbb.same.test", "first"}, /* equally long: the first of the file */
            {"bb.same.test\naa.same.test", "first"},
            {"a\\x00.example.test", ""}, /* no host name */
            {"", ""},
            {"*", ""},
            {".example.test", ""},
            {"a..example.test", ""},
            {NULL, ""},
    };
    (void)state;
    struct inventory *inv = of("# comment, with comma\n"
                               "*.example.test,everything\n"
                               "www.example.test, web ,the site\n"
                               "\n"
                               "  # and another\n"
                               "*.Pay.example.test.,pay,a,b,c\n"
                               "aa.same.test,first\nbb.same.test,second");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(owner(inv, rows[i].names), rows[i].owner) != 0)
            fail_msg("%s: %s", rows[i].names, owner(inv, rows[i].names));
    inventory_free(inv);
}

static void test_digests(void **state)
{
    char text[512];
    (void)state;
    (void)snprintf(text, sizeof text, "spki:%s,key\nwww.example.test,name\n", SPKI);
    struct inventory *inv = of(text);
    assert_string_equal(owner(inv, "www.example.test"), "key");
    inventory_free(inv);
    (void)snprintf(text, sizeof text, "SPKI:%s,key\nSHA256:%s,cert\n", SPKI, SHA);
    inv = of(text);
    assert_string_equal(owner(inv, NULL), "cert");
    assert_null(inventory_owner(inv, &(struct owned){SPKI, NULL, NULL}));
    inventory_free(inv);
}

static void test_csv(void **state)
{
    static const struct {
        const char *text, *owner;
    } rows[] = {
            {"\xef\xbb\xbfwww.test,a\r\n", "a"},
            {"www.test,a\r\nother.test,b\r\n", "a"},
            {"www.test,\"Doe, \"\"Jane\"\"\",note\r\n", "Doe, \"Jane\""},
            {"\"www.test\" , \"a\"", "a"},
            {"www.test,Zo\xc3\xab", "Zo\xc3\xab"},
            {"www.test,\x1b[31mred\xff", "\\x1b[31mred\\xff"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct inventory *inv = of(rows[i].text);
        assert_string_equal(owner(inv, "www.test"), rows[i].owner);
        inventory_free(inv);
    }
}

static void refused(const char *bytes, size_t n, const char *word)
{
    struct err err;
    struct inventory *inv = loaded(bytes, n, &err);
    assert_null(inv);
    if (strstr(err.text, word) == NULL || strncmp(err.text, "/tmp/tlswire-inventory.", 23) != 0)
        fail_msg("\"%s\" lacks \"%s\"", err.text, word);
}

static void test_bad_lines(void **state)
{
    static const struct {
        const char *text, *word;
    } rows[] = {
            {"www.test\n", ":1: needs pattern,owner"},
            {"# x\r\n\r\nwww.test,\r\n", ":3: the owner is empty"},
            {",a\n", ":1: not a DNS name"},
            {"*,a\n", ":1: not a DNS name"},
            {"*.,a\n", ":1: not a DNS name"},
            {"a*.test,a\n", ":1: not a DNS name"},
            {"a.*.test,a\n", ":1: not a DNS name"},
            {"a..test,a\n", ":1: not a DNS name"},
            {"b\xc3\xbc"
             "cher.test,a\n",
                    ":1: not a DNS name"},
            {"a.test,a\nwww test,a\n", ":2: not a DNS name"},
            {"sha256:00,a\n", ":1: not sha256:"},
            {"md5:00112233,a\n", ":1: not sha256:"},
            {"a.test,\"a\n", ":1: a quote"},
            {"a.test,\"a\"b\n", ":1: a quote"},
            {"\"a.test,b\n", ":1: a quote"},
            {"a.test,\"a\"\"\n", ":1: a quote"},
            {"a.test,\"\n", ":1: a quote"},
            {"a.test,\"\"\n", ":1: the owner is empty"},
            {"a.test,a\nA.test.,b\n", ":2: a.test stands on line 1 too"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        refused(rows[i].text, strlen(rows[i].text), rows[i].word);
    refused("a.test,a\0b\n", 11, ":1: holds a NUL");
    struct err err;
    assert_null(inventory_load("/nonexistent/x.csv", &err));
    assert_non_null(strstr(err.text, "/nonexistent/x.csv: No such file"));
    assert_null(inventory_load("/tmp", &err));
    assert_non_null(strstr(err.text, "/tmp: "));
}

static void test_caps(void **state)
{
    static char big[INVENTORY_LINES * 16 + 64];
    size_t n = 0;
    (void)state;
    for (int i = 0; i < INVENTORY_LINES; i++)
        n += (size_t)snprintf(big + n, sizeof big - n, "h%d.test,o\n", i);
    struct inventory *inv = of(big);
    assert_string_equal(owner(inv, "h0.test"), "o");
    assert_string_equal(owner(inv, "h99999.test"), "o");
    inventory_free(inv);
    (void)snprintf(big + n, sizeof big - n, "#\n");
    refused(big, strlen(big), ":100001: more than 100000 lines");
    memset(big, 'a', INVENTORY_LINE_MOST + 1);
    refused(big, INVENTORY_LINE_MOST + 1, ":1: longer than 4096 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names), cmocka_unit_test(test_digests),
            cmocka_unit_test(test_csv), cmocka_unit_test(test_bad_lines),
            cmocka_unit_test(test_caps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
