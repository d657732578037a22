/* mbedtls_get ADDRESS PORT NAME ROOTS: one request with mbedTLS 2.28 as Debian builds it. */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    static const unsigned char REQUEST[] = "GET / HTTP/1.0\r\n\r\n";
    unsigned char buf[4096];
    mbedtls_net_context net;
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config config;
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context drbg;
    mbedtls_x509_crt roots;
    if (argc != 5)
        return 2;
    mbedtls_net_init(&net);
    mbedtls_ssl_init(&ssl);
    mbedtls_ssl_config_init(&config);
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&drbg);
    mbedtls_x509_crt_init(&roots);
    int rc = mbedtls_ctr_drbg_seed(&drbg, mbedtls_entropy_func, &entropy, NULL, 0);
    rc |= mbedtls_x509_crt_parse_file(&roots, argv[4]);
    rc |= mbedtls_net_connect(&net, argv[1], argv[2], MBEDTLS_NET_PROTO_TCP);
    rc |= mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
            MBEDTLS_SSL_PRESET_DEFAULT);
    mbedtls_ssl_conf_ca_chain(&config, &roots, NULL);
    mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &drbg);
    rc |= mbedtls_ssl_setup(&ssl, &config);
    rc |= mbedtls_ssl_set_hostname(&ssl, argv[3]);
    mbedtls_ssl_set_bio(&ssl, &net, mbedtls_net_send, mbedtls_net_recv, NULL);
    if (rc != 0)
        return 1;
    rc = mbedtls_ssl_handshake(&ssl);
    if (rc == 0 && mbedtls_ssl_write(&ssl, REQUEST, sizeof REQUEST - 1) > 0)
        while (mbedtls_ssl_read(&ssl, buf, sizeof buf) > 0)
            ;
    (void)mbedtls_ssl_close_notify(&ssl);
    mbedtls_net_free(&net);
    return rc != 0;
}
