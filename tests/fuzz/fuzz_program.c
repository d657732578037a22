/* The whole way from the bytes of a capture to handshakes and judged certificates. */
#include <stdint.h>

#include "capture/capture.h"
#include "engine/clock.h"
#include "engine/worker.h"
#include "tests/fuzz/look.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct capture_options none;
    struct capture *c = NULL;
    struct frame frame;
    struct packet p;
    struct err err;
    struct packet_clock clock = {.is_started = false};
    if (!capture_open_memory((struct bytes){data, size}, &none, &c, &err))
        return 0;
    struct decoder *d = decoder_new();
    struct worker *w = worker_new(APP_LABEL_OFF, 1000);
    while (capture_next(c, &frame, &err) == CAPTURE_FRAME) {
        int64_t now = clock_step(&clock, frame.ts_us);
        if (packet_decode(d, &frame, &p) == PACKET_OK && p.transport == PACKET_TCP) {
            p.input = 0;
            worker_packet(w, 0, &p, now);
        }
    }
    worker_end_vantage(w, 0);
    struct batch *b = worker_take(w);
    for (size_t i = 0; i < b->n; i++)
        if (b->events[i].kind == EVENT_HANDSHAKE)
            fuzz_look(b->events[i].handshake);
    batch_free(b);
    worker_free(w);
    decoder_free(d);
    capture_close(c);
    return 0;
}
