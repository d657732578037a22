#include "base/cursor.h"
#include "rules/support.h"

enum { OCTETS_MOST = 20, BITS_SUSPECT = 56 };
#define RANDOM_US (INT64_C(1475193600) * 1000000) /* 2016-09-30, ballot 164 */

/* The serial without what only encodes its sign. */
static struct cur magnitude(struct bytes serial)
{
    struct cur c = cur_of(serial);
    while (c.n > 0 && cur_peek_u8(&c, 0) == 0)
        cur_skip(&c, 1);
    return c;
}

static unsigned bits(struct cur c)
{
    unsigned n = (unsigned)c.n * 8;
    for (unsigned top = cur_peek_u8(&c, 0); n > 0 && !(top & 0x80); top <<= 1)
        n--;
    return n;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    struct cur serial = cur_of(leaf->serial);
    struct cur value = magnitude(leaf->serial);
    bool is_negative = (cur_peek_u8(&serial, 0) & 0x80) != 0;
    const char *what = is_negative             ? "a negative serial number"
                       : value.n == 0          ? "the serial number zero"
                       : value.n > OCTETS_MOST ? "a serial number of more than 20 octets"
                                               : NULL;
    bool is_short = what == NULL && bits(value) < BITS_SUSPECT &&
                    leaf->not_before_us >= RANDOM_US && rule_publicity(f) != KNOWN_NO;
    if (what == NULL && !is_short)
        return RULE_PASS;
    if (is_short) {
        if (!rule_public(f, a, &v))
            return v;
        what = "a serial number of far less than 64 random bits";
    }
    rule_summary(a, "%s has %s", rule_who(leaf), what);
    return rule_certificate_hit(f, a, 0, leaf->serial, "serialNumber");
}

const struct rule rule_cert_serial_bad = {
        .id = "cert-serial-bad",
        .codes = "F9",
        .title = "The serial number of the server's certificate breaks the rules",
        .cite = "RFC 5280 4.1.2.2; CA/Browser Forum BR 7.1",
        .what = "serialNumber is zero, negative, longer than 20 octets, or, in a public "
                "certificate "
                "issued from 2016-09-30, made of less than 64 random bits.",
        .traps =
                "A zero byte in front only encodes the sign. 64 random bits may begin with zeros: "
                "only numbers of less than 56 bits count, which chance makes once in 256 of these. "
                "Without a trust store, short numbers are undetermined.",
        .remedy = "Report it to the CA, or correct its software.",
        .severity = SEV_LOW,
        .on = RULE_SERVED,
        .check = check,
};
