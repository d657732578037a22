#ifndef TLSWIRE_ENGINE_DOCTOR_H
#define TLSWIRE_ENGINE_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Looks at what decides whether this machine captures well, before anybody relies on it. */

enum doctor_state {
    DOCTOR_OK,
    DOCTOR_NOTE, /* good to know */
    DOCTOR_WARN, /* something will be lost or wrong */
    DOCTOR_BAD,  /* it cannot capture */
};

struct doctor_check {
    enum doctor_state state;
    const char *check;     /* what was looked at: "permission", "ring" */
    const char *interface; /* NULL: the machine */
    const char *found;     /* one line */
    const char *advice;    /* what to do, NULL nothing */
};

struct doctor_options {
    const char *const *interfaces; /* none: all that are up, but for the loopback */
    size_t n_interfaces;
    unsigned seconds;  /* how long packets are looked at; 0 not at all */
    size_t ring_bytes; /* that is wanted per socket */
    unsigned threads;  /* that `watch` will have */
};

enum { DOCTOR_INTERFACES = 32, DOCTOR_SECONDS = 5, DOCTOR_SECONDS_MOST = 3600 };

/* Called for each check in turn; the strings live until it returns. */
typedef void doctor_fn(void *ctx, const struct doctor_check *check);
/* doctor_run checks the machine, then each interface. False with err only when it cannot begin. */
bool doctor_run(const struct doctor_options *o, doctor_fn *fn, void *ctx, struct err *err);
/* doctor_state_name is "ok", "note", "warn" or "bad". */
const char *doctor_state_name(enum doctor_state state);

#endif
