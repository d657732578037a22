"""The TLS stacks of the matrix: how each is built, started as a server, and run as a client."""
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
DRIVERS = os.path.join(HERE, "..", "..", "pcaps", "make", "drivers")
NAME = "www.example.test"
ALL = ["1.0", "1.1", "1.2", "1.3"]


class Stack:
    """A driver that takes name=value words: see pcaps/make/drivers."""

    versions = ALL
    why_not = ""

    def __init__(self, work, pki):
        self.work, self.pki = work, pki

    def path(self, name):
        return os.path.join(self.pki, name)

    def build(self):
        """Makes the driver; a sentence when that is not possible."""
        return None

    def program(self, role):
        raise NotImplementedError

    def identity(self, name):
        return ["cert=" + self.path(name + ".pem"), "key=" + self.path(name + ".key")]

    def server(self, port, cert, version=None, mtls=False, alpn=None):
        words = ["port=%d" % port] + self.identity(cert)
        words += ["version=" + version] if version else []
        words += ["mtls=1", "ca=" + self.path("root.pem")] if mtls else []
        words += ["alpn=" + alpn] if alpn else []
        return self.program("server") + words

    def client(self, addr, port, version, ca, cert=None, alpn=None, mode="get", n=1, name=NAME):
        words = ["addr=" + addr, "port=%d" % port, "version=" + version, "name=" + name, "mode=" + mode, "n=%d" % n]
        words += ["ca=" + self.path(ca)] if ca else []
        words += self.identity(cert) if cert else []
        words += ["alpn=" + alpn] if alpn else []
        return self.program("client") + words

    def said(self, output, status):
        """ok, or why not: the last line that tells."""
        lines = [line for line in output.splitlines() if "handshake " in line]
        last = lines[-1].split("handshake ", 1)[1] if lines else "no word, status %s" % status
        return "ok" if last == "ok" else last

    request = b""  # what the client reads from standard input
    patience = 6  # seconds until it is stopped


def compiled(source, flags):
    def build(self):
        self.binary = os.path.join(self.work, type(self).__name__)
        command = ["cc", "-O1", "-w", "-o", self.binary, os.path.join(DRIVERS, source)] + flags
        r = subprocess.run(command, capture_output=True, text=True, check=False)
        return None if r.returncode == 0 else "its driver does not build: " + r.stderr.strip().split("\n")[0]
    return build


class OpenSSL(Stack):
    build = compiled("tls_openssl.c", ["-lssl", "-lcrypto"])

    def program(self, role):
        return [self.binary, role]


ANDROID = "/usr/lib/%s-linux-gnu/android" % os.uname().machine


class BoringSSL(OpenSSL):
    build = compiled("tls_openssl.c", ["-I/usr/include/android", "-L" + ANDROID, "-Wl,-rpath," + ANDROID, "-lssl", "-lcrypto"])


class WolfSSL(OpenSSL):
    build = compiled("tls_wolfssl.c", ["-lwolfssl"])
    versions = ["1.2", "1.3"]
    why_not = "Debian's wolfSSL is built without TLS 1.0 and 1.1"


class MbedTLS(OpenSSL):
    build = compiled("tls_mbedtls.c", ["-lmbedtls", "-lmbedx509", "-lmbedcrypto"])
    versions = ["1.0", "1.1", "1.2"]
    why_not = "mbedTLS 2.28 has no TLS 1.3 in Debian's build"


class Go(OpenSSL):
    def build(self):
        self.binary = os.path.join(self.work, "go_peer")
        env = dict(os.environ, GO111MODULE="off", GOCACHE=os.path.join(self.work, "gocache"))
        r = subprocess.run(["go", "build", "-o", self.binary, os.path.join(DRIVERS, "tls_go.go")], env=env, capture_output=True, text=True, check=False)
        return None if r.returncode == 0 else "its driver does not build: " + r.stderr[:200]


class Java(Stack):
    def build(self):
        r = subprocess.run(["javac", "-d", self.work, os.path.join(DRIVERS, "TlsPeer.java")], capture_output=True, text=True, check=False)
        self.old = os.path.join(self.work, "java.security")
        with open(self.old, "w", encoding="ascii") as f:
            f.write("jdk.tls.disabledAlgorithms=\n")
        for cert in ("good", "expired", "client", "stranger"):
            if r.returncode == 0:
                r = subprocess.run(["openssl", "pkcs12", "-export", "-in", self.path(cert + ".pem"), "-inkey", self.path(cert + ".key"),
                                    "-certfile", self.path("int.pem"), "-name", "own", "-passout", "pass:x", "-out", os.path.join(self.work, cert + ".p12")],
                                   capture_output=True, text=True, check=False)
        return None if r.returncode == 0 else "its driver does not build: " + r.stderr[:200]

    def program(self, role):
        return ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Djava.security.properties=" + self.old, "-cp", self.work, "TlsPeer", role]

    def identity(self, name):
        return ["p12=" + os.path.join(self.work, name + ".p12")]


class Node(Stack):
    def program(self, role):
        return ["node", os.path.join(DRIVERS, "tls_node.js"), role]


class GnuTLS(Stack):
    request = b"GET / HTTP/1.0\r\n\r\n"

    @staticmethod
    def priority(version):
        return "NORMAL" + (":-VERS-ALL:+VERS-TLS" + version if version else ":+VERS-TLS1.0:+VERS-TLS1.1") + ":+SHA1:%COMPAT"

    def server(self, port, cert, version=None, mtls=False, alpn=None):
        command = ["gnutls-serv", "--http", "--quiet", "--port", str(port), "--x509certfile", self.path(cert + ".pem"),
                   "--x509keyfile", self.path(cert + ".key"), "--priority", self.priority(version)]
        command += ["--require-client-cert", "--verify-client-cert", "--x509cafile", self.path("root.pem")] if mtls else ["--disable-client-cert"]
        return command + (["--alpn", alpn, "--alpn-fatal"] if alpn else [])

    def client(self, addr, port, version, ca, cert=None, alpn=None, mode="get", n=1, name=NAME):
        command = ["gnutls-cli", "--port", str(port), "--sni-hostname", name, "--verify-hostname", name, "--priority", self.priority(version)]
        command += ["--x509cafile", self.path(ca)] if ca else ["--insecure"]
        command += ["--x509certfile", self.path(cert + ".pem"), "--x509keyfile", self.path(cert + ".key")] if cert else []
        command += ["--alpn", alpn] if alpn else []
        command += ["--resume"] if n > 1 else []
        return command + [addr]

    def said(self, output, status):
        if "Handshake was completed" in output:
            return "ok"  # what went wrong later (JSSE sends user_canceled before it closes) is not of the handshake
        for line in output.splitlines():
            if "Fatal error" in line or "handshake has failed" in line.lower() or "certificate is NOT trusted" in line:
                return line.strip("* ").strip()
        return "no word, status %s" % status


class NSS(Stack):
    request = b"GET / HTTP/1.0\r\n\r\n"

    def database(self, roots, cert):
        """A folder with one trusted root and one certificate: NSS cannot tell two of the same subject apart."""
        folder = os.path.join(self.work, "nss-%s-%s" % (roots, cert))
        if os.path.isdir(folder):
            return folder
        os.makedirs(folder)
        run = lambda *c: subprocess.run(c, capture_output=True, text=True, check=False)
        run("certutil", "-N", "-d", folder, "--empty-password")
        run("certutil", "-A", "-d", folder, "-n", "root", "-t", "CT,,", "-i", self.path(roots))
        p12 = os.path.join(folder, "own.p12")
        if cert:
            run("openssl", "pkcs12", "-export", "-in", self.path(cert + ".pem"), "-inkey", self.path(cert + ".key"), "-name", "own",
                "-passout", "pass:x", "-out", p12)
            run("pk12util", "-i", p12, "-d", folder, "-W", "x")
        return folder

    def server(self, port, cert, version=None, mtls=False, alpn=None):
        v = "tls" + (version or "1.0") + ":tls" + (version or "1.3")
        return ["selfserv", "-d", self.database("root.pem", cert), "-n", "own", "-p", str(port), "-V", v] + (["-r", "-r"] if mtls else [])

    def client(self, addr, port, version, ca, cert=None, alpn=None, mode="get", n=1, name=NAME):
        command = ["tstclnt", "-v", "-O", "-d", self.database(ca or "root.pem", cert), "-h", addr, "-p", str(port), "-a", name,
                   "-V", "tls%s:tls%s" % (version, version)]
        return command + ([] if ca else ["-o"]) + (["-n", "own"] if cert else [])

    def said(self, output, status):
        for line in output.splitlines():
            if "PR_IN_PROGRESS" not in line and ("failed" in line or "error" in line.lower()):
                return line.strip()
        return "ok" if "SSL version" in output else "no word, status %s" % status

    patience = 2  # it does not leave when the server closes


STACKS = [("openssl", OpenSSL), ("gnutls", GnuTLS), ("nss", NSS), ("wolfssl", WolfSSL), ("mbedtls", MbedTLS), ("go", Go), ("java", Java),
          ("node", Node), ("boringssl", BoringSSL)]
