#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sandbox/sandbox.h"

struct identity {
    uid_t uid;
    gid_t gid;
};

/* False when it is not a number below the "no such id" of the kernel. */
static bool parse_id(const char *s, unsigned long *id)
{
    char *end = NULL;
    if (*s < '0' || *s > '9')
        return false;
    errno = 0;
    *id = strtoul(s, &end, 10);
    return errno == 0 && *end == '\0' && *id < 0xffffffffUL;
}

static bool find_group(const char *name, gid_t *gid)
{
    char buffer[16384];
    struct group entry, *found = NULL;
    unsigned long id = 0;
    if (getgrnam_r(name, &entry, buffer, sizeof buffer, &found) == 0 && found != NULL) {
        *gid = entry.gr_gid;
        return true;
    }
    if (!parse_id(name, &id))
        return false;
    *gid = (gid_t)id;
    return true;
}

/* A number that no account has is its own group. */
static bool find_user(const char *name, struct identity *out)
{
    char buffer[16384];
    struct passwd entry, *found = NULL;
    unsigned long id = 0;
    if (getpwnam_r(name, &entry, buffer, sizeof buffer, &found) != 0 || found == NULL) {
        if (!parse_id(name, &id))
            return false;
        *out = (struct identity){(uid_t)id, (gid_t)id};
        if (getpwuid_r((uid_t)id, &entry, buffer, sizeof buffer, &found) != 0 || found == NULL)
            return true;
    }
    *out = (struct identity){entry.pw_uid, entry.pw_gid};
    return true;
}

static bool find_identity(const char *user, struct identity *out, struct err *said)
{
    char name[256];
    size_t n = strcspn(user, ":");
    if (n == 0 || n >= sizeof name) {
        err_set(said, "--user %s: give NAME or NAME:GROUP", user);
        return false;
    }
    memcpy(name, user, n);
    name[n] = '\0';
    if (!find_user(name, out)) {
        err_set(said, "--user %s: no such user: make one (useradd --system %s)", user, name);
        return false;
    }
    if (user[n] == ':' && !find_group(user + n + 1, &out->gid)) {
        err_set(said, "--user %s: no such group", user);
        return false;
    }
    if (out->uid == 0) {
        err_set(said, "--user %s: that is root: give a user without privileges", user);
        return false;
    }
    return true;
}

/* Whether the process is that user only, and cannot become root again. */
static bool is_now(const struct identity *id)
{
    uid_t r, e, s;
    gid_t rg, eg, sg;
    return getresuid(&r, &e, &s) == 0 && getresgid(&rg, &eg, &sg) == 0 && r == id->uid &&
           e == id->uid && s == id->uid && rg == id->gid && eg == id->gid && sg == id->gid &&
           getgroups(0, NULL) == 0 && setuid(0) != 0;
}

bool sandbox_user(const char *user, struct err *said)
{
    struct identity id;
    if (!find_identity(user, &id, said))
        return false;
    if (geteuid() != 0) {
        bool is_same = geteuid() == id.uid;
        if (is_same)
            err_set(said, "user: runs as %s already", user);
        else
            err_set(said, "--user %s: only root can become another user: leave it out", user);
        return is_same;
    }
    if (capng_get_caps_process() != 0) {
        err_set(said, "--user %s: capabilities cannot be read: %s", user, strerror(errno));
        return false;
    }
    bool has_raw = capng_have_capability(CAPNG_PERMITTED, CAP_NET_RAW) == 1;
    bool can_bound = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) == 1;
    capng_clear(CAPNG_SELECT_BOTH);
    if (has_raw)
        (void)capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_RAW);
    int flags = can_bound ? CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING : CAPNG_DROP_SUPP_GRP;
    int status = capng_change_id((int)id.uid, (int)id.gid, (capng_flags_t)flags);
    if (status != 0 || !is_now(&id)) {
        err_set(said,
                "--user %s: cannot become this user (%d, %s): root needs CAP_SETUID and CAP_SETGID",
                user, status, strerror(errno));
        return false;
    }
    err_set(said, "user: %s (%u:%u), no other groups, %s", user, (unsigned)id.uid, (unsigned)id.gid,
            has_raw ? "with CAP_NET_RAW alone" : "without CAP_NET_RAW, which root had not");
    return true;
}
