#include "capture/fanout.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include "base/alloc.h"
#include "capture/steer.h"

enum {
    STEERED = PACKET_FANOUT_CBPF | PACKET_FANOUT_FLAG_DEFRAG, /* by steer_attach */
    HASHED =
            PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_DEFRAG, /* before Linux 4.3: the kernel's way */
    UNIQUE = 0x2000, /* PACKET_FANOUT_FLAG_UNIQUEID, which older headers do not know */
    TRIES = 16,      /* of random ids */
};

struct group {
    int index; /* of the interface */
    uint16_t id;
    uint32_t mode;
    size_t n; /* sockets in it: while there is one, nobody else is given its id */
    uint64_t ticket;
};

struct fanout {
    pthread_mutex_t lock;
    uint64_t n_tickets;
    struct group *groups;
};

struct fanout *fanout_new(size_t n_interfaces)
{
    struct fanout *f = xcalloc(1, sizeof *f);
    (void)pthread_mutex_init(&f->lock, NULL);
    f->groups = xcalloc(n_interfaces, sizeof *f->groups);
    return f;
}

void fanout_free(struct fanout *f)
{
    if (f == NULL)
        return;
    (void)pthread_mutex_destroy(&f->lock);
    xfree(f->groups);
    xfree(f);
}

static bool set(int fd, uint16_t id, uint32_t mode)
{
    uint32_t value = id | mode << 16;
    return setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &value, sizeof value) == 0;
}

/* Older ones take the flag for nothing, and everybody for members of group 0. */
static bool knows_unique(void)
{
    struct utsname u;
    char *rest = NULL;
    if (uname(&u) != 0)
        return false;
    unsigned long major = strtoul(u.release, &rest, 10);
    return major > 4 || (major == 4 && *rest == '.' && strtoul(rest + 1, NULL, 10) >= 12);
}

/* The kernel looks for an id that is free; or, where it cannot, chance does: an id of another
 * interface or another kind of group is refused. */
static bool begin_as(int fd, uint32_t mode, uint16_t *id)
{
    uint32_t value = 0;
    socklen_t size = sizeof value;
    if (knows_unique() && set(fd, 0, mode | UNIQUE)) {
        bool is_ok = getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &value, &size) == 0;
        *id = (uint16_t)value;
        return is_ok;
    }
    if (knows_unique() && errno != EINVAL)
        return false;
    for (int i = 0; i < TRIES; i++) {
        if (getrandom(id, sizeof *id, 0) != sizeof *id)
            return false;
        if (set(fd, *id, mode))
            return true;
        if (errno != EINVAL)
            return false;
    }
    return false;
}

static bool begin(int fd, struct group *g)
{
    g->mode = STEERED;
    if (begin_as(fd, g->mode, &g->id))
        return steer_attach(fd);
    g->mode = HASHED;
    return errno == EINVAL && begin_as(fd, g->mode, &g->id);
}

static int index_of(int fd)
{
    struct sockaddr_ll address = {0};
    socklen_t size = sizeof address;
    union {
        struct sockaddr_ll *ll;
        struct sockaddr *any;
    } as = {&address};
    return getsockname(fd, as.any, &size) == 0 ? address.sll_ifindex : -1;
}

uint64_t fanout_join(struct fanout *f, size_t i, unsigned lane, int fd, int *error)
{
    struct group *g = &f->groups[i];
    int index = index_of(fd);
    (void)pthread_mutex_lock(&f->lock);
    bool is_first = g->n == 0 || g->index != index;
    struct group new = {.index = index};
    errno = EAGAIN;
    bool is_ok = is_first ? lane == 0 && begin(fd, &new) : set(fd, g->id, g->mode);
    *error = is_ok ? 0 : errno;
    if (is_ok && is_first) {
        *g = new;
        g->ticket = ++f->n_tickets;
    }
    g->n += is_ok;
    uint64_t ticket = is_ok ? g->ticket : 0;
    (void)pthread_mutex_unlock(&f->lock);
    return ticket;
}

void fanout_leave(struct fanout *f, size_t i, uint64_t ticket)
{
    if (ticket == 0)
        return;
    (void)pthread_mutex_lock(&f->lock);
    struct group *g = &f->groups[i];
    if (g->ticket == ticket)
        g->n--;
    (void)pthread_mutex_unlock(&f->lock);
}
