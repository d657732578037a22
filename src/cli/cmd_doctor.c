#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "engine/doctor.h"

enum { OPT_SECONDS = 256, OPT_RING, OPT_THREADS, OPT_FORMAT };
enum { THREADS_MOST = 64, RING_LEAST = 1 << 20, RING_DEFAULT = 64 << 20, RING_MOST = 1 << 30 };

static const struct option LONG[] = {{"interface", required_argument, NULL, 'i'},
        {"seconds", required_argument, NULL, OPT_SECONDS},
        {"ring", required_argument, NULL, OPT_RING},
        {"threads", required_argument, NULL, OPT_THREADS},
        {"format", required_argument, NULL, OPT_FORMAT}, {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};

static const struct column COLUMNS[] = {{"state", "STATE", false, 0, 0},
        {"check", "CHECK", false, 0, 0}, {"interface", "INTERFACE", false, 0, 0},
        {"found", "FOUND", false, 0, 0}, {"advice", "WHAT TO DO", false, 0, 0},
        {NULL, NULL, false, 0, 0}};

struct wanted {
    struct doctor_options doctor;
    const char *interfaces[DOCTOR_INTERFACES];
    enum format format;
};

struct output {
    struct printer printer;
    enum doctor_state worst;
};

static int parse_interfaces(struct wanted *w)
{
    char *rest = NULL;
    /* optarg is ours to cut: the names stay where they are. */
    for (char *name = strtok_r(optarg, ",", &rest); name != NULL;
            name = strtok_r(NULL, ",", &rest)) {
        if (w->doctor.n_interfaces == DOCTOR_INTERFACES)
            return command_usage(&command_doctor, "-i: at most %d interfaces", DOCTOR_INTERFACES);
        w->interfaces[w->doctor.n_interfaces++] = name;
    }
    return w->doctor.n_interfaces > 0 ? EXIT_FINE
                                      : command_usage(&command_doctor, "-i: names no interface");
}

static int parse_number(const char *option, long least, long most, long *out)
{
    char *end = NULL;
    errno = 0;
    *out = strtol(optarg, &end, 10);
    if (errno == 0 && end != optarg && *end == '\0' && *out >= least && *out <= most)
        return EXIT_FINE;
    return command_usage(
            &command_doctor, "%s %s: not a number from %ld to %ld", option, optarg, least, most);
}

/* Bytes, or with a letter behind them KiB, MiB or GiB. */
static int parse_ring(size_t *out)
{
    static const char UNITS[] = "KMG";
    char *end = NULL;
    errno = 0;
    long long n = strtoll(optarg, &end, 10);
    const char *unit = *end != '\0' ? strchr(UNITS, *end) : NULL;
    int shift = unit != NULL ? 10 * (int)(unit - UNITS + 1) : 0;
    bool is_bad = errno != 0 || end == optarg || end[unit != NULL] != '\0' || n < 1 ||
                  n > RING_MOST >> shift || n << shift < RING_LEAST;
    if (is_bad)
        return command_usage(&command_doctor, "--ring %s: not a size from 1M to 1G", optarg);
    *out = (size_t)n << shift;
    return EXIT_FINE;
}

/* name: as it was given. */
static int parse_one(int option, const char *name, struct wanted *w)
{
    long n = 0;
    int status = EXIT_FINE;
    switch (option) {
    case 'i':
        return parse_interfaces(w);
    case OPT_SECONDS:
        status = parse_number("--seconds", 0, DOCTOR_SECONDS_MOST, &n);
        w->doctor.seconds = (unsigned)n;
        return status;
    case OPT_RING:
        return parse_ring(&w->doctor.ring_bytes);
    case OPT_THREADS:
        status = parse_number("--threads", 1, THREADS_MOST, &n);
        w->doctor.threads = (unsigned)n;
        return status;
    case OPT_FORMAT:
        if (format_parse(optarg, &w->format))
            return EXIT_FINE;
        return command_usage(&command_doctor, "--format %s: use table, json, jsonl or csv", optarg);
    default:
        return command_usage(
                &command_doctor, option == ':' ? "%s: needs a value" : "%s: unknown option", name);
    }
}

static void give(void *ctx, const struct doctor_check *c)
{
    struct output *o = ctx;
    if (c->state > o->worst)
        o->worst = c->state;
    const struct value values[] = {{"state", VALUE_TEXT, 0, 0, doctor_state_name(c->state)},
            {"check", VALUE_TEXT, 0, 0, c->check},
            {"interface", c->interface != NULL ? VALUE_TEXT : VALUE_NULL, 0, 0, c->interface},
            {"found", VALUE_TEXT, 0, 0, c->found},
            {"advice", c->advice != NULL ? VALUE_TEXT : VALUE_NULL, 0, 0, c->advice}};
    (void)printer_row(&o->printer, values, sizeof values / sizeof *values);
}

static int run(int argc, char **argv)
{
    struct wanted w = {
            .doctor = {.seconds = DOCTOR_SECONDS, .ring_bytes = RING_DEFAULT, .threads = 1},
            .format = FORMAT_TABLE};
    struct output out = {.worst = DOCTOR_OK};
    struct err err;
    int option = 0;
    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, ":i:h", LONG, NULL)) != -1) {
        int status = parse_one(option, argv[optind - 1], &w);
        if (status != EXIT_FINE)
            return status;
    }
    if (optind < argc)
        return command_usage(&command_doctor, "%s: takes no such argument", argv[optind]);
    w.doctor.interfaces = w.interfaces;
    printer_init(&out.printer, stdout, w.format, COLUMNS);
    bool is_ok = doctor_run(&w.doctor, give, &out, &err);
    bool is_written = printer_end(&out.printer);
    if (!is_ok)
        return options_fail(&command_doctor, &err, EXIT_USAGE);
    if (!is_written)
        return EXIT_USAGE;
    return out.worst == DOCTOR_BAD ? EXIT_PARTLY : EXIT_FINE;
}

const struct command command_doctor = {
        .name = "doctor",
        .synopsis = "[options]",
        .summary = "check whether this machine captures well: permission, ring, clock, drops",
        .help = "  -i IFACE[,IFACE]   interfaces to check (default: all that are up, but for the\n"
                "                     loopback)\n"
                "  --seconds N        look at packets for N seconds, 0 not at all (default 5)\n"
                "  --ring SIZE        ring that watch shall have per socket (default 64M)\n"
                "  --threads N        threads that watch shall have (default 1)\n"
                "  --format FORMAT    table, json, jsonl or csv (default table)\n",
        .run = run,
};
