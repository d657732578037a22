// tls_go client|server [addr= port= name= ca= cert= key= version= alpn= mtls= mode= n=]: Go's
// crypto/tls on either side; the last line tells how the handshake ended.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

var options = map[string]string{"addr": "127.0.0.1", "port": "443", "name": "www.example.test", "mode": "get", "n": "1"}

func pool(file string) *x509.CertPool {
	roots := x509.NewCertPool()
	pem, _ := os.ReadFile(file)
	roots.AppendCertsFromPEM(pem)
	return roots
}

func config(isServer bool) *tls.Config {
	c := &tls.Config{ServerName: options["name"], MinVersion: tls.VersionTLS10, ClientSessionCache: tls.NewLRUClientSessionCache(4)}
	versions := map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}
	if v, has := versions[options["version"]]; has {
		c.MinVersion, c.MaxVersion = v, v
	}
	if file := options["ca"]; file != "" && isServer {
		c.ClientCAs = pool(file)
	} else if file != "" {
		c.RootCAs = pool(file)
	}
	if cert := options["cert"]; cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, options["key"])
		if err != nil {
			panic(err)
		}
		// Sent whatever the server says that it accepts.
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
		c.Certificates = []tls.Certificate{pair}
	}
	if options["mtls"] != "" {
		c.ClientAuth = tls.RequireAndVerifyClientCert
	}
	if options["alpn"] != "" {
		c.NextProtos = []string{options["alpn"]}
	}
	return c
}

func tell(who string, err error) {
	if err != nil {
		fmt.Printf("%shandshake failed: %s\n", who, strings.ReplaceAll(err.Error(), "\n", " "))
	} else {
		fmt.Printf("%shandshake ok\n", who)
	}
}

func client(c *tls.Config) {
	plain, err := net.Dial("tcp", options["addr"]+":"+options["port"])
	if err != nil {
		tell("", err)
		return
	}
	plain.SetDeadline(time.Now().Add(15 * time.Second))
	s := tls.Client(plain, c)
	err = s.Handshake()
	if err == nil && options["mode"] == "get" {
		fmt.Fprintf(s, "GET / HTTP/1.0\r\n\r\n")
		io.Copy(io.Discard, s)
	}
	s.Close()
	tell("", err)
}

func serve(plain net.Conn, c *tls.Config) {
	plain.SetDeadline(time.Now().Add(15 * time.Second))
	s := tls.Server(plain, c)
	err := s.Handshake()
	tell(fmt.Sprintf("%d ", plain.RemoteAddr().(*net.TCPAddr).Port), err)
	buf := make([]byte, 4096)
	if err == nil {
		if n, _ := s.Read(buf); n > 0 {
			fmt.Fprintf(s, "HTTP/1.0 200 OK\r\n\r\nhello, this is the answer\n")
		}
	}
	s.Close()
}

func main() {
	for _, word := range os.Args[2:] {
		pair := strings.SplitN(word, "=", 2)
		options[pair[0]] = pair[1]
	}
	c := config(os.Args[1] == "server")
	if os.Args[1] == "server" {
		l, err := net.Listen("tcp", ":"+options["port"])
		for err == nil {
			plain, e := l.Accept()
			if e != nil {
				return
			}
			go serve(plain, c)
		}
		return
	}
	n := 0
	fmt.Sscan(options["n"], &n)
	for ; n > 0; n-- {
		client(c)
	}
}
