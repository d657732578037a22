/* Handshakes that take long, and whose side it is. */
#include <string.h>

#include "history/clients.h"
#include "rules/window.h"

enum { BASELINE_LEAST = 200 };
#define MS ((int64_t)1000)
#define SERVER_BASELINE_US (5 * MS) /* less is no stall, however much more than before */

/* More than one in `of` is above the limit. */
static bool is_above(const struct spread *s, int64_t limit_us, uint64_t of)
{
    return spread_above(s, limit_us) * of > spread_count(s);
}

static double ms(const struct spread *s, double q)
{
    return (double)spread_quantile(s, q) / 1000;
}

/* Some minutes, or where they have too few attempts the hour, which may do with fewer. */
static bool window_of(const struct rule_facts *f, uint64_t least, struct busy_counts *c,
        const char **name, struct rule_answer *a, enum verdict *v)
{
    unsigned minutes = (unsigned)rule_threshold(f, THRESHOLD_SUCCESS_WINDOW_MINUTES);
    *name = "some minutes";
    if (window_minutes(f, minutes, window_least(f), c, a, v))
        return true;
    *name = "an hour";
    return *v != RULE_UNDETERMINED && window_hour(f, least, c, a, v);
}

static uint64_t stall_least(const struct rule_facts *f)
{
    uint64_t least = (uint64_t)rule_threshold(f, THRESHOLD_STALL_MIN);
    return least < window_least(f) ? least : window_least(f);
}

/* Evidence: what took longer than the limit. */
static void show(struct rule_answer *a, const struct busy_counts *c, const struct spread *s,
        int64_t limit_us, const char *what)
{
    char note[sizeof a->evidence[0].note];
    rule_fit(note, sizeof note, "%s %lld ms", what, (long long)(limit_us / MS));
    window_series(a, c, spread_above(s, limit_us), spread_count(s), note);
}

static enum verdict check_latency(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct busy_counts c;
    const char *window;
    int64_t limit = rule_threshold_us(f, THRESHOLD_LATENCY_P95_MS);
    if (!window_of(f, window_least(f), &c, &window, a, &v))
        return v;
    uint64_t n = spread_count(&c.latency);
    if (n < window_least(f))
        return RULE_NA;
    if (!is_above(&c.latency, limit, 20))
        return RULE_PASS;
    rule_subject(a, "-");
    rule_summary(a,
            "full handshakes take about %.0f ms at the 95th percentile beyond one round trip "
            "(median %.0f ms, %llu of them within %s); server about %.0f ms, client about %.0f "
            "ms",
            ms(&c.latency, 0.95), ms(&c.latency, 0.5), (unsigned long long)n, window,
            ms(&c.server_think, 0.95), ms(&c.client_think, 0.95));
    show(a, &c, &c.latency, limit, "full handshakes above");
    return RULE_HIT;
}

/* So many times as slow as in the seven days before. */
static bool is_slower(const struct rule_facts *f, const struct spread *now, int64_t *was_us)
{
    struct busy_counts before;
    int64_t median = spread_quantile(now, 0.5);
    if (median < SERVER_BASELINE_US ||
            !history_baseline(f->history, f->place, f->service, f->window_us, &before) ||
            spread_count(&before.server_think) < BASELINE_LEAST)
        return false;
    *was_us = spread_quantile(&before.server_think, 0.5);
    return (double)median > rule_threshold(f, THRESHOLD_STALL_BASELINE_FACTOR) * (double)*was_us;
}

/* The limit that is exceeded: that of the median, or with enough of them that of the 95th
 * percentile; 0 none. */
static int64_t limit_of(const struct rule_facts *f, const struct spread *s)
{
    int64_t median = rule_threshold_us(f, THRESHOLD_SERVER_STALL_MEDIAN_MS);
    int64_t p95 = rule_threshold_us(f, THRESHOLD_SERVER_STALL_P95_MS);
    if (is_above(s, median, 2))
        return median;
    return spread_count(s) >= window_least(f) && is_above(s, p95, 20) ? p95 : 0;
}

static enum verdict check_server(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct busy_counts c;
    int64_t was_us = -1;
    char before[64] = "";
    const char *window;
    if (!window_of(f, stall_least(f), &c, &window, a, &v))
        return v;
    const struct spread *s = &c.server_think;
    if (spread_count(s) < stall_least(f))
        return RULE_NA;
    int64_t limit = limit_of(f, s);
    if (limit == 0 && !is_slower(f, s, &was_us))
        return spread_count(s) < window_least(f) ? RULE_NA : RULE_PASS;
    if (was_us >= 0) {
        limit = (int64_t)(rule_threshold(f, THRESHOLD_STALL_BASELINE_FACTOR) * (double)was_us);
        rule_fit(
                before, sizeof before, "; %.1f ms in the seven days before", (double)was_us / 1000);
    }
    rule_subject(a, "-");
    rule_summary(a,
            "the server takes about %.0f ms in the median and %.0f ms at the 95th percentile to "
            "answer a ClientHello, round trip subtracted (%llu within %s)%s",
            ms(s, 0.5), ms(s, 0.95), (unsigned long long)spread_count(s), window, before);
    show(a, &c, s, limit, "answers that took more than");
    return RULE_HIT;
}

/* Who was slow last, and where else it was at that time. */
static void name_client(const struct rule_facts *f, char *out, size_t size)
{
    struct busy_stall stall;
    struct client_visit visits[CLIENT_VISITS];
    char client[ENDPOINT_TEXT], other[ENDPOINT_TEXT];
    struct address address = {{0}};
    out[0] = '\0';
    if (!history_stall(f->history, f->place, f->service, &stall))
        return;
    memcpy(address.ip, stall.client, sizeof address.ip);
    address_text(&address, client);
    const struct stay stay = {
            stall.client, stall.server, f->service->port, stall.from_us, stall.to_us};
    size_t n = history_visits(f->history, f->vantage, &stay, visits);
    if (n == 0) {
        rule_fit(out, size, "; no other TLS of %s is known meanwhile", client);
        return;
    }
    memcpy(address.ip, visits[0].server, sizeof address.ip);
    address_text(&address, other);
    rule_fit(out, size, "; meanwhile %s also talked TLS with %s port %u", client, other,
            visits[0].port);
}

static enum verdict check_client(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct busy_counts c;
    char who[160];
    const char *window;
    int64_t limit = rule_threshold_us(f, THRESHOLD_CLIENT_STALL_P95_MS);
    if (!window_of(f, stall_least(f), &c, &window, a, &v))
        return v;
    const struct spread *s = &c.client_think;
    bool is_few = spread_count(s) < window_least(f);
    if (spread_count(s) < stall_least(f))
        return RULE_NA;
    if (!is_above(s, limit, is_few ? 2 : 20))
        return is_few ? RULE_NA : RULE_PASS;
    name_client(f, who, sizeof who);
    rule_subject(a, "-");
    rule_summary(a,
            "clients take about %.0f ms at the 95th percentile to answer the server's flight, or "
            "to "
            "break off behind it, round trip subtracted (%llu within %s)%s",
            ms(s, 0.95), (unsigned long long)spread_count(s), window, who);
    show(a, &c, s, limit, "answers of clients that took more than");
    return RULE_HIT;
}

#define COVERAGE                                                                                   \
    "With more than 0.1 % of the bytes lost or more than 20 % of the attempts undetermined "       \
    "nothing is said. Handshakes whose round trips were not seen are left out. "

const struct rule rule_ops_latency_p95 = {
        .id = "ops-latency-p95",
        .codes = "M2 P13 U8 S4",
        .title = "Full handshakes of the service take long",
        .cite = "service level objective 100 ms",
        .what = "First byte of the ClientHello to the client's Finished less one round trip (both "
                "sides of the capture point): more than 5 % above 100 ms within five minutes, at "
                "least 50 of them, else within an hour.",
        .traps = COVERAGE "Resumed handshakes and those with HelloRetryRequest are not in it.",
        .remedy = "ops-server-stall and ops-client-stall say whose time it is.",
        .severity = SEV_MEDIUM,
        .on = RULE_WINDOW,
        .check = check_latency,
};

const struct rule rule_ops_server_stall = {
        .id = "ops-server-stall",
        .codes = "T6 P3 P5 P13 U8 S4",
        .title = "The server is slow to answer ClientHellos",
        .cite = "RFC 8446 2",
        .what = "Last byte of the ClientHello to the ServerHello less the server's round trip, at "
                "least 50 within five minutes, else within an hour: median above 50 ms, 95th "
                "percentile above 250 ms, or median above three times that of the seven days "
                "before (and above 5 ms). Of at least 20 within the hour, only the median.",
        .traps = COVERAGE "A proxy that connects to its backend first is slow on its behalf.",
        .unseen = "What the server waited for: load, a key in hardware, a directory. Only that it "
                  "owed the next message.",
        .remedy = "More capacity, ECDSA keys, resumption; look at what is behind a proxy.",
        .severity = SEV_MEDIUM,
        .on = RULE_WINDOW,
        .check = check_server,
};

const struct rule rule_ops_client_stall = {
        .id = "ops-client-stall",
        .codes = "F6 P3 U5 S3",
        .title = "Clients are slow to answer the server's flight",
        .cite = "RFC 8446 2",
        .what = "End of the server's flight to the client's answer less the client's round trip, "
                "at least 50 within five minutes, else within an hour: 95th percentile above 500 "
                "ms; of at least 20 within the hour, the median. The latest such client is named, "
                "and other TLS that it did meanwhile.",
        .traps = COVERAGE
        "Users that are asked for a certificate take their time. Look-ups of OCSP, "
        "CRLs and names in clear are not read.",
        .unseen = "What the client waited for, unless it can be seen beside it (OCSP, DNS).",
        .remedy = "Remove revocation checks that block, or staple; look at the named client.",
        .severity = SEV_MEDIUM,
        .on = RULE_WINDOW,
        .check = check_client,
};
