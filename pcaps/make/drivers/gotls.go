// gotls serve ADDRESS CERT KEY | get ADDRESS NAME ROOTS: Go's TLS on either side.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
)

func main() {
	if os.Args[1] == "serve" {
		http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "hello") })
		http.ListenAndServeTLS(os.Args[2], os.Args[3], os.Args[4], nil)
		return
	}
	roots := x509.NewCertPool()
	pem, _ := os.ReadFile(os.Args[4])
	roots.AppendCertsFromPEM(pem)
	c, err := tls.Dial("tcp", os.Args[2], &tls.Config{ServerName: os.Args[3], RootCAs: roots})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Fprintf(c, "GET / HTTP/1.0\r\nHost: %s\r\n\r\n", os.Args[3])
	io.Copy(io.Discard, c)
	c.Close()
}
