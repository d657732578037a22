#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "capture/interfaces.h"

enum { ANSWER = 32768 };

struct links {
    int fd;
    uint32_t sequence;
};

struct request {
    struct nlmsghdr header;
    struct ifinfomsg info;
    struct rtattr attribute;
    char name[IFNAMSIZ];
};

bool links_open(struct links **out, struct err *err)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0) {
        err_set(err, "cannot ask the kernel about interfaces: %s", strerror(errno));
        return false;
    }
    *out = xcalloc(1, sizeof **out);
    (*out)->fd = fd;
    return true;
}

void links_close(struct links *l)
{
    if (l == NULL)
        return;
    (void)close(l->fd);
    xfree(l);
}

static void read_link(struct nlmsghdr *message, struct link_facts *out)
{
    struct ifinfomsg *info = NLMSG_DATA(message);
    struct rtnl_link_stats64 stats = {0};
    *out = (struct link_facts){.index = (uint32_t)info->ifi_index,
            .type = info->ifi_type,
            .is_up = (info->ifi_flags & IFF_UP) != 0,
            .is_running = (info->ifi_flags & IFF_UP) != 0 && (info->ifi_flags & IFF_RUNNING) != 0,
            .is_promiscuous = (info->ifi_flags & IFF_PROMISC) != 0,
            .is_loopback = (info->ifi_flags & IFF_LOOPBACK) != 0};
    int left = (int)IFLA_PAYLOAD(message);
    struct rtattr *a = IFLA_RTA(info);
    while (RTA_OK(a, left)) {
        size_t n = RTA_PAYLOAD(a);
        if (a->rta_type == IFLA_MTU && n >= sizeof out->mtu)
            memcpy(&out->mtu, RTA_DATA(a), sizeof out->mtu);
        if (a->rta_type == IFLA_STATS64)
            memcpy(&stats, RTA_DATA(a), n < sizeof stats ? n : sizeof stats);
        /* As RTA_NEXT does, without its mixed signs. */
        int step = (int)RTA_ALIGN(a->rta_len);
        left -= step;
        a = (struct rtattr *)((char *)a + step);
    }
    out->packets = stats.rx_packets;
    out->missed = stats.rx_missed_errors + stats.rx_fifo_errors;
    out->dropped = stats.rx_dropped;
}

static bool ask(struct links *l, const char *name, int *error)
{
    struct request r = {.header = {.nlmsg_len = sizeof r, .nlmsg_type = RTM_GETLINK},
            .info = {.ifi_family = AF_UNSPEC},
            .attribute = {.rta_len = RTA_LENGTH(IFNAMSIZ), .rta_type = IFLA_IFNAME}};
    r.header.nlmsg_flags = NLM_F_REQUEST;
    r.header.nlmsg_seq = ++l->sequence;
    size_t n = strlen(name);
    if (n >= IFNAMSIZ) {
        *error = ENODEV;
        return false;
    }
    memcpy(r.name, name, n);
    bool is_ok = send(l->fd, &r, sizeof r, 0) == (ssize_t)sizeof r;
    *error = errno;
    return is_ok;
}

/* The answer to the latest question; older ones are passed over. */
static bool answer(struct links *l, struct link_facts *out, int *error)
{
    union {
        struct nlmsghdr header;
        char bytes[ANSWER];
    } buffer;
    for (;;) {
        ssize_t n = recv(l->fd, &buffer, sizeof buffer, 0);
        if (n < 0 && errno == EINTR)
            continue;
        *error = n < 0 ? errno : EPROTO;
        if (n < (ssize_t)sizeof buffer.header || !NLMSG_OK(&buffer.header, (size_t)n))
            return false;
        if (buffer.header.nlmsg_seq != l->sequence)
            continue;
        if (buffer.header.nlmsg_type == RTM_NEWLINK) {
            read_link(&buffer.header, out);
            return true;
        }
        const struct nlmsgerr *e = NLMSG_DATA(&buffer.header);
        if (buffer.header.nlmsg_type == NLMSG_ERROR && (size_t)n >= NLMSG_LENGTH(sizeof *e))
            *error = -e->error;
        return false;
    }
}

bool links_find(struct links *l, const char *name, struct link_facts *out, struct err *err)
{
    int error = 0;
    *out = (struct link_facts){0};
    if (ask(l, name, &error) && answer(l, out, &error))
        return true;
    err_set(err, "%s: %s", name,
            error == ENODEV ? "no such interface; list them with `tlswire watch -D`"
                            : strerror(error));
    return false;
}
