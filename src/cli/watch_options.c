#include "cli/watch_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/now.h"
#include "cli/run_common.h"

enum {
    OPT_THREADS = 256,
    OPT_ONE_SOCKET,
    OPT_RING,
    OPT_NO_PROMISCUOUS,
    OPT_KEY_VLAN,
    OPT_ROTATE_SIZE,
    OPT_ROTATE_TIME,
    OPT_KEEP,
    OPT_KEEP_SIZE,
    OPT_KEEP_TIME,
    OPT_KEEP_METRICS,
    OPT_USER,
    OPT_EVENTS,
    OPT_METRICS,
    OPT_DURATION,
    OPT_NO_SANDBOX,
    OPT_EVIDENCE,
    OPT_EVIDENCE_SIZE
};

enum { THREADS_MOST = 64, SNAP_MOST = 262144, KEEP_MOST = 1000000 };

#define RING_LEAST (UINT64_C(1) << 20)
#define RING_MOST (UINT64_C(1) << 30)
#define ROTATE_SIZE (UINT64_C(1) << 30)
#define ROTATE_LEAST (UINT64_C(64) << 10)
#define ROTATE_TIME_US (INT64_C(86400) * 1000000)
#define KEEP_METRICS_US (90 * INT64_C(86400) * 1000000)

static const struct option LONG[] = {JUDGE_LONG, {"interface", required_argument, NULL, 'i'},
        {"list-interfaces", no_argument, NULL, 'D'}, {"filter", required_argument, NULL, 'f'},
        {"filter-file", required_argument, NULL, 'F'}, {"snaplen", required_argument, NULL, 's'},
        {"threads", required_argument, NULL, OPT_THREADS},
        {"one-socket", no_argument, NULL, OPT_ONE_SOCKET},
        {"ring", required_argument, NULL, OPT_RING},
        {"no-promiscuous", no_argument, NULL, OPT_NO_PROMISCUOUS},
        {"key-vlan", no_argument, NULL, OPT_KEY_VLAN},
        {"rotate-size", required_argument, NULL, OPT_ROTATE_SIZE},
        {"rotate-time", required_argument, NULL, OPT_ROTATE_TIME},
        {"keep", required_argument, NULL, OPT_KEEP},
        {"keep-size", required_argument, NULL, OPT_KEEP_SIZE},
        {"keep-time", required_argument, NULL, OPT_KEEP_TIME},
        {"keep-metrics", required_argument, NULL, OPT_KEEP_METRICS},
        {"user", required_argument, NULL, OPT_USER},
        {"evidence", required_argument, NULL, OPT_EVIDENCE},
        {"evidence-size", required_argument, NULL, OPT_EVIDENCE_SIZE},
        {"events", required_argument, NULL, OPT_EVENTS},
        {"metrics", required_argument, NULL, OPT_METRICS},
        {"duration", required_argument, NULL, OPT_DURATION},
        {"no-sandbox", no_argument, NULL, OPT_NO_SANDBOX}, {"quiet", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};

static int number(const char *option, long long most, long long *out)
{
    char *end = NULL;
    errno = 0;
    *out = strtoll(optarg, &end, 10);
    if (errno == 0 && end != optarg && *end == '\0' && *out >= 1 && *out <= most)
        return EXIT_FINE;
    return command_usage(
            &command_watch, "%s %s: not a number from 1 to %lld", option, optarg, most);
}

/* Seconds, or with a letter behind them minutes, hours or days. */
static int span(const char *option, int64_t *us)
{
    static const struct {
        char letter;
        int64_t seconds;
    } UNITS[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    char *end = NULL;
    int64_t unit = 0;
    errno = 0;
    long long n = strtoll(optarg, &end, 10);
    if (*end == '\0')
        unit = 1;
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++)
        if (end[0] == UNITS[i].letter && end[1] == '\0')
            unit = UNITS[i].seconds;
    if (errno != 0 || end == optarg || n < 1 || unit == 0 || n > 36500 * 86400LL / unit)
        return command_usage(
                &command_watch, "%s %s: not a time: use seconds, or 90m, 12h, 7d", option, optarg);
    *us = n * unit * 1000000;
    return EXIT_FINE;
}

static int size(const char *option, uint64_t *out)
{
    return parse_size(&command_watch, option, optarg, out);
}

/* Names with commas between them; optarg is cut where it stands. */
static int interfaces(struct watch_command *o)
{
    char *rest = NULL;
    size_t n = strlen(optarg);
    if (n == 0 || optarg[0] == ',' || optarg[n - 1] == ',' || strstr(optarg, ",,") != NULL)
        return command_usage(&command_watch, "-i %s: a name is missing", optarg);
    for (char *name = strtok_r(optarg, ",", &rest); name != NULL;
            name = strtok_r(NULL, ",", &rest)) {
        for (size_t i = 0; i < o->watch.n_interfaces; i++)
            if (strcmp(o->interfaces[i], name) == 0)
                return command_usage(&command_watch, "-i %s: named twice", name);
        if (o->watch.n_interfaces == WATCH_INTERFACES)
            return command_usage(&command_watch, "-i: at most %d interfaces", WATCH_INTERFACES);
        o->interfaces[o->watch.n_interfaces++] = name;
    }
    return EXIT_FINE;
}

static int ring(struct watch_command *o)
{
    uint64_t bytes = 0;
    int status = size("--ring", &bytes);
    if (status != EXIT_FINE)
        return status;
    if (bytes < RING_LEAST || bytes > RING_MOST)
        return command_usage(&command_watch, "--ring %s: from 1M to 1G", optarg);
    o->watch.ring_bytes = (size_t)bytes;
    return EXIT_FINE;
}

/* What is kept, and how long; -1: another option. */
static int take_keeping(int option, struct watch_command *o)
{
    long long n = 0;
    int status;
    switch (option) {
    case OPT_ROTATE_SIZE:
        status = size("--rotate-size", &o->watch.rotate_bytes);
        if (status == EXIT_FINE && o->watch.rotate_bytes < ROTATE_LEAST)
            return command_usage(&command_watch, "--rotate-size %s: at least 64K", optarg);
        return status;
    case OPT_ROTATE_TIME:
        return span("--rotate-time", &o->watch.rotate_us);
    case OPT_KEEP:
        status = number("--keep", KEEP_MOST, &n);
        o->watch.keep.segments = (uint64_t)n;
        return status;
    case OPT_KEEP_SIZE:
        return size("--keep-size", &o->watch.keep.bytes);
    case OPT_KEEP_TIME:
        return span("--keep-time", &o->watch.keep.age_us);
    case OPT_KEEP_METRICS:
        return span("--keep-metrics", &o->watch.keep_counts_us);
    case OPT_EVIDENCE_SIZE:
        return size("--evidence-size", &o->watch.run.evidence_size);
    case OPT_DURATION:
        return span("--duration", &o->watch.duration_us);
    default:
        return -1;
    }
}

/* How packets are taken; -1: another option. */
static int take_capture(int option, struct watch_command *o)
{
    long long n = 0;
    int status = EXIT_FINE;
    switch (option) {
    case 'i':
        return interfaces(o);
    case 'f':
        o->watch.run.filter = optarg;
        return status;
    case 'F':
        o->filter_file = optarg;
        return status;
    case 's':
        status = number("-s", SNAP_MOST, &n);
        o->watch.snap_len = (int)n;
        return status;
    case OPT_THREADS:
        status = number("--threads", THREADS_MOST, &n);
        o->watch.run.n_workers = (unsigned)n;
        return status;
    case OPT_ONE_SOCKET:
        o->watch.is_one_socket = true;
        return status;
    case OPT_KEY_VLAN:
        o->watch.run.is_vlan_key = true;
        return status;
    case OPT_NO_PROMISCUOUS:
        o->watch.is_promiscuous = false;
        return status;
    case OPT_RING:
        return ring(o);
    default:
        return -1;
    }
}

static int take_rest(int option, struct watch_command *o)
{
    const char **to = option == OPT_USER       ? &o->user
                      : option == OPT_EVENTS   ? &o->events
                      : option == OPT_METRICS  ? &o->metrics
                      : option == OPT_EVIDENCE ? &o->watch.run.evidence
                                               : NULL;
    bool *flag = option == 'D'              ? &o->is_list
                 : option == 'q'            ? &o->is_quiet
                 : option == OPT_NO_SANDBOX ? &o->is_open
                                            : NULL;
    if (to == NULL && flag == NULL)
        return command_usage(&command_watch, "unknown option");
    if (flag != NULL)
        *flag = true;
    else if (optarg[0] == '\0')
        return command_usage(&command_watch, "%s: names nothing",
                option == OPT_USER       ? "--user"
                : option == OPT_EVENTS   ? "--events"
                : option == OPT_EVIDENCE ? "--evidence"
                                         : "--metrics");
    else if (option == OPT_METRICS && strcmp(optarg, "-") == 0)
        return command_usage(
                &command_watch, "--metrics -: name a file, it is replaced each minute");
    else
        *to = optarg;
    return EXIT_FINE;
}

static int take(int option, struct watch_command *o)
{
    int status = judge_options_take(&command_watch, option, &o->watch.run, &o->judge);
    if (status < 0)
        status = take_capture(option, o);
    if (status < 0)
        status = take_keeping(option, o);
    return status >= 0 ? status : take_rest(option, o);
}

int watch_options_parse(int argc, char **argv, struct watch_command *out)
{
    int option;
    *out = (struct watch_command){.watch = {.run = {.db = "tlswire.db",
                                                    .n_workers = 1,
                                                    .started_us = now_of(CLOCK_REALTIME)},
                                          .is_promiscuous = true,
                                          .rotate_bytes = ROTATE_SIZE,
                                          .rotate_us = ROTATE_TIME_US,
                                          .keep_counts_us = KEEP_METRICS_US}};
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":i:Df:F:s:qh", LONG, NULL)) != -1) {
        if (option == ':')
            return command_usage(&command_watch, "%s: needs a value", argv[optind - 1]);
        if (option == '?')
            return command_usage(&command_watch, "%s: unknown option", argv[optind - 1]);
        int status = take(option, out);
        if (status != EXIT_FINE)
            return status;
    }
    out->watch.interfaces = out->interfaces;
    if (out->is_list && optind >= argc)
        return EXIT_FINE;
    if (optind < argc)
        return command_usage(&command_watch,
                "%s: not an option: name interfaces with -i, read "
                "files with `tlswire read`",
                argv[optind]);
    if (out->watch.run.filter != NULL && out->filter_file != NULL)
        return command_usage(&command_watch, "-f and -F: use one of them");
    if (out->watch.n_interfaces == 0)
        return command_usage(
                &command_watch, "no interface: name one with -i, see them with `tlswire watch -D`");
    return evidence_settle(&command_watch, &out->watch.run);
}
