#ifndef TLSWIRE_CAPTURE_CAPTURE_H
#define TLSWIRE_CAPTURE_CAPTURE_H

#include "base/err.h"
#include "base/frame.h"

/*
 * Reads one capture: classic pcap (micro- and nanoseconds, both byte orders), pcapng (several
 * sections, interfaces, link types, snap lengths), plain or gzip or zstd, from a file or standard
 * input ("-"). Own bounded readers for both formats; libpcap only compiles and runs the filter.
 */
struct capture;

enum { CAPTURE_BLOCK = 1 << 20 };

struct capture_options {
    const char *filter;  /* pcap-filter expression, NULL none */
    uint64_t max_frames; /* stop after this many that passed the filter; 0 no limit */
    /* Called with the raw bytes of the input in order as they are read (compressed if they are);
     * may be NULL. */
    void (*on_bytes)(void *ctx, const void *p, size_t n);
    /* Lends CAPTURE_BLOCK bytes to read the input into, see source.h; may be NULL. */
    uint8_t *(*lend)(void *ctx);
    /* Called before the memory of frames given so far is used again; they all stay valid until
     * then. NULL: a frame is valid until the next call only. */
    void (*on_reuse)(void *ctx);
    void *ctx;
};

enum capture_result {
    CAPTURE_FRAME,   /* *out is filled, valid until the next call (see on_reuse) */
    CAPTURE_END,     /* clean end of input, or max_frames reached */
    CAPTURE_DAMAGED, /* cannot go on; err says at which packet and why; what came before stands */
};

struct capture_stats {
    uint64_t frames;    /* all packets of the file so far */
    uint64_t filtered;  /* of these, left out by the filter */
    uint64_t bytes;     /* captured bytes of all frames */
    uint64_t truncated; /* frames cut by the snap length */
    uint64_t drops; /* lost by the capturing host, as the file says (pcapng ISB ifdrop + osdrop) */
    bool has_drops; /* the file says it at all */
    uint64_t input_read; /* bytes of the input read so far */
    uint64_t input_size; /* its size, 0 when unknown */
    uint32_t interfaces;
    uint16_t link_type;         /* of the first interface */
    int64_t first_us, last_us;  /* time of the first and the latest frame; INT64_MIN before */
    uint64_t skipped_blocks;    /* pcapng blocks of unknown or unusable kind */
    uint64_t unknown_interface; /* packets that name an interface the section does not have */
};

/* What of a frame struct frame does not say: it can be written again as it was. */
struct frame_detail {
    uint16_t link_type;
    uint32_t snap_len;  /* of its interface, 0 unlimited */
    uint8_t resolution; /* of its time as in pcapng: units of 10^-n s, with the top bit 2^-n s */
    int64_t offset_s;   /* to add to its time */
    uint64_t ticks;     /* its time in these units since 1970 */
};

/* capture_open opens path and reads its header. False with err when it is missing, unreadable or no
 * capture. */
bool capture_open(const char *path, const struct capture_options *options, struct capture **out,
        struct err *err);
/* capture_open_memory is capture_open over bytes that outlive the capture. */
bool capture_open_memory(struct bytes image, const struct capture_options *options,
        struct capture **out, struct err *err);
/* capture_next gives the next frame that passes the filter. */
enum capture_result capture_next(struct capture *c, struct frame *out, struct err *err);
/* capture_detail tells more about the frame that capture_next gave last, and about no other. */
struct frame_detail capture_detail(const struct capture *c, const struct frame *last);
const struct capture_stats *capture_stats(struct capture *c);
/* capture_close closes; NULL is fine. */
void capture_close(struct capture *c);
/* capture_filter_check compiles the expression alone (Ethernet); false with err when it is wrong.
 */
bool capture_filter_check(const char *filter, struct err *err);
/* capture_version is the text of libpcap, "libpcap version 1.10.3 ...". */
const char *capture_version(void);

#endif
