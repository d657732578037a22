#include "cli/options.h"

static const struct column COLUMNS[] = {{"at", "TIME", false, -19, 0},
        {"service", "SERVICE", false, 32, 0}, {"event", "EVENT", false, 0, 0},
        {"severity", "SEVERITY", false, 0, 0}, {"defect", "DEFECT", false, 0, 0},
        {"count", "COUNT", true, 0, 0}, {"of", "OF", true, 0, 0},
        {"clients", "CLIENTS", true, 0, 0}, {"what", "WHAT", false, 0, 0},
        {NULL, NULL, false, 0, 0}};

static int run(int argc, char **argv)
{
    return options_run_list(&command_timeline, argc, argv, LIST_TIMELINE, COLUMNS);
}

const struct command command_timeline = {
        .name = "timeline",
        .synopsis = "[options]",
        .summary = "tell what happened when: failures, findings, changes",
        .help = "  --db FILE          database to read (default tlswire.db)\n"
                "  --format FORMAT    table, json, jsonl or csv (default table)\n"
                "  --since TIME       from TIME on (RFC 3339, date, or seconds since 1970)\n"
                "  --until TIME       before TIME\n"
                "  --service NAME     service name or NAME:PORT; * stands for anything\n"
                "  --severity LEVEL   findings of at least info, low, medium, high, critical\n"
                "  --defect ID        only findings of this defect; * stands for anything\n"
                "  --limit N          at most N rows\n"
                "  --sort KEY         time, service or event; -KEY from the last\n"
                "  Events: failing, recovered (the first and last failed attempt of a time in "
                "which "
                "at least\n"
                "  one in twenty failed), still-failing (it is not over at the end), opened, "
                "reopened, closed,\n"
                "  superseded (findings), certificate (a service serves another one), choice (the "
                "same offer\n"
                "  is answered in another way).\n",
        .run = run,
};
