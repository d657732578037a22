/*
 * Connections of captures, and copies of them that no reader takes for the same: another client
 * address, another client port, other randoms and other X25519 shares. Classic pcap over Ethernet
 * and IPv4 only; everything else in a source is left out. For single programs.
 */
#ifndef TESTS_BENCH_FLOWS_H
#define TESTS_BENCH_FLOWS_H

#include <pcap/pcap.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FLOWS = 2048, MOST_PACKETS = 512, CLIENTS = 1000 };

struct kept {
    uint8_t *data;
    uint32_t len;
    int is_from_client;
};

struct flow {
    uint8_t client[4], server[4];
    uint16_t client_port, server_port;
    struct kept packets[MOST_PACKETS];
    size_t n;
};

static struct flow *flows[MOST_FLOWS];
static size_t n_flows, first_flow; /* first_flow: of the file being read */
static uint64_t start_us;          /* the source's: its certificates are valid then */

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

/* The flow of a packet; a SYN makes a new one. NULL when the packet is not wanted. */
static struct flow *flow_of(const uint8_t *ip, const uint8_t *tcp, int *is_from_client)
{
    for (size_t i = n_flows; i-- > first_flow;) {
        struct flow *f = flows[i];
        uint16_t src = get16(tcp), dst = get16(tcp + 2);
        *is_from_client = memcmp(f->client, ip + 12, 4) == 0 && f->client_port == src &&
                          memcmp(f->server, ip + 16, 4) == 0 && f->server_port == dst;
        if (*is_from_client || (memcmp(f->client, ip + 16, 4) == 0 && f->client_port == dst &&
                                       memcmp(f->server, ip + 12, 4) == 0 && f->server_port == src))
            return f;
    }
    if ((tcp[13] & 0x12) != 0x02 || n_flows == MOST_FLOWS)
        return NULL;
    struct flow *f = calloc(1, sizeof *f);
    if (f == NULL)
        abort();
    memcpy(f->client, ip + 12, 4);
    memcpy(f->server, ip + 16, 4);
    f->client_port = get16(tcp);
    f->server_port = get16(tcp + 2);
    flows[n_flows++] = f;
    *is_from_client = 1;
    return f;
}

static void take(const uint8_t *frame, uint32_t len)
{
    if (len < 54 || get16(frame + 12) != 0x0800 || frame[23] != 6)
        return;
    const uint8_t *ip = frame + 14;
    const uint8_t *tcp = ip + (size_t)(ip[0] & 15) * 4;
    int is_from_client = 0;
    if (tcp + 20 > frame + len)
        return;
    struct flow *f = flow_of(ip, tcp, &is_from_client);
    if (f == NULL || f->n == MOST_PACKETS)
        return;
    struct kept *k = &f->packets[f->n++];
    k->data = malloc(len);
    if (k->data == NULL)
        abort();
    memcpy(k->data, frame, len);
    k->len = len;
    k->is_from_client = is_from_client;
}

/* SplitMix64. */
static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* n bytes, a multiple of 8, that no other copy has. */
static void fill(uint8_t *to, size_t n, uint32_t copy, uint64_t what)
{
    for (size_t i = 0; i < n; i += 8) {
        uint64_t v = mix((uint64_t)copy << 16 ^ what << 8 ^ i);
        memcpy(to + i, &v, sizeof v);
    }
}

/* Public values of X25519, of which any 32 bytes will do: in key_share (RFC 8446 4.2.8) and in a
 * ServerKeyExchange (RFC 8422 5.4). */
static void renew_shares(uint8_t *payload, size_t n, uint32_t copy)
{
    static const uint8_t MARKS[2][4] = {{0x00, 0x1d, 0x00, 0x20}, {0x03, 0x00, 0x1d, 0x20}};
    if (n < 5 || payload[0] != 22)
        return;
    for (size_t i = 5; i + 36 <= n; i++)
        for (int k = 0; k < 2; k++)
            if (memcmp(payload + i, MARKS[k], 4) == 0)
                fill(payload + i + 4, 32, copy, payload[5]);
}

/* A hello at the start of the payload gets a random of its own, so that copies are no duplicates.
 */
static void renew_random(uint8_t *payload, size_t n, uint32_t copy)
{
    int is_hello = n > 43 && payload[0] == 22 && (payload[5] == 1 || payload[5] == 2);
    static const uint8_t HRR[4] = {0xcf, 0x21, 0xad, 0x74};
    if (!is_hello || memcmp(payload + 11, HRR, sizeof HRR) == 0)
        return;
    fill(payload + 11, 24, copy, payload[5]); /* the last eight may hold a sentinel */
}

/* Writes the packet of a copy to out, which has room for it; gives its TCP header. */
static uint8_t *copy_packet(uint8_t *out, const struct kept *k, uint32_t copy)
{
    memcpy(out, k->data, k->len);
    uint8_t *ip = out + 14;
    uint8_t *tcp = ip + (size_t)(ip[0] & 15) * 4;
    uint8_t *client = k->is_from_client ? ip + 12 : ip + 16;
    client[0] = 10;
    client[1] = 1;
    client[2] = (uint8_t)(copy % CLIENTS >> 8);
    client[3] = (uint8_t)(copy % CLIENTS);
    put16(k->is_from_client ? tcp : tcp + 2, 20000 + copy / CLIENTS % 40000);
    uint8_t *payload = tcp + (size_t)(tcp[12] >> 4) * 4;
    if (payload < out + k->len) {
        size_t n = (size_t)(out + k->len - payload);
        renew_random(payload, n, copy);
        renew_shares(payload, n, copy);
    }
    return tcp;
}

static void write_header(FILE *out)
{
    uint32_t head[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1};
    if (fwrite(head, sizeof head, 1, out) != 1)
        exit(1);
}

static void write_frame(
        FILE *out, const uint8_t *frame, uint32_t len, uint32_t wire_len, uint64_t us)
{
    uint32_t head[4] = {(uint32_t)(us / 1000000), (uint32_t)(us % 1000000), len, wire_len};
    if (fwrite(head, sizeof head, 1, out) != 1 || fwrite(frame, len, 1, out) != 1) {
        perror("writing");
        exit(1);
    }
}

static void load_flows(const char *path)
{
    char why[PCAP_ERRBUF_SIZE];
    struct pcap_pkthdr *h;
    const u_char *data;
    pcap_t *p = pcap_open_offline(path, why);
    if (p == NULL) {
        (void)fprintf(stderr, "%s: %s\n", path, why);
        exit(1);
    }
    first_flow = n_flows;
    while (pcap_datalink(p) == DLT_EN10MB && pcap_next_ex(p, &h, &data) == 1) {
        if (start_us == 0)
            start_us = (uint64_t)h->ts.tv_sec * 1000000;
        if (h->caplen == h->len && h->len < 65536)
            take(data, h->caplen);
    }
    pcap_close(p);
}

#endif
