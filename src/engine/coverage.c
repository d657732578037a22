#include "engine/coverage.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/text.h"

static struct coverage *of(struct coverages *c, uint32_t vantage)
{
    if (vantage >= c->n) {
        c->items = xrealloc(c->items, vantage + 1, sizeof *c->items);
        for (; c->n <= vantage; c->n++)
            c->items[c->n] = (struct coverage){.first_us = TIME_NONE, .last_us = TIME_NONE};
    }
    return &c->items[vantage];
}

void coverages_fini(struct coverages *c)
{
    xfree(c->items);
    *c = (struct coverages){0};
}

/* Not what the capture lost, nor what a server said in another language instead of an answer. */
static bool is_undecodable(const struct handshake *h)
{
    bool has_hello = h->client_hello != NULL && !h->client_hello->is_malformed;
    bool is_answered = h->server_hello != NULL || h->hello_retry_request != NULL;
    return h->n_malformed > 0 && (!has_hello || is_answered) && handshake_is_complete(h);
}

static void note_lost(struct coverage *v, int64_t from_us, int64_t to_us)
{
    if (!v->has_lost || from_us < v->lost_from_us)
        v->lost_from_us = from_us;
    if (!v->has_lost || to_us > v->lost_to_us)
        v->lost_to_us = to_us;
    v->has_lost = true;
}

void coverages_handshake(struct coverages *c, const struct handshake *h)
{
    struct coverage *v = of(c, h->vantage);
    v->n_connections++;
    v->n_one_sided += !h->sides[SIDE_CLIENT].is_seen || !h->sides[SIDE_SERVER].is_seen;
    v->n_undecodable += is_undecodable(h);
    for (int i = 0; i < 2; i++) {
        v->payload_bytes += h->sides[i].payload_bytes;
        v->gap_bytes += h->sides[i].gap_bytes;
    }
    if (h->sides[0].gap_bytes + h->sides[1].gap_bytes > 0)
        note_lost(v, h->first_us, h->last_us);
}

void coverages_end(struct coverages *c, uint32_t vantage, const struct ended *e)
{
    struct coverage *v = of(c, vantage);
    v->payload_bytes += e->payload_after;
    v->gap_bytes += e->gap_after;
}

void coverages_input(struct coverages *c, const struct input_facts *in)
{
    struct coverage *v = of(c, in->vantage);
    if (v->input_name[0] == '\0') {
        struct text t = {0};
        text_add_escaped(&t, bytes_of_text(in->path));
        (void)snprintf(v->input_name, sizeof v->input_name, "%s", text_str(&t));
        text_fini(&t);
        v->input = in->index;
        v->vantage_id = in->vantage_id;
    }
    if (in->first_us != TIME_NONE && (v->first_us == TIME_NONE || in->first_us < v->first_us))
        v->first_us = in->first_us;
    if (in->last_us != TIME_NONE && (v->last_us == TIME_NONE || in->last_us > v->last_us))
        v->last_us = in->last_us;
    v->frames += in->frames;
    v->drops += in->drops;
    v->has_drops |= in->has_drops;
    v->truncated += in->truncated;
    if (in->drops > 0 && in->has_drop_times)
        note_lost(v, in->drops_from_us, in->drops_to_us);
    else if (in->drops > 0 && in->first_us != TIME_NONE)
        note_lost(v, in->first_us, in->last_us);
}
