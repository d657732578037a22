#!/usr/bin/env bash
# make.sh: how the certificates of tests/rules/real.c and tests/unit/x509/facts.c were made, with the
# openssl program (3.0). Keys are thrown away; running it again gives other bytes with the same facts.
set -euo pipefail
out=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
touch index && mkdir new && echo 7A23456789ABCDEF0123456789 > serial
printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=new\ndefault_md=sha256\npolicy=p\nunique_subject=no\ncopy_extensions=none\npreserve=yes\n[p]\ncommonName=optional\ncountryName=optional\norganizationName=optional\norganizationalUnitName=optional\n' > ca.cnf
openssl ecparam -genkey -name prime256v1 -noout -out ca.key
openssl req -x509 -new -key ca.key -subj "/CN=Test CA" -days 9000 -out ca.pem 2> /dev/null
openssl ecparam -genkey -name prime256v1 -noout -out ec.key
openssl genrsa -out rsa.key 2048 2> /dev/null

# leaf NAME KEY SUBJECT START END EXTENSIONS...
leaf() {
    local name=$1 key=$2 subject=$3 start=$4 end=$5
    shift 5
    printf '%s\n' '[e]' "$@" > ext.cnf
    openssl req -new -key "$key" -subj "$subject" -out req.pem
    openssl ca -batch -notext -config ca.cnf -cert ca.pem -keyfile ca.key -in req.pem -out one.pem -extfile ext.cnf \
        -extensions e -startdate "$start" -enddate "$end" 2> log || { cat log; exit 1; }
    openssl x509 -in one.pem -outform DER -out "$out/$name.der"
}
# signed NAME KEY SUBJECT DAYS OPTIONS... -- EXTENSIONS...: self-signed
signed() {
    local name=$1 key=$2 subject=$3 days=$4 options=()
    shift 4
    while [ "$1" != -- ]; do options+=("$1"); shift; done
    shift
    printf '%s\n' '[req]' 'distinguished_name=dn' 'prompt=no' '[dn]' '[e]' "$@" > req.cnf
    openssl req -x509 -new -key "$key" -subj "$subject" -days "$days" -config req.cnf -extensions e "${options[@]}" \
        -outform DER -out "$out/$name.der"
}

serve='extendedKeyUsage=serverAuth'
plain='subjectAltName=DNS:www.example.org'
good=("$plain" "$serve" 'keyUsage=critical,digitalSignature' 'authorityKeyIdentifier=keyid' 'certificatePolicies=2.23.140.1.2.1'
      'crlDistributionPoints=URI:http://crl.example.org/1,URI:http://crl.example.org/2')
s=20260401000000Z
leaf good ec.key /CN=www.example.org $s 20260630235959Z "${good[@]}" 'basicConstraints=critical,CA:FALSE' 'tlsfeature=status_request' \
    '1.3.6.1.4.1.11129.2.4.2=DER:0404000230aa' 'authorityInfoAccess=OCSP;URI:http://ocsp.example.org'
leaf long-200 ec.key /CN=www.example.org $s 20261017235959Z "${good[@]}"
leaf long-201 ec.key /CN=www.example.org $s 20261018000000Z "${good[@]}"
leaf backwards ec.key /CN=www.example.org $s 20260301000000Z "${good[@]}"
for curve in secp160r1 secp256k1; do
    openssl ecparam -genkey -name $curve -noout -out one.key
    leaf ec-$curve one.key /CN=www.example.org $s 20260630235959Z "${good[@]}"
done
openssl ecparam -genkey -name prime256v1 -param_enc explicit -noout -out one.key
leaf ec-explicit one.key /CN=www.example.org $s 20260630235959Z "${good[@]}"
openssl dsaparam -genkey 1024 2> /dev/null | openssl dsa -out one.key 2> /dev/null
leaf dsa one.key /CN=www.example.org $s 20260630235959Z "${good[@]}"
leaf rsa rsa.key /CN=www.example.org $s 20260630235959Z "${good[@]}"
leaf names-low ec.key /CN=www.example.org $s 20260630235959Z 'subjectAltName=DNS:a b.example.org,DNS:www.example.org' "$serve"
leaf names-cn ec.key "/CN=my device" $s 20260630235959Z 'subjectAltName=DNS:my_device.example.org' "$serve"
leaf wildcard-suffix ec.key /CN=x $s 20260630235959Z 'subjectAltName=DNS:*.example.co.uk,DNS:*.github.io,DNS:*.co.uk' "$serve"
leaf wildcard-place ec.key /CN=x $s 20260630235959Z 'subjectAltName=DNS:w*.example.org' "$serve"
leaf wildcard-many ec.key /CN=x $s 20260630235959Z 'subjectAltName=DNS:*.*.example.org' "$serve"
leaf internal ec.key /CN=intranet $s 20260630235959Z 'subjectAltName=DNS:www.example.org,DNS:intranet,DNS:db.corp,IP:10.1.2.3,IP:192.0.32.10' "$serve"
leaf eku-client ec.key /CN=www.example.org $s 20260630235959Z "$plain" 'extendedKeyUsage=clientAuth'
leaf eku-both ec.key /CN=www.example.org $s 20260630235959Z "$plain" 'extendedKeyUsage=serverAuth,clientAuth'
leaf ku-encipher rsa.key /CN=www.example.org $s 20260630235959Z "$plain" "$serve" 'keyUsage=critical,keyEncipherment'
leaf ca-leaf ec.key /CN=www.example.org $s 20260630235959Z "$plain" "$serve" 'basicConstraints=critical,CA:TRUE'
leaf unknown-critical ec.key /CN=www.example.org $s 20260630235959Z "${good[@]}" '1.2.3.4=critical,ASN1:UTF8String:x'
leaf poison ec.key /CN=www.example.org $s 20260630235959Z "${good[@]}" '1.3.6.1.4.1.11129.2.4.3=critical,DER:0500'
leaf bare ec.key "/C=de/OU=x/CN=www.example.org" $s 20260630235959Z "$plain" 'keyUsage=keyCertSign'
leaf odd ec.key /CN=www.example.org $s 20260630235959Z "$plain" 'nameConstraints=critical,permitted;DNS:example.org' \
    '1.3.6.1.5.5.7.1.31=critical,DER:04020102'
leaf client ec.key /CN=alice $s 20260630235959Z 'extendedKeyUsage=clientAuth'
signed serial-zero ec.key /CN=www.example.org 30 -set_serial 0 -- "$plain"
signed serial-negative ec.key /CN=www.example.org 30 -set_serial -128 -- "$plain"
signed serial-20 ec.key /CN=www.example.org 30 -set_serial 0xff00000000000000000000000000000000000001 -- "$plain"
signed serial-21 ec.key /CN=www.example.org 30 -set_serial 0x01ff00000000000000000000000000000000000001 -- "$plain"
signed fake-ingress ec.key "/O=Acme Co/CN=Kubernetes Ingress Controller Fake Certificate" 365 -- 'subjectAltName=DNS:ingress.local'
signed snakeoil ec.key /CN=box.example.org 3650 -- 'basicConstraints=CA:FALSE' 'subjectAltName=DNS:box.example.org'
