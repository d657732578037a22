#ifndef TLSWIRE_CLI_WATCH_OPTIONS_H
#define TLSWIRE_CLI_WATCH_OPTIONS_H

#include "cli/judge_options.h"
#include "engine/watch.h"

enum { WATCH_INTERFACES = 32 };

/* What the command line of `tlswire watch` says. */
struct watch_command {
    struct watch_options watch;
    struct judge_options judge;
    const char *interfaces[WATCH_INTERFACES];
    const char *filter_file;
    const char *user;                /* NULL: stay who it is */
    const char *events, *metrics;    /* NULL: none */
    bool is_list, is_quiet, is_open; /* -D; -q; --no-sandbox */
};

/* watch_options_parse fills out; EXIT_FINE, or EXIT_USAGE after one line. */
int watch_options_parse(int argc, char **argv, struct watch_command *out);

#endif
