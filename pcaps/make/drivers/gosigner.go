// gosigner ADDRESS CERT ISSUER KEY [K]: a TLS 1.2 server in Go that signs with KEY whatever CERT says;
// with K, every ECDSA signature uses this same secret number; where K is "fault", RSA signatures are wrong
// modulo one of the primes.
// gosigner get ADDRESS NAME: a client that trusts everybody.
package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"io"
	"math/big"
	"os"
)

type careless struct {
	*ecdsa.PrivateKey
	k *big.Int
}

func (c careless) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	n := elliptic.P256().Params().N
	r, _ := elliptic.P256().ScalarBaseMult(c.k.Bytes())
	s := new(big.Int).Mul(r, c.D)
	s.Add(s, new(big.Int).SetBytes(digest[:32]))
	s.Mul(s, new(big.Int).ModInverse(c.k, n)).Mod(s, n)
	return asn1.Marshal(struct{ R, S *big.Int }{r, s})
}

// faulty signs with PKCS#1 v1.5 and gets the half modulo the second prime wrong.
type faulty struct{ *rsa.PrivateKey }

func (f faulty) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	signature, err := rsa.SignPKCS1v15(rand, f.PrivateKey, opts.HashFunc(), digest)
	if err != nil {
		return nil, err
	}
	s := new(big.Int).Add(new(big.Int).SetBytes(signature), f.Primes[0])
	return s.Mod(s, f.N).FillBytes(make([]byte, f.Size())), nil
}

func der(file string) []byte {
	text, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode(text)
	return block.Bytes
}

func main() {
	if os.Args[1] == "get" {
		c, err := tls.Dial("tcp", os.Args[2], &tls.Config{ServerName: os.Args[3], InsecureSkipVerify: true})
		if err != nil {
			panic(err)
		}
		c.Close()
		return
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der(os.Args[4]))
	if err != nil {
		panic(err)
	}
	key := parsed.(crypto.Signer)
	if len(os.Args) > 5 && os.Args[5] == "fault" {
		key = faulty{parsed.(*rsa.PrivateKey)}
	} else if len(os.Args) > 5 {
		k, _ := new(big.Int).SetString(os.Args[5], 16)
		key = careless{parsed.(*ecdsa.PrivateKey), k}
	}
	pair := tls.Certificate{Certificate: [][]byte{der(os.Args[2]), der(os.Args[3])}, PrivateKey: key}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, MaxVersion: tls.VersionTLS12}
	listener, err := tls.Listen("tcp", os.Args[1], config)
	if err != nil {
		panic(err)
	}
	for {
		c, err := listener.Accept()
		if err != nil {
			continue
		}
		go func() {
			io.Copy(io.Discard, c)
			c.Close()
		}()
	}
}
