#include "engine/warden.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "base/now.h"
#include "engine/notice.h"

enum {
    STEP_MS = 10,
    /* When the options do not say: longer than a disk or a lock of the database takes. All longer
     * work (verifying, comparing keys, writing rows) shows beats. */
    HANG_S = 60,
    SECOND_US = 1000000,
};

void warden_begin(struct warden *w, const struct watch_options *o, const struct analyst *analyst,
        struct lane *const *lanes, unsigned n)
{
    *w = (struct warden){.o = o};
    (void)pulses_add(&w->pulses, analyst_pulse(analyst), "the analyst");
    for (unsigned i = 0; i < n; i++) {
        char name[PULSES_NAME];
        (void)snprintf(name, sizeof name, "lane %u", i + 1);
        (void)pulses_add(&w->pulses, lane_pulse(lanes[i]), name);
    }
}

static const char *look(struct warden *w)
{
    return pulses_look(&w->pulses, w->o->hang_s > 0 ? w->o->hang_s : HANG_S);
}

void warden_look(struct warden *w)
{
    const char *who = look(w);
    if (who != NULL && !w->is_said)
        run_notice(&w->o->run,
                "%s hangs: no progress; a service manager is not told any more that all is well, "
                "so that it starts the program anew",
                who);
    w->is_said = who != NULL;
    if (who == NULL && w->o->alive != NULL)
        w->o->alive(w->o->run.ctx);
}

void warden_await(struct warden *w, bool (*is_done)(void *ctx), void *ctx)
{
    int64_t next_us = now_of(CLOCK_MONOTONIC) + SECOND_US;
    while (!is_done(ctx)) {
        (void)poll(NULL, 0, STEP_MS);
        int64_t now_us = now_of(CLOCK_MONOTONIC);
        if (now_us < next_us)
            continue;
        next_us = now_us + SECOND_US;
        const char *who = look(w);
        if (who != NULL) {
            run_notice(&w->o->run, "%s hangs: ended without it; what was committed stays", who);
            _exit(4);
        }
    }
}
