#ifndef TLSWIRE_CAPTURE_WRITER_H
#define TLSWIRE_CAPTURE_WRITER_H

#include "capture/capture.h"

/*
 * Builds a pcapng file (draft-ietf-opsawg-pcapng) in memory, little endian, block by block. Who has
 * written the first n bytes away may set n to 0 and go on.
 */
struct writer {
    uint8_t *p;
    size_t n, cap;
};

/* writer_fini frees the memory; the writer may be used again and is then empty. */
void writer_fini(struct writer *w);
/* writer_section begins the file; comment is UTF-8. */
void writer_section(struct writer *w, const char *comment);
/* writer_interface describes the next interface, counted from 0: link type, snap length, times. */
void writer_interface(struct writer *w, const struct frame_detail *d);
/* writer_packet writes the frame as it was captured, with its own time; comment may be NULL. */
void writer_packet(struct writer *w, uint32_t interface, const struct frame *frame,
        const struct frame_detail *d, const char *comment);

#endif
