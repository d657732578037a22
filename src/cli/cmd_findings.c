#include "cli/options.h"

static const struct column COLUMNS[] = {{"id", "ID", true, 0, 0},
        {"severity", "SEVERITY", false, 0, 0}, {"defect", "DEFECT", false, 0, 0},
        {"service", "SERVICE", false, 40, 0}, {"count", "COUNT", true, 0, 0},
        {"state", "STATE", false, 0, 0}, {"muted", "MUTED", false, 0, 0},
        {"last_seen", "LAST SEEN", false, -19, 0}, {"summary", "WHAT", false, 0, 0},
        {NULL, NULL, false, 0, 0}};

static int run(int argc, char **argv)
{
    return options_run_list(&command_findings, argc, argv, LIST_FINDINGS, COLUMNS);
}

const struct command command_findings = {
        .name = "findings",
        .synopsis = "[options]",
        .summary = "list the findings, most severe first",
        .help = LIST_HELP
        "                     keys: severity, defect, service, count, first-seen, "
        "last-seen, id\n"
        "  --state STATE      open, or closed: what was not found any more\n"
        "  --muted            also what the policy accepts (json, jsonl and csv always have it)\n",
        .run = run,
};
