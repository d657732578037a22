/* What the drivers in C share: options as name=value words, a TCP socket, and the last line. */
#ifndef PEER_H
#define PEER_H

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char REQUEST[] = "GET / HTTP/1.0\r\n\r\n";
static const char ANSWER[] =
        "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello, this is the answer\n";

/* The value of name, or fallback. */
static const char *option(int argc, char **argv, const char *name, const char *fallback)
{
    size_t n = strlen(name);
    for (int i = 2; i < argc; i++)
        if (strncmp(argv[i], name, n) == 0 && argv[i][n] == '=')
            return argv[i] + n + 1;
    return fallback;
}

static struct sockaddr_in address_of(const char *ip, const char *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port))};
    (void)inet_pton(AF_INET, ip, &a.sin_addr);
    return a;
}

static int connect_to(const char *ip, const char *port)
{
    struct sockaddr_in a = address_of(ip, port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct timeval t = {15, 0};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) != 0) {
        printf("handshake failed: no connection\n");
        exit(1);
    }
    return fd;
}

static int listen_on(const char *port)
{
    struct sockaddr_in a = address_of("0.0.0.0", port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 64) != 0)
        exit(1);
    return fd;
}

static int accept_from(int fd, int *port)
{
    struct sockaddr_in a;
    socklen_t n = sizeof a;
    int s = accept(fd, (struct sockaddr *)&a, &n);
    struct timeval t = {15, 0};
    (void)setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
    *port = ntohs(a.sin_port);
    return s;
}

/* The line that tells how it ended; the server's begins with the client's port. */
static void tell(int port, bool is_ok, const char *why)
{
    if (port > 0)
        printf("%d ", port);
    printf(is_ok ? "handshake ok\n" : "handshake failed: %s\n", why != NULL ? why : "");
    (void)fflush(stdout);
}

#endif
