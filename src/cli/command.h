#ifndef TLSWIRE_CLI_COMMAND_H
#define TLSWIRE_CLI_COMMAND_H

/* Exit statuses of every command; when several apply: STORE, USAGE, POLICY, PARTLY. */
enum exit_status { EXIT_FINE, EXIT_USAGE, EXIT_PARTLY, EXIT_POLICY, EXIT_STORE };

/* One command of tlswire. run gets its own name as argv[0] and gives an exit status. */
struct command {
    const char *name;
    const char *synopsis; /* "[options] INPUT..." */
    const char *summary;  /* one line of `tlswire help` */
    const char *help;     /* the options, one per line */
    int (*run)(int argc, char **argv);
};

/* commands_all is the table made from commands.def, ended by NULL, in the order of that file. */
extern const struct command *const commands_all[];
/* command_find gives the command with this name, or NULL. */
const struct command *command_find(const char *name);
/* command_usage prints the one-line error, how to get help, and gives EXIT_USAGE. */
int command_usage(const struct command *c, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

#define COMMAND(name) extern const struct command command_##name;
#include "cli/commands.def"
#undef COMMAND

#endif
