#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/now.h"
#include "cli/command.h"
#include "cli/policy_rules.h"
#include "policy/inventory.h"

struct options {
    const char *profile;
    enum policy_format format;
    int first; /* index of the first operand, which is the action */
};

static bool parse_format(const char *text, enum policy_format *out)
{
    static const char *const NAMES[] = {"text", "yaml", "json"};
    for (int i = 0; i < 3; i++)
        if (strcmp(text, NAMES[i]) == 0) {
            *out = (enum policy_format)i;
            return true;
        }
    return false;
}

static int parse(int argc, char **argv, struct options *o)
{
    static const struct option LONG[] = {{"profile", required_argument, NULL, 'p'},
            {"format", required_argument, NULL, 'f'}, {NULL, 0, NULL, 0}};
    int option;
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":", LONG, NULL)) != -1) {
        if (option == ':')
            return command_usage(&command_policy, "%s: needs a value", argv[optind - 1]);
        if (option == '?')
            return command_usage(&command_policy, "%s: unknown option", argv[optind - 1]);
        if (option == 'p')
            o->profile = optarg;
        else if (!parse_format(optarg, &o->format))
            return command_usage(&command_policy, "--format %s: use text, yaml or json", optarg);
    }
    o->first = optind;
    return EXIT_FINE;
}

/* The policy, or NULL after one line. */
static struct policy *load(const char *path, const char *profile)
{
    struct err err;
    struct policy *p = policy_rules_load(path, profile, &err);
    if (p == NULL)
        log_line("%s", err.text);
    return p;
}

/* The files that it names must be there, and the owners must be readable. */
static bool check_files(const struct policy *p)
{
    const struct trust_entry *stores = NULL;
    struct err err;
    size_t n = policy_trust(p, &stores);
    for (size_t i = 0; i < n; i++) {
        FILE *f = fopen(stores[i].path, "r");
        if (f == NULL) {
            log_line("%s:%u: trust[%zu].path: %s cannot be read", policy_path(p), stores[i].line,
                    i + 1, stores[i].path);
            return false;
        }
        (void)fclose(f);
    }
    if (policy_inventory(p) == NULL)
        return true;
    struct inventory *inv = inventory_load(policy_inventory(p), &err);
    if (inv == NULL)
        log_line("%s:%u: inventory: %.400s", policy_path(p), policy_inventory_line(p), err.text);
    inventory_free(inv);
    return inv != NULL;
}

/* An exception past its date is no error: packets may be older. */
static size_t put_past(const struct policy *p)
{
    const struct exception *list = NULL;
    size_t n_past = 0, n = policy_exceptions(p, &list);
    int64_t now_us = now_of(CLOCK_REALTIME);
    for (size_t i = 0; i < n; i++) {
        struct text until = {0};
        if (list[i].until_us > now_us)
            continue;
        text_add_time(&until, list[i].until_us);
        (void)printf("%s:%u: the exception for %s is past its date (%.19sZ): packets from then on "
                     "are judged\n",
                policy_path(p), list[i].line, list[i].rule, text_str(&until));
        text_fini(&until);
        n_past++;
    }
    return n_past;
}

static int check(const char *path, const char *profile)
{
    const struct exception *list = NULL;
    struct policy *p = load(path, profile);
    bool is_ok = p != NULL && check_files(p);
    if (is_ok) {
        size_t n_past = put_past(p);
        (void)printf("%s: fine, profile %s, %zu exceptions, %zu past their date\n", path,
                policy_profile(p), policy_exceptions(p, &list), n_past);
    }
    policy_free(p);
    return is_ok && fflush(stdout) == 0 ? EXIT_FINE : EXIT_USAGE;
}

static int show(const char *path, const char *profile, enum policy_format format)
{
    struct text t = {0};
    struct policy *p = load(path, profile);
    if (p == NULL)
        return EXIT_USAGE;
    policy_show(p, format, &t);
    (void)fputs(text_str(&t), stdout);
    text_fini(&t);
    policy_free(p);
    return fflush(stdout) == 0 ? EXIT_FINE : EXIT_USAGE;
}

static int run(int argc, char **argv)
{
    struct options o = {.profile = NULL};
    int status = parse(argc, argv, &o);
    if (status != EXIT_FINE)
        return status;
    int n = argc - o.first;
    const char *action = n > 0 ? argv[o.first] : "";
    const char *path = n > 1 ? argv[o.first + 1] : NULL;
    if (n > 2)
        return command_usage(&command_policy, "%s: one file at most", argv[o.first + 2]);
    if (strcmp(action, "show") == 0)
        return show(path, o.profile, o.format);
    if (strcmp(action, "check") != 0)
        return command_usage(&command_policy, "%s: use check or show", n > 0 ? action : "policy");
    if (path == NULL)
        return command_usage(&command_policy, "check: name the file");
    return check(path, o.profile);
}

const struct command command_policy = {
        .name = "policy",
        .synopsis = "check FILE | show [--profile P] [--format FORMAT] [FILE]",
        .summary = "check a policy file, or show what holds with it",
        .help = "  check FILE         say what is wrong with a policy, with line and key, and "
                "which\n"
                "                     exceptions are past their date\n"
                "  show [FILE]        thresholds, severities and lists, and where each comes from\n"
                "  --profile P        default, modern, intermediate, nist, bsi, pci or cnsa2, "
                "in\n"
                "                     place of what the file says\n"
                "  --format FORMAT    text, yaml or json (default text)\n",
        .run = run,
};
