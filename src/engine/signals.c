#include "engine/signals.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/now.h"

static volatile sig_atomic_t patience;

int signals_open(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    for (const int *s = (const int[]){SIGINT, SIGTERM, SIGHUP, SIGUSR1, 0}; *s != 0; s++)
        (void)sigaddset(&set, *s);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int signals_wait(int fd, int64_t until_us)
{
    int64_t left_us = until_us - now_of(CLOCK_MONOTONIC);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    struct signalfd_siginfo info;
    if (poll(&p, 1, left_us > 0 ? (int)(left_us / 1000 + 1) : 0) > 0 &&
            read(fd, &info, sizeof info) == (ssize_t)sizeof info)
        return (int)info.ssi_signo;
    return 0;
}

static void on_signal(int number)
{
    if (patience-- <= 0)
        _exit(128 + number);
}

void signals_at_once(int n_spared)
{
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigset_t set;
    patience = n_spared;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
