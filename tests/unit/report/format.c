/* The printers: JSON that any reader takes, CSV by RFC 4180, tables that line up. */
#include "report/format.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "tests/unit/test.h"

static const struct column COLUMNS[] = {{"a", "A", false, 0, 0}, {"n", "N", true, 0, 0},
        {"t", "T", false, -4, 0}, {NULL, NULL, false, 0, 0}};
static const struct column SHORT[] = {
        {"a", "A", false, 0, 6}, {"n", "N", true, 0, 0}, {NULL, NULL, false, 0, 0}};

/* Prints rows and gives what was written; the caller frees. */
static char *printed(
        enum format format, const struct column *columns, struct value rows[][3], size_t n)
{
    char *out = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&out, &len);
    assert_non_null(f);
    FILE *file = tmpfile(); /* printer_init asks for a descriptor */
    assert_non_null(file);
    struct printer p;
    printer_init(&p, file, format, columns);
    p.out = f;
    for (size_t i = 0; i < n; i++)
        assert_true(printer_row(&p, rows[i], 3));
    assert_true(printer_end(&p));
    (void)fclose(f);
    (void)fclose(file);
    return out;
}

static void check(enum format format, struct value rows[][3], size_t n, const char *expected)
{
    char *out = printed(format, COLUMNS, rows, n);
    assert_string_equal(out, expected);
    free(out);
}

static void test_formats(void **state)
{
    (void)state;
    struct value rows[][3] = {
            {{"a", VALUE_TEXT, 0, 0, "x,\"y\""}, {"n", VALUE_INTEGER, -5, 0, NULL},
                    {"t", VALUE_TEXT, 0, 0, "2026-01-31"}},
            {{"a", VALUE_NULL, 0, 0, NULL}, {"n", VALUE_BOOL, 1, 0, NULL},
                    {"t", VALUE_JSON, 0, 0, "[\"p\",\"q\"]"}},
    };
    check(FORMAT_JSONL, rows, 2,
            "{\"a\":\"x,\\\"y\\\"\",\"n\":-5,\"t\":\"2026-01-31\"}\n"
            "{\"a\":null,\"n\":true,\"t\":[\"p\",\"q\"]}\n");
    check(FORMAT_JSON, rows, 1, "[\n{\"a\":\"x,\\\"y\\\"\",\"n\":-5,\"t\":\"2026-01-31\"}\n]\n");
    check(FORMAT_JSON, rows, 0, "[]\n");
    check(FORMAT_CSV, rows, 2,
            "a,n,t\r\n\"x,\"\"y\"\"\",-5,2026-01-31\r\n,true,\"[\"\"p\"\",\"\"q\"\"]\"\r\n");
    check(FORMAT_TABLE, rows, 2,
            "A         N  T\n"
            "x,\"y\"    -5  2026\n"
            "-      true  p, q\n");
    check(FORMAT_TABLE, rows, 0, "");
}

/* Whatever a name holds, the JSON text has no raw control character and gives the bytes back. */
static void test_every_byte(void **state)
{
    (void)state;
    for (int b = 0; b < 256; b++) {
        struct text escaped = {0}, back = {0};
        uint8_t byte = (uint8_t)b;
        text_add_escaped(&escaped, (struct bytes){&byte, 1});
        struct value row[1][3] = {{{"a", VALUE_TEXT, 0, 0, text_str(&escaped)},
                {"n", VALUE_NULL, 0, 0, NULL}, {"t", VALUE_NULL, 0, 0, NULL}}};
        char *out = printed(FORMAT_JSONL, COLUMNS, row, 1);
        for (const char *s = out; s[1] != '\0'; s++)
            assert_true((unsigned char)*s >= 0x20);
        text_unescape(&back, text_str(&escaped));
        assert_int_equal(back.n, 1);
        assert_int_equal((uint8_t)back.s[0], byte);
        free(out);
        text_fini(&escaped);
        text_fini(&back);
    }
}

static void test_colour(void **state)
{
    (void)state;
    assert_string_equal(format_color(false, "critical"), "");
    assert_string_not_equal(format_color(true, "critical"), "");
    enum format f;
    assert_true(format_parse("jsonl", &f));
    assert_int_equal(f, FORMAT_JSONL);
    assert_false(format_parse("xml", &f));
}

/* What is longer than a column may be is cut everywhere, at a number of characters, and says so;
 * formats for machines have all of it. */
static void test_longest(void **state)
{
    struct value rows[][3] = {{{"a", VALUE_TEXT, 0, 0, "123456"}, {"n", VALUE_INTEGER, 1, 0, NULL},
                                      {"t", VALUE_NULL, 0, 0, NULL}},
            {{"a", VALUE_TEXT, 0, 0, "1234567"}, {"n", VALUE_INTEGER, 1, 0, NULL},
                    {"t", VALUE_NULL, 0, 0, NULL}},
            {{"a", VALUE_TEXT, 0, 0, "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"},
                    {"n", VALUE_INTEGER, 1, 0, NULL}, {"t", VALUE_NULL, 0, 0, NULL}}};
    (void)state;
    char *out = printed(FORMAT_TABLE, SHORT, rows, 3);
    assert_string_equal(out, "A       N\n123456  1\n12345\xe2\x80\xa6  1\n"
                             "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xe2\x80\xa6  1\n");
    free(out);
    out = printed(FORMAT_CSV, SHORT, rows, 2);
    assert_non_null(strstr(out, "1234567"));
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_longest),
            cmocka_unit_test(test_formats), cmocka_unit_test(test_every_byte),
            cmocka_unit_test(test_colour)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
