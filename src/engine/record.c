#include "engine/record.h"

#include "base/text.h"
#include "crypto/digest.h"
#include "engine/notice.h"

static void put_policy(struct run_facts *f, const struct policy *p, struct text *sha256)
{
    f->profile = p != NULL ? policy_profile(p) : "default";
    if (p != NULL && policy_path(p) != NULL) {
        uint8_t digest[SHA256_LEN];
        digest_sha256(policy_source(p), digest);
        text_add_hex(sha256, (struct bytes){digest, sizeof digest});
        f->policy = policy_path(p);
        f->policy_sha256 = text_str(sha256);
    }
}

bool record_reload(const struct policy *p, int64_t at_us, struct store *s, struct err *err)
{
    struct text sha256 = {0};
    struct run_facts facts = {0};
    put_policy(&facts, p, &sha256);
    bool is_ok = store_reload(s, &facts, at_us, err);
    text_fini(&sha256);
    return is_ok;
}

bool record_run(const struct run_options *o, struct store *s, struct err *err)
{
    struct text sha256 = {0};
    struct run_facts facts = {.version = TLSWIRE_VERSION,
            .arguments = o->arguments,
            .libraries = run_libraries(),
            .has_at = o->has_at,
            .at_us = o->at_us,
            .filter = o->filter,
            .started_us = o->started_us};
    int64_t run_id;
    put_policy(&facts, o->policy, &sha256);
    bool is_ok = store_begin_run(s, &facts, &run_id, err);
    text_fini(&sha256);
    return is_ok;
}

bool record_counts(const struct record_counts *c, struct store *s, struct err *err)
{
    const struct packet_counters *p = &c->packets;
    const struct flow_counters *f = &c->flows;
    const struct counter counters[] = {
            {"packets-tcp-udp", p->ok},
            {"packets-other", p->other},
            {"packets-too-deep", p->too_deep},
            {"packets-link-type-unsupported", p->unsupported},
            {"packets-malformed", p->malformed},
            {"packets-with-cut-headers", p->truncated},
            {"fragments", p->fragments},
            {"datagrams-reassembled", p->reassembled},
            {"fragments-dropped", p->fragments_dropped},
            {"clock-jumps", c->clock_jumps},
            {"flows", f->flows},
            {"flows-midstream", f->midstream},
            {"flows-evicted", f->evicted_flows},
            {"syns-evicted", f->evicted_syns},
            {"buffers-capped", f->capped_buffers},
            {"handshakes-capped", c->capped},
            {"gaps", f->gaps},
            {"gap-bytes", f->gap_bytes},
            {"overlaps-with-other-bytes", f->conflicts},
            {"retransmissions", f->retransmits},
            {"segments-reordered", f->reordered},
            {"resets-outside-window", f->bad_rst},
    };
    return store_counters(s, counters, sizeof counters / sizeof *counters, err);
}

static bool put(void *ctx, const struct unanalysed_traffic *t, struct err *err)
{
    return store_unanalysed(ctx, t, err);
}

bool record_unanalysed(struct unanalysed *u, struct store *s, uint64_t *dropped, struct err *err)
{
    *dropped += unanalysed_dropped(u);
    const struct counter counter = {"datagrams-not-counted", *dropped};
    return unanalysed_each(u, put, s, err) && store_counters(s, &counter, 1, err);
}
