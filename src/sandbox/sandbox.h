#ifndef TLSWIRE_SANDBOX_SANDBOX_H
#define TLSWIRE_SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * Least privilege for a program that runs for months on what attackers write. The order at the
 * start:
 *
 *   1. sandbox_user, when root started it with --user. Files made afterwards belong to that user.
 *   2. Interfaces and files are opened; sandbox_new, and sandbox_grant for each path of an option.
 *   3. sandbox_files, in the control thread and before there is any other: Landlock is inherited
 *      only by threads that are made later.
 *   4. sandbox_thread(SANDBOX_CONTROL) in the control thread.
 *   5. Other threads are made; each calls sandbox_thread, as what it is, first thing, and gives
 *      itself its name: to name another thread, libc opens a file in /proc.
 *
 * Each step gives one line in `said`, whether it worked (true) or not (false): what was done, or
 * what could not be and why. Only a false of sandbox_user must end the program; after the others it
 * may go on with less protection once the user was told. Nothing here prints.
 */

/* Control reopens interfaces and talks to the service manager: it keeps CAP_NET_RAW, and may make
 * packet, netlink and unix sockets. Workers (the analyst) have no capability and make no socket.
 * Lanes, which parse packets, also write nowhere but to standard error.
 */
enum sandbox_kind { SANDBOX_CONTROL, SANDBOX_WORKER, SANDBOX_LANE };

/* sandbox_user makes root the user NAME[:GROUP] (names or numbers; without a group, the user's own)
 * with CAP_NET_RAW alone and no supplementary groups, for good. Called before any thread is made.
 * False: nothing may go on, because it would go on as root. Fine when that user started it. */
bool sandbox_user(const char *user, struct err *said);

/* What files may be reached: grants, each a directory with all below it. */
struct sandbox;

struct sandbox *sandbox_new(void);
/* sandbox_free accepts NULL. The kernel's rules stay. */
void sandbox_free(struct sandbox *s);
/*
 * sandbox_grant lets the path be read, and with can_write also written, made, renamed and removed.
 * A file's directory is granted, not the file, which somebody may replace by rename; of a file that
 * is a link, the directories of both; of a directory that is read (/etc/ssl/certs), also those that
 * links in it lead to. Pipes and devices are granted alone. The path need not exist when its
 * directory does. False with a line in err when there is no such directory, or after 256 grants.
 */
bool sandbox_grant(struct sandbox *s, const char *path, bool can_write, struct err *err);
/* sandbox_allows says whether a path lies inside the grants, links followed; false when it or its
 * directory does not exist. Asked before a reload opens a path, also when the kernel has no
 * Landlock. */
bool sandbox_allows(const struct sandbox *s, const char *path, bool is_write);
/* sandbox_files lets this thread, and all that it makes from now on, reach the grants only, with
 * the best that the kernel's Landlock can do. Descriptors that are open stay as they are. Always
 * there: /dev/null, /dev/urandom, and what the kernel says about interfaces and their drops below
 * /sys. Also sets PR_SET_NO_NEW_PRIVS. */
bool sandbox_files(const struct sandbox *s, struct err *said);

/* sandbox_thread takes from the calling thread what its kind does not need: sandbox_capabilities
 * and sandbox_calls. One line; when only a part worked, false and both parts in the line. */
bool sandbox_thread(enum sandbox_kind kind, struct err *said);
/* sandbox_capabilities leaves CAP_NET_RAW to control (if it had it: otherwise false) and nothing to
 * workers: permitted, effective, inheritable, ambient, and the bounding set where the thread may
 * (CAP_SETPCAP). */
bool sandbox_capabilities(enum sandbox_kind kind, struct err *said);
/*
 * sandbox_calls lets this thread, and all that it makes, do the system calls only that its kind
 * needs. No program is started, no process made, no code mapped, nobody else signalled. Calls that
 * do harm give EPERM (sockets of other families EAFNOSUPPORT in control), those that nobody listed
 * ENOSYS, so that libraries take another way. Reading another process's memory, loading kernel
 * modules, and calls of another architecture end the process. In builds with a sanitizer, what it
 * needs to look for leaks is allowed as well.
 */
bool sandbox_calls(enum sandbox_kind kind, struct err *said);

#endif
