/* The second reading of the inputs, for the packets of some connections. */
#include "engine/keep_pass.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/keep_hold.h"
#include "engine/notice.h"
#include "packet/packet.h"

struct pass {
    const struct keep_pass *o;
    struct keep_dir *dir;
    struct map *flows;         /* vantage and endpoints: struct chain */
    uint64_t *until;           /* by input: the last packet that is wanted, 0 none */
    struct decoder **decoders; /* by vantage */
    uint32_t n_vantages;
    struct hold *hold;
    struct capture *capture;
    uint32_t input;
    const char *path, *name; /* of the input */
    struct text begin, comment;
};

/* Connections of the same endpoints, one after the other. */
struct chain {
    struct wanted *head;
};

struct flow_key {
    uint8_t bytes[4 + 4 + 2 * 18];
};

/* Where, and in which VLANs when these count. */
struct link {
    uint32_t vantage, vlans;
};

static bool is_before(struct place a, struct place b)
{
    return a.input != b.input ? a.input < b.input : a.packet < b.packet;
}

static int by_first(const void *left, const void *right)
{
    const struct wanted *a = *(struct wanted *const *)left;
    const struct wanted *b = *(struct wanted *const *)right;
    return is_before(a->first, b->first) ? -1 : is_before(b->first, a->first);
}

static void put_end(uint8_t *to, const uint8_t ip[16], uint16_t port)
{
    memcpy(to, ip, 16);
    memcpy(to + 16, &port, 2);
}

/* The same key for both directions. */
static struct flow_key key_of(struct link link, const struct endpoint *a, const struct endpoint *b)
{
    struct flow_key k;
    uint8_t ends[2][18];
    put_end(ends[0], a->address.ip, a->port);
    put_end(ends[1], b->address.ip, b->port);
    int low = memcmp(ends[0], ends[1], sizeof ends[0]) > 0;
    memcpy(k.bytes, &link.vantage, 4);
    memcpy(k.bytes + 4, &link.vlans, 4);
    memcpy(k.bytes + 8, ends[low], 18);
    memcpy(k.bytes + 26, ends[1 - low], 18);
    return k;
}

static struct chain *chain_of(struct pass *p, const struct flow_key *k)
{
    return map_get(p->flows, (struct bytes){k->bytes, sizeof k->bytes});
}

/* From the last to the first, so that each chain is in order. When a new connection takes the
 * ports, its first packet ends the one before. */
static void index_items(struct pass *p)
{
    const struct keep_pass *o = p->o;
    if (o->n > 1)
        qsort(o->items, o->n, sizeof(struct wanted *), by_first);
    for (size_t i = o->n; i-- > 0;) {
        struct wanted *w = o->items[i];
        struct flow_key k = key_of((struct link){w->vantage, w->vlans}, &w->sides[0], &w->sides[1]);
        struct chain *c = chain_of(p, &k);
        if (c == NULL) {
            c = xcalloc(1, sizeof *c);
            map_put(p->flows, (struct bytes){k.bytes, sizeof k.bytes}, c);
        }
        w->next = c->head;
        c->head = w;
    }
}

static void index_inputs(struct pass *p)
{
    const struct keep_pass *o = p->o;
    for (size_t i = 0; i < o->n; i++) {
        struct wanted *w = o->items[i];
        for (uint32_t k = w->first.input; k <= w->last.input && k < o->n_inputs; k++) {
            uint64_t end = k == w->last.input ? w->last.packet : UINT64_MAX;
            if (o->vantages[k] != w->vantage)
                continue;
            w->is_cut |= o->o->inputs->items[k].is_stdin;
            if (end > p->until[k])
                p->until[k] = end;
        }
        if (w->vantage >= p->n_vantages)
            p->n_vantages = w->vantage + 1;
    }
}

/* The connection that the packet at this place belongs to, or NULL. */
static struct wanted *find(struct pass *p, const struct packet *packet, struct place at)
{
    struct endpoint src = {.port = packet->src_port}, dst = {.port = packet->dst_port};
    memcpy(src.address.ip, packet->src, 16);
    memcpy(dst.address.ip, packet->dst, 16);
    struct link link = {p->o->vantages[p->input], packet->vlans};
    struct flow_key k = key_of(link, &src, &dst);
    struct chain *c = chain_of(p, &k);
    if (c == NULL)
        return NULL;
    while (c->head != NULL &&
            (is_before(c->head->last, at) ||
                    (c->head->next != NULL && !is_before(at, c->head->next->first)))) {
        keep_dir_done(p->dir, &c->head->kept);
        c->head = c->head->next;
    }
    return c->head != NULL && !is_before(at, c->head->first) ? c->head : NULL;
}

static void describe(struct pass *p, const struct wanted *w)
{
    keep_dir_about(&(struct keep_about){w->kept.id, w->sides, w->defects, p->path, w->first.packet},
            &p->begin);
}

static void keep(struct pass *p, struct wanted *w, const struct frame *frame,
        const struct frame_detail *detail)
{
    struct place at = {p->input, frame->number};
    if (w->kept.packets == 0)
        describe(p, w);
    text_clear(&p->comment);
    text_addf(&p->comment, "packet %" PRIu64 " of ", frame->number);
    text_add_escaped(&p->comment, bytes_of_text(p->name));
    w->kept.is_handshake = !is_before(w->handshake_last, at);
    bool is_kept = keep_dir_add(
            p->dir, &w->kept, frame, detail, text_str(&p->begin), text_str(&p->comment));
    w->is_cut |= !is_kept && w->kept.is_handshake;
    if (at.input == w->handshake_last.input && at.packet == w->handshake_last.packet)
        w->is_whole = !w->is_cut;
}

struct release {
    struct pass *pass;
    struct wanted *wanted;
};

static void on_held(void *ctx, const struct frame *frame, const struct frame_detail *detail)
{
    const struct release *r = ctx;
    keep(r->pass, r->wanted, frame, detail);
}

static void take_frame(struct pass *p, struct decoder *decoder, const struct frame *frame)
{
    struct packet packet;
    enum packet_result r = packet_decode(decoder, frame, &packet);
    uint64_t datagram = (uint64_t)p->input << 16 | packet.datagram;
    if (r == PACKET_FRAGMENT && packet.datagram != 0) {
        struct frame_detail detail = capture_detail(p->capture, frame);
        hold_add(p->hold, datagram, frame, &detail);
        return;
    }
    if (r != PACKET_OK || packet.transport != PACKET_TCP)
        return;
    struct wanted *w = find(p, &packet, (struct place){p->input, frame->number});
    if (w == NULL)
        return;
    if (packet.datagram != 0) {
        struct release release = {p, w};
        hold_release(p->hold, datagram, on_held, &release);
    }
    struct frame_detail detail = capture_detail(p->capture, frame);
    keep(p, w, frame, &detail);
}

static void read_again(struct pass *p, uint32_t input)
{
    const struct input *in = &p->o->o->inputs->items[input];
    const struct capture_options options = {.filter = p->o->o->filter};
    uint32_t vantage = p->o->vantages[input];
    struct frame frame;
    struct err err;
    p->input = input;
    p->path = in->path;
    p->name = strrchr(in->path, '/') != NULL ? strrchr(in->path, '/') + 1 : in->path;
    if (p->decoders[vantage] == NULL) {
        p->decoders[vantage] = decoder_new();
        decoder_key_vlan(p->decoders[vantage], p->o->o->is_vlan_key);
    }
    if (!capture_open(in->path, &options, &p->capture, &err)) {
        run_notice(p->o->o, "%s", err.text);
        return;
    }
    while (keep_dir_why(p->dir) == NULL &&
            capture_next(p->capture, &frame, &err) == CAPTURE_FRAME &&
            frame.number <= p->until[input])
        take_frame(p, p->decoders[vantage], &frame);
    capture_close(p->capture);
    p->capture = NULL;
}

static void pass_fini(struct pass *p)
{
    for (uint32_t i = 0; i < p->n_vantages; i++)
        decoder_free(p->decoders[i]);
    xfree((void *)p->decoders);
    xfree(p->until);
    map_free(p->flows);
    hold_free(p->hold);
    keep_dir_close(p->dir);
    text_fini(&p->begin);
    text_fini(&p->comment);
}

bool keep_pass_run(const struct keep_pass *pass, struct err *err)
{
    struct pass p = {.o = pass};
    if (!keep_dir_open(pass->o->evidence, &p.dir, err))
        return false;
    p.flows = map_new(&(struct map_options){.cap = pass->n + 1, .on_evict = map_xfree});
    p.until = xcalloc(pass->n_inputs + 1, sizeof *p.until);
    p.hold = hold_new();
    index_items(&p);
    index_inputs(&p);
    p.decoders = xcalloc(p.n_vantages + 1, sizeof(struct decoder *));
    /* Connections that findings name have half of the directory for themselves. */
    for (size_t i = 0; i < pass->n; i++)
        pass->items[i]->kept.share = pass->o->evidence_size / (pass->items[i]->is_named ? 1 : 2);
    for (uint32_t i = 0; i < pass->n_inputs; i++)
        if (p.until[i] > 0 && !pass->o->inputs->items[i].is_stdin)
            read_again(&p, i);
    for (size_t i = 0; i < pass->n; i++)
        keep_dir_done(p.dir, &pass->items[i]->kept);
    bool is_ok = keep_dir_why(p.dir) == NULL;
    if (!is_ok)
        err_set(err, "%s", keep_dir_why(p.dir));
    pass_fini(&p);
    return is_ok;
}
