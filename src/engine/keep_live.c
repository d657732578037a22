#include "engine/keep_live.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/pulse.h"
#include "base/slot.h"
#include "engine/keep_dir.h"
#include "engine/minutes.h"
#include "engine/notice.h"
#include "flow/flow.h"
#include "store/segment.h"

/* How long a file waits for what comes after the handshake, unless the connection ends before. */
#define WAIT_US INT64_C(1000000)
/* Rings that hold less than this do not let a file wait. */
#define HURRY_US INT64_C(4000000)

enum { MICROSECONDS = 6 };

/* A handshake that may be worth its packets. */
struct want {
    int64_t id;
    struct endpoint sides[2];
    struct keep_question question;
    uint64_t packets; /* of the connection up to the end of the handshake */
    char *defects;
    int64_t since_us;       /* the tick that saw it first; 0 none yet */
    bool is_named, is_told; /* a finding names it; it pages or makes a ticket */
    bool is_late;           /* found at the end of the connection */
};

struct sums {
    uint64_t files, packets, bytes, omitted, gone;
    uint64_t left_out, not_listed, not_found;
};

struct keep_live {
    struct keep_live_options o;
    struct keep_dir *dir; /* NULL: it could not be opened */
    struct want *wants[KEEP_LIVE_WAITING];
    size_t n;
    struct map *by_id;
    struct keep_taken taken;
    struct text begin, comment;
    struct sums sums;
    int64_t second_us, minute_us;   /* that the clock is in */
    unsigned n_named, n_others;     /* files of this second */
    bool is_full, is_full_said;     /* something found no room since the directory was counted */
    bool is_broken, is_broken_said; /* the directory cannot be written */
};

static struct bytes key_of(const int64_t *id)
{
    return (struct bytes){(const uint8_t *)id, sizeof *id};
}

static void note_broken(struct keep_live *k, const char *why)
{
    k->is_broken = true;
    if (!k->is_broken_said)
        run_notice(k->o.run, "%s; the capture goes on, writing is tried again each minute", why);
    k->is_broken_said = true;
}

/* Also counts what is in it anew: somebody may have made room. */
static void open_dir(struct keep_live *k)
{
    struct err why;
    keep_dir_close(k->dir);
    k->dir = NULL;
    k->is_full = k->is_broken = false;
    if (!keep_dir_open(k->o.run->evidence, &k->dir, &why))
        note_broken(k, why.text);
    else if (keep_dir_used(k->dir) <= k->o.run->evidence_size / 4 * 3)
        k->is_full_said = false;
}

struct keep_live *keep_live_new(const struct keep_live_options *o)
{
    struct keep_live *k = xcalloc(1, sizeof *k);
    k->o = *o;
    k->by_id = map_new(&(struct map_options){.cap = KEEP_LIVE_WAITING});
    open_dir(k);
    return k;
}

static void want_free(struct want *w)
{
    xfree(w->defects);
    xfree(w);
}

void keep_live_free(struct keep_live *k)
{
    if (k == NULL)
        return;
    for (size_t i = 0; i < k->n; i++)
        want_free(k->wants[i]);
    map_free(k->by_id);
    keep_taken_fini(&k->taken);
    keep_dir_close(k->dir);
    text_fini(&k->begin);
    text_fini(&k->comment);
    xfree(k);
}

static struct keep_question question_of(const struct handshake *h)
{
    const struct endpoint *client = &h->sides[SIDE_CLIENT].endpoint;
    const struct endpoint *server = &h->sides[SIDE_SERVER].endpoint;
    struct packet p = {
            .transport = h->transport, .src_port = client->port, .dst_port = server->port};
    memcpy(p.src, client->address.ip, sizeof p.src);
    memcpy(p.dst, server->address.ip, sizeof p.dst);
    return (struct keep_question){.flow = flow_hash(&p),
            .input = h->input,
            .first_packet = h->first_packet,
            .last_input = h->last_input,
            .last_packet = h->last_packet};
}

static void take_end(struct want *w, const struct connection_end *end)
{
    w->question.end_input = end->last_input;
    w->question.end_packet = end->last_packet;
}

void keep_live_want(struct keep_live *k, const struct handshake *h, const char *defects,
        bool is_told, const struct connection_end *end)
{
    struct want *w = map_get(k->by_id, key_of(&h->id));
    if (w != NULL) { /* its handshake waits; what the end shows does not change its packets */
        w->is_told |= is_told;
        return;
    }
    if (k->n == KEEP_LIVE_WAITING) {
        k->sums.not_listed++;
        return;
    }
    w = xcalloc(1, sizeof *w);
    w->id = h->id;
    w->question = question_of(h);
    for (int i = 0; i < 2; i++) {
        w->sides[i] = h->sides[i].endpoint;
        w->packets += h->sides[i].packets;
    }
    w->defects = xstrdup(defects);
    w->is_told = is_told;
    w->is_late = end != NULL;
    if (end != NULL)
        take_end(w, end);
    k->wants[k->n++] = w;
    map_put(k->by_id, key_of(&w->id), w);
}

void keep_live_end(struct keep_live *k, const struct connection_end *end)
{
    struct want *w = map_get(k->by_id, key_of(&end->handshake_id));
    if (w != NULL)
        take_end(w, end);
}

void keep_live_name(struct keep_live *k, int64_t handshake_id)
{
    struct want *w = map_get(k->by_id, key_of(&handshake_id));
    if (w != NULL)
        w->is_named = true;
}

static struct keep_ring *ring_of(const struct keep_live *k, const struct want *w)
{
    return k->o.rings[(w->question.first_packet - 1) % k->o.n_rings];
}

static void add_frames(struct keep_live *k, struct kept *kept)
{
    for (size_t i = 0; i < k->taken.n; i++) {
        const struct frame *f = &k->taken.frames[i];
        const struct frame_detail detail = {.link_type = f->link_type,
                .snap_len = k->o.snap_len,
                .resolution = MICROSECONDS,
                .ticks = (uint64_t)f->ts_us};
        text_clear(&k->comment);
        text_addf(&k->comment, "packet %" PRIu64 " of ", f->number);
        text_add_escaped(&k->comment, bytes_of_text(k->o.name));
        (void)keep_dir_add(k->dir, kept, f, &detail, text_str(&k->begin), text_str(&k->comment));
    }
    keep_dir_done(k->dir, kept);
}

static void note_room(struct keep_live *k, const struct want *w, const struct kept *kept)
{
    const char *dir = k->o.run->evidence;
    if (kept->is_left_out) {
        k->is_full = true;
        k->sums.left_out++;
    }
    if (kept->is_left_out && w->is_named && !k->is_full_said && !k->is_broken) {
        run_notice(k->o.run,
                "%s: full: packets of connections are left out: remove files or raise "
                "--evidence-size",
                dir);
        k->is_full_said = true;
    }
    if (kept->packets == 0)
        return;
    if (k->is_broken_said)
        run_notice(k->o.run, "%s: is written again", dir);
    k->is_broken_said = false;
}

static bool store_file(const struct keep_live *k, const struct want *w, const struct kept *kept,
        struct store *s, struct err *err)
{
    struct text path = {0};
    keep_dir_name(k->o.run->evidence, w->id, &path);
    const struct evidence_file f = {w->id, text_str(&path), kept->packets, kept->bytes,
            kept->omitted, k->taken.is_whole && kept->omitted == 0};
    bool is_ok = store_evidence_file(s, &f, err) || store_is_waiting(s);
    text_fini(&path);
    return is_ok;
}

static bool write_one(
        struct keep_live *k, const struct want *w, struct store *store, struct err *err)
{
    struct kept kept = {.id = w->id,
            .share = k->o.run->evidence_size / (w->is_named ? 1 : 2),
            .is_handshake = true};
    if (k->dir == NULL || k->is_broken) {
        k->sums.left_out++;
        return true;
    }
    if (w->is_late && keep_dir_has(k->dir, w->id))
        return true; /* written after the handshake */
    keep_ring_take(ring_of(k, w), &w->question, &k->taken);
    pulse_beat();
    k->sums.gone += k->taken.n > 0 ? k->taken.gone : w->packets;
    k->sums.not_found += k->taken.n == 0;
    if (k->taken.n == 0)
        return true;
    keep_dir_about(
            &(struct keep_about){w->id, w->sides, w->defects, k->o.name, w->question.first_packet},
            &k->begin);
    if (!k->taken.is_whole)
        text_add(&k->begin, "\nnot all packets of the handshake were there any more");
    add_frames(k, &kept);
    if (keep_dir_why(k->dir) != NULL)
        note_broken(k, keep_dir_why(k->dir));
    note_room(k, w, &kept);
    k->sums.files += kept.packets > 0;
    k->sums.packets += kept.packets;
    k->sums.bytes += kept.packets > 0 ? kept.bytes : 0;
    k->sums.omitted += kept.omitted;
    return kept.packets == 0 || store_file(k, w, &kept, store, err);
}

enum turn { TURN_LATER, TURN_NOW, TURN_NEVER };

/* Whether its packets are written at this tick. */
static enum turn turn_of(struct keep_live *k, struct want *w, int64_t now_us, bool is_last)
{
    unsigned *n = w->is_named ? &k->n_named : &k->n_others;
    unsigned most = w->is_named ? KEEP_LIVE_NAMED_A_SECOND : KEEP_LIVE_OTHERS_A_SECOND;
    if (!w->is_named && !w->is_told)
        return TURN_NEVER;
    if (w->since_us == 0)
        w->since_us = now_us;
    bool is_due = is_last || w->question.end_packet != 0 || now_us - w->since_us >= WAIT_US ||
                  now_us < w->since_us || keep_ring_span_us(ring_of(k, w)) < HURRY_US;
    bool is_over = *n >= most && !(w->is_named && is_last);
    if (!is_due || (is_over && w->is_named))
        return TURN_LATER;
    if (is_over) {
        k->sums.left_out++;
        return TURN_NEVER;
    }
    (*n)++;
    return TURN_NOW;
}

/* Those that findings name come before the others. */
static bool pass(struct keep_live *k, bool is_named, int64_t now_us, bool is_last,
        struct store *store, struct err *err)
{
    size_t n = 0;
    bool is_ok = true;
    for (size_t i = 0; i < k->n; i++) {
        struct want *w = k->wants[i];
        enum turn turn =
                !is_ok || w->is_named != is_named ? TURN_LATER : turn_of(k, w, now_us, is_last);
        if (turn == TURN_NOW)
            is_ok = write_one(k, w, store, err);
        if (turn == TURN_LATER) {
            k->wants[n++] = w;
            continue;
        }
        (void)map_remove(k->by_id, key_of(&w->id));
        want_free(w);
    }
    k->n = n;
    return is_ok;
}

static void take_clock(struct keep_live *k, int64_t now_us)
{
    int64_t second_us = slot_start(now_us, 1000000);
    int64_t minute_us = slot_start(now_us, MINUTE_US);
    if (second_us != k->second_us)
        k->n_named = k->n_others = 0;
    bool is_new = minute_us != k->minute_us && k->minute_us != 0;
    if (is_new && (k->is_broken || (k->is_full && keep_dir_is_changed(k->dir))))
        open_dir(k);
    k->second_us = second_us;
    k->minute_us = minute_us;
}

bool keep_live_tick(
        struct keep_live *k, int64_t now_us, bool is_last, struct store *store, struct err *err)
{
    take_clock(k, now_us);
    return k->n == 0 || (pass(k, true, now_us, is_last, store, err) &&
                                pass(k, false, now_us, is_last, store, err));
}

bool keep_live_counters(const struct keep_live *k, struct store *store, struct err *err)
{
    const struct sums *s = &k->sums;
    const struct counter counters[] = {
            {"evidence-files", s->files},
            {"evidence-packets", s->packets},
            {"evidence-bytes", s->bytes},
            {"evidence-packets-omitted", s->omitted},
            {"evidence-packets-gone", s->gone},
            {"evidence-connections-left-out", s->left_out},
            {"evidence-connections-not-listed", s->not_listed},
            {"evidence-connections-not-found", s->not_found},
    };
    return store_counters(store, counters, sizeof counters / sizeof *counters, err);
}

void keep_live_result(const struct keep_live *k, struct run_result *result)
{
    result->evidence_files = k->sums.files;
    result->evidence_bytes = k->sums.bytes;
    result->is_evidence_broken = k->is_broken;
}
