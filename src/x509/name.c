/* Names of certificates as text: RFC 4514 escaping, in the order of the certificate. */
#include <string.h>

#include "base/text.h"
#include "x509/parse.h"

enum { STRING_UTF8 = 0x0c, STRING_BMP = 0x1e, STRING_UNIVERSAL = 0x1c, STRING_T61 = 0x14 };

static void add_utf8(struct text *t, uint32_t code)
{
    char out[4];
    size_t n = 0;
    if (code < 0x80) {
        out[n++] = (char)code;
    } else if (code < 0x800) {
        out[n++] = (char)(0xc0 | code >> 6);
        out[n++] = (char)(0x80 | (code & 63));
    } else if (code < 0x10000) {
        out[n++] = (char)(0xe0 | code >> 12);
        out[n++] = (char)(0x80 | (code >> 6 & 63));
        out[n++] = (char)(0x80 | (code & 63));
    } else {
        out[n++] = (char)(0xf0 | (code >> 18 & 7));
        out[n++] = (char)(0x80 | (code >> 12 & 63));
        out[n++] = (char)(0x80 | (code >> 6 & 63));
        out[n++] = (char)(0x80 | (code & 63));
    }
    text_add_bytes(t, out, n);
}

/* Every string type as UTF-8; what is not valid stays as it is and is escaped for display. */
static void string_utf8(struct text *t, uint8_t tag, struct cur body)
{
    unsigned width = tag == STRING_BMP ? 2 : tag == STRING_UNIVERSAL ? 4 : 1;
    bool is_latin = tag == STRING_T61;
    if (width == 1 && !is_latin) {
        text_add_bytes(t, (const char *)body.p, body.n);
        return;
    }
    while (body.n >= width)
        add_utf8(t, (uint32_t)cur_uint(&body, width) & 0x1fffff);
}

static const char *attribute_name(struct arena *a, struct bytes oid)
{
    static const struct {
        uint8_t oid[11];
        uint8_t n;
        const char *name;
    } rows[] = {{{0x55, 4, 3}, 3, "CN"}, {{0x55, 4, 4}, 3, "SN"}, {{0x55, 4, 5}, 3, "serialNumber"},
            {{0x55, 4, 6}, 3, "C"}, {{0x55, 4, 7}, 3, "L"}, {{0x55, 4, 8}, 3, "ST"},
            {{0x55, 4, 9}, 3, "street"}, {{0x55, 4, 10}, 3, "O"}, {{0x55, 4, 11}, 3, "OU"},
            {{0x55, 4, 12}, 3, "title"}, {{0x55, 4, 13}, 3, "description"},
            {{0x55, 4, 15}, 3, "businessCategory"}, {{0x55, 4, 17}, 3, "postalCode"},
            {{0x55, 4, 42}, 3, "GN"}, {{0x55, 4, 46}, 3, "dnQualifier"},
            {{0x55, 4, 97}, 3, "organizationIdentifier"},
            {{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1}, 9, "emailAddress"},
            {{0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25}, 10, "DC"},
            {{0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1}, 10, "UID"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (oid.n == rows[i].n && memcmp(oid.p, rows[i].oid, oid.n) == 0)
            return rows[i].name;
    return der_oid_text(a, oid);
}

static void add_value(struct text *out, const struct text *raw)
{
    struct text shown = {0};
    text_add_escaped(&shown, (struct bytes){(const uint8_t *)text_str(raw), raw->n});
    for (size_t i = 0; i < shown.n; i++) {
        char ch = shown.s[i];
        bool is_edge_space = ch == ' ' && (i == 0 || i + 1 == shown.n);
        if (strchr(",+\"<>;", ch) != NULL || is_edge_space || (ch == '#' && i == 0))
            text_add(out, "\\");
        text_add_bytes(out, &ch, 1);
    }
    text_fini(&shown);
}

/* One RelativeDistinguishedName; several attributes stand with '+' between. */
static bool add_rdn(struct arena *a, struct cur set, struct text *out, struct bytes *common_name)
{
    bool is_first = true;
    while (cur_more(&set)) {
        struct cur pair = der_get(&set, DER_SEQUENCE);
        struct cur oid = der_get(&pair, DER_OID);
        uint8_t tag = 0;
        struct cur value = der_any(&pair, &tag, NULL);
        if (!cur_done(&pair) || set.bad)
            return false;
        struct text raw = {0};
        string_utf8(&raw, tag, value);
        text_add(out, is_first ? (out->n > 0 ? ", " : "") : " + ");
        const char *name = attribute_name(a, cur_rest(&oid));
        text_addf(out, "%s=", name);
        add_value(out, &raw);
        if (strcmp(name, "CN") == 0)
            *common_name = arena_dup(a, (struct bytes){(const uint8_t *)text_str(&raw), raw.n});
        text_fini(&raw);
        is_first = false;
    }
    return cur_done(&set);
}

const char *x509_name_text(struct arena *a, struct cur name, struct bytes *common_name)
{
    struct text out = {0};
    struct cur rdns = der_get(&name, DER_SEQUENCE);
    bool ok = !name.bad;
    while (ok && cur_more(&rdns))
        ok = add_rdn(a, der_get(&rdns, DER_SET), &out, common_name);
    const char *text = ok && !rdns.bad ? arena_text(a, bytes_of_text(text_str(&out))) : NULL;
    text_fini(&out);
    return text;
}
