#ifndef TLSWIRE_DISSECTORS_DISSECTOR_H
#define TLSWIRE_DISSECTORS_DISSECTOR_H

#include "base/arena.h"
#include "base/origin.h"
#include "model/tls.h"

/* What a dissector says about the first bytes of a stream. */
enum probe { PROBE_NO, PROBE_YES, PROBE_MORE };

/* Where facts go. The dissector calls fact in stream order; what a fact points to is in *arena. */
struct dissector_sink {
    void *ctx;
    void (*fact)(void *ctx, const struct fact *f);
    struct arena *arena; /* of the connection; the owner may swap it between calls */
};

/*
 * A stream protocol. It gets bytes with their origin and never packets, so that it can be tested
 * and fuzzed alone. Directions are numbers 0 and 1 (0 opened the connection); facts name sides.
 */
struct dissector {
    const char *name;
    /* Looks at the first bytes of a direction. is_start: they are the first bytes of the stream. */
    enum probe (*probe)(struct bytes first, bool is_start);
    /* State for one connection; freed by free. */
    void *(*new_state)(void);
    void (*free_state)(void *state);
    /*
     * view begins at the first byte not consumed so far, at stream offset `offset`. Returns how
     * many bytes are consumed; more than view.n skips bytes that have not come yet (bulk data).
     */
    size_t (*feed)(void *state, const struct dissector_sink *sink, int dir, struct bytes view,
            uint64_t offset, const struct origin *origin);
    /* The direction whose stream began with a client's hello, be it whole or not; -1 none so far.
     */
    int (*client)(const void *state);
    /* len bytes of dir are missing at offset. */
    void (*gap)(
            void *state, const struct dissector_sink *sink, int dir, uint64_t offset, uint64_t len);
};

/* dissectors_all is the registry of dissectors.def, ended by NULL. */
extern const struct dissector *const dissectors_all[];
/* dissector_find gives the first dissector whose probe says yes, or NULL; *more is set when one
 * wants more bytes. */
const struct dissector *dissector_find(struct bytes first, bool is_start, bool *more);

#define DISSECTOR(name) extern const struct dissector dissector_##name;
#include "dissectors/dissectors.def"
#undef DISSECTOR

#endif
