/* All CRLs of a run, and what they say about one certificate together. */
#include <string.h>

#include "base/alloc.h"
#include "x509/crl_internal.h"
#include "x509/material.h"

static const uint8_t OID_KEY_USAGE[] = {0x55, 0x1d, 15};

struct crl_set {
    struct arena arena;
    struct crl **crls;
    size_t n, n_left_out, n_entries, n_bytes;
};

struct crl_set *crl_set_new(void)
{
    return xcalloc(1, sizeof(struct crl_set));
}

void crl_set_free(struct crl_set *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->n; i++)
        crl_free(s->crls[i]);
    xfree(s->crls);
    arena_fini(&s->arena);
    xfree(s);
}

bool crl_set_add(struct crl_set *s, struct bytes der, const char *source, const char **reason)
{
    *reason = "too many CRLs";
    if (s->n >= CRL_SET_CAP || der.n > CRL_BYTES_CAP - s->n_bytes)
        return false;
    struct crl *c = xcalloc(1, sizeof *c);
    if (!crl_parse(c, der, &s->arena, CRL_ENTRIES_CAP - s->n_entries)) {
        *reason = "is no CRL";
        crl_free(c);
        return false;
    }
    c->facts.source = arena_text(&s->arena, bytes_of_text(source));
    if ((s->n & (s->n - 1)) == 0)
        s->crls = xrealloc(s->crls, s->n > 0 ? s->n * 2 : 1, sizeof *s->crls);
    s->crls[s->n++] = c;
    s->n_entries += c->n_index;
    s->n_bytes += der.n;
    return true;
}

static bool add(void *ctx, struct bytes der, const char *source, const char **reason)
{
    return crl_set_add(ctx, der, source, reason);
}

bool crl_set_load(struct crl_set *s, const char *path, struct err *err)
{
    struct material m = {.label = "X509 CRL", .each = add, .ctx = s};
    bool ok = material_each(&m, path, err);
    s->n_left_out += m.n_left_out;
    return ok;
}

size_t crl_set_count(const struct crl_set *s)
{
    return s->n;
}

size_t crl_set_left_out(const struct crl_set *s)
{
    return s->n_left_out;
}

const struct crl_facts *crl_set_at(const struct crl_set *s, size_t i)
{
    return &s->crls[i]->facts;
}

/* RFC 5280 6.3.3 (f): keyUsage, when there, must have cRLSign. */
static bool may_sign_crls(const struct cert_view *issuer)
{
    struct extension e;
    if (!extension_find(issuer->extensions, (struct bytes){OID_KEY_USAGE, 3}, &e))
        return true;
    struct cur value = cur_of(e.value);
    struct cur bits = der_get(&value, DER_BIT_STRING);
    (void)cur_u8(&bits);
    return (cur_u8(&bits) & 0x02) != 0;
}

/* The newest CRLs that say something about one serial number. */
struct voices {
    const struct crl *revokes, *holds, *absent, *absent_partly;
    struct crl_entry revoked, held;
};

/* A look-up; CRLs that are later than its time are heard apart. */
struct inquiry {
    struct crl_set *set;
    struct cert_view leaf, issuer;
    const char *no_issuer; /* why the issuer's certificate is of no use, or NULL */
    struct bytes serial;
    int64_t at_us;
    struct voices now, later;
};

static bool is_newer(const struct crl *c, const struct crl *than)
{
    return than == NULL || c->facts.this_update_us > than->facts.this_update_us;
}

static bool is_later(const struct crl *c, int64_t at_us)
{
    return c->facts.this_update_us > at_us;
}

/* removeFromCRL belongs to delta CRLs; here it says that the certificate is not revoked. */
static bool lists(const struct crl *c, struct bytes serial, struct crl_entry *out)
{
    return crl_lookup(c, serial, out) && out->reason != REVOKED_REMOVE_FROM_CRL;
}

static void listen(struct voices *v, const struct crl *c, struct bytes serial, bool is_partial)
{
    struct crl_entry e;
    const struct crl **absent = is_partial ? &v->absent_partly : &v->absent;
    if (!lists(c, serial, &e)) {
        if (is_newer(c, *absent))
            *absent = c;
    } else if (e.reason == REVOKED_CERTIFICATE_HOLD) {
        if (is_newer(c, v->holds)) {
            v->holds = c;
            v->held = e;
        }
    } else if (is_newer(c, v->revokes)) {
        v->revokes = c;
        v->revoked = e;
    }
}

static bool is_same_key(const struct crl *a, const struct crl *b)
{
    return memcmp(a->keys[a->n_keys - 1].sha256, b->keys[b->n_keys - 1].sha256,
                   sizeof a->keys->sha256) == 0;
}

/* A hold may be lifted by a newer CRL that covers the same certificates or all. */
static bool is_lifted(const struct inquiry *q, const struct voices *v)
{
    const struct crl *hold = v->holds;
    if (v->absent != NULL && is_newer(v->absent, hold))
        return true;
    for (size_t i = 0; i < q->set->n; i++) {
        const struct crl *c = q->set->crls[i];
        struct crl_entry e;
        if (c->has_key && bytes_equal(c->issuer, hold->issuer) && is_newer(c, hold) &&
                is_later(c, q->at_us) == is_later(hold, q->at_us) &&
                bytes_equal(c->scope_der, hold->scope_der) && is_same_key(c, hold) &&
                !lists(c, q->serial, &e))
            return true;
    }
    return false;
}

static void name_crl(struct crl_answer *out, const struct crl *c)
{
    out->source = c->facts.source;
    out->this_update_us = c->facts.this_update_us;
    out->next_update_us = c->facts.next_update_us;
}

static void speak(struct crl_answer *out, enum crl_status status, const struct crl *c,
        const struct crl_entry *e)
{
    out->status = status;
    out->reason = NULL;
    out->verdict = SIGNED_VALID;
    name_crl(out, c);
    if (e == NULL)
        return;
    out->revoked_us = e->revoked_us;
    out->revoked_reason = e->reason;
}

/* A CRL of the issuer that could not be used. */
static void stay_silent(struct crl_answer *out, const struct crl *c, enum signed_verdict verdict,
        const char *reason)
{
    name_crl(out, c);
    out->verdict = verdict;
    out->reason = reason;
}

/* One CRL of the leaf's issuer. */
static void hear(struct inquiry *q, struct crl *c, struct crl_answer *out)
{
    const char *why = c->facts.left_out != NULL ? c->facts.left_out : q->no_issuer;
    bool is_partial = false;
    enum signed_verdict verdict = SIGNED_UNVERIFIED;
    if (why == NULL)
        verdict = crl_verify(c, &q->issuer, &why);
    c->facts.is_wanted = true;
    if (c->facts.verdict != SIGNED_VALID) {
        c->facts.verdict = verdict;
        c->facts.problem = why;
    }
    if (why == NULL)
        why = crl_scope_excludes(&c->scope, &q->leaf, &is_partial);
    if (why == NULL)
        listen(is_later(c, q->at_us) ? &q->later : &q->now, c, q->serial, is_partial);
    else
        stay_silent(out, c, verdict, why);
}

/* Every CRL of this issuer; the answer holds as long as none of them becomes one of the past. */
static void hear_all(struct inquiry *q, struct crl_answer *out)
{
    for (size_t i = 0; i < q->set->n; i++) {
        struct crl *c = q->set->crls[i];
        int64_t us = c->facts.this_update_us;
        if (!bytes_equal(c->issuer, q->leaf.issuer))
            continue;
        if (us <= q->at_us && us > out->from_us)
            out->from_us = us;
        else if (us > q->at_us && us < out->until_us)
            out->until_us = us;
        hear(q, c, out);
    }
}

/* False when nobody says anything. */
static bool tell(struct inquiry *q, const struct voices *v, struct crl_answer *out)
{
    const char *reason = NULL;
    bool is_held = v->holds != NULL && !is_lifted(q, v);
    const struct crl *absent = v->absent != NULL ? v->absent : v->absent_partly;
    const struct crl *c = v->revokes != NULL ? v->revokes : is_held ? v->holds : absent;
    if (c == NULL)
        return false;
    if (v->revokes == NULL && !is_held) {
        speak(out, CRL_NOT_LISTED, c, NULL);
        out->is_partial = v->absent == NULL;
    } else if (cert_view_issued(&q->leaf, &q->issuer, &reason) != SIGNED_VALID) {
        stay_silent(out, c, SIGNED_UNVERIFIED,
                "the issuer's certificate that is there does not verify this one");
    } else if (v->revokes != NULL) {
        speak(out, CRL_REVOKED, c, &v->revoked);
    } else {
        speak(out, CRL_ON_HOLD, c, &v->held);
    }
    return true;
}

/* A later CRL is asked although there is one of the time, when it says that the certificate had
 * been revoked already. The answer changes with the time of revocation. */
static bool is_known_later(const struct inquiry *q, struct crl_answer *out)
{
    const struct voices *v = &q->later;
    if (v->revokes == NULL || out->status != CRL_NOT_LISTED)
        return false;
    int64_t us = v->revoked.revoked_us;
    if (us > q->at_us && us < out->until_us)
        out->until_us = us;
    else if (us <= q->at_us && us > out->from_us)
        out->from_us = us;
    return us <= q->at_us;
}

static const char *issuer_problem(const struct inquiry *q, struct bytes issuer, struct cert_view *i)
{
    if (!cert_view_read(issuer, i) || !bytes_equal(i->subject, q->leaf.issuer))
        return "the issuer's certificate was not sent";
    return may_sign_crls(i) ? NULL : "the issuer's certificate may not sign CRLs";
}

void crl_set_find(struct crl_set *s, struct bytes leaf, struct bytes issuer, int64_t at_us,
        struct crl_answer *out)
{
    struct inquiry q = {.set = s, .at_us = at_us};
    *out = (struct crl_answer){.revoked_us = INT64_MIN,
            .revoked_reason = REVOKED_NO_REASON,
            .this_update_us = INT64_MIN,
            .next_update_us = INT64_MIN,
            .from_us = INT64_MIN,
            .until_us = INT64_MAX,
            .reason = s->n == 0 ? "no CRL" : "the certificate does not parse"};
    if (s->n == 0 || !cert_view_read(leaf, &q.leaf))
        return;
    out->reason = "no CRL of this issuer";
    q.no_issuer = issuer_problem(&q, issuer, &q.issuer);
    q.serial = integer_minimal(q.leaf.serial);
    hear_all(&q, out);
    bool is_told = tell(&q, &q.now, out);
    if (is_known_later(&q, out) || !is_told)
        (void)tell(&q, &q.later, out);
    out->period = at_time_of(at_us, out->this_update_us, out->next_update_us);
}
