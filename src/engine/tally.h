#ifndef TLSWIRE_ENGINE_TALLY_H
#define TLSWIRE_ENGINE_TALLY_H

#include <pthread.h>

#include "engine/lane.h"
#include "engine/watch.h"
#include "model/losses.h"

/* What all lanes counted together, and when packets were lost. One thread looks; any may ask. */
struct tally {
    struct lane *const *lanes;
    struct live *const *live;
    unsigned n; /* lanes */
    size_t n_interfaces;
    pthread_mutex_t mutex; /* of what follows */
    struct losses losses;
    struct watch_counts looked; /* when it was looked last */
    int64_t looked_us;
    struct watch_counts minute; /* when the minute that it was then began */
    int64_t minute_us;
};

/* tally_begin begins to look at n lanes, which are borrowed and may be made later. */
void tally_begin(struct tally *t, struct lane *const *lanes, struct live *const *live, unsigned n,
        size_t n_interfaces, int64_t now_us);
void tally_end(struct tally *t);
/* tally_counts gives the counts as of now. */
void tally_counts(const struct tally *t, struct watch_counts *out);
/* tally_look notes what was lost since it was last called. */
void tally_look(struct tally *t, int64_t now_us);
/* tally_minute gives the counts as of when the minute began, or of when they were looked at next;
 * of a minute that the looks have not come to, as of now. They never go back. */
void tally_minute(struct tally *t, int64_t minute_us, struct watch_counts *out);
void tally_losses(struct tally *t, struct losses *out);

#endif
