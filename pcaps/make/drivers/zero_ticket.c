/* zero_ticket PORT CERT KEY: OpenSSL's server in TLS 1.2 whose ticket key is 80 zeros. */
#include <openssl/ssl.h>

#include "peer.h"

int main(int argc, char **argv)
{
    static unsigned char zeros[80];
    char buf[4096];
    if (argc < 4)
        return 1;
    signal(SIGPIPE, SIG_IGN);
    SSL_CTX *c = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_max_proto_version(c, TLS1_2_VERSION);
    SSL_CTX_use_certificate_chain_file(c, argv[2]);
    SSL_CTX_use_PrivateKey_file(c, argv[3], SSL_FILETYPE_PEM);
    SSL_CTX_set_tlsext_ticket_keys(c, zeros, sizeof zeros);
    int listener = listen_on(argv[1]);
    for (;;) {
        int port = 0;
        int fd = accept_from(listener, &port);
        SSL *ssl = SSL_new(c);
        SSL_set_fd(ssl, fd);
        if (SSL_accept(ssl) == 1 && SSL_read(ssl, buf, sizeof buf) > 0)
            SSL_write(ssl, ANSWER, sizeof ANSWER - 1);
        SSL_shutdown(ssl);
        SSL_free(ssl);
        close(fd);
    }
}
