#include "store/watcher.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/store_internal.h"

/* It locks the directory of its segments, see segment.c. Asking takes the lock for a moment. */
enum watcher store_watcher(const struct store *s)
{
    struct text path = {0};
    text_addf(&path, "%s.d", s->path);
    int fd = open(text_str(&path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    text_fini(&path);
    if (fd < 0)
        return WATCHER_UNKNOWN;
    bool is_free = flock(fd, LOCK_SH | LOCK_NB) == 0;
    bool is_held = !is_free && errno == EWOULDBLOCK;
    (void)close(fd);
    return is_free ? WATCHER_NONE : is_held ? WATCHER_RUNS : WATCHER_UNKNOWN;
}
