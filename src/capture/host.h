#ifndef TLSWIRE_CAPTURE_HOST_H
#define TLSWIRE_CAPTURE_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* What of the machine decides how well it captures. */

/* host_can_capture says whether this process may open packet sockets; err says why not. */
bool host_can_capture(struct err *err);
/* host_ring_most gives the largest ring up to `wanted` bytes, halved until the kernel has room for
 * it; 0 when packet sockets may not be opened. */
size_t host_ring_most(size_t wanted);
/* host_can_promiscuous says whether the interface goes into promiscuous mode. */
bool host_can_promiscuous(const char *interface, struct err *err);

/* Offloads of an interface that join packets before they are captured, and its own ring. */
struct host_offloads {
    bool is_known;
    bool has_gro, has_lro;    /* of what comes in */
    bool has_tso, has_gso;    /* of what this machine sends */
    uint32_t ring, ring_most; /* packets; 0 the interface has none, or does not tell */
};
void host_offloads(const char *interface, struct host_offloads *out);

struct host_clock {
    bool is_known, is_synchronised;
    int64_t error_us; /* how wrong it may be at most, as the kernel says */
    char source[32];  /* "tsc"; "" not known */
};
void host_clock(struct host_clock *out);

#endif
