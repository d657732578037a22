#include "cli/read_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/command.h"

enum {
    OPT_DB = 256,
    OPT_NEW,
    OPT_AGAIN,
    OPT_NO_HASH,
    OPT_AT,
    OPT_TRUST,
    OPT_INTERMEDIATES,
    OPT_VERIFY,
    OPT_CRL,
    OPT_OCSP,
    OPT_CT_LOGS,
    OPT_BLOCKLIST,
    OPT_APP_LABEL,
    OPT_THREADS,
    OPT_ONE_VANTAGE,
    OPT_SEPARATE,
    OPT_FAIL_ON,
    OPT_EVIDENCE,
    OPT_EVIDENCE_SIZE,
    OPT_POLICY,
    OPT_PROFILE,
    OPT_INVENTORY
};

static const struct option LONG[] = {{"db", required_argument, NULL, OPT_DB},
        {"new", no_argument, NULL, OPT_NEW}, {"again", no_argument, NULL, OPT_AGAIN},
        {"recursive", no_argument, NULL, 'r'}, {"filter", required_argument, NULL, 'f'},
        {"filter-file", required_argument, NULL, 'F'}, {"count", required_argument, NULL, 'c'},
        {"no-hash", no_argument, NULL, OPT_NO_HASH}, {"at", required_argument, NULL, OPT_AT},
        {"trust", required_argument, NULL, OPT_TRUST},
        {"intermediates", required_argument, NULL, OPT_INTERMEDIATES},
        {"verify", required_argument, NULL, OPT_VERIFY}, {"crl", required_argument, NULL, OPT_CRL},
        {"ocsp", required_argument, NULL, OPT_OCSP},
        {"ct-logs", required_argument, NULL, OPT_CT_LOGS},
        {"blocklist", required_argument, NULL, OPT_BLOCKLIST},
        {"app-label", required_argument, NULL, OPT_APP_LABEL},
        {"threads", required_argument, NULL, OPT_THREADS},
        {"one-vantage", no_argument, NULL, OPT_ONE_VANTAGE},
        {"separate", no_argument, NULL, OPT_SEPARATE},
        {"evidence", required_argument, NULL, OPT_EVIDENCE},
        {"evidence-size", required_argument, NULL, OPT_EVIDENCE_SIZE},
        {"policy", required_argument, NULL, OPT_POLICY},
        {"profile", required_argument, NULL, OPT_PROFILE},
        {"inventory", required_argument, NULL, OPT_INVENTORY},
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

/* Wall clock, for --at now and for the record of the run only. */
static int64_t wall_clock_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int parse_at(struct run_options *run)
{
    run->has_at = true;
    if (strcmp(optarg, "now") == 0) {
        run->at_us = wall_clock_us();
        return EXIT_FINE;
    }
    if (text_parse_time(optarg, &run->at_us))
        return EXIT_FINE;
    return command_usage(&command_read,
            "--at %s: not a time: use now, 2026-01-31, 2026-01-31T12:00:00Z or seconds", optarg);
}

/* Files are checked here, so that a slip is told at once; what they hold is told by the run. */
static int parse_file(const char *option, const char *path, struct file_list *list)
{
    struct stat st;
    if (stat(path, &st) != 0 || access(path, R_OK) != 0)
        return command_usage(&command_read, "%s %s: %s: name a readable file or directory", option,
                optarg, strerror(errno));
    if (!file_list_add(list, optarg))
        return command_usage(&command_read, "%s: at most %d of them", option, VERIFY_FILES);
    return EXIT_FINE;
}

static int parse_verify(struct verify_options *v)
{
    static const char *const NAMES[] = {"first", "all", "off"};
    for (int i = 0; i < 3; i++)
        if (strcmp(optarg, NAMES[i]) == 0) {
            v->level = (enum verify_level)i;
            return EXIT_FINE;
        }
    return command_usage(&command_read, "--verify %s: use first, all or off", optarg);
}

/* [NAME=]PATH; a name may say before a colon that the store is public. */
static int parse_trust(struct verify_options *v)
{
    static const char PUBLIC[] = "public:";
    const char *path = strchr(optarg, '=');
    const char *name =
            strncmp(optarg, PUBLIC, sizeof PUBLIC - 1) == 0 ? optarg + sizeof PUBLIC - 1 : optarg;
    if (path != NULL && name >= path)
        return command_usage(&command_read, "--trust %s: the name before = is empty%s", optarg,
                name > optarg ? ": use public:NAME=" : "");
    return parse_file("--trust", path != NULL ? path + 1 : optarg, &v->trust);
}

/* What certificates, revocation and signatures are judged with; -1: another option. */
static int parse_judgement(int option, struct verify_options *v)
{
    switch (option) {
    case OPT_TRUST:
        return parse_trust(v);
    case OPT_INTERMEDIATES:
        return parse_file("--intermediates", optarg, &v->intermediates);
    case OPT_VERIFY:
        return parse_verify(v);
    case OPT_CRL:
        return parse_file("--crl", optarg, &v->crls);
    case OPT_OCSP:
        return parse_file("--ocsp", optarg, &v->ocsp);
    case OPT_CT_LOGS:
        if (v->ct_logs.n > 0)
            return command_usage(&command_read, "--ct-logs: only one list is used");
        return parse_file("--ct-logs", optarg, &v->ct_logs);
    case OPT_BLOCKLIST:
        return parse_file("--blocklist", optarg, &v->blocklists);
    default:
        return -1;
    }
}

static int parse_label(struct run_options *run)
{
    static const char *const NAMES[] = {"sni", "full", "off"};
    for (int i = 0; i < 3; i++)
        if (strcmp(optarg, NAMES[i]) == 0) {
            run->app_label = (enum app_label)i;
            return EXIT_FINE;
        }
    return command_usage(&command_read, "--app-label %s: use sni, full or off", optarg);
}

static int parse_fail_on(struct read_options *o)
{
    o->has_fail_on = severity_parse(optarg, &o->fail_on);
    if (o->has_fail_on)
        return EXIT_FINE;
    return command_usage(
            &command_read, "--fail-on %s: use info, low, medium, high or critical", optarg);
}

/* Bytes, or with a letter behind them KiB, MiB or GiB. */
static int parse_size(struct run_options *run)
{
    static const char UNITS[] = "KMG";
    char *end = NULL;
    errno = 0;
    long long n = strtoll(optarg, &end, 10);
    const char *unit = *end != '\0' ? strchr(UNITS, *end) : NULL;
    int shift = unit != NULL ? 10 * (int)(unit - UNITS + 1) : 0;
    bool is_bad = errno != 0 || end == optarg || n < 1 || n > INT64_MAX >> shift ||
                  end[unit != NULL] != '\0';
    if (is_bad)
        return command_usage(&command_read,
                "--evidence-size %s: not a size: use bytes, or 64K, 256M, 2G", optarg);
    run->evidence_size = (uint64_t)n << shift;
    return EXIT_FINE;
}

/* What is judged by beside data files; false when the option is another. */
static bool parse_policy(int option, struct read_options *o)
{
    const char **to = option == OPT_POLICY      ? &o->policy
                      : option == OPT_PROFILE   ? &o->profile
                      : option == OPT_INVENTORY ? &o->inventory
                                                : NULL;
    if (to != NULL)
        *to = optarg;
    return to != NULL;
}

static int parse_one(int option, struct read_options *o)
{
    int64_t n = 0;
    int status = parse_judgement(option, &o->run.verify);
    if (status >= 0)
        return status;
    if (parse_policy(option, o))
        return EXIT_FINE;
    status = EXIT_FINE;
    switch (option) {
    case OPT_DB:
        if (optarg[0] == '\0')
            return command_usage(&command_read, "--db: names no file");
        o->run.db = optarg;
        break;
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
    case OPT_AT:
        return parse_at(&o->run);
    case OPT_APP_LABEL:
        return parse_label(&o->run);
    case OPT_FAIL_ON:
        return parse_fail_on(o);
    case OPT_EVIDENCE:
        o->run.evidence = optarg;
        break;
    case OPT_EVIDENCE_SIZE:
        return parse_size(&o->run);
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
            .run.evidence_size = RUN_EVIDENCE_SIZE,
            .run.n_workers = default_workers(),
            .run.started_us = wall_clock_us()};
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
    return EXIT_FINE;
}
