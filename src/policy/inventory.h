#ifndef TLSWIRE_POLICY_INVENTORY_H
#define TLSWIRE_POLICY_INVENTORY_H

#include "base/err.h"

/*
 * Whose certificates these are: lines of `pattern,owner[,comment]` (RFC 4180 quotes are allowed
 * around a field; lines that begin with '#' and empty ones are passed over). A pattern is
 *   a DNS name          the certificate has this name, without regard to case
 *   *.a DNS name        it has a name below that one, at any depth; a wildcard is such a name
 *   sha256:HEX          it is this certificate
 *   spki:HEX            it has the key with this SHA-256 of its SubjectPublicKeyInfo
 * The longest pattern that matches says who the owner is, a digest before any name; of equally long
 * ones the first.
 */
struct inventory;

/* Of a certificate. */
struct owned {
    const char *sha256, *spki_sha256; /* hexadecimal; either may be NULL */
    const char *names;                /* one a line; NULL none */
};

enum { INVENTORY_LINES = 100000, INVENTORY_LINE_MOST = 4096 };

/* inventory_load reads a file; NULL with err, which names file and line, when it or a line cannot
 * be used. */
struct inventory *inventory_load(const char *path, struct err *err);
/* inventory_free frees; NULL is fine. */
void inventory_free(struct inventory *inv);
/* inventory_owner gives the owner for display, NULL none; it lives as long as inv. */
const char *inventory_owner(const struct inventory *inv, const struct owned *owned);

#endif
