#include "findings/life.h"

static void note(struct finding_life *l, enum life_event_kind kind, int64_t us)
{
    l->is_changed = true;
    if (l->n_events == LIFE_EVENTS) {
        l->n_events_dropped++;
        return;
    }
    l->events[l->n_events++] = (struct life_event){kind, us};
}

/* Places beyond the room share the last one. */
static struct life_place *place_of(struct finding_life *l, uint64_t place)
{
    for (size_t i = 0; i < l->n_places; i++)
        if (l->places[i].place == place)
            return &l->places[i];
    if (l->is_crowded)
        return &l->places[LIFE_PLACES - 1];
    return NULL;
}

static void sighted_at(struct finding_life *l, uint64_t place)
{
    struct life_place *p = place_of(l, place);
    if (p == NULL && l->n_places < LIFE_PLACES) {
        p = &l->places[l->n_places++];
        p->place = place;
    } else if (p == NULL) {
        l->is_crowded = true;
        p = &l->places[LIFE_PLACES - 1];
    }
    l->is_changed |= p->clean != 0;
    p->clean = 0;
}

void life_sighted(struct finding_life *l, uint64_t place, int64_t us)
{
    if (l->state == LIFE_CLOSED && us <= l->closed_us)
        return; /* from before it closed: an older capture was read later */
    if (l->state != LIFE_OPEN) {
        l->n_places = 0;
        l->is_crowded = false;
        l->opened_us = us;
        l->alerted_us = 0;
        note(l, l->state == LIFE_NEW ? LIFE_OPENED : LIFE_REOPENED, us);
        l->state = LIFE_OPEN;
        l->closed_us = 0;
    }
    sighted_at(l, place);
}

void life_follow(struct finding_life *l, int64_t now_us, int64_t us)
{
    l->is_changed |= l->opened_us > now_us || l->closed_us > now_us || l->alerted_us > now_us;
    if (l->opened_us > now_us)
        l->opened_us = us;
    if (l->closed_us > now_us)
        l->closed_us = us - 1;
    if (l->alerted_us > now_us)
        l->alerted_us = us;
}

void life_alerted(struct finding_life *l, int64_t us)
{
    if (l->state != LIFE_OPEN || l->alerted_us != 0 || us < l->opened_us)
        return;
    l->alerted_us = us;
    l->is_changed = true;
}

bool life_clean(struct finding_life *l, uint64_t place, uint32_t needed, int64_t us)
{
    struct life_place *p = l->state == LIFE_OPEN ? place_of(l, place) : NULL;
    if (p == NULL || us < l->opened_us)
        return false;
    p->clean += p->clean < UINT32_MAX;
    l->is_changed = true;
    for (size_t i = 0; i < l->n_places; i++)
        if (l->places[i].clean < needed)
            return false;
    life_close(l, us, LIFE_CLEAN);
    return true;
}

void life_close(struct finding_life *l, int64_t us, enum life_event_kind why)
{
    if (l->state != LIFE_OPEN)
        return;
    l->state = LIFE_CLOSED;
    l->closed_us = us;
    note(l, why, us);
}
