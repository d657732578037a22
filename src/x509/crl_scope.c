/* Which certificates a CRL speaks about (RFC 5280 5.2.5 and 6.3.3). */
#include <string.h>

#include "x509/crl_internal.h"

static const uint8_t OID_BASIC_CONSTRAINTS[] = {0x55, 0x1d, 19};
static const uint8_t OID_CRL_POINTS[] = {0x55, 0x1d, 31};

enum {
    TAG_FULL_NAME = DER_CONTEXT, /* of DistributionPointName */
    TAG_RELATIVE_NAME = DER_CONTEXT | 1,
    TAG_DIRECTORY_NAME = DER_CONTEXT | 4,    /* of GeneralName */
    TAG_REASONS = DER_CONTEXT_PRIMITIVE | 1, /* of DistributionPoint */
    TAG_CRL_ISSUER = DER_CONTEXT | 2,
};

/* DistributionPointName: one of both, or neither. */
static bool read_name(struct cur outer, struct crl_scope *out)
{
    uint8_t tag = 0;
    struct cur name = der_any(&outer, &tag, NULL);
    out->has_name = true;
    if (tag == TAG_FULL_NAME)
        out->full = cur_rest(&name);
    else if (tag == TAG_RELATIVE_NAME)
        out->relative = cur_rest(&name);
    else
        return false;
    return cur_done(&outer);
}

/* ReasonFlags: bit 0 is the first, and stands for nothing. */
static bool read_reasons(struct cur bits, unsigned *out)
{
    unsigned unused = cur_u8(&bits);
    unsigned first = cur_u8(&bits);
    unsigned second = cur_more(&bits) ? cur_u8(&bits) : 0;
    *out = (first << 8 | second) & CRL_ALL_REASONS;
    return unused < 8 && cur_done(&bits);
}

bool crl_scope_read(struct bytes value, struct crl_scope *out)
{
    struct cur all = cur_of(value);
    struct cur parts = der_get(&all, DER_SEQUENCE);
    bool is_ok = true;
    *out = (struct crl_scope){.reasons = CRL_ALL_REASONS};
    while (is_ok && cur_more(&parts)) {
        uint8_t tag = 0;
        struct cur part = der_any(&parts, &tag, NULL);
        struct cur flag = part;
        bool is_set = cur_u8(&flag) != 0;
        if (tag == DER_CONTEXT)
            is_ok = read_name(part, out);
        else if (tag == (DER_CONTEXT_PRIMITIVE | 1))
            out->is_users_only = is_set;
        else if (tag == (DER_CONTEXT_PRIMITIVE | 2))
            out->is_cas_only = is_set;
        else if (tag == (DER_CONTEXT_PRIMITIVE | 3))
            is_ok = read_reasons(part, &out->reasons);
        else if (tag == (DER_CONTEXT_PRIMITIVE | 4))
            out->is_indirect = is_set;
        else if (tag == (DER_CONTEXT_PRIMITIVE | 5))
            out->is_attributes_only = is_set;
        else
            is_ok = false;
    }
    return is_ok && cur_done(&parts) && cur_done(&all);
}

static bool is_ca(const struct cert_view *c)
{
    struct extension e;
    if (!extension_find(c->extensions, (struct bytes){OID_BASIC_CONSTRAINTS, 3}, &e))
        return false;
    struct cur value = cur_of(e.value);
    struct cur parts = der_get(&value, DER_SEQUENCE);
    struct cur flag = der_get(&parts, DER_BOOLEAN);
    return cur_u8(&flag) != 0;
}

/* Whether two lists of GeneralName have one in common, octet for octet. */
static bool share_name(struct bytes a, struct bytes b)
{
    struct cur names = cur_of(a);
    while (cur_more(&names)) {
        uint8_t tag = 0;
        struct bytes one = {NULL, 0}, other = {NULL, 0};
        (void)der_any(&names, &tag, &one);
        struct cur others = cur_of(b);
        while (!names.bad && cur_more(&others)) {
            (void)der_any(&others, &tag, &other);
            if (!others.bad && bytes_equal(one, other))
                return true;
        }
    }
    return false;
}

/* The point that stands for a certificate without one is named by its issuer (RFC 5280 6.3.3). */
static bool names_issuer(const struct crl_scope *s, const struct cert_view *leaf)
{
    struct cur names = cur_of(s->full);
    while (cur_more(&names)) {
        uint8_t tag = 0;
        struct cur name = der_any(&names, &tag, NULL);
        if (tag == TAG_DIRECTORY_NAME && bytes_equal(cur_rest(&name), leaf->issuer))
            return true;
    }
    return false;
}

/* The reasons that a DistributionPoint of the certificate leads to in this CRL; 0 none. */
static unsigned point_reasons(struct cur point, const struct crl_scope *s)
{
    struct crl_scope at = {.reasons = CRL_ALL_REASONS};
    if (der_next_is(&point, DER_CONTEXT) && !read_name(der_get(&point, DER_CONTEXT), &at))
        return 0;
    if (der_next_is(&point, TAG_REASONS) &&
            !read_reasons(der_get(&point, TAG_REASONS), &at.reasons))
        return 0;
    if (der_next_is(&point, TAG_CRL_ISSUER) || !cur_done(&point))
        return 0; /* whose CRL is an indirect one */
    bool is_it = !s->has_name || share_name(at.full, s->full) ||
                 (at.relative.n > 0 && bytes_equal(at.relative, s->relative));
    return is_it ? at.reasons & s->reasons : 0;
}

static unsigned reasons_for(const struct crl_scope *s, const struct cert_view *leaf)
{
    struct extension e;
    unsigned reasons = !s->has_name || names_issuer(s, leaf) ? s->reasons : 0;
    if (!extension_find(leaf->extensions, (struct bytes){OID_CRL_POINTS, 3}, &e))
        return reasons;
    struct cur value = cur_of(e.value);
    struct cur points = der_get(&value, DER_SEQUENCE);
    while (cur_more(&points)) {
        struct cur point = der_get(&points, DER_SEQUENCE);
        if (!points.bad)
            reasons |= point_reasons(point, s);
    }
    return reasons;
}

const char *crl_scope_excludes(
        const struct crl_scope *s, const struct cert_view *leaf, bool *is_partial)
{
    bool ca = is_ca(leaf);
    unsigned reasons = reasons_for(s, leaf);
    *is_partial = reasons != CRL_ALL_REASONS;
    if (s->is_attributes_only)
        return "the CRL is for attribute certificates only";
    if (s->is_users_only && ca)
        return "the CRL is not for certificates of CAs";
    if (s->is_cas_only && !ca)
        return "the CRL is for certificates of CAs only";
    if (reasons == 0)
        return "the CRL is of another distribution point than the certificate's";
    return NULL;
}
