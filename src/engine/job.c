#include "engine/job.h"

#include <string.h>

#include "base/alloc.h"

/* The bytes stand in data by offset, since data moves while it grows. */
struct packed {
    struct timed_packet timed;
    size_t ip_at, payload_at;
};

struct job *job_new(void)
{
    return xcalloc(1, sizeof(struct job));
}

void job_free(struct job *j)
{
    if (j == NULL)
        return;
    xfree(j->packets);
    xfree(j->data);
    xfree(j);
}

void job_clear(struct job *j)
{
    j->n = 0;
    j->n_data = 0;
}

static size_t keep(struct job *j, struct bytes b)
{
    size_t at = j->n_data;
    if (at + b.n > j->cap_data) {
        j->cap_data = (at + b.n) * 2;
        j->data = xrealloc(j->data, j->cap_data, 1);
    }
    if (b.n > 0)
        memcpy(j->data + at, b.p, b.n);
    j->n_data += b.n;
    return at;
}

void job_add(struct job *j, const struct packet *p, int64_t clock_us)
{
    if (j->n == j->cap) {
        j->cap = j->cap > 0 ? j->cap * 2 : 256;
        j->packets = xrealloc(j->packets, j->cap, sizeof *j->packets);
    }
    struct packed *to = &j->packets[j->n++];
    to->timed = (struct timed_packet){*p, clock_us};
    to->ip_at = keep(j, p->ip);
    uintptr_t ip = (uintptr_t)p->ip.p;
    uintptr_t payload = (uintptr_t)p->payload.p;
    bool is_inside = p->ip.n > 0 && payload >= ip && payload - ip + p->payload.n <= p->ip.n;
    to->payload_at = is_inside ? to->ip_at + (payload - ip) : keep(j, p->payload);
}

void job_packet(const struct job *j, size_t i, struct timed_packet *out)
{
    const struct packed *from = &j->packets[i];
    *out = from->timed;
    out->packet.ip.p = j->data + from->ip_at;
    out->packet.payload.p = j->data + from->payload_at;
}
