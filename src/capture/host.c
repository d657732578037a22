#include "capture/host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <unistd.h>

#include "capture/live.h"

enum { RING_LEAST = 1 << 20, BLOCK = LIVE_SNAP_LEN };

bool host_can_capture(struct err *err)
{
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        err_set(err, "%s", errno == EPERM ? "no CAP_NET_RAW" : strerror(errno));
        return false;
    }
    (void)close(fd);
    return true;
}

/* As libpcap asks for it. */
static bool has_ring(size_t bytes)
{
    int version = TPACKET_V3;
    struct tpacket_req3 r = {.tp_block_size = BLOCK,
            .tp_block_nr = (unsigned)(bytes / BLOCK),
            .tp_frame_size = BLOCK,
            .tp_frame_nr = (unsigned)(bytes / BLOCK),
            .tp_retire_blk_tov = 100};
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool is_ok = setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) == 0 &&
                 setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &r, sizeof r) == 0;
    (void)close(fd);
    return is_ok;
}

size_t host_ring_most(size_t wanted)
{
    for (size_t n = wanted; n >= RING_LEAST; n /= 2)
        if (has_ring(n))
            return n;
    return 0;
}

bool host_can_promiscuous(const char *interface, struct err *err)
{
    struct packet_mreq m = {
            .mr_ifindex = (int)if_nametoindex(interface), .mr_type = PACKET_MR_PROMISC};
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    bool is_ok = fd >= 0 && setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m, sizeof m) == 0;
    if (!is_ok)
        err_set(err, "%s", strerror(errno));
    if (fd >= 0)
        (void)close(fd);
    return is_ok;
}

static bool ask(int fd, const char *interface, void *question)
{
    struct ifreq r = {.ifr_data = question};
    size_t n = strlen(interface);
    if (n >= sizeof r.ifr_name)
        return false;
    memcpy(r.ifr_name, interface, n);
    return ioctl(fd, SIOCETHTOOL, &r) == 0;
}

static uint32_t value(int fd, const char *interface, uint32_t what, bool *is_known)
{
    struct ethtool_value v = {.cmd = what};
    *is_known = ask(fd, interface, &v);
    return *is_known ? v.data : 0;
}

void host_offloads(const char *interface, struct host_offloads *out)
{
    struct ethtool_ringparam ring = {.cmd = ETHTOOL_GRINGPARAM};
    bool is_known = false;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    *out = (struct host_offloads){0};
    if (fd < 0)
        return;
    out->has_gro = value(fd, interface, ETHTOOL_GGRO, &out->is_known) != 0;
    out->has_lro = (value(fd, interface, ETHTOOL_GFLAGS, &is_known) & ETH_FLAG_LRO) != 0;
    out->has_tso = value(fd, interface, ETHTOOL_GTSO, &is_known) != 0;
    out->has_gso = value(fd, interface, ETHTOOL_GGSO, &is_known) != 0;
    if (ask(fd, interface, &ring)) {
        out->ring = ring.rx_pending;
        out->ring_most = ring.rx_max_pending;
    }
    (void)close(fd);
}

void host_clock(struct host_clock *out)
{
    static const char SOURCE[] = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    struct timex t = {0};
    *out = (struct host_clock){0};
    int state = adjtimex(&t);
    out->is_known = state >= 0;
    out->is_synchronised = state >= 0 && state != TIME_ERROR && (t.status & STA_UNSYNC) == 0;
    out->error_us = t.maxerror;
    int fd = open(SOURCE, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t n = read(fd, out->source, sizeof out->source - 1);
    out->source[n > 0 ? strcspn(out->source, "\n") : 0] = '\0';
    (void)close(fd);
}
