#include "cli/read_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/now.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/judge_options.h"
#include "cli/run_common.h"

enum {
    OPT_NEW = 256,
    OPT_AGAIN,
    OPT_NO_HASH,
    OPT_AT,
    OPT_THREADS,
    OPT_ONE_VANTAGE,
    OPT_SEPARATE,
    OPT_KEY_VLAN,
    OPT_FAIL_ON,
    OPT_EVIDENCE,
    OPT_EVIDENCE_SIZE
};

static const struct option LONG[] = {JUDGE_LONG, {"new", no_argument, NULL, OPT_NEW},
        {"again", no_argument, NULL, OPT_AGAIN}, {"recursive", no_argument, NULL, 'r'},
        {"filter", required_argument, NULL, 'f'}, {"filter-file", required_argument, NULL, 'F'},
        {"count", required_argument, NULL, 'c'}, {"no-hash", no_argument, NULL, OPT_NO_HASH},
        {"at", required_argument, NULL, OPT_AT}, {"threads", required_argument, NULL, OPT_THREADS},
        {"one-vantage", no_argument, NULL, OPT_ONE_VANTAGE},
        {"separate", no_argument, NULL, OPT_SEPARATE},
        {"key-vlan", no_argument, NULL, OPT_KEY_VLAN},
        {"evidence", required_argument, NULL, OPT_EVIDENCE},
        {"evidence-size", required_argument, NULL, OPT_EVIDENCE_SIZE},
        {"fail-on", required_argument, NULL, OPT_FAIL_ON}, {"quiet", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};

static int parse_number(const char *option, int64_t most, int64_t *out)
{
    char *end = NULL;
    errno = 0;
    long long n = strtoll(optarg, &end, 10);
    if (errno != 0 || end == optarg || *end != '\0' || n < 1 || n > most)
        return command_usage(&command_read, "%s %s: not a number from 1 to %lld", option, optarg,
                (long long)most);
    *out = n;
    return EXIT_FINE;
}

static int parse_at(struct run_options *run)
{
    run->has_at = true;
    if (strcmp(optarg, "now") == 0) {
        run->at_us = now_of(CLOCK_REALTIME);
        return EXIT_FINE;
    }
    if (text_parse_time(optarg, &run->at_us))
        return EXIT_FINE;
    return command_usage(&command_read,
            "--at %s: not a time: use now, 2026-01-31, 2026-01-31T12:00:00Z or seconds", optarg);
}

static int parse_fail_on(struct read_options *o)
{
    o->has_fail_on = severity_parse(optarg, &o->fail_on);
    if (o->has_fail_on)
        return EXIT_FINE;
    return command_usage(
            &command_read, "--fail-on %s: use info, low, medium, high or critical", optarg);
}

static int parse_one(int option, struct read_options *o)
{
    int64_t n = 0;
    int status = judge_options_take(&command_read, option, &o->run, &o->judge);
    if (status >= 0)
        return status;
    status = EXIT_FINE;
    switch (option) {
    case OPT_NEW:
        o->run.is_new = true;
        break;
    case OPT_AGAIN:
        o->run.is_again = true;
        break;
    case 'r':
        o->is_recursive = true;
        break;
    case 'q':
        o->is_quiet = true;
        break;
    case 'f':
        o->run.filter = optarg;
        break;
    case 'F':
        o->filter_file = optarg;
        break;
    case OPT_NO_HASH:
        o->run.has_hash = false;
        break;
    case OPT_ONE_VANTAGE:
        o->run.vantages = VANTAGES_ONE;
        break;
    case OPT_SEPARATE:
        o->run.vantages = VANTAGES_SEPARATE;
        break;
    case OPT_KEY_VLAN:
        o->run.is_vlan_key = true;
        break;
    case OPT_AT:
        return parse_at(&o->run);
    case OPT_FAIL_ON:
        return parse_fail_on(o);
    case OPT_EVIDENCE:
        o->run.evidence = optarg;
        break;
    case OPT_EVIDENCE_SIZE:
        return parse_size(&command_read, "--evidence-size", optarg, &o->run.evidence_size);
    case 'c':
        status = parse_number("-c", INT64_MAX, &n);
        o->run.max_packets = (uint64_t)n;
        break;
    case OPT_THREADS:
        status = parse_number("--threads", 64, &n);
        o->run.n_workers = (unsigned)n;
        break;
    default:
        return command_usage(&command_read, "unknown option");
    }
    return status;
}

static unsigned default_workers(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n <= 2 ? 1 : n > 5 ? 4 : (unsigned)n - 1;
}

int read_options_parse(int argc, char **argv, struct read_options *out)
{
    int option;
    *out = (struct read_options){.run.db = "tlswire.db",
            .run.has_hash = true,
            .run.n_workers = default_workers(),
            .run.started_us = now_of(CLOCK_REALTIME)};
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":rqf:F:c:h", LONG, NULL)) != -1) {
        if (option == ':')
            return command_usage(&command_read, "%s: needs a value", argv[optind - 1]);
        if (option == '?')
            return command_usage(&command_read, "%s: unknown option", argv[optind - 1]);
        int status = parse_one(option, out);
        if (status != EXIT_FINE)
            return status;
    }
    out->first = optind;
    if (out->run.filter != NULL && out->filter_file != NULL)
        return command_usage(&command_read, "-f and -F: use one of them");
    if (optind >= argc)
        return command_usage(&command_read, "no input: name capture files, directories, or - for "
                                            "standard input");
    return evidence_settle(&command_read, &out->run);
}
