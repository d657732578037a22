/*
 * live_capture reads interfaces through src/capture/live.h and writes down what it got, for
 * live_capture.py: one line per frame ("lane interface ns-free-time wire-length first-bytes"), then
 * one line per lane and interface with the counters.
 *   live_capture INTERFACE[,INTERFACE] LANES SECONDS RING SLOW_US [FILTER [more]]
 * With "more", the kernel counts three packets too many at the end.
 */
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"
#include "capture/fanout.h"
#include "capture/live.h"

enum { LANES = 4, MOST = 64, SHOWN = 54 };

struct lane {
    struct live *live;
    unsigned number;
    unsigned slow_us;
    size_t frames, bytes;
    struct text lines;
    pthread_t thread;
};

static atomic_bool is_ending;
static atomic_bool kernel_counts_more;

/* Stands in for the one of libc. */
int getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
    int status = (int)syscall(SYS_getsockopt, fd, level, name, value, size);
    bool is_more = level == SOL_PACKET && name == PACKET_STATISTICS && status == 0;
    if (is_more && atomic_exchange(&kernel_counts_more, false))
        ((struct tpacket_stats_v3 *)value)->tp_packets += 3;
    return status;
}

static void take(void *ctx, const struct frame *f)
{
    struct lane *l = ctx;
    struct bytes head = {f->data.p, f->data.n < SHOWN ? f->data.n : SHOWN};
    l->frames++;
    l->bytes += f->data.n;
    text_addf(&l->lines, "frame %u %u %lld %u %zu ", l->number, f->interface, (long long)f->ts_us,
            f->wire_len, f->data.n);
    text_add_hex(&l->lines, head);
    text_add(&l->lines, "\n");
}

/* A lane of `watch` may neither open files nor sockets: here that ends the program. */
static void confine(void)
{
    struct sock_filter code[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 3, 0),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 2, 0),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 1, 0),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    xfree(xcalloc(1, 1)); /* the allocator looks for processors at its first call in a thread */
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        log_line("no seccomp here");
}

static void *run(void *arg)
{
    struct lane *l = arg;
    confine();
    while (!live_is_drained(l->live)) {
        size_t n = live_read(l->live, 100, MOST, take, l);
        if (n > 0 && l->slow_us > 0 && !is_ending)
            (void)usleep(l->slow_us);
    }
    return NULL;
}

/* How often the kernel was asked about links. */
static atomic_uint n_asked;

/* Stands in for the one of libc. */
ssize_t send(int fd, const void *bytes, size_t n, int flags)
{
    n_asked++;
    return syscall(SYS_sendto, fd, bytes, n, flags, NULL, 0);
}

static void say(const char *what, const char *text)
{
    (void)printf("%s %s\n", what, text);
    (void)fflush(stdout);
}

/* What the control thread does. */
static void look_after(struct lane *lanes, unsigned n_lanes, size_t n_interfaces)
{
    struct err err;
    struct live_stats unused;
    for (unsigned k = 0; k < n_lanes; k++)
        for (size_t i = 0; i < n_interfaces; i++) {
            live_stats(lanes[k].live, i, &unused);
            if (!live_is_lost(lanes[k].live, i, &err))
                continue;
            say("lost", err.text);
            if (live_reopen(lanes[k].live, i, &err))
                say("back", "");
            else
                say("not-yet", err.text);
        }
}

static void report(struct lane *l, size_t n_interfaces)
{
    struct live_stats s;
    (void)fputs(text_str(&l->lines), stdout);
    for (size_t i = 0; i < n_interfaces; i++) {
        live_stats(l->live, i, &s);
        (void)printf("stats %u %s received %llu drops %llu own %llu interface-drops %llu read %llu "
                     "up %d\n",
                l->number, s.name, (unsigned long long)s.received,
                (unsigned long long)s.kernel_drops, (unsigned long long)s.own_drops,
                (unsigned long long)s.interface_drops, (unsigned long long)s.read, s.is_up);
    }
    text_fini(&l->lines);
}

static size_t split(char *list, const char **names)
{
    size_t n = 0;
    char *rest = NULL;
    for (char *name = strtok_r(list, ",", &rest); name != NULL && n < LIVE_INTERFACES;
            name = strtok_r(NULL, ",", &rest))
        names[n++] = name;
    return n;
}

int main(int argc, char **argv)
{
    const char *names[LIVE_INTERFACES];
    struct lane lanes[LANES] = {0};
    struct err err;
    if (argc < 6)
        return 2;
    unsigned n_lanes = (unsigned)strtoul(argv[2], NULL, 10);
    struct live_options o = {.interfaces = names,
            .n_interfaces = split(argv[1], names),
            .n_lanes = n_lanes,
            .ring_bytes = strtoul(argv[4], NULL, 10),
            .is_promiscuous = true,
            .filter = argc > 6 ? argv[6] : NULL};
    o.fanout = fanout_new(o.n_interfaces);
    for (unsigned k = 0; k < n_lanes && k < LANES; k++) {
        o.lane = k;
        lanes[k].number = k;
        lanes[k].slow_us = (unsigned)strtoul(argv[5], NULL, 10);
        if (!live_open(&o, &lanes[k].live, &err)) {
            log_line("%s", err.text);
            fanout_free(o.fanout);
            return 1;
        }
    }
    for (unsigned k = 0; k < n_lanes; k++)
        (void)pthread_create(&lanes[k].thread, NULL, run, &lanes[k]);
    (void)usleep(3 * LIVE_HANDOVER_MS * 1000);
    say("ready", "");
    for (long i = 0; i < 10 * strtol(argv[3], NULL, 10); i++) {
        (void)usleep(100000);
        look_after(lanes, n_lanes, o.n_interfaces);
    }
    for (unsigned k = 0; k < n_lanes; k++)
        live_stop(lanes[k].live);
    kernel_counts_more = argc > 7;
    is_ending = true;
    for (unsigned k = 0; k < n_lanes; k++)
        (void)pthread_join(lanes[k].thread, NULL);
    live_look(lanes[0].live);
    (void)printf("asked %u\n", (unsigned)n_asked);
    for (unsigned k = 0; k < n_lanes; k++) {
        report(&lanes[k], o.n_interfaces);
        live_close(lanes[k].live);
    }
    fanout_free(o.fanout);
    return 0;
}
