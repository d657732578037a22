#ifndef TLSWIRE_ENGINE_POOL_H
#define TLSWIRE_ENGINE_POOL_H

#include "engine/epoch.h"
#include "engine/worker.h"

/*
 * N workers behind one reader. With one worker the packets are processed in the reader's thread;
 * with more they are copied into jobs, steered by flow. Each epoch ends with one batch per worker
 * in results[i].
 */
struct pool;

enum { POOL_MOST = EPOCH_BATCHES, POOL_FLOWS = 262144, POOL_QUEUE = 4 };

struct pool_options {
    unsigned n_workers; /* 0 is one */
    enum app_label label;
    size_t max_flows; /* of all workers; 0: POOL_FLOWS */
    unsigned queue;   /* epochs that may wait for the analyst; 0: POOL_QUEUE */
    /* Called first thing in each thread that is made; may be NULL. */
    void (*enter)(void *ctx);
    void *ctx;
};

struct pool *pool_new(const struct pool_options *o);
/* pool_packet hands over one packet; its views live until pool_flush or pool_end_epoch. */
void pool_packet(struct pool *p, uint32_t vantage, const struct packet *packet, int64_t clock_us);
/* pool_flush is done with the views of all packets when it returns. */
void pool_flush(struct pool *p);
/* pool_is_full says that the epoch has enough packets and should end; it depends on the packets
 * alone, not on the number of workers. */
bool pool_is_full(const struct pool *p);
/* pool_end_epoch advances every worker to clock_us, closes the vantage when is_last, and lets each
 * push its batch. */
void pool_end_epoch(struct pool *p, uint32_t vantage, int64_t clock_us, bool is_last);
/* pool_cut closes the vantage of the only worker within the epoch: what follows begins anew. */
void pool_cut(struct pool *p, uint32_t vantage);
/* pool_results gives the rings in which the workers' batches arrive, one per epoch; they live as
 * long as the pool. */
struct ring *const *pool_results(const struct pool *p, unsigned *n);
/* pool_counters adds up the counters, as of the latest epoch that each worker ended. */
struct flow_counters pool_counters(const struct pool *p);
/* pool_stop ends the threads after the last epoch and gives the sum of the counters. */
struct flow_counters pool_stop(struct pool *p);
/* pool_free frees a stopped pool; NULL is fine. */
void pool_free(struct pool *p);

#endif
