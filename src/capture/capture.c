#include "capture/capture.h"

#include "base/alloc.h"
#include "capture/filter.h"
#include "capture/reader.h"

struct capture {
    struct reader reader;
    struct filter *filter;
    uint64_t max_frames, passed;
    bool is_ng;
};

uint32_t reader_u32(const struct reader *r, struct cur *c)
{
    return r->is_swapped ? cur_le32(c) : cur_u32(c);
}

uint16_t reader_u16(const struct reader *r, struct cur *c)
{
    return r->is_swapped ? cur_le16(c) : cur_u16(c);
}

int64_t reader_time(uint64_t ticks, uint64_t units, int64_t offset_s)
{
    const int64_t most = INT64_MAX / 1000000 - 1;
    uint64_t seconds = ticks / units;
    uint64_t rest = ticks % units;
    if (seconds > (uint64_t)most || offset_s > most || offset_s < -most)
        return INT64_MAX;
    int64_t total = (int64_t)seconds + offset_s;
    if (total > most)
        return INT64_MAX;
    uint64_t us = units >= 1000000 ? rest / (units / 1000000) : rest * 1000000 / units;
    return total * 1000000 + (int64_t)us;
}

enum capture_result reader_cut(const struct reader *r, const char *what, struct err *err)
{
    const char *damage = source_damage(r->source);
    uint64_t number = r->stats.frames + (what[0] == 'p');
    err_set(err, "cut off in %s %llu (at byte %llu): %s", what, (unsigned long long)number,
            (unsigned long long)source_offset(r->source),
            damage != NULL ? damage : "the file is incomplete");
    return CAPTURE_DAMAGED;
}

static bool is_pcap_magic(uint32_t magic)
{
    static const uint32_t known[] = {
            0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1, 0xa1b2cd34, 0x34cdb2a1};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (magic == known[i])
            return true;
    return false;
}

static bool begin(struct capture *c, struct err *err)
{
    struct cur head = cur_of(source_need(c->reader.source, 4));
    if (head.n == 0) {
        const char *damage = source_damage(c->reader.source);
        err_set(err, "%s", damage != NULL ? damage : "the file is empty");
        return false;
    }
    uint32_t magic = cur_u32(&head);
    c->is_ng = magic == 0x0a0d0d0a;
    if (c->is_ng)
        return pcapng_begin(&c->reader, err);
    if (is_pcap_magic(magic))
        return pcap_begin(&c->reader, err);
    err_set(err, "not a capture: it is neither pcap nor pcapng (gzip and zstd are unpacked)");
    return false;
}

static bool start(struct capture *c, const char *path, const struct capture_options *options,
        struct capture **out, struct err *err)
{
    struct err why = {{0}};
    c->reader.stats.first_us = c->reader.stats.last_us = INT64_MIN;
    if (options != NULL) {
        c->max_frames = options->max_frames;
        if (options->filter != NULL)
            c->filter = filter_new(options->filter);
    }
    if (!begin(c, &why)) {
        err_set(err, "%s: %s", path, why.text);
        capture_close(c);
        return false;
    }
    *out = c;
    return true;
}

bool capture_open(const char *path, const struct capture_options *options, struct capture **out,
        struct err *err)
{
    struct source_tee tee = {NULL, NULL, NULL, NULL};
    if (options != NULL)
        tee = (struct source_tee){
                options->on_bytes, options->lend, options->on_reuse, options->ctx};
    struct capture *c = xcalloc(1, sizeof *c);
    if (!source_open(path, &tee, &c->reader.source, err)) {
        capture_close(c);
        return false;
    }
    return start(c, path, options, out, err);
}

bool capture_open_memory(struct bytes image, const struct capture_options *options,
        struct capture **out, struct err *err)
{
    struct capture *c = xcalloc(1, sizeof *c);
    c->reader.source = source_open_memory(image);
    return start(c, "memory", options, out, err);
}

/* A capture may state any 64-bit time; what is no date (years 1 to 9999) is brought to the nearest
 * one, so that nobody has to fear overflow. */
#define TIME_LEAST INT64_C(-62135596800000000)
#define TIME_MOST INT64_C(253402300799999999)

static int64_t sane_time(int64_t us)
{
    return us < TIME_LEAST ? TIME_LEAST : us > TIME_MOST ? TIME_MOST : us;
}

static void count(struct capture_stats *s, const struct frame *f)
{
    s->bytes += f->data.n;
    s->truncated += f->wire_len > f->data.n;
    s->last_us = f->ts_us;
    if (s->first_us == INT64_MIN)
        s->first_us = f->ts_us;
}

enum capture_result capture_next(struct capture *c, struct frame *out, struct err *err)
{
    struct capture_stats *s = &c->reader.stats;
    for (;;) {
        if (c->max_frames != 0 && c->passed >= c->max_frames)
            return CAPTURE_END;
        enum capture_result result = c->is_ng ? pcapng_next_frame(&c->reader, out, err)
                                              : pcap_next_frame(&c->reader, out, err);
        if (result != CAPTURE_FRAME)
            return result;
        if (!c->is_ng)
            s->frames++;
        out->number = s->frames;
        out->ts_us = sane_time(out->ts_us);
        count(s, out);
        enum filter_result kept = filter_match(c->filter, out, err);
        if (kept == FILTER_ERROR)
            return CAPTURE_DAMAGED;
        if (kept == FILTER_PASS) {
            c->passed++;
            return CAPTURE_FRAME;
        }
        s->filtered++;
    }
}

struct frame_detail capture_detail(const struct capture *c, const struct frame *last)
{
    return c->is_ng ? pcapng_detail(&c->reader, last) : pcap_detail(&c->reader, last);
}

const struct capture_stats *capture_stats(struct capture *c)
{
    struct capture_stats *s = &c->reader.stats;
    source_progress(c->reader.source, &s->input_read, &s->input_size);
    return s;
}

void capture_close(struct capture *c)
{
    if (c == NULL)
        return;
    source_close(c->reader.source);
    filter_free(c->filter);
    xfree(c->reader.interfaces);
    xfree(c);
}
