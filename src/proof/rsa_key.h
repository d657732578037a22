#ifndef TLSWIRE_PROOF_RSA_KEY_H
#define TLSWIRE_PROOF_RSA_KEY_H

#include "base/bytes.h"
#include "model/proof.h"

enum {
    RSA_KEY_TESTED_BITS = 16384, /* longer moduli are looked at only for sign, parity and length */
    RSA_FERMAT_STEPS = 100,
};

/*
 * rsa_key_check tells what is wrong with an RSA public key. Both arguments are the content octets
 * of the DER INTEGERs as sent. A negative one is noted and then read as unsigned, as most software
 * does; an empty one says nothing.
 */
struct rsa_key_facts rsa_key_check(struct bytes modulus, struct bytes exponent);

#endif
