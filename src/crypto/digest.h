#ifndef TLSWIRE_CRYPTO_DIGEST_H
#define TLSWIRE_CRYPTO_DIGEST_H

#include "base/bytes.h"

enum { SHA256_LEN = 32, MD5_LEN = 16, SHA1_LEN = 20 };

/* digest_* compute a digest of b with a per-thread context that is fetched once. */
void digest_sha256(struct bytes b, uint8_t out[SHA256_LEN]);
void digest_sha1(struct bytes b, uint8_t out[SHA1_LEN]);
void digest_md5(struct bytes b, uint8_t out[MD5_LEN]);

/* A running SHA-256. */
struct digest;
struct digest *digest_new(void);
void digest_add(struct digest *d, const void *p, size_t n);
/* digest_end writes the result and frees d. */
void digest_end(struct digest *d, uint8_t out[SHA256_LEN]);
/* crypto_version is the text of the library, "OpenSSL 3.0.19 ...". */
const char *crypto_version(void);

#endif
