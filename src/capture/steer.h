#ifndef TLSWIRE_CAPTURE_STEER_H
#define TLSWIRE_CAPTURE_STEER_H

#include <stdbool.h>

/*
 * steer_attach tells the kernel which socket of a fanout group (mode PACKET_FANOUT_CBPF) gets a
 * packet: both directions of a flow the same one, by addresses and ports, whatever its VLAN; and
 * whatever may carry a tunnel, like all that is neither TCP nor UDP, the first one. The kernel's
 * own hash looks at the outer header, where the two directions of a tunnelled flow may differ. fd
 * is a member. False, with errno, when the kernel does not take it.
 */
bool steer_attach(int fd);

#endif
