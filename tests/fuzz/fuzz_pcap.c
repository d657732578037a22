/* Both capture formats: every frame of any bytes, and what is written of it read again. */
#include <stdint.h>

#include "capture/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WRITTEN_MOST = 16 };

static void write_again(const struct frame *frame, const struct frame_detail *detail)
{
    struct writer w = {0};
    struct capture *c = NULL;
    struct frame again;
    struct err err;
    writer_section(&w, "again");
    writer_interface(&w, detail);
    writer_packet(&w, 0, frame, detail, "comment");
    if (!capture_open_memory((struct bytes){w.p, w.n}, NULL, &c, &err) ||
            capture_next(c, &again, &err) != CAPTURE_FRAME)
        __builtin_trap();
    struct frame_detail now = capture_detail(c, &again);
    if (!bytes_equal(again.data, frame->data) || again.wire_len != frame->wire_len ||
            now.ticks != detail->ticks || now.resolution != detail->resolution ||
            now.offset_s != detail->offset_s || now.link_type != frame->link_type)
        __builtin_trap();
    capture_close(c);
    writer_fini(&w);
}

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
        struct frame_detail detail = capture_detail(c, &frame);
        if (frame.number <= WRITTEN_MOST)
            write_again(&frame, &detail);
    }
    capture_close(c);
    return 0;
}
