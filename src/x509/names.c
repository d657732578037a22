/* What is wrong with the names of a certificate: form, wildcards, names that are not public. */
#include <arpa/inet.h>
#include <libpsl.h>
#include <stdio.h>
#include <string.h>

#include "x509/parse.h"
#include "x509/x509.h"

enum { HOST_MOST = 253, LABEL_MOST = 63 };

/* The bytes as lower-case C text; false when they are no ASCII text of the length of a name. */
static bool to_text(struct bytes host, char out[HOST_MOST + 1])
{
    struct cur c = cur_of(host);
    size_t n = 0;
    if (host.n > HOST_MOST)
        return false;
    while (cur_more(&c)) {
        uint8_t ch = cur_u8(&c);
        if (ch <= ' ' || ch >= 0x7f)
            return false;
        out[n++] = (char)(ch >= 'A' && ch <= 'Z' ? ch + ('a' - 'A') : ch);
    }
    out[n] = '\0';
    return n > 0;
}

bool x509_is_public_suffix(struct bytes host)
{
    char text[HOST_MOST + 1];
    const psl_ctx_t *list = psl_builtin();
    if (list == NULL || !to_text(host, text))
        return false;
    return psl_is_public_suffix2(list, text, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) != 0;
}

void x509_registrable_domain(const char *host, char *out, size_t size)
{
    const psl_ctx_t *list = psl_builtin();
    const char *domain = list != NULL ? psl_registrable_domain(list, host) : NULL;
    (void)snprintf(out, size, "%s", domain != NULL ? domain : "");
}

static void note(struct certificate *c, enum name_problem p, size_t at)
{
    if (c->name_problems[p] == 0)
        c->name_problems[p] = (uint16_t)(at + 1);
}

/* Letters, digits, hyphens and dots are what RFC 5280 4.2.1.6 leaves; '*' is looked at apart. */
static void characters(struct certificate *c, size_t at)
{
    struct cur name = cur_of(c->sans[at].value);
    size_t label = 0;
    uint8_t ch = '.';
    while (cur_more(&name)) {
        ch = cur_u8(&name);
        if (ch < ' ' || ch == 0x7f)
            note(c, NAME_CONTROL, at);
        else if (ch == ' ')
            note(c, NAME_SPACE, at);
        else if (ch == '_')
            note(c, NAME_UNDERSCORE, at);
        else if (ch >= 0x80)
            note(c, NAME_NON_ASCII, at);
        if (ch == '.' && label == 0)
            note(c, NAME_DOT_FIRST, at);
        label = ch == '.' ? 0 : label + 1;
        if (label > LABEL_MOST)
            note(c, NAME_LABEL_LONG, at);
    }
    if (c->sans[at].value.n == 0)
        note(c, NAME_DOT_FIRST, at);
    else if (ch == '.')
        note(c, NAME_DOT_LAST, at);
}

/* RFC 9525 6.3 and BR 3.2.2.6. */
static void wildcard(struct certificate *c, size_t at)
{
    struct cur name = cur_of(c->sans[at].value);
    size_t stars = 0;
    bool is_leftmost = cur_peek_u8(&name, 0) == '*' && cur_peek_u8(&name, 1) == '.';
    for (size_t i = 0; i < name.n; i++)
        stars += cur_peek_u8(&name, i) == '*';
    if (stars == 0)
        return;
    if (stars > 1)
        note(c, NAME_WILDCARD_MANY, at);
    if (!is_leftmost) {
        note(c, NAME_WILDCARD_PLACE, at);
        return;
    }
    cur_skip(&name, 2);
    bool has_root_dot = cur_more(&name) && cur_peek_u8(&name, name.n - 1) == '.';
    struct bytes behind = cur_take(&name, name.n - has_root_dot);
    size_t dots = 0;
    for (struct cur rest = cur_of(behind); cur_more(&rest);)
        dots += cur_u8(&rest) == '.';
    if (x509_is_public_suffix(behind))
        note(c, NAME_WILDCARD_SUFFIX, at);
    else if (behind.n > 0 && dots == 0)
        note(c, NAME_WILDCARD_TLD, at);
}

static bool is_ip_text(struct bytes name)
{
    char text[HOST_MOST + 1];
    uint8_t ip[16];
    return to_text(name, text) &&
           (inet_pton(AF_INET, text, ip) == 1 || inet_pton(AF_INET6, text, ip) == 1);
}

/* RFC 6761 and its like, names that ICANN keeps out of the root, and what people made up. A list of
 * what is not delegated instead of one of what is: that one would age. */
static bool is_internal_tld(const char *tld)
{
    static const char *const rows[] = {"corp", "domain", "example", "home", "internal", "intern",
            "intra", "intranet", "invalid", "lan", "local", "localdomain", "localhost", "mail",
            "private", "test", "workgroup"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i], tld) == 0)
            return true;
    return false;
}

static void internal(struct certificate *c, size_t at)
{
    char text[HOST_MOST + 1];
    if (!to_text(c->sans[at].value, text))
        return;
    const char *dot = strrchr(text, '.');
    if (dot == NULL)
        note(c, NAME_INTERNAL_LABEL, at);
    else if (is_internal_tld(dot + 1))
        note(c, NAME_INTERNAL_TLD, at);
}

struct block {
    uint8_t bits;
    uint8_t start[8];
};

static bool is_in(struct bytes ip, const struct block *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct cur c = cur_of(ip);
        unsigned k = 0;
        for (; k + 8 <= rows[i].bits && cur_peek_u8(&c, k / 8) == rows[i].start[k / 8]; k += 8)
            ;
        unsigned left = rows[i].bits - k;
        if (left < 8 && (cur_peek_u8(&c, k / 8) ^ rows[i].start[k / 8 % 8]) >> (8 - left) == 0)
            return true;
    }
    return false;
}

/* IANA's special-purpose registries (RFC 6890): what is not reachable from everywhere. */
static bool is_reserved(struct bytes ip)
{
    static const struct block v4[] = {{8, {0}}, {8, {10}}, {10, {100, 64}}, {8, {127}},
            {16, {169, 254}}, {12, {172, 16}}, {24, {192, 0, 2}}, {16, {192, 168}}, {15, {198, 18}},
            {24, {198, 51, 100}}, {24, {203, 0, 113}}, {4, {224}}, {4, {240}}};
    static const struct block v6[] = {
            {64, {0}}, {7, {0xfc}}, {10, {0xfe, 0x80}}, {8, {0xff}}, {32, {0x20, 1, 0x0d, 0xb8}}};
    return ip.n == 4 ? is_in(ip, v4, sizeof v4 / sizeof *v4)
                     : is_in(ip, v6, sizeof v6 / sizeof *v6);
}

static void one(struct certificate *c, size_t at)
{
    const struct san *s = &c->sans[at];
    switch (s->type) {
    case SAN_DNS:
        characters(c, at);
        if (is_ip_text(s->value)) {
            note(c, NAME_IP_AS_DNS, at);
            break;
        }
        wildcard(c, at);
        internal(c, at);
        break;
    case SAN_IP:
        if (s->value.n != 4 && s->value.n != 16)
            note(c, NAME_IP_LENGTH, at);
        else if (is_reserved(s->value))
            note(c, NAME_INTERNAL_IP, at);
        break;
    case SAN_EMAIL:
    case SAN_URI:
    case SAN_OTHER:
        note(c, NAME_OTHER_TYPE, at);
        break;
    }
}

static bool is_among_sans(const struct certificate *c)
{
    char cn[HOST_MOST + 1], san[HOST_MOST + 1];
    uint8_t ip[16];
    if (!to_text(c->common_name, cn))
        return false;
    size_t ip_len = inet_pton(AF_INET, cn, ip) == 1 ? 4 : inet_pton(AF_INET6, cn, ip) == 1 ? 16 : 0;
    for (size_t i = 0; i < c->n_sans; i++) {
        const struct san *s = &c->sans[i];
        if (s->type == SAN_DNS && to_text(s->value, san) && strcmp(cn, san) == 0)
            return true;
        if (s->type == SAN_IP && ip_len > 0 && bytes_equal(s->value, (struct bytes){ip, ip_len}))
            return true;
    }
    return false;
}

void x509_names(struct certificate *c)
{
    for (size_t i = 0; i < c->n_sans; i++)
        one(c, i);
    struct cur cn = cur_of(c->common_name);
    if (cn.n > 0 && c->n_sans > 0 && c->n_sans_dropped == 0 && !is_among_sans(c))
        note(c, NAME_CN_NOT_IN_SAN, 0);
    while (cur_more(&cn)) {
        uint8_t ch = cur_u8(&cn);
        if (ch < ' ' || ch == 0x7f)
            note(c, NAME_CN_CONTROL, 0);
    }
}
