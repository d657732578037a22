#ifndef TLSWIRE_ENGINE_LABEL_H
#define TLSWIRE_ENGINE_LABEL_H

#include "engine/connection.h"

/* Packets of one flow on their way to nDPI. */
struct label {
    struct appid_flow *flow; /* NULL: none was fed yet */
    bool is_done;
    struct begin *begin; /* of both directions, initiator first; NULL until something is no TLS */
};

/* label_is_tls_port says whether IANA registers TLS as what runs on this TCP port. */
bool label_is_tls_port(uint16_t port);
/* label_packet feeds one packet of a flow. */
void label_packet(struct label *l, const struct connection_sink *sink, const struct packet *p);
/* label_begin keeps the first bytes of a direction of a flow that is not TLS. */
void label_begin(struct label *l, int dir, struct bytes view, const struct span *at);
/* label_not_tls makes the record of a flow that is not TLS; the caller owns it. */
struct not_tls *label_not_tls(
        struct label *l, const struct connection_sink *sink, const struct flow_info *info);
/* label_clear_text makes the record of a flow on another port whose first packet is p: HTTP or SMTP
 * in clear. NULL when it is neither; the caller owns it. */
struct not_tls *label_clear_text(const struct packet *p);
/* label_tls_port makes the record of a flow whose server said hello at us; NULL where the port is
 * known for TLS, or something came before it. The caller owns it. */
struct tls_port *label_tls_port(const struct flow_info *info, int server, int64_t us);
/* label_handshake writes what is known of the flow into h. */
void label_handshake(struct label *l, const struct connection_sink *sink, struct handshake *h);
/* label_fini frees nDPI's state and what was kept. */
void label_fini(struct label *l);

#endif
