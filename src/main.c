#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/command.h"
#include "engine/notice.h"

static void put_overview(FILE *out)
{
    (void)fprintf(out, "tlswire reads captures and tells what is wrong with the TLS in them.\n\n"
                       "usage: tlswire COMMAND [options]\n\n");
    for (size_t i = 0; commands_all[i] != NULL; i++)
        (void)fprintf(out, "  %-11s %s\n", commands_all[i]->name, commands_all[i]->summary);
    (void)fprintf(out, "  %-11s %s\n  %-11s %s\n", "help", "explain a command", "version",
            "print the version and the libraries in use");
}

static int put_help(const struct command *c)
{
    (void)printf("usage: tlswire %s %s\n\n%s.\n\n%s", c->name, c->synopsis, c->summary, c->help);
    return EXIT_FINE;
}

static int put_version(void)
{
    (void)printf("tlswire %s\n%s\n", TLSWIRE_VERSION, run_libraries());
    return EXIT_FINE;
}

/* How many single-character changes lie between two short words. */
static size_t distance(const char *a, const char *b)
{
    size_t row[32], n = strlen(b);
    if (n > 30 || strlen(a) > 30)
        return 99;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            best = row[j] + 1 < best ? row[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[n];
}

static int unknown(const char *name)
{
    const char *near = NULL;
    size_t least = 3;
    for (size_t i = 0; commands_all[i] != NULL; i++)
        if (distance(name, commands_all[i]->name) < least) {
            least = distance(name, commands_all[i]->name);
            near = commands_all[i]->name;
        }
    if (near != NULL)
        log_line("%s: no such command: did you mean %s?", name, near);
    else
        log_line("%s: no such command: see tlswire help", name);
    return EXIT_USAGE;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static int dispatch(int argc, char **argv)
{
    const char *name = argv[0];
    bool is_help =
            strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0;
    if (strcmp(name, "version") == 0 || strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
        return put_version();
    if (is_help && argc < 2) {
        put_overview(stdout);
        return EXIT_FINE;
    }
    const struct command *c = command_find(is_help ? argv[1] : name);
    if (c == NULL)
        return unknown(is_help ? argv[1] : name);
    return is_help || wants_help(argc, argv) ? put_help(c) : c->run(argc, argv);
}

/* A descriptor 0 to 2 that was closed would go to the next file that is opened, or to a packet
 * socket, which sends what is printed. */
static bool has_standard_descriptors(void)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO)
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    return fd >= 0 && close(fd) == 0;
}

int main(int argc, char **argv)
{
    if (!has_standard_descriptors())
        return EXIT_USAGE;
    /* A reader that goes away ends us quietly, as it does any filter. */
    (void)signal(SIGPIPE, SIG_DFL);
    alloc_tune();
    if (argc < 2) {
        put_overview(stderr);
        return EXIT_USAGE;
    }
    int status = dispatch(argc - 1, argv + 1);
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        log_line("standard output cannot be written: check the disk");
        return status == EXIT_STORE ? status : EXIT_USAGE;
    }
    return status;
}
