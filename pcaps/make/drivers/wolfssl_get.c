/* wolfssl_get ADDRESS PORT NAME ROOTS: one request with wolfSSL as Debian builds it. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

int main(int argc, char **argv)
{
    static const char REQUEST[] = "GET / HTTP/1.0\r\n\r\n";
    char buf[4096];
    struct sockaddr_in to = {.sin_family = AF_INET};
    if (argc != 5)
        return 2;
    to.sin_port = htons((uint16_t)atoi(argv[2]));
    inet_pton(AF_INET, argv[1], &to.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        return 1;
    wolfSSL_Init();
    WOLFSSL_CTX *ctx = wolfSSL_CTX_new(wolfTLS_client_method());
    wolfSSL_CTX_load_verify_locations(ctx, argv[4], NULL);
    WOLFSSL *ssl = wolfSSL_new(ctx);
    wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, argv[3], (unsigned short)strlen(argv[3]));
    wolfSSL_set_fd(ssl, fd);
    int rc = wolfSSL_connect(ssl);
    if (rc == WOLFSSL_SUCCESS && wolfSSL_write(ssl, REQUEST, sizeof REQUEST - 1) > 0)
        while (wolfSSL_read(ssl, buf, sizeof buf) > 0)
            ;
    wolfSSL_shutdown(ssl);
    close(fd);
    return rc != WOLFSSL_SUCCESS;
}
