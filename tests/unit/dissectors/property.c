/*
 * Properties over the streams of real handshakes (the seeds of the fuzzers, first 5000 bytes a
 * side): however a stream is cut into segments or its messages into records, the facts are the
 * same; what is cut off takes only facts away; and a message cut short is malformed and nothing
 * else.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/text.h"
#include "dissectors/dissector.h"
#include "tests/unit/test.h"

#define SEEDS SOURCE_DIR "/tests/fuzz/corpus/"

enum { STREAM_MOST = 40000, PAIRS_MOST = 64, HEADER = 5, RECORD_CCS = 20, RECORD_HANDSHAKE = 22 };

/* Both sides of one connection. */
struct pair {
    char name[64];
    uint8_t bytes[2][STREAM_MOST];
    size_t n[2];
    size_t n_hello; /* of the client's stream: its first record */
};

static struct pair pairs[PAIRS_MOST];
static size_t n_pairs;

static size_t load(const char *folder, const char *name, uint8_t *to)
{
    char path[512];
    (void)snprintf(path, sizeof path, SEEDS "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return 0;
    (void)fgetc(f); /* a seed's first byte chooses how it is split */
    size_t n = fread(to, 1, STREAM_MOST, f);
    (void)fclose(f);
    return n;
}

static int load_all(void **state)
{
    (void)state;
    DIR *dir = opendir(SEEDS "fuzz_tls_server");
    assert_non_null(dir);
    for (const struct dirent *d; (d = readdir(dir)) != NULL && n_pairs < PAIRS_MOST;) {
        struct pair *p = &pairs[n_pairs];
        if (d->d_name[0] == '.' || strlen(d->d_name) >= sizeof p->name)
            continue;
        p->n[0] = load("fuzz_tls_client", d->d_name, p->bytes[0]);
        p->n[1] = load("fuzz_tls_server", d->d_name, p->bytes[1]);
        if (p->n[0] < HEADER || p->n[1] < HEADER || p->bytes[0][0] != RECORD_HANDSHAKE)
            continue;
        p->n_hello = HEADER + ((size_t)p->bytes[0][3] << 8 | p->bytes[0][4]);
        memcpy(p->name, d->d_name, strlen(d->d_name) + 1);
        n_pairs++;
    }
    (void)closedir(dir);
    assert_true(n_pairs >= 20); /* they are there at all */
    return 0;
}

/* What came out, as text; and whether the packets named are those that carried the bytes. */
struct log {
    struct text text;
    struct arena arena;
    const struct origin *origin;
    bool has_no_places; /* facts without their offsets */
    size_t n_malformed, n_facts;
    uint8_t last_message;
};

static void add_bytes(struct text *t, struct bytes b)
{
    text_addf(t, "%zu:%llx,", b.n, (unsigned long long)(b.n > 0 ? hash_fixed(b.p, b.n) : 0));
}

static void add_client_hello(struct text *t, const struct client_hello *h)
{
    text_addf(t, "%x %d%d ", h->legacy_version, h->is_malformed, h->has_extensions);
    const struct bytes all[] = {h->random, h->session_id, h->cipher_suites, h->compression,
            h->extension_types, h->extensions, h->sni, h->alpn, h->supported_versions, h->groups,
            h->signature_algorithms, h->key_share_groups, h->session_ticket};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        add_bytes(t, all[i]);
}

static void add_server_hello(struct text *t, const struct server_hello *h)
{
    text_addf(t, "%x %x %x %x %d%d ", h->version, h->legacy_version, h->cipher_suite, h->group,
            h->is_malformed, h->is_hrr);
    const struct bytes all[] = {
            h->random, h->session_id, h->extension_types, h->extensions, h->alpn};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        add_bytes(t, all[i]);
}

static void add_content(struct text *t, const struct fact *f)
{
    if (f->kind == FACT_CLIENT_HELLO)
        add_client_hello(t, f->client_hello);
    if (f->kind == FACT_SERVER_HELLO)
        add_server_hello(t, f->server_hello);
    for (size_t i = 0; f->kind == FACT_CERTIFICATE && i < f->certificate->n_certs; i++)
        add_bytes(t, f->certificate->certs[i].der);
    if (f->kind == FACT_SERVER_KEY_EXCHANGE) {
        const struct server_key_exchange *k = f->server_key_exchange;
        text_addf(t, "%d %x %x ", (int)k->kind, k->group, k->scheme);
        add_bytes(t, k->params);
        add_bytes(t, k->signature);
    }
    if (f->kind == FACT_CERTIFICATE_REQUEST) {
        add_bytes(t, f->cert_request->schemes);
        add_bytes(t, f->cert_request->authorities);
    }
    if (f->kind == FACT_CERTIFICATE_VERIFY)
        add_bytes(t, f->cert_verify->signature);
    if (f->kind == FACT_NEW_SESSION_TICKET)
        add_bytes(t, f->session_ticket->ticket);
    if (f->kind == FACT_ALERT)
        text_addf(t, "%d %d", f->alert.level, f->alert.description);
}

static uint64_t packet_of(const struct origin *o, uint64_t offset)
{
    for (size_t i = 0; i < o->n; i++)
        if (offset >= o->segments[i].offset && offset - o->segments[i].offset < o->segments[i].len)
            return o->segments[i].packet;
    return 0;
}

static void on_fact(void *ctx, const struct fact *f)
{
    struct log *log = ctx;
    text_addf(&log->text, "%c%d:%d ", f->side == SIDE_CLIENT ? 'C' : 'S', (int)f->kind,
            f->message_type);
    if (!log->has_no_places)
        text_addf(&log->text, "@%llu+%llu ", (unsigned long long)f->at.offset,
                (unsigned long long)f->at.len);
    add_content(&log->text, f);
    text_add(&log->text, "\n");
    log->n_facts++;
    log->n_malformed += f->kind == FACT_MALFORMED;
    log->last_message = f->message_type;
    if (log->origin == NULL || f->at.len == 0)
        return;
    if (f->at.first_packet != packet_of(log->origin, f->at.offset))
        fail_msg("first packet of %s", text_str(&log->text));
    /* The body of a data record need not have come yet. */
    uint64_t last = packet_of(log->origin, f->at.offset + f->at.len - 1);
    if (f->kind != FACT_APPLICATION_DATA && f->at.last_packet != last)
        fail_msg("last packet of %s", text_str(&log->text));
}

/* One direction in the hands of the flow layer. */
struct feeder {
    void *state;
    struct log *log;
    const uint8_t *bytes;
    int dir;
    size_t have;
    uint64_t done;
    size_t n_segments;
    struct origin_segment segments[STREAM_MOST];
};

/* One more segment; its end is the end of what the view may be read to. */
static void feed(struct feeder *f, size_t piece)
{
    struct dissector_sink sink = {f->log, on_fact, &f->log->arena};
    size_t n = f->n_segments++;
    f->segments[n] = (struct origin_segment){f->have, n + 1, (int64_t)n, (uint32_t)piece, 0, 0};
    f->have += piece;
    if (f->have <= f->done)
        return;
    struct origin origin = {f->segments, f->n_segments};
    size_t size = f->have - (size_t)f->done;
    uint8_t *exact = test_malloc(size);
    memcpy(exact, f->bytes + f->done, size);
    f->log->origin = &origin;
    f->done += dissector_tls.feed(
            f->state, &sink, f->dir, (struct bytes){exact, size}, f->done, &origin);
    f->log->origin = NULL;
    test_free(exact);
}

/* The sizes of segments: first, then steps, which 0 makes random from the seed. */
struct split {
    size_t first, step;
    uint32_t seed;
};

static size_t next_size(struct split *s)
{
    if (s->step > 0)
        return s->step;
    s->seed ^= s->seed << 13; /* xorshift32: the same splits in every run */
    s->seed ^= s->seed >> 17;
    s->seed ^= s->seed << 5;
    return 1 + s->seed % (s->seed % 7 == 0 ? 1500 : 40);
}

static void feed_until(struct feeder *f, size_t end, struct split s)
{
    for (bool is_first = true; f->have < end; is_first = false) {
        size_t piece = is_first ? s.first : next_size(&s);
        feed(f, piece < end - f->have ? piece : end - f->have);
    }
}

static const struct split WHOLE = {STREAM_MOST, STREAM_MOST, 0};

/* The client's hello, what the server says, then the rest of the client: each split by its own. */
static void run(struct log *log, const struct pair *p, size_t n_server, const struct split split[2])
{
    static struct feeder f[2];
    *log = (struct log){.has_no_places = log->has_no_places};
    void *state = dissector_tls.new_state();
    for (int dir = 0; dir < 2; dir++) {
        f[dir].state = state;
        f[dir].log = log;
        f[dir].bytes = p->bytes[dir];
        f[dir].dir = dir;
        f[dir].have = f[dir].n_segments = 0;
        f[dir].done = 0;
    }
    feed_until(&f[0], p->n_hello < p->n[0] ? p->n_hello : p->n[0], split[0]);
    feed_until(&f[1], n_server, split[1]);
    if (n_server == p->n[1])
        feed_until(&f[0], p->n[0], split[0]);
    dissector_tls.free_state(state);
    arena_fini(&log->arena);
}

static void expect_same(const struct pair *p, const struct log *whole, const struct split split[2])
{
    struct log log = {.has_no_places = whole->has_no_places};
    run(&log, p, p->n[1], split);
    if (strcmp(text_str(&log.text), text_str(&whole->text)) != 0)
        fail_msg("%s, client %zu/%zu, server %zu/%zu:\n%s\nin one piece:\n%s", p->name,
                split[0].first, split[0].step, split[1].first, split[1].step, text_str(&log.text),
                text_str(&whole->text));
    text_fini(&log.text);
}

static void every_split_in_two(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_pairs; i++) {
        const struct pair *p = &pairs[i];
        struct log whole = {.n_facts = 0};
        run(&whole, p, p->n[1], (struct split[2]){WHOLE, WHOLE});
        assert_true(whole.n_facts >= 2);
        for (size_t cut = 1; cut < p->n[1] || cut < p->n[0]; cut++) {
            struct split at = {cut, STREAM_MOST, 0};
            expect_same(p, &whole, (struct split[2]){at, at});
        }
        text_fini(&whole.text);
    }
}

static void many_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_pairs; i++) {
        const struct pair *p = &pairs[i];
        struct log whole = {.n_facts = 0};
        run(&whole, p, p->n[1], (struct split[2]){WHOLE, WHOLE});
        for (size_t step = 1; step < 30; step++)
            expect_same(p, &whole, (struct split[2]){{step, step, 0}, {step, step, 0}});
        for (uint32_t seed = 1; seed <= 40; seed++)
            expect_same(p, &whole, (struct split[2]){{seed, 0, seed}, {seed, 0, seed * 77}});
        text_fini(&whole.text);
    }
}

/* A stream that ends early has a beginning of the facts, not others. */
static void every_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_pairs; i++) {
        const struct pair *p = &pairs[i];
        struct log whole = {.n_facts = 0};
        run(&whole, p, p->n[1], (struct split[2]){WHOLE, WHOLE});
        for (size_t end = 0; end < p->n[1]; end++) {
            struct log cut = {.n_facts = 0};
            run(&cut, p, end, (struct split[2]){WHOLE, WHOLE});
            if (strncmp(text_str(&cut.text), text_str(&whole.text), cut.text.n) != 0)
                fail_msg("%s ends at %zu:\n%s", p->name, end, text_str(&cut.text));
            assert_int_equal(cut.n_malformed, 0);
            text_fini(&cut.text);
        }
        text_fini(&whole.text);
    }
}

/* The clear handshake messages of one side, in order. */
struct messages {
    uint8_t bytes[STREAM_MOST];
    size_t n;
    struct bytes all[32];
    size_t n_all;
    size_t n_whole; /* bytes of these */
};

static void read_messages(struct messages *m, struct bytes stream)
{
    *m = (struct messages){.n = 0};
    struct cur c = cur_of(stream);
    while (cur_more(&c) && cur_u8(&c) == RECORD_HANDSHAKE) {
        cur_skip(&c, 2);
        struct bytes body = cur_vec(&c, 2);
        if (!cur_ok(&c))
            break;
        memcpy(m->bytes + m->n, body.p, body.n);
        m->n += body.n;
    }
    struct cur all = cur_make(m->bytes, m->n);
    while (cur_more(&all) && m->n_all < 32) {
        const uint8_t *start = m->bytes + (m->n - all.n);
        cur_skip(&all, 1);
        struct bytes body = cur_vec(&all, 3);
        if (!cur_ok(&all))
            break;
        m->all[m->n_all++] = (struct bytes){start, body.n + 4};
        m->n_whole += body.n + 4;
    }
}

/* Writes messages into records of at most most bytes each. */
static size_t write_records(uint8_t *to, const struct messages *m, size_t most)
{
    size_t n = 0;
    for (size_t at = 0; at < m->n_whole;) {
        size_t size = most < m->n_whole - at ? most : m->n_whole - at;
        to[n] = RECORD_HANDSHAKE;
        to[n + 1] = to[n + 2] = 3;
        to[n + 3] = (uint8_t)(size >> 8);
        to[n + 4] = (uint8_t)size;
        memcpy(to + n + HEADER, m->bytes + at, size);
        at += size;
        n += HEADER + size;
    }
    return n;
}

static void every_size_of_record(void **state)
{
    (void)state;
    static struct messages m[2];
    static struct pair cut;
    for (size_t i = 0; i < n_pairs; i++) {
        for (int dir = 0; dir < 2; dir++)
            read_messages(&m[dir], (struct bytes){pairs[i].bytes[dir], pairs[i].n[dir]});
        m[0].n_whole = m[0].n_all > 0 ? m[0].all[0].n : 0; /* of the client the hello */
        struct log whole = {.has_no_places = true};
        memcpy(cut.name, pairs[i].name, sizeof cut.name);
        for (size_t most = 16000; most > 0; most = most > 24 ? most / 3 : most - 1) {
            for (int dir = 0; dir < 2; dir++)
                cut.n[dir] = write_records(cut.bytes[dir], &m[dir], most);
            cut.n_hello = cut.n[0];
            if (most == 16000)
                run(&whole, &cut, cut.n[1], (struct split[2]){WHOLE, WHOLE});
            expect_same(&cut, &whole, (struct split[2]){WHOLE, WHOLE});
            for (size_t step = 1; step < 12; step += 3)
                expect_same(&cut, &whole, (struct split[2]){{step, step, 0}, {step, step, 0}});
        }
        assert_int_equal(whole.n_facts, m[1].n_all + (m[0].n_whole > 0 ? 1 : 0));
        text_fini(&whole.text);
    }
}

/* Feeds one message, its body cut to n bytes, in a record of its own. */
static void feed_message(void *state, struct log *log, int dir, struct bytes m, size_t n)
{
    static uint64_t at = 100000; /* anywhere behind the start of the stream */
    struct dissector_sink sink = {log, on_fact, &log->arena};
    struct origin none = {NULL, 0};
    size_t size = HEADER + 4 + n;
    uint8_t *record = test_malloc(size);
    record[0] = RECORD_HANDSHAKE;
    record[1] = record[2] = 3;
    record[3] = (uint8_t)((n + 4) >> 8);
    record[4] = (uint8_t)(n + 4);
    record[5] = m.p[0];
    record[6] = (uint8_t)(n >> 16);
    record[7] = (uint8_t)(n >> 8);
    record[8] = (uint8_t)n;
    memcpy(record + 9, m.p + 4, n);
    size_t used = dissector_tls.feed(state, &sink, dir, (struct bytes){record, size}, at, &none);
    assert_int_equal(used, size);
    at += size;
    test_free(record);
}

/* Where a hello may end before its extensions (RFC 5246 7.4.1.2): the only cut that is whole. */
static size_t without_extensions(struct bytes m)
{
    struct cur c = cur_make(m.p + 4, m.n - 4);
    cur_skip(&c, 34);
    (void)cur_vec(&c, 1);
    if (m.p[0] == 1) {
        (void)cur_vec(&c, 2);
        (void)cur_vec(&c, 1);
    } else {
        cur_skip(&c, 3);
    }
    assert_true(cur_ok(&c));
    return m.n - 4 - c.n;
}

/* Where the cipher suites of a ClientHello end: from there on it is one, if a broken one. */
static size_t up_to_suites(struct bytes m)
{
    struct cur c = cur_make(m.p + 4, m.n - 4);
    cur_skip(&c, 34);
    (void)cur_vec(&c, 1);
    (void)cur_vec(&c, 2);
    return m.n - 4 - c.n;
}

/* Feeds messages 0 .. which of dir, the last one cut, after what the other side said before. */
static void check_cut(const struct messages m[2], int dir, size_t which, size_t n)
{
    struct log log = {.n_facts = 0};
    void *state = dissector_tls.new_state();
    if (dir == 1)
        feed_message(state, &log, 0, m[0].all[0], m[0].all[0].n - 4);
    for (size_t i = 0; i < which; i++) {
        feed_message(state, &log, dir, m[dir].all[i], m[dir].all[i].n - 4);
        for (size_t k = 0; dir == 0 && i == 0 && k < m[1].n_all; k++)
            feed_message(state, &log, 1, m[1].all[k], m[1].all[k].n - 4);
    }
    assert_int_equal(log.n_malformed, 0);
    size_t n_before = log.n_facts;
    struct bytes message = m[dir].all[which];
    feed_message(state, &log, dir, message, n);
    assert_int_equal(log.last_message, message.p[0]);
    bool is_hello = message.p[0] == 1 || message.p[0] == 2;
    bool is_whole = n == message.n - 4 || (is_hello && n == without_extensions(message));
    bool is_broken = !is_whole && message.p[0] == 1 && n >= up_to_suites(message);
    assert_int_equal(log.n_facts, n_before + 1 + is_broken);
    if (log.n_malformed != (is_whole ? 0 : 1))
        fail_msg("message %d cut to %zu of %zu:\n%s", message.p[0], n, message.n - 4,
                text_str(&log.text));
    dissector_tls.free_state(state);
    text_fini(&log.text);
    arena_fini(&log.arena);
}

/* Those whose bodies say themselves where they end; what a key exchange of the client or a
 * Finished holds is not read. */
static bool has_form(uint8_t type)
{
    return type == 1 || type == 2 || type == 4 || type == 11 || type == 12 || type == 13 ||
           type == 15 || type == 22;
}

static void every_cut_message(void **state)
{
    (void)state;
    static struct messages m[2];
    size_t n_seen[256] = {0};
    for (size_t i = 0; i < n_pairs; i++) {
        const struct pair *p = &pairs[i];
        for (int dir = 0; dir < 2; dir++)
            read_messages(&m[dir], (struct bytes){p->bytes[dir], p->n[dir]});
        for (int dir = 0; dir < 2; dir++) {
            for (size_t k = 0; k < m[dir].n_all && m[0].n_all > 0; k++) {
                if (!has_form(m[dir].all[k].p[0]))
                    continue;
                n_seen[m[dir].all[k].p[0]]++;
                for (size_t n = 0; n <= m[dir].all[k].n - 4; n++)
                    check_cut(m, dir, k, n);
            }
        }
    }
    /* Of each kind there was one: the client's hello to the ticket. */
    const uint8_t kinds[] = {1, 2, 4, 11, 12, 13, 15};
    for (size_t i = 0; i < sizeof kinds; i++)
        if (n_seen[kinds[i]] == 0)
            fail_msg("no message of type %d among the seeds", kinds[i]);
}

/* The last certificate of a chain claims a byte more than the list has: no chain at all. */
static void lying_chain(void **state)
{
    (void)state;
    static const uint8_t good[] = {11, 0, 0, 12, 0, 0, 9, 0, 0, 3, 1, 2, 3, 0, 0, 0};
    static const uint8_t bad[] = {11, 0, 0, 12, 0, 0, 9, 0, 0, 3, 1, 2, 3, 0, 0, 1};
    static const uint8_t less[] = {11, 0, 0, 12, 0, 0, 8, 0, 0, 3, 1, 2, 3, 0, 0, 0};
    const uint8_t *rows[] = {good, bad, less};
    for (size_t i = 0; i < 3; i++) {
        struct log log = {.n_facts = 0};
        void *tls = dissector_tls.new_state();
        feed_message(tls, &log, 1, (struct bytes){rows[i], sizeof good}, sizeof good - 4);
        assert_int_equal(log.n_facts, 1);
        assert_int_equal(log.n_malformed, i == 0 ? 0 : 1);
        dissector_tls.free_state(tls);
        text_fini(&log.text);
        arena_fini(&log.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_split_in_two),
            cmocka_unit_test(many_pieces), cmocka_unit_test(every_end),
            cmocka_unit_test(every_size_of_record), cmocka_unit_test(every_cut_message),
            cmocka_unit_test(lying_chain)};
    return cmocka_run_group_tests(tests, load_all, NULL);
}
