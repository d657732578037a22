#include "engine/sample.h"

#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/now.h"
#include "capture/fanout.h"
#include "capture/interfaces.h"
#include "packet/packet.h"

/* Link-layer headers in front of the MTU: Ethernet and two tags. */
enum { HEADERS = 22, MOST = 4096, TURN_MS = 20 };

struct sample {
    char *name;
    uint32_t mtu;
    struct live *live;
    struct decoder *decoder;
    struct sample_result result;
};

static void count_packet(struct sample_result *r, const struct packet *p)
{
    r->tunnelled += p->tunnels > 0;
    r->vlans += p->vlan != 0;
    if (p->transport == PACKET_TCP && (p->tcp_flags & TCP_SYN) != 0) {
        r->syns += (p->tcp_flags & TCP_ACK) == 0;
        r->syn_acks += (p->tcp_flags & TCP_ACK) != 0;
    }
}

static void count(void *ctx, const struct frame *f)
{
    struct sample *s = ctx;
    struct sample_result *r = &s->result;
    struct packet p;
    r->frames++;
    r->bytes += f->wire_len;
    r->link_type = f->link_type;
    r->joined += s->mtu > 0 && f->wire_len > s->mtu + HEADERS;
    if (f->wire_len > r->longest)
        r->longest = f->wire_len;
    enum packet_result result = packet_decode(s->decoder, f, &p);
    r->unsupported += result == PACKET_UNSUPPORTED;
    if (result == PACKET_OK)
        count_packet(r, &p);
}

static struct live_options options_of(const char *const *interface, size_t ring_bytes)
{
    return (struct live_options){.interfaces = interface,
            .n_interfaces = 1,
            .n_lanes = 1,
            .ring_bytes = ring_bytes,
            .is_promiscuous = true};
}

bool sample_begin(const char *interface, size_t ring_bytes, struct sample **out, struct err *err)
{
    struct live_options o = options_of(&interface, ring_bytes);
    struct sample *s = xcalloc(1, sizeof *s);
    struct links *links = NULL;
    struct link_facts facts;
    s->name = xstrdup(interface);
    s->decoder = decoder_new();
    if (!live_open(&o, &s->live, err) || !links_open(&links, err)) {
        sample_free(s);
        return false;
    }
    s->mtu = links_find(links, interface, &facts, NULL) ? facts.mtu : 0;
    links_close(links);
    *out = s;
    return true;
}

void sample_free(struct sample *s)
{
    if (s == NULL)
        return;
    live_close(s->live);
    decoder_free(s->decoder);
    xfree(s->name);
    xfree(s);
}

const char *sample_name(const struct sample *s)
{
    return s->name;
}

void samples_run(struct sample *const *samples, size_t n, unsigned seconds)
{
    int64_t until = now_of(CLOCK_MONOTONIC) / 1000 + LIVE_HANDOVER_MS + (int64_t)seconds * 1000;
    if (n == 0)
        return;
    int turn_ms = TURN_MS / (int)n + 1;
    while (now_of(CLOCK_MONOTONIC) / 1000 < until)
        for (size_t i = 0; i < n; i++)
            (void)live_read(samples[i]->live, turn_ms, MOST, count, samples[i]);
    for (size_t i = 0; i < n; i++)
        live_stop(samples[i]->live);
    for (size_t i = 0; i < n; i++)
        while (!live_is_drained(samples[i]->live))
            (void)live_read(samples[i]->live, TURN_MS, MOST, count, samples[i]);
}

void sample_end(const struct sample *s, struct sample_result *out)
{
    struct live_stats stats;
    live_look(s->live);
    live_stats(s->live, 0, &stats);
    *out = s->result;
    out->received = stats.received;
    out->kernel_drops = stats.kernel_drops;
    out->interface_drops = stats.interface_drops;
}

bool sample_can_share(const char *interface, struct err *err)
{
    struct live_options o = options_of(&interface, 1 << 20);
    struct live *lanes[2] = {NULL, NULL};
    bool is_ok = true;
    o.n_lanes = 2;
    o.fanout = fanout_new(1);
    for (unsigned i = 0; i < 2 && is_ok; i++) {
        o.lane = i;
        is_ok = live_open(&o, &lanes[i], err);
    }
    live_close(lanes[0]);
    live_close(lanes[1]);
    fanout_free(o.fanout);
    return is_ok;
}
