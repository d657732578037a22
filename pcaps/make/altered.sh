# Captures that are made from another one: what happened to them is said by their name.
alter() { python3 "$here/alter.py" "$1" "$out/$2" "$out/$3"; }
lossy() { alter lose tls12-ecdhe-rsa-openssl.pcap altered-lossy.pcap; }
reordered() { alter reorder small-segments-openssl.pcap altered-reordered.pcap; }
doubled() { alter double tls12-ecdhe-rsa-openssl.pcap altered-doubled.pcap; }
overlap() { alter overlap tls12-ecdhe-rsa-openssl.pcap altered-overlap.pcap; }
tagged() { alter vlan tls12-ecdhe-ecdsa-gnutls.pcap altered-vlan.pcap; }
truncated() { alter truncate tls12-nginx-curl.pcap altered-truncated.pcap; }
mixed() { alter mixed tls12-ecdhe-rsa-openssl.pcap altered-mixed-links.pcapng; }
zipped() { gzip -9nc "$out/tls13-gnutls.pcap" >"$out/altered-gzip.pcap.gz"; }
zstandard() { zstd -q -f "$out/tls12-ecdhe-ecdsa-gnutls.pcap" -o "$out/altered-zstd.pcap.zst"; }
forged() { python3 "$here/forge.py" "$out"; }
altered() { lossy; reordered; doubled; overlap; tagged; truncated; mixed; zipped; zstandard; forged; }
