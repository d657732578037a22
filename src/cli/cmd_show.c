#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cli/options.h"
#include "engine/community.h"
#include "report/show.h"

struct shown {
    enum format format;
};

static bool on_row(void *ctx, const struct value *values, size_t n)
{
    const struct shown *s = ctx;
    if (s->format == FORMAT_TABLE) {
        show_text(stdout, values, n);
    } else {
        format_object(stdout, values, n);
        (void)fputc('\n', stdout);
    }
    return true;
}

static bool parse_what(const char *text, enum show *what)
{
    static const char *const NAMES[] = {"finding", "handshake", "cert"};
    for (size_t i = 0; i < 3; i++)
        if (strcmp(text, NAMES[i]) == 0) {
            *what = (enum show)i;
            return true;
        }
    return false;
}

/* A number for findings and handshakes, hexadecimal digits for certificates. */
static bool is_id(enum show what, const char *id)
{
    const char *digits = what == SHOW_CERT ? "0123456789abcdefABCDEF" : "0123456789";
    size_t n = strlen(id);
    return n > 0 && n <= (what == SHOW_CERT ? 64 : 18) && strspn(id, digits) == n;
}

static int show(const struct list_options *o, enum show what, const char *id)
{
    struct store *store = NULL;
    struct err err;
    struct shown s = {o->format};
    bool found = false;
    if (!store_open(o->db, STORE_READ, &store, &err))
        return options_fail(&command_show, &err, EXIT_STORE);
    query_community(store, community_id);
    bool is_ok = query_show(store, what, id, &found, on_row, &s, &err);
    store_close(store);
    if (!is_ok)
        return options_fail(&command_show, &err, EXIT_STORE);
    if (!found && err.text[0] != '\0') {
        log_line("%s", err.text);
        return EXIT_USAGE;
    }
    if (!found) {
        log_line("%s: not in %s: list them with `tlswire %s`", id, o->db,
                what == SHOW_FINDING ? "findings"
                : what == SHOW_CERT  ? "certs"
                                     : "handshakes");
        return EXIT_USAGE;
    }
    return fflush(stdout) == 0 ? EXIT_FINE : EXIT_USAGE;
}

static int run(int argc, char **argv)
{
    struct list_options o;
    enum show what;
    int first = 0;
    int status = options_list(&command_show, argc, argv, LIST_FINDINGS, &o, &first);
    if (status != EXIT_FINE)
        return status;
    if (argc - first != 2)
        return command_usage(&command_show, "needs a kind and an id, as in `show finding 1`");
    if (!parse_what(argv[first], &what))
        return command_usage(&command_show, "%s: use finding, handshake or cert", argv[first]);
    if (!is_id(what, argv[first + 1]))
        return command_usage(&command_show, "%s: not the id of a %s", argv[first + 1], argv[first]);
    return show(&o, what, argv[first + 1]);
}

const struct command command_show = {
        .name = "show",
        .synopsis = "[options] finding|handshake|cert ID",
        .summary = "show all about one finding, handshake or certificate",
        .help = "  --db FILE          database to read (default tlswire.db)\n"
                "  --format FORMAT    table or json\n"
                "  Findings and handshakes come with a Wireshark filter, a tshark command and the\n"
                "  file of their packets (read --evidence).\n"
                "  A certificate is named by its SHA-256 or the beginning of it.\n",
        .run = run,
};
