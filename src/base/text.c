#include "base/text.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cursor.h"

void text_fini(struct text *t)
{
    xfree(t->s);
    *t = (struct text){0};
}

void text_clear(struct text *t)
{
    t->n = 0;
    if (t->s != NULL)
        t->s[0] = '\0';
}

static void text_reserve(struct text *t, size_t more)
{
    if (t->n + more + 1 <= t->cap)
        return;
    size_t cap = t->cap > 0 ? t->cap * 2 : 128;
    while (cap < t->n + more + 1)
        cap *= 2;
    t->s = xrealloc(t->s, cap, 1);
    t->cap = cap;
}

void text_add_bytes(struct text *t, const char *s, size_t n)
{
    text_reserve(t, n);
    if (n > 0)
        memcpy(t->s + t->n, s, n);
    t->n += n;
    t->s[t->n] = '\0';
}

void text_add(struct text *t, const char *s)
{
    text_add_bytes(t, s, strlen(s));
}

void text_addf(struct text *t, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n > 0) {
        text_reserve(t, (size_t)n);
        (void)vsnprintf(t->s + t->n, (size_t)n + 1, format, again);
        t->n += (size_t)n;
    }
    va_end(again);
}

const char *text_str(const struct text *t)
{
    return t->s != NULL ? t->s : "";
}

void text_add_base64(struct text *t, struct bytes b)
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < b.n; i += 3) {
        uint32_t three = (uint32_t)b.p[i] << 16;
        three |= i + 1 < b.n ? (uint32_t)b.p[i + 1] << 8 : 0;
        three |= i + 2 < b.n ? b.p[i + 2] : 0;
        const char four[4] = {DIGITS[three >> 18], DIGITS[three >> 12 & 63],
                i + 1 < b.n ? DIGITS[three >> 6 & 63] : '=',
                i + 2 < b.n ? DIGITS[three & 63] : '='};
        text_add_bytes(t, four, sizeof four);
    }
}

void text_add_hex(struct text *t, struct bytes b)
{
    static const char digits[] = "0123456789abcdef";
    text_reserve(t, 2 * b.n);
    for (size_t i = 0; i < b.n; i++) {
        t->s[t->n++] = digits[b.p[i] >> 4];
        t->s[t->n++] = digits[b.p[i] & 15];
    }
    if (t->s != NULL)
        t->s[t->n] = '\0';
}

/* The length of the valid UTF-8 character at the start of b and its code point; 0 when it is none.
 */
static size_t utf8_char(struct bytes b, uint32_t *code)
{
    static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t lead = b.p[0];
    size_t n = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
    if (n == 0 || lead > 0xf4 || n > b.n)
        return 0;
    *code = n == 1 ? lead : lead & (0x7fU >> n);
    for (size_t i = 1; i < n; i++) {
        if ((b.p[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (b.p[i] & 0x3f);
    }
    bool surrogate = *code >= 0xd800 && *code <= 0xdfff;
    return *code < lowest[n] || *code > 0x10ffff || surrogate ? 0 : n;
}

/* Characters that could deceive a reader or a terminal, and the backslash that marks an escape. */
static bool needs_escape(uint32_t code)
{
    return code < 0x20 || code == '\\' || (code >= 0x7f && code <= 0x9f) || code == 0xad ||
           code == 0x61c || (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
           code == 0xfeff || (code >= 0xfff9 && code <= 0xfffb) || (code & 0xfffe) == 0xfffe ||
           (code >= 0xe0000 && code <= 0xe007f);
}

void text_add_escaped(struct text *t, struct bytes b)
{
    static const char digits[] = "0123456789abcdef";
    text_reserve(t, b.n);
    for (size_t i = 0; i < b.n;) {
        uint32_t code = 0;
        size_t n = utf8_char((struct bytes){b.p + i, b.n - i}, &code);
        bool is_plain = n > 0 && !needs_escape(code);
        if (n == 0)
            n = 1;
        for (size_t k = 0; k < n; k++) {
            uint8_t byte = b.p[i + k];
            char escaped[4] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
            text_add_bytes(t, is_plain ? (const char *)&b.p[i + k] : escaped, is_plain ? 1 : 4);
        }
        i += n;
    }
    if (t->s != NULL)
        t->s[t->n] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

void text_unescape(struct text *out, const char *escaped)
{
    for (const char *p = escaped; *p != '\0';) {
        if (p[0] == '\\' && p[1] == 'x' && hex_value(p[2]) >= 0 && hex_value(p[3]) >= 0) {
            char byte = (char)(unsigned char)(hex_value(p[2]) << 4 | hex_value(p[3]));
            text_add_bytes(out, &byte, 1);
            p += 4;
        } else {
            text_add_bytes(out, p, 1);
            p++;
        }
    }
}

void text_add_json(struct text *t, const char *s)
{
    text_add_bytes(t, "\"", 1);
    for (const char *p = s; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\')
            text_addf(t, "\\%c", c);
        else if (c == '\n')
            text_add(t, "\\n");
        else if (c == '\t')
            text_add(t, "\\t");
        else if (c < 0x20 || c == 0x7f)
            text_addf(t, "\\u%04x", c);
        else
            text_add_bytes(t, p, 1);
    }
    text_add_bytes(t, "\"", 1);
}

/* Days since 1970-01-01 of a proleptic Gregorian date, and back; valid for any year that int64
 * microseconds reach. */
static int64_t days_of(int64_t y, int64_t m, int64_t d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

static void date_of(int64_t days, int64_t *y, int64_t *m, int64_t *d)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    *d = doy - (153 * mp + 2) / 5 + 1;
    *m = mp < 10 ? mp + 3 : mp - 9;
    *y = yoe + era * 400 + (*m <= 2);
}

/* n digits and what stands behind them: times are written too often for printf. */
static void put_digits(struct text *t, int64_t value, int n, char end)
{
    char out[8];
    for (int i = n; i > 0; i--, value /= 10)
        out[i - 1] = (char)('0' + value % 10);
    out[n] = end;
    text_add_bytes(t, out, (size_t)n + 1);
}

void text_add_time(struct text *t, int64_t us)
{
    const int64_t day = INT64_C(86400000000);
    int64_t days = us / day - (us % day < 0);
    int64_t rest = us % day + (us % day < 0 ? day : 0);
    int64_t y, m, d;
    date_of(days, &y, &m, &d);
    if (y < 0 || y > 9999)
        text_addf(t, "%04lld-", (long long)y);
    else
        put_digits(t, y, 4, '-');
    put_digits(t, m, 2, '-');
    put_digits(t, d, 2, 'T');
    put_digits(t, rest / 3600000000, 2, ':');
    put_digits(t, rest / 60000000 % 60, 2, ':');
    put_digits(t, rest / 1000000 % 60, 2, '.');
    put_digits(t, rest % 1000000, 6, 'Z');
}

void text_day(int64_t us, char out[TEXT_DAY])
{
    const int64_t day = INT64_C(86400000000);
    int64_t y, m, d;
    date_of(us / day - (us % day < 0), &y, &m, &d);
    if (y < 0 || y > 9999) {
        (void)snprintf(out, TEXT_DAY, "%04lld", (long long)y);
        return;
    }
    const int64_t parts[] = {y / 100, y % 100, m, d};
    char *at = out;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        *at++ = (char)('0' + parts[i] / 10);
        *at++ = (char)('0' + parts[i] % 10);
        if (i == 1 || i == 2)
            *at++ = '-';
    }
    *at = '\0';
}

/* digits reads exactly n digits; the cursor fails on anything else. */
static int64_t digits(struct cur *c, int n)
{
    int64_t v = 0;
    for (int i = 0; i < n; i++) {
        uint8_t ch = cur_u8(c);
        if (ch < '0' || ch > '9')
            cur_fail(c);
        v = v * 10 + (ch - '0');
    }
    return v;
}

static void expect(struct cur *c, char ch)
{
    if (cur_u8(c) != (uint8_t)ch)
        cur_fail(c);
}

static int64_t parse_fraction(struct cur *c)
{
    int64_t us = 0;
    int64_t unit = 100000;
    cur_skip(c, 1);
    if (!cur_more(c))
        cur_fail(c);
    while (cur_more(c) && cur_peek_u8(c, 0) >= '0' && cur_peek_u8(c, 0) <= '9') {
        us += unit * (cur_u8(c) - '0');
        unit /= 10;
    }
    return us;
}

static int64_t parse_zone(struct cur *c)
{
    uint8_t sign = cur_u8(c);
    if (sign == 'Z' || sign == 'z')
        return 0;
    int64_t h = digits(c, 2);
    expect(c, ':');
    int64_t m = digits(c, 2);
    if ((sign != '+' && sign != '-') || h > 23 || m > 59)
        cur_fail(c);
    return (sign == '-' ? -1 : 1) * (h * 3600 + m * 60);
}

static bool parse_clock(struct cur *c, int64_t *us)
{
    uint8_t t = cur_u8(c);
    if (t != 'T' && t != 't' && t != ' ')
        return false;
    int64_t h = digits(c, 2);
    expect(c, ':');
    int64_t m = digits(c, 2);
    int64_t s = 0;
    int64_t fraction = 0;
    if (cur_peek_u8(c, 0) == ':') {
        cur_skip(c, 1);
        s = digits(c, 2);
        if (cur_peek_u8(c, 0) == '.')
            fraction = parse_fraction(c);
    }
    int64_t zone = cur_more(c) ? parse_zone(c) : 0;
    *us += (h * 3600 + m * 60 + s - zone) * 1000000 + fraction;
    return h <= 23 && m <= 59 && s <= 60;
}

static bool parse_epoch(const char *s, int64_t *us)
{
    struct cur c = cur_of(bytes_of_text(s));
    int64_t v = 0;
    while (cur_more(&c) && cur_peek_u8(&c, 0) != '.') {
        v = v * 10 + digits(&c, 1);
        if (v > INT64_C(9000000000000))
            return false;
    }
    *us = v * 1000000;
    if (cur_more(&c))
        *us += parse_fraction(&c);
    return cur_done(&c);
}

bool text_parse_time(const char *s, int64_t *us)
{
    static const int month_days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    struct cur c = cur_of(bytes_of_text(s));
    if (c.n == 0)
        return false;
    if (cur_peek_u8(&c, 4) != '-')
        return parse_epoch(s, us);
    int64_t y = digits(&c, 4);
    expect(&c, '-');
    int64_t m = digits(&c, 2);
    expect(&c, '-');
    int64_t d = digits(&c, 2);
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    if (!cur_ok(&c) || m < 1 || m > 12 || d < 1 || d > month_days[m - 1] ||
            (m == 2 && d == 29 && !leap))
        return false;
    *us = days_of(y, m, d) * INT64_C(86400000000);
    if (cur_more(&c) && !parse_clock(&c, us))
        return false;
    return cur_done(&c);
}

static bool is_plain(const char *s)
{
    static const char PLAIN[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "/._-+,:@%=";
    return s[0] != '\0' && strspn(s, PLAIN) == strlen(s);
}

void text_add_word(struct text *t, const char *s)
{
    bool has_control = false;
    for (const char *p = s; *p != '\0'; p++)
        has_control |= (unsigned char)*p < 0x20 || *p == 0x7f;
    if (s[0] == '-')
        text_add(t, "./");
    if (is_plain(s)) {
        text_add(t, s);
        return;
    }
    text_add(t, has_control ? "$'" : "'");
    for (const char *p = s; *p != '\0'; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            text_addf(t, "\\x%02x", (unsigned char)*p);
        else if (has_control && (*p == '\'' || *p == '\\'))
            text_addf(t, "\\%c", *p);
        else if (*p == '\'')
            text_add(t, "'\\''");
        else
            text_add_bytes(t, p, 1);
    }
    text_add(t, "'");
}
