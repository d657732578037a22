#ifndef TLSWIRE_ENGINE_JOB_H
#define TLSWIRE_ENGINE_JOB_H

#include "engine/worker.h"

/* Copies of the packets of one epoch for one worker thread, and how the epoch ends. */
struct job {
    uint32_t vantage;
    int64_t clock_us; /* at the end of the epoch */
    bool is_last;     /* the vantage ends with it */
    struct packed *packets;
    size_t n, cap;
    uint8_t *data;
    size_t n_data, cap_data;
};

struct job *job_new(void);
void job_free(struct job *j);
void job_clear(struct job *j);
/* job_add copies the packet and its bytes. */
void job_add(struct job *j, const struct packet *p, int64_t clock_us);
/* job_packet gives packet i, whose views live until job_clear. */
void job_packet(const struct job *j, size_t i, struct timed_packet *out);

#endif
