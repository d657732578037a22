# Who holds the key: signatures of servers and clients in TLS 1.2, right ones and others.
authority() {
    [ -d "$work/authority" ] && return
    mkdir "$work/authority"
    python3 "$here/authority.py" "$work/authority"
    cc -shared -fPIC -o "$work/anykey.so" "$here/drivers/anykey.c"
    trust "$work/authority/root.crt"
    trust "$work/authority/public.crt" public
}
a() { printf '%s/authority/%s' "$work" "$1"; }

# hold LEAF ARGUMENTS...: OpenSSL's server in TLS 1.2 with LEAF, its key and the usual intermediate,
# as far as ARGUMENTS do not say otherwise.
hold() {
    local leaf=$1
    shift
    serve env LD_PRELOAD="${preload:-}" openssl s_server -accept "${port:-443}" -quiet -tls1_2 -cert "$(a "$leaf.crt")" \
        -key "$(a "${key:-$leaf}.key")" ${sent--cert_chain "$(a middle.crt)"} "$@"
    wait_port "${port:-443}"
}
# shake ARGUMENTS...: OpenSSL's client shakes hands, asks for nothing and closes.
shake() {
    client env LD_PRELOAD="${client_preload:-}" openssl s_client -connect "$server_ip:${port:-443}" -servername www.example.test \
        -CAfile "$(a root.crt)" "$@"
}
# held NAME LEAF ARGUMENTS...: a capture of one handshake.
held() {
    local name=$1
    shift
    hold "$@"
    capture "$name" shake
}
# mixed_up NAME LEAF KEY ARGUMENTS...: the server's certificate is LEAF's, its key is KEY.
mixed_up() {
    local name=$1 leaf=$2 strange=$3
    shift 3
    preload=$work/anykey.so key=$strange hold "$leaf" "$@"
    capture "$name" shake
}

proof_rsa_openssl() { authority; held proof-rsa-openssl good-rsa -sigalgs RSA+SHA256; }
proof_rsa_pss_openssl() { authority; held proof-rsa-pss-openssl good-rsa -sigalgs rsa_pss_rsae_sha256; }
proof_dhe_openssl() { authority; held proof-dhe-openssl good-rsa -cipher DHE-RSA-AES128-GCM-SHA256 -dhparam "$pki/dh2048.pem" -sigalgs RSA+SHA256; }
proof_ecdsa_openssl() { authority; held proof-ecdsa-openssl good; }
proof_ed25519_openssl() { authority; held proof-ed25519-openssl good-ed25519; }
mixed_up_rsa_openssl() { authority; mixed_up mixed-up-rsa-openssl good-rsa strange-rsa -sigalgs RSA+SHA256; }
mixed_up_rsa_pss_openssl() { authority; mixed_up mixed-up-rsa-pss-openssl good-rsa strange-rsa -sigalgs rsa_pss_rsae_sha256; }
mixed_up_dhe_openssl() {
    authority
    mixed_up mixed-up-dhe-openssl good-rsa strange-rsa -cipher DHE-RSA-AES128-GCM-SHA256 -dhparam "$pki/dh2048.pem" -sigalgs RSA+SHA256
}
mixed_up_ecdsa_openssl() { authority; mixed_up mixed-up-ecdsa-openssl good strange-ec; }
mixed_up_ed25519_openssl() { authority; mixed_up mixed-up-ed25519-openssl good-ed25519 strange-ed25519; }
# Go compares key and certificate only when it reads both from files.
mixed_up_ecdsa_go() {
    authority
    go_signer
    serve "$work/gosigner" :443 "$(a good.crt)" "$(a middle.crt)" "$(a strange-ec.key)"
    wait_port 443
    capture mixed-up-ecdsa-go shake
}
go_signer() { GOCACHE="$work/gocache" GO111MODULE=off go build -o "$work/gosigner" "$here/drivers/gosigner.go"; }
# The client's side.
with_client() {
    client_preload=${client_preload:-} shake -cert "$(a client.crt)" -key "$(a "$1.key")" -cert_chain "$(a middle.crt)"
}
proof_mtls_openssl() {
    authority
    hold good -Verify 3 -verify_return_error -CAfile "$(a root.crt)"
    capture proof-mtls-openssl with_client client
}
mixed_up_mtls_openssl() {
    authority
    hold good -Verify 3 -verify_return_error -CAfile "$(a root.crt)"
    client_preload=$work/anykey.so capture mixed-up-mtls-openssl with_client strange-ec
}
# Client certificates with one defect each; the server goes on.
mutual() {
    authority
    hold good -verify 3 -CAfile "$(a "${ca:-root}.crt")"
    capture "$1" lone_client "$2"
}
lone_client() { shake -cert "$(a "$1.crt")" -key "$(a "$1.key")" -cert_chain "$(a middle.crt)"; }
# mbedTLS does not ask whether the server can read its signature.
mutual_sigalg_mbedtls() {
    authority
    cc -o "$work/tls_mbedtls" "$here/drivers/tls_mbedtls.c" -lmbedtls -lmbedx509 -lmbedcrypto
    cat "$(a client.crt)" "$(a middle.crt)" >"$work/client.pem"
    hold good -verify 3 -CAfile "$(a root.crt)" -client_sigalgs RSA+SHA256
    capture mutual-sigalg-mbedtls client "$work/tls_mbedtls" client addr=$server_ip version=1.2 ca="$(a root.crt)" \
        cert="$work/client.pem" key="$(a client.key)"
}
mutual_expired_openssl() { mutual mutual-expired-openssl client-ended; }
mutual_expiring_openssl() { mutual mutual-expiring-openssl client-soon; }
mutual_purpose_openssl() { mutual mutual-purpose-openssl client-server; }
mutual_hint_openssl() { ca=other mutual mutual-hint-openssl client; }
# One half of the signature is computed wrong, as in the attack of Boneh, DeMillo and Lipton: the key leaks.
proof_fault_go() {
    authority
    go_signer
    serve "$work/gosigner" :443 "$(a good-rsa.crt)" "$(a middle.crt)" "$(a good-rsa.key)" fault
    wait_port 443
    capture proof-fault-go shake -sigalgs RSA+SHA256
}
