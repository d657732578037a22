#ifndef TLSWIRE_CAPTURE_INTERFACES_H
#define TLSWIRE_CAPTURE_INTERFACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Asks the kernel about network interfaces, over one socket that stays open. */
struct links;

struct link_facts {
    uint32_t index;
    uint32_t mtu;
    uint16_t type;   /* ARPHRD_ value */
    bool is_up;      /* brought up */
    bool is_running; /* ... and it has a carrier */
    bool is_promiscuous, is_loopback;
    uint64_t packets; /* that it gave to the kernel */
    uint64_t missed;  /* that it lost before: no room in its ring or fifo */
    uint64_t dropped; /* that the kernel threw away: no memory, or nobody wanted them */
};

bool links_open(struct links **out, struct err *err);
void links_close(struct links *l);
/* links_find fills *out for the interface of this name; false with err when there is none. */
bool links_find(struct links *l, const char *name, struct link_facts *out, struct err *err);

/* One interface of the machine. */
struct live_interface {
    char *name;
    char *addresses;       /* "192.0.2.1/24 2001:db8::1/64"; "" none */
    const char *link_type; /* as it will be captured: "Ethernet", "raw IP", "cooked" */
    uint32_t mtu;          /* 0 for "any" */
    bool is_up, is_running, is_promiscuous, is_loopback;
};

struct live_interfaces {
    struct live_interface *items;
    size_t n;
};

/* live_interfaces lists what can be captured, in the kernel's order, "any" at the end. Needs no
 * permission. False with err when the kernel does not tell. */
bool live_interfaces(struct live_interfaces *out, struct err *err);
void live_interfaces_fini(struct live_interfaces *list);
/* live_interfaces_flags is "up,running,promiscuous,loopback", without what is not so, or "down". */
const char *live_interfaces_flags(const struct live_interface *i, char *buffer, size_t size);

#endif
