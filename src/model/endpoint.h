#ifndef TLSWIRE_MODEL_ENDPOINT_H
#define TLSWIRE_MODEL_ENDPOINT_H

#include "base/bytes.h"

enum { ENDPOINT_TEXT = 64, TRANSPORT_TCP = 6, TRANSPORT_UDP = 17 };

/* An address and port. IPv4 stands as an IPv4-mapped IPv6 address (RFC 4291 2.5.5.2). */
struct address {
    uint8_t ip[16];
};
struct endpoint {
    struct address address;
    uint16_t port;
};

/* address_text writes dotted IPv4 or RFC 5952 IPv6 text. */
void address_text(const struct address *a, char out[ENDPOINT_TEXT]);
/* address_is_v4 says whether the address is IPv4-mapped. */
bool address_is_v4(const struct address *a);
/* endpoint_text writes "192.0.2.1:443" or "[2001:db8::1]:443". */
void endpoint_text(const struct endpoint *e, char out[ENDPOINT_TEXT]);

#endif
