#ifndef TLSWIRE_CAPTURE_MERGE_H
#define TLSWIRE_CAPTURE_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is known of one source of frames: its next one, or from when on the next one can be. */
struct merge_source {
    bool has_head;
    int64_t head_ns;  /* time of the next frame */
    int64_t bound_ns; /* without a head: what comes is not older; INT64_MAX nothing comes */
    bool is_asked;    /* without a head: it was just looked at, and had none */
};

enum merge_result {
    MERGE_FRAME, /* the head of source *which is next */
    MERGE_ASK,   /* not before source *which was looked at */
    MERGE_WAIT,  /* a head waits for what source *which may still give */
    MERGE_NONE,  /* no source has a head */
};

/*
 * merge_next picks the oldest head, the first source on a tie. It has to wait for sources without a
 * head whose bound is older. A head from the future (the clock was set back) waits for nobody.
 */
enum merge_result merge_next(
        const struct merge_source *sources, size_t n, int64_t now_ns, size_t *which);

#endif
