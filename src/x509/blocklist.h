#ifndef TLSWIRE_X509_BLOCKLIST_H
#define TLSWIRE_X509_BLOCKLIST_H

#include "base/bytes.h"
#include "base/err.h"
#include "model/revocation.h"

/*
 * Lists of keys that are known to others (--blocklist). A line holds 64 hexadecimal digits, the
 * SHA-256 of a SubjectPublicKeyInfo or of an RSA modulus (big-endian without leading zeros), or 20:
 * the last 80 bits of the SHA-1 of "Modulus=HEX\n", as Debian's openssl-blacklist of 2008 has them.
 * Behind the digits a name may follow; # starts a comment.
 */
struct blocklist;

enum { BLOCKLIST_CAP = 4000000 }; /* lines with a key, of all files */

struct blocklist *blocklist_new(void);
/* blocklist_free accepts NULL. */
void blocklist_free(struct blocklist *b);
/* blocklist_load reads a file; a line that is none of the above is an error that
 * names it, and so is a file without any key. */
bool blocklist_load(struct blocklist *b, const char *path, struct err *err);
/* blocklist_add reads the text of such a file; path is the list's name. */
bool blocklist_add(struct blocklist *b, struct bytes text, const char *path, struct err *err);
size_t blocklist_count(const struct blocklist *b);
/* blocklist_count_truncated counts those of which only 80 of 160 bits are known. */
size_t blocklist_count_truncated(const struct blocklist *b);
/* blocklist_find looks up the key of a SubjectPublicKeyInfo (DER). Of several hits it gives one
 * that is not truncated, if any. The hit's texts live as long as b. */
bool blocklist_find(struct blocklist *b, struct bytes spki, struct blocklist_hit *out);
/* blocklist_find_cert looks up the key of a certificate (DER). */
bool blocklist_find_cert(struct blocklist *b, struct bytes der, struct blocklist_hit *out);

#endif
