#include "engine/keep_hold.h"

#include <string.h>

#include "base/alloc.h"

struct held {
    uint64_t datagram;
    struct frame frame;
    struct frame_detail detail;
    uint8_t *data; /* NULL: free */
};

struct hold {
    struct held frames[HOLD_FRAMES]; /* a ring */
    size_t next;                     /* the oldest, where the newest will stand */
    size_t bytes;
};

struct hold *hold_new(void)
{
    return xcalloc(1, sizeof(struct hold));
}

static void drop(struct hold *h, struct held *f)
{
    if (f->data == NULL)
        return;
    h->bytes -= f->frame.data.n;
    xfree(f->data);
    f->data = NULL;
}

void hold_free(struct hold *h)
{
    if (h == NULL)
        return;
    for (size_t i = 0; i < HOLD_FRAMES; i++)
        drop(h, &h->frames[i]);
    xfree(h);
}

void hold_add(struct hold *h, uint64_t datagram, const struct frame *frame,
        const struct frame_detail *detail)
{
    size_t n = frame->data.n;
    for (size_t i = 0; i < HOLD_FRAMES && h->bytes + n > HOLD_BYTES; i++)
        drop(h, &h->frames[(h->next + i) % HOLD_FRAMES]);
    struct held *f = &h->frames[h->next];
    h->next = (h->next + 1) % HOLD_FRAMES;
    drop(h, f);
    *f = (struct held){datagram, *frame, *detail, xrealloc(NULL, n, 1)};
    memcpy(f->data, frame->data.p, n);
    f->frame.data.p = f->data;
    h->bytes += n;
}

void hold_release(struct hold *h, uint64_t datagram,
        void (*fn)(void *ctx, const struct frame *frame, const struct frame_detail *detail),
        void *ctx)
{
    for (size_t i = 0; i < HOLD_FRAMES; i++) {
        struct held *f = &h->frames[(h->next + i) % HOLD_FRAMES];
        if (f->data == NULL || f->datagram != datagram)
            continue;
        fn(ctx, &f->frame, &f->detail);
        drop(h, f);
    }
}
