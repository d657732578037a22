#include "report/cert_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cursor.h"
#include "model/endpoint.h"
#include "report/cert_judged.h"
#include "report/cert_marks.h"
#include "report/format.h"

enum {
    LABEL_WIDTH = 18,
    EXTENSION_WIDTH = 40,
    NAMES_SHOWN = 10,
    LINES_SHOWN = 20,
    HEX_SHOWN = 64,
    DEFECTS_BESIDE = 32
};

#define MINUTE_US INT64_C(60000000)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)

/* Appends what the line says, items one a line; nothing: no line. */
typedef void put_fn(struct text *t, const struct cert_view *v);

static const char *text_of(const struct cert_view *v, const char *name)
{
    const struct value *value = format_find(v->row, v->n_row, name);
    return value->kind == VALUE_TEXT || value->kind == VALUE_JSON ? value->text : NULL;
}

static int64_t number_of(const struct cert_view *v, const char *name)
{
    const struct value *value = format_find(v->row, v->n_row, name);
    return value->kind == VALUE_INTEGER ? value->integer : 0;
}

/* Two hexadecimal digits a byte with colons; only the beginning of what is very long. */
static void add_colons(struct text *t, struct bytes b)
{
    struct cur c = cur_of(b);
    for (size_t i = 0; i < HEX_SHOWN && cur_more(&c); i++)
        text_addf(t, "%s%02x", i > 0 ? ":" : "", cur_u8(&c));
    if (cur_more(&c))
        text_addf(t, " and %zu more bytes", c.n);
}

static void add_time(struct text *t, int64_t us)
{
    struct text when = {0};
    text_add_time(&when, us);
    cert_add_when(t, text_str(&when));
    text_fini(&when);
}

/* A span as people say it: days, below two of them hours, below two of those minutes. */
static void add_span(struct text *t, int64_t us)
{
    if (us >= 2 * DAY_US)
        text_addf(t, "%" PRId64 " days", us / DAY_US);
    else if (us >= 2 * HOUR_US)
        text_addf(t, "%" PRId64 " hours", us / HOUR_US);
    else
        text_addf(t, "%" PRId64 " minute%s", us / MINUTE_US, format_s((uint64_t)(us / MINUTE_US)));
}

/* When it was last seen; false when that is not known. */
static bool last_sight(const struct cert_view *v, int64_t *us)
{
    const char *seen = text_of(v, "last_seen");
    return seen != NULL && text_parse_time(seen, us);
}

/* Parsing goes in the order of the certificate; after the subject the times are known. */
static bool has_times(const struct certificate *c)
{
    return c->subject != NULL;
}

static void put_subject(struct text *t, const struct cert_view *v)
{
    const char *subject = v->facts->subject;
    if (subject != NULL)
        text_add(t, subject[0] != '\0' ? subject : "(empty)");
}

static void put_problem(struct text *t, const struct cert_view *v)
{
    const struct certificate *c = v->facts;
    if (c->problem != NULL)
        text_addf(t, "does not parse: %s", c->problem);
    if (c->n_sans_dropped > 0)
        text_addf(t, "%s%zu names are not looked at: more than %d", t->n > 0 ? "\n" : "",
                c->n_sans_dropped, CERT_SAN_CAP);
}

static void add_name(struct text *t, const struct san *san)
{
    static const char *const KINDS[] = {
            [SAN_DNS] = "", [SAN_IP] = "IP ", [SAN_EMAIL] = "e-mail ", [SAN_URI] = "URI "};
    char shown[ENDPOINT_TEXT];
    struct address a = {.ip = {[10] = 0xff, [11] = 0xff}};
    bool is_ip = san->type == SAN_IP && (san->value.n == 4 || san->value.n == 16);
    if (san->type == SAN_OTHER) {
        text_addf(t, "a name of another kind, %zu bytes", san->value.n);
        return;
    }
    text_add(t, KINDS[san->type]);
    if (is_ip) {
        memcpy(a.ip + sizeof a.ip - san->value.n, san->value.p, san->value.n);
        address_text(&a, shown);
        text_add(t, shown);
    } else if (san->type == SAN_IP) {
        text_add_hex(t, san->value);
    } else {
        text_add_escaped(t, san->value);
    }
}

static void put_names(struct text *t, const struct cert_view *v)
{
    const struct certificate *c = v->facts;
    for (size_t i = 0; i < c->n_sans && i < NAMES_SHOWN; i++) {
        text_add(t, i > 0 ? "\n" : "");
        add_name(t, &c->sans[i]);
    }
    if (c->n_sans > NAMES_SHOWN)
        text_addf(t, "\nand %zu more: see subjectAltName", c->n_sans - NAMES_SHOWN);
    if (c->is_parsed && c->n_sans == 0)
        text_add(t, c->has_san ? "none: subjectAltName is empty" : "none: no subjectAltName");
}

static void put_from(struct text *t, const struct cert_view *v)
{
    const struct certificate *c = v->facts;
    int64_t seen = 0;
    if (!has_times(c))
        return;
    add_time(t, c->not_before_us);
    if (last_sight(v, &seen) && seen < c->not_before_us) {
        text_add(t, " (");
        add_span(t, c->not_before_us - seen);
        text_add(t, " after it was last seen)");
    }
}

static void put_until(struct text *t, const struct cert_view *v)
{
    const struct certificate *c = v->facts;
    int64_t seen = 0;
    if (!has_times(c))
        return;
    if (c->not_after_us == INT64_MAX) {
        text_add(t, "no end (99991231235959Z)");
        return;
    }
    add_time(t, c->not_after_us);
    if (!last_sight(v, &seen))
        return;
    if (seen > c->not_after_us) {
        text_add(t, " (expired ");
        add_span(t, seen - c->not_after_us);
        text_add(t, " before it was last seen)");
    } else {
        text_add(t, " (");
        add_span(t, c->not_after_us - seen);
        text_add(t, " left when it was last seen)");
    }
}

static void put_lifetime(struct text *t, const struct cert_view *v)
{
    const struct certificate *c = v->facts;
    if (!has_times(c) || c->not_after_us == INT64_MAX)
        return;
    if (c->not_after_us < c->not_before_us)
        text_add(t, "ends before it begins");
    else
        add_span(t, c->not_after_us - c->not_before_us);
}

static void put_renewed(struct text *t, const struct cert_view *v)
{
    const char *when = text_of(v, "renewed");
    int64_t us = 0;
    if (when == NULL || !text_parse_time(when, &us))
        return;
    int64_t left = v->facts->not_after_us - us;
    cert_add_when(t, when);
    text_add(t, ", ");
    add_span(t, left < 0 ? -left : left);
    text_addf(t, " %s expiry, by a newer one for the same names", left < 0 ? "after" : "before");
}

static void put_issuer(struct text *t, const struct cert_view *v)
{
    const struct certificate *c = v->facts;
    if (c->issuer == NULL)
        return;
    text_add(t, c->issuer[0] != '\0' ? c->issuer : "(empty)");
    if (c->is_self_issued)
        text_add(t, c->self_signed == SELF_SIGNED_YES  ? " (self-signed)"
                    : c->self_signed == SELF_SIGNED_NO ? " (the subject, but with another key)"
                                                       : " (the subject; signature not verified)");
}

static void put_key(struct text *t, const struct cert_view *v)
{
    const struct certificate *c = v->facts;
    if (c->key_type == KEY_UNKNOWN && !c->is_parsed)
        return;
    bool has_own_name = c->key_type == KEY_ML_DSA && c->curve != NULL;
    text_add(t, has_own_name ? c->curve : key_type_name(c->key_type));
    if (c->key_type == KEY_EC && c->curve != NULL)
        text_addf(t, " %s", c->curve);
    else if (c->key_bits > 0 && c->key_type != KEY_ED25519 && c->key_type != KEY_ED448)
        text_addf(t, ", %u bits", c->key_bits);
}

static void put_signature(struct text *t, const struct cert_view *v)
{
    if (v->facts->sig_alg != NULL)
        text_add(t, v->facts->sig_alg);
}

static void put_served(struct text *t, const struct cert_view *v)
{
    for (size_t i = 0; i < v->n_served && i < LINES_SHOWN; i++) {
        const struct cert_service *s = &v->served[i];
        text_addf(t, "%s%s, %" PRId64 " time%s, ", i > 0 ? "\n" : "", s->service, s->count,
                format_s((uint64_t)s->count));
        cert_add_when(t, s->first_seen);
        text_add(t, " to ");
        cert_add_when(t, s->last_seen);
    }
    if (v->n_served > LINES_SHOWN)
        text_addf(t, "\nand %zu more", v->n_served - LINES_SHOWN);
}

static void put_met(struct text *t, const struct cert_view *v)
{
    int64_t clients = number_of(v, "clients");
    int64_t servers = number_of(v, "servers");
    if (clients > 0 || servers > 0)
        text_addf(t, "%" PRId64 " client%s at %" PRId64 " server address%s", clients,
                format_s((uint64_t)clients), servers, servers == 1 ? "" : "es");
}

static void put_seen(struct text *t, const struct cert_view *v)
{
    cert_add_when(t, text_of(v, "first_seen"));
    if (t->n == 0)
        return;
    text_add(t, " to ");
    cert_add_when(t, text_of(v, "last_seen"));
}

static void put_chain(struct text *t, const struct cert_view *v)
{
    if (v->n_chain == 0)
        return;
    text_addf(t, "%zu certificate%s, in %" PRId64 " of %" PRId64 " handshake%s", v->n_chain,
            format_s(v->n_chain), v->chain_count, v->chain_count_of,
            format_s((uint64_t)v->chain_count_of));
    for (size_t i = 0; i < v->n_chain; i++) {
        const struct cert_link *link = &v->chain[i];
        text_addf(t, "\n%" PRId64 " %.16s %s", link->position, link->sha256,
                link->subject != NULL ? link->subject : "(does not parse)");
        if (link->not_after != NULL)
            text_addf(t, ", until %.10s", link->not_after);
    }
}

static void put_version(struct text *t, const struct cert_view *v)
{
    if (v->facts->version > 0)
        text_addf(t, "%u", v->facts->version);
}

static void put_serial(struct text *t, const struct cert_view *v)
{
    add_colons(t, v->facts->serial);
}

static void put_sha256(struct text *t, const struct cert_view *v)
{
    add_colons(t, (struct bytes){v->facts->sha256, sizeof v->facts->sha256});
}

static void put_sha1(struct text *t, const struct cert_view *v)
{
    add_colons(t, (struct bytes){v->facts->sha1, sizeof v->facts->sha1});
}

static void put_spki(struct text *t, const struct cert_view *v)
{
    if (v->facts->is_parsed)
        add_colons(t, (struct bytes){v->facts->spki_sha256, sizeof v->facts->spki_sha256});
}

/* One field of the text: what it says comes from put, or is a value of the row. */
struct line {
    const char *label;
    put_fn *put;
    const char *value;
};

static const struct line TOP[] = {
        {"certificate", NULL, "sha256"},
        {"subject", put_subject, NULL},
        {"problem", put_problem, NULL},
        {"names", put_names, NULL},
        {"valid from", put_from, NULL},
        {"valid until", put_until, NULL},
        {"lifetime", put_lifetime, NULL},
        {"renewed", put_renewed, NULL},
        {"issuer", put_issuer, NULL},
        {"key", put_key, NULL},
        {"key problem", cert_put_key_problems, NULL},
        {"signature", put_signature, NULL},
        {"role", NULL, "role"},
        {"owner", NULL, "owner"},
        {"served by", put_served, NULL},
        {"met by", put_met, NULL},
        {"seen", put_seen, NULL},
        {"chain", put_chain, NULL},
        {"about the chain", cert_put_notes, NULL},
        {"trust", cert_put_trust, NULL},
        {"revocation", cert_put_revocation, NULL},
        {"SCTs", cert_put_scts, NULL},
};

static const struct line BOTTOM[] = {
        {"version", put_version, NULL},
        {"serial", put_serial, NULL},
        {"SHA-256", put_sha256, NULL},
        {"SHA-1", put_sha1, NULL},
        {"SHA-256 of key", put_spki, NULL},
};

/* The defects that stand beside one line of a field; one of several findings is named once. */
static void put_beside(FILE *out, const struct cert_view *v, const size_t *marks, size_t line)
{
    const char *named[DEFECTS_BESIDE];
    size_t n = 0;
    for (size_t i = 0; i < v->n_findings && n < DEFECTS_BESIDE; i++) {
        const struct cert_finding *f = &v->findings[i];
        bool is_new = marks[i] == line;
        for (size_t k = 0; is_new && k < n; k++)
            is_new = strcmp(named[k], f->defect) != 0;
        if (!is_new)
            continue;
        const char *color = format_color(v->has_color, f->severity);
        (void)fprintf(out, "%s%s%s%s", n == 0 ? "   << " : ", ", color, f->defect,
                color[0] != '\0' ? "\033[0m" : "");
        named[n++] = f->defect;
    }
}

/* A label and its lines, each with what stands beside it. */
static void put_items(FILE *out, const struct cert_view *v, const char *label, int width,
        const char *items, const char *field)
{
    size_t *marks = xcalloc(v->n_findings + 1, sizeof *marks);
    for (size_t i = 0; i < v->n_findings; i++)
        marks[i] = cert_mark_of(v, &v->findings[i], field, items);
    (void)fprintf(out, "%-*s", width, label);
    for (size_t line = 0;; line++) {
        size_t n = strcspn(items, "\n");
        (void)fprintf(out, "%*s%.*s", line == 0 ? 0 : width, "", (int)n, items);
        put_beside(out, v, marks, line);
        (void)fputc('\n', out);
        if (items[n] == '\0')
            break;
        items += n + 1;
    }
    xfree(marks);
}

static void put_lines(FILE *out, const struct cert_view *v, const struct line *lines, size_t n)
{
    struct text t = {0};
    for (size_t i = 0; i < n; i++) {
        text_clear(&t);
        if (lines[i].put != NULL)
            lines[i].put(&t, v);
        else if (text_of(v, lines[i].value) != NULL)
            text_add(&t, text_of(v, lines[i].value));
        if (t.n > 0)
            put_items(out, v, lines[i].label, LABEL_WIDTH, text_str(&t), lines[i].label);
    }
    text_fini(&t);
}

static void put_findings(FILE *out, const struct cert_view *v)
{
    if (v->n_findings == 0)
        return;
    (void)fputs("\nFindings\n", out);
    for (size_t i = 0; i < v->n_findings; i++) {
        const struct cert_finding *f = &v->findings[i];
        const char *color = format_color(v->has_color, f->severity);
        (void)fprintf(out, "  %s%-10s%s#%-5" PRId64 " %s\n  %-16s %s\n", color, f->severity,
                color[0] != '\0' ? "\033[0m" : "", f->id, f->defect, "", f->summary);
        if (f->concerns != NULL)
            (void)fprintf(out, "  %-16s concerns %.16s %s, sent with it%s\n", "", f->concerns,
                    f->concerns_subject != NULL ? f->concerns_subject : "(does not parse)",
                    f->is_elsewhere ? " in another chain" : "");
    }
}

static void put_extensions(FILE *out, const struct cert_view *v)
{
    struct text label = {0}, items = {0};
    if (v->n_extensions > 0)
        (void)fputs("\nExtensions\n", out);
    for (size_t i = 0; i < v->n_extensions; i++) {
        const struct extension *e = &v->extensions[i];
        text_clear(&label);
        text_clear(&items);
        text_addf(&label, "  %s%s ", e->name != NULL ? e->name : e->oid,
                e->is_critical ? " (critical)" : "");
        if (e->is_broken || e->text == NULL)
            text_addf(&items, "%zu bytes%s", e->value.n, e->is_broken ? " that do not parse" : "");
        else
            text_add(&items, e->text);
        put_items(out, v, text_str(&label), EXTENSION_WIDTH, text_str(&items),
                e->name != NULL ? e->name : e->oid);
    }
    text_fini(&label);
    text_fini(&items);
}

void cert_text_put(FILE *out, const struct cert_view *v)
{
    put_lines(out, v, TOP, sizeof TOP / sizeof *TOP);
    put_findings(out, v);
    put_extensions(out, v);
    (void)fputc('\n', out);
    put_lines(out, v, BOTTOM, sizeof BOTTOM / sizeof *BOTTOM);
}

void cert_text_extensions(struct text *t, const struct extension *list, size_t n)
{
    struct text item = {0};
    text_add(t, "[");
    for (size_t i = 0; i < n; i++) {
        const struct extension *e = &list[i];
        text_addf(t, "%s{\"oid\":\"%s\",\"name\":", i > 0 ? "," : "", e->oid);
        if (e->name != NULL)
            text_add_json(t, e->name);
        else
            text_add(t, "null");
        text_addf(t, ",\"critical\":%s,\"length\":%zu,\"parses\":%s,\"values\":[",
                e->is_critical ? "true" : "false", e->value.n, e->is_broken ? "false" : "true");
        for (const char *s = e->text != NULL ? e->text : ""; *s != '\0';) {
            size_t len = strcspn(s, "\n");
            text_clear(&item);
            text_add_bytes(&item, s, len);
            text_add_json(t, text_str(&item));
            s += len + (s[len] == '\n');
            text_add(t, *s != '\0' ? "," : "");
        }
        text_add(t, "]}");
    }
    text_add(t, "]");
    text_fini(&item);
}
