#ifndef TLSWIRE_ENGINE_COVERAGE_H
#define TLSWIRE_ENGINE_COVERAGE_H

#include "engine/event.h"
#include "rules/rule.h"

/* Loss and one-sidedness by vantage. */
struct coverages {
    struct coverage *items; /* by number of the vantage */
    size_t n;
};

void coverages_fini(struct coverages *c);
/* coverages_handshake counts one connection. */
void coverages_handshake(struct coverages *c, const struct handshake *h);
/* coverages_end adds what the connection carried after its handshake; when something of that was
 * lost is not known. */
void coverages_end(struct coverages *c, uint32_t vantage, const struct ended *e);
/* coverages_input adds what the capture file says about itself. */
void coverages_input(struct coverages *c, const struct input_facts *in);

#endif
