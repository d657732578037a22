/* What nDPI says about a flow, from its packets. */
#include "engine/label.h"

#include <string.h>

#include "base/alloc.h"

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
