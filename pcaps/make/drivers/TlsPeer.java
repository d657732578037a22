import java.io.*;
import java.net.*;
import java.security.*;
import java.security.cert.*;
import java.util.*;
import javax.net.ssl.*;

/**
 * TlsPeer client|server [addr= port= name= ca= p12= version= alpn= mtls= mode= n=]: the JDK's TLS on
 * either side. ca is a PEM file, p12 a key store (password x).
 */
public class TlsPeer {
    static final Map<String, String> options = new HashMap<>(Map.of("addr", "127.0.0.1", "port", "443",
            "name", "www.example.test", "mode", "get", "n", "1"));

    static SSLContext context() throws Exception {
        TrustManager[] trust = null;
        KeyManager[] keys = null;
        if (options.containsKey("ca")) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            try (InputStream in = new FileInputStream(options.get("ca"))) {
                store.setCertificateEntry("root", CertificateFactory.getInstance("X.509").generateCertificate(in));
            }
            TrustManagerFactory f = TrustManagerFactory.getInstance("PKIX");
            f.init(store);
            trust = f.getTrustManagers();
        } else {
            trust = new TrustManager[] {new X509ExtendedTrustManager() {
                public void checkClientTrusted(X509Certificate[] c, String a, Socket s) {}
                public void checkServerTrusted(X509Certificate[] c, String a, Socket s) {}
                public void checkClientTrusted(X509Certificate[] c, String a, SSLEngine s) {}
                public void checkServerTrusted(X509Certificate[] c, String a, SSLEngine s) {}
                public void checkClientTrusted(X509Certificate[] c, String a) {}
                public void checkServerTrusted(X509Certificate[] c, String a) {}
                public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
            }};
        }
        if (options.containsKey("p12")) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            try (InputStream in = new FileInputStream(options.get("p12"))) {
                store.load(in, "x".toCharArray());
            }
            KeyManagerFactory f = KeyManagerFactory.getInstance("SunX509");
            f.init(store, "x".toCharArray());
            X509ExtendedKeyManager inner = (X509ExtendedKeyManager) f.getKeyManagers()[0];
            keys = new KeyManager[] {new Always(inner, store.aliases().nextElement())};
        }
        SSLContext c = SSLContext.getInstance("TLS");
        c.init(keys, trust, null);
        return c;
    }

    /** Gives its certificate whatever the peer says that it accepts. */
    static class Always extends X509ExtendedKeyManager {
        final X509ExtendedKeyManager inner;
        final String alias;
        Always(X509ExtendedKeyManager inner, String alias) { this.inner = inner; this.alias = alias; }
        public String[] getClientAliases(String t, Principal[] i) { return new String[] {alias}; }
        public String chooseClientAlias(String[] t, Principal[] i, Socket s) { return alias; }
        public String[] getServerAliases(String t, Principal[] i) { return new String[] {alias}; }
        public String chooseServerAlias(String t, Principal[] i, Socket s) { return inner.chooseServerAlias(t, i, s); }
        public X509Certificate[] getCertificateChain(String a) { return inner.getCertificateChain(a); }
        public PrivateKey getPrivateKey(String a) { return inner.getPrivateKey(a); }
    }

    static void adjust(SSLSocket s, boolean isClient) {
        SSLParameters p = s.getSSLParameters();
        String v = options.get("version");
        if (v != null)
            p.setProtocols(new String[] {v.equals("1.0") ? "TLSv1" : "TLSv" + v});
        else
            p.setProtocols(new String[] {"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"});
        if (options.containsKey("alpn"))
            p.setApplicationProtocols(new String[] {options.get("alpn")});
        if (isClient) {
            p.setServerNames(List.of(new SNIHostName(options.get("name"))));
            if (options.containsKey("ca"))
                p.setEndpointIdentificationAlgorithm("HTTPS");
        } else if (options.containsKey("mtls")) {
            p.setNeedClientAuth(true);
        }
        s.setSSLParameters(p);
    }

    static void tell(String who, Exception e) {
        System.out.println(who + (e == null ? "handshake ok" : "handshake failed: " + e.getMessage()));
        System.out.flush();
    }

    static void client(SSLContext c) throws Exception {
        int port = Integer.parseInt(options.get("port"));
        Socket plain = new Socket(options.get("addr"), port);
        plain.setSoTimeout(15000);
        SSLSocket s = (SSLSocket) c.getSocketFactory().createSocket(plain, options.get("name"), port, true);
        Exception failed = null;
        try {
            adjust(s, true);
            s.startHandshake();
            if (options.get("mode").equals("get")) {
                s.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes());
                s.getInputStream().readAllBytes();
            }
        } catch (IOException e) {
            failed = e;
        }
        try { s.close(); } catch (IOException e) { }
        tell("", failed);
    }

    static void server(SSLContext c) throws Exception {
        SSLServerSocket l = (SSLServerSocket) c.getServerSocketFactory().createServerSocket(Integer.parseInt(options.get("port")));
        while (true) {
            SSLSocket s = (SSLSocket) l.accept();
            s.setSoTimeout(15000);
            String who = s.getPort() + " ";
            Exception failed = null;
            try {
                adjust(s, false);
                s.startHandshake();
                tell(who, null);
                if (s.getInputStream().read(new byte[4096]) > 0)
                    s.getOutputStream().write("HTTP/1.0 200 OK\r\n\r\nhello, this is the answer\n".getBytes());
            } catch (IOException e) {
                tell(who, e);
            }
            try { s.close(); } catch (IOException e) { }
        }
    }

    public static void main(String[] a) throws Exception {
        for (int i = 1; i < a.length; i++)
            options.put(a[i].split("=", 2)[0], a[i].split("=", 2)[1]);
        SSLContext c = context();
        if (a[0].equals("server"))
            server(c);
        for (int n = Integer.parseInt(options.get("n")); n > 0; n--)
            client(c);
    }
}
