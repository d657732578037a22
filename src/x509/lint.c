/* The list of lints, and the strictness of DER and of times. */
#include <string.h>

#include "x509/parse.h"

enum { DEPTH_MOST = 16 };

void x509_lint(struct certificate *c, enum lint_kind kind, const char *id, const char *text,
        int64_t effective_us)
{
    for (size_t i = 0; i < c->n_lints; i++)
        if (strcmp(c->lints[i].id, id) == 0)
            return;
    if (c->n_lints == CERT_LINT_CAP)
        return;
    if (c->lints == NULL)
        c->lints = arena_alloc(&c->arena, CERT_LINT_CAP * sizeof *c->lints);
    c->lints[c->n_lints++] = (struct lint){kind, id, text, effective_us};
}

static void broken(struct certificate *c, const char *id, const char *text)
{
    x509_lint(c, LINT_STRUCTURE, id, text, 0);
}

/* X.690 10.1: definite, and as short as can be. False when the element cannot be delimited. */
static bool length(struct certificate *c, struct cur *in, size_t *len)
{
    uint8_t first = cur_u8(in);
    *len = first;
    if (first == 0x80) {
        broken(c, "der-indefinite-length", "an element has an indefinite length");
        return false;
    }
    if (first < 0x80)
        return !in->bad;
    unsigned n = first & 0x7f;
    if (n > in->n) {
        broken(c, "der-length-overrun", "an element is longer than what holds it");
        return false;
    }
    bool is_padded = cur_peek_u8(in, 0) == 0;
    for (; n > sizeof(uint64_t) && cur_peek_u8(in, 0) == 0; n--)
        cur_skip(in, 1);
    uint64_t value = n > sizeof(uint64_t) ? UINT64_MAX : cur_uint(in, n);
    if (is_padded || value < 0x80)
        broken(c, "der-length-not-minimal", "a length takes more octets than it needs");
    *len = value > SIZE_MAX ? SIZE_MAX : (size_t)value;
    return !in->bad;
}

/* X.690 11.1 and 8.3.2. */
static void primitive(struct certificate *c, uint8_t tag, struct cur body)
{
    uint8_t first = cur_peek_u8(&body, 0);
    uint8_t second = cur_peek_u8(&body, 1);
    if (tag == DER_BOOLEAN && (body.n != 1 || (first != 0 && first != 0xff)))
        broken(c, "der-boolean", "a BOOLEAN is neither 00 nor FF");
    if (tag != DER_INTEGER)
        return;
    if (body.n == 0)
        broken(c, "der-integer-empty", "an INTEGER has no octets");
    bool is_padded =
            body.n > 1 && ((first == 0 && second < 0x80) || (first == 0xff && second >= 0x80));
    if (is_padded)
        broken(c, "der-integer-not-minimal", "an INTEGER takes more octets than it needs");
}

static bool is_constructed(uint8_t tag)
{
    return (tag & 0x20) != 0;
}

void x509_lint_der(struct certificate *c, struct bytes elements)
{
    struct cur open[DEPTH_MOST]; /* what is left of each element that is being looked into */
    size_t depth = 1;
    open[0] = cur_of(elements);
    while (depth > 0) {
        struct cur *in = &open[depth - 1];
        size_t len = 0;
        if (!cur_more(in)) {
            depth--;
            continue;
        }
        uint8_t tag = cur_u8(in);
        for (uint8_t more = (tag & 0x1f) == 0x1f ? 0x80 : 0; more & 0x80;)
            more = cur_u8(in);
        if (!cur_more(in)) {
            broken(c, "der-length-overrun", "an element is longer than what holds it");
            return;
        }
        if (!length(c, in, &len))
            return;
        if (len > in->n) {
            broken(c, "der-length-overrun", "an element is longer than what holds it");
            return;
        }
        struct cur body = cur_of(cur_take(in, len));
        if (!is_constructed(tag))
            primitive(c, tag, body);
        else if (depth < DEPTH_MOST)
            open[depth++] = body;
    }
}

/* "YYMMDDHHMMSSZ" or "YYYYMMDDHHMMSSZ", nothing else. */
static bool is_plain(struct cur body, size_t digits)
{
    if (body.n != digits + 1)
        return false;
    for (size_t i = 0; i < digits; i++)
        if (cur_peek_u8(&body, i) < '0' || cur_peek_u8(&body, i) > '9')
            return false;
    return cur_peek_u8(&body, digits) == 'Z';
}

#define Y2050_US (INT64_C(2524608000) * 1000000)

void x509_lint_time(struct certificate *c, uint8_t tag, struct cur body, int64_t us)
{
    bool is_utc = tag == DER_UTC_TIME;
    if (!is_plain(body, is_utc ? 12 : 14))
        broken(c, "time-format", "a time lacks seconds, has fractions, or does not end with Z");
    if (!is_utc && us < Y2050_US)
        broken(c, "time-generalized-before-2050", "a time before 2050 is a GeneralizedTime");
}
