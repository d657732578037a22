#include "capture/tap.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/alloc.h"
#include "base/now.h"
#include "capture/fanout.h"

enum {
    RETIRE_MS = 40,       /* the kernel hands over a block that is not full; see LIVE_HANDOVER_MS */
    DRAIN_MOST_MS = 2000, /* gives up waiting for counters that do not add up */
    PREFIX = 5,           /* instructions of skip_doubles */
    PROGRAM_MOST = BPF_MAXINSNS,
};

/* Quiet until begin; after that taking, until stopped or gone. */
struct tap {
    pcap_t *pcap;
    char *name;
    int fd, link_type;
    uint32_t interface;
    atomic_bool is_quiet;
    bool is_drained;
    bool has_doubles;         /* loopback: each packet comes out and in */
    struct sock_fprog kernel; /* what it shall take */
    bool is_user;             /* the expression runs here, on what the kernel took */
    struct bpf_program user;
    int64_t opened_ms, gone_ms; /* gone_ms: 0 it is there */
    struct err why;
    struct fanout *fanout;           /* whose ticket is for */
    uint64_t ticket;                 /* 0: in no group */
    atomic_int_least64_t stopped_ms; /* 0 it is not */
    atomic_uint_least64_t read, ignored;
    pthread_mutex_t lock; /* of what follows, and of setting filters */
    uint64_t received, drops, own_drops;
    tap_frame_fn *fn;
    void *ctx;
};

int64_t tap_now_ms(void)
{
    return now_of(CLOCK_MONOTONIC) / 1000;
}

static struct sock_filter instruction(uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
    return (struct sock_filter){.code = code, .jt = jt, .jf = jf, .k = k};
}

/* libpcap passes over packets that leave by the loopback interface, since they come in again. The
 * kernel shall not count them either. */
static size_t skip_doubles(struct sock_filter out[PREFIX])
{
    uint16_t load = BPF_LD | BPF_W | BPF_ABS, equal = BPF_JMP | BPF_JEQ | BPF_K;
    out[0] = instruction(load, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE), 0, 0);
    out[1] = instruction(equal, PACKET_OUTGOING, 0, 3);
    out[2] = instruction(load, (uint32_t)(SKF_AD_OFF + SKF_AD_IFINDEX), 0, 0);
    out[3] = instruction(equal, if_nametoindex("lo"), 0, 1);
    out[4] = instruction(BPF_RET | BPF_K, 0, 0, 0);
    return PREFIX;
}

static bool attach(const struct tap *t, const struct sock_fprog *program)
{
    return setsockopt(t->fd, SOL_SOCKET, SO_ATTACH_FILTER, program, sizeof *program) == 0;
}

static bool attach_nothing(const struct tap *t)
{
    struct sock_filter none = instruction(BPF_RET | BPF_K, 0, 0, 0);
    return attach(t, &(struct sock_fprog){1, &none});
}

/* The program for the kernel: doubles left out, then the expression, or everything. */
static void build_kernel(struct tap *t, const struct bpf_program *expression)
{
    struct sock_filter *code = xcalloc(PREFIX + (size_t)expression->bf_len + 1, sizeof *code);
    size_t n = t->has_doubles ? skip_doubles(code) : 0;
    for (u_int i = 0; i < expression->bf_len; i++) {
        const struct bpf_insn *from = &expression->bf_insns[i];
        code[n++] = instruction(from->code, from->k, from->jt, from->jf);
    }
    if (expression->bf_len == 0)
        code[n++] = instruction(BPF_RET | BPF_K, (uint32_t)pcap_snapshot(t->pcap), 0, 0);
    t->kernel = (struct sock_fprog){(unsigned short)n, code};
}

/* The kernel gives cooked packets without the header that the expression was compiled for; a
 * program that it does not take (too long for its memory) runs here as well. */
static bool compile(struct tap *t, const char *filter, struct err *err)
{
    struct bpf_program none = {0, NULL}, code = none;
    bool is_cooked = t->link_type == DLT_LINUX_SLL || t->link_type == DLT_LINUX_SLL2;
    if (filter != NULL && pcap_compile(t->pcap, &code, filter, 1, PCAP_NETMASK_UNKNOWN) != 0) {
        err_set(err, "%s: filter '%s': %s; see pcap-filter(7)", t->name, filter,
                pcap_geterr(t->pcap));
        return false;
    }
    build_kernel(t, is_cooked || code.bf_len > PROGRAM_MOST - PREFIX ? &none : &code);
    t->is_user = filter != NULL && (t->kernel.len < code.bf_len || !attach(t, &t->kernel));
    pcap_freecode(&code);
    if (!t->is_user)
        return true;
    xfree(t->kernel.filter);
    build_kernel(t, &none);
    pcap_t *dead = pcap_open_dead(t->link_type, pcap_snapshot(t->pcap));
    bool is_ok = dead != NULL && pcap_compile(dead, &t->user, filter, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!is_ok)
        err_set(err, "%s: filter '%s': %s; see pcap-filter(7)", t->name, filter,
                dead != NULL ? pcap_geterr(dead) : "libpcap gave no handle");
    if (dead != NULL)
        pcap_close(dead);
    return is_ok;
}

static void explain_activation(const struct tap *t, int status, struct err *err)
{
    if (status == PCAP_ERROR_PERM_DENIED || status == PCAP_ERROR_PROMISC_PERM_DENIED)
        err_set(err,
                "%s: no permission to capture; give the program CAP_NET_RAW (setcap cap_net_raw+ep "
                "FILE) or start it as root",
                t->name);
    else if (status == PCAP_ERROR_NO_SUCH_DEVICE)
        err_set(err, "%s: no such interface; list them with `tlswire watch -D`", t->name);
    else if (status == PCAP_ERROR_IFACE_NOT_UP)
        err_set(err, "%s: the interface is down; bring it up with `ip link set %s up`", t->name,
                t->name);
    else
        err_set(err, "%s: cannot capture: %s", t->name,
                status == PCAP_ERROR ? pcap_geterr(t->pcap) : pcap_statustostr(status));
}

static bool activate(struct tap *t, const struct live_options *o, struct err *err)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    size_t ring = o->ring_bytes == 0 ? LIVE_RING_BYTES : o->ring_bytes;
    t->pcap = pcap_create(t->name, text);
    if (t->pcap == NULL) {
        err_set(err, "%s: cannot capture: %s", t->name, text);
        return false;
    }
    (void)pcap_set_snaplen(t->pcap, o->snap_len == 0 ? LIVE_SNAP_LEN : o->snap_len);
    (void)pcap_set_promisc(t->pcap, o->is_promiscuous);
    (void)pcap_set_timeout(t->pcap, RETIRE_MS);
    (void)pcap_set_buffer_size(t->pcap, ring > INT32_MAX ? INT32_MAX : (int)ring);
    (void)pcap_set_tstamp_precision(t->pcap, PCAP_TSTAMP_PRECISION_NANO);
    int status = pcap_activate(t->pcap);
    if (status < 0) {
        explain_activation(t, status, err);
        return false;
    }
    if (pcap_setnonblock(t->pcap, 1, text) != 0) {
        err_set(err, "%s: cannot capture: %s", t->name, text);
        return false;
    }
    t->fd = pcap_fileno(t->pcap);
    t->link_type = pcap_datalink(t->pcap);
    return true;
}

static bool join_group(struct tap *t, const struct live_options *o, struct err *err)
{
    int error = 0;
    if (o->n_lanes < 2)
        return true;
    t->fanout = o->fanout;
    t->ticket = fanout_join(o->fanout, t->interface, o->lane, t->fd, &error);
    if (t->ticket != 0)
        return true;
    err_set(err,
            "%s: cannot share the interface among %u threads (fanout group): %s; try again or use "
            "one thread",
            t->name, o->n_lanes, strerror(error));
    return false;
}

bool tap_open(const struct live_options *o, size_t interface, struct tap **out, struct err *err)
{
    struct tap *t = xcalloc(1, sizeof *t);
    (void)pthread_mutex_init(&t->lock, NULL);
    t->name = xstrdup(o->interfaces[interface]);
    t->interface = (uint32_t)interface;
    t->is_quiet = true;
    if (!activate(t, o, err))
        goto fail;
    t->has_doubles = strcmp(t->name, "any") == 0 || strcmp(t->name, "lo") == 0;
    if (!compile(t, o->filter, err) || !join_group(t, o, err))
        goto fail;
    if (!attach_nothing(t)) {
        err_set(err, "%s: the kernel takes no filter: %s", t->name, strerror(errno));
        goto fail;
    }
    t->opened_ms = tap_now_ms();
    *out = t;
    return true;
fail:
    tap_close(t);
    return false;
}

void tap_close(struct tap *t)
{
    if (t == NULL)
        return;
    if (t->fanout != NULL)
        fanout_leave(t->fanout, t->interface, t->ticket);
    if (t->pcap != NULL)
        pcap_close(t->pcap);
    pcap_freecode(&t->user);
    xfree(t->kernel.filter);
    xfree(t->name);
    (void)pthread_mutex_destroy(&t->lock);
    xfree(t);
}

int tap_fd(const struct tap *t)
{
    return t->fd;
}

bool tap_is_quiet(const struct tap *t)
{
    return t->is_quiet;
}

/* Takes the kernel's counters, which it sets to zero. With TPACKET_V3 received includes drops. */
static void fold(struct tap *t)
{
    struct tpacket_stats_v3 now = {0};
    socklen_t n = sizeof now;
    if (getsockopt(t->fd, SOL_PACKET, PACKET_STATISTICS, &now, &n) != 0)
        return;
    t->received += now.tp_packets;
    t->drops += now.tp_drops;
}

static void add_up(struct tap *t, struct tap_counts *out)
{
    if (!t->is_quiet)
        fold(t);
    uint64_t ignored = t->ignored;
    *out = (struct tap_counts){0};
    out->received = t->received > ignored ? t->received - ignored : 0;
    out->drops = t->drops;
    out->read = t->read;
    out->own_drops = t->own_drops;
}

void tap_counts(struct tap *t, struct tap_counts *out)
{
    (void)pthread_mutex_lock(&t->lock);
    add_up(t, out);
    (void)pthread_mutex_unlock(&t->lock);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): libpcap's signature */
static void take(u_char *user, const struct pcap_pkthdr *header, const u_char *data)
{
    union {
        u_char *user;
        struct tap *tap;
    } to = {user};
    struct tap *t = to.tap;
    if (t->fn == NULL || (t->is_user && pcap_offline_filter(&t->user, header, data) == 0)) {
        t->ignored++;
        return;
    }
    int64_t seconds = header->ts.tv_sec;
    struct frame frame = {
            .ts_us = seconds * 1000000 + header->ts.tv_usec / 1000,
            .interface = t->interface,
            /* DLT_RAW is 12 here and LINKTYPE_RAW 101; the others are equal. */
            .link_type = t->link_type == DLT_RAW ? 101 : (uint16_t)t->link_type,
            .wire_len = header->len,
            .data = {data, header->caplen},
    };
    t->read++;
    t->fn(t->ctx, &frame, seconds * 1000000000 + header->ts.tv_usec);
}

/* One turn over the ring; false when it was empty. */
static bool dispatch(struct tap *t, size_t most)
{
    uint64_t before = t->read + t->ignored;
    union {
        struct tap *tap;
        u_char *user;
    } as = {t};
    int n = pcap_dispatch(t->pcap, most > INT32_MAX ? INT32_MAX : (int)most, take, as.user);
    if (n < 0 && t->gone_ms == 0) {
        err_set(&t->why, "%s: capture ended until it is there again: %s", t->name,
                pcap_geterr(t->pcap));
        t->gone_ms = tap_now_ms();
    }
    return t->read + t->ignored > before;
}

/* Throws away what came before the filter, and its counters, and begins to take packets. */
static bool begin(struct tap *t)
{
    int64_t waited = tap_now_ms() - t->opened_ms;
    if (waited < LIVE_HANDOVER_MS)
        return false;
    t->fn = NULL;
    while (dispatch(t, 4096) && t->gone_ms == 0)
        ;
    (void)pthread_mutex_lock(&t->lock);
    fold(t);
    if (t->received == t->ignored + t->drops || waited > DRAIN_MOST_MS) {
        t->received = t->drops = 0;
        t->ignored = 0;
        if (t->stopped_ms == 0 && !attach(t, &t->kernel)) {
            err_set(&t->why, "%s: the kernel takes no filter: %s", t->name, strerror(errno));
            t->gone_ms = tap_now_ms();
        }
        t->is_quiet = false;
    }
    (void)pthread_mutex_unlock(&t->lock);
    return !t->is_quiet;
}

void tap_balance(struct tap_counts *c)
{
    uint64_t known = c->read + c->drops;
    c->own_drops = c->received > known ? c->received - known : 0;
    c->received = known + c->own_drops;
}

/* Counters that never added up are made to, so that what is missing can be seen. */
static void end(struct tap *t)
{
    struct tap_counts c;
    (void)pthread_mutex_lock(&t->lock);
    add_up(t, &c);
    tap_balance(&c);
    t->received = c.received + t->ignored;
    t->own_drops = c.own_drops;
    (void)pthread_mutex_unlock(&t->lock);
    t->is_drained = true;
}

/* The ring is empty, and the tap stopped or gone: is that all? */
static void settle(struct tap *t)
{
    struct tap_counts c;
    int64_t since = t->gone_ms != 0 ? t->gone_ms : t->stopped_ms;
    int64_t waited = tap_now_ms() - since;
    if (since == 0 || waited < LIVE_HANDOVER_MS)
        return;
    tap_counts(t, &c);
    if (!t->is_drained && (c.received == c.read + c.drops || waited > DRAIN_MOST_MS))
        end(t);
}

bool tap_read(struct tap *t, size_t most, tap_frame_fn *fn, void *ctx)
{
    if (t->is_quiet && !begin(t))
        return false;
    t->fn = fn;
    t->ctx = ctx;
    if (dispatch(t, most))
        return true;
    settle(t);
    return false;
}

bool tap_is_gone(const struct tap *t, struct err *why)
{
    if (t->gone_ms != 0 && why != NULL)
        *why = t->why;
    return t->gone_ms != 0;
}

void tap_stop(struct tap *t)
{
    (void)pthread_mutex_lock(&t->lock);
    if (t->stopped_ms == 0) {
        (void)attach_nothing(t);
        t->stopped_ms = tap_now_ms();
    }
    (void)pthread_mutex_unlock(&t->lock);
}

bool tap_is_drained(const struct tap *t)
{
    return t->is_drained;
}
