# Certificates with one defect each, TLS 1.2 so that they stand in the clear.
served() {
    local name=$1 leaf=$2
    shift 2
    s_server $(leaf "$leaf") -tls1_2 "$@"
    capture "$name" s_client -servername www.example.test -cipher DEFAULT:@SECLEVEL=0
}
cert_expired_nginx_curl() {
    nginx_conf expired TLSv1.2
    capture cert-expired-nginx-curl curl_get
}
cert_expired_ignored_openssl() { served cert-expired-ignored-openssl expired; }
cert_expired_tls13_openssl() {
    s_server $(leaf expired)
    capture cert-expired-tls13-openssl s_client -servername www.example.test -CAfile "$pki/root.pem" \
        -verify_return_error
}
cert_not_yet_valid_openssl() { served cert-not-yet-valid-openssl future; }
cert_expiring_1d_openssl() { served cert-expiring-1d-openssl hours; }
cert_expiring_7d_openssl() { served cert-expiring-7d-openssl days; }
cert_expiring_30d_openssl() { served cert-expiring-30d-openssl weeks; }
cert_rsa1024_openssl() { served cert-rsa1024-openssl short -cipher DEFAULT:@SECLEVEL=0; }
cert_sha1_openssl() { served cert-sha1-openssl sha1 -cipher DEFAULT:@SECLEVEL=0; }
cert_md5_openssl() { served cert-md5-openssl md5 -cipher DEFAULT:@SECLEVEL=0; }
cert_no_san_openssl() { served cert-no-san-openssl nosan; }
cert_self_signed_openssl() {
    s_server -cert "$pki/self.pem" -key "$pki/self.key" -tls1_2
    capture cert-self-signed-openssl s_client -servername www.example.test
}
name_mismatch_openssl() { served name-mismatch-openssl other; }
name_mismatch_nginx_curl() {
    nginx_conf other TLSv1.2
    capture name-mismatch-nginx-curl curl_get
}
unknown_ca_openssl() {
    s_server $(leaf good) -tls1_2
    capture unknown-ca-openssl s_client -servername www.example.test -CAfile "$pki/self.pem" \
        -verify_return_error -no-CApath
}
mtls_missing_openssl() {
    s_server $(leaf good) -tls1_2 -Verify 3 -CAfile "$pki/root.pem"
    capture mtls-missing-openssl s_client -servername www.example.test
}
