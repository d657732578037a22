#ifndef TLSWIRE_CLI_PROGRESS_H
#define TLSWIRE_CLI_PROGRESS_H

#include "engine/run.h"

/* The progress line of a read: on standard error, only on a terminal, at most four times a second.
 */
struct progress {
    bool is_on;
    bool is_shown; /* a line stands on the terminal */
    int64_t started_us, last_us;
};

/* progress_init turns it on when standard error is a terminal and quiet is false. */
void progress_init(struct progress *p, bool is_quiet);
/* progress_show draws the line anew when it is time (run_options.progress; ctx is the progress). */
void progress_show(struct progress *p, const struct run_progress *r);
/* progress_clear takes the line away, before other output. */
void progress_clear(struct progress *p);

#endif
