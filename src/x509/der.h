#ifndef TLSWIRE_X509_DER_H
#define TLSWIRE_X509_DER_H

#include "base/arena.h"
#include "base/cursor.h"

enum {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_OID = 0x06,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_CONTEXT = 0xa0, /* constructed, [0] */
    DER_CONTEXT_PRIMITIVE = 0x80,
};

/* der_any reads one element (X.690 8.1) with a definite length; whole, when not NULL, gets its
 * header too. */
struct cur der_any(struct cur *c, uint8_t *tag, struct bytes *whole);
/* der_get reads one element of this tag, else fails c. */
struct cur der_get(struct cur *c, uint8_t tag);
/* der_next_is says whether the next element has this tag. */
bool der_next_is(const struct cur *c, uint8_t tag);
/* der_uint reads a small non-negative INTEGER body; -1 when it does not fit. */
int der_uint(struct cur body);
/* der_time reads UTCTime or GeneralizedTime (RFC 5280 4.1.2.5) into microseconds; false when it is
 * neither. */
bool der_time(uint8_t tag, struct cur body, int64_t *us);
/* der_oid_text writes an OBJECT IDENTIFIER body as dotted text into the arena. */
const char *der_oid_text(struct arena *a, struct bytes oid);

#endif
