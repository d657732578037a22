/* Frames of every link type: two bytes link type, then frames with a two-byte length each. */
#include <stdint.h>

#include "packet/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t LINKS[] = {0, 1, 9, 12, 101, 104, 108, 113, 228, 229, 276, 50, 51};
    struct decoder *d = decoder_new();
    struct packet p;
    uint64_t number = 1;
    while (size >= 3) {
        size_t n = (size_t)(data[1] << 8 | data[2]) % 2048;
        uint16_t link = LINKS[data[0] % (sizeof LINKS / sizeof *LINKS)];
        data += 3;
        size -= 3;
        if (n > size)
            n = size;
        struct frame f = {.number = number,
                .ts_us = (int64_t)number * 1000,
                .link_type = link,
                .wire_len = (uint32_t)n,
                .data = {data, n}};
        number++;
        if (packet_decode(d, &f, &p) == PACKET_OK) {
            /* The views must be readable to their ends. */
            volatile uint8_t sum = 0;
            for (size_t i = 0; i < p.payload.n; i++)
                sum = (uint8_t)(sum + p.payload.p[i]);
            for (size_t i = 0; i < p.ip.n; i++)
                sum = (uint8_t)(sum + p.ip.p[i]);
        }
        data += n;
        size -= n;
    }
    decoder_free(d);
    return 0;
}
