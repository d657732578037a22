#ifndef TLSWIRE_CLI_RUN_COMMON_H
#define TLSWIRE_CLI_RUN_COMMON_H

#include <stdio.h>

#include "base/text.h"
#include "cli/command.h"
#include "engine/run.h"

/* What read and watch have in common beside their options. */

/* filter_load reads a filter file: one expression, where '#' begins a comment, as in tcpdump -F.
 * EXIT_FINE, or EXIT_USAGE after one line. */
int filter_load(const struct command *c, const char *path, struct text *out);
/* evidence_settle refuses a size without a directory, and gives the default for 0; EXIT_FINE, or
 * EXIT_USAGE after one line. */
int evidence_settle(const struct command *c, struct run_options *run);
/* arguments_add adds the command line as it was typed, escaped, for the record of the run. */
void arguments_add(struct text *t, int argc, char **argv);
/* summary_put prints what was found in a run. */
void summary_put(FILE *out, const struct run_result *r);

/* next_put prints the command that comes next, about this database. */
void next_put(FILE *out, const char *db);

#endif
