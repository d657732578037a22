#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/now.h"
#include "base/text.h"
#include "cli/run_common.h"
#include "cli/watch_options.h"
#include "cli/watch_samples.h"
#include "export/events.h"
#include "export/prometheus.h"
#include "report/format.h"
#include "sandbox/notify.h"
#include "sandbox/sandbox.h"

/* What the callbacks of a run share. The notifier belongs to the control thread, the sandbox to the
 * one that reloads, events and metrics to the analyst's. */
struct session {
    const struct watch_command *o;
    struct sandbox *sandbox; /* NULL: --no-sandbox */
    struct notifier *notifier;
    struct events *events;                    /* NULL: none */
    struct verify_options given;              /* on the command line */
    bool is_events_broken, is_metrics_broken; /* was said */
    atomic_flag is_said[2];                   /* what lanes, and other threads, may */
};

static void on_notice(void *ctx, const char *line)
{
    (void)ctx;
    log_line("%s", line);
}

static void say(const struct session *s, bool is_ok, const struct err *said)
{
    if (said->text[0] != '\0' && (!is_ok || !s->o->is_quiet))
        log_line("%s", said->text);
}

static void enter_control(struct session *s)
{
    struct err said;
    bool is_ok = sandbox_files(s->sandbox, &said);
    say(s, is_ok, &said);
    is_ok = sandbox_thread(SANDBOX_CONTROL, &said);
    say(s, is_ok, &said);
}

static void enter(void *ctx, enum watch_thread kind)
{
    struct session *s = ctx;
    struct err said;
    if (s->sandbox == NULL && kind == WATCH_CONTROL)
        log_line("no sandbox (--no-sandbox): every thread keeps all that its user may");
    if (s->sandbox == NULL)
        return;
    if (kind == WATCH_CONTROL) {
        enter_control(s);
        return;
    }
    bool is_ok = sandbox_thread(kind == WATCH_LANE ? SANDBOX_LANE : SANDBOX_WORKER, &said);
    if (!atomic_flag_test_and_set(&s->is_said[kind == WATCH_LANE]))
        say(s, is_ok, &said); /* once: the threads of a kind are alike */
}

static void ready(void *ctx)
{
    const struct session *s = ctx;
    (void)notify_ready(s->notifier);
    if (!s->o->is_quiet)
        log_line("watching %zu interface%s with %u thread%s into %s: stop with Ctrl-C",
                s->o->watch.n_interfaces, format_s(s->o->watch.n_interfaces),
                s->o->watch.run.n_workers, format_s(s->o->watch.run.n_workers), s->o->watch.run.db);
}

static void alive(void *ctx)
{
    const struct session *s = ctx;
    (void)notify_watchdog(s->notifier);
}

static void stopping(void *ctx)
{
    const struct session *s = ctx;
    (void)notify_stopping(s->notifier);
}

static void ending(void *ctx)
{
    const struct session *s = ctx;
    events_close(s->events);
}

/* The first of the lines that are lost is told. */
static void note_events(struct session *s, bool is_ok)
{
    if (!is_ok && !s->is_events_broken)
        log_line("--events %s: cannot be written: lines are lost until it can", s->o->events);
    if (is_ok && s->is_events_broken)
        log_line("--events %s: is written again; %llu lines were lost so far", s->o->events,
                (unsigned long long)events_lost(s->events));
    s->is_events_broken = !is_ok;
}

static void on_finding(void *ctx, const struct finding *f)
{
    struct session *s = ctx;
    if (s->events != NULL)
        note_events(s, events_finding(s->events, f));
}

static void on_minute(void *ctx, const struct watch_minute *m)
{
    struct session *s = ctx;
    struct sample samples[WATCH_SAMPLES];
    struct err err;
    size_t n = watch_samples(m, s->events != NULL ? events_lost(s->events) : 0, samples);
    const struct events_capture capture = {m->counts.received, m->counts.kernel_drops};
    if (s->events != NULL)
        note_events(s, events_stats(s->events, m->at_us, &capture, samples, n));
    bool is_ok = s->o->metrics == NULL || prometheus_write(s->o->metrics, samples, n, &err);
    if (!is_ok && !s->is_metrics_broken)
        log_line("%s", err.text);
    s->is_metrics_broken = !is_ok;
}

static const char KEPT[] = "; the old policy stays";

static bool allows(void *ctx, const char *path)
{
    const struct session *s = ctx;
    bool is_ok = s->sandbox == NULL || sandbox_allows(s->sandbox, path, false);
    if (!is_ok)
        log_line("%s: outside of what the sandbox has allowed since the start, restart for it%s",
                path, KEPT);
    return is_ok;
}

/* SIGHUP: files that were renamed are made anew. */
static void reopen(void *ctx)
{
    const struct session *s = ctx;
    events_reopen(s->events);
}

static void reloading(void *ctx, bool is_over)
{
    const struct session *s = ctx;
    if (is_over)
        (void)notify_ready(s->notifier);
    else
        (void)notify_reloading(s->notifier, now_of(CLOCK_MONOTONIC));
}

/* Policy, trust and the like are read again, in a thread of its own. */
static bool reload(void *ctx, struct watch_means *out)
{
    struct session *s = ctx;
    struct judge_options judge = s->o->judge;
    struct run_options run = {.verify = s->given};
    struct judge_means means = {0};
    judge.allows = allows;
    judge.otherwise = KEPT;
    judge.ctx = s;
    if ((judge.policy != NULL && !allows(s, judge.policy)) ||
            judge_load(&judge, &run, &means) != EXIT_FINE) {
        judge_free(&means);
        return false;
    }
    struct err err;
    if (!verifier_prepare(means.verifier, &err)) {
        log_line("%s%s", err.text, KEPT);
        judge_free(&means);
        return false;
    }
    *out = (struct watch_means){means.policy, means.inventory, means.verifier};
    return true;
}

static bool grant(struct sandbox *s, const char *path, bool can_write)
{
    struct err err;
    if (path == NULL || path[0] == '\0' || strcmp(path, "-") == 0 ||
            sandbox_grant(s, path, can_write, &err))
        return true;
    log_line("%s", err.text);
    return false;
}

static bool grant_list(struct sandbox *s, const struct file_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        const char *path = strchr(list->paths[i], '=');
        if (!grant(s, path != NULL ? path + 1 : list->paths[i], false))
            return false;
    }
    return true;
}

static bool grant_most(struct sandbox *s, const struct watch_command *o)
{
    const struct run_options *run = &o->watch.run;
    const struct verify_options *v = &run->verify;
    struct err unused;
    /* Also when others are named: the next policy may name none. */
    if (!sandbox_grant(s, verifier_system_store(), false, &unused) && v->trust.n == 0)
        return grant(s, verifier_system_store(), false); /* it says why */
    return grant(s, o->events, true) && grant(s, o->metrics, true) &&
           grant(s, run->evidence, true) && grant(s, o->judge.policy, false) &&
           grant(s, o->judge.inventory, false) && grant(s, policy_inventory(run->policy), false) &&
           grant_list(s, &v->trust) && grant_list(s, &v->intermediates) &&
           grant_list(s, &v->crls) && grant_list(s, &v->ocsp) && grant_list(s, &v->ct_logs) &&
           grant_list(s, &v->blocklists);
}

/* What the options name, and nothing else. */
static int grant_all(struct sandbox *s, const struct watch_command *o)
{
    if (!grant(s, o->watch.run.db, true))
        return EXIT_STORE;
    return grant_most(s, o) ? EXIT_FINE : EXIT_USAGE;
}

/* Where it stands in nobody's way. */
static void put_summary(const struct watch_command *w, const struct run_result *r)
{
    const struct run_options *o = &w->watch.run;
    bool is_taken = w->events != NULL && strcmp(w->events, "-") == 0;
    FILE *out = is_taken ? stderr : stdout;
    (void)fprintf(out, "%llu packets, %llu bytes\n", (unsigned long long)r->packets,
            (unsigned long long)r->bytes);
    summary_put(out, r);
    if (o->evidence != NULL)
        (void)fprintf(out, "  packets of %llu connection%s kept in %s\n",
                (unsigned long long)r->evidence_files, format_s(r->evidence_files), o->evidence);
    next_put(out, o->db);
}

static int watch(struct session *s, struct watch_command *o)
{
    struct run_result result;
    struct err err;
    o->watch.run.notice = on_notice;
    o->watch.run.ctx = s;
    o->watch.enter = enter;
    o->watch.ready = ready;
    o->watch.alive = alive;
    o->watch.stopping = stopping;
    o->watch.ending = ending;
    o->watch.on_finding = on_finding;
    o->watch.on_minute = on_minute;
    o->watch.reopen = reopen;
    o->watch.reloading = reloading;
    o->watch.reload = reload;
    o->watch.hang_s = (unsigned)(2 * notify_interval_us(s->notifier) / 1000000);
    int status = run_watch(&o->watch, &result, &err);
    if (status != EXIT_FINE)
        log_line("%s", err.text);
    else if (!o->is_quiet)
        put_summary(o, &result);
    return status;
}

/* Gives the directory that path is in; it is not checked. */
static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *directory = xstrdup(slash != NULL ? path : ".");
    if (slash != NULL)
        directory[slash == path ? 1 : slash - path] = '\0';
    return directory;
}

/* Whether files can be made there; errno says why not. Root in the sandbox has no more than other
 * users: what it may by capabilities alone is over when the first minute is. */
static bool can_write_in(const char *directory, bool is_sandboxed)
{
    struct stat st;
    if (stat(directory, &st) != 0)
        return false;
    bool is_shut = is_sandboxed && geteuid() == 0 && st.st_uid != 0 &&
                   (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
    if (!S_ISDIR(st.st_mode) || is_shut) {
        errno = is_shut ? EACCES : ENOTDIR;
        return false;
    }
    return faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) == 0;
}

/* Each minute another file takes its place, so it is the directory that has to be writable. */
static bool check_metrics(const char *path, bool is_sandboxed, struct err *err)
{
    struct stat st;
    bool is_directory =
            path[strlen(path) - 1] == '/' || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
    char *directory = directory_of(path);
    bool is_ok = !is_directory && can_write_in(directory, is_sandboxed);
    if (is_directory)
        err_set(err, "--metrics %s: a directory: name a file in it", path);
    else if (!is_ok)
        err_set(err, "--metrics %s: %s: name a file in a directory that can be written", path,
                strerror(errno));
    xfree(directory);
    return is_ok;
}

/* What is to be written can be. */
static int open_files(struct session *s, const struct watch_command *o)
{
    struct err err;
    const char *evidence = o->watch.run.evidence;
    if ((o->metrics == NULL || check_metrics(o->metrics, !o->is_open, &err)) &&
            (evidence == NULL || run_evidence_check(evidence, &err)) &&
            (o->events == NULL || events_open(o->events, &s->events, &err)))
        return EXIT_FINE;
    log_line("%s", err.text);
    return EXIT_USAGE;
}

static int start(struct session *s, struct watch_command *o)
{
    struct judge_means means = {0};
    struct err said = {.text = ""};
    s->given = o->watch.run.verify;
    s->notifier = notify_open(&said);
    say(s, false, &said);
    if (o->user != NULL && !sandbox_user(o->user, &said)) {
        log_line("%s", said.text);
        return EXIT_USAGE;
    }
    if (o->user != NULL)
        say(s, true, &said);
    int status = judge_load(&o->judge, &o->watch.run, &means);
    if (status == EXIT_FINE && !verifier_prepare(means.verifier, &said)) {
        log_line("%s", said.text);
        status = EXIT_USAGE;
    }
    if (status == EXIT_FINE)
        status = open_files(s, o);
    if (status == EXIT_FINE && !o->is_open) {
        s->sandbox = sandbox_new();
        status = grant_all(s->sandbox, o);
    }
    if (status == EXIT_FINE)
        status = watch(s, o);
    events_close(s->events);
    sandbox_free(s->sandbox);
    notify_close(s->notifier);
    judge_free(&means);
    return status;
}

static void put_interface(void *ctx, const struct watch_interface *i)
{
    struct text t = {0};
    (void)ctx;
    text_addf(&t, "%-15s  %-24s  %-10s  %s", i->name, i->flags, i->link_type, i->addresses);
    (void)printf("%s\n", text_str(&t));
    text_fini(&t);
}

static int put_interfaces(void)
{
    struct err err;
    (void)printf("%-15s  %-24s  %-10s  %s\n", "INTERFACE", "STATE", "LINK TYPE", "ADDRESSES");
    if (watch_interfaces(put_interface, NULL, &err))
        return EXIT_FINE;
    log_line("%s", err.text);
    return EXIT_USAGE;
}

static int run(int argc, char **argv)
{
    struct watch_command o;
    struct session s = {.o = &o, .is_said = {ATOMIC_FLAG_INIT, ATOMIC_FLAG_INIT}};
    struct text filter = {0}, arguments = {0};
    int status = watch_options_parse(argc, argv, &o);
    if (status == EXIT_FINE && o.is_list)
        return put_interfaces();
    if (status == EXIT_FINE && o.filter_file != NULL) {
        status = filter_load(&command_watch, o.filter_file, &filter);
        o.watch.run.filter = text_str(&filter);
    }
    if (status == EXIT_FINE) {
        arguments_add(&arguments, argc, argv);
        o.watch.run.arguments = text_str(&arguments);
        status = start(&s, &o);
    }
    text_fini(&filter);
    text_fini(&arguments);
    return status;
}

const struct command command_watch = {
        .name = "watch",
        .synopsis = "[options] -i INTERFACE[,INTERFACE]",
        .summary = "capture from interfaces and judge as it happens",
        .help = "  -i, --interface N  interfaces to capture from, with commas between them; "
                "together\n"
                "                     they are one vantage\n"
                "  -D                 list the interfaces of this machine\n"
                "  --db FILE          inventory and findings (default tlswire.db); handshakes go "
                "to\n"
                "                     segments in FILE.d\n"
                "  --threads N        sockets in a fanout group, each with a thread (default 1)\n"
                "  --one-socket       threads behind one socket, steered by the innermost flow: "
                "for\n"
                "                     mirrors that send mostly tunnels, which else one thread "
                "gets\n"
                "  --ring SIZE        ring of each socket (default 64M)\n"
                "  -s, --snaplen N    bytes of each packet (default 262144)\n"
                "  --no-promiscuous   only what is for this host\n"
                "  --key-vlan         the same addresses and ports in two VLANs are two "
                "connections\n"
                "  -f EXPRESSION      only packets that pass this pcap-filter(7) expression\n"
                "  -F FILE            the expression is in FILE\n"
                "  --rotate-size SIZE, --rotate-time T\n"
                "                     begin another segment (default 1G, 1d)\n"
                "  --keep N, --keep-size SIZE, --keep-time T\n"
                "                     remove older segments (default: keep all)\n"
                "  --keep-metrics T   counts by minute and hour are kept so long (default 90d)\n"
                "  --evidence DIR     keep the packets of connections with findings in DIR, one\n"
                "                     pcapng file each\n"
                "  --evidence-size N  DIR holds no more than this (default 256M)\n"
                "  --events FILE      a line of JSON for each finding that opens, changes or\n"
                "                     closes, and counters each minute; - is standard output\n"
                "  --metrics FILE     counters for Prometheus, each minute\n"
                "  --user NAME        become this user, with CAP_NET_RAW alone, when root starts "
                "it\n"
                "  --no-sandbox       without seccomp and Landlock\n"
                "  --duration T       stop by itself (default: at SIGINT or SIGTERM)\n"
                "  --policy, --profile, --inventory, --trust, --intermediates, --verify, --crl,\n"
                "  --ocsp, --ct-logs, --blocklist, --app-label\n"
                "                     as for read\n"
                "  -q, --quiet        only what needs attention\n"
                "  Signals: SIGINT and SIGTERM drain and end, a second one at once; SIGHUP reads\n"
                "  the policy again and reopens files; SIGUSR1 prints a line of counters.\n"
                "  Exit: 0 fine, 1 usage or an interface that cannot be opened, 4 the database "
                "cannot\n"
                "  be opened or written, or was removed, or a thread hung at the end.\n",
        .run = run,
};
