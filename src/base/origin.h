#ifndef TLSWIRE_BASE_ORIGIN_H
#define TLSWIRE_BASE_ORIGIN_H

#include <stddef.h>
#include <stdint.h>

/* A run of one stream direction that one packet brought. */
struct origin_segment {
    uint64_t offset; /* in the stream, 0 = first byte after the SYN (or first byte seen) */
    uint64_t packet; /* number in its input, from 1 */
    int64_t ts_us;
    uint32_t len;
    uint32_t input; /* index of the input in this run */
    uint64_t acked; /* what the packet acknowledged of the other direction, 0 nothing */
};

/* Where the bytes of one direction came from: segments in order of offset, borrowed from the flow.
 */
struct origin {
    const struct origin_segment *segments;
    size_t n;
};

/* Which packets and bytes a message or record occupied; the evidence of every fact. */
struct span {
    uint64_t first_packet;
    uint64_t last_packet;
    int64_t first_us;
    int64_t last_us; /* the packet that completed it */
    uint64_t offset; /* first byte in the stream of its direction */
    uint64_t len;
    uint32_t input;
    uint64_t acked; /* by its first packet, of the other direction */
};

/* origin_span describes [offset, offset+len) of the stream; bytes without a segment leave zeros. */
struct span origin_span(const struct origin *o, uint64_t offset, uint64_t len);

#endif
