#include "capture/writer.h"

#include <string.h>

#include "base/alloc.h"

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_ENHANCED = 6,
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    OPTION_USER_APPLICATION = 4,
    OPTION_TIME_RESOLUTION = 9,
    OPTION_TIME_OFFSET = 14,
    OPTION_MOST = 65535,
    MICROSECONDS = 6, /* the resolution when none is stated */
};

static void put(struct writer *w, const void *p, size_t n)
{
    if (w->n + n > w->cap) {
        w->cap = (w->n + n) * 2;
        w->p = xrealloc(w->p, w->cap, 1);
    }
    if (n > 0)
        memcpy(w->p + w->n, p, n);
    w->n += n;
}

static void put_number(struct writer *w, uint64_t v, size_t len)
{
    uint8_t b[8];
    for (size_t i = 0; i < len; i++)
        b[i] = (uint8_t)(v >> 8 * i);
    put(w, b, len);
}

static void put_padded(struct writer *w, const void *p, size_t n)
{
    static const uint8_t zero[3] = {0};
    put(w, p, n);
    put(w, zero, (4 - n % 4) % 4);
}

static void put_option(struct writer *w, uint16_t code, const void *p, size_t n)
{
    if (n > OPTION_MOST)
        n = OPTION_MOST;
    put_number(w, code, 2);
    put_number(w, n, 2);
    put_padded(w, p, n);
}

static void put_text(struct writer *w, uint16_t code, const char *text)
{
    put_option(w, code, text, strlen(text));
}

static void end_options(struct writer *w)
{
    put_number(w, OPTION_END, 4);
}

static size_t begin_block(struct writer *w, uint32_t type)
{
    size_t at = w->n;
    put_number(w, type, 4);
    put_number(w, 0, 4); /* its length, known at the end */
    return at;
}

static void end_block(struct writer *w, size_t at)
{
    size_t len = w->n + 4 - at;
    put_number(w, len, 4);
    memcpy(w->p + at + 4, w->p + w->n - 4, 4);
}

void writer_fini(struct writer *w)
{
    xfree(w->p);
    *w = (struct writer){0};
}

void writer_section(struct writer *w, const char *comment)
{
    size_t at = begin_block(w, BLOCK_SECTION);
    put_number(w, BYTE_ORDER_MAGIC, 4);
    put_number(w, 1, 2); /* version 1.0 */
    put_number(w, 0, 2);
    put_number(w, UINT64_MAX, 8); /* the length of the section is not stated */
    put_text(w, OPTION_COMMENT, comment);
    put_text(w, OPTION_USER_APPLICATION, "tlswire " TLSWIRE_VERSION);
    end_options(w);
    end_block(w, at);
}

void writer_interface(struct writer *w, const struct frame_detail *d)
{
    size_t at = begin_block(w, BLOCK_INTERFACE);
    put_number(w, d->link_type, 2);
    put_number(w, 0, 2);
    put_number(w, d->snap_len, 4);
    if (d->resolution != MICROSECONDS)
        put_option(w, OPTION_TIME_RESOLUTION, &d->resolution, 1);
    if (d->offset_s != 0) {
        put_number(w, OPTION_TIME_OFFSET, 2);
        put_number(w, 8, 2);
        put_number(w, (uint64_t)d->offset_s, 8);
    }
    if (d->resolution != MICROSECONDS || d->offset_s != 0)
        end_options(w);
    end_block(w, at);
}

void writer_packet(struct writer *w, uint32_t interface, const struct frame *frame,
        const struct frame_detail *d, const char *comment)
{
    size_t at = begin_block(w, BLOCK_ENHANCED);
    put_number(w, interface, 4);
    put_number(w, d->ticks >> 32, 4);
    put_number(w, d->ticks & UINT32_MAX, 4);
    put_number(w, frame->data.n, 4);
    put_number(w, frame->wire_len, 4);
    put_padded(w, frame->data.p, frame->data.n);
    if (comment != NULL) {
        put_text(w, OPTION_COMMENT, comment);
        end_options(w);
    }
    end_block(w, at);
}
