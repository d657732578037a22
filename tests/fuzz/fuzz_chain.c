/* Up to four DER certificates of any bytes, judged as a chain. A byte gives the role, one the
 * month, then each certificate follows behind a byte that says what it is for and a length of 16
 * bits. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cursor.h"
#include "x509/chain.h"
#include "x509/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CERTS = 4, IS_SENT = 1, IS_GIVEN = 2, IS_TRUSTED = 4, IS_ALONE = 8 };

#define MONTH_US (INT64_C(30) * 86400 * 1000000)

/* Stores and intermediates are read from files: one in memory will do. */
static const char *file_of(struct bytes der)
{
    static int fd = -1;
    static char path[64];
    if (fd < 0)
        fd = memfd_create("certificate", 0);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (ftruncate(fd, 0) != 0 || (der.n > 0 && pwrite(fd, der.p, der.n, 0) != (ssize_t)der.n))
        __builtin_trap();
    return path;
}

static void look_at(const struct chain_verdict *v, size_t n_sent)
{
    if (v->n_path > CHAIN_PATH_CAP || (v->path_status == CHAIN_TRUSTED && !v->has_anchor))
        __builtin_trap();
    if (v->path_status >= CHAIN_EXPIRED_LEAF || v->status >= CHAIN_STATUS_COUNT)
        __builtin_trap();
    if (v->path_status != CHAIN_TRUSTED && v->status != v->path_status &&
            v->status != CHAIN_MISSING_INTERMEDIATE)
        __builtin_trap();
    if (v->reason_at >= (int)v->n_path || v->time_at >= (int)v->n_path)
        __builtin_trap();
    for (size_t i = 0; i < v->n_path; i++)
        if (v->path[i].sent_at < -1 || v->path[i].sent_at >= (int)n_sent)
            __builtin_trap();
}

static void look(const struct chain_facts *f, int64_t at_us, bool has_store)
{
    if (f->n_stores != (has_store ? 1U : 0U))
        __builtin_trap();
    if (f->valid_from_us > at_us || f->valid_until_us < at_us)
        __builtin_trap();
    for (size_t i = 0; i < f->n_stores; i++) {
        const struct chain_store_facts *s = &f->stores[i];
        look_at(&s->as_sent, f->n_sent);
        look_at(&s->as_repaired, f->n_sent);
        /* what was sent can only be added to */
        if (s->as_sent.status == CHAIN_TRUSTED && s->as_repaired.status != CHAIN_TRUSTED)
            __builtin_trap();
    }
}

static void judge(const struct trust_set *trust, struct certificate *const *certs,
        const uint8_t *uses, size_t n, enum chain_role role, int64_t at_us)
{
    const struct certificate *sent[CERTS];
    size_t n_sent = 0, n_given = 0;
    struct err err;
    struct chain_engine *e = chain_engine_new(trust);
    for (size_t i = 0; i < n; i++) {
        const struct certificate *one = certs[i];
        if (uses[i] & IS_SENT)
            sent[n_sent++] = one;
        if (uses[i] & IS_ALONE) /* judged before, as a list of its own */
            look(chain_judge(e, &one, 1, role, at_us), at_us, trust->n > 0);
        if (uses[i] & IS_GIVEN)
            (void)chain_engine_give(e, file_of(one->der), &n_given, &err);
    }
    const struct chain_facts *f = chain_judge(e, sent, n_sent, role, at_us);
    if ((f == NULL) != (n_sent == 0))
        __builtin_trap();
    if (f != NULL) {
        look(f, at_us, trust->n > 0);
        bool has_store = f->n_stores > 0;
        struct chain_verdict first = {0};
        if (has_store)
            first = f->stores[0].as_repaired;
        f = chain_judge(e, sent, n_sent, role, at_us); /* from the cache */
        if (has_store && f->stores[0].as_repaired.status != first.status)
            __builtin_trap();
    }
    chain_engine_free(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cur c = cur_make(data, size);
    enum chain_role role = cur_u8(&c) & 1 ? CHAIN_CLIENT : CHAIN_SERVER;
    int64_t at_us = (INT64_C(40) * 12 + cur_u8(&c)) * MONTH_US; /* from 2009 on */
    struct certificate *certs[CERTS];
    uint8_t uses[CERTS];
    size_t n = 0;
    struct trust_set trust = {0};
    struct err err;
    while (n < CERTS && cur_more(&c)) {
        uses[n] = cur_u8(&c);
        struct bytes der = cur_vec(&c, 2);
        struct trust_store *s = NULL;
        if (uses[n] & IS_TRUSTED && trust.n == 0 && trust_load("store", file_of(der), &s, &err))
            (void)trust_set_add(&trust, s, &err);
        certs[n++] = x509_parse(der);
    }
    judge(&trust, certs, uses, n, role, at_us);
    trust_set_fini(&trust);
    for (size_t i = 0; i < n; i++)
        certificate_free(certs[i]);
    return 0;
}
