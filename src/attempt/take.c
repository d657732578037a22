/* What is given of an attempt: the handshake when it is concluded, the connection's end. */
#include <string.h>

#include "attempt/attempt_internal.h"

enum { EXT_CERT_WITH_EXTERN_PSK = 33 };

static void fill_side(struct attempt *a, const struct flow_info *info, enum side side)
{
    const struct flow_side *from = &info->sides[dir_of_side(a, side)];
    struct side_facts *to = &a->hs->sides[side];
    memcpy(to->endpoint.address.ip, from->ip, sizeof from->ip);
    to->endpoint.port = from->port;
    to->is_seen = from->is_seen;
    to->is_start_known = from->is_start_known;
    to->gap_bytes = from->gap_bytes;
    to->n_gaps = from->n_gaps;
    to->payload_bytes = from->payload_bytes;
    to->packets = from->packets;
    to->n_retransmits = from->n_retransmits;
    to->acked = from->acked;
    bool is_heard = info->sides[1 - dir_of_side(a, side)].last_us > from->stuck_since_us;
    if (from->n_stuck > 0 && from->acked <= from->stuck_at && is_heard) {
        to->n_stuck = from->n_stuck;
        to->stuck_len = from->stuck_len;
    }
    to->n_conflicts = from->n_conflicts;
    if (from->n_conflicts > 0)
        a->hs->is_ambiguous = true;
}

/* A pre-shared key is that of a session, unless it was agreed upon outside of TLS. */
static enum resumption resumption_of_psk(const struct handshake *hs)
{
    const struct client_hello *ch = hs->client_hello;
    uint32_t age = 0;
    bool is_known =
            ch != NULL && psk_ticket_age(ch->psk_identities, hs->server_hello->psk_index, &age);
    return is_known && age != 0 ? RESUMPTION_RESUMED : RESUMPTION_UNKNOWN;
}

/* Only positive evidence counts (RFC 5246 7.3, RFC 5077 3.1, RFC 8446 2.2); all else is unknown. */
static enum resumption resumption_of(const struct attempt *a)
{
    const struct handshake *hs = a->hs;
    const struct server_hello *sh = hs->server_hello;
    if (sh == NULL)
        return RESUMPTION_UNKNOWN;
    if (a->is_tls13)
        return sh->has_psk ? resumption_of_psk(hs) : RESUMPTION_FULL;
    if (hs->version == TLS_SSLV2)
        return sh->is_sslv2_hit ? RESUMPTION_RESUMED : RESUMPTION_FULL;
    if (hs->server_certs != NULL || hs->server_key_exchange != NULL || a->has_hello_done)
        return RESUMPTION_FULL;
    const struct client_hello *ch = hs->client_hello;
    if (ch == NULL || !hs->has_ccs[SIDE_SERVER] || a->is_framing_lost[SIDE_SERVER])
        return RESUMPTION_UNKNOWN;
    bool same_id = ch->session_id.n > 0 && bytes_equal(ch->session_id, sh->session_id);
    return same_id || ch->session_ticket.n > 0 ? RESUMPTION_RESUMED : RESUMPTION_UNKNOWN;
}

/* RFC 8446 4.4.2: no certificate where a pre-shared key authenticates, but RFC 8773 3. */
static bool has_certificate_13(const struct server_hello *sh)
{
    return !sh->has_psk || u16_has(sh->extension_types, EXT_CERT_WITH_EXTERN_PSK);
}

static enum cert_visibility visibility_of(const struct attempt *a, const struct flow_info *info)
{
    const struct handshake *hs = a->hs;
    if (hs->server_certs != NULL && hs->server_certs->n_certs > 0)
        return CERT_SEEN;
    if (hs->resumption == RESUMPTION_RESUMED)
        return CERT_RESUMED;
    if (a->is_tls13)
        return has_certificate_13(hs->server_hello) ? CERT_ENCRYPTED : CERT_NOT_SENT;
    const struct side_facts *server = &hs->sides[SIDE_SERVER];
    /* What is missing behind its flight cannot have been the certificate. */
    bool is_flight_over = a->has_hello_done || hs->has_ccs[SIDE_SERVER];
    bool lost = !server->is_seen || server->n_gaps > 0 || hs->is_midstream || hs->is_capped ||
                is_garbled(a) || (!is_flight_over && has_unseen_bytes(a, info, SIDE_SERVER));
    return lost ? CERT_NOT_CAPTURED : CERT_NOT_SENT;
}

struct handshake *attempt_take(struct attempt *a, const struct flow_info *info)
{
    if (!a->is_concluded || a->is_taken)
        return NULL;
    struct handshake *hs = a->hs;
    a->is_taken = true;
    a->is_taken_at_close = a->is_closing;
    if (!hs->is_tls) {
        handshake_free(hs);
        a->hs = NULL;
        return NULL;
    }
    a->has_row = true;
    fill_side(a, info, SIDE_CLIENT);
    fill_side(a, info, SIDE_SERVER);
    hs->transport = TRANSPORT_TCP;
    hs->input = info->input;
    hs->first_packet = info->first_packet;
    hs->first_us = info->first_us;
    hs->last_packet = info->last_packet;
    hs->last_us = info->last_us;
    hs->vlan = info->vlan;
    hs->vlans = info->vlans;
    hs->tunnel = info->tunnel;
    hs->is_client_initiator = dir_of_side(a, SIDE_CLIENT) == FLOW_INITIATOR;
    hs->is_start_seen = info->is_syn_seen || info->is_syn_ack_seen;
    hs->is_midstream = hs->client_hello == NULL && !a->has_begun;
    hs->is_capped = hs->is_capped || info->is_capped;
    hs->times.syn_us = info->syn_us;
    hs->times.syn_ack_us = info->syn_ack_us;
    hs->times.ack_us = info->ack_us;
    hs->ending = a->tail.ending;
    hs->owed_by = outcome_is_success(hs->outcome) ? -1 : (int)owed_by(a);
    for (int side = 0; side < 2; side++)
        hs->sides[side].records = a->records[side];
    if (a->heartbeats != NULL) {
        const struct heartbeat_facts *facts = a->heartbeats->facts;
        struct bytes all = {(const uint8_t *)facts, sizeof a->heartbeats->facts};
        hs->heartbeats = (const void *)arena_dup(&hs->arena, all).p;
    }
    hs->is_client_cert_sent = a->is_tls13 && a->has_client_cert && !hs->is_client_cert_empty;
    hs->resumption = resumption_of(a);
    hs->cert_visibility = visibility_of(a, info);
    if (hs->is_ambiguous && hs->confidence > 0.5)
        hs->confidence = 0.5;
    a->hs = NULL;
    return hs;
}

bool attempt_end(const struct attempt *a, const struct flow_info *info, struct connection_end *out)
{
    if (!a->has_row || a->is_taken_at_close)
        return false;
    *out = a->tail;
    for (int side = 0; side < 2; side++)
        out->records[side] = a->records[side];
    out->heartbeats = a->heartbeats != NULL ? a->heartbeats->facts : NULL;
    out->last_us = info->last_us;
    out->last_packet = info->last_packet;
    for (int side = 0; side < 2; side++) {
        const struct flow_side *from = &info->sides[dir_of_side(a, (enum side)side)];
        out->payload_bytes[side] = from->payload_bytes;
        out->packets[side] = from->packets;
        out->gap_bytes[side] = from->gap_bytes;
    }
    return true;
}
