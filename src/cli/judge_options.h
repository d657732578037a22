#ifndef TLSWIRE_CLI_JUDGE_OPTIONS_H
#define TLSWIRE_CLI_JUDGE_OPTIONS_H

#include <getopt.h>

#include "cli/command.h"
#include "engine/run.h"
#include "engine/verifier.h"
#include "policy/inventory.h"

/* The options that say what is judged by; those that read and watch have in common. */
enum {
    JUDGE_DB = 512,
    JUDGE_TRUST,
    JUDGE_INTERMEDIATES,
    JUDGE_VERIFY,
    JUDGE_CRL,
    JUDGE_OCSP,
    JUDGE_CT_LOGS,
    JUDGE_BLOCKLIST,
    JUDGE_APP_LABEL,
    JUDGE_POLICY,
    JUDGE_PROFILE,
    JUDGE_INVENTORY
};

/* Their rows of a table for getopt_long. */
#define JUDGE_LONG                                                                                 \
    {"db", required_argument, NULL, JUDGE_DB}, {"trust", required_argument, NULL, JUDGE_TRUST},    \
            {"intermediates", required_argument, NULL, JUDGE_INTERMEDIATES},                       \
            {"verify", required_argument, NULL, JUDGE_VERIFY},                                     \
            {"crl", required_argument, NULL, JUDGE_CRL},                                           \
            {"ocsp", required_argument, NULL, JUDGE_OCSP},                                         \
            {"ct-logs", required_argument, NULL, JUDGE_CT_LOGS},                                   \
            {"blocklist", required_argument, NULL, JUDGE_BLOCKLIST},                               \
            {"app-label", required_argument, NULL, JUDGE_APP_LABEL},                               \
            {"policy", required_argument, NULL, JUDGE_POLICY},                                     \
            {"profile", required_argument, NULL, JUDGE_PROFILE},                                   \
    {                                                                                              \
        "inventory", required_argument, NULL, JUDGE_INVENTORY                                      \
    }

struct judge_options {
    const char *policy, *profile; /* NULL: none, as the policy says */
    const char *inventory;        /* file of owners; NULL: as the policy says */
    /* Whether a file that the policy names may be opened; NULL: all of them. It says why not. */
    bool (*allows)(void *ctx, const char *path);
    void *ctx;
    const char *otherwise; /* put behind what is wrong: "; the old policy stays"; NULL nothing */
};

/* judge_options_take takes one option, whose value is optarg; -1: it is another one. */
int judge_options_take(
        const struct command *c, int option, struct run_options *run, struct judge_options *j);

/* What they name, loaded. */
struct judge_means {
    struct policy *policy;
    struct inventory *inventory;
    struct verifier *verifier;
};

/* judge_load loads it into *out and lets run point there; EXIT_FINE, or EXIT_USAGE after one line.
 * judge_free comes in both cases. */
int judge_load(const struct judge_options *j, struct run_options *run, struct judge_means *out);
void judge_free(struct judge_means *m);

/* parse_size reads bytes, or with a letter behind them KiB, MiB or GiB. */
int parse_size(const struct command *c, const char *option, const char *text, uint64_t *out);

#endif
