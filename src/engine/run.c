/* One run over capture files: which inputs, in which order, into which database. */
#include "engine/run.h"

#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/text.h"
#include "capture/capture.h"
#include "crypto/digest.h"
#include "engine/analyst.h"
#include "engine/hasher.h"
#include "engine/keep_dir.h"
#include "engine/keeper.h"
#include "engine/notice.h"
#include "engine/pool.h"
#include "engine/reader.h"
#include "engine/record.h"
#include "engine/unanalysed.h"
#include "engine/vantages.h"

struct run {
    const struct run_options *o;
    struct run_result *result;
    struct store *store;
    struct input_facts *facts;
    bool *is_skipped;
    int64_t *ids;
    bool *is_again;
    uint64_t *past;        /* by exception of the policy */
    struct keeper *keeper; /* NULL: no packets are kept */
};

/* Standard input cannot be read twice: its identity is the time of the start and its name. */
static void identify_stdin(const struct run *r, struct identity *out)
{
    out->size = 0;
    out->quick_hash = hash_fixed(&r->o->started_us, sizeof r->o->started_us);
}

/* Whether the database has this input already. The whole file is digested only when the first MiB
 * and the size say it may be known; hex stays empty otherwise. */
static bool is_known(struct run *r, const struct input *in, const struct identity *id, char hex[65],
        bool *known, struct err *err)
{
    hex[0] = '\0';
    *known = false;
    if (in->is_stdin)
        return true;
    if (!store_maybe_input(r->store, id->quick_hash, id->size, known, err))
        return false;
    if (!*known || !r->o->has_hash)
        return true;
    if (!identify_sha256(in->path, hex, err)) {
        *known = false;
        return true; /* it will fail to open, which is told then */
    }
    return store_has_input(r->store, hex, known, err);
}

static bool has_same_bytes(const char *path, const char *other)
{
    char hex[2][65];
    struct err unused;
    return identify_sha256(path, hex[0], &unused) && identify_sha256(other, hex[1], &unused) &&
           strcmp(hex[0], hex[1]) == 0;
}

static bool is_same_as_before(const struct run *r, size_t i, const struct identity *id)
{
    const struct input *inputs = r->o->inputs->items;
    for (size_t k = 0; k < i; k++)
        if (!r->is_skipped[k] && !inputs[i].is_stdin && r->facts[k].size == id->size &&
                r->facts[k].quick_hash == id->quick_hash &&
                has_same_bytes(inputs[k].path, inputs[i].path))
            return true;
    return false;
}

static void skip(struct run *r, size_t i, bool is_broken)
{
    r->is_skipped[i] = true;
    if (is_broken)
        r->result->n_broken++;
    else
        r->result->n_skipped++;
}

static bool plan_input(struct run *r, size_t i, struct err *err)
{
    const struct input *in = &r->o->inputs->items[i];
    struct identity id = {0};
    struct err why;
    bool known = false;
    char hex[65];
    if (in->is_broken) {
        run_notice(r->o, "%s", in->why.text);
        skip(r, i, true);
        return true;
    }
    if (in->is_stdin) {
        identify_stdin(r, &id);
        if (r->keeper != NULL)
            run_notice(r->o, "%s: cannot be read twice: none of its packets are kept as evidence",
                    strcmp(in->path, "-") == 0 ? "standard input" : in->path);
    } else if (!identify_file(in->path, &id, &why)) {
        run_notice(r->o, "%s", why.text);
        skip(r, i, true);
        return true;
    }
    if (!is_known(r, in, &id, hex, &known, err))
        return false;
    if ((known && !r->o->is_again) || is_same_as_before(r, i, &id)) {
        run_notice(r->o, "%s: was read before, skipped: use --again to read it again", in->path);
        skip(r, i, false);
        return true;
    }
    r->facts[i] = (struct input_facts){.index = (uint32_t)i,
            .path = in->path,
            .quick_hash = id.quick_hash,
            .size = id.size,
            .first_us = in->first_us,
            .last_us = TIME_NONE};
    if (!store_input_id(r->store, id.quick_hash, hex, &r->facts[i].id, &r->is_again[i], err))
        return false;
    r->ids[i] = r->facts[i].id;
    if (!vantages_id(r->store, r->o, i, r->facts[i].id, &r->facts[i].vantage_id, err))
        return false;
    return store_begin_input(r->store, &r->facts[i], err);
}

static bool plan(struct run *r, struct err *err)
{
    if (!record_run(r->o, r->store, err))
        return false;
    for (size_t i = 0; i < r->o->inputs->n; i++)
        if (!plan_input(r, i, err))
            return false;
    return true;
}

static bool read_all(struct run *r, struct err *err)
{
    const struct run_options *o = r->o;
    struct pool *pool =
            pool_new(&(struct pool_options){.n_workers = o->n_workers, .label = o->app_label});
    struct analyst_options analyst_options = {.store = r->store,
            .input_ids = r->ids,
            .is_again = r->is_again,
            .has_at = o->has_at,
            .at_us = o->at_us,
            .app_label = o->app_label,
            .verifier = o->verifier,
            .policy = o->policy,
            .inventory = o->inventory,
            .past = r->past,
            .keeper = r->keeper};
    analyst_options.results = pool_results(pool, &analyst_options.n_results);
    struct reader_result counts = {0};
    struct analyst *analyst = analyst_start(&analyst_options);
    struct unanalysed *unanalysed = unanalysed_new();
    struct reader_options reader_options = {.run = o,
            .pool = pool,
            .analyst = analyst,
            .is_skipped = r->is_skipped,
            .is_again = r->is_again,
            .unanalysed = unanalysed,
            .facts = r->facts};
    struct run_result read = *r->result;
    reader_run(&reader_options, &read, &counts);
    struct flow_counters flows = pool_stop(pool);
    struct run_result judged = {0};
    bool is_ok = analyst_finish(analyst, &judged, err);
    judged.n_inputs = read.n_inputs;
    judged.n_read = read.n_read;
    judged.n_skipped = read.n_skipped;
    judged.n_broken = read.n_broken;
    judged.n_partly = read.n_partly;
    judged.packets = read.packets;
    judged.bytes = read.bytes;
    judged.first_us = read.first_us;
    judged.last_us = read.last_us;
    *r->result = judged;
    pool_free(pool);
    const struct record_counts counted = {.packets = counts.packets,
            .flows = flows,
            .clock_jumps = counts.n_clock_jumps,
            .capped = judged.capped};
    is_ok = is_ok && record_unanalysed(unanalysed, r->store, &(uint64_t){0}, err) &&
            record_counts(&counted, r->store, err);
    unanalysed_free(unanalysed);
    return is_ok;
}

/* Exceptions whose date was past when their finding was seen. */
static void notice_past(const struct run *r)
{
    const struct exception *list = NULL;
    size_t n = r->o->policy != NULL ? policy_exceptions(r->o->policy, &list) : 0;
    for (size_t i = 0; i < n; i++) {
        struct text until = {0};
        if (r->past[i] == 0)
            continue;
        text_add_time(&until, list[i].until_us);
        run_notice(r->o, "%s:%u: the exception for %s ended at %.19sZ: %llu sighting%s judged",
                policy_path(r->o->policy), list[i].line, list[i].rule, text_str(&until),
                (unsigned long long)r->past[i], r->past[i] == 1 ? " was" : "s were");
        text_fini(&until);
    }
}

static bool keep_packets(struct run *r, struct err *err)
{
    return r->keeper == NULL || keeper_run(r->keeper, r->o, r->store, r->result, err);
}

static int status_of(const struct run_result *result)
{
    if (result->is_evidence_broken)
        return 4;
    if (result->n_read + result->n_skipped == 0)
        return 1;
    return result->n_broken + result->n_partly > 0 ? 2 : 0;
}

static bool run_with(struct run *r, struct err *err)
{
    size_t n = r->o->inputs->n;
    r->facts = xcalloc(n + 1, sizeof *r->facts);
    r->is_skipped = xcalloc(n + 1, sizeof *r->is_skipped);
    r->ids = xcalloc(n + 1, sizeof *r->ids);
    r->is_again = xcalloc(n + 1, sizeof *r->is_again);
    if (r->o->evidence != NULL)
        r->keeper = keeper_new();
    const struct exception *list = NULL;
    size_t n_past = r->o->policy != NULL ? policy_exceptions(r->o->policy, &list) : 0;
    r->past = xcalloc(n_past + 1, sizeof *r->past);
    bool is_ok = plan(r, err) && read_all(r, err) && keep_packets(r, err) &&
                 store_end_run(r->store, status_of(r->result), err);
    notice_past(r);
    keeper_free(r->keeper);
    xfree(r->past);
    xfree(r->facts);
    xfree(r->is_skipped);
    xfree(r->ids);
    xfree(r->is_again);
    return is_ok;
}

bool run_evidence_check(const char *dir, struct err *err)
{
    return keep_dir_probe(dir, err);
}

bool run_filter_check(const char *filter, struct err *err)
{
    return capture_filter_check(filter, err);
}

/* Nothing can be read: each input says why, and no database is made. */
static bool are_all_broken(const struct run_options *o, struct run_result *result)
{
    for (size_t i = 0; i < o->inputs->n; i++)
        if (!o->inputs->items[i].is_broken)
            return false;
    for (size_t i = 0; i < o->inputs->n; i++)
        run_notice(o, "%s", o->inputs->items[i].why.text);
    result->n_broken = o->inputs->n;
    return true;
}

bool run_inputs(const struct run_options *options, struct run_result *result, struct err *err)
{
    struct run r = {.o = options, .result = result};
    *result = (struct run_result){.first_us = TIME_NONE, .last_us = TIME_NONE};
    result->n_inputs = options->inputs->n;
    if (are_all_broken(options, result))
        return true;
    enum store_mode mode = options->is_new ? STORE_NEW : STORE_CREATE;
    if (!store_open(options->db, mode, &r.store, err))
        return false;
    bool is_ok = run_with(&r, err);
    store_close(r.store);
    return is_ok;
}
