/*
 * What the record headers of TLS 1.3 tell (defects.md section 2): the client's Finished is known by
 * its size, and what follows it shows that the handshake was accepted. Sizes are evidence, so the
 * basis is "inferred".
 */
#include "attempt/attempt_internal.h"
#include "iana/iana.h"

enum { FINISHED_HEADER = 4, CONTENT_TYPE = 1, LARGEST_ALERT = 35, LARGEST_TICKET = 512 };

/* The length field of a record with nothing but Finished: header, hash, content type, tag. */
static unsigned finished_size(uint16_t suite)
{
    const struct iana_suite *s = iana_suite(suite);
    unsigned hash = suite == 0x1302 ? 48 : 32;
    unsigned tag = s != NULL && s->tag_len != 0 ? s->tag_len : 16;
    return FINISHED_HEADER + hash + CONTENT_TYPE + tag;
}

static void set_once(int64_t *slot, int64_t us)
{
    if (*slot == TIME_NONE)
        *slot = us;
}

static void client_record(struct attempt *a, const struct fact *f)
{
    struct handshake *hs = a->hs;
    uint64_t end = f->at.offset + f->at.len;
    if (!a->has_client_record && hs != NULL)
        set_once(&hs->times.server_flight_end_us, a->last_server_us);
    a->has_client_record = true;
    if (a->finished_end == 0 && hs == NULL)
        return; /* concluded before it was seen */
    if (a->finished_end == 0) {
        if (f->record.len != finished_size(hs->cipher_suite))
            return;
        a->finished_end = end;
        hs->times.client_finished_us = f->at.last_us;
        return;
    }
    if (f->record.len <= LARGEST_ALERT)
        return;
    if (a->client_data_end == 0) {
        a->client_data_end = end;
        if (hs != NULL)
            set_once(&hs->times.client_data_us, f->at.first_us);
        else
            set_once(&a->tail.data_us[SIDE_CLIENT], f->at.first_us);
    }
    if (!a->is_concluded)
        conclude_success(a, f, BASIS_INFERRED, 0.95);
}

static void server_record(struct attempt *a, const struct flow_info *info, const struct fact *f)
{
    a->last_server_us = f->at.last_us;
    if (a->finished_end == 0 || f->record.len <= LARGEST_ALERT)
        return;
    uint64_t acked = info->sides[dir_of_side(a, SIDE_CLIENT)].acked;
    if (acked < a->finished_end)
        return; /* may have been on its way before Finished came */
    if (!a->is_concluded)
        conclude_success(a, f, BASIS_INFERRED, 0.95);
    if (a->client_data_end == 0 || acked < a->client_data_end)
        return;
    /* Session tickets look like data: a short record counts as data only after two others. */
    a->n_server_after_data++;
    if (f->record.len <= LARGEST_TICKET && a->n_server_after_data < 3)
        return;
    if (a->hs != NULL)
        set_once(&a->hs->times.server_data_us, f->at.first_us);
    else
        set_once(&a->tail.data_us[SIDE_SERVER], f->at.first_us);
}

void records_tls13(struct attempt *a, const struct flow_info *info, const struct fact *f)
{
    if (a->hs != NULL)
        a->hs->has_data[f->side] = true;
    if (a->hs != NULL && a->hs->times.server_hello_us == TIME_NONE)
        return; /* early data before the ServerHello */
    if (f->side == SIDE_CLIENT)
        client_record(a, f);
    else
        server_record(a, info, f);
}
