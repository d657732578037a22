/* Which bytes a TLS signature covers, and by which scheme. */
#include <openssl/err.h>
#include <string.h>

#include "base/alloc.h"
#include "proof/prover_internal.h"

enum { RANDOM_LEN = 32 };
enum {
    HELLO_REQUEST = 0,
    CLIENT_HELLO = 1,
    CERTIFICATE = 11,
    SERVER_HELLO_DONE = 14,
    CERTIFICATE_VERIFY = 15,
    CLIENT_KEY_EXCHANGE = 16
};

struct scheme {
    uint16_t code;
    enum key_type key;
    enum hash hash;
    void (*verify)(struct prover *p, const struct claim *c, struct proof *out);
};

/* RFC 5246 7.4.1.4.1 and A.4.1 (hash, signature); RFC 8446 4.2.3 for those of TLS 1.3 that TLS 1.2
 * may use; RFC 8422 5.1.3. In TLS 1.2 an ECDSA scheme names no curve. */
static const struct scheme schemes[] = {
        {0x0101, KEY_RSA, HASH_MD5, verify_rsa_pkcs1},
        {0x0201, KEY_RSA, HASH_SHA1, verify_rsa_pkcs1},
        {0x0301, KEY_RSA, HASH_SHA224, verify_rsa_pkcs1},
        {0x0401, KEY_RSA, HASH_SHA256, verify_rsa_pkcs1},
        {0x0501, KEY_RSA, HASH_SHA384, verify_rsa_pkcs1},
        {0x0601, KEY_RSA, HASH_SHA512, verify_rsa_pkcs1},
        {0x0102, KEY_DSA, HASH_MD5, verify_dsa},
        {0x0202, KEY_DSA, HASH_SHA1, verify_dsa},
        {0x0302, KEY_DSA, HASH_SHA224, verify_dsa},
        {0x0402, KEY_DSA, HASH_SHA256, verify_dsa},
        {0x0502, KEY_DSA, HASH_SHA384, verify_dsa},
        {0x0602, KEY_DSA, HASH_SHA512, verify_dsa},
        {0x0103, KEY_EC, HASH_MD5, verify_dsa},
        {0x0203, KEY_EC, HASH_SHA1, verify_dsa},
        {0x0303, KEY_EC, HASH_SHA224, verify_dsa},
        {0x0403, KEY_EC, HASH_SHA256, verify_dsa},
        {0x0503, KEY_EC, HASH_SHA384, verify_dsa},
        {0x0603, KEY_EC, HASH_SHA512, verify_dsa},
        {0x0804, KEY_RSA, HASH_SHA256, verify_rsa_pss},
        {0x0805, KEY_RSA, HASH_SHA384, verify_rsa_pss},
        {0x0806, KEY_RSA, HASH_SHA512, verify_rsa_pss},
        {0x0807, KEY_ED25519, HASH_NONE, verify_eddsa},
        {0x0808, KEY_ED448, HASH_NONE, verify_eddsa},
        {0x0809, KEY_RSA_PSS, HASH_SHA256, verify_rsa_pss},
        {0x080a, KEY_RSA_PSS, HASH_SHA384, verify_rsa_pss},
        {0x080b, KEY_RSA_PSS, HASH_SHA512, verify_rsa_pss},
};

/* Before TLS 1.2 the key alone decides (RFC 4346 7.4.3, RFC 4492 5.4, RFC 6101 5.6.3). */
static const struct scheme old_schemes[] = {
        {0, KEY_RSA, HASH_MD5_SHA1, verify_rsa_pkcs1},
        {0, KEY_DSA, HASH_SHA1, verify_dsa},
        {0, KEY_EC, HASH_SHA1, verify_dsa},
};

static struct proof unverified(const char *why)
{
    return (struct proof){.result = PROOF_UNVERIFIED, .why = why};
}

static const struct scheme *scheme_of(uint16_t version, uint16_t code, enum key_type key)
{
    if (version != TLS_1_2) {
        for (size_t i = 0; i < sizeof old_schemes / sizeof *old_schemes; i++)
            if (old_schemes[i].key == key)
                return &old_schemes[i];
        return NULL;
    }
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (schemes[i].code == code)
            return &schemes[i];
    return NULL;
}

static void begin_signed(struct prover *p)
{
    p->n_signed = 0;
    p->is_too_long = false;
}

static void add_signed(struct prover *p, struct bytes b)
{
    p->is_too_long = p->is_too_long || b.n > PROVER_SIGNED_CAP - p->n_signed;
    if (p->is_too_long || b.n == 0)
        return;
    if (b.n > p->room - p->n_signed) {
        p->room = 2 * (p->n_signed + b.n);
        p->signed_bytes = xrealloc(p->signed_bytes, p->room, 1);
    }
    memcpy(p->signed_bytes + p->n_signed, b.p, b.n);
    p->n_signed += b.n;
}

struct sent {
    uint16_t version;
    bool has_scheme;
    uint16_t scheme;
    struct bytes signature;
};

static struct proof prove(struct prover *p, struct bytes der, const struct sent *sent)
{
    const struct public_key *key = prover_key(p, der);
    if (key->pkey == NULL || key->type == KEY_UNKNOWN)
        return unverified("the key does not parse or is of an unknown kind");
    struct proof out = {.result = PROOF_UNVERIFIED};
    memcpy(out.spki_sha256, key->spki_sha256, sizeof out.spki_sha256);
    const struct scheme *s = scheme_of(sent->version, sent->scheme, key->type);
    struct claim claim = {
            .key = key, .message = {p->signed_bytes, p->n_signed}, .signature = sent->signature};
    if (s == NULL && sent->version != TLS_1_2) {
        out.why = "no signature of this kind of key is defined before TLS 1.2";
    } else if (s == NULL) {
        out.why = "unknown signature scheme";
    } else if (s->key != key->type) {
        out.result = PROOF_MISMATCHED;
        out.why = "the signature scheme is for another kind of key";
    } else if (s->hash != HASH_NONE && p->hashes[s->hash] == NULL) {
        out.why = "the hash is not available";
    } else {
        claim.hash = s->hash;
        out.digest_len = prover_hash(p, s->hash, claim.message, out.digest);
        s->verify(p, &claim, &out);
        ERR_clear_error();
    }
    return out;
}

static const char *whats_missing(uint16_t version, bool has_scheme, struct bytes signature)
{
    if (version != TLS_SSLV3 && version != TLS_1_0 && version != TLS_1_1 && version != TLS_1_2)
        return "not SSL 3.0 to TLS 1.2";
    if (version == TLS_1_2 && !has_scheme)
        return "no signature scheme";
    return signature.n == 0 ? "no signature" : NULL;
}

struct proof prove_server_key_exchange(struct prover *p, struct bytes key, uint16_t version,
        struct bytes client_random, struct bytes server_random,
        const struct server_key_exchange *ske)
{
    const char *missing = whats_missing(version, ske->has_scheme, ske->signature);
    if (missing != NULL)
        return unverified(missing);
    if (ske->is_malformed || ske->params.n == 0)
        return unverified("the message did not parse");
    if (client_random.n != RANDOM_LEN || server_random.n != RANDOM_LEN)
        return unverified("a random is missing");
    begin_signed(p);
    add_signed(p, client_random);
    add_signed(p, server_random);
    add_signed(p, ske->params);
    if (p->is_too_long)
        return unverified("too long");
    return prove(p, key, &(struct sent){version, ske->has_scheme, ske->scheme, ske->signature});
}

static void add_message(struct prover *p, const struct message *m)
{
    uint8_t header[4] = {
            m->type, (uint8_t)(m->body.n >> 16), (uint8_t)(m->body.n >> 8), (uint8_t)m->body.n};
    add_signed(p, (struct bytes){header, sizeof header});
    add_signed(p, m->body);
}

/* The server's flight up to its ServerHelloDone; false when that is not there. */
static bool add_server_flight(struct prover *p, const struct message *messages, size_t n)
{
    bool is_done = false;
    for (size_t i = 0; i < n && !is_done; i++) {
        const struct message *m = &messages[i];
        if (m->side != SIDE_SERVER || m->type == HELLO_REQUEST)
            continue;
        add_message(p, m);
        is_done = m->type == SERVER_HELLO_DONE;
    }
    return is_done;
}

/*
 * What must have come before a client's signature (RFC 5246 7.3), so that a hole is not taken for a
 * bad signature. Flights take turns, so the order between the sides is known even where the two
 * directions were captured out of step.
 */
static bool add_messages(struct prover *p, const struct message *messages, size_t n)
{
    bool has_certificate = false, has_key_exchange = false;
    begin_signed(p);
    if (n == 0 || messages[0].side != SIDE_CLIENT || messages[0].type != CLIENT_HELLO)
        return false;
    add_message(p, &messages[0]);
    if (!add_server_flight(p, messages, n))
        return false;
    for (size_t i = 1; i < n; i++) {
        const struct message *m = &messages[i];
        if (m->side != SIDE_CLIENT)
            continue;
        if (m->type == CERTIFICATE_VERIFY)
            break;
        has_certificate |= m->type == CERTIFICATE;
        has_key_exchange |= m->type == CLIENT_KEY_EXCHANGE;
        add_message(p, m);
    }
    return has_certificate && has_key_exchange;
}

struct proof prove_certificate_verify(struct prover *p, struct bytes key, uint16_t version,
        const struct message *messages, size_t n_messages, const struct cert_verify *verify)
{
    const char *missing = whats_missing(version, verify->has_scheme, verify->signature);
    if (missing != NULL)
        return unverified(missing);
    if (version == TLS_SSLV3)
        return unverified("SSL 3.0 signs with the master secret");
    if (!add_messages(p, messages, n_messages))
        return unverified("messages are missing");
    if (p->is_too_long)
        return unverified("too long");
    return prove(
            p, key, &(struct sent){version, verify->has_scheme, verify->scheme, verify->signature});
}
