/* Keys, parameters, points and signatures of any bytes. */
#include <stdint.h>

#include "base/cursor.h"
#include "proof/nonces.h"
#include "proof/prover.h"
#include "proof/rsa_key.h"
#include "proof/shared_primes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void signatures(struct prover *p, struct cur c)
{
    struct server_key_exchange ske = {.has_scheme = true};
    uint16_t version = cur_u16(&c);
    ske.scheme = cur_u16(&c);
    struct bytes key = cur_vec(&c, 2);
    struct bytes random = cur_take(&c, 32);
    ske.params = cur_vec(&c, 1);
    ske.signature = cur_rest(&c);
    struct proof proof = prove_server_key_exchange(p, key, version, random, random, &ske);
    if ((proof.result == PROOF_VALID) != (proof.why == NULL))
        __builtin_trap();
    struct nonce nonce = {.message = ske.params.n};
    bool is_known;
    struct nonce_memory *nonces = nonces_new(2);
    if (nonce_read(ske.signature, &nonce)) {
        nonces_add(nonces, &nonce, &(struct nonce_place){.handshake_id = 1});
        if (nonces_find(nonces, &nonce, &is_known) != NULL || !is_known)
            __builtin_trap();
    }
    nonces_free(nonces);
    struct message messages[3] = {
            {SIDE_CLIENT, 1, random}, {SIDE_CLIENT, 11, key}, {SIDE_CLIENT, 16, ske.params}};
    struct cert_verify verify = {
            .has_scheme = true, .scheme = ske.scheme, .signature = ske.signature};
    (void)prove_certificate_verify(p, key, version, messages, 3, &verify);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct prover *p;
    if (p == NULL)
        p = prover_new();
    struct cur c = cur_make(data, size);
    switch (cur_u8(&c) & 3) {
    case 0:
        signatures(p, c);
        break;
    case 1: {
        uint8_t side = cur_u8(&c);
        uint16_t group = cur_u16(&c);
        (void)prove_share(p, group, side & 1 ? SIDE_CLIENT : SIDE_SERVER, cur_rest(&c));
        break;
    }
    case 2: {
        struct bytes prime = cur_vec(&c, 1), g = cur_vec(&c, 1);
        (void)prove_dh(p, prime, g);
        (void)prove_dh_public(prime, cur_rest(&c));
        break;
    }
    default: {
        struct bytes n = cur_vec(&c, 1);
        (void)rsa_key_check(n, cur_rest(&c));
        struct shared_primes *s = shared_primes_new(4);
        (void)shared_primes_add(s, n, 1, NULL);
        (void)shared_primes_add(s, cur_rest(&c), 2, NULL);
        shared_primes_flush(s);
        shared_primes_free(s);
    }
    }
    return 0;
}
