/*
 * replay [-r PACKETS_PER_SECOND] [-t SECONDS] INTERFACE FILE...: sends the Ethernet frames of
 * capture files over an interface, as fast as it can or at a rate, once or again and again for some
 * seconds. What a snap length cut off is sent as zeros. Prints how many were really sent.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, LONGEST = 262144 };

struct stored {
    size_t at; /* in bytes */
    uint32_t len, wire_len;
};

static struct stored *frames;
static uint8_t *bytes;
static size_t n_frames, frames_cap, n_bytes, bytes_cap;
static uint64_t sent, refused, other_links;

static void *grown(void *p, size_t *cap, size_t needed, size_t size)
{
    if (needed <= *cap)
        return p;
    *cap = needed + needed / 2 + 4096;
    p = realloc(p, *cap * size);
    if (p == NULL)
        abort();
    return p;
}

static void load(const char *path)
{
    char why[PCAP_ERRBUF_SIZE];
    struct pcap_pkthdr *h;
    const u_char *data;
    pcap_t *p = pcap_open_offline(path, why);
    if (p == NULL) {
        (void)fprintf(stderr, "replay: %s: %s\n", path, why);
        exit(1);
    }
    int is_ethernet = pcap_datalink(p) == DLT_EN10MB;
    while (pcap_next_ex(p, &h, &data) == 1) {
        if (!is_ethernet || h->len > LONGEST) {
            other_links++;
            continue;
        }
        frames = grown(frames, &frames_cap, n_frames + 1, sizeof *frames);
        bytes = grown(bytes, &bytes_cap, n_bytes + h->caplen, 1);
        frames[n_frames++] = (struct stored){n_bytes, h->caplen, h->len};
        memcpy(bytes + n_bytes, data, h->caplen);
        n_bytes += h->caplen;
    }
    pcap_close(p);
}

static int64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int open_socket(const char *interface)
{
    int fd = socket(AF_PACKET, SOCK_RAW, 0); /* 0: takes nothing in */
    int one = 1, buffer = 64 << 20;
    struct sockaddr_ll to = {
            .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface)};
    if (fd < 0 || to.sll_ifindex == 0 || bind(fd, (const struct sockaddr *)&to, sizeof to) != 0) {
        perror(interface);
        exit(1);
    }
    (void)setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer);
    return fd;
}

/* Sends n frames from the i-th; a frame that the interface refuses is left out and counted. */
static void send_frames(int fd, size_t i, size_t n)
{
    static uint8_t zeros[LONGEST];
    struct mmsghdr messages[BATCH] = {0};
    struct iovec parts[BATCH][2];
    for (size_t k = 0; k < n; k++) {
        const struct stored *f = &frames[i + k];
        parts[k][0] = (struct iovec){bytes + f->at, f->len};
        parts[k][1] = (struct iovec){zeros, f->wire_len - f->len};
        messages[k].msg_hdr.msg_iov = parts[k];
        messages[k].msg_hdr.msg_iovlen = f->wire_len > f->len ? 2 : 1;
    }
    for (size_t done = 0; done < n;) {
        int rc = sendmmsg(fd, messages + done, (unsigned)(n - done), 0);
        if (rc > 0) {
            sent += (unsigned)rc;
            done += (unsigned)rc;
        } else if (errno == ENETDOWN || errno == ENXIO || errno == ENODEV) {
            perror("replay");
            exit(1);
        } else if (errno != EINTR) {
            refused++;
            done++;
        }
    }
}

static void pace(int64_t start_ns, double rate)
{
    int64_t due_ns = start_ns + (int64_t)((double)(sent + refused) * 1e9 / rate);
    struct timespec until = {due_ns / 1000000000, due_ns % 1000000000};
    if (due_ns - now_ns() > 50000)
        (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    while (now_ns() < due_ns)
        ;
}

int main(int argc, char **argv)
{
    double rate = 0, seconds = 0;
    int option;
    while ((option = getopt(argc, argv, "r:t:")) != -1)
        *(option == 'r' ? &rate : &seconds) = strtod(optarg, NULL);
    if (argc - optind < 2) {
        (void)fprintf(
                stderr, "usage: replay [-r PACKETS_PER_SECOND] [-t SECONDS] INTERFACE FILE...\n");
        return 1;
    }
    for (int i = optind + 1; i < argc; i++)
        load(argv[i]);
    int fd = open_socket(argv[optind]);
    int64_t start_ns = now_ns();
    do {
        for (size_t i = 0; i < n_frames; i += BATCH) {
            send_frames(fd, i, n_frames - i < BATCH ? n_frames - i : BATCH);
            if (rate > 0)
                pace(start_ns, rate);
        }
    } while (n_frames > 0 && now_ns() - start_ns < (int64_t)(seconds * 1e9));
    double took = (double)(now_ns() - start_ns) / 1e9;
    (void)printf("sent %llu refused %llu other-links %llu seconds %.3f rate %.0f\n",
            (unsigned long long)sent, (unsigned long long)refused, (unsigned long long)other_links,
            took, (double)sent / took);
    (void)close(fd);
    free(frames);
    free(bytes);
    return 0;
}
