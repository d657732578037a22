#ifndef TLSWIRE_BASE_CURSOR_H
#define TLSWIRE_BASE_CURSOR_H

#include "base/bytes.h"

/*
 * The only way input is read. A cursor borrows, never owns. The first read past the end sets bad
 * and empties the cursor, so later reads give 0 and loops over it end; the last line of a parser
 * asks once with cur_done (nothing may be left) or cur_ok (a tail is allowed).
 */
struct cur {
    const uint8_t *p;
    size_t n;
    bool bad;
};

static inline struct cur cur_of(struct bytes b)
{
    return (struct cur){b.p, b.n, false};
}
static inline struct cur cur_make(const void *p, size_t n)
{
    return (struct cur){(const uint8_t *)p, n, false};
}
/* cur_rest is what has not been read yet. */
static inline struct bytes cur_rest(const struct cur *c)
{
    return (struct bytes){c->p, c->n};
}
/* cur_more says whether anything is left to read. */
static inline bool cur_more(const struct cur *c)
{
    return c->n > 0;
}
/* cur_ok says whether no read went past the end. */
static inline bool cur_ok(const struct cur *c)
{
    return !c->bad;
}
/* cur_done says whether no read went past the end and nothing is left. */
static inline bool cur_done(const struct cur *c)
{
    return !c->bad && c->n == 0;
}

static inline void cur_fail(struct cur *c)
{
    c->bad = true;
    c->n = 0;
}

/* cur_take splits off the next n bytes; on shortage it fails the cursor and gives an empty view. */
static inline struct bytes cur_take(struct cur *c, size_t n)
{
    if (n > c->n) {
        cur_fail(c);
        return (struct bytes){NULL, 0};
    }
    struct bytes b = {c->p, n};
    if (n == 0)
        return b; /* adding 0 to a null pointer is undefined in C17 */
    c->p += n;
    c->n -= n;
    return b;
}

static inline void cur_skip(struct cur *c, size_t n)
{
    (void)cur_take(c, n);
}

static inline uint8_t cur_u8(struct cur *c)
{
    struct bytes b = cur_take(c, 1);
    return b.n == 1 ? b.p[0] : 0;
}

static inline uint16_t cur_u16(struct cur *c)
{
    struct bytes b = cur_take(c, 2);
    if (b.n != 2)
        return 0;
    return (uint16_t)((unsigned)b.p[0] << 8 | b.p[1]);
}

static inline uint32_t cur_u24(struct cur *c)
{
    struct bytes b = cur_take(c, 3);
    return b.n == 3 ? (uint32_t)b.p[0] << 16 | (uint32_t)b.p[1] << 8 | b.p[2] : 0;
}

/* cur_uint reads a big-endian integer of len bytes (at most 8); on shortage it gives 0. */
static inline uint64_t cur_uint(struct cur *c, unsigned len)
{
    struct bytes b = cur_take(c, len);
    uint64_t v = 0;
    for (size_t i = 0; i < b.n; i++)
        v = v << 8 | b.p[i];
    return v;
}

static inline uint32_t cur_u32(struct cur *c)
{
    return (uint32_t)cur_uint(c, 4);
}
static inline uint64_t cur_u64(struct cur *c)
{
    return cur_uint(c, 8);
}

/* cur_vec reads a TLS variable-length vector (RFC 8446 3.4): a length of len bytes, then that many.
 */
static inline struct bytes cur_vec(struct cur *c, unsigned len)
{
    return cur_take(c, (size_t)cur_uint(c, len));
}

/* cur_sub is cur_vec as a cursor of its own; a short parent makes the child bad as well. */
static inline struct cur cur_sub(struct cur *c, unsigned len)
{
    struct bytes b = cur_vec(c, len);
    return (struct cur){b.p, b.n, c->bad};
}

/* cur_peek_u8 gives byte at without moving, or 0 when it is not there. */
static inline uint8_t cur_peek_u8(const struct cur *c, size_t at)
{
    return at < c->n ? c->p[at] : 0;
}

static inline uint16_t cur_le16(struct cur *c)
{
    struct bytes b = cur_take(c, 2);
    if (b.n != 2)
        return 0;
    return (uint16_t)((unsigned)b.p[1] << 8 | b.p[0]);
}

static inline uint32_t cur_le32(struct cur *c)
{
    struct bytes b = cur_take(c, 4);
    uint32_t v = 0;
    for (size_t i = b.n; i > 0; i--)
        v = v << 8 | b.p[i - 1];
    return v;
}

#endif
