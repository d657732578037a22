/* Classic pcap (draft-ietf-opsawg-pcap): file header of 24 bytes, records of 16 bytes plus data. */
#include "capture/reader.h"

enum {
    FILE_HEADER = 24,
    RECORD_HEADER = 16,
    MODIFIED_RECORD_HEADER = 24,
    MICROSECONDS = 6,
    NANOSECONDS = 9,
};

bool pcap_begin(struct reader *r, struct err *err)
{
    struct bytes b = source_need(r->source, FILE_HEADER);
    struct cur c = cur_of(b);
    uint32_t magic = cur_u32(&c);
    r->is_swapped = magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1 || magic == 0x34cdb2a1;
    r->is_nano = magic == 0xa1b23c4d || magic == 0x4d3cb2a1;
    r->is_modified = magic == 0xa1b2cd34 || magic == 0x34cdb2a1;
    cur_skip(&c, 12);
    r->snap_len = reader_u32(r, &c);
    /* The upper bits carry the FCS length and flags. */
    r->link_type = (uint16_t)(reader_u32(r, &c) & 0xffff);
    if (!cur_done(&c)) {
        err_set(err, "the file ends inside its header: nothing to read");
        return false;
    }
    (void)source_drop(r->source, FILE_HEADER);
    r->stats.interfaces = 1;
    r->stats.link_type = r->link_type;
    return true;
}

enum capture_result pcap_next_frame(struct reader *r, struct frame *out, struct err *err)
{
    size_t header = r->is_modified ? MODIFIED_RECORD_HEADER : RECORD_HEADER;
    struct bytes b = source_need(r->source, header);
    if (b.n == 0 && source_damage(r->source) == NULL)
        return CAPTURE_END;
    struct cur c = cur_of(b);
    uint64_t seconds = reader_u32(r, &c);
    uint64_t fraction = reader_u32(r, &c);
    uint32_t captured = reader_u32(r, &c);
    uint32_t wire = reader_u32(r, &c);
    if (b.n < header)
        return reader_cut(r, "packet", err);
    if (captured > FRAME_CAP) {
        err_set(err, "packet %llu (at byte %llu) claims %u bytes: the file is damaged there",
                (unsigned long long)r->stats.frames + 1,
                (unsigned long long)source_offset(r->source), captured);
        return CAPTURE_DAMAGED;
    }
    b = source_need(r->source, header + captured);
    if (b.n < header + captured)
        return reader_cut(r, "packet", err);
    c = cur_of(b);
    cur_skip(&c, header);
    out->data = cur_take(&c, captured);
    out->wire_len = wire < captured ? captured : wire;
    out->ts_us = (int64_t)(seconds * 1000000 + (r->is_nano ? fraction / 1000 : fraction));
    out->interface = 0;
    out->link_type = r->link_type;
    (void)source_drop(r->source, header + captured);
    return CAPTURE_FRAME;
}

struct frame_detail pcap_detail(const struct reader *r, const struct frame *last)
{
    size_t header = r->is_modified ? MODIFIED_RECORD_HEADER : RECORD_HEADER;
    struct cur c = cur_make(last->data.p - header, header);
    uint64_t seconds = reader_u32(r, &c);
    uint64_t fraction = reader_u32(r, &c);
    return (struct frame_detail){.link_type = r->link_type,
            .snap_len = r->snap_len,
            .resolution = r->is_nano ? NANOSECONDS : MICROSECONDS,
            .ticks = seconds * (r->is_nano ? 1000000000 : 1000000) + fraction};
}
