#include <unistd.h>

#include "sandbox/sandbox.h"

bool sandbox_thread(enum sandbox_kind kind, struct err *said)
{
    struct err capabilities, calls;
    bool ok = sandbox_capabilities(kind, &capabilities);
    ok &= sandbox_calls(kind, &calls);
    err_set(said, "%s: %.200s; %.250s%s",
            kind == SANDBOX_CONTROL ? "control thread"
            : kind == SANDBOX_LANE  ? "threads that parse"
                                    : "threads that write",
            capabilities.text, calls.text,
            kind == SANDBOX_CONTROL && geteuid() == 0 ? "; root still owns files: use --user" : "");
    return ok;
}
