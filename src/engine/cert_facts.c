#include "engine/cert_facts.h"

#include <string.h>

#include "base/text.h"
#include "model/endpoint.h"
#include "x509/der.h"
#include "x509/parse.h"
#include "x509/x509.h"

enum { ITEMS_MOST = 4096, SCT_HEAD = 1 + 32 };

struct decoder {
    struct certificate *c;
    struct text *out; /* items end with a line break */
};

/* Decodes the value of an extension; false when it does not parse. */
typedef bool decode_fn(struct decoder *d, struct cur value);

static void add_colons(struct text *t, struct bytes b)
{
    struct cur c = cur_of(b);
    for (const char *colon = ""; cur_more(&c); colon = ":")
        text_addf(t, "%s%02x", colon, cur_u8(&c));
}

static void end_item(struct decoder *d)
{
    text_add(d->out, "\n");
}

static bool key_id(struct decoder *d, struct cur value)
{
    struct cur id = der_get(&value, DER_OCTET_STRING);
    add_colons(d->out, cur_rest(&id));
    return cur_done(&value);
}

/* RFC 5280 4.2.1.3. */
static bool key_usage(struct decoder *d, struct cur value)
{
    static const char *const NAMES[] = {"digitalSignature", "nonRepudiation", "keyEncipherment",
            "dataEncipherment", "keyAgreement", "keyCertSign", "cRLSign", "encipherOnly",
            "decipherOnly"};
    struct cur bits = der_get(&value, DER_BIT_STRING);
    const char *comma = "";
    (void)cur_u8(&bits);
    for (size_t i = 0; i < bits.n * 8 && i < 16; i++) {
        if (!(cur_peek_u8(&bits, i / 8) & (0x80 >> i % 8)))
            continue;
        if (i < sizeof NAMES / sizeof *NAMES)
            text_addf(d->out, "%s%s", comma, NAMES[i]);
        else
            text_addf(d->out, "%sbit %zu", comma, i);
        comma = ", ";
    }
    return !bits.bad && cur_done(&value);
}

static const char *oid_or(struct decoder *d, struct bytes oid, const char *name)
{
    return name != NULL ? name : der_oid_text(&d->c->arena, oid);
}

struct named_oid {
    uint8_t n;
    uint8_t oid[12];
    const char *name;
};

static const char *find_name(const struct named_oid *rows, size_t n, struct bytes oid)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].n == oid.n && memcmp(rows[i].oid, oid.p, oid.n) == 0)
            return rows[i].name;
    return NULL;
}
#define NAME_OF(rows, oid) find_name(rows, sizeof rows / sizeof *rows, oid)

#define KP 0x2b, 6, 1, 5, 5, 7, 3
#define MICROSOFT 0x2b, 6, 1, 4, 1, 0x82, 0x37
static const struct named_oid PURPOSES[] = {{4, {0x55, 0x1d, 0x25, 0}, "anyExtendedKeyUsage"},
        {8, {KP, 1}, "serverAuth"}, {8, {KP, 2}, "clientAuth"}, {8, {KP, 3}, "codeSigning"},
        {8, {KP, 4}, "emailProtection"}, {8, {KP, 5}, "ipsecEndSystem"},
        {8, {KP, 6}, "ipsecTunnel"}, {8, {KP, 7}, "ipsecUser"}, {8, {KP, 8}, "timeStamping"},
        {8, {KP, 9}, "OCSPSigning"}, {8, {KP, 17}, "ipsecIKE"},
        {10, {MICROSOFT, 10, 3, 3}, "msSGC"}, {10, {MICROSOFT, 10, 3, 4}, "msEFS"},
        {10, {MICROSOFT, 20, 2, 2}, "msSmartcardLogin"},
        {9, {0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 4, 1}, "nsSGC"}};

static bool purposes(struct decoder *d, struct cur value)
{
    struct cur list = der_get(&value, DER_SEQUENCE);
    for (const char *comma = ""; cur_more(&list); comma = ", ") {
        struct cur oid = der_get(&list, DER_OID);
        struct bytes b = cur_rest(&oid);
        if (!list.bad)
            text_addf(d->out, "%s%s", comma, oid_or(d, b, NAME_OF(PURPOSES, b)));
    }
    return cur_done(&list) && cur_done(&value);
}

/* An address, or in name constraints an address and its mask (RFC 5280 4.2.1.10). */
static void add_ip(struct text *t, struct cur ip)
{
    char shown[ENDPOINT_TEXT];
    size_t one = ip.n == 8 || ip.n == 32 ? ip.n / 2 : ip.n;
    if (one != 4 && one != 16) {
        text_add(t, "not an address: ");
        text_add_hex(t, cur_rest(&ip));
        return;
    }
    for (const char *slash = ""; cur_more(&ip); slash = "/") {
        struct address a = {.ip = {[10] = 0xff, [11] = 0xff}};
        struct bytes b = cur_take(&ip, one);
        memcpy(a.ip + sizeof a.ip - one, b.p, one);
        address_text(&a, shown);
        text_addf(t, "%s%s", slash, shown);
    }
}

/* GeneralName (RFC 5280 4.2.1.6) as one item. */
static bool general_name(struct decoder *d, uint8_t tag, struct cur body)
{
    static const char *const KINDS[] = {"other name", "e-mail ", "DNS ", "X.400 address",
            "directory name ", "EDI party", "URI ", "IP ", "registered id "};
    unsigned kind = tag & 0x1f;
    struct bytes ignored = {NULL, 0};
    bool is_known = (tag & 0xc0) == 0x80 && kind < sizeof KINDS / sizeof *KINDS;
    text_add(d->out, is_known ? KINDS[kind] : "unknown kind of name");
    if (!is_known || kind == 0 || kind == 3 || kind == 5) {
        text_addf(d->out, ", %zu bytes", body.n);
        return is_known;
    }
    if (kind == 7)
        add_ip(d->out, body);
    else if (kind == 8)
        text_add(d->out, oid_or(d, cur_rest(&body), NULL));
    else if (kind != 4)
        text_add_escaped(d->out, cur_rest(&body));
    else {
        const char *name = x509_name_text(&d->c->arena, body, &ignored);
        text_add(d->out, name != NULL ? name : "that does not parse");
        return name != NULL;
    }
    return true;
}

static bool general_names(struct decoder *d, struct cur list)
{
    bool is_ok = true;
    for (int i = 0; cur_more(&list); i++) {
        if (i == ITEMS_MOST) {
            text_add(d->out, "and more\n");
            break;
        }
        uint8_t tag = 0;
        struct cur body = der_any(&list, &tag, NULL);
        if (list.bad)
            return false;
        is_ok &= general_name(d, tag, body);
        end_item(d);
    }
    return is_ok && !list.bad;
}

static bool alt_names(struct decoder *d, struct cur value)
{
    struct cur list = der_get(&value, DER_SEQUENCE);
    return !list.bad && general_names(d, list) && cur_done(&value);
}

static bool basic_constraints(struct decoder *d, struct cur value)
{
    struct cur list = der_get(&value, DER_SEQUENCE);
    bool is_ca = false;
    if (der_next_is(&list, DER_BOOLEAN)) {
        struct cur flag = der_get(&list, DER_BOOLEAN);
        is_ca = cur_u8(&flag) != 0;
    }
    text_add(d->out, is_ca ? "CA: yes" : "CA: no");
    if (der_next_is(&list, DER_INTEGER))
        text_addf(d->out, ", path length %d", der_uint(der_get(&list, DER_INTEGER)));
    return cur_done(&list) && cur_done(&value);
}

static bool subtrees(struct decoder *d, struct cur list, const char *what)
{
    while (cur_more(&list)) {
        struct cur subtree = der_get(&list, DER_SEQUENCE);
        uint8_t tag = 0;
        struct cur base = der_any(&subtree, &tag, NULL);
        if (subtree.bad)
            return false;
        text_addf(d->out, "%s ", what);
        if (!general_name(d, tag, base))
            return false;
        end_item(d);
    }
    return cur_done(&list);
}

static bool name_constraints(struct decoder *d, struct cur value)
{
    struct cur list = der_get(&value, DER_SEQUENCE);
    bool is_ok = true;
    if (der_next_is(&list, DER_CONTEXT))
        is_ok &= subtrees(d, der_get(&list, DER_CONTEXT), "permitted");
    if (der_next_is(&list, DER_CONTEXT | 1))
        is_ok &= subtrees(d, der_get(&list, DER_CONTEXT | 1), "excluded");
    return is_ok && cur_done(&list) && cur_done(&value);
}

/* RFC 5280 4.2.1.13: names of distribution points; reasons and issuers are passed over. */
static bool crl_points(struct decoder *d, struct cur value)
{
    struct cur list = der_get(&value, DER_SEQUENCE);
    while (cur_more(&list)) {
        struct cur point = der_get(&list, DER_SEQUENCE);
        if (list.bad)
            return false;
        if (!der_next_is(&point, DER_CONTEXT))
            continue;
        struct cur name = der_get(&point, DER_CONTEXT);
        if (der_next_is(&name, DER_CONTEXT) && !general_names(d, der_get(&name, DER_CONTEXT)))
            return false;
        if (point.bad || name.bad)
            return false;
    }
    return cur_done(&list) && cur_done(&value);
}

/* Policies of the CA/Browser Forum (BR 7.1.6.1). */
#define CABF 0x67, 0x81, 0x0c, 1
static const struct named_oid POLICIES[] = {{4, {0x55, 0x1d, 0x20, 0}, "anyPolicy"},
        {5, {CABF, 1}, "extended validation"}, {6, {CABF, 2, 1}, "domain validated"},
        {6, {CABF, 2, 2}, "organization validated"}, {6, {CABF, 2, 3}, "individual validated"}};

static bool policies(struct decoder *d, struct cur value)
{
    static const uint8_t CPS[] = {0x2b, 6, 1, 5, 5, 7, 2, 1};
    struct cur list = der_get(&value, DER_SEQUENCE);
    while (cur_more(&list)) {
        struct cur policy = der_get(&list, DER_SEQUENCE);
        struct cur oid = der_get(&policy, DER_OID);
        if (policy.bad)
            return false;
        const char *name = NAME_OF(POLICIES, cur_rest(&oid));
        text_add(d->out, oid_or(d, cur_rest(&oid), NULL));
        if (name != NULL)
            text_addf(d->out, " (%s)", name);
        struct cur qualifiers = cur_more(&policy) ? der_get(&policy, DER_SEQUENCE) : policy;
        while (cur_more(&qualifiers)) {
            struct cur qualifier = der_get(&qualifiers, DER_SEQUENCE);
            struct cur id = der_get(&qualifier, DER_OID);
            uint8_t tag = 0;
            struct cur text = der_any(&qualifier, &tag, NULL);
            if (qualifier.bad || !bytes_equal(cur_rest(&id), (struct bytes){CPS, sizeof CPS}))
                continue;
            text_add(d->out, ", ");
            text_add_escaped(d->out, cur_rest(&text));
        }
        end_item(d);
    }
    return cur_done(&list) && cur_done(&value);
}

static bool authority_key_id(struct decoder *d, struct cur value)
{
    struct cur list = der_get(&value, DER_SEQUENCE);
    if (der_next_is(&list, DER_CONTEXT_PRIMITIVE)) {
        struct cur id = der_get(&list, DER_CONTEXT_PRIMITIVE);
        add_colons(d->out, cur_rest(&id));
        end_item(d);
    }
    if (der_next_is(&list, DER_CONTEXT | 1) && !general_names(d, der_get(&list, DER_CONTEXT | 1)))
        return false;
    if (der_next_is(&list, DER_CONTEXT_PRIMITIVE | 2)) {
        struct cur serial = der_get(&list, DER_CONTEXT_PRIMITIVE | 2);
        text_add(d->out, "serial ");
        add_colons(d->out, cur_rest(&serial));
        end_item(d);
    }
    return cur_done(&list) && cur_done(&value);
}

/* RFC 5280 4.2.2.1. */
static bool authority_info(struct decoder *d, struct cur value)
{
#define AD 0x2b, 6, 1, 5, 5, 7, 0x30
    static const struct named_oid METHODS[] = {{8, {AD, 1}, "OCSP"}, {8, {AD, 2}, "CA issuers"},
            {8, {AD, 3}, "time stamping"}, {8, {AD, 5}, "CA repository"}};
    struct cur list = der_get(&value, DER_SEQUENCE);
    while (cur_more(&list)) {
        struct cur item = der_get(&list, DER_SEQUENCE);
        struct cur oid = der_get(&item, DER_OID);
        uint8_t tag = 0;
        struct cur place = der_any(&item, &tag, NULL);
        if (item.bad)
            return false;
        text_addf(d->out, "%s: ", oid_or(d, cur_rest(&oid), NAME_OF(METHODS, cur_rest(&oid))));
        if (!general_name(d, tag, place))
            return false;
        end_item(d);
    }
    return cur_done(&list) && cur_done(&value);
}

/* RFC 7633 4.1: numbers of TLS extensions. */
static bool tls_feature(struct decoder *d, struct cur value)
{
    struct cur list = der_get(&value, DER_SEQUENCE);
    for (const char *comma = ""; cur_more(&list); comma = ", ") {
        int number = der_uint(der_get(&list, DER_INTEGER));
        if (number < 0 || list.bad)
            return false;
        text_addf(d->out,
                number == 5    ? "%sstatus_request (%d): must staple"
                : number == 17 ? "%sstatus_request_v2 (%d): must staple"
                               : "%sextension %d",
                comma, number);
    }
    return cur_done(&list) && cur_done(&value);
}

/* RFC 6962 3.3: how many, then log and time of each. */
static bool scts(struct decoder *d, struct cur value)
{
    struct cur string = der_get(&value, DER_OCTET_STRING);
    struct cur list = cur_sub(&string, 2);
    struct text each = {0};
    int n = 0;
    for (; cur_more(&list); n++) {
        struct cur sct = cur_sub(&list, 2);
        unsigned version = cur_u8(&sct);
        struct bytes log = cur_take(&sct, SCT_HEAD - 1);
        uint64_t ms = cur_u64(&sct);
        if (sct.bad || ms > INT64_MAX / 1000) {
            text_add(&each, "one that does not parse\n");
            continue;
        }
        if (version != 0)
            text_addf(&each, "version %u, ", version + 1);
        text_add_time(&each, (int64_t)ms * 1000);
        text_add(&each, ", log ");
        text_add_base64(&each, log);
        text_add(&each, "\n");
    }
    text_addf(d->out, "%d SCT%s\n%s", n, n == 1 ? "" : "s", text_str(&each));
    text_fini(&each);
    return cur_done(&list) && cur_done(&string) && cur_done(&value);
}

static bool no_content(struct decoder *d, struct cur value)
{
    uint8_t tag = 0;
    struct cur null = der_any(&value, &tag, NULL);
    text_add(d->out, "yes");
    return tag == 0x05 && null.n == 0 && cur_done(&value);
}

static bool string_text(struct decoder *d, struct cur value)
{
    uint8_t tag = 0;
    struct cur body = der_any(&value, &tag, NULL);
    text_add_escaped(d->out, cur_rest(&body));
    return cur_done(&value);
}

#define CE 0x55, 0x1d
#define PE 0x2b, 6, 1, 5, 5, 7, 1
#define CT 0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4
#define NETSCAPE 0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 1
/* A NULL decoder: the name is all that is told. */
static const struct {
    uint8_t n;
    uint8_t oid[10];
    const char *name;
    decode_fn *decode;
} KNOWN[] = {{3, {CE, 9}, "subjectDirectoryAttributes", NULL},
        {3, {CE, 14}, "subjectKeyIdentifier", key_id}, {3, {CE, 15}, "keyUsage", key_usage},
        {3, {CE, 16}, "privateKeyUsagePeriod", NULL}, {3, {CE, 17}, "subjectAltName", alt_names},
        {3, {CE, 18}, "issuerAltName", alt_names},
        {3, {CE, 19}, "basicConstraints", basic_constraints},
        {3, {CE, 30}, "nameConstraints", name_constraints},
        {3, {CE, 31}, "cRLDistributionPoints", crl_points},
        {3, {CE, 32}, "certificatePolicies", policies}, {3, {CE, 33}, "policyMappings", NULL},
        {3, {CE, 35}, "authorityKeyIdentifier", authority_key_id},
        {3, {CE, 36}, "policyConstraints", NULL}, {3, {CE, 37}, "extendedKeyUsage", purposes},
        {3, {CE, 46}, "freshestCRL", crl_points}, {3, {CE, 54}, "inhibitAnyPolicy", NULL},
        {8, {PE, 1}, "authorityInfoAccess", authority_info}, {8, {PE, 3}, "qcStatements", NULL},
        {8, {PE, 11}, "subjectInfoAccess", authority_info},
        {8, {PE, 24}, "tlsFeature", tls_feature}, {8, {PE, 31}, "acmeIdentifier", NULL},
        {9, {0x2b, 6, 1, 5, 5, 7, 48, 1, 5}, "ocspNoCheck", no_content},
        {10, {CT, 2}, "signedCertificateTimestamps", scts},
        {10, {CT, 3}, "precertificatePoison", no_content},
        {9, {NETSCAPE, 1}, "netscapeCertType", NULL},
        {9, {NETSCAPE, 13}, "netscapeComment", string_text},
        {9, {MICROSOFT, 20, 2}, "microsoftTemplateName", NULL},
        {9, {MICROSOFT, 21, 1}, "microsoftCAVersion", NULL},
        {9, {MICROSOFT, 21, 7}, "microsoftTemplate", NULL}};

static void decode(struct certificate *c, struct bytes oid, struct extension *e)
{
    struct text text = {0};
    struct decoder d = {c, &text};
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++) {
        if (KNOWN[i].n != oid.n || memcmp(KNOWN[i].oid, oid.p, oid.n) != 0)
            continue;
        e->name = KNOWN[i].name;
        e->is_broken = KNOWN[i].decode != NULL && !KNOWN[i].decode(&d, cur_of(e->value));
    }
    while (text.n > 0 && text.s[text.n - 1] == '\n')
        text.s[--text.n] = '\0';
    if (text.n > 0)
        e->text = arena_text(&c->arena, bytes_of_text(text_str(&text)));
    text_fini(&text);
}

/* The content of Extensions, which is [3] of the part that is signed; empty when there is none. */
static struct cur extensions_of(struct bytes der)
{
    struct cur all = cur_of(der);
    struct cur outer = der_get(&all, DER_SEQUENCE);
    struct cur tbs = der_get(&outer, DER_SEQUENCE);
    while (cur_more(&tbs)) {
        uint8_t tag = 0;
        struct cur body = der_any(&tbs, &tag, NULL);
        if (tag == (DER_CONTEXT | 3))
            return der_get(&body, DER_SEQUENCE);
    }
    return cur_make(NULL, 0);
}

size_t engine_extensions(struct certificate *c, struct extension **list)
{
    struct cur all = extensions_of(c->der);
    size_t n = 0;
    *list = arena_alloc(&c->arena, EXTENSIONS_CAP * sizeof **list);
    while (cur_more(&all) && n < EXTENSIONS_CAP) {
        struct cur one = der_get(&all, DER_SEQUENCE);
        struct cur oid = der_get(&one, DER_OID);
        struct extension e = {.oid = NULL};
        if (der_next_is(&one, DER_BOOLEAN)) {
            struct cur flag = der_get(&one, DER_BOOLEAN);
            e.is_critical = cur_u8(&flag) != 0;
        }
        struct cur value = der_get(&one, DER_OCTET_STRING);
        if (all.bad || !cur_done(&one))
            break;
        e.oid = der_oid_text(&c->arena, cur_rest(&oid));
        e.value = cur_rest(&value);
        decode(c, cur_rest(&oid), &e);
        (*list)[n++] = e;
    }
    return n;
}

struct certificate *engine_certificate(struct bytes der)
{
    return x509_parse(der);
}
