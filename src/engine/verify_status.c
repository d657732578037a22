#include "engine/verify_status.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/map.h"
#include "dissectors/tls_extensions.h"
#include "store/judgement.h"
#include "x509/crl.h"
#include "x509/ocsp.h"
#include "x509/sct.h"

enum { STAPLES_CAP = 10000, STAPLE_MOST = 64 * 1024, STATUS_CAP = 50000 };

/* An OCSP answer as it was stapled with a leaf; only its place in time changes. */
struct staple {
    struct bytes response; /* a copy, behind the struct */
    uint8_t leaf[32];
    uint64_t issuer; /* hash of its certificate; 0 none */
    struct ocsp_answer answer;
};

/* What hardly changes with the handshake: SCTs in the certificate, what files say. */
struct leaf_status {
    struct sct *scts; /* as many as there are: most have a few or none */
    size_t n_scts, n_scts_dropped;
    const char *scts_problem;
    struct sct_policy policy;
    struct crl_answer crl;
    bool has_ocsp;
    struct ocsp_answer ocsp;
    const char *ocsp_source;
    struct bytes der; /* a copy, behind the struct: SCTs point into it */
};

struct verify_status {
    struct crl_set *crls;  /* NULL: none was given */
    struct ocsp_set *ocsp; /* likewise */
    struct ct_logs *logs;  /* likewise */
    struct map *staples, *leaves;
    struct ocsp_answer answers[TLS_CHAIN_CAP];
    struct ocsp_answer file_answer;
    struct sct_list leaf_scts, scts; /* of the certificate; of all channels */
};

static void leaf_status_free(void *ctx, void *value)
{
    (void)ctx;
    struct leaf_status *s = value;
    xfree(s->scts);
    xfree(s);
}

struct verify_status *verify_status_new(void)
{
    struct verify_status *v = xcalloc(1, sizeof *v);
    v->staples = map_new(&(struct map_options){.cap = STAPLES_CAP, .on_evict = map_xfree});
    v->leaves = map_new(&(struct map_options){.cap = STATUS_CAP, .on_evict = leaf_status_free});
    return v;
}

void verify_status_free(struct verify_status *v)
{
    if (v == NULL)
        return;
    crl_set_free(v->crls);
    ocsp_set_free(v->ocsp);
    ct_logs_free(v->logs);
    map_free(v->staples);
    map_free(v->leaves);
    xfree(v);
}

bool verify_status_load(struct verify_status *v, const struct verify_options *o, struct err *err)
{
    bool is_ok = true;
    if (o->crls.n > 0)
        v->crls = crl_set_new();
    if (o->ocsp.n > 0)
        v->ocsp = ocsp_set_new();
    for (size_t i = 0; is_ok && i < o->crls.n; i++)
        is_ok = crl_set_load(v->crls, o->crls.paths[i], err);
    for (size_t i = 0; is_ok && i < o->ocsp.n; i++)
        is_ok = ocsp_set_load(v->ocsp, o->ocsp.paths[i], err);
    if (is_ok && o->ct_logs.n > 0)
        is_ok = ct_logs_load(o->ct_logs.paths[0], &v->logs, err);
    return is_ok;
}

/* The sent certificate that bears the issuer's name; whether it signed is looked at where it
 * matters. */
static struct bytes issuer_of(const struct verify_question *q)
{
    for (size_t i = 1; i < q->n_server; i++)
        if (q->server[i]->is_parsed &&
                bytes_equal(q->server[i]->subject_der, q->server[0]->issuer_der))
            return q->server[i]->der;
    return (struct bytes){NULL, 0};
}

static uint64_t hash_of(struct bytes issuer)
{
    return issuer.n > 0 ? hash_bytes(issuer.p, issuer.n) : 0;
}

static struct staple *staple_new(
        const struct certificate *leaf, struct bytes issuer, struct bytes response, int64_t at_us)
{
    struct staple *s = xcalloc(1, sizeof *s + response.n);
    memcpy(s + 1, response.p, response.n);
    s->response = (struct bytes){(const uint8_t *)(s + 1), response.n};
    memcpy(s->leaf, leaf->sha256, sizeof s->leaf);
    s->issuer = hash_of(issuer);
    ocsp_read(s->response, leaf->der, issuer, at_us, &s->answer);
    return s;
}

/* The answer to one certificate of the chain, verified once; its place in time is new each time. */
static void read_staple(struct verify_status *v, const struct certificate *c, struct bytes issuer,
        struct bytes response, int64_t at_us, struct ocsp_answer *out)
{
    uint64_t hash = hash_bytes(response.p, response.n);
    struct bytes key = {(const uint8_t *)&hash, sizeof hash};
    struct staple *s = map_get(v->staples, key);
    bool is_same = s != NULL && s->issuer == hash_of(issuer) &&
                   memcmp(s->leaf, c->sha256, sizeof s->leaf) == 0 &&
                   bytes_equal(s->response, response);
    if (!is_same) {
        s = staple_new(c, issuer, response, at_us);
        map_put(v->staples, key, s);
    }
    *out = s->answer;
    if (!out->is_parsed || out->response_status != OCSP_SUCCESSFUL)
        return;
    out->period = at_time_of(at_us, out->this_update_us, out->next_update_us);
    if (out->responder_period != AT_TIME_UNKNOWN)
        out->responder_period = at_time_of(at_us, out->responder_from_us, out->responder_until_us);
}

/* What the server sent about its certificate number i. */
static void judge_staple(struct verify_status *v, const struct verify_question *q, size_t i,
        struct bytes response, bool is_listed)
{
    struct ocsp_answer *out = &v->answers[i];
    struct bytes issuer = i == 0                ? issuer_of(q)
                          : i + 1 < q->n_server ? q->server[i + 1]->der
                                                : (struct bytes){NULL, 0};
    *out = (struct ocsp_answer){.response_status = -1, .is_absent = is_listed && response.n == 0};
    if (out->is_absent)
        out->reason = "the server sent none for this certificate";
    else if (response.n == 0)
        out->problem = "empty"; /* RFC 6066 8 has at least one octet */
    else if (response.n > STAPLE_MOST)
        out->reason = "longer than is looked at";
    else
        read_staple(v, q->server[i], issuer, response, q->at_us, out);
}

static void judge_staples(
        struct verify_status *v, const struct verify_question *q, struct judgement *j)
{
    const struct cert_status *status = q->handshake->cert_status;
    if (status == NULL || q->n_server == 0)
        return;
    j->staples = v->answers;
    if (status->type != 2) {
        judge_staple(v, q, j->n_staples++, status->response, false);
        return;
    }
    struct cur list = cur_of(status->responses);
    struct bytes response;
    while (j->n_staples < q->n_server && ocsp_multi_next(&list, &response))
        judge_staple(v, q, j->n_staples++, response, true);
}

static void keep_scts(struct leaf_status *s, const struct sct_list *list)
{
    s->n_scts = list->n;
    s->n_scts_dropped = list->n_dropped;
    s->scts_problem = list->problem;
    if (list->n == 0)
        return;
    s->scts = xcalloc(list->n, sizeof *s->scts);
    memcpy(s->scts, list->scts, list->n * sizeof *s->scts);
}

/* That a timestamp lies ahead is all that depends on when it is asked. */
static void show_scts(const struct leaf_status *s, int64_t at_us, struct sct_list *out)
{
    *out = (struct sct_list){
            .n = s->n_scts, .n_dropped = s->n_scts_dropped, .problem = s->scts_problem};
    for (size_t i = 0; i < s->n_scts; i++) {
        out->scts[i] = s->scts[i];
        out->scts[i].is_future = s->scts[i].is_parsed && s->scts[i].timestamp_us > at_us;
    }
}

static struct leaf_status *leaf_status_new(
        struct verify_status *v, const struct certificate *leaf, struct bytes issuer, int64_t at_us)
{
    struct leaf_status *s = xcalloc(1, sizeof *s + leaf->der.n);
    memcpy(s + 1, leaf->der.p, leaf->der.n);
    s->der = (struct bytes){(const uint8_t *)(s + 1), leaf->der.n};
    struct bytes embedded = sct_embedded(s->der);
    struct sct_list *list = &v->leaf_scts;
    *list = (struct sct_list){0};
    if (embedded.n > 0)
        (void)sct_list_add(list, SCT_IN_CERTIFICATE, embedded);
    sct_list_verify(list, s->der, issuer, v->logs, at_us);
    sct_policy_judge(list, v->logs, leaf->not_before_us, leaf->not_after_us, &s->policy);
    keep_scts(s, list);
    if (v->crls != NULL)
        crl_set_find(v->crls, s->der, issuer, at_us, &s->crl);
    if (v->ocsp != NULL)
        s->has_ocsp = ocsp_set_find(v->ocsp, s->der, issuer, at_us, &s->ocsp, &s->ocsp_source);
    return s;
}

static struct leaf_status *leaf_status_of(struct verify_status *v, const struct verify_question *q)
{
    const struct certificate *leaf = q->server[0];
    struct bytes issuer = issuer_of(q);
    uint64_t both[5] = {issuer.n > 0 ? hash_bytes(issuer.p, issuer.n) : 0};
    memcpy(&both[1], leaf->sha256, sizeof leaf->sha256);
    struct bytes key = {(const uint8_t *)both, sizeof both};
    struct leaf_status *s = map_get(v->leaves, key);
    if (s == NULL) {
        s = leaf_status_new(v, leaf, issuer, q->at_us);
        map_put(v->leaves, key, s);
    } else if (v->crls != NULL && (q->at_us < s->crl.from_us || q->at_us >= s->crl.until_us)) {
        crl_set_find(v->crls, s->der, issuer, q->at_us, &s->crl);
    }
    return s;
}

/* SCTs that this handshake brings beside those in the certificate (RFC 6962 3.3). */
static bool add_scts(struct verify_status *v, const struct verify_question *q,
        const struct leaf_status *s, const struct judgement *j)
{
    const struct server_hello *sh = q->handshake->server_hello;
    struct bytes by_tls = {NULL, 0};
    bool found = false;
    if (sh != NULL)
        by_tls = hello_extension(sh->extensions, EXT_SCT, &found);
    struct bytes by_ocsp = j->n_staples > 0 ? j->staples[0].scts : (struct bytes){NULL, 0};
    if (by_tls.n == 0 && by_ocsp.n == 0)
        return false;
    v->scts = v->leaf_scts;
    if (by_tls.n > 0)
        (void)sct_list_add(&v->scts, SCT_IN_TLS, by_tls);
    if (by_ocsp.n > 0)
        (void)sct_list_add(&v->scts, SCT_IN_OCSP, by_ocsp);
    sct_list_verify(&v->scts, s->der, issuer_of(q), v->logs, q->at_us);
    return true;
}

static void judge_leaf(
        struct verify_status *v, const struct verify_question *q, struct judgement *j)
{
    const struct certificate *leaf = q->server[0];
    struct leaf_status *s = leaf_status_of(v, q);
    show_scts(s, q->at_us, &v->leaf_scts);
    j->scts = &v->leaf_scts;
    j->sct_policy = s->policy;
    if (add_scts(v, q, s, j)) {
        j->scts = &v->scts;
        sct_policy_judge(
                &v->scts, v->logs, leaf->not_before_us, leaf->not_after_us, &j->sct_policy);
    }
    j->has_ct_logs = v->logs != NULL;
    j->has_crls = v->crls != NULL;
    j->crl = s->crl;
    j->crl.period = at_time_of(q->at_us, s->crl.this_update_us, s->crl.next_update_us);
    if (!s->has_ocsp)
        return;
    v->file_answer = s->ocsp;
    v->file_answer.period = at_time_of(q->at_us, s->ocsp.this_update_us, s->ocsp.next_update_us);
    j->ocsp_file = &v->file_answer;
    j->ocsp_source = s->ocsp_source;
}

void verify_status_judge(
        struct verify_status *v, const struct verify_question *q, struct judgement *j)
{
    if (q->n_server == 0 || !q->server[0]->is_parsed)
        return;
    judge_staples(v, q, j);
    judge_leaf(v, q, j);
}

static bool put_files(struct store *s, const char *kind, const struct file_list *files,
        size_t entries, size_t left_out, int64_t date_us, struct err *err)
{
    for (size_t i = 0; i < files->n; i++) {
        const struct data_file f = {.kind = kind,
                .path = files->paths[i],
                .date_us = date_us,
                .entries = entries, /* of all files of the kind */
                .left_out = left_out};
        if (!store_data_file(s, &f, err))
            return false;
    }
    return true;
}

bool verify_status_store(const struct verify_status *v, const struct verify_options *o,
        struct store *s, struct err *err)
{
    for (size_t i = 0; v->crls != NULL && i < crl_set_count(v->crls); i++)
        if (!store_crl_problem(s, crl_set_at(v->crls, i), err))
            return false;
    return (v->crls == NULL || put_files(s, "crl", &o->crls, crl_set_count(v->crls),
                                       crl_set_left_out(v->crls), TIME_NONE, err)) &&
           (v->ocsp == NULL || put_files(s, "ocsp", &o->ocsp, ocsp_set_count(v->ocsp),
                                       ocsp_set_left_out(v->ocsp), TIME_NONE, err)) &&
           (v->logs == NULL || put_files(s, "ct-logs", &o->ct_logs, ct_logs_count(v->logs), 0,
                                       ct_logs_date(v->logs), err));
}
