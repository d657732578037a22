#ifndef TLSWIRE_TESTS_RULES_JUDGED_H
#define TLSWIRE_TESTS_RULES_JUDGED_H

#include "rules/judged.h"
#include "tests/rules/build.h"

/* A world whose certificates, signatures and keys were all verified and found good: server,
 * intermediate and root, all of them sent, the root in the only store. */
struct judged {
    struct world w;
    struct judgement j;
    struct chain_facts chain;
    struct chain_store_facts stores[3];
    struct store_info infos[3];
    struct key_facts keys[3];
    const struct key_facts *key_list[3];
    struct key_use use;
    struct ocsp_answer staple, ocsp_file;
    struct cert_status status;
    struct sct_list scts;
    struct ct_log log;
    struct cert_verify verify;
    struct bytes url;
};

static inline struct chain_verdict judged_path(void)
{
    struct chain_verdict v = {.status = CHAIN_TRUSTED,
            .path_status = CHAIN_TRUSTED,
            .time_at = -1,
            .reason_at = -1,
            .n_path = 3,
            .has_anchor = true,
            .not_before_us = NOW - 100 * DAY,
            .not_after_us = NOW + 265 * DAY,
            .not_after_at = 0,
            .ca_not_after_us = NOW + 1000 * DAY,
            .ca_not_after_at = 1,
            .eku_at = -1};
    for (int i = 0; i < 3; i++) {
        memset(v.path[i].sha256, i + 1, sizeof v.path[i].sha256);
        v.path[i].sent_at = i;
    }
    return v;
}

static inline void judged_chain(struct judged *d)
{
    static const char *const names[] = {"one", "two", "three"};
    d->chain = (struct chain_facts){.n_sent = 3,
            .valid_from_us = INT64_MIN,
            .valid_until_us = INT64_MAX,
            .n_stores = 1,
            .stores = d->stores,
            .is_path_in_order = true,
            .root_at = -1,
            .missing = {.child_at = -1}};
    for (size_t i = 0; i < 3; i++) {
        d->infos[i] = (struct store_info){names[i], true, false, NOW - 100 * DAY};
        d->stores[i] = (struct chain_store_facts){.store = i, .is_public = true};
        d->stores[i].as_sent = d->stores[i].as_repaired = judged_path();
    }
    d->j.server_chain = &d->chain;
    d->j.n_stores = 3;
    d->j.stores = d->infos;
    d->j.is_public = KNOWN_YES;
}

static inline void judged_keys(struct judged *d)
{
    for (int i = 0; i < 3; i++) {
        d->keys[i] = (struct key_facts){.is_rsa = true, .rsa = {.tested = ~0U, .bits = 2048}};
        d->key_list[i] = &d->keys[i];
        memset(d->w.certs[i].spki_sha256, 0x10 + i, sizeof d->w.certs[i].spki_sha256);
        d->w.certs[i].serial = text_bytes("serial");
        d->w.certs[i].issuer_der = text_bytes("issuer");
    }
    d->j.keys = d->key_list;
    d->j.has_blocklist = true;
}

static inline void judged_revocation(struct judged *d)
{
    struct certificate *leaf = &d->w.certs[0];
    d->url = text_bytes("http://ocsp.example.test/");
    leaf->n_ocsp_urls = 1;
    leaf->ocsp_urls[0] = d->url;
    leaf->sct_list = text_bytes("scts");
    d->w.client_hello.has_status_request = true;
    d->w.client_hello.status_request_type = 1;
    d->w.client_hello.has_sct = true;
    d->status = (struct cert_status){.type = 1, .response = text_bytes("response")};
    d->w.hs.cert_status = &d->status;
    d->staple = (struct ocsp_answer){.is_parsed = true,
            .response_status = OCSP_SUCCESSFUL,
            .n_responses = 1,
            .cert_status = OCSP_CERT_GOOD,
            .revoked_us = TIME_NONE,
            .revoked_reason = REVOKED_NO_REASON,
            .this_update_us = NOW - DAY,
            .next_update_us = NOW + DAY,
            .produced_us = NOW - DAY,
            .period = AT_TIME_VALID,
            .match = OCSP_MATCH_YES,
            .verdict = SIGNED_VALID,
            .responder = OCSP_RESPONDER_ISSUER};
    d->ocsp_file = d->staple;
    d->j.n_staples = 1;
    d->j.staples = &d->staple;
    d->j.has_crls = true;
    d->j.crl = (struct crl_answer){.status = CRL_NOT_LISTED,
            .source = "ca.crl",
            .verdict = SIGNED_VALID,
            .period = AT_TIME_VALID,
            .this_update_us = NOW - DAY,
            .next_update_us = NOW + DAY,
            .revoked_us = TIME_NONE,
            .revoked_reason = REVOKED_NO_REASON};
    d->log = (struct ct_log){.description = "Test log", .operator_name = "Test"};
    for (size_t i = 0; i < 3; i++)
        d->scts.scts[i] = (struct sct){.channel = SCT_IN_CERTIFICATE,
                .is_parsed = true,
                .log_id = text_bytes("log"),
                .timestamp_us = NOW - 100 * DAY + HOUR,
                .verdict = SIGNED_VALID,
                .log = &d->log};
    d->scts.n = 3;
    d->j.scts = &d->scts;
    d->j.has_ct_logs = true;
    d->j.sct_policy = (struct sct_policy){SCT_POLICY_SATISFIED, NULL, 3, 3, 2};
}

static inline void judged_init(struct judged *d)
{
    memset(d, 0, sizeof *d);
    world_init(&d->w);
    d->w.exchange = (struct server_key_exchange){.kind = SKE_ECDHE,
            .group = 29,
            .has_scheme = true,
            .scheme = 0x0401,
            .signature = text_bytes("signature"),
            .ec_point = text_bytes("point"),
            .dh_p = text_bytes("prime"),
            .dh_g = text_bytes("generator"),
            .dh_ys = text_bytes("public")};
    d->w.hs.server_key_exchange = &d->w.exchange;
    d->w.hs.group = 29;
    d->w.hs.times.server_flight_end_us = NOW;
    judged_chain(d);
    judged_keys(d);
    judged_revocation(d);
    d->j.server_proof = (struct proof_answer){.is_tried = true, .proof = {.result = PROOF_VALID}};
    d->j.server_share.answer = d->j.client_share.answer = SHARE_VALID;
    d->w.facts.judgement = &d->j;
}

/* judged_expect fails with the row of a table when the rule answers something else. */
static inline int judged_expect(struct judged *d, const char *id, int verdict, size_t row)
{
    int v = (int)world_check(&d->w, id);
    if (v != verdict)
        fail_msg("row %zu: %s gives %d, not %d", row, id, v, verdict);
    return v;
}

/* judged_unjudged: without anything verified, the rule cannot tell. */
static inline void judged_unjudged(const char *id)
{
    struct judged d;
    judged_init(&d);
    d.w.facts.judgement = NULL;
    CHECK(&d.w, id, RULE_UNDETERMINED);
}

#endif
