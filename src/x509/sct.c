#include "x509/sct.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/text.h"
#include "crypto/digest.h"
#include "x509/signed.h"

/* RFC 5246 7.4.1.4.1 and RFC 6962 3.1, 3.2. */
enum {
    HASH_SHA256 = 4,
    SIGNATURE_RSA = 1,
    SIGNATURE_ECDSA = 3,
    SIGN_CERTIFICATE_TIMESTAMP = 0,
    ENTRY_X509 = 0,
    ENTRY_PRECERT = 1,
    VERSION_1 = 0,
};

static const uint8_t OID_SCTS[] = {0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 2};

#define DAY_US INT64_C(86400000000)

static void read_sct(struct cur c, struct sct *out)
{
    out->version = cur_u8(&c);
    out->reason = "the version is not 1";
    if (c.bad || out->version != VERSION_1)
        return;
    out->log_id = cur_take(&c, 32);
    uint64_t ms = cur_u64(&c);
    out->timestamp_us = ms <= INT64_MAX / 1000 ? (int64_t)ms * 1000 : INT64_MAX;
    out->extensions = cur_vec(&c, 2);
    out->hash = cur_u8(&c);
    out->signature_algorithm = cur_u8(&c);
    out->signature = cur_vec(&c, 2);
    out->is_parsed = cur_done(&c);
    out->reason = out->is_parsed ? "not verified yet" : "the SCT does not parse";
}

bool sct_list_add(struct sct_list *out, enum sct_channel channel, struct bytes list)
{
    struct cur all = cur_of(list);
    struct cur scts = cur_sub(&all, 2);
    bool ok = cur_done(&all) && scts.n > 0;
    while (cur_more(&scts)) {
        struct cur one = cur_sub(&scts, 2);
        if (scts.bad)
            break;
        if (out->n == SCT_CAP) {
            out->n_dropped++;
            continue;
        }
        struct sct *s = &out->scts[out->n++];
        *s = (struct sct){.channel = channel};
        read_sct(one, s);
    }
    ok &= cur_ok(&scts);
    if (!ok)
        out->problem = "a list of SCTs does not parse";
    return ok;
}

/* The value of the extension holds an OCTET STRING that holds the list (RFC 6962 3.3). */
struct bytes sct_embedded(struct bytes leaf)
{
    struct cert_view c;
    struct extension e;
    if (!cert_view_read(leaf, &c) ||
            !extension_find(c.extensions, (struct bytes){OID_SCTS, sizeof OID_SCTS}, &e))
        return (struct bytes){NULL, 0};
    struct cur value = cur_of(e.value);
    struct cur list = der_get(&value, DER_OCTET_STRING);
    return cur_done(&value) ? cur_rest(&list) : (struct bytes){NULL, 0};
}

static void add(struct text *t, struct bytes b)
{
    text_add_bytes(t, (const char *)b.p, b.n);
}

/* A big-endian number of n bytes. */
static void add_uint(struct text *t, uint64_t v, unsigned n)
{
    for (unsigned i = n; i > 0; i--) {
        char c = (char)(v >> (8 * (i - 1)) & 0xff);
        text_add_bytes(t, &c, 1);
    }
}

/* One element in DER: tag, shortest length, content. */
static void add_der(struct text *t, uint8_t tag, const struct text *content)
{
    unsigned n = 0;
    add_uint(t, tag, 1);
    for (size_t left = content->n; left > 0; left >>= 8)
        n++;
    if (content->n >= 0x80)
        add_uint(t, 0x80 | n, 1);
    add_uint(t, content->n, content->n >= 0x80 ? n : 1);
    text_add_bytes(t, text_str(content), content->n);
}

/* The extensions without the SCTs when is_cut; false when none is left, or not one was cut. */
static bool rebuild_extensions(struct cur list, bool is_cut, struct text *out)
{
    size_t n_cut = 0;
    while (cur_more(&list)) {
        struct bytes whole = {NULL, 0};
        uint8_t tag = 0;
        struct cur one = der_any(&list, &tag, &whole);
        struct cur oid = der_get(&one, DER_OID);
        bool is_scts = bytes_equal(cur_rest(&oid), (struct bytes){OID_SCTS, sizeof OID_SCTS});
        n_cut += is_scts;
        if (!is_scts || !is_cut)
            add(out, whole);
    }
    return n_cut == 1 && out->n > 0;
}

/* TBSCertificate again, with or without its SCTs. */
static bool rebuild(struct bytes tbs, bool is_cut, struct text *out)
{
    struct text body = {0}, extensions = {0}, list = {0};
    struct cur all = cur_of(tbs);
    struct cur fields = der_get(&all, DER_SEQUENCE);
    bool ok = false;
    while (cur_more(&fields)) {
        struct bytes whole = {NULL, 0};
        uint8_t tag = 0;
        struct cur field = der_any(&fields, &tag, &whole);
        if (tag != (DER_CONTEXT | 3)) {
            add(&body, whole);
            continue;
        }
        ok = rebuild_extensions(der_get(&field, DER_SEQUENCE), is_cut, &extensions);
        add_der(&list, DER_SEQUENCE, &extensions);
        add_der(&body, DER_CONTEXT | 3, &list);
    }
    add_der(out, DER_SEQUENCE, &body);
    text_fini(&body);
    text_fini(&extensions);
    text_fini(&list);
    return ok;
}

/* The precertificate's TBS; false when the certificate is not in DER as this program writes it, so
 * that the result would not be what the log saw. */
static bool precertificate(struct bytes tbs, struct text *out)
{
    struct text same = {0};
    bool ok = rebuild(tbs, false, &same) &&
              bytes_equal(tbs, (struct bytes){(const uint8_t *)text_str(&same), same.n});
    text_fini(&same);
    return ok && rebuild(tbs, true, out);
}

/* What the SCTs of a certificate sign. */
struct signed_entry {
    struct bytes leaf;
    uint8_t issuer_key[SHA256_LEN];
    struct text precert;
    const char *no_precert; /* why there is none, or NULL */
};

static void entry_init(struct signed_entry *e, struct bytes leaf, struct bytes issuer)
{
    struct cert_view l, i;
    const char *ignored = NULL;
    *e = (struct signed_entry){.leaf = leaf, .no_precert = "the certificate does not parse"};
    if (!cert_view_read(leaf, &l))
        return;
    e->no_precert = "the issuer's certificate is missing";
    if (!cert_view_read(issuer, &i))
        return;
    e->no_precert = "the issuer's certificate that is there does not verify this one";
    if (cert_view_issued(&l, &i, &ignored) != SIGNED_VALID)
        return;
    e->no_precert = "the precertificate cannot be built";
    if (!precertificate(l.object.tbs, &e->precert))
        return;
    digest_sha256(i.spki, e->issuer_key);
    e->no_precert = NULL;
}

/* The digitally-signed struct of RFC 6962 3.2. */
static void add_signed(struct text *t, const struct sct *s, const struct signed_entry *e)
{
    add_uint(t, s->version, 1);
    add_uint(t, SIGN_CERTIFICATE_TIMESTAMP, 1);
    add_uint(t, (uint64_t)s->timestamp_us / 1000, 8);
    if (s->channel == SCT_IN_CERTIFICATE) {
        add_uint(t, ENTRY_PRECERT, 2);
        text_add_bytes(t, (const char *)e->issuer_key, sizeof e->issuer_key);
        add_uint(t, e->precert.n, 3);
        text_add_bytes(t, text_str(&e->precert), e->precert.n);
    } else {
        add_uint(t, ENTRY_X509, 2);
        add_uint(t, e->leaf.n, 3);
        add(t, e->leaf);
    }
    add_uint(t, s->extensions.n, 2);
    add(t, s->extensions);
}

static int verify(EVP_PKEY *key, const struct sct *s, const struct text *message)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int ok = -1;
    if (ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1)
        ok = EVP_DigestVerify(ctx, s->signature.p, s->signature.n,
                (const unsigned char *)text_str(message), message->n);
    EVP_MD_CTX_free(ctx);
    return ok;
}

static void judge(struct sct *s, const struct signed_entry *e)
{
    const unsigned char *p = s->log->key.p;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)s->log->key.n);
    int kind = key != NULL ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE;
    bool is_fit = s->hash == HASH_SHA256 &&
                  ((s->signature_algorithm == SIGNATURE_RSA && kind == EVP_PKEY_RSA) ||
                          (s->signature_algorithm == SIGNATURE_ECDSA && kind == EVP_PKEY_EC));
    s->reason = "the algorithm is not RFC 6962's or not of the log's key";
    if (is_fit) {
        struct text message = {0};
        add_signed(&message, s, e);
        int ok = verify(key, s, &message);
        s->verdict = ok == 1 ? SIGNED_VALID : ok == 0 ? SIGNED_INVALID : SIGNED_UNVERIFIED;
        s->reason = ok == 1   ? NULL
                    : ok == 0 ? "the signature does not verify"
                              : "the signature could not be checked";
        text_fini(&message);
    }
    EVP_PKEY_free(key);
    ERR_clear_error();
}

void sct_list_verify(struct sct_list *l, struct bytes leaf, struct bytes issuer,
        const struct ct_logs *logs, int64_t at_us)
{
    struct signed_entry e = {0};
    bool has_entry = false;
    for (size_t i = 0; i < l->n; i++) {
        struct sct *s = &l->scts[i];
        s->is_future = s->is_parsed && s->timestamp_us > at_us;
        s->log = s->is_parsed ? ct_logs_find(logs, s->log_id) : NULL;
        s->verdict = SIGNED_UNVERIFIED;
        if (!s->is_parsed)
            continue;
        s->reason = logs == NULL ? "no list of logs" : "unknown log";
        if (s->log == NULL)
            continue;
        if (!has_entry)
            entry_init(&e, leaf, issuer);
        has_entry = true;
        if (s->channel == SCT_IN_CERTIFICATE && e.no_precert != NULL)
            s->reason = e.no_precert;
        else
            judge(s, &e);
    }
    text_fini(&e.precert);
}

/* Whether an SCT counts: yes, no, or perhaps. */
enum counts { COUNTS_NOT, COUNTS_PERHAPS, COUNTS };

static enum counts counts(const struct sct *s)
{
    if (s->verdict == SIGNED_INVALID)
        return COUNTS_NOT;
    if (s->verdict == SIGNED_UNVERIFIED) /* no such version or form counts for anybody */
        return s->is_parsed ? COUNTS_PERHAPS : COUNTS_NOT;
    switch (s->log->state) {
    case CT_NONE:
    case CT_PENDING: /* may have become usable after the list was made */
        return COUNTS_PERHAPS;
    case CT_REJECTED:
        return COUNTS_NOT;
    case CT_RETIRED:
        return s->timestamp_us < s->log->state_since_us ? COUNTS : COUNTS_NOT;
    case CT_QUALIFIED:
    case CT_USABLE:
    case CT_READONLY:
    case CT_STATE_COUNT:
        break;
    }
    /* a time to come may be the capture's clock */
    return s->is_future ? COUNTS_PERHAPS : COUNTS;
}

/* Distinct logs and operators among SCTs; an unknown log is taken to have an operator of its own.
 */
struct tally {
    unsigned n_logs, n_operators;
};

static bool is_same_operator(const struct sct *a, const struct sct *b)
{
    return a->log != NULL && b->log != NULL &&
           strcmp(a->log->operator_name, b->log->operator_name) == 0;
}

static struct tally tally(const struct sct_list *l, enum counts least, bool is_delivered_only)
{
    struct tally t = {0};
    const struct sct *seen[SCT_CAP];
    for (size_t i = 0; i < l->n; i++) {
        const struct sct *s = &l->scts[i];
        bool is_new_log = true;
        bool is_new_operator = true;
        if (counts(s) < least || (is_delivered_only && s->channel == SCT_IN_CERTIFICATE))
            continue;
        for (unsigned k = 0; k < t.n_logs; k++) {
            is_new_log &= !bytes_equal(seen[k]->log_id, s->log_id);
            is_new_operator &= !is_same_operator(seen[k], s);
        }
        if (!is_new_log)
            continue;
        seen[t.n_logs++] = s;
        t.n_operators += is_new_operator;
    }
    return t;
}

static bool suffices(const struct sct_list *l, enum counts least, unsigned needed)
{
    struct tally all = tally(l, least, false);
    struct tally delivered = tally(l, least, true);
    return (all.n_logs >= needed && all.n_operators >= 2) ||
           (delivered.n_logs >= 2 && delivered.n_operators >= 2);
}

void sct_policy_judge(const struct sct_list *l, const struct ct_logs *logs, int64_t not_before_us,
        int64_t not_after_us, struct sct_policy *out)
{
    struct tally t = tally(l, COUNTS, false);
    bool is_long = not_after_us >= 0 && not_before_us < not_after_us - 180 * DAY_US;
    *out = (struct sct_policy){
            .n_logs = t.n_logs, .n_operators = t.n_operators, .n_needed = is_long ? 3 : 2};
    if (logs == NULL)
        out->reason = "no list of logs";
    else if (suffices(l, COUNTS, out->n_needed))
        out->verdict = SCT_POLICY_SATISFIED;
    else if (l->problem != NULL || l->n_dropped > 0)
        out->reason = "not all SCTs could be read";
    else if (suffices(l, COUNTS_PERHAPS, out->n_needed))
        out->reason = "SCTs that could not be verified might suffice";
    else
        out->verdict = SCT_POLICY_SHORT;
}
