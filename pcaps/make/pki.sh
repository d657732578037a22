#!/usr/bin/env bash
# pki.sh DIR: a root, an intermediate and the leaves that the scenarios serve.
set -euo pipefail
dir=$1
mkdir -p "$dir"
cd "$dir"
cat >ca.cnf <<'END'
[ca]
default_ca = d
[d]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
[ca_ext]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf_ext]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature,keyEncipherment
extendedKeyUsage = serverAuth
authorityKeyIdentifier = keyid
authorityInfoAccess = OCSP;URI:http://ocsp.example.test/,caIssuers;URI:http://ca.example.test/ca.crt
[client_ext]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
END
: >index.txt
day() { date -u -d "$1" +%Y%m%d%H%M%SZ; }

openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/CN=Example Root' -keyout root.key \
    -out root.pem -config <(printf '[req]\ndistinguished_name=n\nx509_extensions=v\n[n]\n[v]\n
basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n') 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj '/CN=Example Intermediate' -keyout int.key -out int.csr 2>/dev/null
openssl ca -batch -config ca.cnf -extensions ca_ext -cert root.pem -keyfile root.key -in int.csr \
    -out int.pem -notext -days 1825 2>/dev/null

# leaf NAME KEY FROM TO SAN [EXTENSIONS] [DIGEST]
leaf() {
    local name=$1 key=$2 from=$3 to=$4 san=$5 ext=${6:-leaf_ext} md=${7:-sha256}
    case $key in
    rsa*) openssl genrsa -out "$name.key" "${key#rsa}" 2>/dev/null ;;
    ec) openssl ecparam -name prime256v1 -genkey -noout -out "$name.key" ;;
    esac
    local extra=()
    [ -n "$san" ] && extra=(-addext "subjectAltName=$san")
    openssl req -new -key "$name.key" -subj "/CN=www.example.test" "${extra[@]}" -out "$name.csr"
    openssl ca -batch -config ca.cnf -extensions "$ext" -cert int.pem -keyfile int.key -md "$md" \
        -in "$name.csr" -out "$name.crt" -notext -startdate "$(day "$from")" -enddate "$(day "$to")" 2>/dev/null
    cat "$name.crt" int.pem >"$name.pem"
}

names=DNS:www.example.test,DNS:api.example.test
leaf good rsa2048 '-10 days' '+80 days' "$names"
leaf ec ec '-10 days' '+80 days' "$names"
leaf expired rsa2048 '-120 days' '-30 days' "$names"
leaf future rsa2048 '+5 days' '+95 days' "$names"
leaf hours rsa2048 '-200 days' '+10 hours' "$names"
leaf days rsa2048 '-200 days' '+5 days' "$names"
leaf weeks rsa2048 '-200 days' '+20 days' "$names"
leaf short rsa1024 '-10 days' '+80 days' "$names"
leaf sha1 rsa2048 '-10 days' '+80 days' "$names" leaf_ext sha1
leaf md5 rsa2048 '-10 days' '+80 days' "$names" leaf_ext md5
leaf nosan rsa2048 '-10 days' '+80 days' ''
leaf other rsa2048 '-10 days' '+80 days' DNS:other.example.org,DNS:*.example.org
leaf client rsa2048 '-10 days' '+80 days' email:client@example.test client_ext
openssl req -x509 -newkey rsa:2048 -nodes -days 90 -subj '/CN=appliance.example.test' \
    -addext subjectAltName=DNS:appliance.example.test,DNS:www.example.test \
    -keyout self.key -out self.pem 2>/dev/null
openssl dhparam -out dh1024.pem 1024 2>/dev/null
openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048 -out dh2048.pem 2>/dev/null
