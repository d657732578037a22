#include "export/prometheus.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "export/write_all.h"

static void add_sample(struct text *t, const struct sample *s, bool is_first)
{
    if (is_first)
        text_addf(t, "# HELP tlswire_%s %s\n# TYPE tlswire_%s %s\n", s->name, s->help, s->name,
                s->is_gauge ? "gauge" : "counter");
    text_addf(t, "tlswire_%s", s->name);
    if (s->label != NULL)
        text_addf(t, "{%s=\"%s\"}", s->label, s->value);
    text_addf(t, " %.17g\n", s->number);
}

/* Others may write into the directory: a pipe or a link of theirs under this name is not followed.
 */
static bool put(const char *path, const struct text *t)
{
    (void)unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return false;
    (void)fchmod(fd, 0644); /* for the collector, whatever the umask: they are only numbers */
    size_t done = write_all(fd, text_str(t), t->n);
    int why = errno;
    bool is_ok = close(fd) == 0 && done == t->n;
    errno = done < t->n ? why : errno;
    return is_ok;
}

bool prometheus_write(const char *path, const struct sample *samples, size_t n, struct err *err)
{
    struct text t = {0}, beside = {0};
    for (size_t i = 0; i < n; i++)
        add_sample(&t, &samples[i], i == 0 || strcmp(samples[i - 1].name, samples[i].name) != 0);
    text_addf(&beside, "%s.new", path);
    bool is_ok = put(text_str(&beside), &t) && rename(text_str(&beside), path) == 0;
    if (!is_ok)
        err_set(err, "--metrics %.300s: %s: name a file in a directory that can be written", path,
                strerror(errno));
    text_fini(&t);
    text_fini(&beside);
    return is_ok;
}
