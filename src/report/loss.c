#include "report/loss.h"

#include "base/text.h"
#include "report/format.h"
#include "store/query.h"

struct target {
    FILE *out;
    const char *db;
};

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
    (void)fprintf(out, "%.2f %% of %lld packet%s",
            packets > 0 ? 100.0 * (double)number_of(values, n, "drops") / (double)packets : 0.0,
            (long long)packets, format_s((uint64_t)packets));
    for (size_t i = 0; i < sizeof CAUSES / sizeof *CAUSES; i++) {
        int64_t dropped = number_of(values, n, CAUSES[i].name);
        if (dropped == 0)
            continue;
        (void)fprintf(out, "%s%lld %s", before, (long long)dropped, CAUSES[i].where);
        before = ", ";
    }
    (void)fputc('\n', out);
}

struct loss {
    const char *name, *noun, *rest; /* "3 " noun "s" rest */
};

static void put_number(FILE *out, int64_t count, const char *noun, const char *rest)
{
    (void)fprintf(out, "%lld %s%s%s", (long long)count, noun, format_s((uint64_t)count), rest);
}

/* A line of counts, those that are not 0; nothing when all are. */
static void put_counts(FILE *out, const char *heading, const struct loss *losses, size_t n_losses,
        const struct value *values, size_t n)
{
    bool is_begun = false;
    for (size_t i = 0; i < n_losses; i++) {
        int64_t count = number_of(values, n, losses[i].name);
        if (count == 0)
            continue;
        if (is_begun)
            (void)fputs(", ", out);
        else
            put_heading(out, heading);
        put_number(out, count, losses[i].noun, losses[i].rest);
        is_begun = true;
    }
    if (is_begun)
        (void)fputc('\n', out);
}

static void put_minutes(FILE *out, int64_t some, int64_t all)
{
    (void)fprintf(out, "in %lld of ", (long long)some);
    put_number(out, all, "minute", ", ");
}

static bool on_loss(void *ctx, const struct value *values, size_t n)
{
    static const struct loss CAPS[] = {{"flows", "connection", " pushed out"},
            {"syns", "connection", " without an answer"}, {"buffers", "direction", " cut"},
            {"fragments", "fragment", " dropped"},
            {"truncated", "packet", " cut by the snap length"}, {"capped", "handshake", " cut"},
            {"unverified", "handshake", " not verified"}};
    static const struct loss STORE[] = {{"rows", "handshake", ""}, {"updates", "update", ""},
            {"ends", "end", " of connections"}, {"certificates", "certificate", ""},
            {"nameless", "name list", " of certificates"}};
    FILE *out = ctx;
    int64_t minutes = number_of(values, n, "minutes");
    (void)fputs("\nLost while watching\n", out);
    if (number_of(values, n, "drops") > 0) {
        put_heading(out, "packets dropped");
        put_minutes(out, number_of(values, n, "minutes_with_drops"), minutes);
        put_drops(out, values, n);
    }
    if (number_of(values, n, "gap_bytes") > 0) {
        put_heading(out, "gaps in connections");
        put_minutes(out, number_of(values, n, "minutes_with_gaps"), minutes);
        put_number(out, number_of(values, n, "gap_bytes"), "byte", " in ");
        put_number(out, number_of(values, n, "gaps"), "gap", "\n");
    }
    put_counts(out, "by caps", CAPS, sizeof CAPS / sizeof *CAPS, values, n);
    put_counts(out, "not stored", STORE, sizeof STORE / sizeof *STORE, values, n);
    return true;
}

static bool on_worst(void *ctx, const struct value *values, size_t n)
{
    const struct target *t = ctx;
    FILE *out = t->out;
    struct text hint = {0};
    const struct value *at = format_find(values, n, "minute");
    put_heading(out, "worst minute");
    (void)fprintf(out, "%.10s %.5s UTC, ", at->text, at->text + 11);
    put_drops(out, values, n);
    text_add(&hint, "  by minute: tlswire metrics --capture --step 1m --db ");
    text_add_word(&hint, t->db);
    (void)fprintf(out, "%s\n", text_str(&hint));
    text_fini(&hint);
    return true;
}

bool report_loss(struct store *s, const char *db, FILE *out, struct err *err)
{
    struct target t = {out, db};
    return query_report(s, REPORT_LOSS, on_loss, out, err) &&
           query_report(s, REPORT_LOSS_WORST, on_worst, &t, err);
}
