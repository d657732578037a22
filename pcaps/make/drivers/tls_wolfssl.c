/* tls_wolfssl client|server [...]: wolfSSL as Debian builds it; options as in tls_openssl.c. */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

#include "peer.h"

static WOLFSSL_METHOD *method_of(const char *v, bool is_server)
{
    if (v == NULL)
        return is_server ? wolfSSLv23_server_method() : wolfSSLv23_client_method();
    if (strcmp(v, "1.3") == 0)
        return is_server ? wolfTLSv1_3_server_method() : wolfTLSv1_3_client_method();
    return is_server ? wolfTLSv1_2_server_method() : wolfTLSv1_2_client_method();
}

static WOLFSSL_CTX *context(int argc, char **argv, bool is_server)
{
    WOLFSSL_CTX *c = wolfSSL_CTX_new(method_of(option(argc, argv, "version", NULL), is_server));
    const char *ca = option(argc, argv, "ca", NULL);
    const char *cert = option(argc, argv, "cert", NULL);
    if (ca != NULL)
        wolfSSL_CTX_load_verify_locations(c, ca, NULL);
    if (cert != NULL) {
        wolfSSL_CTX_use_certificate_chain_file(c, cert);
        wolfSSL_CTX_use_PrivateKey_file(c, option(argc, argv, "key", cert), SSL_FILETYPE_PEM);
    }
    bool wants = is_server ? option(argc, argv, "mtls", NULL) != NULL : ca != NULL;
    wolfSSL_CTX_set_verify(
            c, wants ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_NONE, NULL);
    return c;
}

static void run(int argc, char **argv, WOLFSSL *ssl, int port, bool is_server)
{
    char buf[4096];
    char why[128];
    char *alpn = (char *)(void *)(uintptr_t)option(argc, argv, "alpn", NULL);
    if (alpn != NULL)
        wolfSSL_UseALPN(ssl, alpn, (unsigned)strlen(alpn), WOLFSSL_ALPN_FAILED_ON_MISMATCH);
    bool is_ok = (is_server ? wolfSSL_accept(ssl) : wolfSSL_connect(ssl)) == SSL_SUCCESS;
    snprintf(why, sizeof why, "wolfSSL error %d", wolfSSL_get_error(ssl, 0));
    tell(port, is_ok, why);
    if (is_ok && is_server && wolfSSL_read(ssl, buf, sizeof buf) > 0)
        wolfSSL_write(ssl, ANSWER, sizeof ANSWER - 1);
    if (is_ok && !is_server && strcmp(option(argc, argv, "mode", "get"), "get") == 0) {
        wolfSSL_write(ssl, REQUEST, sizeof REQUEST - 1);
        while (wolfSSL_read(ssl, buf, sizeof buf) > 0)
            ;
    }
    wolfSSL_shutdown(ssl);
}

static void client(int argc, char **argv, WOLFSSL_CTX *c, WOLFSSL_SESSION **kept)
{
    const char *name = option(argc, argv, "name", "www.example.test");
    int fd = connect_to(option(argc, argv, "addr", "127.0.0.1"), option(argc, argv, "port", "443"));
    WOLFSSL *ssl = wolfSSL_new(c);
    wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, name, (unsigned short)strlen(name));
    if (option(argc, argv, "ca", NULL) != NULL)
        wolfSSL_check_domain_name(ssl, name);
    if (*kept != NULL)
        wolfSSL_set_session(ssl, *kept);
    wolfSSL_set_fd(ssl, fd);
    run(argc, argv, ssl, 0, false);
    *kept = wolfSSL_get1_session(ssl);
    wolfSSL_free(ssl);
    close(fd);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    bool is_server = argc > 1 && strcmp(argv[1], "server") == 0;
    wolfSSL_Init();
    WOLFSSL_CTX *c = context(argc, argv, is_server);
    if (c == NULL)
        return 1;
    WOLFSSL_SESSION *kept = NULL;
    for (int i = atoi(option(argc, argv, "n", "1")); !is_server && i > 0; i--)
        client(argc, argv, c, &kept);
    int listener = is_server ? listen_on(option(argc, argv, "port", "443")) : -1;
    while (is_server) {
        int port = 0;
        int fd = accept_from(listener, &port);
        WOLFSSL *ssl = wolfSSL_new(c);
        wolfSSL_set_fd(ssl, fd);
        run(argc, argv, ssl, port, true);
        wolfSSL_free(ssl);
        close(fd);
    }
    return 0;
}
