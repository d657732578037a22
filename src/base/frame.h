#ifndef TLSWIRE_BASE_FRAME_H
#define TLSWIRE_BASE_FRAME_H

#include "base/bytes.h"

/* One captured frame as it stood in its input. data is borrowed until the next frame is asked for.
 */
struct frame {
    uint64_t number;    /* counts every packet of the file from 1, before any filter */
    int64_t ts_us;      /* microseconds since 1970 UTC, finer digits cut off */
    uint32_t interface; /* pcapng interface, counted over the sections of the file; else 0 */
    uint16_t link_type; /* LINKTYPE_ value (tcpdump.org/linktypes.html) */
    uint32_t wire_len;  /* length on the wire; more than data.n when the snap length cut it */
    struct bytes data;
};

#endif
