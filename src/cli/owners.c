#include "cli/owners.h"

const char *owners_of(void *inv, const struct query_owned *owned)
{
    return inventory_owner(inv, &(struct owned){owned->sha256, owned->spki_sha256, owned->names});
}
