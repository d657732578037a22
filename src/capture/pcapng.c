/* pcapng (draft-ietf-opsawg-pcapng): blocks of type, length, body, length; sections with own order.
 */
#include "base/alloc.h"
#include "capture/reader.h"

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET_OLD = 2,
    BLOCK_SIMPLE = 3,
    BLOCK_STATISTICS = 5,
    BLOCK_ENHANCED = 6,
    OPTION_END = 0,
    OPTION_TSRESOL = 9,
    OPTION_TSOFFSET = 14,
    OPTION_IFDROP = 5,
    OPTION_OSDROP = 7,
    MICROSECONDS = 6,
    TIME_BEFORE_DATA = 16, /* high and low half, captured and original length */
};

static uint64_t u64(const struct reader *r, struct cur *c)
{
    uint64_t a = reader_u32(r, c);
    uint64_t b = reader_u32(r, c);
    return r->is_swapped ? b << 32 | a : a << 32 | b;
}

static bool next_option(const struct reader *r, struct cur *body, uint16_t *code, struct cur *value)
{
    if (body->n < 4)
        return false;
    *code = reader_u16(r, body);
    uint16_t len = reader_u16(r, body);
    *value = cur_of(cur_take(body, len));
    size_t pad = (4U - len % 4U) % 4U;
    cur_skip(body, pad < body->n ? pad : body->n);
    return cur_ok(body) && *code != OPTION_END;
}

static void on_interface(struct reader *r, struct cur body)
{
    if (r->n_interfaces >= INTERFACE_CAP) {
        r->stats.skipped_blocks++;
        return;
    }
    struct interface i = {.units = 1000000, .shift = MICROSECONDS};
    i.link_type = reader_u16(r, &body);
    cur_skip(&body, 2);
    i.snap_len = reader_u32(r, &body);
    uint16_t code = 0;
    struct cur value = {0};
    while (next_option(r, &body, &code, &value)) {
        if (code == OPTION_TSOFFSET && value.n == 8)
            i.offset_s = (int64_t)u64(r, &value);
        if (code != OPTION_TSRESOL || value.n != 1)
            continue;
        uint8_t resolution = cur_u8(&value);
        i.shift = resolution & 0x7f;
        i.units = resolution & 0x80 ? 0 : 1;
        for (int k = 0; i.units != 0 && k < i.shift && k < 19; k++)
            i.units *= 10;
    }
    r->interfaces = xrealloc(r->interfaces, r->n_interfaces + 1, sizeof i);
    r->interfaces[r->n_interfaces++] = i;
    if (r->stats.interfaces == 0)
        r->stats.link_type = i.link_type;
    r->stats.interfaces++;
}

static void on_statistics(struct reader *r, struct cur body)
{
    uint32_t id = reader_u32(r, &body);
    cur_skip(&body, 8);
    uint64_t drops = 0;
    uint16_t code = 0;
    struct cur value = {0};
    bool has_drops = false;
    while (next_option(r, &body, &code, &value)) {
        if ((code == OPTION_IFDROP || code == OPTION_OSDROP) && value.n == 8) {
            uint64_t n = u64(r, &value);
            drops = drops + n < drops ? UINT64_MAX : drops + n;
            has_drops = true;
        }
    }
    if (!has_drops || id >= r->n_interfaces)
        return;
    r->interfaces[id].drops = drops;
    r->stats.has_drops = true;
    r->stats.drops = r->drops_before;
    for (uint32_t i = 0; i < r->n_interfaces; i++)
        r->stats.drops += r->interfaces[i].drops;
}

static void begin_section(struct reader *r)
{
    r->first_interface += r->n_interfaces;
    r->n_interfaces = 0;
    r->drops_before = r->stats.drops;
}

/* Time stamps in 2^-shift seconds: the whole seconds and the fraction apart, so nothing overflows.
 */
static int64_t interface_time(const struct interface *i, uint64_t ticks)
{
    if (i->units != 0)
        return reader_time(ticks, i->units, i->offset_s);
    uint64_t seconds = i->shift < 64 ? ticks >> i->shift : 0;
    uint64_t fraction = i->shift < 64 ? ticks - (seconds << i->shift) : 0;
    uint8_t shift = i->shift;
    for (; shift > 40; shift--)
        fraction >>= 1;
    int64_t us = reader_time(seconds, 1, i->offset_s);
    return us > INT64_MAX - 1000000 ? us : us + (int64_t)((fraction * 1000000) >> shift);
}

/* True when the block holds a packet that can be used. */
static bool on_packet(struct reader *r, uint32_t type, struct cur body, struct frame *out)
{
    uint32_t id = 0;
    uint64_t ticks = 0;
    uint32_t captured = 0;
    r->stats.frames++;
    r->packet_type = type;
    if (type == BLOCK_ENHANCED)
        id = reader_u32(r, &body);
    if (type == BLOCK_PACKET_OLD) {
        id = reader_u16(r, &body);
        cur_skip(&body, 2);
    }
    if (type != BLOCK_SIMPLE) {
        ticks = (uint64_t)reader_u32(r, &body) << 32;
        ticks |= reader_u32(r, &body);
        captured = reader_u32(r, &body);
    }
    out->wire_len = reader_u32(r, &body);
    if (id >= r->n_interfaces) {
        r->stats.unknown_interface++;
        return false;
    }
    const struct interface *i = &r->interfaces[id];
    if (type == BLOCK_SIMPLE) {
        captured = out->wire_len;
        if (i->snap_len != 0 && captured > i->snap_len)
            captured = i->snap_len;
    }
    out->data = cur_take(&body, captured);
    if (!cur_ok(&body) || captured > FRAME_CAP) {
        r->stats.skipped_blocks++;
        return false;
    }
    if (out->wire_len < captured)
        out->wire_len = captured;
    /* A simple packet block has no time: it happened no earlier than the one before. */
    bool has_time = type != BLOCK_SIMPLE;
    int64_t before = r->stats.last_us != INT64_MIN ? r->stats.last_us : 0;
    out->ts_us = has_time ? interface_time(i, ticks) : before;
    out->link_type = i->link_type;
    out->interface = r->first_interface + id;
    return true;
}

struct frame_detail pcapng_detail(const struct reader *r, const struct frame *last)
{
    const struct interface *i = &r->interfaces[last->interface - r->first_interface];
    struct frame_detail d = {.link_type = i->link_type, .snap_len = i->snap_len};
    if (r->packet_type == BLOCK_SIMPLE) { /* has no time: it was given one */
        d.resolution = MICROSECONDS;
        d.ticks = last->ts_us > 0 ? (uint64_t)last->ts_us : 0;
        return d;
    }
    struct cur c = cur_make(last->data.p - TIME_BEFORE_DATA, TIME_BEFORE_DATA);
    d.resolution = (uint8_t)(i->shift | (i->units == 0 ? 0x80 : 0));
    d.offset_s = i->offset_s;
    d.ticks = (uint64_t)reader_u32(r, &c) << 32;
    d.ticks |= reader_u32(r, &c);
    return d;
}

/* Reads type and total length; false at the clean end of the input. */
static enum capture_result block_header(
        struct reader *r, uint32_t *type, uint32_t *length, struct err *err)
{
    struct bytes b = source_need(r->source, 12);
    if (b.n == 0 && source_damage(r->source) == NULL)
        return CAPTURE_END;
    if (b.n < 12)
        return reader_cut(r, "block after packet", err);
    struct cur c = cur_of(b);
    struct cur peek = cur_of(b);
    *type = cur_u32(&peek);
    if (*type == BLOCK_SECTION) {
        cur_skip(&peek, 4);
        uint32_t magic = cur_u32(&peek);
        r->is_swapped = magic == 0x4d3c2b1a;
        if (!r->is_swapped && magic != 0x1a2b3c4d) {
            err_set(err, "the section after packet %llu has no byte order: the file is damaged",
                    (unsigned long long)r->stats.frames);
            return CAPTURE_DAMAGED;
        }
        begin_section(r);
    }
    *type = reader_u32(r, &c);
    *length = reader_u32(r, &c);
    if (*length < 12 || *length % 4 != 0 || *length > BLOCK_CAP) {
        err_set(err, "the block after packet %llu (at byte %llu) claims %u bytes: damaged there",
                (unsigned long long)r->stats.frames, (unsigned long long)source_offset(r->source),
                *length);
        return CAPTURE_DAMAGED;
    }
    return CAPTURE_FRAME;
}

enum capture_result pcapng_next_frame(struct reader *r, struct frame *out, struct err *err)
{
    for (;;) {
        uint32_t type = 0;
        uint32_t length = 0;
        enum capture_result result = block_header(r, &type, &length, err);
        if (result != CAPTURE_FRAME)
            return result;
        struct bytes b = source_need(r->source, length);
        if (b.n < length)
            return reader_cut(r, "block after packet", err);
        struct cur c = cur_of(b);
        cur_skip(&c, 8);
        struct cur body = cur_of(cur_take(&c, length - 12));
        bool is_usable = false;
        if (type == BLOCK_INTERFACE)
            on_interface(r, body);
        else if (type == BLOCK_STATISTICS)
            on_statistics(r, body);
        else if (type == BLOCK_ENHANCED || type == BLOCK_PACKET_OLD || type == BLOCK_SIMPLE)
            is_usable = on_packet(r, type, body, out);
        else if (type != BLOCK_SECTION)
            r->stats.skipped_blocks++;
        (void)source_drop(r->source, length); /* moves on, the view stays */
        if (is_usable)
            return CAPTURE_FRAME;
    }
}

bool pcapng_begin(struct reader *r, struct err *err)
{
    if (source_need(r->source, 28).n == 28)
        return true;
    err_set(err, "the file ends inside its header: nothing to read");
    return false;
}
