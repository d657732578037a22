/* Both capture formats: every frame of any bytes. */
#include <stdint.h>

#include "capture/capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct capture_options none;
    struct capture *c = NULL;
    struct frame frame;
    struct err err;
    uint64_t last = 0;
    if (!capture_open_memory((struct bytes){data, size}, &none, &c, &err))
        return 0;
    while (capture_next(c, &frame, &err) == CAPTURE_FRAME) {
        /* Numbers count every frame, and no frame is longer than the input. */
        if (frame.number <= last || frame.data.n > size + (64U << 20))
            __builtin_trap();
        last = frame.number;
        volatile uint8_t sum = 0; /* its bytes must be readable to the end */
        for (size_t i = 0; i < frame.data.n; i++)
            sum = (uint8_t)(sum + frame.data.p[i]);
    }
    capture_close(c);
    return 0;
}
