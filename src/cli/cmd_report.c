#include <stdlib.h>
#include <unistd.h>

#include "cli/options.h"
#include "report/report.h"

static int run(int argc, char **argv)
{
    struct list_options o;
    struct store *store = NULL;
    struct err err;
    int first = 0;
    int status = options_list(&command_report, argc, argv, LIST_FINDINGS, &o, &first);
    if (status != EXIT_FINE)
        return status;
    if (first < argc)
        return command_usage(&command_report, "%s: takes no such argument", argv[first]);
    if (!store_open(o.db, STORE_READ, &store, &err))
        return options_fail(&command_report, &err, EXIT_STORE);
    const char *no_color = getenv("NO_COLOR");
    bool has_color = isatty(STDOUT_FILENO) == 1 && (no_color == NULL || no_color[0] == '\0');
    bool is_ok = report_text(store, o.db, stdout, has_color, &err);
    options_close(store);
    if (!is_ok)
        return options_fail(&command_report, &err, EXIT_STORE);
    return fflush(stdout) == 0 ? EXIT_FINE : EXIT_USAGE;
}

const struct command command_report = {
        .name = "report",
        .synopsis = "[--db FILE]",
        .summary = "print a report on everything in the database",
        .help = "  --db FILE          database to read (default tlswire.db)\n",
        .run = run,
};
