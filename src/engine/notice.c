#include "engine/notice.h"

#include <stdarg.h>
#include <stdio.h>

#include "appid/appid.h"
#include "capture/capture.h"
#include "crypto/digest.h"
#include "store/store.h"

void run_notice(const struct run_options *o, const char *format, ...)
{
    char line[1024];
    if (o->notice == NULL)
        return;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    o->notice(o->ctx, line);
}

const char *run_libraries(void)
{
    static char text[256];
    (void)snprintf(text, sizeof text, "OpenSSL %s; SQLite %s; nDPI %s; %s", crypto_version(),
            store_version(), appid_version(), capture_version());
    return text;
}
