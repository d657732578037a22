#include "export/events.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "base/tunnel.h"
#include "export/outlet.h"

struct events {
    struct outlet *outlet;
    struct text line;
};

bool events_open(const char *path, struct events **out, struct err *err)
{
    struct outlet *o;
    if (!outlet_open("--events", path, &o, err))
        return false;
    *out = xcalloc(1, sizeof **out);
    (*out)->outlet = o;
    return true;
}

void events_close(struct events *e)
{
    if (e == NULL)
        return;
    outlet_close(e->outlet);
    text_fini(&e->line);
    xfree(e);
}

void events_reopen(struct events *e)
{
    if (e != NULL)
        outlet_reopen(e->outlet);
}

uint64_t events_lost(const struct events *e)
{
    return outlet_lost(e->outlet);
}

static bool put(struct events *e)
{
    text_add(&e->line, "}\n");
    return outlet_put(e->outlet, text_str(&e->line), e->line.n);
}

static void add_key(struct text *t, const char *key)
{
    text_addf(t, ",\"%s\":", key);
}

static void add_string(struct text *t, const char *key, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    add_key(t, key);
    text_add_json(t, value);
}

static void add_time(struct text *t, const char *key, int64_t us)
{
    add_key(t, key);
    text_add(t, "\"");
    text_add_time(t, us);
    text_add(t, "\"");
}

static void begin(struct events *e, int64_t at_us, const char *type)
{
    text_clear(&e->line);
    text_add(&e->line, "{\"timestamp\":\"");
    text_add_time(&e->line, at_us);
    text_addf(&e->line, "\",\"event_type\":\"%s\"", type);
}

static void add_carriers(struct text *t, const struct sighting *s)
{
    const char *tunnel = tunnel_name(s->tunnel.kind);
    if (s->vlan != 0)
        text_addf(t, ",\"vlan\":[%u]", s->vlan);
    if (tunnel == NULL)
        return;
    text_addf(t, ",\"tunnel\":{\"proto\":\"%s\"", tunnel);
    if (s->tunnel.has_id)
        text_addf(t, ",\"id\":%u", s->tunnel.id);
    text_add(t, "}");
}

static void add_endpoints(struct text *t, const struct sighting *s)
{
    char address[ENDPOINT_TEXT];
    if (!s->has_endpoints)
        return;
    address_text(&s->client.address, address);
    add_string(t, "src_ip", address);
    text_addf(t, ",\"src_port\":%u", s->client.port);
    address_text(&s->server.address, address);
    add_string(t, "dest_ip", address);
    text_addf(t, ",\"dest_port\":%u,\"proto\":\"TCP\",\"app_proto\":\"tls\"", s->server.port);
    add_carriers(t, s);
    add_string(t, "community_id", s->community_id);
    if (s->sni[0] != '\0') {
        text_add(t, ",\"tls\":{\"sni\":");
        text_add_json(t, s->sni);
        text_add(t, "}");
    }
}

static void add_finding(struct text *t, const struct finding *f, const char *change)
{
    const struct sighting *s = &f->first;
    text_addf(t, ",\"finding\":{\"change\":\"%s\",\"id\":%lld", change, (long long)f->id);
    add_string(t, "defect", s->defect);
    add_string(t, "severity", severity_name(f->severity));
    text_addf(t, ",\"confidence\":%.3g", f->confidence);
    add_string(t, "basis", basis_name(f->basis));
    add_string(t, "service", s->service.name);
    text_addf(t, ",\"service_port\":%u", s->service.port);
    add_string(t, "subject", s->subject);
    add_string(t, "summary", s->summary);
    text_addf(t, ",\"sightings\":%llu", (unsigned long long)f->count);
    add_time(t, "first_seen", f->first_seen_us);
    add_time(t, "last_seen", f->last_seen_us);
    if (s->handshake_id != 0)
        text_addf(t, ",\"handshake\":%lld", (long long)s->handshake_id);
    add_string(t, "explained_by", f->explained_by);
    add_string(t, "muted_by", s->muted_by != MUTED_NONE ? muted_by_name(s->muted_by) : NULL);
    add_string(t, "muted_why", s->muted_why);
    add_string(t, "notify", f->notify != NOTIFY_NONE ? notify_name(f->notify) : NULL);
    text_add(t, "}");
}

static bool put_change(struct events *e, const struct finding *f, int64_t at_us, const char *change)
{
    begin(e, at_us, "finding");
    add_endpoints(&e->line, &f->first);
    add_finding(&e->line, f, change);
    return put(e);
}

static const char *change_name(enum life_event_kind kind)
{
    switch (kind) {
    case LIFE_OPENED:
        return "opened";
    case LIFE_REOPENED:
        return "reopened";
    case LIFE_SUPERSEDED:
        return "superseded";
    default:
        return "closed";
    }
}

bool events_finding(struct events *e, const struct finding *f)
{
    bool is_ok = true;
    for (size_t i = 0; i < f->life.n_events; i++)
        is_ok &= put_change(e, f, f->life.events[i].us, change_name(f->life.events[i].kind));
    if (f->life.n_events == 0)
        is_ok = put_change(e, f, f->last_seen_us, "changed");
    return is_ok;
}

bool events_stats(struct events *e, int64_t at_us, const struct events_capture *capture,
        const struct sample *samples, size_t n)
{
    struct text *t = &e->line;
    begin(e, at_us, "stats");
    text_addf(t,
            ",\"stats\":{\"capture\":{\"kernel_packets\":%llu,\"kernel_drops\":%llu},\"tlswire\":{",
            (unsigned long long)capture->kernel_packets, (unsigned long long)capture->kernel_drops);
    for (size_t i = 0; i < n; i++) {
        const struct sample *s = &samples[i];
        bool is_same = i > 0 && strcmp(samples[i - 1].name, s->name) == 0;
        bool is_last = i + 1 == n || strcmp(samples[i + 1].name, s->name) != 0;
        if (s->label == NULL) {
            text_addf(t, "%s\"%s\":%.17g", i > 0 ? "," : "", s->name, s->number);
            continue;
        }
        if (!is_same)
            text_addf(t, "%s\"%s\":{", i > 0 ? "," : "", s->name);
        text_addf(t, "%s\"%s\":%.17g", is_same ? "," : "", s->value, s->number);
        if (is_last)
            text_add(t, "}");
    }
    text_add(t, "}}");
    return put(e);
}
