/* OCSP answers from files: kept whole, found by serial number, read again at each look-up. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "x509/material.h"
#include "x509/ocsp.h"
#include "x509/signed.h"

enum { CANDIDATES_CAP = 64 }; /* answers about one serial number that a look-up verifies */

struct ocsp_set {
    struct arena arena;
    struct bytes *responses;
    const char **sources;
    size_t n, n_left_out, n_bytes;
    uint64_t *index; /* 32 bits of the serial's hash, then the number of the response */
    size_t n_index;
    bool is_sorted;
};

struct ocsp_set *ocsp_set_new(void)
{
    return xcalloc(1, sizeof(struct ocsp_set));
}

void ocsp_set_free(struct ocsp_set *s)
{
    if (s == NULL)
        return;
    arena_fini(&s->arena);
    xfree(s->responses);
    xfree(s->sources);
    xfree(s->index);
    xfree(s);
}

static uint64_t index_key(struct bytes serial, size_t number)
{
    return hash_bytes(serial.p, serial.n) << 32 | (uint32_t)number;
}

/* Whether an array of n elements is full, when it grows by doubling from 1. */
static bool is_full(size_t n)
{
    return (n & (n - 1)) == 0;
}

static size_t more(size_t n)
{
    return n > 0 ? n * 2 : 1;
}

static void add_serial(void *ctx, struct bytes serial)
{
    struct ocsp_set *s = ctx;
    if (s->n_index >= OCSP_SET_SERIALS_CAP)
        return;
    if (is_full(s->n_index))
        s->index = xrealloc(s->index, more(s->n_index), sizeof *s->index);
    s->index[s->n_index++] = index_key(serial, s->n);
}

bool ocsp_set_add(struct ocsp_set *s, struct bytes der, const char *source, const char **reason)
{
    *reason = "too many OCSP answers";
    if (s->n >= OCSP_SET_CAP || s->n_index >= OCSP_SET_SERIALS_CAP ||
            der.n > OCSP_SET_BYTES_CAP - s->n_bytes)
        return false;
    *reason = "is no OCSP answer, or one that is an error";
    if (!ocsp_serials(der, add_serial, s))
        return false;
    s->is_sorted = false;
    if (is_full(s->n)) {
        s->responses = xrealloc(s->responses, more(s->n), sizeof *s->responses);
        s->sources = xrealloc(s->sources, more(s->n), sizeof *s->sources);
    }
    s->responses[s->n] = arena_dup(&s->arena, der);
    s->sources[s->n] = arena_text(&s->arena, bytes_of_text(source));
    s->n_bytes += der.n;
    s->n++;
    return true;
}

static bool add(void *ctx, struct bytes der, const char *source, const char **reason)
{
    return ocsp_set_add(ctx, der, source, reason);
}

bool ocsp_set_load(struct ocsp_set *s, const char *path, struct err *err)
{
    struct material m = {.label = "OCSP RESPONSE", .each = add, .ctx = s};
    bool ok = material_each(&m, path, err);
    s->n_left_out += m.n_left_out;
    return ok;
}

size_t ocsp_set_count(const struct ocsp_set *s)
{
    return s->n;
}

size_t ocsp_set_left_out(const struct ocsp_set *s)
{
    return s->n_left_out;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* The first place whose key is not below key. */
static size_t lower_bound(const struct ocsp_set *s, uint64_t key)
{
    size_t from = 0, to = s->n_index;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (s->index[middle] < key)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* Better answers are larger; equal ones go by thisUpdate. */
static int rank(const struct ocsp_answer *a)
{
    if (a->match == OCSP_MATCH_NO)
        return 0;
    if (!ocsp_is_authentic(a))
        return a->verdict == SIGNED_INVALID ? 1 : 2;
    bool is_final =
            a->cert_status == OCSP_CERT_REVOKED && a->revoked_reason != REVOKED_CERTIFICATE_HOLD;
    return is_final ? 4 : 3;
}

bool ocsp_set_find(struct ocsp_set *s, struct bytes leaf, struct bytes issuer, int64_t at_us,
        struct ocsp_answer *out, const char **source)
{
    struct cert_view c;
    int best = 0;
    if (!cert_view_read(leaf, &c))
        return false;
    if (!s->is_sorted && s->n_index > 0)
        qsort(s->index, s->n_index, sizeof *s->index, by_value);
    s->is_sorted = true;
    uint64_t key = index_key(integer_minimal(c.serial), 0);
    size_t at = lower_bound(s, key);
    for (int i = 0; i < CANDIDATES_CAP && at < s->n_index && s->index[at] >> 32 == key >> 32;
            i++, at++) {
        struct ocsp_answer a;
        size_t number = (uint32_t)s->index[at];
        ocsp_read(s->responses[number], leaf, issuer, at_us, &a);
        a.responder_period = at_time_of(a.produced_us, a.responder_from_us, a.responder_until_us);
        int r = rank(&a);
        if (r > best || (r == best && r > 0 && a.this_update_us > out->this_update_us)) {
            best = r;
            *out = a;
            *source = s->sources[number];
        }
    }
    return best > 0;
}
