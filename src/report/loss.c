#include "report/loss.h"

#include "report/format.h"
#include "store/query.h"

static int64_t number_of(const struct value *values, size_t n, const char *name)
{
    return format_find(values, n, name)->integer;
}

static void put_heading(FILE *out, const char *what)
{
    (void)fprintf(out, "  %-24s ", what);
}

/* "1.20 % of 500 packets: 4 by the kernel, 2 by the interface"; what is 0 is left out. */
static void put_drops(FILE *out, const struct value *values, size_t n)
{
    static const struct {
        const char *name, *where;
    } CAUSES[] = {
            {"kernel", "by the kernel"}, {"interface", "by the interface"}, {"own", "by tlswire"}};
    int64_t packets = number_of(values, n, "packets");
    const char *before = ": ";
    (void)fprintf(out, "%.2f %% of %lld packets",
            packets > 0 ? 100.0 * (double)number_of(values, n, "drops") / (double)packets : 0.0,
            (long long)packets);
    for (size_t i = 0; i < sizeof CAUSES / sizeof *CAUSES; i++) {
        int64_t dropped = number_of(values, n, CAUSES[i].name);
        if (dropped == 0)
            continue;
        (void)fprintf(out, "%s%lld %s", before, (long long)dropped, CAUSES[i].where);
        before = ", ";
    }
    (void)fputc('\n', out);
}

/* A line of counts, those that are not 0; nothing when all are. */
static void put_counts(FILE *out, const char *heading, const char *const names[][2], size_t n_names,
        const struct value *values, size_t n)
{
    bool is_begun = false;
    for (size_t i = 0; i < n_names; i++) {
        int64_t count = number_of(values, n, names[i][0]);
        if (count == 0)
            continue;
        if (is_begun)
            (void)fputs(", ", out);
        else
            put_heading(out, heading);
        (void)fprintf(out, "%lld %s", (long long)count, names[i][1]);
        is_begun = true;
    }
    if (is_begun)
        (void)fputc('\n', out);
}

static bool on_loss(void *ctx, const struct value *values, size_t n)
{
    static const char *const CAPS[][2] = {{"flows", "connections pushed out"},
            {"syns", "without an answer"}, {"buffers", "directions cut"},
            {"fragments", "fragments dropped"}, {"unverified", "handshakes not verified"}};
    static const char *const STORE[][2] = {
            {"rows", "handshakes"}, {"updates", "updates"}, {"ends", "ends of connections"}};
    FILE *out = ctx;
    int64_t minutes = number_of(values, n, "minutes");
    (void)fputs("\nLost while watching\n", out);
    if (number_of(values, n, "drops") > 0) {
        put_heading(out, "packets dropped");
        (void)fprintf(out, "in %lld of %lld minutes, ",
                (long long)number_of(values, n, "minutes_with_drops"), (long long)minutes);
        put_drops(out, values, n);
    }
    if (number_of(values, n, "gap_bytes") > 0) {
        put_heading(out, "gaps in connections");
        (void)fprintf(out, "in %lld of %lld minutes, %lld bytes in %lld gaps\n",
                (long long)number_of(values, n, "minutes_with_gaps"), (long long)minutes,
                (long long)number_of(values, n, "gap_bytes"),
                (long long)number_of(values, n, "gaps"));
    }
    put_counts(out, "by caps", CAPS, sizeof CAPS / sizeof *CAPS, values, n);
    put_counts(out, "not stored", STORE, sizeof STORE / sizeof *STORE, values, n);
    return true;
}

static bool on_worst(void *ctx, const struct value *values, size_t n)
{
    FILE *out = ctx;
    const struct value *at = format_find(values, n, "minute");
    put_heading(out, "worst minute");
    (void)fprintf(out, "%.10s %.5s UTC, ", at->text, at->text + 11);
    put_drops(out, values, n);
    (void)fputs("  by minute: tlswire metrics --capture --step 1m\n", out);
    return true;
}

bool report_loss(struct store *s, FILE *out, struct err *err)
{
    return query_report(s, REPORT_LOSS, on_loss, out, err) &&
           query_report(s, REPORT_LOSS_WORST, on_worst, out, err);
}
