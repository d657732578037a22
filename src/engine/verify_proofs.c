#include "engine/verify_proofs.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/map.h"
#include "proof/prover.h"
#include "proof/ticket.h"

enum { SAMPLED_CAP = 100000, RANDOM = 32, SHARES_OFFERED = 8 };

struct verify_proofs {
    enum verify_level level;
    struct prover *prover;
    struct verify_nonces *nonces; /* borrowed */
    struct map *asked;            /* how often, by endpoint, key and scheme */
    struct verify_proofs_counts counts;
};

struct verify_proofs *verify_proofs_new(enum verify_level level, struct verify_nonces *nonces)
{
    struct verify_proofs *v = xcalloc(1, sizeof *v);
    v->level = level;
    v->prover = prover_new();
    v->nonces = nonces;
    v->asked = map_new(&(struct map_options){.cap = SAMPLED_CAP, .on_evict = map_xfree});
    return v;
}

void verify_proofs_free(struct verify_proofs *v)
{
    if (v == NULL)
        return;
    prover_free(v->prover);
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

/* How often such a signature came before. */
static uint64_t count_before(struct verify_proofs *v, const struct handshake *h, enum side side,
        const uint8_t *spki, uint16_t scheme)
{
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
    return (*n)++;
}

static bool is_wanted(struct verify_proofs *v, const struct handshake *h, uint64_t before)
{
    bool is_wanted =
            v->level == VERIFY_ALL ||
            (v->level == VERIFY_FIRST &&
                    (before < VERIFY_FIRST_N || before % VERIFY_SAMPLE == 0 || is_suspicious(h)));
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

static void set_proof(struct verify_proofs *v, struct proof_answer *a, struct proof proof)
{
    a->is_tried = true;
    a->proof = proof;
    v->counts.valid += proof.result == PROOF_VALID;
    v->counts.invalid += proof.result == PROOF_INVALID || proof.result == PROOF_MISMATCHED;
    v->counts.unverified += proof.result == PROOF_UNVERIFIED;
}

static struct proof unverified(const char *why)
{
    return (struct proof){.result = PROOF_UNVERIFIED, .why = why};
}

/* The signature of one side in work. */
struct asked_proof {
    struct verify_proofs *v;
    const struct handshake *h;
    const struct certificate *leaf;
    struct proof_answer *answer;
    enum side side;
};

static const char *whats_missing(const struct handshake *h, enum side side)
{
    if (side == SIDE_SERVER && (h->client_hello == NULL || h->server_hello == NULL))
        return "a hello was not captured";
    if (side == SIDE_CLIENT && !h->is_transcript_whole)
        return "not every handshake message was captured";
    return h->is_ambiguous ? "overlapping segments have different bytes" : NULL;
}

static struct proof prove(const struct asked_proof *p)
{
    const struct handshake *h = p->h;
    const char *missing = whats_missing(h, p->side);
    uint8_t buffer[RANDOM];
    if (missing != NULL)
        return unverified(missing);
    if (p->side == SIDE_CLIENT)
        return prove_certificate_verify(p->v->prover, p->leaf->der, h->version, h->transcript,
                h->n_transcript, h->client_cert_verify);
    return prove_server_key_exchange(p->v->prover, p->leaf->der, h->version,
            client_random(h->client_hello, buffer), h->server_hello->random,
            h->server_key_exchange);
}

/* One that sampling left out matters after all. */
static bool prove_now(void *ctx)
{
    const struct asked_proof *p = ctx;
    if (!p->answer->is_tried)
        set_proof(p->v, p->answer, prove(p));
    return p->answer->proof.result == PROOF_VALID;
}

static uint64_t hash_of(struct bytes b)
{
    return b.n > 0 ? hash_fixed(b.p, b.n) : 0;
}

/* What was signed has both randoms in it; a ServerKeyExchange its parameters as well. */
static uint64_t message_of(const struct handshake *h, enum side side)
{
    const struct server_key_exchange *ske = h->server_key_exchange;
    const uint64_t parts[4] = {hash_of(h->client_hello->random), hash_of(h->server_hello->random),
            side == SIDE_SERVER ? hash_of(ske->params) : 0, (uint64_t)side};
    return hash_fixed(parts, sizeof parts);
}

static void note_nonce(
        struct asked_proof *p, uint64_t before, struct store *memory, struct nonce_answer *out)
{
    const struct handshake *h = p->h;
    bool is_server = p->side == SIDE_SERVER;
    bool is_refuted = p->answer->is_tried && p->answer->proof.result != PROOF_VALID;
    bool has_nonce = p->leaf->key_type == KEY_EC || p->leaf->key_type == KEY_DSA;
    if (is_refuted || !has_nonce || whats_missing(h, p->side) != NULL || h->client_hello == NULL ||
            h->server_hello == NULL)
        return;
    const struct nonce_use u = {.spki_sha256 = p->leaf->spki_sha256,
            .signature = is_server ? h->server_key_exchange->signature
                                   : h->client_cert_verify->signature,
            .message = message_of(h, p->side),
            .is_stored = before < VERIFY_NONCES_STORED,
            .is_verified = p->answer->is_tried,
            .prove = prove_now,
            .ctx = p,
            .source = is_server ? NONCE_SERVER_KEY_EXCHANGE : NONCE_CLIENT_VERIFY,
            .side = p->side,
            .at = is_server ? h->server_key_exchange->at : h->client_cert_verify->at,
            .handshake_id = h->id};
    verify_nonces_take(p->v->nonces, &u, memory, out);
}

static void judge_proof(
        struct asked_proof *p, uint16_t scheme, struct store *memory, struct nonce_answer *nonce)
{
    uint64_t before = count_before(p->v, p->h, p->side, p->leaf->spki_sha256, scheme);
    if (is_wanted(p->v, p->h, before))
        set_proof(p->v, p->answer, prove(p));
    note_nonce(p, before, memory, nonce);
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

/* A server refuses such a share before it says hello. */
static void look_at_offer(
        struct verify_proofs *v, const struct client_hello *ch, struct judgement *j)
{
    for (size_t i = 0; i < u16_count(ch->key_share_groups) && i < SHARES_OFFERED; i++) {
        uint16_t group = u16_at(ch->key_share_groups, i);
        const struct share_facts f =
                prove_share(v->prover, group, SIDE_CLIENT, client_key_share(ch, group));
        if (f.answer != SHARE_INVALID)
            continue;
        j->client_share = f;
        j->refused_group = group;
        return;
    }
}

/* These checks are cheap: no level leaves them out. */
static void look_at_shares(struct verify_proofs *v, const struct handshake *h, struct judgement *j)
{
    const struct server_hello *sh = h->server_hello;
    if (h->server_key_exchange != NULL)
        look_at_messages(v, h, h->server_key_exchange, j);
    else if (sh == NULL && h->client_hello != NULL && !h->client_hello->is_malformed)
        look_at_offer(v, h->client_hello, j);
    if (h->server_key_exchange != NULL || sh == NULL || sh->group == 0 || sh->key_exchange.n == 0)
        return;
    j->server_share = prove_share(v->prover, sh->group, SIDE_SERVER, sh->key_exchange);
    struct bytes client = h->client_hello != NULL ? client_key_share(h->client_hello, sh->group)
                                                  : (struct bytes){NULL, 0};
    if (client.n > 0)
        j->client_share = prove_share(v->prover, sh->group, SIDE_CLIENT, client);
}

/* Two hashes a ticket: no level leaves them out. */
static void look_at_tickets(struct verify_proofs *v, const struct handshake *h, struct judgement *j)
{
    const struct client_hello *ch = h->client_hello;
    const struct bytes tickets[] = {[TICKET_NEW] = h->session_ticket != NULL
                                                           ? h->session_ticket->ticket
                                                           : (struct bytes){NULL, 0},
            [TICKET_OFFERED] = ch != NULL ? ch->session_ticket : (struct bytes){NULL, 0},
            [TICKET_PSK] = ch != NULL ? ch->psk_identity : (struct bytes){NULL, 0}};
    for (size_t i = 0; i < sizeof tickets / sizeof *tickets && j->zero_ticket.mac == NULL; i++)
        j->zero_ticket = (struct zero_ticket){
                prove_ticket_zero(v->prover, tickets[i]), (enum ticket_source)i};
}

void verify_proofs_judge(
        struct verify_proofs *v, const struct verify_question *q, struct judgement *j)
{
    const struct handshake *h = q->handshake;
    const struct server_key_exchange *ske = h->server_key_exchange;
    if (ske != NULL && ske->signature.n > 0 && q->n_server > 0) {
        struct asked_proof p = {v, h, q->server[0], &j->server_proof, SIDE_SERVER};
        judge_proof(&p, ske->scheme, q->memory, &j->nonces[NONCE_SERVER_KEY_EXCHANGE]);
    }
    if (h->client_cert_verify != NULL && q->n_client > 0) {
        struct asked_proof p = {v, h, q->client[0], &j->client_proof, SIDE_CLIENT};
        judge_proof(&p, h->client_cert_verify->scheme, q->memory, &j->nonces[NONCE_CLIENT_VERIFY]);
    }
    look_at_shares(v, h, j);
    look_at_tickets(v, h, j);
}

struct verify_proofs_counts verify_proofs_count(const struct verify_proofs *v)
{
    return v->counts;
}
