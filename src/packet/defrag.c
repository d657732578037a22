/* IP reassembly with caps: so many datagrams, so many bytes, thirty seconds of packet time. */
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "packet/packet_internal.h"

/* A fragment may lie in a tunnel that was put together itself: so many at once. */
enum { DATAGRAM_MOST = 65535, PIECES_MOST = 1024, WHOLE_MOST = PACKET_DEPTH_MOST + 1 };

struct piece {
    uint32_t from, to;
};

struct datagram {
    int64_t first_us;
    uint16_t number; /* from 1, in turn */
    uint8_t *data;
    uint32_t size;  /* allocated */
    uint32_t total; /* 0 until the last fragment came */
    uint32_t have;
    size_t n_pieces;
    struct piece *pieces;
    bool is_bad;
    bool is_done;
};

struct key {
    uint8_t src[16], dst[16];
    uint32_t id;
    uint32_t protocol;
    uint32_t vlans;
};

struct defrag {
    struct map *waiting;
    size_t bytes;
    uint16_t last_number;
    struct packet_counters *counters;
    uint8_t *whole[WHOLE_MOST]; /* of the datagrams given out last */
    size_t n_whole;
};

static void datagram_free(void *ctx, void *value)
{
    struct defrag *d = ctx;
    struct datagram *g = value;
    if (!g->is_done)
        d->counters->fragments_dropped++;
    d->bytes -= g->size;
    xfree(g->data);
    xfree(g->pieces);
    xfree(g);
}

struct defrag *defrag_new(struct packet_counters *counters)
{
    struct defrag *d = xcalloc(1, sizeof *d);
    d->counters = counters;
    d->waiting = map_new(&(struct map_options){
            .cap = PACKET_DEFRAG_DATAGRAMS, .on_evict = datagram_free, .ctx = d});
    return d;
}

void defrag_free(struct defrag *d)
{
    if (d == NULL)
        return;
    map_free(d->waiting);
    defrag_forget(d);
    xfree(d);
}

void defrag_forget(struct defrag *d)
{
    while (d->n_whole > 0)
        xfree(d->whole[--d->n_whole]);
}

static bool make_room(struct defrag *d, struct datagram *g, uint32_t to)
{
    if (to <= g->size)
        return true;
    uint32_t size = g->size > 0 ? g->size * 2 : 2048;
    while (size < to)
        size *= 2;
    if (d->bytes + size - g->size > PACKET_DEFRAG_BYTES)
        return false;
    g->data = xrealloc(g->data, size, 1);
    d->bytes += size - g->size;
    g->size = size;
    return true;
}

/* Copies the part of a fragment that lies in [from, to) and is new. */
static bool fill(struct defrag *d, struct datagram *g, uint32_t from, const uint8_t *p, uint32_t n)
{
    if (n == 0)
        return true;
    if (g->n_pieces >= PIECES_MOST || !make_room(d, g, from + n))
        return false;
    memcpy(g->data + from, p, n);
    size_t at = g->n_pieces;
    g->pieces = xrealloc(g->pieces, g->n_pieces + 1, sizeof *g->pieces);
    for (; at > 0 && g->pieces[at - 1].from > from; at--)
        g->pieces[at] = g->pieces[at - 1];
    g->pieces[at] = (struct piece){from, from + n};
    g->n_pieces++;
    g->have += n;
    return true;
}

/* The first copy of a byte wins; a second one with another value spoils the datagram. */
static bool merge(struct defrag *d, struct datagram *g, uint32_t from, struct bytes b)
{
    uint32_t to = from + (uint32_t)b.n;
    uint32_t at = from;
    size_t n_before = g->n_pieces;
    for (size_t i = 0; i < n_before && at < to; i++) {
        struct piece p = g->pieces[i];
        if (p.to <= at || p.from >= to)
            continue;
        if (p.from > at) {
            if (!fill(d, g, at, b.p + (at - from), p.from - at))
                return false;
            n_before = g->n_pieces; /* the new piece stands before p: look at p again */
            at = p.from;
            continue;
        }
        uint32_t end = p.to < to ? p.to : to;
        if (memcmp(g->data + at, b.p + (at - from), end - at) != 0)
            return false;
        at = end;
    }
    return at >= to || fill(d, g, at, b.p + (at - from), to - at);
}

static struct datagram *find(struct defrag *d, struct bytes key, int64_t now_us)
{
    struct datagram *g = map_get(d->waiting, key);
    int64_t limit = (int64_t)PACKET_DEFRAG_SECONDS * 1000000;
    if (g != NULL && (now_us - g->first_us > limit || now_us < g->first_us - limit)) {
        (void)map_remove(d->waiting, key);
        datagram_free(d, g);
        g = NULL;
    }
    if (g == NULL) {
        g = xcalloc(1, sizeof *g);
        g->first_us = now_us;
        d->last_number = d->last_number == UINT16_MAX ? 1 : (uint16_t)(d->last_number + 1);
        g->number = d->last_number;
        map_put(d->waiting, key, g);
    }
    return g;
}

bool defrag_add(struct defrag *d, struct fragment *f, int64_t now_us, struct bytes *whole)
{
    struct key k = {.id = f->id, .protocol = f->protocol, .vlans = f->vlans};
    memcpy(k.src, f->src, 16);
    memcpy(k.dst, f->dst, 16);
    struct bytes key = {(const uint8_t *)&k, sizeof k};
    struct datagram *g = find(d, key, now_us);
    f->datagram = g->number;
    uint32_t end = f->offset + (uint32_t)f->data.n;
    bool contradicts = end > DATAGRAM_MOST || (g->total != 0 && end > g->total) ||
                       (!f->has_more && g->total != 0 && end != g->total) ||
                       (!f->has_more && g->n_pieces > 0 && g->pieces[g->n_pieces - 1].to > end) ||
                       (f->has_more && f->data.n == 0);
    if (!g->is_bad && !contradicts && !f->has_more)
        g->total = end;
    if (g->is_bad || contradicts || !merge(d, g, f->offset, f->data))
        g->is_bad =
                true; /* stays until it times out, so that its other fragments are not a new one */
    if (g->is_bad || g->total == 0 || g->have < g->total)
        return false;
    (void)map_remove(d->waiting, key);
    if (d->n_whole == WHOLE_MOST)
        defrag_forget(d);
    d->whole[d->n_whole++] = g->data;
    *whole = (struct bytes){g->data, g->total};
    g->data = NULL;
    g->is_done = true;
    datagram_free(d, g);
    return true;
}
