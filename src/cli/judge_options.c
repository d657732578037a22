#include "cli/judge_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "cli/policy_rules.h"

/* Files are checked here, so that a slip is told at once; what they hold is told by the run. */
static int parse_file(
        const struct command *c, const char *option, const char *path, struct file_list *list)
{
    struct stat st;
    if (stat(path, &st) != 0 || access(path, R_OK) != 0)
        return command_usage(
                c, "%s %s: %s: name a readable file or directory", option, optarg, strerror(errno));
    if (!file_list_add(list, optarg))
        return command_usage(c, "%s: at most %d of them", option, VERIFY_FILES);
    return EXIT_FINE;
}

static int parse_verify(const struct command *c, struct verify_options *v)
{
    static const char *const NAMES[] = {"first", "all", "off"};
    for (int i = 0; i < 3; i++)
        if (strcmp(optarg, NAMES[i]) == 0) {
            v->level = (enum verify_level)i;
            return EXIT_FINE;
        }
    return command_usage(c, "--verify %s: use first, all or off", optarg);
}

/* [NAME=]PATH; a name may say before a colon that the store is public. */
static int parse_trust(const struct command *c, struct verify_options *v)
{
    static const char PUBLIC[] = "public:";
    const char *path = strchr(optarg, '=');
    const char *name =
            strncmp(optarg, PUBLIC, sizeof PUBLIC - 1) == 0 ? optarg + sizeof PUBLIC - 1 : optarg;
    if (path != NULL && name >= path)
        return command_usage(c, "--trust %s: the name before = is empty%s", optarg,
                name > optarg ? ": use public:NAME=" : "");
    return parse_file(c, "--trust", path != NULL ? path + 1 : optarg, &v->trust);
}

/* What certificates, revocation and signatures are judged with; -1: another option. */
static int parse_judgement(const struct command *c, int option, struct verify_options *v)
{
    switch (option) {
    case JUDGE_TRUST:
        return parse_trust(c, v);
    case JUDGE_INTERMEDIATES:
        return parse_file(c, "--intermediates", optarg, &v->intermediates);
    case JUDGE_VERIFY:
        return parse_verify(c, v);
    case JUDGE_CRL:
        return parse_file(c, "--crl", optarg, &v->crls);
    case JUDGE_OCSP:
        return parse_file(c, "--ocsp", optarg, &v->ocsp);
    case JUDGE_CT_LOGS:
        if (v->ct_logs.n > 0)
            return command_usage(c, "--ct-logs: only one list is used");
        return parse_file(c, "--ct-logs", optarg, &v->ct_logs);
    case JUDGE_BLOCKLIST:
        return parse_file(c, "--blocklist", optarg, &v->blocklists);
    default:
        return -1;
    }
}

static int parse_label(const struct command *c, struct run_options *run)
{
    static const char *const NAMES[] = {"sni", "full", "off"};
    for (int i = 0; i < 3; i++)
        if (strcmp(optarg, NAMES[i]) == 0) {
            run->app_label = (enum app_label)i;
            return EXIT_FINE;
        }
    return command_usage(c, "--app-label %s: use sni, full or off", optarg);
}

int parse_size(const struct command *c, const char *option, const char *text, uint64_t *out)
{
    static const char UNITS[] = "KMG";
    char *end = NULL;
    errno = 0;
    long long n = strtoll(text, &end, 10);
    const char *unit = *end != '\0' ? strchr(UNITS, *end) : NULL;
    int shift = unit != NULL ? 10 * (int)(unit - UNITS + 1) : 0;
    bool is_bad = errno != 0 || end == text || n < 1 || n > INT64_MAX >> shift ||
                  end[unit != NULL] != '\0';
    if (is_bad)
        return command_usage(c, "%s %s: not a size: use bytes, or 64K, 256M, 2G", option, text);
    *out = (uint64_t)n << shift;
    return EXIT_FINE;
}

int judge_options_take(
        const struct command *c, int option, struct run_options *run, struct judge_options *j)
{
    int status = parse_judgement(c, option, &run->verify);
    const char **to = option == JUDGE_POLICY      ? &j->policy
                      : option == JUDGE_PROFILE   ? &j->profile
                      : option == JUDGE_INVENTORY ? &j->inventory
                      : option == JUDGE_DB        ? &run->db
                                                  : NULL;
    if (status >= 0)
        return status;
    if (option == JUDGE_APP_LABEL)
        return parse_label(c, run);
    if (to == NULL)
        return -1;
    if (option == JUDGE_DB && optarg[0] == '\0')
        return command_usage(c, "--db: names no file");
    if (option == JUDGE_DB && strcmp(optarg, ":memory:") == 0)
        return command_usage(c, "--db :memory:: nothing could be asked of it afterwards: name a "
                                "file");
    *to = optarg;
    return EXIT_FINE;
}

/* The stores of the policy, unless the command line names some; false when one is not allowed. */
static bool use_stores(
        const struct judge_options *j, struct verify_options *v, const struct policy *policy)
{
    const struct trust_entry *stores = NULL;
    size_t n = v->trust.n == 0 ? policy_trust(policy, &stores) : 0;
    for (size_t i = 0; i < n; i++) {
        const char *path = strchr(stores[i].option, '=');
        if (j->allows != NULL && !j->allows(j->ctx, path != NULL ? path + 1 : stores[i].option))
            return false;
        (void)file_list_add(&v->trust, stores[i].option);
    }
    return true;
}

/* What the user should know about the files that were given. */
static void put_remarks(const struct verifier *v)
{
    struct text t = {0};
    for (size_t i = 0; verifier_remark(v, i, &t); i++) {
        log_line("%s", text_str(&t));
        text_clear(&t);
    }
    text_fini(&t);
}

int judge_load(const struct judge_options *j, struct run_options *run, struct judge_means *out)
{
    struct err err;
    const char *otherwise = j->otherwise != NULL ? j->otherwise : "";
    *out = (struct judge_means){0};
    out->policy = policy_rules_load(j->policy, j->profile, &err);
    if (out->policy == NULL) {
        log_line("%s%s", err.text, otherwise);
        return EXIT_USAGE;
    }
    const char *owners = j->inventory != NULL ? j->inventory : policy_inventory(out->policy);
    if (owners != NULL && j->allows != NULL && !j->allows(j->ctx, owners))
        return EXIT_USAGE;
    if (owners != NULL && (out->inventory = inventory_load(owners, &err)) == NULL) {
        log_line("--inventory: %.400s%s", err.text, otherwise);
        return EXIT_USAGE;
    }
    if (!use_stores(j, &run->verify, out->policy))
        return EXIT_USAGE;
    if (!verifier_new(&run->verify, &out->verifier, &err)) {
        log_line("%s%s", err.text, otherwise);
        return EXIT_USAGE;
    }
    put_remarks(out->verifier);
    run->policy = out->policy;
    run->inventory = out->inventory;
    run->verifier = out->verifier;
    return EXIT_FINE;
}

void judge_free(struct judge_means *m)
{
    verifier_free(m->verifier);
    inventory_free(m->inventory);
    policy_free(m->policy);
}
