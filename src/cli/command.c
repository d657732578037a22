#include "cli/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

const struct command *const commands_all[] = {
#define COMMAND(name) &command_##name,
#include "cli/commands.def"
#undef COMMAND
        NULL};

const struct command *command_find(const char *name)
{
    for (size_t i = 0; commands_all[i] != NULL; i++)
        if (strcmp(commands_all[i]->name, name) == 0)
            return commands_all[i];
    return NULL;
}

int command_usage(const struct command *c, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    log_line("%s: %s (see tlswire help %s)", c->name, line, c->name);
    return EXIT_USAGE;
}
