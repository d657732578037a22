/* Which connections are wanted, and what came of them. */
#include "engine/keeper.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/keep_pass.h"
#include "engine/notice.h"

#define READ_NOT UINT32_MAX /* the vantage of an input that was not read */

struct keeper {
    struct wanted *items[KEEP_CONNECTIONS];
    size_t n;
    uint64_t n_unlisted; /* beyond the cap */
    struct map *by_id;
    uint32_t *vantages; /* by input */
    size_t n_inputs;
};

static struct bytes key_of(const int64_t *id)
{
    return (struct bytes){(const uint8_t *)id, sizeof *id};
}

struct keeper *keeper_new(void)
{
    struct keeper *k = xcalloc(1, sizeof *k);
    k->by_id = map_new(&(struct map_options){.cap = KEEP_CONNECTIONS});
    return k;
}

void keeper_free(struct keeper *k)
{
    if (k == NULL)
        return;
    for (size_t i = 0; i < k->n; i++) {
        writer_fini(&k->items[i]->kept.waiting);
        xfree(k->items[i]->defects);
        xfree(k->items[i]);
    }
    map_free(k->by_id);
    xfree(k->vantages);
    xfree(k);
}

void keeper_want(struct keeper *k, const struct handshake *h, const char *defects)
{
    if (k->n == KEEP_CONNECTIONS) {
        k->n_unlisted++;
        return;
    }
    struct wanted *w = xcalloc(1, sizeof *w);
    w->kept.id = h->id;
    w->vantage = h->vantage;
    w->vlans = h->vlans;
    w->first = (struct place){h->input, h->first_packet};
    w->last = w->handshake_last = (struct place){h->last_input, h->last_packet};
    for (int i = 0; i < 2; i++)
        w->sides[i] = h->sides[i].endpoint;
    w->defects = xstrdup(defects);
    k->items[k->n++] = w;
    map_put(k->by_id, key_of(&w->kept.id), w);
}

void keeper_end(struct keeper *k, const struct connection_end *end)
{
    struct wanted *w = map_get(k->by_id, key_of(&end->handshake_id));
    if (w != NULL)
        w->last = (struct place){end->last_input, end->last_packet};
}

void keeper_name(struct keeper *k, int64_t handshake_id)
{
    struct wanted *w = map_get(k->by_id, key_of(&handshake_id));
    if (w != NULL)
        w->is_named = true;
}

void keeper_input(struct keeper *k, uint32_t input, uint32_t vantage)
{
    if (input >= k->n_inputs) {
        k->vantages = xrealloc(k->vantages, (size_t)input + 1, sizeof *k->vantages);
        while (k->n_inputs <= input)
            k->vantages[k->n_inputs++] = READ_NOT;
    }
    k->vantages[input] = vantage;
}

/* What came of all connections. */
struct sums {
    uint64_t files, packets, bytes, omitted, left_out, not_found, piped;
};

/* A part of the packets was in a pipe: what is kept does not show the whole. */
static bool is_piped(const struct wanted *w, const struct inputs *inputs)
{
    return inputs->items[w->first.input].is_stdin || inputs->items[w->last.input].is_stdin;
}

static void add_up(struct sums *s, const struct wanted *w, const struct inputs *inputs)
{
    const struct kept *kept = &w->kept;
    s->files += kept->packets > 0;
    s->packets += kept->packets;
    s->bytes += kept->bytes * (kept->packets > 0);
    s->omitted += kept->omitted;
    s->left_out += kept->is_left_out;
    if (kept->packets == 0 && is_piped(w, inputs))
        s->piped++;
    else if (kept->packets == 0 && !kept->is_left_out)
        s->not_found++;
}

static bool store_file(
        const struct wanted *w, const char *dir, struct store *store, struct err *err)
{
    const struct kept *kept = &w->kept;
    struct text path = {0};
    if (kept->packets == 0)
        return true;
    keep_dir_name(dir, kept->id, &path);
    struct evidence_file f = {
            kept->id, text_str(&path), kept->packets, kept->bytes, kept->omitted, w->is_whole};
    bool is_ok = store_evidence_file(store, &f, err);
    text_fini(&path);
    return is_ok;
}

static bool store_sums(
        const struct keeper *k, const struct sums *s, struct store *store, struct err *err)
{
    const struct counter counters[] = {
            {"evidence-files", s->files},
            {"evidence-packets", s->packets},
            {"evidence-bytes", s->bytes},
            {"evidence-packets-omitted", s->omitted},
            {"evidence-connections-left-out", s->left_out},
            {"evidence-connections-not-listed", k->n_unlisted},
            {"evidence-connections-not-found", s->not_found},
            {"evidence-connections-piped", s->piped},
    };
    return store_counters(store, counters, sizeof counters / sizeof *counters, err);
}

static void tell(const struct keeper *k, const struct sums *s, const struct run_options *o)
{
    if (s->left_out > 0)
        run_notice(o,
                "%s: full: packets of %" PRIu64 " connection(s) left out: raise --evidence-size",
                o->evidence, s->left_out);
    if (k->n_unlisted > 0)
        run_notice(o,
                "%s: packets of %" PRIu64 " connection(s) left out: more than %d have findings",
                o->evidence, k->n_unlisted, KEEP_CONNECTIONS);
    if (s->not_found > 0)
        run_notice(o,
                "%s: packets of %" PRIu64
                " connection(s) not found again: was an input changed meanwhile?",
                o->evidence, s->not_found);
}

bool keeper_run(struct keeper *k, const struct run_options *o, struct store *store,
        struct run_result *result, struct err *err)
{
    struct sums s = {0};
    struct keep_pass pass = {o, k->items, k->n, k->vantages, k->n_inputs};
    struct err why;
    if (!keep_pass_run(&pass, &why)) {
        run_notice(o, "%s", why.text);
        result->is_evidence_broken = true;
    }
    for (size_t i = 0; i < k->n; i++) {
        add_up(&s, k->items[i], o->inputs);
        if (!store_file(k->items[i], o->evidence, store, err))
            return false;
    }
    if (!result->is_evidence_broken)
        tell(k, &s, o);
    result->evidence_files = s.files;
    result->evidence_bytes = s.bytes;
    return store_sums(k, &s, store, err);
}
