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

/* RFC 5280 4.2.1.13: only URIs in fullName are kept. */
static bool crl_points(struct certificate *c, struct cur value)
{
    struct cur list = der_get(&value, DER_SEQUENCE);
    while (cur_more(&list)) {
        struct cur point = der_get(&list, DER_SEQUENCE);
        if (!der_next_is(&point, DER_CONTEXT))
            continue; /* reasons or cRLIssuer alone */
        struct cur name = der_get(&point, DER_CONTEXT);
        struct cur full = {NULL, 0, false};
        if (der_next_is(&name, DER_CONTEXT))
            full = der_get(&name, DER_CONTEXT);
        while (cur_more(&full)) {
            uint8_t tag = 0;
            struct cur place = der_any(&full, &tag, NULL);
            if (full.bad)
                return false;
            if (tag == (DER_CONTEXT_PRIMITIVE | 6) && c->n_crl_urls < CERT_URL_CAP)
                c->crl_urls[c->n_crl_urls++] = cur_rest(&place);
        }
    }
    return cur_done(&list) && cur_done(&value);
}

/* RFC 5280 4.2.1.4. */
static bool policies(struct certificate *c, struct cur value)
{
    static const uint8_t CABF[] = {0x67, 0x81, 0x0c, 1, 2}; /* 2.23.140.1.2 */
    static const uint8_t EV[] = {0x67, 0x81, 0x0c, 1, 1};
    struct cur list = der_get(&value, DER_SEQUENCE);
    c->has_policies = true;
    while (cur_more(&list)) {
        struct cur policy = der_get(&list, DER_SEQUENCE);
        struct cur oid = der_get(&policy, DER_OID);
        if (list.bad || oid.bad)
            return false;
        struct bytes b = cur_rest(&oid);
        if (bytes_equal(b, (struct bytes){EV, sizeof EV}))
            c->policies |= POLICY_EV;
        if (b.n != sizeof CABF + 1 || memcmp(b.p, CABF, sizeof CABF) != 0)
            continue;
        uint8_t last = cur_peek_u8(&oid, sizeof CABF);
        c->policies |= last == 1 ? POLICY_DV : last == 2 ? POLICY_OV : last == 3 ? POLICY_IV : 0U;
    }
    return cur_done(&list) && cur_done(&value);
}

/* RFC 7633 4.1. */
static bool tls_feature(struct certificate *c, struct cur value)
{
    struct cur list = der_get(&value, DER_SEQUENCE);
    while (cur_more(&list)) {
        int number = der_uint(der_get(&list, DER_INTEGER));
        if (number >= 0 && number <= UINT16_MAX && c->n_tls_features < CERT_FEATURE_CAP)
            c->tls_features[c->n_tls_features++] = (uint16_t)number;
    }
    return cur_done(&list) && cur_done(&value);
}

static bool sct_list(struct certificate *c, struct cur value)
{
    struct cur list = der_get(&value, DER_OCTET_STRING);
    c->sct_list = cur_rest(&list);
    return !list.bad && cur_done(&value);
}

static bool poison(struct certificate *c, struct cur value)
{
    (void)value;
    c->is_precertificate = true;
    return true;
}

static bool name_constraints(struct certificate *c, struct cur value)
{
    (void)der_get(&value, DER_SEQUENCE);
    c->has_name_constraints = true;
    return cur_done(&value);
}

static bool acme_identifier(struct certificate *c, struct cur value)
{
    (void)value;
    c->has_acme_identifier = true;
    return true;
}

static bool skip(struct certificate *c, struct cur value)
{
    (void)c;
    (void)value;
    return true;
}

struct known {
    uint8_t n;
    uint8_t oid[10];
    bool (*read)(struct certificate *c, struct cur value);
    const char *problem; /* NULL: the value is not read */
};

#define PE 0x2b, 6, 1, 5, 5, 7, 1
static const struct known *known_of(struct bytes oid)
{
    /* clang-format off */
    static const struct known rows[] = {
        {3, {0x55, 0x1d, 14}, subject_key_id, "subjectKeyIdentifier does not parse"},
        {3, {0x55, 0x1d, 15}, key_usage, "keyUsage does not parse"},
        {3, {0x55, 0x1d, 17}, alt_names, "subjectAltName does not parse"},
        {3, {0x55, 0x1d, 19}, basic_constraints, "basicConstraints does not parse"},
        {3, {0x55, 0x1d, 30}, name_constraints, "nameConstraints does not parse"},
        {3, {0x55, 0x1d, 31}, crl_points, "cRLDistributionPoints does not parse"},
        {3, {0x55, 0x1d, 32}, policies, "certificatePolicies does not parse"},
        {3, {0x55, 0x1d, 35}, authority_key_id, "authorityKeyIdentifier does not parse"},
        {3, {0x55, 0x1d, 37}, extended_key_usage, "extKeyUsage does not parse"},
        {8, {PE, 1}, authority_info, "authorityInfoAccess does not parse"},
        {8, {PE, 24}, tls_feature, "the TLS feature extension does not parse"},
        {10, {0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 2}, sct_list, "the SCT list does not parse"},
        {10, {0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 3}, poison, NULL},
        {8, {PE, 31}, acme_identifier, NULL},
        {3, {0x55, 0x1d, 9}, skip, NULL}, /* subjectDirectoryAttributes */
        {3, {0x55, 0x1d, 16}, skip, NULL}, /* privateKeyUsagePeriod */
        {3, {0x55, 0x1d, 18}, skip, NULL}, /* issuerAltName */
        {3, {0x55, 0x1d, 33}, skip, NULL}, /* policyMappings */
        {3, {0x55, 0x1d, 36}, skip, NULL}, /* policyConstraints */
        {3, {0x55, 0x1d, 46}, skip, NULL}, /* freshestCRL */
        {3, {0x55, 0x1d, 54}, skip, NULL}, /* inhibitAnyPolicy */
        {8, {PE, 3}, skip, NULL}, /* qcStatements */
        {8, {PE, 7}, skip, NULL}, {8, {PE, 8}, skip, NULL}, /* RFC 3779 */
        {8, {PE, 11}, skip, NULL}, /* subjectInfoAccess */
        {8, {PE, 12}, skip, NULL}, /* logotype */
        {8, {PE, 14}, skip, NULL}, /* proxyCertInfo */
        {9, {0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 1, 1}, skip, NULL}, /* Netscape type */
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].n == oid.n && memcmp(rows[i].oid, oid.p, oid.n) == 0)
            return &rows[i];
    return NULL;
}

static void note_critical(struct certificate *c, const struct known *known, struct bytes oid)
{
    if (known == NULL) {
        if (c->n_unknown_critical++ == 0)
            c->unknown_critical = der_oid_text(&c->arena, oid);
        return;
    }
    c->is_san_critical |= known->read == alt_names;
    c->is_key_usage_critical |= known->read == key_usage;
    c->is_eku_critical |= known->read == extended_key_usage;
    c->is_basic_constraints_critical |= known->read == basic_constraints;
    c->is_name_constraints_critical |= known->read == name_constraints;
}

/* One extension; an unreadable value is noted and changes nothing for the others. */
static bool read_value(struct certificate *c, struct bytes oid, bool is_critical, struct cur value)
{
    const struct known *known = known_of(oid);
    if (is_critical)
        note_critical(c, known, oid);
    if (known == NULL)
        return true;
    if (known->problem != NULL)
        x509_lint_der(c, cur_rest(&value));
    if (known->read(c, value))
        return true;
    x509_lint(c, LINT_STRUCTURE, "extension-malformed", known->problem, 0);
    return false;
}

static bool is_second(const struct bytes *oids, size_t n, struct bytes oid)
{
    for (size_t i = 0; i < n; i++)
        if (bytes_equal(oids[i], oid))
            return true;
    return false;
}

bool x509_extensions(struct certificate *c, struct cur list)
{
    struct bytes oids[CERT_EXTENSION_CAP] = {{NULL, 0}};
    bool ok = true;
    while (cur_more(&list)) {
        struct cur extension = der_get(&list, DER_SEQUENCE);
        struct cur oid = der_get(&extension, DER_OID);
        bool is_critical = false;
        if (der_next_is(&extension, DER_BOOLEAN)) {
            struct cur flag = der_get(&extension, DER_BOOLEAN);
            is_critical = cur_u8(&flag) != 0;
            if (!is_critical)
                x509_lint(c, LINT_PROFILE, "critical-default-encoded",
                        "an extension says that it is not critical, DER leaves that away", 0);
        }
        struct cur value = der_get(&extension, DER_OCTET_STRING);
        if (!cur_done(&extension) || list.bad)
            return false;
        size_t known = c->n_extensions < CERT_EXTENSION_CAP ? c->n_extensions : CERT_EXTENSION_CAP;
        if (is_second(oids, known, cur_rest(&oid))) { /* the first one counts */
            c->has_duplicate_extension = true;
            x509_lint(c, LINT_STRUCTURE, "extension-twice", "an extension stands there twice", 0);
        } else {
            ok &= read_value(c, cur_rest(&oid), is_critical, value);
        }
        if (c->n_extensions < CERT_EXTENSION_CAP)
            oids[c->n_extensions] = cur_rest(&oid);
        c->n_extensions++;
    }
    return ok && cur_done(&list);
}
