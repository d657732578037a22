#include "rules/judged.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

const struct judgement *rule_judgement(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    if (f->judgement == NULL)
        *verdict = rule_undetermined(a, "nothing was verified");
    return f->judgement;
}

const struct server_key_exchange *rule_dh_exchange(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    const struct server_key_exchange *s = f->handshake->server_key_exchange;
    const struct iana_suite *lost = rule_lost_exchange(f);
    *verdict = RULE_NA;
    if (lost != NULL &&
            (lost->kex == KEX_DHE || lost->kex == KEX_DH_ANON || lost->kex == KEX_DHE_PSK))
        *verdict = rule_undetermined(a, "the ServerKeyExchange is missing in the capture");
    if (s == NULL || s->kind != SKE_DHE)
        return NULL;
    if (s->is_malformed)
        *verdict = rule_undetermined(a, "the ServerKeyExchange does not parse");
    return s->is_malformed ? NULL : s;
}

const struct chain_facts *rule_server_chain(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    if (rule_leaf(f, a, verdict) == NULL)
        return NULL;
    const struct judgement *j = rule_judgement(f, a, verdict);
    if (j == NULL)
        return NULL;
    if (j->server_chain == NULL)
        *verdict = rule_undetermined(a, "the chain was not judged");
    return j->server_chain;
}

const struct chain_facts *rule_trust(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    const struct chain_facts *c = rule_server_chain(f, a, verdict);
    if (c == NULL || c->n_stores > 0)
        return c;
    *verdict = rule_undetermined(a, "no trust store was given (--trust)");
    return NULL;
}

bool rule_one_copy(const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    if (f->handshake->is_ambiguous)
        *verdict = rule_undetermined(a, "overlapping packets have different bytes");
    return !f->handshake->is_ambiguous;
}

static bool is_expected(const struct rule_facts *f)
{
    const struct handshake *h = f->handshake;
    const struct iana_suite *suite = rule_suite(f);
    return suite != NULL && suite->is_signed && !tls_is_13(h->version) && h->server_certs != NULL &&
           h->resumption != RESUMPTION_RESUMED;
}

static const struct proof_answer *tried(
        const struct rule_facts *f, struct rule_answer *a, enum side side, enum verdict *verdict)
{
    const struct judgement *j = rule_judgement(f, a, verdict);
    if (j == NULL)
        return NULL;
    const struct proof_answer *p = side == SIDE_SERVER ? &j->server_proof : &j->client_proof;
    if (p->is_tried)
        return p;
    *verdict = rule_undetermined(a, "the signature was not checked (--verify)");
    return NULL;
}

const struct proof_answer *rule_server_proof(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    const struct server_key_exchange *ske = f->handshake->server_key_exchange;
    *verdict = RULE_NA;
    if (ske == NULL && is_expected(f) && !handshake_is_complete(f->handshake))
        *verdict = rule_undetermined(a, "the ServerKeyExchange is missing in the capture");
    if (ske == NULL)
        return NULL;
    if (ske->is_malformed) {
        *verdict = rule_undetermined(a, "the ServerKeyExchange does not parse");
        return NULL;
    }
    if (ske->signature.n == 0)
        return NULL;
    return tried(f, a, SIDE_SERVER, verdict);
}

const struct proof_answer *rule_client_proof(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    *verdict = RULE_NA;
    if (f->handshake->client_cert_verify == NULL)
        return NULL;
    return tried(f, a, SIDE_CLIENT, verdict);
}

const char *rule_doubt(const struct chain_verdict *v)
{
    if (v->reason != NULL)
        return v->reason;
    return v->path_status == CHAIN_MALFORMED ? "a certificate of the chain does not parse"
                                             : "the chain could not be judged";
}

void rule_clip(const char *text, char out[WHO_TEXT])
{
    rule_fit(out, WHO_TEXT, "%s", text);
}

void rule_name(const struct certificate *c, char out[WHO_TEXT])
{
    rule_clip(rule_who(c), out);
}

void rule_wire(struct bytes b, char out[WHO_TEXT])
{
    struct text t = {0};
    text_add_escaped(&t, (struct bytes){b.p, b.n < WHO_TEXT ? b.n : WHO_TEXT});
    rule_clip(text_str(&t), out);
    text_fini(&t);
}

const struct certificate *rule_sent(const struct rule_facts *f, const struct chain_element *e)
{
    return e->sent_at >= 0 && (size_t)e->sent_at < f->n_chain ? f->chain[e->sent_at] : NULL;
}

void rule_element(
        const struct rule_facts *f, const struct chain_verdict *v, size_t i, char out[WHO_TEXT])
{
    const struct certificate *c = rule_sent(f, &v->path[i]);
    const struct certificate *child = i > 0 ? rule_sent(f, &v->path[i - 1]) : NULL;
    if (c != NULL) {
        rule_name(c, out);
    } else if (child != NULL && child->issuer != NULL) {
        rule_clip(child->issuer, out);
    } else {
        struct text hex = {0};
        text_add_hex(&hex, (struct bytes){v->path[i].sha256, 8});
        rule_fit(out, WHO_TEXT, "the certificate %s...", text_str(&hex));
        text_fini(&hex);
    }
}

size_t rule_last_sent(const struct rule_facts *f, const struct chain_verdict *v)
{
    for (size_t i = v->n_path; i > 0; i--)
        if (rule_sent(f, &v->path[i - 1]) != NULL)
            return (size_t)v->path[i - 1].sent_at;
    return 0;
}

enum verdict rule_path_hit(
        const struct rule_facts *f, struct rule_answer *a, const struct chain_verdict *v, size_t i)
{
    const struct certificate *c = rule_sent(f, &v->path[i]);
    if (c != NULL)
        return rule_certificate_hit(
                f, a, (size_t)v->path[i].sent_at, c->subject_der, "subject of the certificate");
    size_t last = rule_last_sent(f, v);
    (void)rule_certificate_hit(f, a, last, f->chain[last]->issuer_der,
            "issuer of the last certificate of the path that was sent");
    struct text hex = {0};
    text_add_hex(&hex, (struct bytes){v->path[i].sha256, sizeof v->path[i].sha256});
    rule_subject(a, "%s", text_str(&hex));
    text_fini(&hex);
    return RULE_HIT;
}

const struct certificate *rule_key_owner(const struct rule_facts *f, size_t position)
{
    return position < f->n_chain ? f->chain[position] : f->client_chain[position - f->n_chain];
}

const struct key_facts *rule_key(const struct rule_facts *f, size_t position)
{
    const struct judgement *j = f->judgement;
    if (j == NULL)
        return NULL;
    if (position < f->n_chain)
        return j->keys != NULL ? j->keys[position] : NULL;
    return j->client_keys != NULL ? j->client_keys[position - f->n_chain] : NULL;
}

void rule_key_name(const struct rule_facts *f, size_t position, char out[WHO_TEXT])
{
    char who[WHO_TEXT];
    rule_name(rule_key_owner(f, position), who);
    rule_fit(out, WHO_TEXT, "%s%s", position < f->n_chain ? "" : "the client's ", who);
}

static bool may_be_rsa(const struct certificate *c)
{
    return !c->is_parsed || c->key_type == KEY_RSA || c->key_type == KEY_RSA_PSS;
}

size_t rule_rsa_key(const struct rule_facts *f, struct rule_answer *a, unsigned flags, int which,
        enum verdict *verdict)
{
    if (rule_leaf(f, a, verdict) == NULL)
        return SIZE_MAX;
    bool has_any = false, is_unsure = false;
    size_t n = which == KEYS_ALL ? rule_n_keys(f) : f->n_chain;
    for (size_t i = 0; i < n; i++) {
        const struct certificate *c = rule_key_owner(f, i);
        bool is_root = i > 0 && c->self_signed != SELF_SIGNED_NO;
        if (!may_be_rsa(c) || (is_root && which == KEYS_WITHOUT_ROOTS))
            continue;
        has_any |= c->is_parsed;
        const struct key_facts *k = rule_key(f, i);
        if (k != NULL && k->is_rsa && (k->rsa.weak & flags) != 0)
            return i;
        is_unsure |= k == NULL || !k->is_rsa || (k->rsa.tested & flags) != flags;
    }
    *verdict = has_any ? RULE_PASS : RULE_NA;
    if (is_unsure)
        *verdict = rule_undetermined(a, "a key was not tested");
    return SIZE_MAX;
}

enum verdict rule_key_hit(const struct rule_facts *f, struct rule_answer *a, size_t position)
{
    const struct certificate *c = rule_key_owner(f, position);
    bool is_rsa = c->rsa_modulus.n > 0;
    struct bytes shown = is_rsa ? c->rsa_modulus : c->subject_der;
    const char *note =
            is_rsa ? "modulus of the certificate, its first bytes" : "subject of the certificate";
    if (position < f->n_chain)
        (void)rule_certificate_hit(f, a, position, shown, note);
    else
        (void)rule_client_entry_hit(f, a, position - f->n_chain, shown, note);
    struct text hex = {0};
    text_add_hex(&hex, (struct bytes){c->spki_sha256, sizeof c->spki_sha256});
    rule_subject(a, "%s", text_str(&hex));
    text_fini(&hex);
    return RULE_HIT;
}

bool rule_knows_path(const struct rule_facts *f)
{
    const struct judgement *j = f->judgement;
    return j != NULL && j->server_chain != NULL && j->server_chain->n_stores > 0;
}

bool rule_is_inspected(const struct rule_facts *f)
{
    for (size_t i = 0; i < f->n_chain; i++) {
        const struct certificate issuer = {.subject = f->chain[i]->issuer};
        if ((i > 0 && policy_inspection(f->policy, f->chain[i])) ||
                (issuer.subject != NULL && policy_inspection(f->policy, &issuer)))
            return true;
    }
    return false;
}

bool rule_lacks_kin(const struct chain_facts *c)
{
    for (size_t i = 0; i < c->n_stores; i++)
        if (c->stores[i].as_repaired.path_status != CHAIN_INCOMPLETE)
            return false;
    return c->n_stores > 0 && c->missing.is_wanted && c->missing.is_kin && !c->bad_link.is_seen;
}
