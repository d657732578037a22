/* Reads what is compared from both sides, pairs it, and prints it. */
#include "report/diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "report/diff_lines.h"
#include "store/query_diff.h"

enum { LINES_CAP = 2000000, SPAN_TEXT = 32 };

struct span_facts {
    char first[SPAN_TEXT], last[SPAN_TEXT];
    int64_t services, attempts;
};

struct diff {
    struct arena arena;
    struct diff_line *lines;
    size_t n, cap;
    int side; /* that is being read */
    bool is_in_all, is_capped;
    struct span_facts spans[2];
};

static const char *keep(struct diff *d, const struct value *v)
{
    return v->kind == VALUE_TEXT ? arena_text(&d->arena, bytes_of_text(v->text)) : NULL;
}

static bool is_same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool topic_parse(const char *text, enum diff_topic *out)
{
    for (int i = 0; i < TOPIC_COUNT; i++)
        if (strcmp(diff_topic_name((enum diff_topic)i), text) == 0) {
            *out = (enum diff_topic)i;
            return true;
        }
    return false;
}

static struct diff_line *add(struct diff *d, const struct value *values, size_t n)
{
    if (d->n >= LINES_CAP) {
        d->is_capped = true;
        return NULL;
    }
    if (d->lines == NULL || d->n == d->cap) {
        d->cap = d->cap > 0 ? d->cap * 2 : 256;
        d->lines = xrealloc(d->lines, d->cap, sizeof *d->lines);
    }
    struct diff_line *l = &d->lines[d->n++];
    const char *item = keep(d, format_find(values, n, "item"));
    *l = (struct diff_line){.service = keep(d, format_find(values, n, "service")),
            .port = (uint16_t)format_find(values, n, "port")->integer,
            .is_in_all = d->is_in_all,
            .item = item != NULL ? item : "",
            .text = keep(d, format_find(values, n, "text"))};
    l->side[0].us = l->side[1].us = -1;
    l->side[d->side].is_there = true;
    return l;
}

static bool on_share(void *ctx, const struct value *values, size_t n)
{
    struct diff *d = ctx;
    enum diff_topic topic;
    if (!topic_parse(format_find(values, n, "topic")->text, &topic))
        return true;
    struct diff_line *l = add(d, values, n);
    if (l == NULL)
        return false;
    const struct value *of = format_find(values, n, "of"), *hits = format_find(values, n, "hits");
    struct diff_amount *a = &l->side[d->side];
    l->topic = topic;
    a->share.hits = (uint64_t)hits->integer;
    a->share.of = (uint64_t)of->integer;
    a->has_share = of->kind == VALUE_INTEGER && hits->kind == VALUE_INTEGER;
    const struct value *severity = format_find(values, n, "severity");
    if (severity->kind == VALUE_TEXT)
        (void)severity_parse(severity->text, &l->severity);
    return true;
}

/* The rows of one histogram follow each other. */
static bool on_time(void *ctx, const struct value *values, size_t n)
{
    struct diff *d = ctx;
    bool is_full = strcmp(format_find(values, n, "topic")->text, "full-time") == 0;
    enum diff_topic topic = is_full ? TOPIC_FULL_TIME_P50 : TOPIC_RESUMED_TIME_P50;
    const char *service = format_find(values, n, "service")->text;
    struct diff_line *l = d->n > 0 ? &d->lines[d->n - 1] : NULL;
    if (l == NULL || l->topic != topic || l->side[d->side].times == NULL ||
            !is_same(l->service, service) || l->is_in_all != d->is_in_all ||
            l->port != (uint16_t)format_find(values, n, "port")->integer) {
        l = add(d, values, n);
        if (l == NULL)
            return false;
        l->topic = topic;
        l->side[d->side].times = xcalloc(1, sizeof *l->side[d->side].times);
    }
    int64_t hits = format_find(values, n, "hits")->integer;
    for (int64_t i = 0; i < hits; i++)
        histogram_add(l->side[d->side].times, format_find(values, n, "us")->integer);
    return true;
}

static bool on_span(void *ctx, const struct value *values, size_t n)
{
    struct diff *d = ctx;
    struct span_facts *s = &d->spans[d->side];
    const struct value *first = format_find(values, n, "first");
    const struct value *last = format_find(values, n, "last");
    (void)snprintf(s->first, sizeof s->first, "%s", first->kind == VALUE_TEXT ? first->text : "");
    (void)snprintf(s->last, sizeof s->last, "%s", last->kind == VALUE_TEXT ? last->text : "");
    s->services = format_find(values, n, "services")->integer;
    s->attempts = format_find(values, n, "attempts")->integer;
    return true;
}

static bool read_side(struct diff *d, const struct diff_source *s, bool in_all, struct err *err)
{
    d->is_in_all = in_all;
    return query_diff(s->store, DIFF_SHARES, in_all, &s->filter, on_share, d, err) &&
           query_diff(s->store, DIFF_TIMES, in_all, &s->filter, on_time, d, err) &&
           (in_all || query_diff(s->store, DIFF_FINDINGS, false, &s->filter, on_share, d, err));
}

static int by_text(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

/* All services together come first; then service, topic and item. */
static int by_key(const void *pa, const void *pb)
{
    const struct diff_line *a = pa, *b = pb;
    int order = (int)b->is_in_all - (int)a->is_in_all;
    order = order != 0 ? order : by_text(a->service, b->service);
    order = order != 0 ? order : (int)a->port - (int)b->port;
    order = order != 0 ? order : (int)a->topic - (int)b->topic;
    return order != 0 ? order : strcmp(a->item, b->item);
}

static int by_rank(const void *pa, const void *pb)
{
    const struct diff_line *a = pa, *b = pb;
    unsigned rank_a = diff_rank(a), rank_b = diff_rank(b);
    if (rank_a != rank_b)
        return rank_a < rank_b ? -1 : 1;
    if (a->severity != b->severity)
        return a->severity > b->severity ? -1 : 1;
    return by_key(pa, pb);
}

/* The line of A and that of B become one. */
static void pair(struct diff *d)
{
    size_t n = 0;
    if (d->n > 0)
        qsort(d->lines, d->n, sizeof *d->lines, by_key);
    for (size_t i = 0; i < d->n; i++) {
        struct diff_line *last = n > 0 ? &d->lines[n - 1] : NULL;
        int side = d->lines[i].side[1].is_there;
        if (last != NULL && by_key(last, &d->lines[i]) == 0) {
            last->side[side] = d->lines[i].side[side];
            if (d->lines[i].severity > last->severity)
                last->severity = d->lines[i].severity;
        } else {
            d->lines[n++] = d->lines[i];
        }
    }
    d->n = n;
}

static bool is_same_service(const struct diff_line *a, const struct diff_line *b)
{
    return a->is_in_all == b->is_in_all && a->port == b->port && is_same(a->service, b->service);
}

/* A side on which an item is missing has the rest of its topic: 0 of them. */
static void fill(struct diff_line *lines, size_t n)
{
    uint64_t of[TOPIC_COUNT][2] = {{0}};
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < 2; k++)
            if (lines[i].side[k].has_share)
                of[lines[i].topic][k] = lines[i].side[k].share.of;
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < 2; k++)
            if (lines[i].topic == TOPIC_ATTEMPTS)
                of[TOPIC_FINDING][k] = lines[i].side[k].share.hits;
            else if (lines[i].topic == TOPIC_SUCCESS)
                of[TOPIC_FAILURE][k] = lines[i].side[k].share.of;
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < 2; k++)
            if (!lines[i].side[k].is_there && lines[i].side[!k].has_share &&
                    of[lines[i].topic][k] > 0) {
                lines[i].side[k].share.of = of[lines[i].topic][k];
                lines[i].side[k].has_share = true;
            }
}

static void quantiles(struct diff_line *l, double q)
{
    for (int k = 0; k < 2; k++)
        if (l->side[k].times != NULL) {
            l->side[k].us = histogram_quantile(l->side[k].times, q);
            l->side[k].share.of = histogram_count(l->side[k].times);
        }
}

/* Lines that are made of others: the service itself, and the upper quantile of times. */
static void derive(struct diff *d)
{
    size_t n = d->n;
    for (size_t i = 0; i < n && d->n < LINES_CAP; i++) {
        struct diff_line l = d->lines[i];
        bool is_time = l.topic == TOPIC_FULL_TIME_P50 || l.topic == TOPIC_RESUMED_TIME_P50;
        if (!is_time && (l.topic != TOPIC_ATTEMPTS || l.is_in_all))
            continue;
        if (is_time) {
            quantiles(&d->lines[i], 0.5);
            quantiles(&l, 0.95);
        }
        l.topic = is_time ? (enum diff_topic)(l.topic + 1) : TOPIC_SERVICE;
        if (d->n == d->cap) {
            d->cap *= 2;
            d->lines = xrealloc(d->lines, d->cap, sizeof *d->lines);
        }
        d->lines[d->n++] = l;
    }
    if (d->n > 0)
        qsort(d->lines, d->n, sizeof *d->lines, by_key);
}

static void judge(struct diff *d)
{
    for (size_t i = 0, end; i < d->n; i = end) {
        bool is_served[2] = {false, false};
        for (end = i; end < d->n && is_same_service(&d->lines[i], &d->lines[end]); end++)
            if (d->lines[end].topic == TOPIC_ATTEMPTS)
                for (int k = 0; k < 2; k++)
                    is_served[k] |= d->lines[end].side[k].share.hits > 0;
        fill(&d->lines[i], end - i);
        for (size_t k = i; k < end; k++)
            diff_judge(&d->lines[k], is_served);
    }
    if (d->n > 0)
        qsort(d->lines, d->n, sizeof *d->lines, by_rank);
}

/* With one service on both sides, all together is the same again. */
static bool has_several(const struct diff *d)
{
    const struct diff_line *one = NULL;
    for (size_t i = 0; i < d->n; i++) {
        const struct diff_line *l = &d->lines[i];
        if (l->topic != TOPIC_ATTEMPTS || l->is_in_all)
            continue;
        if (one != NULL && !is_same_service(one, l))
            return true;
        one = l;
    }
    return false;
}

static bool read_both(struct diff *d, const struct diff_source sources[2], struct err *err)
{
    for (d->side = 0; d->side < 2; d->side++) {
        const struct diff_source *s = &sources[d->side];
        if (!read_side(d, s, false, err) ||
                !query_diff(s->store, DIFF_SPAN, false, &s->filter, on_span, d, err))
            return false;
    }
    if (!has_several(d))
        return true;
    for (d->side = 0; d->side < 2; d->side++)
        if (!read_side(d, &sources[d->side], true, err))
            return false;
    return true;
}

static void put_us(struct text *t, double us)
{
    if (us >= 1e6)
        text_addf(t, "%.2f s", us / 1e6);
    else if (us >= 1000)
        text_addf(t, us < 1e5 ? "%.1f ms" : "%.0f ms", us / 1000);
    else
        text_addf(t, "%.0f us", us);
}

/* "99.52 % of 5412", "7 of 12", "3.1 ms (400)", "12". */
static void put_amount(struct text *t, const struct diff_line *l, int side)
{
    const struct diff_amount *a = &l->side[side];
    text_clear(t);
    if (a->us >= 0) {
        put_us(t, a->us);
        text_addf(t, " (%llu)", (unsigned long long)a->share.of);
    } else if (a->has_share && a->share.of > 0 && a->share.of < 100) {
        text_addf(t, "%llu of %llu", (unsigned long long)a->share.hits,
                (unsigned long long)a->share.of);
    } else if (a->has_share && a->share.of > 0) {
        double percent = 100.0 * (double)a->share.hits / (double)a->share.of;
        bool is_fine = percent > 0 && percent < 100 && (percent < 10 || percent > 90);
        text_addf(t, is_fine ? "%.2f %% of %llu" : "%.0f %% of %llu", percent,
                (unsigned long long)a->share.of);
    } else if (a->is_there && a->share.hits > 0) {
        text_addf(t, "%llu", (unsigned long long)a->share.hits);
    } else if (a->is_there && l->topic == TOPIC_FINDING) {
        text_add(t, "yes");
    }
}

static struct value text_value(const char *name, const char *text)
{
    return (struct value){
            name, text != NULL && text[0] != '\0' ? VALUE_TEXT : VALUE_NULL, 0, 0, text};
}

static struct value number_value(const char *name, bool is_there, uint64_t n)
{
    return (struct value){name, is_there ? VALUE_INTEGER : VALUE_NULL, (int64_t)n, 0, NULL};
}

static struct value real_value(const char *name, bool is_there, double x)
{
    return (struct value){name, is_there ? VALUE_REAL : VALUE_NULL, 0, x, NULL};
}

/* What a person calls the item: the defect or the certificate by name. */
static void put_item(struct text *t, const struct diff_line *l)
{
    text_clear(t);
    if (l->topic == TOPIC_FINDING)
        text_addf(t, "%.*s (%s): %s", (int)strcspn(l->item, " "), l->item,
                severity_name(l->severity), l->text != NULL ? l->text : "");
    else if (l->topic == TOPIC_CERTIFICATE)
        text_addf(t, "%s, sha256 %.16s", l->text != NULL ? l->text : "", l->item);
    else
        text_add(t, l->item);
}

static bool put_line(struct printer *p, const struct diff_line *l)
{
    static const char *const NAMES[2][4] = {
            {"a_count", "a_of", "a_share", "a_us"}, {"b_count", "b_of", "b_share", "b_us"}};
    struct text what = {0}, a = {0}, b = {0};
    struct value values[20];
    size_t n = 0;
    bool is_table = p->format == FORMAT_TABLE;
    put_item(&what, l);
    put_amount(&a, l, 0);
    put_amount(&b, l, 1);
    values[n++] = text_value("change", diff_change_name(l));
    values[n++] = (struct value){"worse", VALUE_BOOL, diff_is_worse(l), 0, NULL};
    values[n++] = text_value("service", l->is_in_all ? "(all)" : l->service);
    values[n++] = number_value("port", l->service != NULL, l->port);
    values[n++] =
            text_value("topic", is_table ? diff_topic_title(l->topic) : diff_topic_name(l->topic));
    values[n++] = text_value("item", is_table ? text_str(&what) : l->item);
    values[n++] = text_value("text", l->text);
    values[n++] =
            text_value("severity", l->topic == TOPIC_FINDING ? severity_name(l->severity) : NULL);
    for (int k = 0; k < 2; k++) {
        const struct diff_amount *m = &l->side[k];
        bool has_hits = m->us < 0 && (m->has_share || m->share.hits > 0);
        bool has_of = m->has_share || m->us >= 0;
        values[n++] = number_value(NAMES[k][0], has_hits, m->share.hits);
        values[n++] = number_value(NAMES[k][1], has_of, m->share.of);
        values[n++] = real_value(NAMES[k][2], m->has_share && m->share.of > 0,
                (double)m->share.hits / (double)(m->share.of > 0 ? m->share.of : 1));
        values[n++] = number_value(NAMES[k][3], m->us >= 0, (uint64_t)(m->us > 0 ? m->us : 0));
    }
    values[n++] = real_value("p", l->p < 1, l->p);
    if (is_table) {
        values[n++] = text_value("a", text_str(&a));
        values[n++] = text_value("b", text_str(&b));
    }
    bool is_ok = printer_row(p, values, n);
    text_fini(&what);
    text_fini(&a);
    text_fini(&b);
    return is_ok;
}

static void put_head(FILE *out, const struct diff *d, const struct diff_source sources[2])
{
    for (int k = 0; k < 2; k++) {
        const struct span_facts *s = &d->spans[k];
        (void)fprintf(out, "%c  %s: ", "AB"[k], sources[k].name);
        if (s->attempts == 0)
            (void)fputs("no attempts\n", out);
        else
            (void)fprintf(out, "%.10s %.8s to %.10s %.8s UTC, %lld service%s, %lld attempt%s\n",
                    s->first, s->first + 11, s->last, s->last + 11, (long long)s->services,
                    format_s((uint64_t)s->services), (long long)s->attempts,
                    format_s((uint64_t)s->attempts));
    }
    (void)fputc('\n', out);
}

static const struct column COLUMNS[] = {{"change", "CHANGE", false, 0, 0},
        {"service", "SERVICE", false, 24, 40}, {"topic", "WHAT", false, 0, 0},
        {"a", "A", true, 0, 0}, {"b", "B", true, 0, 0}, {"item", "WHICH", false, 0, 100},
        {NULL, NULL, false, 0, 0}};

/* What is too few to tell is told once, where it is a change of what is there. */
static bool is_shown(const struct diff_line *l)
{
    if (l->change == CHANGE_FEW)
        return !l->is_in_all && l->topic != TOPIC_FINDING;
    return l->change != CHANGE_NONE;
}

static void put_lines(const struct diff *d, enum format format, bool wants_all, int64_t limit,
        FILE *out, struct diff_result *r)
{
    struct printer p;
    printer_init(&p, out, format, COLUMNS);
    for (size_t i = 0; i < d->n; i++) {
        r->is_worse |= diff_is_worse(&d->lines[i]);
        if (!wants_all && !is_shown(&d->lines[i]))
            continue;
        if (limit > 0 && r->n_rows >= (uint64_t)limit)
            r->n_hidden++;
        else
            (void)put_line(&p, &d->lines[i]);
        r->n_rows++;
    }
    (void)printer_end(&p);
}

static void put_foot(FILE *out, const struct diff_result *r)
{
    if (r->n_rows == 0)
        (void)fputs(
                "No difference that is more than chance. --all shows what was compared.\n", out);
    if (r->n_hidden > 0)
        (void)fprintf(out, "%llu line%s more: give --limit.\n", (unsigned long long)r->n_hidden,
                format_s(r->n_hidden));
}

static void forget(struct diff *d)
{
    for (size_t i = 0; i < d->n; i++)
        for (int k = 0; k < 2; k++)
            if (d->lines[i].topic == TOPIC_FULL_TIME_P50 ||
                    d->lines[i].topic == TOPIC_RESUMED_TIME_P50) {
                if (d->lines[i].side[k].times != NULL)
                    histogram_fini(d->lines[i].side[k].times);
                xfree(d->lines[i].side[k].times);
            }
    xfree(d->lines);
    arena_fini(&d->arena);
}

bool diff_print(const struct diff_source sources[2], enum format format, bool wants_all,
        int64_t limit, FILE *out, struct diff_result *result, struct err *err)
{
    struct diff d = {.n = 0};
    *result = (struct diff_result){0};
    arena_init(&d.arena);
    bool is_ok = read_both(&d, sources, err);
    if (is_ok && d.is_capped) {
        err_set(err, "too much to compare: narrow it with --service");
        is_ok = false;
    }
    if (is_ok) {
        pair(&d);
        derive(&d);
        judge(&d);
        if (format == FORMAT_TABLE)
            put_head(out, &d, sources);
        put_lines(&d, format, wants_all, limit, out, result);
        if (format == FORMAT_TABLE)
            put_foot(out, result);
    }
    forget(&d);
    return is_ok;
}
