#include <cap-ng.h>
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "sandbox/sandbox.h"

/* Reads back what the kernel thinks, not what was asked for. */
static bool is_as_wanted(bool has_raw, bool is_bound)
{
    if (capng_get_caps_process() != 0)
        return false;
    for (unsigned c = 0; c <= CAP_LAST_CAP; c++) {
        bool is_wanted = has_raw && c == CAP_NET_RAW;
        if ((capng_have_capability(CAPNG_EFFECTIVE, c) == 1) != is_wanted ||
                (capng_have_capability(CAPNG_PERMITTED, c) == 1) != is_wanted ||
                capng_have_capability(CAPNG_INHERITABLE, c) == 1 ||
                prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, c, 0, 0) == 1 ||
                (is_bound && prctl(PR_CAPBSET_READ, c, 0, 0, 0) == 1))
            return false;
    }
    return true;
}

bool sandbox_capabilities(enum sandbox_kind kind, struct err *said)
{
    if (capng_get_caps_process() != 0) {
        err_set(said, "capabilities cannot be read: %s", strerror(errno));
        return false;
    }
    bool had_raw = capng_have_capability(CAPNG_PERMITTED, CAP_NET_RAW) == 1;
    bool can_bound = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) == 1;
    bool keeps_raw = kind == SANDBOX_CONTROL && had_raw;
    /* The bounding set first: it needs a capability that goes next. Without it, no_new_privs keeps
     * a program with file capabilities from giving any. */
    capng_clear(CAPNG_SELECT_ALL);
    if (can_bound)
        (void)capng_apply(CAPNG_SELECT_BOUNDS);
    if (keeps_raw)
        (void)capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_RAW);
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    int status = capng_apply(CAPNG_SELECT_CAPS);
    if (status != 0 || !is_as_wanted(keeps_raw, can_bound)) {
        err_set(said, "capabilities cannot be dropped (%d): %s", status, strerror(errno));
        return false;
    }
    if (kind == SANDBOX_CONTROL && !had_raw) {
        err_set(said, "no capability, and CAP_NET_RAW is needed to open interfaces: "
                      "setcap cap_net_raw=ep on the program, or start it by its unit file");
        return false;
    }
    err_set(said, "%s", keeps_raw ? "CAP_NET_RAW alone" : "no capability");
    return true;
}
