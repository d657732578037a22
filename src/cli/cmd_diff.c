#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/options.h"
#include "report/diff.h"

enum { SCREEN = 40 }; /* lines of a table unless --limit says */

/* FROM..TO; either may be left out. */
static bool parse_range(const char *text, struct list_filter *f)
{
    char from[64];
    const char *dots = strstr(text, "..");
    if (dots == NULL || (size_t)(dots - text) >= sizeof from)
        return false;
    const char *to = dots + strlen("..");
    (void)snprintf(from, sizeof from, "%.*s", (int)(dots - text), text);
    if (from[0] != '\0' && !text_parse_time(from, &f->since_us))
        return false;
    return *to == '\0' || text_parse_time(to, &f->until_us);
}

static int open_source(const char *what, const struct list_options *o, struct diff_source *s)
{
    struct err err;
    *s = (struct diff_source){.name = what, .filter = o->filter};
    bool is_file = access(what, F_OK) == 0;
    if (!is_file && !parse_range(what, &s->filter))
        return command_usage(&command_diff,
                "%s: neither a database nor a span of time FROM..TO, such as "
                "2026-01-31T12:00:00Z..2026-02-01",
                what);
    if (!store_open(is_file ? what : o->db, STORE_READ, &s->store, &err))
        return options_fail(&command_diff, &err, EXIT_STORE);
    return EXIT_FINE;
}

static int compare(const struct diff_source sources[2], const struct list_options *o)
{
    struct diff_result r;
    struct err err;
    int64_t limit = o->filter.limit;
    if (limit == 0 && !o->wants_all && o->format == FORMAT_TABLE)
        limit = SCREEN;
    if (!diff_print(sources, o->format, o->wants_all, limit, stdout, &r, &err))
        return options_fail(&command_diff, &err, EXIT_STORE);
    if (fflush(stdout) != 0)
        return EXIT_USAGE;
    return o->has_exit_code && r.is_worse ? EXIT_POLICY : EXIT_FINE;
}

static int run(int argc, char **argv)
{
    struct list_options o;
    struct diff_source sources[2] = {{0}};
    int first = 0;
    int status = options_list(&command_diff, argc, argv, LIST_SERVICES, &o, &first);
    if (status != EXIT_FINE)
        return status;
    if (argc - first != 2)
        return command_usage(&command_diff, "name two: databases, or spans of time FROM..TO");
    for (int i = 0; i < 2 && status == EXIT_FINE; i++)
        status = open_source(argv[first + i], &o, &sources[i]);
    if (status == EXIT_FINE)
        status = compare(sources, &o);
    options_close(sources[0].store);
    options_close(sources[1].store);
    return status;
}

const struct command command_diff = {
        .name = "diff",
        .synopsis = "[options] A B",
        .summary = "tell what changed from A to B: two databases, or two spans of time",
        .help = "  A, B               a file that exists is a database; else FROM..TO, a span of "
                "time in the\n"
                "                     database of --db, in RFC 3339, dates or seconds since 1970 "
                "(FROM belongs\n"
                "                     to it, TO does not; either may be left out)\n"
                "  --db FILE          database of spans of time (default tlswire.db)\n"
                "  --service NAME     service name or NAME:PORT; * stands for anything\n"
                "  --all              all that was compared, not only what differs\n"
                "  --format FORMAT    table, json, jsonl or csv (default table)\n"
                "  --limit N          at most N lines (default for a table without --all: 40)\n"
                "  --exit-code        exit with 3 when success fell, or there is a new finding of "
                "high or\n"
                "                     critical\n"
                "  A share or a time differs when chance alone does so less than once in 1,000 "
                "times (exact\n"
                "  test) and it is no trifle; of fewer than 20 on a side it is \"too few to "
                "tell\".\n",
        .run = run,
};
