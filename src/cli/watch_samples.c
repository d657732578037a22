#include "cli/watch_samples.h"

struct list {
    struct sample *out;
    size_t n;
};

static void add(struct list *l, const char *name, const char *help, const char *label,
        const char *value, uint64_t number)
{
    if (l->n < WATCH_SAMPLES)
        l->out[l->n++] = (struct sample){.name = name,
                .help = help,
                .label = label,
                .value = value,
                .number = (double)number};
}

static void gauge(struct list *l, const char *name, const char *help, uint64_t number)
{
    add(l, name, help, NULL, NULL, number);
    l->out[l->n - 1].is_gauge = true;
}

static void add_capture(struct list *l, const struct watch_counts *c)
{
    static const char DROPS[] = "packets_dropped_total", WHERE[] = "where";
    static const char LOST[] = "Packets that were lost before they were looked at.";
    add(l, "packets_received_total", "Packets that passed the filter, with those dropped.", NULL,
            NULL, c->received);
    add(l, "packets_analysed_total", "Packets with TCP or UDP that were looked at.", NULL, NULL,
            c->analysed);
    add(l, "packets_skipped_total", "Packets of no interest, or that do not parse.", NULL, NULL,
            c->skipped);
    add(l, DROPS, LOST, WHERE, "kernel", c->kernel_drops);
    add(l, DROPS, LOST, WHERE, "interface", c->interface_drops);
    add(l, DROPS, LOST, WHERE, "own", c->own_drops);
    add(l, "packets_truncated_total", "Packets cut by the snap length.", NULL, NULL, c->truncated);
    add(l, "packets_tunnelled_total", "Packets that came in a tunnel.", NULL, NULL, c->tunnelled);
    add(l, "bytes_total", "Captured bytes.", NULL, NULL, c->bytes);
    add(l, "flows_total", "TCP connections of interest.", NULL, NULL, c->flows.flows);
    add(l, "flows_evicted_total", "Connections that a cap pushed out.", NULL, NULL,
            c->flows.evicted_flows);
    add(l, "syns_evicted_total", "Connections without an answer that a cap pushed out.", NULL, NULL,
            c->flows.evicted_syns);
    add(l, "buffers_capped_total", "Directions of which a cap cut what waited for order.", NULL,
            NULL, c->flows.capped_buffers);
    add(l, "fragments_dropped_total", "Fragments that never became a whole packet.", NULL, NULL,
            c->packets.fragments_dropped);
    add(l, "gap_bytes_total", "Bytes passed over or acknowledged, but not captured.", NULL, NULL,
            c->flows.gap_bytes);
    gauge(l, "packets_waiting", "Packets that were received and not looked at yet.", c->waiting);
    gauge(l, "interfaces_up", "Interfaces that are up.", c->interfaces_up);
}

static void add_handshakes(struct list *l, const struct watch_minute *m)
{
    static const char NAME[] = "handshakes_total", HOW[] = "outcome";
    static const char HELP[] = "Handshakes by how they ended.";
    uint64_t known = m->succeeded + m->failed + m->duplicates;
    add(l, NAME, HELP, HOW, "success", m->succeeded);
    add(l, NAME, HELP, HOW, "failure", m->failed);
    add(l, NAME, HELP, HOW, "other", m->handshakes > known ? m->handshakes - known : 0);
    add(l, "handshakes_duplicate_total", "Handshakes that were seen twice.", NULL, NULL,
            m->duplicates);
    add(l, "handshakes_capped_total", "Handshakes that a cap cut.", NULL, NULL, m->capped);
    add(l, "handshakes_not_verified_total", "Handshakes for whose signatures there was no time.",
            NULL, NULL, m->not_verified);
    add(l, "certificates_not_stored_total",
            "New certificates that were not stored: too many bytes of them came.", NULL, NULL,
            m->certs_not_stored);
    add(l, "certificates_without_names_total",
            "New certificates that were stored without their names: too many came.", NULL, NULL,
            m->certs_nameless);
}

size_t watch_samples(
        const struct watch_minute *m, uint64_t events_lost, struct sample out[WATCH_SAMPLES])
{
    struct list l = {out, 0};
    add_capture(&l, &m->counts);
    add_handshakes(&l, m);
    for (int i = 0; i < SEV_COUNT; i++) {
        add(&l, "findings_open", "Findings that are open and not muted.", "severity",
                severity_name((enum severity)i), m->open_findings[i]);
        out[l.n - 1].is_gauge = true;
    }
    add(&l, "rows_lost_total", "Handshake rows that a full disk cost.", NULL, NULL, m->lost.rows);
    add(&l, "updates_lost_total", "Inventory updates that a full disk cost.", NULL, NULL,
            m->lost.updates);
    add(&l, "late_ends_lost_total", "Ends of connections that came after their segment was closed.",
            NULL, NULL, m->lost.late_ends);
    add(&l, "events_lost_total", "Lines of --events that could not be written.", NULL, NULL,
            events_lost);
    add(&l, "segments_removed_total", "Segments that retention removed.", NULL, NULL,
            m->segments_removed);
    add(&l, "segments_not_removed_total", "Segments that could not be removed.", NULL, NULL,
            m->lost.segments_not_removed);
    add(&l, "segments_damaged_total", "Segments that were put aside because they are damaged.",
            NULL, NULL, m->lost.segments_damaged);
    gauge(&l, "database_waiting", "1 while the database cannot be written.", m->is_waiting);
    gauge(&l, "last_minute_seconds", "End of the minute that this is about, Unix time.",
            (uint64_t)(m->at_us / 1000000));
    return l.n;
}
