#include "report/report.h"

#include <string.h>

#include "base/text.h"
#include "report/format.h"
#include "report/loss.h"
#include "store/watcher.h"

enum {
    SERVERS_SHOWN = 8,
    INPUTS_SHOWN = 8,
    FINDINGS_SHOWN = 24,
    MIX_SHOWN = 6,
    CRLS_SHOWN = 8,
    SUMMARY_MOST = 110
};

struct report {
    FILE *out;
    bool has_color;
    int64_t total; /* handshakes counted */
    int64_t certificates;
    int64_t succeeded, seen, failed, seen_failed, other, undetermined;
    int64_t bytes, gap_bytes;
    int64_t packets, drops; /* of live captures that lost something */
    size_t shown, hidden, muted;
    bool has_runs; /* their number was printed */
    enum watcher watcher;
    char severity[16]; /* of the group being printed */
};

static const char *text_of(const struct value *v, const char *otherwise)
{
    return v->kind == VALUE_TEXT ? v->text : otherwise;
}

static int64_t number_of(const struct value *values, size_t n, const char *name)
{
    return format_find(values, n, name)->integer;
}

/* "2026-01-01 12:00:00" of an RFC 3339 text. */
static void put_time(FILE *out, const struct value *v)
{
    const char *t = text_of(v, "");
    if (strlen(t) < 19)
        (void)fputs("-", out);
    else
        (void)fprintf(out, "%.10s %.8s", t, t + 11);
}

static bool on_run(void *ctx, const struct value *values, size_t n)
{
    struct report *r = ctx;
    const struct value *at = format_find(values, n, "at");
    const struct value *filter = format_find(values, n, "filter");
    int64_t all = number_of(values, n, "runs");
    int64_t these = number_of(values, n, "n");
    if (all > 1 && !r->has_runs)
        (void)fprintf(r->out, "  runs           %lld\n", (long long)all);
    r->has_runs = true;
    (void)fprintf(r->out, "  judged by      ");
    if (at->kind == VALUE_TEXT) {
        (void)fprintf(r->out, "--at ");
        put_time(r->out, at);
        (void)fputs(" UTC", r->out);
    } else {
        (void)fputs("the time in the packets", r->out);
    }
    if (these < all)
        (void)fprintf(r->out, " (%lld of the runs)", (long long)these);
    (void)fputc('\n', r->out);
    if (filter->kind == VALUE_TEXT)
        (void)fprintf(r->out, "  filter         %s\n", filter->text);
    return true;
}

static bool on_reloads(void *ctx, const struct value *values, size_t n)
{
    struct report *r = ctx;
    int64_t times = number_of(values, n, "n");
    (void)fprintf(r->out, "  reloaded       %lld time%s, last at ", (long long)times,
            format_s((uint64_t)times));
    put_time(r->out, format_find(values, n, "last"));
    (void)fputs(" UTC: findings before it were judged by what table reload tells\n", r->out);
    return true;
}

/* The store cannot be older than its newest root. */
static bool on_store(void *ctx, const struct value *values, size_t n)
{
    struct report *r = ctx;
    const char *date = text_of(format_find(values, n, "date"), "");
    int64_t left_out = number_of(values, n, "left_out");
    (void)fprintf(r->out, "  %-14s %s: %lld root%s", r->shown++ == 0 ? "trusted" : "",
            text_of(format_find(values, n, "name"), "?"),
            (long long)number_of(values, n, "entries"),
            format_s((uint64_t)number_of(values, n, "entries")));
    if (date[0] != '\0')
        (void)fprintf(r->out, ", the newest of %.10s", date);
    if (left_out > 0)
        (void)fprintf(r->out, ", %lld not used", (long long)left_out);
    (void)fprintf(r->out, " (%s)\n", text_of(format_find(values, n, "path"), "?"));
    return true;
}

/* What was not judged, because a run lacked the data. */
static bool on_judged(void *ctx, const struct value *values, size_t n)
{
    static const struct {
        const char *count, *what;
    } LACKS[] = {{"no_logs", "SCTs (no --ct-logs"},
            {"no_revocation", "revocation beyond staples (no --crl or --ocsp"},
            {"no_blocklist", "known weak keys (no --blocklist"}};
    struct report *r = ctx;
    int64_t runs = number_of(values, n, "runs");
    int64_t verified = number_of(values, n, "verified");
    int64_t left_out = number_of(values, n, "left_out");
    const char *before = "  not judged     ";
    if (r->shown == 0)
        (void)fputs("  trusted        nobody: no trust store was found (give --trust)\n", r->out);
    if (verified + left_out > 0)
        (void)fprintf(r->out, "  signatures     of handshakes: %lld verified, %lld left out%s\n",
                (long long)verified, (long long)left_out,
                left_out > 0 ? " (--verify all takes them all)" : "");
    for (size_t i = 0; i < sizeof LACKS / sizeof *LACKS; i++) {
        int64_t lacking = number_of(values, n, LACKS[i].count);
        if (lacking == 0)
            continue;
        (void)fprintf(r->out, "%s%s", before, LACKS[i].what);
        if (lacking < runs)
            (void)fprintf(r->out, " in %lld of %lld runs", (long long)lacking, (long long)runs);
        (void)fputs(")", r->out);
        before = ", ";
    }
    if (before[0] == ',')
        (void)fputs("\n", r->out);
    return true;
}

/* A CRL that could not be used; the first few are named. */
static bool on_crl(void *ctx, const struct value *values, size_t n)
{
    struct report *r = ctx;
    if (r->shown >= CRLS_SHOWN) {
        r->hidden++;
        return true;
    }
    (void)fprintf(r->out, "  %-14s %s, of %s: %s\n", r->shown++ == 0 ? "CRLs not used" : "",
            text_of(format_find(values, n, "path"), "?"),
            text_of(format_find(values, n, "issuer"), "?"),
            text_of(format_find(values, n, "problem"), "?"));
    return true;
}

static void put_count(FILE *out, int64_t n, const char *what, const char *end)
{
    (void)fprintf(out, "%lld %s%s%s", (long long)n, what, format_s((uint64_t)n), end);
}

static void put_span(FILE *out, const struct value *first, const struct value *last)
{
    if (first->kind != VALUE_TEXT) {
        (void)fputs("  packets        none\n", out);
        return;
    }
    (void)fputs("  packets from   ", out);
    put_time(out, first);
    (void)fputs(" to ", out);
    put_time(out, last);
    (void)fputs(" UTC\n", out);
}

static bool on_totals(void *ctx, const struct value *values, size_t n)
{
    struct report *r = ctx;
    r->total = number_of(values, n, "handshakes");
    r->bytes = number_of(values, n, "bytes");
    r->gap_bytes = number_of(values, n, "gap_bytes");
    put_span(r->out, format_find(values, n, "first"), format_find(values, n, "last"));
    (void)fputs("  seen           ", r->out);
    put_count(r->out, r->total, "handshake", ", ");
    put_count(r->out, number_of(values, n, "services"), "service", ", ");
    put_count(r->out, number_of(values, n, "clients"), "client", ", ");
    r->certificates = number_of(values, n, "certificates");
    put_count(r->out, r->certificates, "certificate", "\n");
    int64_t duplicates = number_of(values, n, "duplicates");
    if (duplicates > 0)
        (void)fprintf(r->out, "  twice          %lld stood in two places and count once\n",
                (long long)duplicates);
    int64_t not_tls = number_of(values, n, "not_tls");
    if (not_tls > 0)
        (void)fprintf(r->out, "  not TLS        %lld on TLS ports speak something else\n",
                (long long)not_tls);
    return true;
}

static bool on_unanalysed(void *ctx, const struct value *values, size_t n)
{
    struct report *r = ctx;
    (void)fprintf(r->out, "  %-14s %s to ", r->shown++ == 0 ? "not analysed" : "",
            text_of(format_find(values, n, "name"), "?"));
    put_count(r->out, number_of(values, n, "servers"), "server", ", ");
    put_count(r->out, number_of(values, n, "packets"), "packet", "\n");
    return true;
}

static bool on_unanalysed_server(void *ctx, const struct value *values, size_t n)
{
    struct report *r = ctx;
    if (r->shown >= SERVERS_SHOWN) {
        r->hidden++;
        return true;
    }
    (void)fprintf(r->out, "%s%s:%lld %s, ", r->shown++ == 0 ? "\nNot analysed (UDP)\n  " : "  ",
            text_of(format_find(values, n, "address"), "?"),
            (long long)number_of(values, n, "port"), text_of(format_find(values, n, "kinds"), "?"));
    put_count(r->out, number_of(values, n, "packets"), "packet", "\n");
    return true;
}

static bool is_whole(int64_t live, int64_t complete)
{
    return live == LIVE_NOT ? complete == 1 : live == LIVE_ENDED;
}

static void put_watched(const struct report *r, const struct value *values, size_t n, int64_t live)
{
    bool is_open = live == LIVE_LAST && r->watcher != WATCHER_NONE;
    (void)fputs(is_open ? "      watching since " : "      watched from ", r->out);
    put_time(r->out, format_find(values, n, "from"));
    (void)fputs(is_open ? " UTC" : " to ", r->out);
    if (!is_open) {
        put_time(r->out, format_find(values, n, "to"));
        (void)fputs(" UTC", r->out);
    }
    if (live != LIVE_ENDED && !is_open)
        (void)fputs(", then the run was stopped before it had ended", r->out);
    else if (is_open && r->watcher == WATCHER_UNKNOWN)
        (void)fputs(", if the run was not stopped", r->out);
    (void)fputc('\n', r->out);
}

static void put_damage(const struct report *r, const struct value *values, size_t n)
{
    const char *damage = text_of(format_find(values, n, "damage"), "");
    if (number_of(values, n, "frames") == 0)
        (void)fprintf(r->out, "      not read: %s\n", damage);
    else
        (void)fprintf(r->out, "      damaged after packet %lld: %s\n",
                (long long)number_of(values, n, "damaged_at"), damage);
}

/* Damaged inputs are always named; of the whole ones, the first few. */
static bool on_input(void *ctx, const struct value *values, size_t n)
{
    struct report *r = ctx;
    const struct value *damage = format_find(values, n, "damage");
    const struct value *drops = format_find(values, n, "drops");
    int64_t live = number_of(values, n, "live");
    int64_t complete = number_of(values, n, "complete");
    bool is_special = damage->kind == VALUE_TEXT || !is_whole(live, complete) ||
                      (drops->kind == VALUE_INTEGER && drops->integer > 0);
    if (!is_special && r->shown >= INPUTS_SHOWN) {
        r->hidden++;
        return true;
    }
    r->shown++;
    (void)fprintf(r->out, "  %-44s %9lld packets %7lld handshake%s",
            text_of(format_find(values, n, "path"), "?"), (long long)number_of(values, n, "frames"),
            (long long)number_of(values, n, "handshakes"),
            format_s((uint64_t)number_of(values, n, "handshakes")));
    if (drops->kind == VALUE_INTEGER && drops->integer > 0)
        (void)fprintf(r->out, ", %lld dropped while capturing", (long long)drops->integer);
    (void)fputc('\n', r->out);
    if (damage->kind == VALUE_TEXT)
        put_damage(r, values, n);
    else if (live != LIVE_NOT)
        put_watched(r, values, n, live);
    else if (complete != 1)
        (void)fprintf(r->out, "      not read to its end%s\n",
                complete == 0 ? ": the run was stopped" : " (-c or a filter)");
    return true;
}

static bool on_outcome(void *ctx, const struct value *values, size_t n)
{
    struct report *r = ctx;
    int64_t count = number_of(values, n, "count");
    int64_t code = number_of(values, n, "code");
    bool is_seen = strcmp(text_of(format_find(values, n, "basis"), ""), "seen") == 0;
    if (code == OUTCOME_UNDETERMINED)
        r->undetermined += count;
    else if (outcome_is_success((enum outcome)code))
        r->succeeded += count;
    else if (outcome_is_failure((enum outcome)code))
        r->failed += count;
    else
        r->other += count;
    if (code == OUTCOME_SUCCESS && is_seen)
        r->seen += count;
    if (outcome_is_failure((enum outcome)code) && is_seen)
        r->seen_failed += count;
    const char *name = text_of(format_find(values, n, "outcome"), "?");
    const char *basis = text_of(format_find(values, n, "basis"), "");
    bool has_basis = code != OUTCOME_UNDETERMINED && basis[0] != '\0';
    (void)fprintf(r->out, "  %-24s %8lld  %s\n", name, (long long)count, has_basis ? basis : "");
    return true;
}

static bool on_reason(void *ctx, const struct value *values, size_t n)
{
    struct report *r = ctx;
    (void)fprintf(r->out, "    of these %-15s %8lld\n",
            text_of(format_find(values, n, "reason"), "?"),
            (long long)number_of(values, n, "count"));
    return true;
}

static bool on_drops(void *ctx, const struct value *values, size_t n)
{
    struct report *r = ctx;
    r->packets = number_of(values, n, "packets");
    r->drops = number_of(values, n, "drops");
    return true;
}

/* What the rates leave out stands beside them. */
static void put_coverage(const struct report *r)
{
    int64_t all = r->succeeded + r->failed + r->undetermined;
    int64_t bytes = r->bytes + r->gap_bytes;
    if (all > 0 && r->drops > 0 && r->packets > 0)
        (void)fprintf(r->out, "  dropped while watching   %7.2f %%  (%lld of %lld packets)\n",
                100.0 * (double)r->drops / (double)r->packets, (long long)r->drops,
                (long long)r->packets);
    if (all == 0 || bytes == 0)
        return;
    (void)fprintf(r->out, "  undetermined             %7.2f %%  (%lld of %lld)\n",
            100.0 * (double)r->undetermined / (double)all, (long long)r->undetermined,
            (long long)all);
    (void)fprintf(r->out, "  missing in the capture   %7.2f %%  (%lld of %lld bytes)\n",
            100.0 * (double)r->gap_bytes / (double)bytes, (long long)r->gap_bytes,
            (long long)bytes);
}

static void put_rate(const struct report *r)
{
    int64_t judged = r->succeeded + r->failed;
    int64_t seen = r->seen + r->seen_failed;
    if (judged > 0)
        (void)fprintf(r->out,
                "  success rate             %7.2f %%  (%lld of %lld; inferred ones included)\n",
                100.0 * (double)r->succeeded / (double)judged, (long long)r->succeeded,
                (long long)judged);
    if (seen < judged && seen > 0)
        (void)fprintf(r->out, "  strictly seen            %7.2f %%  (%lld of %lld)\n",
                100.0 * (double)r->seen / (double)seen, (long long)r->seen, (long long)seen);
    put_coverage(r);
}

static bool on_mix(void *ctx, const struct value *values, size_t n)
{
    struct report *r = ctx;
    if (r->shown++ >= MIX_SHOWN) {
        r->hidden++;
        return true;
    }
    (void)fprintf(r->out, "  %-45s %8lld\n", text_of(format_find(values, n, "name"), "?"),
            (long long)number_of(values, n, "count"));
    return true;
}

/* Microseconds as people read them. */
static void put_duration(FILE *out, const struct value *v)
{
    double us = (double)v->integer;
    if (us < 1000)
        (void)fprintf(out, "%8.0f us", us);
    else if (us < 1000000)
        (void)fprintf(out, "%8.2f ms", us / 1000);
    else
        (void)fprintf(out, "%8.2f s ", us / 1000000);
}

static bool on_time(void *ctx, const struct value *values, size_t n)
{
    struct report *r = ctx;
    if (r->shown++ == 0)
        (void)fprintf(r->out, "  %-24s %8s %11s %11s %11s\n", "ClientHello to Finished", "count",
                "median", "95 %", "99 %");
    (void)fprintf(r->out, "  %-24s %8lld ", text_of(format_find(values, n, "name"), "?"),
            (long long)number_of(values, n, "count"));
    put_duration(r->out, format_find(values, n, "median_us"));
    (void)fputc(' ', r->out);
    put_duration(r->out, format_find(values, n, "p95_us"));
    (void)fputc(' ', r->out);
    put_duration(r->out, format_find(values, n, "p99_us"));
    (void)fputc('\n', r->out);
    return true;
}

static void put_summary(FILE *out, const char *s)
{
    size_t n = strlen(s);
    if (n > SUMMARY_MOST) {
        n = SUMMARY_MOST;
        while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
            n--;
    }
    (void)fwrite(s, 1, n, out);
    (void)fputs(s[n] != '\0' ? "...\n" : "\n", out);
}

static bool on_finding(void *ctx, const struct value *values, size_t n)
{
    struct report *r = ctx;
    const char *severity = text_of(format_find(values, n, "severity"), "?");
    if (format_find(values, n, "muted")->kind == VALUE_TEXT) {
        r->muted++;
        return true;
    }
    if (r->shown >= FINDINGS_SHOWN) {
        r->hidden++;
        return true;
    }
    if (strcmp(severity, r->severity) != 0) {
        (void)snprintf(r->severity, sizeof r->severity, "%s", severity);
        (void)fprintf(r->out, "\n  %s%s%s\n", format_color(r->has_color, severity), severity,
                r->has_color ? "\033[0m" : "");
    }
    r->shown++;
    const struct value *service = format_find(values, n, "service");
    (void)fprintf(r->out, "  #%-4lld %-27s ", (long long)number_of(values, n, "id"),
            text_of(format_find(values, n, "defect"), "?"));
    if (service->kind == VALUE_TEXT)
        (void)fprintf(r->out, "%s:%lld", service->text, (long long)number_of(values, n, "port"));
    else
        (void)fputs("the capture", r->out);
    int64_t count = number_of(values, n, "count");
    if (count > 1)
        (void)fprintf(r->out, "  (%lld times)", (long long)count);
    const struct value *cause = format_find(values, n, "explained_by");
    const struct value *closed = format_find(values, n, "closed");
    if (cause->kind == VALUE_TEXT)
        (void)fprintf(r->out, "  because of %s", cause->text);
    if (closed->kind == VALUE_TEXT)
        (void)fprintf(r->out, "  over since %.19s", closed->text);
    (void)fputs("\n        ", r->out);
    put_summary(r->out, text_of(format_find(values, n, "summary"), ""));
    return true;
}

static bool part(struct report *r, struct store *s, enum report_part which, const char *heading,
        query_row_fn *fn, struct err *err)
{
    r->shown = r->hidden = 0;
    if (heading != NULL)
        (void)fprintf(r->out, "\n%s\n", heading);
    return query_report(s, which, fn, r, err);
}

/* With what the certificates were judged; nothing when there were none. */
static bool part_judged(struct report *r, struct store *s, struct err *err)
{
    if (r->certificates == 0)
        return true;
    r->shown = r->hidden = 0;
    if (!query_report(s, REPORT_STORES, on_store, r, err) ||
            !query_report(s, REPORT_JUDGED, on_judged, r, err))
        return false;
    r->shown = 0;
    if (!query_report(s, REPORT_CRLS, on_crl, r, err))
        return false;
    if (r->hidden > 0)
        (void)fprintf(r->out, "  %-14s and %zu more (table crl_problem)\n", "", r->hidden);
    return true;
}

static void put_more(const struct report *r, const char *command)
{
    if (r->hidden > 0)
        (void)fprintf(
                r->out, "  %zu more%s%s\n", r->hidden, command[0] != '\0' ? ": " : "", command);
}

bool report_unanalysed(struct store *s, FILE *out, struct err *err)
{
    struct report r = {.out = out};
    if (!part(&r, s, REPORT_UNANALYSED_SERVERS, NULL, on_unanalysed_server, err))
        return false;
    put_more(&r, "");
    return true;
}

static void put_hint(FILE *out, const char *db)
{
    struct text t = {0};
    text_add_word(&t, db);
    (void)fprintf(out, "\nMore on a finding, with its packets: tlswire show finding N --db %s\n",
            text_str(&t));
    text_fini(&t);
}

bool report_text(struct store *s, const char *db, FILE *out, bool has_color, struct err *err)
{
    struct report r = {.out = out, .has_color = has_color, .watcher = store_watcher(s)};
    (void)fprintf(out, "tlswire report on %s\n\n", db);
    if (!part(&r, s, REPORT_RUNS, NULL, on_run, err) ||
            !part(&r, s, REPORT_RELOADS, NULL, on_reloads, err) ||
            !part(&r, s, REPORT_TOTALS, NULL, on_totals, err) ||
            !part(&r, s, REPORT_UNANALYSED, NULL, on_unanalysed, err) || !part_judged(&r, s, err) ||
            !part(&r, s, REPORT_INPUTS, "Inputs", on_input, err))
        return false;
    put_more(&r, "");
    if (!part(&r, s, REPORT_OUTCOMES, "How the handshakes ended", on_outcome, err) ||
            !part(&r, s, REPORT_UNDETERMINED, NULL, on_reason, err) ||
            !part(&r, s, REPORT_LOSS, NULL, on_drops, err))
        return false;
    put_rate(&r);
    if (!report_loss(s, db, out, err))
        return false;
    if (!part(&r, s, REPORT_TIMES, "How long they took", on_time, err))
        return false;
    if (r.shown == 0)
        (void)fputs("  none was completed\n", out);
    if (!part(&r, s, REPORT_VERSIONS, "Versions", on_mix, err))
        return false;
    put_more(&r, "");
    if (!part(&r, s, REPORT_CIPHERS, "Cipher suites", on_mix, err))
        return false;
    put_more(&r, "");
    if (!part(&r, s, REPORT_FINDINGS, "Findings", on_finding, err))
        return false;
    if (r.shown == 0)
        (void)fputs("  none\n", out);
    put_more(&r, "tlswire findings");
    if (r.muted > 0)
        (void)fprintf(out, "  %zu muted: tlswire findings --muted\n", r.muted);
    if (r.shown > 0)
        put_hint(out, db);
    return true;
}
