/* Verdicts on chains, keys, revocation and SCTs. Each is written once, when it is new. */
#include "store/judgement.h"

#include "store/store_internal.h"

enum { JUDGED_CAP = 100000 };

/* Whether this very thing was written before, by this process. */
static bool is_known(struct store *s, const void *key, size_t n)
{
    uint64_t hash = hash_bytes(key, n);
    struct bytes bytes = {(const uint8_t *)&hash, sizeof hash};
    if (s->judged == NULL)
        s->judged = dict_new(JUDGED_CAP);
    if (dict_get(s->judged, bytes) != 0)
        return true;
    dict_put(s->judged, bytes, 1);
    return false;
}

static void add_path(struct text *t, const struct chain_verdict *v)
{
    text_add(t, "[");
    for (size_t i = 0; i < v->n_path; i++) {
        text_add(t, i > 0 ? ",\"" : "\"");
        text_add_hex(t, (struct bytes){v->path[i].sha256, 32});
        text_add(t, "\"");
    }
    text_add(t, "]");
}

static bool put_verdict(struct store *s, const struct store_info *store,
        const struct chain_store_facts *f, int64_t chain_id, int64_t us, struct err *err)
{
    const struct chain_verdict *v = &f->as_repaired;
    const int64_t key[] = {chain_id, (int64_t)f->store, (int64_t)f->as_sent.status,
            (int64_t)v->status, (int64_t)f->as_sent.path_status, (int64_t)v->path_status};
    if (is_known(s, key, sizeof key))
        return true;
    sqlite3_stmt *st = statement_of(s, ST_CHAIN_VERDICT, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    (void)sqlite3_clear_bindings(st);
    (void)sqlite3_bind_int64(st, 1, chain_id);
    bind_text(st, 2, store->name);
    bind_text(st, 3, chain_status_name(f->as_sent.status));
    bind_text(st, 4, chain_status_name(v->status));
    bind_text(st, 5, chain_status_name(v->path_status));
    bind_text(st, 6, v->reason);
    bind_text(st, 7, f->anchor_subject);
    text_clear(&s->scratch);
    add_path(&s->scratch, v);
    (void)sqlite3_bind_text(st, 8, text_str(&s->scratch), -1, SQLITE_TRANSIENT);
    bind_time(st, 9, v->not_before_us);
    bind_time(st, 10, v->not_after_us == INT64_MAX ? TIME_NONE : v->not_after_us);
    (void)sqlite3_bind_int64(st, 11, us);
    return statement_run(s, st, err);
}

/* One remark about a chain as it was sent. */
static bool put_note(struct store *s, int64_t chain_id, const char *note, int position,
        const char *detail, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_CHAIN_NOTE, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    (void)sqlite3_bind_int64(st, 1, chain_id);
    bind_text(st, 2, note);
    (void)sqlite3_bind_int(st, 3, position);
    bind_text(st, 4, detail);
    return statement_run(s, st, err);
}

static bool put_list(struct store *s, int64_t chain_id, const char *note, const uint8_t *at,
        size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++)
        if (!put_note(s, chain_id, note, at[i], NULL, err))
            return false;
    return true;
}

static bool put_notes(
        struct store *s, const struct chain_facts *f, int64_t chain_id, struct err *err)
{
    const int64_t key[] = {-1, chain_id, (int64_t)f->missing.is_wanted,
            (int64_t)f->bad_link.is_seen, (int64_t)f->n_expired_cross};
    if (is_known(s, key, sizeof key))
        return true;
    const struct chain_missing *m = &f->missing;
    bool is_ok =
            put_list(s, chain_id, "out-of-order", f->order, f->n_order, err) &&
            put_list(s, chain_id, "duplicate", f->duplicates, f->n_duplicates, err) &&
            put_list(s, chain_id, "unrelated", f->unrelated, f->n_unrelated, err) &&
            put_list(s, chain_id, "malformed", f->malformed, f->n_malformed, err) &&
            put_list(s, chain_id, "expired-cross-sign", f->expired_cross, f->n_expired_cross, err);
    if (is_ok && m->is_wanted)
        is_ok = put_note(s, chain_id, "missing-issuer", m->child_at, m->issuer, err) &&
                (m->url == NULL ||
                        put_note(s, chain_id, "missing-issuer-url", m->child_at, m->url, err));
    if (is_ok && f->root_at >= 0)
        is_ok = put_note(s, chain_id, f->is_root_known ? "root-sent" : "unknown-root-sent",
                f->root_at, NULL, err);
    if (is_ok && f->bad_link.is_seen)
        is_ok = put_note(s, chain_id, "signature-invalid", f->bad_link.child_at, NULL, err);
    return is_ok;
}

static bool put_chain(struct store *s, const struct judgement *j, const struct chain_facts *f,
        int64_t chain_id, int64_t us, struct err *err)
{
    if (f == NULL || chain_id == 0)
        return true;
    for (size_t i = 0; i < f->n_stores; i++)
        if (f->stores[i].store < j->n_stores &&
                !put_verdict(s, &j->stores[f->stores[i].store], &f->stores[i], chain_id, us, err))
            return false;
    return put_notes(s, f, chain_id, err);
}

static bool put_problem(
        struct store *s, int64_t cert_id, const char *problem, const char *detail, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_KEY_PROBLEM, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    (void)sqlite3_bind_int64(st, 1, cert_id);
    bind_text(st, 2, problem);
    bind_text(st, 3, detail);
    return statement_run(s, st, err);
}

static bool put_weak(struct store *s, int64_t cert_id, unsigned weak, struct err *err)
{
    static const struct {
        unsigned bit;
        const char *name;
    } ALL[] = {{RSA_WEAK_E_NEGATIVE, "exponent-negative"}, {RSA_WEAK_E_ONE, "exponent-one"},
            {RSA_WEAK_E_EVEN, "exponent-even"}, {RSA_WEAK_E_BELOW_3, "exponent-below-3"},
            {RSA_WEAK_E_SMALL, "exponent-small"}, {RSA_WEAK_N_NEGATIVE, "modulus-negative"},
            {RSA_WEAK_N_EVEN, "modulus-even"}, {RSA_WEAK_N_SMALL_FACTOR, "modulus-small-factor"},
            {RSA_WEAK_N_POWER, "modulus-power"}, {RSA_WEAK_N_LENGTH, "modulus-length"},
            {RSA_WEAK_ROCA, "roca"}, {RSA_WEAK_CLOSE_PRIMES, "close-primes"},
            {RSA_WEAK_SHORT_SLEEVE, "short-sleeve"}};
    for (size_t i = 0; i < sizeof ALL / sizeof *ALL; i++)
        if ((weak & ALL[i].bit) != 0 && !put_problem(s, cert_id, ALL[i].name, NULL, err))
            return false;
    return true;
}

static bool put_keys(struct store *s, const struct judgement *j, const struct judgement_refs *refs,
        struct err *err)
{
    for (size_t i = 0; j->keys != NULL && i < refs->n_certs; i++) {
        const struct key_facts *k = j->keys[i];
        bool is_bad = k->rsa.weak != 0 || k->shared_prime.is_seen || k->is_blocked;
        const int64_t key[] = {-2, refs->cert_ids[i]};
        if (!is_bad || is_known(s, key, sizeof key))
            continue;
        if (!put_weak(s, refs->cert_ids[i], k->rsa.weak, err) ||
                (k->shared_prime.is_seen && !put_problem(s, refs->cert_ids[i], "shared-prime",
                                                    k->shared_prime.subject, err)) ||
                (k->is_blocked &&
                        !put_problem(s, refs->cert_ids[i], "blocklisted", k->blocked.name, err)))
            return false;
    }
    return true;
}

static const char *signed_name(enum signed_verdict v)
{
    static const char *const names[] = {"unverified", "valid", "invalid"};
    return names[v];
}

/* What one channel says about the leaf. */
struct status_row {
    const char *channel, *status, *verdict, *reason, *source;
    int64_t this_update_us, next_update_us, revoked_us;
    const char *revoked_reason;
};

static bool put_status(struct store *s, const struct status_row *r,
        const struct judgement_refs *refs, struct err *err)
{
    const int64_t key[] = {-3, refs->leaf_id, (int64_t)(intptr_t)r->channel, r->this_update_us,
            r->next_update_us, (int64_t)(intptr_t)r->status, (int64_t)(intptr_t)r->verdict};
    if (is_known(s, key, sizeof key))
        return true;
    sqlite3_stmt *st = statement_of(s, ST_REVOCATION, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    (void)sqlite3_clear_bindings(st);
    (void)sqlite3_bind_int64(st, 1, refs->leaf_id);
    bind_text(st, 2, r->channel);
    bind_text(st, 3, r->status);
    bind_text(st, 4, r->verdict);
    bind_text(st, 5, r->reason);
    bind_text(st, 6, r->source);
    bind_time(st, 7, r->this_update_us);
    bind_time(st, 8, r->next_update_us);
    bind_time(st, 9, r->revoked_us);
    bind_text(st, 10, r->revoked_reason);
    (void)sqlite3_bind_int64(st, 11, refs->us);
    return statement_run(s, st, err);
}

static const char *answer_name(const struct ocsp_answer *a)
{
    if (a->is_absent)
        return "no-answer";
    if (!a->is_parsed)
        return a->problem != NULL ? "malformed" : "not-read";
    return a->response_status == OCSP_SUCCESSFUL ? ocsp_cert_status_name(a->cert_status)
                                                 : ocsp_status_name(a->response_status);
}

static bool put_answer(struct store *s, const char *channel, const struct ocsp_answer *a,
        const char *source, const struct judgement_refs *refs, struct err *err)
{
    bool is_success = a->is_parsed && a->response_status == OCSP_SUCCESSFUL;
    bool is_revoked = is_success && a->cert_status == OCSP_CERT_REVOKED;
    struct status_row row = {.channel = channel,
            .status = answer_name(a),
            .verdict = signed_name(a->verdict),
            .reason = a->problem != NULL ? a->problem : a->reason,
            .source = source,
            .this_update_us = is_success ? a->this_update_us : TIME_NONE,
            .next_update_us = is_success ? a->next_update_us : TIME_NONE,
            .revoked_us = is_revoked ? a->revoked_us : TIME_NONE,
            .revoked_reason = is_revoked ? revocation_reason_name(a->revoked_reason) : NULL};
    return put_status(s, &row, refs, err);
}

/* Not to be listed clears a certificate only when the CRL is of that time and knows all reasons. */
static const char *crl_status_name(const struct crl_answer *c)
{
    static const char *const names[] = {"no-answer", "not-listed", "revoked", "on-hold"};
    if (c->status != CRL_NOT_LISTED)
        return names[c->status];
    return c->period == AT_TIME_EARLY  ? "not-listed-later"
           : c->period == AT_TIME_LATE ? "not-listed-stale"
           : c->is_partial             ? "not-listed-partly"
                                       : "not-listed";
}

static bool put_crl(struct store *s, const struct crl_answer *c, const struct judgement_refs *refs,
        struct err *err)
{
    bool is_listed = c->status == CRL_REVOKED || c->status == CRL_ON_HOLD;
    if (c->source == NULL)
        return true;
    struct status_row row = {.channel = "crl",
            .status = crl_status_name(c),
            .verdict = signed_name(c->verdict),
            .reason = c->reason,
            .source = c->source,
            .this_update_us = c->this_update_us,
            .next_update_us = c->next_update_us,
            .revoked_us = is_listed ? c->revoked_us : TIME_NONE,
            .revoked_reason = is_listed ? revocation_reason_name(c->revoked_reason) : NULL};
    return put_status(s, &row, refs, err);
}

static bool put_sct(
        struct store *s, const struct sct *sct, const struct judgement_refs *refs, struct err *err)
{
    static const char *const channels[] = {"certificate", "tls", "ocsp"};
    const int64_t key[] = {-4, refs->leaf_id, (int64_t)sct->channel, sct->timestamp_us,
            (int64_t)hash_bytes(sct->log_id.p, sct->log_id.n), (int64_t)sct->verdict};
    if (is_known(s, key, sizeof key))
        return true;
    sqlite3_stmt *st = statement_of(s, ST_SCT, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    (void)sqlite3_clear_bindings(st);
    (void)sqlite3_bind_int64(st, 1, refs->leaf_id);
    bind_text(st, 2, channels[sct->channel]);
    bind_blob(st, 3, sct->log_id);
    bind_text(st, 4, sct->log != NULL ? sct->log->description : NULL);
    bind_text(st, 5, sct->log != NULL ? sct->log->operator_name : NULL);
    bind_time(st, 6, sct->timestamp_us);
    bind_text(st, 7, signed_name(sct->verdict));
    bind_text(st, 8, sct->reason);
    return statement_run(s, st, err);
}

static bool put_revocation(struct store *s, const struct judgement *j,
        const struct judgement_refs *refs, struct err *err)
{
    if (refs->leaf_id == 0)
        return true;
    if (j->n_staples > 0 && !put_answer(s, "staple", &j->staples[0], NULL, refs, err))
        return false;
    if (j->ocsp_file != NULL &&
            !put_answer(s, "ocsp-file", j->ocsp_file, j->ocsp_source, refs, err))
        return false;
    if (j->has_crls && !put_crl(s, &j->crl, refs, err))
        return false;
    for (size_t i = 0; j->scts != NULL && i < j->scts->n; i++)
        if (j->scts->scts[i].is_parsed && !put_sct(s, &j->scts->scts[i], refs, err))
            return false;
    return true;
}

bool store_judgement(struct store *s, const struct judgement *j, const struct judgement_refs *refs,
        struct err *err)
{
    return put_chain(s, j, j->server_chain, refs->chain_id, refs->us, err) &&
           put_chain(s, j, j->client_chain, refs->client_chain_id, refs->us, err) &&
           put_keys(s, j, refs, err) && put_revocation(s, j, refs, err);
}

bool store_data_file(struct store *s, const struct data_file *f, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_DATA_FILE, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    (void)sqlite3_bind_int64(st, 1, s->run_id);
    bind_text(st, 2, f->kind);
    bind_text(st, 3, f->name);
    bind_text(st, 4, f->path);
    bind_time(st, 5, f->date_us);
    (void)sqlite3_bind_int64(st, 6, (int64_t)f->entries);
    (void)sqlite3_bind_int64(st, 7, (int64_t)f->left_out);
    (void)sqlite3_bind_int(st, 8, f->is_public);
    (void)sqlite3_bind_int(st, 9, f->is_named);
    (void)sqlite3_bind_int64(st, 10, s->reload);
    return statement_run(s, st, err);
}

bool store_crl_problem(struct store *s, const struct crl_facts *f, struct err *err)
{
    if (f->problem == NULL)
        return true;
    sqlite3_stmt *st = statement_of(s, ST_CRL_PROBLEM, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    (void)sqlite3_bind_int64(st, 1, s->run_id);
    bind_text(st, 2, f->source);
    bind_text(st, 3, f->issuer);
    bind_time(st, 4, f->this_update_us);
    bind_text(st, 5, signed_name(f->verdict));
    bind_text(st, 6, f->problem);
    (void)sqlite3_bind_int64(st, 7, s->reload);
    return statement_run(s, st, err);
}

bool store_key_problem(struct store *s, const uint8_t sha256[32], const char *problem,
        const char *detail, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_CERT_ID, err);
    int64_t id = 0;
    if (st == NULL)
        return false;
    bind_blob(st, 1, (struct bytes){sha256, 32});
    return statement_find(s, st, &id, err) && (id == 0 || put_problem(s, id, problem, detail, err));
}
