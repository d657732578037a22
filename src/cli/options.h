#ifndef TLSWIRE_CLI_OPTIONS_H
#define TLSWIRE_CLI_OPTIONS_H

#include "cli/command.h"
#include "report/format.h"

/* The options that the lists share. */
struct list_options {
    const char *db;
    enum format format;
    struct list_filter filter;
    /* Of certs and show. */
    const char *inventory; /* file of owners, NULL none */
    const char *policy;    /* file whose inventory to take, NULL none */
    bool has_pem;          /* --pem: also for show, instead of the list for certs */
    bool is_pem;           /* --format pem: nothing else */
    bool has_chain;
    int64_t step_us; /* of metrics, like: */
    bool wants_capture;
    bool wants_all, has_exit_code; /* of diff */
    bool has_codes;                /* of rules */
    bool has_muted;                /* of findings: --muted */
};

/*
 * options_list parses them for a command; list tells which sort keys there are. EXIT_FINE, or
 * EXIT_USAGE after one line that says what is wrong; *first is the index of the first operand.
 */
int options_list(const struct command *c, int argc, char **argv, enum list list,
        struct list_options *out, int *first);
/* options_fail prints a host error of the command as one line and gives status. */
int options_fail(const struct command *c, const struct err *err, int status);
/* options_close closes what was read (NULL is fine), and says on standard error what of it was left
 * out. */
void options_close(struct store *s);
/* options_nothing says on standard error that a table would have had no rows, when n is 0. */
void options_nothing(const struct list_options *o, uint64_t n);
/* options_columns copies the columns of a table without the one of this name; NULL: all. */
enum { COLUMNS_MOST = 32 };
void options_columns(
        struct column out[COLUMNS_MOST], const struct column *from, const char *without);
/* options_run_list is a whole list command. The table of findings leaves out what is muted, unless
 * --muted is given. */
int options_run_list(const struct command *c, int argc, char **argv, enum list list,
        const struct column *columns);

#define LIST_HELP                                                                                  \
    "  --db FILE          database to read (default tlswire.db)\n"                                 \
    "  --format FORMAT    table, json, jsonl or csv (default table)\n"                             \
    "  --since TIME       seen at or after TIME (RFC 3339, date, or seconds since 1970)\n"         \
    "  --until TIME       seen before TIME\n"                                                      \
    "  --service NAME     service name or NAME:PORT; * stands for anything\n"                      \
    "  --server ADDRESS   server address or ADDRESS:PORT\n"                                        \
    "  --client ADDRESS   client address or ADDRESS:PORT\n"                                        \
    "  --severity LEVEL   with findings of at least info, low, medium, high, critical\n"           \
    "  --defect ID        with findings of this defect; * stands for anything\n"                   \
    "  --limit N          at most N rows\n"                                                        \
    "  --sort KEY         sort by KEY, -KEY from the largest\n"

#endif
