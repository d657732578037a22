#ifndef TLSWIRE_APPID_APPID_H
#define TLSWIRE_APPID_APPID_H

#include "packet/packet.h"

/* Application labels from nDPI. Findings never rest on them. One appid per thread. */
struct appid;
struct appid_flow;

struct appid_label {
    char name[48];  /* "TLS.Google"; empty when unknown */
    uint64_t risks; /* nDPI's risk mask */
};

/* appid_new makes a detection module; creation is serialised inside. */
struct appid *appid_new(void);
void appid_free(struct appid *a);
/* appid_by_name labels by host name; results are cached (bounded). */
struct appid_label appid_by_name(struct appid *a, struct bytes host);
/* appid_flow_new starts a flow for packet inspection; packets of another transport are not fed. */
struct appid_flow *appid_flow_new(struct appid *a, uint8_t transport);
void appid_flow_free(struct appid_flow *f);
/* appid_packet feeds one packet (written anew, with plain headers, into aligned memory); true once
 * nDPI is certain or 8 payload packets (24 when is_full) were seen. */
bool appid_packet(
        struct appid *a, struct appid_flow *f, const struct packet *p, int64_t ts_us, bool is_full);
/* appid_flow_label gives the label so far; never a guess by port or address. */
struct appid_label appid_flow_label(struct appid *a, struct appid_flow *f);
/* appid_version is nDPI's version text. */
const char *appid_version(void);

#endif
