#ifndef TLSWIRE_SANDBOX_NOTIFY_H
#define TLSWIRE_SANDBOX_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * What systemd wants to know of a service (sd_notify(3), Type=notify), as datagrams. Opened before
 * sandbox_files: what is connected then stays so. All functions accept NULL, which says nothing.
 */
struct notifier;

/* notify_open connects to $NOTIFY_SOCKET. NULL when there is none, which is no error (said is
 * empty), or with a line in said when it cannot be reached. Free with notify_close. */
struct notifier *notify_open(struct err *said);
void notify_close(struct notifier *n);
/* notify_interval_us gives how often notify_watchdog has to be called at least: half of what the
 * service manager waits ($WATCHDOG_USEC, for this process); 0 when it does not. */
int64_t notify_interval_us(const struct notifier *n);

/* Each gives false when the datagram could not be sent; it can be left out without harm. */
bool notify_ready(struct notifier *n);
/* notify_status shows one line in `systemctl status`; control characters become '?'. */
bool notify_status(struct notifier *n, const char *line);
bool notify_watchdog(struct notifier *n);
/* notify_reloading is followed by notify_ready when the reload is over; now_us is CLOCK_MONOTONIC.
 */
bool notify_reloading(struct notifier *n, int64_t now_us);
/* notify_stopping asks for five minutes, too: at the end all RSA keys are compared. */
bool notify_stopping(struct notifier *n);

#endif
