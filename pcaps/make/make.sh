#!/usr/bin/env bash
# make.sh [SCENARIO...]: remakes the captures, all of them or those named. Needs root for network
# namespaces and the packages of packages.txt. Names are the functions of the files beside it.
cd "$(dirname "$0")"
. ./lib.sh
for part in healthy certificates ciphers endings altered proofs servers chains staples weak flawed protocol vulnerable over_time limits tunnels; do . "./$part.sh"; done
scenarios() {
    if [ $# -gt 0 ]; then
        printf '%s\n' "$@"
        return
    fi
    grep -hoE '^(tls1[0-3]_|tls1[01]_|cert_|name_|unknown_|mtls_|cipher_|kex_|no_common_|reset_|close_|timeout_|http_|banner_|one_|small_|illegal_|proto_|reject_)[a-z0-9_]*\(\)' \
        healthy.sh certificates.sh ciphers.sh endings.sh protocol.sh | tr -d '()' | sort -u
    # Those of one PKI that authority.py makes.
    grep -hoE '^(proof_|mixed_up_|mutual_|chain_|staple_|revoked_|sct_|weak_|flawed_|public_|server_|choice_|over_time_|tunnel_[a-z0-9_]*_openssl\b)[a-z0-9_]*\(' proofs.sh servers.sh chains.sh staples.sh weak.sh flawed.sh vulnerable.sh over_time.sh tunnels.sh | tr -d '('
    grep -hoE "^(overlap_[cvg]|large_|mtu_|renegotiation_[a-z_]*openssl|abrupt_|dtls_)[a-z0-9_]*\(" limits.sh | tr -d "("
    echo altered
}
trap net_down EXIT
net_up
./pki.sh "$pki"
if [ "$out" != "$(cd .. && pwd)" ]; then trust "$pki/root.pem"; fi # those here are in trust.pem already
for s in $(scenarios "$@"); do
    echo "$s"
    "$s" || echo "  failed: $s" >&2
    stop_all
done
