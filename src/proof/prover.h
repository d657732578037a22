#ifndef TLSWIRE_PROOF_PROVER_H
#define TLSWIRE_PROOF_PROVER_H

#include "model/proof.h"
#include "model/tls.h"

/*
 * What remembers parsed keys, curves and tested primes between questions. All of it is bounded. One
 * owner uses it from one thread. The answers depend only on the question, except that past
 * PROVER_PRIME_BUDGET no further prime is tested.
 */
struct prover;

enum {
    PROVER_KEY_CAP = 10000,              /* parsed public keys */
    PROVER_PRIME_CAP = 4096,             /* tested DH primes */
    PROVER_PRIME_BITS = 8192,            /* longer ones are not tested */
    PROVER_PRIME_BUDGET = 8192,          /* in tests of 1024-bit primes; cost grows with the cube */
    PROVER_SIGNED_CAP = 2 * 1024 * 1024, /* bytes under one signature */
};

struct prover *prover_new(void);
/* prover_free frees it; NULL is fine. */
void prover_free(struct prover *p);

/*
 * prove_dh looks at finite-field Diffie-Hellman parameters (RFC 5246 7.4.3), each as sent, unsigned
 * big-endian. Composite is certain; prime means that 16 Miller-Rabin rounds found no witness.
 */
struct dh_facts prove_dh(struct prover *p, struct bytes dh_p, struct bytes dh_g);

/* prove_dh_public looks at dh_Ys or dh_Yc in the group of dh_p. */
struct share_facts prove_dh_public(struct bytes dh_p, struct bytes public);

/*
 * prove_share looks at the public key of a named group (IANA number) as this side sent it: EC
 * points, X25519 and X448, the finite fields of RFC 7919, and the hybrids 0x11EB to 0x11ED, 0x6399
 * and 0x639A: their classical part, and the modulus check of an ML-KEM key (FIPS 203 7.2). What
 * OpenSSL does not know is not checked.
 */
struct share_facts prove_share(
        struct prover *p, uint16_t group, enum side side, struct bytes share);

/*
 * prove_server_key_exchange verifies the signature of a ServerKeyExchange of SSL 3.0 to TLS 1.2
 * (RFC 5246 7.4.3, RFC 8422 5.4, RFC 6101 5.6.3) over both hello randoms, 32 bytes each. key is the
 * leaf certificate or a SubjectPublicKeyInfo, in DER.
 */
struct proof prove_server_key_exchange(struct prover *p, struct bytes key, uint16_t version,
        struct bytes client_random, struct bytes server_random,
        const struct server_key_exchange *ske);

/*
 * prove_certificate_verify verifies the client's CertificateVerify of TLS 1.0 to 1.2 (RFC 5246
 * 7.4.8) over all handshake messages before it, from ClientHello on. HelloRequest is passed over;
 * a CertificateVerify ends the messages. key is the client's leaf or its SubjectPublicKeyInfo. SSL
 * 3.0 mixes the master secret in: unverified.
 */
struct proof prove_certificate_verify(struct prover *p, struct bytes key, uint16_t version,
        const struct message *messages, size_t n_messages, const struct cert_verify *verify);

#endif
