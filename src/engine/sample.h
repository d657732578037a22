#ifndef TLSWIRE_ENGINE_SAMPLE_H
#define TLSWIRE_ENGINE_SAMPLE_H

#include "capture/live.h"

/* Some seconds of one interface, only counted. */
struct sample;

struct sample_result {
    uint64_t received, kernel_drops, interface_drops;
    uint64_t frames, bytes; /* on the wire */
    uint64_t tunnelled, vlans, unsupported;
    uint64_t joined; /* longer than the MTU allows */
    uint64_t syns, syn_acks;
    uint32_t longest;
    uint16_t link_type;
};

enum { SAMPLE_SYNS_LEAST = 20 }; /* before a direction that is missing means something */

/* sample_begin opens the interface; false with err when it cannot. */
bool sample_begin(const char *interface, size_t ring_bytes, struct sample **out, struct err *err);
void sample_free(struct sample *s);
const char *sample_name(const struct sample *s);
/* samples_run counts on all of them for so many seconds, and until their rings are empty. */
void samples_run(struct sample *const *samples, size_t n, unsigned seconds);
void sample_end(const struct sample *s, struct sample_result *out);
/* sample_can_share says whether two sockets can share the interface by flows. */
bool sample_can_share(const char *interface, struct err *err);

#endif
