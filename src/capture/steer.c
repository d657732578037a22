#include "capture/steer.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "base/tunnel.h"

/* Places in the program that are jumped to. */
enum label { NEXT, TAGGED, IN_BAND, FAMILY, V4, V6, TRANSPORT, UDP, HASH, FIRST };

struct step {
    enum label here; /* NEXT: no name */
    uint16_t code;
    uint32_t k;
    enum label yes, no; /* of jumps */
};

enum { CELL_BASE, CELL_ADDRESSES, CELL_PROTOCOL, CELL_PORT };

/* Which of several flows share a socket shall not be known outside. */
#define KEY_PORTS UINT32_MAX
#define KEY_ALL (UINT32_MAX - 1)

#define AT(offset) ((uint32_t)(SKF_NET_OFF + (offset))) /* from the network header, and X, on */
#define LOAD(size, k) NEXT, BPF_LD | (size) | BPF_IND, AT(k), NEXT, NEXT
#define CELL(what, cell) NEXT, what, cell, NEXT, NEXT
#define DO(code, k) NEXT, code, k, NEXT, NEXT
#define IF(value, yes, no) NEXT, BPF_JMP | BPF_JEQ | BPF_K, value, yes, no
#define GOTO(label) NEXT, BPF_JMP | BPF_JA, 0, label, NEXT
#define NAMED(label, code, k) label, code, k, NEXT, NEXT
/* Puts the word at k into the mixture of the addresses, X is the base before and after. */
#define MIX(k)                                                                                     \
    {LOAD(BPF_W, k)}, {CELL(BPF_LDX | BPF_MEM, CELL_ADDRESSES)},                                   \
            {DO(BPF_ALU | BPF_XOR | BPF_X, 0)}, {CELL(BPF_ST, CELL_ADDRESSES)},                    \
    {                                                                                              \
        CELL(BPF_LDX | BPF_MEM, CELL_BASE)                                                         \
    }
#define FOLD(bits)                                                                                 \
    {DO(BPF_MISC | BPF_TAX, 0)}, {DO(BPF_ALU | BPF_RSH | BPF_K, bits)},                            \
    {                                                                                              \
        DO(BPF_ALU | BPF_XOR | BPF_X, 0)                                                           \
    }
#define IF_TUNNEL                                                                                  \
    {IF(TUNNEL_PORT_GTP_U, FIRST, NEXT)}, {IF(TUNNEL_PORT_TEREDO, FIRST, NEXT)},                   \
            {IF(TUNNEL_PORT_VXLAN, FIRST, NEXT)}, {IF(TUNNEL_PORT_VXLAN_GPE, FIRST, NEXT)},        \
            {IF(TUNNEL_PORT_CAPWAP_DATA, FIRST, NEXT)}, {IF(TUNNEL_PORT_GENEVE, FIRST, NEXT)},     \
    {                                                                                              \
        IF(TUNNEL_PORT_VXLAN_LINUX, FIRST, NEXT)                                                   \
    }

/* The kernel has taken one VLAN tag away. A load beyond the packet gives the first socket. */
static const struct step STEPS[] = {
        {DO(BPF_LDX | BPF_IMM, 0)},
        {DO(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL))},
        {IF(ETH_P_8021Q, TAGGED, NEXT)},
        {IF(ETH_P_8021AD, TAGGED, FAMILY)},
        /* of a frame that leaves, the network header is behind the tags already */
        {NAMED(TAGGED, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE))},
        {IF(PACKET_OUTGOING, NEXT, IN_BAND)},
        {LOAD(BPF_B, 0)},
        {DO(BPF_ALU | BPF_RSH | BPF_K, 4)},
        {IF(4, V4, NEXT)},
        {IF(6, V6, FIRST)},
        {NAMED(IN_BAND, BPF_LD | BPF_H | BPF_ABS, AT(2))},
        {DO(BPF_LDX | BPF_IMM, 4)},
        {FAMILY, BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, V4, NEXT},
        {IF(ETH_P_IPV6, V6, FIRST)},
        /* IPv4, X is where it begins */
        {NAMED(V4, BPF_STX, CELL_BASE)},
        {LOAD(BPF_H, 6)}, /* fragments, which the kernel does not join behind two tags */
        {DO(BPF_ALU | BPF_AND | BPF_K, 0x3fff)},
        {IF(0, NEXT, FIRST)},
        {LOAD(BPF_B, 9)},
        {CELL(BPF_ST, CELL_PROTOCOL)},
        {DO(BPF_LD | BPF_IMM, 0)},
        {CELL(BPF_ST, CELL_ADDRESSES)},
        MIX(12),
        MIX(16),
        {LOAD(BPF_B, 0)},
        {DO(BPF_ALU | BPF_AND | BPF_K, 15)},
        {DO(BPF_ALU | BPF_LSH | BPF_K, 2)},
        {DO(BPF_ALU | BPF_ADD | BPF_X, 0)},
        {DO(BPF_MISC | BPF_TAX, 0)},
        {GOTO(TRANSPORT)},
        /* IPv6; a part of each address is enough */
        {NAMED(V6, BPF_STX, CELL_BASE)},
        {LOAD(BPF_B, 6)},
        {CELL(BPF_ST, CELL_PROTOCOL)},
        {DO(BPF_LD | BPF_IMM, 0)},
        {CELL(BPF_ST, CELL_ADDRESSES)},
        MIX(12),
        MIX(20),
        MIX(28),
        MIX(36),
        {DO(BPF_MISC | BPF_TXA, 0)},
        {DO(BPF_ALU | BPF_ADD | BPF_K, 40)},
        {DO(BPF_MISC | BPF_TAX, 0)},
        /* X is where the ports are */
        {NAMED(TRANSPORT, BPF_LD | BPF_MEM, CELL_PROTOCOL)},
        {IF(6, HASH, NEXT)},
        {IF(17, UDP, FIRST)},
        {NAMED(UDP, BPF_LD | BPF_H | BPF_IND, AT(0))},
        IF_TUNNEL,
        {LOAD(BPF_H, 2)},
        IF_TUNNEL,
        {NAMED(HASH, BPF_LD | BPF_H | BPF_IND, AT(0))},
        {CELL(BPF_ST, CELL_PORT)},
        {LOAD(BPF_H, 2)},
        {CELL(BPF_LDX | BPF_MEM, CELL_PORT)},
        {DO(BPF_ALU | BPF_XOR | BPF_X, 0)},
        {DO(BPF_ALU | BPF_MUL | BPF_K, KEY_PORTS)},
        {CELL(BPF_LDX | BPF_MEM, CELL_ADDRESSES)},
        {DO(BPF_ALU | BPF_XOR | BPF_X, 0)},
        {DO(BPF_ALU | BPF_XOR | BPF_K, KEY_ALL)},
        FOLD(16),
        {DO(BPF_ALU | BPF_MUL | BPF_K, 0x85ebca6b)}, /* the finalizer of MurmurHash3 */
        FOLD(13),
        {DO(BPF_ALU | BPF_MUL | BPF_K, 0xc2b2ae35)},
        FOLD(16),
        {DO(BPF_RET | BPF_A, 0)},
        {NAMED(FIRST, BPF_RET | BPF_K, 0)},
};
enum { N_STEPS = sizeof STEPS / sizeof *STEPS };

static uint32_t keys[2];

static void make_keys(void)
{
    if (getrandom(keys, sizeof keys, 0) != (ssize_t)sizeof keys)
        keys[0] = keys[1] = 2654435761U;
    keys[0] |= 1; /* a factor that keeps all of what it is multiplied with */
}

/* The distance from after step i. */
static size_t distance(size_t i, enum label to)
{
    size_t n = i + 1;
    while (to != NEXT && STEPS[n].here != to)
        n++;
    return n - i - 1;
}

static void assemble(struct sock_filter out[N_STEPS])
{
    for (size_t i = 0; i < N_STEPS; i++) {
        const struct step *s = &STEPS[i];
        out[i] = (struct sock_filter){.code = s->code, .k = s->k};
        if (s->code == (BPF_JMP | BPF_JA))
            out[i].k = (uint32_t)distance(i, s->yes);
        else if (BPF_CLASS(s->code) == BPF_JMP)
            out[i] = (struct sock_filter){
                    s->code, (uint8_t)distance(i, s->yes), (uint8_t)distance(i, s->no), s->k};
        else if (BPF_CLASS(s->code) == BPF_ALU && (s->k == KEY_PORTS || s->k == KEY_ALL))
            out[i].k = keys[s->k == KEY_ALL];
    }
}

bool steer_attach(int fd)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct sock_filter code[N_STEPS];
    const struct sock_fprog program = {N_STEPS, code};
    (void)pthread_once(&once, make_keys);
    assemble(code);
    return setsockopt(fd, SOL_PACKET, PACKET_FANOUT_DATA, &program, sizeof program) == 0;
}
