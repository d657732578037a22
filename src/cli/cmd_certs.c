#include "cli/options.h"

static const struct column COLUMNS[] = {{"not_after", "NOT AFTER", false, -10},
        {"days_left", "DAYS", true, 0}, {"key_type", "KEY", false, 0},
        {"key_bits", "BITS", true, 0}, {"subject", "SUBJECT", false, 48},
        {"issuer", "ISSUER", false, 40}, {"sha256", "SHA-256", false, -16},
        {"services", "SERVICES", false, 0}, {NULL, NULL, false, 0}};

static int run(int argc, char **argv)
{
    return options_run_list(&command_certs, argc, argv, LIST_CERTS, COLUMNS);
}

const struct command command_certs = {
        .name = "certs",
        .synopsis = "[options]",
        .summary = "list the certificates, those that expire first on top",
        .help = LIST_HELP
        "                     keys: not-after, subject, issuer, first-seen, last-seen\n",
        .run = run,
};
