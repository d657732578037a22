#include "cli/options.h"

static const struct column COLUMNS[] = {{"start", "START", false, -23, 0},
        {"src", "CLIENT", false, 0, 0}, {"dst", "SERVER", false, 0, 0},
        {"dport", "PORT", true, 0, 0}, {"sni", "NAME", false, 36, 0},
        {"version_name", "VERSION", false, 0, 0}, {"outcome", "OUTCOME", false, 0, 0},
        {"handshake_us", "US", true, 0, 0}, {"cipher_name", "CIPHER SUITE", false, 0, 0},
        {NULL, NULL, false, 0, 0}};

static int run(int argc, char **argv)
{
    return options_run_list(&command_handshakes, argc, argv, LIST_HANDSHAKES, COLUMNS);
}

const struct command command_handshakes = {
        .name = "handshakes",
        .synopsis = "[options]",
        .summary = "list the handshakes in order of their first packet",
        .help = LIST_HELP "                     keys: start, service, server, client, outcome, "
                          "version, duration, id\n"
                          "  --vlan N           whose outermost VLAN id is N\n"
                          "  --tunnel KIND[:ID] that came in such a tunnel, as gre, vxlan:7 or "
                          "mpls:0x11\n",
        .run = run,
};
