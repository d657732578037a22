/* Heartbeats (RFC 6520): who asked with how much, and what was answered. */
#include "attempt/attempt_internal.h"
#include "base/alloc.h"

enum {
    AROUND = 3 + 16,     /* type, payload_length and the least padding */
    FULL_RECORD = 16384, /* an answer of up to 64 KiB comes in such pieces */
    SLACK = 512, /* an honest answer may be padded otherwise (RFC 6520 4), and a block suite pads up
                    to 255 bytes more */
};

void heartbeats_lose(struct attempt *a)
{
    if (a->heartbeats == NULL)
        return;
    a->heartbeats->open[SIDE_CLIENT].is_open = false;
    a->heartbeats->open[SIDE_SERVER].is_open = false;
}

void heartbeats_turn(struct attempt *a)
{
    struct heartbeats *h = a->heartbeats;
    if (h != NULL)
        *h = (struct heartbeats){{h->facts[1], h->facts[0]}, {h->open[1], h->open[0]}};
}

/* Behind encryption whatever comes back is taken for the answer. */
static bool is_answer(const struct heartbeat_open *o, const struct heartbeat *h)
{
    if (!o->is_open)
        return false;
    if (o->answered > 0)
        return o->is_full;
    return !h->is_clear || h->type == HEARTBEAT_RESPONSE;
}

static void on_answer(struct heartbeat_facts *facts, struct heartbeat_open *o, const struct fact *f)
{
    bool is_seen =
            o->is_overread && (o->answered > 0 ? !facts->is_inferred : f->heartbeat.is_clear);
    o->answered += f->record.len;
    o->is_full = f->record.len >= FULL_RECORD && o->answered <= 4 * FULL_RECORD;
    o->is_open = o->is_full;
    if (o->answered <= o->asked + (is_seen ? 0 : SLACK) || (o->is_clear && !o->is_overread))
        return;
    if (!facts->is_leak) {
        facts->is_leak = true;
        facts->is_inferred = !is_seen;
        facts->asked = o->asked;
        facts->asked_at = o->asked_at;
        facts->answer_at = f->at;
    }
    if (facts->answered < o->answered)
        facts->answered = o->answered;
}

static void on_request(
        struct heartbeat_facts *facts, struct heartbeat_open *o, const struct fact *f)
{
    const struct heartbeat *h = &f->heartbeat;
    *o = (struct heartbeat_open){.is_open = true,
            .is_clear = h->is_clear,
            .is_overread = h->is_clear && (uint32_t)h->payload_len + AROUND > f->record.len,
            .asked = f->record.len,
            .asked_at = f->at};
    if (!o->is_overread || facts->is_overread || facts->is_leak)
        return;
    facts->is_overread = true;
    facts->claimed = h->payload_len;
    facts->asked = o->asked;
    facts->asked_at = f->at;
}

void heartbeats_add(struct attempt *a, const struct fact *f)
{
    enum side other = f->side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
    if (a->heartbeats == NULL)
        a->heartbeats = xcalloc(1, sizeof *a->heartbeats);
    struct heartbeats *h = a->heartbeats;
    h->facts[f->side].n++;
    if (is_answer(&h->open[other], &f->heartbeat))
        on_answer(&h->facts[other], &h->open[other], f);
    else if (!f->heartbeat.is_clear || f->heartbeat.type == HEARTBEAT_REQUEST)
        on_request(&h->facts[f->side], &h->open[f->side], f);
}
