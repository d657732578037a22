#include "cli/options.h"

static const struct column COLUMNS[] = {{"name", "SERVICE", false, 48, 0},
        {"port", "PORT", true, 0, 0}, {"handshakes", "HANDSHAKES", true, 0, 0},
        {"succeeded", "OK", true, 0, 0}, {"failed", "FAILED", true, 0, 0},
        {"undetermined", "UNDETERMINED", true, 0, 0}, {"success_rate", "SUCCESS", true, 0, 0},
        {"success_rate_seen", "STRICT", true, 0, 0}, {"full_p50_us", "P50", true, 0, 0},
        {"full_p95_us", "P95", true, 0, 0}, {"full_p99_us", "P99", true, 0, 0},
        {"loss_rate", "LOSS", true, 0, 0}, {"worst_finding", "WORST", false, 0, 0},
        {"versions", "VERSIONS", false, 0, 0}, {NULL, NULL, false, 0, 0}};

static int run(int argc, char **argv)
{
    return options_run_list(&command_services, argc, argv, LIST_SERVICES, COLUMNS);
}

const struct command command_services = {
        .name = "services",
        .synopsis = "[options]",
        .summary = "list the services with their handshakes and worst finding",
        .help = LIST_HELP "                     keys: name, handshakes, failed, first-seen, "
                          "last-seen\n"
                          "  json, jsonl and csv also have servers of QUIC and DTLS alone, without "
                          "handshakes.\n",
        .run = run,
};
