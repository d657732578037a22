#ifndef TLSWIRE_BASE_TUNNEL_H
#define TLSWIRE_BASE_TUNNEL_H

#include <stdbool.h>
#include <stdint.h>

/* What a packet was carried in. The numbers are stored. */
enum tunnel_kind {
    TUNNEL_NONE,
    TUNNEL_IPIP, /* IPv4 in IPv4 (RFC 2003) */
    TUNNEL_6IN4, /* RFC 4213 */
    TUNNEL_4IN6, /* RFC 2473, like IPv6 in IPv6 */
    TUNNEL_6IN6,
    TUNNEL_GRE,       /* id: its key */
    TUNNEL_NVGRE,     /* id: the virtual subnet */
    TUNNEL_ERSPAN,    /* id: the session, of types II and III */
    TUNNEL_VXLAN,     /* id: the VNI */
    TUNNEL_VXLAN_GPE, /* id: the VNI */
    TUNNEL_GENEVE,    /* id: the VNI */
    TUNNEL_GTP_U,     /* id: the TEID */
    TUNNEL_MPLS,      /* id: the last label that is no special one */
    TUNNEL_PPPOE,     /* id: the session */
    TUNNEL_CAPWAP,
    TUNNEL_TEREDO,
    TUNNEL_KINDS,
};

/* UDP ports of those that have one (IANA; the last is Linux's of before that). */
enum tunnel_port {
    TUNNEL_PORT_GTP_U = 2152,
    TUNNEL_PORT_TEREDO = 3544,
    TUNNEL_PORT_VXLAN = 4789,
    TUNNEL_PORT_VXLAN_GPE = 4790,
    TUNNEL_PORT_CAPWAP_DATA = 5247,
    TUNNEL_PORT_GENEVE = 6081,
    TUNNEL_PORT_VXLAN_LINUX = 8472,
};

struct tunnel {
    uint8_t kind; /* enum tunnel_kind */
    bool has_id;
    uint32_t id;
};

/* tunnel_name gives the name of a kind, NULL for TUNNEL_NONE and what is none. */
const char *tunnel_name(unsigned kind);
/* tunnel_parse reads KIND or KIND:ID, the id decimal or with 0x before it; false when it is
 * neither. */
bool tunnel_parse(const char *text, struct tunnel *out);

#endif
