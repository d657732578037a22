#include "export/write_all.h"

#include <errno.h>
#include <unistd.h>

size_t write_all(int fd, const char *s, size_t n)
{
    size_t done = 0;
    while (done < n) {
        ssize_t some = write(fd, s + done, n - done);
        if (some < 0 && errno == EINTR)
            continue;
        if (some <= 0)
            break;
        done += (size_t)some;
    }
    return done;
}
