#include "engine/verify_proofs.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/map.h"
#include "proof/nonces.h"
#include "proof/prover.h"

enum { SAMPLED_CAP = 100000, RANDOM = 32 };

struct verify_proofs {
    enum verify_level level;
    struct prover *prover;
    struct nonce_memory *nonces;
    struct map *asked; /* how often, by endpoint, key and scheme */
    struct verify_proofs_counts counts;
};

struct verify_proofs *verify_proofs_new(enum verify_level level)
{
    struct verify_proofs *v = xcalloc(1, sizeof *v);
    v->level = level;
    v->prover = prover_new();
    v->nonces = nonces_new(0);
    v->asked = map_new(&(struct map_options){.cap = SAMPLED_CAP, .on_evict = map_xfree});
    return v;
}

void verify_proofs_free(struct verify_proofs *v)
{
    if (v == NULL)
        return;
    prover_free(v->prover);
    nonces_free(v->nonces);
    map_free(v->asked);
    xfree(v);
}

/* bad_record_mac, decrypt_error, internal_error: what a key that does not fit looks like. */
static bool has_telling_alert(const struct side_facts *s)
{
    for (size_t i = 0; i < s->n_alerts && i < TLS_ALERT_CAP; i++) {
        uint8_t d = s->alerts[i].description;
        if (d == 20 || d == 51 || d == 80)
            return true;
    }
    return false;
}

static bool is_suspicious(const struct handshake *h)
{
    return h->outcome == OUTCOME_FAIL_CLOSED_CLIENT || h->outcome == OUTCOME_FAIL_CLOSED_SERVER ||
           has_telling_alert(&h->sides[SIDE_CLIENT]) || has_telling_alert(&h->sides[SIDE_SERVER]);
}

/* What is sampled together. */
struct asked_key {
    uint8_t ip[16];
    uint8_t spki[32];
    uint16_t port, scheme;
    uint32_t side;
};

static bool is_wanted(struct verify_proofs *v, const struct handshake *h, enum side side,
        const uint8_t *spki, uint16_t scheme)
{
    if (v->level == VERIFY_OFF) {
        v->counts.left_out++;
        return false;
    }
    struct asked_key key = {.scheme = scheme, .side = (uint32_t)side};
    memcpy(key.ip, h->sides[SIDE_SERVER].endpoint.address.ip, sizeof key.ip);
    key.port = h->sides[SIDE_SERVER].endpoint.port;
    memcpy(key.spki, spki, sizeof key.spki);
    struct bytes k = {(const uint8_t *)&key, sizeof key};
    uint64_t *n = map_get(v->asked, k);
    if (n == NULL) {
        n = xcalloc(1, sizeof *n);
        map_put(v->asked, k, n);
    }
    uint64_t before = (*n)++;
    bool is_wanted = v->level == VERIFY_ALL || before < VERIFY_FIRST_N ||
                     before % VERIFY_SAMPLE == 0 || is_suspicious(h);
    v->counts.tried += is_wanted;
    v->counts.left_out += !is_wanted;
    return is_wanted;
}

/* The random of a hello in the format of SSL 2.0 is its challenge, with zeros in front (RFC 5246
 * E.2). */
static struct bytes client_random(const struct client_hello *ch, uint8_t buffer[RANDOM])
{
    if (!ch->is_sslv2_format || ch->random.n >= RANDOM)
        return ch->random;
    memset(buffer, 0, RANDOM);
    if (ch->random.n > 0)
        memcpy(buffer + RANDOM - ch->random.n, ch->random.p, ch->random.n);
    return (struct bytes){buffer, RANDOM};
}

static void note_nonce(struct verify_proofs *v, const struct handshake *h, struct bytes signature,
        struct proof_answer *a)
{
    uint64_t other = 0;
    a->is_nonce_reused = nonces_add(v->nonces, &a->proof, signature, (uint64_t)h->id, &other) &&
                         other != (uint64_t)h->id;
    a->other_handshake = (int64_t)other;
}

static void unverified(struct proof_answer *a, const char *why)
{
    a->is_tried = true;
    a->proof = (struct proof){.result = PROOF_UNVERIFIED, .why = why};
}

static void prove_server(struct verify_proofs *v, const struct handshake *h,
        const struct certificate *leaf, struct proof_answer *a)
{
    const struct server_key_exchange *ske = h->server_key_exchange;
    uint8_t buffer[RANDOM];
    if (ske == NULL || ske->signature.n == 0 || leaf == NULL ||
            !is_wanted(v, h, SIDE_SERVER, leaf->spki_sha256, ske->scheme))
        return;
    if (h->client_hello == NULL || h->server_hello == NULL) {
        unverified(a, "a hello was not captured");
    } else if (h->is_ambiguous) {
        unverified(a, "overlapping segments have different bytes");
    } else {
        a->is_tried = true;
        a->proof = prove_server_key_exchange(v->prover, leaf->der, h->version,
                client_random(h->client_hello, buffer), h->server_hello->random, ske);
        note_nonce(v, h, ske->signature, a);
    }
}

static void prove_client(struct verify_proofs *v, const struct handshake *h,
        const struct certificate *leaf, struct proof_answer *a)
{
    const struct cert_verify *cv = h->client_cert_verify;
    if (cv == NULL || leaf == NULL || !is_wanted(v, h, SIDE_CLIENT, leaf->spki_sha256, cv->scheme))
        return;
    if (!h->is_transcript_whole) {
        unverified(a, "not every handshake message was captured");
    } else if (h->is_ambiguous) {
        unverified(a, "overlapping segments have different bytes");
    } else {
        a->is_tried = true;
        a->proof = prove_certificate_verify(
                v->prover, leaf->der, h->version, h->transcript, h->n_transcript, cv);
        note_nonce(v, h, cv->signature, a);
    }
}

/* The public keys in the clear messages of TLS up to 1.2: the client's follows the server's. */
static void look_at_messages(struct verify_proofs *v, const struct handshake *h,
        const struct server_key_exchange *ske, struct judgement *j)
{
    const struct client_key_exchange *cke = h->client_key_exchange;
    if (ske->kind == SKE_DHE) {
        j->has_dh = true;
        j->dh = prove_dh(v->prover, ske->dh_p, ske->dh_g);
        j->server_share = prove_dh_public(ske->dh_p, ske->dh_ys);
        if (cke != NULL && !cke->is_implicit)
            j->client_share = prove_dh_public(ske->dh_p, cke->dh_yc);
    }
    if (ske->kind != SKE_ECDHE || ske->group == 0)
        return;
    j->server_share = prove_share(v->prover, ske->group, SIDE_SERVER, ske->ec_point);
    if (cke != NULL && !cke->is_implicit)
        j->client_share = prove_share(v->prover, ske->group, SIDE_CLIENT, cke->ec_point);
}

/* These checks are cheap: no level leaves them out. */
static void look_at_shares(struct verify_proofs *v, const struct handshake *h, struct judgement *j)
{
    const struct server_hello *sh = h->server_hello;
    if (h->server_key_exchange != NULL)
        look_at_messages(v, h, h->server_key_exchange, j);
    if (h->server_key_exchange != NULL || sh == NULL || sh->group == 0 || sh->key_exchange.n == 0)
        return;
    j->server_share = prove_share(v->prover, sh->group, SIDE_SERVER, sh->key_exchange);
    struct bytes client = h->client_hello != NULL ? client_key_share(h->client_hello, sh->group)
                                                  : (struct bytes){NULL, 0};
    if (client.n > 0)
        j->client_share = prove_share(v->prover, sh->group, SIDE_CLIENT, client);
}

void verify_proofs_judge(struct verify_proofs *v, const struct handshake *h,
        const struct certificate *server, const struct certificate *client, struct judgement *j)
{
    prove_server(v, h, server, &j->server_proof);
    prove_client(v, h, client, &j->client_proof);
    look_at_shares(v, h, j);
}

struct verify_proofs_counts verify_proofs_count(const struct verify_proofs *v)
{
    return v->counts;
}
