#ifndef TLSWIRE_CLI_OWNERS_H
#define TLSWIRE_CLI_OWNERS_H

#include "policy/inventory.h"
#include "store/query.h"

/* owners_of is a query_owner_fn: inv is the inventory. */
const char *owners_of(void *inv, const struct query_owned *owned);

#endif
