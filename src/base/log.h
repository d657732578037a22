#ifndef TLSWIRE_BASE_LOG_H
#define TLSWIRE_BASE_LOG_H

/* log_line writes one line to standard error, prefixed with "tlswire: ". Never called per packet.
 */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
