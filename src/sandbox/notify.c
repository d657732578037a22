#include "sandbox/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"

struct notifier {
    int fd;
    struct sockaddr_un address;
    socklen_t len;
    int64_t interval_us;
};

/* "/path", or "@name" for the abstract name, whose first byte is zero. */
static bool parse_address(const char *text, struct notifier *n)
{
    size_t len = strlen(text);
    if ((text[0] != '/' && text[0] != '@') || len < 2 || len >= sizeof n->address.sun_path)
        return false;
    n->address.sun_family = AF_UNIX;
    memcpy(n->address.sun_path, text, len);
    if (text[0] == '@')
        n->address.sun_path[0] = '\0';
    n->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    return true;
}

static bool parse_number(const char *text, int64_t *out)
{
    char *end = NULL;
    if (text == NULL || *text < '0' || *text > '9')
        return false;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0';
}

/* sd_watchdog_enabled(3): for this process only. */
static int64_t find_interval(void)
{
    int64_t pid = 0, us = 0;
    const char *of = getenv("WATCHDOG_PID");
    if (of != NULL && (!parse_number(of, &pid) || pid != getpid()))
        return 0;
    return parse_number(getenv("WATCHDOG_USEC"), &us) && us > 1 ? us / 2 : 0;
}

static bool reconnect(struct notifier *n)
{
    return connect(n->fd, (const struct sockaddr *)&n->address, n->len) == 0;
}

struct notifier *notify_open(struct err *said)
{
    const char *text = getenv("NOTIFY_SOCKET");
    err_set(said, "%s", "");
    if (text == NULL || *text == '\0')
        return NULL;
    struct notifier *n = xcalloc(1, sizeof *n);
    n->fd = -1;
    if (!parse_address(text, n)) {
        err_set(said, "NOTIFY_SOCKET %s: neither a path nor @name: the service manager is not told",
                text);
        goto fail;
    }
    n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (n->fd < 0 || !reconnect(n)) {
        err_set(said, "NOTIFY_SOCKET %s: %s: the service manager is not told", text,
                strerror(errno));
        goto fail;
    }
    n->interval_us = find_interval();
    return n;
fail:
    notify_close(n);
    return NULL;
}

void notify_close(struct notifier *n)
{
    if (n == NULL)
        return;
    if (n->fd >= 0)
        (void)close(n->fd);
    xfree(n);
}

int64_t notify_interval_us(const struct notifier *n)
{
    return n == NULL ? 0 : n->interval_us;
}

/* Never waits: a full queue loses a line, and the watchdog asks often enough. A service manager
 * that was started anew has a new socket under the same name. */
static bool tell(struct notifier *n, const char *text)
{
    if (n == NULL)
        return true;
    size_t len = strlen(text);
    ssize_t sent = send(n->fd, text, len, MSG_NOSIGNAL);
    if (sent < 0 && (errno == ECONNREFUSED || errno == ENOTCONN || errno == ECONNRESET) &&
            reconnect(n))
        sent = send(n->fd, text, len, MSG_NOSIGNAL);
    return sent == (ssize_t)len;
}

bool notify_ready(struct notifier *n)
{
    return tell(n, "READY=1");
}

bool notify_status(struct notifier *n, const char *line)
{
    char text[1024];
    (void)snprintf(text, sizeof text, "STATUS=%s", line);
    for (char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
    return tell(n, text);
}

bool notify_watchdog(struct notifier *n)
{
    return tell(n, "WATCHDOG=1");
}

bool notify_reloading(struct notifier *n, int64_t now_us)
{
    char text[64];
    (void)snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, now_us);
    return tell(n, text);
}

bool notify_stopping(struct notifier *n)
{
    return tell(n, "STOPPING=1\nEXTEND_TIMEOUT_USEC=300000000");
}
