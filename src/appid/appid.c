/* The only file that knows nDPI's types. */
#include "appid/appid.h"

#include <ndpi/ndpi_api.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"

enum { NAME_CACHE = 20000, NAME_MOST = 255, LOOK = 8, LOOK_FULL = 24 };
enum { PAYLOAD_MOST = 2048, PACKET_MOST = 2 * PAYLOAD_MOST };

struct appid {
    struct ndpi_detection_module_struct *module; /* made by the first call that needs it */
    struct map *names;                           /* host name: struct appid_label */
    uint8_t *packet; /* PACKET_MOST bytes: what nDPI is given, zeros behind it */
};

struct appid_flow {
    struct ndpi_flow_struct *flow;
    ndpi_protocol proto;
    unsigned n_packets;
    uint8_t transport;
    bool is_given_up;
};

/* nDPI's initialisation is not safe in several threads at once. */
static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER;

struct appid *appid_new(void)
{
    struct appid *a = xcalloc(1, sizeof *a);
    a->names = map_new(&(struct map_options){.cap = NAME_CACHE, .on_evict = map_xfree});
    return a;
}

void appid_free(struct appid *a)
{
    if (a == NULL)
        return;
    (void)pthread_mutex_lock(&starting);
    if (a->module != NULL)
        ndpi_exit_detection_module(a->module);
    (void)pthread_mutex_unlock(&starting);
    map_free(a->names);
    xfree(a->packet);
    xfree(a);
}

static struct ndpi_detection_module_struct *module_new(void)
{
#ifdef NDPI_INIT_TAKES_CONTEXT
    struct ndpi_detection_module_struct *m = ndpi_init_detection_module(NULL);
#else
    struct ndpi_detection_module_struct *m = ndpi_init_detection_module(ndpi_no_prefs);
#endif
    if (m == NULL)
        return NULL;
#ifdef NDPI_HAS_BITMASK2
    NDPI_PROTOCOL_BITMASK all;
    NDPI_BITMASK_SET_ALL(all);
    ndpi_set_protocol_detection_bitmask2(m, &all);
#endif
    ndpi_finalize_initialization(m);
    return m;
}

static bool ready(struct appid *a)
{
    if (a->module != NULL)
        return true;
    (void)pthread_mutex_lock(&starting);
    a->module = module_new();
    (void)pthread_mutex_unlock(&starting);
    if (a->packet == NULL)
        a->packet = xcalloc(1, PACKET_MOST);
    return a->module != NULL;
}

/* Lower-case letters, digits, '.', '-' and '_' only: nothing else is a host name to label. */
static size_t clean_name(struct bytes host, char out[NAME_MOST + 1])
{
    if (host.n == 0 || host.n > NAME_MOST)
        return 0;
    for (size_t i = 0; i < host.n; i++) {
        uint8_t c = host.p[i];
        if (c >= 'A' && c <= 'Z')
            c = (uint8_t)(c + ('a' - 'A'));
        bool is_fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
                       c == '_';
        if (!is_fine)
            return 0;
        out[i] = (char)c;
    }
    out[host.n] = '\0';
    return host.n;
}

static struct appid_label look_up(struct appid *a, char *name, size_t n)
{
    struct appid_label label = {.risks = 0};
    ndpi_protocol_match_result result;
    memset(&result, 0, sizeof result);
    int id = ndpi_match_string_subprotocol(a->module, name, (u_int)n, &result);
    if (id <= NDPI_PROTOCOL_UNKNOWN)
        return label;
    const char *text = ndpi_get_proto_name(a->module, (u_int16_t)id);
    if (text != NULL)
        (void)snprintf(label.name, sizeof label.name, "TLS.%s", text);
    return label;
}

struct appid_label appid_by_name(struct appid *a, struct bytes host)
{
    static const struct appid_label NONE;
    char name[NAME_MOST + 1];
    size_t n = clean_name(host, name);
    if (n == 0)
        return NONE;
    struct bytes key = {(const uint8_t *)name, n};
    struct appid_label *known = map_get(a->names, key);
    if (known != NULL)
        return *known;
    if (!ready(a))
        return NONE;
    known = xcalloc(1, sizeof *known);
    map_put(a->names, key, known);
    *known = look_up(a, name, n);
    return *known;
}

struct appid_flow *appid_flow_new(struct appid *a, uint8_t transport)
{
    struct appid_flow *f = xcalloc(1, sizeof *f);
    f->transport = transport;
    if (ready(a))
        f->flow = xcalloc(1, SIZEOF_FLOW_STRUCT);
    return f;
}

void appid_flow_free(struct appid_flow *f)
{
    if (f == NULL)
        return;
    if (f->flow != NULL)
        ndpi_free_flow_data(f->flow);
    xfree(f->flow);
    xfree(f);
}

static void put16(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
}

static void put32(uint8_t *to, uint32_t value)
{
    put16(to, value >> 16);
    put16(to + 2, value);
}

static size_t put_ip(uint8_t *to, const struct packet *p, size_t n_inside)
{
    if (p->ip_version == 6) {
        to[0] = 0x60;
        put16(to + 4, (uint32_t)n_inside);
        to[6] = p->transport;
        to[7] = p->ttl;
        memcpy(to + 8, p->src, 16);
        memcpy(to + 24, p->dst, 16);
        return 40;
    }
    to[0] = 0x45;
    put16(to + 2, (uint32_t)n_inside + 20);
    put16(to + 4, p->ip_id);
    to[8] = p->ttl;
    to[9] = p->transport;
    memcpy(to + 12, p->src + 12, 4);
    memcpy(to + 16, p->dst + 12, 4);
    return 20;
}

/*
 * Writes the packet anew, with the plainest headers (RFC 791, 8200, 9293, 768; checksums zero):
 * nDPI's own reading of options, extension headers, fragments and contradictory lengths is never
 * asked for. The copy is aligned, and what nDPI reads past its end is ours, and zero. Gives its
 * size.
 */
static size_t write_packet(uint8_t *to, const struct packet *p)
{
    size_t n = p->payload.n < PAYLOAD_MOST ? p->payload.n : PAYLOAD_MOST;
    size_t n_header = p->transport == PACKET_TCP ? 20 : 8;
    memset(to, 0, PACKET_MOST);
    uint8_t *at = to + put_ip(to, p, n_header + n);
    put16(at, p->src_port);
    put16(at + 2, p->dst_port);
    if (p->transport == PACKET_TCP) {
        put32(at + 4, p->seq);
        put32(at + 8, p->ack);
        at[12] = 0x50;
        at[13] = p->tcp_flags;
        put16(at + 14, p->window);
    } else {
        put16(at + 4, (uint32_t)(n_header + n));
    }
    at += n_header;
    if (n > 0)
        memcpy(at, p->payload.p, n);
    return (size_t)(at - to) + n;
}

static ndpi_protocol process(
        struct appid *a, struct appid_flow *f, const struct packet *p, int64_t ts_us)
{
    u_int64_t ms = ts_us > 0 ? (u_int64_t)ts_us / 1000 : 0;
    unsigned short n = (unsigned short)write_packet(a->packet, p);
#ifdef NDPI_PROCESS_TAKES_INFO
    return ndpi_detection_process_packet(a->module, f->flow, a->packet, n, ms, NULL);
#else
    return ndpi_detection_process_packet(a->module, f->flow, a->packet, n, ms);
#endif
}

static uint16_t app_of(const ndpi_protocol *p)
{
#ifdef NDPI_PROTO_IS_NESTED
    return p->proto.app_protocol;
#else
    return p->app_protocol;
#endif
}

static uint16_t master_of(const ndpi_protocol *p)
{
#ifdef NDPI_PROTO_IS_NESTED
    return p->proto.master_protocol;
#else
    return p->master_protocol;
#endif
}

bool appid_packet(
        struct appid *a, struct appid_flow *f, const struct packet *p, int64_t ts_us, bool is_full)
{
    unsigned most = is_full ? LOOK_FULL : LOOK;
    if (f->flow == NULL || f->n_packets >= most)
        return true;
    /* nDPI 4.2 reads a NULL when a flow of one transport is given a packet of the other. */
    if (p->transport != f->transport)
        return false;
    f->proto = process(a, f, p, ts_us);
    f->n_packets++;
    return app_of(&f->proto) != NDPI_PROTOCOL_UNKNOWN || f->n_packets >= most;
}

static ndpi_protocol give_up(struct appid *a, struct appid_flow *f)
{
    u_int8_t was_guessed = 0;
    /* A guess by port would call everything on 443 TLS: it is not asked for here, and where a
     * release guesses unasked, is_seen refuses it. */
#if defined NDPI_GIVEUP_TAKES_TWO
    (void)was_guessed;
    return ndpi_detection_giveup(a->module, f->flow);
#elif defined NDPI_GIVEUP_TAKES_THREE
    return ndpi_detection_giveup(a->module, f->flow, &was_guessed);
#else
    return ndpi_detection_giveup(a->module, f->flow, 0, &was_guessed);
#endif
}

/* Whether the protocol comes from the bytes, not from a port or a list of addresses. */
static bool is_seen(const struct appid_flow *f)
{
    if (app_of(&f->proto) == NDPI_PROTOCOL_UNKNOWN && master_of(&f->proto) == NDPI_PROTOCOL_UNKNOWN)
        return false;
#ifdef NDPI_FLOW_HAS_CONFIDENCE
    return f->flow->confidence != NDPI_CONFIDENCE_MATCH_BY_PORT &&
           f->flow->confidence != NDPI_CONFIDENCE_MATCH_BY_IP;
#else
    return !f->is_given_up;
#endif
}

/* "Master.App", as nDPI's own tools write it; its function for it takes another type in 5.0. */
static void name_of(struct appid *a, const ndpi_protocol *p, struct appid_label *label)
{
    uint16_t app = app_of(p);
    uint16_t master = master_of(p);
    bool is_pair = app != NDPI_PROTOCOL_UNKNOWN && master != NDPI_PROTOCOL_UNKNOWN && app != master;
    const char *first =
            ndpi_get_proto_name(a->module, master != NDPI_PROTOCOL_UNKNOWN ? master : app);
    const char *second = is_pair ? ndpi_get_proto_name(a->module, app) : NULL;
    if (first != NULL)
        (void)snprintf(label->name, sizeof label->name, "%s%s%s", first, second != NULL ? "." : "",
                second != NULL ? second : "");
}

struct appid_label appid_flow_label(struct appid *a, struct appid_flow *f)
{
    struct appid_label label = {.risks = 0};
    if (f == NULL || f->flow == NULL || f->n_packets == 0)
        return label;
    if (app_of(&f->proto) == NDPI_PROTOCOL_UNKNOWN && !f->is_given_up) {
        f->proto = give_up(a, f);
        f->is_given_up = true;
    }
    if (is_seen(f))
        name_of(a, &f->proto, &label);
    label.risks = f->flow->risk;
    return label;
}

const char *appid_version(void)
{
    return ndpi_revision();
}
