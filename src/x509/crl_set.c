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
    const struct crl *revokes, *holds, *absent_whole, *absent_scoped;
    struct crl_entry revoked, held;
};

static bool is_newer(const struct crl *c, const struct crl *than)
{
    return than == NULL || c->facts.this_update_us > than->facts.this_update_us;
}

/* removeFromCRL belongs to delta CRLs; here it says that the certificate is not revoked. */
static bool lists(const struct crl *c, struct bytes serial, struct crl_entry *out)
{
    return crl_lookup(c, serial, out) && out->reason != REVOKED_REMOVE_FROM_CRL;
}

static void listen(struct voices *v, const struct crl *c, struct bytes serial)
{
    struct crl_entry e;
    const struct crl **absent = c->scope.n > 0 ? &v->absent_scoped : &v->absent_whole;
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

/* A hold may be lifted by a newer CRL that covers the same certificates or all. */
static bool is_lifted(struct crl_set *s, const struct crl *hold, const struct crl *absent_whole,
        struct bytes serial)
{
    if (absent_whole != NULL && is_newer(absent_whole, hold))
        return true;
    for (size_t i = 0; i < s->n; i++) {
        const struct crl *c = s->crls[i];
        struct crl_entry e;
        if (c->has_key && bytes_equal(c->issuer, hold->issuer) && is_newer(c, hold) &&
                bytes_equal(c->scope, hold->scope) &&
                memcmp(c->keys[c->n_keys - 1], hold->keys[hold->n_keys - 1], sizeof *c->keys) ==
                        0 &&
                !lists(c, serial, &e))
            return true;
    }
    return false;
}

static void speak(struct crl_answer *out, enum crl_status status, const struct crl *c,
        const struct crl_entry *e)
{
    if (c == NULL)
        return;
    out->status = status;
    out->reason = NULL;
    out->source = c->facts.source;
    out->is_scoped = c->facts.is_scoped;
    out->this_update_us = c->facts.this_update_us;
    out->next_update_us = c->facts.next_update_us;
    if (e == NULL)
        return;
    out->revoked_us = e->revoked_us;
    out->revoked_reason = e->reason;
}

/* Every CRL of this issuer that its key verifies; false when there is none. */
static bool hear(struct crl_set *s, struct bytes serial, const struct cert_view *issuer,
        struct voices *v, const char **reason)
{
    bool is_heard = false;
    *reason = "no CRL of this issuer";
    for (size_t i = 0; i < s->n; i++) {
        struct crl *c = s->crls[i];
        const char *why = c->facts.left_out;
        if (!bytes_equal(c->issuer, issuer->subject))
            continue;
        if (why == NULL && crl_verify(c, issuer->spki, &why) == SIGNED_VALID) {
            listen(v, c, serial);
            is_heard = true;
        } else {
            *reason = why;
        }
    }
    return is_heard;
}

void crl_set_find(struct crl_set *s, struct bytes leaf, struct bytes issuer, struct crl_answer *out)
{
    struct cert_view l, i;
    struct voices v = {0};
    *out = (struct crl_answer){.revoked_us = INT64_MIN,
            .revoked_reason = REVOKED_NO_REASON,
            .this_update_us = INT64_MIN,
            .next_update_us = INT64_MIN,
            .reason = "the certificate does not parse"};
    if (s->n == 0 || !cert_view_read(leaf, &l)) {
        out->reason = s->n == 0 ? "no CRL" : out->reason;
        return;
    }
    out->reason = "the issuer's certificate is missing";
    if (!cert_view_read(issuer, &i))
        return;
    out->reason = "the issuer's certificate may not sign CRLs";
    if (!may_sign_crls(&i))
        return;
    struct bytes serial = integer_minimal(l.serial);
    if (!hear(s, serial, &i, &v, &out->reason))
        return;
    bool is_held = v.holds != NULL && !is_lifted(s, v.holds, v.absent_whole, serial);
    if (v.revokes == NULL && !is_held) {
        const struct crl *absent = v.absent_whole != NULL ? v.absent_whole : v.absent_scoped;
        speak(out, CRL_NOT_LISTED, absent, NULL);
    } else if (cert_view_issued(&l, &i, &out->reason) != SIGNED_VALID) {
        out->reason = "the issuer's certificate that is there does not verify this one";
    } else if (v.revokes != NULL) {
        speak(out, CRL_REVOKED, v.revokes, &v.revoked);
    } else {
        speak(out, CRL_ON_HOLD, v.holds, &v.held);
    }
}
