#ifndef TLSWIRE_CLI_INVENTORY_H
#define TLSWIRE_CLI_INVENTORY_H

#include "base/err.h"
#include "store/query.h"

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

enum { INVENTORY_LINES = 100000, INVENTORY_LINE_MOST = 4096 };

/* inventory_load reads a file; NULL with err, which names file and line, when it or a line cannot
 * be used. */
struct inventory *inventory_load(const char *path, struct err *err);
/* inventory_free frees; NULL is fine. */
void inventory_free(struct inventory *inv);
/* inventory_owner gives the owner for display, NULL none; a query_owner_fn, inv is the inventory.
 */
const char *inventory_owner(void *inv, const struct query_owned *owned);

#endif
