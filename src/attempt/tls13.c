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
    PAUSE_US = 10000, /* of the client behind its flight: the server had time to look at it */
    PADDING_BLOCK = 64,
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

static unsigned hash_len(uint16_t suite)
{
    return suite == 0x1302 ? 48 : 32;
}

/* Whether a record of len bytes holds inner bytes, padded or not as stacks are known to do. */
static bool fits(unsigned len, unsigned inner, uint16_t suite)
{
    unsigned plain = inner + CONTENT_TYPE + tag_len(suite);
    return len == plain || len == plain + JSSE_PADDING;
}

/* What a record holds without its tag: content, type, padding. */
static unsigned inner_len(const struct attempt *a, unsigned len)
{
    unsigned tag = tag_len(a->suite);
    return len > tag ? len - tag : 0;
}

static bool is_finished_sized(const struct attempt *a, unsigned len)
{
    return fits(len, FINISHED_HEADER + hash_len(a->suite), a->suite);
}

/* Whether a record is as long as an alert. A client that does not pad its Finished does not pad its
 * alerts. */
static bool is_alert_sized(const struct attempt *a, enum side side, unsigned len)
{
    bool is_plain = side == SIDE_CLIENT && a->is_unpadded;
    return is_plain ? len == ALERT + CONTENT_TYPE + tag_len(a->suite) : fits(len, ALERT, a->suite);
}

static bool offers_alps(const struct client_hello *ch)
{
    return ch != NULL &&
           (u16_has(ch->extension_types, EXT_ALPS_OLD) || u16_has(ch->extension_types, EXT_ALPS));
}

/* With the client's key there is no certificate: all other sizes may be early data. JSSE, which
 * pads, sends none. */
static enum guess guess_of_resumed(const struct attempt *a, unsigned len)
{
    if (len == END_OF_EARLY_DATA + CONTENT_TYPE + tag_len(a->suite))
        return GUESS_END_OF_EARLY_DATA;
    if (is_finished_sized(a, len))
        return GUESS_FINISHED;
    return is_alert_sized(a, SIDE_CLIENT, len) ? GUESS_ALERT : GUESS_ODD;
}

static enum guess guess_of(const struct attempt *a, unsigned len)
{
    unsigned finished = FINISHED_HEADER + hash_len(a->suite);
    unsigned alps = a->offers_alps ? ALPS_EXTENSIONS : 0;
    if (a->early_data == EARLY_DATA_OPEN || a->early_data == EARLY_DATA_ENDED)
        return guess_of_resumed(a, len);
    if (fits(len, finished, a->suite) || fits(len, finished + alps, a->suite))
        return GUESS_FINISHED;
    if (fits(len, finished + EMPTY_CERTIFICATE, a->suite) ||
            fits(len, finished + EMPTY_CERTIFICATE + alps, a->suite))
        return GUESS_EMPTY_CERTIFICATE_FINISHED;
    if (is_alert_sized(a, SIDE_CLIENT, len))
        return GUESS_ALERT;
    if (fits(len, EMPTY_CERTIFICATE, a->suite))
        return GUESS_EMPTY_CERTIFICATE;
    unsigned most = finished + EMPTY_CERTIFICATE + JSSE_PADDING + ALPS_EXTENSIONS + CONTENT_TYPE +
                    tag_len(a->suite);
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

/* A padded alert of a server that did not pad its Finished would be odd. */
static bool is_doubtful(const struct attempt *a, const struct fact *f)
{
    unsigned overhead = CONTENT_TYPE + tag_len(a->suite);
    return f->side == SIDE_SERVER && f->record.len != ALERT + overhead &&
           a->server_flight_len == FINISHED_HEADER + hash_len(a->suite) + overhead;
}

static void note_alert(struct attempt *a, const struct fact *f)
{
    struct moment *m = &a->alert_sized[f->side];
    if (!m->is_seen) {
        a->is_alert_doubtful = is_doubtful(a, f);
        *m = attempt_moment(f);
        a->alert_quiet_us[f->side] = a->quiet_us;
    }
    if (a->hs != NULL)
        a->hs->sides[f->side].n_alert_sized++;
    else
        a->tail.n_alert_sized[f->side]++;
}

bool tls13_may_be_early(const struct attempt *a)
{
    return a->early_data == EARLY_DATA_REJECTED || a->early_data == EARLY_DATA_OPEN;
}

/* How much of the server's bytes a packet of the client must acknowledge to be no early data: with
 * its flight it acknowledges all of the server's. After a HelloRetryRequest there is no more. */
static uint64_t early_until(const struct attempt *a)
{
    if (!a->offers_early_data)
        return 0;
    bool is_retried = a->early_data == EARLY_DATA_NONE;
    return is_retried || a->server_flight_at == 0 ? a->hello_end : a->server_flight_at;
}

static void flight_goes_on(struct attempt *a, const struct fact *f)
{
    a->flight_end = f->at.offset + f->at.len;
    a->flight_acked = f->at.acked;
}

/* Whether a record that holds Finished, and what may stand before it, is not padded. */
static bool is_plain_finished(const struct attempt *a, unsigned len)
{
    unsigned plain = FINISHED_HEADER + hash_len(a->suite) + CONTENT_TYPE + tag_len(a->suite);
    unsigned alps = a->offers_alps ? ALPS_EXTENSIONS : 0;
    return len == plain || len == plain + alps || len == plain + EMPTY_CERTIFICATE ||
           len == plain + EMPTY_CERTIFICATE + alps;
}

static void client_finished(struct attempt *a, const struct fact *f)
{
    flight_goes_on(a, f);
    a->turn.is_seen = false;
    a->is_unpadded = is_plain_finished(a, f->record.len);
    a->finished_end = a->flight_end;
    a->is_flight_odd = false;
    a->hs->times.client_finished_us = f->at.last_us;
}

/* The flight of the client, from its first protected record to its Finished. */
static void client_flight(struct attempt *a, const struct fact *f, enum guess g)
{
    if (a->is_framing_lost[SIDE_CLIENT]) /* a certificate may have stood in what is missing */
        a->has_client_cert = true;
    if (g == GUESS_ALERT) {
        note_alert(a, f);
        return;
    }
    bool is_first = a->flight_end == 0;
    unsigned content = inner_len(a, f->record.len);
    a->is_flight_block = is_first && g != GUESS_FINISHED && content % PADDING_BLOCK == 0;
    flight_goes_on(a, f);
    if (g == GUESS_EMPTY_CERTIFICATE || g == GUESS_EMPTY_CERTIFICATE_FINISHED)
        a->has_client_cert = a->hs->is_client_cert_empty = true;
    else if (g == GUESS_LARGE)
        a->has_client_cert = true;
    else if (g == GUESS_ODD && a->early_data != EARLY_DATA_OPEN && !a->has_client_cert)
        a->is_flight_odd = true;
    if (g == GUESS_FINISHED || g == GUESS_EMPTY_CERTIFICATE_FINISHED)
        client_finished(a, f);
}

/* Early data may go on behind the server's flight: then what looked like Finished was data, and
 * the flight comes later. Only an answer of the server tells. */
static void client_record_behind(struct attempt *a, const struct fact *f, enum guess g)
{
    if (g == GUESS_ALERT)
        note_alert(a, f);
    else if (g == GUESS_FINISHED && a->is_large_behind)
        a->has_client_cert = true;
    a->is_large_behind |= g == GUESS_LARGE;
    if (g == GUESS_FINISHED)
        client_finished(a, f);
}

static void end_of_early_data(struct attempt *a, const struct fact *f)
{
    a->early_data = EARLY_DATA_ENDED;
    flight_goes_on(a, f);
    a->finished_end = 0;
}

/* Before its Finished, or what looked like it. */
static void client_record_early(struct attempt *a, const struct fact *f)
{
    enum guess g = guess_of(a, f->record.len);
    if (g == GUESS_END_OF_EARLY_DATA)
        end_of_early_data(a, f);
    else if (a->finished_end == 0)
        client_flight(a, f, g);
    else
        client_record_behind(a, f, g);
}

static void client_data(struct attempt *a, const struct fact *f, uint64_t end, int64_t us)
{
    if (a->client_data_end == 0) {
        a->client_data_end = end;
        set_once(a->hs != NULL ? &a->hs->times.client_data_us : &a->tail.data_us[SIDE_CLIENT], us);
    }
    /* A client that sent a certificate may talk before the server has refused it. */
    if (!a->is_concluded && !a->has_client_cert)
        conclude_success(a, f, BASIS_INFERRED, 0.95);
}

static void server_data_at(struct attempt *a, int64_t us)
{
    set_once(a->hs != NULL ? &a->hs->times.server_data_us : &a->tail.data_us[SIDE_SERVER], us);
}

static void short_record_was_data(struct attempt *a, const struct fact *f)
{
    struct short_record *r = &a->maybe_data;
    r->is_open = false;
    a->alert_sized[SIDE_CLIENT].is_seen = false;
    client_data(a, f, r->end, r->us);
    if (r->answer_us != TIME_NONE)
        server_data_at(a, r->answer_us);
}

/* RFC 8446 6.1: an alert is the last that a side sends. What came before another record, of another
 * length or sent after an answer, was data. JSSE sends two alerts of one length at once. */
static void client_goes_on(struct attempt *a, const struct fact *f)
{
    const struct short_record *r = &a->maybe_data;
    bool is_answered = r->answer_end != 0 && f->at.acked >= r->answer_end;
    if (r->is_open && (f->record.len != r->len || is_answered))
        short_record_was_data(a, f);
}

static void client_record_after(struct attempt *a, const struct fact *f)
{
    uint64_t end = f->at.offset + f->at.len;
    client_goes_on(a, f);
    if (!is_alert_sized(a, SIDE_CLIENT, f->record.len)) {
        client_data(a, f, end, f->at.first_us);
        return;
    }
    note_alert(a, f);
    if (a->client_data_end == 0 && !a->maybe_data.is_open)
        a->maybe_data = (struct short_record){.is_open = true,
                .is_behind_tickets = a->answer_end != 0 && f->at.acked >= a->answer_end,
                .len = f->record.len,
                .us = f->at.first_us,
                .end = end,
                .answer_us = TIME_NONE};
}

void tls13_client_acts(struct attempt *a, const struct moment *m, bool may_close)
{
    int64_t pause = m->us - a->last_client_us;
    bool is_behind = a->finished_end != 0 || (a->flight_end != 0 && may_close);
    if (is_behind && pause >= PAUSE_US) {
        a->turn = *m;
        a->turn_pause_us = pause;
    }
    const struct moment *alert = &a->alert_sized[SIDE_SERVER];
    if (alert->is_seen && !a->reply.is_seen && m->acked >= alert->at)
        a->reply = *m;
    a->last_client_us = m->us;
}

static void client_record(struct attempt *a, const struct fact *f)
{
    if (f->at.acked < early_until(a)) {
        if (a->hs != NULL)
            set_once(&a->hs->times.client_data_us, f->at.first_us);
        return;
    }
    tls13_client_answers(a);
    struct moment m = attempt_moment(f);
    tls13_client_acts(a, &m, is_alert_sized(a, SIDE_CLIENT, f->record.len));
    if (a->hs != NULL && (a->finished_end == 0 || tls13_may_be_early(a)))
        client_record_early(a, f);
    else
        client_record_after(a, f);
}

/* Session tickets look like data: a short record counts as data only after two others. */
static void server_data(struct attempt *a, const struct fact *f, uint64_t acked)
{
    struct short_record *r = &a->maybe_data;
    uint64_t said = a->client_data_end == 0 && r->is_open ? r->end : a->client_data_end;
    if (said == 0 || acked < said)
        return;
    a->n_server_after_data++;
    bool is_answer = a->n_server_after_data >= 3 || (r->is_open && r->is_behind_tickets);
    if (f->record.len <= LARGEST_TICKET && !is_answer)
        return;
    if (a->client_data_end == 0)
        set_once(&r->answer_us, f->at.first_us);
    if (a->client_data_end == 0 && is_answer)
        short_record_was_data(a, f);
    else if (a->client_data_end != 0)
        server_data_at(a, f->at.first_us);
}

/* What was taken for the client's flight was sent before the server's, and captured late. */
static void forget_flight(struct attempt *a)
{
    a->flight_end = a->finished_end = 0;
    a->has_client_cert = a->is_flight_odd = a->is_large_behind = a->has_client_answered = false;
    a->alert_sized[SIDE_CLIENT].is_seen = false;
    if (a->hs == NULL)
        return;
    a->hs->is_client_cert_empty = false;
    a->hs->times.client_finished_us = a->hs->times.server_flight_end_us = TIME_NONE;
}

/* Stacks that give each message a record of its own (OpenSSL, GnuTLS, NSS) send
 * EncryptedExtensions, perhaps CertificateRequest, Certificate, CertificateVerify, Finished (RFC
 * 8446 4.4). */
static void note_flight(struct attempt *a, const struct fact *f)
{
    bool is_open = !a->is_concluded && !a->is_server_finished && a->hs != NULL;
    if (!is_open || a->is_framing_lost[SIDE_SERVER])
        return;
    if (!is_finished_sized(a, f->record.len)) {
        a->flight_lens[0] = a->flight_lens[1];
        a->flight_lens[1] = f->record.len;
        a->n_flight++;
    } else if (a->n_flight >= 3 && !a->hs->server_hello->has_psk) {
        a->hs->cert_record_len = a->flight_lens[0];
        a->hs->verify_record_len = a->flight_lens[1];
    }
}

/* Where the server's flight ends: behind its Finished, where that has a record of its own. */
static void server_flight(struct attempt *a, const struct fact *f)
{
    bool is_finished = is_finished_sized(a, f->record.len);
    bool is_first = a->last_server_len == 0;
    if (a->is_concluded || a->is_server_finished || !(is_first || is_finished))
        return;
    a->server_flight_at = f->at.offset + f->at.len;
    a->is_server_finished = is_finished;
    const struct moment *alert = &a->alert_sized[SIDE_CLIENT];
    if ((a->flight_end != 0 && a->flight_acked < early_until(a)) ||
            (alert->is_seen && alert->acked < early_until(a)))
        forget_flight(a);
}

/* The server's answer to the client's flight: proof that it has accepted it, but for an alert. */
static void server_answer(struct attempt *a, const struct fact *f)
{
    unsigned content = inner_len(a, f->record.len);
    bool is_first = a->answer_end == 0;
    if (is_first)
        a->answer_end = f->at.offset + f->at.len;
    if (is_first && content <= padding_shortest(&a->padding)) {
        a->padded_reply = attempt_moment(f);
        return;
    }
    a->padded_reply.is_seen = false;
    bool is_finished = a->finished_end != 0;
    if (a->is_concluded || !(is_finished || a->has_client_cert || a->is_flight_odd))
        return;
    /* It may be an answer to early data; a session that goes on leaves little that can fail. */
    bool is_early = is_finished && a->early_data == EARLY_DATA_OPEN;
    if (is_early || !(is_finished || a->has_client_cert))
        conclude_success_inferred(a, f, 0.7);
    else
        conclude_success(a, f, BASIS_INFERRED, is_finished ? 0.95 : 0.9);
}

static void server_record(struct attempt *a, const struct fact *f)
{
    note_flight(a, f);
    server_flight(a, f);
    a->last_server_len = f->record.len;
    uint64_t acked = f->at.acked; /* wherever the capture has it */
    uint64_t flight = a->finished_end != 0 ? a->finished_end : a->flight_end;
    bool is_flight = flight == 0 || acked < flight; /* on its way before Finished came */
    if (a->maybe_data.is_open && a->maybe_data.answer_end == 0 && acked >= a->maybe_data.end)
        a->maybe_data.answer_end = f->at.offset + f->at.len;
    a->has_gone_on |= a->reply.is_seen && acked >= a->reply.at;
    if (is_alert_sized(a, SIDE_SERVER, f->record.len)) {
        note_alert(a, f);
        return;
    }
    /* An alert is the last that a side sends: what stood before was none. */
    a->alert_sized[SIDE_SERVER].is_seen = a->reply.is_seen = false;
    a->last_server_us = f->at.last_us;
    if (is_flight) {
        a->server_flight_len = f->record.len;
        padding_add(&a->padding, inner_len(a, f->record.len), is_finished_sized(a, f->record.len));
        return;
    }
    server_answer(a, f);
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

static bool offers_early_data(const struct client_hello *ch)
{
    return ch != NULL && ch->has_early_data;
}

void tls13_client_hello(struct attempt *a)
{
    const struct handshake *hs = a->hs;
    a->offers_alps = offers_alps(hs->client_hello);
    a->offers_early_data =
            offers_early_data(hs->client_hello_first) || offers_early_data(hs->client_hello);
    if (!a->offers_early_data || hs->hello_retry_request != NULL)
        a->early_data = EARLY_DATA_NONE;
    else
        a->early_data = hs->server_hello->has_psk ? EARLY_DATA_OPEN : EARLY_DATA_REJECTED;
}

void tls13_begin(struct attempt *a, const struct fact *f)
{
    a->is_tls13 = true;
    a->suite = a->hs->cipher_suite;
    a->hello_end = f->at.offset + f->at.len;
    tls13_client_hello(a);
    replay_early(a, f);
}
