/* tls_mbedtls client|server [...]: mbedTLS 2.28 as Debian builds it; options as in tls_openssl.c.
 * clock=SECONDS sets its clock wrong; cloned=1 makes a server that answers each connection from a
 * copy of one process, as clones of a virtual machine do, without new entropy.
 */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>
#include <sys/wait.h>
#include <time.h>

#include "peer.h"

static struct {
    mbedtls_ssl_config config;
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context drbg;
    mbedtls_x509_crt roots, own;
    mbedtls_pk_context key;
    mbedtls_ssl_ticket_context tickets;
    mbedtls_ssl_session session;
    bool has_session;
    const char *alpn[2];
} g;

static long clock_is_off;

/* What mbedTLS calls: the program's symbol comes before that of the C library. */
time_t time(time_t *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out != NULL)
        *out = now.tv_sec + clock_is_off;
    return now.tv_sec + clock_is_off;
}

static int minor_of(const char *v)
{
    return strcmp(v, "1.0") == 0   ? MBEDTLS_SSL_MINOR_VERSION_1
           : strcmp(v, "1.1") == 0 ? MBEDTLS_SSL_MINOR_VERSION_2
                                   : MBEDTLS_SSL_MINOR_VERSION_3;
}

static int configure(int argc, char **argv, bool is_server)
{
    const char *version = option(argc, argv, "version", NULL);
    const char *ca = option(argc, argv, "ca", NULL);
    const char *cert = option(argc, argv, "cert", NULL);
    mbedtls_ssl_config_init(&g.config);
    mbedtls_entropy_init(&g.entropy);
    mbedtls_ctr_drbg_init(&g.drbg);
    mbedtls_x509_crt_init(&g.roots);
    mbedtls_x509_crt_init(&g.own);
    mbedtls_pk_init(&g.key);
    mbedtls_ssl_session_init(&g.session);
    mbedtls_ssl_ticket_init(&g.tickets);
    int rc = mbedtls_ctr_drbg_seed(&g.drbg, mbedtls_entropy_func, &g.entropy, NULL, 0);
    rc |= mbedtls_ssl_config_defaults(&g.config,
            is_server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
            MBEDTLS_SSL_PRESET_DEFAULT);
    mbedtls_ssl_conf_rng(&g.config, mbedtls_ctr_drbg_random, &g.drbg);
    mbedtls_ssl_conf_min_version(
            &g.config, MBEDTLS_SSL_MAJOR_VERSION_3, version != NULL ? minor_of(version) : 1);
    if (version != NULL)
        mbedtls_ssl_conf_max_version(&g.config, MBEDTLS_SSL_MAJOR_VERSION_3, minor_of(version));
    if (ca != NULL) {
        rc |= mbedtls_x509_crt_parse_file(&g.roots, ca);
        mbedtls_ssl_conf_ca_chain(&g.config, &g.roots, NULL);
    }
    if (cert != NULL) {
        rc |= mbedtls_x509_crt_parse_file(&g.own, cert);
        rc |= mbedtls_pk_parse_keyfile(&g.key, option(argc, argv, "key", cert), NULL);
        mbedtls_ssl_conf_own_cert(&g.config, &g.own, &g.key);
    }
    bool wants = is_server ? option(argc, argv, "mtls", NULL) != NULL : ca != NULL;
    mbedtls_ssl_conf_authmode(
            &g.config, wants ? MBEDTLS_SSL_VERIFY_REQUIRED : MBEDTLS_SSL_VERIFY_NONE);
    g.alpn[0] = option(argc, argv, "alpn", NULL);
    if (g.alpn[0] != NULL)
        rc |= mbedtls_ssl_conf_alpn_protocols(&g.config, g.alpn);
    if (is_server) {
        rc |= mbedtls_ssl_ticket_setup(
                &g.tickets, mbedtls_ctr_drbg_random, &g.drbg, MBEDTLS_CIPHER_AES_256_GCM, 86400);
        mbedtls_ssl_conf_session_tickets_cb(
                &g.config, mbedtls_ssl_ticket_write, mbedtls_ssl_ticket_parse, &g.tickets);
    }
    return rc;
}

static void run(int argc, char **argv, int fd, int port, bool is_server)
{
    unsigned char buf[4096];
    char why[200] = "";
    mbedtls_net_context net = {fd};
    mbedtls_ssl_context ssl;
    mbedtls_ssl_init(&ssl);
    mbedtls_ssl_setup(&ssl, &g.config);
    if (!is_server)
        mbedtls_ssl_set_hostname(&ssl, option(argc, argv, "name", "www.example.test"));
    if (!is_server && g.has_session)
        mbedtls_ssl_set_session(&ssl, &g.session);
    mbedtls_ssl_set_bio(&ssl, &net, mbedtls_net_send, mbedtls_net_recv, NULL);
    int rc = mbedtls_ssl_handshake(&ssl);
    if (rc != 0)
        mbedtls_strerror(rc, why, sizeof why);
    tell(port, rc == 0, why);
    if (rc == 0 && !is_server)
        g.has_session = mbedtls_ssl_get_session(&ssl, &g.session) == 0;
    if (rc == 0 && is_server && mbedtls_ssl_read(&ssl, buf, sizeof buf) > 0)
        mbedtls_ssl_write(&ssl, (const unsigned char *)ANSWER, sizeof ANSWER - 1);
    if (rc == 0 && !is_server && strcmp(option(argc, argv, "mode", "get"), "get") == 0) {
        mbedtls_ssl_write(&ssl, (const unsigned char *)REQUEST, sizeof REQUEST - 1);
        while (mbedtls_ssl_read(&ssl, buf, sizeof buf) > 0)
            ;
    }
    mbedtls_ssl_close_notify(&ssl);
    mbedtls_ssl_free(&ssl);
    close(fd);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    bool is_server = argc > 1 && strcmp(argv[1], "server") == 0;
    bool is_cloned = option(argc, argv, "cloned", NULL) != NULL;
    clock_is_off = atol(option(argc, argv, "clock", "0"));
    if (configure(argc, argv, is_server) != 0)
        return 1;
    const char *port_text = option(argc, argv, "port", "443");
    for (int i = atoi(option(argc, argv, "n", "1")); !is_server && i > 0; i--)
        run(argc, argv, connect_to(option(argc, argv, "addr", "127.0.0.1"), port_text), 0, false);
    int listener = is_server ? listen_on(port_text) : -1;
    while (is_server) {
        int port = 0;
        int fd = accept_from(listener, &port);
        pid_t child = is_cloned ? fork() : 0;
        if (child == 0)
            run(argc, argv, fd, port, true);
        if (child == 0 && is_cloned)
            return 0;
        if (child > 0)
            close(fd);
        if (child > 0)
            waitpid(child, NULL, 0);
    }
    return 0;
}
