#include "engine/late.h"

#include "base/alloc.h"
#include "store/judgement.h"
#include "store/remember.h"
#include "x509/x509.h"

/* The handshake as far as it is remembered: where it was, not what was said. */
static struct handshake *remembered(const struct key_place *p)
{
    struct handshake *h = handshake_new();
    h->id = p->handshake_id;
    h->input = p->input;
    h->first_us = h->last_us = p->us;
    h->transport = p->transport;
    h->sides[SIDE_CLIENT].endpoint = p->client;
    h->sides[SIDE_SERVER].endpoint = p->server;
    return h;
}

static void judge_key(struct judge *j, const struct late_key *key, const struct service *service,
        struct bytes der)
{
    struct handshake *h = remembered(key->place);
    struct certificate *c = x509_parse(der);
    const struct certificate *chain[1] = {c};
    const struct key_facts *keys[1] = {&key->facts};
    const struct judgement judgement = {.keys = keys};
    const struct rule_facts facts = {.at_us = key->place->us,
            .handshake = h,
            .service = service,
            .chain = chain,
            .n_chain = 1,
            .judgement = &judgement,
            .policy = j->policy};
    judge_rule(j, "entropy-rsa-shared-prime", &facts);
    certificate_free(c);
    handshake_free(h);
}

static bool judge_one(struct judge *j, struct store *store, const struct late_key *key,
        struct arena *arena, struct err *err)
{
    struct bytes der = {NULL, 0};
    struct service service;
    bool is_there = false;
    if (!store_find_der(store, key->sha256, arena, &der, err) ||
            !store_find_service(store, key->place->service_id, &service, &is_there, err) ||
            !store_key_problem(
                    store, key->sha256, "shared-prime", key->facts.shared_prime.subject, err))
        return false;
    if (der.n > 0 && is_there)
        judge_key(j, key, &service, der);
    return true;
}

bool late_judge(struct verifier *v, struct judge *j, struct store *store, const bool *is_again,
        struct err *err)
{
    struct late_key key;
    if (!verifier_end(v, store, err))
        return false;
    while (verifier_late(v, &key)) {
        struct arena arena;
        arena_init(&arena);
        j->is_again = is_again[key.place->input];
        bool is_ok = judge_one(j, store, &key, &arena, err);
        arena_fini(&arena);
        if (!is_ok)
            return false;
    }
    return true;
}
