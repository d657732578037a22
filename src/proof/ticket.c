/* Session tickets under a key that everybody knows. */
#include "proof/ticket.h"

#include <openssl/crypto.h>

#include "base/cursor.h"
#include "proof/bn.h"
#include "proof/prover_internal.h"

enum {
    BLOCK = 64,    /* of SHA-1 and SHA-256 */
    SHORTEST = 64, /* key name, IV and a block of state in front of the MAC (RFC 5077 4) */
    LONGEST = 65535,
};

/* One half of HMAC (RFC 2104 2) with a key of zeros. */
static unsigned half(struct prover *p, enum hash hash, uint8_t pad, struct bytes message,
        uint8_t out[PROOF_DIGEST_MAX])
{
    unsigned n = 0;
    uint8_t block[BLOCK];
    for (size_t i = 0; i < BLOCK; i++)
        block[i] = pad;
    must(EVP_DigestInit_ex2(p->md_ctx, p->hashes[hash], NULL));
    must(EVP_DigestUpdate(p->md_ctx, block, BLOCK));
    must(EVP_DigestUpdate(p->md_ctx, message.p, message.n));
    must(EVP_DigestFinal_ex(p->md_ctx, out, &n));
    return n;
}

static bool is_mac(struct prover *p, enum hash hash, size_t mac_len, struct bytes ticket)
{
    uint8_t inner[PROOF_DIGEST_MAX], mac[PROOF_DIGEST_MAX];
    struct cur c = cur_of(ticket);
    if (p->hashes[hash] == NULL || ticket.n < mac_len)
        return false;
    struct bytes message = cur_take(&c, ticket.n - mac_len);
    unsigned n = half(p, hash, 0x36, message, inner);
    n = half(p, hash, 0x5c, (struct bytes){inner, n}, mac);
    return n == mac_len && CRYPTO_memcmp(mac, cur_rest(&c).p, mac_len) == 0;
}

const char *prove_ticket_zero(struct prover *p, struct bytes ticket)
{
    if (ticket.n < SHORTEST || ticket.n > LONGEST)
        return NULL;
    if (is_mac(p, HASH_SHA256, 32, ticket))
        return "SHA-256";
    return is_mac(p, HASH_SHA1, 20, ticket) ? "SHA-1" : NULL;
}
