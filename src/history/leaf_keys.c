#include "history/leaf_keys.h"

#include "history/leaf_key.h"

struct leaf_key {
    uint64_t leaf; /* the earliest */
    int64_t since_us;
    int64_t is_compromised;
};

static bool is_compromised(const struct judgement *j)
{
    if (j == NULL)
        return false;
    if (j->has_crls && j->crl.status == CRL_REVOKED && j->crl.verdict == SIGNED_VALID &&
            j->crl.revoked_reason == REVOKED_KEY_COMPROMISE)
        return true;
    const struct ocsp_answer *const answers[] = {
            j->n_staples > 0 ? &j->staples[0] : NULL, j->ocsp_file};
    for (size_t i = 0; i < 2; i++)
        if (answers[i] != NULL && ocsp_is_authentic(answers[i]) &&
                answers[i]->cert_status == OCSP_CERT_REVOKED &&
                answers[i]->revoked_reason == REVOKED_KEY_COMPROMISE)
            return true;
    return false;
}

static void learn(struct memory *m, const struct lesson *l)
{
    const struct certificate *leaf = l->leaf;
    if (leaf == NULL || !leaf->is_parsed || leaf->is_self_issued)
        return;
    struct bytes bytes = {leaf->spki_sha256, sizeof leaf->spki_sha256};
    struct leaf_key *k = memory_get(m, bytes);
    uint64_t id = leaf_key_id(leaf);
    bool is_bad = is_compromised(l->judgement);
    bool is_earlier = k == NULL || leaf->not_before_us < k->since_us;
    if (!is_earlier && (!is_bad || k->is_compromised))
        return;
    k = memory_make(m, bytes, l->at_us);
    k->is_compromised |= is_bad;
    if (is_earlier) {
        k->leaf = id;
        k->since_us = leaf->not_before_us;
    }
}

bool history_leaf_key(
        struct history *history, const struct certificate *leaf, struct leaf_key_past *out)
{
    struct memory *m = history_topic(history, TOPIC_leaf_keys);
    const struct leaf_key *k =
            m != NULL ? memory_get(m, (struct bytes){leaf->spki_sha256, sizeof leaf->spki_sha256})
                      : NULL;
    if (k == NULL || k->leaf == leaf_key_id(leaf) || k->since_us >= leaf->not_before_us)
        return false;
    *out = (struct leaf_key_past){k->since_us, k->is_compromised != 0};
    return true;
}

const struct topic topic_leaf_keys = {
        .kind = {.name = "leaf-keys",
                .version = 1,
                .value_size = sizeof(struct leaf_key),
                .cap = LEAF_KEYS_CAP},
        .learn = learn,
};
