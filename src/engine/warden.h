#ifndef TLSWIRE_ENGINE_WARDEN_H
#define TLSWIRE_ENGINE_WARDEN_H

#include "engine/analyst.h"
#include "engine/lane.h"
#include "engine/pulses.h"
#include "engine/watch.h"

/* What the control thread of a live capture does about threads that hang. */
struct warden {
    const struct watch_options *o;
    struct pulses pulses;
    bool is_said;
};

/* warden_begin watches the analyst and n lanes, which all were started. */
void warden_begin(struct warden *w, const struct watch_options *o, const struct analyst *analyst,
        struct lane *const *lanes, unsigned n);
/* warden_look, once a second, calls alive of the options when all get on; else it says once who
 * hangs. */
void warden_look(struct warden *w);
/* warden_await waits until is_done. When a thread hangs meanwhile, it says so and ends the program
 * with 4. */
void warden_await(struct warden *w, bool (*is_done)(void *ctx), void *ctx);

#endif
