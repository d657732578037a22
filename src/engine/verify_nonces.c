#include "engine/verify_nonces.h"

#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "proof/nonces.h"
#include "store/remember.h"
#include "x509/x509.h"

struct verify_nonces {
    struct nonce_memory *nonces;
    unsigned n_refuted;
    struct map *keys; /* whose nonces of earlier runs were read; the value says nothing */
};

struct verify_nonces *verify_nonces_new(void)
{
    struct verify_nonces *v = xcalloc(1, sizeof *v);
    v->nonces = nonces_new(0);
    v->keys = map_new(&(struct map_options){.cap = NONCES_CAP});
    return v;
}

void verify_nonces_free(struct verify_nonces *v)
{
    if (v == NULL)
        return;
    nonces_free(v->nonces);
    map_free(v->keys);
    xfree(v);
}

static void add_stored(void *ctx, const struct nonce *nonce, const struct nonce_place *place)
{
    struct verify_nonces *v = ctx;
    bool is_known;
    if (nonces_find(v->nonces, nonce, &is_known) == NULL && !is_known)
        nonces_add(v->nonces, nonce, place);
}

/* A database that fails remembers nothing: the next writing tells. */
static void read_back(struct verify_nonces *v, const uint8_t *spki_sha256, struct store *memory)
{
    struct err unused;
    struct bytes key = {spki_sha256, 32};
    if (map_get(v->keys, key) != NULL)
        return;
    map_put(v->keys, key, v);
    (void)store_nonces(memory, spki_sha256, VERIFY_NONCES_OF_KEY, add_stored, v, &unused);
}

static void fill_place(const struct nonce_use *u, struct nonce_place *out)
{
    *out = (struct nonce_place){.source = u->source,
            .side = u->side,
            .is_verified = u->is_verified,
            .handshake_id = u->handshake_id,
            .at = u->at};
    out->n_bytes = u->signature.n < sizeof out->bytes ? u->signature.n : sizeof out->bytes;
    memcpy(out->bytes, u->signature.p, out->n_bytes);
}

/* No capture can make us verify for ever. */
static bool is_proven(struct verify_nonces *v, const struct nonce_use *u)
{
    if (u->is_verified)
        return true;
    bool is = v->n_refuted < VERIFY_NONCES_REFUTED && u->prove(u->ctx);
    v->n_refuted += !is && v->n_refuted < VERIFY_NONCES_REFUTED;
    return is;
}

void verify_nonces_take(struct verify_nonces *v, const struct nonce_use *u, struct store *memory,
        struct nonce_answer *out)
{
    struct nonce nonce = {.message = u->message};
    struct err unused;
    bool is_known;
    if (!nonce_read(u->signature, &nonce))
        return;
    memcpy(nonce.spki_sha256, u->spki_sha256, sizeof nonce.spki_sha256);
    if (u->is_stored && memory != NULL)
        read_back(v, u->spki_sha256, memory);
    const struct nonce_place *other = nonces_find(v->nonces, &nonce, &is_known);
    out->is_remembered = other == NULL || is_proven(v, u);
    if (is_known || !out->is_remembered)
        return;
    memcpy(out->spki_sha256, u->spki_sha256, sizeof out->spki_sha256);
    fill_place(u, &out->here);
    if (other != NULL) {
        out->is_reused = true;
        out->other = *other;
        return;
    }
    nonces_add(v->nonces, &nonce, &out->here);
    if (u->is_stored && memory != NULL)
        (void)store_nonce(memory, &nonce, &out->here, &unused);
}

/* The certificate of the chain that has the issuer's name, or NULL. */
static const struct certificate *issuer_of(
        const struct certificate *const *chain, size_t n, size_t i)
{
    const struct certificate *c = chain[i];
    if (c->self_signed == SELF_SIGNED_YES)
        return c;
    const struct certificate *next = i + 1 < n ? chain[i + 1] : NULL;
    bool is_issuer = next != NULL && next->is_parsed && c->is_parsed &&
                     bytes_equal(next->subject_der, c->issuer_der);
    return is_issuer ? next : NULL;
}

static bool has_nonces(const struct certificate *c)
{
    return c->key_type == KEY_EC || c->key_type == KEY_DSA;
}

struct issued {
    const struct certificate *certificate, *issuer;
};

static bool prove_issued(void *ctx)
{
    const struct issued *i = ctx;
    return x509_is_issued(i->certificate->der, i->issuer->der);
}

void verify_nonces_certificate(struct verify_nonces *v, const struct verify_question *q,
        enum side side, size_t i, struct nonce_answer *out)
{
    bool is_server = side == SIDE_SERVER;
    const struct handshake *h = q->handshake;
    const struct certificate *const *chain = is_server ? q->server : q->client;
    const struct cert_message *sent = is_server ? h->server_certs : h->client_certs;
    struct issued pair = {chain[i], issuer_of(chain, is_server ? q->n_server : q->n_client, i)};
    struct bytes tbs = {NULL, 0}, signature = {NULL, 0};
    if (pair.issuer == NULL || !has_nonces(pair.issuer) || sent == NULL ||
            !x509_signature(pair.certificate->der, &tbs, &signature))
        return;
    const struct nonce_use u = {.spki_sha256 = pair.issuer->spki_sha256,
            .signature = signature,
            .message = hash_fixed(tbs.p, tbs.n),
            .is_stored = true,
            .prove = prove_issued,
            .ctx = &pair,
            .source = NONCE_CERTIFICATE,
            .side = side,
            .at = sent->certs[i].at,
            .handshake_id = h->id};
    if (!out->is_reused)
        verify_nonces_take(v, &u, q->memory, out);
}

void verify_nonces_staple(struct verify_nonces *v, const struct verify_question *q,
        const struct ocsp_answer *staple, struct nonce_answer *out)
{
    if (!staple->has_signer || q->handshake->cert_status == NULL)
        return;
    const struct nonce_use u = {.spki_sha256 = staple->signer_spki_sha256,
            .signature = staple->signature, /* one by RSA is no pair of numbers */
            .message = hash_fixed(staple->signed_part.p, staple->signed_part.n),
            .is_stored = true,
            .is_verified = true,
            .source = NONCE_STAPLE,
            .side = SIDE_SERVER,
            .at = q->handshake->cert_status->at,
            .handshake_id = q->handshake->id};
    verify_nonces_take(v, &u, q->memory, out);
}
