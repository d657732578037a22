#ifndef TLSWIRE_TESTS_RULES_BUILD_H
#define TLSWIRE_TESTS_RULES_BUILD_H

#include <stdio.h>
#include <string.h>

#include "rules/rule.h"
#include "tests/unit/test.h"

#define NOW INT64_C(1790000000000000)
#define DAY INT64_C(86400000000)
#define HOUR INT64_C(3600000000)

/* A healthy TLS 1.2 handshake with a good chain; tests spoil one thing each. */
struct world {
    struct client_hello client_hello;
    struct server_hello server_hello;
    struct cert_entry entries[3];
    struct cert_message message;
    struct server_key_exchange exchange;
    struct san san;
    struct certificate certs[3];
    const struct certificate *chain[3];
    struct alert alerts[2][4];
    struct handshake hs;
    struct service service;
    struct coverage coverage;
    struct history *history;
    struct judgement judgement; /* of world_public */
    struct rule_facts facts;
    struct rule_answer answer;
};

static inline struct bytes text_bytes(const char *s)
{
    return bytes_of_text(s);
}

static inline void world_certificate(struct certificate *c, uint8_t tag, const char *subject)
{
    memset(c->sha256, tag, sizeof c->sha256);
    c->is_parsed = true;
    c->version = 3;
    c->subject = subject;
    c->issuer = "CN=Test CA";
    c->not_before_us = NOW - 100 * DAY;
    c->not_after_us = NOW + 265 * DAY;
    c->key_type = KEY_RSA;
    c->key_bits = 2048;
    c->sig_alg = "sha256WithRSAEncryption";
    c->sig_hash = SIG_SHA2;
    c->self_signed = SELF_SIGNED_NO;
    c->subject_der = text_bytes("subject");
    c->validity_der = text_bytes("validity");
}

static inline void world_init(struct world *w)
{
    *w = (struct world){.facts = {.at_us = NOW}};
    w->client_hello.has_sni = true;
    w->client_hello.sni = text_bytes("www.example.test");
    w->san = (struct san){SAN_DNS, text_bytes("www.example.test")};
    for (int i = 0; i < 3; i++) {
        world_certificate(&w->certs[i], (uint8_t)(i + 1), i == 0 ? "CN=leaf" : "CN=ca");
        w->chain[i] = &w->certs[i];
    }
    w->certs[0].has_san = true;
    w->certs[0].n_sans = 1;
    w->certs[0].sans = &w->san;
    w->certs[2].self_signed = SELF_SIGNED_YES;
    w->message = (struct cert_message){.n_certs = 3, .certs = w->entries};
    struct handshake *h = &w->hs;
    h->client_hello = &w->client_hello;
    h->server_hello = &w->server_hello;
    h->server_certs = &w->message;
    h->version = TLS_1_2;
    h->cipher_suite = 0xc02f; /* ECDHE_RSA_WITH_AES_128_GCM_SHA256 */
    h->transport = TRANSPORT_TCP;
    h->is_tls = true;
    h->is_start_seen = true;
    h->outcome = OUTCOME_SUCCESS;
    h->basis = BASIS_SEEN;
    h->confidence = 1;
    h->cert_visibility = CERT_SEEN;
    h->first_us = h->last_us = NOW;
    for (int i = 0; i < 2; i++) {
        h->sides[i].is_seen = true;
        h->sides[i].last_message = i == 0 ? 1 : 14;
        h->sides[i].alerts = w->alerts[i];
        h->sides[i].endpoint.port = i == 0 ? 40000 : 443;
    }
    snprintf(h->prints.ja4, sizeof h->prints.ja4, "t13d0000_aaaaaaaaaaaa_bbbbbbbbbbbb");
    w->service = (struct service){.id = 7, .name = "www.example.test", .port = 443, .transport = 6};
    w->facts.handshake = h;
    w->facts.service = &w->service;
    w->facts.chain = w->chain;
    w->facts.n_chain = 3;
    w->facts.name_match = NAME_FACT_MATCH;
}

/* Only whether a public root issued the leaf was found out. */
static inline void world_public(struct world *w, enum known is_public)
{
    w->judgement = (struct judgement){.is_public = is_public};
    w->facts.judgement = &w->judgement;
}

/* Runs a rule as the engine does. */
static inline enum verdict world_check(struct world *w, const char *id)
{
    const struct rule *r = rule_find(id);
    assert_non_null(r);
    w->answer = (struct rule_answer){
            .severity = r->severity, .confidence = 1, .basis = BASIS_SEEN, .about = r->about};
    enum verdict v = r->check(&w->facts, &w->answer);
    if (v == RULE_HIT) {
        /* Every hit can be checked by hand: who, what and where. */
        assert_true(w->answer.subject[0] != '\0');
        assert_true(w->answer.summary[0] != '\0');
        assert_true(w->answer.n_evidence > 0);
        /* What is found about one kind of client is over when that kind is clean, no other. */
        if (r->on != RULE_WINDOW && w->hs.prints.ja4[0] != '\0' &&
                strstr(w->answer.subject, w->hs.prints.ja4) != NULL &&
                w->answer.about != ABOUT_CLIENT)
            fail_msg("%s: of a client, but not about it", id);
    }
    if (v == RULE_UNDETERMINED)
        assert_non_null(w->answer.why);
    return v;
}

/* Teaches the history the handshake of w; leaf may be NULL. */
static inline void world_learn(struct world *w, const struct certificate *leaf, int64_t us)
{
    const struct lesson l = {.vantage = w->facts.vantage,
            .handshake = &w->hs,
            .service = &w->service,
            .leaf = leaf,
            .is_name_match = w->facts.name_match == NAME_FACT_MATCH,
            .is_name_mismatch = w->facts.name_match == NAME_FACT_MISMATCH,
            .client_leaf = w->facts.n_client_chain > 0 ? w->facts.client_chain[0] : NULL,
            .judgement = w->facts.judgement,
            .at_us = us};
    history_learn(w->history, &l);
}

#define CHECK(w, id, verdict) assert_int_equal(world_check((w), (id)), (verdict))

/* No certificate: resumed (not applicable), or lost in the capture (undetermined). */
static inline void check_without_certificate(const char *id)
{
    struct world w;
    world_init(&w);
    w.facts.n_chain = 0;
    w.hs.server_certs = NULL;
    w.hs.cert_visibility = CERT_RESUMED;
    CHECK(&w, id, RULE_NA);
    w.hs.cert_visibility = CERT_ENCRYPTED;
    CHECK(&w, id, RULE_NA);
    w.hs.cert_visibility = CERT_NOT_CAPTURED;
    CHECK(&w, id, RULE_UNDETERMINED);
}

/* No ServerHello: never answered (not applicable), or lost in the capture (undetermined). */
static inline void check_without_hello(const char *id)
{
    struct world w;
    world_init(&w);
    w.hs.server_hello = NULL;
    w.hs.version = 0;
    w.hs.cipher_suite = 0;
    CHECK(&w, id, RULE_NA);
    w.hs.sides[SIDE_SERVER].is_seen = false;
    CHECK(&w, id, RULE_UNDETERMINED);
}

#endif
