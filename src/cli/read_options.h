#ifndef TLSWIRE_CLI_READ_OPTIONS_H
#define TLSWIRE_CLI_READ_OPTIONS_H

#include "cli/judge_options.h"

/* What the command line of `tlswire read` says. */
struct read_options {
    struct run_options run;
    bool is_recursive, is_quiet;
    bool has_fail_on;
    enum severity fail_on;
    const char *filter_file;
    struct judge_options judge;
    int first; /* index of the first input */
};

/* read_options_parse fills out; EXIT_FINE, or EXIT_USAGE after one line. */
int read_options_parse(int argc, char **argv, struct read_options *out);

#endif
