/* The yardstick: a bare libpcap loop over a file. */
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdio.h>

struct sums {
    uint64_t packets, bytes;
};

static void count(u_char *user, const struct pcap_pkthdr *h, const u_char *data)
{
    struct sums *s = (struct sums *)(void *)user;
    (void)data;
    s->packets++;
    s->bytes += h->caplen;
}

int main(int argc, char **argv)
{
    char why[PCAP_ERRBUF_SIZE];
    struct sums s = {0, 0};
    if (argc != 2) {
        (void)fprintf(stderr, "usage: pcaploop FILE\n");
        return 1;
    }
    pcap_t *p = pcap_open_offline(argv[1], why);
    if (p == NULL || pcap_loop(p, -1, count, (u_char *)(void *)&s) != 0) {
        (void)fprintf(stderr, "pcaploop: %s: %s\n", argv[1], p != NULL ? pcap_geterr(p) : why);
        return 1;
    }
    pcap_close(p);
    (void)printf("%llu packets, %llu bytes\n", (unsigned long long)s.packets,
            (unsigned long long)s.bytes);
    return 0;
}
