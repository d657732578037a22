#ifndef TLSWIRE_POLICY_PLACE_H
#define TLSWIRE_POLICY_PLACE_H

#include <cyaml/cyaml.h>

#include "base/bytes.h"
#include "base/err.h"

/*
 * Where each value of a YAML text stands. libcyaml fills structures, but does not say which line a
 * value came from: this walks over the same text, along the same schema, before it.
 */
struct places;

/* place_all looks through the whole text. NULL with err ("path:line: key: what is wrong") when it
 * is no YAML, has a key that the schema does not know, lacks one that it wants, has one twice, a
 * list that is too long, or anchors, aliases and tags. */
struct places *place_all(
        struct bytes text, const char *path, const cyaml_schema_value_t *top, struct err *err);
void places_free(struct places *p);
/* places_count is how many values there are: an empty document has none. */
size_t places_count(const struct places *p);
/* place_line gives the line (from 1) of a key such as "exceptions[2].until"; 0: it is not there.
 * Entries of lists are counted from 1. */
unsigned place_line(struct places *p, const char *key);
/* place_nearest gives the key of the fields that is most like this one. */
const char *place_nearest(const char *key, const cyaml_schema_field_t *fields);

#endif
