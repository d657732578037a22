#include "engine/tally.h"

#include "base/slot.h"
#include "engine/minutes.h"
#include "model/handshake.h"

#define SECOND_US INT64_C(1000000)

static void add_live(const struct tally *t, struct watch_counts *out)
{
    for (unsigned i = 0; i < t->n; i++)
        for (size_t k = 0; k < t->n_interfaces; k++) {
            struct live_stats s;
            live_stats(t->live[i], k, &s);
            out->received += s.received;
            out->kernel_drops += s.kernel_drops;
            out->own_drops += s.own_drops;
            out->interface_drops += s.interface_drops;
            out->interfaces_up += i == 0 && s.is_up;
        }
    out->interfaces = (unsigned)t->n_interfaces;
}

static void widen(struct watch_counts *out, const struct lane_counts *c)
{
    if (c->first_us == TIME_NONE)
        return;
    if (out->first_us == TIME_NONE || c->first_us < out->first_us)
        out->first_us = c->first_us;
    if (out->last_us == TIME_NONE || c->last_us > out->last_us)
        out->last_us = c->last_us;
    out->link_type = c->link_type;
}

/* The lanes first: what they have looked at was received before. */
void tally_counts(const struct tally *t, struct watch_counts *out)
{
    *out = (struct watch_counts){.first_us = TIME_NONE, .last_us = TIME_NONE};
    for (unsigned i = 0; i < t->n; i++) {
        struct lane_counts c;
        lane_counts_of(t->lanes[i], &c);
        out->analysed += c.analysed;
        out->skipped += c.skipped;
        out->frames += c.frames;
        out->bytes += c.bytes;
        out->truncated += c.truncated;
        out->tunnelled += c.tunnelled;
        out->clock_jumps += c.clock_jumps;
        packet_counters_add(&out->packets, &c.packets);
        flow_counters_add(&out->flows, &c.flows);
        widen(out, &c);
    }
    add_live(t, out);
    uint64_t known = out->analysed + out->skipped + out->kernel_drops + out->own_drops;
    out->waiting = out->received > known ? out->received - known : 0;
}

void tally_begin(struct tally *t, struct lane *const *lanes, struct live *const *live, unsigned n,
        size_t n_interfaces, int64_t now_us)
{
    *t = (struct tally){.lanes = lanes,
            .live = live,
            .n = n,
            .n_interfaces = n_interfaces,
            .looked_us = now_us,
            .minute_us = slot_start(now_us, MINUTE_US)};
    t->minute.first_us = t->minute.last_us = TIME_NONE;
    (void)pthread_mutex_init(&t->mutex, NULL);
}

void tally_end(struct tally *t)
{
    (void)pthread_mutex_destroy(&t->mutex);
}

void tally_look(struct tally *t, int64_t now_us)
{
    struct watch_counts c;
    const struct watch_counts *before = &t->looked;
    tally_counts(t, &c);
    (void)pthread_mutex_lock(&t->mutex);
    bool is_late = c.interface_drops > before->interface_drops; /* asked for once a second */
    losses_add(&t->losses, is_late ? t->looked_us - SECOND_US : t->looked_us, now_us,
            c.received - before->received + c.interface_drops - before->interface_drops,
            watch_drops(&c) - watch_drops(before));
    t->looked = c;
    t->looked_us = now_us;
    if (slot_start(now_us, MINUTE_US) != t->minute_us) {
        t->minute_us = slot_start(now_us, MINUTE_US);
        t->minute = c;
    }
    (void)pthread_mutex_unlock(&t->mutex);
}

void tally_minute(struct tally *t, int64_t minute_us, struct watch_counts *out)
{
    (void)pthread_mutex_lock(&t->mutex);
    bool is_noted = t->minute_us >= minute_us;
    *out = t->minute;
    (void)pthread_mutex_unlock(&t->mutex);
    if (!is_noted)
        tally_counts(t, out);
}

void tally_losses(struct tally *t, struct losses *out)
{
    (void)pthread_mutex_lock(&t->mutex);
    *out = t->losses;
    (void)pthread_mutex_unlock(&t->mutex);
}
