/* What nDPI says about a flow, from its packets. */
#include "engine/label.h"

#include <string.h>

#include "base/alloc.h"
#include "history/recent.h"

/* Ports of the IANA service registry whose service is "over TLS", and HTTPS alternates. */
static const uint16_t TLS_PORTS[] = {443, 465, 563, 614, 636, 684, 695, 832, 853, 989, 990, 992,
        993, 994, 995, 2083, 2376, 3269, 4433, 5061, 5349, 5671, 5986, 6443, 6514, 6697, 8443, 8883,
        9443};

bool label_is_tls_port(uint16_t port)
{
    for (size_t i = 0; i < sizeof TLS_PORTS / sizeof *TLS_PORTS; i++)
        if (TLS_PORTS[i] == port)
            return true;
    return false;
}

void label_packet(struct label *l, const struct connection_sink *sink, const struct packet *p)
{
    if (l->is_done || sink->appid == NULL)
        return;
    if (l->flow == NULL)
        l->flow = appid_flow_new(sink->appid, p->transport);
    l->is_done = appid_packet(sink->appid, l->flow, p, p->ts_us, sink->app_label == APP_LABEL_FULL);
}

void label_begin(struct label *l, int dir, struct bytes view, const struct span *at)
{
    if (l->begin == NULL)
        l->begin = xcalloc(2, sizeof *l->begin);
    struct begin *b = &l->begin[dir];
    if (b->n > 0 || view.n == 0)
        return;
    b->at = *at;
    b->n = view.n < BEGIN_BYTES ? view.n : BEGIN_BYTES;
    memcpy(b->bytes, view.p, b->n);
}

static void endpoint_of(struct endpoint *out, const struct flow_side *side)
{
    memcpy(out->address.ip, side->ip, sizeof out->address.ip);
    out->port = side->port;
}

struct not_tls *label_not_tls(
        struct label *l, const struct connection_sink *sink, const struct flow_info *info)
{
    struct not_tls *n = xcalloc(1, sizeof *n);
    struct appid_label label = appid_flow_label(sink->appid, l->flow);
    n->input = info->input;
    n->first_packet = info->first_packet;
    n->first_us = info->first_us;
    n->last_us = info->last_us;
    endpoint_of(&n->client, &info->sides[FLOW_INITIATOR]);
    endpoint_of(&n->server, &info->sides[FLOW_RESPONDER]);
    memcpy(n->label, label.name, sizeof n->label);
    memcpy(n->source, "packets", sizeof "packets");
    n->risks = label.risks;
    if (l->begin != NULL)
        memcpy(n->begin, l->begin, sizeof n->begin);
    return n;
}

struct not_tls *label_clear_text(const struct packet *p)
{
    const char *name = recent_clear_name(p->payload);
    if (name == NULL)
        return NULL;
    struct not_tls *n = xcalloc(1, sizeof *n);
    struct begin *b = &n->begin[SIDE_CLIENT];
    n->input = p->input;
    n->first_packet = p->number;
    n->first_us = n->last_us = p->ts_us;
    memcpy(n->client.address.ip, p->src, sizeof p->src);
    memcpy(n->server.address.ip, p->dst, sizeof p->dst);
    n->client.port = p->src_port;
    n->server.port = p->dst_port;
    memcpy(n->label, name, strlen(name) + 1);
    memcpy(n->source, "packets", sizeof "packets");
    b->at = (struct span){.first_packet = p->number,
            .last_packet = p->number,
            .first_us = p->ts_us,
            .last_us = p->ts_us,
            .input = p->input};
    b->n = p->payload.n < BEGIN_BYTES ? p->payload.n : BEGIN_BYTES;
    memcpy(b->bytes, p->payload.p, b->n);
    return n;
}

struct tls_port *label_tls_port(const struct flow_info *info, int server, int64_t us)
{
    const struct flow_side *side = &info->sides[server];
    if (!side->is_start_known || !info->sides[1 - server].is_start_known ||
            label_is_tls_port(side->port))
        return NULL;
    struct tls_port *t = xcalloc(1, sizeof *t);
    t->input = info->last_input;
    t->us = us;
    endpoint_of(&t->server, side);
    return t;
}

void label_handshake(struct label *l, const struct connection_sink *sink, struct handshake *h)
{
    if (l->flow == NULL)
        return;
    struct appid_label label = appid_flow_label(sink->appid, l->flow);
    memcpy(h->app_label, label.name, sizeof h->app_label);
    memcpy(h->app_source, "packets", sizeof "packets");
    h->app_risks = label.risks;
}

void label_fini(struct label *l)
{
    appid_flow_free(l->flow);
    l->flow = NULL;
    xfree(l->begin);
    l->begin = NULL;
}
