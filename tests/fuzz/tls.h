#ifndef TLSWIRE_FUZZ_TLS_H
#define TLSWIRE_FUZZ_TLS_H

#include <stdint.h>

#include "dissectors/dissector.h"

/* Feeds the bytes of one direction to the TLS dissector in pieces whose sizes the first byte
 * chooses, while a good peer may have spoken before. */
static inline void fuzz_fact(void *ctx, const struct fact *f)
{
    uint64_t *n = ctx;
    (*n)++;
    if (f->kind == FACT_CERTIFICATE && f->certificate->n_certs > TLS_CHAIN_CAP)
        __builtin_trap();
}

static inline void fuzz_direction(const uint8_t *data, size_t size, int dir)
{
    struct arena arena;
    uint64_t n_facts = 0;
    arena_init(&arena);
    struct dissector_sink sink = {&n_facts, fuzz_fact, &arena};
    void *state = dissector_tls.new_state();
    if (size < 2) {
        dissector_tls.free_state(state);
        return;
    }
    size_t piece = data[0] % 4 == 0 ? size : 1 + (size_t)data[0];
    data++;
    size--;
    uint64_t done = 0; /* stream offset of the first byte not consumed */
    for (size_t have = 0; have < size;) {
        have = have + piece < size ? have + piece : size;
        if (done >= have)
            continue;
        struct origin_segment segment = {0, 1, 1000, (uint32_t)size, 0};
        struct origin origin = {&segment, 1};
        struct bytes view = {data + done, have - (size_t)done};
        done += dissector_tls.feed(state, &sink, dir, view, done, &origin);
    }
    dissector_tls.gap(state, &sink, dir, size, 100);
    /* Nothing may grow without bound: at most a few facts per byte. */
    if (n_facts > 4 * size + 16)
        __builtin_trap();
    dissector_tls.free_state(state);
    arena_fini(&arena);
}

#endif
