#include "capture/live.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "capture/interfaces.h"
#include "capture/merge.h"
#include "capture/tap.h"

/* A lane that orders several interfaces sleeps at least so long while frames wait for others. */
enum { MERGE_STEP_MS = 5, LOST_STEP_MS = 50 };

/* The next frame of an interface, copied out of its ring. */
struct head {
    struct frame frame;
    uint8_t *copy;
    size_t cap;
};

struct slot {
    char *name;
    struct tap *tap;  /* NULL: gone; only the lane changes it, holding the lock */
    struct tap *next; /* opened again, until the lane takes it over */
    bool is_lost;
    struct err why;
    struct tap_counts before; /* of taps that are closed */
    bool is_running;          /* when live_look looked */
    uint64_t interface_drops, interface_drops_seen;
    uint32_t index;       /* of the interface that interface_drops_seen counts for */
    pthread_mutex_t lock; /* of all above */
    struct head head;
};

struct live {
    struct live_options options;
    char *filter;
    const char **names;
    size_t n;
    struct slot *slots;
    struct merge_source *sources; /* one per slot */
    struct links *links;          /* lane 0's; NULL others */
    atomic_bool is_stopped, is_drained;
    uint64_t number;
    /* Of the live_read under way. */
    live_frame_fn *fn;
    void *ctx;
    size_t given;
    size_t asked; /* the slot whose head is being read */
};

static int64_t now_ns(void)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void lock(struct slot *s)
{
    (void)pthread_mutex_lock(&s->lock);
}

static void unlock(struct slot *s)
{
    (void)pthread_mutex_unlock(&s->lock);
}

static void copy_options(struct live *l, const struct live_options *o)
{
    l->options = *o;
    l->n = o->n_interfaces;
    l->slots = xcalloc(l->n, sizeof *l->slots);
    l->sources = xcalloc(l->n, sizeof *l->sources);
    l->names = xcalloc(l->n, sizeof *l->names);
    for (size_t i = 0; i < l->n; i++) {
        struct slot *s = &l->slots[i];
        (void)pthread_mutex_init(&s->lock, NULL);
        s->name = xstrdup(o->interfaces[i]);
        l->names[i] = s->name;
    }
    l->options.interfaces = l->names;
    l->filter = o->filter != NULL ? xstrdup(o->filter) : NULL;
    l->options.filter = l->filter;
}

/* Adds what the interface lost since it was last looked at; the first look at an interface only
 * sets the mark. */
static void note_link(struct slot *s, const struct link_facts *f)
{
    if (f->index == s->index && f->missed > s->interface_drops_seen)
        s->interface_drops += f->missed - s->interface_drops_seen;
    s->index = f->index;
    s->interface_drops_seen = f->missed;
}

void live_look(struct live *l)
{
    for (size_t i = 0; i < l->n && l->links != NULL; i++) {
        struct slot *s = &l->slots[i];
        struct link_facts facts;
        bool is_there = links_find(l->links, s->name, &facts, NULL);
        lock(s);
        s->is_running = is_there && facts.is_running;
        if (is_there)
            note_link(s, &facts);
        unlock(s);
    }
}

bool live_open(const struct live_options *o, struct live **out, struct err *err)
{
    if (o->n_interfaces == 0 || o->n_interfaces > LIVE_INTERFACES) {
        err_set(err, "%zu interfaces: name 1 to %d", o->n_interfaces, LIVE_INTERFACES);
        return false;
    }
    struct live *l = xcalloc(1, sizeof *l);
    copy_options(l, o);
    for (size_t i = 0; i < l->n; i++) {
        l->sources[i].bound_ns = INT64_MIN;
        if (!tap_open(&l->options, i, &l->slots[i].tap, err))
            goto fail;
    }
    if (o->lane == 0 && !links_open(&l->links, err))
        goto fail;
    live_look(l);
    *out = l;
    return true;
fail:
    live_close(l);
    return false;
}

void live_close(struct live *l)
{
    if (l == NULL)
        return;
    for (size_t i = 0; i < l->n; i++) {
        struct slot *s = &l->slots[i];
        tap_close(s->tap);
        tap_close(s->next);
        (void)pthread_mutex_destroy(&s->lock);
        xfree(s->head.copy);
        xfree(s->name);
    }
    links_close(l->links);
    xfree(l->slots);
    xfree(l->sources);
    xfree(l->names);
    xfree(l->filter);
    xfree(l);
}

/* Marks an interface that is gone; once its ring is empty, closes it and goes over to the one that
 * was opened again. */
static void renew(struct live *l, size_t i)
{
    struct slot *s = &l->slots[i];
    struct tap_counts c;
    bool is_gone = s->tap == NULL || tap_is_gone(s->tap, NULL);
    if (!is_gone)
        return;
    lock(s);
    if (s->tap != NULL && !s->is_lost && s->next == NULL) {
        s->is_lost = true;
        (void)tap_is_gone(s->tap, &s->why);
    }
    struct tap *old = NULL;
    if (s->tap != NULL && tap_is_drained(s->tap)) {
        tap_counts(s->tap, &c);
        s->before.received += c.received;
        s->before.drops += c.drops;
        s->before.read += c.read;
        s->before.own_drops += c.own_drops;
        old = s->tap;
        s->tap = NULL;
    }
    if (s->tap == NULL && s->next != NULL) {
        s->tap = s->next;
        s->next = NULL;
    }
    unlock(s);
    tap_close(old);
}

static void give(struct live *l, struct frame *frame)
{
    frame->number = ++l->number;
    l->given++;
    l->fn(l->ctx, frame);
}

static void give_at_once(void *ctx, const struct frame *frame, int64_t ns)
{
    (void)ns;
    struct frame copy = *frame;
    give(ctx, &copy);
}

static void keep_head(void *ctx, const struct frame *frame, int64_t ns)
{
    struct live *l = ctx;
    struct head *h = &l->slots[l->asked].head;
    size_t n = frame->data.n;
    if (n > h->cap) {
        h->cap = n + n / 2;
        h->copy = xrealloc(h->copy, h->cap, 1);
    }
    if (n > 0)
        memcpy(h->copy, frame->data.p, n);
    h->frame = *frame;
    h->frame.data.p = h->copy;
    l->sources[l->asked].has_head = true;
    l->sources[l->asked].head_ns = ns;
}

/* Looks for the next frame of interface i; what the expression leaves out is passed over. */
static void ask(struct live *l, size_t i, int64_t now)
{
    struct slot *s = &l->slots[i];
    struct merge_source *source = &l->sources[i];
    l->asked = i;
    while (s->tap != NULL && !source->has_head && tap_read(s->tap, 1, keep_head, l))
        ;
    source->is_asked = !source->has_head;
    source->bound_ns = s->tap == NULL ? INT64_MAX : now - (int64_t)LIVE_HANDOVER_MS * 1000000;
}

static void read_in_order(struct live *l, size_t most)
{
    int64_t now = now_ns();
    size_t i = 0;
    for (size_t k = 0; k < l->n; k++)
        if (!l->sources[k].has_head)
            ask(l, k, now);
    while (l->given < most) {
        enum merge_result result = merge_next(l->sources, l->n, now, &i);
        if (result == MERGE_WAIT || result == MERGE_NONE)
            return;
        if (result == MERGE_ASK) {
            ask(l, i, now);
            continue;
        }
        give(l, &l->slots[i].head.frame);
        l->sources[i].has_head = false;
        ask(l, i, now);
    }
}

static void read_now(struct live *l, size_t most)
{
    for (size_t i = 0; i < l->n; i++)
        renew(l, i);
    if (l->n > 1)
        read_in_order(l, most);
    else if (l->slots[0].tap != NULL)
        (void)tap_read(l->slots[0].tap, most, give_at_once, l);
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Waits until an interface has something, a frame that waits for others is due, or something opens
 * or ends. */
static void wait_for(struct live *l, int timeout_ms)
{
    struct pollfd fds[LIVE_INTERFACES];
    nfds_t n = 0;
    for (size_t i = 0; i < l->n; i++) {
        const struct slot *s = &l->slots[i];
        bool is_busy = s->tap == NULL || tap_is_gone(s->tap, NULL);
        if (s->tap == NULL)
            timeout_ms = least(timeout_ms, LOST_STEP_MS);
        else if (l->sources[i].has_head || is_busy || tap_is_quiet(s->tap) || l->is_stopped)
            timeout_ms = least(timeout_ms, MERGE_STEP_MS);
        if (!l->sources[i].has_head && !is_busy && !tap_is_quiet(s->tap))
            fds[n++] = (struct pollfd){.fd = tap_fd(s->tap), .events = POLLIN};
    }
    (void)poll(fds, n, timeout_ms);
}

static bool has_given_all(const struct live *l)
{
    for (size_t i = 0; i < l->n; i++) {
        struct slot *s = &l->slots[i];
        lock(s);
        bool is_more = s->next != NULL || (s->tap != NULL && !tap_is_drained(s->tap));
        unlock(s);
        if (is_more || l->sources[i].has_head)
            return false;
    }
    return true;
}

size_t live_read(struct live *l, int timeout_ms, size_t most, live_frame_fn *fn, void *ctx)
{
    int64_t until = tap_now_ms() + timeout_ms;
    l->fn = fn;
    l->ctx = ctx;
    l->given = 0;
    while (most > 0) {
        read_now(l, most);
        if (l->is_stopped)
            l->is_drained = has_given_all(l);
        int64_t left = until - tap_now_ms();
        if (l->given > 0 || left <= 0 || l->is_drained)
            break;
        wait_for(l, (int)left);
    }
    return l->given;
}

bool live_is_taking(struct live *l)
{
    bool is_taking = true;
    for (size_t i = 0; i < l->n; i++) {
        struct slot *s = &l->slots[i];
        lock(s);
        is_taking = is_taking && (s->tap == NULL || !tap_is_quiet(s->tap));
        unlock(s);
    }
    return is_taking;
}

void live_stop(struct live *l)
{
    l->is_stopped = true;
    for (size_t i = 0; i < l->n; i++) {
        struct slot *s = &l->slots[i];
        lock(s);
        if (s->tap != NULL)
            tap_stop(s->tap);
        if (s->next != NULL)
            tap_stop(s->next);
        unlock(s);
    }
}

bool live_is_drained(struct live *l)
{
    return l->is_drained;
}

void live_stats(struct live *l, size_t interface, struct live_stats *out)
{
    struct slot *s = &l->slots[interface];
    struct tap_counts now = {0};
    lock(s);
    if (s->tap != NULL)
        tap_counts(s->tap, &now);
    out->received = s->before.received + now.received;
    out->kernel_drops = s->before.drops + now.drops;
    out->own_drops = s->before.own_drops + now.own_drops;
    out->read = s->before.read + now.read;
    out->interface_drops = s->interface_drops;
    out->is_up = !s->is_lost && (l->links == NULL || s->is_running || strcmp(s->name, "any") == 0);
    out->name = s->name;
    unlock(s);
}

bool live_is_lost(const struct live *l, size_t interface, struct err *why)
{
    struct slot *s = &l->slots[interface];
    lock(s);
    bool is_lost = s->is_lost;
    if (is_lost && why != NULL)
        *why = s->why;
    unlock(s);
    return is_lost;
}

bool live_reopen(struct live *l, size_t interface, struct err *err)
{
    struct slot *s = &l->slots[interface];
    struct tap *tap = NULL;
    if (!live_is_lost(l, interface, NULL))
        return true;
    if (!tap_open(&l->options, interface, &tap, err))
        return false;
    lock(s);
    s->next = tap;
    s->is_lost = false;
    if (l->is_stopped)
        tap_stop(tap);
    unlock(s);
    return true;
}
