/*
 * tls_openssl client|server [addr= port= name= ca= cert= key= version= alpn= mtls= mode= n=
 * groups=]: OpenSSL, or BoringSSL when built against its headers, on either side.
 */
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "peer.h"

static const char *last_error(void)
{
    static char text[256];
    unsigned long e = ERR_get_error();
    ERR_error_string_n(e, text, sizeof text);
    ERR_clear_error();
    return e != 0 ? text : "closed";
}

static int version_of(const char *v)
{
    return strcmp(v, "1.0") == 0   ? TLS1_VERSION
           : strcmp(v, "1.1") == 0 ? TLS1_1_VERSION
           : strcmp(v, "1.2") == 0 ? TLS1_2_VERSION
                                   : TLS1_3_VERSION;
}

static const char *own_alpn;

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
        const unsigned char *in, unsigned in_len, void *arg)
{
    (void)ssl, (void)arg;
    static unsigned char mine[64];
    mine[0] = (unsigned char)strlen(own_alpn);
    memcpy(mine + 1, own_alpn, mine[0]);
    int r = SSL_select_next_proto((unsigned char **)out, out_len, mine, mine[0] + 1U, in, in_len);
    return r == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static SSL_CTX *context(int argc, char **argv, bool is_server)
{
    SSL_CTX *c = SSL_CTX_new(TLS_method());
    const char *version = option(argc, argv, "version", NULL);
    const char *ca = option(argc, argv, "ca", NULL);
    const char *cert = option(argc, argv, "cert", NULL);
    own_alpn = option(argc, argv, "alpn", NULL);
#ifndef OPENSSL_IS_BORINGSSL
    SSL_CTX_set_security_level(c, 0);
    SSL_CTX_set_cipher_list(c, "ALL:@SECLEVEL=0");
#endif
    SSL_CTX_set_min_proto_version(c, version != NULL ? version_of(version) : TLS1_VERSION);
    SSL_CTX_set_max_proto_version(c, version != NULL ? version_of(version) : TLS1_3_VERSION);
    if (ca != NULL)
        SSL_CTX_load_verify_locations(c, ca, NULL);
    if (cert != NULL) {
        SSL_CTX_use_certificate_chain_file(c, cert);
        SSL_CTX_use_PrivateKey_file(c, option(argc, argv, "key", cert), SSL_FILETYPE_PEM);
    }
    if (option(argc, argv, "groups", NULL) != NULL)
        SSL_CTX_set1_curves_list(c, option(argc, argv, "groups", NULL));
    bool wants = is_server ? option(argc, argv, "mtls", NULL) != NULL : ca != NULL;
    SSL_CTX_set_verify(c, wants ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0, NULL);
    SSL_CTX_set_session_id_context(c, (const unsigned char *)"peer", 4);
    if (is_server && own_alpn != NULL)
        SSL_CTX_set_alpn_select_cb(c, choose_alpn, NULL);
    return c;
}

static void close_all(SSL *ssl, int fd)
{
    SSL_shutdown(ssl);
    SSL_free(ssl);
    close(fd);
}

static SSL_SESSION *kept;

static int keep(SSL *ssl, SSL_SESSION *s)
{
    (void)ssl;
    SSL_SESSION_free(kept);
    kept = s;
    return 1;
}

static void client(int argc, char **argv, SSL_CTX *c)
{
    char buf[4096];
    int fd = connect_to(option(argc, argv, "addr", "127.0.0.1"), option(argc, argv, "port", "443"));
    const char *name = option(argc, argv, "name", "www.example.test");
    SSL *ssl = SSL_new(c);
    SSL_set_tlsext_host_name(ssl, name);
    if (option(argc, argv, "ca", NULL) != NULL)
        SSL_set1_host(ssl, name);
    if (own_alpn != NULL) {
        unsigned char list[64];
        list[0] = (unsigned char)strlen(own_alpn);
        memcpy(list + 1, own_alpn, list[0]);
        SSL_set_alpn_protos(ssl, list, list[0] + 1U);
    }
    if (kept != NULL)
        SSL_set_session(ssl, kept);
    SSL_set_fd(ssl, fd);
    bool is_ok = SSL_connect(ssl) == 1;
    const char *why = is_ok ? NULL : last_error();
    if (is_ok && strcmp(option(argc, argv, "mode", "get"), "get") == 0) {
        SSL_write(ssl, REQUEST, sizeof REQUEST - 1);
        while (SSL_read(ssl, buf, sizeof buf) > 0)
            ;
    }
    close_all(ssl, fd);
    tell(0, is_ok, why);
}

static void server(int argc, char **argv, SSL_CTX *c)
{
    char buf[4096];
    int listener = listen_on(option(argc, argv, "port", "443"));
    for (;;) {
        int port = 0;
        int fd = accept_from(listener, &port);
        SSL *ssl = SSL_new(c);
        SSL_set_fd(ssl, fd);
        bool is_ok = SSL_accept(ssl) == 1;
        tell(port, is_ok, is_ok ? NULL : last_error());
        if (is_ok && SSL_read(ssl, buf, sizeof buf) > 0)
            SSL_write(ssl, ANSWER, sizeof ANSWER - 1);
        close_all(ssl, fd);
    }
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    bool is_server = argc > 1 && strcmp(argv[1], "server") == 0;
    SSL_CTX *c = context(argc, argv, is_server);
    if (is_server)
        server(argc, argv, c);
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(c, keep);
    for (int i = atoi(option(argc, argv, "n", "1")); i > 0; i--)
        client(argc, argv, c);
    return 0;
}
