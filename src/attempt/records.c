/* Protected records by their headers: how many, how long, and what their explicit nonces do. */
#include "attempt/attempt_internal.h"

static void on_nonce(struct attempt *a, const struct fact *f)
{
    struct record_facts *r = &a->records[f->side];
    if (!r->has_nonce)
        r->first_nonce = f->nonce;
    if (!r->has_nonce || a->is_nonce_new[f->side]) {
        a->is_nonce_new[f->side] = false;
    } else if (f->nonce == r->last_nonce) {
        r->nonces = NONCES_REPEATED;
    } else if (r->nonces == NONCES_NONE || r->nonces == NONCES_COUNTED) {
        r->nonces = f->nonce == r->last_nonce + 1 ? NONCES_COUNTED : NONCES_OTHER;
    }
    r->has_nonce = true;
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
    else if (f->kind == FACT_CHANGE_CIPHER_SPEC || f->kind == FACT_FRAMING_LOST)
        a->is_nonce_new[f->side] = true;
}
