#include "findings/findings.h"

#include <stddef.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"

/* A finding as it waits, of which there may be many: without the room for text and evidence that it
 * does not use. */
struct kept {
    int64_t id;
    enum severity severity;
    enum basis basis;
    double confidence;
    int64_t first_seen_us, last_seen_us;
    uint64_t count, again_count;
    size_t n_evidence;
    struct evidence *evidence;
    uint8_t *first; /* the first sighting, packed */
};

/* All findings in order of their first sighting, found by a keyed hash of what merges them. */
struct findings {
    struct kept **items;
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
    for (size_t i = 0; i < f->n; i++) {
        xfree(f->items[i]->evidence);
        xfree(f->items[i]->first);
        xfree(f->items[i]);
    }
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

/* The texts of a sighting in order; what lies between them is kept as it is. Its evidence is that
 * of the finding. */
static const struct {
    size_t from, size;
} TEXTS[] = {
        {offsetof(struct sighting, subject), SUBJECT_TEXT},
        {offsetof(struct sighting, summary), FINDING_TEXT},
        {offsetof(struct sighting, service.name), sizeof((struct sighting *)0)->service.name},
        {offsetof(struct sighting, sni), sizeof((struct sighting *)0)->sni},
        {offsetof(struct sighting, community_id), sizeof((struct sighting *)0)->community_id},
        {offsetof(struct sighting, evidence), 0},
};
enum { N_TEXTS = sizeof TEXTS / sizeof *TEXTS };

static uint8_t *pack(const struct sighting *s)
{
    uint8_t room[offsetof(struct sighting, evidence) + N_TEXTS];
    const char *bytes = (const char *)s;
    size_t n = 0, at = 0;
    for (size_t i = 0; i < N_TEXTS; i++) {
        size_t between = TEXTS[i].from - at;
        memcpy(room + n, bytes + at, between);
        n += between;
        at = TEXTS[i].from + TEXTS[i].size;
        if (TEXTS[i].size == 0)
            break;
        size_t len = strnlen(bytes + TEXTS[i].from, TEXTS[i].size - 1);
        memcpy(room + n, bytes + TEXTS[i].from, len);
        room[n + len] = 0;
        n += len + 1;
    }
    uint8_t *packed = xcalloc(n, 1);
    memcpy(packed, room, n);
    return packed;
}

/* Into a sighting of zeros. */
static void unpack(struct sighting *s, const uint8_t *packed)
{
    char *bytes = (char *)s;
    size_t n = 0, at = 0;
    for (size_t i = 0; i < N_TEXTS; i++) {
        size_t between = TEXTS[i].from - at;
        memcpy(bytes + at, packed + n, between);
        n += between;
        at = TEXTS[i].from + TEXTS[i].size;
        if (TEXTS[i].size == 0)
            break;
        size_t len = strlen((const char *)packed + n);
        memcpy(bytes + TEXTS[i].from, packed + n, len);
        n += len + 1;
    }
}

static void add_evidence(struct kept *f, const struct sighting *s)
{
    size_t room = EVIDENCE_PER_FINDING - f->n_evidence;
    size_t n = s->n_evidence < room ? s->n_evidence : room;
    if (n == 0)
        return;
    f->evidence = xrealloc(f->evidence, f->n_evidence + n, sizeof *f->evidence);
    memcpy(f->evidence + f->n_evidence, s->evidence, n * sizeof *f->evidence);
    f->n_evidence += n;
}

static void merge(struct kept *f, const struct sighting *s)
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
    struct kept *made = xcalloc(1, sizeof *made);
    made->first = pack(s);
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

static void restore(struct finding *out, const struct kept *k)
{
    *out = (struct finding){.id = k->id,
            .severity = k->severity,
            .confidence = k->confidence,
            .basis = k->basis,
            .first_seen_us = k->first_seen_us,
            .last_seen_us = k->last_seen_us,
            .count = k->count,
            .again_count = k->again_count,
            .n_evidence = k->n_evidence};
    unpack(&out->first, k->first);
    if (k->n_evidence > 0)
        memcpy(out->evidence, k->evidence, k->n_evidence * sizeof *k->evidence);
    for (size_t i = 0; i < out->first.n_evidence; i++)
        out->first.evidence[i] = out->evidence[i];
}

void findings_each(struct findings *f, void (*fn)(void *ctx, struct finding *finding), void *ctx)
{
    struct finding finding;
    for (size_t i = 0; i < f->n; i++) {
        restore(&finding, f->items[i]);
        fn(ctx, &finding);
        f->items[i]->id = finding.id;
    }
}

size_t findings_count(const struct findings *f)
{
    return f->n;
}

uint64_t findings_dropped(const struct findings *f)
{
    return f->dropped;
}
