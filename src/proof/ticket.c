/* Session tickets under a key that everybody knows. */
#include "proof/ticket.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "base/cursor.h"
#include "proof/bn.h"
#include "proof/prover_internal.h"

enum {
    BLOCK = 64,    /* of SHA-1 and SHA-256 */
    SHORTEST = 64, /* key name, IV and a block of state in front of the MAC (RFC 5077 4) */
    LONGEST = 65535,
};

/* The key under which Go authenticates tickets when its SetSessionTicketKeys is given 32 zeros:
 * bytes 32 to 47 of their SHA-512 (crypto/tls, ticketKeyFromBytes). */
static const uint8_t GO_KEY[16] = {0x0a, 0x6a, 0x85, 0xea, 0xa6, 0x42, 0xda, 0xc8, 0x35, 0x42, 0x4b,
        0x5d, 0x7c, 0x8d, 0x63, 0x7c};

/* One half of HMAC (RFC 2104 2). A key of zeros, of any length up to a block, is an empty one. */
static unsigned half(struct prover *p, enum hash hash, uint8_t pad, struct bytes key,
        struct bytes message, uint8_t out[PROOF_DIGEST_MAX])
{
    unsigned n = 0;
    uint8_t block[BLOCK];
    struct cur c = cur_of(key);
    for (size_t i = 0; i < BLOCK; i++)
        block[i] = pad ^ (cur_more(&c) ? cur_u8(&c) : 0);
    must(EVP_DigestInit_ex2(p->md_ctx, p->hashes[hash], NULL));
    must(EVP_DigestUpdate(p->md_ctx, block, BLOCK));
    must(EVP_DigestUpdate(p->md_ctx, message.p, message.n));
    must(EVP_DigestFinal_ex(p->md_ctx, out, &n));
    return n;
}

static bool is_mac(
        struct prover *p, enum hash hash, size_t mac_len, struct bytes key, struct bytes ticket)
{
    uint8_t inner[PROOF_DIGEST_MAX], mac[PROOF_DIGEST_MAX];
    struct cur c = cur_of(ticket);
    if (p->hashes[hash] == NULL || ticket.n < mac_len)
        return false;
    struct bytes message = cur_take(&c, ticket.n - mac_len);
    unsigned n = half(p, hash, 0x36, key, message, inner);
    n = half(p, hash, 0x5c, key, (struct bytes){inner, n}, mac);
    return n == mac_len && CRYPTO_memcmp(mac, cur_rest(&c).p, mac_len) == 0;
}

/* A ticket of mbedTLS: key name, nonce, length, as many bytes of encrypted state, tag; what stands
 * before the state is authenticated with it. */
struct sealed {
    struct bytes nonce, aad, state, tag;
};

static bool is_sealed(struct bytes ticket, struct sealed *out)
{
    enum { NAME = 4, NONCE = 12, LENGTH = 2, TAG = 16 };
    struct cur c = cur_of(ticket), head = cur_of(ticket);
    cur_skip(&c, NAME);
    out->nonce = cur_take(&c, NONCE);
    size_t n = cur_u16(&c);
    out->state = cur_take(&c, n);
    out->tag = cur_rest(&c);
    out->aad = cur_take(&head, NAME + NONCE + LENGTH);
    return cur_ok(&c) && out->tag.n == TAG;
}

/* The tag depends on the encrypted state alone; what comes out of it is thrown away. */
static bool is_tag(const EVP_CIPHER *cipher, const struct sealed *s)
{
    static const uint8_t zeros[EVP_MAX_KEY_LENGTH];
    enum { PIECE = 256 };
    uint8_t tag[16], out[PIECE];
    int n = 0;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    must(ctx != NULL);
    struct cur c = cur_of(s->tag), state = cur_of(s->state);
    for (size_t i = 0; i < sizeof tag; i++)
        tag[i] = cur_u8(&c);
    must(EVP_DecryptInit_ex(ctx, cipher, NULL, zeros, s->nonce.p));
    must(EVP_DecryptUpdate(ctx, NULL, &n, s->aad.p, (int)s->aad.n));
    while (cur_more(&state)) {
        struct bytes piece = cur_take(&state, state.n < PIECE ? state.n : PIECE);
        must(EVP_DecryptUpdate(ctx, out, &n, piece.p, (int)piece.n));
    }
    OPENSSL_cleanse(out, sizeof out);
    must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, sizeof tag, tag));
    bool is_right = EVP_DecryptFinal_ex(ctx, out, &n) == 1;
    EVP_CIPHER_CTX_free(ctx);
    ERR_clear_error();
    return is_right;
}

const char *prove_ticket_zero(struct prover *p, struct bytes ticket)
{
    const struct bytes none = {NULL, 0}, go = {GO_KEY, sizeof GO_KEY};
    struct sealed sealed;
    if (ticket.n < SHORTEST || ticket.n > LONGEST)
        return NULL;
    if (is_mac(p, HASH_SHA256, 32, none, ticket))
        return "HMAC (SHA-256)";
    if (is_mac(p, HASH_SHA1, 20, none, ticket))
        return "HMAC (SHA-1)";
    if (is_mac(p, HASH_SHA256, 32, go, ticket))
        return "HMAC (SHA-256, as Go makes it)";
    if (is_sealed(ticket, &sealed) &&
            (is_tag(EVP_aes_256_gcm(), &sealed) || is_tag(EVP_aes_128_gcm(), &sealed)))
        return "tag (AES-GCM)";
    return NULL;
}
