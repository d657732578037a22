/*
 * Makes a long capture out of the real handshakes of a short one: each connection is written again
 * and again, many of them interleaved.
 */
#include "flows.h"

enum { WAVE = 512, STEP_US = 15 };

static void write_all(FILE *out, uint32_t n)
{
    static uint8_t frame[65536 + 64];
    uint64_t us = start_us;
    write_header(out);
    for (uint32_t first = 0; first < n; first += WAVE) {
        int any = 1;
        for (size_t i = 0; any; i++) {
            any = 0;
            for (uint32_t copy = first; copy < first + WAVE && copy < n; copy++) {
                const struct flow *f = flows[copy % n_flows];
                if (i >= f->n)
                    continue;
                any = 1;
                (void)copy_packet(frame, &f->packets[i], copy);
                write_frame(out, frame, f->packets[i].len, f->packets[i].len, us);
                us += STEP_US;
            }
        }
    }
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        (void)fprintf(stderr, "usage: multiply SOURCE OUT COUNT\n");
        return 1;
    }
    load_flows(argv[1]);
    FILE *out = fopen(argv[2], "wb");
    if (out == NULL || n_flows == 0) {
        (void)fprintf(stderr, "multiply: %s\n",
                out == NULL ? "cannot write the output"
                            : "no TCP connection over Ethernet and IPv4");
        return 1;
    }
    write_all(out, (uint32_t)strtoul(argv[3], NULL, 10));
    return fclose(out) == 0 ? 0 : 1;
}
