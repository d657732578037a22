#include "engine/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "capture/host.h"
#include "capture/interfaces.h"
#include "capture/live.h"
#include "engine/sample.h"

struct doctor {
    const struct doctor_options *options;
    doctor_fn *fn;
    void *ctx;
    bool can_capture;
};

/* What is being looked at, and what to do should it not be well. */
struct subject {
    const char *check, *interface, *advice;
};

static void say(const struct doctor *d, enum doctor_state state, const struct subject *s,
        const char *format, ...) __attribute__((format(printf, 4, 5)));

static void say(const struct doctor *d, enum doctor_state state, const struct subject *s,
        const char *format, ...)
{
    char found[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(found, sizeof found, format, args);
    va_end(args);
    const struct doctor_check c = {
            state, s->check, s->interface, found, state == DOCTOR_OK ? NULL : s->advice};
    d->fn(d->ctx, &c);
}

const char *doctor_state_name(enum doctor_state state)
{
    static const char *const NAMES[] = {"ok", "note", "warn", "bad"};
    return NAMES[state];
}

static void check_permission(struct doctor *d)
{
    static const struct subject S = {"permission", NULL,
            "setcap cap_net_raw+ep on the program (getcap shows it), or start it as root"};
    struct err err;
    d->can_capture = host_can_capture(&err);
    if (d->can_capture)
        say(d, DOCTOR_OK, &S, "may open packet sockets");
    else
        say(d, DOCTOR_BAD, &S, "may not open packet sockets: %s", err.text);
}

static void check_ring(const struct doctor *d)
{
    static const struct subject S = {
            "ring", NULL, "free memory, or ask for less with --ring: bursts need room"};
    size_t wanted = d->options->ring_bytes;
    if (!d->can_capture)
        return;
    size_t most = host_ring_most(wanted);
    unsigned n = d->options->threads;
    enum doctor_state state = most == 0 ? DOCTOR_BAD : most < wanted ? DOCTOR_WARN : DOCTOR_OK;
    say(d, state, &S, "%zu of %zu MiB for a socket; each interface has one per thread (%u)",
            most >> 20, wanted >> 20, n);
}

static void check_clock(const struct doctor *d)
{
    static const struct subject CLOCK = {"clock", NULL,
            "run an NTP client (chrony, systemd-timesyncd): certificates are judged at the time of "
            "the packet"};
    static const struct subject SOURCE = {
            "clock source", NULL, "boot with clocksource=tsc where the hardware allows it"};
    static const char *const SLOW[] = {"hpet", "acpi_pm", "jiffies", "refined-jiffies", "pit"};
    struct host_clock c;
    host_clock(&c);
    if (!c.is_known)
        say(d, DOCTOR_NOTE, &CLOCK, "the kernel does not tell whether it is synchronised");
    else if (!c.is_synchronised)
        say(d, DOCTOR_WARN, &CLOCK, "not synchronised");
    else
        say(d, DOCTOR_OK, &CLOCK, "synchronised, off by %lld ms at most",
                (long long)(c.error_us / 1000));
    bool is_slow = false;
    for (size_t i = 0; i < sizeof SLOW / sizeof *SLOW; i++)
        is_slow |= strcmp(c.source, SLOW[i]) == 0;
    if (c.source[0] != '\0')
        say(d, is_slow ? DOCTOR_WARN : DOCTOR_OK, &SOURCE, "%s%s", c.source,
                is_slow ? ": slow to read, and coarse" : "");
}

static void check_processors(const struct doctor *d)
{
    static const struct subject S = {
            "processors", NULL, "use fewer threads: one more judges and writes"};
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned threads = d->options->threads;
    say(d, n > 0 && threads > (unsigned long)n ? DOCTOR_WARN : DOCTOR_OK, &S, "%ld for %u thread%s",
            n, threads, threads == 1 ? "" : "s");
}

static void check_link(const struct doctor *d, const char *name, const struct link_facts *f)
{
    char advice[128];
    struct subject s = {"link", name, advice};
    (void)snprintf(advice, sizeof advice, "ip link set %s up", name);
    if (!f->is_up) {
        say(d, DOCTOR_BAD, &s, "down");
        return;
    }
    s.advice = "check the cable and the mirror port";
    say(d, f->is_running ? DOCTOR_OK : DOCTOR_WARN, &s, "up, %s, MTU %u",
            f->is_running ? "carrier" : "no carrier", f->mtu);
    s = (struct subject){"lost before", name, "give the interface a larger ring, see below"};
    if (f->missed > 0)
        say(d, DOCTOR_NOTE, &s, "the interface lost %llu packets since it was set up, of %llu",
                (unsigned long long)f->missed, (unsigned long long)(f->packets + f->missed));
}

static void check_promiscuous(const struct doctor *d, const char *name)
{
    const struct subject s = {
            "promiscuous", name, "without it only packets to this machine are seen"};
    struct err err;
    if (!d->can_capture)
        return;
    if (host_can_promiscuous(name, &err))
        say(d, DOCTOR_OK, &s, "possible");
    else
        say(d, DOCTOR_WARN, &s, "not possible: %s", err.text);
}

static void check_offloads(const struct doctor *d, const char *name)
{
    char advice[192];
    struct host_offloads f;
    struct subject s = {"offloads", name, advice};
    host_offloads(name, &f);
    (void)snprintf(advice, sizeof advice,
            "for exact times of packets: ethtool -K %s gro off lro off%s", name,
            f.has_tso || f.has_gso ? ", and tso off gso off for what this machine sends" : "");
    bool is_joining = f.has_gro || f.has_lro;
    if (!f.is_known)
        say(d, DOCTOR_NOTE, &s, "the interface does not tell");
    else
        say(d, is_joining ? DOCTOR_NOTE : DOCTOR_OK, &s, "gro %s, lro %s, tso %s, gso %s%s",
                f.has_gro ? "on" : "off", f.has_lro ? "on" : "off", f.has_tso ? "on" : "off",
                f.has_gso ? "on" : "off",
                is_joining ? ": packets may come joined, which is read well" : "");
    (void)snprintf(advice, sizeof advice, "ethtool -G %s rx %u", name, f.ring_most);
    s.check = "interface ring";
    if (f.ring_most > 0)
        say(d, f.ring < f.ring_most ? DOCTOR_NOTE : DOCTOR_OK, &s, "%u of %u packets", f.ring,
                f.ring_most);
}

/* What came while it was looked at. */
static void judge_traffic(const struct doctor *d, const char *name, const struct sample_result *r)
{
    unsigned seconds = d->options->seconds;
    struct subject s = {"traffic", name, "check the mirror: nothing arrived on this interface"};
    say(d, r->frames > 0 ? DOCTOR_OK : DOCTOR_WARN, &s,
            "%llu packets in %u s (%llu/s, %llu kbit/s), longest %u bytes",
            (unsigned long long)r->frames, seconds, (unsigned long long)(r->frames / seconds),
            (unsigned long long)(r->bytes / 125 / seconds), r->longest);
    s = (struct subject){"kernel drops", name,
            "a larger --ring, more --threads, or a filter (-f) for less traffic"};
    say(d, r->kernel_drops > 0 ? DOCTOR_WARN : DOCTOR_OK, &s, "%llu of %llu packets",
            (unsigned long long)r->kernel_drops, (unsigned long long)r->received);
    s = (struct subject){"interface drops", name,
            "a larger ring of the interface (ethtool -G), more queues, or less traffic"};
    say(d, r->interface_drops > 0 ? DOCTOR_WARN : DOCTOR_OK, &s, "%llu packets",
            (unsigned long long)r->interface_drops);
}

static void judge_content(const struct doctor *d, const char *name, const struct sample_result *r)
{
    /* One thread gets them all, whose share of everything is less than that. */
    bool is_much = r->tunnelled * d->options->threads > r->frames && d->options->threads > 1;
    struct subject s = {"tunnels", name,
            is_much ? "start watch with --one-socket: else one thread gets all that is in tunnels, "
                      "since outer headers tell nothing of the flow inside"
                    : "all of them come to one thread; watch --one-socket shares them out by the "
                      "flow inside"};
    if (r->tunnelled > 0)
        say(d, is_much ? DOCTOR_WARN : DOCTOR_NOTE, &s, "%llu of %llu packets are in tunnels",
                (unsigned long long)r->tunnelled, (unsigned long long)r->frames);
    s = (struct subject){"directions", name,
            "mirror both directions (rx and tx): handshakes of which one side is missing cannot be "
            "judged"};
    if (r->syns + r->syn_acks >= SAMPLE_SYNS_LEAST && (r->syns == 0 || r->syn_acks == 0))
        say(d, DOCTOR_WARN, &s, "%llu SYN but %llu SYN-ACK: only one direction is mirrored",
                (unsigned long long)r->syns, (unsigned long long)r->syn_acks);
    s = (struct subject){"joined", name, NULL};
    if (r->joined > 0)
        say(d, DOCTOR_NOTE, &s, "%llu packets were longer than the MTU: an offload joined them",
                (unsigned long long)r->joined);
    s = (struct subject){"link type", name, "capture where packets are Ethernet, IP or cooked"};
    if (r->unsupported > 0)
        say(d, DOCTOR_BAD, &s, "%llu packets of link type %u, which is not read",
                (unsigned long long)r->unsupported, r->link_type);
    s = (struct subject){"VLANs", name, NULL};
    if (r->vlans > 0)
        say(d, DOCTOR_NOTE, &s, "%llu packets with a VLAN tag", (unsigned long long)r->vlans);
}

static void check_sample(const struct doctor *d, struct sample *sample)
{
    const char *name = sample_name(sample);
    struct sample_result r;
    sample_end(sample, &r);
    judge_traffic(d, name, &r);
    judge_content(d, name, &r);
}

/* False when it is of no use to capture there. */
static bool check_interface(const struct doctor *d, struct links *links, const char *name)
{
    const struct subject s = {"interface", name, "list them with `tlswire watch -D`"};
    struct link_facts f;
    if (strcmp(name, "any") == 0)
        return true;
    if (!links_find(links, name, &f, NULL)) {
        say(d, DOCTOR_BAD, &s, "no such interface");
        return false;
    }
    check_link(d, name, &f);
    check_promiscuous(d, name);
    check_offloads(d, name);
    return f.is_up;
}

static void check_sharing(const struct doctor *d, const char *name)
{
    const struct subject s = {"threads", name, "use one thread"};
    struct err err;
    if (d->options->threads < 2)
        return;
    if (sample_can_share(name, &err))
        say(d, DOCTOR_OK, &s, "can be shared among several");
    else
        say(d, DOCTOR_BAD, &s, "%s", err.text);
}

static struct sample *begin(const struct doctor *d, const char *name)
{
    const struct subject s = {"capture", name, NULL};
    struct sample *sample = NULL;
    struct err err;
    check_sharing(d, name);
    if (d->options->seconds > 0 && !sample_begin(name, d->options->ring_bytes, &sample, &err))
        say(d, DOCTOR_BAD, &s, "%s", err.text);
    return sample;
}

bool doctor_run(const struct doctor_options *o, doctor_fn *fn, void *ctx, struct err *err)
{
    static const struct subject NONE = {
            "interface", NULL, "bring one up, or name one with -i; `tlswire watch -D` lists them"};
    struct doctor d = {o, fn, ctx, false};
    struct live_interfaces all = {0};
    struct links *links = NULL;
    struct sample *samples[DOCTOR_INTERFACES] = {NULL};
    const char *names[DOCTOR_INTERFACES];
    size_t n = 0, n_samples = 0;
    if (!links_open(&links, err) || !live_interfaces(&all, err)) {
        links_close(links);
        return false;
    }
    for (size_t i = 0; i < o->n_interfaces && n < DOCTOR_INTERFACES; i++)
        names[n++] = o->interfaces[i];
    for (size_t i = 0; o->n_interfaces == 0 && i < all.n && n < DOCTOR_INTERFACES; i++)
        if (all.items[i].is_up && !all.items[i].is_loopback && all.items[i].mtu > 0)
            names[n++] = all.items[i].name;
    check_permission(&d);
    check_ring(&d);
    check_clock(&d);
    check_processors(&d);
    if (n == 0)
        say(&d, DOCTOR_BAD, &NONE, "none is up");
    for (size_t i = 0; i < n; i++) {
        struct sample *s = NULL;
        if (check_interface(&d, links, names[i]) && d.can_capture)
            s = begin(&d, names[i]);
        if (s != NULL)
            samples[n_samples++] = s;
    }
    samples_run(samples, n_samples, o->seconds);
    for (size_t i = 0; i < n_samples; i++) {
        check_sample(&d, samples[i]);
        sample_free(samples[i]);
    }
    live_interfaces_fini(&all);
    links_close(links);
    return true;
}
