#ifndef TLSWIRE_ENGINE_NOTICE_H
#define TLSWIRE_ENGINE_NOTICE_H

#include "engine/run.h"

/* run_notice formats one line for the user of the run. */
void run_notice(const struct run_options *o, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
/* run_libraries is the text of the libraries in use, "OpenSSL 3.0.19; SQLite 3.40.1; ...". */
const char *run_libraries(void);

#endif
