#include "findings/findings.h"

#include <string.h>

#include "base/alloc.h"
#include "base/map.h"

/* All findings in order of their first sighting, found by a keyed hash of what merges them. */
struct findings {
    struct finding **items;
    size_t n, cap;
    struct map *by_key; /* value: position + 1 */
    uint64_t dropped;
};

struct findings *findings_new(void)
{
    struct findings *f = xcalloc(1, sizeof *f);
    f->by_key = map_new(&(struct map_options){.cap = FINDINGS_CAP + 1});
    return f;
}

void findings_free(struct findings *f)
{
    if (f == NULL)
        return;
    for (size_t i = 0; i < f->n; i++)
        xfree(f->items[i]);
    xfree(f->items);
    map_free(f->by_key);
    xfree(f);
}

/* defect, NUL, service, NUL, subject: the texts hold no NUL themselves. */
struct key {
    uint8_t bytes[64 + sizeof(int64_t) + SUBJECT_TEXT];
    size_t n;
};

static void key_of(struct key *k, const struct sighting *s)
{
    size_t n_defect = strnlen(s->defect, 63) + 1;
    size_t n_subject = strnlen(s->subject, SUBJECT_TEXT - 1) + 1;
    memcpy(k->bytes, s->defect, n_defect - 1);
    k->bytes[n_defect - 1] = 0;
    memcpy(k->bytes + n_defect, &s->service.id, sizeof s->service.id);
    memcpy(k->bytes + n_defect + sizeof s->service.id, s->subject, n_subject);
    k->n = n_defect + sizeof s->service.id + n_subject;
}

static void add_evidence(struct finding *f, const struct sighting *s)
{
    for (size_t i = 0; i < s->n_evidence && f->n_evidence < EVIDENCE_PER_FINDING; i++)
        f->evidence[f->n_evidence++] = s->evidence[i];
}

static void merge(struct finding *f, const struct sighting *s)
{
    f->count++;
    f->again_count += s->is_again;
    if (s->severity > f->severity)
        f->severity = s->severity;
    if (s->confidence > f->confidence)
        f->confidence = s->confidence;
    if (s->basis == BASIS_SEEN)
        f->basis = BASIS_SEEN;
    if (s->at_us < f->first_seen_us)
        f->first_seen_us = s->at_us;
    if (s->at_us > f->last_seen_us)
        f->last_seen_us = s->at_us;
    add_evidence(f, s);
}

static void open_finding(struct findings *f, const struct sighting *s, struct bytes key)
{
    struct finding *made = xcalloc(1, sizeof *made);
    made->first = *s;
    made->severity = s->severity;
    made->confidence = s->confidence;
    made->basis = s->basis;
    made->first_seen_us = made->last_seen_us = s->at_us;
    made->count = 1;
    made->again_count = s->is_again;
    add_evidence(made, s);
    if (f->n == f->cap) {
        f->cap = f->cap > 0 ? f->cap * 2 : 64;
        f->items = xrealloc(f->items, f->cap, sizeof *f->items);
    }
    f->items[f->n++] = made;
    map_put(f->by_key, key, (void *)(uintptr_t)f->n);
}

bool findings_add(struct findings *f, const struct sighting *s)
{
    struct key k;
    key_of(&k, s);
    struct bytes key = {k.bytes, k.n};
    uintptr_t at = (uintptr_t)map_get(f->by_key, key);
    if (at != 0) {
        merge(f->items[at - 1], s);
        return true;
    }
    if (f->n >= FINDINGS_CAP) {
        f->dropped++;
        return false;
    }
    open_finding(f, s, key);
    return true;
}

void findings_each(struct findings *f, void (*fn)(void *ctx, struct finding *finding), void *ctx)
{
    for (size_t i = 0; i < f->n; i++)
        fn(ctx, f->items[i]);
}

size_t findings_count(const struct findings *f)
{
    return f->n;
}

uint64_t findings_dropped(const struct findings *f)
{
    return f->dropped;
}
