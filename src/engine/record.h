#ifndef TLSWIRE_ENGINE_RECORD_H
#define TLSWIRE_ENGINE_RECORD_H

#include "engine/run.h"
#include "engine/unanalysed.h"
#include "flow/flow.h"
#include "packet/packet.h"

/* What the database keeps about a run itself. All are false with err when the store failed. */

/* record_run writes the run: the program, its arguments and its policy. */
bool record_run(const struct run_options *o, struct store *s, struct err *err);
/* record_reload writes that it judges by this policy (NULL: the default) from at_us on. */
bool record_reload(const struct policy *p, int64_t at_us, struct store *s, struct err *err);

/* What was counted from its start; may be written again and again. */
struct record_counts {
    struct packet_counters packets;
    struct flow_counters flows;
    uint64_t clock_jumps;
    uint64_t capped; /* handshakes */
};
bool record_counts(const struct record_counts *c, struct store *s, struct err *err);
/* record_unanalysed adds what u counted; *dropped is the sum over the run of what it had no room
 * for. When it failed, the next call with the same u adds the rest. */
bool record_unanalysed(struct unanalysed *u, struct store *s, uint64_t *dropped, struct err *err);

#endif
