#include "capture/interfaces.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/text.h"

/* More than any machine has; beyond, interfaces are not listed. */
enum { INTERFACES_MOST = 4096 };

/* What libpcap makes of the kernel's types. */
static const char *link_type(uint16_t type)
{
    switch (type) {
    case ARPHRD_ETHER:
    case ARPHRD_LOOPBACK:
        return "Ethernet";
    case ARPHRD_NONE:
    case ARPHRD_RAWIP:
    case ARPHRD_TUNNEL:
    case ARPHRD_TUNNEL6:
    case ARPHRD_SIT:
    case ARPHRD_IPGRE:
        return "raw IP";
    case ARPHRD_IEEE80211:
    case ARPHRD_IEEE80211_PRISM:
    case ARPHRD_IEEE80211_RADIOTAP:
        return "802.11 (not read)";
    default:
        return "cooked";
    }
}

static int prefix_length(const struct sockaddr *mask)
{
    struct sockaddr_in6 six;
    struct sockaddr_in four;
    int n = 0;
    if (mask == NULL)
        return 0;
    if (mask->sa_family == AF_INET) {
        memcpy(&four, mask, sizeof four);
        return __builtin_popcount(four.sin_addr.s_addr);
    }
    memcpy(&six, mask, sizeof six);
    for (size_t i = 0; i < sizeof six.sin6_addr.s6_addr; i++)
        n += __builtin_popcount(six.sin6_addr.s6_addr[i]);
    return n;
}

static void add_address(struct text *t, const struct ifaddrs *a)
{
    char text[INET6_ADDRSTRLEN] = "";
    struct sockaddr_in6 six;
    struct sockaddr_in four;
    if (a->ifa_addr->sa_family == AF_INET) {
        memcpy(&four, a->ifa_addr, sizeof four);
        (void)inet_ntop(AF_INET, &four.sin_addr, text, sizeof text);
    } else {
        memcpy(&six, a->ifa_addr, sizeof six);
        (void)inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof text);
    }
    text_addf(t, "%s%s/%d", t->n > 0 ? " " : "", text, prefix_length(a->ifa_netmask));
}

static char *addresses_of(const struct ifaddrs *all, const char *name)
{
    struct text t = {0};
    for (const struct ifaddrs *a = all; a != NULL; a = a->ifa_next)
        if (a->ifa_addr != NULL && strcmp(a->ifa_name, name) == 0 &&
                (a->ifa_addr->sa_family == AF_INET || a->ifa_addr->sa_family == AF_INET6))
            add_address(&t, a);
    char *copy = xstrdup(text_str(&t));
    text_fini(&t);
    return copy;
}

static void add(struct live_interfaces *list, const struct live_interface *item)
{
    list->items = xrealloc(list->items, list->n + 1, sizeof *list->items);
    list->items[list->n++] = *item;
}

bool live_interfaces(struct live_interfaces *out, struct err *err)
{
    struct ifaddrs *all = NULL;
    struct links *links = NULL;
    struct link_facts facts;
    *out = (struct live_interfaces){0};
    if (!links_open(&links, err))
        return false;
    if (getifaddrs(&all) != 0) {
        err_set(err, "cannot list the interfaces: %s", strerror(errno));
        links_close(links);
        return false;
    }
    for (const struct ifaddrs *a = all; a != NULL && out->n < INTERFACES_MOST; a = a->ifa_next) {
        /* Each interface has just one entry of this kind. */
        if (a->ifa_addr == NULL || a->ifa_addr->sa_family != AF_PACKET ||
                !links_find(links, a->ifa_name, &facts, NULL))
            continue;
        add(out, &(struct live_interface){.name = xstrdup(a->ifa_name),
                         .addresses = addresses_of(all, a->ifa_name),
                         .link_type = link_type(facts.type),
                         .mtu = facts.mtu,
                         .is_up = facts.is_up,
                         .is_running = facts.is_running,
                         .is_promiscuous = facts.is_promiscuous,
                         .is_loopback = facts.is_loopback});
    }
    add(out, &(struct live_interface){.name = xstrdup("any"),
                     .addresses = xstrdup(""),
                     .link_type = "cooked",
                     .is_up = true,
                     .is_running = true});
    freeifaddrs(all);
    links_close(links);
    return true;
}

void live_interfaces_fini(struct live_interfaces *list)
{
    for (size_t i = 0; i < list->n; i++) {
        xfree(list->items[i].name);
        xfree(list->items[i].addresses);
    }
    xfree(list->items);
    *list = (struct live_interfaces){0};
}

const char *live_interfaces_flags(const struct live_interface *i, char *buffer, size_t size)
{
    (void)snprintf(buffer, size, "%s%s%s%s", i->is_up ? "up" : "down",
            i->is_running ? ",running" : "", i->is_promiscuous ? ",promiscuous" : "",
            i->is_loopback ? ",loopback" : "");
    return buffer;
}
