#include "model/endpoint.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const uint8_t v4_prefix[12] = {[10] = 0xff, [11] = 0xff};

bool address_is_v4(const struct address *a)
{
    return memcmp(a->ip, v4_prefix, sizeof v4_prefix) == 0;
}

void address_text(const struct address *a, char out[ENDPOINT_TEXT])
{
    const char *text = address_is_v4(a) ? inet_ntop(AF_INET, a->ip + 12, out, ENDPOINT_TEXT)
                                        : inet_ntop(AF_INET6, a->ip, out, ENDPOINT_TEXT);
    if (text == NULL)
        out[0] = '\0';
}

void endpoint_text(const struct endpoint *e, char out[ENDPOINT_TEXT])
{
    char address[ENDPOINT_TEXT];
    address_text(&e->address, address);
    bool v4 = address_is_v4(&e->address);
    (void)snprintf(out, ENDPOINT_TEXT, v4 ? "%.45s:%u" : "[%.45s]:%u", address, e->port);
}
