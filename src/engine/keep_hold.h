#ifndef TLSWIRE_ENGINE_KEEPER_HOLD_H
#define TLSWIRE_ENGINE_KEEPER_HOLD_H

#include "capture/capture.h"

/*
 * Frames with IP fragments: only the last one tells which connection they belong to. Bounded; the
 * oldest goes first.
 */
struct hold;

enum { HOLD_FRAMES = 1024, HOLD_BYTES = 4 << 20 };

struct hold *hold_new(void);
/* hold_free frees; NULL is fine. */
void hold_free(struct hold *h);
/* hold_add keeps a copy of a frame with a fragment of the datagram, which any number names. */
void hold_add(struct hold *h, uint64_t datagram, const struct frame *frame,
        const struct frame_detail *detail);
/* hold_release gives the frames of the datagram in the order they came, and drops them. */
void hold_release(struct hold *h, uint64_t datagram,
        void (*fn)(void *ctx, const struct frame *frame, const struct frame_detail *detail),
        void *ctx);

#endif
