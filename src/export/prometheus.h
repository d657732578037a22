#ifndef TLSWIRE_EXPORT_PROMETHEUS_H
#define TLSWIRE_EXPORT_PROMETHEUS_H

#include "base/err.h"
#include "export/sample.h"

/* prometheus_write writes samples in Prometheus' text format (version 0.0.4), for the textfile
 * collector of its node exporter: into a file beside path, which then takes its place. Names get
 * the prefix "tlswire_". False with err; the file that was there stays. */
bool prometheus_write(const char *path, const struct sample *samples, size_t n, struct err *err);

#endif
