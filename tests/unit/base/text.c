#include "base/text.h"

#include <string.h>

#include "tests/unit/test.h"

static void every_byte_value_comes_back(void **state)
{
    (void)state;
    for (unsigned lead = 0; lead < 256; lead++) {
        for (unsigned next = 0; next < 256; next++) {
            const uint8_t raw[] = {(uint8_t)lead, (uint8_t)next, 'x'};
            struct text shown = {0};
            struct text back = {0};
            text_add_escaped(&shown, (struct bytes){raw, sizeof raw});
            for (const char *p = text_str(&shown); *p != '\0'; p++)
                assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
            text_unescape(&back, text_str(&shown));
            assert_int_equal(back.n, sizeof raw);
            assert_memory_equal(back.s, raw, sizeof raw);
            text_fini(&shown);
            text_fini(&back);
        }
    }
}

static void escapes(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *shown;
    } rows[] = {{"plain.example", "plain.example"}, {"a\\b", "a\\x5cb"}, {"\x1b[31m", "\\x1b[31m"},
            {"b\xc3\xbc"
             "cher",
                    "b\xc3\xbc"
                    "cher"},
            {"\xe2\x80\xae", "\\xe2\\x80\\xae"}, {"\xff\xfe", "\\xff\\xfe"},
            {"\xed\xa0\x80", "\\xed\\xa0\\x80"}, {"\xc0\xaf", "\\xc0\\xaf"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text t = {0};
        text_add_escaped(&t, bytes_of_text(rows[i].raw));
        assert_string_equal(text_str(&t), rows[i].shown);
        text_fini(&t);
    }
}

/* Expected numbers from `date -u -d ... +%s`. */
static void times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        int64_t us;
    } rows[] = {{"1970-01-01", true, 0}, {"2026-11-24T04:34:09Z", true, 1795494849000000},
            {"2000-02-29T23:59:59.5Z", true, 951868799500000},
            {"2026-11-24T05:34:09+01:00", true, 1795494849000000}, {"1.25", true, 1250000},
            {"2023-02-29", false, 0}, {"yesterday", false, 0}, {"", false, 0},
            {"2026-13-01", false, 0}, {"2026-11-24T25:00:00Z", false, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t us = 0;
        assert_int_equal(text_parse_time(rows[i].text, &us), rows[i].ok);
        if (rows[i].ok)
            assert_int_equal(us, rows[i].us);
    }
    struct text t = {0};
    text_add_time(&t, -1);
    assert_string_equal(text_str(&t), "1969-12-31T23:59:59.999999Z");
    text_fini(&t);
}

static void test_day(void **state)
{
    (void)state;
    static const struct {
        int64_t s;
        const char *day;
    } rows[] = {{0, "1970-01-01"}, {-1, "1969-12-31"}, {951782400, "2000-02-29"},
            {1709251199, "2024-02-29"}, {253402300799, "9999-12-31"}, {253402300800, "10000"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char day[TEXT_DAY];
        text_day(rows[i].s * 1000000, day);
        assert_string_equal(day, rows[i].day);
    }
}

static void words(void **state)
{
    (void)state;
    static const struct {
        const char *s, *word;
    } rows[] = {{"/var/lib/x.db", "/var/lib/x.db"}, {"a b/x.db", "'a b/x.db'"}, {"", "''"},
            {"it's", "'it'\\''s'"}, {"-x", "./-x"}, {"$(id)", "'$(id)'"},
            {"a\nb'c", "$'a\\x0ab\\'c'"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text t = {0};
        text_add_word(&t, rows[i].s);
        assert_string_equal(text_str(&t), rows[i].word);
        text_fini(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_day),
            cmocka_unit_test(every_byte_value_comes_back), cmocka_unit_test(escapes),
            cmocka_unit_test(times), cmocka_unit_test(words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
