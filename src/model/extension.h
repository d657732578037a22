#ifndef TLSWIRE_MODEL_EXTENSION_H
#define TLSWIRE_MODEL_EXTENSION_H

#include <stdbool.h>

#include "base/bytes.h"

enum { EXTENSIONS_CAP = 256 };

/* One extension of a certificate (RFC 5280 4.1.2.9) for people to read. */
struct extension {
    const char *oid;  /* dotted */
    const char *name; /* "keyUsage"; NULL when it is not known */
    bool is_critical;
    bool is_broken;     /* known, but its value does not parse */
    struct bytes value; /* as sent, without the OCTET STRING around it */
    const char *text;   /* what it says, escaped, items one a line; NULL when it is not decoded */
};

#endif
