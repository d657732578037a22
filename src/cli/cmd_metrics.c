#include "cli/options.h"
#include "store/capture.h"
#include "store/metric.h"

static const struct column COLUMNS[] = {{"start", "START", false, -16, 0},
        {"service", "SERVICE", false, 40, 0}, {"port", "PORT", true, 0, 0},
        {"region", "REGION", false, 0, 0}, {"attempts", "ATTEMPTS", true, 0, 0},
        {"failed", "FAILED", true, 0, 0}, {"success_rate", "SUCCESS", true, 0, 0},
        {"success_rate_seen", "STRICT", true, 0, 0}, {"full_p50_us", "FULL P50", true, 0, 0},
        {"full_p95_us", "P95", true, 0, 0}, {"full_p99_us", "P99", true, 0, 0},
        {"server_think_p95_us", "SERVER", true, 0, 0},
        {"client_think_p95_us", "CLIENT", true, 0, 0}, {"expiry_days", "DAYS", true, 0, 0},
        {"mtls_failure_rate", "MTLS", true, 0, 0}, {"stapling_rate", "STAPLED", true, 0, 0},
        {"fallback_rate", "FALLBACK", true, 0, 0}, {"key_problems", "KEY", true, 0, 0},
        {"name_mismatch_rate", "NAME", true, 0, 0}, {"resumption_rate", "RESUMED", true, 0, 0},
        {"undetermined_rate", "UNDETERMINED", true, 0, 0}, {"loss_rate", "LOSS", true, 0, 0},
        {"capture_drop_rate", "DROPPED", true, 0, 0}, {NULL, NULL, false, 0, 0}};

static const struct column CAPTURE_COLUMNS[] = {{"start", "START", false, -16, 0},
        {"minutes", "MINUTES", true, 0, 0}, {"received", "RECEIVED", true, 0, 0},
        {"analysed", "ANALYSED", true, 0, 0}, {"skipped", "SKIPPED", true, 0, 0},
        {"kernel_drops", "KERNEL", true, 0, 0}, {"interface_drops", "INTERFACE", true, 0, 0},
        {"own_drops", "OWN", true, 0, 0}, {"drop_rate", "DROPPED", true, 0, 0},
        {"gap_bytes", "GAP BYTES", true, 0, 0}, {"evicted_flows", "EVICTED", true, 0, 0},
        {"handshakes_not_verified", "UNVERIFIED", true, 0, 0},
        {"rows_lost", "ROWS LOST", true, 0, 0}, {NULL, NULL, false, 0, 0}};

static int run(int argc, char **argv)
{
    struct list_options o;
    struct store *store = NULL;
    struct printer p;
    struct err err;
    int first = 0;
    int status = options_list(&command_metrics, argc, argv, LIST_SERVICES, &o, &first);
    if (status != EXIT_FINE)
        return status;
    if (first < argc)
        return command_usage(&command_metrics, "%s: takes no such argument", argv[first]);
    if (o.wants_capture && (o.filter.service != NULL || o.filter.region != NULL))
        return command_usage(
                &command_metrics, "--capture is not by service: leave out --service and --region");
    if (!store_open(o.db, STORE_READ, &store, &err))
        return options_fail(&command_metrics, &err, EXIT_STORE);
    struct column shown[COLUMNS_MOST];
    options_columns(shown, o.wants_capture ? CAPTURE_COLUMNS : COLUMNS,
            o.filter.region == NULL ? "region" : NULL);
    printer_init(&p, stdout, o.format, shown);
    bool is_ok = (o.wants_capture ? query_capture : query_metrics)(
            store, o.step_us, &o.filter, printer_row, &p, &err);
    uint64_t n = p.n_rows;
    bool is_written = printer_end(&p);
    options_close(store);
    if (!is_ok)
        return options_fail(&command_metrics, &err, EXIT_STORE);
    options_nothing(&o, n);
    return is_written ? EXIT_FINE : EXIT_USAGE;
}

const struct command command_metrics = {
        .name = "metrics",
        .synopsis = "[options]",
        .summary = "success, latency and other metrics of services over time",
        .help = "  --db FILE          database to read (default tlswire.db)\n"
                "  --format FORMAT    text, json, jsonl or csv (default text)\n"
                "  --step STEP        1m, 5m, 1h or 1d per row (default 1h)\n"
                "  --since TIME       from the minute of TIME on (RFC 3339, date, or seconds since "
                "1970)\n"
                "  --until TIME       minutes that began before TIME\n"
                "  --service NAME     service name or NAME:PORT; * stands for anything\n"
                "  --region NAME      a row for each region that a policy names; * stands for "
                "anything\n"
                "  --capture          what `watch` took in and lost instead, by cause\n"
                "  --limit N          at most N rows\n",
        .run = run,
};
