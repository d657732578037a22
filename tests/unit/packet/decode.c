#include <string.h>

#include "packet/packet.h"
#include "tests/unit/test.h"

/* clang-format off */
#define V4(total, id, frag, proto) 0x45, 0, (total) >> 8, (total) & 255, 0, id, (frag) >> 8, (frag) & 255, 64, proto, 0, 0, \
        192, 0, 2, 1, 192, 0, 2, 2
#define TCP 0xc0, 0, 1, 0xbb, 0, 0, 0, 9, 0, 0, 0, 7, 0x50, 0x18, 1, 0, 0, 0, 0, 0
#define MAC 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
#define V6(len, next) 0x60, 0, 0, 0, 0, len, next, 61, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, \
        0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2
/* clang-format on */

static void links(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint16_t link;
        uint16_t vlan;
        enum packet_result result;
        size_t n;
        uint8_t b[120];
    } rows[] = {
            {"ethernet", 1, 0, PACKET_OK, 60, {MAC, 8, 0, V4(43, 1, 0, 6), TCP, 'a', 'b', 'c'}},
            {"802.1Q", 1, 5, PACKET_OK, 61,
                    {MAC, 0x81, 0, 0x20, 5, 8, 0, V4(43, 1, 0, 6), TCP, 'a', 'b', 'c'}},
            {"QinQ", 1, 100, PACKET_OK, 65,
                    {MAC, 0x88, 0xa8, 0, 100, 0x81, 0, 0, 7, 8, 0, V4(43, 1, 0, 6), TCP, 'a', 'b',
                            'c'}},
            {"SNAP", 1, 0, PACKET_OK, 65,
                    {MAC, 0, 51, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0, V4(43, 1, 0, 6), TCP, 'a', 'b',
                            'c'}},
            {"raw", 101, 0, PACKET_OK, 43, {V4(43, 1, 0, 6), TCP, 'a', 'b', 'c'}},
            {"offload: no total length", 101, 0, PACKET_OK, 43,
                    {V4(0, 1, 0, 6), TCP, 'a', 'b', 'c'}},
            {"null", 0, 0, PACKET_OK, 47, {2, 0, 0, 0, V4(43, 1, 0, 6), TCP, 'a', 'b', 'c'}},
            {"loop", 108, 0, PACKET_OK, 47, {0, 0, 0, 2, V4(43, 1, 0, 6), TCP, 'a', 'b', 'c'}},
            {"PPP in HDLC framing", 50, 0, PACKET_OK, 47,
                    {0xff, 3, 0, 0x21, V4(43, 1, 0, 6), TCP, 'a', 'b', 'c'}},
            {"PPP, short protocol", 9, 0, PACKET_OK, 44,
                    {0x21, V4(43, 1, 0, 6), TCP, 'a', 'b', 'c'}},
            {"cooked", 113, 0, PACKET_OK, 59,
                    {0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 8, 0, V4(43, 1, 0, 6), TCP, 'a', 'b',
                            'c'}},
            {"cooked v2", 276, 0, PACKET_OK, 63,
                    {8, 0, 0, 0, 0, 0, 0, 3, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, V4(43, 1, 0, 6),
                            TCP, 'a', 'b', 'c'}},
            {"IPv6, hop-by-hop, destination options", 101, 0, PACKET_OK, 79,
                    {V6(39, 0), 60, 0, 1, 4, 0, 0, 0, 0, 6, 0, 1, 4, 0, 0, 0, 0, TCP, 'a', 'b',
                            'c'}},
            {"MPLS", 1, 0, PACKET_OK, 65,
                    {MAC, 0x88, 0x47, 0, 1, 0x10, 64, 0, 2, 0x11, 64, V4(43, 1, 0, 6), TCP, 'a',
                            'b', 'c'}},
            {"Ethernet over MPLS", 1, 0, PACKET_OK, 79,
                    {MAC, 0x88, 0x47, 0, 2, 0x11, 64, 0, 0, 0, 0, MAC, 8, 0, V4(43, 1, 0, 6), TCP,
                            'a', 'b', 'c'}},
            {"PPPoE", 1, 0, PACKET_OK, 65,
                    {MAC, 0x88, 0x64, 0x11, 0, 0, 1, 0, 45, 0, 0x21, V4(43, 1, 0, 6), TCP, 'a', 'b',
                            'c'}},
            {"ARP", 1, 0, PACKET_OTHER, 42, {MAC, 8, 6}},
            {"unknown link type", 147, 0, PACKET_UNSUPPORTED, 43, {V4(43, 1, 0, 6), TCP}},
            {"TCP header longer than the packet", 101, 0, PACKET_MALFORMED, 40,
                    {V4(40, 1, 0, 6), 0xc0, 0, 1, 0xbb, 0, 0, 0, 9, 0, 0, 0, 7, 0xf0, 0x18}},
            {"IP header length 0", 101, 0, PACKET_MALFORMED, 43,
                    {0x40, 0, 0, 43, 0, 1, 0, 0, 64, 6}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct decoder *d = decoder_new();
        struct packet p;
        struct frame f = {.number = 4,
                .link_type = rows[i].link,
                .wire_len = (uint32_t)rows[i].n,
                .data = {rows[i].b, rows[i].n}};
        if (packet_decode(d, &f, &p) != rows[i].result)
            fail_msg("%s", rows[i].name);
        assert_int_equal(p.vlan, rows[i].vlan);
        if (rows[i].result == PACKET_OK) {
            assert_int_equal(p.payload.n, 3);
            assert_memory_equal(p.payload.p, "abc", 3);
            assert_int_equal(p.payload_wire_len, 3);
            assert_int_equal(p.dst_port, 443);
            assert_int_equal(p.seq, 9);
        }
        /* Every cut is told from a contradiction, and never reads past the end. */
        for (size_t n = 0; n < rows[i].n; n++) {
            f.data.n = n;
            enum packet_result r = packet_decode(d, &f, &p);
            if (rows[i].result == PACKET_OK)
                assert_true(r == PACKET_TRUNCATED || (r == PACKET_OK && p.payload.n < 4));
        }
        decoder_free(d);
    }
}

static enum packet_result piece(
        struct decoder *d, struct packet *p, uint16_t frag, const uint8_t *data, uint8_t n)
{
    static uint8_t b[120];
    const uint8_t header[] = {V4(0, 9, 0, 6)};
    memcpy(b, header, 20);
    b[3] = (uint8_t)(20 + n);
    b[6] = (uint8_t)(frag >> 8);
    b[7] = (uint8_t)frag;
    memcpy(b + 20, data, n);
    struct frame f = {.link_type = 101, .wire_len = 20U + n, .data = {b, 20U + n}};
    return packet_decode(d, &f, p);
}

static void fragments(void **state)
{
    (void)state;
    const uint8_t whole[32] = {TCP, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'};
    struct decoder *d = decoder_new();
    struct packet p;
    /* last first, a duplicate, an overlap with the same bytes */
    assert_int_equal(piece(d, &p, 3, whole + 24, 8), PACKET_FRAGMENT);
    uint16_t first = p.datagram;
    assert_true(first != 0);
    assert_int_equal(piece(d, &p, 0x2000, whole, 8), PACKET_FRAGMENT);
    assert_int_equal(p.datagram, first);
    assert_int_equal(piece(d, &p, 0x2000, whole, 16), PACKET_FRAGMENT);
    assert_int_equal(piece(d, &p, 0x2001, whole + 8, 24), PACKET_OK);
    assert_int_equal(p.datagram, first);
    assert_int_equal(p.payload.n, 12);
    assert_memory_equal(p.payload.p, "abcdefghijkl", 12);
    assert_int_equal(decoder_counters(d)->reassembled, 1);
    /* an overlap with other bytes spoils the datagram */
    uint8_t other[16];
    memset(other, 'x', sizeof other);
    assert_int_equal(piece(d, &p, 0x2000, whole, 16), PACKET_FRAGMENT);
    assert_true(p.datagram != first);
    assert_int_equal(piece(d, &p, 0x2001, other, 16), PACKET_FRAGMENT);
    assert_int_equal(piece(d, &p, 2, whole + 16, 16), PACKET_FRAGMENT);
    assert_int_equal(decoder_counters(d)->reassembled, 1);
    decoder_free(d);
}

/* What looks like six zero bytes of payload in the shortest frame is padding, unless pushed. */
static void padding(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint16_t link;
        uint8_t flags, total, last;
        size_t n; /* of the payload */
    } rows[] = {{"padding that the IP length counts", 1, 0x10, 46, 0, 0},
            {"with FIN", 1, 0x11, 46, 0, 0}, {"pushed: data", 1, 0x18, 46, 0, 6},
            {"not zero: data", 1, 0x10, 46, 9, 6}, {"no Ethernet: data", 101, 0x10, 46, 0, 6},
            {"padding behind the IP length", 1, 0x10, 40, 0, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t b[60] = {MAC, 8, 0, V4(46, 1, 0, 6), TCP};
        struct decoder *d = decoder_new();
        struct packet p;
        b[17] = rows[i].total;
        b[47] = rows[i].flags;
        b[59] = rows[i].last;
        size_t skip = rows[i].link == 1 ? 0 : 14;
        struct frame f = {.link_type = rows[i].link,
                .wire_len = (uint32_t)(60 - skip),
                .data = {b + skip, 60 - skip}};
        assert_int_equal(packet_decode(d, &f, &p), PACKET_OK);
        if (p.payload.n != rows[i].n || p.payload_wire_len != rows[i].n)
            fail_msg("%s: %zu bytes", rows[i].name, p.payload.n);
        decoder_free(d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(links), cmocka_unit_test(fragments), cmocka_unit_test(padding)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
