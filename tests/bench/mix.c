/*
 * mix OUT SECONDS [PACKETS_PER_SECOND [HANDSHAKES_PER_SECOND]] SOURCE...: a capture as a busy link
 * has it: 88 of 100 packets are records of application data and their acknowledgements on
 * connections that begin with a handshake of a source, the rest handshakes, QUIC, DNS, plain HTTP,
 * refused SYNs, ARP and ICMP. Of bulk packets the first bytes are stored (caplen < len).
 */
#include "flows.h"

enum {
    SEGMENT = 1448,
    RECORD = 11 * SEGMENT, /* a record begins where a segment does */
    STORED = 96,
    BULK = 88, /* of 100 packets */
    STEP_US = 1000,
    MOST_OPEN = 1 << 16,
    FIRST = 20, /* connections at once, so that there is bulk from the start */
};

/* A connection: the packets of its source before the first FIN, RST or alert, bulk, the others. */
struct connection {
    const struct flow *flow;
    size_t at, split;
    uint32_t copy;
    uint64_t due_us;
    uint64_t bulk_left, segments;
    uint32_t seq[2]; /* next of server and client */
};

static struct connection *opened[MOST_OPEN]; /* being opened or closed */
static struct connection *bulk[MOST_OPEN];
static size_t n_opened, n_bulk;
static uint64_t bulk_each;
static uint8_t frame[65536 + 64];

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v);
}

static const uint8_t *tcp_of(const struct kept *k)
{
    return k->data + 14 + (size_t)(k->data[14] & 15) * 4;
}

static size_t payload_of(const struct kept *k, const uint8_t **out)
{
    const uint8_t *tcp = tcp_of(k);
    const uint8_t *ip = k->data + 14;
    size_t heads = (size_t)(ip[0] & 15) * 4 + (size_t)(tcp[12] >> 4) * 4;
    *out = ip + heads;
    return get16(ip + 2) > heads ? get16(ip + 2) - heads : 0;
}

static size_t split_of(const struct flow *f)
{
    for (size_t i = 0; i < f->n; i++) {
        const uint8_t *p;
        size_t n = payload_of(&f->packets[i], &p);
        if ((tcp_of(&f->packets[i])[13] & 5) != 0 || (n > 0 && p[0] == 21))
            return i;
    }
    return f->n;
}

/* A connection can carry bulk when both sides sent application data before its end. */
static int is_useful(const struct flow *f)
{
    int seen[2] = {0, 0};
    for (size_t i = 0; i < split_of(f); i++) {
        const uint8_t *p;
        if (payload_of(&f->packets[i], &p) > 5 && p[0] == 23)
            seen[f->packets[i].is_from_client] = 1;
    }
    return seen[0] && seen[1];
}

static void keep_useful(void)
{
    size_t n = 0;
    for (size_t i = 0; i < n_flows; i++)
        if (is_useful(flows[i]))
            flows[n++] = flows[i];
    n_flows = n;
}

static void open_connection(uint32_t copy, uint64_t us)
{
    struct connection *c = calloc(1, sizeof *c);
    if (c == NULL || n_opened + n_bulk == MOST_OPEN) {
        (void)fprintf(stderr, "mix: too few packets a second for so many handshakes\n");
        exit(1);
    }
    c->flow = flows[copy % n_flows];
    c->split = split_of(c->flow);
    c->copy = copy;
    c->due_us = us;
    c->bulk_left = bulk_each;
    opened[n_opened++] = c;
}

/* The next packet of the source; what was sent in between moves its numbers. */
static void put_source(FILE *out, struct connection *c, uint64_t us)
{
    const struct kept *k = &c->flow->packets[c->at++];
    const uint8_t *p;
    uint8_t *tcp = copy_packet(frame, k, c->copy);
    uint32_t moved = (uint32_t)(c->segments * SEGMENT);
    if (c->at <= c->split) {
        uint32_t end = get32(tcp + 4) + (uint32_t)payload_of(k, &p) + (tcp[13] >> 1 & 1);
        c->seq[k->is_from_client] = end;
    } else {
        put32(tcp + (k->is_from_client ? 8 : 4), get32(tcp + (k->is_from_client ? 8 : 4)) + moved);
    }
    write_frame(out, frame, k->len, k->len, us);
    c->due_us = us + STEP_US;
}

/* Two segments of the server, then an acknowledgement of the client. */
static void put_bulk(FILE *out, struct connection *c, uint64_t us)
{
    int is_ack = c->bulk_left-- % 3 == 0;
    const struct kept *k = &c->flow->packets[0];
    for (size_t i = 0; i < c->split; i++)
        if (c->flow->packets[i].is_from_client == is_ack)
            k = &c->flow->packets[i];
    uint8_t *tcp = copy_packet(frame, k, c->copy);
    uint32_t to = c->seq[0] + (uint32_t)(c->segments * SEGMENT);
    size_t options = (size_t)(tcp[12] >> 4) * 4;
    uint8_t *payload = tcp + options;
    size_t heads = (size_t)(payload - frame);
    tcp[13] = 0x10;
    put32(tcp + 4, is_ack ? c->seq[1] : to);
    put32(tcp + 8, is_ack ? to : c->seq[1]);
    put16(frame + 16, (uint32_t)(heads - 14 + (is_ack ? 0 : SEGMENT)));
    if (is_ack) {
        write_frame(out, frame, (uint32_t)heads, (uint32_t)heads, us);
        return;
    }
    fill(payload, 32, c->copy, c->segments);
    if (c->segments % (RECORD / SEGMENT) == 0) {
        const uint8_t header[5] = {23, 3, 3, (RECORD - 5) >> 8, (RECORD - 5) & 0xff};
        memcpy(payload, header, sizeof header);
    }
    c->segments++;
    write_frame(out, frame, STORED, (uint32_t)(heads + SEGMENT), us);
}

/* Whole records only. */
static int is_done(const struct connection *c)
{
    return c->bulk_left == 0 || (c->bulk_left < 3 * RECORD / SEGMENT &&
                                        c->segments % (RECORD / SEGMENT) == 0 && c->segments > 0);
}

static void put_other(FILE *out, uint64_t i, uint64_t us)
{
    /* ARP; ICMP; UDP of DNS and QUIC; TCP of HTTP; a SYN, its RST. */
    static const uint8_t KINDS[11] = {0, 1, 2, 2, 3, 3, 3, 4, 4, 5, 6};
    static const uint32_t SIZES[] = {60, 98, 120, 1292, 1514, 60, 60};
    uint8_t kind = KINDS[i / 100 % 11];
    uint32_t stored = SIZES[kind] < STORED ? SIZES[kind] : STORED;
    static const uint8_t MACS[14] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};
    memset(frame, 0, STORED);
    memcpy(frame, MACS, sizeof MACS);
    uint8_t *ip = frame + 14;
    if (kind == 0) {
        frame[13] = 6;
        write_frame(out, frame, stored, SIZES[kind], us);
        return;
    }
    ip[0] = 0x45;
    put16(ip + 2, SIZES[kind] - 14);
    ip[8] = 64;
    ip[9] = kind == 1 ? 1 : kind <= 3 ? 17 : 6;
    uint32_t who = (uint32_t)mix(i / (kind == 5 || kind == 6 ? 1 : 100000));
    put32(ip + 12, 0x0a020000 | (who & 0xffff));
    put32(ip + 16, 0x0a030001);
    uint8_t *l4 = ip + 20;
    put16(l4, 1024 + (who >> 16) % 60000);
    put16(l4 + 2, kind == 2 ? 53 : kind == 3 ? 443 : kind == 4 ? 80 : 8443);
    if (kind == 2 || kind == 3) {
        put16(l4 + 4, SIZES[kind] - 34);
        l4[8] = 0x40; /* QUIC, short header */
    } else if (kind >= 4) {
        put32(l4 + 4, (uint32_t)(i / 100 * 1460));
        l4[12] = 0x50;
        l4[13] = kind == 4 ? 0x10 : kind == 5 ? 2 : 0x14;
        memset(l4 + 20, 'x', 10);
    }
    if (kind >= 5)
        put16(ip + 2, 40);
    write_frame(out, frame, stored, SIZES[kind], us);
}

static void turn_opened(FILE *out, size_t i, uint64_t us)
{
    struct connection *c = opened[i];
    if (c->at < c->flow->n)
        put_source(out, c, us);
    int is_bulk = c->at == c->split && !is_done(c);
    if (!is_bulk && c->at < c->flow->n)
        return;
    if (is_bulk)
        bulk[n_bulk++] = c;
    else
        free(c);
    opened[i] = opened[--n_opened];
}

static int turn_bulk(FILE *out, uint64_t turn, uint64_t us)
{
    if (n_bulk == 0)
        return 0;
    size_t i = turn % n_bulk;
    struct connection *c = bulk[i];
    put_bulk(out, c, us);
    if (is_done(c)) {
        bulk[i] = bulk[--n_bulk];
        c->due_us = us + STEP_US;
        opened[n_opened++] = c;
    }
    return 1;
}

static size_t due(uint64_t us)
{
    size_t i = 0;
    while (i < n_opened && opened[i]->due_us > us)
        i++;
    return i;
}

static void write_all(FILE *out, double seconds, uint64_t rate, uint64_t handshakes)
{
    uint64_t n = (uint64_t)((double)rate * seconds), n_bulk_sent = 0;
    uint32_t copies = 0;
    bulk_each = rate * (BULK + 2) / 100 / handshakes;
    write_header(out);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t since_us = i * 1000000 / rate, us = start_us + since_us;
        while (copies < FIRST + since_us * handshakes / 1000000)
            open_connection(copies++, us);
        size_t next = n_opened > 0 ? due(us) : 0;
        if (next < n_opened)
            turn_opened(out, next, us);
        else if (i * BULK / 100 > n_bulk_sent && turn_bulk(out, i, us))
            n_bulk_sent++;
        else
            put_other(out, i * 100, us);
    }
    (void)printf("%llu packets, %llu of bulk, %u connections\n", (unsigned long long)n,
            (unsigned long long)n_bulk_sent, copies);
}

int main(int argc, char **argv)
{
    int at = 3;
    uint64_t numbers[2] = {300000, 200};
    if (argc < 4) {
        (void)fprintf(stderr, "usage: mix OUT SECONDS [PACKETS_PER_SECOND [HANDSHAKES_PER_SECOND]] "
                              "SOURCE...\n");
        return 1;
    }
    for (; at < argc - 1 && at < 5 && argv[at][0] >= '0' && argv[at][0] <= '9'; at++)
        numbers[at - 3] = strtoull(argv[at], NULL, 10);
    for (; at < argc; at++)
        load_flows(argv[at]);
    keep_useful();
    FILE *out = fopen(argv[1], "wb");
    if (out == NULL || n_flows == 0 || numbers[0] == 0 || numbers[1] == 0) {
        (void)fprintf(stderr, "mix: %s\n",
                out == NULL ? "cannot write the output" : "no connection with data of both sides");
        return 1;
    }
    write_all(out, strtod(argv[2], NULL), numbers[0], numbers[1]);
    return fclose(out) == 0 ? 0 : 1;
}
