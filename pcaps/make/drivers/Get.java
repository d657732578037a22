import java.io.*;
import java.net.*;
import java.util.*;
import javax.net.ssl.*;

/** Get HOST PORT NAME: one request with the JDK's TLS. */
public class Get {
    public static void main(String[] a) throws Exception {
        SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
        try (Socket plain = new Socket(a[0], Integer.parseInt(a[1]));
             SSLSocket s = (SSLSocket) factory.createSocket(plain, a[2], Integer.parseInt(a[1]), true)) {
            SSLParameters p = s.getSSLParameters();
            p.setServerNames(List.of(new SNIHostName(a[2])));
            s.setSSLParameters(p);
            s.getOutputStream().write(("GET / HTTP/1.0\r\n\r\n").getBytes());
            s.getInputStream().readNBytes(64);
        }
    }
}
