/* Protected records by their headers: how many, how long, and what their explicit nonces do. */
#include "attempt/attempt_internal.h"
#include "base/alloc.h"

/* Counters count up, by one or with what others sent in between; some under a mask, so that they
 * step to and fro, some in another order of bytes, by the same each time. */
enum { SMALL_STEP = 65536 };

static bool is_known(const struct nonce_ring *ring, const struct fact *f)
{
    for (unsigned i = 0; i < ring->n; i++)
        if (ring->low[i] == f->nonce && ring->high[i] == f->nonce_high)
            return true;
    return false;
}

static void note_repeated(struct record_facts *r, const struct fact *f)
{
    r->repeated.packet = f->at.last_packet;
    r->repeated.offset = f->at.offset;
    r->repeated.us = f->at.last_us;
    r->repeated.input = f->at.input;
}

static void compare(struct record_facts *r, struct nonce_ring *ring, const struct fact *f)
{
    unsigned last = (ring->at + NONCES_KEPT - 1) % NONCES_KEPT;
    uint64_t step = f->nonce - ring->low[last];
    bool is_other = f->nonce_high != ring->high[last];
    if (step == 1 && !is_other) {
        r->nonces = r->nonces == NONCES_NONE ? NONCES_COUNTED : r->nonces;
    } else if (is_known(ring, f)) {
        if (r->nonces != NONCES_REPEATED)
            note_repeated(r, f);
        r->nonces = NONCES_REPEATED;
    } else if (r->nonces != NONCES_REPEATED) {
        r->nonces = NONCES_OTHER;
    }
    bool is_small = step <= SMALL_STEP || 0 - step <= SMALL_STEP;
    bool is_same = ring->has_step && step == ring->step;
    r->n_jumps += is_other || (!is_small && !is_same);
    ring->step = step;
    ring->has_step = true;
}

static void on_nonce(struct attempt *a, const struct fact *f)
{
    struct record_facts *r = &a->records[f->side];
    if (a->nonces[f->side] == NULL)
        a->nonces[f->side] = xcalloc(1, sizeof *a->nonces[f->side]);
    struct nonce_ring *ring = a->nonces[f->side];
    if (!r->has_nonce)
        r->first_nonce = f->nonce;
    if (ring->n > 0)
        compare(r, ring, f);
    ring->low[ring->at] = f->nonce;
    ring->high[ring->at] = f->nonce_high;
    ring->at = (ring->at + 1) % NONCES_KEPT;
    ring->n += ring->n < NONCES_KEPT;
    r->has_nonce = true;
    r->is_iv = f->is_iv;
    r->n_nonces++;
    r->last_nonce = f->nonce;
}

void records_count(struct attempt *a, const struct fact *f)
{
    if (f->kind == FACT_APPLICATION_DATA) {
        a->records[f->side].n_data++;
        a->records[f->side].data_bytes += f->record.len;
    }
    if (f->has_nonce)
        on_nonce(a, f);
    /* Another key, or records that were not seen: a step says nothing. */
    else if (a->nonces[f->side] != NULL &&
             (f->kind == FACT_CHANGE_CIPHER_SPEC || f->kind == FACT_FRAMING_LOST))
        *a->nonces[f->side] = (struct nonce_ring){.n = 0};
}
