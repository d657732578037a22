# Old versions and broken suites that OpenSSL still speaks when it is told to.
weak() {
    local name=$1
    shift
    s_server $(leaf good) -cipher "ALL:eNULL:@SECLEVEL=0" "$@"
    capture "$name" s_client -servername www.example.test -cipher "ALL:eNULL:@SECLEVEL=0" "$@"
}
tls10_openssl() { weak tls10-openssl -tls1; }
tls11_openssl() { weak tls11-openssl -tls1_1; }
cipher_null_openssl() { weak cipher-null-openssl -tls1_2 -cipher NULL-SHA256:@SECLEVEL=0; }
cipher_anon_openssl() { weak cipher-anon-openssl -tls1_2 -cipher AECDH-AES256-SHA:@SECLEVEL=0; }
kex_static_rsa_openssl() { weak kex-static-rsa-openssl -tls1_2 -cipher AES128-GCM-SHA256; }
kex_dh1024_openssl() {
    s_server $(leaf good) -tls1_2 -cipher "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0" -dhparam "$pki/dh1024.pem"
    capture kex-dh1024-openssl s_client -servername www.example.test -cipher "ALL:@SECLEVEL=0"
}
no_common_cipher_openssl() {
    s_server $(leaf good) -tls1_2 -cipher ECDHE-RSA-AES256-GCM-SHA384
    capture no-common-cipher-openssl s_client -servername www.example.test -tls1_2 -cipher ECDHE-RSA-CHACHA20-POLY1305
}
no_common_version_openssl() {
    s_server $(leaf good) -tls1_3
    capture no-common-version-openssl s_client -servername www.example.test -tls1_2
}
