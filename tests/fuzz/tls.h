#ifndef TLSWIRE_FUZZ_TLS_H
#define TLSWIRE_FUZZ_TLS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "dissectors/dissector.h"

/*
 * One direction in the hands of the TLS dissector, twice: in one piece, and in pieces whose sizes
 * the first byte chooses. As long as framing is not lost both must give the same facts. The first
 * byte also chooses what the peer has said before: nothing, a ServerHello of 1.2 or of 1.3, or for
 * the server a ClientHello.
 */

enum { FUZZ_FACTS = 4096, FUZZ_MOST = 40000 };

/* A fact without its packets. */
struct fuzz_seen {
    uint64_t offset, len, content;
    enum fact_kind kind;
    uint8_t type;
};

struct fuzz_log {
    struct fuzz_seen seen[FUZZ_FACTS];
    size_t n;
    bool is_over; /* framing was lost: where segments end matters from here on */
};

static inline uint64_t fuzz_content(const struct fact *f)
{
    uint64_t sum = 0;
    struct bytes b = {NULL, 0};
    if (f->kind == FACT_CLIENT_HELLO)
        b = f->client_hello->sni;
    if (f->kind == FACT_SERVER_HELLO)
        b = f->server_hello->random;
    if (f->kind == FACT_SERVER_KEY_EXCHANGE)
        b = f->server_key_exchange->params;
    for (size_t i = 0; f->kind == FACT_CERTIFICATE && i < f->certificate->n_certs; i++)
        if (f->certificate->certs[i].der.n > 0)
            sum = sum * 31 +
                  hash_bytes(f->certificate->certs[i].der.p, f->certificate->certs[i].der.n);
    return b.n > 0 ? sum + hash_bytes(b.p, b.n) : sum;
}

static inline void fuzz_fact(void *ctx, const struct fact *f)
{
    struct fuzz_log *log = ctx;
    if (f->kind == FACT_CERTIFICATE && f->certificate->n_certs > TLS_CHAIN_CAP)
        __builtin_trap();
    if (log->is_over)
        return;
    if (log->n < FUZZ_FACTS)
        log->seen[log->n++] = (struct fuzz_seen){
                f->at.offset, f->at.len, fuzz_content(f), f->kind, f->message_type};
    log->is_over = f->kind == FACT_FRAMING_LOST || log->n == FUZZ_FACTS;
}

static inline void fuzz_peer(void *state, const struct dissector_sink *sink, int dir, unsigned what)
{
    static const uint8_t client[] = {22, 3, 1, 0, 47, 1, 0, 0, 43, 3, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9,
            10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
            32, 0, 0, 4, 0xc0, 0x2f, 0, 0x2f, 1, 0};
    static const uint8_t server[] = {22, 3, 3, 0, 50, 2, 0, 0, 46, 3, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9,
            10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
            32, 0, 0x13, 1, 0, 0, 6, 0, 43, 0, 2, 3, 4};
    uint8_t hello[sizeof server];
    struct origin none = {NULL, 0};
    if (what == 0)
        return;
    if (dir == 1) {
        (void)dissector_tls.feed(state, sink, 0, (struct bytes){client, sizeof client}, 0, &none);
        return;
    }
    memcpy(hello, server, sizeof server);
    if (what == 1) { /* TLS 1.2 with an ECDHE suite */
        hello[44] = 0xc0;
        hello[45] = 0x2f;
        hello[sizeof server - 1] = 3;
    }
    (void)dissector_tls.feed(state, sink, 1, (struct bytes){hello, sizeof hello}, 0, &none);
}

/* Each view is allocated to size, so that a sanitizer sees a read past its end. */
static inline size_t fuzz_feed(
        void *state, const struct dissector_sink *sink, int dir, struct bytes view, uint64_t offset)
{
    struct origin_segment segment = {offset, 1, 1000, (uint32_t)view.n, 0, 0};
    struct origin origin = {&segment, 1};
    uint8_t *exact = malloc(view.n);
    if (exact == NULL)
        abort();
    memcpy(exact, view.p, view.n);
    size_t used =
            dissector_tls.feed(state, sink, dir, (struct bytes){exact, view.n}, offset, &origin);
    free(exact);
    return used;
}

static inline void fuzz_run(
        struct fuzz_log *log, struct bytes all, int dir, unsigned peer, size_t piece)
{
    struct arena arena;
    arena_init(&arena);
    log->n = 0;
    log->is_over = false;
    struct dissector_sink sink = {log, fuzz_fact, &arena};
    void *state = dissector_tls.new_state();
    fuzz_peer(state, &sink, dir, peer);
    uint64_t done = 0; /* stream offset of the first byte not consumed */
    for (size_t have = 0; have < all.n;) {
        have = have + piece < all.n ? have + piece : all.n;
        if (done < have)
            done += fuzz_feed(
                    state, &sink, dir, (struct bytes){all.p + done, have - (size_t)done}, done);
    }
    /* After a hole the same bytes once more: framing is found again, or not. */
    log->is_over = true;
    dissector_tls.gap(state, &sink, dir, all.n, 100);
    (void)fuzz_feed(state, &sink, dir, all, all.n + 100);
    dissector_tls.free_state(state);
    arena_fini(&arena);
}

static inline void fuzz_direction(const uint8_t *data, size_t size, int dir)
{
    static struct fuzz_log whole, split;
    if (size < 2 || size > FUZZ_MOST)
        return;
    struct bytes all = {data + 1, size - 1};
    unsigned peer = data[0] & 3;
    fuzz_run(&whole, all, dir, peer, all.n);
    fuzz_run(&split, all, dir, peer, 1 + (size_t)(data[0] >> 2));
    if (whole.n != split.n)
        __builtin_trap();
    for (size_t i = 0; i < whole.n; i++)
        if (whole.seen[i].kind != split.seen[i].kind || whole.seen[i].type != split.seen[i].type ||
                whole.seen[i].offset != split.seen[i].offset ||
                whole.seen[i].len != split.seen[i].len ||
                whole.seen[i].content != split.seen[i].content)
            __builtin_trap();
}

#endif
