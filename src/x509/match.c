/* RFC 9525: which names a certificate stands for. */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "x509/parse.h"
#include "x509/x509.h"

enum { HOST_MOST = 253, LABEL_MOST = 63 };

static bool is_host_char(uint8_t ch)
{
    return ch < 0x80 && (isalnum(ch) || ch == '-' || ch == '_');
}

/* Letters, digits, hyphens and underscores in labels of 1 to 63; nothing else, so no NUL either. */
static bool is_host(struct bytes h)
{
    size_t label = 0;
    for (size_t i = 0; i < h.n; i++) {
        if (h.p[i] == '.' && label == 0)
            return false;
        if (h.p[i] != '.' && !is_host_char(h.p[i]))
            return false;
        label = h.p[i] == '.' ? 0 : label + 1;
        if (label > LABEL_MOST)
            return false;
    }
    return h.n > 0 && h.n <= HOST_MOST && label > 0;
}

static uint8_t lower(uint8_t c)
{
    return (uint8_t)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static bool same_text(struct bytes a, struct bytes b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

static struct bytes without_dot(struct bytes h)
{
    if (h.n > 1 && h.p[h.n - 1] == '.')
        h.n--;
    return h;
}

/*
 * 6.3: "*" is the whole leftmost label and stands for exactly one label. Below a public suffix it
 * would stand for the names of strangers: browsers refuse it (7.1). Below a single label that is no
 * suffix, as in "*.lan", nobody is a stranger, so it matches, although many clients refuse it.
 * may_be_suffix: what is behind the asterisk has to be looked up in the list of suffixes.
 */
static bool matches(struct bytes pattern, struct bytes host, bool may_be_suffix)
{
    pattern = without_dot(pattern);
    if (pattern.n < 3 || pattern.p[0] != '*' || pattern.p[1] != '.')
        return is_host(pattern) && same_text(pattern, host);
    const uint8_t *dot = memchr(host.p, '.', host.n);
    if (dot == NULL || dot == host.p)
        return false;
    struct bytes tail = {pattern.p + 1, pattern.n - 1};
    struct bytes rest = {dot, host.n - (size_t)(dot - host.p)};
    struct bytes behind = {tail.p + 1, tail.n - 1};
    return is_host(behind) && same_text(tail, rest) &&
           !(may_be_suffix && x509_is_public_suffix(behind));
}

static size_t ip_of(struct bytes host, uint8_t out[16])
{
    char text[INET6_ADDRSTRLEN];
    if (host.n >= sizeof text)
        return 0;
    for (size_t i = 0; i < host.n; i++)
        text[i] = (char)host.p[i];
    text[host.n] = '\0';
    if (memchr(text, '\0', host.n) != NULL)
        return 0;
    if (inet_pton(AF_INET, text, out) == 1)
        return 4;
    return inet_pton(AF_INET6, text, out) == 1 ? 16 : 0;
}

enum name_match x509_match_name(const struct certificate *c, struct bytes host)
{
    uint8_t ip[16];
    size_t ip_len = ip_of(host, ip);
    host = without_dot(host);
    if (!c->is_parsed || (ip_len == 0 && !is_host(host)))
        return NAME_NOT_COMPARABLE;
    /* x509_names has looked up all names. */
    bool may_be_suffix = c->name_problems[NAME_WILDCARD_SUFFIX] != 0;
    for (size_t i = 0; i < c->n_sans; i++) {
        const struct san *s = &c->sans[i];
        if (ip_len > 0 && s->type == SAN_IP && bytes_equal(s->value, (struct bytes){ip, ip_len}))
            return NAME_MATCH;
        if (ip_len == 0 && s->type == SAN_DNS && matches(s->value, host, may_be_suffix))
            return NAME_MATCH;
    }
    return c->n_sans_dropped > 0 ? NAME_NOT_COMPARABLE : NAME_MISMATCH;
}
