#ifndef TLSWIRE_STORE_REMEMBER_H
#define TLSWIRE_STORE_REMEMBER_H

#include "base/arena.h"
#include "store/store.h"

/* What earlier runs left in the database about keys and serial numbers, each by an index. */

enum { STORE_SUBJECT_SHOWN = 160 };

struct stored_certificate {
    uint8_t sha256[32];
    char subject[STORE_SUBJECT_SHOWN]; /* escaped, cut */
    uint8_t spki_sha256[32]; /* of store_rsa_certificates alone; zeros where it is not known */
};

/* store_find_serial looks for a certificate with other bytes, but the issuer's name, the
 * authorityKeyIdentifier and the serial number of c. */
bool store_find_serial(struct store *s, const struct certificate *c, struct stored_certificate *out,
        bool *found, struct err *err);

/* store_key_names calls each with the name of services that served another leaf with the key of c,
 * and with that leaf; both live for the call. At most 100, of the first 1,000 certificates. */
typedef void store_name_fn(void *ctx, const char *name, struct bytes der);
bool store_key_names(struct store *s, const struct certificate *c, store_name_fn *each, void *ctx,
        struct err *err);

/* store_rsa_certificates calls each with `most` certificates that have an RSA key and whose id is
 * above *after, which becomes the id of the last one; *is_all: there are no others. der lives for
 * the call. */
typedef void store_der_fn(void *ctx, const struct stored_certificate *c, struct bytes der);
bool store_rsa_certificates(struct store *s, int64_t *after, int most, bool *is_all,
        store_der_fn *each, void *ctx, struct err *err);

/* store_certificates_count is how many certificates there are. */
bool store_certificates_count(struct store *s, int64_t *n, struct err *err);

/* store_nonce keeps the nonce of a signature, unless its key and r are there. store_nonces calls
 * each with those of a key, at most `most`. store_nonces_trim leaves the latest `most` of all. */
bool store_nonce(struct store *s, const struct nonce *nonce, const struct nonce_place *place,
        struct err *err);
typedef void store_nonce_fn(void *ctx, const struct nonce *nonce, const struct nonce_place *place);
bool store_nonces(struct store *s, const uint8_t spki_sha256[32], int most, store_nonce_fn *each,
        void *ctx, struct err *err);
bool store_nonces_trim(struct store *s, int most, struct err *err);

/* store_find_der copies the DER of a certificate into the arena; n is 0 when it is not there. */
bool store_find_der(struct store *s, const uint8_t sha256[32], struct arena *arena,
        struct bytes *der, struct err *err);
/* store_find_service reads a service by its id. */
bool store_find_service(
        struct store *s, int64_t id, struct service *out, bool *found, struct err *err);

#endif
