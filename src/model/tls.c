#include "model/tls.h"

size_t u16_count(struct bytes list)
{
    return list.n / 2;
}

uint16_t u16_at(struct bytes list, size_t i)
{
    if (i >= list.n / 2)
        return 0;
    return (uint16_t)((uint16_t)(list.p[2 * i] << 8) | list.p[2 * i + 1]);
}

bool u16_has(struct bytes list, uint16_t value)
{
    for (size_t i = 0; i < u16_count(list); i++)
        if (u16_at(list, i) == value)
            return true;
    return false;
}

bool tls_is_13(uint16_t version)
{
    unsigned high = version >> 8;
    return version == TLS_1_3 || high == 0x7f || high == 0x7e || high == 0xfb;
}
