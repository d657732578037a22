#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "engine/community.h"
#include "report/report.h"
#include "rules/rule.h"

enum {
    OPT_DB = 256,
    OPT_FORMAT,
    OPT_SINCE,
    OPT_UNTIL,
    OPT_SERVICE,
    OPT_SERVER,
    OPT_CLIENT,
    OPT_SEVERITY,
    OPT_DEFECT,
    OPT_LIMIT,
    OPT_SORT,
    OPT_STATE,
    OPT_MUTED,
    /* Of certs and show only, see is_of. */
    OPT_INVENTORY,
    OPT_PEM,
    OPT_CHAIN,
    OPT_EXPIRES,
    OPT_ROLE,
    OPT_ISSUER,
    OPT_NAME,
    OPT_UNOWNED,
    OPT_POLICY, /* of certs only */
    OPT_REGION, /* of metrics only, like: */
    OPT_STEP,
    OPT_CAPTURE,
    OPT_ALL, /* of diff only */
    OPT_EXIT_CODE,
    OPT_CODES, /* of rules only */
    OPT_VLAN,  /* of handshakes only, like: */
    OPT_TUNNEL
};

enum { EXPIRES_MOST = 1000000 }; /* days */
enum { VLAN_MOST = 4094 };

static const struct option LONG[] = {{"db", required_argument, NULL, OPT_DB},
        {"format", required_argument, NULL, OPT_FORMAT},
        {"since", required_argument, NULL, OPT_SINCE},
        {"until", required_argument, NULL, OPT_UNTIL},
        {"service", required_argument, NULL, OPT_SERVICE},
        {"server", required_argument, NULL, OPT_SERVER},
        {"client", required_argument, NULL, OPT_CLIENT},
        {"severity", required_argument, NULL, OPT_SEVERITY},
        {"defect", required_argument, NULL, OPT_DEFECT},
        {"limit", required_argument, NULL, OPT_LIMIT},
        {"state", required_argument, NULL, OPT_STATE}, {"muted", no_argument, NULL, OPT_MUTED},
        {"sort", required_argument, NULL, OPT_SORT},
        {"inventory", required_argument, NULL, OPT_INVENTORY}, {"pem", no_argument, NULL, OPT_PEM},
        {"chain", no_argument, NULL, OPT_CHAIN}, {"expires", required_argument, NULL, OPT_EXPIRES},
        {"role", required_argument, NULL, OPT_ROLE},
        {"issuer", required_argument, NULL, OPT_ISSUER},
        {"name", required_argument, NULL, OPT_NAME}, {"unowned", no_argument, NULL, OPT_UNOWNED},
        {"policy", required_argument, NULL, OPT_POLICY},
        {"region", required_argument, NULL, OPT_REGION},
        {"step", required_argument, NULL, OPT_STEP}, {"capture", no_argument, NULL, OPT_CAPTURE},
        {"all", no_argument, NULL, OPT_ALL}, {"exit-code", no_argument, NULL, OPT_EXIT_CODE},
        {"codes", no_argument, NULL, OPT_CODES}, {"vlan", required_argument, NULL, OPT_VLAN},
        {"tunnel", required_argument, NULL, OPT_TUNNEL}, {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};

static int parse_time(const struct command *c, const char *option, int64_t *us)
{
    if (text_parse_time(optarg, us))
        return EXIT_FINE;
    return command_usage(c, "%s %s: not a time: use 2026-01-31, 2026-01-31T12:00:00Z or seconds",
            option, optarg);
}

static int parse_limit(const struct command *c, int64_t *limit)
{
    char *end = NULL;
    errno = 0;
    long long n = strtoll(optarg, &end, 10);
    if (errno != 0 || end == optarg || *end != '\0' || n < 1)
        return command_usage(c, "--limit %s: not a number above 0", optarg);
    *limit = n;
    return EXIT_FINE;
}

static int parse_sort(const struct command *c, enum list list, const char **sort)
{
    struct text keys = {0};
    const char *const *known = query_sort_keys(list);
    const char *key = optarg + (optarg[0] == '-');
    for (size_t i = 0; known[i] != NULL; i++) {
        if (strcmp(known[i], key) == 0) {
            text_fini(&keys);
            *sort = optarg;
            return EXIT_FINE;
        }
        text_addf(&keys, "%s%s", i > 0 ? ", " : "", known[i]);
    }
    int status = command_usage(c, "--sort %s: use one of %s", optarg, text_str(&keys));
    text_fini(&keys);
    return status;
}

/* Whether the command has the option. */
static bool is_of(const struct command *c, int option)
{
    bool is_narrowing = option >= OPT_SERVER && option <= OPT_DEFECT;
    if (option == OPT_VLAN || option == OPT_TUNNEL)
        return c == &command_handshakes;
    if (option == OPT_STATE || option == OPT_MUTED)
        return c == &command_findings;
    if (c == &command_timeline && (option == OPT_SERVER || option == OPT_CLIENT))
        return false;
    if (c == &command_metrics)
        return (option >= OPT_REGION && option <= OPT_CAPTURE) ||
               (option < OPT_SORT && !is_narrowing);
    if (c == &command_diff)
        return option == OPT_DB || option == OPT_FORMAT || option == OPT_SERVICE ||
               option == OPT_LIMIT || option == OPT_ALL || option == OPT_EXIT_CODE;
    if (option == OPT_CODES)
        return c == &command_rules;
    if (option >= OPT_REGION)
        return false;
    if (option < OPT_INVENTORY)
        return true;
    if (option == OPT_CHAIN)
        return c == &command_show;
    return c == &command_certs || (c == &command_show && option <= OPT_PEM);
}

static int parse_expires(const struct command *c, struct list_filter *f)
{
    char *end = NULL;
    errno = 0;
    long long n = strtoll(optarg, &end, 10);
    if (errno != 0 || end == optarg || *end != '\0' || n < 0 || n > EXPIRES_MOST)
        return command_usage(
                c, "--expires %s: not a number of days from 0 to %d", optarg, EXPIRES_MOST);
    f->has_expires = true;
    f->expires_days = n;
    return EXIT_FINE;
}

static int parse_role(const struct command *c, const char **role)
{
    static const char *const ROLES[] = {"leaf", "intermediate", "root", "client"};
    for (size_t i = 0; i < sizeof ROLES / sizeof *ROLES; i++)
        if (strcmp(optarg, ROLES[i]) == 0) {
            *role = ROLES[i];
            return EXIT_FINE;
        }
    return command_usage(c, "--role %s: use leaf, intermediate, root or client", optarg);
}

static int parse_state(const struct command *c, struct list_filter *f)
{
    f->is_open = strcmp(optarg, "open") == 0;
    f->has_state = f->is_open || strcmp(optarg, "closed") == 0;
    if (f->has_state)
        return EXIT_FINE;
    return command_usage(c, "--state %s: use open or closed", optarg);
}

static int parse_step(const struct command *c, int64_t *us)
{
    static const struct {
        const char *name;
        int64_t minutes;
    } STEPS[] = {{"1m", 1}, {"5m", 5}, {"1h", 60}, {"1d", 1440}};
    for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS; i++)
        if (strcmp(optarg, STEPS[i].name) == 0) {
            *us = STEPS[i].minutes * 60000000;
            return EXIT_FINE;
        }
    return command_usage(c, "--step %s: use 1m, 5m, 1h or 1d", optarg);
}

static int parse_format(const struct command *c, struct list_options *o)
{
    if (c == &command_metrics && strcmp(optarg, "text") == 0) {
        o->format = FORMAT_TABLE;
        return EXIT_FINE;
    }
    bool has_pem = is_of(c, OPT_PEM);
    if (format_parse(optarg, &o->format))
        return EXIT_FINE;
    o->is_pem = has_pem && strcmp(optarg, "pem") == 0;
    if (o->is_pem)
        return EXIT_FINE;
    return command_usage(c, "--format %s: use table, json, jsonl%s", optarg,
            has_pem ? ", csv or pem" : " or csv");
}

static int parse_vlan(const struct command *c, uint16_t *vlan)
{
    char *end = NULL;
    errno = 0;
    long long n = strtoll(optarg, &end, 10);
    if (errno != 0 || end == optarg || *end != '\0' || n < 1 || n > VLAN_MOST)
        return command_usage(c, "--vlan %s: not a number from 1 to %d", optarg, VLAN_MOST);
    *vlan = (uint16_t)n;
    return EXIT_FINE;
}

static int parse_tunnel(const struct command *c, struct tunnel *tunnel)
{
    struct text kinds = {0};
    if (tunnel_parse(optarg, tunnel))
        return EXIT_FINE;
    for (unsigned kind = 1; kind < TUNNEL_KINDS; kind++)
        text_addf(&kinds, "%s%s", kind > 1 ? ", " : "", tunnel_name(kind));
    int status = command_usage(
            c, "--tunnel %s: use KIND or KIND:ID, with a KIND of %s", optarg, text_str(&kinds));
    text_fini(&kinds);
    return status;
}

static int parse_of_certs(const struct command *c, int option, struct list_options *o)
{
    switch (option) {
    case OPT_INVENTORY:
        o->inventory = optarg;
        return EXIT_FINE;
    case OPT_PEM:
        o->has_pem = true;
        return EXIT_FINE;
    case OPT_CHAIN:
        o->has_chain = true;
        return EXIT_FINE;
    case OPT_EXPIRES:
        return parse_expires(c, &o->filter);
    case OPT_ROLE:
        return parse_role(c, &o->filter.role);
    case OPT_ISSUER:
        o->filter.issuer = optarg;
        return EXIT_FINE;
    case OPT_NAME:
        o->filter.name = optarg;
        return EXIT_FINE;
    case OPT_POLICY:
        o->policy = optarg;
        return EXIT_FINE;
    case OPT_REGION:
        o->filter.region = optarg;
        return EXIT_FINE;
    case OPT_STEP:
        return parse_step(c, &o->step_us);
    case OPT_CAPTURE:
        o->wants_capture = true;
        return EXIT_FINE;
    case OPT_ALL:
        o->wants_all = true;
        return EXIT_FINE;
    case OPT_EXIT_CODE:
        o->has_exit_code = true;
        return EXIT_FINE;
    case OPT_CODES:
        o->has_codes = true;
        return EXIT_FINE;
    case OPT_UNOWNED:
        o->filter.is_unowned = true;
        return EXIT_FINE;
    case OPT_VLAN:
        return parse_vlan(c, &o->filter.vlan);
    case OPT_TUNNEL:
        return parse_tunnel(c, &o->filter.tunnel);
    default:
        return command_usage(c, "unknown option or missing value");
    }
}

static int parse_one(const struct command *c, int option, enum list list, struct list_options *o)
{
    switch (option) {
    case OPT_DB:
        if (optarg[0] == '\0')
            return command_usage(c, "--db: names no file");
        o->db = optarg;
        return EXIT_FINE;
    case OPT_FORMAT:
        return parse_format(c, o);
    case OPT_SINCE:
        return parse_time(c, "--since", &o->filter.since_us);
    case OPT_UNTIL:
        return parse_time(c, "--until", &o->filter.until_us);
    case OPT_SERVICE:
        o->filter.service = optarg;
        return EXIT_FINE;
    case OPT_SERVER:
        o->filter.server = optarg;
        return EXIT_FINE;
    case OPT_CLIENT:
        o->filter.client = optarg;
        return EXIT_FINE;
    case OPT_DEFECT:
        if (strchr(optarg, '*') == NULL && rule_find(optarg) == NULL)
            return command_usage(c, "--defect %s: no such defect, see tlswire rules", optarg);
        o->filter.defect = optarg;
        return EXIT_FINE;
    case OPT_SEVERITY:
        o->filter.has_severity = severity_parse(optarg, &o->filter.severity);
        if (o->filter.has_severity)
            return EXIT_FINE;
        return command_usage(c, "--severity %s: use info, low, medium, high or critical", optarg);
    case OPT_STATE:
        return parse_state(c, &o->filter);
    case OPT_MUTED:
        o->has_muted = true;
        return EXIT_FINE;
    case OPT_LIMIT:
        return parse_limit(c, &o->filter.limit);
    case OPT_SORT:
        return parse_sort(c, list, &o->filter.sort);
    default:
        return parse_of_certs(c, option, o);
    }
}

int options_list(const struct command *c, int argc, char **argv, enum list list,
        struct list_options *out, int *first)
{
    int option, at = 0;
    *out = (struct list_options){
            .db = "tlswire.db", .format = FORMAT_TABLE, .step_us = INT64_C(3600000000)};
    out->filter.since_us = out->filter.until_us = TIME_NONE;
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":h", LONG, &at)) != -1) {
        if (option == ':')
            return command_usage(c, "%s: needs a value", argv[optind - 1]);
        if (option != '?' && !is_of(c, option))
            return command_usage(c, "--%s: unknown option", LONG[at].name);
        if (option == '?')
            return command_usage(c, "%s: unknown option", argv[optind - 1]);
        int status = parse_one(c, option, list, out);
        if (status != EXIT_FINE)
            return status;
    }
    *first = optind;
    return EXIT_FINE;
}

int options_fail(const struct command *c, const struct err *err, int status)
{
    (void)c;
    log_line("%s", err->text);
    return status;
}

void options_close(struct store *s)
{
    struct err line;
    while (s != NULL && store_next_notice(s, &line))
        log_line("%s", line.text);
    store_close(s);
}

void options_nothing(const struct list_options *o, uint64_t n)
{
    if (n == 0 && o->format == FORMAT_TABLE)
        log_line("nothing found in %s", o->db);
}

static bool count_row(void *ctx, const struct value *values, size_t n)
{
    (void)values;
    (void)n;
    ++*(uint64_t *)ctx;
    return true;
}

/* Says how many muted findings the table left out. */
static bool tell_muted(struct store *s, struct list_options *o, struct err *err)
{
    uint64_t n = 0;
    o->filter.is_muted = true;
    o->filter.limit = 0;
    if (!query_list(s, LIST_FINDINGS, &o->filter, count_row, &n, err))
        return false;
    if (n > 0)
        log_line("%llu muted finding%s left out: --muted lists %s", (unsigned long long)n,
                n == 1 ? " is" : "s are", n == 1 ? "it" : "them");
    return true;
}

void options_columns(
        struct column out[COLUMNS_MOST], const struct column *from, const char *without)
{
    size_t n = 0;
    for (; from->name != NULL && n < COLUMNS_MOST - 1; from++)
        if (without == NULL || strcmp(from->name, without) != 0)
            out[n++] = *from;
    out[n] = (struct column){NULL, NULL, false, 0, 0};
}

int options_run_list(const struct command *c, int argc, char **argv, enum list list,
        const struct column *columns)
{
    struct list_options o;
    struct store *store = NULL;
    struct printer p;
    struct err err;
    int first = 0;
    int status = options_list(c, argc, argv, list, &o, &first);
    if (status != EXIT_FINE)
        return status;
    if (first < argc)
        return command_usage(c, "%s: takes no such argument", argv[first]);
    if (!store_open(o.db, STORE_READ, &store, &err))
        return options_fail(c, &err, EXIT_STORE);
    o.filter.has_muted = list == LIST_FINDINGS && o.format == FORMAT_TABLE && !o.has_muted;
    /* The table has a list of its own of what was not analysed. */
    o.filter.has_unanalysed = list == LIST_SERVICES && o.format != FORMAT_TABLE;
    struct column shown[COLUMNS_MOST];
    options_columns(shown, columns, o.filter.has_muted ? "muted" : NULL);
    printer_init(&p, stdout, o.format, shown);
    query_community(store, community_id);
    bool is_ok = query_list(store, list, &o.filter, printer_row, &p, &err);
    uint64_t n = p.n_rows;
    bool is_written = printer_end(&p);
    if (is_ok && list == LIST_SERVICES && o.format == FORMAT_TABLE)
        is_ok = report_unanalysed(store, stdout, &err);
    if (is_ok && o.filter.has_muted)
        is_ok = tell_muted(store, &o, &err);
    options_close(store);
    if (!is_ok)
        return options_fail(c, &err, EXIT_STORE);
    options_nothing(&o, n);
    return is_written ? EXIT_FINE : EXIT_USAGE;
}
