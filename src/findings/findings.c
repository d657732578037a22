#include "findings/findings.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "findings/life.h"
#include "findings/relations.h"

/* A finding as it waits, of which there may be many: without the room for text and evidence that it
 * does not use. */
struct kept {
    int64_t id;
    enum severity severity;
    enum basis basis;
    double confidence;
    int64_t first_seen_us, last_seen_us;
    uint64_t count, again_count; /* of this run */
    enum severity told_severity;
    enum basis told_basis;
    enum muted_by told_muted_by;
    const char *told_explained_by;
    uint64_t told_count, told_again_count; /* of these, given by findings_each */
    size_t told_evidence;
    enum muted_by muted_by; /* of all sightings */
    const char *muted_why;
    enum notify notify;
    const char *defect;
    int64_t vantage;   /* of the first sighting */
    bool has_vantages; /* others as well */
    size_t n_evidence;
    struct evidence *evidence;
    uint8_t *first; /* the first sighting, packed */
    struct finding_life life;
    const char *explained_by;
    int64_t service_id;
    uint64_t round; /* the last one that sighted it */
    uint16_t rule;
    bool is_listed; /* in the list of its service */
    bool is_news;   /* in the list of what findings_each has to give */
};

/* The findings of one service that may be open, by number. */
struct open_list {
    uint32_t *items;
    size_t n, cap, next;
};

enum { ROUND_MOST = 64 }; /* findings looked at in one round; the next goes on with the others */

/* All findings in order of their first sighting, found by a keyed hash of what merges them. */
struct findings {
    struct kept **items;
    size_t n, cap;
    struct map *by_key;     /* value: position + 1 */
    struct map *by_service; /* struct open_list */
    struct findings_past past;
    uint64_t round;
    int64_t now_us; /* see findings_now; 0 none */
    size_t n_sighted;
    uint64_t dropped;
    uint32_t *news; /* numbers of findings */
    size_t n_news, cap_news;
};

static void free_list(void *ctx, void *value)
{
    struct open_list *l = value;
    (void)ctx;
    xfree(l->items);
    xfree(l);
}

static void make_maps(struct findings *f)
{
    f->by_key = map_new(&(struct map_options){.cap = FINDINGS_CAP + 1});
    f->by_service = map_new(&(struct map_options){.cap = FINDINGS_CAP, .on_evict = free_list});
}

static void clear(struct findings *f)
{
    for (size_t i = 0; i < f->n; i++) {
        xfree(f->items[i]->evidence);
        xfree(f->items[i]->first);
        xfree(f->items[i]);
    }
    f->n = 0;
    map_free(f->by_key);
    map_free(f->by_service);
}

struct findings *findings_new(const struct findings_past *past)
{
    struct findings *f = xcalloc(1, sizeof *f);
    make_maps(f);
    f->round = 1;
    if (past != NULL)
        f->past = *past;
    return f;
}

void findings_free(struct findings *f)
{
    if (f == NULL)
        return;
    clear(f);
    xfree(f->items);
    xfree(f->news);
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

static int64_t until_of(const struct sighting *s)
{
    return s->until_us > s->at_us ? s->until_us : s->at_us;
}

static void merge(struct kept *f, const struct sighting *s, int64_t now_us)
{
    f->count++;
    f->again_count += s->is_again;
    if (s->severity > f->severity)
        f->severity = s->severity;
    if (s->confidence > f->confidence)
        f->confidence = s->confidence;
    if (s->basis == BASIS_SEEN)
        f->basis = BASIS_SEEN;
    if (s->muted_by == MUTED_NONE) {
        f->muted_by = MUTED_NONE;
        f->muted_why = NULL;
    }
    if (s->notify > f->notify)
        f->notify = s->notify;
    f->has_vantages |= s->vantage != f->vantage;
    if (s->at_us < f->first_seen_us)
        f->first_seen_us = s->at_us;
    if (until_of(s) > f->last_seen_us || (now_us != 0 && f->last_seen_us > now_us))
        f->last_seen_us = until_of(s);
    add_evidence(f, s);
}

static struct kept *append(struct findings *f, const struct sighting *s, struct bytes key)
{
    struct kept *made = xcalloc(1, sizeof *made);
    made->first = pack(s);
    made->service_id = s->service.id;
    made->defect = s->defect;
    made->rule = s->rule;
    if (f->n == f->cap) {
        f->cap = f->cap > 0 ? f->cap * 2 : 64;
        f->items = xrealloc(f->items, f->cap, sizeof *f->items);
    }
    f->items[f->n++] = made;
    map_put(f->by_key, key, (void *)(uintptr_t)f->n);
    return made;
}

static void first_sighting(struct kept *k, const struct sighting *s)
{
    k->severity = s->severity;
    k->confidence = s->confidence;
    k->basis = s->basis;
    k->muted_by = s->muted_by;
    k->muted_why = s->muted_why;
    k->notify = s->notify;
    k->vantage = s->vantage;
    k->first_seen_us = s->at_us;
    k->last_seen_us = until_of(s);
    k->count = 1;
    k->again_count = s->is_again;
    add_evidence(k, s);
}

static struct bytes service_key(const int64_t *service_id)
{
    return (struct bytes){(const uint8_t *)service_id, sizeof *service_id};
}

static struct open_list *list_of(struct findings *f, int64_t service_id)
{
    struct open_list *l = map_get(f->by_service, service_key(&service_id));
    if (l != NULL)
        return l;
    l = xcalloc(1, sizeof *l);
    map_put(f->by_service, service_key(&service_id), l);
    if (f->past.open_of != NULL)
        f->past.open_of(f->past.ctx, f, service_id);
    return l;
}

static void list(struct findings *f, size_t at)
{
    struct kept *k = f->items[at];
    if (k->is_listed || k->service_id == 0)
        return;
    struct open_list *l = list_of(f, k->service_id);
    if (k->is_listed)
        return; /* it was restored just now */
    if (l->n == l->cap) {
        l->cap = l->cap > 0 ? l->cap * 2 : 4;
        l->items = xrealloc(l->items, l->cap, sizeof *l->items);
    }
    l->items[l->n++] = (uint32_t)at;
    k->is_listed = true;
}

static size_t find(const struct findings *f, const struct sighting *s)
{
    struct key k;
    key_of(&k, s);
    uintptr_t at = (uintptr_t)map_get(f->by_key, (struct bytes){k.bytes, k.n});
    return at != 0 ? at - 1 : FINDINGS_NONE;
}

static void tell(struct findings *f, size_t at)
{
    if (f->items[at]->is_news)
        return;
    f->items[at]->is_news = true;
    if (f->n_news == f->cap_news) {
        f->cap_news = f->cap_news > 0 ? f->cap_news * 2 : 64;
        f->news = xrealloc(f->news, f->cap_news, sizeof *f->news);
    }
    f->news[f->n_news++] = (uint32_t)at;
}

static void follow(const struct findings *f, struct kept *k, int64_t us)
{
    if (f->now_us != 0)
        life_follow(&k->life, f->now_us, us);
}

/* What this one replaces on the same subject is over. */
static void supersede(struct findings *f, const struct sighting *s)
{
    struct sighting other = {.service = s->service};
    memcpy(other.subject, s->subject, sizeof other.subject);
    for (int i = 0; (other.defect = relations_superseded(s->defect, i)) != NULL; i++) {
        size_t at = find(f, &other);
        if (at == FINDINGS_NONE)
            continue;
        follow(f, f->items[at], s->decided_us);
        life_close(&f->items[at]->life, s->decided_us, LIFE_SUPERSEDED);
        tell(f, at);
    }
}

static void live(struct findings *f, size_t at, const struct sighting *s)
{
    struct kept *k = f->items[at];
    k->round = f->round;
    tell(f, at);
    if (s->is_again)
        return; /* it was counted when it happened */
    k->life.about = s->about;
    list(f, at);
    follow(f, k, s->decided_us);
    life_sighted(&k->life, s->place, s->decided_us);
    if (s->muted_by == MUTED_NONE && s->notify != NOTIFY_NONE)
        life_alerted(&k->life, s->decided_us);
    supersede(f, s);
}

/* Anybody can send what makes another small finding: these leave room for the worse ones. */
static size_t room_for(enum severity s)
{
    static const size_t EIGHTHS[SEV_COUNT] = {4, 4, 6, 7, 8};
    return (size_t)FINDINGS_CAP / 8 * EIGHTHS[s];
}

size_t findings_add(struct findings *f, const struct sighting *s)
{
    struct key k;
    size_t at = find(f, s);
    if (at != FINDINGS_NONE && f->items[at]->count > 0) {
        merge(f->items[at], s, f->now_us);
        live(f, at, s);
        return at;
    }
    if (at == FINDINGS_NONE && f->n >= room_for(s->severity)) {
        f->dropped++;
        return FINDINGS_NONE;
    }
    if (at == FINDINGS_NONE) {
        key_of(&k, s);
        struct kept *made = append(f, s, (struct bytes){k.bytes, k.n});
        at = f->n - 1;
        if (f->past.find != NULL)
            f->past.find(f->past.ctx, s, &made->life);
    }
    f->n_sighted++;
    if (f->items[at]->count == 0) { /* also one of an earlier run: this run's first is shown */
        xfree(f->items[at]->first);
        f->items[at]->first = pack(s);
    }
    first_sighting(f->items[at], s);
    live(f, at, s);
    return at;
}

bool findings_shows(const struct findings *f, const struct sighting *s)
{
    size_t at = find(f, s);
    return at == FINDINGS_NONE || f->items[at]->count == 0;
}

void findings_restore(
        struct findings *f, const struct sighting *first, const struct finding_life *life)
{
    struct key k;
    if (find(f, first) != FINDINGS_NONE || f->n >= FINDINGS_CAP)
        return;
    key_of(&k, first);
    struct kept *made = append(f, first, (struct bytes){k.bytes, k.n});
    made->life = *life;
    made->first_seen_us = made->last_seen_us = first->at_us;
    list(f, f->n - 1);
}

void findings_now(struct findings *f, int64_t now_us)
{
    f->now_us = now_us;
}

void findings_explained(struct findings *f, size_t at, const char *cause)
{
    f->items[at]->explained_by = cause;
    tell(f, at);
}

const char *findings_subject(const struct findings *f, size_t at)
{
    return (const char *)f->items[at]->first + TEXTS[0].from;
}

void findings_mute(struct findings *f, int64_t vantage, const char *cause, bool has_at)
{
    for (size_t i = 0; i < f->n; i++) {
        struct kept *k = f->items[i];
        bool is_there = k->count > 0 && k->vantage == vantage && !k->has_vantages;
        const char *why = is_there ? relations_mutes(cause, k->defect, has_at) : NULL;
        if (why == NULL || k->muted_by != MUTED_NONE)
            continue;
        k->muted_by = MUTED_CLOCK;
        k->muted_why = why;
        k->life.alerted_us = 0;
        tell(f, i);
    }
}

static void settle_one(struct kept *k, const struct findings_round *r, uint64_t round)
{
    if (k->round == round || k->rule >= r->n_rules || !r->is_judged[k->rule])
        return;
    (void)life_clean(&k->life, r->places[k->life.about], r->needed, r->us);
}

void findings_settle(struct findings *f, const struct findings_round *r)
{
    struct open_list *l = list_of(f, r->service_id);
    size_t most = l->n < ROUND_MOST ? l->n : ROUND_MOST;
    for (size_t i = 0; i < most && l->n > 0; i++) {
        l->next %= l->n;
        struct kept *k = f->items[l->items[l->next]];
        follow(f, k, r->us);
        settle_one(k, r, f->round);
        if (k->life.is_changed)
            tell(f, l->items[l->next]);
        if (k->life.state == LIFE_OPEN) {
            l->next++;
            continue;
        }
        k->is_listed = false;
        l->items[l->next] = l->items[--l->n];
    }
    f->round++;
}

static bool has_changed(const struct kept *k)
{
    return k->told_count > 0 &&
           (k->severity != k->told_severity || k->basis != k->told_basis ||
                   k->muted_by != k->told_muted_by || k->explained_by != k->told_explained_by);
}

static void restore(const struct findings *f, struct finding *out, const struct kept *k)
{
    *out = (struct finding){.id = k->id,
            .now_us = f->now_us,
            .severity = k->severity,
            .notify = k->notify,
            .confidence = k->confidence,
            .basis = k->basis,
            .first_seen_us = k->first_seen_us,
            .last_seen_us = k->last_seen_us,
            .count = k->count - k->told_count,
            .again_count = k->again_count - k->told_again_count,
            .is_changed = has_changed(k),
            .was_sighted = k->told_count > 0,
            .was_severity = k->told_severity,
            .was_muted_by = k->told_muted_by,
            .n_evidence = k->n_evidence - k->told_evidence,
            .life = k->life,
            .explained_by = k->explained_by};
    unpack(&out->first, k->first);
    out->first.muted_by = k->muted_by;
    out->first.muted_why = k->muted_why;
    if (out->n_evidence > 0)
        memcpy(out->evidence, k->evidence + k->told_evidence,
                out->n_evidence * sizeof *k->evidence);
    for (size_t i = 0; i < out->first.n_evidence; i++)
        out->first.evidence[i] = k->evidence[i];
}

static int by_number(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static void told(struct kept *k, int64_t id)
{
    k->id = id;
    k->is_news = false;
    k->told_severity = k->severity;
    k->told_basis = k->basis;
    k->told_muted_by = k->muted_by;
    k->told_explained_by = k->explained_by;
    k->told_count = k->count;
    k->told_again_count = k->again_count;
    k->told_evidence = k->n_evidence;
    k->life.is_changed = false;
    k->life.n_events = k->life.n_events_dropped = 0;
}

void findings_each(struct findings *f, bool (*fn)(void *ctx, struct finding *finding), void *ctx)
{
    struct finding finding;
    size_t n_left = 0;
    bool is_refused = false; /* by a database that waits: it will take no other either */
    if (f->n_news > 1)
        qsort(f->news, f->n_news, sizeof *f->news, by_number);
    for (size_t i = 0; i < f->n_news; i++) {
        struct kept *k = f->items[f->news[i]];
        if (!is_refused) {
            restore(f, &finding, k);
            is_refused = !fn(ctx, &finding);
        }
        if (is_refused)
            f->news[n_left++] = f->news[i];
        else
            told(k, finding.id);
    }
    f->n_news = n_left;
}

void findings_forget(struct findings *f, size_t most)
{
    bool is_much = f->n > most || map_count(f->by_service) > most;
    if (!is_much || f->n_news > 0 || f->past.find == NULL)
        return;
    clear(f);
    make_maps(f);
}

size_t findings_count(const struct findings *f)
{
    return f->n_sighted;
}

uint64_t findings_dropped(const struct findings *f)
{
    return f->dropped;
}
