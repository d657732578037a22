/* The extensions of RFC 5280 4.2 that become facts. */
#include <string.h>

#include "base/text.h"
#include "x509/parse.h"

static bool alt_names(struct certificate *c, struct cur value)
{
    struct cur names = der_get(&value, DER_SEQUENCE);
    size_t cap = names.n / 2 < CERT_SAN_CAP ? names.n / 2 : CERT_SAN_CAP;
    c->has_san = true;
    c->sans = arena_alloc(&c->arena, (cap + 1) * sizeof *c->sans);
    while (cur_more(&names)) {
        uint8_t tag = 0;
        struct cur body = der_any(&names, &tag, NULL);
        if (body.bad)
            break;
        static const uint8_t types[9] = {SAN_OTHER, SAN_EMAIL, SAN_DNS, SAN_OTHER, SAN_OTHER,
                SAN_OTHER, SAN_URI, SAN_IP, SAN_OTHER};
        unsigned number = tag & 0x1f;
        struct san san = {number < 9 ? (enum san_type)types[number] : SAN_OTHER, cur_rest(&body)};
        if (c->n_sans < cap)
            c->sans[c->n_sans++] = san;
        else
            c->n_sans_dropped++;
    }
    return cur_done(&names) && cur_done(&value);
}

static bool key_usage(struct certificate *c, struct cur value)
{
    struct cur bits = der_get(&value, DER_BIT_STRING);
    (void)cur_u8(&bits);
    c->has_key_usage = true;
    for (unsigned i = 0; i < 16 && i / 8 < bits.n; i++)
        if (cur_peek_u8(&bits, i / 8) & (0x80 >> i % 8))
            c->key_usage |= (uint16_t)(1U << i);
    return !bits.bad && cur_done(&value);
}

static bool extended_key_usage(struct certificate *c, struct cur value)
{
    static const uint8_t any[] = {0x55, 0x1d, 0x25, 0};
    static const uint8_t pkix[] = {0x2b, 6, 1, 5, 5, 7, 3};
    struct cur list = der_get(&value, DER_SEQUENCE);
    struct text t = {0};
    c->has_eku = true;
    for (int i = 0; cur_more(&list) && i < CERT_EKU_CAP; i++) {
        struct cur oid = der_get(&list, DER_OID);
        struct bytes b = cur_rest(&oid);
        const char *name = NULL;
        bool is_pkix = b.n == 8 && memcmp(b.p, pkix, 7) == 0;
        uint8_t last = is_pkix ? b.p[7] : 0;
        uint8_t flag = last == 1   ? EKU_SERVER_AUTH
                       : last == 2 ? EKU_CLIENT_AUTH
                       : last == 9 ? EKU_OCSP_SIGNING
                                   : EKU_OTHER;
        if (bytes_equal(b, (struct bytes){any, sizeof any})) {
            flag = EKU_ANY;
            name = "anyExtendedKeyUsage";
        }
        if (flag == EKU_SERVER_AUTH)
            name = "serverAuth";
        if (flag == EKU_CLIENT_AUTH)
            name = "clientAuth";
        if (flag == EKU_OCSP_SIGNING)
            name = "OCSPSigning";
        c->eku |= flag;
        text_addf(&t, "%s%s", t.n > 0 ? "," : "", name != NULL ? name : der_oid_text(&c->arena, b));
    }
    c->eku_text = arena_text(&c->arena, bytes_of_text(text_str(&t)));
    text_fini(&t);
    return !list.bad && cur_done(&value);
}

static bool basic_constraints(struct certificate *c, struct cur value)
{
    struct cur list = der_get(&value, DER_SEQUENCE);
    c->has_basic_constraints = true;
    if (der_next_is(&list, DER_BOOLEAN)) {
        struct cur flag = der_get(&list, DER_BOOLEAN);
        c->is_ca = cur_u8(&flag) != 0;
    }
    if (der_next_is(&list, DER_INTEGER))
        c->path_len = der_uint(der_get(&list, DER_INTEGER));
    return cur_done(&list) && cur_done(&value);
}

/* RFC 5280 4.2.2.1: only URIs are kept. */
static bool authority_info(struct certificate *c, struct cur value)
{
    static const uint8_t ad[] = {0x2b, 6, 1, 5, 5, 7, 0x30};
    struct cur list = der_get(&value, DER_SEQUENCE);
    while (cur_more(&list)) {
        struct cur item = der_get(&list, DER_SEQUENCE);
        struct cur oid = der_get(&item, DER_OID);
        uint8_t tag = 0;
        struct cur place = der_any(&item, &tag, NULL);
        if (item.bad)
            return false;
        bool is_ad = oid.n == 8 && memcmp(oid.p, ad, 7) == 0 && tag == 0x86;
        if (is_ad && oid.p[7] == 1 && c->n_ocsp_urls < CERT_URL_CAP)
            c->ocsp_urls[c->n_ocsp_urls++] = cur_rest(&place);
        if (is_ad && oid.p[7] == 2 && c->n_ca_issuers < CERT_URL_CAP)
            c->ca_issuers[c->n_ca_issuers++] = cur_rest(&place);
    }
    return cur_done(&list) && cur_done(&value);
}

static bool subject_key_id(struct certificate *c, struct cur value)
{
    struct cur id = der_get(&value, DER_OCTET_STRING);
    c->subject_key_id = cur_rest(&id);
    return !id.bad && cur_done(&value);
}

static bool authority_key_id(struct certificate *c, struct cur value)
{
    struct cur list = der_get(&value, DER_SEQUENCE);
    if (der_next_is(&list, DER_CONTEXT_PRIMITIVE)) {
        struct cur id = der_get(&list, DER_CONTEXT_PRIMITIVE);
        c->authority_key_id = cur_rest(&id);
    }
    return !list.bad && cur_done(&value);
}

static bool by_oid(struct certificate *c, struct bytes oid, struct cur value)
{
    static const struct {
        uint8_t n;
        uint8_t oid[8];
        bool (*read)(struct certificate *c, struct cur value);
    } rows[] = {{3, {0x55, 0x1d, 14}, subject_key_id}, {3, {0x55, 0x1d, 15}, key_usage},
            {3, {0x55, 0x1d, 17}, alt_names}, {3, {0x55, 0x1d, 19}, basic_constraints},
            {3, {0x55, 0x1d, 35}, authority_key_id}, {3, {0x55, 0x1d, 37}, extended_key_usage},
            {8, {0x2b, 6, 1, 5, 5, 7, 1, 1}, authority_info}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].n == oid.n && memcmp(rows[i].oid, oid.p, oid.n) == 0)
            return rows[i].read(c, value);
    return true;
}

bool x509_extensions(struct certificate *c, struct cur list)
{
    bool ok = true;
    while (cur_more(&list)) {
        struct cur extension = der_get(&list, DER_SEQUENCE);
        struct cur oid = der_get(&extension, DER_OID);
        if (der_next_is(&extension, DER_BOOLEAN))
            (void)der_get(&extension, DER_BOOLEAN);
        struct cur value = der_get(&extension, DER_OCTET_STRING);
        if (!cur_done(&extension) || list.bad)
            return false;
        ok &= by_oid(c, cur_rest(&oid), value);
    }
    return ok && cur_done(&list);
}
