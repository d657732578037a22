#include "base/tunnel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const NAMES[TUNNEL_KINDS] = {
        [TUNNEL_IPIP] = "ipip",
        [TUNNEL_6IN4] = "6in4",
        [TUNNEL_4IN6] = "4in6",
        [TUNNEL_6IN6] = "6in6",
        [TUNNEL_GRE] = "gre",
        [TUNNEL_NVGRE] = "nvgre",
        [TUNNEL_ERSPAN] = "erspan",
        [TUNNEL_VXLAN] = "vxlan",
        [TUNNEL_VXLAN_GPE] = "vxlan-gpe",
        [TUNNEL_GENEVE] = "geneve",
        [TUNNEL_GTP_U] = "gtp-u",
        [TUNNEL_MPLS] = "mpls",
        [TUNNEL_PPPOE] = "pppoe",
        [TUNNEL_CAPWAP] = "capwap",
        [TUNNEL_TEREDO] = "teredo",
};

const char *tunnel_name(unsigned kind)
{
    return kind < TUNNEL_KINDS ? NAMES[kind] : NULL;
}

static bool parse_id(const char *text, uint32_t *out)
{
    char *end = NULL;
    bool is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    if (text[0] < '0' || text[0] > '9') /* strtoull would take a sign or a blank */
        return false;
    errno = 0;
    unsigned long long id = strtoull(text, &end, is_hex ? 16 : 10);
    *out = (uint32_t)id;
    return errno == 0 && *end == '\0' && id <= UINT32_MAX;
}

bool tunnel_parse(const char *text, struct tunnel *out)
{
    const char *colon = strchr(text, ':');
    size_t n = colon != NULL ? (size_t)(colon - text) : strlen(text);
    *out = (struct tunnel){.has_id = colon != NULL};
    for (unsigned kind = 1; kind < TUNNEL_KINDS; kind++)
        if (strlen(NAMES[kind]) == n && memcmp(NAMES[kind], text, n) == 0)
            out->kind = (uint8_t)kind;
    return out->kind != TUNNEL_NONE && (colon == NULL || parse_id(colon + 1, &out->id));
}
