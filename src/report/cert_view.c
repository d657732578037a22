/* Reads what cert_text.c prints, and writes PEM. */
#include <string.h>

#include "report/cert_text.h"
#include "report/format.h"

enum { COMMENT_MOST = 200, HYPHENS = 4, ROWS_MOST = 65536, SERVICES_SHOWN = 50 };

static const char *copy_of(struct arena *a, const struct value *values, size_t n, const char *name)
{
    const struct value *v = format_find(values, n, name);
    return v->kind == VALUE_TEXT ? arena_text(a, bytes_of_text(v->text)) : NULL;
}

static const char *copy_or_empty(
        struct arena *a, const struct value *values, size_t n, const char *name)
{
    const char *text = copy_of(a, values, n, name);
    return text != NULL ? text : "";
}

/* Room for one more of n elements: doubled in the arena. */
static void *more(struct arena *a, void *have, size_t n, size_t size)
{
    bool is_full = n == 0 || (n >= 8 && (n & (n - 1)) == 0);
    if (!is_full)
        return have;
    void *room = arena_alloc(a, (n < 8 ? 8 : n * 2) * size);
    if (n > 0)
        memcpy(room, have, n * size);
    return room;
}

static bool on_finding(void *ctx, const struct value *values, size_t n)
{
    struct cert_view *v = ctx;
    const struct value *position = format_find(values, n, "position");
    bool is_of_other = position->kind == VALUE_INTEGER;
    v->findings = more(&v->arena, v->findings, v->n_findings, sizeof *v->findings);
    v->findings[v->n_findings++] = (struct cert_finding){
            .id = format_find(values, n, "id")->integer,
            .severity = copy_or_empty(&v->arena, values, n, "severity"),
            .defect = copy_or_empty(&v->arena, values, n, "defect"),
            .summary = copy_or_empty(&v->arena, values, n, "summary"),
            .concerns = is_of_other ? copy_of(&v->arena, values, n, "concerns") : NULL,
            .concerns_subject = copy_of(&v->arena, values, n, "concerns_subject"),
            .is_elsewhere = format_find(values, n, "is_elsewhere")->integer != 0,
    };
    return v->n_findings < ROWS_MOST;
}

static bool on_service(void *ctx, const struct value *values, size_t n)
{
    struct cert_view *v = ctx;
    v->served = more(&v->arena, v->served, v->n_served, sizeof *v->served);
    v->served[v->n_served++] = (struct cert_service){
            .service = copy_or_empty(&v->arena, values, n, "service"),
            .first_seen = copy_or_empty(&v->arena, values, n, "first_seen"),
            .last_seen = copy_or_empty(&v->arena, values, n, "last_seen"),
            .count = format_find(values, n, "count")->integer,
    };
    return v->n_served < ROWS_MOST;
}

static bool on_link(void *ctx, const struct value *values, size_t n)
{
    struct cert_view *v = ctx;
    v->chain = more(&v->arena, v->chain, v->n_chain, sizeof *v->chain);
    v->chain[v->n_chain++] = (struct cert_link){
            .position = format_find(values, n, "position")->integer,
            .subject = copy_of(&v->arena, values, n, "subject"),
            .not_after = copy_of(&v->arena, values, n, "not_after"),
            .sha256 = copy_or_empty(&v->arena, values, n, "sha256"),
    };
    v->chain_count = format_find(values, n, "count")->integer;
    v->chain_count_of = format_find(values, n, "count_of")->integer;
    return v->n_chain < ROWS_MOST;
}

/* Where rows of one part go. */
struct taking {
    struct arena *arena;
    struct cert_rows *rows;
};

static bool on_any(void *ctx, const struct value *values, size_t n)
{
    struct taking *t = ctx;
    struct cert_rows *r = t->rows;
    struct value *copy = arena_alloc(t->arena, n * sizeof *copy);
    for (size_t i = 0; i < n; i++) {
        copy[i] = values[i];
        copy[i].name = arena_text(t->arena, bytes_of_text(values[i].name));
        if (values[i].kind == VALUE_TEXT || values[i].kind == VALUE_JSON)
            copy[i].text = arena_text(t->arena, bytes_of_text(values[i].text));
    }
    r->rows = more(t->arena, r->rows, r->n, sizeof *r->rows);
    r->rows[r->n++] = (struct cert_row){copy, n};
    return r->n < ROWS_MOST;
}

static bool load_judged(struct cert_view *v, struct store *s, const char *sha256, struct err *err)
{
    const struct {
        enum cert_part part;
        struct cert_rows *rows;
    } parts[] = {{CERT_VERDICTS, &v->verdicts}, {CERT_NOTES, &v->notes},
            {CERT_REVOCATION, &v->revocation}, {CERT_SCTS, &v->scts},
            {CERT_KEY_PROBLEMS, &v->key_problems}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct taking t = {&v->arena, parts[i].rows};
        if (!query_cert_part(s, parts[i].part, sha256, on_any, &t, err))
            return false;
    }
    return true;
}

bool cert_view_load(struct cert_view *v, struct store *s, const char *sha256, struct err *err)
{
    return query_cert_part(s, CERT_FINDINGS, sha256, on_finding, v, err) &&
           query_cert_part(s, CERT_SERVED, sha256, on_service, v, err) &&
           query_cert_part(s, CERT_CHAIN, sha256, on_link, v, err) &&
           load_judged(v, s, sha256, err);
}

void cert_view_fini(struct cert_view *v)
{
    arena_fini(&v->arena);
}

/* At most COMMENT_MOST bytes; of five hyphens in a row the last is escaped. */
static void put_comment(FILE *out, const char *label, const char *s, size_t n)
{
    struct text t = {0};
    size_t hyphens = 0, i = 0;
    for (; i < n && t.n < COMMENT_MOST; i++) {
        hyphens = s[i] == '-' ? hyphens + 1 : 0;
        if (hyphens > HYPHENS)
            text_add(&t, "\\x2d");
        else
            text_add_bytes(&t, s + i, 1);
        hyphens = hyphens > HYPHENS ? 0 : hyphens;
    }
    while (i < n && t.n > 0 && ((unsigned char)s[i] & 0xc0) == 0x80) { /* not within a character */
        t.s[--t.n] = '\0';
        i--;
    }
    (void)fprintf(out, "# %s: %s%s\n", label, text_str(&t), i < n ? "..." : "");
    text_fini(&t);
}

static void put_value(FILE *out, const char *label, const struct value *v)
{
    if (v->kind == VALUE_TEXT)
        put_comment(out, label, v->text, strlen(v->text));
}

void cert_text_pem(FILE *out, const struct value *values, size_t n)
{
    const struct value *services = format_find(values, n, "services");
    const struct value *pem = format_find(values, n, "pem");
    put_value(out, "subject", format_find(values, n, "subject"));
    put_value(out, "issuer", format_find(values, n, "issuer"));
    put_value(out, "notAfter", format_find(values, n, "not_after"));
    put_value(out, "SHA-256", format_find(values, n, "sha256"));
    const char *s = services->kind == VALUE_TEXT ? services->text : "";
    for (int i = 0; *s != '\0'; i++) {
        size_t len = strcspn(s, "\n");
        if (i == SERVICES_SHOWN) {
            (void)fputs("# service: and more\n", out);
            break;
        }
        put_comment(out, "service", s, len);
        s += len + (s[len] == '\n');
    }
    if (pem->kind == VALUE_TEXT)
        (void)fputs(pem->text, out);
}
