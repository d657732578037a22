/* Certificates that software makes or brings along so that a port works before anybody set it up.
 */
#include <string.h>

#include "rules/support.h"

/* How sure the text is: a name that only this software uses, default answers to questions, or a
 * shape that others may have too. */
#define CERTAIN 0.95
#define LIKELY 0.8
#define SHAPE 0.6

enum made { MADE_SELF_SIGNED, MADE_BY_ISSUER }; /* second: the text is the issuer's */

struct row {
    const char *first, *second; /* attributes that must be there; second may be NULL */
    enum made made;
    enum severity severity; /* high: a proxy found no certificate for the name */
    double confidence;
    const char *what;
};

static const struct row rows[] = {
        {"CN=Kubernetes Ingress Controller Fake Certificate", NULL, MADE_SELF_SIGNED, SEV_HIGH,
                CERTAIN, "the default of the Kubernetes ingress controller"},
        {"CN=TRAEFIK DEFAULT CERT", NULL, MADE_SELF_SIGNED, SEV_HIGH, CERTAIN,
                "the default of Traefik"},
        {"CN=NGINXIngressController", NULL, MADE_SELF_SIGNED, SEV_HIGH, CERTAIN,
                "the default of the NGINX ingress controller"},
        {"O=Nginx Proxy Manager", "OU=Dummy Certificate", MADE_SELF_SIGNED, SEV_HIGH, CERTAIN,
                "the default of Nginx Proxy Manager"},
        {"O=Acme Co", NULL, MADE_SELF_SIGNED, SEV_HIGH, LIKELY, "made by Go's generate_cert"},
        {"O=Acme Co", NULL, MADE_BY_ISSUER, SEV_HIGH, LIKELY, "made by Go's generate_cert"},
        {"O=Snake Oil, Ltd", NULL, MADE_BY_ISSUER, SEV_HIGH, CERTAIN, "the example of mod_ssl"},
        {"O=SomeOrganization", "OU=SomeOrganizationalUnit", MADE_SELF_SIGNED, SEV_MEDIUM, CERTAIN,
                "the default of Apache on Red Hat"},
        {"O=Unspecified", NULL, MADE_BY_ISSUER, SEV_MEDIUM, LIKELY,
                "the default of Apache on Red Hat"},
        {"O=none", "CN=localhost", MADE_SELF_SIGNED, SEV_MEDIUM, LIKELY,
                "the default of LiteSpeed"},
        {"O=Plesk", "CN=Plesk", MADE_SELF_SIGNED, SEV_MEDIUM, CERTAIN, "the default of Plesk"},
        {"CN=Parallels Panel", NULL, MADE_SELF_SIGNED, SEV_MEDIUM, CERTAIN,
                "the default of Parallels Panel"},
        {"O=Synology Inc.", NULL, MADE_BY_ISSUER, SEV_MEDIUM, LIKELY, "the default of Synology"},
        {"O=VMware Installer", NULL, MADE_BY_ISSUER, SEV_MEDIUM, LIKELY, "the default of VMware"},
        {"O=pfSense webConfigurator Self-Signed Certificate", NULL, MADE_SELF_SIGNED, SEV_MEDIUM,
                CERTAIN, "the default of pfSense"},
        {"CN=SplunkServerDefaultCert", NULL, MADE_BY_ISSUER, SEV_MEDIUM, CERTAIN,
                "the default of Splunk"},
        {"CN=SplunkCommonCA", "O=Splunk", MADE_BY_ISSUER, SEV_MEDIUM, CERTAIN,
                "the default of Splunk"},
        {"OU=FOR TESTING PURPOSES ONLY", NULL, MADE_BY_ISSUER, SEV_MEDIUM, CERTAIN,
                "an example of OpenSSL"},
        {"O=Sawtooth", "OU=Consulting", MADE_BY_ISSUER, SEV_MEDIUM, CERTAIN,
                "an example of wolfSSL"},
        {"CN=PolarSSL Test CA", NULL, MADE_BY_ISSUER, SEV_MEDIUM, CERTAIN,
                "an example of Mbed TLS"},
        {"O=Internet Widgits Pty Ltd", NULL, MADE_SELF_SIGNED, SEV_MEDIUM, LIKELY,
                "OpenSSL's default answers"},
        {"O=Internet Widgits Pty Ltd", NULL, MADE_BY_ISSUER, SEV_MEDIUM, SHAPE,
                "issued by a CA with OpenSSL's default answers"},
        {"O=Default Company Ltd", NULL, MADE_SELF_SIGNED, SEV_MEDIUM, LIKELY,
                "OpenSSL's default answers on Red Hat"},
        {"CN=Unknown", "O=Unknown", MADE_SELF_SIGNED, SEV_MEDIUM, LIKELY,
                "keytool's default answers"},
        {"CN=localhost", NULL, MADE_SELF_SIGNED, SEV_MEDIUM, LIKELY, "a default for localhost"},
        {"CN=localhost.localdomain", NULL, MADE_SELF_SIGNED, SEV_MEDIUM, LIKELY,
                "a default for localhost"},
};

/* What follows the attribute at the start of text, where a comma in a value is escaped; NULL when
 * it does not stand there. */
static const char *behind(const char *text, const char *attribute)
{
    for (; *attribute != '\0'; attribute++, text++) {
        if (*attribute == ',' && *text == '\\')
            text++;
        else if (*attribute == ',')
            return NULL;
        if (*text != *attribute)
            return NULL;
    }
    return text;
}

/* Whether the text of a Name has this attribute: behind ", ", " + " or nothing. */
static bool has(const char *name, const char *attribute)
{
    const char *at = name;
    while (at != NULL) {
        const char *end = behind(at, attribute);
        if (end != NULL && (*end == '\0' || *end == ',' || strncmp(end, " + ", 3) == 0))
            return true;
        const char *space = strchr(at, ' ');
        at = space != NULL ? space + 1 : NULL;
    }
    return false;
}

static const struct row *known(const struct certificate *c)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        const char *name = r->made == MADE_BY_ISSUER ? c->issuer : c->subject;
        if (r->made == MADE_SELF_SIGNED && c->self_signed != SELF_SIGNED_YES)
            continue;
        if (has(name, r->first) && (r->second == NULL || has(name, r->second)))
            return r;
    }
    return NULL;
}

/* Debian's make-ssl-cert: ten years, no CA, the host's name as only attribute and only SAN. openssl
 * req -x509 makes a CA where nothing else is said. */
static bool is_snakeoil(const struct certificate *c)
{
    return c->self_signed == SELF_SIGNED_YES && c->has_basic_constraints && !c->is_ca &&
           !c->has_key_usage && !c->has_eku && c->n_sans == 1 && c->common_name.n > 0 &&
           c->sans[0].type == SAN_DNS && bytes_equal(c->sans[0].value, c->common_name) &&
           c->not_after_us - c->not_before_us == 3650 * DAY_US &&
           strncmp(c->subject, "CN=", 3) == 0 && strchr(c->subject, ',') == NULL;
}

static bool is_loopback(const struct endpoint *e)
{
    static const uint8_t v6[16] = {[15] = 1};
    return address_is_v4(&e->address) ? e->address.ip[12] == 127
                                      : memcmp(e->address.ip, v6, sizeof v6) == 0;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    static const struct row SNAKEOIL = {NULL, NULL, MADE_SELF_SIGNED, SEV_MEDIUM, SHAPE,
            "shaped like Debian's snakeoil certificate"};
    enum verdict v;
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    const struct row *row = known(leaf);
    if (row == NULL && is_snakeoil(leaf))
        row = &SNAKEOIL;
    if (row == NULL)
        return RULE_PASS;
    bool is_local = row->first != NULL && strncmp(row->first, "CN=localhost", 12) == 0;
    if (is_local && is_loopback(&f->handshake->sides[SIDE_SERVER].endpoint))
        return RULE_NA;
    bool had_ca = f->history != NULL && history_had_ca_leaf(f->history, f->vantage, f->service);
    a->severity = had_ca ? SEV_HIGH : row->severity;
    a->confidence = row->confidence;
    rule_summary(a, "%s is a placeholder: %s%s", rule_who(leaf), row->what,
            had_ca ? "; this service showed a CA-issued certificate before" : "");
    return row->made == MADE_BY_ISSUER
                   ? rule_certificate_hit(f, a, 0, leaf->issuer_der, "issuer of the certificate")
                   : rule_certificate_hit(f, a, 0, leaf->subject_der, "subject of the certificate");
}

const struct rule rule_cert_placeholder = {
        .id = "cert-placeholder",
        .codes = "F3 F7 M8 P8 U10",
        .title = "The server presents a placeholder certificate",
        .cite = "public knowledge of what software ships",
        .what = "Subject or issuer of the server's certificate is one that software makes or "
                "brings "
                "along before it is set up: an ingress controller's or proxy's default, a "
                "distribution's, an appliance's, a library's example, or the default answers of "
                "openssl and keytool. High for proxies, and on a service that showed a CA-issued "
                "certificate before.",
        .traps = "Texts can be chosen by anybody: most are asked for only on self-signed "
                 "certificates, and the confidence is always below 1, lowest where the shape alone "
                 "speaks. \"localhost\" on a loopback address is left out. Lab networks use such "
                 "certificates on purpose.",
        .remedy = "The certificate is missing or cannot be read: check mount, permissions and the "
                  "binding of names; replace defaults.",
        .severity = SEV_HIGH,
        .on = RULE_SERVED,
        .check = check,
};
