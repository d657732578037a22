#ifndef TLSWIRE_SANDBOX_LANDLOCK_H
#define TLSWIRE_SANDBOX_LANDLOCK_H

#include <stdbool.h>

/* Landlock through its system calls: no library of Debian 12 wraps them. */

/* landlock_abi gives what the kernel can do, from 1; 0 with a line in why when it can do nothing.
 */
int landlock_abi(const char **why);
/* landlock_begin makes a set of rules, empty yet: a descriptor, or -1 with errno. */
int landlock_begin(int abi);
/* landlock_add grants a file or directory; false with errno, ENOENT when it is not there. */
bool landlock_add(int rules, int abi, const char *path, bool can_write);
/* landlock_restrict puts this thread and those that it makes under the rules; false with errno. */
bool landlock_restrict(int rules);

#endif
