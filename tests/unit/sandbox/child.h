#ifndef TLSWIRE_TESTS_UNIT_SANDBOX_CHILD_H
#define TLSWIRE_TESTS_UNIT_SANDBOX_CHILD_H

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/sandbox.h"
#include "tests/unit/test.h"

/* What is taken from a process stays taken, so every case runs in a child, which ends with _exit.
 */
enum { CHILD_FINE = 0, CHILD_FAILED = 1, CHILD_SKIPPED = 77 };

#define MUST(x)                                                                                    \
    do {                                                                                           \
        if (!(x)) {                                                                                \
            (void)fprintf(stderr, "%s:%d: %s (%s)\n", __FILE__, __LINE__, #x, strerror(errno));    \
            _exit(CHILD_FAILED);                                                                   \
        }                                                                                          \
    } while (0)

/* The call must fail, and with this errno. */
#define MUST_NOT(x, error)                                                                         \
    do {                                                                                           \
        errno = 0;                                                                                 \
        MUST((long)(x) == -1);                                                                     \
        MUST(errno == (error));                                                                    \
    } while (0)

/* A step that this machine may lack: the case is skipped, with the line that users see. */
static inline void must_or_skip(bool ok, const struct err *said)
{
    if (ok)
        return;
    (void)fprintf(stderr, "skipped: %s\n", said->text);
    _exit(CHILD_SKIPPED);
}

/* Gives the status of waitpid. */
static inline int child_run(void (*fn)(void))
{
    int status = 0;
    (void)fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        fn();
        _exit(CHILD_FINE);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static inline void child_check(void (*fn)(void))
{
    int status = child_run(fn);
    if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_SKIPPED)
        skip();
    if (!WIFEXITED(status) || WEXITSTATUS(status) != CHILD_FINE)
        fail_msg("the child ended with status %x", (unsigned)status);
}

/* The child must be ended by this signal. */
static inline void child_dies(void (*fn)(void), int signal)
{
    int status = child_run(fn);
    if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_SKIPPED)
        skip();
    if (!WIFSIGNALED(status) || WTERMSIG(status) != signal)
        fail_msg("the child ended with status %x, not by signal %d", (unsigned)status, signal);
}

#endif
