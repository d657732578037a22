#ifndef TLSWIRE_CAPTURE_FANOUT_H
#define TLSWIRE_CAPTURE_FANOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The fanout groups of a process, one per interface: the sockets of its lanes share the packets,
 * and nobody else's socket is in the group. Their ids belong to a network namespace, where
 * processes of other pid namespaces may be, too. Any thread.
 */
struct fanout;

/* fanout_new is for so many interfaces. */
struct fanout *fanout_new(size_t n_interfaces);
/* fanout_free frees; NULL is fine. All sockets have left. */
void fanout_free(struct fanout *f);
/*
 * fanout_join puts the bound packet socket fd of a lane into the group of interface number i. Lane
 * 0 begins a group when there is none, or when the interface has another index: it was deleted and
 * made again, and the group before may have members that did not notice. Other lanes follow, so
 * that all interfaces have them in the same order. Gives the ticket for fanout_leave, or 0 with
 * errno in *error: EAGAIN, lane 0 is not there yet.
 */
uint64_t fanout_join(struct fanout *f, size_t i, unsigned lane, int fd, int *error);
/* fanout_leave is called before the socket is closed; ticket 0 is fine. */
void fanout_leave(struct fanout *f, size_t i, uint64_t ticket);

#endif
