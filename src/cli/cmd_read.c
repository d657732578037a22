#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/read_options.h"
#include "cli/run_common.h"
#include "report/format.h"

static void on_progress(void *ctx, const struct run_progress *r)
{
    progress_show(ctx, r);
}

static void on_notice(void *ctx, const char *line)
{
    progress_clear(ctx);
    log_line("%s", line);
}

static void put_inputs(const struct run_result *r)
{
    (void)printf("%zu of %zu input%s read", r->n_read, r->n_inputs, format_s(r->n_inputs));
    if (r->n_skipped > 0)
        (void)printf(", %zu known", r->n_skipped);
    if (r->n_broken > 0)
        (void)printf(", %zu not readable", r->n_broken);
    if (r->n_partly > 0)
        (void)printf(", %zu damaged", r->n_partly);
    if (r->n_read > 0)
        (void)printf(": %llu packets, %llu bytes", (unsigned long long)r->packets,
                (unsigned long long)r->bytes);
    (void)printf("\n");
}

static void put_summary(const struct run_result *r, const char *db, const char *evidence)
{
    put_inputs(r);
    if (r->n_read > 0)
        summary_put(stdout, r);
    if (evidence != NULL && r->n_read > 0)
        (void)printf("  packets of %llu connection%s kept in %s\n",
                (unsigned long long)r->evidence_files, format_s(r->evidence_files), evidence);
    if (r->n_read + r->n_skipped > 0)
        next_put(stdout, db);
}

static int status_of(const struct read_options *o, const struct run_result *r)
{
    if (r->is_evidence_broken)
        return EXIT_STORE;
    if (r->n_read + r->n_skipped == 0)
        return EXIT_USAGE;
    for (int i = SEV_COUNT - 1; o->has_fail_on && i >= (int)o->fail_on; i--)
        if (r->severities[i] > 0)
            return EXIT_POLICY;
    return r->n_broken + r->n_partly > 0 ? EXIT_PARTLY : EXIT_FINE;
}

static int collect(char **paths, int n, bool is_recursive, struct inputs *inputs)
{
    for (int i = 0; i < n; i++)
        inputs_add(inputs, paths[i], is_recursive);
    inputs_sort(inputs);
    if (inputs->n > 0)
        return EXIT_FINE;
    log_line("no capture found: name pcap or pcapng files%s",
            is_recursive ? "" : ", or use --recursive");
    return EXIT_USAGE;
}

static int read_all(struct read_options *o, struct inputs *inputs)
{
    struct progress progress;
    struct run_result result;
    struct err err;
    if (o->run.filter != NULL && !run_filter_check(o->run.filter, &err)) {
        log_line("%s", err.text);
        return EXIT_USAGE;
    }
    if (o->run.evidence != NULL && !run_evidence_check(o->run.evidence, &err)) {
        log_line("%s", err.text);
        return EXIT_USAGE;
    }
    progress_init(&progress, o->is_quiet);
    o->run.inputs = inputs;
    o->run.progress = progress.is_on ? on_progress : NULL;
    o->run.notice = on_notice;
    o->run.ctx = &progress;
    bool is_ok = run_inputs(&o->run, &result, &err);
    progress_clear(&progress);
    if (!is_ok) {
        log_line("%s", err.text);
        return EXIT_STORE;
    }
    if (!o->is_quiet)
        put_summary(&result, o->run.db, o->run.evidence);
    return status_of(o, &result);
}

static int run(int argc, char **argv)
{
    struct read_options o;
    struct inputs inputs = {0};
    struct judge_means means = {0};
    struct text filter = {0}, arguments = {0};
    int status = read_options_parse(argc, argv, &o);
    if (status == EXIT_FINE && o.filter_file != NULL) {
        status = filter_load(&command_read, o.filter_file, &filter);
        o.run.filter = text_str(&filter);
    }
    if (status == EXIT_FINE)
        status = collect(argv + o.first, argc - o.first, o.is_recursive, &inputs);
    if (status == EXIT_FINE) {
        arguments_add(&arguments, argc, argv);
        o.run.arguments = text_str(&arguments);
        status = judge_load(&o.judge, &o.run, &means);
    }
    if (status == EXIT_FINE)
        status = read_all(&o, &inputs);
    judge_free(&means);
    text_fini(&filter);
    text_fini(&arguments);
    inputs_fini(&inputs);
    return status;
}

const struct command command_read = {
        .name = "read",
        .synopsis = "[options] INPUT...",
        .summary = "read captures into the database and judge them",
        .help = "  INPUT              pcap or pcapng file (also gzip, zstd), directory, or - for\n"
                "                     standard input\n"
                "  --db FILE          database to add to (default tlswire.db)\n"
                "  --new              refuse a database that exists\n"
                "  --again            read inputs again that the database knows\n"
                "  -r, --recursive    also the directories below a directory\n"
                "  -f EXPRESSION      only packets that pass this pcap-filter(7) expression\n"
                "  -F FILE            the expression is in FILE\n"
                "  -c N               stop after N packets\n"
                "  --evidence DIR     keep the packets of connections with findings in DIR, one\n"
                "                     pcapng file each (the inputs are read a second time)\n"
                "  --evidence-size N  DIR holds no more than this (default 256M)\n"
                "  --at now|TIME      judge by this time instead of the time in the packets\n"
                "  --no-hash          do not compute the SHA-256 of the inputs\n"
                "  --app-label HOW    nDPI's labels: sni (default), full (from packets), off\n"
                "  --trust [NAME=]P   roots that are trusted, a file or directory of "
                "certificates;\n"
                "                     may be given several times, each with a verdict of its own;\n"
                "                     takes the place of the system's store; NAME public:... says "
                "that\n"
                "                     its roots are public ones\n"
                "  --intermediates P  certificates of CAs that servers may have left out\n"
                "  --verify HOW       signatures of handshakes: first (three of each key, then "
                "one\n"
                "                     in 1,000, and those that fail; default), all, off\n"
                "  --crl P, --ocsp P  revocation lists, answers of OCSP responders\n"
                "  --ct-logs FILE     log list (JSON, version 3) to verify SCTs with\n"
                "  --blocklist FILE   SHA-256 of keys or moduli that are known to be lost\n"
                "  --policy FILE      thresholds, severities, exceptions, trust stores and more\n"
                "  --inventory FILE   owners of certificates, see tlswire help certs\n"
                "  --profile NAME     what rules are measured by: default, modern, intermediate,\n"
                "                     nist, bsi, pci or cnsa2\n"
                "  --threads N        workers (default: by the number of CPUs)\n"
                "  --one-vantage      the inputs belong together, whatever their names\n"
                "  --separate         no input continues another\n"
                "  --key-vlan         the same addresses and ports in two VLANs are two "
                "connections\n"
                "  --fail-on LEVEL    exit with 3 when this run finds something of at least this\n"
                "                     severity (an input that is skipped finds nothing, nor does\n"
                "                     what the policy accepts)\n"
                "  -q, --quiet        no progress and no summary\n"
                "  Exit: 0 fine, 1 usage or nothing readable, 2 partly unreadable, 3 --fail-on,\n"
                "  4 database, or the packets could not be kept.\n",
        .run = run,
};
