#ifndef TLSWIRE_CAPTURE_READER_H
#define TLSWIRE_CAPTURE_READER_H

#include "base/cursor.h"
#include "capture/capture.h"
#include "capture/source.h"

enum {
    FRAME_CAP = 256 * 1024, /* captured bytes of one packet */
    BLOCK_CAP = 16 << 20,   /* bytes of one pcapng block */
    INTERFACE_CAP = 65536,  /* interfaces of one pcapng section */
};

/* One pcapng interface. */
struct interface {
    uint16_t link_type;
    uint32_t snap_len;
    uint64_t units; /* time stamps per second; 0: 2^-shift */
    uint8_t shift;
    int64_t offset_s;
    uint64_t drops;
};

/* What both file formats share; the owner is struct capture. */
struct reader {
    struct source *source;
    struct capture_stats stats;
    bool is_swapped; /* classic: not our reading order (big endian is read as is) */
    bool is_nano, is_modified;
    uint16_t link_type;
    uint32_t snap_len;            /* classic */
    uint32_t packet_type;         /* pcapng: kind of the latest packet block */
    struct interface *interfaces; /* of the current section */
    uint32_t n_interfaces, first_interface;
    uint64_t drops_before; /* of earlier sections */
};

/* reader_u32 and reader_u16 read in the byte order of the file. */
uint32_t reader_u32(const struct reader *r, struct cur *c);
uint16_t reader_u16(const struct reader *r, struct cur *c);
/* reader_time turns units since 1970 into microseconds, cut off, saturating. */
int64_t reader_time(uint64_t ticks, uint64_t units, int64_t offset_s);
/* reader_cut writes the line for a file that ends inside a packet or block. */
enum capture_result reader_cut(const struct reader *r, const char *what, struct err *err);

/* pcap_begin reads the file header behind a known magic; pcap_next one record. */
bool pcap_begin(struct reader *r, struct err *err);
enum capture_result pcap_next_frame(struct reader *r, struct frame *out, struct err *err);
/* pcap_detail and pcapng_detail read the headers before the bytes of the latest frame again. */
struct frame_detail pcap_detail(const struct reader *r, const struct frame *last);
struct frame_detail pcapng_detail(const struct reader *r, const struct frame *last);
/* pcapng_begin reads the first section header; pcapng_next the next packet block. */
bool pcapng_begin(struct reader *r, struct err *err);
enum capture_result pcapng_next_frame(struct reader *r, struct frame *out, struct err *err);

#endif
