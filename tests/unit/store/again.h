#ifndef TLSWIRE_TESTS_UNIT_STORE_AGAIN_H
#define TLSWIRE_TESTS_UNIT_STORE_AGAIN_H

#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/test.h"

/* again runs this test program anew with two words, its main then finds them: SQLite must not be
 * carried over a fork (its documentation, How To Corrupt, 2.6). */
static inline pid_t again(const char *doing, const char *about)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)execl("/proc/self/exe", "again", doing, about, (char *)NULL);
        _exit(99);
    }
    return pid;
}

/* again_ended waits for it and gives its exit status; a signal fails. */
static inline int again_ended(pid_t pid)
{
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

#endif
