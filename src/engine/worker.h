#ifndef TLSWIRE_ENGINE_WORKER_H
#define TLSWIRE_ENGINE_WORKER_H

#include "engine/connection.h"

/*
 * Runs packets of some flows down to events: one flow table per vantage, one nDPI. Used by one
 * thread at a time.
 */
struct worker;

struct worker *worker_new(enum app_label label, size_t max_flows);
/* worker_free frees; the vantages must have ended. */
void worker_free(struct worker *w);
/* A packet and the clock of its vantage. */
struct timed_packet {
    struct packet packet;
    int64_t clock_us;
};

/* worker_packet takes one TCP packet of the vantage at the clock of that vantage. */
void worker_packet(struct worker *w, uint32_t vantage, const struct packet *p, int64_t clock_us);
/* worker_packets takes n of them, whose packet.flow is set, and is faster. */
void worker_packets(
        struct worker *w, uint32_t vantage, const struct timed_packet *packets, size_t n);
/* worker_advance lets everything happen that is due by clock_us. */
void worker_advance(struct worker *w, uint32_t vantage, int64_t clock_us);
/* worker_end_vantage closes what is open: no input follows. */
void worker_end_vantage(struct worker *w, uint32_t vantage);
/* worker_take gives the events since the last call; the caller owns the batch. */
struct batch *worker_take(struct worker *w);
/* worker_counters adds up the counters of all its tables. */
struct flow_counters worker_counters(const struct worker *w);

#endif
