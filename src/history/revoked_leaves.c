#include "history/revoked_leaves.h"

static bool is_final(int reason)
{
    return reason != REVOKED_CERTIFICATE_HOLD && reason != REVOKED_REMOVE_FROM_CRL;
}

static bool by_crl(const struct judgement *j, struct revoked_leaf *out)
{
    const struct crl_answer *c = &j->crl;
    if (!j->has_crls || c->status != CRL_REVOKED || c->verdict != SIGNED_VALID ||
            !is_final(c->revoked_reason))
        return false;
    *out = (struct revoked_leaf){c->revoked_us, c->this_update_us};
    return true;
}

static bool by_ocsp(const struct ocsp_answer *o, struct revoked_leaf *out)
{
    if (o == NULL || !ocsp_is_authentic(o) || o->cert_status != OCSP_CERT_REVOKED ||
            !is_final(o->revoked_reason))
        return false;
    *out = (struct revoked_leaf){o->revoked_us, o->this_update_us};
    return true;
}

static void learn(struct memory *m, const struct lesson *l)
{
    struct revoked_leaf now;
    const struct judgement *j = l->judgement;
    if (l->leaf == NULL || j == NULL ||
            !(by_crl(j, &now) || by_ocsp(j->n_staples > 0 ? &j->staples[0] : NULL, &now) ||
                    by_ocsp(j->ocsp_file, &now)))
        return;
    if (now.known_us < now.revoked_us)
        now.known_us = now.revoked_us;
    struct bytes key = {l->leaf->sha256, sizeof l->leaf->sha256};
    const struct revoked_leaf *before = memory_get(m, key);
    if (before != NULL && before->known_us <= now.known_us)
        return;
    *(struct revoked_leaf *)memory_make(m, key, l->at_us) = now;
}

bool history_revoked(struct history *history, const uint8_t sha256[32], struct revoked_leaf *out)
{
    struct memory *m = history_topic(history, TOPIC_revoked_leaves);
    const struct revoked_leaf *known = m != NULL ? memory_get(m, (struct bytes){sha256, 32}) : NULL;
    if (known != NULL)
        *out = *known;
    return known != NULL;
}

const struct topic topic_revoked_leaves = {
        .kind = {.name = "revoked-leaves",
                .version = 1,
                .value_size = sizeof(struct revoked_leaf),
                .cap = REVOKED_LEAVES_CAP},
        .learn = learn,
};
