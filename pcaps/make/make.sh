#!/usr/bin/env bash
# make.sh [SCENARIO...]: remakes the captures, all of them or those named. Needs root for network
# namespaces and the packages of packages.txt. Names are the functions of the files beside it.
cd "$(dirname "$0")"
. ./lib.sh
for part in healthy certificates ciphers endings altered; do . "./$part.sh"; done
scenarios() {
    if [ $# -gt 0 ]; then
        printf '%s\n' "$@"
        return
    fi
    grep -hoE '^(tls1[0-3]_|tls1[01]_|cert_|name_|unknown_|mtls_|cipher_|kex_|no_common_|reset_|close_|timeout_|http_|banner_|one_|small_)[a-z0-9_]*' \
        healthy.sh certificates.sh ciphers.sh endings.sh | sort -u
    echo altered
}
trap net_down EXIT
net_up
./pki.sh "$pki"
for s in $(scenarios "$@"); do
    echo "$s"
    "$s" || echo "  failed: $s" >&2
    stop_all
done
