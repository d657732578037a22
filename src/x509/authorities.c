/* RFC 5246 7.4.4: the CAs that a server names, against the chain that the client sent. */
#include "x509/parse.h"
#include "x509/x509.h"

static uint8_t lower(uint8_t c)
{
    return (uint8_t)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* The next character for a comparison without case and with runs of spaces as one. */
static uint8_t next(struct cur *c)
{
    uint8_t ch = cur_u8(c);
    while (ch == ' ' && cur_peek_u8(c, 0) == ' ')
        ch = cur_u8(c);
    return lower(ch);
}

/* RFC 5280 7.1, for names as text: string types are gone there. */
static bool same_name(const char *left, const char *right)
{
    struct cur a = cur_of(bytes_of_text(left));
    struct cur b = cur_of(bytes_of_text(right));
    while (cur_more(&a) && cur_more(&b))
        if (next(&a) != next(&b))
            return false;
    return !cur_more(&a) && !cur_more(&b);
}

static bool is_named(const struct certificate *c, struct bytes der, const char *text)
{
    if (!c->is_parsed)
        return false;
    return bytes_equal(c->issuer_der, der) || bytes_equal(c->subject_der, der) ||
           same_name(c->issuer, text) || same_name(c->subject, text);
}

enum name_match x509_match_authorities(
        const struct certificate *const *chain, size_t n, struct bytes authorities)
{
    struct cur list = cur_of(authorities);
    enum name_match result = NAME_MISMATCH;
    for (size_t i = 0; i < n; i++)
        if (!chain[i]->is_parsed)
            result = NAME_NOT_COMPARABLE;
    while (cur_more(&list) && result != NAME_MATCH) {
        struct arena scratch;
        arena_init(&scratch);
        struct bytes der = cur_vec(&list, 2);
        struct bytes ignored = {NULL, 0};
        const char *text = x509_name_text(&scratch, cur_of(der), &ignored);
        if (text == NULL || list.bad)
            result = NAME_NOT_COMPARABLE;
        for (size_t i = 0; i < n && text != NULL; i++)
            if (is_named(chain[i], der, text))
                result = NAME_MATCH;
        arena_fini(&scratch);
    }
    return result;
}
