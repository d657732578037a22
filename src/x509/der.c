#include "x509/der.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

struct cur der_any(struct cur *c, uint8_t *tag, struct bytes *whole)
{
    struct bytes start = cur_rest(c);
    *tag = cur_u8(c);
    if ((*tag & 0x1f) == 0x1f) /* no certificate field has a tag number above 30 */
        cur_fail(c);
    uint64_t len = cur_u8(c);
    if (len > 0x84 || len == 0x80)
        cur_fail(c);
    else if (len > 0x80)
        len = cur_uint(c, (unsigned)len & 0x7f);
    struct bytes body = cur_take(c, (size_t)len);
    if (whole != NULL)
        *whole = (struct bytes){start.p, cur_ok(c) ? start.n - c->n : 0};
    return (struct cur){body.p, body.n, c->bad};
}

bool der_next_is(const struct cur *c, uint8_t tag)
{
    return c->n > 0 && cur_peek_u8(c, 0) == tag;
}

struct cur der_get(struct cur *c, uint8_t tag)
{
    uint8_t found = 0;
    if (!der_next_is(c, tag))
        cur_fail(c);
    struct cur body = der_any(c, &found, NULL);
    body.bad = c->bad;
    return body;
}

int der_uint(struct cur body)
{
    if (body.bad || body.n == 0 || body.n > 3 || (cur_peek_u8(&body, 0) & 0x80))
        return -1;
    return (int)cur_uint(&body, (unsigned)body.n);
}

static int two(struct cur *c)
{
    int a = cur_u8(c) - '0';
    int b = cur_u8(c) - '0';
    if (a < 0 || a > 9 || b < 0 || b > 9)
        cur_fail(c);
    return a * 10 + b;
}

bool der_time(uint8_t tag, struct cur body, int64_t *us)
{
    int year = 0;
    if (tag == DER_UTC_TIME) {
        year = two(&body);
        year += year < 50 ? 2000 : 1900;
    } else if (tag == DER_GENERALIZED_TIME) {
        year = two(&body) * 100;
        year += two(&body);
    } else {
        return false;
    }
    int month = two(&body);
    int day = two(&body);
    int hour = two(&body);
    int minute = two(&body);
    bool has_seconds =
            cur_more(&body) && cur_peek_u8(&body, 0) >= '0' && cur_peek_u8(&body, 0) <= '9';
    int second = has_seconds ? two(&body) : 0;
    if (cur_peek_u8(&body, 0) == '.') { /* not allowed, but readable */
        cur_skip(&body, 1);
        while (cur_peek_u8(&body, 0) >= '0' && cur_peek_u8(&body, 0) <= '9')
            cur_skip(&body, 1);
    }
    uint8_t zone = cur_u8(&body);
    int shift = 0;
    if (zone == '+' || zone == '-') {
        shift = two(&body) * 60;
        shift = (zone == '-' ? 1 : -1) * (shift + two(&body));
    }
    if (!cur_done(&body) || (zone != 'Z' && zone != '+' && zone != '-'))
        return false;
    char text[40];
    (void)snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month, day, hour,
            minute, second);
    if (!text_parse_time(text, us))
        return false;
    *us += (int64_t)shift * 60 * 1000000;
    return true;
}

const char *der_oid_text(struct arena *a, struct bytes oid)
{
    struct text t = {0};
    struct cur c = cur_of(oid);
    uint64_t v = 0;
    bool is_first = true;
    while (cur_more(&c)) {
        uint8_t b = cur_u8(&c);
        if (v > UINT64_MAX >> 8)
            break;
        v = v << 7 | (b & 0x7f);
        if (b & 0x80)
            continue;
        if (is_first)
            text_addf(&t, "%u.%llu",
                    v < 40   ? 0
                    : v < 80 ? 1
                             : 2,
                    (unsigned long long)(v < 80 ? v % 40 : v - 80));
        else
            text_addf(&t, ".%llu", (unsigned long long)v);
        is_first = false;
        v = 0;
    }
    const char *copy = arena_text(a, bytes_of_text(text_str(&t)));
    text_fini(&t);
    return copy;
}
