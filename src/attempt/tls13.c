/*
 * What the record headers of TLS 1.3 tell (defects.md section 2). Behind ServerHello everything is
 * protected, but one message or one flight has a size of its own: an alert, an empty Certificate, a
 * Finished. Stacks differ in padding (JSSE adds 16 bytes to handshake messages and alerts) and in
 * what they put into one record; docs/tls13-endings.md says who does what. Sizes are evidence, so
 * the basis is "inferred".
 */
#include "attempt/attempt_internal.h"
#include "iana/iana.h"

enum {
    CONTENT_TYPE = 1,
    ALERT = 2,
    EMPTY_CERTIFICATE = 8, /* header, context length, list length */
    END_OF_EARLY_DATA = 4, /* nothing but the header */
    FINISHED_HEADER = 4,   /* the hash stands behind it */
    ALPS_EXTENSIONS = 10,  /* EncryptedExtensions of a client with empty ALPS settings */
    JSSE_PADDING = 16,     /* of handshake messages and alerts */
    LARGEST_TICKET = 512,  /* a server record up to this may be a ticket */
    EXT_ALPS_OLD = 17513,
    EXT_ALPS = 17613,
};

/* What a protected record of the client can be, by its length. */
enum guess {
    GUESS_ALERT,
    GUESS_FINISHED,
    GUESS_EMPTY_CERTIFICATE,
    GUESS_EMPTY_CERTIFICATE_FINISHED,
    GUESS_END_OF_EARLY_DATA,
    GUESS_LARGE, /* longer than any Finished: a certificate comes first */
    GUESS_ODD
};

static unsigned tag_len(uint16_t suite)
{
    const struct iana_suite *s = iana_suite(suite);
    return s != NULL && s->tag_len != 0 ? s->tag_len : 16;
}

/* The length field of a record with nothing but Finished: header, hash, content type, tag. */
static unsigned finished_size(uint16_t suite)
{
    unsigned hash = suite == 0x1302 ? 48 : 32;
    return FINISHED_HEADER + hash + CONTENT_TYPE + tag_len(suite);
}

/* Whether a record of len bytes holds inner bytes, padded or not as stacks are known to do. */
static bool fits(unsigned len, unsigned inner, uint16_t suite)
{
    unsigned plain = inner + CONTENT_TYPE + tag_len(suite);
    return len == plain || len == plain + JSSE_PADDING;
}

static bool is_alert_sized(const struct attempt *a, unsigned len)
{
    return fits(len, ALERT, a->suite);
}

static bool offers_alps(const struct client_hello *ch)
{
    return ch != NULL &&
           (u16_has(ch->extension_types, EXT_ALPS_OLD) || u16_has(ch->extension_types, EXT_ALPS));
}

static enum guess guess_of(const struct attempt *a, unsigned len)
{
    unsigned finished = finished_size(a->suite) - tag_len(a->suite) - CONTENT_TYPE;
    unsigned alps = a->offers_alps ? ALPS_EXTENSIONS : 0;
    if (fits(len, finished, a->suite) || fits(len, finished + alps, a->suite))
        return GUESS_FINISHED;
    if (fits(len, finished + EMPTY_CERTIFICATE, a->suite) ||
            fits(len, finished + EMPTY_CERTIFICATE + alps, a->suite))
        return GUESS_EMPTY_CERTIFICATE_FINISHED;
    if (is_alert_sized(a, len))
        return GUESS_ALERT;
    if (a->offers_early_data) /* all other sizes may be early data */
        return fits(len, END_OF_EARLY_DATA, a->suite) ? GUESS_END_OF_EARLY_DATA : GUESS_ODD;
    if (fits(len, EMPTY_CERTIFICATE, a->suite))
        return GUESS_EMPTY_CERTIFICATE;
    unsigned most = finished_size(a->suite) + EMPTY_CERTIFICATE + JSSE_PADDING + ALPS_EXTENSIONS;
    return len > most ? GUESS_LARGE : GUESS_ODD;
}

static void set_once(int64_t *slot, int64_t us)
{
    if (*slot == TIME_NONE)
        *slot = us;
}

void tls13_client_answers(struct attempt *a)
{
    if (!a->is_tls13 || a->hs == NULL || a->is_concluded || a->has_client_answered)
        return;
    a->has_client_answered = true;
    set_once(&a->hs->times.server_flight_end_us, a->last_server_us);
}

static void note_alert(struct attempt *a, const struct fact *f)
{
    struct moment *m = &a->alert_sized[f->side];
    if (!m->is_seen) {
        *m = attempt_moment(f);
        a->alert_quiet_us[f->side] = a->quiet_us;
    }
    if (a->hs != NULL)
        a->hs->sides[f->side].n_alert_sized++;
    else
        a->tail.n_alert_sized[f->side]++;
}

/* The flight of the client, from its first protected record to its Finished. */
static void client_flight(struct attempt *a, const struct fact *f)
{
    enum guess g = guess_of(a, f->record.len);
    if (a->is_framing_lost[SIDE_CLIENT]) /* a certificate may have stood in what is missing */
        a->has_client_cert = true;
    if (g == GUESS_ALERT) {
        note_alert(a, f);
        return;
    }
    a->flight_end = f->at.offset + f->at.len;
    if (g == GUESS_EMPTY_CERTIFICATE || g == GUESS_EMPTY_CERTIFICATE_FINISHED)
        a->has_client_cert = a->hs->is_client_cert_empty = true;
    else if (g == GUESS_LARGE)
        a->has_client_cert = true;
    else if (g == GUESS_ODD && !a->offers_early_data && !a->has_client_cert)
        a->is_flight_odd = true;
    if (g == GUESS_FINISHED || g == GUESS_EMPTY_CERTIFICATE_FINISHED) {
        a->finished_end = a->flight_end;
        a->is_flight_odd = false;
        a->hs->times.client_finished_us = f->at.last_us;
    }
}

static void client_record(struct attempt *a, const struct fact *f)
{
    struct handshake *hs = a->hs;
    tls13_client_answers(a);
    if (a->finished_end == 0) {
        if (hs != NULL)
            client_flight(a, f);
        return;
    }
    if (is_alert_sized(a, f->record.len)) {
        note_alert(a, f);
        return;
    }
    if (a->client_data_end == 0) {
        a->client_data_end = f->at.offset + f->at.len;
        set_once(hs != NULL ? &hs->times.client_data_us : &a->tail.data_us[SIDE_CLIENT],
                f->at.first_us);
    }
    /* A client that sent a certificate may talk before the server has refused it. */
    if (!a->is_concluded && !a->has_client_cert)
        conclude_success(a, f, BASIS_INFERRED, 0.95);
}

/* Session tickets look like data: a short record counts as data only after two others. */
static void server_data(struct attempt *a, const struct fact *f, uint64_t acked)
{
    if (a->client_data_end == 0 || acked < a->client_data_end)
        return;
    a->n_server_after_data++;
    if (f->record.len <= LARGEST_TICKET && a->n_server_after_data < 3)
        return;
    set_once(a->hs != NULL ? &a->hs->times.server_data_us : &a->tail.data_us[SIDE_SERVER],
            f->at.first_us);
}

static void server_record(struct attempt *a, const struct fact *f)
{
    a->last_server_len = f->record.len;
    if (is_alert_sized(a, f->record.len)) {
        note_alert(a, f);
        return;
    }
    a->last_server_us = f->at.last_us;
    uint64_t acked = f->at.acked; /* wherever the capture has it */
    uint64_t flight = a->finished_end != 0 ? a->finished_end : a->flight_end;
    if (flight == 0 || acked < flight)
        return; /* may have been on its way before Finished came */
    if (!a->is_concluded && (a->finished_end != 0 || a->has_client_cert))
        conclude_success(a, f, BASIS_INFERRED, a->finished_end != 0 ? 0.95 : 0.9);
    else if (!a->is_concluded && a->is_flight_odd)
        conclude_success_inferred(a, f, 0.7);
    server_data(a, f, acked);
}

void records_tls13(struct attempt *a, const struct fact *f)
{
    if (a->hs != NULL)
        a->hs->has_data[f->side] = true;
    if (a->hs != NULL && a->hs->times.server_hello_us == TIME_NONE)
        return; /* early data before the ServerHello */
    if (f->side == SIDE_CLIENT)
        client_record(a, f);
    else
        server_record(a, f);
}

void early_keep(struct attempt *a, const struct fact *f)
{
    if (a->early == NULL)
        a->early = arena_alloc(&a->hs->arena, sizeof *a->early);
    struct early *e = a->early;
    if (e->n >= EARLY_RECORDS)
        return;
    e->facts[e->n++] = *f;
}

/* What acknowledges the ServerHello was sent after it, wherever the capture has it. */
static void replay_early(struct attempt *a, const struct fact *hello)
{
    const struct early *e = a->early;
    size_t i = 0;
    while (e != NULL && i < e->n && e->facts[i].at.acked < hello->at.offset + hello->at.len)
        i++;
    if (e == NULL || i == e->n)
        return;
    if (i == 0)
        a->hs->times.client_data_us = TIME_NONE; /* it was no early data */
    for (; i < e->n && !a->is_concluded; i++)
        client_record(a, &e->facts[i]);
}

void tls13_begin(struct attempt *a, const struct fact *f)
{
    const struct client_hello *ch = a->hs->client_hello;
    a->is_tls13 = true;
    a->suite = a->hs->cipher_suite;
    a->offers_alps = offers_alps(ch);
    a->offers_early_data = ch != NULL && ch->has_early_data && a->hs->hello_retry_request == NULL;
    replay_early(a, f);
}
